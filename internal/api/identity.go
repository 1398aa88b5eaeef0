package api

import (
	"maps"

	"mockserver/internal/rolemining"
)

// IdentityOf is the answer for an identity. Its name is the display name; its
// attributes are those of the identity with displayName, email and manager, the
// manager's display name, where there are any. managerName is "" for none.
func IdentityOf(i rolemining.Identity, managerName string) Identity {
	attributes := make(map[string]string, len(i.Attributes)+3)
	maps.Copy(attributes, i.Attributes)
	for name, value := range map[string]string{
		"displayName": i.DisplayName,
		"email":       i.Email,
		"manager":     managerName,
	} {
		if value != "" {
			attributes[name] = value
		}
	}
	return Identity{ID: i.ID, Name: i.DisplayName, Attributes: attributes}
}
