// Package spelling finds out what a wrong name was meant to be.
package spelling

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Nearest sorts names by how near they are to a wrong one, and then as they were.
// The argument stays as it is.
func Nearest(names []string, wrong string) []string {
	sorted := slices.Clone(names)
	slices.SortStableFunc(sorted, func(a, b string) int { return cmp.Compare(Distance(wrong, a), Distance(wrong, b)) })
	return sorted
}

// Meant is the name that a wrong one is likely to stand for, with ok false if it is
// like none of them: at most a third of its letters may be wrong.
func Meant(names []string, wrong string) (name string, ok bool) {
	if len(names) == 0 || wrong == "" {
		return "", false
	}
	name = Nearest(names, wrong)[0]
	return name, 3*Distance(wrong, name) <= len([]rune(wrong))
}

// Hint is the question whether the name was meant that a wrong one is likely to stand
// for, to be put behind the wrong one; "" if it is like none of them.
func Hint(names []string, wrong string) string {
	name, ok := Meant(names, wrong)
	if !ok {
		return ""
	}
	return fmt.Sprintf(", did you mean %q?", name)
}

// Some are names for one line: all of them, or the first five and a sign that there
// are more. Of names that are sorted by Nearest those are the likeliest.
func Some(names []string) string {
	const most = 5
	if len(names) <= most+1 { // a sign is no shorter than one name
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:most], ", ") + fmt.Sprintf(", … (%d in all)", len(names))
}

// Distance is the number of letters to insert, remove or change to make one text
// of another, whatever their case (Levenshtein 1965). Of texts longer than any
// name, 100 letters, only the beginning is looked at.
func Distance(a, b string) int {
	const most = 100
	from, to := []rune(strings.ToLower(a)), []rune(strings.ToLower(b))
	from, to = from[:min(len(from), most)], to[:min(len(to), most)]
	row := make([]int, len(to)+1)
	for j := range row {
		row[j] = j
	}
	for i, x := range from {
		diagonal := row[0]
		row[0] = i + 1
		for j, y := range to {
			cost := diagonal
			if x != y {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(to)]
}
