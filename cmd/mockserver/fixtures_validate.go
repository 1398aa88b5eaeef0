package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"

	"mockserver/internal/app"
	"mockserver/internal/clock"
	"mockserver/internal/config"
	"mockserver/internal/rolemining"
	"mockserver/internal/seed"
	"mockserver/internal/truth"
)

func (p *program) validateCommand() command {
	fs := newFlags("fixtures validate")
	return command{
		name:  "fixtures validate",
		args:  "DIR",
		short: "check fixtures: what is in them, or all that is wrong with them",
		about: `Does with the fixtures in DIR what serve does at its start, the mining of their
finished sessions included, and says what they hold; truth.json is checked, too,
if it is there. If anything is wrong with
them it lists all of it, each with its file and place, and ends with 3.

  mockserver fixtures validate my-organisation`,
		flags: fs,
		run: func(ctx context.Context, args []string) error {
			dir, err := parse(fs, args, "DIR")
			if err != nil {
				return err
			}
			loaded, err := p.validate(ctx, dir[0])
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(p.stdout, "The fixtures in %s are valid.\n%s\n", dir[0], loaded)
			return err
		},
	}
}

// validate loads fixtures, first to see what is wrong with their files, then as
// a server does. It says in a line what they hold.
func (p *program) validate(ctx context.Context, dir string) (string, error) {
	bar := newProgress(p.stderr)
	defer bar.end()
	settings, err := config.Load([]string{"--fixtures=" + dir}, nil)
	if err != nil {
		return "", err
	}
	var loaded string
	err = until(ctx, func() error {
		if err := checkFiles(dir, bar); err != nil {
			return err
		}
		bar.at("loading as a server does", 0, 1)
		log := slog.New(slog.DiscardHandler)
		server, err := app.New(ctx, app.Options{Config: settings, Clock: clock.Real{}, Log: log, Version: version()})
		if err != nil {
			return err
		}
		loaded, err = server.Default().Loaded(ctx)
		return errors.Join(err, server.Close())
	})
	if err != nil {
		return "", err // the work may go on behind our back
	}
	return loaded, nil
}

// checkFiles finds all that is wrong with the files of fixtures, truth.json
// included, and returns it as one *seed.Error.
func checkFiles(dir string, bar *progress) error {
	root, err := openFixtures(dir)
	if err != nil {
		return err
	}
	defer root.Close() //nolint:errcheck // it was only read
	data, err := loadFixtures(root.FS(), bar)
	planted, truthErr := loadTruth(root.FS())
	if err == nil && truthErr == nil && planted != nil {
		truthErr = checkTruth(*planted, data)
	}
	return joinProblems(err, truthErr)
}

// joinProblems makes one list of the problems of two checks.
func joinProblems(a, b error) error {
	var first, second *seed.Error
	if !errors.As(a, &first) || !errors.As(b, &second) {
		return errors.Join(a, b)
	}
	all := &seed.Error{Problems: append(first.Problems, second.Problems...), Count: first.Count + second.Count}
	all.Problems = all.Problems[:min(len(all.Problems), seed.MaxProblems)]
	return all
}

// checkTruth finds what truth.json says of identities and entitlements that are
// not there.
func checkTruth(planted truth.Truth, data rolemining.Dataset) error {
	invalid := &seed.Error{}
	missing := func(what, id string, pointer ...any) {
		if invalid.Count++; invalid.Count > seed.MaxProblems {
			return
		}
		p := seed.Problem{File: seed.TruthFile, Rule: fmt.Sprintf("no %s has the id %q", what, id)}
		for _, step := range pointer {
			p.Pointer += "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(fmt.Sprint(step))
		}
		invalid.Problems = append(invalid.Problems, p)
	}
	for i, r := range planted.Roles {
		for j, id := range r.EntitlementIDs {
			if _, ok := data.Entitlement(id); !ok {
				missing("entitlement", id, "roles", i, "entitlementIds", j)
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(planted.Identities)) {
		if _, ok := data.Identities.Find(id); !ok {
			missing("identity", id, "identities", id)
		}
	}
	if invalid.Count == 0 {
		return nil
	}
	return invalid
}
