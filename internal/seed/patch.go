package seed

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"mockserver/internal/rolemining"
)

// Patch is a change of an organisation: records to merge in by their ids, and
// ids of records to take away.
type Patch struct {
	parts [len(patchKinds)]patchPart
	out   findings // what is wrong with it by itself
}

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
	id   string // "" if it has none that is good, so that it cannot be merged
	text json.RawMessage
}

var (
	patchProps  = props("sources", "entitlements", "identities", "roles", "clients", "remove").without("cannot be patched")
	removeProps = props("sources", "entitlements", "identities", "roles", "clients").without("cannot be removed by a patch")
)

// without says of the members of a document that no patch has why it does not.
func (o object) without(why string) object {
	o.barred = map[string]string{}
	for _, name := range documentProps.names {
		if !slices.Contains(o.names, name) {
			o.barred[name] = fmt.Sprintf("%s %s: replace the whole document (PUT) to change it", name, why)
		}
	}
	return o
}

// ParsePatch reads a patch:
//
//	{"identities": [{"id": "...", ...}], ..., "remove": {"identities": ["..."], ...}}
//
// with sources, entitlements, identities, roles and clients. The error is an
// *Error whose pointers are into the patch: it is no JSON, or nothing of it can
// be applied. What else is wrong with it is told by Apply, together with what is
// wrong with the organisation that it makes.
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
	if err := l.out.err(); err != nil && (empty || d.fault != nil) {
		return nil, err
	}
	p.out = l.out
	return p, nil
}

// patchRecords reads the records of one kind.
func (l *loader) patchRecords(d *decoder, kind patchKind) []patchRecord {
	var all []patchRecord
	ids := l.newIndex(kind.what, 8)
	d.list(func(i int) {
		d.kind()
		start, r := d.pos, patchRecord{}
		isObject, named := d.kind() == '{', false
		d.unique(func(name string) bool {
			if name != kind.id {
				return false
			}
			named = true
			before := l.out.Count
			if id := ids.claim(d, kind.id, i); l.out.Count == before {
				r.id = id
			}
			return true
		})
		r.text = d.data[min(start, d.pos):d.pos]
		if isObject && !named {
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
// something else refers to cannot be removed. The error is an *Error with all
// that is wrong, whose pointers are into the patch; "" is for what the patch
// breaks elsewhere.
func (p *Patch) Apply(ds rolemining.Dataset) (rolemining.Dataset, Changes, error) {
	m, err := newMerger(ds)
	if err != nil {
		return rolemining.Dataset{}, nil, err
	}
	m.out.Problems, m.out.Count = slices.Clone(p.out.Problems), p.out.Count
	for i, kind := range patchKinds {
		if err := m.merge(i, kind, p.parts[i]); err != nil {
			return rolemining.Dataset{}, nil, err
		}
	}
	after, err := m.load()
	return after, m.changes, err
}
