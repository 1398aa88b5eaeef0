package store

import (
	"context"
	"database/sql"
	"errors"

	"mockserver/internal/rolemining"
)

// write runs f in a transaction of the one connection that writes. An error or
// a panic of f rolls back; the error comes back as it is, unless it is a fault.
//
// BEGIN IMMEDIATE takes the lock before the first read, so what f reads cannot
// be overtaken by another writer.
func (s *Store) write(ctx context.Context, f func(c *conn) error) error {
	c, err := s.writers.acquire(ctx)
	if err != nil {
		return err
	}
	defer s.writers.release(c)
	if s.Era(ctx) != s.era.Load() { // which changes only while nobody else has the connection
		return rolemining.ErrReplaced
	}
	begin, commit, undo := "BEGIN IMMEDIATE", "COMMIT", "ROLLBACK"
	if s.nested {
		begin, commit, undo = "SAVEPOINT step", "RELEASE step", "ROLLBACK TO step"
	}
	if _, err := c.exec(begin); err != nil {
		return fault(err)
	}
	open := true
	defer func() {
		if open {
			_, _ = c.exec(undo) // what went wrong is on its way up already
		}
	}()
	if err := f(c); err != nil {
		return fault(err)
	}
	s.cache.beginChange()
	defer s.cache.endChange()
	if _, err := c.exec(commit); err != nil {
		return fault(err)
	}
	open = false
	return nil
}

// read runs f, which makes one statement.
func (s *Store) read(ctx context.Context, f func(c *conn) error) error {
	c, err := s.readers.acquire(ctx)
	if err != nil {
		return err
	}
	defer s.readers.release(c)
	return fault(f(c))
}

// readAll runs f, whose statements all see the same state.
func (s *Store) readAll(ctx context.Context, f func(c *conn) error) error {
	return s.read(ctx, func(c *conn) error {
		if s.path == "" {
			return f(c) // nobody else has a connection
		}
		if _, err := c.exec("BEGIN"); err != nil {
			return err
		}
		defer func() { _, _ = c.exec("ROLLBACK") }() // nothing was written
		return f(c)
	})
}

// missing turns the absence of a row into the domain's refusal.
func missing(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return rolemining.ErrNotFound
	}
	return err
}

// next counts one more of a kind of identifier. A change that is rolled back
// gives its number back, so the identifiers depend on what was kept only.
func (c *conn) next(kind string) (int64, error) {
	var n int64
	err := c.row(`INSERT INTO counters (name, value) VALUES (?, 1)
		ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value`, []any{kind}, &n)
	return n, err
}
