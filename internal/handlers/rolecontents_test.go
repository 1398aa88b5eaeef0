package handlers_test

import (
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/app/apptest"
)

// numbersOf is everything that hangs on a role's entitlements.
type numbersOf struct{ count, popularities, distribution int }

// consistent checks that a role's count, its list of popularities and its
// distribution say the same, and that popularities are what they are called.
func consistent(t *testing.T, s *apptest.Server, path string, common bool) numbersOf {
	t.Helper()
	suffix := map[bool]string{true: "", false: "?includeCommonAccess=false"}[common]
	role := object(t, s.Get(roles+"/"+path[strings.LastIndex(path, "/")+1:]))
	list := items(t, s.Get(path+"/entitlement-popularities"+suffix))
	members := role["identityCount"].(float64)
	counts := map[string]float64{}
	for _, e := range list {
		popularity := e["popularity"].(float64)
		if want := math.Round(1000*e["identityCount"].(float64)/members) / 10; popularity != want {
			t.Errorf("%s: popularity %v of %v holders among %v", e["name"], popularity, e["identityCount"], members)
		}
		counts[fmt.Sprint(math.Floor(popularity))]++
	}
	sum := 0.0
	got := object(t, s.Get(path+"/entitlement-popularity-distribution"+suffix))
	for key, n := range got {
		sum += n.(float64)
		if n != counts[key] {
			t.Errorf("the distribution has %v at %s, the list %v", n, key, counts[key])
		}
	}
	if len(got) != len(counts) {
		t.Errorf("the distribution has %d keys, want %d", len(got), len(counts))
	}
	return numbersOf{int(role["entitlementCount"].(float64)), len(list), int(sum)}
}

func TestPopularities(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	for _, summary := range items(t, s.Get(roles)) {
		id := summary["id"].(string)
		path := sessions + "/" + at(summary, "session.id").(string) + "/potential-roles/" + id
		all := consistent(t, s, path, true)
		if all.count != all.popularities || all.count != all.distribution || summary["entitlementCount"] != float64(all.count) {
			t.Errorf("%s: %+v, the summary says %v", id, all, summary["entitlementCount"])
		}
		without := consistent(t, s, path, false)
		if without.popularities != without.distribution || without.popularities >= all.popularities {
			t.Errorf("%s without common access: %+v, with %+v", id, without, all)
		}
	}
	for _, what := range []string{"/entitlement-popularities", "/entitlement-popularity-distribution"} {
		with := s.Get(firstPath + what)
		for _, same := range []string{"?includeCommonAccess=true", "?includeCommonAccess=", "?include-common-access=false"} {
			if got := s.Get(firstPath + what + same); string(got.Body) != string(with.Body) {
				t.Errorf("%s%s is not the default", what, same)
			}
		}
		for _, wrong := range []string{"yes", "TRUE", "1", "%20true"} {
			refused(t, wrong, s.Do(http.MethodGet, firstPath+what+"?includeCommonAccess="+wrong, nil), 400, illegalValue, "includeCommonAccess must be true or false")
		}
		refused(t, "twice", s.Do(http.MethodGet, firstPath+what+"?includeCommonAccess=true&includeCommonAccess=false", nil), 400, illegalValue, "includeCommonAccess")
	}
}

// TestMembersAndSources: identities, applications and entitlements of a role, and
// the use of its sources.
func TestMembersAndSources(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	role := object(t, s.Get(roles+"/"+firstRole))
	members := items(t, s.Get(firstPath+"/identities"))
	ids := column(members, "id")
	slices.SortFunc(ids, func(a, b any) int { return strings.Compare(a.(string), b.(string)) })
	if diff := cmp.Diff(role["identityIds"], any(ids)); diff != "" {
		t.Errorf("identities are not the members (-identityIds +identities):\n%s", diff)
	}
	for _, member := range members {
		attributes := member["attributes"].(map[string]any)
		if attributes["displayName"] != member["name"] || attributes["department"] == nil {
			t.Errorf("%v", member)
		}
	}
	list := items(t, s.Get(firstPath+"/entitlement-popularities"))
	summary := sessions + "/" + autoSession + "/potential-role-summaries/" + firstRole
	applications := map[any]any{}
	for _, e := range list {
		applications[e["sourceId"]] = e["applicationName"]
		state, share := e["activitySourceState"], e["sourceUsagePercent"]
		if (state == nil) != (share == nil) {
			t.Errorf("%v: activitySourceState %v, sourceUsagePercent %v", e["name"], state, share)
		}
	}
	got := map[any]any{}
	for _, a := range items(t, s.Get(summary+"/applications")) {
		got[a["id"]] = a["name"]
	}
	if diff := cmp.Diff(applications, got); diff != "" {
		t.Errorf("applications (-popularities +applications):\n%s", diff)
	}
	names := map[any]any{}
	for _, e := range items(t, s.Get(summary+"/entitlements")) {
		names[e["id"]] = e["name"]
	}
	for _, e := range list {
		if names[at(e, "entitlementRef.id")] != e["name"] || e["name"] != at(e, "entitlementRef.name") {
			t.Errorf("%v is %v in the list of entitlements", e, names[at(e, "entitlementRef.id")])
		}
	}
	for source := range applications {
		usage := items(t, s.Get(roles+"/"+firstRole+"/sources/"+source.(string)+"/identityUsage"))
		if len(usage) != len(members) {
			t.Errorf("%s: %d identities of %d", source, len(usage), len(members))
		}
		used := 0.0
		for _, u := range usage {
			days := u["usageCount"].(float64)
			if days < 0 || days > 90 {
				t.Errorf("%v: %v days", u, days)
			}
			if days > 0 {
				used++
			}
		}
		for _, e := range list {
			if want := math.Round(1000*used/float64(len(members))) / 10; e["sourceId"] == source && e["sourceUsagePercent"] != nil && e["sourceUsagePercent"] != want {
				t.Errorf("%v: sourceUsagePercent %v, by days of use %v", e["name"], e["sourceUsagePercent"], want)
			}
		}
	}
	refused(t, "unknown source", s.Do(http.MethodGet, roles+"/"+firstRole+"/sources/nope/identityUsage", nil), 404, notFound)
	refused(t, "unknown role", s.Do(http.MethodGet, roles+"/"+unknownUUID+"/sources/"+dataSource+"/identityUsage", nil), 404, notFound)
	// A source of the organisation that gives the role nothing has members too.
	for _, distribution := range role["identityDistribution"].([]any) {
		sum := 0.0
		for _, value := range distribution.(map[string]any)["distribution"].([]any) {
			sum += value.(map[string]any)["count"].(float64)
		}
		if sum != role["identityCount"] {
			t.Errorf("%v counts %v of %v", distribution.(map[string]any)["attributeName"], sum, role["identityCount"])
		}
	}
}

// TestRoleForms: a summary, the full role on both paths, and the session agree.
func TestRoleForms(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	for _, session := range []string{autoSession, manualSession} {
		for _, summary := range items(t, s.Get(sessions+"/"+session+"/potential-role-summaries")) {
			id := summary["id"].(string)
			full := s.Get(roles + "/" + id)
			if within := s.Get(sessions + "/" + session + "/potential-role-summaries/" + id); string(within.Body) != string(full.Body) {
				t.Errorf("%s reads differently within its session", id)
			}
			role := object(t, full)
			for name, value := range summary {
				if !cmp.Equal(role[name], value) {
					t.Errorf("%s: %s is %v in the summary and %v in the role", id, name, value, role[name])
				}
			}
			if role["quality"] != math.Round((role["density"].(float64)+role["freshness"].(float64))/2) {
				t.Errorf("%s: quality %v of %v and %v", id, role["quality"], role["density"], role["freshness"])
			}
			if n := len(role["identityIds"].([]any)); float64(n) != role["identityCount"] || float64(n) < at(role, "session.minNumIdentitiesInPotentialRole").(float64) {
				t.Errorf("%s has %d members", id, n)
			}
		}
	}
}
