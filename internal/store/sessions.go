package store

import (
	"context"
	"database/sql"
	"fmt"
	"math"

	"mockserver/internal/api"
	"mockserver/internal/rolemining"
)

// CreateSession implements rolemining.Store. An id that is taken is ErrExists.
func (s *Store) CreateSession(ctx context.Context, session rolemining.Session) (rolemining.Session, error) {
	session = plainSession(session)
	err := s.write(ctx, func(c *conn) (err error) {
		if session.ID == "" {
			if session.ID, err = s.freshID(c, "session"); err != nil {
				return err
			}
		}
		return c.insertSession(session)
	})
	if err != nil {
		return rolemining.Session{}, err
	}
	return session, nil
}

// freshID is the next dashed identifier of a kind.
func (s *Store) freshID(c *conn, kind string) (string, error) {
	n, err := c.next(kind)
	return s.ids.UUID(kind, n), err
}

// Session implements rolemining.Store.
func (s *Store) Session(ctx context.Context, id string) (session rolemining.Session, err error) {
	err = s.read(ctx, func(c *conn) error {
		_, session, err = c.session(id)
		return err
	})
	return session, err
}

// UpdateSession implements rolemining.Store.
func (s *Store) UpdateSession(ctx context.Context, id string,
	f func(old rolemining.Session, surviving int) (rolemining.SessionChange, error),
) (changed rolemining.Session, err error) {
	err = s.organised(ctx, func(k *known) error {
		return s.write(ctx, func(c *conn) error {
			n, old, err := c.session(id)
			if err != nil {
				return err
			}
			var surviving int
			if err := c.row(`SELECT count(*) FROM potential_roles WHERE session = ? AND kept`, []any{n}, &surviving); err != nil {
				return err
			}
			change, err := f(old, surviving)
			if err != nil {
				return err
			}
			if change.Of != nil && change.Of != k.Organisation {
				return rolemining.ErrExchanged
			}
			change.Session.ID = id
			changed, err = s.applySession(c, k, n, change)
			return err
		})
	})
	if err != nil {
		return rolemining.Session{}, err
	}
	return changed, nil
}

// applySession writes what becomes of the session in row n.
func (s *Store) applySession(c *conn, k *known, n int64, change rolemining.SessionChange) (rolemining.Session, error) {
	session := plainSession(change.Session)
	if change.DropRoles {
		if err := c.dropRoles(n); err != nil {
			return session, err
		}
	}
	if change.DropRoles || change.Mining != nil {
		if err := c.setMining(n, change.Mining); err != nil {
			return session, err
		}
	}
	if len(change.AddRoles) > 0 {
		have, err := c.addRoles(k, n, session.ID, change.AddRoles)
		if err != nil {
			return session, err
		}
		session.PotentialRoleCount = min(session.PotentialRoleCount, have)
		session.PotentialRolesReadyCount = min(session.PotentialRolesReadyCount, have)
	}
	if change.Mail != nil {
		if err := s.sendMail(c, *change.Mail); err != nil {
			return session, err
		}
	}
	return session, c.updateSession(n, session)
}

// setMining writes what the mining of the session in row n went by.
func (c *conn) setMining(n int64, mining *rolemining.SessionMining) error {
	var doc any // NULL for nothing
	if mining != nil {
		text, err := encode(mining)
		if err != nil {
			return err
		}
		doc = text
	}
	_, err := c.exec(`UPDATE sessions SET mining = ? WHERE n = ?`, doc, n)
	return err
}

// MinedSession implements rolemining.Store. The roles are decoded when the
// connection is free again: there may be hundreds.
func (s *Store) MinedSession(ctx context.Context, id string) (mined rolemining.MinedSession, err error) {
	err = s.organised(ctx, func(k *known) error {
		var mining []byte
		var rows []roleRow
		err := s.readAll(ctx, func(c *conn) (err error) {
			var n int64
			if n, mined.Session, err = c.session(id); err != nil {
				return err
			}
			if err := c.row(`SELECT mining FROM sessions WHERE n = ?`, []any{n}, &mining); err != nil {
				return err
			}
			rows, err = c.roleRows("d.origin", "p.session = ? ORDER BY p.rank", n)
			return err
		})
		if err == nil && mining != nil {
			mined.Mining, err = decode[*rolemining.SessionMining](mining)
		}
		for i := 0; err == nil && i < len(rows); i++ {
			var role rolemining.PotentialRole
			role, err = rows[i].role(k)
			mined.Roles = append(mined.Roles, role)
		}
		return err
	})
	if err != nil {
		return rolemining.MinedSession{}, err
	}
	return mined, nil
}

func (s *Store) sendMail(c *conn, m rolemining.Mail) (err error) {
	m.CreatedAt = plain(m.CreatedAt)
	if m.ID == "" {
		if m.ID, err = s.freshID(c, "mail"); err != nil {
			return err
		}
	}
	return c.insertState("outbox", m.ID, m)
}

// SessionJSON implements rolemining.Store. It reads through the cache.
func (s *Store) SessionJSON(ctx context.Context, id string) ([]byte, error) {
	var room [64]byte
	key := append(append(room[:0], sessionKey), id...)
	now := s.cache.now()
	if e, ok := s.cache.get(now, key); ok {
		return e.json, nil
	}
	var doc []byte
	err := s.read(ctx, func(c *conn) error {
		return c.row(`SELECT doc FROM sessions WHERE id = ?`, []any{id}, &doc)
	})
	if err != nil {
		return nil, missing(err)
	}
	s.cache.put(now, key, entry{json: doc})
	return doc, nil
}

// session reads a session and its row.
func (c *conn) session(id string) (n int64, session rolemining.Session, err error) {
	var state sql.RawBytes
	rows, err := c.query(`SELECT n, state FROM sessions WHERE id = ?`, id)
	if err != nil {
		return 0, session, err
	}
	defer func() { _ = rows.Close() }()
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return 0, session, err
		}
		return 0, session, rolemining.ErrNotFound
	}
	if err := rows.Scan(&n, &state); err != nil {
		return 0, session, err
	}
	session, err = decode[rolemining.Session](state)
	return n, session, err
}

const sessionColumns = `created, creator, name, saved, phase, scoping, ready, next_at, doc, params, state`

func (c *conn) insertSession(session rolemining.Session) error {
	args, err := sessionValues(session)
	if err != nil {
		return err
	}
	_, err = c.exec(`INSERT INTO sessions (`+sessionColumns+`, id) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)`,
		append(args, session.ID)...)
	if taken(err) {
		return fmt.Errorf("session %s: %w", session.ID, ErrExists)
	}
	return err
}

func (c *conn) updateSession(n int64, session rolemining.Session) error {
	args, err := sessionValues(session)
	if err != nil {
		return err
	}
	_, err = c.exec(`UPDATE sessions SET (`+sessionColumns+`) = (?,?,?,?,?,?,?,?,?,?,?) WHERE n = ?`, append(args, n)...)
	return err
}

// sessionValues are the values of sessionColumns.
func sessionValues(session rolemining.Session) ([]any, error) {
	doc, err := api.Encode(api.SessionOf(session))
	if err != nil {
		return nil, err
	}
	params, err := api.Encode(api.SessionParametersOf(session))
	if err != nil {
		return nil, err
	}
	state, err := encode(session)
	if err != nil {
		return nil, err
	}
	ready := session.PotentialRolesReadyCount
	if session.State == rolemining.PotentialRolesCreated {
		ready = math.MaxInt32
	}
	_, creator := actor(session.CreatedBy)
	return []any{
		session.CreatedAt.UnixMilli(), creator, foldOptional(session.Name), flag(session.Saved),
		fold(string(session.State)), fold(string(session.ScopingMethod)), ready, nanos(session.NextAt),
		doc, params, state,
	}, nil
}
