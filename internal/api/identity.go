package api

import (
	"mockserver/internal/rolemining"
)

// IdentityOf is the answer for identity i. Its name is the display name; its
// attributes are those of the identity with displayName, email and manager, the
// manager's display name, where there are any.
func IdentityOf(people *rolemining.Identities, i int) Identity {
	pairs := people.Attributes(i)
	attributes := make(map[string]string, len(pairs)+3)
	for _, p := range pairs {
		pair := people.Pairs()[p]
		attributes[pair.Name] = pair.Value
	}
	for name, value := range map[string]string{
		"displayName": people.DisplayName(i),
		"email":       people.Email(i),
		"manager":     people.ManagerName(i),
	} {
		if value != "" {
			attributes[name] = value
		}
	}
	return Identity{ID: people.ID(i), Name: people.DisplayName(i), Attributes: attributes}
}
