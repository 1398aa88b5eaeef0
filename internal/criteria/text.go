package criteria

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// matcher tests one value.
type matcher interface{ matches(value string) bool }

// phrase matches values that have its words one after the other. A text without
// a word ("&") matches the values that equal it.
type phrase struct {
	text  string
	words []string
}

func newPhrase(text string) phrase {
	p := phrase{text: text}
	for start, end := nextWord(text, 0); start < end; start, end = nextWord(text, end) {
		p.words = append(p.words, text[start:end])
	}
	return p
}

func (p phrase) matches(value string) bool {
	if len(p.words) == 0 {
		return strings.EqualFold(value, p.text)
	}
	for start, end := nextWord(value, 0); start < end; start, end = nextWord(value, end) {
		if strings.EqualFold(value[start:end], p.words[0]) && follow(value, end, p.words[1:]) {
			return true
		}
	}
	return false
}

// follow tells whether the words are the next ones of the value.
func follow(value string, from int, words []string) bool {
	for _, word := range words {
		start, end := nextWord(value, from)
		if !strings.EqualFold(value[start:end], word) {
			return false
		}
		from = end
	}
	return true
}

// nextWord finds the first word at or after from; start equals end if there is
// none.
func nextWord(s string, from int) (start, end int) {
	for from < len(s) {
		r, size := decode(s, from)
		if inWord(r) {
			return from, wordEnd(s, from+size)
		}
		from += size
	}
	return len(s), len(s)
}

// wordEnd finds the end of the word that goes on at from.
func wordEnd(s string, from int) int {
	for from < len(s) {
		r, size := decode(s, from)
		if !inWord(r) {
			if !joins(r) || from+size == len(s) {
				return from
			}
			if after, _ := decode(s, from+size); !inWord(after) {
				return from
			}
		}
		from += size
	}
	return from
}

func decode(s string, at int) (rune, int) {
	if c := s[at]; c < utf8.RuneSelf {
		return rune(c), 1
	}
	return utf8.DecodeRuneInString(s[at:])
}

// inWord tells the characters of words.
func inWord(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_'
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)
}

// joins tells the characters that belong to a word between two others of it.
func joins(r rune) bool { return r == '.' || r == '\'' || r == '’' }

// exact matches the value that is the text, letter for letter.
type exact string

func (e exact) matches(value string) bool { return value == string(e) }

// The wildcards in a glob; no character has these numbers.
const (
	anyOne  rune = -1
	anyText rune = -2
)

// glob is a pattern: characters, anyOne and anyText.
type glob struct {
	pattern []rune
	// whole leaves single words of the value out and minds the case.
	whole bool
}

// newGlob folds the pattern unless it is for whole values.
func newGlob(pattern []rune, whole bool) glob {
	g := glob{pattern: make([]rune, 0, len(pattern)), whole: whole}
	for i, r := range pattern {
		if r == anyText && i > 0 && pattern[i-1] == anyText {
			continue
		}
		if r >= 0 && !whole {
			r = fold(r)
		}
		g.pattern = append(g.pattern, r)
	}
	return g
}

func (g glob) matches(value string) bool {
	if g.covers(value) {
		return true
	}
	if g.whole {
		return false
	}
	for start, end := nextWord(value, 0); start < end; start, end = nextWord(value, end) {
		if g.covers(value[start:end]) {
			return true
		}
	}
	return false
}

// covers tells whether the pattern matches the whole text. On a mismatch only
// the last * is stretched, so the work is bounded by the product of the two
// lengths.
func (g glob) covers(text string) bool {
	at, star, resume := 0, -1, 0
	for i := 0; i < len(text); {
		r, size := decode(text, i)
		switch {
		case at < len(g.pattern) && g.pattern[at] == anyText:
			star, resume = at, i
			at++
		case at < len(g.pattern) && g.fits(g.pattern[at], r):
			at++
			i += size
		case star >= 0:
			_, skip := decode(text, resume)
			resume += skip
			i, at = resume, star+1
		default:
			return false
		}
	}
	for at < len(g.pattern) && g.pattern[at] == anyText {
		at++
	}
	return at == len(g.pattern)
}

func (g glob) fits(want, r rune) bool {
	if want == anyOne {
		return true
	}
	if !g.whole {
		r = fold(r)
	}
	return want == r
}

// fold makes characters equal that differ in case only, by the same rule as
// strings.EqualFold: the smallest of those that fold to each other.
func fold(r rune) rune {
	if r < utf8.RuneSelf {
		if r >= 'a' && r <= 'z' {
			r -= 'a' - 'A'
		}
		return r
	}
	least := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		least = min(least, next)
	}
	return least
}
