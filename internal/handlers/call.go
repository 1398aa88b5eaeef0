package handlers

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"mockserver/internal/auth"
	"mockserver/internal/rolemining"
)

// call is a request to one operation.
type call struct {
	*http.Request
	version   *version
	route     *route
	principal auth.Principal // who calls, if denied is nil
	denied    error          // why that is not known
	query     url.Values
}

// answer is what an operation says on success. The status is its route's.
type answer struct {
	contentType string // "" is JSON
	header      map[string]string
	body        []byte
}

// id is a path parameter. chi matches the escaped path where there is one, so
// that an escaped slash belongs to the id; it is unescaped here.
func (c *call) id(name string) string {
	raw := chi.URLParam(c.Request, name)
	if c.URL.RawPath == "" {
		return raw
	}
	if plain, err := url.PathUnescape(raw); err == nil {
		return plain
	}
	return raw
}

func (c *call) sessionID() string { return c.id("sessionId") }
func (c *call) roleID() string    { return c.id("potentialRoleId") }

// readQuery reads a query string. One that cannot be read is refused, not read in
// part: a filter that is lost would make the answer a wrong one. A semicolon is
// a character like any other.
func readQuery(raw string) (url.Values, error) {
	if raw == "" {
		return nil, nil
	}
	query, err := url.ParseQuery(strings.ReplaceAll(raw, ";", "%3B"))
	if err != nil {
		return nil, badContent("The query string is not well-formed: " + err.Error() + ".")
	}
	return query, nil
}

// once is the value of a query parameter, "" for none. One that is repeated
// says two things, so it is refused, as it is for lists.
func (c *call) once(name string) (string, error) {
	values := c.query[name]
	switch len(values) {
	case 0:
		return "", nil
	case 1:
		return values[0], nil
	default:
		return "", illegalValue(name + " is given " + strconv.Itoa(len(values)) + " times; give it once.")
	}
}

// flag is a query parameter that is true or false.
func (c *call) flag(name string, otherwise bool) (bool, error) {
	text, err := c.once(name)
	if err != nil {
		return false, err
	}
	switch text {
	case "":
		return otherwise, nil
	case "true":
		return true, nil
	case "false":
		return false, nil
	default:
		return false, illegalValue(name + " must be true or false, not " + strconv.Quote(text) + ".")
	}
}

// number is a query parameter that is a whole number within bounds.
func (c *call) number(name string, otherwise, least, most int) (int, error) {
	text, err := c.once(name)
	if err != nil {
		return 0, err
	}
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most || text[0] == '+' {
		return 0, illegalValue(name + " must be a whole number from " + strconv.Itoa(least) + " to " + strconv.Itoa(most) + ", not " + strconv.Quote(text) + ".")
	}
	return n, nil
}

// actor is who a new object is created by, nil for a client without a user.
func (c *call) actor() *rolemining.Actor {
	if c.principal.User == nil {
		return nil
	}
	return &rolemining.Actor{ID: c.principal.User.ID, DisplayName: c.principal.User.DisplayName}
}
