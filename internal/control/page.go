package control

import (
	"net/http"
	"strconv"

	"mockserver/internal/api"
)

const (
	// defaultLimit is the length of a page, as the API has it.
	defaultLimit = 250
	maxLimit     = 10_000
)

// totalHeader says how many there are on all pages.
const totalHeader = "X-Total-Count"

// window is the part of a list that a request asks for.
type window struct{ offset, limit int }

// windowOf reads ?limit= and ?offset=.
func windowOf(c *call) (window, error) {
	w := window{0, defaultLimit}
	query := c.URL.Query()
	for _, p := range []struct {
		name    string
		into    *int
		low, up int
	}{{"limit", &w.limit, 0, maxLimit}, {"offset", &w.offset, 0, 1 << 31}} {
		text := query.Get(p.name)
		if text == "" {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < p.low || n > p.up {
			return w, invalid("", "%s must be a whole number from %d to %d, not %q", p.name, p.low, p.up, text)
		}
		*p.into = n
	}
	return w, nil
}

// pageOf answers with the window of a list as a JSON array; the whole length is
// in a header.
func pageOf[T, V any](c *call, all []T, show func(T) V) (any, error) {
	w, err := windowOf(c)
	if err != nil {
		return nil, err
	}
	asked := within(w, all)
	part := make([]V, 0, len(asked))
	for _, x := range asked {
		part = append(part, show(x))
	}
	body, err := api.Encode(part)
	if err != nil {
		return nil, err
	}
	return document{contentJSON, map[string]string{totalHeader: strconv.Itoa(len(all))}, body}, nil
}

// within is the part of a list in a window.
func within[T any](w window, all []T) []T {
	from := min(w.offset, len(all))
	return all[from : from+min(w.limit, len(all)-from)]
}

// flagOf reads a query parameter that is true or false; nil is for one that is
// not there.
func flagOf(c *call, name string) (*bool, error) {
	switch text := c.URL.Query().Get(name); text {
	case "":
		return nil, nil
	case "true", "false":
		value := text == "true"
		return &value, nil
	default:
		return nil, &problem{
			status: http.StatusBadRequest, Text: name + " must be true or false, not " + strconv.Quote(text),
			Allowed: []string{"true", "false"},
		}
	}
}

// keep is the elements of a list that a test wants.
func keep[T any](all []T, wanted func(T) bool) []T {
	var kept []T
	for _, x := range all {
		if wanted(x) {
			kept = append(kept, x)
		}
	}
	return kept
}

// fits says whether a value is the one that a query parameter asks for, which is
// any for a parameter that is not there.
func fits(c *call, name, value string) bool {
	asked := c.URL.Query().Get(name)
	return asked == "" || asked == value
}
