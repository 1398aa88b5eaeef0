package seed

import (
	"bytes"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth bounds nesting, so that hostile text cannot exhaust the stack.
const maxDepth = 64

// scanner reads JSON (RFC 8259) from memory, value by value. encoding/json
// would do for small files, but it stops at the first wrong type, hides
// repeated properties, knows no place but a byte offset, and takes several
// times as long for the start-up path of every server and every test.
//
// After the first syntax error every read returns at once and fault says why.
type scanner struct {
	data  []byte
	pos   int
	depth int
	fault *syntaxFault
	buf   []byte // of strings with escapes
}

// syntaxFault says where text stops being JSON.
type syntaxFault struct {
	pos  int
	text string
}

func (s *scanner) fail(pos int, format string, args ...any) {
	if s.fault == nil {
		s.fault = &syntaxFault{pos: pos, text: fmt.Sprintf(format, args...)}
		s.pos = len(s.data)
	}
}

// position turns an offset into line and column, both from 1.
func position(data []byte, pos int) (line, column int) {
	before := data[:min(pos, len(data))]
	return bytes.Count(before, []byte{'\n'}) + 1, len(before) - bytes.LastIndexByte(before, '\n')
}

// kind is the first byte of the next value or token; '0' stands for any number
// and 0 for the end of the text.
func (s *scanner) kind() byte {
	for s.pos < len(s.data) {
		switch c := s.data[s.pos]; c {
		case ' ', '\t', '\n', '\r':
			s.pos++
		case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
			return '0'
		case 0: // a byte of the text, not its end
			return '?'
		default:
			return c
		}
	}
	return 0
}

// unexpected fails on what kind found.
func (s *scanner) unexpected(want string) {
	if s.pos >= len(s.data) {
		s.fail(s.pos, "malformed JSON: the text ends where %s should follow", want)
		return
	}
	r, _ := utf8.DecodeRune(s.data[s.pos:])
	s.fail(s.pos, "malformed JSON: %q where %s should follow", r, want)
}

// next consumes the byte c, which may follow white space.
func (s *scanner) next(c byte) bool {
	if s.kind() != c {
		return false
	}
	s.pos++
	return true
}

// open enters an array or an object.
func (s *scanner) open() bool {
	if s.depth++; s.depth > maxDepth {
		s.fail(s.pos, "malformed JSON: nested deeper than %d levels", maxDepth)
		return false
	}
	s.pos++
	return true
}

// more says whether another element follows, after the n-th; end closes.
func (s *scanner) more(n int, end byte) bool {
	if s.next(end) {
		s.depth--
		return false
	}
	if n == 0 {
		return s.fault == nil
	}
	if !s.next(',') {
		s.unexpected(fmt.Sprintf("a comma or %q", end))
		return false
	}
	return true
}

// key reads the name of a property and its colon. The bytes are valid until
// the next read.
func (s *scanner) key() ([]byte, bool) {
	if s.kind() != '"' {
		s.unexpected("the name of a property")
		return nil, false
	}
	k, ok := s.str()
	if ok && !s.next(':') {
		s.unexpected("a colon")
		return nil, false
	}
	return k, ok
}

// str reads a string whose opening quote is next. The bytes are valid until
// the next read.
func (s *scanner) str() ([]byte, bool) {
	start := s.pos + 1
	high := byte(0)
	for i := start; i < len(s.data); i++ {
		switch c := s.data[i]; {
		case c == '"':
			s.pos = i + 1
			text := s.data[start:i]
			if high >= utf8.RuneSelf && !utf8.Valid(text) {
				s.fail(start, "malformed JSON: the string is not UTF-8")
				return nil, false
			}
			return text, true
		case c == '\\':
			return s.escaped(start, i)
		case c < ' ':
			s.fail(i, "malformed JSON: the control character %#02x in a string", c)
			return nil, false
		default:
			high |= c
		}
	}
	s.fail(len(s.data), "malformed JSON: the text ends inside a string")
	return nil, false
}

// escaped finishes str from the first backslash on.
func (s *scanner) escaped(start, i int) ([]byte, bool) {
	s.buf = append(s.buf[:0], s.data[start:i]...)
	for i < len(s.data) {
		switch c := s.data[i]; {
		case c == '"':
			s.pos = i + 1
			if !utf8.Valid(s.buf) {
				s.fail(start, "malformed JSON: the string is not UTF-8")
				return nil, false
			}
			return s.buf, true
		case c == '\\':
			n := s.escape(i)
			if n == 0 {
				return nil, false
			}
			i += n
		case c < ' ':
			s.fail(i, "malformed JSON: the control character %#02x in a string", c)
			return nil, false
		default:
			s.buf = append(s.buf, c)
			i++
		}
	}
	s.fail(len(s.data), "malformed JSON: the text ends inside a string")
	return nil, false
}

// escape appends the escape sequence at i and returns its length, 0 if bad.
func (s *scanner) escape(i int) int {
	if i+1 < len(s.data) {
		switch c := s.data[i+1]; c {
		case '"', '\\', '/':
			s.buf = append(s.buf, c)
			return 2
		case 'b', 'f', 'n', 'r', 't':
			s.buf = append(s.buf, "\b\f\n\r\t"[bytes.IndexByte([]byte("bfnrt"), c)])
			return 2
		case 'u':
			return s.unicode(i)
		}
	}
	s.fail(i, "malformed JSON: a bad escape in a string")
	return 0
}

// unicode appends a \u escape, or a surrogate pair of them.
func (s *scanner) unicode(i int) int {
	r := hex4(s.data[i:])
	if r >= 0 && !utf16.IsSurrogate(r) {
		s.buf = utf8.AppendRune(s.buf, r)
		return 6
	}
	if r >= 0 {
		if low := hex4(s.data[i+6:]); low >= 0 {
			if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
				s.buf = utf8.AppendRune(s.buf, pair)
				return 12
			}
		}
	}
	s.fail(i, "malformed JSON: a bad \\u escape in a string")
	return 0
}

// hex4 reads \uXXXX at the start of b, -1 if it is not there.
func hex4(b []byte) rune {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return -1
	}
	var r rune
	for _, c := range b[2:6] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return -1
		}
		r = r<<4 | rune(c)
	}
	return r
}

// number reads a number that is next. integer says that it has neither a
// fraction nor an exponent.
func (s *scanner) number() (text []byte, integer bool) {
	start := s.pos
	if s.data[s.pos] == '-' {
		s.pos++
	}
	if s.pos < len(s.data) && s.data[s.pos] == '0' {
		s.pos++
	} else if !s.digits() {
		return nil, false
	}
	integer = true
	if s.pos < len(s.data) && s.data[s.pos] == '.' {
		s.pos++
		if integer = false; !s.digits() {
			return nil, false
		}
	}
	if s.pos < len(s.data) && s.data[s.pos]|0x20 == 'e' {
		s.pos++
		if s.pos < len(s.data) && (s.data[s.pos] == '+' || s.data[s.pos] == '-') {
			s.pos++
		}
		if integer = false; !s.digits() {
			return nil, false
		}
	}
	return s.data[start:s.pos], integer
}

func (s *scanner) digits() bool {
	start := s.pos
	for s.pos < len(s.data) && '0' <= s.data[s.pos] && s.data[s.pos] <= '9' {
		s.pos++
	}
	if s.pos == start {
		s.unexpected("a digit")
		return false
	}
	return true
}

// word consumes true, false or null if it is next.
func (s *scanner) word(w string) bool {
	if bytes.HasPrefix(s.data[min(s.pos, len(s.data)):], []byte(w)) {
		s.pos += len(w)
		return true
	}
	return false
}

// skip reads over the next value, whatever it is.
func (s *scanner) skip() {
	switch s.kind() {
	case '{':
		s.skipAll('}')
	case '[':
		s.skipAll(']')
	case '"':
		s.str()
	case '0':
		s.number()
	default:
		if !s.word("true") && !s.word("false") && !s.word("null") {
			s.unexpected("a value")
		}
	}
}

func (s *scanner) skipAll(end byte) {
	if !s.open() {
		return
	}
	for n := 0; s.more(n, end); n++ {
		if end == '}' {
			if _, ok := s.key(); !ok {
				return
			}
		}
		s.skip()
	}
}

// end checks that nothing but white space is left.
func (s *scanner) end() {
	if s.fault == nil && s.kind() != 0 {
		s.unexpected("the end of the text")
	}
}
