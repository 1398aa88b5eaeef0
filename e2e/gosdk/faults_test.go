package gosdk

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	sailpoint "github.com/sailpoint-oss/golang-sdk/v2"
	v2024 "github.com/sailpoint-oss/golang-sdk/v2/api_v2024"
)

// order puts rules of faults in the place of those of the server.
func (s *server) order(t *testing.T, rules string) {
	t.Helper()
	s.control(t, http.MethodPut, "/_mock/faults", rules, nil)
}

// hits is how many calls the first rule took.
func (s *server) hits(t *testing.T) int {
	t.Helper()
	var rules []struct{ Hits int }
	s.control(t, http.MethodGet, "/_mock/faults", "", &rules)
	return rules[0].Hits
}

func (s *server) control(t *testing.T, method, path, body string, into any) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %s", method, path, response.Status)
	}
	if into != nil {
		if err := json.NewDecoder(response.Body).Decode(into); err != nil {
			t.Fatal(err)
		}
	}
}

// hurried is a client that tries again as often as the SDK does, but at once.
func (s *server) hurried() *sailpoint.APIClient {
	client := s.client(s.id, s.secret)
	retries := client.V2024.GetConfig().HTTPClient
	retries.RetryWaitMin, retries.RetryWaitMax = time.Microsecond, time.Microsecond
	return client
}

// TestRetries: what the SDK tries again, and how often, shown by faults.
func TestRetries(t *testing.T) {
	t.Parallel()
	s := start(t)
	api := s.hurried().V2024.IAIRoleMiningAPI
	for _, fault := range []string{
		`"status":429,"retryAfter":0`, `"status":500`, `"status":502`, `"status":503`, `"status":503,"retryAfter":0`, `"status":504`, `"connection":"close"`, `"connection":"reset"`,
	} {
		s.order(t, `{"operation":"getRoleMiningSession","version":"v2024","times":3,`+fault+`}`)
		session := of(api.GetRoleMiningSession(t.Context(), v2024DocumentedSession).Execute()).ok(t, 200)
		if session.GetName() != "RM Session - 07/10" {
			t.Errorf("%s: the session is %q", fault, session.GetName())
		}
		if n := s.hits(t); n != 3 {
			t.Errorf("%s: %d calls met the rule, want 3", fault, n)
		}
	}

	// Patience ends after five attempts, and then there is not even an answer.
	s.order(t, `{"operation":"getRoleMiningSession","status":503}`)
	lost := of(api.GetRoleMiningSession(t.Context(), v2024DocumentedSession).Execute())
	if lost.err == nil || !strings.Contains(lost.err.Error(), "giving up after 5 attempt(s)") || lost.response != nil || s.hits(t) != 5 {
		t.Errorf("after %d attempts: %v, %v", s.hits(t), lost.response, lost.err)
	}

	// What is not worth trying again is not.
	for _, status := range []string{"400", "401", "403", "404"} {
		s.order(t, `{"operation":"getRoleMiningSession","status":`+status+`}`)
		if _, _, err := api.GetRoleMiningSession(t.Context(), v2024DocumentedSession).Execute(); err == nil || s.hits(t) != 1 {
			t.Errorf("%s: %d calls met the rule, want 1; the error is %v", status, s.hits(t), err)
		}
	}

	// A body that does not come whole, or cannot be read, is an error.
	for _, how := range []string{"truncate", "malformed"} {
		s.order(t, `{"operation":"getRoleMiningSession","body":"`+how+`"}`)
		if _, _, err := api.GetRoleMiningSession(t.Context(), v2024DocumentedSession).Execute(); err == nil {
			t.Errorf("%s: the SDK reports no error", how)
		}
	}
}

// TestLostAnswer: the SDK sends a POST again, too, so that a session whose answer
// is lost is there twice.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	s := start(t)
	api := s.hurried().V2024.IAIRoleMiningAPI
	for _, fault := range []string{`"connection":"close"`, `"status":504`} {
		s.order(t, `{"operation":"createRoleMiningSessions","performed":true,"times":1,`+fault+`}`)
		dto := v2024.NewRoleMiningSessionDto()
		dto.SetName(fault)
		of(api.CreateRoleMiningSessions(t.Context()).RoleMiningSessionDto(*dto).Execute()).ok(t, 201)
		filter := `name eq ` + string(quoted(t, fault))
		if sessions := of(api.GetRoleMiningSessions(t.Context()).Filters(filter).Execute()).ok(t, 200); len(sessions) != 2 {
			t.Errorf("%s: %d sessions, want 2", fault, len(sessions))
		}
	}
}

func quoted(t *testing.T, text string) []byte {
	t.Helper()
	raw, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// TestTokenFault: the SDK does not see that it got no token, and is told so by
// each call.
func TestTokenFault(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.order(t, `{"operation":"getToken","status":503,"times":1}`)
	api := s.client(s.id, s.secret).V2024.IAIRoleMiningAPI
	if refusal := of(api.GetSavedPotentialRoles(t.Context()).Execute()).refused(t, 401); string(refusal.Body()) != `{"error":"JWT is required"}` {
		t.Errorf("the body is %s", refusal.Body())
	}
	if n := s.hits(t); n != 1 {
		t.Errorf("%d requests for tokens met the rule, want 1", n)
	}
}
