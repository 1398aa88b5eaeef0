package store

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"mockserver/internal/rolemining"
)

// fault turns what SQLite or the system says of a disk, a file or a lock into a
// *rolemining.StorageError. Every other error comes back as it is: one of ours.
func fault(err error) error {
	var known *rolemining.StorageError
	if err == nil || errors.As(err, &known) {
		return err
	}
	full, reason := false, ""
	switch kind := kindOf(err); {
	case errors.Is(kind, ErrFull):
		full, reason = true, "The database could not be written: there is no space left, or a quota or a limit on the size of files is reached. Nothing was changed."
	case errors.Is(kind, ErrCorrupt):
		reason = "The database is damaged and could not be read."
	case errors.Is(kind, ErrLocked):
		reason = "The database is locked by another program. Nothing was changed."
	case errors.Is(kind, ErrUnwritable):
		reason = "The database could not be read or written: the disk fails, or the file can no longer be reached. Nothing was changed."
	default:
		return err
	}
	return &rolemining.StorageError{Full: full, Reason: reason, Err: err}
}

// kindOf is the one of ErrCorrupt, ErrFull, ErrLocked and ErrUnwritable that an
// error of SQLite or of the system amounts to, nil for none.
func kindOf(err error) error {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return kindOfSQLite(e.Code())
	}
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EFBIG), errors.Is(err, syscall.EDQUOT):
		return ErrFull
	case errors.As(err, new(*fs.PathError)), errors.As(err, new(*os.LinkError)):
		return ErrUnwritable
	}
	return nil
}

// kindOfSQLite is kindOf of an extended result code (sqlite.org/rescode.html).
// A write that fails says no more than that it does; what makes writes fail is
// mostly a quota or a limit, for a disk that is full has a code of its own.
func kindOfSQLite(code int) error {
	switch code {
	case sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE:
		return ErrFull
	}
	switch code & 0xff {
	case sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT:
		return ErrCorrupt
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL:
		return ErrLocked
	case sqlite3.SQLITE_FULL:
		return ErrFull
	case sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_AUTH:
		return ErrUnwritable
	}
	return nil
}

// openError gives an error of opening its reason.
func openError(path string, err error) error {
	reason := kindOf(err)
	if reason == nil {
		return &OpenError{Path: path, Err: err}
	}
	said := err
	if path != "" && errors.Is(reason, ErrUnwritable) {
		said = cmp.Or(obstacle(path), err)
	}
	return &OpenError{Path: path, Err: reasoned{fmt.Errorf("%w (%w)", reason, said), fault(err)}}
}

// Unusable is the *OpenError of a database that cannot be used once it is open,
// or of a file or a folder beside the databases.
func Unusable(path string, err error) error {
	reason, said := cmp.Or(kindOf(err), ErrUnwritable), err
	var known *rolemining.StorageError
	if errors.As(err, &known) {
		said = known.Err
	}
	return &OpenError{Path: path, Err: reasoned{fmt.Errorf("%w (%w)", reason, said), fault(err)}}
}

// reasoned is an error that is also a fault, which it does not spell out.
type reasoned struct {
	error
	fault error
}

// Unwrap gives both.
func (r reasoned) Unwrap() []error { return []error{r.error, r.fault} }

// writable says what keeps a file from being written, which SQLite would tell
// only of the first write. It must not be called for a file that this process has
// open: that would lose SQLite's locks (sqlite.org/howtocorrupt.html, 2.2).
func writable(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0) //nolint:gosec // G304: it is the database that the user names
	if errors.Is(err, fs.ErrNotExist) {
		return nil // then it is made
	}
	if err != nil {
		return err
	}
	return f.Close()
}

// obstacle is what the system says of a file that SQLite cannot open or write,
// where it says anything: SQLite tells only that it cannot.
func obstacle(path string) error {
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return errors.New("it is a folder")
	case err == nil:
		if err := writable(path); err != nil {
			return err
		}
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if _, err := os.Stat(filepath.Dir(path)); err != nil {
		return fmt.Errorf("its folder: %w", err)
	}
	// The log and the lock are beside it.
	f, err := os.CreateTemp(filepath.Dir(path), ".mockserver-*")
	if err != nil {
		return fmt.Errorf("its folder cannot be written: %w", cause(err))
	}
	_ = errors.Join(f.Close(), os.Remove(f.Name())) // it was only to be seen whether it can be made
	return nil
}

// cause is an error of a file without the file's name.
func cause(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return fmt.Errorf("%s: %w", filepath.Dir(at.Path), at.Err)
	}
	return err
}
