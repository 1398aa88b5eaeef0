package control_test

import (
	"net/http"
	"strings"
	"testing"

	"mockserver/internal/app/apptest"
	"mockserver/internal/config"
)

// scraped is the metrics, as a map from series to values.
func scraped(t *testing.T, s *apptest.Server) map[string]string {
	t.Helper()
	got := must(t, s, http.MethodGet, "/_mock/metrics", nil)
	if media := got.Header.Get("Content-Type"); media != "text/plain; version=0.0.4; charset=utf-8" {
		t.Errorf("the content type is %s", media)
	}
	all := map[string]string{}
	for line := range strings.Lines(string(got.Body)) {
		if at := strings.LastIndex(line, " "); !strings.HasPrefix(line, "#") {
			all[line[:at]] = strings.TrimSpace(line[at+1:])
		}
	}
	return all
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	before := scraped(t, s)
	expect := func(want map[string]string) {
		t.Helper()
		got := scraped(t, s)
		for series, value := range want {
			if got[series] != value {
				t.Errorf("%s is %q, want %q", series, got[series], value)
			}
		}
	}
	if before[`mockserver_requests_total{operation="getToken",status="200",tenant="default",version=""}`] != "1" {
		t.Error("the token that the test took is not counted")
	}
	for _, path := range []string{sessions + "?limit=1", sessions + "?limit=1", strings.Replace(sessions, "v2026", "beta", 1), "/role-mining-sessions/v1", sessions + "?limit=x", "/v2026/nothing"} {
		s.Do(http.MethodGet, path, nil)
	}
	s.Send(http.MethodGet, sessions, nil, nil)
	must(t, s, http.MethodPut, "/_mock/faults", `[{"operation":"getRoleMiningSessions","status":503,"times":1}]`)
	s.Do(http.MethodGet, sessions, nil)
	role := anyRole(s)
	begin(t, s)
	if got := s.Do(http.MethodPost, autoRole+role+"/export-async", nil); got.Status != 202 {
		t.Fatalf("export: %d %s", got.Status, got.Body)
	}
	const list, of = `operation="getRoleMiningSessions",status=`, `tenant="default"`
	expect(map[string]string{
		`mockserver_requests_total{` + list + `"200",` + of + `,version="v2026"}`:                        "2",
		`mockserver_requests_total{` + list + `"200",` + of + `,version="beta"}`:                         "1",
		`mockserver_requests_total{` + list + `"200",` + of + `,version="v1"}`:                           "1",
		`mockserver_requests_total{` + list + `"400",` + of + `,version="v2026"}`:                        "1",
		`mockserver_requests_total{` + list + `"401",` + of + `,version="v2026"}`:                        "1",
		`mockserver_requests_total{` + list + `"503",` + of + `,version="v2026"}`:                        "1",
		`mockserver_requests_total{operation="",status="404",` + of + `,version=""}`:                     "1",
		`mockserver_request_duration_seconds_count{operation="getRoleMiningSessions",` + of + `}`:        "7",
		`mockserver_faults_injected_total{operation="getRoleMiningSessions",` + of + `,version="v2026"}`: "1",
		`mockserver_requests_in_flight{` + of + `}`:                                                      "0",
		`mockserver_control_requests_total{operation="replaceFaults",status="200",` + of + `}`:           "1",
		`mockserver_jobs_waiting{kind="session",` + of + `}`:                                             "1",
		`mockserver_jobs_waiting{kind="export",` + of + `}`:                                              "1",
		`mockserver_jobs_waiting{kind="provision",` + of + `}`:                                           "0",
		`mockserver_mined_identities_total{` + of + `}`:                                                  "0",
		`mockserver_tenants`:                            "1",
		`mockserver_info{version="` + version(s) + `"}`: "1",
	})
	if n := before[`mockserver_database_bytes{tenant="default"}`]; len(n) < 6 {
		t.Errorf("the database has %s bytes", n)
	}
	s.Settle()
	after := scraped(t, s)
	for series, value := range map[string]string{
		`mockserver_jobs_total{kind="session",result="completed",` + of + `}`: "1",
		`mockserver_jobs_total{kind="export",result="completed",` + of + `}`:  "1",
		`mockserver_jobs_waiting{kind="session",` + of + `}`:                  "0",
		`mockserver_jobs_running{kind="session",` + of + `}`:                  "0",
		`mockserver_mining_duration_seconds_count{` + of + `}`:                "1",
	} {
		if after[series] != value {
			t.Errorf("%s is %q, want %q", series, after[series], value)
		}
	}
	if n := after[`mockserver_mined_identities_total{`+of+`}`]; n == "0" || n == "" {
		t.Errorf("%q identities were mined", n)
	}
	if before[`mockserver_journal_entries{`+of+`}`] != "1" || after[`mockserver_journal_entries{`+of+`}`] == "1" || after[`mockserver_journal_bytes{`+of+`}`] == "0" {
		t.Error("the journal is not shown")
	}
}

// Work that is ordered to fail is told apart, in whatever way it is driven.
func TestMetricsOfJobsUnderControl(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	role := anyRole(s)
	must(t, s, http.MethodPut, "/_mock/jobs", `{"mode":"fail"}`)
	s.Do(http.MethodPost, autoRole+role+"/export-async", nil)
	s.Settle()
	must(t, s, http.MethodPut, "/_mock/jobs", `{"mode":"immediate"}`)
	begin(t, s)
	s.Do(http.MethodPost, autoRole+role+"/provision", nil)
	got := scraped(t, s)
	for series, value := range map[string]string{
		`mockserver_jobs_total{kind="export",result="failed",tenant="default"}`:       "1",
		`mockserver_jobs_total{kind="session",result="completed",tenant="default"}`:   "1",
		`mockserver_jobs_total{kind="provision",result="completed",tenant="default"}`: "1",
	} {
		if got[series] != value {
			t.Errorf("%s is %q, want %q", series, got[series], value)
		}
	}
}

// Each tenant has its own series, wherever one asks, and takes them along.
func TestMetricsOfTenants(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	own := s.Tenant("own")
	own.Get(sessions)
	const series = `mockserver_requests_total{operation="getRoleMiningSessions",status="200",tenant="own",version="v2026"}`
	for _, from := range []*apptest.Server{s, own} {
		got := scraped(t, from)
		if got[series] != "1" || got["mockserver_tenants"] != "2" || got[`mockserver_database_bytes{tenant="own"}`] == "" {
			t.Errorf("the tenant is not in the metrics of %s", from.URL)
		}
	}
	must(t, s, http.MethodDelete, "/_mock/tenants/own", nil)
	for name := range scraped(t, s) {
		if strings.Contains(name, `tenant="own"`) {
			t.Errorf("%s is left of a tenant that is gone", name)
		}
	}
	s.Tenant("own").Get(sessions)
	if got := scraped(t, s)[series]; got != "1" {
		t.Errorf("a new tenant of the name begins with %s", got)
	}
}

func TestProfiles(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, func(c *config.Config) { c.Pprof = true })
	index := must(t, s, http.MethodGet, "/_mock/pprof/", nil)
	if !strings.Contains(string(index.Body), "href='goroutine?debug=1'") {
		t.Errorf("the page has no link to the goroutines: %s", index.Body)
	}
	if got := must(t, s, http.MethodGet, "/_mock/pprof/goroutine?debug=1", nil); !strings.Contains(string(got.Body), "goroutine profile: total") {
		t.Errorf("goroutines: %.100s", got.Body)
	}
	for _, name := range []string{"allocs", "heap?gc=1", "mutex", "block", "threadcreate", "profile?seconds=1", "trace"} {
		if got := must(t, s, http.MethodGet, "/_mock/pprof/"+name, nil); len(got.Body) == 0 {
			t.Errorf("%s is empty", name)
		}
	}
	program := "control.test"
	if s.Remote() {
		program = "mockserver\x00serve"
	}
	if got := must(t, s, http.MethodGet, "/_mock/pprof/cmdline", nil); !strings.Contains(string(got.Body), program) {
		t.Errorf("the command is %q", got.Body)
	}
	if got := must(t, s, http.MethodGet, "/t/own/_mock/pprof/symbol", nil); !strings.Contains(string(got.Body), "num_symbols") {
		t.Errorf("symbols: %q", got.Body)
	}
	for path, status := range map[string]int{"/_mock/pprof/nothing": 404, "/_mock/pprof/heap?format=1": 400, "/_mock/pprof/trace?seconds=0.5": 400, "/_mock/pprof/profile?seconds=241": 400, "/_mock/pprof/heap?seconds=x": 400, "/_mock/pprof": 404} {
		if got := mock(s, http.MethodGet, path, nil); got.Status != status {
			t.Errorf("%s: %d %s", path, got.Status, got.Body)
		}
	}
}

func TestNoProfilesUnlessAskedFor(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	for _, path := range []string{"/_mock/pprof/", "/_mock/pprof/heap", "/_mock/pprof/nothing"} {
		if got := mock(s, http.MethodGet, path, nil); got.Status != 404 || !strings.Contains(got.Text("error"), "--pprof") {
			t.Errorf("%s: %d %s", path, got.Status, got.Body)
		}
	}
}
