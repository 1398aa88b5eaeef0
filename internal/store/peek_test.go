package store_test

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/idgen"
	"mockserver/internal/rolemining"
	"mockserver/internal/store"
)

// The clients of a file are read whether or not a server has it open, and
// nothing of it changes.
func TestPeekClients(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a b?.db")
	s, err := store.Open(t.Context(), store.Config{Path: path, IDs: idgen.New("peek")})
	if err != nil {
		t.Fatal(err)
	}
	peek := func(what string, want []rolemining.Client) {
		t.Helper()
		got, err := store.PeekClients(t.Context(), path)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", what, err, diff)
		}
	}
	peek("before there is an organisation", []rolemining.Client{})
	data := dataset()
	data.Clients = []rolemining.Client{{ID: "b", Secret: "x"}, {ID: "a", Secret: "y"}}
	if err := s.Load(t.Context(), data); err != nil {
		t.Fatal(err)
	}
	peek("while it is open", data.Clients)
	if size, err := s.Size(t.Context()); err != nil || size < 32<<10 || size%512 != 0 {
		t.Errorf("the size is %d, %v", size, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	peek("after it was closed", data.Clients)
	after, err := os.ReadFile(path)
	if err != nil || string(before) != string(after) {
		t.Errorf("the file was changed: %v", err)
	}
}

// What a store would refuse to open is refused, and what it would begin is empty.
func TestPeekClientsLooksAtTheSchema(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "mock.db")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if got, err := store.PeekClients(t.Context(), path); err != nil || len(got) != 0 {
		t.Errorf("a file without anything: %v, %v", got, err)
	}
	exec := func(text string) {
		t.Helper()
		db, err := sql.Open("sqlite", path)
		if err == nil {
			_, err = db.Exec(text)
		}
		if err := errors.Join(err, db.Close()); err != nil {
			t.Fatal(err)
		}
	}
	exec("CREATE TABLE clients (id TEXT)")
	if _, err := store.PeekClients(t.Context(), path); !errors.Is(err, store.ErrCorrupt) {
		t.Errorf("a database of another program: %v", err)
	}
	exec("DROP TABLE clients")
	s, err := store.Open(t.Context(), store.Config{Path: path, IDs: idgen.New("peek")})
	if err == nil {
		err = s.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	exec("PRAGMA user_version = 77")
	_, err = store.PeekClients(t.Context(), path)
	var newer *store.NewerSchemaError
	if !errors.As(err, &newer) || newer.Version != 77 {
		t.Errorf("a newer schema: %v", err)
	}
}

func TestPeekClientsOfWhatIsNoDatabase(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte("this is no database, and long enough to be looked at as one; it goes on and on"), 0o644); err != nil {
		t.Fatal(err)
	}
	for path, reason := range map[string]error{text: store.ErrCorrupt, filepath.Join(dir, "missing"): store.ErrUnwritable} {
		_, err := store.PeekClients(t.Context(), path)
		var open *store.OpenError
		if !errors.As(err, &open) || open.Path != path || !errors.Is(err, reason) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "missing")); err == nil {
		t.Error("a missing file was made")
	}
}
