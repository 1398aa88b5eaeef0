// Package export writes the report of a potential role: a ZIP archive with two
// CSV files. It is pure, and equal reports give equal bytes.
//
// # The archive
//
// It holds identities.csv, then entitlements.csv, both deflated and both dated
// 1980-01-01 00:00 UTC, the first moment the format can express. Rows come in the
// order of the Report. The names of the files and the columns are this project's
// own choice: what the emulated service uses is not public.
//
// identities.csv, one row per identity of the potential role:
//
//	id             the identity's id
//	name           its name
//	displayName    its display name
//	email          its mail address
//	department     attribute department
//	jobTitle       attribute jobTitle
//	location       attribute location
//	manager        the name of its manager
//
// entitlements.csv, one row per entitlement of the potential role:
//
//	id                   the entitlement's id
//	name                 its name
//	description          its description
//	attribute            the account attribute it is a value of
//	applicationName      the name of its source
//	sourceId             the id of its source
//	identityCount        how many identities of the role hold it
//	popularity           their share in the role, percent
//	popularityInOrg      the share of holders in the organisation, percent
//	activitySourceState  complete, notComplete or empty
//	sourceUsagePercent   share of the role's identities that use the source, percent, or empty
//
// # The text
//
// CSV as RFC 4180 has it: one header row, commas, CRLF after each row, quotes
// where needed; UTF-8 without a byte order mark, so that the first column's name
// is read as it stands by programs. Numbers have a point and no exponent.
//
// Two things are done to the content of a cell. Line breaks inside it, of
// whatever kind, become the CRLF of the file; bytes that are not UTF-8 become U+FFFD.
// And since people open such files in a spreadsheet, no cell starts a formula:
// one that begins with = + - @, tab, carriage return or line feed, or with the
// full-width form of the four signs, gets an apostrophe before it, as OWASP
// advises against CSV injection.
package export

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Report is the content of an export.
type Report struct {
	// Identities are the rows of identities.csv, in order.
	Identities []Identity
	// Entitlements are the rows of entitlements.csv, in order.
	Entitlements []Entitlement
}

// Identity is one row of identities.csv. Any field may be empty.
type Identity struct {
	// ID is 32 hex digits in the emulated service, any text here.
	ID string
	// Name and DisplayName are how people know the identity.
	Name, DisplayName string
	// Email is a mail address.
	Email string
	// Department, JobTitle and Location are the attributes of these names.
	Department, JobTitle, Location string
	// Manager is the name of the manager.
	Manager string
}

// Entitlement is one row of entitlements.csv. Any text may be empty.
type Entitlement struct {
	// ID is 32 hex digits in the emulated service, any text here.
	ID string
	// Name and Description are how people know the entitlement.
	Name, Description string
	// Attribute is the account attribute the entitlement is a value of.
	Attribute string
	// ApplicationName and SourceID name the source.
	ApplicationName, SourceID string
	// IdentityCount is the number of holders in the role, 0 or more.
	IdentityCount int
	// Popularity is the share of holders in the role, 0 to 100 percent.
	Popularity float64
	// PopularityInOrg is the share of holders in the organisation, 0 to 100 percent.
	PopularityInOrg float64
	// ActivitySourceState is "complete", "notComplete" or "".
	ActivitySourceState string
	// SourceUsagePercent is 0 to 100, or nil when nothing is known.
	SourceUsagePercent *float64
}

// Bytes is Write into memory.
func Bytes(report Report) ([]byte, error) {
	var b bytes.Buffer
	if err := Write(&b, report); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// Write writes the archive of a report to w. It fails, naming the row and the
// field, on a negative count or a percentage outside 0 to 100, before anything is
// written; and it passes on the errors of w.
func Write(w io.Writer, report Report) error {
	entitlements, err := entitlementRows(report.Entitlements)
	if err != nil {
		return err
	}
	archive := zip.NewWriter(w)
	if err := addCSV(archive, "identities.csv", identityRows(report.Identities)); err != nil {
		return err
	}
	if err := addCSV(archive, "entitlements.csv", entitlements); err != nil {
		return err
	}
	if err := archive.Close(); err != nil {
		return fmt.Errorf("export: finish the archive: %w", err)
	}
	return nil
}

func addCSV(archive *zip.Writer, name string, rows [][]string) error {
	header := &zip.FileHeader{
		Name:     name,
		Method:   zip.Deflate,
		Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	header.SetMode(0o644)
	file, err := archive.CreateHeader(header)
	if err != nil {
		return fmt.Errorf("export: add %s: %w", name, err)
	}
	out := csv.NewWriter(file)
	out.UseCRLF = true
	for _, row := range rows {
		for i, cell := range row {
			row[i] = safe(cell)
		}
	}
	if err := out.WriteAll(rows); err != nil {
		return fmt.Errorf("export: write %s: %w", name, err)
	}
	return nil
}

func identityRows(identities []Identity) [][]string {
	rows := make([][]string, 0, len(identities)+1)
	rows = append(rows, []string{
		"id", "name", "displayName", "email", "department", "jobTitle", "location", "manager",
	})
	for _, i := range identities {
		rows = append(rows, []string{
			i.ID, i.Name, i.DisplayName, i.Email, i.Department, i.JobTitle, i.Location, i.Manager,
		})
	}
	return rows
}

func entitlementRows(entitlements []Entitlement) ([][]string, error) {
	rows := make([][]string, 0, len(entitlements)+1)
	rows = append(rows, []string{
		"id", "name", "description", "attribute", "applicationName", "sourceId", "identityCount",
		"popularity", "popularityInOrg", "activitySourceState", "sourceUsagePercent",
	})
	for n, e := range entitlements {
		if err := e.check(); err != nil {
			return nil, fmt.Errorf("export: entitlements[%d].%w", n, err)
		}
		usage := ""
		if e.SourceUsagePercent != nil {
			usage = number(*e.SourceUsagePercent)
		}
		rows = append(rows, []string{
			e.ID, e.Name, e.Description, e.Attribute, e.ApplicationName, e.SourceID, strconv.Itoa(e.IdentityCount),
			number(e.Popularity), number(e.PopularityInOrg), e.ActivitySourceState, usage,
		})
	}
	return rows, nil
}

// check keeps numbers out that would be read as text or as a formula.
func (e Entitlement) check() error {
	if e.IdentityCount < 0 {
		return fmt.Errorf("identityCount is %d, must be 0 or more", e.IdentityCount)
	}
	percents := []struct {
		field string
		value *float64
	}{
		{"popularity", &e.Popularity},
		{"popularityInOrg", &e.PopularityInOrg},
		{"sourceUsagePercent", e.SourceUsagePercent},
	}
	for _, p := range percents {
		// Written so that NaN fails too.
		if p.value != nil && !(*p.value >= 0 && *p.value <= 100) {
			return fmt.Errorf("%s is %v, must be from 0 to 100", p.field, *p.value)
		}
	}
	return nil
}

// number writes a checked percentage; Abs takes the sign off a negative zero.
func number(v float64) string { return strconv.FormatFloat(math.Abs(v), 'f', -1, 64) }

// safe is a cell's text as it goes into the file: see the package comment.
// encoding/csv would drop a lone carriage return when it writes CRLF, so all
// line breaks become line feeds here, and CRLF there.
func safe(cell string) string {
	cell = strings.ToValidUTF8(cell, "\uFFFD")
	if strings.Contains(cell, "\r") {
		cell = strings.ReplaceAll(strings.ReplaceAll(cell, "\r\n", "\n"), "\r", "\n")
	}
	if startsFormula(cell) {
		return "'" + cell
	}
	return cell
}

// startsFormula covers what spreadsheets take for the start of a formula,
// full-width signs included, and the white space they may cut off before it.
func startsFormula(cell string) bool {
	first, size := utf8.DecodeRuneInString(cell)
	return size > 0 && strings.ContainsRune("=+-@\t\r\n＝＋－＠", first)
}
