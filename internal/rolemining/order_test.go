package rolemining_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"mockserver/internal/rolemining"
)

// slowToTell is a store that says of a change only after somebody else had all the
// time for another one, if he can make it.
type slowToTell struct {
	rolemining.Store
	armed  atomic.Bool
	second func()
}

func (s *slowToTell) UpdateSession(ctx context.Context, id string,
	f func(old rolemining.Session, surviving int) (rolemining.SessionChange, error),
) (rolemining.Session, error) {
	session, err := s.Store.UpdateSession(ctx, id, f)
	if !s.armed.CompareAndSwap(true, false) {
		return session, err
	}
	var done atomic.Bool
	go func() {
		s.second()
		done.Store(true)
	}()
	for i := 0; i < 200_000 && !done.Load(); i++ {
		runtime.Gosched()
	}
	return session, err
}

// The feed tells of changes in the order in which they were made, also when whoever
// made the first one is slow to tell.
func TestTheFeedHasTheOrderOfTheChanges(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	db := &slowToTell{Store: l.store}
	s := l.over(db)
	session, err := s.CreateSession(t.Context(), specialized(), nil)
	l.must(err)
	task := rolemining.Task{Kind: rolemining.SessionTask, ID: session.ID}
	l.must(s.Advance(t.Context(), task))
	var second sync.WaitGroup
	second.Add(1)
	db.second = func() {
		defer second.Done()
		_, err := s.PatchSession(context.WithoutCancel(t.Context()), session.ID, []byte(`[{"op":"replace","path":"/pruneThreshold","value":60}]`))
		if err != nil {
			t.Error(err)
		}
	}
	db.armed.Store(true)
	l.must(s.Advance(t.Context(), task))
	second.Wait()
	all, _, err := s.Changes(t.Context(), rolemining.Cursor{})
	l.must(err)
	var states []string
	for _, c := range all {
		states = append(states, c.To)
	}
	if want := []string{"CREATED", "IDENTITIES_OBTAINED", "PRUNE_THRESHOLD_OBTAINED", "UPDATED"}; !slices.Equal(states, want) {
		t.Errorf("%v, want %v", states, want)
	}
}

// asked is a store that asks something before each change.
type asked struct {
	rolemining.Store
	ask func(of string)
}

func (a *asked) UpdateSession(ctx context.Context, id string,
	f func(old rolemining.Session, surviving int) (rolemining.SessionChange, error),
) (rolemining.Session, error) {
	a.ask("a session")
	return a.Store.UpdateSession(ctx, id, f)
}

func (a *asked) UpdateRole(ctx context.Context, sessionID, id string,
	f func(old rolemining.PotentialRole) (rolemining.RoleChange, error),
) (rolemining.PotentialRole, rolemining.Session, error) {
	a.ask("a role")
	return a.Store.UpdateRole(ctx, sessionID, id, f)
}

// All changes that clients make wait in one queue, whether the feed tells of them
// or not: those that do not wait in it overtake the others under load.
func TestOneQueueOfChanges(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	ctx, session := t.Context(), l.mined(specialized()).ID
	role := l.roles(session)[0]
	db := &asked{Store: l.store}
	s := l.over(db)
	var got []string
	db.ask = func(of string) { got = append(got, fmt.Sprint(of, " ", s.Queued())) }
	for _, change := range []func() error{
		func() error {
			return second(s.PatchSession(ctx, session, []byte(`[{"op":"replace","path":"/name","value":"n"}]`)))
		},
		func() error {
			return third(s.PatchRole(ctx, "", role.ID, []byte(`[{"op":"replace","path":"/saved","value":true}]`)))
		},
		func() error {
			return third(s.EditEntitlements(ctx, session, role.ID, []string{role.Entitlements[0].ID}, true))
		},
		func() error { return third(s.Provision(ctx, session, role.ID, rolemining.ProvisionRequest{})) },
	} {
		l.must(change())
	}
	if want := []string{"a session true", "a role true", "a role true", "a role true"}; !slices.Equal(got, want) || s.Queued() {
		t.Errorf("in the queue: %v, want %v; afterwards: %v", got, want, s.Queued())
	}
}
