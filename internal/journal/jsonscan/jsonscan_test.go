package jsonscan_test

import (
	"encoding/json"
	"strings"
	"testing"

	"mockserver/internal/journal/jsonscan"
)

// tokens writes the tokens of a text with bars between them.
func tokens(text string) string {
	var all []string
	for at := 0; ; {
		t, ok := jsonscan.Next([]byte(text), at)
		if !ok {
			return strings.Join(all, "|")
		}
		all, at = append(all, text[t.Start:t.End]), t.End
	}
}

func TestNext(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                           "",
		" \r\n\t":                    "",
		`{"a": [1, true,null]}`:      `{|"a"|:|[|1|,|true|,|null|]|}`,
		`"a\"b" "c`:                  `"a\"b"|"c`,
		`"\\"x`:                      `"\\"|x`,
		`"a\`:                        `"a\`,
		`a=b&c=d:e`:                  `a=b&c=d|:|e`,
		`{client_secret:'x y'}`:      `{|client_secret|:|'x|y'|}`,
		"\xff\x00 -1.5e3":            "\xff\x00|-1.5e3",
		`}},,`:                       `}|}|,|,`,
		`{"open": {"and": "never cl`: `{|"open"|:|{|"and"|:|"never cl`,
	} {
		if got := tokens(text); got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
}

func TestUnquote(t *testing.T) {
	t.Parallel()
	for token, want := range map[string]string{
		`"a"`: "a", `""`: "", `"a\nb"`: "a\nb", `"secre\u0074"`: "secret", `"cut`: "cut", `"`: "", `"bad\q"`: `bad\q`, `"cut\u00`: `cut\u00`,
	} {
		if got := jsonscan.Unquote([]byte(token)); got != want {
			t.Errorf("%s is %q, want %q", token, got, want)
		}
	}
}

func TestSkipValue(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"a":{"b":[1]}} , 2`: `{"a":{"b":[1]}}`, `[[],[]]]`: `[[],[]]`, `"x",1`: `"x"`, `12,1`: `12`, `{"a":"}"`: `{"a":"}"`, `[1`: `[1`,
	} {
		first, _ := jsonscan.Next([]byte(text), 0)
		if got := text[:jsonscan.SkipValue([]byte(text), first)]; got != want {
			t.Errorf("the value of %s is %s, want %s", text, got, want)
		}
	}
}

// Tokens come one after the other with nothing but blanks between them, and a text
// that is JSON is one value.
func FuzzNext(f *testing.F) {
	for _, seed := range []string{`{"a":[1,"b\"",null]}`, `"x`, `[[{`, "a:\x80,'", `{"a" 1}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		at := 0
		for {
			token, ok := jsonscan.Next([]byte(text), at)
			if !ok {
				break
			}
			if token.Start < at || token.End <= token.Start || strings.Trim(text[at:token.Start], " \t\r\n") != "" {
				t.Fatalf("%+v after %d of %q", token, at, text)
			}
			if token.Kind == jsonscan.String {
				jsonscan.Unquote([]byte(text[token.Start:token.End]))
			}
			at = token.End
		}
		if rest := strings.Trim(text[at:], " \t\r\n"); rest != "" {
			t.Fatalf("%q is left of %q", rest, text)
		}
		if first, ok := jsonscan.Next([]byte(text), 0); ok && json.Valid([]byte(text)) {
			if end := jsonscan.SkipValue([]byte(text), first); strings.Trim(text[end:], " \t\r\n") != "" {
				t.Fatalf("%q has its value end at %d", text, end)
			}
		}
	})
}
