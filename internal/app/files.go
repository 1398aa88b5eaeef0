package app

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"mockserver/internal/config"
	"mockserver/internal/store"
	"mockserver/internal/tenant"
)

// files is where tenants are kept beside the database of the default one: for
// --db FILE in the folder FILE.tenants, each as NAME.db with its settings in
// NAME.json. The settings are what makes it a tenant: they are the last of it that
// is written, and the first that is removed. The zero value keeps nothing.
type files struct {
	dir      string
	fullSync bool // nothing may be lost with the power
}

func filesOf(c config.Config) files {
	if c.DB == "" {
		return files{}
	}
	return files{c.DB + ".tenants", c.DBFullSync}
}

// DatabaseFile is the file of a tenant's database in a server that has a
// configuration, "" for memory; a server without such a tenant has yet to make
// it. name "" is the default tenant. The error is about the name.
func DatabaseFile(c config.Config, name string) (string, error) {
	if name == "" || name == defaultName {
		return c.DB, nil
	}
	return filesOf(c).database(name), checkName(name)
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
		name, ok := strings.CutSuffix(e.Name(), settingsFile)
		if !ok || checkName(name) != nil {
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

// read reads the settings of a tenant.
func (f files) read(name string) (s tenant.Settings, err error) {
	path := f.path(name, settingsFile)
	text, err := os.ReadFile(path) //nolint:gosec // G304: the name is of a folder that was listed, and checkName let it pass
	if err != nil {
		return s, store.Unusable(path, err)
	}
	if err := decodeSettings(text, &s); err != nil {
		return s, &store.OpenError{Path: path, Err: fmt.Errorf("the file is damaged or has no settings of a tenant of mockserver (%w)", err)}
	}
	return s, nil
}

// decodeSettings reads the one object that a file of settings has. What is not known
// there was written by a newer program, or by hand and is misspelt.
func decodeSettings(text []byte, s *tenant.Settings) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(s); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("there is more behind its end")
	}
	return nil
}

func (f files) path(name, extension string) string { return filepath.Join(f.dir, name+extension) }

// database is the file of a tenant's database, "" for memory.
func (f files) database(name string) string {
	if f.dir == "" {
		return ""
	}
	return f.path(name, ".db")
}

// keep prepares the files of a tenant that is to be made, unless it is there. The
// tenant is there from commit on: until then, whenever the process ends, nothing
// of it is. undo takes back what was written instead.
func (f files) keep(name string, s tenant.Settings) (commit, undo func() error, err error) {
	nothing := func() error { return nil }
	path := f.path(name, settingsFile)
	if f.dir == "" {
		return nothing, nothing, nil
	}
	if there, err := exists(path); err != nil || there {
		return nothing, nothing, err
	}
	text, err := json.Marshal(s)
	if err != nil {
		return nil, nil, err
	}
	if err := os.MkdirAll(f.dir, 0o755); err != nil {
		return nil, nil, store.Unusable(f.dir, err)
	}
	// There may be a database of a tenant that was not made to its end, or not
	// removed to it.
	if err := f.removeAll(name, databaseFiles...); err != nil {
		return nil, nil, store.Unusable(f.database(name), err)
	}
	half := path + ".new"
	if err := f.write(half, text); err != nil {
		_ = os.Remove(half) // what went wrong is on its way up already
		return nil, nil, store.Unusable(path, err)
	}
	commit = func() error {
		if err := os.Rename(half, path); err != nil {
			return store.Unusable(path, err)
		}
		return f.settle()
	}
	undo = func() error { // a commit that failed may have come half way
		return f.removeAll(name, append([]string{settingsFile, settingsFile + ".new"}, databaseFiles...)...)
	}
	return commit, undo, nil
}

// exists says whether a file is there. That nobody can tell is an error: what is
// taken for missing is made anew, and its database removed.
func exists(path string) (bool, error) {
	_, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, store.Unusable(path, err)
	}
	return true, nil
}

// write writes a file, to the disk where that is asked for.
func (f files) write(path string, text []byte) error {
	out, err := os.Create(path) //nolint:gosec // G304: checkName let the name pass
	if err != nil {
		return err
	}
	_, err = out.Write(text)
	if err == nil && f.fullSync {
		err = out.Sync()
	}
	return errors.Join(err, out.Close())
}

// settle has the names in the folder, and its own, reach the disk where that is
// asked for, and where the system can.
func (f files) settle() error {
	if !f.fullSync || runtime.GOOS == "windows" {
		return nil
	}
	for _, path := range []string{f.dir, filepath.Dir(f.dir)} {
		dir, err := os.Open(path) //nolint:gosec // G304: it is where the user has the database
		if err == nil {
			err = errors.Join(dir.Sync(), dir.Close())
		}
		if err != nil {
			return store.Unusable(path, err)
		}
	}
	return nil
}

// What files of a tenant are called, behind its name.
const settingsFile = ".json"

var databaseFiles = []string{".db", ".db-wal", ".db-shm", ".db.lock"}

// remove removes the files of a tenant, which is gone with the first of them.
func (f files) remove(name string) error {
	if f.dir == "" {
		return nil
	}
	path := f.path(name, settingsFile)
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return store.Unusable(path, err)
	}
	return errors.Join(f.settle(), f.removeAll(name, databaseFiles...))
}

func (f files) removeAll(name string, extensions ...string) error {
	var errs []error
	for _, extension := range extensions {
		if err := os.Remove(f.path(name, extension)); !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
