package control_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"mockserver/internal/app/apptest"
	"mockserver/internal/seed"
)

// withFixtures is the order of a tenant with a document.
func withFixtures(t *testing.T, document []byte) string {
	t.Helper()
	raw, err := json.Marshal(map[string]any{"jobs": "immediate", "fixtures": json.RawMessage(document)})
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// A tenant can be made with an organisation of its own, which stays that of the
// tenant alone.
func TestTenantWithFixtures(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	document := documentOf(t, "", "bank")
	order := withFixtures(t, document)
	made := mock(s, "PUT", "/_mock/tenants/branch", order)
	if made.Status != 201 || made.Text("org") != "branch" || made.Value("counts", "identities") != 120.0 || made.Text("settings", "jobs") != "immediate" {
		t.Fatalf("%d %s", made.Status, made.Body)
	}
	if got := must(t, s, "GET", "/t/branch/_mock/fixtures", nil).Body; !bytes.Equal(document, got) {
		t.Errorf("%d bytes were put, and %d others came back", len(document), len(got))
	}
	if n := saidInDocument(t, s); len(n.Identities) != 1200 {
		t.Errorf("the default tenant has %d identities", len(n.Identities))
	}
	if got := mock(s, "PUT", "/_mock/tenants/branch", order); got.Status != 200 {
		t.Errorf("again: %d %s", got.Status, got.Body)
	}
	refused(t, "with another", mock(s, "PUT", "/_mock/tenants/branch", withFixtures(t, documentOf(t, "", "hospital"))), 409, "/fixtures", "branch", "/t/branch/_mock/fixtures")
	refused(t, "the default one", mock(s, "PUT", "/_mock/tenants/default", `{"fixtures":`+string(document)+`}`), 409, "/fixtures", "default")
	// A change is the tenant's own, and so is what a reset returns to.
	must(t, s, "PATCH", "/t/branch/_mock/fixtures", `{"remove":{"clients":[]},"sources":[{"id":"new","name":"New"}]}`)
	refused(t, "patched", mock(s, "PUT", "/_mock/tenants/branch", order), 409, "/fixtures", "another organisation")
	must(t, s, "POST", "/t/branch/_mock/reset", nil)
	if got := must(t, s, "GET", "/t/branch/_mock/fixtures", nil).Body; !bytes.Equal(document, got) {
		t.Error("a reset does not return to the organisation that the tenant was made with")
	}
	if got := mock(s, "PUT", "/_mock/tenants/plain", `{"fixtures":null}`); got.Status != 201 || got.Value("counts", "identities") != 1200.0 {
		t.Errorf("%d %s", got.Status, got.Body)
	}
}

func TestTenantWithFixturesRefuses(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	document := string(documentOf(t, "", "bank"))
	session := `[{"id":"x","type":"COMMON","scopingMethod":"MANUAL","createdDate":"2026-01-01T00:00:00Z","roles":[{"rank":0,"type":"COMMON"}],"scope":{"criteria":"name:nobody-at-all"}}]`
	for _, tc := range []struct{ what, fixtures, pointer, text string }{
		{"no document", `[]`, "/fixtures", "must be an object"},
		{"incomplete", `{}`, "/fixtures", `"org" is missing`},
		{"a wrong value", strings.Replace(document, `"pod": "`, `"pod": "", "pot": "`, 1), "/fixtures/org/pod", "must not be empty"},
		{"a session that mining does not find", strings.Replace(document, `"sessions": []`, `"sessions":`+session, 1), "/fixtures/sessions/0/roles", "rank 0"},
	} {
		refused(t, tc.what, mock(s, "PUT", "/_mock/tenants/branch", `{"fixtures":`+tc.fixtures+`}`), 400, tc.pointer, tc.text)
	}
	if got := mock(s, "GET", "/_mock/tenants/branch", nil); got.Status != 404 {
		t.Errorf("%d %s", got.Status, got.Body)
	}
	if _, err := seed.LoadDocument([]byte(document)); err != nil {
		t.Fatal(err) // or the cases would not show what they say
	}
}
