package clock_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"mockserver/internal/clock"
)

func TestRealWaitsUntilTheMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		if err := (clock.Real{}).Wait(t.Context(), start.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if got := time.Since(start); got != time.Hour {
			t.Errorf("waited %v, want 1h", got)
		}
	})
}

func TestRealWaitEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := (clock.Real{}).Wait(ctx, time.Now().Add(time.Hour)); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v, want context.Canceled", err)
	}
}

func TestManualWakesOnlyWhenDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		m := clock.NewManual(start)
		done := make(chan error, 1)
		go func() { done <- m.Wait(t.Context(), start.Add(time.Minute)) }()

		m.Advance(59 * time.Second)
		synctest.Wait()
		select {
		case <-done:
			t.Fatal("woke a second early")
		default:
		}

		m.Advance(time.Second)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if got := m.Now(); !got.Equal(start.Add(time.Minute)) {
			t.Errorf("Now = %v", got)
		}
	})
}

func TestManualWaitEndsWithItsContext(t *testing.T) {
	m := clock.NewManual(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := m.Wait(ctx, m.Now().Add(1)); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v, want context.Canceled", err)
	}
}

// Blocked tells those that wait from those that were woken and those that gave up.
func TestManualCountsWhoWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := clock.NewManual(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
		blocked := func(n int) bool {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			return m.Blocked(ctx, n) == nil
		}
		ctx, giveUp := context.WithCancel(t.Context())
		go m.Wait(ctx, m.Now().Add(time.Minute))
		go m.Wait(t.Context(), m.Now().Add(time.Hour))
		if !blocked(0) || !blocked(2) || blocked(3) {
			t.Error("two wait, and Blocked says otherwise")
		}
		m.Advance(time.Second)
		if !blocked(2) || blocked(3) {
			t.Error("two wait on, and Blocked says otherwise")
		}
		giveUp()
		synctest.Wait()
		if !blocked(1) || blocked(2) {
			t.Error("one gave up, and Blocked says otherwise")
		}
		m.Advance(time.Hour)
		synctest.Wait()
		if blocked(1) {
			t.Error("nobody waits, and Blocked says otherwise")
		}
	})
}
