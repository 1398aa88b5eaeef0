package main

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"mockserver/fixtures"
	"mockserver/internal/idgen"
	"mockserver/internal/rolemining"
	"mockserver/internal/seed"
	"mockserver/internal/store"
	"mockserver/internal/truth"
)

// openFixtures opens a folder to read fixtures from; close it at the end.
func openFixtures(dir string) (*os.Root, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, unusable(dir, "cannot be opened as a folder: "+err.Error())
	}
	return root, nil
}

// builtIn is the built-in organisation. It is read out of the database that a
// server would restore: the binary holds it in this form only.
func builtIn(ctx context.Context) (data rolemining.Dataset, err error) {
	image, err := fixtures.Image()
	if err != nil {
		return data, err
	}
	db, err := store.Open(ctx, store.Config{IDs: idgen.New("")}) // nothing is made up
	if err != nil {
		return data, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := db.Restore(ctx, image); err != nil {
		return data, err
	}
	organisation, err := db.Organisation(ctx)
	if err != nil {
		return data, err
	}
	data.Organisation = *organisation
	if data.Roles, err = db.Roles(ctx); err != nil {
		return data, err
	}
	if data.Clients, err = db.Clients(ctx); err != nil {
		return data, err
	}
	data.Org, err = db.Org(ctx)
	return data, err
}

// loadFixtures reads fixtures and says how far it is. Every error of it is a
// *seed.Error.
func loadFixtures(files fs.FS, p *progress) (rolemining.Dataset, error) {
	var done int64
	total := size(files)
	data, err := seed.Load(watchedFS{files, func(n int) {
		done += int64(n)
		p.at("reading", done, total)
	}})
	var invalid *seed.Error
	if err != nil && !errors.As(err, &invalid) {
		file := "."
		if path := (*fs.PathError)(nil); errors.As(err, &path) {
			file, err = path.Path, path.Err
		}
		err = unusable(file, "cannot be read: "+err.Error())
	}
	return data, err
}

// loadTruth reads the truth.json of fixtures, nil if they have none. Every error
// of it is a *seed.Error.
func loadTruth(files fs.FS) (*truth.Truth, error) {
	f, err := files.Open(seed.TruthFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, unusable(seed.TruthFile, err.Error())
	}
	defer f.Close() //nolint:errcheck // it was only read
	planted, err := truth.Read(f)
	var invalid *truth.Error
	switch {
	case errors.As(err, &invalid):
		all := &seed.Error{Count: invalid.Count}
		for _, p := range invalid.Problems {
			all.Problems = append(all.Problems, seed.Problem{File: seed.TruthFile, Pointer: p.Pointer, Line: p.Line, Column: p.Column, Rule: p.Rule})
		}
		return nil, all
	case err != nil:
		return nil, unusable(seed.TruthFile, err.Error())
	}
	return &planted, nil
}

// size is how many bytes the files of a folder have; what cannot be read counts
// as nothing.
func size(files fs.FS) int64 {
	entries, err := fs.ReadDir(files, ".")
	if err != nil {
		return 0
	}
	var total int64
	for _, e := range entries {
		if info, err := e.Info(); err == nil && e.Type().IsRegular() {
			total += info.Size()
		}
	}
	return total
}

// unusable is the error of fixtures that cannot be read at all.
func unusable(file, rule string) error {
	return &seed.Error{Problems: []seed.Problem{{File: file, Rule: rule}}, Count: 1}
}
