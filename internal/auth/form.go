package auth

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxBody     = 64 << 10 // of a token request
	maxClientID = 256
)

// form is the parameters of a request, each name once.
type form map[string]string

// readForm collects the parameters of the query and of the body, which clients
// split between the two as they like. A body is urlencoded or multipart.
func readForm(w http.ResponseWriter, r *http.Request) (form, *refusal) {
	f := form{}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, invalidRequest("the query string is not form encoded")
	}
	if refused := f.add(query); refused != nil {
		return nil, refused
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, &refusal{http.StatusRequestEntityTooLarge, "invalid_request", "the body is larger than 64 KiB"}
	case err != nil:
		return nil, invalidRequest("the body could not be read to its end")
	case len(body) == 0:
		return f, nil
	}
	values, refused := parseBody(r.Header.Get("Content-Type"), body)
	if refused != nil {
		return nil, refused
	}
	return f, f.add(values)
}

func parseBody(contentType string, body []byte) (url.Values, *refusal) {
	media, params, err := mime.ParseMediaType(contentType)
	// A bad parameter, such as an empty charset, does not make the type unclear.
	if err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) {
		media = strings.TrimSpace(contentType)
	}
	switch {
	case media == "application/x-www-form-urlencoded" || media == "":
		values, err := url.ParseQuery(string(body))
		if err != nil {
			return nil, invalidRequest("the body is not form encoded")
		}
		return values, nil
	case media == "multipart/form-data":
		// The body is in memory and bounded: with so much room nothing is spilled to disk.
		parts, err := multipart.NewReader(bytes.NewReader(body), params["boundary"]).ReadForm(16 * maxBody)
		if err != nil || len(parts.File) > 0 {
			return nil, invalidRequest("the body is not valid multipart/form-data made of plain fields")
		}
		return parts.Value, nil
	case strings.HasSuffix(media, "json"):
		return nil, invalidRequest("the token endpoint does not read JSON: send the parameters in the query, " +
			"as application/x-www-form-urlencoded or as multipart/form-data")
	}
	return nil, invalidRequest("the token endpoint reads application/x-www-form-urlencoded and multipart/form-data bodies only")
}

// add takes parameters in. One that is there twice must say the same twice.
func (f form) add(values url.Values) *refusal {
	for name, all := range values {
		for _, value := range all {
			if have, ok := f[name]; ok && have != value {
				// Names are the client's text and can be long: not repeated here.
				return invalidRequest("a parameter is given more than once with different values")
			}
			f[name] = value
		}
	}
	return nil
}

// credentials are a client's id and the texts its secret may have been meant as.
type credentials struct {
	id      string
	secrets []string
}

// readCredentials takes the client's id and secret from the form or from HTTP
// Basic. RFC 6749 form-encodes them inside Basic, which few clients do: so the
// secret may be either reading.
func readCredentials(r *http.Request, f form) (credentials, *refusal) {
	c := credentials{id: f["client_id"], secrets: []string{f["client_secret"]}}
	if id, secret, ok := r.BasicAuth(); ok {
		if plain, err := url.QueryUnescape(id); err == nil {
			id = plain
		}
		if c.id != "" && c.id != id {
			return c, invalidRequest("client_id differs between the Authorization header and the parameters")
		}
		if inForm, ok := f["client_secret"]; ok && inForm != secret {
			return c, invalidRequest("client_secret differs between the Authorization header and the parameters")
		}
		c.id, c.secrets = id, []string{secret}
		if plain, err := url.QueryUnescape(secret); err == nil && plain != secret {
			c.secrets = append(c.secrets, plain)
		}
	}
	return c, checkClientID(c.id)
}

// ClaimedClient is the client id that a request to an OAuth endpoint names, by
// whatever way, proven or not; "" for none or one that cannot be read. The body
// of the request can be read again afterwards.
func ClaimedClient(r *http.Request) string {
	body := r.Body
	start, _ := io.ReadAll(io.LimitReader(body, maxBody+1)) // an error comes again when the body is read on
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(start), body), body}
	again := *r
	again.Body = io.NopCloser(bytes.NewReader(start))
	f, no := readForm(nil, &again)
	if no != nil {
		return ""
	}
	c, no := readCredentials(&again, f)
	if no != nil {
		return ""
	}
	return c.id
}

// checkClientID bounds what goes into tokens, logs and the rate limiter's keys.
func checkClientID(id string) *refusal {
	notText := func(r rune) bool { return !unicode.IsPrint(r) }
	switch {
	case id == "":
		return badClient(": client_id is missing")
	case len(id) > maxClientID, !utf8.ValidString(id), strings.ContainsFunc(id, notText):
		return invalidRequest("client_id must be printable text of at most 256 bytes")
	}
	return nil
}
