package mocktest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"
)

// Call says which requests are meant: those that fulfil all of it. What is left
// out does not matter.
type Call struct {
	// Operation is an operationId as any version spells it, or getToken,
	// authorize or getTenantInfo.
	Operation string            `json:"operation,omitempty"`
	Version   string            `json:"version,omitempty"` // beta, v2024, v2025, v2026, latest or v1
	Client    string            `json:"client,omitempty"`  // a client id
	Method    string            `json:"method,omitempty"`
	Status    string            `json:"status,omitempty"`  // 404, 4xx; 499 where the client gave up, 0 where the server gave no answer
	Refused   *bool             `json:"refused,omitempty"` // whether the server refused it
	Fault     string            `json:"fault,omitempty"`   // the id of the rule that made or changed the answer
	Path      map[string]string `json:"path,omitempty"`    // ids in the path, by parameter
	// Query has parameters of the query: a text, a number, a bool, a slice of these
	// for one that is repeated, nil for one that must not be there.
	Query map[string]any `json:"query,omitempty"`
	// Body is what must be in the body, as what its JSON form says: of an object
	// at least these properties, of an array all elements, anything else equal.
	Body any `json:"body,omitempty"`
}

// Count is how many requests there should be.
type Count map[string]any

// Times is exactly n requests.
func Times(n int) Count { return Count{"times": n} }

// AtLeast is n requests or more.
func AtLeast(n int) Count { return Count{"atLeast": n} }

// AtMost is n requests or fewer.
func AtMost(n int) Count { return Count{"atMost": n} }

// Never is no request.
func Never() Count { return Count{"never": true} }

// Verify marks the test as failed, with what came near, unless so many requests
// like this one came since the tenant was reset. It says whether they did. A test
// may leave it to t.Cleanup, if that is called after Start or ForTest.
func (s *Server) Verify(call Call, count Count) bool {
	s.tb.Helper()
	raw, err := json.Marshal(call)
	if err != nil {
		s.tb.Fatalf("mocktest: %v", err)
	}
	order := Count{}
	if err := json.Unmarshal(raw, &order); err != nil {
		s.tb.Fatalf("mocktest: %v", err)
	}
	maps.Copy(order, count)
	return s.verify(order)
}

// VerifySequence is Verify for requests that came one after the other, with any
// others between them.
func (s *Server) VerifySequence(calls ...Call) bool {
	s.tb.Helper()
	return s.verify(map[string]any{"sequence": calls})
}

func (s *Server) verify(order any) bool {
	s.tb.Helper()
	_, _, err := s.send(context.WithoutCancel(s.tb.Context()), http.MethodPost, s.mock("verify"), order)
	var said refusal
	switch {
	case err == nil:
		return true
	case errors.As(err, &said) && said.status == http.StatusConflict:
		s.tb.Errorf("mocktest: %s", said.nearly())
	default:
		s.tb.Fatalf("mocktest: verify: %v", err)
	}
	return false
}

// entry is a request as the journal has it.
type entry struct {
	Number int64  `json:"number"`
	Method string `json:"method"`
	Path   string `json:"path"`
	Query  string `json:"query"`
	Status int    `json:"status"`
}

// String says which request it is, and what became of it.
func (e entry) String() string {
	target := e.Path
	if e.Query != "" {
		target += "?" + e.Query
	}
	return fmt.Sprintf("request %d, %s %s, answered %d", e.Number, e.Method, target, e.Status)
}

// nearly is what a verification that failed says, with a line for each request
// that was meant, and for each that came near.
func (r refusal) nearly() string {
	var told struct {
		Error   string  `json:"error"`
		Matched int     `json:"matched"`
		Found   []entry `json:"found"`
		Near    []struct {
			Why   []string `json:"why"`
			Entry entry    `json:"entry"`
		} `json:"near"`
	}
	if json.Unmarshal(r.body, &told) != nil {
		return r.Error()
	}
	text := strings.Builder{}
	text.WriteString(told.Error)
	for _, found := range told.Found {
		fmt.Fprintf(&text, "\n  found: %v", found)
	}
	if more := told.Matched - len(told.Found); more > 0 && len(told.Found) > 0 {
		fmt.Fprintf(&text, "\n  and %d more", more)
	}
	for _, near := range told.Near {
		fmt.Fprintf(&text, "\n  near: %v: %s", near.Entry, strings.Join(near.Why, "; "))
	}
	return text.String()
}
