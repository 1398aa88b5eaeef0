package control_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/google/go-cmp/cmp"

	"mockserver/internal/clock"
	"mockserver/internal/control"
	"mockserver/internal/openapi"
	"mockserver/internal/openapi/openapitest"
)

// plane is a control plane whose readiness the test decides. Its answers are
// checked against the document.
func plane(t *testing.T, c clock.Clock, ready func(*http.Request) error) http.Handler {
	t.Helper()
	r := chi.NewRouter()
	control.Mount(r, control.Config{Version: "1.2.3", SchemaVersion: 4, Seed: "s", Clock: c, Ready: ready})
	return openapitest.Handler(t, r)
}

func get(t *testing.T, h http.Handler, target string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, target, nil))
	if got := w.Header().Get("Content-Type"); got != "application/json;charset=UTF-8" {
		t.Errorf("%s: Content-Type %q", target, got)
	}
	return w
}

func TestHealth(t *testing.T) {
	t.Parallel()
	now := clock.NewManual(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))
	var fault error
	h := plane(t, now, func(*http.Request) error { return fault })
	now.Advance(90*time.Second + 999*time.Millisecond)
	const rest = `"version":"1.2.3","schemaVersion":4,"uptimeSeconds":90,"seed":"s","capabilities":{"versions":["beta","v2024","v2025","v2026","v1"]}}`
	for _, tc := range []struct {
		fault  error
		target string
		status int
		body   string
	}{
		{nil, "/_mock/health/live", 200, `{"status":"UP",` + rest},
		{nil, "/_mock/health/ready", 200, `{"status":"UP",` + rest},
		{nil, "/health", 200, `{"status":"UP",` + rest},
		{errors.New("why not"), "/_mock/health/live", 200, `{"status":"UP",` + rest},
		{errors.New("why not"), "/_mock/health/ready", 503, `{"status":"DOWN","reason":"why not",` + rest},
		{errors.New("why not"), "/health", 503, `{"status":"DOWN","reason":"why not",` + rest},
	} {
		fault = tc.fault
		w := get(t, h, tc.target)
		if w.Code != tc.status {
			t.Errorf("%s with fault %v: status %d, want %d", tc.target, tc.fault, w.Code, tc.status)
		}
		if diff := cmp.Diff(tc.body, w.Body.String()); diff != "" {
			t.Errorf("%s with fault %v (-want +got):\n%s", tc.target, tc.fault, diff)
		}
	}
}

func TestDocument(t *testing.T) {
	t.Parallel()
	r := chi.NewRouter()
	control.Mount(r, control.Config{Clock: clock.Real{}})
	targets := map[string]string{"/_mock/openapi.json": openapi.Default, "/_mock/openapi.json?version=": openapi.Default, "/_mock/openapi.json?version=latest": openapi.Default}
	for _, version := range openapi.Versions() {
		targets["/_mock/openapi.json?version="+version] = version
	}
	for target, version := range targets {
		w := get(t, r, target)
		want, _ := openapi.Document(version)
		if w.Code != http.StatusOK || w.Body.String() != string(want) {
			t.Errorf("%s: status %d and %d bytes, want the document of %s", target, w.Code, w.Body.Len(), version)
		}
	}
	for _, version := range []string{"v3", "V2026", "v2026/"} {
		w := get(t, openapitest.Handler(t, r), "/_mock/openapi.json?version="+version)
		var body struct{ Error string }
		if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
			t.Fatal(err)
		}
		want := `version "` + version + `" is not described; there are beta, v2024, v2025, v2026, v1`
		if w.Code != http.StatusBadRequest || body.Error != want {
			t.Errorf("version %s: status %d, error %q; want 400, %q", version, w.Code, body.Error, want)
		}
	}
}
