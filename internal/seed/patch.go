package seed

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"mockserver/internal/rolemining"
)

// Patch is a change of an organisation: records to merge in by their ids, and
// ids of records to take away.
type Patch struct{ parts [len(patchKinds)]patchPart }

// Changes says, by member of a document, how many records a Patch has changed.
// Members without a change are left out.
type Changes map[string]Change

// Change counts records.
type Change struct {
	Added   int `json:"added"`
	Changed int `json:"changed"`
	Removed int `json:"removed"`
}

// patchKind is a kind of record that can be patched.
type patchKind struct {
	member string // of a document
	what   string // as an index calls it
	id     string // the property
	keyed  bool   // there may be a key beside it
}

var patchKinds = [...]patchKind{
	{"sources", "source", "id", true},
	{"entitlements", "entitlement", "id", true},
	{"identities", "identity", "id", false},
	{"roles", "role", "id", false},
	{"clients", "client", "clientId", false},
}

// patchPart is what a patch says of one kind.
type patchPart struct {
	merge  []patchRecord
	remove []string // ids, or keys
}

type patchRecord struct {
	id   string
	text json.RawMessage
}

var (
	patchProps  = props("sources", "entitlements", "identities", "roles", "clients", "remove")
	removeProps = props("sources", "entitlements", "identities", "roles", "clients")
)

// ParsePatch reads a patch:
//
//	{"identities": [{"id": "...", ...}], ..., "remove": {"identities": ["..."], ...}}
//
// with sources, entitlements, identities, roles and clients. The error is an
// *Error whose pointers are into the patch.
func ParsePatch(text []byte) (*Patch, error) {
	p, l := &Patch{}, newLoader()
	d := &decoder{out: &l.out, texts: l.texts}
	d.data = text
	empty := true
	d.object(patchProps, func(i int) {
		empty = false
		if i < len(patchKinds) {
			p.parts[i].merge = l.patchRecords(d, patchKinds[i])
			return
		}
		d.object(removeProps, func(i int) {
			d.list(func(int) { p.parts[i].remove = append(p.parts[i].remove, d.text()) })
		})
	})
	d.end()
	switch {
	case d.fault != nil:
		l.malformed(d)
	case empty && l.out.Count == 0:
		d.problem("the patch is empty: it needs one of %s", strings.Join(patchProps.names, ", "))
	}
	if err := l.out.err(); err != nil {
		return nil, err
	}
	return p, nil
}

// patchRecords reads the records of one kind.
func (l *loader) patchRecords(d *decoder, kind patchKind) []patchRecord {
	var all []patchRecord
	ids := l.newIndex(kind.what, 8)
	d.list(func(i int) {
		d.kind()
		start, r := d.pos, patchRecord{}
		isObject := d.kind() == '{'
		d.unique(func(name string) bool {
			if name == kind.id {
				r.id = ids.claim(d, kind.id, i)
			}
			return name == kind.id
		})
		r.text = d.data[min(start, d.pos):d.pos]
		if isObject && r.id == "" {
			d.problem("the required property %q is missing", kind.id)
		}
		all = append(all, r)
	})
	return all
}

// unique reads an object that has no property twice, at any depth; read takes
// the value of a property, or leaves it.
func (d *decoder) unique(read func(name string) bool) {
	seen := map[string]bool{}
	d.mapping(func(name string) {
		if seen[name] {
			d.problem("the property %q occurs twice", name)
		}
		if seen[name] = true; read == nil || !read(name) {
			d.uniqueValue()
		}
	})
}

func (d *decoder) uniqueValue() {
	switch d.kind() {
	case '{':
		d.unique(nil)
	case '[':
		d.list(func(int) { d.uniqueValue() })
	default:
		d.skip()
	}
}

// Apply makes the patched organisation, checked as a whole by the rules of Load.
// A record whose id is there changes as RFC 7396 says: properties that are given
// replace those of the record, null takes one away. Any other is added. What
// something else refers to cannot be removed. The error is an *Error whose
// pointers are into the patch; "" is for what the patch breaks elsewhere.
func (p *Patch) Apply(ds rolemining.Dataset) (rolemining.Dataset, Changes, error) {
	m, err := newMerger(ds)
	if err != nil {
		return rolemining.Dataset{}, nil, err
	}
	for i, kind := range patchKinds {
		if err := m.merge(i, kind, p.parts[i]); err != nil {
			return rolemining.Dataset{}, nil, err
		}
	}
	if err := m.out.err(); err != nil {
		return rolemining.Dataset{}, nil, err
	}
	after, err := m.load()
	return after, m.changes, err
}

// document is a document whose records are text.
type document struct {
	Org          json.RawMessage   `json:"org"`
	Sources      []json.RawMessage `json:"sources"`
	Entitlements []json.RawMessage `json:"entitlements"`
	Identities   []json.RawMessage `json:"identities"`
	Roles        []json.RawMessage `json:"roles"`
	Clients      []json.RawMessage `json:"clients"`
	Sessions     []json.RawMessage `json:"sessions"`
}

// record is where a record of the patched document comes from.
type record struct {
	id    string
	patch int // the place in the patch, -1 for one that it leaves alone
}

// merger applies a patch.
type merger struct {
	ds      rolemining.Dataset
	doc     document
	records map[string][]record // by member, parallel to the document
	removed map[reference]*gone
	gone    []*gone // those, in the order of the patch
	changes Changes
	out     findings
}

// gone is a removed record.
type gone struct {
	pointer string // into the patch
	id      string // or key, as there
	used    string // the place of the first reference to it, "" for none
	more    int    // how many others there are
}

func newMerger(ds rolemining.Dataset) (*merger, error) {
	var text bytes.Buffer
	if err := writeDocument(&text, ds, true); err != nil {
		return nil, err
	}
	m := &merger{ds: ds, records: map[string][]record{}, removed: map[reference]*gone{}, changes: Changes{}}
	if err := json.Unmarshal(text.Bytes(), &m.doc); err != nil {
		return nil, fmt.Errorf("the present organisation: %w", err)
	}
	keep := func(member string, count int, id func(i int) string) {
		all := make([]record, count)
		for i := range all {
			all[i] = record{id(i), -1}
		}
		m.records[member] = all
	}
	keep("sources", len(ds.Sources), func(i int) string { return ds.Sources[i].ID })
	keep("entitlements", len(ds.Entitlements), func(i int) string { return ds.Entitlements[i].ID })
	keep("identities", ds.Identities.Len(), ds.Identities.ID)
	keep("roles", len(ds.Roles), func(i int) string { return ds.Roles[i].ID })
	keep("clients", len(ds.Clients), func(i int) string { return ds.Clients[i].ID })
	keep("sessions", len(ds.Sessions), func(i int) string { return ds.Sessions[i].ID })
	return m, nil
}

// texts are the records of the i-th kind.
func (m *merger) texts(i int) *[]json.RawMessage {
	return [...]*[]json.RawMessage{&m.doc.Sources, &m.doc.Entitlements, &m.doc.Identities, &m.doc.Roles, &m.doc.Clients}[i]
}

// keys are the ids of the i-th kind by key.
func (m *merger) keys(i int) map[string]string {
	all := map[string]string{}
	switch patchKinds[i].member {
	case "sources":
		for _, s := range m.ds.Sources {
			all[s.Key] = s.ID
		}
	case "entitlements":
		for _, e := range m.ds.Entitlements {
			all[e.Key] = e.ID
		}
	}
	delete(all, "")
	return all
}

// merge puts what a patch says of the i-th kind into the document.
func (m *merger) merge(i int, kind patchKind, part patchPart) error {
	if len(part.merge)+len(part.remove) == 0 {
		return nil
	}
	records, texts := m.records[kind.member], m.texts(i)
	at := make(map[string]int, len(records))
	for j, r := range records {
		at[r.id] = j
	}
	change := Change{}
	for j, r := range part.merge {
		k, there := at[r.id]
		if !there {
			k, change.Added = len(records), change.Added+1
			records, *texts = append(records, record{r.id, j}), append(*texts, json.RawMessage("{}"))
		} else {
			records[k].patch, change.Changed = j, change.Changed+1
		}
		merged, err := mergePatch((*texts)[k], r.text)
		if err != nil {
			return err
		}
		(*texts)[k] = merged
	}
	m.records[kind.member] = records
	m.remove(i, kind, part.remove, at)
	change.Removed = len(part.remove)
	m.changes[kind.member] = change
	return nil
}

// remove takes records out of the document; at is where they were before.
func (m *merger) remove(i int, kind patchKind, ids []string, at map[string]int) {
	if len(ids) == 0 {
		return
	}
	records, texts := m.records[kind.member], m.texts(i)
	leave := make([]bool, len(records))
	keys, by := m.keys(i), kind.id
	if kind.keyed {
		by = "id or key"
	}
	for j, id := range ids {
		pointer := fmt.Sprintf("/remove/%s/%d", kind.member, j)
		k, ok := at[id]
		if !ok {
			k, ok = at[keys[id]]
		}
		switch {
		case !ok:
			m.out.addf("", pointer, "no %s has the %s %q", kind.what, by, id)
		case leave[k]:
			m.out.addf("", pointer, "the %s %q is removed twice", kind.what, id)
		case records[k].patch >= 0:
			m.out.addf("", pointer, "the %s %q is changed by /%s/%d, too", kind.what, id, kind.member, records[k].patch)
		default:
			leave[k] = true
			g := &gone{pointer: pointer, id: id}
			m.removed[reference{kind.what, records[k].id}] = g
			m.gone = append(m.gone, g)
		}
	}
	n := 0
	for k := range records {
		if !leave[k] {
			records[n], (*texts)[n] = records[k], (*texts)[k]
			n++
		}
	}
	m.records[kind.member], *texts = records[:n], (*texts)[:n]
}

// load reads the patched document.
func (m *merger) load() (rolemining.Dataset, error) {
	text, err := json.Marshal(m.doc)
	if err != nil {
		return rolemining.Dataset{}, err
	}
	l := newLoader()
	l.name, l.out.tell = m.name, m.retell
	ds, err := l.document(text)
	if err != nil {
		return rolemining.Dataset{}, err
	}
	if l.out.Count > 0 {
		return rolemining.Dataset{}, m.broken()
	}
	return ds, nil
}

// name is how a problem calls another record: by its id.
func (m *merger) name(what string, at int) string {
	owner := what[strings.LastIndexByte(what, ' ')+1:] // "export of the session"
	for _, kind := range append(patchKinds[:], patchKind{member: "sessions", what: "session"}) {
		if all := m.records[kind.member]; kind.what == owner && at < len(all) {
			return fmt.Sprintf("%s %q", what, all[at].id)
		}
	}
	return byPlace(what, at)
}

// mergePatch is RFC 7396. Of libraries there is one that writes properties in
// any order, and then the problems of a record would come in any order, too.
func mergePatch(target, patch json.RawMessage) (json.RawMessage, error) {
	var over map[string]json.RawMessage
	if json.Unmarshal(patch, &over) != nil || over == nil {
		return patch, nil // no object
	}
	var all map[string]json.RawMessage
	if json.Unmarshal(target, &all) != nil || all == nil {
		all = map[string]json.RawMessage{}
	}
	for name, value := range over {
		if string(value) == "null" {
			delete(all, name)
			continue
		}
		merged, err := mergePatch(all[name], value)
		if err != nil {
			return nil, err
		}
		all[name] = merged
	}
	return json.Marshal(all)
}
