package coverage_test

import (
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"

	"mockserver/internal/journal/coverage"
)

// page is the page of a report, checked to be well-formed.
func page(t *testing.T, r coverage.Report) string {
	t.Helper()
	html := r.Page()
	// Read as a browser does not: every element but the empty ones is closed.
	d := xml.NewDecoder(strings.NewReader(string(html)))
	d.Strict, d.AutoClose, d.Entity = false, []string{"meta"}, xml.HTMLEntity
	var open []string
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("the page is not well-formed: %v", err)
		}
		switch tag := token.(type) {
		case xml.StartElement:
			open = append(open, tag.Name.Local)
		case xml.EndElement:
			if open[len(open)-1] != tag.Name.Local {
				t.Fatalf("%s ends where %s is open", tag.Name.Local, open[len(open)-1])
			}
			open = open[:len(open)-1]
		}
	}
	return string(html)
}

func TestPage(t *testing.T) {
	t.Parallel()
	html := page(t, suite().Report(""))
	for _, want := range []string{
		`<html lang="en">`, "<title>Contract coverage", "prefers-color-scheme: dark", "@media print", "<main>", "<h1>", "<caption>",
		"8 requests since", "2026-03-01 12:00:00 UTC", "1 of the requests went to no operation",
		`<section id="getRoleMiningSessions" aria-labelledby="getRoleMiningSessions-name">`, "called 3 times; latest once, v1 once, v2026 once",
		`<section id="getPotentialRole" aria-labelledby="getPotentialRole-name" class="never">`,
		"<li class=\"used\">limit ×\u00a02</li>", `<li class="unused">offset</li>`, "<li class=\"unknown\">page ×\u00a01</li>",
		"<li class=\"unknown\">/identityCount ×\u00a01, ignored</li>",
	} {
		if !strings.Contains(html, want) {
			t.Errorf("the page does not have %s", want)
		}
	}
	// Nothing comes from elsewhere, and nothing is a program.
	if found := regexp.MustCompile(`(?i)<script|<link|<img|<iframe|@import|url\(|src=|https?:`).FindString(html); found != "" {
		t.Errorf("the page has %s", found)
	}
	if n := strings.Count(html, "<table>"); n != 2+25 || strings.Count(html, "<caption>") != n {
		t.Errorf("%d tables and %d captions", n, strings.Count(html, "<caption>"))
	}
	if !strings.Contains(page(t, suite().Report("v1")), "version v1") {
		t.Error("the page of a version does not name it")
	}
}

// Names that a client made up are text on the page, whatever is in them.
func TestPageEscapes(t *testing.T) {
	t.Parallel()
	c := coverage.New(noon)
	c.Count(call("v2026", "getRoleMiningSessions", 200, "%3Cscript%3Ealert(1)%3C/script%3E=1", ""))
	if html := page(t, c.Report("")); strings.Contains(html, "<script") || !strings.Contains(html, "&lt;script&gt;") {
		t.Error("a name of a client is markup on the page")
	}
}
