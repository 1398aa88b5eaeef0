package tenant

import (
	"context"
	"io/fs"
	"log/slog"
	"os"
	"runtime/debug"
	"sync"

	"mockserver/fixtures"
	"mockserver/internal/rolemining"
	"mockserver/internal/store"
)

// Source is where tenants have their organisation from: fixtures, as a finished
// database. It is made when it is first asked for and kept, so that all tenants
// of a server share one, and a reset finds it ready. It is safe for concurrent
// use.
type Source struct {
	dir string
	log *slog.Logger

	mu    sync.Mutex
	image []byte
}

// NewSource returns the source of the fixtures in a folder; "" is the default
// organisation.
func NewSource(dir string, log *slog.Logger) *Source { return &Source{dir: dir, log: log} }

// NewSourceOf returns the source of an organisation, whose sessions it mines.
// That one cannot be mined is a *seed.Error.
func NewSourceOf(ctx context.Context, data rolemining.Dataset, log *slog.Logger) (*Source, error) {
	image, err := imageOf(ctx, data, log)
	return &Source{log: log, image: image}, err
}

// Image is the database, which nobody must change. What is wrong with the
// fixtures is a *seed.Error.
func (s *Source) Image(ctx context.Context) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.image == nil {
		image, err := s.make(ctx)
		if err != nil {
			return nil, err
		}
		s.image = image
	}
	return s.image, nil
}

func (s *Source) make(ctx context.Context) ([]byte, error) {
	if s.dir == "" {
		return fixtures.Image()
	}
	var image []byte
	err := s.files(func(files fs.FS) (err error) {
		image, err = BuildImage(ctx, files, s.log)
		return err
	})
	return image, err
}

// files calls f with the folder of the fixtures.
func (s *Source) files(f func(fs.FS) error) error {
	dir, err := os.OpenRoot(s.dir)
	if err != nil {
		return unusable(s.dir, "cannot be opened as a folder: "+err.Error())
	}
	defer dir.Close() //nolint:errcheck // it was only read
	return f(dir.FS())
}

// atHand is the image if it is there already or costs next to nothing, else nil.
func (s *Source) atHand(ctx context.Context) ([]byte, error) {
	s.mu.Lock()
	ready := s.image != nil || s.dir == ""
	s.mu.Unlock()
	if !ready {
		return nil, nil
	}
	return s.Image(ctx)
}

// fill gives an empty database the organisation. A folder is first read straight
// into a database, which then has it at hand and need not read it again.
func (s *Source) fill(ctx context.Context, db *store.Store) error {
	s.mu.Lock()
	if s.image == nil && s.dir != "" {
		defer s.mu.Unlock()
		err := s.files(func(files fs.FS) error { return load(ctx, db, files, s.log) })
		debug.FreeOSMemory() // loading took more than serving will, and Go would keep it for minutes
		if err == nil {
			s.image, err = db.Image(ctx)
		}
		if err == nil {
			err = db.SetBaseline(ctx, s.image)
		}
		return err
	}
	s.mu.Unlock()
	image, err := s.Image(ctx)
	if err != nil {
		return err
	}
	return db.Rebase(ctx, store.Copy{Image: image}, nil)
}
