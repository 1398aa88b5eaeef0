package control

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"mockserver/internal/spelling"
)

// The largest bodies of control requests, in bytes: of those that may bring a
// whole organisation, and of all others.
const (
	maxFixtures = 256 << 20
	maxBody     = 10 << 20
)

// readBody reads a body that must be JSON, whatever its Content-Type says. A
// body that is not there is nil.
func readBody(c *call) ([]byte, error) {
	most := int64(maxBody)
	if c.fixtures {
		most = maxFixtures
	}
	tooLarge := &problem{status: http.StatusRequestEntityTooLarge, Text: fmt.Sprintf("the body is larger than %d MiB", most>>20)}
	if c.ContentLength > most {
		return nil, tooLarge // without a look at it
	}
	raw, err := io.ReadAll(http.MaxBytesReader(nil, c.Body, most))
	if tooBig := (*http.MaxBytesError)(nil); errors.As(err, &tooBig) {
		return nil, tooLarge
	}
	if err != nil {
		return nil, invalid("", "the body ended before it was complete")
	}
	return bytes.TrimSpace(raw), nil
}

// onlyBody refuses a body for an operation that takes none: what it asks for would
// silently not be done. An empty object asks for nothing, and some clients cannot
// help sending one.
func (rt route) onlyBody(r *http.Request) error {
	if rt.body || r.Body == nil || r.Body == http.NoBody {
		return nil
	}
	const enough = 64 // bytes, to see that it is not empty
	raw, err := io.ReadAll(io.LimitReader(r.Body, enough))
	if text := string(bytes.TrimSpace(raw)); err == nil && len(raw) < enough && (text == "" || text == "{}") {
		return nil
	}
	return invalid("", "this operation takes no body, so nothing of what it says would be done; leave it out")
}

// decode reads a body into a value of ours. Properties that the value does not
// have are refused, with a list of those that it has, and all problems are told. No
// body at all is refused.
func decode(c *call, into any) error {
	raw, err := readBody(c)
	if err != nil {
		return err
	}
	if len(raw) == 0 {
		return invalid("", "a JSON body is needed")
	}
	return decodeBytes(raw, into)
}

// decodeOptional is decode for an operation that needs no body.
func decodeOptional(c *call, into any) error {
	raw, err := readBody(c)
	if err != nil || len(raw) == 0 {
		return err
	}
	return decodeBytes(raw, into)
}

func decodeBytes(raw []byte, into any) error {
	problems, err := decodeSound(raw, into)
	if err == nil && len(problems) > 0 {
		err = together(problems)
	}
	return err
}

// decodeSound reads a document into a value of ours as far as it can: what is wrong
// with members of it comes back, and the others are read. The error is about the
// document as a whole.
func decodeSound(raw []byte, into any) ([]*problem, error) {
	if !json.Valid(raw) {
		return nil, notJSON(raw)
	}
	problems := conforms(raw, slot{of: reflect.TypeOf(into).Elem()}, "")
	if len(problems) == 0 {
		return nil, json.Unmarshal(raw, into)
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil { // no object has no sound members
		return problems, nil
	}
	for _, p := range problems {
		name, _, _ := strings.Cut(strings.TrimPrefix(p.Pointer, "/"), "/")
		delete(members, unescape(name))
	}
	sound, err := json.Marshal(members)
	if err != nil {
		return nil, err
	}
	return problems, json.Unmarshal(sound, into)
}

// decodeOrder is decodeSound for the body of an order to change something, of which
// there must be at least one member.
func decodeOrder(c *call, into any) ([]*problem, error) {
	raw, err := readBody(c)
	if err != nil {
		return nil, err
	}
	if len(raw) == 0 {
		return nil, invalid("", "a JSON body is needed")
	}
	problems, err := decodeSound(raw, into)
	if err == nil && len(problems) == 0 {
		err = notEmpty(raw, reflect.TypeOf(into).Elem())
	}
	return problems, err
}

// notEmpty refuses an order that orders nothing, be it that all it has is null.
func notEmpty(raw []byte, t reflect.Type) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		return err
	}
	given := sortedKeys(members)
	if slices.ContainsFunc(given, func(name string) bool { return string(members[name]) != "null" }) {
		return nil
	}
	known := map[string]slot{}
	fields(t, known)
	p := &problem{status: http.StatusBadRequest, Text: "the order is empty: it needs one of these", Allowed: sortedKeys(known)}
	if len(given) > 0 {
		p.Pointer = "/" + escape(given[0])
		is := " is"
		if len(given) > 1 {
			is = " are"
		}
		p.Text = strings.Join(given, " and ") + is + " null, which changes nothing, so the order is empty: it needs a value of one of these"
	}
	return p
}

func notJSON(raw []byte) error {
	var v any
	err := json.Unmarshal(raw, &v)
	if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
		return invalid("", "the body is not valid JSON: %v, at byte %d", syntax, syntax.Offset)
	}
	return invalid("", "the body is not valid JSON")
}

// slot is what a value must be: a type of ours and, for a text that has a form of
// its own, an example of it.
type slot struct {
	of      reflect.Type
	example string
}

// conforms walks a document along a type and finds all properties that the type
// does not have, and all values that it cannot take. encoding/json, which would find
// the first of the latter, does not tell in which element of an array.
func conforms(raw json.RawMessage, m slot, at string) (problems []*problem) {
	t := m.of
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	var members map[string]json.RawMessage
	var items []json.RawMessage
	switch own := reflect.TypeFor[json.Unmarshaler](); {
	case string(raw) == "null": // leaves everything as it is
	case t.Implements(own) || reflect.PointerTo(t).Implements(own):
		return taken(raw, t, m.example, at)
	case t.Kind() == reflect.Struct && json.Unmarshal(raw, &members) == nil:
		known := map[string]slot{}
		fields(t, known)
		for _, name := range sortedKeys(members) {
			pointer := at + "/" + escape(name)
			if field, ok := known[name]; ok {
				problems = append(problems, conforms(members[name], field, pointer)...)
				continue
			}
			problems = append(problems, &problem{
				status: http.StatusBadRequest, Pointer: pointer, Allowed: spelling.Nearest(sortedKeys(known), name),
				Text: fmt.Sprintf("there is no property %q here", name),
			})
		}
	case t.Kind() == reflect.Map && json.Unmarshal(raw, &members) == nil:
		for _, name := range sortedKeys(members) {
			problems = append(problems, conforms(members[name], slot{of: t.Elem()}, at+"/"+escape(name))...)
		}
	case t.Kind() == reflect.Slice && json.Unmarshal(raw, &items) == nil:
		for i, item := range items {
			problems = append(problems, conforms(item, slot{of: t.Elem()}, at+"/"+strconv.Itoa(i))...)
		}
	default:
		return taken(raw, t, m.example, at)
	}
	return problems[:min(len(problems), maxProblems)]
}

// maxProblems is how many problems of a document are told.
const maxProblems = 100

// taken refuses a value that a type does not take.
func taken(raw json.RawMessage, t reflect.Type, example, at string) []*problem {
	err := json.Unmarshal(raw, reflect.New(t).Interface())
	var wrong *json.UnmarshalTypeError
	var own *problem
	switch {
	case err == nil:
		return nil
	case errors.As(err, &wrong) && example != "":
		return []*problem{invalid(at, "must be a text such as %q, not %s", example, brief(raw, wrong.Value))}
	case errors.As(err, &wrong):
		return []*problem{invalid(at, "must be %s, not %s", kindOf(wrong.Type), wrong.Value)}
	case errors.As(err, &own): // of an UnmarshalJSON of ours
		placed := *own
		placed.Pointer = at + own.Pointer
		return []*problem{&placed}
	case t == reflect.TypeFor[time.Time]():
		return []*problem{invalid(at, "must be a moment such as 2026-03-01T09:00:00Z, not %s", raw)}
	default:
		return []*problem{invalid(at, "%v", err)}
	}
}

// brief is a value as it was sent, or what it is if it is long.
func brief(raw json.RawMessage, kind string) string {
	const most = 40
	if len(raw) > most {
		return kind
	}
	return string(raw)
}

// fields collects the JSON names of a struct and of what it embeds. The tag example
// is for texts.
func fields(t reflect.Type, into map[string]slot) {
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		m := slot{f.Type, f.Tag.Get("example")}
		switch {
		case f.Anonymous && name == "":
			fields(f.Type, into)
		case name == "-" || !f.IsExported():
		case name == "":
			into[f.Name] = m
		default:
			into[name] = m
		}
	}
}

func sortedKeys[T any](m map[string]T) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// escape writes a name as a part of a JSON Pointer.
func escape(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

// unescape is a name out of a JSON Pointer.
func unescape(part string) string { return strings.NewReplacer("~1", "/", "~0", "~").Replace(part) }

// kindOf names what JSON calls the form of a Go type.
func kindOf(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return kindOf(t.Elem())
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice, reflect.Array:
		return "an array"
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.Float32, reflect.Float64:
		return "a number"
	default:
		return "a whole number"
	}
}
