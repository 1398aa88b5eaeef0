package main

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
)

// harmless escapes in JSON what slog leaves as it is and a terminal obeys: DEL, the
// control codes from U+0080 to U+009F, and the marks that turn the direction of
// writing. JSON has these in strings only, where an escape says the same.
type harmless struct{ to io.Writer }

var obeyed = regexp.MustCompile(`[\x7f-\x{9f}\x{61c}\x{200e}\x{200f}\x{202a}-\x{202e}\x{2066}-\x{2069}]`)

// Write implements io.Writer. What it is given is whole lines.
func (h harmless) Write(lines []byte) (int, error) {
	out := lines
	if bytes.ContainsFunc(lines, func(r rune) bool { return r >= 0x7f }) {
		out = obeyed.ReplaceAllFunc(lines, func(sign []byte) []byte { return fmt.Appendf(nil, `\u%04x`, bytes.Runes(sign)[0]) })
	}
	if _, err := h.to.Write(out); err != nil {
		return 0, err
	}
	return len(lines), nil
}
