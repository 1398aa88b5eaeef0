package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"modernc.org/sqlite"
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
	headerText    = 56 // 1 for UTF-8
	headerVersion = 60 // user_version
	headerOwner   = 68 // application_id
)

// Image is the whole database as bytes, but for the baseline. In memory the same
// operations in the same order give the same bytes.
func (s *Store) Image(ctx context.Context) ([]byte, error) {
	image, _, err := s.imageAnd(ctx, nil)
	return image, err
}

// imageAnd is Image with the baseline that is in a file, and calls during, where
// not nil, meanwhile.
func (s *Store) imageAnd(ctx context.Context, during func(within *Store) error) (image, base []byte, err error) {
	c, err := s.writers.acquire(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer s.writers.release(c)
	defer func() { err = fault(err) }()
	if during != nil {
		if err := during(s.within(c)); err != nil {
			return nil, nil, err
		}
	}
	if image, err = c.image(); err != nil || s.path == "" {
		return image, nil, err
	}
	if base, err = c.baseline(); err != nil || base == nil {
		return image, nil, err
	}
	err = s.scratch(ctx, image, func(scratch *conn) error {
		for _, text := range []string{`DELETE FROM baseline`, `VACUUM`} {
			if _, err := scratch.exec(text); err != nil {
				return err
			}
		}
		image, err = scratch.image()
		return err
	})
	return image, base, err
}

func (c *conn) image() (image []byte, err error) {
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
	if binary.BigEndian.Uint32(image[headerText:]) != 1 {
		return fmt.Errorf("image: %w: its texts are not in UTF-8", ErrCorrupt)
	}
	if v := versionOf(image); v > SchemaVersion {
		return &NewerSchemaError{Version: v}
	}
	return nil
}

// versionOf is the version of the schema of an image, which has a header.
func versionOf(image []byte) int { return int(binary.BigEndian.Uint32(image[headerVersion:])) }

func copyInto(from serializer, dsn string) error {
	b, err := from.NewBackup(dsn)
	if err != nil {
		return err
	}
	for more := true; more && err == nil; {
		more, err = b.Step(-1)
	}
	if finish := b.Finish(); err == nil {
		err = finish // which otherwise says the same again
	}
	return err
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
