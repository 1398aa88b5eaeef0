package control_test

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/app/apptest"
	"mockserver/internal/config"
	"mockserver/internal/openapi"
	"mockserver/internal/store"
)

// mock sends a request to the control plane.
func mock(s *apptest.Server, method, path string, body any) apptest.Answer {
	return s.Send(method, path, body, nil)
}

func TestHealth(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	s.InProcess("its background work runs from the start")
	s.Clock.Advance(90*time.Second + 999*time.Millisecond)
	rest := `"version":"test","schemaVersion":` + strconv.Itoa(store.SchemaVersion) +
		`,"uptimeSeconds":90,"seed":"mockserver","capabilities":{"versions":["beta","v2024","v2025","v2026","v1"],"control":` + features(t, s) + `}}`
	expect := func(path string, status int, body string) {
		t.Helper()
		got := mock(s, http.MethodGet, path, nil)
		if got.Status != status {
			t.Errorf("%s: status %d, want %d", path, got.Status, status)
		}
		if diff := cmp.Diff(body, string(got.Body)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
	up := `{"status":"UP",` + rest
	expect("/_mock/health/live", 200, up)
	down := `{"status":"DOWN","reason":"background work is not running",` + rest
	expect("/_mock/health/ready", 503, down)
	expect("/health", 503, down)
	stop := s.Run(t.Context())
	defer stop()
	s.WaitReady()
	expect("/_mock/health/live", 200, up)
	expect("/_mock/health/ready", 200, up)
	expect("/health", 200, up)
}

// version is what the server says of its own.
func version(s *apptest.Server) string {
	return mock(s, http.MethodGet, "/_mock/health/live", nil).Text("version")
}

// features are those that the server says it has.
func features(t *testing.T, s *apptest.Server) string {
	t.Helper()
	var body struct {
		Capabilities struct{ Control json.RawMessage }
	}
	mock(s, http.MethodGet, "/_mock/health/live", nil).Into(&body)
	return string(body.Capabilities.Control)
}

// Capabilities tell what there is, in this server and for this tenant.
func TestCapabilities(t *testing.T) {
	t.Parallel()
	all := features(t, apptest.Start(t, func(c *config.Config) { c.Pprof = true }))
	for _, name := range []string{
		"clock", "coverage", "events", "explain", "faults", "health", "jobs", "journal", "metrics", "openapi", "outbox", "pprof", "settings", "tenants", "tokens", "verify", "wait",
	} {
		if !strings.Contains(all, strconv.Quote(name)) {
			t.Errorf("%s is not among %s", name, all)
		}
	}
	for _, none := range []string{"{", `"sessions"`, `"step"`, `"har"`, `"file"`, `"diff"`, `"restore"`, `""`} {
		if strings.Contains(all, none) {
			t.Errorf("%s is among %s", none, all)
		}
	}
	less := features(t, apptest.Start(t, func(c *config.Config) { c.JournalEntries = 0 }))
	for _, name := range []string{"coverage", "journal", "pprof", "verify"} {
		if strings.Contains(less, strconv.Quote(name)) {
			t.Errorf("%s is among %s", name, less)
		}
	}
}

func TestDocument(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	targets := map[string]string{"/_mock/openapi.json": openapi.Default, "/_mock/openapi.json?version=": openapi.Default, "/_mock/openapi.json?version=latest": openapi.Default}
	for _, version := range openapi.Versions() {
		targets["/_mock/openapi.json?version="+version] = version
	}
	for target, version := range targets {
		got := mock(s, http.MethodGet, target, nil)
		want, _ := openapi.Document(version)
		if got.Status != http.StatusOK || string(got.Body) != string(want) {
			t.Errorf("%s: status %d and %d bytes, want the document of %s", target, got.Status, len(got.Body), version)
		}
	}
	for _, version := range []string{"v3", "V2026", "v2026/"} {
		got := mock(s, http.MethodGet, "/_mock/openapi.json?version="+version, nil)
		want := `{"error":"version \"` + version + `\" is not described","allowed":["beta","v2024","v2025","v2026","v1","latest"]}`
		if got.Status != http.StatusBadRequest || string(got.Body) != want {
			t.Errorf("version %s: status %d %s; want 400 %s", version, got.Status, got.Body, want)
		}
	}
}

// What no operation takes is refused in the one form of errors.
func TestRefusals(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	for _, tc := range []struct {
		method, path string
		header       http.Header
		status       int
		text         string
	}{
		{"GET", "/_mock/nothing", nil, 404, "/_mock/nothing"},
		{"DELETE", "/_mock/health/live", nil, 405, "DELETE"},
		{"GET", "/_mock/health/live?verbose=1", nil, 400, `"verbose"`},
		{"GET", "/_mock/openapi.json?version=beta&version=v1", nil, 400, `"version"`},
		{"GET", "/_mock/health/live?a=%zz", nil, 400, "well-formed"},
		{"GET", "/_mock/health/live", http.Header{"Origin": {"http://evil.example"}}, 403, "http://evil.example"},
		{"GET", "/_mock/health/live", http.Header{"Origin": {"null"}}, 403, "null"},
		{"GET", "/_mock/health/live", http.Header{"Sec-Fetch-Site": {"cross-site"}}, 403, "other origins"},
		{"GET", "/_mock/health/live", http.Header{"Origin": {s.URL}}, 200, ""},
		{"GET", "/_mock/health/live", http.Header{"Sec-Fetch-Site": {"same-origin"}}, 200, ""},
		{"HEAD", "/_mock/health/live", nil, 200, ""},
	} {
		got := s.Send(tc.method, tc.path, nil, tc.header)
		if got.Status != tc.status {
			t.Errorf("%s %s %v: status %d, want %d", tc.method, tc.path, tc.header, got.Status, tc.status)
			continue
		}
		if got.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s %s: browsers are let in", tc.method, tc.path)
		}
		if tc.status < 400 {
			continue
		}
		var body struct{ Error string }
		if err := json.Unmarshal(got.Body, &body); err != nil || !strings.Contains(body.Error, tc.text) {
			t.Errorf("%s %s: %s does not name %q", tc.method, tc.path, got.Body, tc.text)
		}
		if allow := got.Header.Get("Allow"); tc.status == 405 && allow != "GET, HEAD" {
			t.Errorf("%s %s: Allow %q", tc.method, tc.path, allow)
		}
	}
}

// An operation that takes no body refuses one, and then nothing is done.
func TestNoBodyWhereNoneIsTaken(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	must(t, s, http.MethodPut, "/_mock/faults", `{"id":"x","operation":"getToken","status":500,"nth":9}`)
	must(t, s, http.MethodPost, "/_mock/clock", `{"freeze":true}`)
	for _, tc := range []struct{ method, path, body string }{
		{"POST", "/_mock/snapshots/b", `{"keep":["clock"]}`},
		{"DELETE", "/_mock/journal", `{"since":3}`},
		{"DELETE", "/_mock/faults", `{"id":"x"}`},
		{"DELETE", "/_mock/clock", `{"freeze":true}`},
		{"DELETE", "/_mock/settings", `["auth"]`},
		{"DELETE", "/_mock/outbox", strings.Repeat(" ", 100) + `{}`},
		{"DELETE", "/_mock/faults/x", `null`},
		{"GET", "/_mock/jobs", `{"mode":"step"}`},
	} {
		refused(t, tc.method+" "+tc.path, mock(s, tc.method, tc.path, tc.body), http.StatusBadRequest, "", "takes no body")
	}
	if got := mock(s, http.MethodGet, "/_mock/snapshots", nil); string(got.Body) != "[]" {
		t.Errorf("snapshots: %s", got.Body)
	}
	if got := mock(s, http.MethodGet, "/_mock/faults", nil); got.Text(0, "id") != "x" {
		t.Errorf("faults: %s", got.Body)
	}
	if got := mock(s, http.MethodGet, "/_mock/clock", nil); got.Value("frozen") != true {
		t.Errorf("clock: %s", got.Body)
	}
	for _, empty := range []string{" \n", " {} "} {
		must(t, s, http.MethodPost, "/_mock/snapshots/b?replace=true", empty)
	}
}

// What the server leaves out is not listed either.
func TestOperationsThatThereAre(t *testing.T) {
	t.Parallel()
	for _, pprof := range []bool{true, false} {
		s := apptest.Start(t, func(c *config.Config) { c.Pprof = pprof })
		if got := strings.Contains(string(mock(s, http.MethodGet, "/_mock", nil).Body), "pprof"); got != pprof {
			t.Errorf("with --pprof=%v it is listed: %v", pprof, got)
		}
	}
}

// list is a JSON array, empty for anything else.
func list(v any) []any {
	all, _ := v.([]any)
	return all
}

func itoa(n int) string { return strconv.Itoa(n) }
