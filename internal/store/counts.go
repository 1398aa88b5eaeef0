package store

import "context"

// Counts is how much the database holds.
type Counts struct {
	Identities, Entitlements, Sources, Roles, Sessions, PotentialRoles int
}

// Counts says how much there is of everything.
func (s *Store) Counts(ctx context.Context) (n Counts, err error) {
	err = s.read(ctx, func(c *conn) error {
		return c.row(`SELECT
			(SELECT count(*) FROM identities),
			(SELECT count(*) FROM entitlements),
			(SELECT count(*) FROM sources),
			(SELECT count(*) FROM roles),
			(SELECT count(*) FROM sessions),
			(SELECT count(*) FROM potential_roles)`, nil,
			&n.Identities, &n.Entitlements, &n.Sources, &n.Roles, &n.Sessions, &n.PotentialRoles)
	})
	return n, err
}
