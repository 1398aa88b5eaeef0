package store

import (
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// What is wrong with a database that cannot be opened. An *OpenError wraps one
// of these or a *NewerSchemaError, and a *rolemining.StorageError where the
// reason is outside of the program.
var (
	// ErrCorrupt: the file is damaged or is no database of this program.
	ErrCorrupt = errors.New("the file is damaged or is not a database of mockserver")
	// ErrUnwritable: the file cannot be created, read or written.
	ErrUnwritable = errors.New("the file cannot be created, read or written")
	// ErrFull: there is no room to write the file.
	ErrFull = errors.New("there is no space left for the file, or it reaches a quota or a limit on the size of files")
	// ErrLocked: another process has the file open.
	ErrLocked = errors.New("the file is in use by another process")
)

// ErrExists says that an object is to be created under an id that is taken.
var ErrExists = errors.New("the id is taken")

// OpenError says why a database cannot be used. The command ends with its own
// exit code for it.
type OpenError struct {
	Path string // "" for a database in memory
	Err  error
}

// Error implements error.
func (e *OpenError) Error() string {
	if e.Path == "" {
		return "database in memory: " + e.Err.Error()
	}
	return fmt.Sprintf("database %s: %v", e.Path, e.Err)
}

// Unwrap gives the reason.
func (e *OpenError) Unwrap() error { return e.Err }

// NewerSchemaError says that a database was written by a newer program.
type NewerSchemaError struct {
	Version int // of the database; this program knows up to SchemaVersion
}

// Error implements error.
func (e *NewerSchemaError) Error() string {
	return fmt.Sprintf("the schema has version %d, but this program knows only up to %d: use a newer program or another file",
		e.Version, SchemaVersion)
}

// OtherSchemaError says that an image was written by another version of the
// program, newer or older.
type OtherSchemaError struct {
	Version int // of the database; this program writes SchemaVersion
}

// Error implements error.
func (e *OtherSchemaError) Error() string {
	return fmt.Sprintf("the schema has version %d, and this program takes version %d", e.Version, SchemaVersion)
}

// taken tells whether a unique value is there already.
func taken(err error) bool {
	e, ok := errors.AsType[*sqlite.Error](err)
	return ok && (e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || e.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
}
