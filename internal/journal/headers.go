package journal

import "strings"

// Redacted stands where a secret stood.
const Redacted = "[redacted]"

// keepRequest is what is kept of a header of a request, false for nothing: those
// that say who calls and what they want, and our own. Of credentials only their
// kind is kept, which tells an empty bearer from none.
func keepRequest(name, value string) (string, bool) {
	switch name {
	case "Accept", "Accept-Encoding", "Accept-Language", "Content-Encoding", "Content-Length", "Content-Type", "Expect",
		"Origin", "Prefer", "Slpt-Request-Id", "Transfer-Encoding", "User-Agent", "X-Forwarded-For", "X-Forwarded-Host",
		"X-Forwarded-Port", "X-Forwarded-Prefix", "X-Forwarded-Proto", "X-Requested-With", "X-Sailpoint-Experimental":
		return value, true
	case "Authorization":
		return scheme(value), true
	case "Cookie":
		return Redacted, true
	}
	return value, strings.HasPrefix(name, "X-Mock-")
}

// keepResponse is what is kept of a header of an answer: what differs from one to
// another, and our own.
func keepResponse(name, value string) (string, bool) {
	switch name {
	case "Allow", "Content-Disposition", "Content-Type", "Location", "Retry-After", "Www-Authenticate", "X-Total-Count":
		return value, true
	case "Set-Cookie":
		return Redacted, true
	}
	return value, strings.HasPrefix(name, "X-Mock-")
}

// schemes are the schemes of credentials, as they are shown without and with some.
var schemes = [...]struct{ empty, shown string }{
	{"Bearer", "Bearer " + Redacted}, {"Basic", "Basic " + Redacted}, {"Digest", "Digest " + Redacted},
	{"DPoP", "DPoP " + Redacted}, {"Negotiate", "Negotiate " + Redacted},
}

// scheme is an Authorization header without its credentials.
func scheme(value string) string {
	for _, known := range &schemes {
		n := len(known.empty)
		if len(value) < n || !strings.EqualFold(value[:n], known.empty) {
			continue
		}
		switch rest := value[n:]; {
		case strings.Trim(rest, " ") == "":
			return known.empty
		case rest[0] == ' ':
			return known.shown
		}
	}
	return Redacted
}
