package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"mockserver/internal/api"
	"mockserver/internal/rolemining"
)

// Role implements rolemining.Store. It reads through the cache, so the slices
// of the role may be shared with other callers.
func (s *Store) Role(ctx context.Context, sessionID, id string) (role rolemining.PotentialRole, err error) {
	var room [128]byte
	key := appendText(appendText(append(room[:0], roleKey), sessionID), id)
	now := s.cache.now()
	if e, ok := s.cache.get(now, key); ok {
		return *e.role, nil
	}
	err = s.organised(ctx, func(k *known) error {
		return s.read(ctx, func(c *conn) error {
			_, _, role, err = c.role(k, sessionID, id)
			return err
		})
	})
	if err != nil {
		return rolemining.PotentialRole{}, err
	}
	kept := role
	s.cache.put(now, key, entry{role: &kept, size: 16*len(role.IdentityIDs) + 80*len(role.Entitlements) + 4096})
	return role, nil
}

// RoleWithOrigin implements rolemining.Store.
func (s *Store) RoleWithOrigin(ctx context.Context, id string) (role rolemining.PotentialRole, err error) {
	err = s.organised(ctx, func(k *known) error {
		return s.read(ctx, func(c *conn) error {
			_, _, role, err = c.oneRole(k, "d.origin", "", id)
			return err
		})
	})
	if err != nil {
		return rolemining.PotentialRole{}, err
	}
	return role, nil
}

// UpdateRole implements rolemining.Store. A role, an access request or a
// message that comes without an id is given one.
func (s *Store) UpdateRole(ctx context.Context, sessionID, id string,
	f func(old rolemining.PotentialRole) (rolemining.RoleChange, error),
) (role rolemining.PotentialRole, session rolemining.Session, err error) {
	err = s.organised(ctx, func(k *known) error {
		return s.write(ctx, func(c *conn) error {
			role, session, err = s.changeRole(c, k, sessionID, id, f)
			return err
		})
	})
	if err != nil {
		return rolemining.PotentialRole{}, rolemining.Session{}, err
	}
	return role, session, nil
}

func (s *Store) changeRole(c *conn, k *known, sessionID, id string,
	f func(old rolemining.PotentialRole) (rolemining.RoleChange, error),
) (role rolemining.PotentialRole, session rolemining.Session, err error) {
	n, owner, old, err := c.role(k, sessionID, id)
	if err != nil {
		return role, session, err
	}
	change, err := f(old)
	if err != nil {
		return role, session, err
	}
	if change.Of != nil && change.Of != k.Organisation {
		return role, session, rolemining.ErrExchanged
	}
	change.Role.ID, change.Role.SessionID, change.Role.Ready = id, old.SessionID, old.Ready
	if err := s.provision(c, &change); err != nil {
		return role, session, err
	}
	role = plainRole(change.Role)
	if err := errors.Join(c.updateRole(k, n, role), c.moveOrigin(n, old, role)); err != nil {
		return role, session, err
	}
	var state []byte
	if err := c.row(`SELECT state FROM sessions WHERE n = ?`, []any{owner}, &state); err != nil {
		return role, session, err
	}
	session, err = decode[rolemining.Session](state)
	return role, session, err
}

// provision stores the role that was made of a potential role, and the requests
// for it.
func (s *Store) provision(c *conn, change *rolemining.RoleChange) error {
	made := change.Created
	if made != nil {
		created := *made
		created.CreatedAt = plain(created.CreatedAt)
		if created.ID == "" {
			n, err := c.next("role")
			if err != nil {
				return err
			}
			created.ID = s.ids.Hex("role", n)
			change.Role.RoleID = &created.ID
		}
		made = &created
		if err := c.insertState("roles", created.ID, created); err != nil {
			return err
		}
	}
	for _, r := range change.Requests {
		r.CreatedAt = plain(r.CreatedAt)
		if r.RoleID == "" && made != nil {
			r.RoleID = made.ID
		}
		if r.ID == "" {
			n, err := c.next("access request")
			if err != nil {
				return err
			}
			r.ID = s.ids.Hex("access request", n)
		}
		if err := c.insertState("access_requests", r.ID, r); err != nil {
			return err
		}
	}
	return nil
}

// role reads a potential role without its origin, its row and its session's;
// sessionID "" takes that of any session.
func (c *conn) role(k *known, sessionID, id string) (n, owner int64, role rolemining.PotentialRole, err error) {
	return c.oneRole(k, "NULL", sessionID, id)
}

func (c *conn) oneRole(k *known, origin, sessionID, id string) (n, owner int64, role rolemining.PotentialRole, err error) {
	rows, err := c.roleRows(origin, "p.id = ?1 AND (?2 = '' OR s.id = ?2)", id, sessionID)
	if err != nil {
		return 0, 0, role, err
	}
	if len(rows) == 0 {
		return 0, 0, role, rolemining.ErrNotFound
	}
	role, err = rows[0].role(k)
	return rows[0].n, rows[0].session, role, err
}

// roleRow is a potential role as it is stored.
type roleRow struct {
	n, session                     int64
	state, members, access, origin []byte // origin is nil where it was not asked for
	ready                          bool
}

// roleRows reads potential roles. origin is the column, or NULL to leave it;
// where is one of our conditions.
func (c *conn) roleRows(origin, where string, args ...any) (all []roleRow, err error) {
	text := `SELECT p.n, p.session, d.state, d.members, d.access, p.rank < s.ready, ` + origin + `
		FROM potential_roles AS p JOIN role_documents AS d ON d.n = p.n JOIN sessions AS s ON s.n = p.session WHERE ` + where
	err = c.each(text, args, func(rows *sql.Rows) error {
		var r roleRow
		err := rows.Scan(&r.n, &r.session, &r.state, &r.members, &r.access, &r.ready, &r.origin)
		all = append(all, r)
		return err
	})
	return all, err
}

// role decodes a row, for which no connection is needed.
func (r roleRow) role(k *known) (role rolemining.PotentialRole, err error) {
	if role, err = decode[rolemining.PotentialRole](r.state); err != nil {
		return role, err
	}
	members, err := unpackAscending(nil, r.members, k.Identities.Len())
	if err != nil {
		return role, err
	}
	role.IdentityIDs = make([]string, len(members))
	for i, x := range members {
		role.IdentityIDs[i] = k.Identities.ID(int(x))
	}
	says, err := unpackAccess(r.access, len(k.Entitlements))
	if err != nil {
		return role, err
	}
	role.Entitlements = k.entitlementsOf(says)
	if r.origin != nil {
		role.Origin, err = decode[*rolemining.Origin](r.origin)
	}
	role.Ready = r.ready
	return role, err
}

// dropRoles removes the roles of a session that are not kept, with their
// exports, and closes the gaps in the ranks of the others.
func (c *conn) dropRoles(session int64) error {
	if _, err := c.exec(`DELETE FROM potential_roles WHERE session = ? AND NOT kept`, session); err != nil {
		return err
	}
	var rows []int64
	err := c.each(`SELECT n FROM potential_roles WHERE session = ? ORDER BY rank`, []any{session}, func(r *sql.Rows) error {
		var n int64
		err := r.Scan(&n)
		rows = append(rows, n)
		return err
	})
	if err != nil {
		return err
	}
	// In ascending order each new rank is free when it is given.
	for rank, n := range rows {
		for _, table := range []string{"potential_roles", "role_documents"} {
			if _, err := c.exec(`UPDATE `+table+` SET rank = ?1 WHERE n = ?2 AND rank <> ?1`, rank, n); err != nil {
				return err
			}
		}
	}
	return nil
}

// addRoles appends roles to a session, leaves out those whose id is there, and
// says how many the session then has.
func (c *conn) addRoles(k *known, session int64, sessionID string, roles []rolemining.PotentialRole) (int, error) {
	var have int
	if err := c.row(`SELECT count(*) FROM potential_roles WHERE session = ?`, []any{session}, &have); err != nil {
		return 0, err
	}
	for _, r := range roles {
		r.SessionID = sessionID
		r = plainRole(r)
		res, err := c.exec(`INSERT INTO potential_roles (`+roleColumns+`, id, session, rank)
			VALUES (`+strings.Repeat("?,", roleColumnCount)+`?,?,?) ON CONFLICT (id) DO NOTHING`,
			append(roleValues(r), r.ID, session, have)...)
		if err != nil {
			return 0, err
		}
		added, err := res.RowsAffected()
		if err != nil {
			return 0, err
		}
		if added == 0 {
			continue
		}
		n, err := res.LastInsertId()
		if err != nil {
			return 0, err
		}
		if err := c.addDocuments(k, n, session, have, r); err != nil {
			return 0, err
		}
		have++
	}
	return have, nil
}

func (c *conn) addDocuments(k *known, n, session int64, rank int, r rolemining.PotentialRole) error {
	documents, err := k.documents(r)
	if err != nil {
		return err
	}
	origin, err := encode(r.Origin)
	if err != nil {
		return err
	}
	_, err = c.exec(`INSERT INTO role_documents (`+documentColumns+`, n, session, rank, origin) VALUES (?,?,?,?,?,?,?,?,?,?)`,
		append(documents, n, session, rank, origin)...)
	return err
}

func (c *conn) updateRole(k *known, n int64, role rolemining.PotentialRole) error {
	documents, err := k.documents(role)
	if err != nil {
		return err
	}
	_, err = c.exec(`UPDATE potential_roles SET (`+roleColumns+`) = (?`+strings.Repeat(",?", roleColumnCount-1)+`) WHERE n = ?`,
		append(roleValues(role), n)...)
	if err != nil {
		return err
	}
	_, err = c.exec(`UPDATE role_documents SET (`+documentColumns+`) = (?,?,?,?,?,?) WHERE n = ?`, append(documents, n)...)
	return err
}

// moveOrigin keeps the origin of the role in row n true when members or
// entitlements of the role have other places than before.
func (c *conn) moveOrigin(n int64, before, after rolemining.PotentialRole) error {
	same := slices.EqualFunc(before.Entitlements, after.Entitlements, func(a, b rolemining.RoleEntitlement) bool { return a.ID == b.ID }) &&
		slices.Equal(before.IdentityIDs, after.IdentityIDs)
	if same {
		return nil
	}
	var text []byte
	if err := c.row(`SELECT origin FROM role_documents WHERE n = ?`, []any{n}, &text); err != nil {
		return err
	}
	origin, err := decode[*rolemining.Origin](text)
	if err != nil || origin == nil {
		return err
	}
	if text, err = encode(origin.Moved(before, after)); err != nil {
		return err
	}
	_, err = c.exec(`UPDATE role_documents SET origin = ? WHERE n = ?`, text, n)
	return err
}

const (
	roleColumns = `kept, saved, created, modified, creator_id, creator, name, type, identities, entitlements,
		density, freshness, quality, next_at, description`
	roleColumnCount = 15
)

// roleValues are the values of roleColumns.
func roleValues(r rolemining.PotentialRole) []any {
	creatorID, creator := actor(r.CreatedBy)
	return []any{
		flag(r.Kept()), flag(r.Saved), r.CreatedAt.UnixMilli(), r.ModifiedAt.UnixMilli(), creatorID, creator,
		fold(r.Name), fold(string(r.Type)), len(r.IdentityIDs), r.EntitlementCount,
		r.Density, r.Freshness, r.Quality, nanos(r.NextAt), foldOptional(r.Description),
	}
}

const documentColumns = `distribution, head, draft, state, members, access`

// documents are the values of documentColumns.
func (k *known) documents(r rolemining.PotentialRole) ([]any, error) {
	head, err := api.Encode(api.SummaryHeadOf(r))
	if err != nil {
		return nil, err
	}
	var draft any // NULL unless the role is saved
	if r.Saved {
		if draft, err = api.Encode(api.DraftRoleOf(r)); err != nil {
			return nil, err
		}
	}
	members, err := k.membersOf(r)
	if err != nil {
		return nil, err
	}
	access, err := k.accessOf(r.Entitlements)
	if err != nil {
		return nil, err
	}
	r.IdentityIDs, r.Entitlements = nil, nil
	state, err := encode(r)
	return []any{distributionText(r.Distribution), head, draft, state, packAscending(members), packAccess(access)}, err
}

// membersOf is the indices of the members of a role, ascending.
func (k *known) membersOf(r rolemining.PotentialRole) ([]int32, error) {
	members := make([]int32, len(r.IdentityIDs))
	for i, id := range r.IdentityIDs {
		at, ok := k.Identities.Find(id)
		if !ok {
			return nil, unknown("identity", id)
		}
		if members[i] = int32(at); i > 0 && members[i] <= members[i-1] {
			return nil, fmt.Errorf("the identities of potential role %s are not in ascending order of id", r.ID)
		}
	}
	return members, nil
}

// valueSeparator stands between the values in the text that identityAttribute
// looks into, so that no text is found across two of them.
const valueSeparator = "\x1f"

func distributionText(distribution []rolemining.AttributeDistribution) string {
	var b strings.Builder
	for _, d := range distribution {
		for _, v := range d.Values {
			if v.Value != nil {
				b.WriteString(fold(*v.Value))
				b.WriteString(valueSeparator)
			}
		}
	}
	return b.String()
}
