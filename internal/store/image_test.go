package store_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"path/filepath"
	"runtime"
	"testing"

	"golang.org/x/sync/errgroup"

	"mockserver/internal/rolemining"
	"mockserver/internal/store"
)

func TestImageFollowsFromTheOperations(t *testing.T) {
	t.Parallel()
	build := func() []byte {
		s := open(t, "")
		world(t, s)
		change(t, s, "s1", func(c *rolemining.SessionChange) { c.DropRoles, c.Mail = true, &rolemining.Mail{CreatedAt: start} })
		loaded(t, s)
		world(t, s)
		must[rolemining.Session](t)(s.CreateSession(context.Background(), session("")))
		return must[[]byte](t)(s.Image(context.Background()))
	}
	if !bytes.Equal(build(), build()) {
		t.Error("the same operations gave different images")
	}
}

// An image moves between databases in memory and in a file, both ways.

func TestRestoreFromMemory(t *testing.T) {
	both(t, func(t *testing.T, s *store.Store) { restores(t, open(t, ""), s) })
}

func TestRestoreFromFile(t *testing.T) {
	both(t, func(t *testing.T, s *store.Store) { restores(t, open(t, filepath.Join(t.TempDir(), "a.db")), s) })
}

func restores(t *testing.T, source, s *store.Store) {
	t.Helper()
	ctx := context.Background()
	world(t, source)
	made := must[rolemining.Session](t)(source.CreateSession(ctx, session("")))
	image := must[[]byte](t)(source.Image(ctx))

	// What is there, cached and prepared goes.
	must[rolemining.Session](t)(s.CreateSession(ctx, session("old")))
	must[[]byte](t)(s.SessionJSON(ctx, "old"))
	l := rolemining.List{Kind: rolemining.AllSummaries}
	ask(t, s, l, "")
	old := must[*rolemining.Organisation](t)(s.Organisation(ctx))
	for range 2 {
		if err := s.Restore(ctx, image); err != nil {
			t.Fatal(err)
		}
		if _, err := s.SessionJSON(ctx, "old"); !errors.Is(err, rolemining.ErrNotFound) {
			t.Errorf("the old session: %v", err)
		}
		_, want := ask(t, source, l, "count=true")
		_, got := ask(t, s, l, "count=true")
		same(t, "summaries", want, got)
		same(t, "organisation", must[*rolemining.Organisation](t)(source.Organisation(ctx)), must[*rolemining.Organisation](t)(s.Organisation(ctx)))
	}
	if now := must[*rolemining.Organisation](t)(s.Organisation(ctx)); now == old {
		t.Error("the organisation is still the old one")
	}
	next := must[rolemining.Session](t)(s.CreateSession(ctx, session("")))
	if next.ID == made.ID {
		t.Error("the count of identifiers was not restored")
	}
	// Foreign keys hold as before: the exports of dropped roles go.
	must[rolemining.Export](t)(s.CreateExport(ctx, rolemining.Export{ID: "x", PotentialRoleID: "r1"}))
	change(t, s, "s1", func(c *rolemining.SessionChange) { c.DropRoles = true })
	if _, err := s.Export(ctx, "x"); !errors.Is(err, rolemining.ErrNotFound) {
		t.Errorf("the export of a dropped role: %v", err)
	}
}

func TestRestoreRefusals(t *testing.T) {
	both(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		world(t, s)
		image := must[[]byte](t)(s.Image(ctx))
		damaged := func(at int, value uint32) []byte {
			other := bytes.Clone(image)
			binary.BigEndian.PutUint32(other[at:], value)
			return other
		}
		var newer *store.NewerSchemaError
		if err := s.Restore(ctx, damaged(60, 9)); !errors.As(err, &newer) || newer.Version != 9 {
			t.Errorf("newer: %v", err)
		}
		for name, bad := range map[string][]byte{
			"empty": nil, "text": bytes.Repeat([]byte("x"), 5000), "foreign": damaged(68, 1),
			"cut": image[:len(image)-4096], "header only": image[:100],
		} {
			if err := s.Restore(ctx, bad); !errors.Is(err, store.ErrCorrupt) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if n := must[store.Counts](t)(s.Counts(ctx)); n.PotentialRoles != 5 {
			t.Errorf("a refused image left %+v", n)
		}
	})
}

// TestRestoreUnderReaders swaps two images while others read: each answer is
// of one of them.
func TestRestoreUnderReaders(t *testing.T) {
	both(t, func(t *testing.T, s *store.Store) {
		ctx, done := context.WithCancel(context.Background())
		defer done()
		small, large := open(t, ""), open(t, "")
		withRoles(t, small, session("s"), role("a0"), role("b0"))
		world(t, large)
		withRoles(t, large, session("s"), role("a1"), role("b1"))
		images := [][]byte{must[[]byte](t)(small.Image(ctx)), must[[]byte](t)(large.Image(ctx))}
		if err := s.Restore(ctx, images[0]); err != nil {
			t.Fatal(err)
		}
		var g errgroup.Group
		for range 4 {
			g.Go(func() error {
				for ctx.Err() == nil {
					if _, err := readList(s, rolemining.SessionSummaries); err != nil {
						return err
					}
					if _, err := readSession(s); err != nil {
						return err
					}
					runtime.Gosched()
				}
				return nil
			})
		}
		for i := range 12 {
			if err := s.Restore(ctx, images[(i+1)%2]); err != nil {
				t.Error(err)
			}
			change(t, s, "s", func(c *rolemining.SessionChange) { c.Session.IdentityCount = i })
		}
		done()
		if err := g.Wait(); err != nil {
			t.Error(err)
		}
	})
}
