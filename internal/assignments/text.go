package assignments

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	chunk      = 1 << 16 // how many bytes are read and checked at once
	sampleSize = 1 << 18 // how many bytes are looked at to detect the delimiter
)

// progress adds up what is read of all inputs.
type progress struct {
	read, total, told int64
	tell              func(read, total int64)
}

func (p *progress) add(n int, end bool) {
	p.read += int64(n)
	if p.tell != nil && (end || p.read-p.told >= 1<<20) {
		p.told = p.read
		p.tell(p.read, p.total)
	}
}

// textReader passes a text on without its byte order mark, and notes the lines
// that are no UTF-8 or hold NUL bytes.
type textReader struct {
	in       io.Reader
	out      *findings
	progress *progress
	buf      []byte
	ready    []byte // of buf, checked and not yet passed on
	carry    int    // bytes at the end of buf that begin a character
	line     int    // the line under way
	noted    int    // the last line with a problem
	started  bool
	err      error
}

func newTextReader(in io.Reader, out *findings, p *progress) *textReader {
	return &textReader{in: in, out: out, progress: p, buf: make([]byte, chunk), line: 1}
}

// Read implements io.Reader.
func (r *textReader) Read(p []byte) (int, error) {
	for len(r.ready) == 0 {
		if r.err != nil {
			return 0, r.err
		}
		r.fill()
	}
	n := copy(p, r.ready)
	r.ready = r.ready[n:]
	return n, nil
}

// fill reads and checks the next chunk.
func (r *textReader) fill() {
	kept := copy(r.buf, r.buf[len(r.buf)-r.carry:])
	n, err := io.ReadFull(r.in, r.buf[kept:])
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		r.err = io.EOF
	case err != nil:
		r.err = fmt.Errorf("read %s: %w", r.out.file, err)
	}
	r.progress.add(n, r.err != nil)
	text := r.buf[:kept+n]
	r.carry = 0
	if r.err == nil {
		r.carry = unfinished(text)
		text = text[:len(text)-r.carry]
	}
	if !r.started {
		r.started = true
		text = r.start(text)
	}
	r.check(text)
	r.ready = text
}

// start takes the byte order mark off, and refuses those of other encodings.
func (r *textReader) start(text []byte) []byte {
	if bytes.HasPrefix(text, []byte{0xff, 0xfe}) || bytes.HasPrefix(text, []byte{0xfe, 0xff}) {
		r.out.addf(1, "the text is UTF-16; save it as UTF-8")
		r.err = io.EOF
		return nil
	}
	return bytes.TrimPrefix(text, []byte("\ufeff"))
}

// unfinished is how many bytes at the end may be the beginning of a character.
func unfinished(text []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(text); n++ {
		if b := text[len(text)-n]; utf8.RuneStart(b) {
			if utf8.FullRune(text[len(text)-n:]) {
				return 0
			}
			return n
		}
	}
	return 0
}

// check notes the lines of a chunk that are not what they must be.
func (r *textReader) check(text []byte) {
	if bytes.IndexByte(text, 0) < 0 && utf8.Valid(text) {
		r.line += bytes.Count(text, []byte{'\n'})
		return
	}
	for line := range bytes.Lines(text) {
		if bytes.IndexByte(line, 0) >= 0 {
			r.note("there is a NUL byte; the file must be text, in UTF-8")
		} else if !utf8.Valid(line) {
			r.note("is not valid UTF-8; save the file as UTF-8")
		}
		if line[len(line)-1] == '\n' {
			r.line++
		}
	}
}

func (r *textReader) note(rule string) {
	if r.noted != r.line {
		r.noted = r.line
		r.out.addf(r.line, "%s", rule)
		r.out.broken = append(r.out.broken, r.line)
	}
}

// wrongName says what keeps a text from being an id or a name, "" for nothing.
func wrongName(text string) string {
	switch {
	case strings.TrimSpace(text) == "":
		return "is empty"
	case strings.IndexFunc(text, unicode.IsControl) >= 0:
		return "has a line break, a tab or another control character in it"
	default:
		return ""
	}
}
