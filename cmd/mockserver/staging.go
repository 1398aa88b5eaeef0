package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"mockserver/internal/seed"
)

// staging takes new fixtures until they are whole: all of them come into their
// folder, or none. It is a hidden folder, in the target where that is there
// already, beside it where it is not; so moving files is renaming them.
type staging struct {
	target  string
	present bool   // the target is there
	hidden  string // a folder that only we can see into
	dir     string // in it, with the rights that any new folder has

	lock *os.File // says that a process works in hidden; nil where that cannot be said

	mu   sync.Mutex
	done bool // committed or discarded
}

// stage prepares to write fixtures to a folder. One that has fixtures needs
// force, and one that has other files is refused: no server would load what
// is written there. A refusal is a usageError.
func stage(target string, force bool) (*staging, error) {
	s := &staging{target: filepath.Clean(target)}
	entries, err := os.ReadDir(s.target)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, misuse("%s cannot be written to: %w", target, err)
	default:
		s.present = true
		if err := checkTarget(target, entries, force); err != nil {
			return nil, err
		}
	}
	place := s.target
	if !s.present {
		place = existingAbove(s.target)
	}
	if err := s.hide(place); err != nil {
		return nil, misuse("%s cannot be written to: %w", target, bare(err))
	}
	s.dir = filepath.Join(s.hidden, "fixtures")
	return s, os.Mkdir(s.dir, 0o755)
}

// hide makes the hidden folder, and removes those that runs for the same target
// left behind when they were killed.
func (s *staging) hide(place string) error {
	whole, err := filepath.Abs(s.target)
	if err != nil {
		return err
	}
	prefix := ".mockserver-" + filepath.Base(whole) + "."
	entries, err := os.ReadDir(place)
	if err != nil {
		return err
	}
	for _, e := range entries {
		number, ours := strings.CutPrefix(e.Name(), prefix)
		if !ours || !e.IsDir() || strings.Trim(number, "0123456789") != "" {
			continue
		}
		if lock, err := locked(filepath.Join(place, e.Name())); err == nil {
			_ = os.RemoveAll(lock.Name()) // what cannot be removed does no harm
			_ = lock.Close()
		}
	}
	if s.hidden, err = os.MkdirTemp(place, prefix+"*"); err != nil {
		return err
	}
	if s.lock, err = locked(s.hidden); errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	return err
}

// locked opens a folder that no other process works in. The lock ends with the
// process, however that ends.
func locked(dir string) (*os.File, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	if err := lock(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// bare is an error of a file without the name of the file.
func bare(err error) error {
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		return path.Err
	}
	return err
}

// told is an error of writing a hidden file in terms of where the file was to
// be, once.
func (s *staging) told(err error) error {
	if path := (*fs.PathError)(nil); errors.As(err, &path) && strings.HasPrefix(path.Path, s.hidden) {
		return fmt.Errorf("%s cannot be written: %w", filepath.Join(s.target, filepath.Base(path.Path)), path.Err)
	}
	return err
}

// checkTarget refuses folders that must not be written to.
func checkTarget(target string, entries []fs.DirEntry, force bool) error {
	var ours, foreign []string
	for _, e := range entries {
		switch name := e.Name(); {
		case strings.HasPrefix(name, ".") || name == "README.md": // fixtures may be beside them
		case slices.Contains(seed.Files(), name) && !e.IsDir():
			ours = append(ours, name)
		default:
			foreign = append(foreign, name)
		}
	}
	switch {
	case len(foreign) > 0:
		return misuse("%s has what is not of fixtures, and would not be loaded with it: %s; name another folder", target, few(foreign))
	case len(ours) > 0 && !force:
		return misuse("%s is not empty; --force replaces its %s", target, strings.Join(ours, ", "))
	}
	return nil
}

// few lists at most five names.
func few(names []string) string {
	const most = 5
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}

// existingAbove is the nearest folder above a path that is there.
func existingAbove(path string) string {
	for {
		path = filepath.Dir(path)
		if _, err := os.Stat(path); err == nil || path == filepath.Dir(path) {
			return path
		}
	}
}

// create makes a file of the new fixtures. From the end of the context on,
// nothing more is made or written.
func (s *staging) create(ctx context.Context) func(name string) (io.WriteCloser, error) {
	return func(name string) (io.WriteCloser, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.done {
			return nil, fs.ErrClosed
		}
		f, err := os.Create(filepath.Join(s.dir, name))
		if err != nil {
			return nil, err
		}
		return stagedFile{f, ctx}, nil
	}
}

type stagedFile struct {
	*os.File
	ctx context.Context
}

// Write implements io.Writer.
func (f stagedFile) Write(b []byte) (int, error) {
	if err := f.ctx.Err(); err != nil {
		return 0, err
	}
	return f.File.Write(b)
}

// discard removes what was written, unless it was committed.
func (s *staging) discard() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.done {
		s.done = true
		defer s.lock.Close()       //nolint:errcheck // nothing was written to it
		_ = os.RemoveAll(s.hidden) // what cannot be removed is hidden, and no server reads it
	}
}

// commit puts the new fixtures where they belong, in place of those that are
// there.
func (s *staging) commit() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done {
		return fs.ErrClosed
	}
	if !s.present {
		if err := os.MkdirAll(filepath.Dir(s.target), 0o755); err != nil {
			return err
		}
		if err := os.Rename(s.dir, s.target); err != nil {
			return err
		}
	} else if err := s.replace(); err != nil {
		s.done = true // what is left may be all there is
		return fmt.Errorf("the new fixtures are in part in %s: %w", s.dir, err)
	}
	s.done = true
	err := os.RemoveAll(s.hidden)
	_ = s.lock.Close() // nothing was written to it, and it may be nil
	return err
}

// replace moves the files to where others may be. org.json goes first and comes
// last, so that a folder in which this was cut off is not taken for one of whole
// fixtures.
func (s *staging) replace() error {
	for _, name := range seed.Files() {
		if err := os.Remove(filepath.Join(s.target, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	for _, name := range slices.Backward(seed.Files()) {
		err := os.Rename(filepath.Join(s.dir, name), filepath.Join(s.target, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
