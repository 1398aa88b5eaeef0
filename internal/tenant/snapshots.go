package tenant

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"sync"
	"time"

	"mockserver/internal/clock"
	"mockserver/internal/ratelimit"
	"mockserver/internal/rolemining"
	"mockserver/internal/store"
)

// The bounds on the snapshots of a tenant.
const (
	maxSnapshots     = 100
	maxSnapshotBytes = 1 << 30
)

// Snapshot is all that makes the state of a tenant at a moment: what is stored and
// what a reset returns to, clock, settings, rate windows, and the counts that
// identifiers are made of. Faults and journal, which are of a test and not of the
// organisation, are not part of it. It never changes.
type Snapshot struct {
	Name string
	// CreatedAt is by the machine's clock.
	CreatedAt time.Time
	Counts    Counts

	stored   store.Copy  // with a Base
	clock    clock.State // as of Mark
	tuning   Tuning
	pacing   rolemining.Pacing // its Pace is that of tuning
	windows  []ratelimit.Window
	tokens   int64
	requests uint64
}

// Size is how much memory a snapshot takes, in bytes.
func (s *Snapshot) Size() int { return s.stored.Size() }

// SnapshotFault says what kind of error a SnapshotError is.
type SnapshotFault int

// The faults.
const (
	BadSnapshotName      SnapshotFault = iota + 1 // no name has this form
	NoSnapshot                                    // there is none of the name
	SnapshotExists                                // there is one already
	NoSnapshotRoom                                // there are too many, or too large ones
	OtherSnapshotVersion                          // another version of the program wrote it
	SnapshotBroken                                // it is damaged, or no snapshot at all
)

// SnapshotError says why something cannot be done with a snapshot.
type SnapshotError struct {
	Kind SnapshotFault
	Text string // names the snapshot and the rule
}

// Error implements error.
func (e *SnapshotError) Error() string { return e.Text }

func snapshotError(kind SnapshotFault, format string, args ...any) error {
	return &SnapshotError{kind, fmt.Sprintf(format, args...)}
}

// snapshots are those of a tenant.
type snapshots struct {
	mu     sync.Mutex
	byName map[string]*Snapshot
}

var snapshotName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// room says whether a snapshot may be put under a name; size is what it takes at
// least. s.mu is held.
func (s *snapshots) room(name string, size int, replace bool) error {
	if !snapshotName.MatchString(name) {
		return snapshotError(BadSnapshotName, "%q is no name of a snapshot: a name has 1 to 64 letters, digits, dots, hyphens and underscores, the first a letter or a digit", name)
	}
	old := s.byName[name]
	if old != nil && !replace {
		return snapshotError(SnapshotExists, "the snapshot %q is there already; ?replace=true replaces it", name)
	}
	count, bytes := 1, size
	for other, one := range s.byName {
		if other != name {
			count, bytes = count+1, bytes+one.Size()
		}
	}
	if count > maxSnapshots || bytes > maxSnapshotBytes {
		return snapshotError(NoSnapshotRoom, "there is no room for the snapshot %q: a tenant has at most %d, of %d MiB together; delete one", name, maxSnapshots, maxSnapshotBytes>>20)
	}
	return nil
}

// check is room for who has no snapshot yet.
func (s *snapshots) check(name string, size int, replace bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.room(name, size, replace)
}

// put keeps a snapshot; replaced says that there was one of its name.
func (s *snapshots) put(one *Snapshot, replace bool) (replaced bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.room(one.Name, one.Size(), replace); err != nil {
		return false, err
	}
	if s.byName == nil {
		s.byName = map[string]*Snapshot{}
	}
	replaced = s.byName[one.Name] != nil
	s.byName[one.Name] = one
	return replaced, nil
}

// Save makes a snapshot of the tenant as it is now. One of the name is there
// already is an error, or with replace replaced. Errors are a *SnapshotError or
// those of the database.
func (t *Tenant) Save(ctx context.Context, name string, replace bool) (saved *Snapshot, replaced bool, err error) {
	if err := t.snapshots.check(name, 0, replace); err != nil {
		return nil, false, err
	}
	saved, err = t.state(ctx)
	if err != nil {
		return nil, false, err
	}
	saved.Name, saved.CreatedAt = name, t.machine.Now()
	replaced, err = t.snapshots.put(saved, replace)
	return saved, replaced, err
}

// state is the tenant as it is now.
func (t *Tenant) state(ctx context.Context) (*Snapshot, error) {
	t.tuning.mu.Lock()
	defer t.tuning.mu.Unlock()
	now := &Snapshot{tuning: t.tuning.now}
	var err error
	now.stored, err = t.store.CopyAnd(ctx, func(within *store.Store) (err error) {
		now.clock, now.pacing, now.windows = t.Clock.Mark(), t.service.Pacing(), t.limiter.Windows()
		now.tokens, now.requests = t.auth.Issued(), t.ids.Requests()
		now.Counts, err = within.Counts(ctx)
		return err
	})
	if err == nil && now.stored.Base == nil { // a file that was filled by a program that kept none
		now.stored.Base, err = t.from.Image(ctx)
	}
	return now, err
}

// Snapshots are all that there are, by name.
func (t *Tenant) Snapshots() []*Snapshot {
	t.snapshots.mu.Lock()
	defer t.snapshots.mu.Unlock()
	return slices.SortedFunc(maps.Values(t.snapshots.byName), func(a, b *Snapshot) int { return cmp.Compare(a.Name, b.Name) })
}

// Snapshot is the one of a name. The error is a *SnapshotError.
func (t *Tenant) Snapshot(name string) (*Snapshot, error) {
	t.snapshots.mu.Lock()
	defer t.snapshots.mu.Unlock()
	if one := t.snapshots.byName[name]; one != nil {
		return one, nil
	}
	return nil, snapshotError(NoSnapshot, "there is no snapshot %q", name)
}

// DeleteSnapshot removes a snapshot. The error is a *SnapshotError.
func (t *Tenant) DeleteSnapshot(name string) error {
	if _, err := t.Snapshot(name); err != nil {
		return err
	}
	t.snapshots.mu.Lock()
	defer t.snapshots.mu.Unlock()
	delete(t.snapshots.byName, name)
	return nil
}

// Restore makes the tenant what it was at a snapshot, and begins the journal anew,
// without faults; but for the parts that are to be kept as they are. Sessions that
// were under way go on. As with Reset, nothing of the time before is written
// afterwards.
func (t *Tenant) Restore(ctx context.Context, name string, keep ...Part) error {
	one, err := t.Snapshot(name)
	if err != nil {
		return err
	}
	return t.exchange(func() error {
		err := t.store.Replace(ctx, one.stored, func(within *store.Store) error { return t.goBack(ctx, within, one, keep) })
		if err != nil || !slices.Contains(keep, PartJobs) {
			return err
		}
		// What came back was due at another pace.
		return t.service.SetPace(context.WithoutCancel(ctx), t.tuning.now.pace())
	})
}

// goBack gives the tenant what a snapshot has beside what is stored. It is called
// as startOver is.
func (t *Tenant) goBack(ctx context.Context, within *store.Store, to *Snapshot, keep []Part) error {
	home, err := t.settle(ctx, within)
	if err != nil {
		return err
	}
	t.auth.Move(home)
	t.auth.Reset()
	t.auth.Continue(to.tokens)
	t.ids.Continue(to.requests)
	next, pacing := t.tuning.now, rolemining.Pacing{}
	for _, p := range []struct {
		part    Part
		restore func()
	}{
		{PartClock, func() { t.Clock.Resume(to.clock) }},
		{PartJobs, func() { next.Jobs, next.StageDelay, pacing = to.tuning.Jobs, to.tuning.StageDelay, to.pacing }},
		{PartSettings, func() { next = next.but(to.tuning) }},
		{PartFaults, t.Faults.Clear},
		{PartJournal, t.ClearJournal},
	} {
		if !slices.Contains(keep, p.part) {
			p.restore()
		}
	}
	pacing.Pace = next.pace()
	t.service.Replaced(pacing)
	if err := t.putTuning(ctx, next, false); err != nil || slices.Contains(keep, PartLimits) {
		return err
	}
	t.limiter.Reset()
	if next.RateLimit.Value == to.tuning.RateLimit.Value { // they are of no other limit
		t.limiter.Resume(to.windows)
	}
	return nil
}
