package problems_test

import (
	"fmt"
	"strings"
	"testing"

	"mockserver/internal/problems"
)

type problem int

func (p problem) String() string { return fmt.Sprintf("line %d is wrong", int(p)) }

func TestText(t *testing.T) {
	t.Parallel()
	var list problems.List[problem]
	list.Add(1)
	if got, want := problems.Text("no good", list.Problems, list.Count), "no good: 1 problem\n  line 1 is wrong"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	for n := range problems.Max + 4 {
		list.Add(problem(n + 2))
	}
	got := strings.Split(problems.Text("no good", list.Problems, list.Count), "\n")
	if len(got) != problems.Max+2 || got[0] != "no good: 105 problems" || got[problems.Max] != "  line 100 is wrong" || got[problems.Max+1] != "  ... and 5 more" {
		t.Errorf("%q", got)
	}
}
