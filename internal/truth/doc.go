// Package truth is what is known about a generated organisation: the roles
// that were planted in it and who was given which. It reads and writes
// truth.json and scores how well found roles match the planted ones.
//
// The file is one object:
//
//	{"roles": [{"id": "...", "name": "...", "entitlementIds": ["..."]}],
//	 "identities": {"<identity id>": "<role id>"}}
//
// An identity without a planted role is absent. The order of the roles is that
// of the file; the order of the identities says nothing.
//
// The package depends on nothing of ours, so that anything may measure itself
// by it: the generator, the command line, the tests of the engine.
package truth

// Role is a planted role.
type Role struct {
	ID   string // unique among the roles, not ""
	Name string // for people, not ""
	// EntitlementIDs is the access that the role gives, each once, in any order.
	EntitlementIDs []string
}

// Truth is what was planted in an organisation.
type Truth struct {
	Roles []Role
	// Identities maps the id of an identity to the id of its planted role, which
	// is one of Roles. Identities without a planted role are absent.
	Identities map[string]string
}
