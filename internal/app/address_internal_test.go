package app

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"mockserver/internal/auth"
)

// FuzzAddressed holds what is found of a tenant in a request against the request:
// what is left of the path, with the name in front, is the path that was sent.
func FuzzAddressed(f *testing.F) {
	for _, seed := range [][2]string{
		{"/", "localhost:8080"}, {"/t/a/beta/x", ""}, {"/t/a", "b.localhost"}, {"/t//x", ""}, {"/%74/%61/a%2Fb", ""}, {"/t%2Fa/b", "a.b.localhost"},
		{"/t/a%2Fb/c", "[::1]:80"}, {"/t/a//b", "x.api.identitynow.com."}, {"/v2026/x", ".localhost"}, {"/t/%zz/", "a:b:c"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, target, host string) {
		u, err := url.ParseRequestURI(target)
		if err != nil || u.Host != "" {
			return
		}
		r := &http.Request{Method: http.MethodGet, URL: u, Host: host, Header: http.Header{}}
		before := *u
		name, inner, err := addressed(r)
		if *u != before || len(r.Header) > 0 {
			t.Error("the request was changed")
		}
		if err != nil || name == "" {
			return
		}
		if checkName(name) != nil {
			t.Errorf("the name %q", name)
		}
		if inner == r { // by the host
			if !strings.HasPrefix(strings.ToLower(host), name+".") {
				t.Errorf("%q out of the host %q", name, host)
			}
			return
		}
		if whole := "/t/" + name + inner.URL.Path; whole != u.Path && whole != u.Path+"/" {
			t.Errorf("%q is %q and %q", u.Path, name, inner.URL.Path)
		}
		// A slash that is escaped stays part of its segment.
		if sent, left := strings.Count(u.EscapedPath(), "/"), strings.Count(inner.URL.EscapedPath(), "/"); left != sent-2 && inner.URL.Path != "/" {
			t.Errorf("%q is left of %q", inner.URL.EscapedPath(), u.EscapedPath())
		}
		if want := "/t/" + name; auth.Mount(inner) != want || len(inner.Header) > 0 {
			t.Errorf("mounted at %q, want %q; headers %v", auth.Mount(inner), want, inner.Header)
		}
	})
}
