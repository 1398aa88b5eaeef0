package tenant

import (
	"context"
	"time"
)

// Advance moves the tenant's clock by d, 0 or more, and does all the work that
// falls due meanwhile, each piece at its own moment, before it returns. What is
// due at the end is done, too. steps is how many pieces there were.
func (t *Tenant) Advance(ctx context.Context, d time.Duration) (steps int, err error) {
	err = t.runner.Exclusive(false, func() error {
		was := t.Clock.State()
		t.Clock.Freeze()
		defer func() {
			if !was.Frozen() {
				rate := was.Rate
				if was.Real() {
					rate = 1
				}
				_ = t.Clock.Run(rate) // it ran at this rate before
			}
		}()
		steps, err = t.workUntil(ctx, t.Clock.Now().Add(d))
		return err
	})
	return steps, err
}

// workUntil does what is due until a moment, with the clock at the moment of
// each piece, and leaves it there.
func (t *Tenant) workUntil(ctx context.Context, until time.Time) (steps int, err error) {
	for {
		n, err := t.workNow(ctx)
		steps += n
		if err != nil {
			return steps, err
		}
		_, next, err := t.service.Due(ctx)
		if err != nil {
			return steps, err
		}
		if now := t.Clock.Now(); next == nil || next.After(until) || !next.After(now) {
			break
		}
		t.Clock.Set(*next)
	}
	t.Clock.Set(until)
	n, err := t.workNow(ctx)
	return steps + n, err
}

// workNow does everything that is due at this moment.
func (t *Tenant) workNow(ctx context.Context) (steps int, err error) {
	for {
		n, err := t.runner.RunOnce(ctx)
		steps += n
		if n == 0 || err != nil {
			return steps, err
		}
	}
}

// SetClock moves the tenant's clock to a moment. Forward is Advance; back, no
// work is done, and what waits goes on to wait for its moment.
func (t *Tenant) SetClock(ctx context.Context, to time.Time) (steps int, err error) {
	if d := to.Sub(t.Clock.Now()); d > 0 {
		return t.Advance(ctx, d)
	}
	t.Clock.Set(to)
	return 0, nil
}
