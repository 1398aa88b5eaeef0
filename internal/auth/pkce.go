package auth

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// challenge is the PKCE part of an authorization request (RFC 7636). Its method
// is "" when there is none.
type challenge struct{ method, value string }

// readChallenge reads code_challenge and code_challenge_method.
func readChallenge(f form) (challenge, *refusal) {
	value, method := f["code_challenge"], f["code_challenge_method"]
	if value == "" {
		if method != "" {
			return challenge{}, invalidRequest("code_challenge_method is given without code_challenge")
		}
		return challenge{}, nil
	}
	switch {
	case method == "":
		method = "plain"
	case method != "S256" && method != "plain":
		return challenge{}, invalidRequest("code_challenge_method must be S256 or plain")
	}
	if !isVerifier(value) {
		return challenge{}, invalidRequest("code_challenge must be 43 to 128 characters out of A-Z a-z 0-9 - . _ ~")
	}
	return challenge{method, value}, nil
}

// check compares a code_verifier with the challenge it must fit.
func (c challenge) check(verifier string) *refusal {
	switch {
	case c.method == "" && verifier == "":
		return nil
	case c.method == "":
		return invalidGrant("code_verifier is given, but the authorization request had no code_challenge")
	case verifier == "":
		return invalidGrant("code_verifier is missing")
	case !isVerifier(verifier):
		return invalidGrant("code_verifier must be 43 to 128 characters out of A-Z a-z 0-9 - . _ ~")
	}
	if c.method == "S256" {
		sum := sha256.Sum256([]byte(verifier))
		verifier = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	if !sameSecret(verifier, c.value) {
		return invalidGrant("code_verifier does not fit the code_challenge")
	}
	return nil
}

// isVerifier is the grammar that verifiers and challenges share.
func isVerifier(text string) bool {
	unreserved := func(r rune) bool {
		return 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || strings.ContainsRune("-._~", r)
	}
	return len(text) >= 43 && len(text) <= 128 && strings.IndexFunc(text, func(r rune) bool { return !unreserved(r) }) < 0
}
