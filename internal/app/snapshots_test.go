package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/app/apptest"
	"mockserver/internal/config"
)

const snapshots = "/_mock/snapshots"

// tinyServer serves three identities.
func tinyServer(t *testing.T, change func(*config.Config)) *apptest.Server {
	t.Helper()
	dir := apptest.FixturesDir(t, tiny(nil))
	return apptest.Start(t, func(c *config.Config) {
		if c.Fixtures = dir; change != nil {
			change(c)
		}
	})
}

// order sends a request to the control plane and wants a status.
func order(t *testing.T, s *apptest.Server, method, path, body string, status int) apptest.Answer {
	t.Helper()
	var sent any
	if body != "" {
		sent = body
	}
	got := s.Send(method, path, sent, nil)
	if got.Status != status {
		t.Fatalf("%s %s: %d %s, want %d", method, path, got.Status, got.Body, status)
	}
	return got
}

func TestSnapshotsOverHTTP(t *testing.T) {
	t.Parallel()
	s := tinyServer(t, nil)
	s.InProcess("snapshots are dated by the machine's clock")
	const entry = `{"name":"before","createdAt":"2026-03-01T09:00:00.000Z","bytes":%v,"counts":{"identities":3,"entitlements":1,"sources":1,"roles":0,"sessions":%d,"potentialRoles":1}}`
	check := func(method, path string, status, sessions int) {
		t.Helper()
		got := order(t, s, method, path, "", status)
		if want := fmt.Sprintf(entry, got.Value("bytes"), sessions); string(got.Body) != want {
			t.Errorf("%s %s: %s, want %s", method, path, got.Body, want)
		}
	}
	if got := order(t, s, "GET", snapshots, "", 200); string(got.Body) != `[]` {
		t.Errorf("none: %s", got.Body)
	}
	check("POST", snapshots+"/before", 201, 1)
	order(t, s, "POST", snapshots+"/b.2_x-y", "", 201)
	s.Do(http.MethodPost, sessions, map[string]any{"minNumIdentitiesInPotentialRole": 3})
	for _, refused := range []struct {
		method, path string
		status       int
		text         string
	}{
		{"POST", "/before", 409, `{"error":"the snapshot \"before\" is there already; ?replace=true replaces it"}`},
		{"POST", "/before?replace=yes", 400, `{"error":"query parameter \"replace\" must be true or false, not \"yes\"","allowed":["true","false"]}`},
		{"POST", "/-x", 400, `{"error":"\"-x\" is no name of a snapshot: a name has 1 to 64 letters, digits, dots, hyphens and underscores, the first a letter or a digit"}`},
		{"POST", "/none/restore", 404, `{"error":"there is no snapshot \"none\""}`},
		{"GET", "/none", 404, `{"error":"there is no snapshot \"none\""}`},
		{"GET", "/none/diff", 404, `{"error":"there is no snapshot \"none\""}`},
		{"GET", "/before/diff/none", 404, `{"error":"there is no snapshot \"none\""}`},
		{"GET", "/none/file", 404, `{"error":"there is no snapshot \"none\""}`},
		{"DELETE", "/none", 404, `{"error":"there is no snapshot \"none\""}`},
		{"PUT", "/new/file", 400, `{"error":"a JSON body is needed: a file of GET /_mock/snapshots/NAME/file"}`},
	} {
		if got := order(t, s, refused.method, snapshots+refused.path, "", refused.status); string(got.Body) != refused.text {
			t.Errorf("%s %s: %s", refused.method, refused.path, got.Body)
		}
	}
	check("GET", snapshots+"/before", 200, 1)
	check("POST", snapshots+"/before?replace=true", 200, 2)
	if got := order(t, s, "GET", snapshots, "", 200); got.Len() != 2 || got.Text(0, "name") != "b.2_x-y" || got.Text(1, "name") != "before" {
		t.Errorf("two: %s", got.Body)
	}
	if got := order(t, s, "POST", snapshots+"/before/restore", `{"keep":["faults","state"]}`, 400); string(got.Body) != `{"error":"a restore cannot keep \"state\"","pointer":"/keep/1","allowed":["clock","jobs","settings","faults","journal","limits"]}` {
		t.Errorf("keep: %s", got.Body)
	}
	if got := order(t, s.Tenant("other"), "GET", snapshots, "", 200); got.Len() != 0 {
		t.Errorf("those of another tenant: %s", got.Body)
	}
	order(t, s, "DELETE", snapshots+"/before", "", 204)
	for i := range 99 {
		order(t, s, "POST", fmt.Sprint(snapshots, "/n", i), "", 201)
	}
	if got := order(t, s, "POST", snapshots+"/more", "", 507); !strings.Contains(got.Text("error"), "at most 100") {
		t.Errorf("one too many: %s", got.Body)
	}
	order(t, s, "POST", snapshots+"/n7?replace=true", "", 200)
}

// A diff names exactly what was changed.
func TestSnapshotDiff(t *testing.T) {
	t.Parallel()
	s := tinyServer(t, nil)
	const first = "11111111-2222-4333-8444-555555555555"
	role := s.Get(sessions+"/"+first+"/potential-role-summaries").Text(0, "id")
	order(t, s, "POST", snapshots+"/a", "", 201)
	none := `{"added":[],"removed":[],"changed":[]}`
	diff := func(path string) map[string]json.RawMessage {
		t.Helper()
		var all map[string]json.RawMessage
		order(t, s, "GET", snapshots+path, "", 200).Into(&all)
		return all
	}
	expect := func(path string, want map[string]string) {
		t.Helper()
		got := map[string]string{}
		for kind, raw := range diff(path) {
			if text := string(raw); text != none {
				got[kind] = text
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", path, d)
		}
	}
	expect("/a/diff", map[string]string{"from": `"a"`, "to": `null`, "same": `true`})
	s.Do(http.MethodPatch, sessions+"/"+first, `[{"op":"replace","path":"/name","value":"New"}]`)
	s.Do(http.MethodPatch, "/v2026/role-mining-potential-roles/"+role, `[{"op":"replace","path":"/saved","value":true},{"op":"replace","path":"/description","value":"d"}]`)
	path := sessions + "/" + first + "/potential-roles/" + role
	export := s.Do(http.MethodPost, path+"/export-async", nil).Text("exportId")
	order(t, s, "POST", snapshots+"/b", "", 201)
	s.Clock.Advance(1)
	expect("/a/diff/b", map[string]string{
		"from": `"a"`, "to": `"b"`, "same": `false`,
		"sessions":       `{"added":[],"removed":[],"changed":[{"id":"` + first + `","properties":["modifiedDate","name"]}]}`,
		"potentialRoles": `{"added":[],"removed":[],"changed":[{"id":"` + role + `","properties":["description","modifiedDate","saved"]}]}`,
		"exports":        `{"added":["` + export + `"],"removed":[],"changed":[]}`,
	})
	s.Settle()
	made := s.Do(http.MethodPost, path+"/provision", `{"includeIdentities":true}`)
	s.Settle()
	mailed := s.CreateSession(map[string]any{"minNumIdentitiesInPotentialRole": 9, "emailRecipientId": "i1"})
	roleID := s.Get("/v2026/role-mining-potential-roles/" + role).Text("roleId")
	var mails, requests []struct{ ID string }
	order(t, s, "GET", "/_mock/outbox", "", 200).Into(&mails)
	order(t, s, "GET", "/_mock/access-requests", "", 200).Into(&requests)
	if made.Status != http.StatusAccepted || len(mails) != 1 || len(requests) != 2 {
		t.Fatalf("%s, %d mails, %d requests", made.Body, len(mails), len(requests))
	}
	ids := []string{requests[0].ID, requests[1].ID}
	slices.Sort(ids)
	expect("/b/diff", map[string]string{
		"from": `"b"`, "to": `null`, "same": `false`,
		"sessions":       `{"added":["` + mailed + `"],"removed":[],"changed":[]}`,
		"potentialRoles": `{"added":[],"removed":[],"changed":[{"id":"` + role + `","properties":["provision","provisionState","roleId"]}]}`,
		"exports":        `{"added":[],"removed":[],"changed":[{"id":"` + export + `","properties":["file","nextAt","status"]}]}`,
		"roles":          `{"added":["` + roleID + `"],"removed":[],"changed":[]}`,
		"mails":          `{"added":["` + mails[0].ID + `"],"removed":[],"changed":[]}`,
		"accessRequests": `{"added":["` + ids[0] + `","` + ids[1] + `"],"removed":[],"changed":[]}`,
	})
	// An organisation that was changed.
	order(t, s, "POST", snapshots+"/c", "", 201)
	order(t, s, "PATCH", "/_mock/fixtures", `{"identities":[{"id":"i3","displayName":"Cleo","entitlements":["e1"]},{"id":"i4","name":"d","displayName":"D"}],"sources":[{"id":"s1","description":"x"}]}`, 200)
	got := diff("/c/diff")
	if want := `{"added":["i4"],"removed":[],"changed":[{"id":"i3","properties":["displayName","entitlements"]}]}`; string(got["identities"]) != want {
		t.Errorf("identities: %s, want %s", got["identities"], want)
	}
	if want := `{"added":[],"removed":[],"changed":[{"id":"s1","properties":["description"]}]}`; string(got["sources"]) != want {
		t.Errorf("sources: %s, want %s", got["sources"], want)
	}
	for _, kind := range []string{"sessions", "clients", "entitlements", "roles"} {
		if string(got[kind]) != none {
			t.Errorf("%s: %s", kind, got[kind])
		}
	}
	order(t, s, "POST", snapshots+"/c/restore", "", 200)
	if got := diff("/c/diff"); string(got["same"]) != "true" {
		t.Errorf("after the restore: %s", got)
	}
	reset(t, s, "", resetAll)
	if got := diff("/a/diff"); string(got["same"]) != "true" {
		t.Errorf("after a reset: %s", got)
	}
}
