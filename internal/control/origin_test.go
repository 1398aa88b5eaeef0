package control_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"mockserver/internal/control"
)

// Pages are let in if they are the server's own, under a name that no stranger can
// make stand for this machine. Programs are let in under any name.
func TestBarred(t *testing.T) {
	t.Parallel()
	browser := http.Header{"Accept-Language": {"de"}} // a GET to an origin that the browser does not trust
	fetch := func(site string) http.Header {
		return http.Header{"Accept-Language": {"de"}, "Sec-Fetch-Mode": {"cors"}, "Sec-Fetch-Site": {site}}
	}
	origin := func(of string) http.Header { return http.Header{"Accept-Language": {"de"}, "Origin": {of}} }
	for _, tc := range []struct {
		name, host string
		header     http.Header
		in         bool
	}{
		{"a program", "127.0.0.1:8080", nil, true},
		{"a program, by a domain", "mock.ci.example.com", nil, true},
		{"a program, in a cluster", "mockserver.test.svc.cluster.local:8080", nil, true},
		{"Node's fetch, by a domain", "mock.ci.example.com", http.Header{"Accept-Language": {"*"}, "Sec-Fetch-Mode": {"cors"}}, true},

		{"its own page", "127.0.0.1:8080", origin("http://127.0.0.1:8080"), true},
		{"its own page, by localhost", "localhost:8080", origin("http://localhost:8080"), true},
		{"its own page, of a tenant", "acme.localhost:8080", fetch("same-origin"), true},
		{"its own page, over IPv6", "[::1]:8080", origin("http://[::1]:8080"), true},
		{"its own page, over IPv6 without a port", "[::1]", browser, true},
		{"its own page, of a service", "mockserver:8080", origin("http://mockserver:8080"), true},
		{"its own page, by a tenant's host", "acme.api.identitynow.com", origin("http://acme.api.identitynow.com"), true},
		{"an address that somebody entered", "192.168.1.7:8080", fetch("none"), true},
		{"the same, at a name without a dot", "buildbox", browser, true},
		{"localhost with a point behind", "localhost.:8080", browser, true},

		{"another origin", "127.0.0.1:8080", origin("https://evil.example"), false},
		{"another port", "127.0.0.1:8080", origin("http://127.0.0.1:9090"), false},
		{"no origin at all", "127.0.0.1:8080", origin("null"), false},
		{"an empty origin", "evil.example:8080", origin(""), false},
		{"an image on another page", "127.0.0.1:8080", fetch("cross-site"), false},
		{"another port, without an origin", "localhost:8080", fetch("same-site"), false},

		{"a name that was rebound: it writes", "evil.example:8080", origin("http://evil.example:8080"), false},
		{"a name that was rebound: it reads", "evil.example:8080", browser, false},
		{"the same, hiding its language", "evil.example:8080", http.Header{"Accept-Language": {""}}, false},
		{"the same, where origins are trusted", "evil.example", fetch("same-origin"), false},
		{"a domain that only looks local", "localhost.evil.example", browser, false},
		{"another one", "evillocalhost.example", browser, false},
		{"an address inside of a name", "127.0.0.1.evil.example:8080", browser, false},
		{"below a tenant's host", "evil.acme.api.identitynow.com", browser, false},
		{"no tenant's host", ".api.identitynow.com", browser, false},
		{"no name at all", "", browser, false},
	} {
		r := httptest.NewRequest(http.MethodGet, "/_mock/journal", nil)
		r.Host, r.Header = tc.host, tc.header
		if why := control.Barred(r); (why == "") != tc.in {
			t.Errorf("%s (%s %v): %q, want it let in: %v", tc.name, tc.host, tc.header, why, tc.in)
		}
	}
}
