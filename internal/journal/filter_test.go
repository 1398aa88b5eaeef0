package journal_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/journal"
)

// mixed is a journal of eight entries that differ in all that can be asked for.
func mixed() *journal.Journal {
	j := small()
	record := func(x *journal.Exchange, change func(*journal.Exchange)) {
		if change != nil {
			change(x)
		}
		j.Record(x)
	}
	record(request("/oauth/token", urlencoded, "grant_type=client_credentials&client_id=me&client_secret=x"), func(x *journal.Exchange) {
		x.Operation, x.Version, x.Client = "getToken", "", ""
	})
	record(post("/v2026/role-mining-sessions", "createRoleMiningSessions", `{"name":"a","scope":{"criteria":"x"},"pruneThreshold":60}`, 201), nil)
	record(post("/v2026/role-mining-sessions", "createRoleMiningSessions", `{"name":"b","saved":true}`, 400), func(x *journal.Exchange) { x.Refused = "it is wrong" })
	record(get("/v2026/role-mining-sessions/1", 200), nil)
	record(get("/role-mining-sessions/v1/1", 200), func(x *journal.Exchange) { x.Operation, x.Version = "getRoleMiningSessionV1", "v1" })
	record(get("/v2026/role-mining-sessions/2", 404), func(x *journal.Exchange) { x.Client, x.Refused = "other", "nothing is there" })
	record(get("/v2026/role-mining-sessions", 503), func(x *journal.Exchange) {
		x.Operation, x.Query, x.Fault, x.Refused = "getRoleMiningSessions", "limit=10&filters=saved+eq+true&token=x", "slow-1", "it is down"
	})
	record(get("/v2026/role-mining-sessions", 0), func(x *journal.Exchange) { x.Operation, x.Fault = "getRoleMiningSessions", "cut" })
	return j
}

func TestFind(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	status := func(text string) []journal.Statuses {
		s, err := journal.ParseStatuses(text)
		if err != nil {
			t.Fatal(err)
		}
		return []journal.Statuses{s}
	}
	tests := map[string]struct {
		filter journal.Filter
		want   []uint64
	}{
		"all":                  {journal.Filter{}, []uint64{1, 2, 3, 4, 5, 6, 7, 8}},
		"since":                {journal.Filter{Since: 6}, []uint64{7, 8}},
		"since the end":        {journal.Filter{Since: 8}, nil},
		"operations":           {journal.Filter{Operations: []string{"getRoleMiningSession", "getRoleMiningSessionV1"}}, []uint64{4, 5, 6}},
		"no operation":         {journal.Filter{Operations: []string{}}, nil},
		"version":              {journal.Filter{Version: "v1"}, []uint64{5}},
		"client":               {journal.Filter{Client: "other"}, []uint64{6}},
		"method":               {journal.Filter{Method: "POST"}, []uint64{1, 2, 3}},
		"status":               {journal.Filter{Statuses: status("404")}, []uint64{6}},
		"statuses":             {journal.Filter{Statuses: status("4xx")}, []uint64{3, 6}},
		"several statuses":     {journal.Filter{Statuses: append(status("404"), status("0")...)}, []uint64{6, 8}},
		"no answer":            {journal.Filter{Statuses: status("0")}, []uint64{8}},
		"path":                 {journal.Filter{Path: "/v2026/role-mining-sessions"}, []uint64{2, 3, 7, 8}},
		"path with a star":     {journal.Filter{Path: "/v2026/*/2"}, []uint64{6}},
		"path with stars":      {journal.Filter{Path: "*sessions*1"}, []uint64{4, 5}},
		"refused":              {journal.Filter{Refused: &yes}, []uint64{3, 6, 7}},
		"not refused":          {journal.Filter{Refused: &no}, []uint64{1, 2, 4, 5, 8}},
		"fault":                {journal.Filter{Fault: "cut"}, []uint64{8}},
		"any fault":            {journal.Filter{Fault: "*"}, []uint64{7, 8}},
		"several":              {journal.Filter{Method: "GET", Statuses: status("2xx"), Version: "v2026"}, []uint64{4}},
		"several, to no avail": {journal.Filter{Method: "GET", Statuses: status("201")}, nil},
	}
	j := mixed()
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found := j.Find(tc.filter, 100)
			if diff := cmp.Diff(tc.want, numbers(found.Entries)); diff != "" || found.Total != len(tc.want) {
				t.Errorf("%d in all; numbers (-want +got):\n%s", found.Total, diff)
			}
		})
	}
}

func TestFindTheNewest(t *testing.T) {
	t.Parallel()
	j := mixed()
	for limit, want := range [][]uint64{nil, {8}, {7, 8}, {6, 7, 8}} {
		found := j.Find(journal.Filter{}, limit)
		if diff := cmp.Diff(want, numbers(found.Entries)); diff != "" || found.Total != 8 {
			t.Errorf("limit %d: %d in all; numbers (-want +got):\n%s", limit, found.Total, diff)
		}
	}
}

func TestParseStatuses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]journal.Statuses{
		"200": {From: 200, To: 200}, "4xx": {From: 400, To: 499}, "5XX": {From: 500, To: 599}, "0": {}, "599": {From: 599, To: 599},
	} {
		got, err := journal.ParseStatuses(text)
		if err != nil || got != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "xx", "9xx", "0xx", "40x", "99", "600", "+200", "-1", "4xxx", "two"} {
		if got, err := journal.ParseStatuses(text); err == nil {
			t.Errorf("%q is %v", text, got)
		}
	}
}
