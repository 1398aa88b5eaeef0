package handlers_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"mockserver/internal/app"
	"mockserver/internal/app/apptest"
	"mockserver/internal/auth"
	"mockserver/internal/clock"
	"mockserver/internal/config"
	"mockserver/internal/handlers"
	"mockserver/internal/idgen"
)

// behindFront serves one request through Front and returns the answer and what
// was logged, by the message of each line.
func behindFront(t *testing.T, r *http.Request, h http.HandlerFunc) (*httptest.ResponseRecorder, map[string]map[string]any) {
	t.Helper()
	var logged bytes.Buffer
	front := handlers.Front(handlers.FrontConfig{
		IDs: idgen.New("test"), Clock: clock.NewManual(apptest.Now()), Log: slog.New(slog.NewJSONHandler(&logged, nil)), Origins: []string{"*"},
	}, h)
	w := httptest.NewRecorder()
	front.ServeHTTP(w, r)
	lines := map[string]map[string]any{}
	for text := range strings.Lines(logged.String()) {
		var line map[string]any
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatal(err)
		}
		lines[line["msg"].(string)] = line
	}
	return w, lines
}

// TestPanic: a fault in the program is told to the client as the generic one,
// and to the log in full.
func TestPanic(t *testing.T) {
	t.Parallel()
	w, lines := behindFront(t, httptest.NewRequest(http.MethodGet, sessions, nil), func(http.ResponseWriter, *http.Request) {
		panic("the secret cause")
	})
	var body refusal
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || w.Code != 500 || body.DetailCode != "500.0 Internal Fault" ||
		body.TrackingID != w.Header().Get("SLPT-Request-ID") || strings.Contains(w.Body.String(), "secret") || inside.Match(w.Body.Bytes()) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w.Header().Get("Content-Type") != contentJSON || len(w.Header()["Vary"]) != 3 {
		t.Errorf("%v", w.Header())
	}
	if fault := lines["panic"]; fault["fault"] != "the secret cause" || fault["trackingId"] != body.TrackingID || !strings.Contains(fault["stack"].(string), "accesslog_test.go") {
		t.Errorf("%v", fault)
	}
	if lines["request"]["status"] != 500.0 {
		t.Errorf("%v", lines["request"])
	}
	// Who has begun to answer cannot take it back.
	w, _ = behindFront(t, httptest.NewRequest(http.MethodGet, sessions, nil), func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusCreated)
		panic("late")
	})
	if w.Code != http.StatusCreated || w.Body.Len() > 0 {
		t.Errorf("after the header was written: %d %s", w.Code, w.Body)
	}
}

// TestAccessLine: one line a request, without the query, a token or a secret.
func TestAccessLine(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest(http.MethodPost, "/oauth/token?client_secret=hush&client_id=me", strings.NewReader("client_secret=hush"))
	r.Header.Set("Authorization", "Bearer hush")
	w, lines := behindFront(t, r, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("hush")) })
	line := lines["request"]
	for name, want := range map[string]any{"trackingId": w.Header().Get("SLPT-Request-ID"), "method": "POST", "path": "/oauth/token", "status": 200.0, "level": "INFO"} {
		if line[name] != want {
			t.Errorf("%s is %v, want %v", name, line[name], want)
		}
	}
	for _, name := range []string{"operationId", "version", "durMs", "clientId"} {
		if _, ok := line[name]; !ok {
			t.Errorf("no %s in %v", name, line)
		}
	}
	if text, err := json.Marshal(lines); err != nil || bytes.Contains(text, []byte("hush")) || len(lines) != 1 {
		t.Errorf("logged: %s", text)
	}
}

// logged serves one request with a whole server in a mode of authentication, and
// returns what was answered and the lines of the log.
func logged(t *testing.T, mode string, r *http.Request) (*httptest.ResponseRecorder, []map[string]any) {
	t.Helper()
	return serveLogged(t, mode, r, "[]")
}

// loggedWith is the lines of the log of one request to a server with rules of
// faults. One that is not answered at all ends as net/http has it.
func loggedWith(t *testing.T, r *http.Request, rules string) []map[string]any {
	t.Helper()
	_, lines := serveLogged(t, "lenient", r, rules)
	return lines
}

func serveLogged(t *testing.T, mode string, r *http.Request, rules string) (*httptest.ResponseRecorder, []map[string]any) {
	t.Helper()
	settings, err := config.Load([]string{"--auth=" + mode}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&text, nil))
	a, err := app.New(t.Context(), app.Options{Config: settings, Clock: clock.NewManual(apptest.Now()), Log: log, Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if err := a.Default().Faults.Replace([]byte(rules)); err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	func() {
		defer func() {
			if fault := recover(); fault != nil && fault != any(http.ErrAbortHandler) {
				panic(fault)
			}
		}()
		a.Handler.ServeHTTP(w, r)
	}()
	var lines []map[string]any
	for line := range strings.Lines(text.String()) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, fields)
	}
	return w, lines
}

// TestClientHangsUp: it is no fault of the server's.
func TestClientHangsUp(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, lines := logged(t, "off", httptest.NewRequestWithContext(ctx, http.MethodPost, "/beta/role-mining-sessions", strings.NewReader("{}")))
	if len(lines) != 1 || lines[0]["level"] != "INFO" || lines[0]["status"] != 499.0 || lines[0]["refused"] != "the client hung up" {
		t.Errorf("logged: %v", lines)
	}
}

// TestHints: where the API's own text does not say what to do, the log does.
func TestHints(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		method, path, contentType string
		status                    int
		operation, hint           string
	}{
		{http.MethodGet, sessions, "", 400, "getRoleMiningSessions", "X-SailPoint-Experimental: true"},
		{http.MethodGet, "/beta/role-mining-sessions/", "", 404, "", "no operation has this path; a slash at the end"},
		{http.MethodGet, "/role-mining-sessions/x", "", 404, "", "no operation has this path, did you mean /v2026/role-mining-sessions/x?"},
		{http.MethodGet, "/beta/nothing", "", 404, "", "no operation has this path; GET /_mock/openapi.json"},
		{http.MethodGet, "/beta/role-mining-sessions//status", "", 404, "getRoleMiningSessionStatus", "no operation has this path: an id in it is empty"},
		{http.MethodGet, "/beta/role-mining-sessions/none", "", 404, "getRoleMiningSession", "something that it names does not exist"},
		{http.MethodPost, "/beta/role-mining-sessions", "text/csv", 415, "createRoleMiningSessions", "text/csv and must be application/json"},
		{http.MethodPatch, "/beta/role-mining-sessions/x", "application/json", 415, "patchRoleMiningSession", "must be application/json-patch+json"},
		{http.MethodGet, "/oauth/info", "", 200, "getTenantInfo", ""},
	} {
		r := httptest.NewRequest(tc.method, tc.path, strings.NewReader("{}"))
		if tc.contentType != "" {
			r.Header.Set("Content-Type", tc.contentType)
		}
		w, lines := logged(t, "off", r)
		line := lines[len(lines)-1]
		hint, _ := line["hint"].(string)
		if w.Code != tc.status || line["operationId"] != tc.operation || !strings.Contains(hint, tc.hint) || (hint == "") != (tc.hint == "") {
			t.Errorf("%s %s: %d, logged %v", tc.method, tc.path, w.Code, line)
		}
	}
}

// TestForbiddenSaysWhyInTheLog: the 403 itself never does.
func TestForbiddenSaysWhyInTheLog(t *testing.T) {
	t.Parallel()
	strict := start(t, func(c *config.Config) { c.Auth = auth.Strict })
	r := httptest.NewRequest(http.MethodPost, "/beta/role-mining-sessions", strings.NewReader("{}"))
	// The key follows from the seed, so another server takes the token, too.
	r.Header.Set("Authorization", "Bearer "+strict.TokenFor("mock-reader", "mock-reader-secret"))
	w, lines := logged(t, "strict", r)
	hint, _ := lines[len(lines)-1]["hint"].(string)
	if w.Code != http.StatusForbidden || !strings.Contains(hint, "needs iai:access-modeling:manage") {
		t.Errorf("%d, logged %v", w.Code, lines)
	}
}

// TestBrokenPathEscape: what is no path never reaches the API; net/http says so.
func TestBrokenPathEscape(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	c, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Write([]byte("GET /v2026/%zz HTTP/1.1\r\nHost: x\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusBadRequest {
		t.Errorf("status %d, want 400", response.StatusCode)
	}
}
