package control_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/app/apptest"
)

// operationOf is what a report says of an operation.
func operationOf(t *testing.T, report apptest.Answer, id string) map[string]any {
	t.Helper()
	for _, o := range report.Value("operations").([]any) {
		if op := o.(map[string]any); op["operationId"] == id {
			return op
		}
	}
	t.Fatalf("no operation %s in %s", id, report.Body)
	return nil
}

func TestCoverage(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	script(t, s)
	s.Do(http.MethodGet, sessions+"?limitt=5", nil)
	s.Do(http.MethodPost, "/beta/role-mining-sessions", `{"colour":"red","identityCount":3}`)
	report := must(t, s, http.MethodGet, "/_mock/coverage", nil)
	since := "2026-03-01T09:00:00.000Z"
	if s.Remote() { // by the machine's clock
		since = report.Text("since")
	}
	if report.Text("since") != since || report.Value("requests") != 12.0 || report.Value("unmatched") != 1.0 {
		t.Errorf("%.200s", report.Body)
	}
	want := map[string]any{
		"operations": map[string]any{"documented": 25.0, "used": 5.0, "percent": 20.0},
	}
	if diff := cmp.Diff(want["operations"], report.Value("totals", "operations")); diff != "" {
		t.Errorf("totals (-want +got):\n%s", diff)
	}
	list := map[string]any{
		"operationId": "getRoleMiningSessions", "method": "GET", "path": "/role-mining-sessions", "calls": 3.0,
		"versions":   map[string]any{"v2026": 3.0},
		"statuses":   map[string]any{"used": map[string]any{"200": 2.0, "401": 1.0}, "unused": []any{400.0, 403.0, 429.0, 500.0}, "unknown": map[string]any{}},
		"parameters": map[string]any{"used": map[string]any{"filters": 1.0, "limit": 1.0}, "unused": []any{"count", "offset", "sorters"}, "unknown": map[string]any{"limitt": 1.0}},
		"properties": map[string]any{"used": map[string]any{}, "unused": []any{}, "unknown": map[string]any{}, "ignored": map[string]any{}},
		"filters":    map[string]any{"used": map[string]any{"saved eq": 1.0}, "unused": []any{"name eq", "name sw"}, "unknown": map[string]any{}},
		"sorters":    map[string]any{"used": map[string]any{}, "unused": []any{"createdBy", "createdDate"}, "unknown": map[string]any{}},
	}
	if diff := cmp.Diff(list, operationOf(t, report, "getRoleMiningSessions")); diff != "" {
		t.Errorf("a list (-want +got):\n%s", diff)
	}
	create := operationOf(t, report, "createRoleMiningSessions")
	body := create["properties"].(map[string]any)
	if diff := cmp.Diff([]any{map[string]any{"colour": 1.0}, map[string]any{"identityCount": 1.0}}, []any{withoutSlash(body["unknown"]), withoutSlash(body["ignored"])}); diff != "" {
		t.Errorf("what nothing reads (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]any{"beta": 1.0, "v2026": 2.0}, create["versions"]); diff != "" {
		t.Errorf("versions (-want +got):\n%s", diff)
	}
	beta := must(t, s, http.MethodGet, "/_mock/coverage?version=beta", nil)
	if beta.Value("totals", "operations", "used") != 1.0 || beta.Text("version") != "beta" || beta.Value("requests") != 12.0 {
		t.Errorf("of beta: %.400s", beta.Body)
	}
}

func withoutSlash(counts any) map[string]any {
	out := map[string]any{}
	for name, n := range counts.(map[string]any) {
		out[strings.TrimPrefix(name, "/")] = n
	}
	return out
}

// Coverage is of a whole suite: it outlives the journal's entries, its clearing and
// a reset, until it is reset itself.
func TestCoverageLasts(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	s.Get(sessions)
	used := func() any {
		return must(t, s, http.MethodGet, "/_mock/coverage", nil).Value("totals", "operations", "used")
	}
	must(t, s, http.MethodDelete, "/_mock/journal", nil)
	s.App().Default().ClearJournal()
	if got := used(); got != 1.0 {
		t.Errorf("%v operations used after the journal was cleared", got)
	}
	if got := must(t, s, http.MethodDelete, "/_mock/coverage", nil); got.Status != http.StatusNoContent || used() != 0.0 {
		t.Errorf("%d, %v operations used after the reset", got.Status, used())
	}
}

func TestCoveragePage(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	script(t, s)
	browser := http.Header{"Accept": {"text/html,application/xhtml+xml,*/*;q=0.8"}}
	for what, got := range map[string]apptest.Answer{
		"asked for":       mock(s, http.MethodGet, "/_mock/coverage?format=html", nil),
		"to a browser":    s.Send(http.MethodGet, "/_mock/coverage", nil, browser),
		"of a version":    mock(s, http.MethodGet, "/_mock/coverage?format=html&version=v1", nil),
		"whatever it has": s.Send(http.MethodGet, "/_mock/coverage?format=html", nil, http.Header{"Accept": {"application/json"}}),
	} {
		if got.Status != 200 || got.Header.Get("Content-Type") != "text/html;charset=UTF-8" || !strings.HasPrefix(string(got.Body), "<!DOCTYPE html>") ||
			!strings.Contains(got.Header.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s: %d %v %.200s", what, got.Status, got.Header, got.Body)
		}
	}
	for _, got := range []apptest.Answer{
		s.Send(http.MethodGet, "/_mock/coverage?format=json", nil, browser),
		s.Send(http.MethodGet, "/_mock/coverage", nil, http.Header{"Accept": {"*/*"}}),
	} {
		if got.Value("totals", "operations", "documented") != 25.0 {
			t.Errorf("%s", got.Body)
		}
	}
	refused(t, "format", mock(s, http.MethodGet, "/_mock/coverage?format=pdf", nil), 400, "", "json or html")
	refused(t, "version", mock(s, http.MethodGet, "/_mock/coverage?version=v3", nil), 400, "", `no version "v3"`)
}
