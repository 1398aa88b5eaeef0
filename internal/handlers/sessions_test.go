package handlers_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/app/apptest"
	"mockserver/internal/config"
)

// TestSessionLife follows a session through its states: what each of them makes
// known, and that each stays for the stage delay.
func TestSessionLife(t *testing.T) {
	t.Parallel()
	const delay = 100 * time.Millisecond
	s := start(t, func(c *config.Config) { c.StageDelay = delay })
	id := s.Do(http.MethodPost, sessions, `{"scope":{"criteria":"source.name:DataScienceDataset"},"pruneThreshold":70,"emailRecipientId":"`+recipient+`"}`).Text("id")
	if n := s.Step(); n != 0 {
		t.Errorf("%d steps before the first state has lasted", n)
	}
	var seen []string
	ready := -1.0
	for range 40 {
		session := object(t, s.Get(sessions+"/"+id))
		state := at(session, "status.state").(string)
		if status := s.Get(sessions + "/" + id + "/status"); string(status.Body) != `{"state":"`+state+`"}` {
			t.Errorf("status says %s, the session %s", status.Body, state)
		}
		if len(seen) == 0 || seen[len(seen)-1] != state {
			seen = append(seen, state)
		}
		known := map[string]bool{
			"identityCount":            session["identityCount"].(float64) > 0,
			"prescribedPruneThreshold": session["prescribedPruneThreshold"] != nil,
			"potentialRoleCount":       session["potentialRoleCount"].(float64) > 0,
		}
		passed := len(seen)
		want := map[string]bool{"identityCount": passed > 1, "prescribedPruneThreshold": passed > 2, "potentialRoleCount": passed > 3}
		if diff := cmp.Diff(want, known); diff != "" {
			t.Errorf("%s: known (-want +got):\n%s", state, diff)
		}
		now := session["potentialRolesReadyCount"].(float64)
		if now < ready {
			t.Errorf("%s: %v roles ready, after %v", state, now, ready)
		}
		ready = now
		summaries := items(t, s.Get(sessions+"/"+id+"/potential-role-summaries"))
		obtained := 0.0
		for _, summary := range summaries {
			if at(summary, "session.state") != state {
				t.Errorf("%s: a summary says %v", state, at(summary, "session.state"))
			}
			full := object(t, s.Get(roles+"/"+summary["id"].(string)))
			switch summary["identityGroupStatus"] {
			case "OBTAINED":
				obtained++
				if full["identityGroupStatus"] != "OBTAINED" {
					t.Errorf("%s: the role itself says %v, its summary OBTAINED", state, full["identityGroupStatus"])
				}
			case "REQUESTED":
				if full["identityGroupStatus"] != nil {
					t.Errorf("%s: the role itself says %v, its summary REQUESTED", state, full["identityGroupStatus"])
				}
			}
		}
		if obtained != ready || float64(len(summaries)) != session["potentialRoleCount"] {
			t.Errorf("%s: %d summaries, %v of them obtained; the session has %v, %v ready", state, len(summaries), obtained, session["potentialRoleCount"], ready)
		}
		if state == "POTENTIAL_ROLES_CREATED" {
			if ready != session["potentialRoleCount"] {
				t.Errorf("done with %v of %v ready", ready, session["potentialRoleCount"])
			}
			break
		}
		s.Clock.Advance(delay / 4)
		s.Step()
	}
	want := []string{"CREATED", "IDENTITIES_OBTAINED", "PRUNE_THRESHOLD_OBTAINED", "POTENTIAL_ROLES_PROCESSING", "POTENTIAL_ROLES_CREATED"}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
	if n := s.Step(); n != 0 {
		t.Errorf("%d steps after the end", n)
	}
	created := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	modified, err := time.Parse(time.RFC3339, s.Get(sessions+"/"+id).Text("modifiedDate"))
	if err != nil || modified.Sub(created) < 4*delay {
		t.Errorf("modifiedDate %v: four states of %v were passed", modified, delay)
	}
}

func TestNoRolesIsAnEnd(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	for _, body := range []string{
		`{"scope":{"criteria":"name:nobodyiscalledthis"}}`,
		`{"scope":{"identityIds":["` + recipient + `","` + otherIdentity + `"]}}`, // the minimum is 20
		`{"scope":{"criteria":"name:nobodyiscalledthis"},"type":"COMMON"}`,
	} {
		id := s.CreateSession(body)
		got := s.Get(sessions + "/" + id)
		if got.Text("status", "state") != "POTENTIAL_ROLES_CREATED" || got.Value("potentialRoleCount") != 0.0 {
			t.Errorf("%s: %s", body, got.Body)
		}
		if list := s.Get(sessions + "/" + id + "/potential-role-summaries"); string(list.Body) != "[]" {
			t.Errorf("%s: %s", body, list.Body)
		}
	}
}

func TestCommonSession(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	id := s.CreateSession(`{"type":"COMMON","scope":{"criteria":"source.name:DataScienceDataset"}}`)
	got := s.Get(sessions + "/" + id)
	if got.Value("prescribedPruneThreshold") != nil || got.Value("potentialRoleCount") != 1.0 {
		t.Errorf("%s", got.Body)
	}
	role := s.Get(sessions + "/" + id + "/potential-role-summaries")
	if role.Text(0, "type") != "COMMON" || role.Value(0, "identityCount") != got.Value("identityCount") {
		t.Errorf("%s", role.Body)
	}
}

func patchSession(s *apptest.Server, id, body string) apptest.Answer {
	return s.Do(http.MethodPatch, sessions+"/"+id, body)
}

// TestPatchDocumentedExample sends the documents' own patch, which has every
// number and truth value as a string, and names the name twice.
func TestPatchDocumentedExample(t *testing.T) {
	t.Parallel()
	const example = `[{"op":"replace","path":"/pruneThreshold","value":"83"},{"op":"replace","path":"/minNumIdentitiesInPotentialRole","value":"10"},` +
		`{"op":"replace","path":"/saved","value":"false"},{"op":"replace","path":"/name","value":"RM Session - 07/10/22"},` +
		`{"op":"add","path":"/name","value":"RM Session - 07/10/22"}]`
	s := start(t, nil)
	got := status(t, "patch", patchSession(s, autoSession, example), 202)
	if string(got.Body) != "{}" {
		t.Errorf("answered %s, want {}", got.Body)
	}
	want := map[string]any{"pruneThreshold": 83.0, "minNumIdentitiesInPotentialRole": 10.0, "saved": false, "name": "RM Session - 07/10/22"}
	check := func(when, state string) {
		session := object(t, s.Get(sessions+"/"+autoSession))
		if at(session, "status.state") != state {
			t.Errorf("%s: state %v, want %s", when, at(session, "status.state"), state)
		}
		for name, value := range want {
			if session[name] != value {
				t.Errorf("%s: %s is %v, want %v", when, name, session[name], value)
			}
		}
	}
	check("right after the 202", "UPDATED")
	s.Settle()
	check("in the end", "POTENTIAL_ROLES_CREATED")
	if n := s.Get(sessions + "/" + autoSession).Value("potentialRoleCount"); n == 0.0 {
		t.Error("the documents' patch leaves no roles")
	}
}

// TestPatchMinesAgainOnlyForThresholds: a new threshold or minimum is UPDATED at
// once, anything else, the same value included, mines nothing.
func TestPatchMinesAgainOnlyForThresholds(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		op    string
		mines bool
	}{
		{`{"op":"replace","path":"/pruneThreshold","value":40}`, true},
		{`{"op":"add","path":"/pruneThreshold","value":"40"}`, true},
		{`{"op":"replace","path":"/pruneThreshold","value":null}`, true},
		{`{"op":"replace","path":"/pruneThreshold","value":0}`, true},
		{`{"op":"replace","path":"/pruneThreshold","value":100}`, true},
		{`{"op":"replace","path":"/minNumIdentitiesInPotentialRole","value":1}`, true},
		{`{"op":"replace","path":"/minNumIdentitiesInPotentialRole","value":"2147483647"}`, true},
		{`{"op":"replace","path":"/pruneThreshold","value":40},{"op":"replace","path":"/pruneThreshold","value":70}`, false},
		{`{"op":"replace","path":"/pruneThreshold","value":"70"}`, false},
		{`{"op":"replace","path":"/minNumIdentitiesInPotentialRole","value":"20"}`, false},
		{`{"op":"replace","path":"/saved","value":"false"}`, false},
		{`{"op":"replace","path":"/saved","value":false}`, false},
		{`{"op":"add","path":"/saved","value":true}`, false},
		{`{"op":"replace","path":"/name","value":null}`, false},
		{`{"op":"add","path":"/name","value":"another"}`, false},
	} {
		t.Run(tt.op, func(t *testing.T) {
			t.Parallel()
			s := start(t, nil)
			path := sessions + "/" + autoSession + "/potential-role-summaries"
			before := column(items(t, s.Get(path)), "id")
			s.Clock.Advance(time.Minute)
			status(t, "patch", patchSession(s, autoSession, "["+tt.op+"]"), 202)
			got := s.Get(sessions + "/" + autoSession)
			after := column(items(t, s.Get(path)), "id")
			if (got.Text("status", "state") == "UPDATED") != tt.mines {
				t.Errorf("state %s", got.Text("status", "state"))
			}
			if tt.mines {
				if len(after) >= len(before) || got.Value("prescribedPruneThreshold") != nil {
					t.Errorf("%d roles of %d are there, and the prescribed threshold is %v", len(after), len(before), got.Value("prescribedPruneThreshold"))
				}
				if got.Value("potentialRoleCount") != float64(len(after)) {
					t.Errorf("potentialRoleCount %v, roles %d", got.Value("potentialRoleCount"), len(after))
				}
				s.Settle()
				if end := s.Get(sessions + "/" + autoSession); end.Text("status", "state") != "POTENTIAL_ROLES_CREATED" || end.Value("prescribedPruneThreshold") == nil {
					t.Errorf("in the end %s", end.Body)
				}
				return
			}
			if diff := cmp.Diff(before, after); diff != "" || s.Step() != 0 {
				t.Errorf("something was mined:\n%s", diff)
			}
			if got.Text("modifiedDate") != "2026-03-01T09:01:00.000Z" {
				t.Errorf("modifiedDate %s", got.Text("modifiedDate"))
			}
		})
	}
}

// TestPatchKeepsWhatIsKept: saved and provisioned roles survive new thresholds,
// unchanged; every other one is gone.
func TestPatchKeepsWhatIsKept(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	session := s.CreateSession(`{"scope":{"criteria":"source.name:DataScienceDataset"},"pruneThreshold":70}`)
	mined := column(items(t, s.Get(sessions+"/"+session+"/potential-role-summaries")), "id")
	if len(mined) < 4 {
		t.Fatalf("only %d roles were mined", len(mined))
	}
	saved, done, pending, plain := mined[0].(string), mined[1].(string), mined[2].(string), mined[3].(string)
	provision := func(role string) {
		status(t, "provision", s.Do(http.MethodPost, sessions+"/"+session+"/potential-roles/"+role+"/provision", nil), 202)
	}
	status(t, "save", s.Do(http.MethodPatch, roles+"/"+saved, `[{"op":"replace","path":"/saved","value":true},{"op":"replace","path":"/name","value":"Keep me"}]`), 200)
	provision(done)
	s.Settle()
	provision(pending)
	status(t, "patch", patchSession(s, session, `[{"op":"replace","path":"/pruneThreshold","value":30}]`), 202)
	kept := func() map[string]string {
		state := map[string]string{}
		for _, id := range mined {
			if got := s.Do(http.MethodGet, roles+"/"+id.(string), nil); got.Status == 200 {
				state[id.(string)] = got.Text("name") + " " + got.Text("provisionState")
			}
		}
		return state
	}
	name := func(id string) string { return "Potential Role - " + id[:6] }
	want := map[string]string{saved: "Keep me POTENTIAL", done: name(done) + " COMPLETE", pending: name(pending) + " PENDING"}
	if diff := cmp.Diff(want, kept()); diff != "" {
		t.Errorf("right after the patch (-want +got):\n%s", diff)
	}
	refused(t, "a role that is gone", s.Do(http.MethodGet, roles+"/"+plain, nil), 404, notFound)
	s.Settle()
	end := kept()
	want[pending] = name(pending) + " COMPLETE"
	for id, state := range want {
		if end[id] != state {
			t.Errorf("in the end %s is %q, want %q", id, end[id], state)
		}
	}
	got := s.Get(sessions + "/" + session)
	if n := s.Get(sessions + "/" + session + "/potential-role-summaries").Len(); got.Value("potentialRoleCount") != float64(n) || got.Value("potentialRolesReadyCount") != float64(n) {
		t.Errorf("the session counts %v and %v, there are %d", got.Value("potentialRoleCount"), got.Value("potentialRolesReadyCount"), n)
	}
}

// TestPatchWhileMining: a session can be patched in every state; what was under
// way is forgotten.
func TestPatchWhileMining(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	for steps := range 9 {
		id := s.Do(http.MethodPost, sessions, `{"scope":{"criteria":"source.name:DataScienceDataset"},"pruneThreshold":70}`).Text("id")
		for range steps {
			s.Step()
		}
		was := s.Get(sessions+"/"+id).Text("status", "state")
		status(t, was, patchSession(s, id, `[{"op":"replace","path":"/pruneThreshold","value":55}]`), 202)
		if got := s.Get(sessions+"/"+id).Text("status", "state"); got != "UPDATED" {
			t.Errorf("patched in %s: %s, want UPDATED", was, got)
		}
		s.Settle()
		want := s.Get(sessions + "/" + s.CreateSession(`{"scope":{"criteria":"source.name:DataScienceDataset"},"pruneThreshold":55}`))
		got := s.Get(sessions + "/" + id)
		for _, name := range []string{"potentialRoleCount", "potentialRolesReadyCount", "identityCount", "prescribedPruneThreshold"} {
			if got.Value(name) != want.Value(name) || got.Text("status", "state") != "POTENTIAL_ROLES_CREATED" {
				t.Errorf("patched in %s: %s is %v, of a fresh session %v", was, name, got.Value(name), want.Value(name))
			}
		}
	}
}

func TestPatchSessionRefusals(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	before := string(s.Get(sessions + "/" + autoSession).Body)
	long := strings.Repeat("x", 1025)
	tests := []struct {
		body, code string
		texts      []string
	}{
		{``, badContent, []string{"array of operations"}},
		{`null`, badContent, []string{"array of operations"}},
		{`{}`, badContent, []string{"array of operations"}},
		{`{"op":"replace","path":"/saved","value":true}`, badContent, []string{"array of operations"}},
		{`[]`, badContent, []string{"no operations"}},
		{`[null]`, badContent, []string{"object"}},
		{`[5]`, badContent, []string{"object"}},
		{`[`, badContent, []string{"not valid JSON"}},
		{`[{}] x`, badContent, []string{"after its JSON value"}},
		{`[{}]`, badContent, []string{"path"}},
		{`[{"path":"/name","value":"x"}]`, badContent, []string{"op"}},
		{`[{"op":"replace","value":"x"}]`, badContent, []string{"path"}},
		{`[{"op":"set","path":"/name","value":"x"}]`, badContent, []string{`"set"`}},
		{`[{"op":"REPLACE","path":"/name","value":"x"}]`, badContent, []string{`"REPLACE"`}},
		{`[{"op":"replace","path":"name","value":"x"}]`, badContent, []string{`"name"`, "slash"}},
		{`[{"op":"replace","path":"","value":{}}]`, badContent, []string{"slash"}},
		{`[{"op":"replace","path":"/na~2me","value":"x"}]`, badContent, []string{"~"}},
		{`[{"op":"replace","path":"/name"}]`, missingData, []string{"'name'", "no value"}},
		{`[{"op":"remove","path":"/name"}]`, badContent, []string{"'name'", "remove", "replace, add"}},
		{`[{"op":"test","path":"/saved","value":true}]`, badContent, []string{"'saved'", "test"}},
		{`[{"op":"copy","from":"/name","path":"/name"}]`, badContent, []string{"copy"}},
		{`[{"op":"move","from":"/name","path":"/name"}]`, badContent, []string{"move"}},
		{`[{"op":"replace","path":"/type","value":"COMMON"}]`, badContent, []string{"Field 'type' is not patchable", "pruneThreshold"}},
		{`[{"op":"replace","path":"/scope/criteria","value":"x"}]`, badContent, []string{"Field 'scope/criteria' is not patchable"}},
		{`[{"op":"replace","path":"/id","value":"x"}]`, badContent, []string{"Field 'id' is not patchable"}},
		{`[{"op":"replace","path":"/name/0","value":"x"}]`, badContent, []string{"is not patchable"}},
		{`[{"op":"replace","path":"/Name","value":"x"}]`, badContent, []string{"Field 'Name' is not patchable"}},
		{`[{"op":"replace","path":"/pruneThreshold","value":101}]`, illegalValue, []string{"'pruneThreshold'", "0 to 100", "101"}},
		{`[{"op":"replace","path":"/pruneThreshold","value":-1}]`, illegalValue, []string{"'pruneThreshold'"}},
		{`[{"op":"replace","path":"/pruneThreshold","value":"101"}]`, illegalValue, []string{"'pruneThreshold'"}},
		{`[{"op":"replace","path":"/pruneThreshold","value":"5 "}]`, illegalValue, []string{"'pruneThreshold'"}},
		{`[{"op":"replace","path":"/pruneThreshold","value":50.5}]`, illegalValue, []string{"'pruneThreshold'", "whole number"}},
		{`[{"op":"replace","path":"/pruneThreshold","value":1e1}]`, illegalValue, []string{"'pruneThreshold'"}},
		{`[{"op":"replace","path":"/pruneThreshold","value":"null"}]`, illegalValue, []string{"'pruneThreshold'", "or null"}},
		{`[{"op":"replace","path":"/pruneThreshold","value":true}]`, illegalValue, []string{"'pruneThreshold'"}},
		{`[{"op":"replace","path":"/pruneThreshold","value":[50]}]`, illegalValue, []string{"'pruneThreshold'"}},
		{`[{"op":"replace","path":"/minNumIdentitiesInPotentialRole","value":0}]`, illegalValue, []string{"'minNumIdentitiesInPotentialRole'", "from 1"}},
		{`[{"op":"replace","path":"/minNumIdentitiesInPotentialRole","value":null}]`, illegalValue, []string{"'minNumIdentitiesInPotentialRole'"}},
		{`[{"op":"replace","path":"/minNumIdentitiesInPotentialRole","value":2147483648}]`, illegalValue, []string{"2147483647"}},
		{`[{"op":"replace","path":"/saved","value":null}]`, illegalValue, []string{"'saved'", "true or false"}},
		{`[{"op":"replace","path":"/saved","value":"yes"}]`, illegalValue, []string{"'saved'"}},
		{`[{"op":"replace","path":"/saved","value":1}]`, illegalValue, []string{"'saved'"}},
		{`[{"op":"replace","path":"/name","value":5}]`, illegalValue, []string{"'name'"}},
		{`[{"op":"replace","path":"/name","value":"` + long + `"}]`, illegalValue, []string{"'name'", "1024"}},
		// All or nothing, and the fault is found wherever it stands.
		{`[{"op":"replace","path":"/name","value":"changed"},{"op":"replace","path":"/pruneThreshold","value":10},{"op":"replace","path":"/saved","value":"x"}]`,
			illegalValue, []string{"operation 2", "'saved'"}},
		{`[{"op":"replace","path":"/name","value":"changed"},{"op":"replace","path":"/status","value":{}}]`, badContent, []string{"operation 1", "'status'"}},
		{`[` + strings.Repeat(`{"op":"replace","path":"/saved","value":false},`, 100) + `{"op":"replace","path":"/saved","value":false}]`, badContent, []string{"more than 100"}},
	}
	for _, tt := range tests {
		refused(t, fmt.Sprintf("%.90s", tt.body), patchSession(s, autoSession, tt.body), 400, tt.code, tt.texts...)
	}
	if after := string(s.Get(sessions + "/" + autoSession).Body); after != before {
		t.Errorf("refused patches changed the session from\n%s to\n%s", before, after)
	}
	refused(t, "unknown session", patchSession(s, unknownUUID, `[{"op":"replace","path":"/saved","value":true}]`), 404, notFound)
}

func TestUnknownSession(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	role := "/potential-roles/" + firstRole
	for _, path := range []string{"", "/status", "/potential-role-summaries", "/potential-role-summaries/" + firstRole,
		"/potential-role-summaries/" + firstRole + "/applications", "/potential-role-summaries/" + firstRole + "/entitlements",
		role + "/entitlement-popularities", role + "/entitlement-popularity-distribution", role + "/identities", role + "/export",
		role + "/excluded-entitlements", role + "/export-async/" + doneExport, role + "/export-async/" + doneExport + "/download"} {
		// An id that nothing has, and the id of a session that the role is not of.
		for _, id := range []string{unknownUUID, "not a uuid", manualSession} {
			if id == manualSession && (path == "" || path == "/status" || path == "/potential-role-summaries") {
				continue
			}
			full := sessions + "/" + strings.ReplaceAll(id, " ", "%20") + path
			refused(t, full, s.Do(http.MethodGet, full, nil), 404, notFound)
		}
		if strings.Contains(path, firstRole) {
			full := sessions + "/" + autoSession + strings.ReplaceAll(path, firstRole, unknownUUID)
			refused(t, full, s.Do(http.MethodGet, full, nil), 404, notFound)
		}
	}
}
