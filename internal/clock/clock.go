// Package clock tells the time. Everything that dates, expires or waits asks a
// Clock, so that a test or a demo can hold time still or move it on.
package clock

import (
	"context"
	"sync"
	"time"
)

// Clock is a source of time.
type Clock interface {
	// Now is the present moment.
	Now() time.Time
	// Wait returns nil once Now is at or after t, or the context's error.
	Wait(ctx context.Context, t time.Time) error
}

// Real is the machine's own clock.
type Real struct{}

// Now implements Clock.
func (Real) Now() time.Time { return time.Now() }

// Wait implements Clock.
func (Real) Wait(ctx context.Context, t time.Time) error {
	timer := time.NewTimer(time.Until(t))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Manual is a clock that moves only when told to. The zero value is not usable;
// call NewManual.
type Manual struct {
	mu      sync.Mutex
	now     time.Time
	changed chan struct{}
}

// NewManual returns a clock that stands at t.
func NewManual(t time.Time) *Manual {
	return &Manual{now: t, changed: make(chan struct{})}
}

// Now implements Clock.
func (m *Manual) Now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now
}

// Advance moves the clock by d and wakes those whose time has come.
func (m *Manual) Advance(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = m.now.Add(d)
	close(m.changed)
	m.changed = make(chan struct{})
}

// Wait implements Clock.
func (m *Manual) Wait(ctx context.Context, t time.Time) error {
	for {
		m.mu.Lock()
		due, changed := !m.now.Before(t), m.changed
		m.mu.Unlock()
		if due {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
