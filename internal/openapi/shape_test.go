package openapi_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// shape is a schema without its texts, with allOf folded in, so that two ways to
// write the same thing compare equal. A reference stays a name.
type shape struct {
	ref        string // name of a component, "" for an inline schema
	typ        string
	format     string
	nullable   bool
	enum       []string // JSON values, sorted
	defaultTo  string   // JSON, "" for none
	required   []string
	properties map[string]shape
	items      *shape
	values     *shape  // additionalProperties
	choices    []shape // oneOf or anyOf
}

func shapeOf(ref *openapi3.SchemaRef) shape {
	s := ref.Value
	if ref.Ref != "" {
		return shape{ref: ref.Ref[strings.LastIndex(ref.Ref, "/")+1:], nullable: permitsNull(s)}
	}
	if len(s.AllOf) > 0 {
		return foldedShape(s)
	}
	out := shape{format: s.Format, nullable: permitsNull(s), required: slices.Sorted(slices.Values(s.Required))}
	if s.Type != nil {
		out.typ = strings.Join(*s.Type, ",")
	}
	for _, value := range s.Enum {
		out.enum = append(out.enum, asJSON(value))
	}
	slices.Sort(out.enum)
	if s.Default != nil {
		out.defaultTo = asJSON(s.Default)
	}
	for name, property := range s.Properties {
		if out.properties == nil {
			out.properties = map[string]shape{}
		}
		out.properties[name] = shapeOf(property)
	}
	if s.Items != nil {
		items := shapeOf(s.Items)
		out.items = &items
	}
	if s.AdditionalProperties.Schema != nil {
		values := shapeOf(s.AdditionalProperties.Schema)
		out.values = &values
	}
	for _, choice := range slices.Concat(s.OneOf, s.AnyOf) {
		out.choices = append(out.choices, shapeOf(choice))
	}
	return out
}

// foldedShape is the shape of an allOf. With one member that has anything to say
// beyond "string, may be null" it is that member; otherwise the members' objects
// are put together.
func foldedShape(s *openapi3.Schema) shape {
	if first := s.AllOf[0]; first.Ref != "" && !slices.ContainsFunc(s.AllOf[1:], hasProperties) {
		out := shapeOf(first)
		out.nullable = permitsNull(s)
		return out
	}
	out := shape{typ: "object", properties: map[string]shape{}}
	for _, member := range s.AllOf {
		for name, property := range shapeOf(&openapi3.SchemaRef{Value: member.Value}).properties {
			out.properties[name] = property
		}
	}
	return out
}

func hasProperties(ref *openapi3.SchemaRef) bool { return len(ref.Value.Properties) > 0 }

// permitsNull is what a validator makes of it: an allOf takes null only if each
// of its members does.
func permitsNull(s *openapi3.Schema) bool {
	for _, member := range s.AllOf {
		if !permitsNull(member.Value) {
			return false
		}
	}
	return s.Nullable || len(s.AllOf) > 0
}

func (s shape) scalar() string {
	text := s.typ
	for _, more := range []string{s.format, s.ref} {
		if more != "" {
			text += "/" + more
		}
	}
	if s.nullable {
		text += " nullable"
	}
	if s.enum != nil {
		text += fmt.Sprintf(" enum%v", s.enum)
	}
	if s.defaultTo != "" {
		text += " default=" + s.defaultTo
	}
	if len(s.required) > 0 {
		text += fmt.Sprintf(" required%v", s.required)
	}
	if len(s.choices) > 0 {
		text += " one of"
		for _, choice := range s.choices {
			text += " (" + choice.scalar() + ")"
		}
	}
	return strings.TrimSpace(text)
}

func compareShapes(at string, theirs, mine shape, report reporter) {
	if a, b := theirs.scalar(), mine.scalar(); a != b {
		report("%s: is \"%s\", published \"%s\"", at, b, a)
	}
	if theirs.ref != mine.ref { // one is a name: nothing below to compare
		return
	}
	for _, name := range unionKeys(theirs.properties, mine.properties) {
		a, published := theirs.properties[name]
		b, described := mine.properties[name]
		switch {
		case !published:
			report("%s.%s: not published", at, name)
		case !described:
			report("%s.%s: missing", at, name)
		default:
			compareShapes(at+"."+name, a, b, report)
		}
	}
	comparePointers(at+"[]", theirs.items, mine.items, report)
	comparePointers(at+"{}", theirs.values, mine.values, report)
	if len(theirs.choices) == len(mine.choices) {
		for i := range theirs.choices {
			compareShapes(fmt.Sprintf("%s|%d", at, i), theirs.choices[i], mine.choices[i], report)
		}
	}
}

func comparePointers(at string, theirs, mine *shape, report reporter) {
	switch {
	case theirs == nil && mine == nil:
	case theirs == nil:
		report("%s: is \"%s\", not published", at, mine.scalar())
	case mine == nil:
		report("%s: missing, published \"%s\"", at, theirs.scalar())
	default:
		compareShapes(at, *theirs, *mine, report)
	}
}

func asJSON(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	return string(text)
}
