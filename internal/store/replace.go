package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"sync/atomic"
)

// Copy is everything that was stored at a moment.
type Copy struct {
	// Image is the database as bytes, from which it is made again in
	// milliseconds. Nobody may change them.
	Image []byte

	org *organisation // nil: one that is to be read
}

// Copy is everything that is stored now, but for the baseline.
func (s *Store) Copy(ctx context.Context) (Copy, error) {
	s.organising.RLock()
	defer s.organising.RUnlock()
	image, err := s.Image(ctx)
	return Copy{image, s.org.Load()}, err
}

// The replacements. Each puts other content in the place of all that is stored,
// at a moment at which nobody writes: a write that began before (Begin) and
// comes after is refused with rolemining.ErrReplaced. during is called at that
// moment, with the new content, which it may read; it must not use the store
// itself. An image that is none is ErrCorrupt, one of a newer program
// *NewerSchemaError; then nothing is changed.

// Replace puts a copy in the place of all that is stored.
func (s *Store) Replace(ctx context.Context, with Copy, during func(within *Store) error) error {
	return s.exchange(ctx, with, false, during)
}

// Rebase is Replace, and makes the copy what Reset returns to, in one step.
func (s *Store) Rebase(ctx context.Context, with Copy, during func(within *Store) error) error {
	return s.exchange(ctx, with, true, during)
}

// Reset returns to the copy of the last Rebase. There being none is ErrNoBaseline.
func (s *Store) Reset(ctx context.Context, during func(within *Store) error) error {
	base, err := s.baseline(ctx)
	if err != nil {
		return err
	}
	return s.exchange(ctx, base, false, during)
}

// ErrNoBaseline says that there is nothing to return to.
var ErrNoBaseline = errors.New("the database has no baseline")

// Restore is Replace for who has only an image and nothing to do meanwhile.
func (s *Store) Restore(ctx context.Context, image []byte) error {
	return s.Replace(ctx, Copy{Image: image}, nil)
}

// SetBaseline makes an image of what is stored now what Reset returns to, without
// changing anything else.
func (s *Store) SetBaseline(ctx context.Context, image []byte) error {
	s.organising.Lock()
	defer s.organising.Unlock()
	s.base.org = s.org.Load()
	if s.path == "" {
		s.base.Image = image
		return nil
	}
	return s.write(ctx, func(c *conn) error { return c.setBaseline(image) })
}

// baseline is what Reset returns to. A file has its image in the file.
func (s *Store) baseline(ctx context.Context) (Copy, error) {
	s.organising.RLock()
	base := s.base
	s.organising.RUnlock()
	if s.path != "" {
		err := s.read(ctx, func(c *conn) (err error) {
			base.Image, err = c.baseline()
			return err
		})
		if err != nil {
			return Copy{}, err
		}
	}
	if base.Image == nil {
		return Copy{}, ErrNoBaseline
	}
	return base, nil
}

// baseline is the image in a file, nil for none.
func (c *conn) baseline() (image []byte, err error) {
	err = c.row(`SELECT image FROM baseline`, nil, &image)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return image, err
}

func (c *conn) setBaseline(image []byte) error {
	_, err := c.exec(`INSERT OR REPLACE INTO baseline (n, image) VALUES (1, ?)`, image)
	return err
}

// exchange is all replacements.
func (s *Store) exchange(ctx context.Context, with Copy, rebase bool, during func(within *Store) error) error {
	if err := checkImage(with.Image); err != nil {
		return err
	}
	s.organising.Lock()
	defer s.organising.Unlock()
	c, err := s.writers.acquire(ctx)
	if err != nil {
		return err
	}
	defer s.writers.release(c)
	ctx = context.WithoutCancel(ctx) // what is half done is worse than what is late
	s.cache.beginChange()
	defer s.cache.endChange()
	if err := s.content(ctx, c, with.Image, rebase); err != nil {
		return err
	}
	if with.org == nil {
		with.org = &organisation{}
	}
	s.org.Store(with.org)
	if rebase {
		s.base = with
		if s.path != "" {
			s.base.Image = nil
		}
	}
	s.era.Add(1)
	if during == nil {
		return nil
	}
	return during(s.within(c))
}

// within is a store over a connection that is held, whose writes are part of
// what its holder does.
func (s *Store) within(c *conn) *Store {
	inner := &Store{readers: only(c), ids: s.ids, log: s.log, nested: true, learning: make(chan struct{}, 1)}
	inner.writers = inner.readers
	inner.org.Store(s.org.Load())
	return inner
}

// content swaps the content of the database.
func (s *Store) content(ctx context.Context, c *conn, image []byte, rebase bool) error {
	if s.path != "" {
		return s.fileContent(ctx, c, image, rebase)
	}
	if err := c.raw(func(d serializer) error { return d.Deserialize(image) }); err != nil {
		return err
	}
	if binary.BigEndian.Uint32(image[headerVersion:]) == SchemaVersion {
		return nil
	}
	return s.within(c).migrate(ctx)
}

// fileContent swaps the content of a file. A file keeps its connections, so the
// image becomes a database in memory first, and SQLite copies that into the
// file, in one transaction.
func (s *Store) fileContent(ctx context.Context, c *conn, image []byte, rebase bool) (err error) {
	base := image
	if !rebase {
		if base, err = c.baseline(); err != nil {
			return err
		}
	}
	return s.scratch(image, func(scratch *conn) error {
		if err := s.within(scratch).migrate(ctx); err != nil {
			return err
		}
		if base != nil {
			if err := scratch.setBaseline(base); err != nil {
				return err
			}
		}
		return scratch.raw(func(d serializer) error { return copyInto(d, writeDSN(s.path, s.fullSync)) })
	})
}

// scratch makes a database in memory of an image, for as long as f takes.
func (s *Store) scratch(image []byte, f func(c *conn) error) error {
	p, err := openPool(memoryDSN(), 1)
	if err != nil {
		return err
	}
	c := <-p.free
	if err = c.raw(func(d serializer) error { return d.Deserialize(image) }); err == nil {
		err = f(c)
	}
	p.release(c)
	return errors.Join(err, p.close())
}

// begun is the key of the era in which a use case began, one for each store.
type begun struct{ in *Store }

// Begin implements rolemining.Store.
func (s *Store) Begin(ctx context.Context) context.Context {
	if ctx.Value(begun{s}) != nil {
		return ctx
	}
	return context.WithValue(ctx, begun{s}, s.era.Load())
}

// Era implements rolemining.Store.
func (s *Store) Era(ctx context.Context) int64 {
	if era, ok := ctx.Value(begun{s}).(int64); ok {
		return era
	}
	return s.era.Load()
}

// organisation is one that was stored at some time, and what is known of it.
// Another one, or a changed one, is another value.
type organisation struct {
	known atomic.Pointer[known]
}
