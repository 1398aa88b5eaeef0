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
	changed chan struct{} // closed by the next Advance
	waiting int           // calls of Wait for that
	arrived chan struct{} // closed by the next of them
}

// NewManual returns a clock that stands at t.
func NewManual(t time.Time) *Manual {
	return &Manual{now: t, changed: make(chan struct{}), arrived: make(chan struct{})}
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
	m.changed, m.waiting = make(chan struct{}), 0
}

// Wait implements Clock.
func (m *Manual) Wait(ctx context.Context, t time.Time) error {
	for {
		changed, due := m.wait(t)
		if due {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			m.leave(changed)
			return ctx.Err()
		}
	}
}

// wait counts a caller that waits for a time, unless that has come.
func (m *Manual) wait(t time.Time) (changed chan struct{}, due bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.now.Before(t) {
		return nil, true
	}
	m.waiting++
	close(m.arrived)
	m.arrived = make(chan struct{})
	return m.changed, false
}

// leave counts a caller that does not wait any longer, unless it was woken.
func (m *Manual) leave(changed chan struct{}) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if changed == m.changed {
		m.waiting--
	}
}

// Blocked returns nil once at least n calls of Wait wait for the next Advance, or
// the context's error. So a test can tell that something waits, and not only
// that it is not done.
func (m *Manual) Blocked(ctx context.Context, n int) error {
	for {
		m.mu.Lock()
		enough, arrived := m.waiting >= n, m.arrived
		m.mu.Unlock()
		if enough {
			return nil
		}
		select {
		case <-arrived:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
