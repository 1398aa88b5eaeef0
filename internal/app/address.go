package app

import (
	"net/http"
	"net/url"
	"strings"

	"mockserver/internal/auth"
	"mockserver/internal/handlers"
)

// pathPrefix is in front of the paths of a tenant: /t/NAME/...
const pathPrefix = "/t/"

// hostSuffixes follow the name of a tenant in a host.
var hostSuffixes = [...]string{".localhost", ".api.identitynow.com"}

// addressed finds the tenant that a request names by its path or by its host, ""
// for none. A request that names one by its path comes back without that part.
// The error is a *control.TenantError; with it comes the request's path as it
// would be without the name.
func addressed(r *http.Request) (string, *http.Request, error) {
	name, inner, ok := unprefixed(r)
	if !ok {
		name = ofHost(r.Host)
	}
	if name == "" && !ok {
		return "", r, nil
	}
	return name, inner, checkName(name)
}

// unprefixed takes /t/NAME off a path, in whatever way it is escaped. What is
// behind it is a path of its own; ok says whether there is such a prefix.
func unprefixed(r *http.Request) (name string, inner *http.Request, ok bool) {
	if !strings.HasPrefix(r.URL.Path, pathPrefix) {
		return "", r, false
	}
	parts := strings.SplitN(r.URL.EscapedPath(), "/", 4) // "", "t", name, the rest
	if len(parts) < 3 || plain(parts[1]) != strings.Trim(pathPrefix, "/") {
		return "", r, false // the slash behind the t is an escaped one
	}
	name = plain(parts[2])
	rest := "/" + strings.Join(parts[3:], "/")
	copied, address := auth.Mounted(r, pathPrefix+url.PathEscape(name)), *r.URL
	address.Path, address.RawPath = plain(rest), rest
	if address.RawPath == address.Path {
		address.RawPath = ""
	}
	copied.URL = &address
	return name, copied, true
}

// wellEscaped is the request with a path that net/url holds to be a right way to
// write it. A client that leaves a sign bare which should be escaped, as | beside
// %2F, would have EscapedPath fall back on a spelling of its own, in which the
// escaped slash is a bare one.
func wellEscaped(r *http.Request) *http.Request {
	if r.URL.RawPath == "" || r.URL.RawPath == r.URL.EscapedPath() {
		return r
	}
	return handlers.PlainlyEscaped(r)
}

// plain undoes escapes, which net/http has found to be right.
func plain(escaped string) string {
	text, err := url.PathUnescape(escaped)
	if err != nil {
		return escaped
	}
	return text
}

// ofHost is the name in NAME.localhost or NAME.api.identitynow.com, with or
// without a port, in any case of letters; "" in any other host.
func ofHost(host string) string {
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		host = host[:i]
	}
	host = strings.TrimSuffix(host, ".")
	for _, suffix := range hostSuffixes {
		at := len(host) - len(suffix)
		if at > 0 && strings.EqualFold(host[at:], suffix) && !strings.Contains(host[:at], ".") {
			return strings.ToLower(host[:at])
		}
	}
	return ""
}
