package query

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzFilters: no text panics, and what is accepted prints to a normal form
// that means the same and is its own normal form.
func FuzzFilters(f *testing.F) {
	for _, seed := range []string{
		"", `saved eq "true" and name sw "RM Session"`,
		`(name co "int")and (name sw "2c9180907")and (name eq "COMMON")and ((name co "entt")or (saved eq true))`,
		`not quality eq 1 or quality eq 2 and not (quality gt 3 or saved eq false)`,
		`startDate gt 2018 or startDate le "2018-12-18T23:05:55.123456789+02:00"`,
		`entitlementRef.name sw "a\"b\\c"`, `name in ("a","b") or name ca ("c") or pr name or name isnull`,
		`popularity ge 1e-7 and popularity lt -0`, `saved EQ true`, `((((saved eq true`, `name eq "\`, "name eq \"\x00\"",
		`startDate gt 0000-01-01T00:00:00+01:00`, `quality in(1,2,+3)`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		first, err := sample().parseFilter(text)
		if err != nil || first == nil {
			return
		}
		normal := first.String()
		if len(normal) > MaxText {
			return // blanks and unabridged dates may make the normal form the longer one
		}
		second, err := sample().parseFilter(normal)
		if err != nil {
			t.Fatalf("%q has the normal form %q: %v", text, normal, err)
		}
		if diff := cmp.Diff(first, second); diff != "" {
			t.Fatalf("%q has the normal form %q, which differs:\n%s", text, normal, diff)
		}
		if again := second.String(); again != normal {
			t.Fatalf("the normal form of %q is %q", normal, again)
		}
	})
}

// FuzzSorters: no text panics, and what is accepted round-trips.
func FuzzSorters(f *testing.F) {
	for _, seed := range []string{"", "name", "-popularity,name", "populariity", " name , -popularity", ",", "-", "--name", "name,name"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		first, err := sample().parseSorters(text)
		if err != nil {
			return
		}
		parts := make([]string, len(first))
		for i, k := range first {
			parts[i] = k.String()
		}
		normal := strings.Join(parts, ",")
		second, err := sample().parseSorters(normal)
		if err != nil {
			t.Fatalf("%q: %v", normal, err)
		}
		if diff := cmp.Diff(first, second); diff != "" {
			t.Fatalf("%q does not round-trip:\n%s", text, diff)
		}
	})
}
