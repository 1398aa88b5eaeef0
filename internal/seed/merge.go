package seed

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"mockserver/internal/rolemining"
)

// record is where a record of the patched document comes from.
type record struct {
	id    string
	patch int // the place in the patch, -1 for one that it leaves alone
}

// merger applies a patch.
type merger struct {
	ds      rolemining.Dataset
	texts   map[string][][]byte // records, by member
	records map[string][]record // parallel
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
	m := &merger{
		ds: ds, texts: cut(text.Bytes()), records: map[string][]record{}, removed: map[reference]*gone{}, changes: Changes{},
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

// cut takes a document apart: the text of each record, by member.
func cut(text []byte) map[string][][]byte {
	d := &decoder{out: &findings{}}
	d.data = text
	parts := map[string][][]byte{}
	d.object(documentProps, func(i int) {
		name := documentProps.names[i]
		one := func(int) {
			d.kind()
			start := d.pos
			d.skip()
			parts[name] = append(parts[name], d.data[start:d.pos])
		}
		if d.kind() != '[' { // the organisation
			one(0)
			return
		}
		d.list(one)
	})
	return parts
}

// join is the document again.
func (m *merger) join() []byte {
	var text bytes.Buffer
	for i, name := range documentProps.names {
		text.WriteString([]string{"{", ","}[min(i, 1)] + `"` + name + `":`)
		all := bytes.Join(m.texts[name], []byte(","))
		if name == memberOf(OrgFile) {
			text.Write(all)
			continue
		}
		text.WriteByte('[')
		text.Write(all)
		text.WriteByte(']')
	}
	text.WriteByte('}')
	return text.Bytes()
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
	records, texts := m.records[kind.member], m.texts[kind.member]
	at := make(map[string]int, len(records))
	for j, r := range records {
		at[r.id] = j
	}
	change := Change{}
	for j, r := range part.merge {
		if r.id == "" {
			continue
		}
		k, there := at[r.id]
		if !there {
			k, change.Added = len(records), change.Added+1
			records, texts = append(records, record{r.id, j}), append(texts, []byte("{}"))
		} else {
			records[k].patch, change.Changed = j, change.Changed+1
		}
		merged, err := mergePatch(texts[k], r.text)
		if err != nil {
			return err
		}
		texts[k] = merged
	}
	m.records[kind.member], m.texts[kind.member] = records, texts
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
	records, texts := m.records[kind.member], m.texts[kind.member]
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
		case strings.TrimSpace(id) == "": // told already
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
			records[n], texts[n] = records[k], texts[k]
			n++
		}
	}
	m.records[kind.member], m.texts[kind.member] = records[:n], texts[:n]
}

// load reads the patched document.
func (m *merger) load() (rolemining.Dataset, error) {
	l := newLoader()
	l.name, l.out.tell = m.name, m.retell
	ds, err := l.document(m.join())
	if err != nil {
		return rolemining.Dataset{}, err
	}
	return ds, m.broken()
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

// broken is everything that was found wrong with a patch and the patched document.
func (m *merger) broken() error {
	for _, g := range m.gone {
		if g.used == "" {
			continue
		}
		others := ""
		if g.more > 0 {
			others = fmt.Sprintf(" (1 of %d references)", g.more+1)
		}
		m.out.addf("", g.pointer, "%q cannot be removed: %s refers to it%s", g.id, g.used, others)
	}
	return m.out.err()
}

// retell puts a problem where the patch has its cause: at the record that it
// merged, at the id that it removed, or, for what it breaks elsewhere, nowhere.
func (m *merger) retell(p Problem, missing reference) {
	member := memberOf(p.File)
	first, rest, deeper := strings.Cut(strings.TrimPrefix(p.Pointer, "/"), "/")
	if deeper {
		rest = "/" + rest
	}
	at, err := strconv.Atoi(first)
	if err != nil || at >= len(m.records[member]) { // of no record
		m.out.addf("", "", "%s", p.String())
		return
	}
	r := m.records[member][at]
	if r.patch >= 0 {
		m.out.Add(Problem{Pointer: fmt.Sprintf("/%s/%d%s", member, r.patch, rest), Rule: p.Rule, Allowed: p.Allowed})
		return
	}
	place := fmt.Sprintf("the %s %q", whatOf(member), r.id)
	if deeper {
		place = rest + " of " + place
	}
	if g, ok := m.removed[missing]; ok {
		if g.used == "" {
			g.used = place
		} else {
			g.more++
		}
		return
	}
	m.out.addf("", "", "%s: %s", place, p.Rule)
}

// whatOf is what one record of a member is.
func whatOf(member string) string {
	for _, kind := range patchKinds {
		if kind.member == member {
			return kind.what
		}
	}
	return "session"
}
