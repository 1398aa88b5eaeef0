package export_test

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"errors"
	"flag"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/export"
)

// sample shows each kind of cell: plain, empty, quoted, broken over lines,
// beyond ASCII, dangerous, and each kind of number.
func sample() export.Report {
	usage := 65.6
	return export.Report{
		Identities: []export.Identity{
			{
				ID: "2c9180877212632a017228d5934525e6", Name: "allene.abernathy", DisplayName: "Allene Abernathy-Welch",
				Email: "allene@example.com", Department: "IT", JobTitle: "SQL Developer", Location: "NYC", Manager: "Zoë Müller",
			},
			{ID: "2c9180877212632a017228d5934525e7", Name: `O"Neil, Sam`, DisplayName: "=HYPERLINK(\"http://evil\")", Location: "東京\nMinato"},
		},
		Entitlements: []export.Entitlement{
			{
				ID: "2c91808a7e95e6e0017e96e2086206c8", Name: "App.entitlement.1", Description: "Entitlement 1", Attribute: "groups",
				ApplicationName: "AppName", SourceID: "2c9180877620c1460176267f336a106f", IdentityCount: 45,
				Popularity: 65.2, PopularityInOrg: 35.8, ActivitySourceState: "complete", SourceUsagePercent: &usage,
			},
			{ID: "e2", Name: "@admin", Popularity: 100, PopularityInOrg: 0.1},
		},
	}
}

// unzip reads an archive back: the entries in order, and their rows.
func unzip(t testing.TB, raw []byte) ([]*zip.File, map[string][][]string, map[string]string) {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	rows, texts := map[string][][]string{}, map[string]string{}
	for _, file := range archive.File {
		r, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatalf("%s: %v", file.Name, err)
		}
		texts[file.Name] = string(text)
		if rows[file.Name], err = csv.NewReader(bytes.NewReader(text)).ReadAll(); err != nil {
			t.Fatalf("%s: %v", file.Name, err)
		}
	}
	return archive.File, rows, texts
}

func mustBytes(t testing.TB, report export.Report) []byte {
	t.Helper()
	raw, err := export.Bytes(report)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestReadBack(t *testing.T) {
	t.Parallel()
	files, rows, _ := unzip(t, mustBytes(t, sample()))
	var names []string
	for _, f := range files {
		names = append(names, f.Name)
		if !f.Modified.Equal(time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)) || f.Method != zip.Deflate || f.Mode() != 0o644 {
			t.Errorf("%s: modified %v, method %d, mode %v", f.Name, f.Modified, f.Method, f.Mode())
		}
	}
	if diff := cmp.Diff([]string{"identities.csv", "entitlements.csv"}, names); diff != "" {
		t.Error(diff)
	}
	want := map[string][][]string{
		"identities.csv": {
			{"id", "name", "displayName", "email", "department", "jobTitle", "location", "manager"},
			{"2c9180877212632a017228d5934525e6", "allene.abernathy", "Allene Abernathy-Welch", "allene@example.com", "IT", "SQL Developer", "NYC", "Zoë Müller"},
			{"2c9180877212632a017228d5934525e7", `O"Neil, Sam`, `'=HYPERLINK("http://evil")`, "", "", "", "東京\nMinato", ""},
		},
		"entitlements.csv": {
			{"id", "name", "description", "attribute", "applicationName", "sourceId", "identityCount", "popularity", "popularityInOrg", "activitySourceState", "sourceUsagePercent"},
			{"2c91808a7e95e6e0017e96e2086206c8", "App.entitlement.1", "Entitlement 1", "groups", "AppName", "2c9180877620c1460176267f336a106f", "45", "65.2", "35.8", "complete", "65.6"},
			{"e2", "'@admin", "", "", "", "", "0", "100", "0.1", "", ""},
		},
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Error(diff)
	}
}

var update = flag.Bool("update", false, "write the golden files again")

// The archive's bytes also depend on compress/flate: should a Go release pack
// otherwise, the CSV golden files still hold and the ZIP is written again.
func TestGoldenBytes(t *testing.T) {
	t.Parallel()
	raw := mustBytes(t, sample())
	_, _, texts := unzip(t, raw)
	for name, got := range map[string]string{
		"identities.csv": texts["identities.csv"], "entitlements.csv": texts["entitlements.csv"], "role.zip": string(raw),
	} {
		path := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s changed; if on purpose, run the test with -update\n%s", name, diff)
		}
	}
	if again := mustBytes(t, sample()); !bytes.Equal(raw, again) {
		t.Error("equal reports gave different bytes")
	}
}

func TestEmptyReportHasHeaders(t *testing.T) {
	t.Parallel()
	_, _, texts := unzip(t, mustBytes(t, export.Report{}))
	for name, text := range texts {
		if strings.Count(text, "\r\n") != 1 || !strings.HasPrefix(text, "id,name,") {
			t.Errorf("%s = %q, want the header row alone", name, text)
		}
	}
}

// cell sends one text through an export and reads it back.
func cell(t testing.TB, text string) string {
	t.Helper()
	_, rows, _ := unzip(t, mustBytes(t, export.Report{Identities: []export.Identity{{ID: "1", Name: text}}}))
	if got := rows["identities.csv"]; len(got) != 2 || len(got[1]) != 8 || got[1][0] != "1" {
		t.Fatalf("%q tore the file: %q", text, got)
	}
	return rows["identities.csv"][1][1]
}

func TestCells(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, want string }{
		{"equals", "=1+1", "'=1+1"},
		{"plus", "+49 30 1234", "'+49 30 1234"},
		{"minus", "-2+3", "'-2+3"},
		{"at", "@SUM(A1)", "'@SUM(A1)"},
		{"tab", "\t=1", "'\t=1"},
		{"carriage return", "\r=1", "'\n=1"},
		{"line feed", "\n=1", "'\n=1"},
		{"full-width equals", "＝1", "'＝1"},
		{"full-width plus", "＋1", "'＋1"},
		{"full-width minus", "－1", "'－1"},
		{"full-width at", "＠x", "'＠x"},
		{"command", "=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"},
		{"already quoted", "'=1", "'=1"},
		{"sign inside", "a=1+2-3@4", "a=1+2-3@4"},
		{"empty", "", ""},
		{"blank", " ", " "},
		{"quote", `"`, `"`},
		{"separator then formula", `a",=1+1,"b`, `a",=1+1,"b`},
		{"lines", "a\nb", "a\nb"},
		{"CRLF lines", "a\r\nb", "a\nb"},
		{"CR lines", "a\rb", "a\nb"},
		{"end of data", `\.`, `\.`},
		{"unicode", "Zoë 東京 🙂 \u202e", "Zoë 東京 🙂 \u202e"},
		{"not UTF-8", "a\xffb", "a\uFFFDb"},
		{"byte order mark", "\ufeffx", "\ufeffx"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, cell(t, tt.in)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func FuzzCell(f *testing.F) {
	for _, text := range []string{"", "plain", "=1", "+", "-", "@", "\t", "\r", "\n", "\r\r\n", "＝", "'", `"`, `",=1`, "a,b", "\xff=", "\x00", "\ufeff=", " =1"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := cell(t, text)
		if got != "" && strings.ContainsAny(got[:1], "=+-@\t\r\n") {
			t.Fatalf("%q became %q, which starts a formula", text, got)
		}
		if !utf8.ValidString(got) {
			t.Fatalf("%q became %q, which is not UTF-8", text, got)
		}
		want := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.ToValidUTF8(text, "\uFFFD"))
		if got != want && got != "'"+want {
			t.Fatalf("%q became %q, want %q, at most with an apostrophe before it", text, got, want)
		}
	})
}

func TestBadNumbersAreNamed(t *testing.T) {
	t.Parallel()
	num := func(v float64) *float64 { return &v }
	tests := []struct {
		entitlement export.Entitlement
		want        string
	}{
		{export.Entitlement{IdentityCount: -1}, "export: entitlements[1].identityCount is -1, must be 0 or more"},
		{export.Entitlement{Popularity: math.NaN()}, "export: entitlements[1].popularity is NaN, must be from 0 to 100"},
		{export.Entitlement{PopularityInOrg: 100.5}, "export: entitlements[1].popularityInOrg is 100.5, must be from 0 to 100"},
		{export.Entitlement{SourceUsagePercent: num(-3)}, "export: entitlements[1].sourceUsagePercent is -3, must be from 0 to 100"},
		{export.Entitlement{SourceUsagePercent: num(math.Inf(1))}, "export: entitlements[1].sourceUsagePercent is +Inf, must be from 0 to 100"},
	}
	for _, tt := range tests {
		var out bytes.Buffer
		err := export.Write(&out, export.Report{Entitlements: []export.Entitlement{{}, tt.entitlement}})
		if err == nil || err.Error() != tt.want {
			t.Errorf("error %v, want %s", err, tt.want)
		}
		if out.Len() != 0 {
			t.Errorf("%d bytes were written before the error", out.Len())
		}
	}
	_, rows, _ := unzip(t, mustBytes(t, export.Report{Entitlements: []export.Entitlement{{Popularity: math.Copysign(0, -1), PopularityInOrg: 1e-7}}}))
	if diff := cmp.Diff([]string{"0", "0.0000001"}, rows["entitlements.csv"][1][7:9]); diff != "" {
		t.Error(diff)
	}
}

// fullDisk takes n bytes and then fails.
type fullDisk struct{ n int }

var errFull = errors.New("disk full")

func (d *fullDisk) Write(p []byte) (int, error) {
	if len(p) > d.n {
		return d.n, errFull
	}
	d.n -= len(p)
	return len(p), nil
}

func TestWriterErrorsComeThrough(t *testing.T) {
	t.Parallel()
	for room := range len(mustBytes(t, sample())) {
		if err := export.Write(&fullDisk{room}, sample()); !errors.Is(err, errFull) {
			t.Fatalf("with room for %d bytes: error %v, want %v", room, err, errFull)
		}
	}
}

func BenchmarkBytes(b *testing.B) {
	report := export.Report{Identities: make([]export.Identity, 1000), Entitlements: make([]export.Entitlement, 100)}
	for i := range report.Identities {
		report.Identities[i] = sample().Identities[0]
	}
	for b.Loop() {
		if _, err := export.Bytes(report); err != nil {
			b.Fatal(err)
		}
	}
}
