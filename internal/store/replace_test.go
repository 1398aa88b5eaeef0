package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"mockserver/internal/rolemining"
	"mockserver/internal/store"
)

// baseImage is a database of the small organisation with one session "s".
func baseImage(t *testing.T) []byte {
	t.Helper()
	from := open(t, "")
	withRoles(t, from, session("s"), role("r"))
	return must[[]byte](t)(from.Image(context.Background()))
}

// A reset beside a change of the baseline comes before it or after it: both leave
// the organisation that the next reset returns to.
func TestResetBesideChangedBaseline(t *testing.T) {
	both(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		var data [2]rolemining.Dataset
		var images [2][]byte
		for i := range data {
			data[i] = dataset()
			data[i].Org.TenantName = fmt.Sprint("Acme ", i)
			from := open(t, "")
			if err := from.Load(ctx, data[i]); err != nil {
				t.Fatal(err)
			}
			images[i] = must[[]byte](t)(from.Image(ctx))
		}
		name := func() string { return must[rolemining.Dataset](t)(s.Fixtures(ctx)).Org.TenantName }
		if err := s.Rebase(ctx, store.Copy{Image: images[1]}, nil); err != nil {
			t.Fatal(err)
		}
		for i := range 40 {
			var errs [3]error
			var both sync.WaitGroup
			both.Go(func() { errs[0] = s.Exchange(ctx, data[i%2], images[i%2]) })
			both.Go(func() { errs[1] = s.Reset(ctx, nil) })
			both.Wait()
			now := name()
			errs[2] = s.Reset(ctx, nil)
			if err := errors.Join(errs[:]...); err != nil {
				t.Fatal(err)
			}
			if base := name(); base != now {
				t.Fatalf("change %d: %s is there, and a reset returns to %s", i, now, base)
			}
		}
	})
}

// A reset returns to the baseline as often as it is asked to: rows, identifiers
// and what is known of the organisation.
func TestReset(t *testing.T) {
	both(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		if err := s.Reset(ctx, nil); !errors.Is(err, store.ErrNoBaseline) {
			t.Fatalf("without a baseline: %v", err)
		}
		if err := s.Rebase(ctx, store.Copy{Image: baseImage(t)}, nil); err != nil {
			t.Fatal(err)
		}
		organisation := must[*rolemining.Organisation](t)(s.Organisation(ctx))
		var first string
		for range 3 {
			made := must[rolemining.Session](t)(s.CreateSession(ctx, session("")))
			if first == "" {
				first = made.ID
			}
			if made.ID != first {
				t.Errorf("the first session after a reset is %s, want %s", made.ID, first)
			}
			change(t, s, "s", func(c *rolemining.SessionChange) { c.DropRoles = true })
			if err := s.Reset(ctx, nil); err != nil {
				t.Fatal(err)
			}
			if n := must[store.Counts](t)(s.Counts(ctx)); n.Sessions != 1 || n.PotentialRoles != 1 {
				t.Errorf("after a reset: %+v", n)
			}
			if must[*rolemining.Organisation](t)(s.Organisation(ctx)) != organisation {
				t.Error("the organisation was read again, though it is the same")
			}
		}
		// A copy brings its own organisation back, too, and the baseline stays.
		kept := must[store.Copy](t)(s.Copy(ctx))
		loaded(t, s)
		if must[*rolemining.Organisation](t)(s.Organisation(ctx)) == organisation {
			t.Error("a loaded organisation is taken for the former one")
		}
		must[rolemining.Session](t)(s.CreateSession(ctx, session("x")))
		if err := s.Replace(ctx, kept, nil); err != nil {
			t.Fatal(err)
		}
		if n := must[store.Counts](t)(s.Counts(ctx)); n.Sessions != 1 || must[*rolemining.Organisation](t)(s.Organisation(ctx)) != organisation {
			t.Errorf("after a copy was put back: %+v", n)
		}
		loaded(t, s)
		if err := s.Reset(ctx, nil); err != nil || must[*rolemining.Organisation](t)(s.Organisation(ctx)) != organisation {
			t.Errorf("a reset after another organisation was loaded: %v", err)
		}
	})
}

// SetBaseline changes nothing but what a reset returns to.
func TestSetBaseline(t *testing.T) {
	both(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		withRoles(t, s, session("s"), role("r"))
		organisation := must[*rolemining.Organisation](t)(s.Organisation(ctx))
		if err := s.SetBaseline(ctx, must[[]byte](t)(s.Image(ctx))); err != nil {
			t.Fatal(err)
		}
		change(t, s, "s", func(c *rolemining.SessionChange) { c.Session.Saved = true })
		if err := s.Reset(ctx, nil); err != nil {
			t.Fatal(err)
		}
		if got := must[rolemining.Session](t)(s.Session(ctx, "s")); got.Saved || must[*rolemining.Organisation](t)(s.Organisation(ctx)) != organisation {
			t.Errorf("after a reset: %+v", got)
		}
	})
}

// The baseline is part of the file, but not of its images.
func TestBaselineOfAFile(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "mock.db")
	s := must[*store.Store](t)(tryOpen(path))
	if err := s.Rebase(ctx, store.Copy{Image: baseImage(t)}, nil); err != nil {
		t.Fatal(err)
	}
	must[rolemining.Session](t)(s.CreateSession(ctx, session("later")))
	image := must[[]byte](t)(s.Image(ctx))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, path)
	other := open(t, "")
	if err := other.Restore(ctx, image); err != nil {
		t.Fatal(err)
	}
	if len(image) > 2*len(baseImage(t)) || bytes.Contains(image[100:], []byte("SQLite format 3")) {
		t.Errorf("an image of %d bytes holds the baseline of %d", len(image), len(baseImage(t)))
	}
	if n := must[store.Counts](t)(other.Counts(ctx)); n.Sessions != 2 {
		t.Errorf("the image has %+v", n)
	}
	for range 2 {
		if err := s.Reset(ctx, nil); err != nil {
			t.Fatal(err)
		}
		if n := must[store.Counts](t)(s.Counts(ctx)); n.Sessions != 1 {
			t.Errorf("after a restart and a reset: %+v", n)
		}
	}
}

// What began before a replacement writes nothing after it, in whatever way it
// writes; what begins after it does.
func TestLateWrites(t *testing.T) {
	both(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		if err := s.Rebase(ctx, store.Copy{Image: baseImage(t)}, nil); err != nil {
			t.Fatal(err)
		}
		must[rolemining.Export](t)(s.CreateExport(ctx, rolemining.Export{ID: "e", PotentialRoleID: "r"}))
		image := must[[]byte](t)(s.Image(ctx))
		early := s.Begin(ctx)
		writes := func(ctx context.Context) map[string]error {
			_, created := s.CreateSession(ctx, session(""))
			_, updated := s.UpdateSession(ctx, "s", func(old rolemining.Session, _ int) (rolemining.SessionChange, error) {
				return rolemining.SessionChange{Session: old}, nil
			})
			_, _, role := s.UpdateRole(ctx, "", "r", func(old rolemining.PotentialRole) (rolemining.RoleChange, error) {
				return rolemining.RoleChange{Role: old}, nil
			})
			_, export := s.CreateExport(ctx, rolemining.Export{PotentialRoleID: "r"})
			_, exported := s.UpdateExport(ctx, "e", func(old rolemining.Export) (rolemining.Export, []byte, error) { return old, nil, nil })
			return map[string]error{
				"CreateSession": created, "UpdateSession": updated, "UpdateRole": role, "CreateExport": export,
				"UpdateExport": exported, "ClearOutbox": s.ClearOutbox(ctx),
			}
		}
		for name, err := range writes(early) {
			if err != nil {
				t.Errorf("%s before: %v", name, err)
			}
		}
		if err := s.Replace(ctx, store.Copy{Image: image}, nil); err != nil {
			t.Fatal(err)
		}
		before := must[store.Counts](t)(s.Counts(ctx))
		for name, err := range writes(early) {
			if !errors.Is(err, rolemining.ErrReplaced) {
				t.Errorf("%s after: %v", name, err)
			}
		}
		same(t, "what there is after late writes", before, must[store.Counts](t)(s.Counts(ctx)))
		if s.Begin(early) != early || s.Era(s.Begin(ctx)) != s.Era(early)+1 {
			t.Error("a context that is marked was marked anew, or a new one as of the past")
		}
		for name, err := range writes(s.Begin(ctx)) {
			if err != nil {
				t.Errorf("%s of a new use case: %v", name, err)
			}
		}
		if elsewhere := open(t, ""); elsewhere.Era(early) != 0 {
			t.Error("the mark of one store counts in another")
		}
	})
}

// At the moment of a replacement the new content can be read, and nobody writes.
func TestDuringAReplacement(t *testing.T) {
	both(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		loaded(t, s)
		done := make(chan error)
		err := s.Rebase(ctx, store.Copy{Image: baseImage(t)}, func(within *store.Store) error {
			if n := must[store.Counts](t)(within.Counts(ctx)); n.Sessions != 1 {
				t.Errorf("within: %+v", n)
			}
			early := s.Begin(ctx) // of the new era, but it has to wait
			go func() {
				_, err := s.CreateSession(early, session("waits"))
				done <- err
			}()
			if n := must[store.Counts](t)(within.Counts(ctx)); n.Sessions != 1 {
				t.Errorf("somebody wrote meanwhile: %+v", n)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil {
			t.Errorf("a write that waited: %v", err)
		}
		if err := s.Reset(ctx, func(*store.Store) error { return errTest }); !errors.Is(err, errTest) {
			t.Errorf("the error of what is done meanwhile: %v", err)
		}
	})
}

var errTest = errors.New("test")
