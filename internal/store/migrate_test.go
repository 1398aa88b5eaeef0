package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/idgen"
)

// released are the migrations as they were released, by the first half of the
// SHA-256 of their text. What one did in databases that are out there cannot be
// done otherwise any more: a change of the schema is a new file and a new line.
var released = map[string]string{
	"migrations/0001_schema.sql":   "fb82d69a8600246076153d24eb37331f",
	"migrations/0002_fixtures.sql": "380b8695675f16c575739ee1bd2f5fdb",
}

// TestMigrations holds released migrations and the columns that come of them to
// what they were.
func TestMigrations(t *testing.T) {
	t.Parallel()
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != SchemaVersion {
		t.Errorf("there are %d migrations, and SchemaVersion is %d", len(files), SchemaVersion)
	}
	got := map[string]string{}
	for _, file := range files {
		text, err := migrations.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(text)
		got[file] = hex.EncodeToString(sum[:16])
	}
	if diff := cmp.Diff(released, got); diff != "" {
		t.Errorf("a released migration must not change; a new one is to be added here (-released +now):\n%s", diff)
	}
	p, err := openPool(memoryDSN(), 1)
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	c, err := p.acquire(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer p.release(c)
	for i, file := range files {
		if err := c.apply(file, i+1); err != nil {
			t.Fatal(err)
		}
		if shape, err := c.shape(); err != nil || shape != shapes[i] {
			t.Errorf("the columns after %s are %q (%v), want %q as in shapes", file, shape, err, shapes[i])
		}
	}
}

// A file of an older version is brought to this one, which the log says, since there
// is no way back; of a new file it says nothing.
func TestMigrationIsTold(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "mock.db")
	p, err := openPool(writeDSN(path, false), 1)
	if err != nil {
		t.Fatal(err)
	}
	c, err := p.acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := c.apply("migrations/0001_schema.sql", 1); err != nil {
		t.Fatal(err)
	}
	p.release(c)
	if err := p.close(); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]int{path: 1, filepath.Join(t.TempDir(), "new.db"): 0} {
		var log bytes.Buffer
		s, err := Open(t.Context(), Config{Path: file, IDs: idgen.New("x"), Log: slog.New(slog.NewTextHandler(&log, nil))})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if got := strings.Count(log.String(), "level=INFO msg=\"the database is brought to a newer schema"); got != want {
			t.Errorf("%s: told %d times, want %d: %s", file, got, want, &log)
		}
	}
}
