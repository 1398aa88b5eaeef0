package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode"

	"mockserver/internal/config"
)

// No sign of a request reaches the log in a form that a terminal obeys, and what
// was said can be read back. internal/app's TestLogLinesAreWhole sends requests.
func TestLogSteersNoTerminal(t *testing.T) {
	t.Parallel()
	const hostile = "ä\x1b[2J\u009b31m\u0085\x7f\u061c\u200e\u200f\u202a\u202e\u2066\u2069\x00\n\u2028 日本"
	for _, format := range []string{"json", "text"} {
		settings, err := config.Load([]string{"--log-format", format}, nil)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		log, flush := newLog(&out, settings)
		log.Info(hostile, "path", hostile)
		log.Info("plain", "path", "/v2026")
		flush()
		lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
		if len(lines) != 2 {
			t.Fatalf("%s: %d lines: %q", format, len(lines), lines)
		}
		for _, line := range lines {
			if i := strings.IndexFunc(line, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }); i >= 0 {
				t.Errorf("%s: a sign at %d steers a terminal: %q", format, i, line)
			}
		}
		if format == "text" {
			continue
		}
		var read struct{ Msg, Path string }
		if err := json.Unmarshal([]byte(lines[0]), &read); err != nil || read.Msg != hostile || read.Path != hostile {
			t.Errorf("read back %q, %v", read, err)
		}
	}
}
