package patch

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"
)

// Type is the type of a field's values.
type Type int

// The types of field.
const (
	String Type = iota
	Bool
	Int
)

// value brings a JSON value to the field's type; false if it is not of it.
func (r Rule) value(raw json.RawMessage) (json.RawMessage, bool) {
	if string(raw) == "null" {
		return raw, r.Nullable
	}
	// A text may hold a number or a truth value: clients that can send texts
	// only do it so, and the API's own examples do.
	var text string
	isText := json.Unmarshal(raw, &text) == nil
	switch {
	case r.Type == String:
		return raw, isText && r.fits(text)
	case !isText:
		text = string(raw)
	}
	if r.Type == Bool {
		return json.RawMessage(text), text == "true" || text == "false"
	}
	return json.RawMessage(text), r.inRange(text)
}

// fits tells whether a text has a length in bounds.
func (r Rule) fits(text string) bool {
	n := utf8.RuneCountInString(text)
	return n >= r.MinLength && (r.MaxLength == 0 || n <= r.MaxLength)
}

// inRange tells whether the text is a whole number in bounds, written plainly:
// no point, no exponent, no leading zeros or blanks.
func (r Rule) inRange(text string) bool {
	n, err := strconv.Atoi(text)
	return err == nil && strconv.Itoa(n) == text && n >= r.Min && n <= r.max()
}

func (r Rule) max() int {
	if r.Max == 0 {
		return math.MaxInt32
	}
	return r.Max
}

// expects describes the values of the field for a message.
func (r Rule) expects() string {
	var text string
	switch {
	case r.Type == Bool:
		text = "true or false"
	case r.Type == Int:
		text = fmt.Sprintf("a whole number from %d to %d", r.Min, r.max())
	case r.MinLength > 0 && r.MaxLength > 0:
		text = fmt.Sprintf("a text of %d to %d characters", r.MinLength, r.MaxLength)
	case r.MaxLength > 0:
		text = fmt.Sprintf("a text of at most %d characters", r.MaxLength)
	case r.MinLength > 0:
		text = fmt.Sprintf("a text of at least %d characters", r.MinLength)
	default:
		text = "a text"
	}
	if r.Nullable {
		return text + ", or null"
	}
	return text
}
