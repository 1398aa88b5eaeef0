package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	sqlite3 "modernc.org/sqlite/lib"

	"mockserver/internal/idgen"
	"mockserver/internal/rolemining"
)

// TestKindsOfFaults has what SQLite can say of files, disks and locks.
func TestKindsOfFaults(t *testing.T) {
	t.Parallel()
	for code, want := range map[int]error{
		sqlite3.SQLITE_FULL:               ErrFull,
		sqlite3.SQLITE_IOERR_WRITE:        ErrFull,
		sqlite3.SQLITE_IOERR_SHMSIZE:      ErrFull,
		sqlite3.SQLITE_IOERR:              ErrUnwritable,
		sqlite3.SQLITE_IOERR_READ:         ErrUnwritable,
		sqlite3.SQLITE_IOERR_FSYNC:        ErrUnwritable,
		sqlite3.SQLITE_CANTOPEN:           ErrUnwritable,
		sqlite3.SQLITE_READONLY:           ErrUnwritable,
		sqlite3.SQLITE_READONLY_DIRECTORY: ErrUnwritable,
		sqlite3.SQLITE_READONLY_DBMOVED:   ErrUnwritable,
		sqlite3.SQLITE_PERM:               ErrUnwritable,
		sqlite3.SQLITE_CORRUPT:            ErrCorrupt,
		sqlite3.SQLITE_CORRUPT_INDEX:      ErrCorrupt,
		sqlite3.SQLITE_NOTADB:             ErrCorrupt,
		sqlite3.SQLITE_BUSY:               ErrLocked,
		sqlite3.SQLITE_BUSY_RECOVERY:      ErrLocked,
		sqlite3.SQLITE_PROTOCOL:           ErrLocked,
		sqlite3.SQLITE_CONSTRAINT_UNIQUE:  nil,
		sqlite3.SQLITE_ERROR:              nil,
		sqlite3.SQLITE_MISUSE:             nil,
	} {
		if got := kindOfSQLite(code); !errors.Is(got, want) {
			t.Errorf("%d is %v, want %v", code, got, want)
		}
	}
	for _, tc := range []struct{ err, want error }{
		{&fs.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}, ErrFull},
		{&os.LinkError{Op: "rename", Err: syscall.EDQUOT}, ErrFull},
		{fmt.Errorf("settings: %w", syscall.EFBIG), ErrFull},
		{&fs.PathError{Op: "open", Path: "x", Err: syscall.EROFS}, ErrUnwritable},
		{errors.New("another"), nil},
	} {
		if got := kindOf(tc.err); !errors.Is(got, tc.want) {
			t.Errorf("%v is %v, want %v", tc.err, got, tc.want)
		}
	}
}

// TestLockedByOthers has another program hold the lock of the file while a server
// writes and reads.
func TestLockedByOthers(t *testing.T) {
	t.Parallel()
	ctx, path := context.Background(), filepath.Join(t.TempDir(), "mock.db")
	s, err := Open(ctx, Config{Path: path, IDs: idgen.New("x")})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.write(ctx, func(c *conn) error { _, err := c.exec("PRAGMA busy_timeout = 1"); return err }); err != nil {
		t.Fatal(err)
	}
	other, err := openPool(writeDSN(path, false), 1)
	if err != nil {
		t.Fatal(err)
	}
	defer other.close()
	c, err := other.acquire(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer other.release(c)
	if _, err := c.exec("BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	create := func() error {
		_, err := s.CreateSession(ctx, rolemining.Session{Type: "SPECIALIZED", ScopingMethod: "MANUAL", State: rolemining.SessionCreated})
		return err
	}
	var fault *rolemining.StorageError
	if err := create(); !errors.As(err, &fault) || fault.Full || fault.Reason != "The database is locked by another program. Nothing was changed." {
		t.Errorf("a write got %v", err)
	}
	if _, err := s.Empty(ctx); err != nil {
		t.Errorf("a read got %v", err)
	}
	if _, err := c.exec("ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	if err := create(); err != nil {
		t.Errorf("after that a write got %v", err)
	}
}
