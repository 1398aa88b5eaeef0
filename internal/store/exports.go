package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"mockserver/internal/rolemining"
)

// CreateExport implements rolemining.Store. A potential role that does not
// exist is ErrNotFound, an id that is taken ErrExists.
func (s *Store) CreateExport(ctx context.Context, e rolemining.Export) (rolemining.Export, error) {
	e = plainExport(e)
	err := s.write(ctx, func(c *conn) error {
		var role int64
		err := c.row(`SELECT n FROM potential_roles WHERE id = ?`, []any{e.PotentialRoleID}, &role)
		if err != nil {
			return missing(err)
		}
		if e.ID == "" {
			if e.ID, err = s.freshID(c, "export"); err != nil {
				return err
			}
		}
		state, err := encode(e)
		if err != nil {
			return err
		}
		_, err = c.exec(`INSERT INTO exports (id, role, next_at, state) VALUES (?,?,?,?)`, e.ID, role, nanos(e.NextAt), state)
		if taken(err) {
			return fmt.Errorf("export %s: %w", e.ID, ErrExists)
		}
		return err
	})
	if err != nil {
		return rolemining.Export{}, err
	}
	return e, nil
}

// Export implements rolemining.Store.
func (s *Store) Export(ctx context.Context, id string) (e rolemining.Export, err error) {
	err = s.read(ctx, func(c *conn) error {
		e, err = c.export(id)
		return err
	})
	return e, err
}

// UpdateExport implements rolemining.Store. The export's potential role cannot
// be changed.
func (s *Store) UpdateExport(ctx context.Context, id string,
	f func(old rolemining.Export) (rolemining.Export, []byte, error),
) (changed rolemining.Export, err error) {
	err = s.write(ctx, func(c *conn) error {
		old, err := c.export(id)
		if err != nil {
			return err
		}
		e, file, err := f(old)
		if err != nil {
			return err
		}
		e.ID, e.PotentialRoleID = id, old.PotentialRoleID
		changed = plainExport(e)
		state, err := encode(changed)
		if err != nil {
			return err
		}
		if _, err := c.exec(`UPDATE exports SET next_at = ?, state = ? WHERE id = ?`, nanos(changed.NextAt), state, id); err != nil {
			return err
		}
		if file != nil {
			_, err = c.exec(`UPDATE exports SET file = ? WHERE id = ?`, file, id)
		}
		return err
	})
	if err != nil {
		return rolemining.Export{}, err
	}
	return changed, nil
}

// ExportFile implements rolemining.Store. An export without a file yet is
// ErrNotFound.
func (s *Store) ExportFile(ctx context.Context, id string) ([]byte, error) {
	var file []byte
	err := s.read(ctx, func(c *conn) error {
		return c.row(`SELECT file FROM exports WHERE id = ? AND file IS NOT NULL`, []any{id}, &file)
	})
	if err != nil {
		return nil, missing(err)
	}
	return file, nil
}

func (c *conn) export(id string) (e rolemining.Export, err error) {
	var state []byte
	err = c.row(`SELECT state FROM exports WHERE id = ?`, []any{id}, &state)
	if errors.Is(err, sql.ErrNoRows) {
		return e, rolemining.ErrNotFound
	}
	if err != nil {
		return e, err
	}
	return decode[rolemining.Export](state)
}
