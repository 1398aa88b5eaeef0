package rolemining

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Mode says what moves background work on.
type Mode string

// The modes.
const (
	// Auto: time. Every state stays for Pace.Delay.
	Auto Mode = "auto"
	// Immediate: the request that starts the work. It is done when the answer
	// is sent, which itself still tells the first state.
	Immediate Mode = "immediate"
	// Polls: reads. The Nth read of a state moves it on and tells the next one.
	Polls Mode = "polls"
	// Stepwise: nothing but Service.StepOn.
	Stepwise Mode = "step"
	// Hold: as Auto, but what reaches Pace.State stays there until the pace is
	// changed or StepOn moves it.
	Hold Mode = "hold"
	// Fail: as Auto, but exports end in ERROR and provisioning in FAILED, and a
	// session that reaches Pace.State, if that is not "", is stuck there.
	Fail Mode = "fail"
)

// MaxReads is the largest Pace.Reads.
const MaxReads = 1_000_000

// Pace is how the background work of an organisation, or of one session, its
// exports and its provisioning, moves on.
type Pace struct {
	Mode Mode
	// Reads is the N of Polls, 1 to MaxReads.
	Reads int
	// State is that of Hold and, for sessions, of Fail.
	State string
	// Delay is how long each state stays visible, 0 or more; 0 is as fast as
	// the work can be done.
	Delay time.Duration
}

// paceForms is how modes are written.
const paceForms = "auto, immediate, polls:N, step, hold:STATE, fail or fail:STATE"

// ParsePace reads the mode of a pace: "auto", "immediate", "polls:3", "step",
// "hold:QUEUED", "fail", "fail:IDENTITIES_OBTAINED". The delay is 0.
func ParsePace(text string) (Pace, error) {
	name, arg, has := strings.Cut(text, ":")
	p := Pace{Mode: Mode(name)}
	switch p.Mode {
	case Auto, Immediate, Stepwise:
		if !has {
			return p, nil
		}
	case Polls:
		n, err := strconv.Atoi(arg)
		if err == nil && n >= 1 && n <= MaxReads {
			p.Reads = n
			return p, nil
		}
		return Pace{}, fmt.Errorf("polls needs a number of reads from 1 to %d, as in polls:3, not %q", MaxReads, text)
	case Hold:
		if slices.Contains(unfinishedStates(), arg) {
			p.State = arg
			return p, nil
		}
		return Pace{}, fmt.Errorf("hold needs a state that does not last, as in hold:QUEUED, not %q: there are %s", text, strings.Join(unfinishedStates(), ", "))
	case Fail:
		if !has || slices.Contains(unfinishedSessionStates(), arg) {
			p.State = arg
			return p, nil
		}
		return Pace{}, fmt.Errorf("fail takes the state in which sessions get stuck, as in fail:IDENTITIES_OBTAINED, not %q: there are %s", text, strings.Join(unfinishedSessionStates(), ", "))
	}
	return Pace{}, fmt.Errorf("must be %s, not %q", paceForms, text)
}

// String is the mode as ParsePace reads it.
func (p Pace) String() string {
	switch {
	case p.Mode == Polls:
		return string(p.Mode) + ":" + strconv.Itoa(p.Reads)
	case p.State != "":
		return string(p.Mode) + ":" + p.State
	}
	return string(p.Mode)
}

func unfinishedSessionStates() []string {
	return []string{string(SessionCreated), string(SessionUpdated), string(IdentitiesObtained), string(PruneThresholdObtained), string(PotentialRolesProcessing)}
}

// unfinishedStates are those that background work leaves again.
func unfinishedStates() []string {
	return append(unfinishedSessionStates(), string(ExportQueued), string(ExportInProgress), string(ProvisionPending))
}

// parked is the moment at which work is due that time does not move.
func parked() time.Time { return time.Unix(0, math.MaxInt64).UTC() }

// rescue is when the loop takes over work that a request should have finished:
// only if that request failed.
const rescue = time.Second

// next is when work that has just entered a state is due. Each of several
// shares of a state rests for its part of the delay, rounded up.
func (p Pace) next(now time.Time, state string, shares int) time.Time {
	switch {
	case p.Mode == Polls, p.Mode == Stepwise, p.StuckIn(state):
		return parked()
	case p.Mode == Immediate:
		return now.Add(rescue)
	}
	n := time.Duration(shares)
	return now.Add((p.Delay + n - 1) / n)
}

// StuckIn says whether Hold or Fail keeps work in a state.
func (p Pace) StuckIn(state string) bool {
	return (p.Mode == Hold || p.Mode == Fail) && p.State != "" && p.State == state
}

// dueAt is when something of a session that has entered a state is due next. It
// is not cut to the resolution of the API: no rest is shorter than asked.
func (s *Service) dueAt(sessionID, state string, shares int) *time.Time {
	t := s.SessionPace(sessionID).next(s.clock.Now().UTC(), state, shares)
	return &t
}

// HasSession is ErrNotFound where there is no such session. It is no read that
// mode polls counts.
func (s *Service) HasSession(ctx context.Context, id string) error {
	_, err := s.store.Session(ctx, id)
	return err
}

// Pace is the organisation's.
func (s *Service) Pace() Pace {
	s.paceMu.Lock()
	defer s.paceMu.Unlock()
	return s.pace
}

// SessionPace is the pace of a session: its own or the organisation's.
func (s *Service) SessionPace(sessionID string) Pace {
	s.paceMu.Lock()
	defer s.paceMu.Unlock()
	if own, ok := s.ownPaces[sessionID]; ok {
		return own
	}
	return s.pace
}

// OwnPaces are the sessions that have a pace of their own.
func (s *Service) OwnPaces() map[string]Pace {
	s.paceMu.Lock()
	defer s.paceMu.Unlock()
	own := make(map[string]Pace, len(s.ownPaces))
	for id, p := range s.ownPaces {
		own[id] = p
	}
	return own
}

// SetPace changes the organisation's pace. What is under way follows it from
// its present state on.
func (s *Service) SetPace(ctx context.Context, p Pace) error {
	ctx = s.store.Begin(ctx)
	s.paceMu.Lock()
	s.pace = p
	s.paceMu.Unlock()
	return s.reschedule(ctx, func(sessionID string) bool { _, own := s.OwnPaces()[sessionID]; return !own })
}

// SetSessionPace gives a session a pace of its own, or with nil takes it away.
// A session that does not exist is ErrNotFound.
func (s *Service) SetSessionPace(ctx context.Context, sessionID string, p *Pace) error {
	ctx = s.store.Begin(ctx)
	if err := s.HasSession(ctx, sessionID); err != nil {
		return err
	}
	s.paceMu.Lock()
	if p == nil {
		delete(s.ownPaces, sessionID)
	} else {
		s.ownPaces[sessionID] = *p
	}
	s.paceMu.Unlock()
	return s.reschedule(ctx, func(id string) bool { return id == sessionID })
}

// Pacing is all that decides when unfinished work goes on, beside what is stored.
type Pacing struct {
	Pace  Pace            // the organisation's
	Own   map[string]Pace // of sessions that have one of their own, by id
	Reads []ReadCount     // of mode polls, by kind and id
}

// ReadCount is how often work that waits for reads was read in its state.
type ReadCount struct {
	Task             Task
	SessionID, State string
	Epoch            int // of a session
	Times            int
}

// Pacing is the present one.
func (s *Service) Pacing() Pacing {
	p := Pacing{Pace: s.Pace(), Own: s.OwnPaces()}
	s.paceMu.Lock()
	defer s.paceMu.Unlock()
	for t, count := range s.reads {
		p.Reads = append(p.Reads, ReadCount{t, count.at.sessionID, count.at.state, count.at.epoch, count.times})
	}
	slices.SortFunc(p.Reads, func(a, b ReadCount) int {
		return cmp.Or(cmp.Compare(a.Task.Kind, b.Task.Kind), cmp.Compare(a.Task.ID, b.Task.ID))
	})
	return p
}

// Replaced gives the service a pacing. It forgets what else it knows of sessions:
// what was found out for them and the feed of changes. It is called whenever
// everything that is stored is replaced, at that moment: nothing of what was under
// way is taken in later.
func (s *Service) Replaced(p Pacing) {
	era := s.store.Era(context.Background())
	s.paceMu.Lock()
	s.pace, s.ownPaces = p.Pace, map[string]Pace{}
	maps.Copy(s.ownPaces, p.Own)
	clear(s.reads)
	for _, r := range p.Reads {
		s.reads[r.Task] = readCount{standing{r.SessionID, r.State, r.Epoch, true, era}, r.Times}
	}
	s.paceMu.Unlock()
	s.minedMu.Lock()
	clear(s.mined)
	s.minedMu.Unlock()
	s.changes.restart(era)
	s.nudge()
}

// Resume lets work go on that an earlier process left parked, at the pace of
// this one. It is called once, before the loop runs.
func (s *Service) Resume(ctx context.Context) error {
	tasks, err := s.store.Unfinished(ctx, true)
	if err != nil {
		return err
	}
	return s.rescheduleAll(ctx, tasks, func(string) bool { return true })
}

// reschedule sets anew when the unfinished work of the chosen sessions is due.
// In mode immediate it is finished, too.
func (s *Service) reschedule(ctx context.Context, chosen func(sessionID string) bool) error {
	tasks, err := s.store.Unfinished(ctx, false)
	if err != nil {
		return err
	}
	return s.rescheduleAll(ctx, tasks, chosen)
}

func (s *Service) rescheduleAll(ctx context.Context, tasks []Task, chosen func(sessionID string) bool) error {
	defer s.nudge()
	for _, t := range tasks {
		if err := s.paceAnew(ctx, t, chosen); err != nil {
			return err
		}
	}
	return nil
}

// paceAnew is reschedule for one piece of work. A step that was under way may move
// it on meanwhile, by the pace of before: then it is the next state that counts.
func (s *Service) paceAnew(ctx context.Context, t Task, chosen func(sessionID string) bool) error {
	for {
		at, err := s.standing(ctx, t)
		if err != nil || !at.unfinished || !chosen(at.sessionID) {
			return ignoreMissing(err)
		}
		switch err := s.setDue(ctx, t, at); {
		case errors.Is(err, ErrStale):
		case err != nil:
			return ignoreMissing(err)
		default:
			return s.finishAtOnce(ctx, t, at.sessionID)
		}
	}
}

// begun sees to work that was stored just now, due by a pace. If that has changed
// since, the change did not find the work, which follows it all the same.
func (s *Service) begun(ctx context.Context, t Task, sessionID string, by Pace) error {
	s.nudge()
	if s.SessionPace(sessionID) != by {
		return s.rescheduleAll(ctx, []Task{t}, func(string) bool { return true })
	}
	return s.finishAtOnce(ctx, t, sessionID)
}

// setDue gives work that stands at a state the due moment of its pace.
func (s *Service) setDue(ctx context.Context, t Task, at standing) error {
	due := s.dueAt(at.sessionID, at.state, 1)
	var err error
	switch t.Kind {
	case SessionTask:
		_, err = s.store.UpdateSession(ctx, t.ID, func(old Session, _ int) (SessionChange, error) {
			if string(old.State) != at.state || old.NextAt == nil {
				return SessionChange{}, ErrStale
			}
			old.NextAt = due
			return SessionChange{Session: old}, nil
		})
	case ExportTask:
		_, err = s.store.UpdateExport(ctx, t.ID, func(old Export) (Export, []byte, error) {
			if string(old.State) != at.state || old.NextAt == nil {
				return old, nil, ErrStale
			}
			old.NextAt = due
			return old, nil, nil
		})
	case ProvisionTask:
		_, _, err = s.store.UpdateRole(ctx, "", t.ID, func(old PotentialRole) (RoleChange, error) {
			if string(old.ProvisionState) != at.state || old.NextAt == nil {
				return RoleChange{}, ErrStale
			}
			old.NextAt = due
			return RoleChange{Role: old}, nil
		})
	}
	return err
}
