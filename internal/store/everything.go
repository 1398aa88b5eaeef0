package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"mockserver/internal/idgen"
	"mockserver/internal/rolemining"
)

// Everything is what a database holds, as values of the domain.
type Everything struct {
	Org            rolemining.Org
	Organisation   *rolemining.Organisation
	Clients        []rolemining.Client
	Roles          []rolemining.Role
	Sessions       []rolemining.Session
	PotentialRoles []rolemining.PotentialRole // with Origin
	Exports        []ExportWithFile
	AccessRequests []rolemining.AccessRequest
	Mails          []rolemining.Mail
}

// ExportWithFile is an export and the digest of its file, the zero one for none.
type ExportWithFile struct {
	rolemining.Export
	File [sha256.Size]byte
}

// Everything is what a copy holds.
func (c Copy) Everything(ctx context.Context, s *Store) (e Everything, err error) {
	err = s.aside(ctx, c, func(of *Store) error {
		e, err = of.everything(ctx)
		return err
	})
	return e, err
}

// aside opens a database in memory with a copy in it, for as long as f takes.
func (s *Store) aside(ctx context.Context, c Copy, f func(of *Store) error) error {
	of, err := Open(ctx, Config{Content: c.Image, IDs: s.ids, Log: s.log})
	if err != nil {
		return err
	}
	if c.org != nil {
		of.org.Store(c.org)
	}
	return errors.Join(f(of), of.Close())
}

func (s *Store) everything(ctx context.Context) (e Everything, err error) {
	if e.Org, err = s.Org(ctx); err != nil {
		return e, err
	}
	err = s.organised(ctx, func(k *known) error {
		e.Organisation = k.Organisation
		return s.readAll(ctx, func(c *conn) error {
			var errs [7]error
			e.Clients, errs[0] = statesOf[rolemining.Client](c, selectClients)
			e.Roles, errs[1] = statesOf[rolemining.Role](c, selectRoles)
			e.Sessions, errs[2] = statesOf[rolemining.Session](c, `SELECT state FROM sessions ORDER BY n`)
			e.PotentialRoles, errs[3] = c.allRoles(k)
			e.Exports, errs[4] = c.exportsWithFiles()
			e.AccessRequests, errs[5] = statesOf[rolemining.AccessRequest](c, `SELECT state FROM access_requests ORDER BY n`)
			e.Mails, errs[6] = statesOf[rolemining.Mail](c, `SELECT state FROM outbox ORDER BY n`)
			return errors.Join(errs[:]...)
		})
	})
	return e, err
}

func (c *conn) allRoles(k *known) ([]rolemining.PotentialRole, error) {
	rows, err := c.roleRows("d.origin", "TRUE")
	if err != nil {
		return nil, err
	}
	all := make([]rolemining.PotentialRole, len(rows))
	for i, row := range rows {
		if all[i], err = row.role(k); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (c *conn) exportsWithFiles() (all []ExportWithFile, err error) {
	err = c.each(`SELECT state, file FROM exports ORDER BY n`, nil, func(rows *sql.Rows) error {
		var state, file sql.RawBytes
		if err := rows.Scan(&state, &file); err != nil {
			return err
		}
		var e ExportWithFile
		if file != nil {
			e.File = sha256.Sum256(file)
		}
		var err error
		e.Export, err = decode[rolemining.Export](state)
		all = append(all, e)
		return err
	})
	return all, err
}

// Verify reads a copy from elsewhere, which must have a Base, to its last row. What
// it returns is the same, its bytes the caller's, with its organisation at hand.
// The error is ErrCorrupt, which says what is wrong, or *OtherSchemaError.
func (s *Store) Verify(ctx context.Context, c Copy) (verified Copy, n Counts, err error) {
	verified.Image, verified.Base = c.Image, c.Base
	if verified.org, n, err = s.verify(ctx, c.Image); err != nil {
		return Copy{}, n, fmt.Errorf("the state: %w", err)
	}
	if bytes.Equal(c.Base, c.Image) {
		verified.Base, verified.baseOrg = verified.Image, verified.org
		return verified, n, nil
	}
	if verified.baseOrg, _, err = s.verify(ctx, c.Base); err != nil {
		return Copy{}, n, fmt.Errorf("what a reset returns to: %w", err)
	}
	return verified, n, nil
}

// verify is Verify of one image.
func (s *Store) verify(ctx context.Context, image []byte) (org *organisation, n Counts, err error) {
	var newer *NewerSchemaError
	switch err := checkImage(image); {
	case errors.As(err, &newer):
		return nil, n, &OtherSchemaError{newer.Version}
	case err != nil:
		return nil, n, err
	case versionOf(image) != SchemaVersion:
		return nil, n, &OtherSchemaError{versionOf(image)}
	}
	err = s.aside(ctx, Copy{Image: image}, func(of *Store) error {
		if err := of.read(ctx, (*conn).sound); err != nil {
			return err
		}
		if _, err := of.everything(ctx); err != nil {
			return err
		}
		if _, err := of.Fixtures(ctx); err != nil {
			return err
		}
		org = of.org.Load()
		n, err = of.Counts(ctx)
		return err
	})
	if err == nil || errors.Is(err, ErrCorrupt) || ctx.Err() != nil {
		return org, n, err
	}
	return nil, n, fmt.Errorf("%w: %w", ErrCorrupt, err)
}

// sound says what is wrong with a database as SQLite sees it. Its schema is looked
// at first, so that nothing of a foreign one is ever carried out.
func (c *conn) sound() error {
	if err := c.ownSchema(); err != nil {
		return err
	}
	for _, check := range []string{`PRAGMA integrity_check(1)`, `PRAGMA foreign_key_check`} {
		err := c.each(check, nil, func(rows *sql.Rows) error {
			columns, err := rows.Columns()
			if err != nil {
				return err
			}
			values := make([]any, len(columns))
			for i := range values {
				values[i] = new(any)
			}
			if err := rows.Scan(values...); err != nil {
				return err
			}
			if first, ok := (*values[0].(*any)).(string); ok && first != "ok" {
				return fmt.Errorf("%s: %s", check, first)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// ownSchema refuses a schema that is not the one which the migrations make.
func (c *conn) ownSchema() error {
	got, err := c.schema()
	if err != nil {
		return err
	}
	fresh, err := Open(context.Background(), Config{IDs: idgen.New("schema")})
	if err != nil {
		return err
	}
	var want []string
	err = errors.Join(fresh.read(context.Background(), func(c *conn) (err error) {
		want, err = c.schema()
		return err
	}), fresh.Close())
	if err == nil && !slices.Equal(got, want) {
		err = errors.New("its tables are not those of this program")
	}
	return err
}

// schema is what there is, in an order that does not depend on when it was made.
func (c *conn) schema() (all []string, err error) {
	err = c.each(`SELECT type || ' ' || name || ' ' || tbl_name || ' ' || coalesce(sql, '') FROM sqlite_schema ORDER BY type, name`, nil, func(rows *sql.Rows) error {
		var one string
		err := rows.Scan(&one)
		all = append(all, one)
		return err
	})
	return all, err
}
