// Package problems gathers all that is wrong with an input, so that its author
// hears of everything at once, and words it.
package problems

import (
	"fmt"
	"strings"
)

// Max is how many problems are kept and listed; all are counted.
const Max = 100

// List is the problems of an input. The zero List is empty.
type List[P fmt.Stringer] struct {
	Problems []P // the first Max
	Count    int // all, kept or not
}

// Add adds a problem.
func (l *List[P]) Add(p P) {
	l.Count++
	if len(l.Problems) < Max {
		l.Problems = append(l.Problems, p)
	}
}

// Text says what is wrong, "the fixtures are not valid", how often, and lists
// the problems, one a line.
func Text[P fmt.Stringer](what string, list []P, count int) string {
	var b strings.Builder
	b.WriteString(what)
	if count == 1 {
		b.WriteString(": 1 problem")
	} else {
		fmt.Fprintf(&b, ": %d problems", count)
	}
	for _, p := range list {
		b.WriteString("\n  ")
		b.WriteString(p.String())
	}
	if more := count - len(list); more > 0 {
		fmt.Fprintf(&b, "\n  ... and %d more", more)
	}
	return b.String()
}
