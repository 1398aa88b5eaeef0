package auth

import (
	"net"
	"net/url"
	"slices"
)

// maxRedirect bounds a redirect URI, which becomes a header.
const maxRedirect = 2048

// redirectTarget checks a redirect URI, "" if the request had none, and parses it.
//
// A URI the client registered is good in every mode; so is one that differs from
// a registered loopback URI in the port alone, since native programs listen where
// they can (RFC 8252). Strict mode takes no other. Lenient mode also takes every
// http or https URI on the loopback interface, and for a client that registered
// none, any http or https URI.
func (a *Authority) redirectTarget(client Client, text string) (*url.URL, *refusal) {
	if text == "" {
		if len(client.RedirectURIs) != 1 {
			return nil, invalidRequest("redirect_uri is missing")
		}
		text = client.RedirectURIs[0]
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || len(text) > maxRedirect || !u.IsAbs():
		return nil, invalidRequest("redirect_uri must be an absolute URI of at most 2048 bytes")
	case u.Fragment != "" || u.User != nil:
		return nil, invalidRequest("redirect_uri must have neither a fragment nor a user name")
	case slices.Contains(client.RedirectURIs, text):
		return u, nil
	case !isWeb(u):
		return nil, invalidRequest("redirect_uri must be an http or https URI, or one that is registered for the client")
	}
	if slices.ContainsFunc(client.RedirectURIs, func(known string) bool { return sameButPort(u, known) }) {
		return u, nil
	}
	if a.Mode() != Strict && (len(client.RedirectURIs) == 0 || isLoopback(u)) {
		return u, nil
	}
	return nil, invalidRequest("redirect_uri is not registered for the client")
}

func isWeb(u *url.URL) bool {
	return (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.Opaque == ""
}

func isLoopback(u *url.URL) bool {
	host := u.Hostname()
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}

func sameButPort(u *url.URL, registered string) bool {
	known, err := url.Parse(registered)
	if err != nil || !isWeb(known) || !isLoopback(known) || known.Hostname() != u.Hostname() {
		return false
	}
	known.Host = u.Host
	return known.String() == u.String()
}
