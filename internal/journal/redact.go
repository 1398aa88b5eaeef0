package journal

import (
	"encoding/json"
	"net/url"
	"strings"
)

// What is redacted is decided by names: the value of whatever is called like a
// secret goes, in every form that a value can have a name in. What looks like a
// signed token goes wherever it stands. Nothing is known of the secrets
// themselves, so a secret in a place that no secret belongs in is kept, as a
// description that somebody writes a password into.

// isSecret says whether a value of this name is one. Upper and lower case and
// signs in the name make no difference.
func isSecret(name string) bool {
	plain := make([]byte, 0, 32)
	for _, c := range []byte(name) {
		switch {
		case c >= 'A' && c <= 'Z':
			plain = append(plain, c+'a'-'A')
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9':
			plain = append(plain, c)
		}
	}
	text := string(plain)
	for _, end := range [...]string{
		"secret", "token", "password", "passwd", "pwd", "passphrase", "verifier", "assertion", "apikey", "accesskey",
		"privatekey", "authorization", "credential", "credentials", "cookie", "jwt",
	} {
		if strings.HasSuffix(text, end) {
			return true
		}
	}
	return false
}

// isSecretParameter is isSecret for forms and queries, where the authorization
// code of OAuth is one more.
func isSecretParameter(name string) bool { return name == "code" || isSecret(name) }

// maxNested is how often a text in a text in a text is looked into.
const maxNested = 4

// redactor makes texts fit to be shown.
type redactor struct {
	// oauth says that the texts are of the token endpoints, where a property
	// called code is a secret, too.
	oauth  bool
	nested int
}

func (r redactor) deeper() redactor { return redactor{r.oauth, r.nested + 1} }

func (r redactor) isSecretProperty(name string) bool {
	return isSecret(name) || r.oauth && name == "code"
}

// body redacts a body. It goes by what the body looks like rather than by what
// its Content-Type says, which may be wrong.
func (r redactor) body(text, contentType string, truncated bool) string {
	if boundary := boundaryOf(text, contentType); boundary != "" {
		return r.text(r.multipart(text, boundary))
	}
	switch first := strings.TrimLeft(text, " \t\r\n"); {
	case first == "":
		return text
	case strings.IndexByte("{[\"", first[0]) < 0:
		text = r.form(string(r.json([]byte(text))))
	case json.Valid([]byte(text)):
		text = string(r.json([]byte(text)))
	default: // a form that begins like JSON, or JSON that was cut
		text = string(r.json([]byte(text)))
		if !truncated {
			text = r.form(text)
		}
	}
	return r.text(text)
}

// form redacts a query string or an urlencoded body.
func (r redactor) form(text string) string {
	if !strings.Contains(text, "=") {
		return text
	}
	pairs := strings.Split(text, "&")
	for i, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		switch plain := unescape(value); {
		case value == "":
		case isSecretParameter(unescape(name)), r.holdsSecret(plain):
			pairs[i] = name + "=" + Redacted
		}
	}
	return strings.Join(pairs, "&")
}

// holdsSecret says whether a value is itself a text with secrets in it.
func (r redactor) holdsSecret(value string) bool {
	return r.nested < maxNested && strings.ContainsAny(value, "{=") && r.deeper().body(value, "", false) != value
}

func unescape(text string) string {
	if plain, err := url.QueryUnescape(text); err == nil {
		return plain
	}
	return text
}

// text redacts what a text of any kind may hold: name=value where the name is a
// secret's, and tokens.
func (r redactor) text(text string) string { return redactTokens(inline(text, isSecretParameter)) }

// preferences is text for a header Prefer, whose code is a status.
func (r redactor) preferences(text string) string { return redactTokens(inline(text, isSecret)) }

// inline redacts name=value in running text, such as the URL in a sentence, where
// the name is one of secret. The value ends at the first sign that stands unescaped
// in no URL.
func inline(text string, secret func(name string) bool) string {
	var out strings.Builder
	done := 0
	for at := 0; at < len(text); at++ {
		if text[at] != '=' {
			continue
		}
		start := at
		for start > done && isNameSign(text[start-1]) {
			start--
		}
		end := at + 1
		for end < len(text) && !strings.ContainsRune("&;,\"'`<>\\ \t\r\n{}()", rune(text[end])) {
			end++
		}
		if value := text[at+1 : end]; value == "" || value == Redacted || !secret(text[start:at]) {
			continue
		}
		out.WriteString(text[done : at+1])
		out.WriteString(Redacted)
		done, at = end, end-1
	}
	if done == 0 {
		return text
	}
	return out.String() + text[done:]
}

func isNameSign(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '.'
}

// tokenStart begins every signed token: the JSON of its header in base64.
const (
	tokenStart = "eyJ"
	minToken   = 20
)

// redactTokens redacts signed tokens, whole or cut off.
func redactTokens(text string) string {
	if !strings.Contains(text, tokenStart) {
		return text
	}
	var out strings.Builder
	for {
		i := strings.Index(text, tokenStart)
		if i < 0 {
			out.WriteString(text)
			return out.String()
		}
		end := i
		for end < len(text) && isNameSign(text[end]) {
			end++
		}
		out.WriteString(text[:i])
		if end-i < minToken {
			out.WriteString(text[i:end])
		} else {
			out.WriteString(Redacted)
		}
		text = text[end:]
	}
}
