package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"

	"mockserver/fixtures"
	"mockserver/internal/clock"
	"mockserver/internal/config"
	"mockserver/internal/idgen"
	"mockserver/internal/rolemining"
	"mockserver/internal/seed"
	"mockserver/internal/store"
)

// populate gives an empty database its organisation. One that is already there
// stays, whatever the fixtures say: its sessions belong to it. The organisation
// comes in one piece, sessions mined, so that a process that ends meanwhile
// leaves the database empty and not half full.
func populate(ctx context.Context, db *store.Store, c config.Config, log *slog.Logger) error {
	empty, err := db.Empty(ctx)
	if err != nil {
		return err
	}
	switch {
	case !empty && c.Fixtures != "":
		log.Warn("the database already holds an organisation: the fixtures are not loaded", "db", c.DB, "fixtures", c.Fixtures)
		return nil
	case !empty:
		return nil
	case c.Fixtures == "":
		image, err := fixtures.Image()
		if err != nil {
			return err
		}
		return db.Restore(ctx, image)
	}
	dir, err := os.OpenRoot(c.Fixtures)
	if err != nil {
		return unusable(c.Fixtures, "cannot be opened as a folder: "+err.Error())
	}
	defer dir.Close() //nolint:errcheck // it was only read
	image, err := BuildImage(ctx, dir.FS(), log)
	if err != nil {
		return err
	}
	return db.Restore(ctx, image)
}

// load reads fixtures into an empty database and mines their sessions.
func load(ctx context.Context, db *store.Store, files fs.FS, ids *idgen.Source, log *slog.Logger) error {
	data, err := seed.Load(files)
	var invalid *seed.Error
	switch {
	case errors.As(err, &invalid):
		return err
	case err != nil: // of reading
		return unusable(".", err.Error())
	}
	if err := db.Load(ctx, data); err != nil {
		return err
	}
	for i, session := range data.Sessions {
		// The past of the fixtures has a clock of its own, so that it is the
		// same whenever the server starts.
		service := rolemining.New(rolemining.Config{Store: db, Clock: clock.NewManual(session.CreatedAt), IDs: ids, Log: log})
		if err := service.Seed(ctx, session); err != nil {
			return unfit(i, err)
		}
	}
	return nil
}

// unfit tells the author of the fixtures what keeps session i from being mined:
// a scope that cannot be understood, or a role of it that mining does not find.
func unfit(i int, err error) error {
	var refusal *rolemining.Error
	if !errors.As(err, &refusal) {
		return fmt.Errorf("mining session %d of the fixtures: %w", i, err)
	}
	return &seed.Error{Problems: []seed.Problem{{File: seed.SessionsFile, Pointer: fmt.Sprintf("/%d", i), Rule: refusal.Text}}, Count: 1}
}

// unusable is the error of fixtures that cannot be read at all.
func unusable(file, rule string) error {
	return &seed.Error{Problems: []seed.Problem{{File: file, Rule: rule}}, Count: 1}
}

// BuildImage loads fixtures and returns the finished database as bytes, which
// a server restores in milliseconds. Same fixtures, same bytes.
func BuildImage(ctx context.Context, files fs.FS, log *slog.Logger) ([]byte, error) {
	ids := idgen.New("image") // nothing that is loaded takes an id from a seed
	db, err := store.Open(ctx, store.Config{IDs: ids, Log: log})
	if err != nil {
		return nil, err
	}
	defer db.Close() //nolint:errcheck // it is in memory
	if err := load(ctx, db, files, ids, log); err != nil {
		return nil, err
	}
	return db.Image(ctx)
}
