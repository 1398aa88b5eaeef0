package patch

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	jsonpatch "github.com/evanphx/json-patch/v5"
)

// Policy says what of a document may be patched: what no rule names, may not.
type Policy struct{ Rules []Rule }

// Rule is about one field.
type Rule struct {
	// Path is the JSON Pointer of the field, such as "/name".
	Path string
	// Ops are the operations allowed, out of Add, Remove and Replace. On a
	// field, add and replace do the same.
	Ops []string
	// Type is the type of the field's values. A whole number or a truth value
	// may also be sent as a text that holds one ("83", "false").
	Type Type
	// Min and Max bound an Int, both included. A Max of 0 is the largest int32.
	Min, Max int
	// Nullable tells that null is a value of the field too.
	Nullable bool
	// MinLength and MaxLength bound a String, in characters. A MaxLength of 0
	// is no bound.
	MinLength, MaxLength int
	// OnRemove is the JSON value that remove leaves in the field. Without one
	// the member itself goes, which fails if it is not there.
	OnRemove json.RawMessage
}

// Apply checks every operation against the policy and applies the patch to doc,
// a JSON object. It returns the patched object with its members in their old
// order; doc itself stays as it is. Values come out in their proper types:
// "83" for an Int becomes 83. A patch that breaks the policy is refused whole
// with an *Error; any other error means that doc is not a JSON object.
func (p Policy) Apply(doc []byte, patch Patch) ([]byte, error) {
	checked := make([]step, len(patch))
	for i, op := range patch {
		s, err := p.check(op)
		if err != nil {
			err.Op, err.Path = i, op.Path
			return nil, err
		}
		checked[i] = s
	}
	if trimmed := bytes.TrimSpace(doc); len(trimmed) == 0 || trimmed[0] != '{' {
		return nil, errors.New("the document to patch is not a JSON object")
	}
	// One by one, because the library does not tell which operation failed.
	for i, s := range checked {
		var err error
		if doc, err = s.apply(doc); err != nil && s.Op == Remove && errors.Is(err, jsonpatch.ErrMissing) {
			return nil, &Error{Op: i, Path: s.Path, Kind: IllegalValue,
				Message: fmt.Sprintf("Field '%s' has no value to remove.", fieldName(s.Path))}
		} else if err != nil {
			return nil, fmt.Errorf("patch operation %d: %w", i, err)
		}
	}
	return doc, nil
}

// step is an operation that has been checked, as it goes to the library.
type step struct {
	Op    string          `json:"op"`
	Path  string          `json:"path"`
	Value json.RawMessage `json:"value,omitempty"`
}

func (s step) apply(doc []byte) ([]byte, error) {
	text, err := json.Marshal([]step{s})
	if err != nil {
		return nil, err
	}
	one, err := jsonpatch.DecodePatch(text)
	if err != nil {
		return nil, err
	}
	options := jsonpatch.NewApplyOptions()
	options.EscapeHTML = false
	return one.ApplyWithOptions(doc, options)
}

// check turns an operation that the policy allows into a step. A set value
// becomes an add, which works whether the document shows the member or not.
func (p Policy) check(op Operation) (step, *Error) {
	i := slices.IndexFunc(p.Rules, func(r Rule) bool { return r.Path == op.Path })
	if i < 0 {
		return step{}, refuse(NotPatchable, "Field '%s' is not patchable. Patchable fields: %s.",
			fieldName(op.Path), p.fields())
	}
	r := p.Rules[i]
	allowed := slices.Contains(r.Ops, op.Op) && slices.Contains([]string{Add, Remove, Replace}, op.Op)
	switch {
	case !allowed:
		return step{}, refuse(NotPatchable, "Field '%s' does not take the operation %s. Supported operations: %s.",
			fieldName(op.Path), clip(op.Op), strings.Join(r.Ops, ", "))
	case op.Op == Remove && r.OnRemove == nil:
		return step{Op: Remove, Path: op.Path}, nil
	case op.Op == Remove:
		return step{Op: Add, Path: op.Path, Value: r.OnRemove}, nil
	case op.Value == nil:
		return step{}, refuse(MissingValue, "The operation %s of field '%s' has no value.", op.Op, fieldName(op.Path))
	}
	value, ok := r.value(op.Value)
	if !ok {
		return step{}, refuse(IllegalValue, "Field '%s' must be %s; %s is not.",
			fieldName(op.Path), r.expects(), clip(string(op.Value)))
	}
	return step{Op: Add, Path: op.Path, Value: value}, nil
}

// refuse makes an error whose operation Apply fills in.
func refuse(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...)}
}

// fields lists the patchable fields for a message.
func (p Policy) fields() string {
	if len(p.Rules) == 0 {
		return "none"
	}
	names := make([]string, len(p.Rules))
	for i, r := range p.Rules {
		names[i] = fieldName(r.Path)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}
