package auth

import (
	"encoding/json"
	"net/http"
)

// refusal is an OAuth error: RFC 6749, section 5.2.
type refusal struct {
	status int
	code   string
	text   string
}

func invalidRequest(text string) *refusal {
	return &refusal{http.StatusBadRequest, "invalid_request", text}
}

func invalidGrant(text string) *refusal {
	return &refusal{http.StatusBadRequest, "invalid_grant", text}
}

func badClient(detail string) *refusal {
	return &refusal{http.StatusUnauthorized, "invalid_client", "Bad client credentials" + detail}
}

// Fail answers a request to an OAuth endpoint with an error status, 400 to 599,
// that nothing in the request is the cause of: one that a test ordered.
func (a *Authority) Fail(w http.ResponseWriter, r *http.Request, status int) {
	a.refuse(w, r, ordered(status))
}

// FailToken is Fail for the token endpoint, whose refusals are remembered.
func (a *Authority) FailToken(w http.ResponseWriter, r *http.Request, status int) {
	no := ordered(status)
	a.refused.Store(no)
	a.refuse(w, r, no)
}

// Reject answers a request to an OAuth endpoint with 400 and a text that says
// what is wrong with the request.
func (a *Authority) Reject(w http.ResponseWriter, r *http.Request, text string) {
	a.refuse(w, r, invalidRequest(text))
}

// ordered is the refusal of a status. The codes are those of RFC 6749, sections
// 4.1.2.1 and 5.2, that come nearest.
func ordered(status int) *refusal {
	no := &refusal{status: status, code: "invalid_request", text: http.StatusText(status)}
	switch {
	case status == http.StatusUnauthorized:
		return badClient("")
	case status == http.StatusForbidden:
		no.code = "access_denied"
	case status == http.StatusTooManyRequests, status == http.StatusServiceUnavailable:
		no.code = "temporarily_unavailable"
	case status >= http.StatusInternalServerError:
		no.code = "server_error"
	}
	return no
}

// Witness is a ResponseWriter that wants to know why the OAuth side refuses a
// request, in words of which none is secret.
type Witness interface{ Refused(why string) }

// witness tells the writer of an answer that it is a refusal.
func (no *refusal) witness(w http.ResponseWriter) {
	if told, ok := w.(Witness); ok {
		told.Refused(no.code + ": " + no.text)
	}
}

// refuse answers with a refusal, and with a challenge if the client tried HTTP Basic.
func (a *Authority) refuse(w http.ResponseWriter, r *http.Request, no *refusal) {
	no.witness(w)
	if _, _, ok := r.BasicAuth(); ok && no.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Basic realm="oauth"`)
	}
	a.writeJSON(w, no.status, struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}{no.code, no.text})
}

// writeJSON answers with what must not be stored, since it may hold a token.
func (a *Authority) writeJSON(w http.ResponseWriter, status int, body any) {
	raw, err := json.Marshal(body)
	if err != nil {
		a.log.Error("an OAuth answer could not be encoded", "error", err)
		http.Error(w, `{"error":"server_error"}`, http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json;charset=UTF-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Pragma", "no-cache")
	w.WriteHeader(status)
	if _, err := w.Write(raw); err != nil {
		a.log.Debug("an OAuth answer could not be sent", "error", err)
	}
}
