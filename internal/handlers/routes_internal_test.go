package handlers

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/auth"
	"mockserver/internal/openapi"
)

// described is what the documents and the route table both say of an operation.
type described struct {
	ID         string
	Rights     []string
	Levels     []string
	Experiment bool
	Success    int
}

// documented reads the operations of a version by method and path.
func documented(version string) map[string]openapi.Operation {
	all := map[string]openapi.Operation{}
	for _, op := range openapi.Operations(version) {
		all[op.Method+" "+op.Path] = op
	}
	return all
}

// documentOf is the version whose document describes a form of the API, and
// the prefix that takes the place of that document's. latest has none of its own.
func documentOf(v version) (name string, move func(path string) string) {
	if v.name != "latest" {
		return v.name, func(path string) string { return path }
	}
	return "v2026", func(path string) string { return "/latest" + strings.TrimPrefix(path, "/v2026") }
}

// TestRouteTable compares the table with the document of every version, in both
// directions: no route that is not described, no operation without a route.
func TestRouteTable(t *testing.T) {
	t.Parallel()
	for _, v := range versions() {
		name, move := documentOf(v)
		want, got := map[string]described{}, map[string]described{}
		for key, op := range documented(name) {
			method, path, _ := strings.Cut(key, " ")
			want[method+" "+move(path)] = described{op.ID, op.Rights, op.UserLevels, op.Experimental, op.Success}
		}
		for _, rt := range routes() {
			rights := []string{rt.right}
			if rt.right == auth.Read { // manage includes it
				rights = append(rights, auth.Manage)
			}
			key := rt.method + " " + v.pattern(rt.path)
			if _, twice := got[key]; twice {
				t.Errorf("%s: %s is in the table twice", v.name, key)
			}
			got[key] = described{v.operationID(rt.operationID), rights, rt.levels, v.experiment, rt.success}
		}
		if len(got) != 25 {
			t.Errorf("%s: %d operations, want 25", v.name, len(got))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-document +routes):\n%s", v.name, diff)
		}
	}
}

// TestRouteStatuses: the statuses of the table are those of the documents but
// for those that the table's comment says may come from any operation.
func TestRouteStatuses(t *testing.T) {
	t.Parallel()
	anywhere := []int{404, 413, 415, 429}
	for _, v := range versions() {
		name, move := documentOf(v)
		operations := map[string]openapi.Operation{}
		for key, op := range documented(name) {
			method, path, _ := strings.Cut(key, " ")
			operations[method+" "+move(path)] = op
		}
		for _, rt := range routes() {
			key := rt.method + " " + v.pattern(rt.path)
			var missing, extra []int
			for _, status := range append([]int{rt.success}, rt.errors...) {
				if !slices.Contains(operations[key].Statuses, status) {
					missing = append(missing, status)
				}
			}
			for _, status := range operations[key].Statuses {
				if status != rt.success && !slices.Contains(rt.errors, status) && !slices.Contains(anywhere, status) {
					extra = append(extra, status)
				}
			}
			if len(missing)+len(extra) > 0 {
				t.Errorf("%s: the table has %v, which the document has not; the document has %v, which the table has not", key, missing, extra)
			}
		}
	}
}

// TestVersionNames: what rate limits and logs call a version is unambiguous, and
// every version that is described is served.
func TestVersionNames(t *testing.T) {
	t.Parallel()
	served := map[string]bool{}
	for _, v := range versions() {
		if served[v.name] {
			t.Errorf("two versions are called %s", v.name)
		}
		served[v.name] = true
	}
	want := append(slices.Clone(openapi.Versions()), "latest")
	slices.Sort(want)
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(served))); diff != "" {
		t.Errorf("versions (-described +served):\n%s", diff)
	}
}

func TestLanguage(t *testing.T) {
	t.Parallel()
	for accept, want := range map[string]string{
		"": "und", "de": "de", "de-DE,en;q=0.5": "de-DE", " fr ; q=0.3 , de": "fr", "*": "und", "zh-Hant-TW": "zh-Hant-TW",
		"-": "und", "de_DE": "und", "abcdefghi": "und", "de-": "und", ";q=1": "und", ",de": "und",
		"a-b-c-d-e-f-g-h-i-j-k-l-m-n-o-p-q-r-s": "und", "<script>": "und", "de\x00": "und",
	} {
		if got := language(accept); got != want {
			t.Errorf("language(%q) = %q, want %q", accept, got, want)
		}
	}
}
