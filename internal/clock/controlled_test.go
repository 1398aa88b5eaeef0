package clock_test

import (
	"context"
	"errors"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"mockserver/internal/clock"
)

func start() time.Time { return time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC) }

func TestControlledFollowsItsOrders(t *testing.T) {
	t.Parallel()
	base := clock.NewManual(start())
	c := clock.NewControlled(base)
	shows := func(what string, want time.Time) {
		t.Helper()
		if got := c.Now(); !got.Equal(want) {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	base.Advance(time.Second)
	shows("real", start().Add(time.Second))
	c.Advance(time.Hour)
	base.Advance(time.Second)
	shows("ahead", start().Add(time.Hour+2*time.Second))
	c.Freeze()
	base.Advance(time.Minute)
	shows("frozen", start().Add(time.Hour+2*time.Second))
	c.Advance(time.Second)
	shows("frozen and advanced", start().Add(time.Hour+3*time.Second))
	if err := c.Run(60); err != nil {
		t.Fatal(err)
	}
	base.Advance(time.Second)
	shows("fast", start().Add(time.Hour+63*time.Second))
	c.Set(start())
	base.Advance(time.Second)
	shows("set back, still fast", start().Add(time.Minute))
	if !c.State().At.Equal(start()) || c.State().Frozen() || c.State().Real() {
		t.Errorf("state %+v", c.State())
	}
	if err := c.Run(clock.MaxRate); err != nil {
		t.Fatal(err)
	}
	base.Advance(1000 * time.Hour)
	if got := c.Now(); got.Before(start().AddDate(100, 0, 0)) {
		t.Errorf("as fast as it can for long: %v", got)
	}
	c.Restore()
	shows("real again", base.Now())
	if !c.State().Real() || c.Offset() != 0 {
		t.Errorf("state %+v, offset %v", c.State(), c.Offset())
	}
}

// Later moments have no place in a database.
func TestControlledEnds(t *testing.T) {
	t.Parallel()
	base := clock.NewManual(start())
	c := clock.NewControlled(base)
	ended := func(what string) {
		t.Helper()
		if got := c.Now(); !got.Equal(clock.Last()) {
			t.Errorf("%s: %v, want %v", what, got, clock.Last())
		}
	}
	c.Set(clock.Last().Add(time.Hour))
	ended("set")
	c.Advance(200 * 365 * 24 * time.Hour)
	ended("advanced")
	base.Advance(time.Hour)
	ended("moved on")
	c.Set(clock.Last().AddDate(-50, 0, 0))
	if err := c.Run(clock.MaxRate); err != nil {
		t.Fatal(err)
	}
	base.Advance(24 * time.Hour)
	ended("fast")
	c.Advance(-time.Hour)
	if got, want := c.Now(), clock.Last().Add(-time.Hour); !got.Equal(want) {
		t.Errorf("back from the end: %v, want %v", got, want)
	}
}

func TestControlledRefusesRates(t *testing.T) {
	t.Parallel()
	c := clock.NewControlled(clock.NewManual(start()))
	for _, rate := range []float64{0, -1, clock.MaxRate + 1, math.NaN(), math.Inf(1)} {
		if c.Run(rate) == nil {
			t.Errorf("rate %v is taken", rate)
		}
	}
	if !c.State().Real() {
		t.Error("a refused rate changed the clock")
	}
}

func TestControlledWakesWhenItsOwnTimeComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := clock.NewControlled(clock.Real{})
		began := time.Now()
		wait := func(d time.Duration) <-chan error {
			done := make(chan error, 1)
			until := c.Now().Add(d)
			go func() { done <- c.Wait(t.Context(), until) }()
			synctest.Wait()
			return done
		}
		after := func(what string, want time.Duration) {
			t.Helper()
			if got := time.Since(began).Round(time.Millisecond); got != want {
				t.Errorf("%s: after %v, want %v", what, got, want)
			}
		}
		<-wait(time.Minute)
		after("real", time.Minute)

		hour := wait(time.Hour)
		if err := c.Run(60); err != nil {
			t.Fatal(err)
		}
		<-hour
		after("made faster while waiting", 2*time.Minute)

		c.Freeze()
		day := wait(24 * time.Hour)
		<-time.After(100 * time.Hour) // of the bubble
		select {
		case <-day:
			t.Fatal("woke although frozen")
		default:
		}
		c.Advance(24 * time.Hour)
		if err := <-day; err != nil {
			t.Fatal(err)
		}
	})
}

func TestControlledWaitEndsWithItsContext(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(*clock.Controlled){"real": func(*clock.Controlled) {}, "frozen": (*clock.Controlled).Freeze} {
		c := clock.NewControlled(clock.NewManual(start()))
		prepare(c)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := c.Wait(ctx, c.Now().Add(time.Hour)); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, want context.Canceled", name, err)
		}
	}
}

// To the nanosecond: a clock below that stands still at the moment wakes it.
func TestControlledWakesAtTheVeryMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		base := clock.NewManual(start())
		c := clock.NewControlled(base)
		done := make(chan error, 1)
		go func() { done <- c.Wait(t.Context(), start().Add(time.Second)) }()
		synctest.Wait()
		base.Advance(time.Second - 1)
		synctest.Wait()
		select {
		case <-done:
			t.Fatal("woke a nanosecond early")
		default:
		}
		base.Advance(1)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	})
}

func TestMarkAndResume(t *testing.T) {
	t.Parallel()
	base := clock.NewManual(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))
	c := clock.NewControlled(base)
	real := c.Mark()
	if err := c.Run(10); err != nil {
		t.Fatal(err)
	}
	base.Advance(time.Minute)
	fast := c.Mark()
	shown := c.Now()
	c.Freeze()
	frozen := c.Mark()
	c.Set(shown.Add(time.Hour))
	base.Advance(time.Hour)
	c.Resume(fast)
	if !c.Now().Equal(shown) {
		t.Errorf("it shows %v, want %v", c.Now(), shown)
	}
	base.Advance(time.Second)
	if want := shown.Add(10 * time.Second); !c.Now().Equal(want) {
		t.Errorf("it shows %v, want %v", c.Now(), want)
	}
	c.Resume(frozen)
	base.Advance(time.Second)
	if !c.Now().Equal(shown) || !c.State().Frozen() {
		t.Errorf("it shows %v, want %v for ever", c.Now(), shown)
	}
	c.Resume(real)
	if !c.State().Real() || !c.Now().Equal(base.Now()) {
		t.Errorf("it shows %v, not the time", c.Now())
	}
}
