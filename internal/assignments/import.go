package assignments

import (
	"cmp"
	"io"
	"slices"

	"mockserver/internal/idgen"
	"mockserver/internal/orggen"
	"mockserver/internal/rolemining"
	"mockserver/internal/seed"
)

// Import reads assignments and, where identities is not nil, who the users are,
// and writes both as fixtures into the files that create makes, those of
// seed.Writer in their order. Nothing is created before everything was read and checked.
//
// An *Error says what is wrong with the files; any other error is one of the
// options, of reading or of writing. The same files and options give the same
// bytes.
func Import(assignments Input, identities *Input, opts Options, create func(name string) (io.WriteCloser, error)) (Summary, error) {
	opts, err := opts.complete()
	if err != nil {
		return Summary{}, err
	}
	o, err := readAll(assignments, identities, opts)
	if err != nil {
		return Summary{}, err
	}
	o.settle()
	if err := o.write(opts, create); err != nil {
		return Summary{}, err
	}
	return o.summary(), nil
}

// organisation is what both files say.
type organisation struct {
	rows     *rows
	holdings *holdings
	people   *people // never nil
	sources  []symbol
	members  []member
	idle     int // members without access
	madeUp   int // members without a name
}

// member is an identity: a user of the assignments, a person of the identities,
// or both.
type member struct {
	id      string
	person  int    // in people.list, -1 for none
	called  string // in the file of assignments, "" for nothing
	name    string
	display string
	active  bool
}

// readAll reads and checks both files.
func readAll(assignments Input, identities *Input, opts Options) (*organisation, error) {
	p := &progress{tell: opts.Progress, total: assignments.Size}
	if identities != nil {
		p.total += identities.Size
	}
	if assignments.Size <= 0 || identities != nil && identities.Size <= 0 {
		p.total = 0
	}
	first, second := &findings{file: assignments.Name}, &findings{}
	o := &organisation{people: &people{out: second}}
	var err error
	if o.rows, err = readRows(assignments, opts, p, first); err != nil {
		return nil, err
	}
	if rule := o.rows.nothing(); rule != "" && first.count == 0 {
		first.addf(0, "%s", rule)
		o.rows.table = newTable()
		o.rows.first = 0
	}
	o.holdings = o.rows.holdings()
	o.rows.table.fields = nil // a third of the memory, and read
	if identities != nil {
		second.file = identities.Name
		if o.people, err = readPeople(*identities, p, second); err != nil {
			return nil, err
		}
	}
	o.holdings.finish()
	if first.count == 0 && len(o.holdings.edges) == 0 {
		first.addf(0, "there are no assignments")
	}
	o.people.check(o.known(first, second))
	return o, errorOf(first, second)
}

// known says whether there is an identity of an id; it is nil where lines could
// not be read. Where lines have other mistakes, any text of them may be a user.
func (o *organisation) known(files ...*findings) func(id string) bool {
	if o.rows.unread || o.people.unread {
		return nil
	}
	for _, f := range files {
		if f.count > 0 {
			return func(id string) bool {
				_, there := o.rows.table.symbols[id]
				return there || o.knows(id)
			}
		}
	}
	return o.knows
}

// knows says whether there is an identity of an id.
func (o *organisation) knows(id string) bool {
	if _, ok := o.people.at[id]; ok {
		return true
	}
	s, ok := o.rows.table.symbols[id]
	return ok && int(s) < len(o.holdings.userAt) && o.holdings.userAt[s] >= 0
}

// settle lists the identities, users first, and names them.
func (o *organisation) settle() {
	listed := make([]bool, len(o.people.list))
	for i, s := range o.holdings.users {
		m := member{id: o.rows.table.texts[s], person: -1, active: true, called: o.rows.table.texts[o.holdings.names[i]]}
		if at, ok := o.people.at[m.id]; ok {
			m.person, listed[at] = at, true
		}
		o.members = append(o.members, m)
	}
	for at, p := range o.people.list {
		if !listed[at] {
			o.members = append(o.members, member{id: p.id, person: at})
		}
	}
	o.name()
	for _, r := range o.holdings.rights {
		o.sources = append(o.sources, r.source)
	}
	slices.Sort(o.sources)
	o.sources = slices.Compact(o.sources)
}

// name gives the identities the names of the file, and then the others theirs,
// in ascending id: so neither depends on the order of the lines.
func (o *organisation) name() {
	names := newNamer()
	order := make([]int, len(o.members))
	for i := range o.members {
		order[i] = i
		if at := o.members[i].person; at >= 0 {
			p := o.people.list[at]
			o.members[i].active = p.active
			o.members[i].name, o.members[i].display = p.name, p.display
			names.taken[p.name] = true
		}
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(o.members[a].id, o.members[b].id) })
	for _, i := range order {
		m := &o.members[i]
		if m.name == "" && m.display == "" && m.called != "" {
			m.display = cmp.Or(spelling(m.called), m.called)
		}
		m.name, m.display = names.names(m.id, m.name, m.display)
	}
	o.madeUp = names.count
}

// write writes the fixtures.
func (o *organisation) write(opts Options, create func(name string) (io.WriteCloser, error)) error {
	w := seed.NewWriter(create, true)
	ids := idgen.New("import/" + opts.OrgName)
	w.Org(rolemining.Org{Name: opts.OrgName, TenantID: ids.UUID("tenant", 0), TenantName: opts.OrgName, Pod: "local"})
	texts := o.rows.table.texts
	for _, s := range o.sources {
		w.Source(rolemining.Source{ID: texts[s], Name: texts[s]}, "")
	}
	for _, r := range o.holdings.rights {
		w.Entitlement(rolemining.Entitlement{
			ID: r.id, Name: texts[r.name], Attribute: "entitlements", Value: texts[r.name], SourceID: texts[r.source],
		}, "")
	}
	o.writeMembers(w)
	for _, c := range orggen.Clients(o.actors()) {
		w.Client(c)
	}
	return w.Close()
}

func (o *organisation) writeMembers(w *seed.Writer) {
	from := 0
	var held []string
	for i, m := range o.members {
		next := o.holdings.of(i, from)
		held = held[:0]
		for _, e := range o.holdings.edges[from:next] {
			held = append(held, o.holdings.rights[uint32(e)].id)
		}
		if from == next {
			o.idle++
		}
		from = next
		who := rolemining.Identity{ID: m.id, Name: m.name, DisplayName: m.display, Active: m.active, EntitlementIDs: held}
		if m.person >= 0 {
			p := o.people.list[m.person]
			who.Email, who.ManagerID, who.Attributes = p.email, p.manager, o.people.attributesOf(p)
		}
		w.Identity(who)
	}
}

// actors are the identities in whose names the clients act: the first three
// that are active, or whoever there is.
func (o *organisation) actors() (admin, roleAdmin, reader string) {
	var ids []string
	for _, m := range o.members {
		if m.active && len(ids) < 3 {
			ids = append(ids, m.id)
		}
	}
	for i := 0; len(ids) < 3; i++ {
		ids = append(ids, o.members[i%len(o.members)].id)
	}
	return ids[0], ids[1], ids[2]
}

func (o *organisation) summary() Summary {
	s := Summary{
		Identities: len(o.members), WithoutAccess: o.idle, MadeUpNames: o.madeUp,
		Entitlements: len(o.holdings.rights), Sources: len(o.sources),
		Assignments: len(o.holdings.edges), Duplicates: o.holdings.duplicates, OwnManagers: o.people.ownManagers,
		Format: o.rows.format, Delimiter: o.rows.delimiter, Header: HeaderNo, FirstLine: o.rows.firstLine, Doubt: o.rows.doubt,
	}
	if o.rows.header != nil {
		s.Header = HeaderYes
		if s.Format == FormatPairs {
			s.Columns, s.Ignored = o.rows.columns.names(o.rows.header)
		}
	}
	return s
}
