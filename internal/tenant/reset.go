package tenant

import (
	"context"
	"errors"
	"slices"

	"mockserver/internal/rolemining"
	"mockserver/internal/store"
)

// Part is something of a tenant that a reset or a restore can leave as it is.
type Part string

// The parts, beside what is stored, which every reset replaces.
const (
	PartClock    Part = "clock"    // how the clock runs, and where it is
	PartJobs     Part = "jobs"     // the mode and the stage delay of the tenant
	PartSettings Part = "settings" // all other settings
	PartFaults   Part = "faults"   // the rules of faults
	PartJournal  Part = "journal"  // the requests so far
	PartLimits   Part = "limits"   // the calls that count for the rate limit
)

// Parts are all that there are.
func Parts() []Part {
	return []Part{PartClock, PartJobs, PartSettings, PartFaults, PartJournal, PartLimits}
}

// Reset returns the tenant to its fixtures, as it was when it was made: what is
// stored, identifiers, open authorization codes, the feed of changes and all
// parts that are not to be kept. The same requests then get the same answers.
//
// Background work under way is cancelled. What began before and has not written
// yet is refused with rolemining.ErrReplaced, so nothing of the time before is
// written after it.
func (t *Tenant) Reset(ctx context.Context, keep ...Part) error {
	return t.exchange(func() error {
		during := func(within *store.Store) error { return t.startOver(ctx, within, keep) }
		err := t.store.Reset(ctx, during)
		if !errors.Is(err, store.ErrNoBaseline) {
			return err
		}
		// A file that was filled by a program that kept none.
		image, err := t.from.Image(ctx)
		if err != nil {
			return err
		}
		return t.store.Rebase(ctx, store.Copy{Image: image}, during)
	})
}

// Replace gives the tenant another organisation, as a database image (BuildImage),
// and resets it to that, now and ever after.
func (t *Tenant) Replace(ctx context.Context, image []byte, keep ...Part) error {
	return t.exchange(func() error {
		return t.store.Rebase(ctx, store.Copy{Image: image}, func(within *store.Store) error { return t.startOver(ctx, within, keep) })
	})
}

// exchange runs swap, which replaces what is stored, while nothing is under way in
// the background.
func (t *Tenant) exchange(swap func() error) error {
	return t.runner.Exclusive(true, func() error {
		t.tuning.mu.Lock()
		defer t.tuning.mu.Unlock()
		return swap()
	})
}

// startOver lets everything that is not stored begin again beside what is. It is
// called at a moment at which nobody writes, and must not use t.store. t.tuning.mu
// is held.
//
// What a tenant has beside what is stored, and a reset is to clear, is cleared here.
func (t *Tenant) startOver(ctx context.Context, within *store.Store, keep []Part) error {
	home, err := t.settle(ctx, within)
	if err != nil {
		return err
	}
	t.auth.Move(home)
	t.auth.Reset()
	t.ids.Continue(0)
	next := t.tuning.now
	for _, p := range []struct {
		part  Part
		reset func()
	}{
		{PartClock, t.Clock.Restore},
		{PartJobs, func() { next.Jobs, next.StageDelay = t.tuning.start.Jobs, t.tuning.start.StageDelay }},
		{PartSettings, func() { next = next.but(t.tuning.start) }},
		{PartFaults, t.Faults.Clear},
		{PartJournal, t.ClearJournal},
		{PartLimits, t.limiter.Reset},
	} {
		if !slices.Contains(keep, p.part) {
			p.reset()
		}
	}
	t.service.Replaced(rolemining.Pacing{Pace: next.pace()})
	return t.putTuning(ctx, next, false)
}

// but is the tuning with all of another but what paces background work.
func (t Tuning) but(other Tuning) Tuning {
	other.Jobs, other.StageDelay = t.Jobs, t.StageDelay
	return other
}
