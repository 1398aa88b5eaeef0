package coverage

import (
	"bytes"
	_ "embed" // the page
	"fmt"
	"html/template"
	"strconv"
	"strings"
)

//go:embed page.html
var pageHTML string

// Page is the report as a web page in UTF-8, which needs nothing but itself.
func (r Report) Page() ([]byte, error) {
	t, err := template.New("page").Funcs(template.FuncMap{"percent": percent, "use": useOf, "times": times}).Parse(pageHTML)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = t.Execute(&out, pageData{r, []part{
		{"operations", r.Totals.Operations}, {"statuses", r.Totals.Statuses}, {"query parameters", r.Totals.Parameters},
		{"body properties", r.Totals.Properties}, {"filters", r.Totals.Filters}, {"sorters", r.Totals.Sorters},
	}})
	return out.Bytes(), err
}

// pageData is what the page shows.
type pageData struct {
	Report
	Parts []part
}

// part is a line of the summary.
type part struct {
	Name string
	Total
}

// row is a line of an operation's table.
type row struct {
	Name    string
	Used    []string
	Unused  []string
	Unknown []string
}

// useOf are the lines of an operation's table that have anything to say.
func useOf(o Operation) []row {
	all := []row{statusRow(o.Statuses)}
	for _, kind := range []struct {
		name string
		Use
	}{
		{"query parameters", o.Parameters}, {"body properties", o.Properties}, {"filters", o.Filters}, {"sorters", o.Sorters},
	} {
		r := row{Name: kind.name, Used: labels(kind.Used), Unused: kind.Unused, Unknown: labels(kind.Unknown)}
		if kind.MoreUnknown > 0 {
			r.Unknown = append(r.Unknown, fmt.Sprintf("and %d more", kind.MoreUnknown))
		}
		if kind.name == "body properties" {
			for _, name := range labels(o.Ignored) {
				r.Unknown = append(r.Unknown, name+", ignored")
			}
		}
		if len(r.Used)+len(r.Unused)+len(r.Unknown) > 0 {
			all = append(all, r)
		}
	}
	return all
}

func statusRow(u StatusUse) row {
	r := row{Name: "statuses"}
	for _, s := range u.Used {
		r.Used = append(r.Used, label(strconv.Itoa(s.Status), s.Count))
	}
	for _, status := range u.Unused {
		r.Unused = append(r.Unused, strconv.Itoa(status))
	}
	for _, s := range u.Unknown {
		name := strconv.Itoa(s.Status)
		if s.Status == 0 {
			name = "no answer"
		}
		r.Unknown = append(r.Unknown, label(name, s.Count))
	}
	return r
}

func labels(seen []Seen) []string {
	var all []string
	for _, s := range seen {
		all = append(all, label(s.Name, s.Count))
	}
	return all
}

func label(name string, count int) string { return name + " \u00d7\u00a0" + strconv.Itoa(count) }

func percent(t Total) string {
	return strings.TrimSuffix(strconv.FormatFloat(t.Percent(), 'f', 1, 64), ".0") + "\u00a0%"
}

func times(n int) string {
	switch n {
	case 0:
		return "never"
	case 1:
		return "once"
	}
	return strconv.Itoa(n) + " times"
}
