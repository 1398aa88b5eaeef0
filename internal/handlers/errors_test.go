package handlers_test

import (
	"database/sql"
	"encoding/json"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	_ "modernc.org/sqlite" // to break a database from outside

	"mockserver/internal/config"
)

// TestErrorEnvelopes: the form of a refusal follows the layer that refuses.
func TestErrorEnvelopes(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	good := bearer(s.Token)
	tests := []struct {
		what, method, path, body string
		header                   http.Header
		status                   int
		properties               string // of the body, in order
		code                     string
	}{
		{"malformed", "POST", sessions, "{", good, 400, "detailCode trackingId messages causes", badContent},
		{"illegal", "GET", sessions + "?limit=251", "", good, 400, "detailCode trackingId messages causes", illegalValue},
		{"missing", "POST", sessions, "", good, 400, "detailCode trackingId messages causes", missingData},
		{"reference", "POST", sessions, `{"emailRecipientId":"x"}`, good, 400, "detailCode trackingId messages causes", badReference},
		{"not found", "GET", sessions + "/x", "", good, 404, "detailCode trackingId messages causes", notFound},
		{"no route", "GET", "/v2026/x", "", nil, 404, "detailCode trackingId messages causes", notFound},
		{"too large", "POST", sessions, strings.Repeat(" ", 10<<20+1), good, 413, "detailCode trackingId messages causes", "413 Payload Too Large"},
		{"no token", "GET", sessions, "", nil, 401, "error", ""},
		{"no header", "GET", sessions, "", http.Header{"Authorization": good["Authorization"]}, 400, "error", ""},
		{"wrong method", "PUT", sessions, "", nil, 405, "errorName errorMessage trackingId", ""},
		{"wrong type", "POST", sessions, "{}", with(good, "Content-Type", "text/csv"), 415, "errorName errorMessage trackingId", ""},
	}
	for _, tt := range tests {
		got := s.Send(tt.method, tt.path, tt.body, tt.header)
		if got.Status != tt.status {
			t.Errorf("%s: %d %.200s, want %d", tt.what, got.Status, got.Body, tt.status)
		}
		if names := propertyNames(t, got.Body); names != tt.properties {
			t.Errorf("%s: properties %q, want %q", tt.what, names, tt.properties)
		}
		if tt.code == "" {
			continue
		}
		var body refusal
		got.Into(&body)
		if !strings.EqualFold(body.DetailCode, tt.code) || body.TrackingID != got.Header.Get("SLPT-Request-ID") {
			t.Errorf("%s: %s", tt.what, got.Body)
		}
		if body.Causes == nil || len(body.Causes) > 0 {
			t.Errorf("%s: causes are not []: %s", tt.what, got.Body)
		}
	}
}

// propertyNames lists the properties of a JSON object in their order.
func propertyNames(t *testing.T, body []byte) string {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(string(body)))
	var names []string
	if token, err := dec.Token(); err != nil || token != json.Delim('{') {
		t.Fatalf("not an object: %s", body)
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			t.Fatal(err)
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			t.Fatal(err)
		}
		names = append(names, name.(string))
	}
	return strings.Join(names, " ")
}

// TestErrorLanguages: two messages with one text, the second in the language
// that was asked for, as far as it names one.
func TestErrorLanguages(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	for accept, language := range map[string]string{
		"": "und", "de": "de", "en-US,en;q=0.9": "en-US", "fr-CH, fr;q=0.9, *;q=0.5": "fr-CH", "*": "und", "pt-BR ;q=1": "pt-BR",
		`"><script>`: "und", "de\t,en": "de", strings.Repeat("a-", 40): "und", "zh_TW": "und",
	} {
		got := s.Send(http.MethodGet, sessions+"/nope", nil, with(bearer(s.Token), "Accept-Language", accept))
		var body refusal
		got.Into(&body)
		text := "The server did not find a current representation for the target resource."
		want := []message{{"en-US", "DEFAULT", text}, {language, "REQUEST", text}}
		if diff := cmp.Diff(want, body.Messages); diff != "" {
			t.Errorf("Accept-Language %q (-want +got):\n%s", accept, diff)
		}
	}
}

var inside = regexp.MustCompile(`(?i)sql|select |goroutine|\.go\b|/root|/work|/tmp|panic|rolemining\.|modernc|no such table|0x[0-9a-f]{6}|internal/`)

// TestFaultsTellNothing: a database that fails is a 500 of the generic text, on
// reads and on writes, and the cause stays inside.
func TestFaultsTellNothing(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "mock.db")
	s := start(t, func(c *config.Config) { c.DB = file })
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, statement := range []string{"PRAGMA busy_timeout = 5000", "DROP TABLE exports", "ALTER TABLE potential_roles RENAME TO gone", "ALTER TABLE sessions RENAME TO gone_too"} {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct{ method, path, body string }{
		{"GET", sessions, ""},
		{"GET", sessions + "/" + autoSession, ""},
		{"GET", sessions + "/" + autoSession + "/status", ""},
		{"GET", roles + "?filters=" + "name%20co%20%22x%22", ""},
		{"GET", roles + "/" + savedRole, ""},
		{"GET", firstPath + "/identities", ""},
		{"GET", firstPath + "/export", ""},
		{"GET", exportPath + "/" + doneExport, ""},
		{"POST", sessions, "{}"},
		{"PATCH", sessions + "/" + autoSession, `[{"op":"replace","path":"/saved","value":true}]`},
		{"PATCH", roles + "/" + savedRole, `[{"op":"replace","path":"/saved","value":true}]`},
		{"POST", firstPath + "/edit-entitlements", `{"ids":[],"exclude":true}`},
		{"POST", firstPath + "/provision", "{}"},
		{"POST", exportPath, "{}"},
	} {
		got := s.Do(tt.method, tt.path, tt.body)
		refused(t, tt.method+" "+tt.path, got, 500, "500.0 Internal Fault", "An internal fault occurred.")
		if leak := inside.Find(got.Body); leak != nil {
			t.Errorf("%s %s tells %q: %s", tt.method, tt.path, leak, got.Body)
		}
	}
	// What has nothing to do with the database still works.
	gateway(t, "no token", s.Send("GET", sessions, nil, nil), 401, noToken)
	refused(t, "unknown path", s.Do("GET", "/v2026/nope", nil), 404, notFound)
}

// TestRefusalsTellNothing: no refusal of a hostile request shows what is inside.
func TestRefusalsTellNothing(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	hostile := []string{"'", "';--", "%00", "%F0%9F%92%A9", "..%2F..%2Fetc%2Fpasswd", "%22%3E%3Cscript%3E", "${jndi:x}", "{{7*7}}", "1%20UNION%20SELECT%201", "%25s%25n", "NaN", "1e9", "0x10"}
	for _, h := range hostile {
		for _, path := range []string{
			sessions + "?filters=" + h, sessions + "?sorters=" + h, sessions + "?limit=" + h, sessions + "?offset=" + h, sessions + "?count=" + h,
			sessions + "/" + h, firstPath + "/entitlement-popularities?includeCommonAccess=" + h, exportPath + "/" + h,
			sessions + "/" + h + "/potential-role-summaries?filters=" + h, roles + "/" + h + "/sources/" + h + "/identityUsage",
		} {
			got := s.Do(http.MethodGet, path, nil)
			if got.Status >= 500 || got.Status < 400 {
				t.Errorf("%s: %d %.200s", path, got.Status, got.Body)
			}
			// The client's own words may be repeated, ours must not be inside them.
			if leak := inside.Find(got.Body); leak != nil && !strings.Contains(strings.ToLower(path), strings.ToLower(strings.TrimSpace(string(leak)))) {
				t.Errorf("%s tells %q: %s", path, leak, got.Body)
			}
		}
	}
}
