// Package jsonscan takes JSON text apart, however broken the text is: cut off
// in the middle, or not JSON at all. It is for looking into what somebody sent,
// where a decoder would give up; it says nothing about whether the text is valid.
package jsonscan

import "encoding/json"

// Kind is what a token is: one of the signs {}[]:, or a String or a Word.
type Kind byte

// The kinds of token that are more than a sign. A Word is a number, a literal,
// or whatever stands where one could.
const (
	String Kind = '"'
	Word   Kind = 'w'
)

// Token is a piece of the text: text[Start:End], for a String with its quotes.
type Token struct {
	Kind       Kind
	Start, End int
}

// Next is the first token at or after a place of the text, false if only blanks
// are left. A String that is not closed goes on to the end of the text.
func Next(text []byte, at int) (Token, bool) {
	for at < len(text) && isBlank(text[at]) {
		at++
	}
	if at >= len(text) {
		return Token{}, false
	}
	switch c := text[at]; c {
	case '{', '}', '[', ']', ':', ',':
		return Token{Kind(c), at, at + 1}, true
	case '"':
		return Token{String, at, endOfString(text, at+1)}, true
	}
	end := at + 1
	for end < len(text) && !isBlank(text[end]) && !isSign(text[end]) {
		end++
	}
	return Token{Word, at, end}, true
}

func endOfString(text []byte, at int) int {
	for ; at < len(text); at++ {
		switch text[at] {
		case '\\':
			at++
		case '"':
			return at + 1
		}
	}
	return len(text)
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func isSign(c byte) bool {
	switch c {
	case '{', '}', '[', ']', ':', ',', '"':
		return true
	}
	return false
}

// Unquote is the text of a String token. One that no decoder takes is returned as
// it stands between its quotes.
func Unquote(token []byte) string {
	plain := true
	for _, c := range token {
		plain = plain && c != '\\'
	}
	if !plain {
		var s string
		if json.Unmarshal(token, &s) == nil {
			return s
		}
	}
	token = token[1:]
	if n := len(token); n > 0 && token[n-1] == '"' {
		token = token[:n-1]
	}
	return string(token)
}

// SkipValue is where the value that begins with a token ends: at the closing
// bracket of an object or array, or at the end of the text if there is none.
func SkipValue(text []byte, first Token) int {
	if first.Kind != '{' && first.Kind != '[' {
		return first.End
	}
	for depth, at := 1, first.End; ; {
		t, ok := Next(text, at)
		if !ok {
			return len(text)
		}
		switch at = t.End; t.Kind {
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return at
			}
		}
	}
}
