package app

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"mockserver/internal/config"
	"mockserver/internal/store"
	"mockserver/internal/tenant"
)

// files is where tenants are kept beside the database of the default one: for
// --db FILE in the folder FILE.tenants, each as NAME.db with its settings in
// NAME.json. The zero value keeps nothing.
type files struct {
	dir string
}

func filesOf(db string) files {
	if db == "" {
		return files{}
	}
	return files{db + ".tenants"}
}

// DatabaseFile is the file of a tenant's database in a server that has a
// configuration, "" for memory; a server without such a tenant has yet to make
// it. name "" is the default tenant. The error is about the name.
func DatabaseFile(c config.Config, name string) (string, error) {
	if name == "" || name == defaultName {
		return c.DB, nil
	}
	return filesOf(c.DB).database(name), checkName(name)
}

// kept is a tenant that there is a file of.
type kept struct {
	name     string
	settings tenant.Settings
}

// list finds the tenants of an earlier process, by name. What is wrong with one
// is a *store.OpenError.
func (f files) list() ([]kept, error) {
	if f.dir == "" {
		return nil, nil
	}
	entries, err := os.ReadDir(f.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, store.Unusable(f.dir, err)
	}
	var all []kept
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), ".json")
		if !ok {
			name, ok = strings.CutSuffix(e.Name(), ".db")
		}
		if !ok || checkName(name) != nil || slices.ContainsFunc(all, func(k kept) bool { return k.name == name }) {
			continue
		}
		settings, err := f.read(name)
		if err != nil {
			return nil, err
		}
		all = append(all, kept{name, settings})
	}
	return all, nil
}

// read reads the settings of a tenant. Without a file they are the server's.
func (f files) read(name string) (s tenant.Settings, err error) {
	path := f.path(name, ".json")
	text, err := os.ReadFile(path) //nolint:gosec // G304: the name is of a folder that was listed, and checkName let it pass
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &s)
	}
	if err != nil {
		return s, store.Unusable(path, err)
	}
	return s, nil
}

func (f files) path(name, extension string) string { return filepath.Join(f.dir, name+extension) }

// database is the file of a tenant's database, "" for memory.
func (f files) database(name string) string {
	if f.dir == "" {
		return ""
	}
	return f.path(name, ".db")
}

// keep writes the settings of a tenant, unless they are there. undo takes back
// what was written.
func (f files) keep(name string, s tenant.Settings) (undo func() error, err error) {
	undo = func() error { return nil }
	if f.dir == "" {
		return undo, nil
	}
	path := f.path(name, ".json")
	if _, err := os.Stat(path); err == nil {
		return undo, nil
	}
	text, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(f.dir, 0o755); err != nil {
		return nil, store.Unusable(f.dir, err)
	}
	// In one piece, whenever the process ends.
	half := path + ".new"
	if err := errors.Join(os.WriteFile(half, text, 0o644), os.Rename(half, path)); err != nil {
		return nil, store.Unusable(path, err)
	}
	return func() error { return os.Remove(path) }, nil
}

// remove removes the files of a tenant, its settings last: what is left of a
// removal that was cut off is a tenant like a new one.
func (f files) remove(name string) error {
	if f.dir == "" {
		return nil
	}
	var errs []error
	for _, extension := range []string{".db", ".db-wal", ".db-shm", ".db.lock", ".json"} {
		if err := os.Remove(f.path(name, extension)); !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
