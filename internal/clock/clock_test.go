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
