package query

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
)

// field finds a field to filter on.
func (s Schema) field(name string) (Field, bool) {
	i := slices.IndexFunc(s.Filters, func(f Field) bool { return f.Name == name })
	if i < 0 {
		return Field{}, false
	}
	return s.Filters[i], true
}

// check makes a comparison, if the schema supports it.
func (s Schema) check(name token, op Op, values []token) (Expr, *Error) {
	f, ok := s.field(name.text)
	if !ok {
		return nil, fail(UnsupportedField, name.pos, "the field %s at position %d is not supported; %s",
			quoteShort(name.text), name.pos, s.supportedFilters())
	}
	if !slices.Contains(f.Ops, op) {
		return nil, fail(UnsupportedOperator, name.pos, "the operator %s is not supported for %s; supported: %s",
			op, f.Name, joinOps(f.Ops))
	}
	c := Compare{Field: f.Name, Kind: f.Kind, Op: op}
	for _, t := range values {
		v, err := typed(f, t)
		if err != nil {
			return nil, err
		}
		c.Values = append(c.Values, v)
	}
	return c, nil
}

// typed makes a value of the field's kind out of a text or a bare word.
func typed(f Field, t token) (Value, *Error) {
	v := Value{Kind: f.Kind}
	var problem error
	switch f.Kind {
	case Int:
		v.Int, problem = strconv.ParseInt(t.text, 10, 64)
	case Float:
		v.Float, problem = parseFloat(t.text)
	case Bool:
		v.Bool, problem = t.text == "true", nil
		if !v.Bool && t.text != "false" {
			problem = strconv.ErrSyntax
		}
	case Time:
		v.Time, problem = parseTime(t.text)
	default:
		v.Text = t.text
		if t.kind != textToken {
			problem = strconv.ErrSyntax
		}
	}
	switch {
	case problem == nil:
		return v, nil
	case errors.Is(problem, strconv.ErrRange):
		return Value{}, fail(OutOfRange, t.pos, "the value %s of %s at position %d is out of range",
			quoteShort(t.text), f.Name, t.pos)
	default:
		return Value{}, fail(IllegalValue, t.pos, "the value %s of %s at position %d must be a %s",
			quoteShort(t.text), f.Name, t.pos, expected(f.Kind))
	}
}

// expected is the kind with an example where the name alone does not do.
func expected(k Kind) string {
	switch k {
	case Int:
		return "whole number such as 12, without a point or an exponent"
	case Float:
		return "number such as 12.5"
	case Bool:
		return "truth value, true or false"
	case Time:
		return "date or time such as 2018, 2018-12-18 or 2018-12-18T23:05:55Z"
	default:
		return k.String()
	}
}

// parseFloat takes the numbers of JSON only: strconv alone would also take
// infinities, hexadecimal and underscores.
func parseFloat(text string) (float64, error) {
	number := text != "" && strings.IndexByte("-0123456789", text[0]) >= 0 && json.Valid([]byte(text))
	if !number {
		return 0, strconv.ErrSyntax
	}
	f, err := strconv.ParseFloat(text, 64)
	if f == 0 {
		f = 0 // -0 and 0 are the same value and must print alike
	}
	return f, err
}

// layouts are the forms of a date or time, most precise first. Without a zone
// the time is in UTC. Fractions of a second are taken by all with seconds.
func layouts() []string {
	return []string{
		time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05",
		"2006-01-02T15:04Z07:00", "2006-01-02T15:04", time.DateOnly, "2006-01", "2006",
	}
}

// parseTime reads a date or time of the years 0 to 9999, in UTC.
func parseTime(text string) (time.Time, error) {
	for _, layout := range layouts() {
		t, err := time.Parse(layout, text)
		if err != nil {
			continue
		}
		t = t.UTC()
		if t.Year() < 0 || t.Year() > 9999 {
			return time.Time{}, strconv.ErrRange
		}
		return t, nil
	}
	return time.Time{}, strconv.ErrSyntax
}
