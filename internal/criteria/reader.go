package criteria

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// reader takes the text apart into words, quoted texts and ranges.
type reader struct {
	text string
	pos  int
}

func failAt(offset int, format string, args ...any) *Error {
	return &Error{Offset: offset, Message: fmt.Sprintf(format, args...)}
}

// clip quotes a piece of the text for a message.
func clip(text string) string {
	const shown = 60
	if r := []rune(text); len(r) > shown {
		text = string(r[:shown]) + "..."
	}
	return fmt.Sprintf("%q", text)
}

// listNames lists names for a message, in order and not too many.
func listNames(names []string) string {
	const shown = 40
	names = slices.Sorted(slices.Values(names))
	if len(names) > shown {
		names = append(names[:shown], fmt.Sprintf("and %d more", len(names)-shown))
	}
	return strings.Join(names, ", ")
}

func (r *reader) checkText() *Error {
	if len(r.text) > MaxText {
		return failAt(MaxText, "the query is %d bytes long; at most %d are supported", len(r.text), MaxText)
	}
	for i, c := range r.text {
		if c != utf8.RuneError {
			continue
		}
		// The replacement character itself is three bytes long.
		if _, size := utf8.DecodeRuneInString(r.text[i:]); size == 1 {
			return failAt(i, "the query is not valid UTF-8")
		}
	}
	return nil
}

func (r *reader) atEnd() bool { return r.pos >= len(r.text) }

// cur is the byte at hand; only to be asked before the end.
func (r *reader) cur() byte { return r.text[r.pos] }

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func (r *reader) skipBlanks() {
	for !r.atEnd() && isBlank(r.cur()) {
		r.pos++
	}
}

// operator takes one of the operators, if it is next.
func (r *reader) operator(operators ...string) bool {
	r.skipBlanks()
	op := r.peekOperator(operators...)
	r.pos += len(op)
	return op != ""
}

// peekOperator finds which of the operators is next; "" if none. An operator
// that is a word must end where a word ends.
func (r *reader) peekOperator(operators ...string) string {
	rest := r.text[r.pos:]
	for _, op := range operators {
		after, ok := strings.CutPrefix(rest, op)
		if !ok {
			continue
		}
		if isSign := op[0] < 'A' || op[0] > 'Z'; isSign || after == "" || isBlank(after[0]) || strings.IndexByte("()\"", after[0]) >= 0 {
			return op
		}
	}
	return ""
}

// identifier reads letters, digits, underscores and points.
func (r *reader) identifier() string {
	start := r.pos
	for !r.atEnd() && (inWord(rune(r.cur())) && r.cur() < utf8.RuneSelf || r.cur() == '.') {
		r.pos++
	}
	return r.text[start:r.pos]
}

// word is a bare word, its escapes resolved.
type word struct {
	text    string
	pattern []rune
	// wild tells that the pattern has wildcards.
	wild bool
}

// isAnything tells a lone *.
func (w word) isAnything() bool { return len(w.pattern) == 1 && w.pattern[0] == anyText }

// word reads up to a blank or a character with a meaning of its own.
func (r *reader) word() (word, *Error) {
	var w word
	start := r.pos
	for !r.atEnd() && !r.wordEnds() {
		c, size := decode(r.text, r.pos)
		switch c {
		case '*':
			c, w.wild = anyText, true
		case '?':
			c, w.wild = anyOne, true
		case '\\':
			if r.pos+1 == len(r.text) {
				return w, failAt(r.pos, "a character is missing after the \\")
			}
			r.pos++
			c, size = decode(r.text, r.pos)
		}
		w.pattern = append(w.pattern, c)
		r.pos += size
	}
	if r.pos == start {
		return w, r.unsupported()
	}
	if !w.wild {
		w.text = string(w.pattern)
	}
	return w, nil
}

// wordEnds tells whether the character at hand ends a word.
func (r *reader) wordEnds() bool {
	c := r.cur()
	return isBlank(c) || strings.IndexByte(`()[]{}":^~/`, c) >= 0 || r.peekOperator("&&", "||") != ""
}

// unsupported is the error for a character no term starts with.
func (r *reader) unsupported() *Error {
	c := r.cur()
	switch c {
	case '~':
		return failAt(r.pos, "fuzzy and proximity searches (~) are not supported; use wildcards, or write \\~")
	case '^':
		return failAt(r.pos, "boosting (^) is not supported; it would not change what is found; write \\^ for the character")
	case '/':
		return failAt(r.pos, "regular expressions (/) are not supported; use wildcards, quotes, or write \\/")
	case ':':
		return failAt(r.pos, "the name of a field must stand directly before the :")
	case ')':
		return failAt(r.pos, "a search term is missing before this )")
	}
	return failAt(r.pos, "unexpected %q; put it in quotes or write a \\ before it to search for it", c)
}

// quoted reads a text in double quotes; \ takes the character after it as it is.
func (r *reader) quoted() (string, *Error) {
	open := r.pos
	var b strings.Builder
	for r.pos++; !r.atEnd(); r.pos++ {
		c := r.cur()
		if c == '"' {
			r.pos++
			return b.String(), nil
		}
		if c == '\\' && r.pos+1 < len(r.text) {
			r.pos++
			c = r.cur()
		}
		b.WriteByte(c)
	}
	return "", failAt(open, "this \" is not closed")
}

// interval reads [a TO b], with { and } for bounds that are left out.
func (r *reader) interval() (span, *Error) {
	open := r.pos
	r.pos++
	low, err := r.bound(r.text[open] == '[', "]}")
	if err != nil {
		return span{}, err
	}
	if r.skipBlanks(); r.peekOperator("TO") == "" {
		return span{}, failAt(open, "a range looks like [a TO b], with TO in upper case")
	}
	r.pos += len("TO")
	high, err := r.bound(true, "]}")
	if err != nil {
		return span{}, err
	}
	if r.skipBlanks(); r.atEnd() || r.cur() != ']' && r.cur() != '}' {
		return span{}, failAt(open, "this range is not closed")
	}
	high.included = r.cur() == ']'
	r.pos++
	return newSpan(low, high), nil
}

// comparison reads >a, >=a, <a or <=a.
func (r *reader) comparison() (span, *Error) {
	above := r.cur() == '>'
	r.pos++
	included := !r.atEnd() && r.cur() == '='
	if included {
		r.pos++
	}
	b, err := r.bound(included, "()")
	if err != nil {
		return span{}, err
	}
	open := newBound(everyBound, false, true)
	if above {
		return newSpan(b, open), nil
	}
	return newSpan(open, b), nil
}

// bound reads one end of a range: quoted, or bare up to a blank or an end sign.
// An escaped character makes it plain text, as quotes do.
func (r *reader) bound(included bool, ends string) (bound, *Error) {
	r.skipBlanks()
	start := r.pos
	if !r.atEnd() && r.cur() == '"' {
		text, err := r.quoted()
		return newBound(text, true, included), err
	}
	var b strings.Builder
	escaped := false
	for !r.atEnd() && !isBlank(r.cur()) && strings.IndexByte(ends, r.cur()) < 0 {
		if r.cur() == '\\' && r.pos+1 < len(r.text) {
			r.pos++
			escaped = true
		}
		b.WriteByte(r.cur())
		r.pos++
	}
	text := b.String()
	switch {
	case text == "":
		return bound{}, failAt(start, "a bound of the range is missing; * leaves it open")
	case !escaped && text != everyBound && strings.ContainsAny(text, "*?"):
		return bound{}, failAt(start, "wildcards in a range are not supported; * alone leaves a bound open")
	case isDateMath(text):
		return bound{}, failAt(start, "dates relative to now are not supported; write a date such as 2018-12-18")
	}
	return newBound(text, escaped, included), nil
}

// isDateMath tells the date arithmetic of Elasticsearch (now-1d, 2018||+1M).
func isDateMath(text string) bool {
	after, ok := strings.CutPrefix(text, "now")
	return ok && (after == "" || strings.IndexByte("+-/", after[0]) >= 0) || strings.Contains(text, "||")
}
