package metrics_test

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"mockserver/internal/clock"
	"mockserver/internal/metrics"
)

func newMetrics() (*metrics.Metrics, *clock.Manual) {
	machine := clock.NewManual(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))
	return metrics.New(metrics.Config{Version: "test", Clock: machine}), machine
}

// text is what is read, but for what Go and the system say.
func text(t testing.TB, m *metrics.Metrics, states ...metrics.State) string {
	t.Helper()
	all, err := m.Text(states)
	if err != nil {
		t.Fatal(err)
	}
	return string(all)
}

// series are the lines of what this package counts, but for buckets.
func series(all string) []string {
	var lines []string
	for line := range strings.Lines(all) {
		if strings.HasPrefix(line, "mockserver_") && !strings.Contains(line, "_bucket{") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines
}

func TestText(t *testing.T) {
	t.Parallel()
	m, machine := newMetrics()
	a := m.Tenant("a")
	for range 3 {
		a.Begin()
	}
	a.End(metrics.Request{Operation: "getSession", Version: "v2026", Status: 200, Took: 2 * time.Millisecond})
	a.End(metrics.Request{Operation: "getSession", Version: "v1", Status: 503, Fault: true, Took: 3 * time.Millisecond})
	a.Control("getClock", 200)
	a.Ended("session", metrics.Completed)
	a.Ended("export", metrics.Faulty)
	a.Step("export")
	a.Step("session")()
	done := a.Mining(250)
	machine.Advance(30 * time.Millisecond)
	done()
	m.Tenant("b").Ended("provision", metrics.Failed)
	states := []metrics.State{
		{Tenant: "a", Waiting: map[string]int{"session": 2, "export": 0}, DatabaseBytes: 4096, JournalEntries: 7, JournalBytes: 700},
		{Tenant: "b", DatabaseBytes: 8192},
	}
	want := []string{
		`mockserver_control_requests_total{operation="getClock",status="200",tenant="a"} 1`,
		`mockserver_database_bytes{tenant="a"} 4096`,
		`mockserver_database_bytes{tenant="b"} 8192`,
		`mockserver_faults_injected_total{operation="getSession",tenant="a",version="v1"} 1`,
		`mockserver_info{version="test"} 1`,
		`mockserver_jobs_running{kind="export",tenant="a"} 1`,
		`mockserver_jobs_running{kind="session",tenant="a"} 0`,
		`mockserver_jobs_total{kind="export",result="error",tenant="a"} 1`,
		`mockserver_jobs_total{kind="provision",result="failed",tenant="b"} 1`,
		`mockserver_jobs_total{kind="session",result="completed",tenant="a"} 1`,
		`mockserver_jobs_waiting{kind="export",tenant="a"} 0`,
		`mockserver_jobs_waiting{kind="session",tenant="a"} 2`,
		`mockserver_journal_bytes{tenant="a"} 700`,
		`mockserver_journal_bytes{tenant="b"} 0`,
		`mockserver_journal_entries{tenant="a"} 7`,
		`mockserver_journal_entries{tenant="b"} 0`,
		`mockserver_mined_identities_total{tenant="a"} 250`,
		`mockserver_mined_identities_total{tenant="b"} 0`,
		`mockserver_mining_duration_seconds_sum{tenant="a"} 0.03`,
		`mockserver_mining_duration_seconds_count{tenant="a"} 1`,
		`mockserver_mining_duration_seconds_sum{tenant="b"} 0`,
		`mockserver_mining_duration_seconds_count{tenant="b"} 0`,
		`mockserver_request_duration_seconds_sum{operation="getSession",tenant="a"} 0.005`,
		`mockserver_request_duration_seconds_count{operation="getSession",tenant="a"} 2`,
		`mockserver_requests_in_flight{tenant="a"} 1`,
		`mockserver_requests_in_flight{tenant="b"} 0`,
		`mockserver_requests_total{operation="getSession",status="200",tenant="a",version="v2026"} 1`,
		`mockserver_requests_total{operation="getSession",status="503",tenant="a",version="v1"} 1`,
		`mockserver_tenants 2`,
	}
	all := text(t, m, states...)
	if diff := cmp.Diff(want, series(all)); diff != "" {
		t.Errorf("series (-want +got):\n%s", diff)
	}
	for _, more := range []string{
		`mockserver_request_duration_seconds_bucket{operation="getSession",tenant="a",le="0.0025"} 1`,
		`mockserver_request_duration_seconds_bucket{operation="getSession",tenant="a",le="+Inf"} 2`,
		"# TYPE mockserver_requests_total counter", "# HELP mockserver_requests_total ", "\ngo_goroutines ", "\nprocess_start_time_seconds ",
	} {
		if !strings.Contains(all, more) {
			t.Errorf("the text does not have %s", more)
		}
	}
	if again := text(t, m, states...); cmp.Diff(series(all), series(again)) != "" {
		t.Error("reading changes what is read")
	}
}

// The text is one that the library's own parser takes and its linter likes.
func TestTextIsWellFormed(t *testing.T) {
	t.Parallel()
	m, _ := newMetrics()
	a := m.Tenant("a")
	a.Begin()
	a.End(metrics.Request{Operation: `odd "name" \ ` + "\n", Status: 200})
	a.Control("", 404)
	a.Ended("session", metrics.Completed)
	a.Step("session")()
	all := text(t, m, metrics.State{Tenant: "a", Waiting: map[string]int{"session": 1}})
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(all))
	if err != nil || len(families) < 20 {
		t.Fatalf("%d families, %v", len(families), err)
	}
	problems, err := promlint.New(strings.NewReader(all)).Lint()
	if err != nil || len(problems) > 0 {
		t.Errorf("%v %v", problems, err)
	}
	if !regexp.MustCompile(`^text/plain; version=0\.0\.4; charset=utf-8$`).MatchString(metrics.ContentType) {
		t.Error(metrics.ContentType)
	}
}

// However many tenants come, there are series of so many and of all others
// together; those of a tenant that is gone go, and make room.
func TestTenantsAreBounded(t *testing.T) {
	t.Parallel()
	m, _ := newMetrics()
	var states []metrics.State
	for i := range metrics.MaxTenants + 10 {
		name := fmt.Sprintf("t%d", i)
		m.Tenant(name).Control("getClock", 200)
		states = append(states, metrics.State{Tenant: name, Waiting: map[string]int{"session": 1}, DatabaseBytes: 1, JournalEntries: 2, JournalBytes: 3})
	}
	if a, b := m.Tenant("t0"), m.Tenant("t0"); a != b {
		t.Error("a tenant has two")
	}
	all := text(t, m, states...)
	if n := strings.Count(all, "mockserver_control_requests_total{"); n != metrics.MaxTenants+1 {
		t.Errorf("%d tenants have series, want %d", n, metrics.MaxTenants+1)
	}
	for _, want := range []string{
		`mockserver_control_requests_total{operation="getClock",status="200",tenant="(others)"} 10`, `mockserver_database_bytes{tenant="(others)"} 10`,
		`mockserver_journal_entries{tenant="(others)"} 20`, `mockserver_journal_bytes{tenant="(others)"} 30`,
		`mockserver_jobs_waiting{kind="session",tenant="(others)"} 10`, fmt.Sprintf("mockserver_tenants %d", metrics.MaxTenants+10),
	} {
		if !strings.Contains(all, want+"\n") {
			t.Errorf("the text does not have %s", want)
		}
	}
	m.Forget("t0")
	m.Forget(fmt.Sprintf("t%d", metrics.MaxTenants+1)) // one of the others
	m.Forget("never-seen")
	if all := text(t, m); strings.Contains(all, `tenant="t0"`) || !strings.Contains(all, `tenant="(others)"} 10`) {
		t.Error("series of a tenant that is gone stay, or those of others go")
	}
	m.Tenant("new").Control("getClock", 200)
	if all := text(t, m); !strings.Contains(all, `tenant="new"} 1`) {
		t.Error("there is no room for a new tenant")
	}
}

// Under -race: nothing is lost, whoever counts, and reading may happen meanwhile.
func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	m, _ := newMetrics()
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			a := m.Tenant(fmt.Sprintf("t%d", worker%2))
			for i := range 200 {
				a.Begin()
				a.End(metrics.Request{Operation: fmt.Sprintf("op%d", i%10), Version: "v1", Status: 200 + i%3, Fault: i%2 == 0})
				a.Step("session")()
				m.Tenant("gone").Control("x", 200)
				m.Forget("gone")
				if i%50 == 0 {
					text(t, m, metrics.State{Tenant: "t0"})
				}
			}
		})
	}
	wg.Wait()
	total := 0
	for _, line := range series(text(t, m)) {
		if strings.HasPrefix(line, "mockserver_requests_total{") {
			n := 0
			if _, err := fmt.Sscan(line[strings.LastIndex(line, " ")+1:], &n); err != nil {
				t.Fatal(err)
			}
			total += n
		}
	}
	if total != 8*200 {
		t.Errorf("%d requests were counted, want %d", total, 8*200)
	}
}

func BenchmarkRequest(b *testing.B) {
	m, _ := newMetrics()
	a := m.Tenant("a")
	b.ReportAllocs()
	for b.Loop() {
		a.Begin()
		a.End(metrics.Request{Operation: "getRoleMiningSession", Version: "v2026", Status: 200, Took: 100 * time.Microsecond})
	}
}
