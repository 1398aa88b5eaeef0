package rolemining_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"mockserver/internal/rolemining"
	"mockserver/internal/store"
)

// rebase makes what is stored now the baseline.
func (l *lab) rebase() {
	l.t.Helper()
	image, err := l.store.Image(l.t.Context())
	l.must(err)
	l.must(l.store.SetBaseline(l.t.Context(), image))
}

// reset returns to the baseline, as a tenant does.
func (l *lab) reset(own map[string]rolemining.Pace) {
	l.t.Helper()
	l.must(l.store.Reset(l.t.Context(), func(*store.Store) error {
		l.Replaced(rolemining.Pacing{Pace: rolemining.Pace{Mode: rolemining.Auto, Delay: stageDelay}, Own: own})
		return nil
	}))
}

// Nothing that is remembered of a session counts for one that has its id after a
// reset: neither what was mined nor its pace nor its reads.
func TestReplaced(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.rebase()
	first := l.create(specialized())
	l.must(l.SetSessionPace(t.Context(), first.ID, &rolemining.Pace{Mode: rolemining.Polls, Reads: 9}))
	l.reset(nil)
	if _, err := l.Session(t.Context(), first.ID); !errors.Is(err, rolemining.ErrNotFound) {
		t.Fatalf("a session after the reset: %v", err)
	}
	if n := len(l.OwnPaces()); n != 0 {
		t.Errorf("%d sessions have a pace of their own", n)
	}
	l.mined(specialized())
	l.reset(nil)
	halfway := l.create(specialized())
	for range 2 { // its scope and its mining are remembered
		l.clock.Advance(stageDelay)
		l.step()
	}
	l.reset(nil)
	again := l.mined(common())
	if again.ID != first.ID || halfway.ID != first.ID {
		t.Fatalf("the ids %s, %s, %s differ", first.ID, halfway.ID, again.ID)
	}
	fresh := newLab(t)
	want := fresh.mined(common())
	if got := l.roles(again.ID); len(got) != len(fresh.roles(want.ID)) || len(got) == 0 || got[0].ID != fresh.roles(want.ID)[0].ID {
		t.Errorf("%d roles, want those of a fresh start", len(got))
	}
}

// What began before a reset is refused; background work is dropped for good.
func TestUseCasesOverAReset(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	kept := l.mined(specialized())
	role := l.roles(kept.ID)[0]
	l.rebase()
	early := l.store.Begin(t.Context())
	working := l.create(specialized())
	l.reset(nil)
	_, created := l.CreateSession(early, specialized(), nil)
	_, patched := l.PatchSession(early, kept.ID, []byte(`[{"op":"replace","path":"/saved","value":true}]`))
	_, _, rolePatched := l.PatchRole(early, "", role.ID, []byte(`[{"op":"replace","path":"/saved","value":true}]`))
	_, _, edited := l.EditEntitlements(early, "", role.ID, []string{role.Entitlements[0].ID}, true)
	_, _, provisioned := l.Provision(early, "", role.ID, rolemining.ProvisionRequest{})
	_, exported := l.StartExport(early, "", role.ID, rolemining.ExportRequest{IncludeCommonAccess: true})
	for name, err := range map[string]error{
		"CreateSession": created, "PatchSession": patched, "PatchRole": rolePatched,
		"EditEntitlements": edited, "Provision": provisioned, "StartExport": exported,
	} {
		if !errors.Is(err, rolemining.ErrReplaced) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := l.Advance(early, rolemining.Task{Kind: rolemining.SessionTask, ID: working.ID}); !errors.Is(err, rolemining.ErrNotFound) {
		t.Errorf("a step of what is gone: %v", err)
	}
	if got := l.session(kept.ID); got.Saved || got.PotentialRoleCount != kept.PotentialRoleCount {
		t.Errorf("after all of that: %+v", got)
	}
	if n := l.LastChange(); n.Number != 0 {
		t.Errorf("the feed has %d changes", n.Number)
	}
	// The same session, at work again: the step of the former one is not its step.
	l.rebase()
	l.create(specialized())
	early = l.store.Begin(t.Context())
	l.reset(nil)
	l.create(specialized())
	l.clock.Advance(stageDelay)
	if err := l.Advance(early, rolemining.Task{Kind: rolemining.SessionTask, ID: working.ID}); !errors.Is(err, rolemining.ErrReplaced) {
		t.Errorf("a late step of a session that is there again: %v", err)
	}
	if got := l.session(working.ID); got.State != rolemining.SessionCreated {
		t.Errorf("it is %s", got.State)
	}
}

// Who reads the feed hears that it began again, and who waits for a session that
// is gone is told so.
func TestFeedOverAReset(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.rebase()
	working := l.create(specialized())
	at := l.LastChange()
	type read struct {
		changes []rolemining.Change
		next    rolemining.Cursor
	}
	reads, waits := make(chan read), make(chan error)
	go func() {
		changes, next, err := l.Changes(context.Background(), at)
		if err != nil {
			t.Error(err)
		}
		reads <- read{changes, next}
	}()
	go func() {
		_, _, err := l.WaitFor(context.Background(), rolemining.Task{Kind: rolemining.SessionTask, ID: working.ID}, string(rolemining.PotentialRolesCreated), func(string) bool { return false })
		waits <- err
	}()
	l.reset(nil)
	if got := <-reads; len(got.changes) != 0 || got.next.Era != at.Era+1 || got.next.Number != 0 {
		t.Errorf("read %+v", got)
	}
	if err := <-waits; !errors.Is(err, rolemining.ErrNotFound) {
		t.Errorf("waiting for what is gone: %v", err)
	}
	l.create(specialized())
	changes, next, err := l.Changes(t.Context(), at) // a place of before
	if err != nil || len(changes) != 1 || changes[0].Number != 1 || next.Number != 1 {
		t.Errorf("%+v, %+v, %v", changes, next, err)
	}
	if last := l.LastChange(); last != next {
		t.Errorf("the last change is %+v", last)
	}
}

// Paces of sessions that come back with the state come back with it.
func TestReplacedWithPaces(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	session := l.create(specialized())
	l.rebase()
	own := map[string]rolemining.Pace{session.ID: {Mode: rolemining.Stepwise}}
	l.reset(own)
	if got := l.SessionPace(session.ID); got.Mode != rolemining.Stepwise || l.Pace().Delay != 100*time.Millisecond {
		t.Errorf("%+v, %+v", got, l.Pace())
	}
	own["other"] = rolemining.Pace{}
	if len(l.OwnPaces()) != 1 {
		t.Error("the paces are shared with the caller")
	}
}

// What was counted of reads comes back, too: the Nth read of a state is the Nth.
func TestReplacedWithReads(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	session := l.create(specialized())
	l.must(l.SetSessionPace(t.Context(), session.ID, &rolemining.Pace{Mode: rolemining.Polls, Reads: 3}))
	l.rebase()
	for range 2 {
		l.session(session.ID)
	}
	pacing := l.Pacing()
	if len(pacing.Reads) != 1 || pacing.Reads[0].Times != 2 {
		t.Fatalf("counted %+v", pacing.Reads)
	}
	for range 2 {
		if got := l.session(session.ID); got.State == rolemining.SessionCreated {
			t.Errorf("after three reads it is %s", got.State)
		}
		l.must(l.store.Reset(t.Context(), func(*store.Store) error { l.Replaced(pacing); return nil }))
		if got := l.Pacing(); len(got.Reads) != 1 || got.Reads[0] != pacing.Reads[0] {
			t.Errorf("afterwards counted %+v", got.Reads)
		}
	}
}

// A wait that is vain ends so, but not while the work moves to where it is awaited.
func TestWaitInVain(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	session := l.create(specialized())
	task := rolemining.Task{Kind: rolemining.SessionTask, ID: session.ID}
	now, final, err := l.WaitFor(t.Context(), task, string(rolemining.PotentialRolesCreated), func(string) bool { return true })
	if now != string(rolemining.SessionCreated) || final || !errors.Is(err, rolemining.ErrVain) {
		t.Errorf("%s, %v, %v", now, final, err)
	}
	var asked []string
	now, final, err = l.WaitFor(t.Context(), task, string(rolemining.IdentitiesObtained), func(state string) bool {
		asked = append(asked, state)
		l.clock.Advance(stageDelay)
		if err := l.Advance(t.Context(), task); err != nil {
			t.Error(err)
		}
		return true
	})
	if now != string(rolemining.IdentitiesObtained) || final || err != nil || len(asked) != 1 || asked[0] != string(rolemining.SessionCreated) {
		t.Errorf("%s, %v, %v, after %v", now, final, err, asked)
	}
}
