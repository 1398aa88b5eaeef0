package control

import (
	"fmt"
	"strings"
	"time"

	"mockserver/internal/config"
	"mockserver/internal/rolemining"
	"mockserver/internal/tenant"
)

// pace is how background work moves on.
type pace struct {
	Mode       string   `json:"mode"`
	StageDelay duration `json:"stageDelay"`
}

// jobs is the pace of a tenant, and those of sessions that have their own.
type jobs struct {
	pace
	Sessions map[string]pace `json:"sessions"`
}

// paceOrder changes a pace; what is left out stays.
type paceOrder struct {
	Mode       *string   `json:"mode" example:"immediate"`
	StageDelay *duration `json:"stageDelay"`
}

func paceOf(p rolemining.Pace) pace { return pace{p.String(), duration(p.Delay)} }

// apply is the pace that an order makes of another one, and what is wrong with it.
func (o paceOrder) apply(old rolemining.Pace) (next rolemining.Pace, problems []*problem) {
	next = old
	if o.Mode != nil {
		parsed, err := rolemining.ParsePace(*o.Mode)
		if err != nil {
			problems = append(problems, invalid("/mode", "%v", err))
		}
		next, next.Delay = parsed, old.Delay
	}
	if o.StageDelay != nil {
		next.Delay = time.Duration(*o.StageDelay)
		if next.Delay < 0 || next.Delay > config.LongestTime {
			problems = append(problems, invalid("/stageDelay", "must be from 0s to %v, not %v", config.LongestTime, next.Delay))
		}
	}
	return next, problems
}

// readPace reads the order of a new pace in the place of an old one, which is asked for
// once there is an order.
func readPace(c *call, old func() rolemining.Pace) (order paceOrder, next rolemining.Pace, err error) {
	problems, err := decodeOrder(c, &order)
	if err != nil {
		return order, next, err
	}
	next, wrong := order.apply(old())
	if problems = append(problems, wrong...); len(problems) > 0 {
		return order, next, together(problems)
	}
	return order, next, nil
}

func (p *Plane) getJobs(c *call) (any, error) {
	service := c.tenant.Service()
	got := jobs{pace: paceOf(service.Pace()), Sessions: map[string]pace{}}
	for id, own := range service.OwnPaces() {
		got.Sessions[id] = paceOf(own)
	}
	return got, nil
}

func (p *Plane) putJobs(c *call) (any, error) {
	order, next, err := readPace(c, c.tenant.Service().Pace)
	if err != nil {
		return nil, err
	}
	var change tenant.Change
	if order.Mode != nil {
		change.Jobs = &next
	}
	if order.StageDelay != nil {
		change.StageDelay = &next.Delay
	}
	if err := c.tenant.Tune(c.Context(), change); err != nil {
		return nil, err
	}
	return p.getJobs(c)
}

func (p *Plane) getSessionJobs(c *call) (any, error) {
	id := c.param("sessionId")
	// Not SessionJSON: to ask for the pace is no read of the state.
	if err := c.tenant.Service().HasSession(c.Context(), id); err != nil {
		return nil, noSession(err, id)
	}
	return paceOf(c.tenant.Service().SessionPace(id)), nil
}

func (p *Plane) putSessionJobs(c *call) (any, error) {
	id, service := c.param("sessionId"), c.tenant.Service()
	_, next, err := readPace(c, func() rolemining.Pace { return service.SessionPace(id) })
	if err != nil {
		return nil, err
	}
	if err := service.SetSessionPace(c.Context(), id, &next); err != nil {
		return nil, noSession(err, id)
	}
	return paceOf(next), nil
}

func (p *Plane) deleteSessionJobs(c *call) (any, error) {
	id := c.param("sessionId")
	return nil, noSession(c.tenant.Service().SetSessionPace(c.Context(), id, nil), id)
}

// movement is a piece of work that was moved.
type movement struct {
	Kind      string `json:"kind"` // "session", "export" or "provision"
	ID        string `json:"id"`
	SessionID string `json:"sessionId"`
	From      string `json:"from"`
	To        string `json:"to"`
}

// stepResult is what a step moved.
type stepResult struct {
	Moved []movement `json:"moved"`
	Hint  string     `json:"hint,omitempty"` // why nothing moved
}

// stepOrder chooses what a step moves.
type stepOrder struct {
	SessionID string `json:"sessionId"` // "" is everything
}

func (p *Plane) stepJobs(c *call) (any, error) {
	var order stepOrder
	if err := decodeOptional(c, &order); err != nil {
		return nil, err
	}
	done, err := c.tenant.Service().StepOn(c.Context(), order.SessionID)
	if err != nil {
		return nil, noSession(err, order.SessionID)
	}
	result := stepResult{Moved: []movement{}}
	for _, m := range done.Moved {
		result.Moved = append(result.Moved, movement{m.Kind.String(), m.ID, m.SessionID, m.From, m.To})
	}
	if len(done.Moved) == 0 && len(done.Stuck) > 0 {
		result.Hint = stuckHint(c, done.Stuck)
	}
	return result, nil
}

// stuckHint says why a step moved nothing although sessions are unfinished: a step
// does not undo what mode fail was asked for.
func stuckHint(c *call, stuck []rolemining.Task) string {
	const shown = 3
	var which []string
	for _, t := range stuck[:min(len(stuck), shown)] {
		which = append(which, t.ID+" by "+c.tenant.Service().SessionPace(t.ID).String())
	}
	if more := len(stuck) - len(which); more > 0 {
		which = append(which, fmt.Sprintf("and %d more", more))
	}
	return "all that is unfinished are sessions that are stuck: " + strings.Join(which, ", ") +
		"; a step does not move them, another mode does: PUT /_mock/jobs, or /_mock/sessions/ID/jobs for one of them"
}
