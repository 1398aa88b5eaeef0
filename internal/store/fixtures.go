package store

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"mockserver/internal/rolemining"
)

// Fixtures is the present organisation as fixtures describe one: with the
// sessions that it was loaded with, as they were written, and without the roles
// that provisioning has made. It is ErrNotFound before Load.
func (s *Store) Fixtures(ctx context.Context) (d rolemining.Dataset, err error) {
	err = s.organised(ctx, func(k *known) error {
		d.Organisation = *k.Organisation
		return s.readAll(ctx, func(c *conn) error {
			var state []byte
			if err := c.row(`SELECT state FROM org`, nil, &state); err != nil {
				return missing(err)
			}
			if d.Org, err = decode[rolemining.Org](state); err != nil {
				return err
			}
			if d.Roles, err = statesOf[rolemining.Role](c, selectRoles); err != nil {
				return err
			}
			d.Roles = slices.DeleteFunc(d.Roles, provisioned)
			if d.Clients, err = statesOf[rolemining.Client](c, selectClients); err != nil {
				return err
			}
			d.Sessions, err = statesOf[rolemining.SeedSession](c, `SELECT state FROM seed_sessions ORDER BY n`)
			return err
		})
	})
	if err != nil {
		return rolemining.Dataset{}, err
	}
	return d, nil
}

func provisioned(r rolemining.Role) bool { return r.PotentialRoleID != nil }

// Exchange replaces the organisation and keeps, in one transaction, what was done
// in it: sessions, potential roles, exports, what provisioning has made and sent.
// Identities and entitlements that the new one does not have are taken out of
// potential roles, whose other numbers stay as they were mined. An id that a
// provisioned role has taken is ErrExists. An image, where not nil, becomes what
// Reset returns to, in the same transaction.
func (s *Store) Exchange(ctx context.Context, d rolemining.Dataset, baseline []byte) error {
	return s.reorganise(baseline, func() (*rolemining.Organisation, error) {
		was, err := s.learn(ctx)
		if err != nil {
			return nil, err
		}
		err = s.write(ctx, func(c *conn) error {
			made, err := statesOf[rolemining.Role](c, selectRoles)
			if err != nil {
				return err
			}
			d.Roles = slices.Concat(d.Roles, slices.DeleteFunc(made, func(r rolemining.Role) bool { return !provisioned(r) }))
			for _, clear := range clearingFixtures {
				if _, err := c.exec(clear); err != nil {
					return err
				}
			}
			if err := (&loader{c}).load(d); err != nil {
				return err
			}
			if err := c.moveRoles(was, newKnown(&d.Organisation)); err != nil || baseline == nil || s.path == "" {
				return err
			}
			return c.setBaseline(baseline)
		})
		return &d.Organisation, err
	})
}

// move says where the identities and the entitlements of one organisation are in
// another: its index there, -1 for nowhere.
type move struct {
	identities, entitlements []int32
	same                     bool // nothing has another index
}

func moveOf(from, to *known) move {
	m := move{same: true}
	place := func(count int, find func(i int) (int, bool)) []int32 {
		all := make([]int32, count)
		for i := range all {
			at, ok := find(i)
			if !ok {
				at = -1
			}
			all[i] = int32(at)
			m.same = m.same && at == i
		}
		return all
	}
	m.identities = place(from.Identities.Len(), func(i int) (int, bool) { return to.Identities.Find(from.Identities.ID(i)) })
	m.entitlements = place(len(from.Entitlements), func(i int) (int, bool) { return to.Entitlement(from.Entitlements[i].ID) })
	return m
}

// moveRoles rewrites the packed columns of all potential roles, which name rows
// of the organisation.
func (c *conn) moveRoles(from, to *known) error {
	m := moveOf(from, to)
	if m.same {
		return nil
	}
	rows, err := c.roleRows("NULL", "TRUE")
	if err != nil {
		return err
	}
	for _, row := range rows {
		if err := c.moveRole(row, m, from, to); err != nil {
			return fmt.Errorf("potential role in row %d: %w", row.n, err)
		}
	}
	return nil
}

func (c *conn) moveRole(row roleRow, m move, from, to *known) error {
	members, err := unpackAscending(nil, row.members, from.Identities.Len())
	if err != nil {
		return err
	}
	says, err := unpackAccess(row.access, len(from.Entitlements))
	if err != nil {
		return err
	}
	lost := false
	for i, x := range members {
		members[i] = m.identities[x]
		lost = lost || members[i] < 0
	}
	for i := range says {
		says[i].entitlement = m.entitlements[says[i].entitlement]
		lost = lost || says[i].entitlement < 0
	}
	if !lost {
		_, err := c.exec(`UPDATE role_documents SET members = ?, access = ? WHERE n = ?`, packAscending(members), packAccess(says), row.n)
		return err
	}
	role, err := row.role(from)
	if err != nil {
		return err
	}
	left := without(role, to)
	return errors.Join(c.updateRole(to, row.n, left), c.moveOrigin(row.n, role, left))
}

// without takes out of a potential role what an organisation does not have.
func without(role rolemining.PotentialRole, k *known) rolemining.PotentialRole {
	gone := func(id string) bool { _, ok := k.Entitlement(id); return !ok }
	role.IdentityIDs = slices.DeleteFunc(slices.Clone(role.IdentityIDs), func(id string) bool { _, ok := k.Identities.Find(id); return !ok })
	role.Excluded = slices.DeleteFunc(slices.Clone(role.Excluded), gone)
	role.Entitlements = slices.DeleteFunc(slices.Clone(role.Entitlements), func(e rolemining.RoleEntitlement) bool { return gone(e.ID) })
	role.EntitlementCount = 0
	for _, e := range role.Entitlements {
		if !e.Excluded {
			role.EntitlementCount++
		}
	}
	return role
}
