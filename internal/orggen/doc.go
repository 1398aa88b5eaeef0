// Package orggen makes up organisations: people in a tree of managers, the
// access they hold, and the roles that exist, in the format of internal/seed.
//
// Access is planted, so that there is something to mine: job families and
// departments own entitlements that their people hold almost always, everybody
// holds the birthright access, offices own some, and the rest is spread with a
// long tail. Then life is added: missing and extra access, people who moved and
// kept what they had, outliers, leavers, twin families that differ by little.
//
// What tells one kind of organisation from another is data, a profile in a file
// of its own: its departments, families, systems and words. layout.go plants the
// roles, plan.go makes the access, people.go and access.go make the identities
// one by one, truth.go says what was planted in whom.
//
// The same options give the same bytes. Only integers decide, and each identity
// draws from a generator of its own, so the result depends on neither the
// platform nor the order of work.
package orggen
