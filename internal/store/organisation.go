package store

import (
	"context"
	"database/sql"
	"errors"

	"mockserver/internal/rolemining"
)

// Empty tells whether no organisation has been loaded yet.
func (s *Store) Empty(ctx context.Context) (bool, error) {
	var n int
	err := s.read(ctx, func(c *conn) error {
		return c.row(`SELECT count(*) FROM org`, nil, &n)
	})
	return n == 0, err
}

// Org names the organisation. It is ErrNotFound before Load.
func (s *Store) Org(ctx context.Context) (org rolemining.Org, err error) {
	var state []byte
	err = s.read(ctx, func(c *conn) error {
		return c.row(`SELECT state FROM org`, nil, &state)
	})
	if err != nil {
		return org, missing(err)
	}
	return decode[rolemining.Org](state)
}

// Ping tells whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	_, err := s.Empty(ctx)
	return err
}

// OrganisationVersion implements rolemining.Store. Versions are of this process:
// they are for caches, which end with it.
func (s *Store) OrganisationVersion(context.Context) (int64, error) {
	return s.version.Load(), nil
}

// Organisation implements rolemining.Store. All parts come by ascending id.
func (s *Store) Organisation(ctx context.Context) (d rolemining.Dataset, err error) {
	err = s.readAll(ctx, func(c *conn) error {
		var names names
		if d.Sources, err = c.sources(); err != nil {
			return err
		}
		for _, src := range d.Sources {
			names.sources = append(names.sources, src.ID)
		}
		if d.Entitlements, err = c.entitlements(names.sources); err != nil {
			return err
		}
		for _, e := range d.Entitlements {
			names.entitlements = append(names.entitlements, e.ID)
		}
		d.Identities, err = c.identities(names)
		return err
	})
	if err != nil {
		return rolemining.Dataset{}, err
	}
	return d, nil
}

// names are the ids of rows 1, 2, ... of the tables that packed columns refer to.
type names struct{ sources, entitlements []string }

func (c *conn) sources() (all []rolemining.Source, err error) {
	err = c.each(`SELECT id, name, description, activity FROM sources ORDER BY n`, nil, func(rows *sql.Rows) error {
		var src rolemining.Source
		err := rows.Scan(&src.ID, &src.Name, &src.Description, &src.ActivityState)
		all = append(all, src)
		return err
	})
	return all, err
}

func (c *conn) entitlements(sources []string) (all []rolemining.Entitlement, err error) {
	err = c.each(`SELECT id, name, description, attribute, value, source FROM entitlements ORDER BY n`, nil,
		func(rows *sql.Rows) error {
			var e rolemining.Entitlement
			var source int
			if err := rows.Scan(&e.ID, &e.Name, &e.Description, &e.Attribute, &e.Value, &source); err != nil {
				return err
			}
			if source < 1 || source > len(sources) {
				return errPacked
			}
			e.SourceID = sources[source-1]
			all = append(all, e)
			return nil
		})
	return all, err
}

func (c *conn) identities(names names) (all []rolemining.Identity, err error) {
	var count int
	if err := c.row(`SELECT count(*) FROM identities`, nil, &count); err != nil {
		return nil, err
	}
	all = make([]rolemining.Identity, 0, count)
	managers := make([]int, 0, count)
	known := words{}
	held := make([]string, 0, 256)
	err = c.each(`SELECT id, alias, name, email, active, coalesce(manager, 0), attributes, held, usage FROM identities ORDER BY n`, nil,
		func(rows *sql.Rows) error {
			var i rolemining.Identity
			var manager int
			var attributes, rights, usage sql.RawBytes
			err := rows.Scan(&i.ID, &i.Name, &i.DisplayName, &i.Email, &i.Active, &manager, &attributes, &rights, &usage)
			if err != nil {
				return err
			}
			var errs [3]error
			i.Attributes, errs[0] = unpackMap(attributes, known)
			i.Usage, errs[1] = unpackUsage(usage, names.sources)
			held, errs[2] = unpackRows(held[:0], rights, names.entitlements)
			i.EntitlementIDs = append(make([]string, 0, len(held)), held...)
			all, managers = append(all, i), append(managers, manager)
			return errors.Join(errs[:]...)
		})
	if err != nil {
		return nil, err
	}
	for i, row := range managers {
		if row > 0 && row <= len(all) {
			all[i].ManagerID = all[row-1].ID
		}
	}
	return all, nil
}

// User finds an identity by its id or, in any case of letters, its user name.
// What it holds and uses is left out. No such identity is ErrNotFound.
func (s *Store) User(ctx context.Context, idOrAlias string) (i rolemining.Identity, err error) {
	var attributes []byte
	err = s.read(ctx, func(c *conn) error {
		return c.row(`SELECT i.id, i.alias, i.name, i.email, i.active, coalesce(m.id, ''), i.attributes
			FROM identities AS i LEFT JOIN identities AS m ON m.n = i.manager
			WHERE i.id = ?1 OR i.login = ?2 ORDER BY i.id = ?1 DESC, i.n LIMIT 1`,
			[]any{idOrAlias, fold(idOrAlias)},
			&i.ID, &i.Name, &i.DisplayName, &i.Email, &i.Active, &i.ManagerID, &attributes)
	})
	if err != nil {
		return rolemining.Identity{}, missing(err)
	}
	i.Attributes, err = unpackMap(attributes, words{})
	return i, err
}

// Roles implements rolemining.Store.
func (s *Store) Roles(ctx context.Context) ([]rolemining.Role, error) {
	return states[rolemining.Role](ctx, s, `SELECT state FROM roles ORDER BY id`)
}

// Clients are the OAuth clients, in the order in which they were loaded.
func (s *Store) Clients(ctx context.Context) ([]rolemining.Client, error) {
	return states[rolemining.Client](ctx, s, `SELECT state FROM clients ORDER BY n`)
}

// Outbox is the mail that was sent, oldest first.
func (s *Store) Outbox(ctx context.Context) ([]rolemining.Mail, error) {
	return states[rolemining.Mail](ctx, s, `SELECT state FROM outbox ORDER BY n`)
}

// AccessRequests are the requests that provisioning made, oldest first.
func (s *Store) AccessRequests(ctx context.Context) ([]rolemining.AccessRequest, error) {
	return states[rolemining.AccessRequest](ctx, s, `SELECT state FROM access_requests ORDER BY n`)
}

// states reads a column of domain values; none is an empty slice.
func states[T any](ctx context.Context, s *Store, text string) ([]T, error) {
	all := []T{}
	err := s.read(ctx, func(c *conn) error {
		return c.each(text, nil, func(rows *sql.Rows) error {
			var state sql.RawBytes
			if err := rows.Scan(&state); err != nil {
				return err
			}
			v, err := decode[T](state)
			all = append(all, v)
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}
