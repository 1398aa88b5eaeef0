package rolemining

import (
	"cmp"
	"context"
	"errors"
	"slices"
)

// standing is where a piece of background work stands.
type standing struct {
	sessionID  string
	state      string
	epoch      int // of a session
	unfinished bool
	era        int64 // of the store
}

func (s *Service) standing(ctx context.Context, t Task) (standing, error) {
	era := s.store.Era(ctx)
	switch t.Kind {
	case SessionTask:
		session, err := s.store.Session(ctx, t.ID)
		return standing{session.ID, string(session.State), session.Epoch, session.NextAt != nil, era}, err
	case ExportTask:
		e, err := s.store.Export(ctx, t.ID)
		if err != nil {
			return standing{}, err
		}
		role, err := s.store.Role(ctx, "", e.PotentialRoleID)
		return standing{role.SessionID, string(e.State), 0, e.NextAt != nil, era}, err
	default:
		role, err := s.store.Role(ctx, "", t.ID)
		return standing{role.SessionID, string(role.ProvisionState), 0, role.NextAt != nil, era}, err
	}
}

// Moved says that a piece of background work went from one state to another.
type Moved struct {
	Task
	SessionID string
	From, To  string
}

// StepOn moves every piece of unfinished work one state on, whenever it would be
// due, in the order of their kinds and ids. sessionID "" is everything, another
// one a session with its exports and provisioning; ErrNotFound if there is no
// such session. Sessions that failed stay where they are.
func (s *Service) StepOn(ctx context.Context, sessionID string) ([]Moved, error) {
	ctx = s.store.Begin(ctx)
	if sessionID != "" {
		if err := s.HasSession(ctx, sessionID); err != nil {
			return nil, err
		}
	}
	tasks, err := s.store.Unfinished(ctx, false)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(tasks, func(a, b Task) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID)) })
	moved := []Moved{}
	for _, t := range tasks {
		m, err := s.moveOn(ctx, t, sessionID)
		if err != nil {
			return moved, err
		}
		if m.From != m.To {
			moved = append(moved, m)
		}
	}
	return moved, nil
}

// moveOn takes steps of a piece of work until its state is another one.
func (s *Service) moveOn(ctx context.Context, t Task, sessionID string) (Moved, error) {
	from, err := s.standing(ctx, t)
	if err != nil || sessionID != "" && from.sessionID != sessionID || s.failed(t, from) {
		return Moved{}, ignoreMissing(err)
	}
	at := from
	for at.unfinished && at.state == from.state {
		if err := s.advance(ctx, t, true); err != nil && !errors.Is(err, ErrStale) {
			return Moved{}, ignoreMissing(err)
		}
		if at, err = s.standing(ctx, t); err != nil {
			return Moved{}, ignoreMissing(err)
		}
	}
	return Moved{Task: t, SessionID: at.sessionID, From: from.state, To: at.state}, nil
}

// failed says that a session is stuck for good where it is.
func (s *Service) failed(t Task, at standing) bool {
	p := s.SessionPace(at.sessionID)
	return t.Kind == SessionTask && p.Mode == Fail && p.stuckIn(at.state)
}

func ignoreMissing(err error) error {
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// finishAtOnce does all of a piece of work in mode immediate, and nothing in any
// other. Who asked for it may have hung up: the work is done all the same.
func (s *Service) finishAtOnce(ctx context.Context, t Task, sessionID string) error {
	if s.SessionPace(sessionID).Mode != Immediate {
		return nil
	}
	ctx = context.WithoutCancel(ctx)
	for {
		m, err := s.moveOn(ctx, t, "")
		if errors.Is(err, ErrReplaced) {
			return nil // what was asked for was done, and is gone
		}
		if err != nil || m.From == m.To {
			return err
		}
	}
}

// reading counts a read of something that may be waiting for reads, in mode
// polls, and moves it on with the Nth of its state. What is read next is the
// state after that.
func (s *Service) reading(ctx context.Context, t Task) error {
	if !s.polling() {
		return nil
	}
	ctx = s.store.Begin(ctx)
	at, err := s.standing(ctx, t)
	if err != nil || !at.unfinished {
		return err
	}
	if !s.countRead(t, at) {
		return nil
	}
	_, err = s.moveOn(ctx, t, "")
	if errors.Is(err, ErrReplaced) {
		return nil // what is read next is what there is now
	}
	return err
}

// readCount is how often a state was read.
type readCount struct {
	at    standing
	times int
}

// polling says whether anything waits for reads.
func (s *Service) polling() bool {
	s.paceMu.Lock()
	defer s.paceMu.Unlock()
	if s.pace.Mode == Polls {
		return true
	}
	for _, p := range s.ownPaces {
		if p.Mode == Polls {
			return true
		}
	}
	return false
}

// countRead says whether this read is the one that moves the work on.
func (s *Service) countRead(t Task, at standing) bool {
	p := s.SessionPace(at.sessionID)
	if p.Mode != Polls {
		return false
	}
	s.paceMu.Lock()
	defer s.paceMu.Unlock()
	count := s.reads[t]
	if count.at != at {
		count = readCount{at: at}
	}
	if count.times++; count.times >= p.Reads {
		delete(s.reads, t)
		return true
	}
	s.reads[t] = count
	return false
}
