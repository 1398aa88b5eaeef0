package store

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"mockserver/internal/api"
	"mockserver/internal/rolemining"
)

// Load replaces everything that is stored by an organisation, in one
// transaction. References between its parts must have been checked. Its
// sessions are not stored: to mine them is the service's work.
func (s *Store) Load(ctx context.Context, d rolemining.Dataset) error {
	err := s.write(ctx, func(c *conn) error {
		for _, clear := range clearing {
			if _, err := c.exec(clear); err != nil {
				return err
			}
		}
		l := loader{conn: c, sources: map[string]source{}, entitlements: map[string]int64{}}
		return errors.Join(l.org(d.Org), l.addSources(d.Sources), l.addEntitlements(d.Entitlements),
			l.addIdentities(d.Identities), l.addRoles(d.Roles), l.addClients(d.Clients))
	})
	if err == nil {
		s.version.Add(1)
	}
	return err
}

// clearing empties all tables, those that refer to others first.
var clearing = [...]string{
	"DELETE FROM exports", "DELETE FROM potential_roles", "DELETE FROM sessions",
	"DELETE FROM outbox", "DELETE FROM access_requests", "DELETE FROM roles", "DELETE FROM clients",
	"DELETE FROM identities", "DELETE FROM entitlements", "DELETE FROM sources",
	"DELETE FROM org", "DELETE FROM counters",
}

// loader writes an organisation. Rows are numbered from 1 in the order of ids,
// so ascending rows are ascending ids.
type loader struct {
	conn         *conn
	sources      map[string]source
	entitlements map[string]int64
}

type source struct {
	row int64
	rolemining.Source
}

func byID[T any](items []T, id func(*T) string) []T {
	items = slices.Clone(items)
	slices.SortFunc(items, func(a, b T) int { return cmp.Compare(id(&a), id(&b)) })
	return items
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
	for i, src := range byID(sources, func(s *rolemining.Source) string { return s.ID }) {
		row := int64(i + 1)
		l.sources[src.ID] = source{row, src}
		_, err := l.conn.exec(`INSERT INTO sources (n, id, name, folded, description, activity) VALUES (?,?,?,?,?,?)`,
			row, src.ID, src.Name, fold(src.Name), src.Description, src.ActivityState)
		if err != nil {
			return fmt.Errorf("source %s: %w", src.ID, err)
		}
	}
	return nil
}

func (l *loader) addEntitlements(entitlements []rolemining.Entitlement) error {
	for i, e := range byID(entitlements, func(e *rolemining.Entitlement) string { return e.ID }) {
		row := int64(i + 1)
		l.entitlements[e.ID] = row
		src := l.sources[e.SourceID]
		head, tail, err := entitlementParts(e, src.Source)
		if err != nil {
			return err
		}
		brief, err := api.Encode(api.EntitlementName{ID: e.ID, Name: e.Name})
		if err != nil {
			return err
		}
		_, err = l.conn.exec(`INSERT INTO entitlements
			(n, id, name, folded, description, attribute, value, source, head, tail, brief)
			VALUES (?,?,?,?,?,?,?,?,?,?,?)`,
			row, e.ID, e.Name, fold(e.Name), e.Description, e.Attribute, e.Value, src.row, head, tail, brief)
		if err != nil {
			return fmt.Errorf("entitlement %s: %w", e.ID, err)
		}
	}
	return nil
}

// entitlementParts are the answer for an entitlement in a potential role, cut
// where the role's own numbers go.
func entitlementParts(e rolemining.Entitlement, src rolemining.Source) (head, tail []byte, err error) {
	whole, err := api.Encode(api.Entitlement{
		EntitlementRef:      api.EntitlementRef{ID: e.ID, Name: e.Name, Description: e.Description, Attribute: e.Attribute},
		Name:                e.Name,
		ApplicationName:     src.Name,
		SourceID:            e.SourceID,
		ActivitySourceState: src.ActivityState,
	})
	if err != nil {
		return nil, nil, err
	}
	// A quotation mark inside a value is escaped, so these can only be members.
	head, rest, ok := bytes.Cut(whole, []byte(`,"identityCount":0,"popularity":0,"popularityInOrg":0`))
	tail, ended := bytes.CutSuffix(rest, []byte(`,"sourceUsagePercent":null}`))
	if !ok || !ended {
		return nil, nil, fmt.Errorf("the form of an entitlement's answer has changed: %s", whole)
	}
	return head, tail, nil
}

func (l *loader) addIdentities(identities []rolemining.Identity) error {
	identities = byID(identities, func(i *rolemining.Identity) string { return i.ID })
	rows := make(map[string]int, len(identities))
	for i := range identities {
		rows[identities[i].ID] = i + 1
	}
	sourceRows := make(map[string]int64, len(l.sources))
	for id, src := range l.sources {
		sourceRows[id] = src.row
	}
	for i, identity := range identities {
		var manager any
		managerName := ""
		if row := rows[identity.ManagerID]; row > 0 {
			manager, managerName = row, identities[row-1].DisplayName
		}
		held, err := l.held(identity)
		if err != nil {
			return err
		}
		doc, err := api.Encode(api.IdentityOf(identity, managerName))
		if err != nil {
			return err
		}
		_, err = l.conn.exec(`INSERT INTO identities
			(n, id, alias, login, name, folded, email, mail, active, manager, attributes, held, usage, doc)
			VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)`,
			i+1, identity.ID, identity.Name, fold(identity.Name), identity.DisplayName, fold(identity.DisplayName),
			identity.Email, fold(identity.Email), flag(identity.Active), manager,
			packMap(identity.Attributes), held, packUsage(identity.Usage, sourceRows), doc)
		if err != nil {
			return fmt.Errorf("identity %s: %w", identity.ID, err)
		}
	}
	return nil
}

func (l *loader) held(identity rolemining.Identity) ([]byte, error) {
	rows := make([]int64, 0, len(identity.EntitlementIDs))
	for _, id := range identity.EntitlementIDs {
		row := l.entitlements[id]
		if row == 0 {
			return nil, fmt.Errorf("identity %s holds the unknown entitlement %s", identity.ID, id)
		}
		rows = append(rows, row)
	}
	slices.Sort(rows)
	return packRows(slices.Compact(rows)), nil
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
