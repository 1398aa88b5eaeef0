package control

import (
	"time"

	"mockserver/internal/api"
	"mockserver/internal/clock"
)

// maxAdvance bounds how far a clock is moved at once.
const maxAdvance = 100 * 365 * 24 * time.Hour

// clockState is what the clock of a tenant shows and how it runs.
type clockState struct {
	Now    api.Time `json:"now"`
	Offset duration `json:"offset"` // ahead of the machine's clock
	Rate   float64  `json:"rate"`   // 1 is as fast as the machine's, 0 frozen
	Frozen bool     `json:"frozen"`
	Real   bool     `json:"real"`  // it is the machine's clock
	Steps  int      `json:"steps"` // pieces of work done by this request
}

// clockOrder is what to do with the clock. The parts are carried out in the
// order of the fields.
type clockOrder struct {
	Real    *bool      `json:"real"`
	Freeze  *bool      `json:"freeze"`
	Scale   *float64   `json:"scale"`
	Set     *time.Time `json:"set"`
	Advance *duration  `json:"advance"`
}

func (p *Plane) clockState(c *call, steps int) clockState {
	own := c.tenant.Clock
	s := own.State()
	state := clockState{
		Now: api.Time(own.Now()), Offset: duration(own.Offset().Round(time.Millisecond)),
		Rate: s.Rate, Frozen: s.Frozen(), Real: s.Real(), Steps: steps,
	}
	if state.Real {
		state.Rate = 1
	}
	return state
}

func (p *Plane) getClock(c *call) (any, error) { return p.clockState(c, 0), nil }

func (p *Plane) setClock(c *call) (any, error) {
	var order clockOrder
	problems, err := decodeOrder(c, &order)
	if err == nil && len(problems) > 0 {
		err = together(problems)
	}
	if err != nil {
		return nil, err
	}
	if err := order.check(c.tenant.Clock.Now()); err != nil {
		return nil, err
	}
	own := c.tenant.Clock
	if order.Real != nil && *order.Real {
		own.Restore()
	}
	switch {
	case order.Freeze == nil:
	case *order.Freeze:
		own.Freeze()
	case own.State().Frozen():
		_ = own.Run(1) // a rate it takes
	}
	if order.Scale != nil {
		_ = own.Run(*order.Scale) // checked before
	}
	steps := 0
	if order.Set != nil {
		n, err := c.tenant.SetClock(c.Context(), *order.Set)
		if err != nil {
			return nil, err
		}
		steps += n
	}
	if order.Advance != nil {
		n, err := c.tenant.Advance(c.Context(), time.Duration(*order.Advance))
		if err != nil {
			return nil, err
		}
		steps += n
	}
	c.tenant.Service().Nudge()
	return p.clockState(c, steps), nil
}

// check refuses an order to a clock that shows now, as a whole, before anything of
// it is done.
func (o clockOrder) check(now time.Time) error {
	if o.Real != nil && !*o.Real {
		return invalid("/real", "must be true; to leave the machine's clock use one of the others")
	}
	if o.Real != nil && (o.Freeze != nil || o.Scale != nil || o.Set != nil || o.Advance != nil) {
		return invalid("/real", "must stand alone: it undoes the others")
	}
	if o.Freeze != nil && *o.Freeze && o.Scale != nil {
		return invalid("/scale", "a clock that is frozen has no speed; leave out freeze or scale")
	}
	if o.Scale != nil && !(*o.Scale > 0 && *o.Scale <= clock.MaxRate) {
		return invalid("/scale", "must be more than 0 and at most %d, not %v; freeze holds the clock still", clock.MaxRate, *o.Scale)
	}
	if o.Advance != nil && (*o.Advance < 0 || time.Duration(*o.Advance) > maxAdvance) {
		return invalid("/advance", "must be from 0s to %v, not %v; set moves the clock back", maxAdvance, time.Duration(*o.Advance))
	}
	if o.Set != nil {
		if !clock.Shows(*o.Set) {
			return invalid("/set", "must be in the years 1970 to %d, not %v", clock.Last().Year(), o.Set.Format(time.RFC3339))
		}
		now = *o.Set
	}
	if o.Advance != nil && now.Add(time.Duration(*o.Advance)).After(clock.Last()) {
		return invalid("/advance", "must not lead beyond the year %d: from %v it does", clock.Last().Year(), now.UTC().Format(time.RFC3339))
	}
	return nil
}

func (p *Plane) resetClock(c *call) (any, error) {
	c.tenant.Clock.Restore()
	c.tenant.Service().Nudge()
	return p.clockState(c, 0), nil
}
