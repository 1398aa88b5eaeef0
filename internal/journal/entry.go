package journal

import (
	"strings"
	"time"
	"unicode/utf8"
)

// Entry is a request and its answer, fit to be shown: secrets are Redacted.
type Entry struct {
	// Number counts the requests of the tenant from 1, in the order in which they
	// were answered. No number is used again until Restart.
	Number   uint64
	Time     time.Time
	Duration time.Duration
	// The texts of Exchange.
	TrackingID, Proto, Scheme, Host, Method, Prefix, Path, Query string
	Operation, Version, Client                                   string
	Status                                                       int
	// The headers that are kept, by name.
	RequestHeaders, ResponseHeaders []Header
	Request, Response               Body
	Refused, Hint, Fault, Aborted   string
}

// Body is what is kept of a body.
type Body struct {
	// Size is how long it was, as far as is known, in bytes.
	Size int64
	// Truncated says that it was longer than what was kept of it.
	Truncated bool
	// Data is what was kept, with secrets redacted.
	Data string
	// Binary says that Data is no text.
	Binary bool
}

// ContentType is the value of a Content-Type header among these, "" for none.
func ContentType(headers []Header) string { return header(headers, "Content-Type") }

// entry redacts and copies.
func (r *raw) entry() Entry {
	safe := redactor{oauth: r.oauth()}
	return Entry{
		Number: r.number, Time: r.when(), Duration: time.Duration(r.duration), Status: r.status,
		TrackingID: r.trackingID, Proto: r.proto, Scheme: r.scheme, Host: r.host, Method: r.method,
		Prefix: safe.text(r.prefix), Path: safe.text(r.path), Query: safe.text(safe.form(r.query)),
		Operation: r.operation, Version: r.version, Client: r.client,
		RequestHeaders: safe.headers(r.requestHeaders), ResponseHeaders: safe.headers(r.responseHeaders),
		Request:  safe.content(r.request, header(r.requestHeaders, "Content-Type")),
		Response: safe.content(r.response, header(r.responseHeaders, "Content-Type")),
		Refused:  safe.text(r.refused), Hint: safe.text(r.hint), Fault: r.fault, Aborted: r.aborted,
	}
}

// oauth says whether the request went to the token endpoints.
func (r *raw) oauth() bool { return strings.Contains(r.path, "/oauth/") }

func (r redactor) headers(all []Header) []Header {
	safe := make([]Header, len(all))
	for i, h := range all {
		switch {
		case h.Name == "Authorization": // its credentials were never kept
		case h.Name == "Location":
			h.Value = r.url(h.Value)
		case h.Name == "Prefer":
			h.Value = r.preferences(h.Value)
		case isSecret(h.Name):
			h.Value = Redacted
		default:
			h.Value = r.text(h.Value)
		}
		safe[i] = h
	}
	return safe
}

// url redacts the query and the fragment of a URL.
func (r redactor) url(text string) string {
	base, fragment, hasFragment := strings.Cut(text, "#")
	base, query, hasQuery := strings.Cut(base, "?")
	if hasQuery {
		base += "?" + r.form(query)
	}
	if hasFragment {
		base += "#" + r.form(fragment)
	}
	return r.text(base)
}

// content redacts a body. Of one that is no text nothing is shown where it may hold
// a secret; a ZIP of ours is shown as it is.
func (r redactor) content(b rawBody, contentType string) Body {
	body := Body{Size: b.size, Truncated: b.truncated(), Data: b.data}
	if body.Truncated {
		body.Data = wholeRunes(body.Data)
	}
	switch body.Binary = !utf8.ValidString(body.Data); {
	case body.Binary && r.oauth:
		return Body{Size: b.size, Truncated: b.size > 0, Binary: true}
	case body.Binary && contentType == "application/zip":
		return body
	}
	body.Data = r.body(body.Data, contentType, body.Truncated)
	return body
}

// wholeRunes takes off what a cut left of a sign.
func wholeRunes(text string) string {
	for cut := 1; cut < utf8.UTFMax && cut <= len(text); cut++ {
		at := len(text) - cut
		if utf8.RuneStart(text[at]) {
			if !utf8.FullRuneInString(text[at:]) {
				return text[:at]
			}
			break
		}
	}
	return text
}
