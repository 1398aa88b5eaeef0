package control

import (
	"fmt"
	"time"

	"mockserver/internal/rolemining"
)

// What alone moves on a piece of work that rests, as "needs" of an error says it.
const (
	needsClock   = "clock"   // the clock is frozen and must be advanced
	needsStep    = "step"    // of the jobs
	needsMode    = "mode"    // another one of the jobs
	needsReads   = "reads"   // of the work, which a client of the API does
	needsRequest = "request" // that asks for it
)

// reason is what keeps a piece of work where it is, with what would move it on. The
// zero value is of work that is just being done.
type reason struct {
	text  string
	needs string // "" where time moves it on
	state string // in which it is kept
}

// ordered says whether only an order to the control plane moves the work on.
func (r reason) ordered() bool {
	return r.needs == needsClock || r.needs == needsStep || r.needs == needsMode
}

// whyWaiting says what keeps a piece of work where it is.
func whyWaiting(c *call, t rolemining.Task) reason {
	rest, err := c.tenant.Service().Rest(c.Context(), t)
	if err != nil {
		return reason{} // it is gone, or the server has a fault: the state is all there is to tell
	}
	why := restReason(c, t, rest)
	why.state = rest.State
	return why
}

func restReason(c *call, t rolemining.Task, rest rolemining.Rest) reason {
	now := c.tenant.Clock.Now()
	switch p := rest.Pace; {
	case rest.State == string(rolemining.ProvisionPotential) && t.Kind == rolemining.ProvisionTask:
		return reason{text: "nobody has asked for its provisioning", needs: needsRequest}
	case rest.Due == nil:
		return reason{}
	case p.Mode == rolemining.Stepwise:
		return reason{text: "jobs: step, so only POST /_mock/jobs/step moves it on", needs: needsStep}
	case p.Mode == rolemining.Polls:
		return reason{text: fmt.Sprintf("jobs: %v, so only reads of it move it on", p), needs: needsReads}
	case p.Mode == rolemining.Hold && p.StuckIn(rest.State):
		return reason{text: fmt.Sprintf("held by %v: a step moves it on, or another mode", p), needs: needsStep}
	case p.StuckIn(rest.State):
		return reason{text: fmt.Sprintf("stuck by %v: only another mode moves it on", p), needs: needsMode}
	case rest.Due.After(now) && c.tenant.Clock.State().Frozen():
		return reason{text: "the clock is frozen: POST /_mock/clock with advance moves it on", needs: needsClock}
	case rest.Due.After(now):
		return reason{text: fmt.Sprintf("its next step is due in %v by the tenant's clock; the stage delay is %v", rest.Due.Sub(now).Round(time.Millisecond), p.Delay)}
	}
	return reason{}
}
