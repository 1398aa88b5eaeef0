package control_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/app/apptest"
)

// The people of the default organisation who get mail here.
const (
	ashley = "2c918090761a5aac0176215c46a62d58"
	kirk   = "2c918089762475180176267f894b54dc"
)

func fetched(tb testing.TB, s *apptest.Server, path string, total string) apptest.Answer {
	tb.Helper()
	got := mock(s, http.MethodGet, path, nil)
	if got.Status != 200 || got.Header.Get("X-Total-Count") != total {
		tb.Fatalf("%s: %d, total %q, want %s: %.300s", path, got.Status, got.Header.Get("X-Total-Count"), total, got.Body)
	}
	return got
}

func TestOutbox(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	if status := mock(s, http.MethodDelete, "/_mock/outbox", nil).Status; status != 204 {
		t.Fatal(status)
	}
	fetched(t, s, "/_mock/outbox", "0")
	scope := `"scope":{"criteria":"attributes.location:Miami"}`
	first := s.CreateSession(`{` + scope + `,"name":"First","emailRecipientId":"` + ashley + `"}`)
	second := s.CreateSession(`{` + scope + `,"emailRecipientId":"` + kirk + `"}`)
	s.CreateSession(`{` + scope + `}`) // nobody is told
	both := fetched(t, s, "/_mock/outbox", "2")
	if both.Text(0, "sessionId") != first || both.Text(1, "sessionId") != second {
		t.Errorf("not oldest first: %s", both.Body)
	}
	if both.Text(0, "recipientId") != ashley || both.Text(0, "subject") != "First is complete" || !strings.Contains(both.Text(0, "address"), "@") {
		t.Errorf("%s", both.Body)
	}
	for _, tc := range []struct{ query, total, id string }{
		{"?sessionId=" + second, "1", both.Text(1, "id")},
		{"?recipientId=" + ashley, "1", both.Text(0, "id")},
		{"?recipientId=" + ashley + "&sessionId=" + first, "1", both.Text(0, "id")},
		{"?limit=1", "2", both.Text(0, "id")},
		{"?limit=1&offset=1", "2", both.Text(1, "id")},
	} {
		if got := fetched(t, s, "/_mock/outbox"+tc.query, tc.total); got.Len() != 1 || got.Text(0, "id") != tc.id {
			t.Errorf("%s: %s, want %s", tc.query, got.Body, tc.id)
		}
	}
	for query, total := range map[string]string{"?sessionId=" + second + "&recipientId=" + ashley: "0", "?sessionId=nothing": "0", "?limit=0": "2", "?offset=2": "2", "?offset=99": "2"} {
		if got := fetched(t, s, "/_mock/outbox"+query, total); string(got.Body) != "[]" {
			t.Errorf("%s: %s", query, got.Body)
		}
	}
	one := mock(s, http.MethodGet, "/_mock/outbox/"+both.Text(0, "id"), nil)
	if diff := cmp.Diff(both.Value(0), one.Value()); one.Status != 200 || diff != "" {
		t.Errorf("%d %s", one.Status, diff)
	}
	mock(s, http.MethodDelete, "/_mock/outbox", nil)
	fetched(t, s, "/_mock/outbox", "0")
	if got := mock(s, http.MethodGet, "/_mock/outbox/"+both.Text(0, "id"), nil); got.Status != 404 || !strings.Contains(got.Text("error"), both.Text(0, "id")) {
		t.Errorf("%d %s", got.Status, got.Body)
	}
	// Clearing changes no session, and mail that is sent again arrives.
	if got := s.Do(http.MethodPatch, "/v2026/role-mining-sessions/"+first, `[{"op":"replace","path":"/pruneThreshold","value":90}]`); got.Status != 202 {
		t.Fatalf("%d %s", got.Status, got.Body)
	}
	s.Settle()
	if got := fetched(t, s, "/_mock/outbox", "1"); got.Text(0, "sessionId") != first {
		t.Errorf("%s", got.Body)
	}
}

func TestPagesRefuse(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	for _, path := range []string{"/_mock/outbox", "/_mock/roles", "/_mock/access-profiles", "/_mock/access-requests"} {
		for query, text := range map[string]string{
			"?limit=-1": "limit", "?limit=10001": "10000", "?limit=x": `"x"`, "?offset=-1": "offset", "?offset=1.5": `"1.5"`, "?count=true": `"count"`,
		} {
			if got := mock(s, http.MethodGet, path+query, nil); got.Status != 400 || !strings.Contains(got.Text("error"), text) {
				t.Errorf("%s%s: %d %s", path, query, got.Status, got.Body)
			}
		}
	}
	if got := mock(s, http.MethodGet, "/_mock/roles?provisioned=yes", nil); got.Status != 400 || !strings.Contains(got.Text("error"), `"yes"`) {
		t.Errorf("%d %s", got.Status, got.Body)
	}
}

// What provisioning makes can be listed, and what the fixtures have, too.
func TestProvisioned(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	fixture := fetched(t, s, "/_mock/roles", "18")
	fetched(t, s, "/_mock/roles?provisioned=true", "0")
	fetched(t, s, "/_mock/access-requests", "0")
	profiles := fetched(t, s, "/_mock/access-profiles", fetched(t, s, "/_mock/access-profiles?provisioned=false", "38").Header.Get("X-Total-Count"))

	const path = "/v2026/role-mining-sessions/8c190e67-87aa-4ed9-a90b-d9d5344523fb/potential-roles/8c190e67-87aa-4ed9-a90b-d9d5344523fb"
	order := `{"roleName":"Made","roleDescription":"By hand","ownerId":"` + kirk + `","includeIdentities":true}`
	if got := s.Do(http.MethodPost, path+"/provision", order); got.Status != 202 {
		t.Fatalf("%d %s", got.Status, got.Body)
	}
	s.Settle()
	potential := s.Get("/v2026/role-mining-potential-roles/8c190e67-87aa-4ed9-a90b-d9d5344523fb")
	id := potential.Text("roleId")
	fetched(t, s, "/_mock/roles", "19")
	if diff := cmp.Diff(fixture.Value(), fetched(t, s, "/_mock/roles?provisioned=false", "18").Value()); diff != "" {
		t.Error(diff)
	}
	for _, query := range []string{"?provisioned=true", "?potentialRoleId=" + potential.Text("id")} {
		made := fetched(t, s, "/_mock/roles"+query, "1")
		if made.Text(0, "id") != id || made.Text(0, "name") != "Made" || made.Text(0, "description") != "By hand" || made.Text(0, "ownerId") != kirk ||
			made.Text(0, "potentialRoleId") != potential.Text("id") || made.Text(0, "createdDate") != "2026-03-01T09:00:00.000Z" {
			t.Errorf("%s: %s", query, made.Body)
		}
		held := 0
		own := fetched(t, s, "/_mock/access-profiles?roleId="+id, itoa(len(list(made.Value(0, "accessProfiles")))))
		for i := range list(made.Value(0, "accessProfiles")) {
			held += len(list(own.Value(i, "entitlementIds")))
			if own.Text(i, "roleId") != id || own.Text(i, "name") != made.Text(0, "accessProfiles", i, "name") {
				t.Errorf("%s", own.Body)
			}
		}
		if held == 0 || held != len(list(made.Value(0, "entitlementIds"))) {
			t.Errorf("the profiles hold %d of %s", held, made.Body)
		}
	}
	members := int(potential.Value("identityCount").(float64))
	requests := fetched(t, s, "/_mock/access-requests?limit=1000&roleId="+id, itoa(members))
	someone := requests.Text(members-1, "identityId")
	if got := fetched(t, s, "/_mock/access-requests?identityId="+someone, "1"); got.Text(0, "roleId") != id {
		t.Errorf("%s", got.Body)
	}
	before := len(list(profiles.Value()))
	made := len(list(fetched(t, s, "/_mock/roles?provisioned=true", "1").Value(0, "accessProfiles")))
	fetched(t, s, "/_mock/access-profiles", itoa(before+made))
}
