package criteria

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWords(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"":                        nil,
		" - ":                     nil,
		"amanda.ross":             {"amanda.ross"},
		"The end.":                {"The", "end"},
		"a..b":                    {"a", "b"},
		"o'neil O’Neil 'x'":       {"o'neil", "O’Neil", "x"},
		"San-Marcos, TX":          {"San", "Marcos", "TX"},
		"a@b.com":                 {"a", "b.com"},
		"snake_case v1.2":         {"snake_case", "v1.2"},
		"Zoë Ünal e\u0301t\u00e9": {"Zoë", "Ünal", "e\u0301t\u00e9"},
	} {
		if diff := cmp.Diff(want, newPhrase(text).words); diff != "" {
			t.Errorf("words of %q (-want +got):\n%s", text, diff)
		}
	}
}

// texts lists every text of up to n of the letters.
func texts(letters string, n int) []string {
	all := []string{""}
	for from := 0; n > 0; n-- {
		to := len(all)
		for _, prefix := range all[from:to] {
			for _, letter := range letters {
				all = append(all, prefix+string(letter))
			}
		}
		from = to
	}
	return all
}

// Every short pattern agrees with a regular expression on every short text.
func TestGlobAgreesWithRegexp(t *testing.T) {
	t.Parallel()
	values := texts("ab", 5)
	for _, pattern := range texts("ab*?", 4) {
		runes := []rune(pattern)
		for i, r := range runes {
			switch r {
			case '*':
				runes[i] = anyText
			case '?':
				runes[i] = anyOne
			}
		}
		g := newGlob(runes, false)
		oracle := regexp.MustCompile("^" + strings.NewReplacer("*", ".*", "?", ".").Replace(pattern) + "$")
		for _, value := range values {
			if got, want := g.covers(value), oracle.MatchString(value); got != want {
				t.Errorf("%s covers %q = %t, want %t", pattern, value, got, want)
			}
		}
	}
}

// A pattern made to backtrack stays cheap: exponential work would never end.
func TestGlobDoesNotExplode(t *testing.T) {
	t.Parallel()
	text := "name:" + strings.Repeat("a*", 4000) + "b"
	q, err := Parse(text, names{})
	if err != nil {
		t.Fatal(err)
	}
	d := person{fields: map[string][]string{"name": one(strings.Repeat("a", 5000))}}
	if q.Match(d) {
		t.Error("matches a value without the b")
	}
}
