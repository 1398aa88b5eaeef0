package openapi_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/openapi"
)

func TestCanonical(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"patchPotentialRole":             "patchPotentialRole",
		"patchRoleMiningPotentialRole":   "patchPotentialRole", // beta
		"patchPotentialRoleV1":           "patchPotentialRole",
		"patchRoleMiningPotentialRoleV1": "",
		"getToken":                       "getToken",
		"getTokenV1":                     "",
		"getReadiness":                   "", // the control plane's
		"":                               "",
	}
	for id, want := range tests {
		if got, ok := openapi.Canonical(id); got != want || ok != (want != "") {
			t.Errorf("Canonical(%q) = %q, %v; want %q", id, got, ok, want)
		}
	}
	want := []string{"patchPotentialRole", "patchPotentialRoleV1", "patchRoleMiningPotentialRole"}
	if diff := cmp.Diff(want, openapi.Spellings("patchPotentialRoleV1")); diff != "" {
		t.Errorf("spellings (-want +got):\n%s", diff)
	}
	if got := openapi.Spellings("nothing"); got != nil {
		t.Errorf("spellings of nothing: %v", got)
	}
}

func TestMethod(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]struct {
		method    string
		versioned bool
	}{
		"createRoleMiningSessions": {"POST", true}, "patchPotentialRoleV1": {"PATCH", true}, "getRoleMiningSession": {"GET", true},
		"getToken": {"POST", false}, "authorize": {"GET", false}, "getReadiness": {"", false}, "": {"", false},
	} {
		if method, versioned := openapi.Method(id); method != want.method || versioned != want.versioned {
			t.Errorf("Method(%q) = %q, %v; want %v", id, method, versioned, want)
		}
	}
}

func TestPathParams(t *testing.T) {
	t.Parallel()
	tests := []struct {
		version, id, path string
		want              map[string]string
	}{
		{"v2026", "getRoleMiningSession", "/v2026/role-mining-sessions/1", map[string]string{"sessionId": "1"}},
		{"latest", "getRoleMiningSession", "/latest/role-mining-sessions/1", map[string]string{"sessionId": "1"}},
		{"v1", "getPotentialRoleV1", "/role-mining-sessions/v1/a%2Fb/potential-role-summaries/c%20d", map[string]string{"sessionId": "a/b", "potentialRoleId": "c d"}},
		{"beta", "patchRoleMiningPotentialRole", "/t/tenant/beta/role-mining-potential-roles/x", map[string]string{"potentialRoleId": "x"}},
		{"v2026", "getRoleMiningSessions", "/v2026/role-mining-sessions", map[string]string{}},
		{"v2026", "getRoleMiningSession", "/1", nil},
		{"v2026", "getRoleMiningSession", "/v2026/role-mining-sessions/%zz", nil},
		{"v2026", "getRoleMiningSessionV1", "/v2026/role-mining-sessions/1", nil},
		{"", "getToken", "/oauth/token", nil},
	}
	for _, tc := range tests {
		if diff := cmp.Diff(tc.want, openapi.PathParams(tc.version, tc.id, tc.path)); diff != "" {
			t.Errorf("%s %s %s (-want +got):\n%s", tc.version, tc.id, tc.path, diff)
		}
	}
	for id, want := range map[string][]string{
		"getPotentialRoleV1": {"sessionId", "potentialRoleId"}, "getRoleMiningSessions": nil, "getToken": nil, "nothing": nil,
		"getPotentialRoleSourceIdentityUsage": {"potentialRoleId", "sourceId"},
	} {
		if diff := cmp.Diff(want, openapi.ParamNames(id)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", id, diff)
		}
	}
}

// Every operation of every version has a canonical name, and those are all there are.
func TestIDs(t *testing.T) {
	t.Parallel()
	ids := openapi.IDs()
	if len(ids) != 28 || !slices.IsSorted(ids) {
		t.Errorf("%d ids, want 25 and 3 of /oauth, sorted: %v", len(ids), ids)
	}
	for _, version := range openapi.Versions() {
		seen := map[string]bool{}
		for _, op := range openapi.Operations(version) {
			id, ok := openapi.Canonical(op.ID)
			if !ok || seen[id] || !slices.Contains(ids, id) {
				t.Errorf("%s: %s is %q", version, op.ID, id)
			}
			seen[id] = true
		}
	}
}

// What can be filtered is read from descriptions that people read, too.
func TestFilters(t *testing.T) {
	t.Parallel()
	ops := openapi.Operations("beta")
	i := slices.IndexFunc(ops, func(op openapi.Operation) bool { return op.ID == "getEntitlementsPotentialRole" })
	want := openapi.Parts{
		Parameters: []string{"count", "filters", "includeCommonAccess", "limit", "offset", "sorters"},
		Filters:    []string{"applicationName sw", "entitlementRef.name sw"},
		Sorters:    []string{"applicationName", "entitlementName", "popularity"},
	}
	if diff := cmp.Diff(want, ops[i].Request); diff != "" {
		t.Errorf("parts (-want +got):\n%s", diff)
	}
}
