package rolemining

import (
	"context"
	"slices"
	"sync"
	"time"
)

// maxChanges is how many changes are kept for those who ask late.
const maxChanges = 1024

// Change says that a piece of background work entered a state.
type Change struct {
	// Number counts the changes of the organisation, from 1, since the process
	// began or everything was replaced.
	Number    int64
	At        time.Time
	Task      Task
	SessionID string
	// RoleID is the potential role of an export or a provisioning.
	RoleID string
	From   string // "" for what is new
	To     string
}

// Cursor is a place in the feed: behind the change of a number, 0 for the begin.
// Numbers begin again whenever everything that is stored is replaced.
type Cursor struct {
	Era    int64 // how often that has happened
	Number int64
}

// changes is the feed of what happened.
type changes struct {
	mu   sync.Mutex
	last Cursor
	kept []Change      // the newest, oldest first
	more chan struct{} // closed by the next change, and when the feed begins again
}

func newChanges(era int64) *changes {
	return &changes{last: Cursor{Era: era}, more: make(chan struct{})}
}

// publish adds a change, unless it is of an era that is over, and wakes those who
// wait for one.
func (c *changes) publish(era int64, change Change) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if era != c.last.Era {
		return
	}
	c.last.Number++
	change.Number = c.last.Number
	if len(c.kept) == maxChanges {
		c.kept = append(c.kept[:0], c.kept[1:]...)
	}
	c.kept = append(c.kept, change)
	c.wake()
}

// restart begins the feed again.
func (c *changes) restart(era int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last, c.kept = Cursor{Era: era}, nil
	c.wake()
}

// wake wakes all who wait. c.mu is held.
func (c *changes) wake() {
	close(c.more)
	c.more = make(chan struct{})
}

// since are the kept changes behind a place, the place behind them, and a channel
// that is closed when there is more. Behind a place of another era are all.
func (c *changes) since(at Cursor) ([]Change, Cursor, <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if at.Era != c.last.Era {
		at = Cursor{Era: c.last.Era}
	}
	from := len(c.kept) - int(min(max(c.last.Number-at.Number, 0), int64(len(c.kept))))
	return append([]Change(nil), c.kept[from:]...), c.last, c.more
}

// newest is the place behind the newest change and a channel that is closed when
// there is more.
func (c *changes) newest() (Cursor, <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last, c.more
}

// LastChange is the place behind the newest change.
func (s *Service) LastChange() Cursor {
	last, _ := s.changes.newest()
	return last
}

// Changes are what happened behind a place, oldest first, as far as it is still
// known, and the place behind that. It waits until there is something, or for the
// end of the context. A gap between the numbers tells how many are forgotten. If
// the feed has begun again the place is of another era than the one given, and
// there may be no changes yet.
func (s *Service) Changes(ctx context.Context, at Cursor) ([]Change, Cursor, error) {
	for {
		all, next, more := s.changes.since(at)
		if next != at {
			return all, next, nil
		}
		select {
		case <-more:
		case <-ctx.Done():
			return nil, at, ctx.Err()
		}
	}
}

// WaitFor waits until a piece of work is in a state, or was in it for however
// short a time since the call. It returns where the work stands: in that state
// or, with final, in one from which it will not get there, or with the context's
// error where it was when that ended, or with ErrVain where vain says that it is
// vain to wait on in a state, which it is asked of every one. No such work is
// ErrNotFound.
func (s *Service) WaitFor(ctx context.Context, t Task, state string, vain func(now string) bool) (now string, final bool, err error) {
	seen, more := s.changes.newest()
	look := context.WithoutCancel(ctx) // the time is for waiting: one look there is in any
	for {
		at, err := s.standing(look, t)
		switch {
		case err != nil:
			return "", false, err
		case at.state == state || ended(t.Kind, at.state):
			return at.state, at.state != state, nil
		}
		inVain := vain(at.state)
		if !inVain {
			select {
			case <-more:
			case <-ctx.Done():
				return at.state, false, ctx.Err()
			}
		}
		var happened []Change
		happened, seen, more = s.changes.since(seen)
		switch {
		case slices.ContainsFunc(happened, func(c Change) bool { return c.Task == t && c.To == state }):
			return state, false, nil
		case inVain:
			return at.state, false, ErrVain
		}
	}
}

// ended says that work leaves a state only if it is asked for again.
func ended(kind TaskKind, state string) bool {
	switch kind {
	case SessionTask:
		return state == string(PotentialRolesCreated)
	case ExportTask:
		return state == string(ExportSuccess) || state == string(ExportError)
	default:
		return state == string(ProvisionComplete) || state == string(ProvisionFailed)
	}
}

// inOrder makes a change and tells the feed of it before anybody makes another
// one, so that the feed has the changes in the order in which they were made.
func (s *Service) inOrder(change func() error) error {
	s.telling.Lock()
	defer s.telling.Unlock()
	return change()
}

// changeRole changes a potential role in a way that the feed does not tell. It waits
// in one queue with what the feed tells: waiting for the store alone it would
// overtake changes that wait for each other first, and then for the store.
func (s *Service) changeRole(ctx context.Context, sessionID, id string, f func(old PotentialRole) (RoleChange, error)) (role PotentialRole, session Session, err error) {
	err = s.inOrder(func() error {
		role, session, err = s.store.UpdateRole(ctx, sessionID, id, f)
		return err
	})
	return role, session, err
}

// entered tells the feed that work entered a state. It is called within inOrder.
func (s *Service) entered(ctx context.Context, t Task, sessionID, roleID, from, to string) {
	if from != to {
		s.observer.Entered(t.Kind, to)
		s.changes.publish(s.store.Era(ctx), Change{At: s.now(), Task: t, SessionID: sessionID, RoleID: roleID, From: from, To: to})
	}
}
