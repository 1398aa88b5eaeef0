package assignments

import (
	"cmp"
	"fmt"
	"slices"

	"mockserver/internal/problems"
)

// MaxProblems is how many problems an Error lists; Error.Count has them all.
const MaxProblems = problems.Max

// Problem is one thing that keeps a file from being imported.
type Problem struct {
	File   string // Input.Name
	Line   int    // from 1; 0 for the file as a whole
	Column int    // in bytes from 1, where a place in the line is known; else 0
	Rule   string // what is wrong and what to do about it
}

// String is the problem on one line: "access.csv:17: ...".
func (p Problem) String() string {
	switch {
	case p.Line == 0:
		return p.File + ": " + p.Rule
	case p.Column == 0:
		return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Rule)
	default:
		return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Rule)
	}
}

// Error says that the files cannot be imported. It is the error of Import that
// their author can mend by editing them or by stating what they are.
type Error struct {
	// Problems are those of the assignments, then those of the identities, by
	// line; at most MaxProblems, of which the many of one file leave the other
	// half.
	Problems []Problem
	Count    int // all problems, listed or not
}

// Error lists the problems, one a line.
func (e *Error) Error() string {
	return problems.Text("the files cannot be imported", e.Problems, e.Count)
}

// findings collects what is wrong with one file.
type findings struct {
	file   string
	list   []Problem
	count  int
	broken []int // lines that are no text, ascending; nothing else is said of them
}

func (p *findings) addf(line int, format string, args ...any) {
	p.addAt(line, 0, fmt.Sprintf(format, args...))
}

func (p *findings) addAt(line, column int, rule string) {
	if _, broken := slices.BinarySearch(p.broken, line); broken {
		return
	}
	p.count++
	if len(p.list) < 2*MaxProblems {
		p.list = append(p.list, Problem{File: p.file, Line: line, Column: column, Rule: rule})
	}
}

// errorOf is the Error of all files, or nil if there are no problems.
func errorOf(files ...*findings) error {
	e := &Error{}
	for _, p := range files {
		slices.SortStableFunc(p.list, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
		e.Count += p.count
	}
	if e.Count == 0 {
		return nil
	}
	room := MaxProblems
	for i, p := range files {
		rest := 0 // what those behind need
		for _, later := range files[i+1:] {
			rest += len(later.list)
		}
		share := room / (len(files) - i)
		take := min(len(p.list), max(share, room-rest))
		e.Problems = append(e.Problems, p.list[:take]...)
		room -= take
	}
	return e
}
