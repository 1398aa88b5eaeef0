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

// refuse answers with a refusal, and with a challenge if the client tried HTTP Basic.
func (a *Authority) refuse(w http.ResponseWriter, r *http.Request, no *refusal) {
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
