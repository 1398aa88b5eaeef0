package mocktest

import (
	"encoding/json"
	"net/http"
	"time"
)

// Fault is a rule by which calls go wrong; docs/control-api.md has all that it
// can do, and what goes together. It needs an Operation and one thing to do.
type Fault struct {
	ID string `json:"id,omitempty"` // fault-1, fault-2, ... if left out

	// The calls that it is for. Operation is an operationId as any version spells
	// it, getToken, authorize or getTenantInfo, or * for all.
	Operation string            `json:"operation"`
	Version   string            `json:"version,omitempty"` // beta, v2024, v2025, v2026, latest or v1
	Client    string            `json:"client,omitempty"`  // a client id
	Path      map[string]string `json:"path,omitempty"`    // ids in the path, by parameter: sessionId, potentialRoleId, ...
	Header    map[string]string `json:"header,omitempty"`  // headers with exactly these values

	// Which of those it takes; 0 is no condition.
	Times       int     `json:"times,omitempty"`       // no more than so many
	Nth         int     `json:"nth,omitempty"`         // this one only
	Every       int     `json:"every,omitempty"`       // the Nth, the 2Nth, ...
	After       int     `json:"after,omitempty"`       // none of the first so many
	Probability float64 `json:"probability,omitempty"` // over 0 to 1; the seed decides which

	// What it does to them.
	Status     int    `json:"status,omitempty"`     // an error, in the form that the operation has for it
	RetryAfter *int   `json:"retryAfter,omitempty"` // seconds, with 429 (1 if nil) and 503
	Delay      Delay  `json:"delay,omitzero"`       // by the machine's clock, before everything else
	Connection string `json:"connection,omitempty"` // reset or close, in the place of an answer
	Body       string `json:"body,omitempty"`       // truncate or malformed
	Slow       *Slow  `json:"slow,omitempty"`
	Performed  bool   `json:"performed,omitempty"` // carry the operation out first: only its answer is late or lost
}

// Delay is how long a call waits: a fixed time, or one that is drawn from a
// Distribution, again and again the same by the seed.
type Delay struct {
	Fixed        time.Duration
	Distribution string // uniform, normal, lognormal, exponential; "" is Fixed
	// Of the distribution: uniform has Min and Max, normal Mean and Stddev,
	// lognormal Median and Sigma, exponential Mean; Min and Max bound any.
	Min, Max, Mean, Stddev, Median time.Duration
	Sigma                          float64
}

// For is a fixed delay.
func For(d time.Duration) Delay { return Delay{Fixed: d} }

// MarshalJSON writes it as rules have it.
func (d Delay) MarshalJSON() ([]byte, error) {
	if d.Distribution == "" {
		return json.Marshal(d.Fixed.String())
	}
	drawn := map[string]any{"distribution": d.Distribution}
	for name, value := range map[string]time.Duration{"min": d.Min, "max": d.Max, "mean": d.Mean, "stddev": d.Stddev, "median": d.Median} {
		if value != 0 {
			drawn[name] = value.String()
		}
	}
	if d.Sigma != 0 {
		drawn["sigma"] = d.Sigma
	}
	return json.Marshal(drawn)
}

// Slow is a rate at which an answer's body is written.
type Slow struct {
	BytesPerSecond int `json:"bytesPerSecond"`
}

// Faults puts rules in the place of those that the tenant has; without any it
// has none. A rule that makes no sense fails the test, and then nothing is
// changed.
func (s *Server) Faults(rules ...Fault) {
	s.tb.Helper()
	if rules == nil {
		rules = []Fault{}
	}
	s.order(http.MethodPut, s.mock("faults"), rules, nil)
}

// UnusedFaults are the ids of the rules that took no call. A test that ordered a
// fault and never met it has tested something else.
func (s *Server) UnusedFaults() []string {
	s.tb.Helper()
	var unused []struct {
		ID string `json:"id"`
	}
	s.order(http.MethodGet, s.mock("faults?unused=true"), nil, &unused)
	ids := make([]string, len(unused))
	for i, rule := range unused {
		ids[i] = rule.ID
	}
	return ids
}
