package store_test

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"

	"golang.org/x/sync/errgroup"

	"mockserver/internal/rolemining"
	"mockserver/internal/store"
)

// TestWritersLoseNothing has eight writers count on one session and one role.
func TestWritersLoseNothing(t *testing.T) {
	both(t, func(t *testing.T, s *store.Store) {
		const writers, rounds = 8, 25
		ctx := context.Background()
		world(t, s)
		var g errgroup.Group
		for range writers {
			g.Go(func() error {
				for range rounds {
					_, err := s.UpdateSession(ctx, "s1", func(old rolemining.Session, _ int) (rolemining.SessionChange, error) {
						old.MinIdentities++
						return rolemining.SessionChange{Session: old}, nil
					})
					if err != nil {
						return err
					}
					_, _, err = s.UpdateRole(ctx, "s1", "r1", func(old rolemining.PotentialRole) (rolemining.RoleChange, error) {
						old.Quality++
						return rolemining.RoleChange{Role: old}, nil
					})
					if err != nil {
						return err
					}
					if _, err := s.CreateSession(ctx, session("")); err != nil {
						return err
					}
				}
				return nil
			})
		}
		if err := g.Wait(); err != nil {
			t.Fatal(err)
		}
		if got := must[rolemining.Session](t)(s.Session(ctx, "s1")).MinIdentities; got != 2+writers*rounds {
			t.Errorf("session counted to %d", got)
		}
		if got := must[rolemining.PotentialRole](t)(s.Role(ctx, "s1", "r1")).Quality; got != 50+writers*rounds {
			t.Errorf("role counted to %d", got)
		}
		if got := must[store.Counts](t)(s.Counts(ctx)).Sessions; got != 2+writers*rounds {
			t.Errorf("%d sessions", got)
		}
	})
}

// register is what readers saw of a number that only grows. If the store is
// linearizable, nobody who begins after a value was seen or acknowledged gets an
// older one.
type register struct{ newest atomic.Int64 }

func (r *register) raise(v int64) {
	for {
		old := r.newest.Load()
		if v <= old || r.newest.CompareAndSwap(old, v) {
			return
		}
	}
}

func (r *register) read(read func() (int64, error)) error {
	floor := r.newest.Load()
	v, err := read()
	if err != nil {
		return err
	}
	if v < floor {
		return fmt.Errorf("read %d after %d was seen", v, floor)
	}
	r.raise(v)
	return nil
}

// TestReadersNeverGoBack has readers of all kinds watch a writer, who changes a
// session and swaps its roles each time.
func TestReadersNeverGoBack(t *testing.T) {
	both(t, func(t *testing.T, s *store.Store) {
		const rounds = 80
		ctx, done := context.WithCancel(context.Background())
		defer done()
		withRoles(t, s, session("s"), role("a0"), role("b0"))
		var r register
		var g errgroup.Group
		watch := func(read func() (int64, error)) {
			g.Go(func() error {
				for ctx.Err() == nil {
					if err := r.read(read); err != nil {
						return err
					}
					runtime.Gosched() // hits of the cache would leave the writer no time
				}
				return nil
			})
		}
		for range 2 {
			watch(func() (int64, error) { return readSession(s) })
			watch(func() (int64, error) { return readList(s, rolemining.SessionList) })
			watch(func() (int64, error) { return readList(s, rolemining.SessionSummaries) })
		}
		for n := int64(1); n <= rounds; n++ {
			change(t, s, "s", func(c *rolemining.SessionChange) {
				c.Session.IdentityCount, c.DropRoles = int(n), true
				for _, id := range []string{"a", "b"} {
					made := role(fmt.Sprint(id, n))
					made.Quality = int(n)
					c.AddRoles = append(c.AddRoles, made)
				}
				c.Session.PotentialRoleCount = 2
			})
			r.raise(n)
		}
		done()
		if err := g.Wait(); err != nil {
			t.Error(err)
		}
	})
}

func readSession(s *store.Store) (int64, error) {
	var answer struct{ IdentityCount int64 }
	doc, err := s.SessionJSON(context.Background(), "s")
	if err != nil {
		return 0, err
	}
	return answer.IdentityCount, json.Unmarshal(doc, &answer)
}

// readList reads the number out of a list, and refuses half a change.
func readList(s *store.Store, kind rolemining.ListKind) (int64, error) {
	l := rolemining.List{Kind: kind, SessionID: "s"}
	l.Query.Limit, l.Query.Count = 250, true
	page, err := s.List(context.Background(), l)
	if err != nil {
		return 0, err
	}
	var items []struct{ IdentityCount, Quality int64 }
	if err := json.Unmarshal(page.JSON, &items); err != nil {
		return 0, err
	}
	if page.Total != len(items) {
		return 0, fmt.Errorf("%d items of %d", len(items), page.Total)
	}
	if kind == rolemining.SessionList {
		return items[0].IdentityCount, nil
	}
	if len(items) != 2 || items[0].Quality != items[1].Quality {
		return 0, fmt.Errorf("half a change: %+v", items)
	}
	return items[0].Quality, nil
}
