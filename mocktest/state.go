package mocktest

import (
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// The states that a session ends in, an export, and the provisioning of a
// potential role.
const (
	PotentialRolesCreated = "POTENTIAL_ROLES_CREATED"
	Success               = "SUCCESS"
	Complete              = "COMPLETE"
)

// Reset returns the tenant to its fixtures, its settings and its clock (that of the
// machine, unless it is Frozen), in milliseconds: what happened is forgotten, what
// runs is cancelled, identifiers begin again.
func (s *Server) Reset() {
	s.tb.Helper()
	var order any
	if !s.frozen.IsZero() { // before: what a reset dates is dated by the clock
		s.SetClock(s.frozen)
		order = map[string]any{"keep": []string{"clock"}}
	}
	s.order(http.MethodPost, s.mock("reset"), order, nil)
}

// Advance moves the tenant's clock on. All background work that falls due on
// the way is done when it returns.
func (s *Server) Advance(d time.Duration) {
	s.tb.Helper()
	s.order(http.MethodPost, s.mock("clock"), map[string]any{"advance": d.String()}, nil)
}

// SetClock stops the tenant's clock at a moment in the years 1970 to 2200. All
// background work that falls due until then is done when it returns.
func (s *Server) SetClock(at time.Time) {
	s.tb.Helper()
	s.order(http.MethodPost, s.mock("clock"), map[string]any{"freeze": true, "set": at.UTC().Format(time.RFC3339Nano)}, nil)
}

// Now is what the tenant's clock shows.
func (s *Server) Now() time.Time {
	s.tb.Helper()
	var shown struct {
		Now time.Time `json:"now"`
	}
	s.order(http.MethodGet, s.mock("clock"), nil, &shown)
	return shown.Now
}

// Jobs says what moves sessions, exports and provisioning on: auto, immediate,
// polls:N, step, hold:STATE, fail or fail:STATE.
func (s *Server) Jobs(mode string) {
	s.tb.Helper()
	s.order(http.MethodPut, s.mock("jobs"), map[string]any{"mode": mode}, nil)
}

// Step moves everything that is unfinished one state on, and says how many
// pieces of work moved.
func (s *Server) Step() int {
	s.tb.Helper()
	var moved struct {
		Moved []struct{} `json:"moved"`
	}
	s.order(http.MethodPost, s.mock("jobs/step"), nil, &moved)
	return len(moved.Moved)
}

// WaitOption says how to wait.
type WaitOption func(url.Values)

// Timeout waits for up to d, at most 10 minutes, in the place of 30 seconds, by the
// machine's clock, and waits also for what only an order moves on, which somebody
// else is then to give: another program, or a goroutine of the test.
func Timeout(d time.Duration) WaitOption {
	return func(query url.Values) {
		query.Set("timeout", d.String())
		query.Del("unattended")
	}
}

// WaitSession waits until a session is in a state, which may be "" for
// PotentialRolesCreated. A session that is not there, or not after 30 seconds (see
// Timeout) in that state, fails the test, which is told where it stands. So does,
// at once, a session that cannot get there any more, or not without an order,
// since the test, which waits, gives none: with a frozen clock and a stage delay
// (Advance), in the modes step and hold:STATE (Step), and in fail:STATE (Jobs).
func (s *Server) WaitSession(id, state string, opts ...WaitOption) {
	s.tb.Helper()
	s.wait("sessions", id, state, opts)
}

// WaitExport is WaitSession for an export; "" is Success.
func (s *Server) WaitExport(id, state string, opts ...WaitOption) {
	s.tb.Helper()
	s.wait("exports", id, state, opts)
}

// WaitProvision is WaitSession for the provisioning of a potential role; "" is
// Complete.
func (s *Server) WaitProvision(potentialRoleID, state string, opts ...WaitOption) {
	s.tb.Helper()
	s.wait("roles", potentialRoleID, state, opts)
}

func (s *Server) wait(kind, id, state string, opts []WaitOption) {
	s.tb.Helper()
	if id == "" {
		s.tb.Fatalf("mocktest: what is to be waited for has no id: it is empty, so perhaps the request before was refused")
	}
	query := url.Values{"unattended": {"true"}}
	if state != "" {
		query.Set("state", state)
	}
	for _, opt := range opts {
		opt(query)
	}
	s.order(http.MethodGet, s.mock(kind+"/"+url.PathEscape(id)+"/wait?"+query.Encode()), nil, nil)
}

// Set changes settings of the tenant, by name and with the values of the flags:
// Set(map[string]any{"auth": "strict", "rateLimit": "100/10s"}).
func (s *Server) Set(settings map[string]any) {
	s.tb.Helper()
	s.order(http.MethodPut, s.mock("settings"), settings, nil)
}

// Mail is a message that the real service would have sent.
type Mail struct {
	ID          string    `json:"id"`
	SessionID   string    `json:"sessionId"`
	RecipientID string    `json:"recipientId"` // an identity
	Address     string    `json:"address"`     // "" if the identity has none
	Subject     string    `json:"subject"`
	Text        string    `json:"text"`
	CreatedDate time.Time `json:"createdDate"`
}

// Outbox is the messages of a session, the oldest first; "" is of all sessions,
// the first 10,000.
func (s *Server) Outbox(sessionID string) []Mail {
	s.tb.Helper()
	query := url.Values{"limit": {strconv.Itoa(10_000)}}
	if sessionID != "" {
		query.Set("sessionId", sessionID)
	}
	var mails []Mail
	s.order(http.MethodGet, s.mock("outbox?"+query.Encode()), nil, &mails)
	return mails
}
