package handlers_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"mockserver/internal/app/apptest"
	"mockserver/internal/auth"
	"mockserver/internal/config"
	"mockserver/internal/ratelimit"
)

// gateway checks a body of the gateway's family, to the byte.
func gateway(tb testing.TB, what string, got apptest.Answer, status int, body string) {
	tb.Helper()
	if got.Status != status || string(got.Body) != body {
		tb.Errorf("%s: %d %s, want %d %s", what, got.Status, got.Body, status, body)
	}
}

const (
	noExperiment = `{"error":"Experimental Header is missing or invalid."}`
	noToken      = `{"error":"JWT is required"}`
)

func TestExperimentalHeader(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	for _, prefix := range []string{"beta", "v2024", "v2025", "v2026", "latest", "v1"} {
		for _, op := range operationsUnder(prefix) {
			if op.Method != http.MethodGet || strings.Contains(op.Path, "{") {
				continue
			}
			for value, accepted := range map[string]bool{"true": true, "": false, "false": false, "TRUE": false, "True": false, "1": false, "true,true": false} {
				header := with(bearer(s.Token), "X-SailPoint-Experimental", value)
				if value == "" {
					header.Del("X-Sailpoint-Experimental")
				}
				got := s.Send(op.Method, op.Path, nil, header)
				if accepted || prefix == "beta" {
					if got.Status != 200 {
						t.Errorf("%s with %q: %d %s", op.Path, value, got.Status, got.Body)
					}
					continue
				}
				gateway(t, op.Path+" with "+value, got, 400, noExperiment)
			}
		}
	}
}

// TestOrderOfChecks: what there is to address comes first, then who calls, then
// the experimental header, then the rate, then the right, then the request.
func TestOrderOfChecks(t *testing.T) {
	t.Parallel()
	s := start(t, func(c *config.Config) {
		c.Auth = auth.Strict
		c.RateLimit = ratelimit.Limit{Calls: 1, Per: time.Hour}
	})
	reader := s.TokenFor("mock-reader", "mock-reader-secret")
	plain := http.Header{"Authorization": {"Bearer " + reader}}
	gateway(t, "neither token nor header", s.Send("POST", sessions, "x", nil), 401, noToken)
	gateway(t, "no header, and no right", s.Send("POST", sessions, "x", plain), 400, noExperiment)
	refused(t, "no right, and a bad body", s.Send("POST", sessions, "x", bearer(reader)), 403, forbidden)
	gateway(t, "the second call, without the right", s.Send("POST", sessions, "x", bearer(reader)), 429, `{"message":" Rate Limit Exceeded "}`)
	gateway(t, "no header, and too many", s.Send("POST", sessions, "x", plain), 400, noExperiment)
	refused(t, "unknown path", s.Send("POST", "/v2026/nope", "x", nil), 404, notFound)
	if got := s.Send("DELETE", sessions, "x", nil); got.Status != 405 {
		t.Errorf("wrong method: %d", got.Status)
	}
}

func TestLenient(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	for what, header := range map[string]string{
		"none": "", "empty": "Bearer", "blank": "Bearer  ", "basic": "Basic dXNlcjpwdw==", "a word": s.Token,
	} {
		gateway(t, what, s.Send("GET", sessions, nil, http.Header{"Authorization": {header}, "X-Sailpoint-Experimental": {"true"}}), 401, noToken)
	}
	for what, token := range map[string]string{
		"garbage": "abc", "three parts": "a.b.c", "tampered": s.Token[:len(s.Token)-6] + "AAAAAA",
		"none": "eyJhbGciOiJub25lIn0." + strings.Split(s.Token, ".")[1] + ".", "huge": strings.Repeat("a", 9000),
	} {
		got := s.Send("GET", sessions, nil, bearer(token))
		if got.Status != 401 || !strings.HasPrefix(string(got.Body), `{"error":"JWT validation failed: JWT `) {
			t.Errorf("%s: %d %s", what, got.Status, got.Body)
		}
	}
	if got := s.Send("GET", sessions, nil, with(bearer(s.Token), "Authorization", "bEaReR "+s.Token)); got.Status != 200 {
		t.Errorf("scheme in another case: %d", got.Status)
	}
	// Any client has full rights, and acts for the administrator.
	anyone := s.TokenFor("somebody", "whatever")
	got := status(t, "create", s.Send("POST", sessions, "{}", with(bearer(anyone), "Content-Type", "application/json")), 201)
	if got.Text("createdBy", "id") != adminID {
		t.Errorf("createdBy %v", got.Value("createdBy"))
	}
	s.Clock.Advance(43_200 * time.Second)
	gateway(t, "twelve hours later", s.Send("GET", sessions, nil, bearer(s.Token)), 401, `{"error":"JWT validation failed: JWT is expired"}`)
}

func TestAuthOff(t *testing.T) {
	t.Parallel()
	s := start(t, func(c *config.Config) { c.Auth = auth.Off })
	open := http.Header{"X-Sailpoint-Experimental": {"true"}}
	for what, header := range map[string]http.Header{
		"no token": open, "empty": with(open, "Authorization", "Bearer "), "garbage": with(open, "Authorization", "Bearer x.y.z"),
	} {
		got := status(t, what, s.Send("POST", sessions, "{}", with(header, "Content-Type", "application/json")), 201)
		if got.Text("createdBy", "id") != adminID {
			t.Errorf("%s: createdBy %v", what, got.Value("createdBy"))
		}
	}
	gateway(t, "the header is still wanted", s.Send("GET", sessions, nil, nil), 400, noExperiment)
}

// TestStrictRights calls every operation as each client of the fixtures, with
// ids that do not exist: who may call is answered 404 (200 for a list, 400 for
// the missing body), who may not 403.
func TestStrictRights(t *testing.T) {
	t.Parallel()
	s := start(t, func(c *config.Config) { c.Auth = auth.Strict })
	fill := strings.NewReplacer("{sessionId}", unknownUUID, "{potentialRoleId}", unknownUUID, "{exportId}", unknownUUID, "{sourceId}", "x")
	for client, may := range map[string]func(manage bool, levels []string) bool{
		"mock-admin":      func(bool, []string) bool { return true },
		"mock-role-admin": func(_ bool, levels []string) bool { return len(levels) != 1 }, // ORG_ADMIN alone
		"mock-reader":     func(manage bool, _ []string) bool { return !manage },
		"mock-no-user":    func(bool, []string) bool { return false },
	} {
		token := s.TokenFor(client, client+"-secret")
		for _, op := range operationsUnder("v2026") {
			got := s.Send(op.Method, fill.Replace(op.Path), nil, bearer(token))
			allowed := may(len(op.Rights) == 1, op.UserLevels)
			if allowed == (got.Status == 403) {
				t.Errorf("%s as %s: %d %s", op.ID, client, got.Status, got.Body)
			}
			if !allowed {
				refused(t, op.ID, got, 403, forbidden, "The server understood the request but refuses to authorize it.")
			}
		}
	}
	form := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	got := s.Send("POST", "/oauth/token", "grant_type=client_credentials&client_id=mock-admin&client_secret=wrong", form)
	gateway(t, "wrong secret", got, 401, `{"error":"invalid_client","error_description":"Bad client credentials"}`)
}

// TestClientWithoutUser: in lenient mode a client of the fixtures that acts for
// nobody may create, and what it creates was created by nobody.
func TestClientWithoutUser(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	s.Token = s.TokenFor("mock-no-user", "mock-no-user-secret")
	session, role := newRole(s)
	for _, path := range []string{sessions + "/" + session, roles + "/" + role} {
		if got := s.Get(path); got.Value("createdBy") != nil {
			t.Errorf("%s: createdBy %v, want null", path, got.Value("createdBy"))
		}
	}
	status(t, "provision without an owner to take", s.Do("POST", sessions+"/"+session+"/potential-roles/"+role+"/provision", nil), 202)
	s.Settle()
	if got := s.Get(roles + "/" + role); got.Text("provisionState") != "COMPLETE" {
		t.Errorf("%s", got.Body)
	}
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	s := start(t, func(c *config.Config) { c.RateLimit = ratelimit.Limit{Calls: 3, Per: 9 * time.Second} })
	other := bearer(s.TokenFor("another-client", "x"))
	for range 3 {
		status(t, "within the limit", s.Do("GET", sessions, nil), 200)
		status(t, "another client", s.Send("GET", sessions, nil, other), 200)
	}
	over := s.Do("GET", sessions, nil)
	gateway(t, "over the limit", over, 429, `{"message":" Rate Limit Exceeded "}`)
	if over.Header.Get("Retry-After") != "9" {
		t.Errorf("Retry-After %q, want 9", over.Header.Get("Retry-After"))
	}
	gateway(t, "the other client has its own", s.Send("GET", sessions, nil, other), 429, string(over.Body))
	// A second token of the same client shares its window.
	gateway(t, "a new token", s.Send("GET", sessions, nil, bearer(s.TokenFor("another-client", "x"))), 429, string(over.Body))
	// Every version has a window of its own.
	for _, prefix := range []string{"/beta", "/v2024", "/v2025", "/latest"} {
		status(t, prefix, s.Do("GET", prefix+"/role-mining-sessions", nil), 200)
	}
	status(t, "v1", s.Do("GET", "/role-mining-sessions/v1", nil), 200)
	// What is not an operation is not limited, nor is what was not let in.
	for range 5 {
		status(t, "tenant", s.Send("GET", "/oauth/info", nil, nil), 200)
		status(t, "no token", s.Send("GET", sessions, nil, nil), 401)
		status(t, "unknown path", s.Do("GET", "/v2026/nope", nil), 404)
	}
	s.Clock.Advance(8 * time.Second)
	status(t, "a second before the window's end", s.Do("GET", sessions, nil), 429)
	s.Clock.Advance(time.Second)
	for range 3 {
		status(t, "after Retry-After", s.Do("GET", sessions, nil), 200)
	}
	status(t, "the next window has its end, too", s.Do("GET", sessions, nil), 429)
}

// TestRetryAfterIsRoundedUp: waiting as long as was said is always enough.
func TestRetryAfterIsRoundedUp(t *testing.T) {
	t.Parallel()
	s := start(t, func(c *config.Config) { c.RateLimit = ratelimit.Limit{Calls: 100, Per: 10 * time.Second} })
	for range 100 {
		status(t, "within the limit", s.Do("GET", sessions+"?limit=0", nil), 200)
	}
	s.Clock.Advance(9*time.Second + time.Millisecond)
	over := status(t, "the hundred and first", s.Do("GET", sessions, nil), 429)
	if over.Header.Get("Retry-After") != "1" {
		t.Errorf("Retry-After %q, want 1", over.Header.Get("Retry-After"))
	}
	s.Clock.Advance(time.Second)
	status(t, "a second later", s.Do("GET", sessions, nil), 200)
}
