package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// SchemaVersion is the version of the schema that this program writes: how many
// files there are in migrations.
const SchemaVersion = 2

// applicationID marks a file as ours ("rmmk"); SQLite keeps it in the header.
const applicationID = 0x726d6d6b

// The files are applied in the order of their names, each once. One that was
// released is never changed; TestMigrations holds the hash of each.
//
//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the schema up to date, each step in its own transaction.
func (s *Store) migrate(ctx context.Context) error {
	files, err := fs.Glob(migrations, "migrations/*.sql") // sorted
	if err != nil {
		return err
	}
	made := false // anew, and by this program
	for {
		done := false
		err := s.write(ctx, func(c *conn) error {
			version, err := c.schemaVersion()
			if err != nil || version == len(files) {
				done = true
				return err
			}
			made = made || version == 0
			if !made { // an older program cannot read it any more
				s.log.Info("the database is brought to a newer schema, which programs before this one cannot read", "from", version, "to", version+1)
			}
			return c.apply(files[version], version+1)
		})
		if err != nil || done {
			return err
		}
	}
}

// take examines a file before anything is written to it; then it gives the file
// its log.
func (s *Store) take(ctx context.Context) error {
	c, err := s.writers.acquire(ctx)
	if err != nil {
		return err
	}
	defer s.writers.release(c)
	if _, err := c.examine(); err != nil {
		return err
	}
	_, err = c.sql.ExecContext(ctx, "PRAGMA journal_mode = WAL")
	return err
}

// examine finds out whether a database is ours, of a version that is known, and
// whole, for which it reads all of it: some 200 MB a second. Version 0 is an empty
// one.
func (c *conn) examine() (version int, err error) {
	version, err = c.schemaVersion()
	if err == nil && version > 0 {
		err = c.whole()
	}
	if err == nil && version > 0 {
		err = c.known(version)
	}
	return version, err
}

// shapes are the digests of the columns of every version, from version 1 on. A
// version that was released keeps its own for ever; a new one adds its own, which
// TestMigrations tells.
var shapes = [SchemaVersion]string{
	"3b20e52b6b811065",
	"dbb69c9c6c43c4eb",
}

// known refuses a database that is of a version by name only: programs between
// two releases have written such.
func (c *conn) known(version int) error {
	shape, err := c.shape()
	if err == nil && shape != shapes[version-1] {
		return fmt.Errorf("%w: its tables are not those of version %d, which it says it has", ErrCorrupt, version)
	}
	return err
}

// shape is a digest of the names of all tables and their columns, in no order.
func (c *conn) shape() (string, error) {
	all := sha256.New()
	err := c.each(`SELECT t.name || '.' || p.name FROM sqlite_schema t, pragma_table_info(t.name) p
		WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' ORDER BY 1`, nil, func(rows *sql.Rows) error {
		var column string
		err := rows.Scan(&column)
		_, _ = all.Write([]byte(column + "\n")) // a hash takes all
		return err
	})
	return hex.EncodeToString(all.Sum(nil)[:8]), err
}

// whole checks the structure of the database; what is wrong is ErrCorrupt.
func (c *conn) whole() error {
	var first string
	if err := c.row("PRAGMA quick_check(1)", nil, &first); err != nil {
		return err
	}
	if first != "ok" {
		return fmt.Errorf("%w: %s", ErrCorrupt, strings.ReplaceAll(first, "\n", " "))
	}
	return nil
}

// schemaVersion is how many migrations the database has seen.
func (c *conn) schemaVersion() (int, error) {
	var version, owner, tables int
	if err := errors.Join(
		c.row("PRAGMA user_version", nil, &version),
		c.row("PRAGMA application_id", nil, &owner),
		c.row("SELECT count(*) FROM sqlite_schema", nil, &tables),
	); err != nil {
		return 0, err
	}
	switch {
	case owner != applicationID && (tables > 0 || version != 0 || owner != 0):
		return 0, fmt.Errorf("%w: it is a database of another program", ErrCorrupt)
	case version > SchemaVersion:
		return 0, &NewerSchemaError{Version: version}
	default:
		return version, nil
	}
}

func (c *conn) apply(file string, version int) error {
	text, err := migrations.ReadFile(file)
	if err != nil {
		return err
	}
	// Pragmas take no parameters; these are numbers of ours.
	marks := fmt.Sprintf("\nPRAGMA application_id = %d;\nPRAGMA user_version = %d;", applicationID, version)
	if _, err := c.sql.ExecContext(context.Background(), string(text)+marks); err != nil {
		return fmt.Errorf("migration %s: %w", file, err)
	}
	return nil
}
