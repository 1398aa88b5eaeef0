package rolemining

import (
	"slices"
	"strconv"
	"strings"
)

// The fields of an identity that criteria may search, beside attributes.NAME.
// They are the names of the product's search documents (docs/fidelity.md,
// "Criteria").
var identityFields = map[string]func(d *searchable) []string{
	"id":          func(d *searchable) []string { return one(d.x.ID(d.i)) },
	"name":        func(d *searchable) []string { return []string{d.x.Name(d.i), d.x.DisplayName(d.i)} },
	"displayName": func(d *searchable) []string { return one(d.x.DisplayName(d.i)) },
	"firstName":   func(d *searchable) []string { return one(d.x.Attribute(d.i, "firstName")) },
	"lastName":    func(d *searchable) []string { return one(d.x.Attribute(d.i, "lastName")) },
	"email":       func(d *searchable) []string { return one(d.x.Email(d.i)) },
	"inactive":    func(d *searchable) []string { return one(strconv.FormatBool(!d.x.Active(d.i))) },
	"status":      func(d *searchable) []string { return one(activeText(d.x.Active(d.i))) },
	"manager.id":  func(d *searchable) []string { return d.ofManager((*Identities).ID) },
	"manager.name": func(d *searchable) []string {
		return d.ofManager((*Identities).Name)
	},
	"manager.displayName": func(d *searchable) []string {
		return d.ofManager((*Identities).DisplayName)
	},
	"source.id":   func(d *searchable) []string { return d.ofSources(func(s *Source) string { return s.ID }) },
	"source.name": func(d *searchable) []string { return d.ofSources(func(s *Source) string { return s.Name }) },
	"access.id":   func(d *searchable) []string { return d.ofAccess("id") },
	"access.name": func(d *searchable) []string { return d.ofAccess("name") },
}

// The fields of one access item, for @access(...), by index of entitlement.
var accessFields = map[string]func(w *world, e int) string{
	"id":          func(w *world, e int) string { return w.Entitlements[e].ID },
	"name":        func(w *world, e int) string { return w.Entitlements[e].Name },
	"displayName": func(w *world, e int) string { return w.Entitlements[e].Name },
	"description": func(w *world, e int) string { return valueOr(w.Entitlements[e].Description, "") },
	"type":        func(*world, int) string { return "ENTITLEMENT" },
	"attribute":   func(w *world, e int) string { return w.Entitlements[e].Attribute },
	"value":       func(w *world, e int) string { return w.Entitlements[e].Value },
	"source.id":   func(w *world, e int) string { return w.Entitlements[e].SourceID },
	"source.name": func(w *world, e int) string { return w.source(e).Name },
}

// attributePrefix begins the name of a field that is an identity attribute.
const attributePrefix = "attributes."

// nestedAccess is the only nested part of an identity that can be searched.
const nestedAccess = "access"

// searchFields says which fields criteria may name in an organisation.
type searchFields struct{ w *world }

func (f searchFields) Field(name string) bool {
	if attribute, ok := strings.CutPrefix(name, attributePrefix); ok {
		return slices.Contains(f.w.attributeNames, attribute)
	}
	_, ok := identityFields[name]
	return ok
}

func (f searchFields) NestedField(nested, name string) bool {
	_, ok := accessFields[name]
	return ok && nested == nestedAccess
}

func (f searchFields) Names() []string {
	names := sortedKeys(identityFields)
	for _, attribute := range f.w.attributeNames {
		names = append(names, attributePrefix+attribute)
	}
	return names
}

func (f searchFields) NestedNames(nested string) []string {
	if nested != nestedAccess {
		return nil
	}
	return sortedKeys(accessFields)
}

// searchable is an identity as criteria see it. It keeps what it has looked up,
// because a query may ask for the same a thousand times; so it is for one
// goroutine.
type searchable struct {
	w      *world
	x      *Identities
	i      int
	values map[string][]string
	all    []string
}

// searchable is nobody yet: see turnTo.
func (w *world) searchable() *searchable {
	return &searchable{w: w, x: w.Identities, values: map[string][]string{}}
}

// turnTo makes it the identity with index i.
func (d *searchable) turnTo(i int) *searchable {
	d.i, d.all = i, nil
	clear(d.values)
	return d
}

func (d *searchable) Values(field string) []string {
	values, ok := d.values[field]
	if !ok {
		values = d.read(field)
		d.values[field] = values
	}
	return values
}

func (d *searchable) read(field string) []string {
	if attribute, ok := strings.CutPrefix(field, attributePrefix); ok {
		return one(d.w.attribute(d.i, attribute))
	}
	if read, ok := identityFields[field]; ok {
		return read(d)
	}
	return nil
}

func (d *searchable) AllValues(yield func(string) bool) {
	if d.all == nil {
		d.all = d.everything()
	}
	for _, value := range d.all {
		if !yield(value) {
			return
		}
	}
}

// everything is every value of the identity, once.
func (d *searchable) everything() []string {
	var all []string
	for field := range identityFields {
		all = append(all, d.Values(field)...)
	}
	for _, p := range d.x.Attributes(d.i) {
		all = append(all, d.x.Pairs()[p].Value)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (d *searchable) Nested(name string, yield func(func(field string) []string) bool) {
	if name != nestedAccess {
		return
	}
	for _, e := range d.x.Held(d.i) {
		values := func(field string) []string {
			if read, ok := accessFields[field]; ok {
				return one(read(d.w, int(e)))
			}
			return nil
		}
		if !yield(values) {
			return
		}
	}
}

func one(value string) []string {
	if value == "" {
		return nil
	}
	return []string{value}
}

func activeText(active bool) string {
	if active {
		return "ACTIVE"
	}
	return "INACTIVE"
}

func (d *searchable) ofManager(get func(x *Identities, i int) string) []string {
	if m := d.x.Manager(d.i); m != NoManager {
		return one(get(d.x, m))
	}
	return nil
}

// ofSources reads the sources on which the identity holds something.
func (d *searchable) ofSources(get func(*Source) string) []string {
	var values []string
	for _, e := range d.x.Held(d.i) {
		if v := get(d.w.source(int(e))); !slices.Contains(values, v) {
			values = append(values, v)
		}
	}
	return values
}

func (d *searchable) ofAccess(field string) []string {
	held := d.x.Held(d.i)
	values := make([]string, len(held))
	for n, e := range held {
		values[n] = accessFields[field](d.w, int(e))
	}
	return values
}

func valueOr[T any](p *T, otherwise T) T {
	if p == nil {
		return otherwise
	}
	return *p
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
