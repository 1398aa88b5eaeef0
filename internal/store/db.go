package store

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"path/filepath"

	// The driver "sqlite".
	_ "modernc.org/sqlite"
)

// maxStatements bounds how many prepared statements a connection keeps. The
// program's own are some sixty; the others are shapes of filters that clients
// sent, prepared anew beyond the bound.
const maxStatements = 300

// pool hands out connections to one database. Waiting for one honours the
// caller's context; a statement, once begun, runs to its end: it takes
// milliseconds, and to interrupt the only connection of a database in memory,
// or a commit, is worse than to finish.
type pool struct {
	db   *sql.DB
	open int // how many connections there are
	free chan *conn
	done chan struct{} // closed with the pool
}

// errClosed is told to who comes too late.
var errClosed = errors.New("the store is closed")

// conn is a connection with its prepared statements. One goroutine at a time
// has it.
type conn struct {
	sql   *sql.Conn
	stmts map[string]*sql.Stmt
	room  []byte // where the last page grew, for the next
}

// maxRoom bounds what a connection keeps of the room that pages grow in.
const maxRoom = 1 << 20

// keepRoom keeps b to grow the next page in, so nothing else may.
func (c *conn) keepRoom(b []byte) {
	if cap(b) <= maxRoom {
		c.room = b[:0]
	}
}

// openPool opens size connections, which stay open until close.
func openPool(dsn string, size int) (*pool, error) {
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(size)
	p := &pool{db: db, free: make(chan *conn, size), done: make(chan struct{})}
	for range size {
		c, err := db.Conn(context.Background())
		if err != nil {
			return nil, errors.Join(err, p.close())
		}
		p.open++
		p.free <- &conn{sql: c, stmts: map[string]*sql.Stmt{}}
	}
	return p, nil
}

// swap exchanges the one connection of this pool, which the caller holds, for the
// one of another pool of one. The caller then holds that, and is to release it.
func (p *pool) swap(old *conn, with *pool) (next *conn) {
	next = <-with.free
	p.db, with.db = with.db, p.db
	with.free <- old
	return next
}

// only is a pool of a connection of another, for as long as that is held.
func only(c *conn) *pool {
	p := &pool{open: 1, free: make(chan *conn, 1), done: make(chan struct{})}
	p.free <- c
	return p
}

// acquire waits for a connection. The caller gives it back with release.
func (p *pool) acquire(ctx context.Context) (*conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case c := <-p.free:
		return c, nil
	default:
	}
	select {
	case c := <-p.free:
		return c, nil
	case <-p.done:
		return nil, errClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *pool) release(c *conn) { p.free <- c }

// close ends the connections, each when whoever has it gives it back, and hands
// out none any more.
func (p *pool) close() error {
	close(p.done)
	var errs []error
	for range p.open {
		c := <-p.free
		for _, st := range c.stmts {
			errs = append(errs, st.Close())
		}
		errs = append(errs, c.sql.Close())
	}
	return errors.Join(append(errs, p.db.Close())...)
}

// exec runs a statement that changes something.
func (c *conn) exec(text string, args ...any) (sql.Result, error) {
	st, err := c.statement(text)
	if err != nil {
		return nil, err
	}
	if st == nil {
		return c.sql.ExecContext(context.Background(), text, args...)
	}
	return st.ExecContext(context.Background(), args...)
}

// query runs a statement that gives rows.
func (c *conn) query(text string, args ...any) (*sql.Rows, error) {
	st, err := c.statement(text)
	if err != nil {
		return nil, err
	}
	if st == nil {
		return c.sql.QueryContext(context.Background(), text, args...)
	}
	return st.QueryContext(context.Background(), args...)
}

// statement prepares a statement once; nil beyond the bound.
func (c *conn) statement(text string) (*sql.Stmt, error) {
	if st := c.stmts[text]; st != nil || len(c.stmts) >= maxStatements {
		return st, nil
	}
	st, err := c.sql.PrepareContext(context.Background(), text)
	if err != nil {
		return nil, err
	}
	c.stmts[text] = st
	return st, nil
}

// row runs a statement that gives at most one row, and scans it. That there is
// none is sql.ErrNoRows.
func (c *conn) row(text string, args []any, into ...any) error {
	rows, err := c.query(text, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return err
		}
		return sql.ErrNoRows
	}
	if err := rows.Scan(into...); err != nil {
		return err
	}
	return rows.Close()
}

// each runs a statement and calls f, which scans, for each row.
func (c *conn) each(text string, args []any, f func(rows *sql.Rows) error) error {
	rows, err := c.query(text, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := f(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// The settings of every connection. They belong to a connection, not to the
// file, so they stand in its DSN; busy_timeout must come first.
const pragmas = "?_error_rc=1&_dqs=0&_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)&_pragma=temp_store(MEMORY)"

// memoryDSN is a database that lives as long as its one connection.
func memoryDSN() string { return ":memory:" + pragmas }

// writeDSN is for the connection that writes a file. That the file has a log is a
// property of the file (take).
func writeDSN(path string, fullSync bool) string {
	level := "NORMAL"
	if fullSync {
		level = "FULL"
	}
	return fileURI(path) + pragmas + "&_pragma=synchronous(" + level + ")"
}

// readDSN is for the connections that read a file. Each keeps up to 2 MB of it,
// for which the driver's allocator takes 4 MB: it rounds a page with its header
// up to twice a page.
func readDSN(path string) string {
	return fileURI(path) + pragmas + "&_query_only=1&_pragma=cache_size(-2048)"
}

// lockDSN is for the file that is held while the database is in use.
func lockDSN(path string) string {
	return fileURI(path+".lock") + "?_error_rc=1&_pragma=busy_timeout(0)"
}

func fileURI(path string) string {
	u := url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(path)}
	return u.String()
}
