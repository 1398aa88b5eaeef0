package journal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Matcher chooses entries by what stands in the request, too.
type Matcher struct {
	Filter
	// PathParams are the values that parameters of the path must have, unescaped.
	PathParams map[string]string
	// Query are the values that query parameters must have, in their order; nil is
	// a parameter that must not be there.
	Query map[string][]string
	// Body is what the JSON body must have in it, or a form: see Subset. Nil is
	// any body, or none.
	Body any
	// ParamsOf finds the parameters of an entry's path, unescaped; it may be nil
	// where PathParams is.
	ParamsOf func(version, operation, path string) map[string]string
}

// check adds what the matcher asks of an entry. undecided says that the body was
// kept in part only, so that nobody knows whether it is the one.
func (m *Matcher) check(r *raw, w *wishes) (undecided bool) {
	m.Filter.check(r, w)
	if len(m.PathParams) > 0 {
		got := m.ParamsOf(r.version, r.operation, r.path)
		for _, name := range slices.Sorted(maps.Keys(m.PathParams)) {
			value, has := got[name]
			w.add(true, has && value == m.PathParams[name], func() string {
				if !has {
					return "its path has no " + name
				}
				return name + " is " + strconv.Quote(value)
			})
		}
	}
	if len(m.Query) > 0 {
		m.checkQuery(redactor{oauth: r.oauth()}.form(r.query), w)
	}
	if m.Body == nil {
		return false
	}
	if w.missed > 0 { // bodies are dear to compare, and this one makes no difference
		w.asked++
		w.distance++
		return false
	}
	if r.request.truncated() {
		w.asked++
		return true
	}
	why := m.misfit(r)
	w.add(true, why == "", func() string { return why })
	return false
}

func (m *Matcher) checkQuery(query string, w *wishes) {
	// What cannot be read is refused by the API, but what can counts here.
	got, _ := url.ParseQuery(strings.ReplaceAll(query, ";", "%3B"))
	for _, name := range slices.Sorted(maps.Keys(m.Query)) {
		w.add(true, slices.Equal(got[name], m.Query[name]), func() string {
			if !got.Has(name) {
				return "the query has no " + name
			}
			return fmt.Sprintf("%s of the query is %q", name, strings.Join(got[name], ", "))
		})
	}
}

// misfit says why the body of an entry is not the one, "" if it is.
func (m *Matcher) misfit(r *raw) string {
	body := r.entry().Request
	if body.Size == 0 {
		return "it has no body"
	}
	got, err := DecodeJSON([]byte(body.Data))
	if err != nil && strings.Contains(ContentType(r.requestHeaders), "form") {
		got, err = formOf(body.Data)
	}
	if err != nil {
		return "its body is not JSON"
	}
	return Subset(m.Body, got)
}

// formOf is an urlencoded body as an object.
func formOf(text string) (any, error) {
	form, err := url.ParseQuery(text)
	object := map[string]any{}
	for name, values := range form {
		object[name] = strings.Join(values, ",")
	}
	return object, err
}

// DecodeJSON reads a JSON value the way Subset wants it: numbers as json.Number.
func DecodeJSON(text []byte) (any, error) {
	if !json.Valid(text) {
		return nil, fmt.Errorf("not valid JSON")
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var v any
	err := dec.Decode(&v)
	return v, err
}

// Subset says why wanted is not found in got, naming the place by its JSON
// Pointer, or "" if it is: an object has at least the properties of the wanted
// one, an array as many elements, each with the wanted one in it, and anything
// else is equal. Numbers are equal by value.
func Subset(wanted, got any) string { return subset(wanted, got, "") }

func subset(wanted, got any, at string) string {
	switch w := wanted.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return place(at) + " is no object"
		}
		for _, name := range slices.Sorted(maps.Keys(w)) {
			below := at + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
			value, ok := g[name]
			if !ok {
				return place(below) + " is missing"
			}
			if why := subset(w[name], value, below); why != "" {
				return why
			}
		}
		return ""
	case []any:
		g, ok := got.([]any)
		if !ok {
			return place(at) + " is no array"
		}
		if len(w) != len(g) {
			return fmt.Sprintf("%s has %d elements, not %d", place(at), len(g), len(w))
		}
		for i := range w {
			if why := subset(w[i], g[i], at+"/"+strconv.Itoa(i)); why != "" {
				return why
			}
		}
		return ""
	}
	if equal(wanted, got) {
		return ""
	}
	return place(at) + " is " + short(got) + ", not " + short(wanted)
}

func place(at string) string {
	if at == "" {
		return "its body"
	}
	return at + " of its body"
}

func equal(a, b any) bool {
	x, xNumber := a.(json.Number)
	y, yNumber := b.(json.Number)
	if !xNumber || !yNumber {
		return isScalar(b) && a == b
	}
	f, errF := x.Float64()
	g, errG := y.Float64()
	return x == y || errF == nil && errG == nil && f == g
}

// isScalar says whether a value can be compared.
func isScalar(v any) bool {
	switch v.(type) {
	case map[string]any, []any:
		return false
	}
	return true
}

// short is a value as JSON, cut where it is long.
func short(v any) string {
	const most = 80
	text, err := json.Marshal(v)
	if err != nil { // what was decoded has a JSON form
		return "?"
	}
	if len(text) > most {
		return wholeRunes(string(text[:most])) + "..."
	}
	return string(text)
}
