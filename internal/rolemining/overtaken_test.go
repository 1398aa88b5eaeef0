package rolemining_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"

	"mockserver/internal/idgen"
	"mockserver/internal/rolemining"
)

// over is a second service over another view of the store, without a delay.
func (l *lab) over(store rolemining.Store) *rolemining.Service {
	return rolemining.New(rolemining.Config{Store: store, Clock: l.clock, IDs: idgen.New("test"), Log: slog.New(slog.DiscardHandler)})
}

// A step that is overtaken while it mines keeps nothing behind the back of the
// session, whose later steps are through.
func TestAnOvertakenMiningIsForgotten(t *testing.T) {
	t.Parallel()
	for name, patch := range map[string]string{
		"by a patch and the mining after it": `[{"op":"replace","path":"/pruneThreshold","value":60}]`,
		"by the same step taken twice":       `[{"op":"replace","path":"/name","value":"Another name"}]`,
	} {
		for _, from := range []rolemining.SessionState{rolemining.SessionCreated, rolemining.IdentitiesObtained, rolemining.PruneThresholdObtained} {
			t.Run(name+" in "+string(from), func(t *testing.T) {
				t.Parallel()
				l := newLab(t)
				meanwhile := func() {}
				s := l.over(watched{l.store, func() { meanwhile() }, func() {}})
				session, err := s.CreateSession(t.Context(), specialized(), nil)
				l.must(err)
				task := rolemining.Task{Kind: rolemining.SessionTask, ID: session.ID}
				for l.session(session.ID).State != from {
					l.must(s.Advance(t.Context(), task))
				}
				meanwhile = func() {
					meanwhile = func() {}
					_, err := s.PatchSession(t.Context(), session.ID, []byte(patch))
					l.must(err)
					for l.session(session.ID).State != rolemining.PotentialRolesCreated {
						l.must(s.Advance(t.Context(), task))
					}
				}
				if err := s.Advance(t.Context(), task); !errors.Is(err, rolemining.ErrStale) {
					t.Fatalf("error %v of the overtaken step, want ErrStale", err)
				}
				if n := s.Remembered(); n != 0 {
					t.Errorf("%d minings are remembered of a session that is through", n)
				}
			})
		}
	}
}

// What a mining found is remembered until its roles are stored or a threshold is
// changed, whichever comes first.
func TestAChangedThresholdForgetsTheMining(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	s := l.atOnce()
	session, err := s.CreateSession(t.Context(), specialized(), nil)
	l.must(err)
	for range 2 {
		l.must(s.Advance(t.Context(), rolemining.Task{Kind: rolemining.SessionTask, ID: session.ID}))
	}
	for _, tt := range []struct {
		patch string
		want  int
	}{
		{`[{"op":"replace","path":"/name","value":"Another name"}]`, 1},
		{`[{"op":"replace","path":"/pruneThreshold","value":60}]`, 0},
	} {
		_, err := s.PatchSession(t.Context(), session.ID, []byte(tt.patch))
		l.must(err)
		if got := s.Remembered(); got != tt.want {
			t.Errorf("%d minings are remembered after %s, want %d", got, tt.patch, tt.want)
		}
	}
}

// rolesWait is a store whose first reading of the roles waits.
type rolesWait struct {
	rolemining.Store
	started, goOn chan struct{}
}

func (r *rolesWait) Roles(ctx context.Context) ([]rolemining.Role, error) {
	if r.started != nil {
		close(r.started)
		r.started = nil
		<-r.goOn
	}
	return r.Store.Roles(ctx)
}

// Who waits for the engine that somebody else prepares can give up, and if the
// one who prepares it gives up, the next one does it.
func TestWaitingForTheEngineCanBeGivenUp(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	role := l.roles(l.mined(specialized()).ID)[0]
	started, goOn := make(chan struct{}), make(chan struct{})
	s := l.over(&rolesWait{l.store, started, goOn})
	edit := func(ctx context.Context) chan error {
		done := make(chan error, 1)
		go func() {
			_, _, err := s.EditEntitlements(ctx, role.SessionID, role.ID, []string{}, true)
			done <- err
		}()
		return done
	}
	firstCtx, giveUpFirst := context.WithCancel(t.Context())
	first := edit(firstCtx)
	<-started
	secondCtx, giveUpSecond := context.WithCancel(t.Context())
	second, third := edit(secondCtx), edit(t.Context())
	giveUpSecond()
	if err := <-second; !errors.Is(err, context.Canceled) {
		t.Errorf("error %v of an edit that was given up while another one prepares, want context.Canceled", err)
	}
	giveUpFirst()
	close(goOn)
	if err := <-first; !errors.Is(err, context.Canceled) {
		t.Errorf("error %v of the edit that prepared and was given up, want context.Canceled", err)
	}
	l.must(<-third)
}
