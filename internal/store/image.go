package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"modernc.org/sqlite"

	"mockserver/internal/rolemining"
)

// serializer is what the driver's connections can do beyond database/sql.
type serializer interface {
	Serialize() ([]byte, error)
	Deserialize(image []byte) error
	NewBackup(dsn string) (*sqlite.Backup, error)
}

// Places in the header of a database (sqlite.org/fileformat2.html, "The
// Database Header").
const (
	headerSize    = 100
	headerPage    = 16 // two bytes, the size of a page, 1 for 65536
	headerPages   = 28 // how many pages there are
	headerFormat  = 18 // two bytes, 2 for a write-ahead log, 1 without
	headerVersion = 60 // user_version
	headerOwner   = 68 // application_id
)

// Image is the whole database as bytes, from which Restore makes it again in
// milliseconds. In memory the same operations in the same order give the same
// bytes.
func (s *Store) Image(ctx context.Context) (image []byte, err error) {
	c, err := s.writers.acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer s.writers.release(c)
	err = c.raw(func(d serializer) error {
		image, err = d.Serialize()
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(image) < headerSize {
		return nil, errors.New("the database has no image")
	}
	// An image has no log beside it, wherever it comes from.
	image[headerFormat], image[headerFormat+1] = 1, 1
	return image, nil
}

// Restore replaces everything that is stored by an image, of this or another
// store. An image that is none is ErrCorrupt, one of a newer program
// *NewerSchemaError; then nothing is changed.
func (s *Store) Restore(ctx context.Context, image []byte) error {
	if err := checkImage(image); err != nil {
		return err
	}
	return s.reorganise(func() (*rolemining.Organisation, error) {
		if err := s.replace(ctx, image); err != nil {
			return nil, err
		}
		return nil, s.migrate(ctx)
	})
}

func checkImage(image []byte) error {
	if len(image) < headerSize || !bytes.HasPrefix(image, []byte("SQLite format 3\x00")) ||
		binary.BigEndian.Uint32(image[headerOwner:]) != applicationID {
		return fmt.Errorf("image: %w", ErrCorrupt)
	}
	page := int64(binary.BigEndian.Uint16(image[headerPage:]))
	if page == 1 {
		page = 1 << 16
	}
	if page*int64(binary.BigEndian.Uint32(image[headerPages:])) != int64(len(image)) {
		return fmt.Errorf("image: %w: it has the wrong length", ErrCorrupt)
	}
	if v := int(binary.BigEndian.Uint32(image[headerVersion:])); v > SchemaVersion {
		return &NewerSchemaError{Version: v}
	}
	return nil
}

// replace swaps the content of the database. For the cache that is a commit.
func (s *Store) replace(ctx context.Context, image []byte) error {
	c, err := s.writers.acquire(ctx)
	if err != nil {
		return err
	}
	defer s.writers.release(c)
	if s.path == "" {
		s.cache.beginChange()
		defer s.cache.endChange()
		return c.raw(func(d serializer) error { return d.Deserialize(image) })
	}
	// A file keeps its connections, so the image becomes a database in memory
	// first, and SQLite copies that into the file.
	scratch, err := openPool(memoryDSN(), 1)
	if err != nil {
		return err
	}
	from := <-scratch.free
	err = from.raw(func(d serializer) error {
		if err := d.Deserialize(image); err != nil {
			return err
		}
		s.cache.beginChange()
		defer s.cache.endChange()
		return copyInto(d, writeDSN(s.path, s.fullSync))
	})
	scratch.release(from)
	return errors.Join(err, scratch.close())
}

func copyInto(from serializer, dsn string) error {
	b, err := from.NewBackup(dsn)
	if err != nil {
		return err
	}
	for more := true; more && err == nil; {
		more, err = b.Step(-1)
	}
	return errors.Join(err, b.Finish())
}

// raw calls f with the driver's connection.
func (c *conn) raw(f func(d serializer) error) error {
	return c.sql.Raw(func(driver any) error {
		d, ok := driver.(serializer)
		if !ok {
			return fmt.Errorf("the driver %T cannot copy databases", driver)
		}
		return f(d)
	})
}
