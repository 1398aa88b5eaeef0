package orggen

import "mockserver/internal/rolemining"

// Clients are the OAuth clients of every organisation made here, for every
// right that the API asks for: mock-admin, mock-role-admin and mock-reader,
// which act for the identities of these ids, and mock-no-user. The secret of
// each is its id and "-secret".
func Clients(admin, roleAdmin, reader string) []rolemining.Client {
	all := []string{"client_credentials", "authorization_code", "refresh_token"}
	redirects := []string{"http://localhost:3000/callback", "http://127.0.0.1:3000/callback"}
	return []rolemining.Client{
		{ID: "mock-admin", Secret: "mock-admin-secret", Name: "Administrator", IdentityID: admin,
			Authorities: []string{"ORG_ADMIN"}, Scopes: []string{"sp:scopes:all"}, Grants: all, RedirectURIs: redirects},
		{ID: "mock-role-admin", Secret: "mock-role-admin-secret", Name: "Role administrator", IdentityID: roleAdmin,
			Authorities: []string{"ROLE_ADMIN"}, Scopes: []string{"sp:scopes:all"}, Grants: all, RedirectURIs: redirects},
		{ID: "mock-reader", Secret: "mock-reader-secret", Name: "Read-only administrator", IdentityID: reader,
			Authorities: []string{"ORG_ADMIN"}, Scopes: []string{"iai:access-modeling:read"}, Grants: all[:1]},
		{ID: "mock-no-user", Secret: "mock-no-user-secret", Name: "Client without a user",
			Scopes: []string{"sp:scopes:all"}, Grants: all[:1]},
	}
}
