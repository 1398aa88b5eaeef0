package handlers_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/app/apptest"
	"mockserver/internal/config"
)

const contentJSON = "application/json;charset=UTF-8"

var hex32 = regexp.MustCompile(`^[0-9a-f]{32}$`)

// gatewayHeaders checks what every answer carries.
func gatewayHeaders(t *testing.T, what string, got apptest.Answer) {
	t.Helper()
	for name, want := range map[string][]string{
		"Cache-Control": {"no-cache, no-store, must-revalidate"},
		"Vary":          {"Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers"},
		"X-Robots-Tag":  {"noindex"},
	} {
		if diff := cmp.Diff(want, got.Header[name]); diff != "" {
			t.Errorf("%s: %s (-want +got):\n%s", what, name, diff)
		}
	}
	if len(got.Header["Slpt-Request-Id"]) != 1 || !hex32.MatchString(got.Header.Get("SLPT-Request-ID")) {
		t.Errorf("%s: SLPT-Request-ID %q", what, got.Header["Slpt-Request-Id"])
	}
	if got.Header.Get("Date") == "" {
		t.Errorf("%s: no Date", what)
	}
}

func TestHeadersOfEveryAnswer(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	good, form := bearer(s.Token), http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	tests := []struct {
		what, method, path string
		body               any
		header             http.Header
		status             int
		contentType        string
	}{
		{"success", "GET", sessions, nil, good, 200, contentJSON},
		{"one object", "GET", sessions + "/" + autoSession, nil, good, 200, contentJSON},
		{"created", "POST", sessions, "{}", with(good, "Content-Type", "application/json"), 201, contentJSON},
		{"ZIP", "GET", firstPath + "/export", nil, good, 200, "application/zip"},
		{"bad request", "GET", sessions + "?limit=x", nil, good, 400, contentJSON},
		{"no token", "GET", sessions, nil, nil, 401, contentJSON},
		{"no experimental header", "GET", sessions, nil, http.Header{"Authorization": good["Authorization"]}, 400, contentJSON},
		{"unknown session", "GET", sessions + "/nope", nil, good, 404, contentJSON},
		{"unknown path", "GET", "/v2026/nope", nil, nil, 404, contentJSON},
		{"unknown version", "GET", "/v1999/role-mining-sessions", nil, nil, 404, contentJSON},
		{"root", "GET", "/", nil, nil, 404, contentJSON},
		{"wrong method", "PUT", sessions, nil, nil, 405, contentJSON},
		{"wrong type", "POST", sessions, "{}", with(good, "Content-Type", "text/plain"), 415, contentJSON},
		{"token", "POST", "/oauth/token", "grant_type=client_credentials&client_id=a&client_secret=b", form, 200, ""},
		{"refused token", "POST", "/oauth/token", "grant_type=nope&client_id=a&client_secret=b", form, 400, ""},
		{"tenant", "GET", "/oauth/info", nil, nil, 200, ""},
	}
	for _, tt := range tests {
		got := s.Send(tt.method, tt.path, tt.body, tt.header)
		if got.Status != tt.status {
			t.Errorf("%s: %d %.300s, want %d", tt.what, got.Status, got.Body, tt.status)
		}
		if strings.HasPrefix(tt.path, "/oauth/") { // RFC 6749 asks for this one
			if got.Header.Get("Cache-Control") == "no-store" {
				got.Header.Set("Cache-Control", "no-cache, no-store, must-revalidate")
			}
		}
		gatewayHeaders(t, tt.what, got)
		if types := got.Header["Content-Type"]; len(types) != 1 || tt.contentType != "" && types[0] != tt.contentType {
			t.Errorf("%s: Content-Type %q, want %q", tt.what, types, tt.contentType)
		}
	}
}

// TestRequestID: the request's own id is echoed if it is one, and errors carry
// the id of their answer.
func TestRequestID(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	const own = "d824d908a75c4cdd9968d4e739514c49"
	for _, tt := range []struct {
		sent   string
		echoed bool
	}{
		{own, true},
		{strings.Repeat("0", 32), true},
		{strings.ToUpper(own), false},
		{own[:31], false},
		{own + "0", false},
		{own[:31] + "g", false},
		{"d824d908-a75c-4cdd-9968-d4e739514c49", false},
		{"", false},
		{"<script>", false},
	} {
		header := with(bearer(s.Token), "SLPT-Request-ID", tt.sent)
		for _, path := range []string{sessions, sessions + "/nope", "/nope"} {
			got := s.Send(http.MethodGet, path, nil, header)
			id := got.Header.Get("SLPT-Request-ID")
			if !hex32.MatchString(id) || (id == tt.sent) != tt.echoed {
				t.Errorf("%s with %q: answered %q", path, tt.sent, id)
			}
			if got.Status == http.StatusNotFound && got.Text("trackingId") != id {
				t.Errorf("%s: trackingId %q, header %q", path, got.Text("trackingId"), id)
			}
		}
	}
	got := s.Send(http.MethodPut, sessions, nil, http.Header{"Slpt-Request-Id": {own}})
	if got.Text("trackingId") != own {
		t.Errorf("405: trackingId %q, want %q", got.Text("trackingId"), own)
	}
	seen := map[string]bool{}
	for range 20 {
		id := s.Get(sessions).Header.Get("SLPT-Request-ID")
		if seen[id] {
			t.Fatalf("%s was given twice", id)
		}
		seen[id] = true
	}
}

func TestCORS(t *testing.T) {
	t.Parallel()
	const page, other = "http://localhost:3000", "https://evil.example"
	preflight := func(origin string) http.Header {
		return http.Header{
			"Origin": {origin}, "Access-Control-Request-Method": {"PATCH"},
			"Access-Control-Request-Headers": {"authorization,content-type,x-sailpoint-experimental"},
		}
	}
	tests := []struct {
		name    string
		origins []string
		origin  string
		allowed string // the Access-Control-Allow-Origin
	}{
		{"everyone by default", []string{"*"}, other, "*"},
		{"listed", []string{page}, page, page},
		{"not listed", []string{page}, other, ""},
		{"none", nil, page, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := start(t, func(c *config.Config) { c.CORSOrigins = tt.origins })
			asked := s.Send(http.MethodOptions, sessions+"/"+autoSession, nil, preflight(tt.origin))
			gatewayHeaders(t, "preflight", asked)
			if got := asked.Header.Get("Access-Control-Allow-Origin"); got != tt.allowed {
				t.Errorf("preflight: allowed %q, want %q", got, tt.allowed)
			}
			if tt.allowed != "" {
				if asked.Status != 200 || asked.Header.Get("Access-Control-Allow-Methods") != "PATCH" ||
					!strings.Contains(strings.ToLower(asked.Header.Get("Access-Control-Allow-Headers")), "x-sailpoint-experimental") {
					t.Errorf("preflight: %d %v", asked.Status, asked.Header)
				}
			}
			for _, path := range []string{sessions, sessions + "/nope", "/nope"} {
				got := s.Send(http.MethodGet, path, nil, with(bearer(s.Token), "Origin", tt.origin))
				gatewayHeaders(t, path, got)
				if origin := got.Header.Get("Access-Control-Allow-Origin"); origin != tt.allowed {
					t.Errorf("%s: allowed %q, want %q", path, origin, tt.allowed)
				}
				exposed := got.Header.Get("Access-Control-Expose-Headers")
				if seen := strings.Contains(exposed, "X-Total-Count") && strings.Contains(exposed, "Retry-After"); seen != (tt.allowed != "") {
					t.Errorf("%s: exposed %q", path, exposed)
				}
			}
			// A browser shows its page a refusal only if CORS allows that too.
			if got := s.Send(http.MethodGet, sessions, nil, http.Header{"Origin": {tt.origin}}); got.Status != 401 ||
				got.Header.Get("Access-Control-Allow-Origin") != tt.allowed {
				t.Errorf("401: %d %v", got.Status, got.Header)
			}
		})
	}
}

// TestUnknownPaths: whatever is no path of the API is answered by one envelope,
// to anybody.
func TestUnknownPaths(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	for _, path := range []string{
		"/", "/v2026", "/v2026/", "/v2026/roles", "/v2026/role-mining-session", sessions + "/", sessions + "/" + autoSession + "/",
		sessions + "/" + autoSession + "/status/", "/v2026//role-mining-sessions", sessions + "//status",
		sessions + "//potential-role-summaries", sessions + "//potential-role-summaries/" + savedRole, sessions + "//potential-roles/" + savedRole + "/export",
		roles + "//sources/" + dataSource + "/identityUsage", "/role-mining-sessions/v1//status",
		sessions + "/" + autoSession + "/potential-roles", roles + "/" + savedRole + "/sources", "/V2026/role-mining-sessions",
		"/v3/role-mining-sessions", "/v2026/Role-Mining-Sessions", "/role-mining-sessions", "/role-mining-sessions/v2",
		"/v2026/role-mining-sessions/v1/x/y", "/oauth", "/_mocks", "/v2026/../v2026/role-mining-sessions",
		sessions + "/a/b", sessions + "/%2e%2e/..%2f/status/x", "/v2026%2Frole-mining-sessions", "/%76%33/x",
	} {
		for _, header := range []http.Header{nil, bearer(s.Token), {"Accept": {"text/html"}}} {
			got := s.Send(http.MethodGet, path, nil, header)
			refused(t, path, got, 404, notFound, "The server did not find a current representation for the target resource.")
		}
	}
}

// TestWrongMethod: each path names its methods. GET answers HEAD too.
func TestWrongMethod(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	fill := strings.NewReplacer("{sessionId}", autoSession, "{potentialRoleId}", firstRole, "{exportId}", doneExport, "{sourceId}", dataSource)
	for _, prefix := range []string{"beta", "v2026", "latest", "v1"} {
		allow := map[string][]string{}
		for _, op := range operationsUnder(prefix) {
			allow[op.Path] = append(allow[op.Path], op.Method)
			if op.Method == http.MethodGet {
				allow[op.Path] = append(allow[op.Path], http.MethodHead)
			}
		}
		for path, methods := range allow {
			slices.Sort(methods)
			for _, method := range []string{"GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS", "TRACE", "BREW"} {
				if slices.Contains(methods, method) {
					continue
				}
				got := s.Send(method, fill.Replace(path), nil, nil)
				if got.Status != 405 || got.Header.Get("Allow") != strings.Join(methods, ", ") {
					t.Errorf("%s %s: %d, Allow %q, want 405 and %q", method, path, got.Status, got.Header.Get("Allow"), methods)
				}
				if method == http.MethodHead {
					continue
				}
				var body refusal
				got.Into(&body)
				if body.ErrorName != "NotAllowedException" || !strings.Contains(body.ErrorMessage, method) {
					t.Errorf("%s %s: %s", method, path, got.Body)
				}
			}
		}
	}
}

func TestHead(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	for _, path := range []string{sessions, sessions + "?count=true", sessions + "/" + autoSession, firstPath + "/export", sessions + "/nope"} {
		full, head := s.Do(http.MethodGet, path, nil), s.Do(http.MethodHead, path, nil)
		if head.Status != full.Status || len(head.Body) > 0 {
			t.Errorf("HEAD %s: %d with %d bytes, GET is %d", path, head.Status, len(head.Body), full.Status)
		}
		for _, name := range []string{"Content-Type", "Content-Length", "X-Total-Count"} {
			if head.Header.Get(name) != full.Header.Get(name) {
				t.Errorf("HEAD %s: %s is %q, for GET %q", path, name, head.Header.Get(name), full.Header.Get(name))
			}
		}
	}
}

// TestContentTypes: an operation with a body takes its own type, with any
// parameters and in any case, or none; every other one is 415.
func TestContentTypes(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	session, role := newRole(s)
	fill := strings.NewReplacer("{sessionId}", session, "{potentialRoleId}", role)
	withBody := 0
	for _, op := range operationsUnder("v2026") {
		if op.RequestType == "" {
			continue
		}
		withBody++
		path := fill.Replace(op.Path)
		for _, media := range []string{
			"text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/merge-patch+json",
			"application/vnd.api+json", "*/*", "application", "application/json;;", ";", "application/json, text/plain",
			map[string]string{"application/json": "application/json-patch+json", "application/json-patch+json": "application/json"}[op.RequestType],
		} {
			got := s.Send(op.Method, path, "[]", with(bearer(s.Token), "Content-Type", media))
			var body refusal
			got.Into(&body)
			if got.Status != 415 || body.ErrorName != "NotSupportedException" || body.ErrorMessage != "Cannot consume content type" {
				t.Errorf("%s with %s: %d %s, want 415", op.ID, media, got.Status, got.Body)
			}
		}
		for _, media := range []string{"", op.RequestType, strings.ToUpper(op.RequestType), op.RequestType + "; charset=utf-8", " " + op.RequestType + " ;charset=\"UTF-8\""} {
			got := s.Send(op.Method, path, `"neither object nor array"`, with(bearer(s.Token), "Content-Type", media))
			refused(t, op.ID+" with "+media, got, 400, badContent)
		}
	}
	if withBody != 7 {
		t.Errorf("%d operations with a body, want 7", withBody)
	}
	// Where there is no body to read, its type does not matter.
	if got := s.Send(http.MethodGet, sessions, nil, with(bearer(s.Token), "Content-Type", "text/plain")); got.Status != 200 {
		t.Errorf("GET with a content type: %d", got.Status)
	}
	path := fill.Replace(sessions + "/{sessionId}/potential-roles/{potentialRoleId}/export-async")
	if got := s.Send(http.MethodPost, path, nil, with(bearer(s.Token), "Content-Type", "text/plain")); got.Status != 202 {
		t.Errorf("no body, but a type: %d %s", got.Status, got.Body)
	}
}

func TestAcceptNeverMatters(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	for _, accept := range []string{"", "*/*", "text/html", "application/zip", "application/json", "application/json, text/plain, */*", "image/png;q=0", "nonsense", "application/json;q=0"} {
		header := with(bearer(s.Token), "Accept", accept)
		for path, media := range map[string]string{
			sessions + "/" + autoSession:                 contentJSON,
			firstPath + "/export":                        "application/zip",
			exportPath + "/" + doneExport + "/download":  "application/zip",
			firstPath + "/entitlement-popularities":      contentJSON,
			sessions + "/" + autoSession + "/status?x=;": contentJSON,
		} {
			if got := s.Send(http.MethodGet, path, nil, header); got.Status != 200 || got.Header.Get("Content-Type") != media {
				t.Errorf("%s with Accept %q: %d %s", path, accept, got.Status, got.Header.Get("Content-Type"))
			}
		}
	}
}

// TestEscapedPaths: an escape means the character it stands for, but an escaped
// slash belongs to the id.
func TestEscapedPaths(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	for path, want := range map[string]int{
		sessions + "/" + strings.ReplaceAll(autoSession, "-", "%2D"):              200,
		sessions + "/%38c190e67-87aa-4ed9-a90b-d9d5344523fb/status":               200,
		"/v2026/role%2Dmining%2dsessions":                                         200,
		"/%76%32%30%32%36/role-mining-potential-roles/%73aved":                    200,
		sessions + "/" + autoSession + "%2Fstatus":                                404,
		sessions + "/a%2Fb/status":                                                404,
		sessions + "/a%252Fb":                                                     404,
		sessions + "/%00":                                                         404,
		sessions + "/%ff%fe/status":                                               404,
		sessions + "/%20" + autoSession:                                           404,
		sessions + "/" + strings.ToUpper(autoSession):                             404,
		sessions + "/..":                                                          404,
		sessions + "/%2e%2e/status":                                               404,
		sessions + "/'%20OR%20'1'='1":                                             404,
		sessions + "/" + strings.Repeat("x", 4000):                                404,
		roles + "/" + savedRole + "/sources/" + dataSource + "/identity%55sage":   200,
		roles + "/saved/sources/" + dataSource + "/identityUsage":                 404,
		sessions + "/" + manualSession + "/potential-role-summaries/" + firstRole: 404,
	} {
		if got := s.Do(http.MethodGet, path, nil); got.Status != want {
			t.Errorf("%s: %d %.200s, want %d", path, got.Status, got.Body, want)
		}
	}
	if got := s.Get("/v2026/role-mining-potential-roles/%73aved"); got.Len() == 0 {
		t.Errorf("saved, written with an escape, lists nothing")
	}
	if got := s.Do(http.MethodGet, "/v2026/role%2Dmining%2dsessions", nil); !json.Valid(got.Body) || got.Len() != 2 {
		t.Errorf("sessions, written with escapes: %s", got.Body)
	}
}
