package query

import (
	"strconv"
	"strings"
	"time"
)

// Expr is a filter: an And, Or, Not or Compare. Its String is the filter in
// normal form: single blanks, no needless parentheses, every value typed. The
// normal form parses to an equal Expr.
type Expr interface {
	String() string
	expr()
}

// And is true if all its expressions are. It has at least two, and none of them
// is itself an And.
type And struct{ Exprs []Expr }

// Or is true if one of its expressions is. It has at least two, and none of
// them is itself an Or.
type Or struct{ Exprs []Expr }

// Not is true if its expression is false.
type Not struct{ Expr Expr }

// Compare holds a field against values.
type Compare struct {
	Field string
	// Kind is the field's, and the kind of each value.
	Kind Kind
	Op   Op
	// Values has no element for Present and IsNull, one or more for In and
	// ContainsAll, and exactly one for the other operators.
	Values []Value
}

// Value is a typed value of a comparison. Only the member of its kind is set.
type Value struct {
	Kind  Kind
	Text  string
	Int   int64
	Float float64
	Bool  bool
	// Time is in UTC, in the years 0 to 9999. A value without a time of day
	// is the first moment of its day, month or year.
	Time time.Time
}

func (And) expr()     {}
func (Or) expr()      {}
func (Not) expr()     {}
func (Compare) expr() {}

// String is the normal form.
func (e And) String() string {
	parts := make([]string, len(e.Exprs))
	for i, part := range e.Exprs {
		parts[i] = part.String()
		if _, looser := part.(Or); looser {
			parts[i] = "(" + parts[i] + ")"
		}
	}
	return strings.Join(parts, " and ")
}

// String is the normal form.
func (e Or) String() string {
	parts := make([]string, len(e.Exprs))
	for i, part := range e.Exprs {
		parts[i] = part.String()
	}
	return strings.Join(parts, " or ")
}

// String is the normal form.
func (e Not) String() string {
	switch e.Expr.(type) {
	case And, Or:
		return "not (" + e.Expr.String() + ")"
	default:
		return "not " + e.Expr.String()
	}
}

// String is the normal form.
func (e Compare) String() string {
	switch e.Op {
	case Present:
		return "pr " + e.Field
	case IsNull:
		return e.Field + " isnull"
	case In, ContainsAll:
		parts := make([]string, len(e.Values))
		for i, v := range e.Values {
			parts[i] = v.String()
		}
		return e.Field + " " + string(e.Op) + " (" + strings.Join(parts, ", ") + ")"
	default:
		return e.Field + " " + string(e.Op) + " " + e.Values[0].String()
	}
}

// String is the value as it stands in a filter.
func (v Value) String() string {
	switch v.Kind {
	case Int:
		return strconv.FormatInt(v.Int, 10)
	case Float:
		return strconv.FormatFloat(v.Float, 'g', -1, 64)
	case Bool:
		return strconv.FormatBool(v.Bool)
	case Time:
		return v.Time.Format(time.RFC3339Nano)
	default:
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(v.Text) + `"`
	}
}

// Any is the value as the Go type of its kind: string, int64, float64, bool or
// time.Time.
func (v Value) Any() any {
	switch v.Kind {
	case Int:
		return v.Int
	case Float:
		return v.Float
	case Bool:
		return v.Bool
	case Time:
		return v.Time
	default:
		return v.Text
	}
}
