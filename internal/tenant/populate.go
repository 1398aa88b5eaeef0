package tenant

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"

	"mockserver/internal/clock"
	"mockserver/internal/config"
	"mockserver/internal/idgen"
	"mockserver/internal/rolemining"
	"mockserver/internal/seed"
	"mockserver/internal/store"
)

// populate gives an empty database its organisation. One that is already there
// stays, whatever the fixtures say: its sessions belong to it. The organisation
// comes in one transaction, sessions mined, so that an error or the end of the
// process leaves the database empty and not half full.
func populate(ctx context.Context, db *store.Store, from *Source, c config.Config, log *slog.Logger) error {
	empty, err := db.Empty(ctx)
	if err != nil {
		return err
	}
	if empty {
		return from.fill(ctx, db)
	}
	if c.Fixtures != "" {
		log.Warn("the database already holds an organisation: the fixtures are not loaded", "db", c.DB, "fixtures", c.Fixtures)
	}
	if s := c.SourceOf("seed"); s == config.Flag || s == config.Environment {
		log.Info("the database already holds an organisation: its identifiers stay as they are, and the seed decides only new ones", "db", c.DB, "seed", c.Seed)
	}
	return giveBaseline(ctx, db, from, log)
}

// giveBaseline gives a database what a reset returns to, where it has none: the process
// that filled it ended before it could, or was of a version that kept none. There
// being nothing to give keeps no server from starting.
func giveBaseline(ctx context.Context, db *store.Store, from *Source, log *slog.Logger) error {
	has, err := db.HasBaseline(ctx)
	if err != nil || has {
		return err
	}
	image, err := from.Image(ctx)
	if err != nil {
		log.Warn("the database has nothing that a reset could return to, and the fixtures cannot be used for that", "error", err)
		return nil
	}
	return db.SetBaseline(ctx, image)
}

// load reads fixtures into an empty database and mines their sessions.
func load(ctx context.Context, db *store.Store, files fs.FS, log *slog.Logger) error {
	data, err := seed.Load(files)
	var invalid *seed.Error
	switch {
	case errors.As(err, &invalid):
		return err
	case err != nil: // of reading
		return unusable(".", err.Error())
	}
	return put(ctx, db, data, log)
}

// put stores an organisation and mines its sessions.
func put(ctx context.Context, db *store.Store, data rolemining.Dataset, log *slog.Logger) error {
	return db.Populate(ctx, data, func(within *store.Store) error {
		return mineSessions(ctx, within, data.Sessions, log)
	})
}

// mineSessions mines the sessions of the fixtures. All are tried, so that the
// author hears of everything that is wrong with them at once.
func mineSessions(ctx context.Context, db *store.Store, sessions []rolemining.SeedSession, log *slog.Logger) error {
	ids := idgen.New("fixtures") // nothing of a fixture takes an id from it
	unfit := &seed.Error{}
	for i, session := range sessions {
		// The past of the fixtures has a clock of its own, so that it is the
		// same whenever the server starts.
		service := rolemining.New(rolemining.Config{Store: db, Clock: clock.NewManual(session.CreatedAt), IDs: ids, Log: log})
		err := service.Seed(ctx, session)
		var refusal *rolemining.Error
		switch {
		case err == nil:
		case !errors.As(err, &refusal):
			return fmt.Errorf("mining session %d of the fixtures: %w", i, err)
		default:
			if unfit.Count++; unfit.Count <= seed.MaxProblems {
				unfit.Problems = append(unfit.Problems, problem(i, refusal))
			}
		}
	}
	if unfit.Count > 0 {
		return unfit
	}
	return nil
}

// problem tells the author of the fixtures what keeps session i from being mined:
// a scope that cannot be understood, or a role of it that mining does not find.
// The refusal speaks of the fields of a request; the file has others.
func problem(i int, refusal *rolemining.Error) seed.Problem {
	pointer, rule := fmt.Sprintf("/%d", i), refusal.Text
	switch field := refusal.Field; {
	case field == "scope.criteria" || field == "scope.identityIds":
		pointer += "/" + strings.ReplaceAll(field, ".", "/")
		rule = strings.TrimPrefix(rule, field+" ")
	case strings.HasPrefix(field, filtersField):
		pointer += "/" + strings.ReplaceAll(filtersField, ".", "/")
		rule = strings.ReplaceAll(strings.TrimPrefix(rule, filtersField+"."), " of "+filtersField, "")
	case field == "ids": // those of the entitlements to exclude
		pointer += "/roles"
		rule = strings.ReplaceAll(rule, "named in ids", "named in excludedEntitlements")
	case field == "sessions": // the pointer says which
		pointer += "/roles"
		if _, text, ok := strings.Cut(rule, ": "); ok {
			rule = text
		}
	}
	first, rest, _ := strings.Cut(strings.TrimSuffix(rule, "."), " ") // a sentence becomes part of one
	if first == "The" || first == "An" || first == "No" {
		first = strings.ToLower(first)
	}
	return seed.Problem{File: seed.SessionsFile, Pointer: pointer, Rule: strings.TrimSpace(first + " " + rest)}
}

const filtersField = "scope.attributeFilterCriteria"

// unusable is the error of fixtures that cannot be read at all.
func unusable(file, rule string) error {
	return &seed.Error{Problems: []seed.Problem{{File: file, Rule: rule}}, Count: 1}
}

// BuildImage loads fixtures and returns the finished database as bytes, which
// a server restores in milliseconds. Same fixtures, same bytes.
func BuildImage(ctx context.Context, files fs.FS, log *slog.Logger) ([]byte, error) {
	return buildImage(ctx, log, func(db *store.Store) error { return load(ctx, db, files, log) })
}

// imageOf is BuildImage of fixtures that are loaded already.
func imageOf(ctx context.Context, data rolemining.Dataset, log *slog.Logger) ([]byte, error) {
	return buildImage(ctx, log, func(db *store.Store) error { return put(ctx, db, data, log) })
}

func buildImage(ctx context.Context, log *slog.Logger, fill func(db *store.Store) error) ([]byte, error) {
	db, err := store.Open(ctx, store.Config{IDs: idgen.New("image"), Log: log})
	if err != nil {
		return nil, err
	}
	defer db.Close() //nolint:errcheck // it is in memory
	if err := fill(db); err != nil {
		return nil, err
	}
	return db.Image(ctx)
}
