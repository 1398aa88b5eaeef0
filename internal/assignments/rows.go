package assignments

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// rows is a file of assignments as it was read: records, and what they were
// found to be.
type rows struct {
	opts       Options
	out        *findings
	table      *table
	delimiter  Delimiter
	format     Format
	doubt      string // why another form is possible, too
	header     []string
	headerLine int
	first      int // the first record that is not the header
	columns    columns
	picked     bool // the records hold the columns with a meaning only
	fields     [4]string
	widest     int       // the most fields of a record that is not the header
	looks      Delimiter // what the file looks separated by
	firstLine  string    // the first record, taken for data without being told so
	unread     bool      // there are lines that are in no record
}

// readRows reads a file of assignments. An error is one of reading; what is
// wrong with the file is noted in out.
func readRows(in Input, opts Options, p *progress, out *findings) (*rows, error) {
	r := &rows{opts: opts, out: out, table: newTable(), columns: positions()}
	f, err := open(in, p, out)
	if err != nil {
		return nil, err
	}
	r.looks = detectDelimiter(f.sample)
	r.delimiter = cmp.Or(stated(opts.Delimiter), f.delimiter(out), r.looks)
	if err := read(f.text, r.delimiter, out, r.add); err != nil {
		return nil, err
	}
	r.unread = out.count > 0
	if r.table.len() > 0 {
		r.findHeader()
		r.findFormat()
		r.firstLine = r.firstData()
	}
	return r, nil
}

// stated is a delimiter that was stated, "" for none.
func stated(d Delimiter) Delimiter {
	if d == DelimiterAuto {
		return ""
	}
	return d
}

// opened is a file whose first bytes were looked at.
type opened struct {
	text   *bufio.Reader
	sample string
	sep    string // what a first line "sep=;" says, "" where there is none
}

// open begins to read a file. A first line that names the delimiter, as Excel
// writes and reads it, becomes a comment.
func open(in Input, p *progress, out *findings) (opened, error) {
	text := bufio.NewReaderSize(newTextReader(in.Reader, out, p), sampleSize)
	peeked, err := text.Peek(sampleSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return opened{}, err
	}
	f := opened{text: text, sample: string(peeked)}
	line, rest, more := strings.Cut(f.sample, "\n")
	plain := strings.Trim(strings.TrimRight(line, "\r"), `"`)
	if len(plain) < 5 || !strings.EqualFold(plain[:4], "sep=") || utf8.RuneCountInString(plain[4:]) != 1 {
		return f, nil
	}
	f.sep, f.sample = plain[4:], rest
	if _, err := text.Discard(len(line) + len("\n")); err != nil && more {
		return f, err
	}
	f.text = bufio.NewReader(io.MultiReader(strings.NewReader("#\n"), text))
	return f, nil
}

// delimiter is what the file says of it, "" for nothing.
func (f opened) delimiter(out *findings) Delimiter {
	if f.sep == "" {
		return ""
	}
	d, err := ParseDelimiter(f.sep)
	if err != nil {
		out.addf(1, "the line names a delimiter that is not understood: %s", err)
		return ""
	}
	return d
}

// add takes a record. The first may be the header.
func (r *rows) add(line int, fields []string) bool {
	if r.table.len() == 0 && r.header == nil {
		if r.opts.Header == HeaderYes || r.opts.Header == HeaderAuto && recognise(fields).known() {
			return r.takeHeader(line, fields)
		}
	}
	r.widest = max(r.widest, len(fields))
	if !r.picked {
		r.table.add(line, fields)
		return true
	}
	if len(fields) > len(r.header) {
		r.out.addf(line, "%s", r.tooWide(len(fields)))
		return true
	}
	pick := func(at int) string {
		if at < 0 || at >= len(fields) {
			return ""
		}
		return fields[at]
	}
	r.fields = [4]string{pick(r.columns.user), pick(r.columns.entitlement), pick(r.columns.application), pick(r.columns.name)}
	r.table.add(line, r.fields[:])
	return true
}

// takeHeader finds the columns. Without them there is nothing to read.
func (r *rows) takeHeader(line int, header []string) bool {
	r.header, r.headerLine = slices.Clone(header), line
	if r.opts.Format == FormatLists {
		return true
	}
	var rule string
	if r.columns, rule = headerColumns(r.header); rule != "" {
		r.out.addf(line, "%s; or --format lists, if a line holds all entitlements of a user", rule)
		return false
	}
	r.picked = r.columns.others(r.header)
	return true
}

// findHeader decides whether the first record is a header where its words do
// not say so: it has no number and all others have nothing else.
func (r *rows) findHeader() {
	if r.opts.Header != HeaderAuto || r.header != nil {
		return
	}
	words := r.table.words(0)
	if r.table.numeric(1) && !slices.ContainsFunc(words, isNumber) {
		r.header, r.headerLine, r.first = words, r.table.line(0), 1
		r.columns = recognise(words).fillIn(len(words))
		return
	}
	user := find(words[:1], userWords) == 0
	entitlement := r.opts.Format != FormatLists && len(words) > 1 && len(words) <= 3 && find(words[1:2], entitlementWords) == 0
	const rule = "%q may be the name of a column or an entry of the file; say --header yes or --header no"
	switch {
	case user:
		r.out.addf(r.table.line(0), rule, words[0])
	case entitlement:
		r.out.addf(r.table.line(0), rule, words[1])
	}
}

// findFormat decides what the records are.
func (r *rows) findFormat() {
	r.format = r.opts.Format
	switch {
	case r.format != FormatAuto:
	case r.picked, recognise(r.header).known():
		r.format = FormatPairs // a line that does not fit is a mistake
	default:
		r.format, r.doubt = r.table.detectFormat(r.first, r.columns.user, r.width(), r.header != nil)
	}
	if c := recognise(r.header); r.format == FormatLists && c.known() && c.user > 0 {
		r.out.addf(r.headerLine, "column %d of the header is the user, but a line that holds all entitlements of a user begins with the user", c.user+1)
	}
}

// width is the most fields that a pair may have.
func (r *rows) width() int {
	if r.header != nil && len(r.header) < 3 {
		return len(r.header)
	}
	return 3
}

// holdings takes the records for what they are.
func (r *rows) holdings() *holdings {
	h := newHoldings(r.table, r.out, r.opts.SourceName)
	for i := r.first; i < r.table.len(); i++ {
		record, line := r.table.record(i), r.table.line(i)
		if r.format == FormatLists {
			h.list(line, record)
			continue
		}
		if !r.picked && len(record) > r.width() {
			r.out.addf(line, "%s", r.tooWide(len(record)))
			continue
		}
		c := r.columns
		if r.picked {
			c = picked()
		}
		h.pair(line, r.table.at(record, c.user), r.table.at(record, c.entitlement), r.table.at(record, c.application), r.table.at(record, c.name))
	}
	return h
}

// tooWide says that a line has more fields than a pair can.
func (r *rows) tooWide(n int) string {
	rule := fmt.Sprintf("has %d fields; a line holds a user, an entitlement and perhaps an application", n)
	if r.header != nil {
		rule = fmt.Sprintf("has %s, the header names %d", fieldCount(n), len(r.header))
	}
	var remedies []string
	if r.delimiter != DelimiterBlank {
		remedies = append(remedies, fmt.Sprintf("quote a %s in a value", r.delimiter))
	}
	if r.opts.Format == FormatAuto {
		remedies = append(remedies, "--format lists, if a line holds all entitlements of a user")
	}
	if len(remedies) > 0 {
		rule += "; " + strings.Join(remedies, ", or ")
	}
	return rule
}

// nothing says why there cannot be an assignment in the file, "" where there
// may be one.
func (r *rows) nothing() string {
	switch {
	case r.table.len() == 0 && r.header == nil:
		return "there are no assignments: the file is empty, or has empty lines and comments only"
	case r.table.len() == r.first:
		return fmt.Sprintf("there are no assignments: the header on line %d is all there is", r.headerLine)
	case r.widest > 1:
		return ""
	}
	rule := fmt.Sprintf("no line has more than one field; is the delimiter right? It was read as %s", r.delimiter)
	if r.looks != r.delimiter && r.looks != DelimiterBlank {
		return fmt.Sprintf("%s, but looks like --delimiter %s", rule, r.looks)
	}
	return rule + "; --delimiter states another: comma, semicolon, tab, pipe or blank"
}

// firstData is the first record if it was taken for data without being told so.
func (r *rows) firstData() string {
	if r.header != nil || r.opts.Header != HeaderAuto {
		return ""
	}
	between := " "
	if s := sign(r.delimiter); s != 0 {
		between = string(rune(s))
	}
	return short(strings.Join(r.table.words(0), between))
}
