package store

import (
	"context"
	"errors"
	"log/slog"

	"mockserver/internal/rolemining"
)

// Size is how large the database is, in bytes: in the file with its log, or in
// memory.
func (s *Store) Size(ctx context.Context) (bytes int64, err error) {
	err = s.read(ctx, func(c *conn) error {
		return c.row(`SELECT n.page_count * s.page_size FROM pragma_page_count n, pragma_page_size s`, nil, &bytes)
	})
	return bytes, err
}

// PeekClients reads the clients of a database file, in their order, without
// opening it as a store does: a server may have it in use, and nothing of it
// changes. There are none before an organisation is loaded. The error is an
// *OpenError: it wraps *NewerSchemaError or ErrCorrupt where Open would find that, too.
func PeekClients(ctx context.Context, path string) (clients []rolemining.Client, err error) {
	readers, err := openPool(readDSN(path)+"&mode=ro", 1)
	if err != nil {
		return nil, openError(path, err)
	}
	s := &Store{readers: readers, log: slog.New(slog.DiscardHandler)}
	empty := false
	err = s.read(ctx, func(c *conn) error {
		version, err := c.examine()
		empty = version == 0
		return err
	})
	if err == nil && !empty {
		clients, err = s.Clients(ctx)
	}
	if err := errors.Join(err, readers.close()); err != nil {
		return nil, openError(path, err)
	}
	return clients, nil
}
