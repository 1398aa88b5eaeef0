// Package query reads the standard collection parameters of the API (filters,
// sorters, limit, offset, count) and checks them against what one endpoint
// supports. What comes out is typed and needs no further checking: the store
// only has to render it.
//
// The package is pure: text in, values out. It knows no endpoint; an endpoint
// is described by a Schema.
//
// # Filters
//
//	expression = conjunction { "or" conjunction }
//	conjunction = factor { "and" factor }
//	factor = "not" factor | "(" expression ")" | comparison
//	comparison = field op value | field ( "in" | "ca" ) "(" value { "," value } ")"
//	           | "pr" field | field "isnull"
//	value = "text" | bare
//
// Operators and the words and, or, not are lower case. Blanks separate words
// and are needed nowhere else, so `(a eq 1)and (b eq 2)` is fine. A text stands
// in double quotes; \" and \\ are the escapes inside it. Numbers, true, false
// and dates may stand bare or in quotes.
//
// # Sorters
//
// A comma-separated list of fields, each ascending unless a - stands before it.
// The same field twice is refused: the second could never have an effect, so it
// is a mistake of the caller.
package query

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Limits of what a client may send. Beyond them Parse answers OutOfRange.
const (
	// MaxText is the longest filters or sorters parameter, in bytes.
	MaxText = 8 << 10
	// MaxDepth is how deep parentheses and not may nest in a filter.
	MaxDepth = 50
	// MaxComparisons is how many values a filter may compare with.
	MaxComparisons = 200
	// MaxLimit is the largest page, and the page when limit is not given.
	MaxLimit = 250
	// MaxOffset is the largest offset: an int32, as the API describes it.
	MaxOffset = 1<<31 - 1
)

// Kind is the type of a field's values. An enumeration is a String.
type Kind int

// The kinds of field.
const (
	String Kind = iota
	Int
	Float
	Bool
	Time
)

// String names the kind as an error message would.
func (k Kind) String() string {
	switch k {
	case Int:
		return "whole number"
	case Float:
		return "number"
	case Bool:
		return "true or false"
	case Time:
		return "date or time"
	default:
		return "text in double quotes"
	}
}

// Op is an operator of a comparison, as it is written in a filter.
type Op string

// The operators of the filter language. Which of them a field takes is said by
// its Field; the others are answered with UnsupportedOperator.
const (
	Equal          Op = "eq"
	NotEqual       Op = "ne"
	StartsWith     Op = "sw"
	Contains       Op = "co"
	GreaterOrEqual Op = "ge"
	Greater        Op = "gt"
	LessOrEqual    Op = "le"
	Less           Op = "lt"
	In             Op = "in"
	ContainsAll    Op = "ca"
	Present        Op = "pr"
	IsNull         Op = "isnull"
)

// known lists the operators, for messages about words that are none of them.
func known() []Op {
	return []Op{Equal, NotEqual, StartsWith, Contains, GreaterOrEqual, Greater,
		LessOrEqual, Less, In, ContainsAll, Present, IsNull}
}

// Field is a name that may be filtered on, with the operators it takes. Names
// must not be and, or, not or pr, which the language keeps for itself.
type Field struct {
	Name string
	Kind Kind
	Ops  []Op
}

// SortKey is one field to sort by.
type SortKey struct {
	Field      string
	Descending bool
}

// String is the key as it stands in a sorters parameter.
func (k SortKey) String() string {
	if k.Descending {
		return "-" + k.Field
	}
	return k.Field
}

// Schema is what one collection can be asked for. An empty Filters or Sorters
// means that the collection cannot be filtered or sorted: asking for it is an
// error, so that no client takes an unfiltered list for a filtered one.
type Schema struct {
	Filters []Field
	Sorters []string
	// SorterAliases maps other spellings to names in Sorters. The API's own
	// documents misspell one.
	SorterAliases map[string]string
	// DefaultSort is the order when the client asks for none.
	DefaultSort []SortKey
}

// Query is a checked request for one page of a collection.
type Query struct {
	// Filter says which elements to take; nil takes all.
	Filter Expr
	// Sort is the order asked for, or the schema's default order.
	Sort []SortKey
	// Limit is the size of the page, 0 to MaxLimit.
	Limit int
	// Offset is how many elements come before the page, 0 to MaxOffset.
	Offset int
	// Count tells whether the client wants to know the total.
	Count bool
}

// Parse reads the collection parameters out of v and checks them against the
// schema. Other parameters are ignored. An empty filters or sorters is the same
// as none. The error is an *Error about the first parameter found wrong.
func (s Schema) Parse(v url.Values) (Query, error) {
	q := Query{Limit: MaxLimit}
	steps := []struct {
		param string
		read  func(text string) *Error
	}{
		{"filters", func(t string) (err *Error) { q.Filter, err = s.parseFilter(t); return err }},
		{"sorters", func(t string) (err *Error) { q.Sort, err = s.parseSorters(t); return err }},
		{"limit", func(t string) (err *Error) { q.Limit, err = parseCount(t, MaxLimit); return err }},
		{"offset", func(t string) (err *Error) { q.Offset, err = parseCount(t, MaxOffset); return err }},
		{"count", func(t string) (err *Error) { q.Count, err = parseFlag(t); return err }},
	}
	for _, step := range steps {
		values := v[step.param]
		if len(values) == 0 {
			continue
		}
		err := checkOnce(values)
		if err == nil {
			err = step.read(values[0])
		}
		if err != nil {
			err.Param = step.param
			return Query{}, err
		}
	}
	if len(q.Sort) == 0 {
		q.Sort = slices.Clone(s.DefaultSort)
	}
	return q, nil
}

func checkOnce(values []string) *Error {
	if len(values) > 1 {
		return fail(IllegalValue, 0, "the parameter is given %d times; give it once", len(values))
	}
	return nil
}

// parseCount reads a whole number from 0 to top.
func parseCount(text string, top int) (int, *Error) {
	digits := strings.TrimPrefix(text, "-")
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return 0, fail(IllegalValue, 0, "%s is not a whole number; it must be from 0 to %d", quoteShort(text), top)
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > top {
		return 0, fail(OutOfRange, 0, "%s is out of range; it must be from 0 to %d", shorten(text), top)
	}
	return n, nil
}

func parseFlag(text string) (bool, *Error) {
	switch text {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, fail(IllegalValue, 0, "%s is not supported; it must be true or false", quoteShort(text))
}
