package tenant

import (
	"context"
	"sync"
	"time"

	"mockserver/internal/auth"
	"mockserver/internal/config"
	"mockserver/internal/ratelimit"
	"mockserver/internal/rolemining"
)

// Tuning is the settings that can be changed while a tenant serves, each with
// where it is from.
type Tuning struct {
	Auth      Tuned[auth.Mode]
	RateLimit Tuned[ratelimit.Limit]
	// Jobs is what moves background work on. Its delay is StageDelay.
	Jobs           Tuned[rolemining.Pace]
	StageDelay     Tuned[time.Duration]
	StrictRequests Tuned[bool]
	Prefer         Tuned[bool]
}

// Tuned is one of the settings.
type Tuned[T any] struct {
	Value  T
	Source config.Source
}

// Change is what is to become of a Tuning. What is nil stays. All values are
// ones that their parsers return.
type Change struct {
	Auth           *auth.Mode
	RateLimit      *ratelimit.Limit
	Jobs           *rolemining.Pace // but for its delay
	StageDelay     *time.Duration
	StrictRequests *bool
	Prefer         *bool
}

// tuning keeps the settings of a tenant.
type tuning struct {
	mu    sync.Mutex
	start Tuning
	now   Tuning
}

// tuningOf is the tuning that a configuration begins with.
func tuningOf(c config.Config) Tuning {
	return Tuning{
		Auth:           Tuned[auth.Mode]{c.Auth, c.SourceOf("auth")},
		RateLimit:      Tuned[ratelimit.Limit]{c.RateLimit, c.SourceOf("rate-limit")},
		Jobs:           Tuned[rolemining.Pace]{c.Jobs, c.SourceOf("jobs")},
		StageDelay:     Tuned[time.Duration]{c.StageDelay, c.SourceOf("stage-delay")},
		StrictRequests: Tuned[bool]{c.StrictRequests, c.SourceOf("strict-requests")},
		Prefer:         Tuned[bool]{c.Prefer, c.SourceOf("prefer")},
	}
}

// begin takes the settings that a tenant starts with. Authority and use cases are
// made with them.
func (t *Tenant) begin(c config.Config) {
	t.tuning.start = tuningOf(c)
	t.tuning.now = t.tuning.start
	t.limiter = ratelimit.New(c.RateLimit)
	t.switches.StrictRequests.Store(c.StrictRequests)
	t.switches.Prefer.Store(c.Prefer)
}

// pace is the pace of background work in a tuning.
func (t Tuning) pace() rolemining.Pace {
	p := t.Jobs.Value
	p.Delay = t.StageDelay.Value
	return p
}

// Tuning is the settings in force.
func (t *Tenant) Tuning() Tuning {
	t.tuning.mu.Lock()
	defer t.tuning.mu.Unlock()
	return t.tuning.now
}

// Tune changes settings for the next request on; work under way follows a new
// pace from its present state on. The error is one of the database.
func (t *Tenant) Tune(ctx context.Context, c Change) error {
	t.tuning.mu.Lock()
	defer t.tuning.mu.Unlock()
	next := t.tuning.now
	tune(&next.Auth, c.Auth)
	tune(&next.RateLimit, c.RateLimit)
	tune(&next.Jobs, c.Jobs)
	tune(&next.StageDelay, c.StageDelay)
	tune(&next.StrictRequests, c.StrictRequests)
	tune(&next.Prefer, c.Prefer)
	return t.putTuning(ctx, next, c.Jobs != nil || c.StageDelay != nil)
}

func tune[T any](setting *Tuned[T], to *T) {
	if to != nil {
		*setting = Tuned[T]{*to, config.Control}
	}
}

// Untune puts the settings back to what the tenant started with.
func (t *Tenant) Untune(ctx context.Context) error {
	t.tuning.mu.Lock()
	defer t.tuning.mu.Unlock()
	return t.putTuning(ctx, t.tuning.start, true)
}

// putTuning puts settings in force; paced says whether the pace is to be set,
// too. t.tuning.mu is held.
func (t *Tenant) putTuning(ctx context.Context, next Tuning, paced bool) error {
	t.tuning.now = next
	t.auth.SetMode(next.Auth.Value)
	t.limiter.SetLimit(next.RateLimit.Value)
	t.switches.StrictRequests.Store(next.StrictRequests.Value)
	t.switches.Prefer.Store(next.Prefer.Value)
	if !paced {
		return nil
	}
	return t.service.SetPace(ctx, next.pace())
}
