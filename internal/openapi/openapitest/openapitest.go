// Package openapitest holds HTTP answers against the documents of package
// openapi. It is for the tests of other packages: wrap the handler under test in
// Handler, and every answer that passes through is checked; or call Check.
//
// An answer to a path of the emulated API must have a documented status, the
// usual headers, the exact content type, and a body that a JSON schema validator
// accepts and that is, beyond what the validator asks for, complete and free of
// anything the schema does not know. Problems are test errors, all of an
// answer's problems in one.
package openapitest

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// Check fails the test when the answer breaks the contract of the addressed
// version. Of req it reads the method and the URL, of which path and query
// count; header and body are those of the answer.
//
// The version is taken from the path (/beta, /v2024, /v2025, /v2026, /latest for
// v2026, /role-mining-sessions/v1, /role-mining-potential-roles/v1); the prefix of
// a tenant, /t/NAME, may be in front. A path that
// the version does not know must be answered 404, a method that the path does
// not know 405. Of the documented paths outside the versions, such as
// /oauth/token, documented answers are checked for media type and schema alone;
// all other paths, and OPTIONS anywhere, are not checked. What a fault does to an
// answer, and says that it does, is allowed.
func Check(tb testing.TB, req *http.Request, status int, header http.Header, body []byte) {
	tb.Helper()
	all, err := contracts()
	if err != nil {
		tb.Fatalf("openapitest: %v", err)
	}
	a := answer{method: req.Method, url: req.URL, status: status, header: header, body: body}
	if problems := all.check(a); len(problems) > 0 {
		tb.Errorf("%s", a.report(problems))
	}
}

// Handler wraps h so that every answer that passes is checked as by Check. The
// answer goes to the client as h writes it. Not checked are answers that h does
// not finish: a panic, or a hijacked connection.
func Handler(tb testing.TB, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		addressed := *r.URL // h may rewrite its own
		asked := &http.Request{Method: r.Method, URL: &addressed}
		rec := &recorder{ResponseWriter: w}
		h.ServeHTTP(rec, r)
		if rec.hijacked {
			return
		}
		if rec.status == 0 { // h wrote nothing; net/http will say 200
			rec.status, rec.header = http.StatusOK, w.Header().Clone()
		}
		Check(tb, asked, rec.status, rec.header, rec.body.Bytes())
	})
}

// answer is what is checked, with what it answers.
type answer struct {
	method string
	url    *url.URL
	status int
	header http.Header
	body   []byte
}

// report is the message for a test's log.
func (a answer) report(problems []string) string {
	const most = 400
	body := a.body
	if len(body) > most {
		body = append(bytes.Clone(body[:most]), "..."...)
	}
	return fmt.Sprintf("%s %s: answer %d breaks the contract:\n\t%s\nbody: %s",
		a.method, a.url.RequestURI(), a.status, strings.Join(problems, "\n\t"), body)
}
