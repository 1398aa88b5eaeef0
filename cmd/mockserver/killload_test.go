package main

import (
	"os"
	"path/filepath"
	"testing"

	"mockserver/internal/idgen"
	"mockserver/internal/orggen"
	"mockserver/internal/store"
)

// TestKilledWhileLoading kills the server in the middle of loading fixtures into a
// file: the file is empty then, and the next start loads all of them.
func TestKilledWhileLoading(t *testing.T) {
	t.Parallel()
	dir, db := t.TempDir(), filepath.Join(t.TempDir(), "db")
	if err := orggen.Generate(orggen.Options{Identities: 10_000, Seed: 1, Lines: true}, orggen.Directory(dir)); err != nil {
		t.Fatal(err)
	}
	args := []string{"--addr", "127.0.0.1:0", "--db", db, "--fixtures", dir, "--log-level", "error"}
	first := mockserver(args...)
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	err := eventually(func() (bool, error) { // the log has more than the schema: what memory would not hold
		info, err := os.Stat(db + "-wal")
		return err == nil && info.Size() > 1<<20, nil
	})
	_ = first.Process.Kill()
	_ = first.Wait() // "signal: killed" is no news
	if err != nil {
		t.Fatal(err)
	}
	if n := countsOf(t, db); n != (store.Counts{}) {
		t.Errorf("the file has %+v after the kill", n)
	}
	again := startServer(t, discard{}, args[2:]...)
	if err := again.terminate(); err != nil {
		t.Error(err)
	}
	if n := countsOf(t, db); n.Identities != 10_000 {
		t.Errorf("the second start loaded %+v", n)
	}
}

func countsOf(t *testing.T, path string) store.Counts {
	t.Helper()
	s, err := store.Open(t.Context(), store.Config{Path: path, IDs: idgen.New("")})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	n, err := s.Counts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}
