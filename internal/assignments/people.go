package assignments

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
)

// What the header of a file of identities calls the columns with a meaning of
// their own. All others are attributes.
const (
	idWords        = "id " + userWords
	nameWords      = `name username loginname login logonname samaccountname accountname alias`
	displayWords   = `displayname fullname`
	emailWords     = `email mail emailaddress`
	activeWords    = `active isactive enabled`
	managerWords   = `managerid manager`
	firstNameWords = `firstname givenname`
	lastNameWords  = `lastname surname familyname`
)

// person is a line of a file of identities.
type person struct {
	line    int
	row     int // in the table
	id      string
	name    string // user name, "" if the file has none
	display string // name for people, "" if the file has none
	email   string
	manager string // the id
	active  bool
}

// people is a file of identities.
type people struct {
	out   *findings
	table *table
	list  []person
	at    map[string]int // by id: place in list

	unread      bool // there are lines that are in no record
	ownManagers int  // persons who are named as their own managers

	header                                                           []string
	id, name, display, email, active, manager, givenName, familyName int      // columns, -1 for none
	attributes                                                       []string // by column: the attribute's name, "" for none
}

// readPeople reads a file of identities; errors as for readRows.
func readPeople(in Input, p *progress, out *findings) (*people, error) {
	r := &people{out: out, table: newTable(), at: map[string]int{}}
	f, err := open(in, p, out)
	if err != nil {
		return nil, err
	}
	if err := read(f.text, cmp.Or(f.delimiter(out), detectHeaderDelimiter(f.sample)), out, r.add); err != nil {
		return nil, err
	}
	r.unread = out.count > 0
	if r.header == nil && out.count == 0 {
		out.addf(0, "there is no header; the first line names the columns: id, name, displayName, email, active, manager and any attributes")
	}
	for i := range r.table.len() {
		r.person(i)
	}
	return r, nil
}

// add takes a record, the header first.
func (r *people) add(line int, fields []string) bool {
	if r.header == nil {
		return r.takeHeader(line, fields)
	}
	if len(fields) > len(r.header) {
		r.out.addf(line, "has %d fields, but the header names %d columns", len(fields), len(r.header))
		return true
	}
	r.table.add(line, fields)
	return true
}

func (r *people) takeHeader(line int, header []string) bool {
	r.header = slices.Clone(header)
	if rule := repeated(header); rule != "" {
		r.out.addf(line, "%s", rule)
		return false
	}
	if r.id = find(header, idWords); r.id < 0 {
		r.out.addf(line, "no column of the header is the id; the first line must name the columns, one of them id (also understood: user, userId, identity, account, login, employee)")
		return false
	}
	rest := slices.Clone(header)
	rest[r.id] = ""
	take := func(words string) int {
		at := find(rest, words)
		if at >= 0 {
			rest[at] = ""
		}
		return at
	}
	r.name, r.display, r.email = take(nameWords), take(displayWords), take(emailWords)
	r.active, r.manager = take(activeWords), take(managerWords)
	r.givenName, r.familyName = find(rest, firstNameWords), find(rest, lastNameWords)
	r.attributes = make([]string, len(rest))
	for i, h := range rest {
		name := camelCase(h)
		if name != "" && slices.Contains(r.attributes, name) {
			r.out.addf(line, "two columns of the header are the attribute %q", name)
			return false
		}
		r.attributes[i] = name
	}
	return true
}

// camelCase is a header as the technical name of an attribute: "Job Title" and
// "job_title" are jobTitle.
func camelCase(header string) string {
	var b strings.Builder
	for word := range strings.FieldsFuncSeq(header, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if strings.ToUpper(word) == word {
			word = strings.ToLower(word)
		}
		letters := []rune(word)
		if b.Len() == 0 {
			letters[0] = unicode.ToLower(letters[0])
		} else {
			letters[0] = unicode.ToUpper(letters[0])
		}
		b.WriteString(string(letters))
	}
	return b.String()
}

// person checks a record.
func (r *people) person(row int) {
	record := r.table.record(row)
	field := func(column int) string { return r.table.texts[r.table.at(record, column)] }
	p := person{
		line: r.table.line(row), row: row, id: field(r.id), name: field(r.name), display: field(r.display),
		email: field(r.email), manager: field(r.manager), active: true,
	}
	for _, f := range []struct {
		what, text string
		must       bool
	}{{"id", p.id, true}, {"name", p.name, false}, {"display name", p.display, false}, {"email", p.email, false}, {"manager", p.manager, false}} {
		if rule := wrongName(f.text); rule != "" && (f.must || f.text != "") {
			r.out.addf(p.line, "the %s %s", f.what, rule)
		}
	}
	if i := strings.Index(p.email, "@"); p.email != "" && (i < 1 || i == len(p.email)-1) {
		r.out.addf(p.line, "the email must be an address like a.b@example.com, not %q", p.email)
	}
	if p.manager != "" && p.manager == p.id { // so some systems write that nobody is above them
		p.manager = ""
		r.ownManagers++
	}
	var ok bool
	if p.active, ok = truth(field(r.active)); !ok {
		r.out.addf(p.line, "active must be true or false, not %q", field(r.active))
	}
	if p.display == "" {
		p.display = strings.TrimSpace(field(r.givenName) + " " + field(r.familyName))
	}
	for column, s := range record {
		if s != none && r.attributes[column] == "" && !slices.Contains([]int{r.id, r.name, r.display, r.email, r.active, r.manager}, column) {
			r.out.addf(p.line, "column %d has a value but no name in the header", column+1)
		}
	}
	r.keep(p)
}

func (r *people) keep(p person) {
	if first, twice := r.at[p.id]; twice && p.id != "" {
		r.out.addf(p.line, "the identity %q is on line %d already", p.id, r.list[first].line)
		return
	}
	r.at[p.id] = len(r.list)
	r.list = append(r.list, p)
}

// truth reads what files have for true and false; nothing is true.
func truth(text string) (value, ok bool) {
	switch strings.ToLower(text) {
	case "", "true", "t", "yes", "y", "1", "active", "enabled":
		return true, true
	case "false", "f", "no", "n", "0", "inactive", "disabled":
		return false, true
	default:
		return false, false
	}
}

// attributesOf are the attributes of a person that have a value.
func (r *people) attributesOf(p person) map[string]string {
	out := map[string]string{}
	for column, s := range r.table.record(p.row) {
		if name := r.attributes[column]; name != "" && s != none {
			out[name] = r.table.texts[s]
		}
	}
	return out
}

// check refuses user names that occur again, circles of managers, and managers
// whom nobody knows. known says whether there is an identity of an id; it is
// nil where that is not to be said, since lines could not be read.
func (r *people) check(known func(id string) bool) {
	owners := map[string]int{}
	for _, p := range r.list {
		if line, taken := owners[p.name]; taken && p.name != "" {
			r.out.addf(p.line, "the user name %q is on line %d already; call the column displayName if it holds names for people", p.name, line)
		} else {
			owners[p.name] = p.line
		}
		if p.manager != "" && known != nil && !known(p.manager) {
			r.out.addf(p.line, "the manager %q is no identity of the files; managers are named by id", p.manager)
		}
	}
	r.checkCircles()
}

// checkCircles finds those who are above themselves, each circle once.
func (r *people) checkCircles() {
	walk := make([]int, len(r.list)) // the number of the walk that came by, 0: none
	for i := range r.list {
		at, ok := i, true
		for ok && walk[at] == 0 {
			walk[at] = i + 1
			manager := r.list[at].manager
			if at, ok = r.at[manager]; manager == "" {
				ok = false
			}
		}
		if ok && walk[at] == i+1 {
			r.out.addf(r.list[at].line, "the identity %q is above itself in the tree of managers", r.list[at].id)
		}
	}
}
