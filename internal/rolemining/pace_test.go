package rolemining_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"mockserver/internal/idgen"
	"mockserver/internal/rolemining"
)

// created is a store in which something else happens right before a session or an
// export is stored, or a session changed.
type created struct {
	rolemining.Store
	meanwhile func()
}

func (c *created) happen() {
	if f := c.meanwhile; f != nil {
		c.meanwhile = nil
		f()
	}
}

func (c *created) CreateSession(ctx context.Context, s rolemining.Session) (rolemining.Session, error) {
	c.happen()
	return c.Store.CreateSession(ctx, s)
}

func (c *created) CreateExport(ctx context.Context, e rolemining.Export) (rolemining.Export, error) {
	c.happen()
	return c.Store.CreateExport(ctx, e)
}

func (c *created) UpdateSession(ctx context.Context, id string,
	f func(old rolemining.Session, surviving int) (rolemining.SessionChange, error),
) (rolemining.Session, error) {
	c.happen()
	return c.Store.UpdateSession(ctx, id, f)
}

// paced is a service with a pace over a store of that kind.
func paced(l *lab, p rolemining.Pace) (*rolemining.Service, *created) {
	db := &created{Store: l.store}
	return rolemining.New(rolemining.Config{Store: db, Clock: l.clock, IDs: idgen.New("test"), Log: slog.New(slog.DiscardHandler), Pace: p}), db
}

// dueIn is when the only work there is will be due, from now.
func dueIn(t *testing.T, s *rolemining.Service) time.Duration {
	t.Helper()
	_, next, err := s.Due(t.Context())
	if err != nil || next == nil {
		t.Fatal(next, err)
	}
	return next.Sub(start())
}

func auto() rolemining.Pace  { return rolemining.Pace{Mode: rolemining.Auto, Delay: stageDelay} }
func steps() rolemining.Pace { return rolemining.Pace{Mode: rolemining.Stepwise} }

// Work that begins while the pace is changed follows the new one: it is not parked
// for good.
func TestPaceChangesWhileWorkBegins(t *testing.T) {
	t.Parallel()
	t.Run("session", func(t *testing.T) {
		t.Parallel()
		l := newLab(t)
		s, db := paced(l, steps())
		db.meanwhile = func() { l.must(s.SetPace(t.Context(), auto())) }
		_, err := s.CreateSession(t.Context(), specialized(), nil)
		l.must(err)
		if got := dueIn(t, s); got != stageDelay {
			t.Errorf("due in %v", got)
		}
	})
	t.Run("export", func(t *testing.T) {
		t.Parallel()
		l := newLab(t)
		session := l.mined(specialized())
		s, db := paced(l, steps())
		db.meanwhile = func() { l.must(s.SetPace(t.Context(), auto())) }
		now := l.clock.Now()
		_, err := s.StartExport(t.Context(), session.ID, l.roles(session.ID)[0].ID, rolemining.ExportRequest{})
		l.must(err)
		if got := dueIn(t, s) - now.Sub(start()); got != stageDelay {
			t.Errorf("due in %v", got)
		}
	})
}

// A step that was under way when the pace was changed has moved the work on by the
// old one: the new one counts from there.
func TestPaceChangesDuringAStep(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	s, db := paced(l, auto())
	session, err := s.CreateSession(t.Context(), specialized(), nil)
	l.must(err)
	db.meanwhile = func() {
		_, err := l.store.UpdateSession(t.Context(), session.ID, func(old rolemining.Session, _ int) (rolemining.SessionChange, error) {
			due := l.clock.Now().Add(stageDelay)
			old.State, old.NextAt = rolemining.IdentitiesObtained, &due
			return rolemining.SessionChange{Session: old}, nil
		})
		l.must(err)
	}
	l.must(s.SetPace(t.Context(), steps()))
	if got := dueIn(t, s); got < 100*365*24*time.Hour {
		t.Errorf("due in %v by a pace that only steps", got)
	}
}
