package control

import (
	"fmt"
	"time"

	"mockserver/internal/rolemining"
)

// whyWaiting says what keeps a piece of work where it is, with what would move it on,
// in parentheses; "" for work that is just being done.
func whyWaiting(c *call, t rolemining.Task) string {
	rest, err := c.tenant.Service().Rest(c.Context(), t)
	if err != nil {
		return "" // it is gone, or the server has a fault: the state is all there is to tell
	}
	if why := restReason(c, t, rest); why != "" {
		return " (" + why + ")"
	}
	return ""
}

func restReason(c *call, t rolemining.Task, rest rolemining.Rest) string {
	now := c.tenant.Clock.Now()
	switch p := rest.Pace; {
	case rest.State == string(rolemining.ProvisionPotential) && t.Kind == rolemining.ProvisionTask:
		return "nobody has asked for its provisioning"
	case rest.Due == nil:
		return ""
	case p.Mode == rolemining.Stepwise:
		return "jobs: step, so only POST /_mock/jobs/step moves it on"
	case p.Mode == rolemining.Polls:
		return fmt.Sprintf("jobs: %v, so only reads of it move it on", p)
	case p.Mode == rolemining.Hold && p.StuckIn(rest.State):
		return fmt.Sprintf("held by %v: a step moves it on, or another mode", p)
	case p.StuckIn(rest.State):
		return fmt.Sprintf("stuck by %v: only another mode moves it on", p)
	case rest.Due.After(now) && c.tenant.Clock.State().Frozen():
		return "the clock is frozen: POST /_mock/clock with advance moves it on"
	case rest.Due.After(now):
		return fmt.Sprintf("its next step is due in %v by the tenant's clock; the stage delay is %v", rest.Due.Sub(now).Round(time.Millisecond), p.Delay)
	}
	return ""
}
