package spelling_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/spelling"
)

func TestDistance(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"", "ab", 2}, {"clock", "clock", 0}, {"Clock", "cLOCK", 0}, {"clokc", "clock", 2},
		{"snapshot", "snapshots", 1}, {"kitten", "sitting", 3}, {"größe", "grösse", 2},
	} {
		for _, pair := range [][2]string{{tc.a, tc.b}, {tc.b, tc.a}} {
			if got := spelling.Distance(pair[0], pair[1]); got != tc.want {
				t.Errorf("%q to %q: %d, want %d", pair[0], pair[1], got, tc.want)
			}
		}
	}
}

func TestNearestAndMeant(t *testing.T) {
	t.Parallel()
	names := []string{"faults", "clock", "settings", "journal"}
	if diff := cmp.Diff([]string{"clock", "faults", "journal", "settings"}, spelling.Nearest(names, "CLOK")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if names[0] != "faults" {
		t.Error("the argument was sorted")
	}
	for wrong, want := range map[string]string{"CLOK": "clock", "seting": "settings", "fault": "faults", "x": "", "": "", "nothing": ""} {
		got, ok := spelling.Meant(names, wrong)
		if ok != (want != "") || ok && got != want {
			t.Errorf("%q: %q, %v; want %q", wrong, got, ok, want)
		}
	}
	if got := spelling.Hint(names, "CLOK"); got != `, did you mean "clock"?` {
		t.Errorf("hint %q", got)
	}
	if got := spelling.Hint(names, "nothing"); got != "" {
		t.Errorf("hint %q of what is like nothing", got)
	}
	if got := spelling.Some([]string{"a", "b", "c", "d", "e", "f"}); got != "a, b, c, d, e, f" {
		t.Errorf("six: %q", got)
	}
	if got := spelling.Some([]string{"a", "b", "c", "d", "e", "f", "g"}); got != "a, b, c, d, e, … (7 in all)" {
		t.Errorf("seven: %q", got)
	}
	if _, ok := spelling.Meant(nil, "clock"); ok {
		t.Error("of no names one was meant")
	}
}
