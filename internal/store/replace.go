package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"sync/atomic"
)

// Copy is everything that was stored at a moment.
type Copy struct {
	// Image is the database as bytes, from which it is made again in
	// milliseconds. Nobody may change them.
	Image []byte
	// Base is the image that Reset returned to, nil for none.
	Base []byte

	org, baseOrg *organisation // nil: one that is to be read
	isBase       bool          // it is what Reset returns to, as long as nobody sets another
}

// Size is how much memory the copy takes, in bytes.
func (c Copy) Size() int {
	if len(c.Base) > 0 && len(c.Image) > 0 && &c.Base[0] == &c.Image[0] {
		return len(c.Image)
	}
	return len(c.Image) + len(c.Base)
}

// Copy is everything that is stored now.
func (s *Store) Copy(ctx context.Context) (Copy, error) {
	return s.CopyAnd(ctx, nil)
}

// CopyAnd is Copy, and calls during at the moment of the copy, when nobody writes,
// with what is copied. It must not use the store itself.
func (s *Store) CopyAnd(ctx context.Context, during func(within *Store) error) (Copy, error) {
	s.organising.RLock()
	defer s.organising.RUnlock()
	image, base, err := s.imageAnd(ctx, during)
	if err != nil {
		return Copy{}, err
	}
	if s.path == "" {
		base = s.base.Image
	}
	if base != nil && versionOf(base) != SchemaVersion { // of a file that an older program made
		base, err = s.renewed(ctx, base)
	}
	if bytes.Equal(image, base) {
		image = base // which many copies share
	}
	return Copy{Image: image, Base: base, org: s.org.Load(), baseOrg: s.base.org}, err
}

// renewed is an image in the schema of today.
func (s *Store) renewed(ctx context.Context, image []byte) (renewed []byte, err error) {
	err = s.scratch(ctx, image, func(c *conn) error {
		renewed, err = c.image()
		return err
	})
	return renewed, err
}

// The replacements. Each puts other content in the place of all that is stored,
// at a moment at which nobody writes: a write that began before (Begin) and
// comes after is refused with rolemining.ErrReplaced. during is called at that
// moment, with the new content, which it may read; it must not use the store
// itself. An image that is none is ErrCorrupt, one of a newer program
// *NewerSchemaError; then nothing is changed.

// Replace puts a copy in the place of all that is stored, and what it has as Base
// in the place of what Reset returns to. Without one that stays.
func (s *Store) Replace(ctx context.Context, with Copy, during func(within *Store) error) error {
	return s.exchange(ctx, with, false, during)
}

// Rebase is Replace, and makes the copy what Reset returns to, in one step.
func (s *Store) Rebase(ctx context.Context, with Copy, during func(within *Store) error) error {
	return s.exchange(ctx, with, true, during)
}

// Reset returns to the copy of the last Rebase. There being none is ErrNoBaseline.
func (s *Store) Reset(ctx context.Context, during func(within *Store) error) error {
	for {
		base, err := s.baseline(ctx)
		if err != nil {
			return err
		}
		if err := s.exchange(ctx, base, false, during); !errors.Is(err, errRebased) {
			return err
		}
	}
}

// errRebased says that a copy is no longer what Reset returns to.
var errRebased = errors.New("the baseline was replaced")

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

// HasBaseline says whether there is something that Reset returns to.
func (s *Store) HasBaseline(ctx context.Context) (bool, error) {
	if s.path == "" {
		s.organising.RLock()
		defer s.organising.RUnlock()
		return s.base.Image != nil, nil
	}
	var n int
	err := s.read(ctx, func(c *conn) error { return c.row(`SELECT count(*) FROM baseline`, nil, &n) })
	return n > 0, err
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
	base.isBase = true
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
	if err := with.check(); err != nil {
		return err
	}
	org := with.org
	with = with.settled(rebase)
	var fresh *pool
	if s.path == "" {
		var err error
		if fresh, err = s.filled(ctx, with.Image); err != nil {
			return err
		}
		s.retired.Add(1)
		defer func() { go s.retire(fresh) }() // which nobody has to wait for but Close
	}
	s.organising.Lock()
	defer s.organising.Unlock()
	if with.isBase && s.base.org != org {
		return errRebased
	}
	c, err := s.writers.acquire(ctx)
	if err != nil {
		return err
	}
	defer func() { s.writers.release(c) }()
	s.cache.beginChange()
	defer s.cache.endChange()
	if fresh != nil {
		c = s.writers.swap(c, fresh)
	} else if err := s.fileContent(context.WithoutCancel(ctx), c, with); err != nil { // what is half done is worse than what is late
		return fault(err)
	}
	s.exchanged(with)
	if during == nil {
		return nil
	}
	return during(s.within(c))
}

// retire closes what an exchange leaves: the former connection or, if nothing came
// of it, the new one.
func (s *Store) retire(p *pool) {
	defer s.retired.Done()
	if err := p.close(); err != nil {
		s.log.Warn("a database in memory that was replaced could not be closed", "error", err)
	}
}

// check looks at the heads of the images.
func (c Copy) check() error {
	if err := checkImage(c.Image); err != nil || c.Base == nil {
		return err
	}
	return checkImage(c.Base)
}

// settled is the copy with organisations in it that are to be read where it has
// none and, with rebase, itself as its base.
func (c Copy) settled(rebase bool) Copy {
	if c.org == nil {
		c.org = &organisation{}
	}
	if rebase {
		c.Base, c.baseOrg = c.Image, c.org
	}
	if c.baseOrg == nil {
		c.baseOrg = &organisation{}
	}
	return c
}

// exchanged notes that a copy is what is stored now.
func (s *Store) exchanged(with Copy) {
	s.org.Store(with.org)
	if with.Base != nil {
		s.base = Copy{org: with.baseOrg}
		if s.path == "" {
			s.base.Image = with.Base
		}
	}
	s.era.Add(1)
}

// filled is a database in memory of an image, up to date. It is another one than
// that in use: what a connection knows of its database outlives the database when
// SQLite deserializes another one into it (of json_each, for one, which it then
// looks for where it no longer is).
func (s *Store) filled(ctx context.Context, image []byte) (*pool, error) {
	p, err := openPool(memoryDSN(), 1)
	if err != nil {
		return nil, err
	}
	c := <-p.free
	err = c.raw(func(d serializer) error { return d.Deserialize(image) })
	if err == nil && versionOf(image) != SchemaVersion {
		err = s.within(c).migrate(ctx)
	}
	p.release(c)
	if err != nil {
		return nil, errors.Join(err, p.close())
	}
	return p, nil
}

// within is a store over a connection that is held, whose writes are part of
// what its holder does.
func (s *Store) within(c *conn) *Store {
	inner := &Store{readers: only(c), ids: s.ids, log: s.log, nested: true, learning: make(chan struct{}, 1)}
	inner.writers = inner.readers
	inner.org.Store(s.org.Load())
	return inner
}

// fileContent swaps the content of a file. A file keeps its connections, so the
// image becomes a database in memory first, and SQLite copies that into the
// file, in one transaction.
func (s *Store) fileContent(ctx context.Context, c *conn, with Copy) (err error) {
	if with.Base == nil {
		if with.Base, err = c.baseline(); err != nil {
			return err
		}
	}
	return s.scratch(ctx, with.Image, func(scratch *conn) error {
		if with.Base != nil {
			if err := scratch.setBaseline(with.Base); err != nil {
				return err
			}
		}
		return scratch.raw(func(d serializer) error { return copyInto(d, writeDSN(s.path, s.fullSync)) })
	})
}

// scratch makes a database in memory of an image, for as long as f takes.
func (s *Store) scratch(ctx context.Context, image []byte, f func(c *conn) error) error {
	p, err := s.filled(ctx, image)
	if err != nil {
		return err
	}
	c := <-p.free
	err = f(c)
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
