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
)

// maxBody is the largest body of a control request, in bytes. Whole
// organisations are put in one, so it is larger than the API's.
const maxBody = 256 << 20

// readBody reads a body that must be JSON, whatever its Content-Type says. A
// body that is not there is nil.
func readBody(c *call) ([]byte, error) {
	raw, err := io.ReadAll(http.MaxBytesReader(nil, c.Body, maxBody))
	if tooBig := (*http.MaxBytesError)(nil); errors.As(err, &tooBig) {
		return nil, &problem{status: http.StatusRequestEntityTooLarge, Text: fmt.Sprintf("the body is larger than %d MiB", maxBody>>20)}
	}
	if err != nil {
		return nil, invalid("", "the body ended before it was complete")
	}
	return bytes.TrimSpace(raw), nil
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
	if err := onlyKnown(raw, reflect.TypeOf(into).Elem(), ""); err != nil {
		return err
	}
	err := json.Unmarshal(raw, into)
	if wrong := (*json.UnmarshalTypeError)(nil); errors.As(err, &wrong) {
		return invalid(pointerOf(wrong.Field), "must be %s, not %s", kindOf(wrong.Type), wrong.Value)
	}
	if err != nil { // an UnmarshalJSON or UnmarshalText of ours
		if p := (*problem)(nil); errors.As(err, &p) {
			return p
		}
		return invalid("", "%s", err)
	}
	return nil
}

func notJSON(raw []byte) error {
	var v any
	err := json.Unmarshal(raw, &v)
	if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
		return invalid("", "the body is not valid JSON: %v, at byte %d", syntax, syntax.Offset)
	}
	return invalid("", "the body is not valid JSON")
}

// onlyKnown walks a document along a type and refuses the first property that
// the type does not have. What a type decodes for itself is its own business.
func onlyKnown(raw json.RawMessage, t reflect.Type, at string) error {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	own := reflect.TypeFor[json.Unmarshaler]()
	if t.Implements(own) || reflect.PointerTo(t).Implements(own) {
		return nil
	}
	switch t.Kind() {
	case reflect.Struct:
		return onlyKnownFields(raw, t, at)
	case reflect.Slice:
		var items []json.RawMessage
		if json.Unmarshal(raw, &items) != nil {
			return nil // of the wrong type, which is found later
		}
		for i, item := range items {
			if err := onlyKnown(item, t.Elem(), at+"/"+strconv.Itoa(i)); err != nil {
				return err
			}
		}
	case reflect.Map:
		var items map[string]json.RawMessage
		if json.Unmarshal(raw, &items) != nil {
			return nil
		}
		for _, name := range sortedKeys(items) {
			if err := onlyKnown(items[name], t.Elem(), at+"/"+escape(name)); err != nil {
				return err
			}
		}
	}
	return nil
}

func onlyKnownFields(raw json.RawMessage, t reflect.Type, at string) error {
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil {
		return nil
	}
	known := map[string]reflect.Type{}
	fields(t, known)
	for _, name := range sortedKeys(members) {
		field, ok := known[name]
		if !ok {
			return &problem{
				status: http.StatusBadRequest, Pointer: at + "/" + escape(name), Allowed: sortedKeys(known),
				Text: fmt.Sprintf("there is no property %q here", name),
			}
		}
		if err := onlyKnown(members[name], field, at+"/"+escape(name)); err != nil {
			return err
		}
	}
	return nil
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

// pointerOf makes a JSON Pointer of encoding/json's dotted path.
func pointerOf(field string) string {
	if field == "" {
		return ""
	}
	return "/" + strings.ReplaceAll(field, ".", "/")
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
