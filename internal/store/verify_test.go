package store_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"mockserver/internal/rolemining"
	"mockserver/internal/store"
)

// FuzzVerify damages an image: it is either refused or as good as any.
func FuzzVerify(f *testing.F) {
	from := open(f, "")
	withRoles(f, from, session("s"), role("r"))
	image := must[[]byte](f)(from.Image(context.Background()))
	s := open(f, "")
	for _, at := range []int{0, 18, 60, 100, 4096, 5000, 70_000, len(image) - 1} {
		f.Add(at, []byte{0, 1, 255})
	}
	f.Fuzz(func(t *testing.T, at int, damage []byte) {
		ctx := context.Background()
		damaged := append([]byte(nil), image...)
		if at < 0 || at > len(damaged) {
			return
		}
		copy(damaged[at:], damage)
		got, n, err := s.Verify(ctx, store.Copy{Image: damaged, Base: image})
		var other *store.OtherSchemaError
		switch {
		case errors.Is(err, store.ErrCorrupt), errors.As(err, &other):
			return
		case err != nil:
			t.Fatalf("a fault instead of a refusal: %v", err)
		}
		if err := s.Replace(ctx, got, nil); err != nil {
			t.Fatal(err)
		}
		if now := must[store.Counts](t)(s.Counts(ctx)); now != n {
			t.Errorf("counts %+v, want %+v", now, n)
		}
		ask(t, s, rolemining.List{Kind: rolemining.AllSummaries}, "")
		if err := s.Reset(ctx, nil); err != nil {
			t.Fatal(err)
		}
		if got := must[[]byte](t)(s.Image(ctx)); !bytes.Equal(got, image) {
			t.Error("a reset does not return to the base")
		}
	})
}

// A copy brings back what a reset returns to, in memory and in a file.
func TestCopyHasTheBaseline(t *testing.T) {
	both(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		first := baseImage(t)
		sessions := func(when string, want int) {
			t.Helper()
			if n := must[store.Counts](t)(s.Counts(ctx)); n.Sessions != want {
				t.Errorf("%s: %d sessions, want %d", when, n.Sessions, want)
			}
		}
		if err := s.Rebase(ctx, store.Copy{Image: first}, nil); err != nil {
			t.Fatal(err)
		}
		must[rolemining.Session](t)(s.CreateSession(ctx, session("")))
		kept := must[store.Copy](t)(s.Copy(ctx))
		if !bytes.Equal(kept.Base, first) || kept.Size() != len(kept.Image)+len(kept.Base) {
			t.Errorf("the base has %d bytes, want the %d it was given; %d together", len(kept.Base), len(first), kept.Size())
		}
		must[rolemining.Session](t)(s.CreateSession(ctx, session("")))
		if err := s.SetBaseline(ctx, must[[]byte](t)(s.Image(ctx))); err != nil {
			t.Fatal(err)
		}
		organisation := must[*rolemining.Organisation](t)(s.Organisation(ctx))
		for range 2 {
			if err := s.Replace(ctx, kept, nil); err != nil {
				t.Fatal(err)
			}
			sessions("back at the copy", 2)
			if err := s.Reset(ctx, nil); err != nil {
				t.Fatal(err)
			}
			sessions("after a reset", 1)
			if must[*rolemining.Organisation](t)(s.Organisation(ctx)) != organisation {
				t.Error("the organisation was read again, though it is the same")
			}
		}
	})
}

// What Verify refuses is not taken, whichever part of the copy it is in.
func TestVerify(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s, image := open(t, ""), baseImage(t)
	cut := append([]byte(nil), image...)
	clear(cut[5000:9000])
	older := append([]byte(nil), image...)
	older[63]--
	var other *store.OtherSchemaError
	for name, c := range map[string]store.Copy{"state": {Image: cut, Base: image}, "base": {Image: image, Base: cut}, "no base": {Image: image}} {
		if _, _, err := s.Verify(ctx, c); !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, c := range map[string]store.Copy{"state": {Image: older, Base: image}, "base": {Image: image, Base: older}} {
		if _, _, err := s.Verify(ctx, c); !errors.As(err, &other) || other.Version != store.SchemaVersion-1 {
			t.Errorf("an older %s: %v", name, err)
		}
	}
	got, n, err := s.Verify(ctx, store.Copy{Image: image, Base: append([]byte(nil), image...)})
	if err != nil || n.Sessions != 1 || got.Size() != len(image) {
		t.Errorf("the same twice: %v, %+v, %d bytes", err, n, got.Size())
	}
}
