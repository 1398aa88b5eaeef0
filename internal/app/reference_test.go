package app_test

import (
	"archive/zip"
	"bytes"
	"io/fs"
	"os"
	"strings"
	"testing"

	"mockserver/internal/export"
	"mockserver/internal/query"
	"mockserver/internal/rolemining"
)

// listNames are the lists as docs/reference.md calls them.
var listNames = []struct {
	kind rolemining.ListKind
	name string
}{
	{rolemining.SessionList, "sessions"},
	{rolemining.SessionSummaries, "potential roles of a session"},
	{rolemining.AllSummaries, "all potential roles"},
	{rolemining.SavedRoles, "saved potential roles"},
	{rolemining.RoleApplications, "applications"},
	{rolemining.RoleEntitlementRefs, "entitlements"},
	{rolemining.RolePopularities, "entitlement popularities"},
	{rolemining.RoleExcluded, "excluded entitlements"},
	{rolemining.RoleIdentities, "identities"},
	{rolemining.SourceUsage, "identity usage"},
}

// TestReferenceListsEverything: docs/reference.md has a row for each list, with
// just the filters and sorters that the list takes, and the columns of exports.
func TestReferenceListsEverything(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../../docs/reference.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(raw)
	for _, l := range listNames {
		if row := listRow(l.name, l.kind.Schema()); !strings.Contains(page, row) {
			t.Errorf("docs/reference.md does not have the row\n%s", row)
		}
	}
	for _, line := range exportColumns(t) {
		if !strings.Contains(page, line) {
			t.Errorf("docs/reference.md does not have the line\n%s", line)
		}
	}
}

// exportColumns are the files of an export and their columns, as an empty one
// shows them.
func exportColumns(t *testing.T) []string {
	t.Helper()
	raw, err := export.Bytes(export.Report{})
	if err != nil {
		t.Fatal(err)
	}
	archive, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, f := range archive.File {
		text, err := fs.ReadFile(archive, f.Name)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, "- `"+f.Name+"`: "+strings.ReplaceAll(strings.TrimSpace(string(text)), ",", ", ")+"\n")
	}
	return lines
}

// listRow is the row of a list.
func listRow(name string, s query.Schema) string {
	var filters, sorters, order []string
	for _, f := range s.Filters {
		ops := make([]string, len(f.Ops))
		for i, op := range f.Ops {
			ops[i] = string(op)
		}
		filters = append(filters, "`"+f.Name+"` "+strings.Join(ops, " "))
	}
	for _, field := range s.Sorters {
		sorters = append(sorters, "`"+field+"`")
	}
	for _, key := range s.DefaultSort {
		order = append(order, "`"+key.String()+"`")
	}
	if len(order) == 0 {
		order = []string{"as mined: by size, new sessions first"}
	}
	return "| " + name + " | " + strings.Join(filters, ", ") + " | " + strings.Join(sorters, ", ") + " | " + strings.Join(order, ", ") + " |\n"
}
