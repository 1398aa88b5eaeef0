package app_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestFidelityNamesItsTests fails when a row of docs/fidelity.md has no test
// beside it, or one that does not exist.
func TestFidelityNamesItsTests(t *testing.T) {
	t.Parallel()
	namesTests(t, "../../docs/fidelity.md", "| behaviour", 4, 100)
}

// TestSecurityNamesItsTests fails when an attack in docs/security.md has no test
// beside it, or one that does not exist.
func TestSecurityNamesItsTests(t *testing.T) {
	t.Parallel()
	namesTests(t, "../../docs/security.md", "| attack |", 3, 15)
}

// namesTests checks the tables of a page that begin with a head: each row has so
// many cells, and in the last one tests that there are. There are at least so many
// rows from the first of these tables on.
func namesTests(t *testing.T, page, head string, cells, atLeast int) {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	_, tables, _ := strings.Cut(string(text), head)
	known, name, rows := testNames(t, "../.."), regexp.MustCompile(`\b(?:Test|Fuzz|Benchmark)[A-Z]\w*`), 0
	for line := range strings.Lines(tables) {
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, head) {
			continue
		}
		rows++
		row := strings.Split(strings.TrimSuffix(strings.TrimSpace(line), " |"), " | ")
		named := name.FindAllString(row[len(row)-1], -1)
		if len(row) != cells || len(named) == 0 {
			t.Errorf("a row has %d cells and %d tests: %s", len(row), len(named), line)
		}
		for _, n := range named {
			if !known[n] {
				t.Errorf("no test is called %s: %s", n, line)
			}
		}
	}
	if rows < atLeast {
		t.Errorf("only %d rows were read", rows)
	}
}

// TestArchitectureHasTheMap fails when the map of docs/architecture.md lacks a
// folder of the repository, or has one that is not there.
func TestArchitectureHasTheMap(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "\n```\n")
	list, _, _ := strings.Cut(rest, "\n```\n")
	mapped := map[string]bool{}
	for _, match := range regexp.MustCompile(`(?m)^(?:compose\.yaml, )?([a-z0-9/]+)/ `).FindAllStringSubmatch(list, -1) {
		mapped[match[1]] = true
		if _, err := os.Stat(filepath.Join("../..", match[1])); err != nil {
			t.Errorf("the map has %s, which is not there", match[1])
		}
	}
	for _, pattern := range []string{"cmd/*", "internal/*", "deploy", "e2e", "fixtures", "mocktest", "npm"} {
		folders, err := filepath.Glob(filepath.Join("../..", pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, folder := range folders {
			name := strings.TrimPrefix(filepath.ToSlash(folder), "../../")
			if !mapped[name] {
				t.Errorf("the map does not have %s", name)
			}
		}
	}
}

// testNames are the names of all tests in the files below a folder.
func testNames(t *testing.T, root string) map[string]bool {
	t.Helper()
	names, declared := map[string]bool{}, regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Benchmark)\w+)\(`)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, match := range declared.FindAllStringSubmatch(string(text), -1) {
			names[match[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
