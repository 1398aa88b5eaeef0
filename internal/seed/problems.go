package seed

import (
	"fmt"
	"strings"

	"mockserver/internal/problems"
)

// MaxProblems is how many problems an Error lists; Error.Count has them all.
const MaxProblems = problems.Max

// Problem is one rule that the fixtures break.
type Problem struct {
	File string // "identities.json"; "" in a document (LoadDocument) or a Patch
	// Pointer is the JSON Pointer (RFC 6901) of the value at fault. The records
	// of an .ndjson file count from 0 as the elements of an array do. "" is the
	// whole file.
	Pointer string
	// Line and Column, from 1, say where malformed JSON stops making sense;
	// Column counts bytes. Both are 0 for any other problem.
	Line, Column int
	Rule         string // what is wrong, naming the rule
	// Allowed are the names or values of which there should have been one, where
	// these can be listed. Rule names them, too.
	Allowed []string
}

// String is the problem on one line.
func (p Problem) String() string {
	place := p.File
	if p.Line > 0 {
		place = strings.TrimPrefix(fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column), ":")
	}
	if p.Pointer != "" {
		place = strings.TrimSpace(place + " " + p.Pointer)
	}
	if place == "" {
		return p.Rule
	}
	return place + ": " + p.Rule
}

// Error says that fixtures are not valid. It is the only error of Load that
// the author of the fixtures can mend by editing them.
type Error struct {
	Problems []Problem // in the order of the files; at most MaxProblems
	Count    int       // all problems, listed or not
}

// Error lists the problems, one a line.
func (e *Error) Error() string {
	return problems.Text("the fixtures are not valid", e.Problems, e.Count)
}

// findings collects what is wrong.
type findings struct {
	problems.List[Problem]
	// tell, if not nil, is told each problem, and of one that something is not
	// there, what; then nothing is kept but the count.
	tell func(p Problem, missing reference)
}

// reference is what a record refers to: "entitlement" and an id or key.
type reference struct{ what, id string }

// Add adds a problem.
func (f *findings) Add(p Problem) { f.miss(p, reference{}) }

// miss adds the problem that what is referred to is not there.
func (f *findings) miss(p Problem, what reference) {
	if f.tell == nil {
		f.List.Add(p)
		return
	}
	f.Count++
	f.tell(p, what)
}

func (f *findings) addf(file, pointer, format string, args ...any) {
	f.Add(Problem{File: file, Pointer: pointer, Rule: fmt.Sprintf(format, args...)})
}

func (f *findings) err() error {
	if f.Count == 0 {
		return nil
	}
	return &Error{Problems: f.Problems, Count: f.Count}
}
