// Package miner finds potential roles in who holds what.
//
// It is pure: sets in, roles out. It reads no clock, opens nothing and keeps
// nothing between calls, so one [Organisation] may be mined and described from
// many goroutines at once, and the same input always gives the same bytes:
// whatever order the caller lists identities in, however many processors there
// are, on amd64 and on arm64 alike. Every decision is taken in integers; the
// few floats are computed last, from integers.
//
// # What is computed
//
// Write E(x) for the entitlements of identity x. Common access C is what at
// least 80 % of the active identities of the whole organisation hold
// (organisations of five or more), and what was designated by hand. A
// specialized session looks at S(x) = E(x) \ C.
//
// Two identities are alike by the Jaccard index of their sets, and joined by an
// edge if that reaches the prune threshold T: 100·|∩| >= T·|∪|, and at least
// one entitlement is shared. The second condition matters at T = 0 only, where
// the first one holds for every pair.
//
// The graph is cut into peer groups that maximise the constant Potts model,
// the sum over groups of (weight inside - 0.8·T/100 · pairs inside). At T = 0
// the penalty is gone and the optimum is the connected components; at T = 100
// only identical sets are alike. Both ends are computed without a graph.
//
// Groups of enough identities become roles. The core of a role is what at
// least half of its members hold. Identities left over are absorbed by the role
// whose core they fit best, roles with nearly the same core are merged, and
// what is left is tried once more. At the threshold in use whoever is still
// left is gathered into a role if what they hold is mostly its core, even if
// that is less than half of the core.
//
// The prescribed threshold is the one whose roles describe the assignments
// most briefly, by weighted structural complexity (see [Candidate]); of those
// within one percent of the best, the largest. In a scope of more than 6,000
// identities it is first looked for on a sample and then confirmed, or
// corrected, on the whole scope.
//
// A common session makes no graph: its one role is the whole scope with what at
// least 80 % of it hold. Its density, freshness and quality are those of these
// entitlements, common access included, since it consists of little else.
//
// # Where things are
//
// population.go prepares the input; sets.go collapses identities with the same
// set into one node; join.go finds the edges and graph.go stores them;
// cluster.go and louvain.go find the groups; roles.go makes roles of them,
// gather.go takes in who is left, and cores.go says which role someone fits
// best; threshold.go, search.go and sample.go
// prescribe T; mine.go ties it together; describe.go computes what follows from
// a membership. pulse.go is how every long loop notices that it is cancelled.
//
// # What it costs
//
// Time goes mostly into edges, of which there are about as many for each
// identity as it has peers. An organisation of 100,000 with 30 entitlements
// each and clear roles takes about two seconds of processor time and 200 MB;
// BenchmarkMine measures it. The bound of 50 million edges keeps the worst case
// at about 1 GB.
package miner
