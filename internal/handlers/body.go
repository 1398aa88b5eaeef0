package handlers

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"unicode/utf8"
)

const (
	// maxBody is the largest request body, in bytes.
	maxBody = 10 << 20
	// maxNesting is how deep a JSON body may nest.
	maxNesting = 100

	mediaJSON  = "application/json"
	mediaPatch = "application/json-patch+json"
	mediaZIP   = "application/zip"
)

// readBody reads a body that must be of the media type, if it is there at all.
// A request that does not say what it sends is believed to send the right thing.
func readBody(r *http.Request, mediaType string) ([]byte, error) {
	raw, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxBody))
	if tooBig := (*http.MaxBytesError)(nil); errors.As(err, &tooBig) {
		return nil, tooLarge()
	}
	switch {
	case err != nil && errors.Is(context.Cause(r.Context()), ErrGone):
		return nil, r.Context().Err()
	case err != nil:
		return nil, badContent("The request body ended before it was complete.")
	}
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil, nil
	}
	if sent := r.Header.Get("Content-Type"); sent != "" {
		if got, _, err := mime.ParseMediaType(sent); err != nil || got != mediaType {
			return nil, wrongMediaType(sent, mediaType)
		}
	}
	return raw, checkJSON(raw)
}

// checkJSON refuses what is not exactly one JSON value of bounded depth.
func checkJSON(raw []byte) error {
	if !utf8.Valid(raw) {
		return badContent("The request body is not valid UTF-8.")
	}
	var value json.RawMessage
	dec := json.NewDecoder(bytes.NewReader(raw))
	err := dec.Decode(&value)
	good := raw // as far as it is JSON
	if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
		good = raw[:min(int(syntax.Offset), len(raw))]
	}
	switch {
	case nesting(good) > maxNesting:
		return badContent(fmt.Sprintf("The request body nests deeper than %d levels.", maxNesting))
	case err != nil:
		return syntaxFailure(err)
	case len(bytes.TrimSpace(raw[dec.InputOffset():])) > 0:
		return badContent(fmt.Sprintf("The request body has data after its JSON value, at byte %d.", dec.InputOffset()))
	}
	return nil
}

// nesting is how deep a JSON text nests. To read it token by token would take
// twenty times as long.
func nesting(text []byte) (deepest int) {
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
			deepest = max(deepest, depth)
		case c == '}' || c == ']':
			depth--
		}
	}
	return deepest
}

// syntaxFailure tells where a text stops being JSON.
func syntaxFailure(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return badContent("The request body is not valid JSON: it ends too early.")
	}
	if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
		return badContent(fmt.Sprintf("The request body is not valid JSON: %v (at byte %d).", syntax, syntax.Offset))
	}
	return badContent("The request body is not valid JSON.")
}

// object is a JSON object that is read field by field. The first field that is
// not what it should be is kept as the error; fields nobody asks for are ignored.
type object struct {
	path   string // the fields that lead here, with a dot behind
	fields map[string]json.RawMessage
	err    *error
}

// readObject reads a body that must be a JSON object. Where a body is optional,
// none is an empty object, and so is null: that is what the official Go SDK
// sends for a body that its caller left out.
func readObject(r *http.Request, optional bool) (object, error) {
	raw, err := readBody(r, mediaJSON)
	if err != nil {
		return object{}, err
	}
	o := object{err: new(error)}
	if optional && (raw == nil || isNull(raw)) {
		return o, nil
	}
	if raw == nil {
		return o, missingData("The request needs a JSON body.")
	}
	if err := json.Unmarshal(raw, &o.fields); err != nil || o.fields == nil {
		return o, badContent("The request body must be a JSON object.")
	}
	return o, nil
}

// failed is the first error met so far.
func (o object) failed() error { return *o.err }

func (o object) fail(name, must string) {
	if *o.err == nil {
		*o.err = illegalValue("Value of \"" + o.path + name + "\" " + must + ".")
	}
}

// read decodes a field into a T; absent and null are nil.
func read[T any](o object, name, must string) *T {
	raw, ok := o.fields[name]
	if !ok || isNull(raw) {
		return nil
	}
	var v T
	if err := json.Unmarshal(raw, &v); err != nil {
		o.fail(name, must)
		return nil
	}
	return &v
}

func isNull(raw json.RawMessage) bool { return string(bytes.TrimSpace(raw)) == "null" }

func (o object) text(name string) *string  { return read[string](o, name, "must be a string or null") }
func (o object) boolean(name string) *bool { return read[bool](o, name, "must be true or false") }
func (o object) whole(name string) *int {
	return read[int](o, name, "must be a whole number or null")
}

// texts reads an array of strings; absent and null are nil.
func (o object) texts(name string) []string {
	const must = "must be an array of strings"
	items := read[[]*string](o, name, must)
	if items == nil {
		return nil
	}
	list := make([]string, len(*items))
	for i, item := range *items {
		if item == nil {
			o.fail(name, must)
			return nil
		}
		list[i] = *item
	}
	return list
}

// object reads a nested object; absent and null are an empty one.
func (o object) object(name string) object {
	inner := object{path: o.path + name + ".", err: o.err}
	if fields := read[map[string]json.RawMessage](o, name, "must be an object"); fields != nil {
		inner.fields = *fields
	}
	return inner
}

// objects reads an array of objects, kept as they came. A single object is
// taken for an array of one: the published examples have that form.
func (o object) objects(name string) []json.RawMessage {
	raw, ok := o.fields[name]
	if !ok || isNull(raw) {
		return nil
	}
	if first := bytes.TrimSpace(raw)[0]; first == '{' {
		raw = json.RawMessage("[" + string(raw) + "]")
	}
	const must = "must be an array of objects or null"
	var items []json.RawMessage
	if err := json.Unmarshal(raw, &items); err != nil {
		o.fail(name, must)
		return nil
	}
	for i, item := range items {
		var compact bytes.Buffer
		if bytes.TrimSpace(item)[0] != '{' || json.Compact(&compact, item) != nil {
			o.fail(name, must)
			return nil
		}
		items[i] = compact.Bytes()
	}
	return items
}
