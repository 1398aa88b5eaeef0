// Package patch applies JSON Patch documents (RFC 6902) under a policy: which
// members of a document may be changed, by which operations, to what values.
// The API allows few changes, and none but these; a patch is applied whole or
// refused whole.
//
// The package is pure. Parse judges the shape of a patch, and Policy.Apply its
// contents.
package patch

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// MaxOperations is how many operations a patch may have.
const MaxOperations = 100

// The operations that a policy can allow. The others of RFC 6902 (test, move,
// copy) are well-formed but never allowed.
const (
	Add     = "add"
	Remove  = "remove"
	Replace = "replace"
)

// Patch is a well-formed patch: one to MaxOperations operations.
type Patch []Operation

// Operation is one step of a patch.
type Operation struct {
	// Op is one of the six operations of RFC 6902.
	Op string
	// Path is a well-formed JSON Pointer that starts with a slash.
	Path string
	// Value is the value as it was sent. It is nil if there is none, and the
	// text null if null was sent; add, replace and test have one.
	Value json.RawMessage
}

// Kind tells what is wrong with a patch.
type Kind int

// The kinds of error.
const (
	// Malformed: the text is not a patch.
	Malformed Kind = iota + 1
	// NotPatchable: the field, or this operation on it, is not allowed.
	NotPatchable
	// IllegalValue: the value is not of the type or range of its field.
	IllegalValue
	// MissingValue: the operation needs a value and has none.
	MissingValue
)

// String names the kind in lower-case words.
func (k Kind) String() string {
	switch k {
	case Malformed:
		return "malformed patch"
	case NotPatchable:
		return "not patchable"
	case IllegalValue:
		return "illegal value"
	case MissingValue:
		return "missing value"
	default:
		return "unknown"
	}
}

// WholePatch is the Op of an Error that is about no single operation.
const WholePatch = -1

// Error is what Parse and Apply answer for a patch that is refused.
type Error struct {
	// Op is the index of the operation at fault, or WholePatch.
	Op int
	// Path is the path of the operation, if it has one.
	Path string
	Kind Kind
	// Message says what is wrong and what is supported; it names the field.
	Message string
}

// Error is the message with the number of the operation.
func (e *Error) Error() string {
	if e.Op == WholePatch {
		return "patch: " + e.Message
	}
	return fmt.Sprintf("patch operation %d: %s", e.Op, e.Message)
}

func malformed(format string, args ...any) *Error {
	return &Error{Op: WholePatch, Kind: Malformed, Message: fmt.Sprintf(format, args...)}
}

// Parse reads a patch and checks its shape: an array of operations, each an
// object with op, path and, where the operation needs one, value. Other members
// are ignored, as RFC 6902 wants; a member that comes twice is refused. An empty
// array is refused too: it asks for nothing, so it is a mistake of the client.
// The error is an *Error.
func Parse(body []byte) (Patch, error) {
	if !utf8.Valid(body) {
		return nil, malformed("The patch is not valid UTF-8.")
	}
	items, err := elements(body)
	if err != nil {
		return nil, err
	}
	if len(items) == 0 {
		return nil, malformed("The patch has no operations.")
	}
	p := make(Patch, len(items))
	for i, item := range items {
		op, err := operation(item)
		if err != nil {
			err.Op, err.Path = i, op.Path
			return nil, err
		}
		p[i] = op
	}
	return p, nil
}

// elements takes the array apart, but no further than the bound.
func elements(body []byte) ([]json.RawMessage, error) {
	dec := json.NewDecoder(bytes.NewReader(body))
	if first, err := dec.Token(); err != nil || first != json.Delim('[') {
		return nil, malformed("The patch must be a JSON array of operations.")
	}
	var items []json.RawMessage
	for dec.More() {
		if len(items) == MaxOperations {
			return nil, malformed("The patch has more than %d operations.", MaxOperations)
		}
		var item json.RawMessage
		if err := dec.Decode(&item); err != nil {
			return nil, malformed("The patch is not valid JSON: %v.", err)
		}
		items = append(items, item)
	}
	if _, err := dec.Token(); err != nil {
		return nil, malformed("The patch is not valid JSON: %v.", err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, malformed("Something follows the array of operations.")
	}
	return items, nil
}

// operation reads one element. With an error it returns what it knows of it.
func operation(item json.RawMessage) (Operation, *Error) {
	var op Operation
	members, err := object(item)
	if err != nil {
		return op, err
	}
	if op.Path, err = member(members, "path"); err != nil {
		return op, err
	}
	if op.Op, err = member(members, "op"); err != nil {
		return op, err
	}
	if !slices.Contains([]string{Add, Remove, Replace, "move", "copy", "test"}, op.Op) {
		return op, malformed("Unknown operation %q.", clip(op.Op))
	}
	if err := checkPointer(op.Path); err != nil {
		return op, err
	}
	op.Value = members["value"]
	if op.Value == nil && slices.Contains([]string{Add, Replace, "test"}, op.Op) {
		err := malformed("The operation %s of field '%s' has no value.", op.Op, fieldName(op.Path))
		err.Kind = MissingValue
		return op, err
	}
	return op, nil
}

// object reads the members of an object by their exact names.
func object(item json.RawMessage) (map[string]json.RawMessage, *Error) {
	dec := json.NewDecoder(bytes.NewReader(item))
	if first, err := dec.Token(); err != nil || first != json.Delim('{') {
		return nil, malformed("An operation must be a JSON object.")
	}
	members := map[string]json.RawMessage{}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return nil, malformed("The patch is not valid JSON: %v.", err)
		}
		name := fmt.Sprint(key)
		if _, twice := members[name]; twice {
			return nil, malformed("The member %q comes twice in one operation.", clip(name))
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, malformed("The patch is not valid JSON: %v.", err)
		}
		members[name] = value
	}
	return members, nil
}

// member reads a required text.
func member(members map[string]json.RawMessage, name string) (string, *Error) {
	raw, ok := members[name]
	if !ok {
		return "", malformed("An operation has no %q.", name)
	}
	var text *string
	if err := json.Unmarshal(raw, &text); err != nil || text == nil {
		return "", malformed("The %q of an operation must be a text.", name)
	}
	return *text, nil
}

// checkPointer wants a JSON Pointer to a member; the empty pointer, which means
// the whole document, is none.
func checkPointer(path string) *Error {
	if !strings.HasPrefix(path, "/") {
		return malformed("The path %q must start with a slash.", clip(path))
	}
	for i, c := range path {
		if c == '~' && !strings.HasPrefix(path[i:], "~0") && !strings.HasPrefix(path[i:], "~1") {
			return malformed("The path %q has a ~ that is neither ~0 nor ~1.", clip(path))
		}
	}
	return nil
}

// fieldName is the path as a message names it.
func fieldName(path string) string { return clip(strings.TrimPrefix(path, "/")) }

// clip keeps messages readable however long the client's text is.
func clip(text string) string {
	const shown = 60
	if r := []rune(text); len(r) > shown {
		return string(r[:shown]) + "..."
	}
	return text
}
