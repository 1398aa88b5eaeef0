package coverage

import (
	_ "embed" // the head
	"fmt"
	"html"
	"strconv"
	"strings"
)

// headHTML is the page up to its body.
//
//go:embed head.html
var headHTML string

// Page is the report as a web page in UTF-8, which needs nothing but itself.
//
// It is written by hand and not with html/template: that calls methods by names
// that it learns at run time, so that the linker keeps every method of every type
// in the program, which makes the binary larger by a seventh.
func (r Report) Page() []byte {
	p := &page{}
	p.text.WriteString(headHTML)
	p.header(r)
	p.put("<main>\n<h2 id=\"summary\">Summary</h2>\n")
	p.summary(r.Totals)
	p.put("<h2 id=\"operations\">Operations</h2>\n")
	p.contents(r.Operations)
	for _, op := range r.Operations {
		p.operation(op)
	}
	p.put("</main>\n</body>\n</html>\n")
	return []byte(p.text.String())
}

// page is a page in the making.
type page struct{ text strings.Builder }

// put adds markup, in which every text is escaped for elements and attributes.
func (p *page) put(markup string, texts ...string) {
	escaped := make([]any, len(texts))
	for i, text := range texts {
		escaped[i] = html.EscapeString(text)
	}
	fmt.Fprintf(&p.text, markup, escaped...)
}

func (p *page) header(r Report) {
	since, which := r.Since.UTC(), "all versions together."
	if r.Version != "" {
		which = "of which those in version " + r.Version + " are shown."
	}
	if r.Unmatched > 0 {
		which += " " + strconv.Itoa(r.Unmatched) + " of the requests went to no operation."
	}
	p.put(`<header>
<h1>Contract coverage</h1>
<p>%s requests since <time datetime="%s">%s UTC</time>, %s</p>
</header>
`, strconv.Itoa(r.Requests), since.Format("2006-01-02T15:04:05.000Z"), since.Format("2006-01-02 15:04:05"), which)
}

func (p *page) summary(t Totals) {
	p.put(`<table>
<caption>How much of what is documented the calling suite has used</caption>
<thead><tr><th scope="col">part</th><th scope="col" class="number">documented</th><th scope="col" class="number">used</th><th scope="col" class="share">share</th></tr></thead>
<tbody>
`)
	for _, part := range []struct {
		name string
		Total
	}{
		{"operations", t.Operations}, {"statuses", t.Statuses}, {"query parameters", t.Parameters},
		{"body properties", t.Properties}, {"filters", t.Filters}, {"sorters", t.Sorters},
	} {
		p.put(`<tr><th scope="row">%s</th><td class="number">%s</td><td class="number">%s</td><td class="share"><span>%s</span> <meter min="0" max="100" value="%s" aria-hidden="true"></meter></td></tr>
`, part.name, strconv.Itoa(part.Documented), strconv.Itoa(part.Used), percent(part.Total), strconv.FormatFloat(part.Percent(), 'f', -1, 64))
	}
	p.put("</tbody>\n</table>\n")
}

// contents is the table of all operations.
func (p *page) contents(all []Operation) {
	p.put(`<nav aria-label="Operations">
<table>
<caption>Every operation, with how often it was called</caption>
<thead><tr><th scope="col">operation</th><th scope="col">request</th><th scope="col" class="number">calls</th></tr></thead>
<tbody>
`)
	for _, op := range all {
		p.put(`<tr><th scope="row"><a href="#%s">%s</a></th><td><code>%s %s</code></td><td class="number">%s</td></tr>
`, op.ID, op.ID, op.Method, op.Path, times(op.Calls))
	}
	p.put("</tbody>\n</table>\n</nav>\n")
}

func (p *page) operation(op Operation) {
	class, versions := "", ""
	if op.Calls == 0 {
		class = ` class="never"`
	}
	for i, v := range op.Versions {
		versions += map[bool]string{true: "; ", false: ", "}[i == 0] + v.Name + " " + times(v.Count)
	}
	p.put(`<section id="%s" aria-labelledby="%s-name"`+class+`>
<h3 id="%s-name">%s</h3>
<p><code>%s %s</code>: called %s%s</p>
<table>
<caption>What was used of %s</caption>
<thead><tr><th scope="col">part</th><th scope="col">used</th><th scope="col">not used</th><th scope="col">not documented</th></tr></thead>
<tbody>
`, op.ID, op.ID, op.ID, op.ID, op.Method, op.Path, times(op.Calls), versions, op.ID)
	for _, r := range useOf(op) {
		p.put("<tr><th scope=\"row\">%s</th>\n", r.Name)
		p.cell("used", r.Used)
		p.put("\n")
		p.cell("unused", r.Unused)
		p.put("\n")
		p.cell("unknown", r.Unknown)
		p.put("</tr>\n")
	}
	p.put("</tbody>\n</table>\n</section>\n")
}

// cell is a cell with a list in it, or with nothing.
func (p *page) cell(class string, items []string) {
	p.put("<td>")
	for i, item := range items {
		if i == 0 {
			p.put("<ul>")
		}
		p.put(`<li class="%s">%s</li>`, class, item)
	}
	if len(items) > 0 {
		p.put("</ul>")
	}
	p.put("</td>")
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
