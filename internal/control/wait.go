package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"mockserver/internal/api"
	"mockserver/internal/rolemining"
)

const (
	defaultWait = 30 * time.Second
	maxWait     = 10 * time.Minute
	// keepAlive is how often a stream of events says that it is still there.
	keepAlive = 15 * time.Second
)

// waited is where what was waited for stands.
type waited struct {
	State string `json:"state"`
}

// noSession turns the absence of a session into words.
func noSession(err error, id string) error {
	if errors.Is(err, rolemining.ErrNotFound) {
		return missing("no session has the id %q", id)
	}
	return err
}

func (p *Plane) waitForSession(c *call) (any, error) {
	id := c.param("sessionId")
	states := rolemining.StatesOf(rolemining.SessionTask)
	return p.wait(c, rolemining.Task{Kind: rolemining.SessionTask, ID: id}, "session", states)
}

func (p *Plane) waitForExport(c *call) (any, error) {
	id := c.param("exportId")
	return p.wait(c, rolemining.Task{Kind: rolemining.ExportTask, ID: id}, "export", rolemining.StatesOf(rolemining.ExportTask))
}

func (p *Plane) waitForProvision(c *call) (any, error) {
	id := c.param("potentialRoleId")
	return p.wait(c, rolemining.Task{Kind: rolemining.ProvisionTask, ID: id}, "potential role", rolemining.StatesOf(rolemining.ProvisionTask))
}

// wait answers when the task is in the state of ?state=, by default its last
// good one, or when it cannot get there any more, or when the time is over. The
// time is the machine's: it is what the client really waits.
func (p *Plane) wait(c *call, t rolemining.Task, what string, states []string) (any, error) {
	query := c.URL.Query()
	state := query.Get("state")
	if state == "" {
		state = rolemining.GoalOf(t.Kind)
	}
	if !slices.Contains(states, state) {
		return nil, &problem{status: http.StatusBadRequest, Text: fmt.Sprintf("state must be one of a %s, not %q", what, state), Allowed: states}
	}
	timeout, err := waitTime(query.Get("timeout"))
	if err != nil {
		return nil, err
	}
	unattended, err := c.flag("unattended")
	if err != nil {
		return nil, err
	}
	ctx, cancel := p.within(c.Context(), timeout)
	defer cancel()
	var why reason
	now, final, err := c.tenant.Service().WaitFor(ctx, t, state, func(now string) bool {
		if unattended {
			why = whyWaiting(c, t)
		}
		return why.ordered() && why.state == now // and it has not moved meanwhile
	})
	switch {
	case errors.Is(err, rolemining.ErrVain):
		return nil, &problem{
			status: http.StatusConflict, Needs: why.needs,
			Text: fmt.Sprintf("the %s is %s and will not become %s by itself (%s)", what, now, state, why.text),
		}
	case errors.Is(err, rolemining.ErrNotFound):
		return nil, missing("no %s has the id %q", what, t.ID)
	case err != nil && ctx.Err() == nil || c.Context().Err() != nil:
		return nil, err
	case err != nil && p.draining.Err() != nil:
		return nil, &problem{status: http.StatusServiceUnavailable, Text: fmt.Sprintf("the server is stopping; the %s is %s", what, now)}
	case err != nil:
		text := fmt.Sprintf("after %v the %s is %s, not %s", timeout, what, now, state)
		if why = whyWaiting(c, t); why.text != "" {
			text += " (" + why.text + ")"
		}
		return nil, &problem{status: http.StatusRequestTimeout, Text: text, Needs: why.needs}
	case now != state && final:
		return nil, conflict("the %s is %s and will not become %s", what, now, state)
	}
	return waited{now}, nil
}

func waitTime(text string) (time.Duration, error) {
	if text == "" {
		return defaultWait, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 || d > maxWait {
		return 0, invalid("", "timeout must be a duration from 0s to %v, such as 10s, not %q", maxWait, text)
	}
	return d, nil
}

// within is a context that ends after d of the machine's time, or when the server
// is to end.
func (p *Plane) within(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	unhook := context.AfterFunc(p.draining, cancel)
	until := p.Clock.Now().Add(d)
	go func() {
		_ = p.Clock.Wait(ctx, until) // either outcome ends it
		cancel()
	}()
	return ctx, func() {
		unhook()
		cancel()
	}
}

// event is one change as it is streamed.
type event struct {
	Number    int64    `json:"number"`
	At        api.Time `json:"at"` // by the tenant's clock
	Kind      string   `json:"kind"`
	ID        string   `json:"id"`
	SessionID string   `json:"sessionId"`
	RoleID    string   `json:"potentialRoleId,omitempty"`
	From      string   `json:"from,omitempty"`
	State     string   `json:"state"`
}

// events streams changes as server-sent events, from now on or after the number
// in Last-Event-ID, which browsers send when they connect again.
func (p *Plane) events(c *call) (any, error) {
	service := c.tenant.Service()
	after := service.LastChange()
	if last := c.Header.Get("Last-Event-ID"); last != "" {
		n, err := strconv.ParseInt(last, 10, 64)
		if err != nil || n < 0 {
			return nil, invalid("", "Last-Event-ID must be the number of an event, not %q", last)
		}
		after.Number = min(n, after.Number)
	}
	return stream(func(w http.ResponseWriter, r *http.Request) {
		control := http.NewResponseController(w)
		_ = control.SetWriteDeadline(time.Time{}) // a stream lasts; where that cannot be set it ends sooner
		w.Header().Set("Content-Type", "text/event-stream")
		w.WriteHeader(http.StatusOK)
		_, err := fmt.Fprintf(w, "retry: 1000\n\n")
		for err == nil && control.Flush() == nil && p.draining.Err() == nil {
			after, err = p.nextEvents(r.Context(), w, service, after)
		}
	}), nil
}

// nextEvents writes the changes after a number, or a comment if there are none
// for a while, and returns the number of the last one.
func (p *Plane) nextEvents(ctx context.Context, w http.ResponseWriter, service *rolemining.Service, after rolemining.Cursor) (rolemining.Cursor, error) {
	within, cancel := p.within(ctx, keepAlive)
	defer cancel()
	changes, next, err := service.Changes(within, after)
	if err != nil {
		if ctx.Err() != nil {
			return after, ctx.Err()
		}
		_, err := fmt.Fprint(w, ": nothing new\n\n")
		return after, err
	}
	if next.Era != after.Era {
		after = rolemining.Cursor{Era: next.Era}
		if _, err := fmt.Fprint(w, "id: 0\nevent: reset\ndata: {}\n\n"); err != nil {
			return after, err
		}
	}
	return next, writeEvents(w, changes, after.Number)
}

// writeEvents writes the changes behind a number.
func writeEvents(w http.ResponseWriter, changes []rolemining.Change, after int64) error {
	if len(changes) == 0 {
		return nil
	}
	if missed := changes[0].Number - after - 1; missed > 0 {
		if _, err := fmt.Fprintf(w, "event: missed\ndata: {\"count\":%d}\n\n", missed); err != nil {
			return err
		}
	}
	for _, change := range changes {
		data, err := json.Marshal(eventOf(change))
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(w, "id: %d\nevent: %s\ndata: %s\n\n", change.Number, change.Task.Kind, data); err != nil {
			return err
		}
	}
	return nil
}

func eventOf(c rolemining.Change) event {
	return event{
		Number: c.Number, At: api.Time(c.At), Kind: c.Task.Kind.String(), ID: c.Task.ID,
		SessionID: c.SessionID, RoleID: c.RoleID, From: c.From, State: c.To,
	}
}
