package rolemining

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"
)

// standing is where a piece of background work stands.
type standing struct {
	sessionID  string
	state      string
	epoch      int // of a session
	unfinished bool
	era        int64 // of the store
}

// Rest is where a piece of background work is, and what moves it on from there.
type Rest struct {
	State string
	Pace  Pace // of its session
	// Due is when it goes on by the tenant's clock, as far as the pace leaves that to
	// time; nil for work that is not under way.
	Due *time.Time
}

// Rest tells where a piece of work is. It is no read that mode polls counts. No such
// work is ErrNotFound.
func (s *Service) Rest(ctx context.Context, t Task) (Rest, error) {
	at, err := s.standing(ctx, t)
	if err != nil {
		return Rest{}, err
	}
	rest := Rest{State: at.state, Pace: s.SessionPace(at.sessionID)}
	switch t.Kind {
	case SessionTask:
		session, err := s.store.Session(ctx, t.ID)
		rest.Due = session.NextAt
		return rest, err
	case ExportTask:
		e, err := s.store.Export(ctx, t.ID)
		rest.Due = e.NextAt
		return rest, err
	default:
		role, err := s.store.Role(ctx, "", t.ID)
		rest.Due = role.NextAt
		return rest, err
	}
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

// Stepped is what a step did.
type Stepped struct {
	Moved []Moved
	// Stuck are the sessions that mode fail keeps where they are, by id.
	Stuck []Task
}

// StepOn moves every piece of unfinished work one state on, whenever it would be
// due, in the order of their kinds and ids. sessionID "" is everything, another
// one a session with its exports and provisioning; ErrNotFound if there is no
// such session. Sessions that failed stay where they are.
func (s *Service) StepOn(ctx context.Context, sessionID string) (Stepped, error) {
	ctx = s.store.Begin(ctx)
	if sessionID != "" {
		if err := s.HasSession(ctx, sessionID); err != nil {
			return Stepped{}, err
		}
	}
	tasks, err := s.store.Unfinished(ctx, false)
	if err != nil {
		return Stepped{}, err
	}
	slices.SortFunc(tasks, func(a, b Task) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID)) })
	var done Stepped
	for _, t := range tasks {
		m, err := s.moveOn(ctx, t, sessionID)
		if err != nil {
			return done, err
		}
		if m.From != m.To {
			done.Moved = append(done.Moved, m)
			continue
		}
		at, err := s.standing(ctx, t)
		if err == nil && at.unfinished && (sessionID == "" || at.sessionID == sessionID) && s.failed(t, at) {
			done.Stuck = append(done.Stuck, t)
		}
	}
	return done, nil
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
	return t.Kind == SessionTask && p.Mode == Fail && p.StuckIn(at.state)
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
