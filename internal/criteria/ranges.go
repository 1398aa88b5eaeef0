package criteria

import (
	"cmp"
	"strconv"
	"strings"
	"time"
)

// span matches values between two bounds.
type span struct {
	low, high bound
	// numbers and dates tell that both bounds can be read as such.
	numbers, dates bool
}

// bound is one end of a span.
type bound struct {
	open     bool // * : no bound
	included bool
	text     string
	number   float64
	isNumber bool
	// from and next are the first moment of the date and the first after it.
	from, next time.Time
	isDate     bool
}

// everyBound is the * that leaves an end open.
const everyBound = "*"

func newBound(text string, quoted, included bool) bound {
	b := bound{text: text, included: included, open: text == everyBound && !quoted}
	b.number, b.isNumber = parseNumber(text)
	b.from, b.next, b.isDate = parseDate(text)
	return b
}

func newSpan(low, high bound) span {
	return span{
		low: low, high: high,
		numbers: (low.open || low.isNumber) && (high.open || high.isNumber),
		dates:   (low.open || low.isDate) && (high.open || high.isDate),
	}
}

func (s span) matches(value string) bool {
	if s.low.open && s.high.open {
		return true
	}
	if s.numbers {
		if n, ok := parseNumber(value); ok {
			return within(s, cmp.Compare(n, s.low.number), cmp.Compare(n, s.high.number))
		}
	}
	if s.dates {
		if from, _, ok := parseDate(value); ok {
			return s.holds(from)
		}
	}
	if s.numbers || s.dates {
		return false
	}
	return within(s, compareFold(value, s.low.text), compareFold(value, s.high.text))
}

// within judges how a value compares with the two bounds.
func within(s span, low, high int) bool {
	above := s.low.open || low > 0 || low == 0 && s.low.included
	below := s.high.open || high < 0 || high == 0 && s.high.included
	return above && below
}

// holds judges a moment. A bound is a whole day, month or year, so "after 2018"
// starts where 2018 ends.
func (s span) holds(moment time.Time) bool {
	low, high := s.low.next, s.high.from
	if s.low.included {
		low = s.low.from
	}
	if s.high.included {
		high = s.high.next
	}
	return (s.low.open || !moment.Before(low)) && (s.high.open || moment.Before(high))
}

// parseNumber reads a decimal number. The look at the characters keeps words
// away from strconv, which would take some and makes an error for the others.
func parseNumber(text string) (float64, bool) {
	if text == "" || strings.Trim(text, "0123456789+-.eE") != "" {
		return 0, false
	}
	n, err := strconv.ParseFloat(text, 64)
	return n, err == nil
}

// dateForm is a way to write a date, and how to get to the first moment after
// a date written so.
type dateForm struct {
	layout string
	after  func(time.Time) time.Time
}

// fits rules out by length what cannot be of this form, because a failed parse
// is far dearer than a good one.
func (f dateForm) fits(text string) bool {
	if len(f.layout) <= len(time.DateOnly) {
		return len(text) == len(f.layout)
	}
	return len(text) > len(time.DateOnly)
}

func dateForms() [8]dateForm {
	second := func(t time.Time) time.Time {
		if t.Nanosecond() != 0 {
			return t.Add(1)
		}
		return t.Add(time.Second)
	}
	minute := func(t time.Time) time.Time { return t.Add(time.Minute) }
	return [...]dateForm{
		{time.DateOnly, func(t time.Time) time.Time { return t.AddDate(0, 0, 1) }},
		{time.RFC3339, second},
		{"2006-01-02T15:04:05Z0700", second},
		{"2006-01-02T15:04:05", second},
		{"2006-01-02T15:04Z07:00", minute},
		{"2006-01-02T15:04", minute},
		{"2006-01", func(t time.Time) time.Time { return t.AddDate(0, 1, 0) }},
		{"2006", func(t time.Time) time.Time { return t.AddDate(1, 0, 0) }},
	}
}

// parseDate reads a date or time; without a zone it is in UTC.
func parseDate(text string) (from, next time.Time, ok bool) {
	const year = 4
	if len(text) < year || strings.Trim(text[:year], "0123456789") != "" {
		return from, next, false
	}
	if len(text) > year && text[year] != '-' {
		return from, next, false
	}
	for _, form := range dateForms() {
		if !form.fits(text) {
			continue
		}
		if t, err := time.Parse(form.layout, text); err == nil {
			return t, form.after(t), true
		}
	}
	return from, next, false
}

// compareFold orders texts without regard to case.
func compareFold(a, b string) int {
	for a != "" && b != "" {
		ra, na := decode(a, 0)
		rb, nb := decode(b, 0)
		if c := cmp.Compare(fold(ra), fold(rb)); c != 0 {
			return c
		}
		a, b = a[na:], b[nb:]
	}
	return cmp.Compare(len(a), len(b))
}
