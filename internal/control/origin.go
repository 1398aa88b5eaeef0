package control

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// Barred says why a request is refused because of the web page that it comes
// from, "" for let in. A page that somebody has open must not steer the server on
// their machine, nor read what it remembers. Programs are never refused.
//
// Two things are looked at. The page must be of the server's own origin. And that
// must be named in a way that only the server's owner can give it: the owner of a
// domain can let a name of it stand for 127.0.0.1 from one moment to the next, and
// then their page has the very origin of this server (DNS rebinding).
func Barred(r *http.Request) string {
	if !fromBrowser(r) {
		return ""
	}
	if why := crossOrigin(r); why != "" {
		return why
	}
	if !ownName(r.Host) {
		return fmt.Sprintf("the control plane does not answer browsers under the name %q, which could be that of any page; "+
			"open it by the server's IP address, as localhost, or by a name without a dot", r.Host)
	}
	return ""
}

// fromBrowser says whether a browser sent a request. Origin comes with all that
// writes, Sec-Fetch-Site with everything, but only to origins that the browser
// trusts, such as localhost. For other names Accept-Language tells: browsers send
// it always, and no page can take it away. Of programs hardly any sends it; the
// fetch of Node does, together with a Sec-Fetch-Mode, which no page can add.
func fromBrowser(r *http.Request) bool {
	has := func(name string) bool { return len(r.Header[name]) > 0 }
	return has("Origin") || has("Sec-Fetch-Site") || has("Accept-Language") && !has("Sec-Fetch-Mode")
}

// crossOrigin says why a page may not call if it is of another origin than the
// control plane.
func crossOrigin(r *http.Request) string {
	origin := r.Header.Get("Origin")
	if origin == "" {
		if site := r.Header.Get("Sec-Fetch-Site"); site == "cross-site" || site == "same-site" {
			return "the control plane does not answer pages of other origins"
		}
		return ""
	}
	if u, err := url.Parse(origin); err == nil && u.Host != "" && u.Host == r.Host {
		return ""
	}
	return fmt.Sprintf("the control plane does not answer pages of the origin %q", origin)
}

// ownName says whether a host, with or without a port, is one that no stranger can
// have a page under: an IP address, localhost and what is below it, a name without a
// dot, as services have in Compose and Kubernetes, or the host of a tenant.
func ownName(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimPrefix(strings.TrimSuffix(host, "]"), "[")
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if tenant, ok := strings.CutSuffix(host, ".api.identitynow.com"); ok {
		return tenant != "" && !strings.Contains(tenant, ".")
	}
	return host != "" && (!strings.Contains(host, ".") || strings.HasSuffix(host, ".localhost"))
}
