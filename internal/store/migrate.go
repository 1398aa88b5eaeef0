package store

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
)

// SchemaVersion is the version of the schema that this program writes: how many
// files there are in migrations.
const SchemaVersion = 2

// applicationID marks a file as ours ("rmmk"); SQLite keeps it in the header.
const applicationID = 0x726d6d6b

// The files are applied in the order of their names, each once. One that was
// released is never changed.
//
//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the schema up to date, each step in its own transaction. It
// also finds out whether the file is ours, whole and can be written.
func (s *Store) migrate(ctx context.Context) error {
	files, err := fs.Glob(migrations, "migrations/*.sql") // sorted
	if err != nil {
		return err
	}
	for {
		done := false
		err := s.write(ctx, func(c *conn) error {
			version, err := c.schemaVersion()
			if err != nil || version == len(files) {
				done = true
				return err
			}
			s.log.Debug("migrating the database", "file", files[version])
			return c.apply(files[version], version+1)
		})
		if err != nil || done {
			return err
		}
	}
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
