package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync"

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

// known is the organisation in memory, with the orders that lists ask for.
type known struct {
	*rolemining.Organisation
	index                map[string]int32 // of the ids of entitlements
	names, mails         func() ranking   // of identities
	entitlements, places func() ranking   // names of entitlements, and of their sources
}

func newKnown(o *rolemining.Organisation) *known {
	people, index := o.Identities, make(map[string]int32, len(o.Entitlements))
	for i, e := range o.Entitlements {
		index[e.ID] = int32(i)
	}
	return &known{
		Organisation: o,
		index:        index,
		names:        sync.OnceValue(func() ranking { return rank(people.Len(), people.DisplayName) }),
		mails:        sync.OnceValue(func() ranking { return rank(people.Len(), people.Email) }),
		entitlements: sync.OnceValue(func() ranking {
			return rank(len(o.Entitlements), func(i int) string { return o.Entitlements[i].Name })
		}),
		places: sync.OnceValue(func() ranking {
			return rank(len(o.Sources), func(i int) string { return o.Sources[i].Name })
		}),
	}
}

// Organisation implements rolemining.Store. It is read once, in pieces, so that
// others get at the database in between.
func (s *Store) Organisation(ctx context.Context) (o *rolemining.Organisation, err error) {
	err = s.organised(ctx, func(k *known) error {
		o = k.Organisation
		return nil
	})
	return o, err
}

// Warm reads what the first list of a potential role's members would have to
// wait for.
func (s *Store) Warm(ctx context.Context) error {
	return s.organised(ctx, func(k *known) error {
		k.names()
		return nil
	})
}

// organised runs f with the organisation, which is not replaced meanwhile. f may
// take a connection, but must not come here again.
func (s *Store) organised(ctx context.Context, f func(k *known) error) error {
	s.organising.RLock()
	defer s.organising.RUnlock()
	k := s.org.Load().known.Load()
	if k == nil {
		var err error
		if k, err = s.learn(ctx); err != nil {
			return err
		}
	}
	return f(k)
}

// learn reads the organisation.
func (s *Store) learn(ctx context.Context) (*known, error) {
	select {
	case s.learning <- struct{}{}:
		defer func() { <-s.learning }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if k := s.org.Load().known.Load(); k != nil {
		return k, nil // somebody else was first
	}
	o := &rolemining.Organisation{}
	err := s.read(ctx, func(c *conn) (err error) {
		if o.Sources, err = c.sources(); err == nil {
			o.Entitlements, err = c.entitlements(o.Sources)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if o.Identities, err = s.identities(ctx, o); err != nil {
		return nil, err
	}
	k := newKnown(o)
	s.org.Load().known.Store(k)
	return k, nil
}

// reorganise runs f, which replaces the organisation by one that is known, or by
// one that is to be read when it is needed. An error of f leaves the present one.
// An image is that of the baseline which f has set, nil for none.
func (s *Store) reorganise(baseline []byte, f func() (*rolemining.Organisation, error)) error {
	s.organising.Lock()
	defer s.organising.Unlock()
	o, err := f()
	if err != nil {
		return err
	}
	next := &organisation{}
	if o != nil {
		next.known.Store(newKnown(o))
	}
	s.org.Store(next)
	if baseline != nil {
		s.base = Copy{org: next}
		if s.path == "" {
			s.base.Image = baseline
		}
	}
	return nil
}

func (c *conn) sources() (all []rolemining.Source, err error) {
	err = c.each(`SELECT id, key, name, description, activity FROM sources ORDER BY n`, nil, func(rows *sql.Rows) error {
		var src rolemining.Source
		err := rows.Scan(&src.ID, &src.Key, &src.Name, &src.Description, &src.ActivityState)
		all = append(all, src)
		return err
	})
	return all, err
}

func (c *conn) entitlements(sources []rolemining.Source) (all []rolemining.Entitlement, err error) {
	err = c.each(`SELECT id, key, name, description, attribute, value, source FROM entitlements ORDER BY n`, nil,
		func(rows *sql.Rows) error {
			var e rolemining.Entitlement
			var source int
			if err := rows.Scan(&e.ID, &e.Key, &e.Name, &e.Description, &e.Attribute, &e.Value, &source); err != nil {
				return err
			}
			if source < 1 || source > len(sources) {
				return errPacked
			}
			e.SourceID = sources[source-1].ID
			all = append(all, e)
			return nil
		})
	return all, err
}

// slice is how many identities are read at a time: some 5 ms of work.
const slice = 2000

// identities reads everybody, a slice after the other.
func (s *Store) identities(ctx context.Context, o *rolemining.Organisation) (*rolemining.Identities, error) {
	r := peopleReader{o: o, people: rolemining.NewIdentitiesBuilder(o.Sources, o.Entitlements)}
	if err := s.read(ctx, r.pairs); err != nil {
		return nil, err
	}
	for done := false; !done; {
		before := r.people.Len()
		if err := s.read(ctx, r.slice); err != nil {
			return nil, err
		}
		done = r.people.Len() < before+slice
	}
	for i, row := range r.managers {
		switch {
		case row > len(r.managers):
			return nil, errPacked
		case row > 0:
			r.people.SetManager(i, row-1)
		}
	}
	return r.people.Done()
}

// peopleReader reads identities into a builder.
type peopleReader struct {
	o        *rolemining.Organisation
	people   *rolemining.IdentitiesBuilder
	count    int   // of attribute values
	managers []int // rows, 0 for none
	packed   rolemining.Packed
}

// pairs reads the values of attributes; their numbers become their rows less 1.
func (r *peopleReader) pairs(c *conn) error {
	names := map[string]string{} // one copy of each
	return c.each(`SELECT name, value FROM attribute_values ORDER BY n`, nil, func(rows *sql.Rows) error {
		var name, value sql.RawBytes
		if err := rows.Scan(&name, &value); err != nil {
			return err
		}
		if _, ok := names[string(name)]; !ok {
			names[string(name)] = string(name)
		}
		if r.people.Pair(names[string(name)], value) != uint32(r.count) {
			return errPacked // it occurs twice
		}
		r.count++
		return nil
	})
}

// slice reads the identities that follow those read.
func (r *peopleReader) slice(c *conn) error {
	var id, alias, name, email, attributes, held, usage sql.RawBytes
	var manager int
	p := &r.packed
	return c.each(`SELECT id, alias, name, email, active, coalesce(manager, 0), attributes, held, usage
		FROM identities WHERE n > ? ORDER BY n LIMIT ?`, []any{r.people.Len(), slice},
		func(rows *sql.Rows) error {
			err := rows.Scan(&id, &alias, &name, &email, &p.Active, &manager, &attributes, &held, &usage)
			if err != nil {
				return err
			}
			p.ID, p.Name, p.DisplayName, p.Email = r.people.Text(id), r.people.Text(alias), r.people.Text(name), r.people.Text(email)
			var errs [2]error
			p.Attributes, errs[0] = unpackRows(p.Attributes[:0], attributes, r.count)
			p.Held, errs[1] = unpackAscending(p.Held[:0], held, len(r.o.Entitlements))
			if len(usage) > len(r.o.Sources) {
				return errPacked
			}
			p.Usage = usage
			r.people.Add(*p)
			r.managers = append(r.managers, manager)
			return errors.Join(errs[:]...)
		})
}

// unknown says that a role names what the organisation does not have.
func unknown(what, id string) error {
	return fmt.Errorf("the organisation has no %s with the id %q", what, id)
}

// User finds an identity by its id or, in any case of letters, its user name.
// Its attributes, and what it holds and uses, are left out. No such identity is
// ErrNotFound.
func (s *Store) User(ctx context.Context, idOrAlias string) (i rolemining.Identity, err error) {
	err = s.read(ctx, func(c *conn) error {
		return c.row(`SELECT i.id, i.alias, i.name, i.email, i.active, coalesce(m.id, '')
			FROM identities AS i LEFT JOIN identities AS m ON m.n = i.manager
			WHERE i.id = ?1 OR i.login = ?2 ORDER BY i.id = ?1 DESC, i.n LIMIT 1`,
			[]any{idOrAlias, fold(idOrAlias)},
			&i.ID, &i.Name, &i.DisplayName, &i.Email, &i.Active, &i.ManagerID)
	})
	if err != nil {
		return rolemining.Identity{}, missing(err)
	}
	return i, nil
}

const (
	selectRoles   = `SELECT state FROM roles ORDER BY id`
	selectClients = `SELECT state FROM clients ORDER BY n`
)

// Roles implements rolemining.Store.
func (s *Store) Roles(ctx context.Context) ([]rolemining.Role, error) {
	return states[rolemining.Role](ctx, s, selectRoles)
}

// Clients are the OAuth clients, in the order in which they were loaded.
func (s *Store) Clients(ctx context.Context) ([]rolemining.Client, error) {
	return states[rolemining.Client](ctx, s, selectClients)
}

// Outbox is the mail that was sent, oldest first; that of one moment in the order
// in which its sessions were created. In which order it was stored would be chance
// where several sessions come to their ends at once.
func (s *Store) Outbox(ctx context.Context) (mails []rolemining.Mail, err error) {
	made := map[string]int64{} // the row of each session
	err = s.readAll(ctx, func(c *conn) error {
		if mails, err = statesOf[rolemining.Mail](c, `SELECT state FROM outbox ORDER BY n`); err != nil {
			return err
		}
		for _, m := range mails {
			if _, known := made[m.SessionID]; known {
				continue
			}
			var row int64
			if err := c.row(`SELECT n FROM sessions WHERE id = ?`, []any{m.SessionID}, &row); err != nil && !errors.Is(err, sql.ErrNoRows) {
				return err
			}
			made[m.SessionID] = row
		}
		return nil
	})
	slices.SortStableFunc(mails, func(a, b rolemining.Mail) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(made[a.SessionID], made[b.SessionID]))
	})
	return mails, err
}

// ClearOutbox forgets all mail.
func (s *Store) ClearOutbox(ctx context.Context) error {
	return s.write(ctx, func(c *conn) error {
		_, err := c.exec(`DELETE FROM outbox`)
		return err
	})
}

// AccessRequests are the requests that provisioning made, oldest first; those of
// one moment by role, as the order in which they were stored would be chance.
func (s *Store) AccessRequests(ctx context.Context) ([]rolemining.AccessRequest, error) {
	all, err := states[rolemining.AccessRequest](ctx, s, `SELECT state FROM access_requests ORDER BY n`)
	slices.SortStableFunc(all, func(a, b rolemining.AccessRequest) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.RoleID, b.RoleID))
	})
	return all, err
}

// states reads a column of domain values; none is an empty slice.
func states[T any](ctx context.Context, s *Store, text string) (all []T, err error) {
	err = s.read(ctx, func(c *conn) error {
		all, err = statesOf[T](c, text)
		return err
	})
	return all, err
}

// statesOf is states within a transaction.
func statesOf[T any](c *conn, text string) ([]T, error) {
	all := []T{}
	err := c.each(text, nil, func(rows *sql.Rows) error {
		var state sql.RawBytes
		if err := rows.Scan(&state); err != nil {
			return err
		}
		v, err := decode[T](state)
		all = append(all, v)
		return err
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}
