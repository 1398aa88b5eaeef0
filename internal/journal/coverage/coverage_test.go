package coverage_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/journal/coverage"
	"mockserver/internal/openapi"
)

func noon() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

func call(version, operation string, status int, query, body string) coverage.Request {
	return coverage.Request{
		Operation: operation, Version: version, Status: status, Query: query, Body: []byte(body),
		Patch: strings.HasPrefix(operation, "patch"),
	}
}

// suite is what a scripted suite of tests sends.
func suite() *coverage.Counter {
	c := coverage.New(noon)
	for _, r := range []coverage.Request{
		call("", "getToken", 200, "", "grant_type=x"),
		call("", "", 404, "", ""),
		call("v2026", "getRoleMiningSessions", 200, "limit=10&sorters=-createdDate,name", ""),
		call("latest", "getRoleMiningSessions", 200, "limit=20&li%6Dit=1&count=true&page=2", ""),
		call("v1", "getRoleMiningSessionsV1", 400, "filters=name+sw+%22a+eq+b%22+and+not+(saved+eq+true)+or+pr+type&x=1;y", ""),
		call("v2026", "createRoleMiningSessions", 201, "", `{"name":"a","scope":{"criteria":"x","attributeFilterCriteria":{"data":{}},"nosuch":1},"identityCount":5,"colour":"red"}`),
		call("v2026", "createRoleMiningSessions", 499, "", `{"name":"cut here`),
		call("beta", "patchRoleMiningPotentialRole", 200, "", `[{"op":"replace","path":"/name","value":{"path":"/no"}},{"path":"/id","op":"add"}]`),
	} {
		c.Count(r)
	}
	return c
}

func operation(t *testing.T, r coverage.Report, id string) coverage.Operation {
	t.Helper()
	i := slices.IndexFunc(r.Operations, func(o coverage.Operation) bool { return o.ID == id })
	if i < 0 {
		t.Fatalf("no operation %s", id)
	}
	return r.Operations[i]
}

func TestReport(t *testing.T) {
	t.Parallel()
	r := suite().Report("")
	if len(r.Operations) != 25 || r.Requests != 8 || r.Unmatched != 1 || !r.Since.Equal(noon()) {
		t.Errorf("%d operations, %d requests, %d to none, since %v", len(r.Operations), r.Requests, r.Unmatched, r.Since)
	}
	list := coverage.Operation{
		ID: "getRoleMiningSessions", Method: "GET", Path: "/role-mining-sessions", Calls: 3,
		Versions: []coverage.Seen{{Name: "latest", Count: 1}, {Name: "v1", Count: 1}, {Name: "v2026", Count: 1}},
		Statuses: coverage.StatusUse{Used: []coverage.SeenStatus{{Status: 200, Count: 2}, {Status: 400, Count: 1}}, Unused: []int{401, 403, 429, 500}},
		Parameters: coverage.Use{
			Used:    []coverage.Seen{{Name: "count", Count: 1}, {Name: "filters", Count: 1}, {Name: "limit", Count: 2}, {Name: "sorters", Count: 1}},
			Unused:  []string{"offset"},
			Unknown: []coverage.Seen{{Name: "page", Count: 1}, {Name: "x", Count: 1}},
		},
		Filters: coverage.Use{
			Used:    []coverage.Seen{{Name: "name sw", Count: 1}, {Name: "saved eq", Count: 1}},
			Unused:  []string{"name eq"},
			Unknown: []coverage.Seen{{Name: "type pr", Count: 1}},
		},
		Sorters: coverage.Use{Used: []coverage.Seen{{Name: "createdDate", Count: 1}}, Unused: []string{"createdBy"}, Unknown: []coverage.Seen{{Name: "name", Count: 1}}},
	}
	if diff := cmp.Diff(list, operation(t, r, "getRoleMiningSessions")); diff != "" {
		t.Errorf("a list (-want +got):\n%s", diff)
	}
	create := operation(t, r, "createRoleMiningSessions")
	want := coverage.Use{
		Used:    []coverage.Seen{{Name: "/name", Count: 2}, {Name: "/scope", Count: 1}, {Name: "/scope/attributeFilterCriteria", Count: 1}, {Name: "/scope/criteria", Count: 1}},
		Unused:  []string{"/emailRecipientId", "/minNumIdentitiesInPotentialRole", "/pruneThreshold", "/saved", "/scope/identityIds", "/type"},
		Unknown: []coverage.Seen{{Name: "/colour", Count: 1}, {Name: "/scope/nosuch", Count: 1}},
	}
	if diff := cmp.Diff(want, create.Properties); diff != "" {
		t.Errorf("properties (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]coverage.Seen{{Name: "/identityCount", Count: 1}}, create.Ignored); diff != "" {
		t.Errorf("ignored (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]coverage.SeenStatus{{Status: 499, Count: 1}}, create.Statuses.Unknown); diff != "" {
		t.Errorf("statuses that are not documented (-want +got):\n%s", diff)
	}
	patched := operation(t, r, "patchPotentialRole")
	want = coverage.Use{Used: []coverage.Seen{{Name: "/name", Count: 1}}, Unused: []string{"/description", "/saved"}, Unknown: []coverage.Seen{{Name: "/id", Count: 1}}}
	if diff := cmp.Diff(want, patched.Properties); diff != "" || patched.Calls != 1 {
		t.Errorf("%d calls; patched (-want +got):\n%s", patched.Calls, diff)
	}
}

// The totals are the sums of what is told of the operations.
func TestTotals(t *testing.T) {
	t.Parallel()
	r := suite().Report("")
	want := coverage.Totals{}
	for _, op := range openapi.Operations(openapi.Default) {
		want.Operations.Documented++
		want.Statuses.Documented += len(op.Statuses)
		want.Parameters.Documented += len(op.Request.Parameters)
		want.Properties.Documented += len(op.Request.Properties)
		want.Filters.Documented += len(op.Request.Filters)
		want.Sorters.Documented += len(op.Request.Sorters)
	}
	want.Operations.Used, want.Statuses.Used, want.Parameters.Used, want.Properties.Used, want.Filters.Used, want.Sorters.Used = 3, 4, 4, 5, 2, 1
	if diff := cmp.Diff(want, r.Totals); diff != "" {
		t.Errorf("totals (-want +got):\n%s", diff)
	}
	for share, want := range map[coverage.Total]float64{{Documented: 3, Used: 1}: 33.3, {Documented: 4, Used: 4}: 100, {}: 100, {Documented: 7}: 0, {Documented: 1000, Used: 999}: 99.9} {
		if got := share.Percent(); got != want {
			t.Errorf("%+v is %v %%, want %v", share, got, want)
		}
	}
}

func TestReportOfAVersion(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]int{"beta": 1, "v2024": 0, "v2026": 2, "latest": 1, "v1": 1} {
		if got := suite().Report(version).Totals.Operations.Used; got != want {
			t.Errorf("%s: %d operations used, want %d", version, got, want)
		}
	}
}

func TestReset(t *testing.T) {
	t.Parallel()
	now := noon()
	c := coverage.New(func() time.Time { return now })
	c.Count(call("v2026", "getRoleMiningSessions", 200, "limit=1", ""))
	now = now.Add(time.Hour)
	c.Reset()
	fresh := coverage.New(func() time.Time { return now })
	if diff := cmp.Diff(fresh.Report(""), c.Report("")); diff != "" {
		t.Errorf("after Reset (-want +got):\n%s", diff)
	}
}

// However many names a client makes up, few are kept, those that are documented
// among them.
func TestNamesAreBounded(t *testing.T) {
	t.Parallel()
	c := coverage.New(noon)
	for i := range 5000 {
		c.Count(call("v2026", "getRoleMiningSessions", 200, fmt.Sprintf("p%d=1&%s=2", i, strings.Repeat("x", i%300)), ""))
		c.Count(call("v2026", "createRoleMiningSessions", 201, "", fmt.Sprintf(`{"p%d":1,"scope":{"q%d":{}}}`, i, i)))
	}
	c.Count(call("v2026", "getRoleMiningSessions", 200, "offset=1", ""))
	c.Count(call("v2026", "createRoleMiningSessions", 201, "", `{"type":"COMMON"}`))
	r := c.Report("")
	list := operation(t, r, "getRoleMiningSessions").Parameters
	if len(list.Unknown) > 64 || list.MoreUnknown < 4000 || !slices.ContainsFunc(list.Used, func(s coverage.Seen) bool { return s.Name == "offset" }) {
		t.Errorf("%d unknown parameters and %d more, used %v", len(list.Unknown), list.MoreUnknown, list.Used)
	}
	for _, s := range list.Unknown {
		if len(s.Name) > 140 {
			t.Errorf("a name of %d bytes is kept", len(s.Name))
		}
	}
	body := operation(t, r, "createRoleMiningSessions").Properties
	if len(body.Unknown) > 64 || body.MoreUnknown < 4000 || !slices.ContainsFunc(body.Used, func(s coverage.Seen) bool { return s.Name == "/type" }) {
		t.Errorf("%d unknown properties and %d more, used %v", len(body.Unknown), body.MoreUnknown, body.Used)
	}
}

func TestCountedAtOnce(t *testing.T) {
	t.Parallel()
	c := coverage.New(noon)
	var clients sync.WaitGroup
	for range 64 {
		clients.Go(func() {
			for range 20 {
				c.Count(call("v2026", "getRoleMiningSessions", 200, "limit=1", ""))
				c.Report("")
			}
		})
	}
	clients.Wait()
	if got := operation(t, c.Report(""), "getRoleMiningSessions"); got.Calls != 64*20 || got.Parameters.Used[0].Count != 64*20 {
		t.Errorf("%d calls, %v", got.Calls, got.Parameters.Used)
	}
}

// Whatever is sent can be counted, and is counted once.
func FuzzCount(f *testing.F) {
	f.Add("limit=1&filters=name eq \"a\"&sorters=-a,,b", `{"a":{"b":{"c":{"d":1}}}}`, true)
	f.Add("&&=&a=%zz&filters=\"", `[{"path":"/a"},{"path":1},`, false)
	f.Add("filters=pr isnull eq in ca (", `{"a" "b"}{`, true)
	long := strings.Repeat("x", 200)
	f.Add(long+"1&"+long+"2&\xff1", `{"`+long+`1":1,"`+long+`2":2}`, false)
	f.Fuzz(func(t *testing.T, query, body string, patch bool) {
		c := coverage.New(noon)
		id := "createRoleMiningSessions"
		if patch {
			id = "patchRoleMiningSession"
		}
		c.Count(call("v2026", id, 200, query, body))
		got := operation(t, c.Report(""), id)
		if got.Calls != 1 {
			t.Errorf("%d calls", got.Calls)
		}
		for _, use := range []coverage.Use{got.Parameters, got.Properties, got.Filters, got.Sorters} {
			for _, s := range slices.Concat(use.Used, use.Unknown) {
				if s.Count != 1 || s.Name == "" {
					t.Errorf("%q was seen %d times", s.Name, s.Count)
				}
			}
		}
	})
}

// BenchmarkCount is what a request costs: "plain" is a GET, "query" a page.
func BenchmarkCount(b *testing.B) {
	for name, query := range map[string]string{"plain": "", "query": "limit=250&offset=0&sorters=-createdDate"} {
		b.Run(name, func(b *testing.B) {
			c, r := coverage.New(noon), call("v2026", "getRoleMiningSessions", 200, query, "")
			b.ReportAllocs()
			for b.Loop() {
				c.Count(r)
			}
		})
	}
}
