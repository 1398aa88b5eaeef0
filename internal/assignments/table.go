package assignments

import (
	"bufio"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
)

// symbol stands for a text of a table; equal texts, equal symbols.
type symbol int32

// none is the symbol of the empty text.
const none symbol = 0

// table holds the records of a file, each text once.
type table struct {
	texts   []string // by symbol
	symbols map[string]symbol
	fields  []symbol // of all records, in a row
	ends    []uint32 // by record: where its fields end in fields
	lines   []uint32 // by record: where it begins
}

func newTable() *table {
	return &table{texts: []string{""}, symbols: map[string]symbol{"": none}}
}

// add keeps a record.
func (t *table) add(line int, fields []string) {
	for _, f := range fields {
		t.fields = append(t.fields, t.symbol(f))
	}
	t.ends = append(t.ends, uint32(len(t.fields)))
	t.lines = append(t.lines, uint32(line))
}

func (t *table) symbol(text string) symbol {
	s, ok := t.symbols[text]
	if !ok {
		text = strings.Clone(text) // a field is a piece of its whole line
		s = symbol(len(t.texts))
		t.texts = append(t.texts, text)
		t.symbols[text] = s
	}
	return s
}

// line is where a record begins.
func (t *table) line(i int) int { return int(t.lines[i]) }

// len is the number of records.
func (t *table) len() int { return len(t.ends) }

// record is the fields of a record.
func (t *table) record(i int) []symbol {
	start := uint32(0)
	if i > 0 {
		start = t.ends[i-1]
	}
	return t.fields[start:t.ends[i]]
}

// words is a record as texts.
func (t *table) words(i int) []string {
	fields := t.record(i)
	out := make([]string, len(fields))
	for k, s := range fields {
		out[k] = t.texts[s]
	}
	return out
}

// at is a field of a record, or none where the record is shorter.
func (t *table) at(record []symbol, column int) symbol {
	if column < 0 || column >= len(record) {
		return none
	}
	return record[column]
}

// read calls each with the line and the fields of every record: without blanks
// around them, and without empty fields at the end. Comments and lines without
// any field are left out. A record that breaks the rules of quoting is noted in
// out. fields are valid until each returns; each returning false ends the
// reading. An error is one of reading.
func read(in *bufio.Reader, d Delimiter, out *findings, each func(line int, fields []string) bool) error {
	if d == DelimiterBlank {
		return readBlank(in, out, each)
	}
	return readCSV(in, d, out, each)
}

func readCSV(in *bufio.Reader, d Delimiter, out *findings, each func(int, []string) bool) error {
	r := csv.NewReader(in)
	r.Comma = rune(sign(d))
	r.Comment = '#'
	r.FieldsPerRecord = -1
	r.ReuseRecord = true
	r.TrimLeadingSpace = d != DelimiterTab // it would take empty fields for blanks
	for {
		fields, err := r.Read()
		var wrong *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &wrong):
			noteQuoting(out, wrong)
			continue
		case err != nil:
			return err
		}
		line, _ := r.FieldPos(0)
		if fields = tidy(fields); len(fields) > 0 && !each(line, fields) {
			return nil
		}
	}
}

// noteQuoting says what is wrong with the quotes of a record. A field of
// several lines is mostly one that was not to be: its beginning is the place.
func noteQuoting(out *findings, e *csv.ParseError) {
	if errors.Is(e.Err, csv.ErrBareQuote) {
		out.addAt(e.Line, e.Column, "a double quote stands in a field that is not quoted; put the field in double quotes and write those inside twice")
		return
	}
	const rule = "a quoted field is not closed, or goes on after its closing quote; double quotes inside are written twice"
	if e.StartLine == e.Line {
		out.addAt(e.Line, e.Column, rule)
		return
	}
	out.addf(e.StartLine, "%s (it was read up to line %d)", rule, e.Line)
}

func readBlank(in *bufio.Reader, out *findings, each func(int, []string) bool) error {
	var fields []string
	for number := 1; ; number++ {
		line, err := in.ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
		fields = fields[:0]
		for f := range strings.FieldsFuncSeq(line, func(r rune) bool { return r == ' ' || r == '\t' }) {
			fields = append(fields, f)
		}
		if len(fields) > 0 && fields[0][0] != '#' {
			if slices.ContainsFunc(fields, func(f string) bool { return f[0] == '"' }) {
				out.addf(number, "a field begins with a double quote, but fields between blanks cannot be quoted; use commas, semicolons or tabs")
			} else if fields = tidy(fields); len(fields) > 0 && !each(number, fields) {
				return nil
			}
		}
		if err != nil {
			return nil
		}
	}
}

// tidy takes the blanks around fields away, and empty fields at the end.
func tidy(fields []string) []string {
	for i, f := range fields {
		fields[i] = strings.TrimSpace(f)
	}
	for len(fields) > 0 && fields[len(fields)-1] == "" {
		fields = fields[:len(fields)-1]
	}
	return fields
}
