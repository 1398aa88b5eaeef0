package rolemining

import (
	"context"
	"sync"
	"time"
)

// maxChanges is how many changes are kept for those who ask late.
const maxChanges = 1024

// Change says that a piece of background work entered a state.
type Change struct {
	// Number counts the changes of the organisation in this process, from 1.
	Number    int64
	At        time.Time
	Task      Task
	SessionID string
	// RoleID is the potential role of an export or a provisioning.
	RoleID string
	From   string // "" for what is new
	To     string
}

// changes is the feed of what happened.
type changes struct {
	mu   sync.Mutex
	last int64
	kept []Change      // the newest, oldest first
	more chan struct{} // closed by the next change
}

func newChanges() *changes { return &changes{more: make(chan struct{})} }

// publish adds a change and wakes those who wait for one.
func (c *changes) publish(change Change) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last++
	change.Number = c.last
	if len(c.kept) == maxChanges {
		c.kept = append(c.kept[:0], c.kept[1:]...)
	}
	c.kept = append(c.kept, change)
	close(c.more)
	c.more = make(chan struct{})
}

// since are the kept changes after a number, and a channel that is closed when
// there are more.
func (c *changes) since(number int64) ([]Change, <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := len(c.kept) - int(min(max(c.last-number, 0), int64(len(c.kept))))
	return append([]Change(nil), c.kept[at:]...), c.more
}

// newest is the number of the newest change and a channel that is closed by the
// next one.
func (c *changes) newest() (int64, <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last, c.more
}

// LastChange is the number of the newest change, 0 for none.
func (s *Service) LastChange() int64 {
	last, _ := s.changes.newest()
	return last
}

// Changes are what happened after the change of a number, oldest first, as far
// as it is still known; there is at least one. It waits until then, or for the
// end of the context. A gap between number and the first one tells how many are
// forgotten.
func (s *Service) Changes(ctx context.Context, number int64) ([]Change, error) {
	for {
		all, more := s.changes.since(number)
		if len(all) > 0 {
			return all, nil
		}
		select {
		case <-more:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// WaitFor waits until a piece of work is in a state, or was in it for however
// short a time since the call. It returns where the work stands: in that state
// or, with final, in one from which it will not get there, or with the context's
// error where it was when that ended. No such work is ErrNotFound.
func (s *Service) WaitFor(ctx context.Context, t Task, state string) (now string, final bool, err error) {
	seen, more := s.changes.newest()
	for {
		at, err := s.standing(ctx, t)
		switch {
		case err != nil:
			return "", false, err
		case at.state == state || ended(t.Kind, at.state):
			return at.state, at.state != state, nil
		}
		select {
		case <-more:
		case <-ctx.Done():
			return at.state, false, ctx.Err()
		}
		var happened []Change
		happened, more = s.changes.since(seen)
		for _, change := range happened {
			if seen = change.Number; change.Task == t && change.To == state {
				return state, false, nil
			}
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

// entered tells the feed that work entered a state.
func (s *Service) entered(t Task, sessionID, roleID, from, to string) {
	if from != to {
		s.changes.publish(Change{At: s.now(), Task: t, SessionID: sessionID, RoleID: roleID, From: from, To: to})
	}
}
