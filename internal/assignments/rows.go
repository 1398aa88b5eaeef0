package assignments

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
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
	picked     bool // the records hold user, entitlement and application only
	three      [3]string
}

// readRows reads a file of assignments. An error is one of reading; what is
// wrong with the file is noted in out.
func readRows(in Input, opts Options, p *progress, out *findings) (*rows, error) {
	r := &rows{opts: opts, out: out, table: newTable(), columns: positions()}
	text, sample, err := open(in, p, out)
	if err != nil {
		return nil, err
	}
	r.delimiter = opts.Delimiter
	if r.delimiter == DelimiterAuto {
		r.delimiter = detectDelimiter(sample)
	}
	if err := read(text, r.delimiter, out, r.add); err != nil {
		return nil, err
	}
	if r.table.len() > 0 {
		r.findHeader()
		r.findFormat()
	}
	return r, nil
}

// open begins to read a file, and looks at its first bytes.
func open(in Input, p *progress, out *findings) (*bufio.Reader, string, error) {
	text := bufio.NewReaderSize(newTextReader(in.Reader, out, p), sampleSize)
	sample, err := text.Peek(sampleSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, "", err
	}
	return text, string(sample), nil
}

// add takes a record. The first may be the header.
func (r *rows) add(line int, fields []string) bool {
	if r.table.len() == 0 && r.header == nil {
		if r.opts.Header == HeaderYes || r.opts.Header == HeaderAuto && recognise(fields).known() {
			return r.takeHeader(line, fields)
		}
	}
	if !r.picked {
		r.table.add(line, fields)
		return true
	}
	if len(fields) > len(r.header) {
		r.out.addf(line, "has %d fields, but the header names %d columns", len(fields), len(r.header))
		return true
	}
	pick := func(at int) string {
		if at < 0 || at >= len(fields) {
			return ""
		}
		return fields[at]
	}
	r.three = [3]string{pick(r.columns.user), pick(r.columns.entitlement), pick(r.columns.application)}
	r.table.add(line, r.three[:])
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
		r.out.addf(line, "%s; or set the format to lists, if a line holds all entitlements of a user", rule)
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
	const rule = "%q may be the name of a column or an entry of the file; set header to yes or to no"
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
	case r.picked:
		r.format = FormatPairs
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
			r.out.addf(line, "has %d fields; %s", len(record), r.tooWide())
			continue
		}
		c := r.columns
		if r.picked {
			c = positions()
		}
		h.pair(line, r.table.at(record, c.user), r.table.at(record, c.entitlement), r.table.at(record, c.application))
	}
	return h
}

func (r *rows) tooWide() string {
	rule := "a line holds a user, an entitlement and perhaps an application"
	if r.header != nil {
		rule = fmt.Sprintf("the header names %d columns", len(r.header))
	}
	if r.opts.Format == FormatAuto {
		rule += " (or set the format to lists, if it holds all entitlements of a user)"
	}
	return rule
}
