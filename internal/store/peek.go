package store

import (
	"context"
	"errors"
	"log/slog"

	"mockserver/internal/rolemining"
)

// PeekClients reads the clients of a database file, in their order, without
// opening it as a store does: a server may have it in use, and nothing of it
// changes. There are none before an organisation is loaded. The error is an
// *OpenError.
func PeekClients(ctx context.Context, path string) (clients []rolemining.Client, err error) {
	readers, err := openPool(readDSN(path)+"&mode=ro", 1)
	if err != nil {
		return nil, openError(path, err)
	}
	s := &Store{readers: readers, log: slog.New(slog.DiscardHandler)}
	clients, err = s.Clients(ctx)
	if err := errors.Join(err, readers.close()); err != nil {
		return nil, openError(path, err)
	}
	return clients, nil
}
