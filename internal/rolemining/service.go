package rolemining

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"mockserver/internal/clock"
	"mockserver/internal/idgen"
)

// Config is what a Service is made of.
type Config struct {
	Store Store
	Clock clock.Clock
	IDs   *idgen.Source
	Log   *slog.Logger
	// StageDelay is how long each state of a session, an export and a
	// provisioning stays visible; 0 is as fast as the work can be done.
	StageDelay time.Duration
}

// Service is the use cases of role mining. It is safe for concurrent use.
type Service struct {
	store Store
	clock clock.Clock
	ids   *idgen.Source
	log   *slog.Logger
	delay time.Duration
	wake  chan struct{}

	worldMu sync.Mutex
	world   *world

	// preparing holds an element while somebody looks at prepared or replaces
	// it: a lock for which one can stop waiting.
	preparing chan struct{}
	prepared  *prepared

	minedMu sync.Mutex
	mined   map[string]minedSession
}

// New returns the use cases over a store.
func New(c Config) *Service {
	return &Service{
		store: c.Store,
		clock: c.Clock,
		ids:   c.IDs,
		log:   c.Log,
		delay: c.StageDelay,
		wake:  make(chan struct{}, 1),
		mined: map[string]minedSession{},

		preparing: make(chan struct{}, 1),
	}
}

// Wake delivers a token whenever new background work was stored.
func (s *Service) Wake() <-chan struct{} { return s.wake }

func (s *Service) nudge() {
	select {
	case s.wake <- struct{}{}:
	default: // a token is waiting already
	}
}

// now is the present moment in the resolution of the API.
func (s *Service) now() time.Time { return s.clock.Now().UTC().Truncate(time.Millisecond) }

// after is the moment at which something that rests for d from now on is due.
// It is not cut to the resolution of the API: no rest is shorter than asked.
func (s *Service) after(d time.Duration) *time.Time {
	t := s.clock.Now().UTC().Add(d)
	return &t
}

// SessionJSON is the encoded answer for one session.
func (s *Service) SessionJSON(ctx context.Context, id string) ([]byte, error) {
	return s.store.SessionJSON(ctx, id)
}

// Session reads a session.
func (s *Service) Session(ctx context.Context, id string) (Session, error) {
	return s.store.Session(ctx, id)
}

// Role reads a potential role and its session. sessionID "" accepts the role of
// any session.
func (s *Service) Role(ctx context.Context, sessionID, id string) (PotentialRole, Session, error) {
	role, err := s.store.Role(ctx, sessionID, id)
	if err != nil {
		return PotentialRole{}, Session{}, err
	}
	session, err := s.store.Session(ctx, role.SessionID)
	return role, session, err
}

// List answers a page of a collection. The session, potential role or source
// that the collection belongs to must exist. For a session that is looked at
// last: what is still there after the page was read was there when it was read.
func (s *Service) List(ctx context.Context, l List) (Page, error) {
	page, err := s.store.List(ctx, l)
	if err == nil && l.SessionID != "" && l.RoleID == "" {
		_, err = s.store.SessionJSON(ctx, l.SessionID)
	}
	if err != nil {
		return Page{}, err
	}
	return page, nil
}
