package control_test

import (
	"encoding/json"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/app/apptest"
	"mockserver/internal/auth"
	"mockserver/internal/config"
)

// statuses are what calls are answered with: an operation that reads, one that
// manages, one that asks for a role administrator, one for an administrator.
type statuses struct {
	Read      int    `json:"read"`
	Manage    int    `json:"manage"`
	RoleAdmin int    `json:"roleAdmin"`
	OrgAdmin  int    `json:"orgAdmin"`
	Reason    string `json:"reason"`
}

func all(status int, reason string) statuses { return statuses{status, status, status, status, reason} }

// token is the answer of POST /_mock/tokens.
type token struct {
	AccessToken string
	TokenType   string
	ExpiresAt   *string
	Claims      map[string]any
	Mode        auth.Mode
	Expect      map[auth.Mode]statuses
}

func forge(s *apptest.Server, tb testing.TB, order string) token {
	tb.Helper()
	got := mock(s, "POST", "/_mock/tokens", order)
	if got.Status != 200 {
		tb.Fatalf("%s: %d %s", order, got.Status, got.Body)
	}
	var made token
	got.Into(&made)
	return made
}

type tokenCase struct {
	order           string
	strict, lenient statuses
}

// Calls with a token of every kind are answered, in every mode, as the table
// says, and so as the answer that came with the token said.
func TestForgedTokens(t *testing.T) {
	t.Parallel()
	const failed = "JWT validation failed: JWT "
	const noLevel = "needs one of the user levels ORG_ADMIN, ROLE_ADMIN, ROLE_SUBADMIN; the caller "
	const noScope = "needs iai:access-modeling:read; the token's scopes give no right"
	let := all(200, "")
	cases := []tokenCase{
		{``, let, let},
		{`{"kind":"valid"}`, let, let},
		{`{"kind":"valid","clientId":"somebody"}`, let, let},
		{`{"kind":"expired"}`, all(401, failed+"is expired"), all(401, failed+"is expired")},
		{`{"kind":"notYetValid"}`, all(401, failed+"is not yet valid"), all(401, failed+"is not yet valid")},
		{`{"kind":"noExpiry"}`, all(401, failed+"has no expiration"), all(401, failed+"has no expiration")},
		{`{"kind":"wrongSignature"}`, all(401, failed+"signature is invalid"), all(401, failed+"signature is invalid")},
		{`{"kind":"wrongAlgorithm"}`, all(401, failed+"algorithm is not supported"), all(401, failed+"algorithm is not supported")},
		{`{"kind":"unsigned"}`, all(401, failed+"algorithm is not supported"), all(401, failed+"algorithm is not supported")},
		{`{"kind":"malformed"}`, all(401, failed+"is malformed"), all(401, failed+"is malformed")},
		{`{"kind":"tooLarge"}`, all(401, failed+"is too large"), all(401, failed+"is too large")},
		{`{"kind":"refreshToken"}`, all(401, failed+"is a refresh token, not an access token"), all(401, failed+"is a refresh token, not an access token")},
		{`{"kind":"otherTenant"}`, all(401, failed+"was issued for another organization"), all(401, failed+"was issued for another organization")},
		{`{"kind":"missingRight"}`, statuses{403, 403, 200, 200, noScope}, let},
		{`{"kind":"readOnly"}`, statuses{200, 403, 200, 200, "needs iai:access-modeling:manage; the token's scopes give only read"}, let},
		{`{"kind":"missingLevel"}`, all(403, noLevel+"has none"), let},
		{`{"kind":"noUser"}`, statuses{403, 403, 403, 403, "needs iai:access-modeling:read; the token's scopes name no such right, and a client without a user has only those that are named"}, let},
		{`{"kind":"noUser","scopes":["iai:access-modeling:read"]}`, statuses{200, 403, 403, 403, "needs iai:access-modeling:manage; the token's scopes give only read"}, let},
		{`{"kind":"unknownUser"}`, let, let},
		{`{"clientId":"mock-reader"}`, statuses{200, 403, 200, 200, "needs iai:access-modeling:manage; the token's scopes give only read"}, let},
		{`{"authorities":["ROLE_ADMIN"]}`, statuses{200, 200, 200, 403, "needs one of the user levels ORG_ADMIN; the caller has ROLE_ADMIN"}, let},
		{`{"userId":"ashley.pierce"}`, let, let},
		{`{"claims":{"scope":["idn:accounts:read"],"authorities":["ORG_ADMIN"]}}`, statuses{403, 403, 200, 200, noScope}, let},
		{`{"claims":{"exp":"soon"}}`, all(401, failed+"is malformed"), all(401, failed+"is malformed")},
	}
	manual, err := os.ReadFile("../../docs/control-api.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range auth.ForgeKinds() {
		tried := slices.ContainsFunc(cases, func(tc tokenCase) bool { return strings.Contains(tc.order, `"`+kind+`"`) })
		if !tried || !strings.Contains(string(manual), "`"+kind+"`") {
			t.Errorf("%s is not tried here, or not in the manual", kind)
		}
	}
	for _, mode := range []auth.Mode{auth.Strict, auth.Lenient, auth.Off} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			s := apptest.Start(t, func(c *config.Config) { c.Auth = mode })
			for _, tc := range cases {
				want := map[auth.Mode]statuses{auth.Strict: tc.strict, auth.Lenient: tc.lenient, auth.Off: let}
				made := forge(s, t, tc.order)
				if diff := cmp.Diff(want, made.Expect); diff != "" || made.Mode != mode || made.TokenType != "bearer" {
					t.Errorf("%s, mode %s (-want +got):\n%s", tc.order, made.Mode, diff)
				}
				called(t, s, tc.order, made.AccessToken, want[mode])
			}
		})
	}
}

// called makes the four kinds of call with a token.
func called(t *testing.T, s *apptest.Server, what, token string, want statuses) {
	t.Helper()
	const session = "/v2026/role-mining-sessions/8c190e67-87aa-4ed9-a90b-d9d5344523fb"
	const role = "/potential-role-summaries/8c190e67-87aa-4ed9-a90b-d9d5344523fb"
	for _, call := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/v2026/role-mining-sessions", want.Read},
		{"POST", "/v2026/role-mining-sessions", want.Manage},
		{"GET", session + role, max(want.Read, want.RoleAdmin)},
		{"GET", session + role + "/applications", max(want.Read, want.OrgAdmin)},
	} {
		header := http.Header{"Authorization": {"Bearer " + token}, "X-Sailpoint-Experimental": {"true"}, "Content-Type": {"application/json"}}
		var body any
		if call.method == "POST" {
			body = "{}"
		}
		got := s.Send(call.method, call.path, body, header)
		ok := got.Status == call.status || call.status == 200 && got.Status == 201
		switch call.status {
		case 401:
			ok = ok && string(got.Body) == `{"error":"`+want.Reason+`"}`
		case 403:
			ok = ok && strings.Contains(string(got.Body), `"detailCode":"403 Forbidden"`)
		}
		if !ok {
			t.Errorf("%s: %s %s: %d %.200s; want %d %s", what, call.method, call.path, got.Status, got.Body, call.status, want.Reason)
		}
	}
}

// A forged token goes by the tenant's clock: what is not yet valid becomes so,
// and what is valid expires.
func TestForgedTokensInTime(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	later := forge(s, t, `{"kind":"notYetValid","ttl":"30m"}`)
	short := forge(s, t, `{"ttl":"90s"}`)
	at := apptest.Now().Add(90 * time.Second).Format("2006-01-02T15:04:05.000Z")
	if short.ExpiresAt == nil || *short.ExpiresAt != at {
		t.Errorf("expiresAt %v, want %s", short.ExpiresAt, at)
	}
	for _, step := range []struct {
		advance      string
		later, short int
	}{{"0s", 401, 200}, {"89s", 401, 200}, {"1s", 401, 401}, {"59m", 200, 401}, {"30m", 401, 401}} {
		if got := mock(s, "POST", "/_mock/clock", `{"advance":"`+step.advance+`"}`); got.Status != 200 {
			t.Fatal(got.Status, string(got.Body))
		}
		called(t, s, "later, "+step.advance, later.AccessToken, all(step.later, reason(step.later, "is not yet valid", step.advance == "30m")))
		called(t, s, "short, "+step.advance, short.AccessToken, all(step.short, reason(step.short, "is expired", false)))
	}
}

func reason(status int, text string, over bool) string {
	switch {
	case status == 200:
		return ""
	case over:
		text = "is expired"
	}
	return "JWT validation failed: JWT " + text
}

// The claims are those that were asked for.
func TestForgedClaims(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	for _, tc := range []struct {
		order string
		want  map[string]any
	}{
		{`{"clientId":"mock-role-admin"}`, map[string]any{"client_id": "mock-role-admin", "user_name": "lena.okonkwo", "authorities": []any{"ROLE_ADMIN"}, "scope": []any{"sp:scopes:all"}}},
		{`{"userId":"ashley.pierce","scopes":[]}`, map[string]any{"user_name": "ashley.pierce", "identity_id": "2c918090761a5aac0176215c46a62d58", "scope": []any{}}},
		{`{"issuedAt":"2026-01-01T00:00:00.999Z","ttl":"10s"}`, map[string]any{"iat": 1767225600.0, "exp": 1767225610.0}},
		{`{"issuedAt":"2026-01-01T00:00:00Z","notBefore":"2026-01-02T00:00:00Z","expiresAt":"2026-01-03T01:00:00+01:00"}`, map[string]any{"iat": 1767225600.0, "nbf": 1767312000.0, "exp": 1767398400.0}},
		{`{"claims":{"org":null,"pod":"x","own":{"a":[1]}}}`, map[string]any{"org": nil, "pod": "x", "own": map[string]any{"a": []any{1.0}}}},
		{`{"kind":"noUser"}`, map[string]any{"identity_id": nil, "user_name": nil, "user_id": nil, "authorities": []any{}}},
	} {
		made := forge(s, t, tc.order)
		got := map[string]any{}
		for name := range tc.want {
			got[name] = made.Claims[name]
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.order, diff)
		}
	}
}

func TestForgeRefuses(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	for _, tc := range []struct{ order, pointer, text string }{
		{`{"kind":"exipred"}`, "/kind", `"exipred"`},
		{`{"kidn":"expired"}`, "/kidn", `"kidn"`},
		{`{"userId":"nobody"}`, "/userId", `"nobody"`},
		{`{"kind":"noUser","userId":"ashley.pierce"}`, "/userId", "noUser"},
		{`{"ttl":"0s"}`, "/ttl", "from 1s"},
		{`{"ttl":"1500ms"}`, "/ttl", "whole seconds"},
		{`{"ttl":"1s","expiresAt":"2026-01-01T00:00:00Z"}`, "/expiresAt", "ttl"},
		{`{"issuedAt":"1969-01-01T00:00:00Z"}`, "/issuedAt", "1970"},
		{`{"expiresAt":"2201-01-01T00:00:00Z"}`, "/expiresAt", "2200"},
		{`{"kind":"expired","expiresAt":"2027-01-01T00:00:00Z"}`, "/kind", "is expired"},
		{`{"kind":"otherTenant","claims":{"org":"acme","tenant_id":"x","exp":1}}`, "", ""},
		{`{"kind":"noExpiry","issuedAt":"2026-01-01T00:00:00Z"}`, "/kind", "has no expiration"},
		{`{"claims":{"x":"` + strings.Repeat("x", 64<<10) + `"}}`, "/claims", "65536"},
		{`{"claims":[]}`, "/claims", "an object"},
		{`{"scopes":"x"}`, "/scopes", "an array"},
	} {
		got := mock(s, "POST", "/_mock/tokens", tc.order)
		if tc.text == "" { // still of its kind
			if got.Status != 200 {
				t.Errorf("%s: %d %s", tc.order, got.Status, got.Body)
			}
			continue
		}
		var p struct {
			Error, Pointer string
			Allowed        []string
		}
		if got.Status != 400 || json.Unmarshal(got.Body, &p) != nil || p.Pointer != tc.pointer || !strings.Contains(p.Error, tc.text) {
			t.Errorf("%.80s: %d %s; want 400, %s, %s", tc.order, got.Status, got.Body, tc.pointer, tc.text)
		}
		if tc.pointer == "/kind" && strings.Contains(tc.order, "exipred") {
			if p.Allowed[0] != "expired" {
				t.Errorf("the nearest is %s", p.Allowed[0])
			}
			if diff := cmp.Diff(slices.Sorted(slices.Values(auth.ForgeKinds())), slices.Sorted(slices.Values(p.Allowed))); diff != "" {
				t.Error(diff)
			}
		}
	}
}

// Same seed, clock and requests, same tokens.
func TestForgeIsDeterministic(t *testing.T) {
	t.Parallel()
	var first []string
	for range 2 {
		s := apptest.Start(t, nil)
		var bodies []string
		for _, kind := range auth.ForgeKinds() {
			bodies = append(bodies, string(mock(s, "POST", "/_mock/tokens", `{"kind":"`+kind+`"}`).Body))
			bodies = append(bodies, string(mock(s, "POST", "/_mock/tokens", `{"kind":"`+kind+`","claims":{"b":1,"a":{"d":1,"c":2}}}`).Body))
		}
		if first == nil {
			first = bodies
		} else if diff := cmp.Diff(first, bodies); diff != "" {
			t.Error(diff)
		}
	}
}
