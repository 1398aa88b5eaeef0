package handlers_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/app/apptest"
	"mockserver/internal/config"
	"mockserver/internal/faults"
	"mockserver/internal/handlers"
	"mockserver/internal/journal"
	"mockserver/internal/openapi"
	"mockserver/internal/ratelimit"
)

// order puts rules in force.
func order(tb testing.TB, s *apptest.Server, rules string) {
	tb.Helper()
	if got := s.Send(http.MethodPut, "/_mock/faults", rules, nil); got.Status != http.StatusOK {
		tb.Fatalf("%d %s", got.Status, got.Body)
	}
}

// call sends a request on a connection of its own, since clients repeat what
// fails on one that they had before.
func call(tb testing.TB, s *apptest.Server, method, path, body string) (*http.Response, error) {
	tb.Helper()
	request, err := http.NewRequestWithContext(tb.Context(), method, s.URL+path, strings.NewReader(body))
	if err != nil {
		tb.Fatal(err)
	}
	request.Header = bearer(s.Token)
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	return client.Do(request)
}

// TestFaultStatuses answers each of the 25 operations in each version with each
// status that it documents, and with those of the layers before it. That the
// form is right is checked on the way, against the document of the version.
func TestFaultStatuses(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	possible := map[string][]int{}
	for _, op := range handlers.Operations() {
		for _, name := range append(op.Names, op.ID) {
			possible[name] = op.Statuses
		}
	}
	fill := strings.NewReplacer("{sessionId}", "a", "{potentialRoleId}", "b", "{exportId}", "c", "{sourceId}", "d")
	for _, prefix := range []string{"beta", "v2024", "v2025", "v2026", "latest", "v1"} {
		for _, op := range operationsUnder(prefix) {
			statuses := possible[op.ID]
			for _, documented := range op.Statuses {
				if documented >= 400 && !slices.Contains(statuses, documented) {
					t.Errorf("%s documents %d, which no rule can ask for", op.ID, documented)
				}
			}
			var rules []string
			for _, status := range statuses {
				rules = append(rules, fmt.Sprintf(`{"id":"s%d","operation":%q,"version":%q,"status":%d,"times":1}`, status, op.ID, prefix, status))
			}
			order(t, s, "["+strings.Join(rules, ",")+"]")
			for _, status := range statuses {
				got := s.Send(op.Method, fill.Replace(op.Path), nil, nil)
				if id := got.Header.Get("X-Mock-Fault"); got.Status != status || id != fmt.Sprintf("s%d", status) {
					t.Errorf("%s %s: %d by %q, want %d", op.Method, op.Path, got.Status, id, status)
				}
			}
		}
	}
}

// TestFaultForms shows the body of each status.
func TestFaultForms(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	dto := func(code, text string) string {
		return `{"detailCode":"` + code + `","trackingId":"ID","messages":[{"locale":"en-US","localeOrigin":"DEFAULT","text":"` + text +
			`"},{"locale":"und","localeOrigin":"REQUEST","text":"` + text + `"}],"causes":[]}`
	}
	for _, tc := range []struct {
		rule       string
		status     int
		retryAfter string
		body       string
	}{
		{`"status":400`, 400, "", dto("400.1 Bad request content", "The request was syntactically correct but its content is semantically invalid.")},
		{`"status":401`, 401, "", `{"error":"JWT validation failed: JWT is expired"}`},
		{`"status":403`, 403, "", dto("403 Forbidden", "The server understood the request but refuses to authorize it.")},
		{`"status":404`, 404, "", dto("404 Not found", "The server did not find a current representation for the target resource.")},
		{`"status":413`, 413, "", dto("413 Payload Too Large", "The request body is larger than 10 MiB.")},
		{`"status":415`, 415, "", `{"errorName":"NotSupportedException","errorMessage":"Cannot consume content type","trackingId":"ID"}`},
		{`"status":429`, 429, "1", `{"message":" Rate Limit Exceeded "}`},
		{`"status":429,"retryAfter":7`, 429, "7", `{"message":" Rate Limit Exceeded "}`},
		{`"status":429,"retryAfter":0`, 429, "0", `{"message":" Rate Limit Exceeded "}`},
		{`"status":500`, 500, "", dto("500.0 Internal Fault", "An internal fault occurred.")},
		{`"status":502`, 502, "", `{"error":"Bad Gateway"}`},
		{`"status":503`, 503, "", `{"error":"Service Unavailable"}`},
		{`"status":503,"retryAfter":120`, 503, "120", `{"error":"Service Unavailable"}`},
		{`"status":504`, 504, "", `{"error":"Gateway Timeout"}`},
	} {
		order(t, s, `{"operation":"createRoleMiningSessions",`+tc.rule+`}`)
		got := s.Do(http.MethodPost, sessions, "{}")
		body := strings.ReplaceAll(string(got.Body), got.Header.Get("SLPT-Request-ID"), "ID")
		if got.Status != tc.status || got.Header.Get("Retry-After") != tc.retryAfter || body != tc.body {
			t.Errorf("%s: %d, Retry-After %q, %s", tc.rule, got.Status, got.Header.Get("Retry-After"), body)
		}
		gatewayHeaders(t, tc.rule, got)
		if got.Header.Get("X-Mock-Fault") != "fault-1" || got.Header.Get("X-Mock-Fault-Effect") != fmt.Sprintf("status=%d", tc.status) {
			t.Errorf("%s: %v", tc.rule, got.Header)
		}
	}
	if got := list(s, sessions); got.Len() != 2 || got.Header["X-Mock-Fault"] != nil {
		t.Errorf("%d sessions, want the 2 of the fixtures: a call that fails by rule does nothing", got.Len())
	}
}

// TestFaultsOfOAuth: the token endpoints fail in their own form.
func TestFaultsOfOAuth(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	form := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	token := func() apptest.Answer {
		return s.Send(http.MethodPost, "/oauth/token", "grant_type=client_credentials&client_id=me&client_secret=x", form)
	}
	for status, want := range map[int]string{
		400: `{"error":"invalid_request","error_description":"Bad Request"}`,
		401: `{"error":"invalid_client","error_description":"Bad client credentials"}`,
		403: `{"error":"access_denied","error_description":"Forbidden"}`,
		429: `{"error":"temporarily_unavailable","error_description":"Too Many Requests"}`,
		500: `{"error":"server_error","error_description":"Internal Server Error"}`,
		503: `{"error":"temporarily_unavailable","error_description":"Service Unavailable"}`,
		504: `{"error":"server_error","error_description":"Gateway Timeout"}`,
	} {
		order(t, s, fmt.Sprintf(`{"operation":"getToken","status":%d,"times":1}`, status))
		if got := token(); got.Status != status || string(got.Body) != want || got.Header.Get("X-Mock-Fault") != "fault-1" || (got.Header.Get("Retry-After") != "") != (status == 429) {
			t.Errorf("%d %s %v, want %d %s", got.Status, got.Body, got.Header, status, want)
		}
		if got := token(); got.Status != 200 {
			t.Errorf("afterwards: %d %s", got.Status, got.Body)
		}
	}
	// By the client that a request names, in whatever way.
	order(t, s, `{"operation":"getToken","client":"me","status":503}`)
	for what, tc := range map[string]struct {
		target, body string
		header       http.Header
		status       int
	}{
		"form":          {"/oauth/token", "grant_type=client_credentials&client_id=me&client_secret=x", form, 503},
		"query":         {"/oauth/token?grant_type=client_credentials&client_id=me&client_secret=x", "", nil, 503},
		"basic":         {"/oauth/token", "grant_type=client_credentials", with(form, "Authorization", "Basic bWU6eA=="), 503},
		"someone else":  {"/oauth/token", "grant_type=client_credentials&client_id=you&client_secret=x", form, 200},
		"nobody":        {"/oauth/token", "grant_type=client_credentials", form, 401},
		"not readable":  {"/oauth/token", `{"client_id":"me"}`, http.Header{"Content-Type": {"application/json"}}, 400},
		"too large":     {"/oauth/token", "client_id=me&x=" + strings.Repeat("x", 64<<10), form, 413},
		"not the token": {"/oauth/info", "", nil, 405},
	} {
		if got := s.Send(http.MethodPost, tc.target, tc.body, tc.header); got.Status != tc.status {
			t.Errorf("%s: %d %s, want %d", what, got.Status, got.Body, tc.status)
		}
	}
	order(t, s, `[{"operation":"authorize","status":503,"times":1},{"operation":"authorize","delay":"1ms","performed":true},{"operation":"getTenantInfo","status":404}]`)
	const authorize = "/oauth/authorize?response_type=code&client_id=me&redirect_uri=http://localhost/&state=s"
	if got := s.Send(http.MethodGet, authorize, nil, nil); got.Status != 503 || got.Text("error") != "temporarily_unavailable" {
		t.Errorf("authorize: %d %s", got.Status, got.Body)
	}
	if got := late(t, s, time.Millisecond, time.Millisecond, func() apptest.Answer { return s.Send(http.MethodGet, authorize, nil, nil) }); got.Status != 302 || !strings.Contains(got.Header.Get("Location"), "state=s") {
		t.Errorf("a late redirect: %d %v", got.Status, got.Header)
	}
	if got := s.Send(http.MethodGet, "/oauth/info", nil, nil); got.Status != 404 || got.Text("error") != "invalid_request" {
		t.Errorf("info: %d %s", got.Status, got.Body)
	}
}

// late makes a call that must wait, by the machine's clock, at least for least and
// at most for most, and returns its answer. Where that clock cannot be held, it is
// just made.
func late(t *testing.T, s *apptest.Server, least, most time.Duration, call func() apptest.Answer) apptest.Answer {
	t.Helper()
	if s.Remote() {
		return call()
	}
	answered, end := context.WithCancel(t.Context())
	done := make(chan apptest.Answer, 1)
	go func() {
		defer end()
		done <- call()
	}()
	manual := s.Manual()
	waits := func() {
		if manual.Blocked(answered, 1) != nil {
			t.Errorf("answered before %v had passed", least)
		}
	}
	waits()
	s.Clock.Advance(least - time.Microsecond)
	waits()
	s.Clock.Advance(most - least + time.Microsecond)
	<-answered.Done()
	select {
	case got := <-done:
		return got
	default:
		t.Fatalf("not answered after %v", most)
		return apptest.Answer{}
	}
}

// TestFaultsComeFirst: a fault needs no token and costs no call of the rate
// limit; where there is no operation, there is no fault.
func TestFaultsComeFirst(t *testing.T) {
	t.Parallel()
	s := start(t, func(c *config.Config) { c.RateLimit = ratelimit.Limit{Calls: 2, Per: time.Hour} })
	order(t, s, `[{"id":"mine","operation":"getRoleMiningSessions","client":"me","status":500},{"operation":"getRoleMiningSessions","status":503,"times":3}]`)
	for _, header := range []http.Header{nil, {"Authorization": {"Bearer junk"}}, bearer(s.Token)} {
		if got := s.Send(http.MethodGet, sessions+"?limit=junk", nil, header); got.Status != 503 {
			t.Errorf("%v: %d %s", header, got.Status, got.Body)
		}
	}
	if got := s.Send(http.MethodGet, sessions, nil, bearer(s.TokenFor("me", "x"))); got.Status != 500 {
		t.Errorf("by client: %d %s", got.Status, got.Body)
	}
	for i, want := range []int{200, 200, 429} { // of a limit of two
		if got := s.Do(http.MethodGet, sessions, nil); got.Status != want || got.Header["X-Mock-Fault"] != nil {
			t.Errorf("call %d after the faults: %d, want %d", i, got.Status, want)
		}
	}
	order(t, s, `{"operation":"*","status":503}`)
	for path, want := range map[string]int{"/v2026/nothing": 404, sessions + "//status": 404, sessions: 405} {
		if got := s.Send(map[bool]string{true: http.MethodPut, false: http.MethodGet}[want == 405], path, nil, nil); got.Status != want || got.Header["X-Mock-Fault"] != nil {
			t.Errorf("%s: %d %v", path, got.Status, got.Header)
		}
	}
	for _, path := range []string{"/_mock/health/live", "/health"} {
		if got := s.Send(http.MethodGet, path, nil, nil); got.Header["X-Mock-Fault"] != nil {
			t.Errorf("%s is no operation of the API: %v", path, got.Header)
		}
	}
	if seen := s.Get("/_mock/faults").Value(0, "seen"); seen != 0.0 {
		t.Errorf("%v calls were counted", seen)
	}
}

// TestFaultsAndHead: a HEAD fails as its GET does, but has no body to break.
func TestFaultsAndHead(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	order(t, s, `[{"operation":"getRoleMiningSessions","body":"truncate"},{"operation":"getRoleMiningSession","status":503}]`)
	if got := s.Do(http.MethodHead, sessions, nil); got.Status != 200 || got.Header["X-Mock-Fault"] != nil {
		t.Errorf("%d %v", got.Status, got.Header)
	}
	if got := s.Do(http.MethodHead, sessions+"/"+autoSession, nil); got.Status != 503 || len(got.Body) > 0 || got.Header.Get("Content-Length") != "31" {
		t.Errorf("%d %v", got.Status, got.Header)
	}
}

// TestCutConnections: a reset is a reset, an end an end, whatever the request.
func TestCutConnections(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	large := `{"name":"` + strings.Repeat("x", 1<<20) + `"}`
	for how, want := range map[string]error{"reset": syscall.ECONNRESET, "close": io.EOF} {
		order(t, s, `{"operation":"*","connection":"`+how+`"}`)
		for what, request := range map[string][3]string{
			"GET": {"GET", sessions, ""}, "POST": {"POST", sessions, "{}"}, "a large POST": {"POST", sessions, large}, "HEAD": {"HEAD", sessions, ""},
		} {
			got, err := call(t, s, request[0], request[1], request[2])
			if err == nil {
				got.Body.Close()
			}
			if how == "reset" && request[2] == large && err != nil {
				continue // who is still writing when the reset comes is told so in many ways
			}
			if !errors.Is(err, want) {
				t.Errorf("%s of a %s: %v, want %v", how, what, err, want)
			}
		}
	}
	order(t, s, "[]")
	if n := list(s, sessions).Len(); n != 2 {
		t.Errorf("%d sessions, want the 2 of the fixtures", n)
	}
}

// TestLostAnswers: what is performed is done, although nobody hears of it.
func TestLostAnswers(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	order(t, s, `[{"operation":"createRoleMiningSessions","connection":"close","performed":true,"times":1},
		{"operation":"createRoleMiningSessions","status":504,"performed":true,"times":1},
		{"operation":"createRoleMiningSessions","status":504,"times":1}]`)
	if got, err := call(t, s, "POST", sessions, `{"name":"first"}`); !errors.Is(err, io.EOF) {
		t.Errorf("%v, %v", got, err)
	}
	for _, name := range []string{"second", "third"} {
		got := s.Do(http.MethodPost, sessions, `{"name":"`+name+`"}`)
		if got.Status != 504 || string(got.Body) != `{"error":"Gateway Timeout"}` || got.Header.Get("Content-Length") != "27" {
			t.Errorf("%d %s", got.Status, got.Body)
		}
	}
	for name, want := range map[string]int{"first": 1, "second": 1, "third": 0} {
		if n := list(s, sessions, "filters", `name eq "`+name+`"`).Len(); n != want {
			t.Errorf("%d sessions are called %s, want %d", n, name, want)
		}
	}
	// A call that would be refused is refused before anything is done.
	order(t, s, `{"operation":"createRoleMiningSessions","status":502,"performed":true}`)
	if got := s.Send(http.MethodPost, sessions, `{"name":"fourth"}`, nil); got.Status != 502 {
		t.Errorf("%d %s", got.Status, got.Body)
	}
	if n := list(s, sessions).Len(); n != 4 {
		t.Errorf("%d sessions, want the 2 of the fixtures and 2", n)
	}
}

// TestBrokenBodies: a truncated body is a fault of the transport, a malformed one
// a fault of its content, and each is the beginning of the good one.
func TestBrokenBodies(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	for _, path := range []string{sessions, sessions + "/" + autoSession, sessions + "/nope", firstPath + "/export"} {
		order(t, s, "[]")
		good := s.Do(http.MethodGet, path, nil)
		for _, how := range []string{"truncate", "malformed"} {
			order(t, s, `{"operation":"*","body":"`+how+`"}`)
			response, err := call(t, s, "GET", path, "")
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(response.Body)
			response.Body.Close()
			wantErr, length := error(nil), int64(len(good.Body)/2)
			if how == "truncate" {
				wantErr, length = io.ErrUnexpectedEOF, int64(len(good.Body))
			}
			if !errors.Is(err, wantErr) || response.ContentLength != length || response.StatusCode != good.Status {
				t.Errorf("%s %s: %d, error %v, length %d; want error %v, length %d", how, path, response.StatusCode, err, response.ContentLength, wantErr, length)
			}
			if same := len(good.Body) / 2; !strings.Contains(path, "nope") && !bytes.Equal(body, good.Body[:same]) {
				t.Errorf("%s %s: %d bytes that are not the first %d", how, path, len(body), same)
			}
			if _, err := zip.NewReader(bytes.NewReader(body), int64(len(body))); err == nil || json.Valid(body) {
				t.Errorf("%s %s: the body is good", how, path)
			}
		}
	}
	order(t, s, `{"operation":"getRoleMiningSessions","status":503,"body":"malformed"}`)
	if got := s.Do(http.MethodGet, sessions, nil); got.Status != 503 || string(got.Body) != `{"error":"Servi` {
		t.Errorf("%d %s", got.Status, got.Body)
	}
}

// TestDelays: a call is answered when its delay has passed by the machine's
// clock, and not before.
func TestDelays(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	s.Manual()
	const ms = time.Millisecond
	for rule, within := range map[string][2]time.Duration{
		`"delay":"250ms"`:                 {250 * ms, 250 * ms},
		`"delay":"10m"`:                   {10 * time.Minute, 10 * time.Minute},
		`"delay":"50ms","status":503`:     {50 * ms, 50 * ms},
		`"delay":"50ms","performed":true`: {50 * ms, 50 * ms},
		`"delay":{"distribution":"uniform","min":"100ms","max":"200ms"}`: {100 * ms, 200 * ms},
	} {
		order(t, s, `{"operation":"createRoleMiningSessions",`+rule+`}`)
		got := late(t, s, within[0], within[1], func() apptest.Answer { return s.Do(http.MethodPost, sessions, "{}") })
		want := http.StatusCreated
		if strings.Contains(rule, "503") {
			want = http.StatusServiceUnavailable
		}
		if got.Status != want || !strings.HasPrefix(got.Header.Get("X-Mock-Fault-Effect"), "delay=") || got.Header.Get("X-Mock-Fault") != "fault-1" {
			t.Errorf("%s: %d %s %v", rule, got.Status, got.Body, got.Header)
		}
	}
}

// TestSlowBodies: a body at a rate takes its time, comes in pieces, and whole.
func TestSlowBodies(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	order(t, s, "[]")
	archive, status := s.Get(firstPath+"/export"), s.Get(sessions+"/"+autoSession+"/status")
	for _, tc := range []struct {
		rule, path string
		want       []byte
		perSecond  int
		piece      int // bytes at a time
	}{
		{`{"operation":"exportRoleMiningPotentialRole","slow":{"bytesPerSecond":20000}}`, firstPath + "/export", archive.Body, 20000, 2000},
		{`{"operation":"getRoleMiningSessionStatus","slow":{"bytesPerSecond":5}}`, sessions + "/" + autoSession + "/status", status.Body, 5, 1},
		{`{"operation":"*","slow":{"bytesPerSecond":100},"status":503}`, sessions, []byte(`{"error":"Service Unavailable"}`), 100, 10},
	} {
		order(t, s, tc.rule)
		before := s.Clock.Now()
		// The head is there before any byte of the body is due.
		response, err := call(t, s, "GET", tc.path, "")
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		if passed := s.Clock.Now().Sub(before); passed != 0 || response.ContentLength != int64(len(tc.want)) {
			t.Errorf("%s: the head of %d bytes came after %v", tc.rule, response.ContentLength, passed)
		}
		body, piece, every := make([]byte, len(tc.want)), tc.piece, time.Duration(tc.piece)*time.Second/time.Duration(tc.perSecond)
		for at := 0; at < len(body); at += piece {
			if err := s.Manual().Blocked(t.Context(), 1); err != nil {
				t.Fatal(err)
			}
			s.Clock.Advance(every)
			if _, err := io.ReadFull(response.Body, body[at:min(at+piece, len(body))]); err != nil {
				t.Fatalf("%s: %v", tc.rule, err)
			}
		}
		if n, err := response.Body.Read(make([]byte, 1)); n > 0 || err != io.EOF {
			t.Errorf("%s: the body goes on: %v", tc.rule, err)
		}
		least := time.Duration(len(tc.want)) * time.Second / time.Duration(tc.perSecond)
		if passed := s.Clock.Now().Sub(before); passed < least || !bytes.Equal(body, tc.want) {
			t.Errorf("%s: %d bytes after %v; want %d bytes, after %v", tc.rule, len(body), passed, len(tc.want), least)
		}
	}
}

// TestFaultsInTheLog: the line of a request says which rule it met, and a call
// that was not answered at all has one, too.
func TestFaultsInTheLog(t *testing.T) {
	t.Parallel()
	for rule, want := range map[string]map[string]any{
		`"status":503`:         {"fault": "mine", "status": 503.0, "refused": "Service Unavailable", "operationId": "getRoleMiningSessions"},
		`"connection":"reset"`: {"fault": "mine", "status": 0.0, "refused": nil},
		`"body":"malformed"`:   {"fault": "mine", "status": 401.0, "refused": "JWT is required"},
	} {
		lines := loggedWith(t, httptest.NewRequest(http.MethodGet, sessions, nil), `{"id":"mine","operation":"*",`+rule+`}`)
		if len(lines) != 1 {
			t.Fatalf("%s: logged %v", rule, lines)
		}
		for name, value := range want {
			if lines[0][name] != value {
				t.Errorf("%s: %s is %v, want %v", rule, name, lines[0][name], value)
			}
		}
	}
	// Who hangs up is not waited for.
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	lines := loggedWith(t, httptest.NewRequestWithContext(ctx, http.MethodGet, sessions, nil), `{"id":"late","operation":"*","delay":"10m"}`)
	if len(lines) != 1 || lines[0]["status"] != 499.0 || lines[0]["refused"] != "the client hung up" || lines[0]["fault"] != "late" {
		t.Errorf("logged: %v", lines)
	}
}

// TestPrefer: with the setting on, a request asks for its own fault.
func TestPrefer(t *testing.T) {
	t.Parallel()
	s := start(t, func(c *config.Config) { c.Prefer = true })
	prefer := func(method, path, value string) apptest.Answer {
		return s.Send(method, path, nil, with(bearer(s.Token), "Prefer", value))
	}
	order(t, s, `{"operation":"getRoleMiningSessions","status":500,"nth":1}`)
	got := prefer("GET", sessions, "code=429, retry-after=2")
	if got.Status != 429 || got.Header.Get("Retry-After") != "2" || got.Header.Get("Preference-Applied") != "code=429, retry-after=2" ||
		got.Header.Get("X-Mock-Fault") != faults.Preferred || got.Header.Get("X-Mock-Fault-Effect") != "status=429" {
		t.Errorf("%d %v", got.Status, got.Header)
	}
	if got := prefer("GET", sessions, "respond-async"); got.Status != 500 || got.Header["Preference-Applied"] != nil {
		t.Errorf("another preference: %d %v: the rule is still to come", got.Status, got.Header)
	}
	refused(t, "not possible", prefer("GET", sessions, "code=413"), 400, illegalValue,
		"code in the header Prefer must be one of 400, 401, 403, 404, 429, 500, 502, 503, 504 for getRoleMiningSessions, not \"413\".")
	if got := prefer("POST", sessions, "code=413"); got.Status != 413 {
		t.Errorf("%d %s", got.Status, got.Body)
	}
	if got := prefer("GET", "/oauth/info", "code=503"); got.Status != 503 || got.Text("error") != "temporarily_unavailable" {
		t.Errorf("%d %s", got.Status, got.Body)
	}
	if got := prefer("GET", "/oauth/info", "code=999"); got.Status != 400 || got.Text("error") != "invalid_request" || !strings.Contains(got.Text("error_description"), "one of 401, 403, 404") {
		t.Errorf("%d %s", got.Status, got.Body)
	}
	if got := late(t, s, 5*time.Millisecond, 5*time.Millisecond, func() apptest.Answer { return prefer("GET", sessions, "delay=5ms") }); got.Status != 200 || got.Header.Get("Preference-Applied") != "delay=5ms" {
		t.Errorf("%d %v", got.Status, got.Header)
	}
	off := start(t, nil)
	if got := off.Send("GET", sessions, nil, with(bearer(off.Token), "Prefer", "code=503")); got.Status != 200 || got.Header["X-Mock-Fault"] != nil {
		t.Errorf("with the setting off: %d %v", got.Status, got.Header)
	}
}

// TestFaultsAreCountedOnce: of many calls at a time just as many fail as the rule
// says, and calls of other tests do not count.
func TestFaultsAreCountedOnce(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	order(t, s, `{"operation":"getRoleMiningSession","header":{"x-mock-test-id":"a"},"path":{"sessionId":"`+autoSession+`"},"status":503,"times":17}`)
	var mu sync.Mutex
	failed := map[string]int{}
	var callers sync.WaitGroup
	for i := range 8 {
		callers.Go(func() {
			for range 10 {
				test := string("ab"[i%2])
				got := s.Send(http.MethodGet, sessions+"/"+autoSession, nil, with(bearer(s.Token), "X-Mock-Test-Id", test))
				mu.Lock()
				if got.Status == 503 {
					failed[test]++
				}
				mu.Unlock()
			}
		})
	}
	callers.Wait()
	if failed["a"] != 17 || failed["b"] != 0 {
		t.Errorf("failed: %v", failed)
	}
}

// TestFaultOperations: what can go wrong is what is described, under each of its
// names.
func TestFaultOperations(t *testing.T) {
	t.Parallel()
	var ids []string
	for _, op := range handlers.Operations() {
		ids = append(ids, op.ID)
		names := append([]string{op.ID}, op.Names...)
		slices.Sort(names)
		if diff := cmp.Diff(openapi.Spellings(op.ID), names); diff != "" {
			t.Errorf("names of %s (-described +handlers):\n%s", op.ID, diff)
		}
	}
	slices.Sort(ids)
	if diff := cmp.Diff(openapi.IDs(), ids); diff != "" {
		t.Errorf("operations (-described +handlers):\n%s", diff)
	}
}

// TestFaultsInTheJournal: what a rule did to a call is kept with it, as the client
// saw it, and half a token is no more shown than a whole one.
func TestFaultsInTheJournal(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	written := s.App().Default().Journal // which can be asked before the answer is there
	for _, tc := range []struct {
		rule, method, path  string
		status              int
		aborted             bool
		operation, contains string
	}{
		{`"status":503`, "GET", sessions, 503, false, "getRoleMiningSessions", `{"error":"Service Unavailable"}`},
		{`"connection":"reset"`, "GET", sessions, 0, true, "getRoleMiningSessions", ""},
		{`"connection":"close","performed":true`, "POST", sessions, 0, true, "createRoleMiningSessions", ""},
		{`"body":"truncate"`, "GET", sessions, 200, true, "getRoleMiningSessions", `[{"`},
		{`"body":"malformed"`, "GET", sessions, 200, false, "getRoleMiningSessions", `[{"`},
		{`"body":"malformed"`, "POST", "/oauth/token?grant_type=client_credentials&client_id=me&client_secret=x", 200, false, "getToken", `"access_token"`},
		{`"body":"truncate"`, "POST", "/oauth/token?grant_type=client_credentials&client_id=me&client_secret=x", 200, true, "getToken", `"access_token"`},
	} {
		order(t, s, `{"id":"mine","operation":"*",`+tc.rule+`}`)
		if response, err := call(t, s, tc.method, tc.path, ""); err == nil {
			_, _ = io.Copy(io.Discard, response.Body)
			response.Body.Close()
		}
		// Of a connection that is cut the client may know before it is written down.
		entry := last(t, written, tc.operation, tc.status)
		if entry.Fault != "mine" || (entry.Aborted != "") != tc.aborted || !strings.Contains(entry.Response.Data, tc.contains) || strings.Contains(entry.Response.Data, "eyJ") {
			t.Errorf("%s: %d %q by %q: %s", tc.rule, entry.Status, entry.Aborted, entry.Fault, entry.Response.Data)
		}
		written.Clear()
	}
}

// last waits for the entry of a call and returns it.
func last(t *testing.T, j *journal.Journal, operation string, status int) journal.Entry {
	t.Helper()
	for {
		if found := j.Find(journal.Filter{}, 1); len(found.Entries) > 0 {
			entry := found.Entries[0]
			if entry.Operation != operation || entry.Status != status {
				t.Errorf("%s with %d, want %s with %d", entry.Operation, entry.Status, operation, status)
			}
			return entry
		}
		if t.Context().Err() != nil {
			t.Fatal("not in the journal")
		}
		runtime.Gosched()
	}
}
