package auth

import (
	"crypto/tls"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestInfo(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest("GET", "/oauth/info", nil)
	r.Host = "mock:8080"
	a := send(t, newWorld(t, Strict).Info, r)
	want := map[string]any{
		"tenantId": "t-1", "tenantName": "Acme Inc", "pod": "mock01",
		"authorizeEndpoint": "http://mock:8080/oauth/authorize", "tokenEndpoint": "http://mock:8080/oauth/token",
		"cloudDomainUrl": "http://mock:8080", "logoutUrl": "http://mock:8080/logout",
	}
	if diff := cmp.Diff(want, a.fields); diff != "" || a.status != 200 {
		t.Errorf("status %d\n%s", a.status, diff)
	}
}

func TestBaseURL(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		host    string
		tls     bool
		headers []string
		want    string
	}{
		{"host", "localhost:18080", false, nil, "http://localhost:18080"},
		{"TLS", "mock", true, nil, "https://mock"},
		{"IPv6", "[::1]:8080", false, nil, "http://[::1]:8080"},
		{"no host", "", false, nil, "http://localhost"},
		{"proxy", "10.0.0.1:8080", false, []string{"Proto", "https", "Host", "api.example"}, "https://api.example"},
		{"proxy ends TLS", "mock", true, []string{"Proto", "HTTP"}, "http://mock"},
		{"chain of proxies", "x", false, []string{"Proto", "https, http", "Host", "a.example , b.example"}, "https://a.example"},
		{"port", "x", false, []string{"Host", "a.example", "Port", "8443", "Proto", "https"}, "https://a.example:8443"},
		{"default port", "x", false, []string{"Host", "a.example", "Port", "443", "Proto", "https"}, "https://a.example"},
		{"port there already", "x", false, []string{"Host", "a.example:1", "Port", "2"}, "http://a.example:1"},
		{"bad port", "x", false, []string{"Port", "8x"}, "http://x"},
		{"prefix", "x", false, []string{"Prefix", "/mock/"}, "http://x/mock"},
		{"root prefix", "x", false, []string{"Prefix", "/"}, "http://x"},
		{"prefix with a query", "x", false, []string{"Prefix", "/a?b"}, "http://x"},
		{"prefix of another host", "x", false, []string{"Prefix", "//evil"}, "http://x"},
		{"prefix without slash", "x", false, []string{"Prefix", "a"}, "http://x"},
		{"bad scheme", "x", false, []string{"Proto", "javascript"}, "http://x"},
		{"host with path", "x", false, []string{"Host", "evil/x"}, "http://x"},
		{"host with user", "x", false, []string{"Host", "u@evil"}, "http://x"},
		{"host with quote", "x", false, []string{"Host", `a"b`}, "http://x"},
		{"host with open port", "x", false, []string{"Host", "a:"}, "http://x"},
		{"bad host everywhere", "a b", false, []string{"Host", "?"}, "http://localhost"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest("GET", "/oauth/info", nil)
			r.Host = tt.host
			if tt.tls {
				r.TLS = &tls.ConnectionState{}
			}
			for i := 0; i+1 < len(tt.headers); i += 2 {
				r.Header.Set("X-Forwarded-"+tt.headers[i], tt.headers[i+1])
			}
			if got := BaseURL(r); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func FuzzBaseURL(f *testing.F) {
	for _, seed := range [][5]string{
		{"localhost:8080", "", "", "", ""},
		{"x", "https", "api.example", "8443", "/mock"},
		{"[::1]:1", "http, https", "a, b", "443", "//evil"},
		{"a:1:2", "javascript", "u@h", "x", "/%zz"},
	} {
		f.Add(seed[0], seed[1], seed[2], seed[3], seed[4])
	}
	f.Fuzz(func(t *testing.T, host, proto, forwardedHost, port, path string) {
		r := httptest.NewRequest("GET", "/", nil)
		r.Host = host
		for name, value := range map[string]string{"Proto": proto, "Host": forwardedHost, "Port": port, "Prefix": path} {
			r.Header.Set("X-Forwarded-"+name, value)
		}
		base := BaseURL(r)
		u, err := url.Parse(base)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
			t.Fatalf("%q is no plain base URL: %v", base, err)
		}
		if strings.HasSuffix(base, "/") || strings.ContainsAny(base, "\"'<>\\ \r\n") {
			t.Fatalf("%q has signs that do not belong there", base)
		}
	})
}
