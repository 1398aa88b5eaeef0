package app_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"mockserver/internal/app/apptest"
	"mockserver/internal/config"
)

// With a listener of its own, the control plane is there and nowhere else, for
// every tenant; what probes ask stays where the API is, too.
func TestControlPlaneApart(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, func(c *config.Config) { c.ControlAddr = "127.0.0.1:0" })
	stop := s.Run(t.Context())
	defer stop()
	s.WaitReady()
	// Not through Send: the answers of paths that are not there are no answers of
	// their operations.
	public, control := httptest.NewServer(s.App().Handler), httptest.NewServer(s.App().Control)
	defer public.Close()
	defer control.Close()
	const api, problem, fine = "api", "problem", "" // the form of the answer
	for _, tc := range []struct {
		method, path   string
		public, onside int
		publicForm     string
		controlForm    string
	}{
		{"GET", "/_mock", 404, 200, api, fine},
		{"GET", "/_mock/clock", 404, 200, api, fine},
		{"PUT", "/_mock/tenants/a", 404, 201, api, fine},
		{"GET", "/_mock/tenants", 404, 200, api, fine},
		{"GET", "/t/a/_mock/settings", 404, 200, api, fine},
		{"GET", "/t/never-seen/_mock/clock", 404, 200, api, fine},
		{"GET", "/_mock/openapi.json", 404, 200, api, fine},
		{"GET", "/_mock/nothing", 404, 404, api, problem},
		{"GET", "/t/-/_mock/clock", 400, 400, api, problem}, // no name of a tenant
		{"GET", "/health", 200, 200, fine, fine},
		{"GET", "/_mock/health/live", 200, 200, fine, fine},
		{"GET", "/t/a/_mock/health/ready", 200, 200, fine, fine},
		{"GET", "/_mock/health/nothing", 404, 404, problem, problem},
		{"GET", "/oauth/info", 200, 404, fine, problem},
		{"GET", "/v2026/role-mining-sessions", 401, 404, "gateway", problem},
		{"GET", "/t/unmade/v2026/role-mining-sessions", 401, 404, "gateway", problem},
		{"GET", "/", 404, 404, api, problem},
	} {
		for _, side := range []struct {
			url, form string
			status    int
		}{{public.URL, tc.publicForm, tc.public}, {control.URL, tc.controlForm, tc.onside}} {
			status, form := ask(t, tc.method, side.url+tc.path)
			if status != side.status || form != side.form {
				t.Errorf("%s %s on %s: %d in the form %q, want %d in %q", tc.method, tc.path, side.url, status, form, side.status, side.form)
			}
		}
	}
}

// ask is the status of an answer and, for a refusal, whose form it has.
func ask(t *testing.T, method, address string) (status int, form string) {
	t.Helper()
	request, err := http.NewRequest(method, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode < 400 {
		return response.StatusCode, ""
	}
	var body struct{ DetailCode, Error string }
	switch err := json.Unmarshal(raw, &body); {
	case err != nil:
		return response.StatusCode, err.Error()
	case body.DetailCode != "":
		return response.StatusCode, "api"
	case strings.Contains(body.Error, "JWT"):
		return response.StatusCode, "gateway"
	}
	return response.StatusCode, "problem"
}

// A tenant that only the control plane was asked for on its own listener, with
// paths of the API, is not made.
func TestControlListenerMakesNoTenantForTheAPI(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, func(c *config.Config) { c.ControlAddr = "127.0.0.1:0" })
	control := httptest.NewServer(s.App().Control)
	defer control.Close()
	ask(t, "GET", control.URL+"/t/unmade/v2026/role-mining-sessions")
	if status, _ := ask(t, "GET", control.URL+"/_mock/tenants/unmade"); status != 404 {
		t.Errorf("the tenant is there: %d", status)
	}
}

// Without one, there is no handler for it.
func TestControlPlaneWithTheAPI(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	if s.App().Control != nil {
		t.Error("there is a handler for a listener that is not asked for")
	}
}
