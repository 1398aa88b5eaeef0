package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"mockserver/fixtures"
	"mockserver/internal/app/apptest"
	"mockserver/internal/config"
	"mockserver/internal/rolemining"
	"mockserver/internal/seed"
)

// who lists the ids of the identities that are wanted.
func who(data rolemining.Dataset, want func(rolemining.Identity) bool) []string {
	var ids []string
	for _, x := range data.Identities.All() {
		if want(x) {
			ids = append(ids, x.ID)
		}
	}
	return ids
}

func active(x rolemining.Identity) bool { return x.Active }

func loadFixtures(t *testing.T, s *apptest.Server, files fstest.MapFS) *auditor {
	t.Helper()
	data, err := seed.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	return newAuditor(t, s, data)
}

// Every number of the explanations of the default organisation's roles follows
// from who holds what: those of the fixtures' sessions, one of them edited, and
// of sessions that are mined now.
func TestExplanationsOfTheDefaultOrganisation(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	data, err := seed.Load(fixtures.Default())
	if err != nil {
		t.Fatal(err)
	}
	a := newAuditor(t, s, data)
	dataset := set{}
	for _, e := range data.Entitlements {
		dataset[e.ID] = a.data.Sources[slices.IndexFunc(data.Sources, func(s rolemining.Source) bool { return s.ID == e.SourceID })].Name == "DataScienceDataset"
	}
	onDataset := who(data, func(x rolemining.Identity) bool {
		return slices.ContainsFunc(x.EntitlementIDs, func(id string) bool { return dataset[id] })
	})
	insurance := who(data, func(x rolemining.Identity) bool {
		return x.Active && (x.Attributes["department"] == "Claims" || x.Attributes["department"] == "Underwriting")
	})
	found := map[string][]explained{
		"first":  a.audit("8c190e67-87aa-4ed9-a90b-d9d5344523fb", onDataset),
		"second": a.audit("602ba738-cf48-499b-a780-7b67b3fc1ecf", insurance),
		"whole":  a.audit(s.CreateSession(map[string]any{}), who(data, active)),
		"fine":   a.audit(s.CreateSession(map[string]any{"pruneThreshold": 75, "minNumIdentitiesInPotentialRole": 5}), who(data, active)),
	}
	edited, ways := 0, set{}
	for name, roles := range found {
		if len(roles) < 4 {
			t.Errorf("%s session: %d roles, too few to say anything", name, len(roles))
		}
		for _, e := range roles {
			edited += len(e.Present.ExcludedEntitlements)
			for _, way := range e.Members.Ways {
				ways[way.Way] = true
			}
		}
	}
	if edited != 1 || !ways["CLUSTERED"] || !ways["ABSORBED"] || !ways["IN_SCOPE"] {
		t.Errorf("%d exclusions and the ways %v were seen, want 1 exclusion and at least CLUSTERED, ABSORBED and IN_SCOPE", edited, ways)
	}
}

// village are fixtures in which a role comes about in every way: two teams whose
// access is nearly the same, one who holds a half of it, a third team, one
// with a right of nobody else and one with nothing but what all have.
func village() fstest.MapFS {
	var rights, people []string
	for _, id := range []string{"all", "a1", "a2", "z", "c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9", "c10", "d1", "d2", "d3", "d4"} {
		rights = append(rights, fmt.Sprintf(`{"id":%q,"name":"Right <%s>","attribute":"roles","value":%q,"source":"s1"}`, id, id, id))
	}
	add := func(name string, n int, rights ...string) {
		for i := range n {
			held, _ := json.Marshal(append([]string{"all"}, rights...)) // strings always have a JSON form
			people = append(people, fmt.Sprintf(`{"id":"%s-%d","name":"%s%d","displayName":"%s %d","entitlements":%s}`, name, i, name, i, name, i, held))
		}
	}
	core := []string{"c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9", "c10"}
	add("both", 8, slices.Concat(core, []string{"a1", "a2"})...)
	add("core", 10, core...)
	add("part", 1, slices.Concat(core[:5], []string{"a1", "a2"})...)
	add("team", 6, "d1", "d2", "d3", "d4")
	add("solo", 1, "z")
	add("none", 1)
	return tiny(map[string]string{
		seed.EntitlementsFile: "[" + strings.Join(rights, ",") + "]",
		seed.IdentitiesFile:   "[" + strings.Join(people, ",") + "]",
		seed.RolesFile: `[{"id":"r2","name":"Half","entitlements":["c1","c2","c3","c4","c5","z"],"createdDate":"2026-01-01T00:00:00Z"},
			{"id":"r1","name":"One","entitlements":["d1"],"createdDate":"2026-01-01T00:00:00Z"},
			{"id":"r0","name":"Another","entitlements":["d2"],"createdDate":"2026-01-01T00:00:00Z"}]`,
		seed.ClientsFile:  `[]`,
		seed.SessionsFile: `[]`,
	})
}

func TestExplanationsOfAVillage(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, func(c *config.Config) { c.Fixtures = apptest.FixturesDir(t, village()) })
	a := loadFixtures(t, s, village())
	everybody := who(a.data, active)
	mine := func(threshold any, least int, kind string) []explained {
		t.Helper()
		return a.audit(s.CreateSession(map[string]any{"pruneThreshold": threshold, "minNumIdentitiesInPotentialRole": least, "type": kind}), everybody)
	}
	for _, threshold := range []any{nil, 0, 25, 50, 75, 100} {
		for _, least := range []int{1, 2, 5} {
			mine(threshold, least, "SPECIALIZED")
		}
	}
	mine(nil, 1, "COMMON")
	roles := mine(90, 5, "SPECIALIZED")
	if len(roles) != 2 {
		t.Fatalf("%d roles, want 2", len(roles))
	}
	counts := map[string]int{}
	for _, way := range roles[0].Members.Ways {
		counts[way.Way] = way.Count
	}
	if diff := cmp.Diff(map[string]int{"CLUSTERED": 8, "MERGED": 10, "ABSORBED": 1}, counts); diff != "" {
		t.Errorf("ways into the first role (-want +got):\n%s", diff)
	}
	want := []string{
		"The session looked at 27 identities. Together they have 228 assignments, not counting what nearly everybody in the organisation holds.",
		"A prune threshold of 90 was asked for: two identities are alike if they share at least 90 % of what either of them holds.",
		"11 thresholds were tried. 75 is prescribed, as the highest whose roles describe who holds what within one percent of the shortest description: with a complexity of 65, against 228 for the single assignments.",
		"Of the 19 members, 8 formed a peer group, 1 joined it for holding at least half of its core and 10 came with another group of nearly the same core.",
		`The core is what at least 50 % of the members hold: "Right <c1>" (100 %), "Right <c2>" (100 %), "Right <c3>" (100 %), and 7 more.`,
		"Density 86: two members share 9.9 of the 11.5 entitlements that either of them holds, on average.",
		`Freshness 55: the most similar existing role, "Half", has 5 of the 10 entitlements of the core and 6 in all, which is an overlap of 45.5 %.`,
		"Quality 71 is the mean of the two.",
	}
	if diff := cmp.Diff(want, roles[0].Summary); diff != "" {
		t.Errorf("summary (-want +got):\n%s", diff)
	}
	if n := roles[1].Mined.Freshness.NearestRole; n == nil || n.ID != "r0" {
		t.Errorf("nearest role %+v, want the first by id of two that are equally near", n)
	}
}

// Edits change what is present and never what was mined; so does a role that was
// provisioned, but only once the potential role is edited after it.
func TestExplanationOfEdits(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, func(c *config.Config) { c.Fixtures = apptest.FixturesDir(t, village()) })
	a := loadFixtures(t, s, village())
	session := s.CreateSession(map[string]any{"pruneThreshold": 90, "minNumIdentitiesInPotentialRole": 5})
	roles := a.audit(session, who(a.data, active))
	path := "/v2026/role-mining-sessions/" + session + "/potential-roles/"
	edit := func(id string, exclude bool, ids ...string) {
		t.Helper()
		got := s.Do(http.MethodPost, path+id+"/edit-entitlements", map[string]any{"ids": append([]string{}, ids...), "exclude": exclude})
		if got.Status != http.StatusCreated {
			t.Fatalf("edit: %d %s", got.Status, got.Body)
		}
	}
	big, small := roles[0].PotentialRoleID, roles[1].PotentialRoleID
	edit(big, true, "c1", "a1", "all")
	after := a.explain(big)
	a.role(after)
	if diff := cmp.Diff(roles[0].Mined, after.Mined); diff != "" {
		t.Errorf("an edit changed what was mined:\n%s", diff)
	}
	if len(after.Present.Core) != 9 || len(after.Present.ExcludedEntitlements) != 3 {
		t.Errorf("a core of %d and %d excluded, want 9 and 3", len(after.Present.Core), len(after.Present.ExcludedEntitlements))
	}
	want := "Since then 3 entitlements were taken out: now density is 89, freshness 64 and quality 77."
	if got := after.Summary[len(after.Summary)-1]; got != want {
		t.Errorf("summary ends with %q, want %q", got, want)
	}

	made := s.Do(http.MethodPost, path+big+"/provision?min-entitlement-popularity=50", map[string]any{})
	s.Settle()
	role := s.Get("/v2026/role-mining-potential-roles/" + big)
	if made.Status != http.StatusAccepted || role.Text("roleId") == "" {
		t.Fatalf("provision: %d %s", made.Status, made.Body)
	}
	for _, id := range []string{big, small} { // as they were: the role does not count before the next edit
		a.role(a.explain(id))
	}
	twin := s.CreateSession(map[string]any{"pruneThreshold": 90, "minNumIdentitiesInPotentialRole": 5})
	a.roles[role.Text("roleId")] = setOf([]string{"all", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9", "c10"})
	delete(a.roles[role.Text("roleId")], "all") // it was taken out
	found := a.audit(twin, who(a.data, active))
	if n := found[0].Mined.Freshness.NearestRole; n == nil || n.ID != role.Text("roleId") || n.Overlap != 90 {
		t.Errorf("nearest role %+v, want the one that was provisioned", n)
	}
	before := a.explain(small)
	edit(small, true)
	if now := a.explain(small); now.Present.Freshness.Value != before.Present.Freshness.Value {
		t.Errorf("freshness %d beside a role that has nothing of it, want %d", now.Present.Freshness.Value, before.Present.Freshness.Value)
	}
}

// A role that outlives its mining keeps the explanation of that, a restart or
// not; and the same requests give the same bytes.
func TestExplanationsAreKept(t *testing.T) {
	t.Parallel()
	life := func(restart bool) (kept, renewed string) {
		db := filepath.Join(t.TempDir(), "db")
		s := restartable(t, db)
		id := s.CreateSession(map[string]any{"scope": map[string]any{"criteria": "source.name:DataScienceDataset"}})
		session := "/v2026/role-mining-sessions/" + id
		first := s.Get(session+"/potential-role-summaries").Text(0, "id")
		path := "/_mock/roles/" + first + "/explain"
		mined := s.Send(http.MethodGet, path, nil, nil)
		s.Do(http.MethodPatch, "/v2026/role-mining-potential-roles/"+first, `[{"op":"replace","path":"/saved","value":true}]`)
		s.Do(http.MethodPatch, session, `[{"op":"replace","path":"/pruneThreshold","value":75},{"op":"replace","path":"/minNumIdentitiesInPotentialRole","value":10}]`)
		if restart {
			s.Stop()
			s = restartable(t, db)
		}
		s.Settle()
		again := s.Send(http.MethodGet, path, nil, nil)
		if string(again.Body) != string(mined.Body) {
			t.Errorf("the explanation of a kept role changed with its session:\n%s", cmp.Diff(string(mined.Body), string(again.Body)))
		}
		other := s.Get(session+"/potential-role-summaries?filters=saved+eq+false").Text(0, "id")
		now := s.Send(http.MethodGet, "/_mock/roles/"+other+"/explain", nil, nil)
		if again.Value("parameters", "requestedPruneThreshold") != nil || now.Value("parameters", "requestedPruneThreshold") != 75.0 ||
			now.Value("parameters", "minNumIdentitiesInPotentialRole") != 10.0 {
			t.Errorf("parameters %v of the kept role and %v of a new one", again.Value("parameters"), now.Value("parameters"))
		}
		return string(again.Body), string(now.Body)
	}
	kept, renewed := life(false)
	keptOver, renewedOver := life(true)
	if kept != keptOver || renewed != renewedOver {
		t.Errorf("a restart changed explanations:\n%s\n%s", cmp.Diff(kept, keptOver), cmp.Diff(renewed, renewedOver))
	}
}

// The control plane has its own form of errors, and HEAD wherever GET is.
func TestExplainRefuses(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	const path = "/_mock/roles/8c190e67-87aa-4ed9-a90b-d9d5344523fb/explain"
	for _, tc := range []struct {
		method, path string
		status       int
		message      string
	}{
		{http.MethodGet, "/_mock/roles/nothing/explain", 404, `no potential role has the id "nothing"`},
		{http.MethodGet, "/_mock/roles/a%2Fb%22/explain", 404, `no potential role has the id "a/b\""`},
		{http.MethodGet, "/_mock/roles//explain", 404, `no potential role has the id ""`},
		{http.MethodGet, "/_mock/sessions/nothing/explain", 404, `no session has the id "nothing"`},
		{http.MethodPost, path, 405, "POST is not allowed here, but GET, HEAD"},
		{http.MethodDelete, path, 405, "DELETE is not allowed here, but GET, HEAD"},
		{http.MethodPatch, "/_mock/health/live", 405, "PATCH is not allowed here, but GET, HEAD"},
	} {
		got := s.Send(tc.method, tc.path, nil, nil)
		if got.Status != tc.status || got.Text("error") != tc.message {
			t.Errorf("%s %s: %d %s; want %d, %q", tc.method, tc.path, got.Status, got.Body, tc.status, tc.message)
		}
		if allow := got.Header.Get("Allow"); (allow == "GET, HEAD") != (tc.status == 405) {
			t.Errorf("%s %s: Allow %q", tc.method, tc.path, allow)
		}
	}
	full, head := s.Send(http.MethodGet, path, nil, nil), s.Send(http.MethodHead, path, nil, nil)
	if head.Status != http.StatusOK || len(head.Body) != 0 || head.Header.Get("Content-Length") != fmt.Sprint(len(full.Body)) {
		t.Errorf("HEAD: %d with %d bytes, Content-Length %q; want 200 with none, %d", head.Status, len(head.Body), head.Header.Get("Content-Length"), len(full.Body))
	}
}

// A session is explained once its potential roles are there, and no longer when
// it is about to be mined again.
func TestExplanationOfASession(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, func(c *config.Config) { c.Fixtures = apptest.FixturesDir(t, village()) })
	a := loadFixtures(t, s, village())
	got := s.Do(http.MethodPost, "/v2026/role-mining-sessions", map[string]any{"name": "Three", "minNumIdentitiesInPotentialRole": 5})
	id := got.Text("id")
	unmined := func(state string) {
		t.Helper()
		want := []string{"The session has not been mined yet: its state is " + state + "."}
		if e := a.explainSession(id); len(e.Minings) != 0 || len(e.CommonAccess) != 0 || cmp.Diff(want, e.Summary) != "" {
			t.Errorf("%+v, want nothing but %q", e, want)
		}
	}
	unmined("CREATED")
	s.Settle()
	want := []string{
		"The session looked at 27 identities. Together they have 228 assignments, not counting what nearly everybody in the organisation holds.",
		"The prune threshold is the prescribed one, 75: two identities are alike if they share at least 75 % of what either of them holds.",
		"11 thresholds were tried. 75 is prescribed, as the highest whose roles describe who holds what within one percent of the shortest description: with a complexity of 65, against 228 for the single assignments.",
		"There are 2 potential roles of type SPECIALIZED, with 25 of the 27 identities in them.",
		"1 identity is in none. They hold nothing but common access, so there is nothing to compare.",
		"1 identity is in none. They are in no group of at least 5 who hold much the same, and of each role they hold too little of the core, or too much besides it.",
	}
	e := a.explainSession(id)
	if diff := cmp.Diff(want, e.Summary); diff != "" || e.Name == nil || *e.Name != "Three" || e.State != "POTENTIAL_ROLES_CREATED" {
		t.Errorf("%+v\nsummary (-want +got):\n%s", e, diff)
	}
	s.Do(http.MethodPatch, "/v2026/role-mining-sessions/"+id, `[{"op":"replace","path":"/pruneThreshold","value":90}]`)
	unmined("UPDATED")
	s.Settle()
	if e := a.explainSession(id); len(e.Minings) != 1 {
		t.Errorf("%d minings, want 1", len(e.Minings))
	}
	none := s.CreateSession(map[string]any{"type": "COMMON", "minNumIdentitiesInPotentialRole": 100})
	if all := a.audit(none, who(a.data, active)); len(all) != 0 {
		t.Errorf("%d COMMON roles of a scope that is too small", len(all))
	}
	nobody := s.CreateSession(map[string]any{"scope": map[string]any{"criteria": "name:nobody"}})
	a.audit(nobody, nil)
}
