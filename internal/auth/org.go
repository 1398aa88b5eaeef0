package auth

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
)

// Bearer is the bearer token of a request as it stands there, "" for none.
func Bearer(r *http.Request) string {
	raw, _ := bearer(r.Header.Get("Authorization"))
	return raw
}

// OrgOf is the organisation that a token says it is for, "" if it says nothing of
// the kind. Nothing is checked: it tells where to take a request, and whoever
// serves that organisation verifies the token.
func OrgOf(token string) string {
	if len(token) > maxToken {
		return ""
	}
	_, rest, _ := strings.Cut(token, ".")
	payload, _, ok := strings.Cut(rest, ".")
	text, err := base64.RawURLEncoding.DecodeString(payload)
	var c struct {
		Org string `json:"org"`
	}
	if !ok || err != nil || json.Unmarshal(text, &c) != nil {
		return ""
	}
	return c.Org
}
