package auth

import (
	"net/url"
	"strings"
)

// realDomains are those under which the real service and its sign-in are.
var realDomains = [...]string{"identitynow.com", "identitynow-demo.com", "sailpoint.com", "sailpointfedramp.com"}

// RealHost says whether a host, with or without a port, is one of the real
// service, such as acme.api.identitynow.com.
func RealHost(host string) bool {
	if i := strings.LastIndexByte(host, ':'); i >= 0 { // every request is asked this, so net need not
		host = host[:i]
	}
	host = strings.TrimSuffix(host, ".")
	for _, domain := range realDomains {
		at := len(host) - len(domain)
		if at == 0 && strings.EqualFold(host, domain) || at > 0 && host[at-1] == '.' && strings.EqualFold(host[at:], domain) {
			return true
		}
	}
	return false
}

// RealURL says whether a URL, or a host alone, is of the real service.
func RealURL(text string) bool {
	if u, err := url.Parse(text); err == nil && u.Host != "" {
		return RealHost(u.Host)
	}
	host, _, _ := strings.Cut(text, "/")
	return RealHost(host)
}
