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
)

// maxBody is the largest body of a control request, in bytes. Whole
// organisations are put in one, so it is larger than the API's.
const maxBody = 256 << 20

// readBody reads a body that must be JSON, whatever its Content-Type says. A
// body that is not there is nil.
func readBody(c *call) ([]byte, error) {
	tooLarge := &problem{status: http.StatusRequestEntityTooLarge, Text: fmt.Sprintf("the body is larger than %d MiB", maxBody>>20)}
	if c.ContentLength > maxBody {
		return nil, tooLarge // without a look at it
	}
	raw, err := io.ReadAll(http.MaxBytesReader(nil, c.Body, maxBody))
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
// have are refused, with a list of those that it has. No body at all is refused.
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
	if !json.Valid(raw) {
		return notJSON(raw)
	}
	if err := conforms(raw, reflect.TypeOf(into).Elem(), ""); err != nil {
		return err
	}
	return json.Unmarshal(raw, into)
}

func notJSON(raw []byte) error {
	var v any
	err := json.Unmarshal(raw, &v)
	if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
		return invalid("", "the body is not valid JSON: %v, at byte %d", syntax, syntax.Offset)
	}
	return invalid("", "the body is not valid JSON")
}

// conforms walks a document along a type and refuses the first property that the type
// does not have, and the first value that it cannot take. encoding/json, which
// would find the latter too, does not tell in which element of an array.
func conforms(raw json.RawMessage, t reflect.Type, at string) error {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	var members map[string]json.RawMessage
	var items []json.RawMessage
	switch own := reflect.TypeFor[json.Unmarshaler](); {
	case string(raw) == "null": // leaves everything as it is
	case t.Implements(own) || reflect.PointerTo(t).Implements(own):
		return taken(raw, t, at)
	case t.Kind() == reflect.Struct && json.Unmarshal(raw, &members) == nil:
		known := map[string]reflect.Type{}
		fields(t, known)
		return eachConforms(members, at, func(name string) (reflect.Type, error) {
			if field, ok := known[name]; ok {
				return field, nil
			}
			return nil, &problem{
				status: http.StatusBadRequest, Pointer: at + "/" + escape(name), Allowed: sortedKeys(known),
				Text: fmt.Sprintf("there is no property %q here", name),
			}
		})
	case t.Kind() == reflect.Map && json.Unmarshal(raw, &members) == nil:
		return eachConforms(members, at, func(string) (reflect.Type, error) { return t.Elem(), nil })
	case t.Kind() == reflect.Slice && json.Unmarshal(raw, &items) == nil:
		for i, item := range items {
			if err := conforms(item, t.Elem(), at+"/"+strconv.Itoa(i)); err != nil {
				return err
			}
		}
	default:
		return taken(raw, t, at)
	}
	return nil
}

// eachConforms is conforms for the members of an object, in the order of their names.
func eachConforms(members map[string]json.RawMessage, at string, typeOf func(name string) (reflect.Type, error)) error {
	for _, name := range sortedKeys(members) {
		t, err := typeOf(name)
		if err == nil {
			err = conforms(members[name], t, at+"/"+escape(name))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// taken refuses a value that a type does not take.
func taken(raw json.RawMessage, t reflect.Type, at string) error {
	err := json.Unmarshal(raw, reflect.New(t).Interface())
	var wrong *json.UnmarshalTypeError
	var own *problem
	switch {
	case err == nil:
		return nil
	case errors.As(err, &wrong):
		return invalid(at, "must be %s, not %s", kindOf(wrong.Type), wrong.Value)
	case errors.As(err, &own): // of an UnmarshalJSON of ours
		placed := *own
		placed.Pointer = at + own.Pointer
		return &placed
	case t == reflect.TypeFor[time.Time]():
		return invalid(at, "must be a moment such as 2026-03-01T09:00:00Z, not %s", raw)
	default:
		return invalid(at, "%v", err)
	}
}

// fields collects the JSON names of a struct and of what it embeds.
func fields(t reflect.Type, into map[string]reflect.Type) {
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "":
			fields(f.Type, into)
		case name == "-" || !f.IsExported():
		case name == "":
			into[f.Name] = f.Type
		default:
			into[name] = f.Type
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
