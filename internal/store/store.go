// Package store keeps an organisation and its role mining in SQLite, in memory
// or in a file. Store implements rolemining.Store.
//
// An exported method is one transaction; an unexported helper takes the
// connection that is in it. Values reach SQL as bound parameters only, and
// names of columns from tables in this package only.
package store

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"

	"mockserver/internal/idgen"
	"mockserver/internal/rolemining"
)

var _ rolemining.Store = (*Store)(nil)

// readConnections is how many readers of a file there are at a time.
const readConnections = 4

// Config says which database to open.
type Config struct {
	// Path is the file, made if it is not there; "" is a database in memory,
	// which ends with Close.
	Path string
	// Content is an image that a new database in memory begins with, and what
	// Reset returns to; nil is an empty one.
	Content []byte
	// IDs makes the identifiers of what is created without one. Required.
	IDs *idgen.Source
	// Log takes what is worth a note; nil discards it.
	Log *slog.Logger
	// FullSync makes every commit of a file survive a loss of power. Without
	// it a commit survives the end of the process, which is ten times cheaper.
	FullSync bool
}

// Store is an open database. It is safe for concurrent use. What it gives out
// may be shared with other callers: it is to be read only.
type Store struct {
	path     string
	fullSync bool
	writers  *pool // one connection
	readers  *pool // the same pool in memory
	lock     *pool // nil in memory
	ids      *idgen.Source
	log      *slog.Logger
	cache    cache
	closing  sync.Once
	nested   bool           // in a transaction of another Store
	retired  sync.WaitGroup // of databases in memory that were replaced

	organising sync.RWMutex  // held to replace the organisation
	learning   chan struct{} // takes a token of who reads it
	org        atomic.Pointer[organisation]
	base       Copy         // what Reset returns to; for a file without the image
	era        atomic.Int64 // how often everything was replaced
}

// Open opens a database, makes it if needed and brings its schema up to date.
// The error is an *OpenError: it wraps *NewerSchemaError, ErrCorrupt,
// ErrUnwritable or ErrLocked where one of these is the reason.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	s := &Store{fullSync: cfg.FullSync, ids: cfg.IDs, log: cfg.Log, learning: make(chan struct{}, 1)}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.org.Store(&organisation{})
	if cfg.IDs == nil {
		return nil, errors.New("store: Config.IDs is required")
	}
	if err := s.open(ctx, cfg.Path, cfg.Content); err != nil {
		return nil, openError(cfg.Path, errors.Join(err, s.Close()))
	}
	return s, nil
}

func (s *Store) open(ctx context.Context, path string, content []byte) (err error) {
	if path == "" {
		if s.writers, err = openPool(memoryDSN(), 1); err != nil {
			return err
		}
		s.readers = s.writers
		if content != nil {
			return s.Rebase(ctx, Copy{Image: content}, nil)
		}
		return s.migrate(ctx)
	}
	if s.path, err = filepath.Abs(path); err != nil {
		return err
	}
	// Two names of one file must share one lock.
	if real, err := filepath.EvalSymlinks(s.path); err == nil {
		s.path = real
	}
	if err := s.takeLock(); err != nil {
		return err
	}
	if err := writable(s.path); err != nil {
		return err
	}
	if s.writers, err = openPool(writeDSN(s.path, s.fullSync), 1); err != nil {
		return err
	}
	// Nothing is written to a file that is not ours, of a newer program or damaged.
	if err := s.take(ctx); err != nil {
		return err
	}
	if err := s.migrate(ctx); err != nil {
		return err
	}
	s.readers, err = openPool(readDSN(s.path), readConnections)
	return err
}

// takeLock keeps other processes away from the file: what the cache knows would
// be wrong if they wrote. SQLite's own lock of a file beside it is held, since
// that works on every system and ends with the process.
func (s *Store) takeLock() (err error) {
	if s.lock, err = openPool(lockDSN(s.path), 1); err != nil {
		return err
	}
	c := <-s.lock.free
	defer s.lock.release(c)
	_, err = c.exec("BEGIN EXCLUSIVE")
	return err
}

// Close ends the store. Nothing may use it any more.
func (s *Store) Close() error {
	var errs []error
	s.closing.Do(func() {
		// The writer last: it moves the log into the file.
		if s.readers != nil && s.readers != s.writers {
			errs = append(errs, s.readers.close())
		}
		for _, p := range []*pool{s.writers, s.lock} {
			if p != nil {
				errs = append(errs, p.close())
			}
		}
		s.retired.Wait()
	})
	return errors.Join(errs...)
}
