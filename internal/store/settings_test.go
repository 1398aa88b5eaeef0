package store

import (
	"context"
	"path/filepath"
	"testing"

	"mockserver/internal/idgen"
)

// TestSettingsReachEveryConnection asks each connection how it is set.
func TestSettingsReachEveryConnection(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name             string
		file, full       bool
		journal          string
		level, queryOnly int
	}{
		{name: "memory", journal: "memory", level: 2},
		{name: "file", file: true, journal: "wal", level: 1, queryOnly: 1},
		{name: "file, full sync", file: true, full: true, journal: "wal", level: 2, queryOnly: 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			cfg := Config{IDs: idgen.New("x"), FullSync: c.full}
			if c.file {
				cfg.Path = filepath.Join(t.TempDir(), "mock.db")
			}
			s, err := Open(context.Background(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			check := func(p *pool, pragma string, want any) {
				t.Helper()
				for range p.open {
					conn := <-p.free
					var got any
					if err := conn.row("PRAGMA "+pragma, nil, &got); err != nil || got != want {
						t.Errorf("%s is %v, want %v (%v)", pragma, got, want, err)
					}
					p.release(conn)
				}
			}
			for _, p := range []*pool{s.writers, s.readers} {
				check(p, "foreign_keys", int64(1))
				check(p, "busy_timeout", int64(5000))
				check(p, "temp_store", int64(2))
				check(p, "journal_mode", c.journal)
			}
			check(s.writers, "synchronous", int64(c.level))
			check(s.readers, "query_only", int64(c.queryOnly))
			if err := s.read(context.Background(), func(c *conn) error {
				_, err := c.exec("DELETE FROM sessions")
				return err
			}); c.file && err == nil {
				t.Error("a reader wrote")
			}
		})
	}
}
