package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"mockserver/internal/rolemining"
)

// Load replaces everything that is stored by an organisation, in one
// transaction. Its sessions are kept as they are, for Fixtures: to mine them is
// the service's work.
func (s *Store) Load(ctx context.Context, d rolemining.Dataset) error {
	return s.Populate(ctx, d, func(*Store) error { return nil })
}

// Populate is Load, and more: then adds to what was loaded, by way of the store
// that it is given and that ends with it. All is one transaction, so an error of
// either leaves everything as it was, and so does the end of the process.
func (s *Store) Populate(ctx context.Context, d rolemining.Dataset, then func(within *Store) error) error {
	return s.reorganise(nil, func() (*rolemining.Organisation, error) {
		err := s.write(ctx, func(c *conn) error {
			for _, clear := range clearing {
				if _, err := c.exec(clear); err != nil {
					return err
				}
			}
			if err := (&loader{c}).load(d); err != nil {
				return err
			}
			within := s.within(c)
			within.org.Store(&organisation{})
			within.org.Load().known.Store(newKnown(&d.Organisation))
			return then(within)
		})
		if err != nil {
			return nil, err
		}
		return &d.Organisation, nil
	})
}

// clearing empties all tables, those that refer to others first.
var clearing = append([]string{
	"DELETE FROM exports", "DELETE FROM role_documents", "DELETE FROM potential_roles", "DELETE FROM sessions",
	"DELETE FROM outbox", "DELETE FROM access_requests", "DELETE FROM counters",
}, clearingFixtures...)

// clearingFixtures empties those that hold what fixtures say, and the roles that
// provisioning has made.
var clearingFixtures = []string{
	"DELETE FROM seed_sessions", "DELETE FROM roles", "DELETE FROM clients", "DELETE FROM identities",
	"DELETE FROM attribute_values", "DELETE FROM entitlements", "DELETE FROM sources", "DELETE FROM org",
}

// loader writes an organisation.
type loader struct{ conn *conn }

func (l *loader) load(d rolemining.Dataset) error {
	return errors.Join(l.org(d.Org), l.addSources(d.Sources), l.addEntitlements(d.Organisation),
		l.addPairs(d.Identities), l.addIdentities(d.Identities), l.addRoles(d.Roles), l.addClients(d.Clients), l.addSessions(d.Sessions))
}

func (l *loader) org(org rolemining.Org) error {
	state, err := encode(org)
	if err != nil {
		return err
	}
	_, err = l.conn.exec(`INSERT INTO org (n, state) VALUES (1, ?)`, state)
	return err
}

func (l *loader) addSources(sources []rolemining.Source) error {
	return l.insert(len(sources), 6, `INSERT INTO sources (n, id, key, name, description, activity) VALUES `, func(i int) ([]any, error) {
		src := sources[i]
		return []any{i + 1, src.ID, src.Key, src.Name, src.Description, src.ActivityState}, nil
	})
}

func (l *loader) addEntitlements(o rolemining.Organisation) error {
	const text = `INSERT INTO entitlements (n, id, key, name, description, attribute, value, source) VALUES `
	return l.insert(len(o.Entitlements), 8, text, func(i int) ([]any, error) {
		e := o.Entitlements[i]
		source, ok := o.Source(e.SourceID)
		if !ok {
			return nil, unknown("source", e.SourceID)
		}
		return []any{i + 1, e.ID, e.Key, e.Name, e.Description, e.Attribute, e.Value, source + 1}, nil
	})
}

func (l *loader) addPairs(people *rolemining.Identities) error {
	pairs := people.Pairs()
	return l.insert(len(pairs), 3, `INSERT INTO attribute_values (n, name, value) VALUES `, func(i int) ([]any, error) {
		return []any{i + 1, pairs[i].Name, pairs[i].Value}, nil
	})
}

func (l *loader) addIdentities(people *rolemining.Identities) error {
	const text = `INSERT INTO identities (n, id, alias, login, name, email, active, manager, attributes, held, usage) VALUES `
	return l.insert(people.Len(), 11, text, func(i int) ([]any, error) {
		var manager any
		if m := people.Manager(i); m != rolemining.NoManager {
			manager = m + 1
		}
		name := people.Name(i)
		return []any{
			i + 1, people.ID(i), name, fold(name), people.DisplayName(i), people.Email(i), flag(people.Active(i)), manager,
			packRows(people.Attributes(i)), packAscending(people.Held(i)), blob(people.Usage(i)),
		}, nil
	})
}

// blob is b, but no NULL.
func blob(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// batch is how many rows go into one statement. More of them save little.
const batch = 50

// insert stores count rows of a number of columns, many with each statement. text
// is one up to VALUES.
func (l *loader) insert(count, columns int, text string, row func(i int) ([]any, error)) error {
	one := "(?" + strings.Repeat(",?", columns-1) + ")"
	many := text + one + strings.Repeat(","+one, batch-1)
	args := make([]any, 0, batch*columns)
	for i := range count {
		values, err := row(i)
		if err != nil {
			return err
		}
		args = append(args, values...)
		switch {
		case len(args) == batch*columns:
			_, err = l.conn.exec(many, args...)
			args = args[:0]
		case i == count-1:
			_, err = l.conn.exec(text+one+strings.Repeat(","+one, len(args)/columns-1), args...)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (l *loader) addRoles(roles []rolemining.Role) error {
	for _, r := range roles {
		r.CreatedAt = plain(r.CreatedAt)
		if err := l.conn.insertState("roles", r.ID, r); err != nil {
			return err
		}
	}
	return nil
}

func (l *loader) addClients(clients []rolemining.Client) error {
	for _, client := range clients {
		if err := l.conn.insertState("clients", client.ID, client); err != nil {
			return err
		}
	}
	return nil
}

func (l *loader) addSessions(sessions []rolemining.SeedSession) error {
	for _, session := range sessions {
		if err := l.conn.insertState("seed_sessions", session.ID, session); err != nil {
			return err
		}
	}
	return nil
}

// insertState stores a value in one of the tables of id and state; table is one
// of our names.
func (c *conn) insertState(table, id string, v any) error {
	state, err := encode(v)
	if err != nil {
		return err
	}
	_, err = c.exec(`INSERT INTO `+table+` (id, state) VALUES (?, ?)`, id, state)
	if taken(err) {
		return fmt.Errorf("%s %s: %w", table, id, ErrExists)
	}
	return err
}
