package openapitest

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
)

// rule is a schema, read strictly: a property that is not listed is an error, and
// so is the absence of one that is. A schema that lists required properties means
// that only these must be there; additionalProperties allows more ones.
type rule struct {
	typ        string // "" for any
	format     string
	nullable   bool
	enum       map[string]bool // nil for any text
	properties map[string]*rule
	names      []string // of properties, sorted
	required   map[string]bool
	others     *rule // what unlisted properties must be, nil if there may be none
	items      *rule
	choices    []*rule // one of which must hold
	free       bool    // any value at all
}

// newRule reads a schema. Our schemas do not contain themselves.
func newRule(s *openapi3.Schema) *rule {
	r := &rule{properties: map[string]*rule{}, required: map[string]bool{}, nullable: s.Nullable}
	for _, member := range s.AllOf {
		r.inherit(newRule(member.Value))
	}
	if s.Type != nil {
		r.typ = (*s.Type)[0]
	}
	if s.Format != "" {
		r.format = s.Format
	}
	for _, value := range s.Enum {
		if text, ok := value.(string); ok {
			if r.enum == nil {
				r.enum = map[string]bool{}
			}
			r.enum[text] = true
		}
	}
	for name, property := range s.Properties {
		r.properties[name] = newRule(property.Value)
	}
	r.names = slices.Sorted(maps.Keys(r.properties))
	for _, name := range s.Required {
		r.required[name] = true
	}
	if s.Items != nil {
		r.items = newRule(s.Items.Value)
	}
	for _, choice := range slices.Concat(s.AnyOf, s.OneOf) {
		r.choices = append(r.choices, newRule(choice.Value))
	}
	r.others = othersOf(s, r)
	return r
}

// othersOf is the rule for properties that are not listed. An object without any
// listed ones is free.
func othersOf(s *openapi3.Schema, r *rule) *rule {
	extra := s.AdditionalProperties
	switch {
	case extra.Schema != nil:
		return newRule(extra.Schema.Value)
	case extra.Has != nil && *extra.Has, len(r.properties) == 0 && r.others == nil:
		return &rule{free: true}
	default:
		return r.others
	}
}

// inherit takes over what a member of allOf says. The schema's own nullable was
// read already; without a type of its own, it has the member's.
func (r *rule) inherit(member *rule) {
	r.typ, r.format, r.enum = member.typ, member.format, member.enum
	r.items, r.choices = member.items, member.choices
	r.nullable = r.nullable || member.nullable
	maps.Copy(r.properties, member.properties)
	maps.Copy(r.required, member.required)
}

// place is where in the body a value stands; nil is the whole body.
type place struct {
	above *place
	name  string // of a property
	index int    // of an item, if name is ""
}

func (p *place) String() string {
	switch {
	case p == nil:
		return "$"
	case p.name == "":
		return p.above.String() + "[" + strconv.Itoa(p.index) + "]"
	default:
		return p.above.String() + "." + p.name
	}
}

// checker gathers problems.
type checker struct{ problems []string }

func (c *checker) report(at *place, format string, args ...any) {
	c.problems = append(c.problems, at.String()+": "+fmt.Sprintf(format, args...))
}

// check lists where a parsed JSON value breaks the rule.
func (r *rule) check(value any) []string {
	var c checker
	c.value(nil, r, value)
	return c.problems
}

func (c *checker) value(at *place, r *rule, value any) {
	if r.free {
		return
	}
	if value == nil {
		if !r.nullable {
			c.report(at, "is null, which the schema does not allow")
		}
		return
	}
	if len(r.choices) > 0 {
		c.choice(at, r.choices, value)
		return
	}
	if got := typeOf(value, r.typ); r.typ != "" && got != r.typ {
		c.report(at, "is %s %v, want %s", got, value, r.typ)
		return
	}
	switch value := value.(type) {
	case string:
		c.text(at, r, value)
	case json.Number:
		c.number(at, r, value)
	case map[string]any:
		c.object(at, r, value)
	case []any:
		c.array(at, r, value)
	}
}

// choice wants one of the rules to hold, and reports the problems of the one that
// comes closest.
func (c *checker) choice(at *place, choices []*rule, value any) {
	var closest []string
	for i, r := range choices {
		var trial checker
		trial.value(at, r, value)
		if i == 0 || len(trial.problems) < len(closest) {
			closest = trial.problems
		}
	}
	c.problems = append(c.problems, closest...)
}

// typeOf names the JSON type of a value that is not null. A number is an integer
// where one is wanted; how it is spelled is looked at later.
func typeOf(value any, wanted string) string {
	switch value.(type) {
	case string:
		return "string"
	case bool:
		return "boolean"
	case json.Number:
		if wanted == "integer" {
			return wanted
		}
		return "number"
	case []any:
		return "array"
	default:
		return "object"
	}
}

var (
	uuidForm     = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
	integerForm  = regexp.MustCompile(`^(0|-?[1-9][0-9]*)$`)
	integerSizes = map[string]int{"int32": 32, "int64": 64, "": 64}
)

// dateForm is the one way in which the API writes a date: UTC, milliseconds.
const dateForm = "2006-01-02T15:04:05.000Z"

func (c *checker) text(at *place, r *rule, value string) {
	if r.enum != nil && !r.enum[value] {
		c.report(at, "is %q, want one of %v", value, slices.Sorted(maps.Keys(r.enum)))
	}
	switch r.format {
	case "uuid":
		if !uuidForm.MatchString(value) {
			c.report(at, "is %q, want a UUID in lower case", value)
		}
	case "date-time":
		if parsed, err := time.Parse(dateForm, value); err != nil || parsed.Format(dateForm) != value {
			c.report(at, "is %q, want a date in the form %s", value, dateForm)
		}
	}
}

func (c *checker) number(at *place, r *rule, value json.Number) {
	if r.typ != "integer" {
		return
	}
	if !integerForm.MatchString(value.String()) {
		c.report(at, "is written %s, want an integer without point or exponent", value)
		return
	}
	if _, err := strconv.ParseInt(value.String(), 10, integerSizes[r.format]); err != nil {
		c.report(at, "is %s, which is no %s", value, r.format)
	}
}

func (c *checker) object(at *place, r *rule, value map[string]any) {
	for _, name := range r.names {
		member, has := value[name]
		switch {
		case has:
			c.value(&place{above: at, name: name}, r.properties[name], member)
		case len(r.required) == 0 || r.required[name]:
			c.report(at, "property %s is missing", name)
		}
	}
	if r.knows(value) { // nearly always, and it spares the sorting
		return
	}
	for _, name := range slices.Sorted(maps.Keys(value)) {
		if r.properties[name] != nil {
			continue
		}
		if r.others == nil {
			c.report(at, "property %s is not in the schema", name)
			continue
		}
		c.value(&place{above: at, name: name}, r.others, value[name])
	}
}

// knows says whether all properties of an object are listed.
func (r *rule) knows(value map[string]any) bool {
	for name := range value {
		if r.properties[name] == nil {
			return false
		}
	}
	return true
}

func (c *checker) array(at *place, r *rule, value []any) {
	if r.items == nil {
		return
	}
	for i, item := range value {
		c.value(&place{above: at, index: i}, r.items, item)
	}
}
