package assignments

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// Format is the form of a file of assignments.
type Format string

// The forms. The zero value is the same as FormatAuto.
const (
	FormatAuto  Format = "auto"  // detected
	FormatPairs Format = "pairs" // user, entitlement and perhaps application on a line
	FormatLists Format = "lists" // user and all entitlements of the user on a line
)

// Delimiter is what stands between the fields of a line.
type Delimiter string

// The delimiters. The zero value is the same as DelimiterAuto.
const (
	DelimiterAuto      Delimiter = "auto" // detected
	DelimiterComma     Delimiter = "comma"
	DelimiterSemicolon Delimiter = "semicolon"
	DelimiterTab       Delimiter = "tab"
	DelimiterPipe      Delimiter = "pipe"  // |
	DelimiterBlank     Delimiter = "blank" // any number of spaces and tabs; there are no quotes
)

// Header says whether the first line names the columns.
type Header string

// The cases. The zero value is the same as HeaderAuto.
const (
	HeaderAuto Header = "auto" // detected
	HeaderYes  Header = "yes"
	HeaderNo   Header = "no"
)

// ParseFormat reads "auto", "pairs" or "lists".
func ParseFormat(text string) (Format, error) {
	return oneOf("format", Format(text), FormatAuto, FormatPairs, FormatLists)
}

// ParseDelimiter reads "auto", "comma", "semicolon", "tab", "pipe" or "blank", or
// the character itself, of these only; a tab may be written as a backslash and a
// t, too.
func ParseDelimiter(text string) (Delimiter, error) {
	switch text {
	case ",":
		return DelimiterComma, nil
	case ";":
		return DelimiterSemicolon, nil
	case "\t", `\t`:
		return DelimiterTab, nil
	case "|":
		return DelimiterPipe, nil
	case " ":
		return DelimiterBlank, nil
	}
	return oneOf("delimiter", Delimiter(text), DelimiterAuto, DelimiterComma, DelimiterSemicolon, DelimiterTab, DelimiterPipe, DelimiterBlank)
}

// ParseHeader reads "auto", "yes" or "no".
func ParseHeader(text string) (Header, error) {
	return oneOf("header", Header(text), HeaderAuto, HeaderYes, HeaderNo)
}

// oneOf is the value if it is one of those allowed; "" is the first.
func oneOf[T ~string](what string, value T, allowed ...T) (T, error) {
	if value == "" {
		return allowed[0], nil
	}
	if slices.Contains(allowed, value) {
		return value, nil
	}
	names := make([]string, len(allowed))
	for i, a := range allowed {
		names[i] = string(a)
	}
	return "", fmt.Errorf("the %s must be one of %s, not %q", what, strings.Join(names, ", "), string(value))
}

// Input is a file to read.
type Input struct {
	Name   string // for messages
	Reader io.Reader
	Size   int64 // in bytes, for Options.Progress; 0 if unknown
}

// Options say how to read and what to call the organisation. The zero value
// detects everything.
type Options struct {
	OrgName    string // short name of the organisation; "" is "imported"
	SourceName string // the application of assignments without one; "" is "Imported"

	// Format, Delimiter and Header are those of the assignments. An identities
	// file always has a header, and its delimiter is taken from it.
	Format    Format
	Delimiter Delimiter
	Header    Header

	// Progress, where not nil, is told how many bytes of both files were read,
	// about once a megabyte and at the end of each file. total is 0 unless the
	// sizes of all inputs are known.
	Progress func(read, total int64)
}

// Check refuses options that are not allowed, naming the rule. Import begins
// with it.
func (o Options) Check() error {
	_, err := o.complete()
	return err
}

// complete fills in what was left out and refuses what is not allowed.
func (o Options) complete() (Options, error) {
	var err error
	if o.OrgName == "" {
		o.OrgName = "imported"
	}
	if strings.Trim(o.OrgName, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || strings.HasPrefix(o.OrgName, "-") || strings.HasSuffix(o.OrgName, "-") {
		return o, fmt.Errorf("the name of the organisation is part of host names: lower-case letters, digits and hyphens inside, not %q", o.OrgName)
	}
	o.SourceName = strings.TrimSpace(o.SourceName)
	if o.SourceName == "" {
		o.SourceName = "Imported"
	}
	if rule := wrongName(o.SourceName); rule != "" {
		return o, fmt.Errorf("the name of the source %q %s", o.SourceName, rule)
	}
	if o.Format, err = ParseFormat(string(o.Format)); err != nil {
		return o, err
	}
	if o.Delimiter, err = ParseDelimiter(string(o.Delimiter)); err != nil {
		return o, err
	}
	o.Header, err = ParseHeader(string(o.Header))
	return o, err
}

// Summary says what was imported, and as what the assignments were read.
type Summary struct {
	Identities    int // with and without access
	WithoutAccess int // those whom no assignment names, or a list without entitlements
	MadeUpNames   int // those to whom neither file gives a name
	Entitlements  int
	Sources       int
	Assignments   int // each once
	Duplicates    int // assignments that were there again
	OwnManagers   int // those whom the identities file names as their own managers; they have none

	Format    Format    // FormatPairs or FormatLists
	Delimiter Delimiter // never DelimiterAuto
	Header    Header    // HeaderYes or HeaderNo
	// FirstLine is the first record, where it was taken for data and Options did
	// not say so: its fields with the delimiter between, shortened.
	FirstLine string
	// Doubt, where not "", says which other form the file may have as well, and
	// how to have it read so.
	Doubt string
	// Columns are those used of a file of pairs with a header, as it calls them.
	Columns Columns
	// Ignored are the other columns of its header.
	Ignored []string
}

// Columns name the columns of a header. Application, and Name for that of the
// users' names, are "" if there is none.
type Columns struct{ User, Entitlement, Application, Name string }
