package query

import (
	"fmt"
	"strings"
)

// ErrorKind tells what is wrong with a parameter.
type ErrorKind int

// The kinds of error.
const (
	// SyntaxError: the text is not of the language of the parameter.
	SyntaxError ErrorKind = iota + 1
	// UnsupportedField: the field is not one to filter or sort by here.
	UnsupportedField
	// UnsupportedOperator: the field does not take the operator.
	UnsupportedOperator
	// IllegalValue: a value is not of the type of its field or parameter, or a
	// parameter is repeated.
	IllegalValue
	// OutOfRange: a number, date or length is beyond its limits.
	OutOfRange
)

// String names the kind in lower-case words.
func (k ErrorKind) String() string {
	switch k {
	case SyntaxError:
		return "syntax error"
	case UnsupportedField:
		return "unsupported field"
	case UnsupportedOperator:
		return "unsupported operator"
	case IllegalValue:
		return "illegal value"
	case OutOfRange:
		return "out of range"
	default:
		return "unknown"
	}
}

// Error is what Parse answers for a parameter it does not take.
type Error struct {
	// Param is the query parameter: filters, sorters, limit, offset or count.
	Param string
	Kind  ErrorKind
	// Position is the character of the text, counted from 1, at which the
	// mistake stands; 0 when the parameter is wrong as a whole.
	Position int
	// Message says what is wrong and what is supported, without the name of
	// the parameter.
	Message string
}

// Error is the parameter and the message.
func (e *Error) Error() string { return e.Param + ": " + e.Message }

// fail makes an error without its parameter, which Parse fills in.
func fail(kind ErrorKind, position int, format string, args ...any) *Error {
	return &Error{Kind: kind, Position: position, Message: fmt.Sprintf(format, args...)}
}

// shown is how many characters of the client's text a message repeats.
const shown = 60

// shorten keeps messages readable however long the client's text is.
func shorten(text string) string {
	runes := 0
	for i := range text {
		if runes == shown {
			return text[:i] + "..."
		}
		runes++
	}
	return text
}

// quoteShort is the text as it may stand in a message.
func quoteShort(text string) string { return fmt.Sprintf("%q", shorten(text)) }

// joinOps lists operators for a message.
func joinOps(ops []Op) string {
	words := make([]string, len(ops))
	for i, op := range ops {
		words[i] = string(op)
	}
	return strings.Join(words, ", ")
}

// supportedFilters lists the fields with their operators for a message.
func (s Schema) supportedFilters() string {
	if len(s.Filters) == 0 {
		return "this collection cannot be filtered"
	}
	fields := make([]string, len(s.Filters))
	for i, f := range s.Filters {
		fields[i] = f.Name + " (" + joinOps(f.Ops) + ")"
	}
	return "supported are " + strings.Join(fields, "; ")
}
