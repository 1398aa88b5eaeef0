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
	// Pace is how background work moves on; the zero Pace is Auto without delay.
	Pace Pace
	// Observer is told of background work; nil is nobody.
	Observer Observer
}

// Service is the use cases of role mining. It is safe for concurrent use.
type Service struct {
	store Store
	clock clock.Clock
	ids   *idgen.Source
	log   *slog.Logger
	wake  chan struct{}

	observer Observer

	changes *changes
	telling sync.Mutex // held by a change of a session, an export or a role until the feed was told, if it is told

	paceMu   sync.Mutex
	pace     Pace
	ownPaces map[string]Pace
	reads    map[Task]readCount

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
	if c.Pace.Mode == "" {
		c.Pace.Mode = Auto
	}
	if c.Observer == nil {
		c.Observer = nobody{}
	}
	return &Service{
		observer: c.Observer,
		store:    c.Store,
		clock:    c.Clock,
		ids:      c.IDs,
		log:      c.Log,
		wake:     make(chan struct{}, 1),
		changes:  newChanges(c.Store.Era(context.Background())),
		pace:     c.Pace,
		ownPaces: map[string]Pace{},
		reads:    map[Task]readCount{},
		mined:    map[string]minedSession{},

		preparing: make(chan struct{}, 1),
	}
}

// Wake delivers a token whenever new background work was stored.
func (s *Service) Wake() <-chan struct{} { return s.wake }

// Nudge makes the loop look again, as after a change of the clock.
func (s *Service) Nudge() { s.nudge() }

func (s *Service) nudge() {
	select {
	case s.wake <- struct{}{}:
	default: // a token is waiting already
	}
}

// Unfinished is how much background work there is, due or not, by kind.
func (s *Service) Unfinished(ctx context.Context) (map[TaskKind]int, error) {
	tasks, err := s.store.Unfinished(ctx, false)
	count := map[TaskKind]int{}
	for _, t := range tasks {
		count[t.Kind]++
	}
	return count, err
}

// now is the present moment in the resolution of the API.
func (s *Service) now() time.Time { return s.clock.Now().UTC().Truncate(time.Millisecond) }

// SessionJSON is the encoded answer for one session.
func (s *Service) SessionJSON(ctx context.Context, id string) ([]byte, error) {
	if err := s.reading(ctx, Task{SessionTask, id}); err != nil {
		return nil, err
	}
	return s.store.SessionJSON(ctx, id)
}

// Session reads a session.
func (s *Service) Session(ctx context.Context, id string) (Session, error) {
	if err := s.reading(ctx, Task{SessionTask, id}); err != nil {
		return Session{}, err
	}
	return s.store.Session(ctx, id)
}

// Role reads a potential role and its session. sessionID "" accepts the role of
// any session.
func (s *Service) Role(ctx context.Context, sessionID, id string) (PotentialRole, Session, error) {
	if err := s.reading(ctx, Task{ProvisionTask, id}); err != nil {
		return PotentialRole{}, Session{}, err
	}
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
