package assignments

import (
	"fmt"
	"strings"
)

// A delimiter that files use, in the order in which it is preferred.
type candidate struct {
	delimiter Delimiter
	sign      byte
}

func candidates() []candidate {
	return []candidate{{DelimiterTab, '\t'}, {DelimiterSemicolon, ';'}, {DelimiterComma, ','}, {DelimiterPipe, '|'}}
}

// sign is what a delimiter is in the file; 0 for blanks, which are several.
func sign(d Delimiter) byte {
	for _, c := range candidates() {
		if c.delimiter == d {
			return c.sign
		}
	}
	return 0
}

// detectDelimiter looks at the beginning of a text. A delimiter that makes the
// first line a header is it. Otherwise it is what most lines have, and half of
// them at least; among equals, what all lines have equally often. If there is
// none, it is blanks.
func detectDelimiter(sample string) Delimiter {
	lines := sampleLines(sample)
	if len(lines) == 0 {
		return DelimiterBlank
	}
	for _, c := range candidates() {
		if recognise(splitLoosely(lines[0], c.sign)).known() {
			return c.delimiter
		}
	}
	if recognise(strings.Fields(lines[0])).known() {
		return DelimiterBlank
	}
	best, bestScore := DelimiterBlank, 0
	for _, c := range candidates() {
		if s := score(lines, c.sign); s > bestScore {
			best, bestScore = c.delimiter, s
		}
	}
	return best
}

// detectHeaderDelimiter is the delimiter of a header: what it has most of.
func detectHeaderDelimiter(sample string) Delimiter {
	lines := sampleLines(sample)
	best, most := DelimiterComma, 0
	for _, c := range candidates() {
		if len(lines) == 0 {
			break
		}
		if n := count(lines[0], c.sign); n > most {
			best, most = c.delimiter, n
		}
	}
	return best
}

// sampleLines are the lines that hold records, the last only if it is whole.
func sampleLines(sample string) []string {
	all := strings.Split(sample, "\n")
	if len(sample) == sampleSize && len(all) > 1 {
		all = all[:len(all)-1]
	}
	var lines []string
	for _, line := range all {
		if line = strings.TrimRight(line, "\r"); strings.TrimSpace(line) != "" && !strings.HasPrefix(strings.TrimLeft(line, " \t"), "#") {
			lines = append(lines, line)
		}
	}
	return lines
}

// score is 0 for a delimiter that less than half of the lines have, else the
// greater the more lines have it, and then the more evenly.
func score(lines []string, sign byte) int {
	having, even, first := 0, true, count(lines[0], sign)
	for _, line := range lines {
		n := count(line, sign)
		if n > 0 {
			having++
		}
		even = even && n == first
	}
	if 2*having < len(lines) {
		return 0
	}
	if even {
		return 2*having + 1
	}
	return 2 * having
}

// count is how often a sign stands outside of double quotes.
func count(line string, sign byte) int {
	n, quoted := 0, false
	for i := range len(line) {
		switch {
		case line[i] == '"':
			quoted = !quoted
		case line[i] == sign && !quoted:
			n++
		}
	}
	return n
}

func splitLoosely(line string, sign byte) []string {
	fields := strings.Split(line, string(rune(sign)))
	for i, f := range fields {
		fields[i] = strings.Trim(f, ` "`)
	}
	return fields
}

// shape is what tells pairs from lists.
type shape struct {
	records int
	users   int  // different users
	misfits int  // records that cannot be pairs
	misfit  int  // the first of them
	triples int  // records of three fields
	triple  int  // the first of them
	thirds  int  // different third fields
	shared  bool // a text is second and third field
}

// detectFormat tells pairs from lists where no header names a user and an
// entitlement, and says what doubt there is. user is the column of the user in
// pairs, and width the most fields of one.
//
// Users of a list have a line each, those of pairs mostly several. So where
// users occur again, a few records that do not fit are mistakes; where they do
// not, they say that these are lists. Where all records fit and no user occurs
// again, two fields mean the same either way, and a third is an application if
// the third fields are few and none of them is a second field as well.
func (t *table) detectFormat(first, user, width int, header bool) (Format, string) {
	s := t.shape(first, user, width, header)
	again := 2*s.users <= s.records
	switch {
	case s.misfits > 0 && again && 20*s.misfits <= s.records:
		return FormatPairs, ""
	case s.misfits > 0:
		return FormatLists, fmt.Sprintf("lists because %d of %d lines cannot be pairs (the first is line %d, with %s); if they are mistakes, --format pairs tells which",
			s.misfits, s.records, t.line(s.misfit), fieldCount(len(t.record(s.misfit))))
	case header || s.triples == 0:
		return FormatPairs, ""
	case again && s.triples < s.records:
		return FormatPairs, fmt.Sprintf("%d of %d lines have a third field, which was taken for the application (the first is line %d, %q); if a delimiter in a name made it, quote the name; if it is another entitlement, --format lists",
			s.triples, s.records, t.line(s.triple), short(t.texts[t.record(s.triple)[2]]))
	case again:
		return FormatPairs, ""
	case s.users < s.records || !s.shared && 2*s.thirds <= s.triples:
		return FormatPairs, "the third field of a line was taken for the application of the second; if it is another entitlement, --format lists"
	default:
		return FormatLists, "the third field of a line was taken for a second entitlement; if it is the application of the first, --format pairs"
	}
}

func fieldCount(n int) string {
	if n == 1 {
		return "1 field"
	}
	return fmt.Sprintf("%d fields", n)
}

// short cuts a text that is quoted in a message.
func short(text string) string {
	const most = 60
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return string(runes[:most-1]) + "…"
}

func (t *table) shape(first, user, width int, header bool) shape {
	const isUser, isSecond, isThird = 1, 2, 4
	seen := make([]uint8, len(t.texts))
	s := shape{records: t.len() - first}
	mark := func(at symbol, as uint8) bool {
		fresh := seen[at]&as == 0
		seen[at] |= as
		s.shared = s.shared || seen[at]&(isSecond|isThird) == isSecond|isThird
		return fresh
	}
	for i := first; i < t.len(); i++ {
		record := t.record(i)
		if mark(t.at(record, user), isUser) {
			s.users++
		}
		if len(record) > width || len(record) < 2 && !header {
			if s.misfits++; s.misfits == 1 {
				s.misfit = i
			}
		}
		mark(t.at(record, 1), isSecond)
		if len(record) == 3 {
			if s.triples++; s.triples == 1 {
				s.triple = i
			}
			if mark(record[2], isThird) {
				s.thirds++
			}
		}
	}
	return s
}

// numeric says that all fields from a record on are whole numbers.
func (t *table) numeric(from int) bool {
	if from >= t.len() {
		return false
	}
	for i := from; i < t.len(); i++ {
		for _, s := range t.record(i) {
			if !isNumber(t.texts[s]) {
				return false
			}
		}
	}
	return true
}

func isNumber(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}
