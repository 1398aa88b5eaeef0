package auth

import (
	"context"
	"net/http"
	"net/url"
	"strings"
)

// Info is GET /oauth/info, which needs no token: where to sign in and to whose
// organisation. The URLs start as the caller's own did: see BaseURL.
func (a *Authority) Info(w http.ResponseWriter, r *http.Request) {
	base, home := BaseURL(r), a.home.Load()
	a.writeJSON(w, http.StatusOK, struct {
		TenantID          string `json:"tenantId"`
		TenantName        string `json:"tenantName"`
		AuthorizeEndpoint string `json:"authorizeEndpoint"`
		TokenEndpoint     string `json:"tokenEndpoint"`
		CloudDomainURL    string `json:"cloudDomainUrl"`
		LogoutURL         string `json:"logoutUrl"`
		Pod               string `json:"pod"`
	}{
		TenantID:          home.TenantID,
		TenantName:        home.TenantName,
		AuthorizeEndpoint: base + "/oauth/authorize",
		TokenEndpoint:     base + "/oauth/token",
		CloudDomainURL:    base,
		LogoutURL:         base + "/logout",
		Pod:               home.Pod,
	})
}

// BaseURL is the address the caller reached this server at, such as
// "http://localhost:8080", without a slash at the end. It is read from the Host
// header and, in front of it, what a proxy says in X-Forwarded-Proto, -Host, -Port
// and -Prefix; of several proxies the first counts. What is not a plain scheme,
// host, port or path is passed over. Behind it stands where the request is Mounted.
func BaseURL(r *http.Request) string {
	scheme := strings.ToLower(forwarded(r, "Proto"))
	if scheme != "http" && scheme != "https" {
		scheme = "http"
		if r.TLS != nil {
			scheme = "https"
		}
	}
	host, hasPort := "localhost", false
	for _, candidate := range []string{forwarded(r, "Host"), r.Host} {
		if u, ok := parseHost(scheme, candidate); ok {
			host, hasPort = u.Host, u.Port() != ""
			break
		}
	}
	if port := forwarded(r, "Port"); port != "" && !hasPort && !isDefaultPort(scheme, port) {
		if u, ok := parseHost(scheme, host+":"+port); ok {
			host = u.Host
		}
	}
	return scheme + "://" + host + Prefix(r)
}

// Prefix is the path below which the caller reaches what serves a request, such
// as "/mock/t/ci-1", without a slash at the end, "" for none: where a proxy in front
// has this server (X-Forwarded-Prefix, unless that is no plain path), and there
// where Mounted says.
func Prefix(r *http.Request) string {
	if r.Header["X-Forwarded-Prefix"] == nil { // as nearly always, and the journal asks each time
		return Mount(r)
	}
	return prefix(forwarded(r, "Prefix")) + Mount(r)
}

// mountKey is the key of a path in a request's context.
type mountKey struct{}

// Mounted is a request to what is served below a path, "/t/ci-1" for one. Its own
// path is without that.
func Mounted(r *http.Request, at string) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), mountKey{}, at))
}

// Mount is the path that Mounted gave a request, "" for none.
func Mount(r *http.Request) string {
	at, _ := r.Context().Value(mountKey{}).(string)
	return at
}

// forwarded is the first value of a proxy's X-Forwarded header.
func forwarded(r *http.Request, name string) string {
	first, _, _ := strings.Cut(r.Header.Get("X-Forwarded-"+name), ",")
	return strings.TrimSpace(first)
}

// hostSigns are the signs that a host and its port are made of.
const hostSigns = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:[]"

// parseHost accepts a host with or without a port and nothing else. Signs that
// could leave the URL they are put in, such as quotes, are no part of a host.
func parseHost(scheme, host string) (*url.URL, bool) {
	u, err := url.Parse(scheme + "://" + host)
	ok := err == nil && host != "" && u.Host == host && u.Hostname() != "" && !strings.HasSuffix(host, ":") &&
		strings.Trim(host, hostSigns) == ""
	return u, ok
}

func isDefaultPort(scheme, port string) bool {
	return scheme == "http" && port == "80" || scheme == "https" && port == "443"
}

// prefixSigns are the signs that a path prefix is made of: what needs no escape
// in a path, and escapes.
const prefixSigns = hostSigns + "/~%"

// prefix is a proxy's path prefix, "" unless it is a plain path.
func prefix(path string) string {
	u, err := url.Parse(path)
	if err != nil || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || u.EscapedPath() != path ||
		strings.Trim(path, prefixSigns) != "" {
		return ""
	}
	return strings.TrimRight(path, "/")
}
