package clock

import (
	"context"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"
)

// MaxRate is the fastest that a Controlled clock runs: nearly twelve days a
// second.
const MaxRate = 1_000_000

// Last is the latest moment that a Controlled clock shows: it stands still there.
// What is dated later could not be stored, as nanoseconds end in the year 2262, and
// what is to come has to be dated, too.
func Last() time.Time { return time.Date(2200, 12, 31, 23, 59, 59, 999_000_000, time.UTC) }

// Shows says whether a Controlled clock can show a moment: from 1970 to Last.
func Shows(t time.Time) bool { return !t.Before(time.Unix(0, 0)) && !t.After(Last()) }

// Controlled is a clock that can be held still, set, and made faster or slower, up
// to Last. It starts as the clock below it. It is safe for concurrent use.
type Controlled struct {
	base Clock

	mu      sync.Mutex // held by those who change the state
	state   atomic.Pointer[State]
	changed chan struct{} // closed by the next change
}

// State says how a Controlled clock runs: it showed At when the clock below it
// showed Since, and moves Rate times as fast. The zero State is the clock below
// itself.
type State struct {
	At, Since time.Time
	Rate      float64 // 0 is frozen, 1 is as fast as the clock below
}

// Real says that the clock is the one below it.
func (s State) Real() bool { return s == State{} }

// Frozen says that the clock stands still.
func (s State) Frozen() bool { return !s.Real() && s.Rate == 0 }

// at is what the clock shows when the one below it shows base.
func (s State) at(base time.Time) time.Time {
	if s.Real() {
		return base
	}
	return capped(s.At.Add(scaled(base.Sub(s.Since), s.Rate)))
}

func capped(t time.Time) time.Time {
	if last := Last(); t.After(last) {
		return last
	}
	return t
}

// scaled is d times rate, or as much of it as a Duration holds.
func scaled(d time.Duration, rate float64) time.Duration {
	product := float64(d) * rate
	return time.Duration(min(max(product, -math.MaxInt64/2), math.MaxInt64/2))
}

// NewControlled returns a clock that is base until it is told otherwise.
func NewControlled(base Clock) *Controlled {
	c := &Controlled{base: base, changed: make(chan struct{})}
	c.state.Store(&State{})
	return c
}

// Now implements Clock.
func (c *Controlled) Now() time.Time { return c.state.Load().at(c.base.Now()) }

// State is how the clock runs.
func (c *Controlled) State() State { return *c.state.Load() }

// Offset is how far the clock is ahead of the one below it; behind is negative.
func (c *Controlled) Offset() time.Duration { return c.Now().Sub(c.base.Now()) }

// Freeze holds the clock still where it is.
func (c *Controlled) Freeze() { c.change(func(s *State) { s.Rate = 0 }) }

// Set moves the clock to t, forward or back. It goes on as fast as before.
func (c *Controlled) Set(t time.Time) { c.change(func(s *State) { s.At = capped(t.Round(0)) }) }

// Advance moves the clock by d.
func (c *Controlled) Advance(d time.Duration) {
	c.change(func(s *State) { s.At = capped(s.At.Add(d)) })
}

// Run makes the clock move at a rate of more than 0, at most MaxRate.
func (c *Controlled) Run(rate float64) error {
	if !(rate > 0 && rate <= MaxRate) { // which refuses NaN, too
		return fmt.Errorf("must be more than 0 and at most %d, not %v", MaxRate, rate)
	}
	c.change(func(s *State) { s.Rate = rate })
	return nil
}

// Restore makes the clock the one below it again.
func (c *Controlled) Restore() { c.store(func(State, time.Time) State { return State{} }) }

// Mark is how the clock runs, with what it shows at this moment in At: what Resume
// wants.
func (c *Controlled) Mark() State {
	s, base := *c.state.Load(), c.base.Now()
	if s.Real() {
		return s
	}
	return State{At: s.at(base).Round(0), Since: base, Rate: s.Rate}
}

// Resume makes the clock run on as it did at a Mark, from what it showed then. One
// that was the clock below it is that again.
func (c *Controlled) Resume(mark State) {
	c.store(func(_ State, base time.Time) State {
		if mark.Real() {
			return State{}
		}
		return State{At: mark.At, Since: base, Rate: mark.Rate}
	})
}

// change edits the state as it is at this moment.
func (c *Controlled) change(edit func(*State)) {
	c.store(func(old State, base time.Time) State {
		s := State{At: old.at(base).Round(0), Since: base, Rate: old.Rate}
		if old.Real() {
			s.Rate = 1
		}
		edit(&s)
		return s
	})
}

func (c *Controlled) store(next func(old State, base time.Time) State) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := next(*c.state.Load(), c.base.Now())
	c.state.Store(&s)
	close(c.changed)
	c.changed = make(chan struct{})
}

// Wait implements Clock. It looks again whenever the clock is changed.
func (c *Controlled) Wait(ctx context.Context, t time.Time) error {
	for {
		c.mu.Lock()
		s, changed := *c.state.Load(), c.changed
		c.mu.Unlock()
		base := c.base.Now()
		left := t.Sub(s.at(base))
		if left <= 0 {
			return nil
		}
		if err := c.pause(ctx, s, base, left, changed); err != nil {
			return err
		}
	}
}

// pause waits until the clock, running as it does, has moved by left, or until
// it is changed.
func (c *Controlled) pause(ctx context.Context, s State, base time.Time, left time.Duration, changed <-chan struct{}) error {
	if s.Frozen() {
		select {
		case <-changed:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	rate := s.Rate
	if s.Real() {
		rate = 1
	}
	within, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-changed:
			cancel()
		case <-within.Done():
		}
	}()
	err := c.base.Wait(within, base.Add(time.Duration(min(math.Ceil(float64(left)/rate), math.MaxInt64/2))))
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil && within.Err() == nil {
		return err
	}
	return nil
}
