package app

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mockserver/internal/store"
	"mockserver/internal/tenant"
)

// A tenant that was refused after its files were all there leaves none of them.
func TestUndoneTenantLeavesNoFile(t *testing.T) {
	t.Parallel()
	for _, full := range []bool{false, true} {
		f := files{filepath.Join(t.TempDir(), "db.tenants"), full}
		commit, undo, err := f.keep("a", tenant.Settings{})
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(os.WriteFile(f.database("a"), nil, 0o600), commit()); err != nil {
			t.Fatal(err)
		}
		if kept, err := f.list(); err != nil || len(kept) != 1 {
			t.Fatalf("kept: %v, %v", kept, err)
		}
		if err := undo(); err != nil {
			t.Error(err)
		}
		if left, err := os.ReadDir(f.dir); err != nil || len(left) > 0 {
			t.Errorf("left: %v, %v", left, err)
		}
	}
}

// A tenant of which nobody can tell whether it is there is not made anew.
func TestTenantsThatCannotBeSeen(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "db.tenants")
	if err := os.WriteFile(folder, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	f := files{dir: folder}
	var unusable *store.OpenError
	if _, _, err := f.keep("a", tenant.Settings{}); !errors.As(err, &unusable) || unusable.Path != f.path("a", settingsFile) {
		t.Errorf("%v", err)
	}
}

// Settings that are cut off, or not those of a tenant, are refused as damaged, with
// the file; what cannot be read is not.
func TestDamagedSettingsOfATenant(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                    "damaged",
		`{"jobs":`:            "damaged",
		`{"jbs":"immediate"}`: `unknown field "jbs"`,
		`{"jobs":1}`:          "damaged",
		`{}{}`:                "more behind its end",
		`{"jobs":"step"}`:     "",
	} {
		f := files{dir: t.TempDir()}
		if err := os.WriteFile(f.path("a", settingsFile), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := f.list()
		var unusable *store.OpenError
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v", text, err)
		case want == "":
		case !errors.As(err, &unusable) || unusable.Path != f.path("a", settingsFile) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "cannot be created"):
			t.Errorf("%s: %v; want %q", text, err, want)
		}
	}
}
