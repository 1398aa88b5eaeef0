package query

import (
	"strings"
	"unicode/utf8"
)

type tokenKind int

const (
	endToken tokenKind = iota
	openToken
	closeToken
	commaToken
	textToken // in double quotes, unescaped
	wordToken // anything bare: names, operators, numbers, dates
)

// token is one piece of a filter. pos is its character, counted from 1.
type token struct {
	kind tokenKind
	text string
	pos  int
}

// describe is the token as a message names it.
func (t token) describe() string {
	switch t.kind {
	case endToken:
		return "the end of the text"
	case textToken:
		return "the text " + quoteShort(t.text)
	default:
		return quoteShort(t.text)
	}
}

// lex cuts a filter into tokens; the last one is an endToken.
func lex(text string) ([]token, *Error) {
	var tokens []token
	pos := 1
	for i := 0; i < len(text); {
		t, size, err := next(text[i:], pos)
		if err != nil {
			return nil, err
		}
		if size > 0 {
			tokens = append(tokens, t)
		} else {
			size = 1 // a blank
		}
		pos += utf8.RuneCountInString(text[i : i+size])
		i += size
	}
	return append(tokens, token{kind: endToken, pos: pos}), nil
}

// next reads the token at the start of rest and tells how many bytes it took;
// none for a blank.
func next(rest string, pos int) (token, int, *Error) {
	switch c := rest[0]; {
	case isBlank(c):
		return token{}, 0, nil
	case c == '(':
		return token{openToken, "(", pos}, 1, nil
	case c == ')':
		return token{closeToken, ")", pos}, 1, nil
	case c == ',':
		return token{commaToken, ",", pos}, 1, nil
	case c == '"':
		return lexText(rest, pos)
	case isWord(c):
		n := 1
		for n < len(rest) && isWord(rest[n]) {
			n++
		}
		return token{wordToken, rest[:n], pos}, n, nil
	}
	r, size := utf8.DecodeRuneInString(rest)
	if r == '\'' {
		return token{}, 0, fail(SyntaxError, pos, "unexpected ' at position %d; text stands in double quotes", pos)
	}
	return token{}, 0, fail(SyntaxError, pos, "unexpected %q at position %d; %s", rest[:size], pos, shapeHint)
}

// shapeHint reminds of the language where a message can say nothing better.
const shapeHint = `a filter looks like field eq "value", joined by and, or, not and parentheses`

// lexText reads a text in double quotes.
func lexText(rest string, pos int) (token, int, *Error) {
	var b strings.Builder
	for i := 1; i < len(rest); i++ {
		switch c := rest[i]; c {
		case '"':
			return token{textToken, b.String(), pos}, i + 1, nil
		case '\\':
			i++
			if i < len(rest) && rest[i] != '"' && rest[i] != '\\' {
				at := pos + utf8.RuneCountInString(rest[:i-1])
				return token{}, 0, fail(SyntaxError, at,
					`unknown escape at position %d; inside a text only \" and \\ are supported`, at)
			}
			if i < len(rest) {
				b.WriteByte(rest[i])
			}
		default:
			b.WriteByte(c)
		}
	}
	return token{}, 0, fail(SyntaxError, pos, `the text that opens at position %d has no closing "`, pos)
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// isWord tells the bytes of names, operators, numbers and dates.
func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
		strings.IndexByte("_-.:+", c) >= 0
}
