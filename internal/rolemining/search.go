package rolemining

import (
	"slices"
	"strconv"
	"strings"
)

// The fields of an identity that criteria may search, beside attributes.NAME.
// They are the names of the product's search documents (docs/fidelity.md,
// "Criteria").
var identityFields = map[string]func(w *world, x *Identity) []string{
	"id":          func(_ *world, x *Identity) []string { return one(x.ID) },
	"name":        func(_ *world, x *Identity) []string { return []string{x.Name, x.DisplayName} },
	"displayName": func(_ *world, x *Identity) []string { return one(x.DisplayName) },
	"firstName":   func(_ *world, x *Identity) []string { return one(x.Attributes["firstName"]) },
	"lastName":    func(_ *world, x *Identity) []string { return one(x.Attributes["lastName"]) },
	"email":       func(_ *world, x *Identity) []string { return one(x.Email) },
	"inactive":    func(_ *world, x *Identity) []string { return one(strconv.FormatBool(!x.Active)) },
	"status":      func(_ *world, x *Identity) []string { return one(activeText(x.Active)) },
	"manager.id":  func(_ *world, x *Identity) []string { return one(x.ManagerID) },
	"manager.name": func(w *world, x *Identity) []string {
		return ofManager(w, x, func(m *Identity) string { return m.Name })
	},
	"manager.displayName": func(w *world, x *Identity) []string {
		return ofManager(w, x, func(m *Identity) string { return m.DisplayName })
	},
	"source.id":   func(w *world, x *Identity) []string { return ofSources(w, x, func(s Source) string { return s.ID }) },
	"source.name": func(w *world, x *Identity) []string { return ofSources(w, x, func(s Source) string { return s.Name }) },
	"access.id":   func(w *world, x *Identity) []string { return ofAccess(w, x, "id") },
	"access.name": func(w *world, x *Identity) []string { return ofAccess(w, x, "name") },
}

// The fields of one access item, for @access(...).
var accessFields = map[string]func(w *world, e *Entitlement) string{
	"id":          func(_ *world, e *Entitlement) string { return e.ID },
	"name":        func(_ *world, e *Entitlement) string { return e.Name },
	"displayName": func(_ *world, e *Entitlement) string { return e.Name },
	"description": func(_ *world, e *Entitlement) string { return valueOr(e.Description, "") },
	"type":        func(*world, *Entitlement) string { return "ENTITLEMENT" },
	"attribute":   func(_ *world, e *Entitlement) string { return e.Attribute },
	"value":       func(_ *world, e *Entitlement) string { return e.Value },
	"source.id":   func(_ *world, e *Entitlement) string { return e.SourceID },
	"source.name": func(w *world, e *Entitlement) string { return w.source(*e).Name },
}

// attributePrefix begins the name of a field that is an identity attribute.
const attributePrefix = "attributes."

// nestedAccess is the only nested part of an identity that can be searched.
const nestedAccess = "access"

// searchFields says which fields criteria may name in an organisation.
type searchFields struct{ w *world }

func (f searchFields) Field(name string) bool {
	if attribute, ok := strings.CutPrefix(name, attributePrefix); ok {
		return slices.Contains(f.w.attributeNames(), attribute)
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
	for _, attribute := range f.w.attributeNames() {
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

// searchable is an identity as criteria see it.
type searchable struct {
	w *world
	x *Identity
}

func (d *searchable) Values(field string) []string {
	if attribute, ok := strings.CutPrefix(field, attributePrefix); ok {
		return one(d.w.attribute(d.x, attribute))
	}
	if read, ok := identityFields[field]; ok {
		return read(d.w, d.x)
	}
	return nil
}

func (d *searchable) AllValues(yield func(string) bool) {
	for _, field := range allIdentityFields {
		for _, value := range d.Values(field) {
			if !yield(value) {
				return
			}
		}
	}
	for _, name := range sortedKeys(d.x.Attributes) {
		if !yield(d.x.Attributes[name]) {
			return
		}
	}
}

func (d *searchable) Nested(name string, yield func(func(field string) []string) bool) {
	if name != nestedAccess {
		return
	}
	for _, id := range d.x.EntitlementIDs {
		e := &d.w.data.Entitlements[d.w.entitlements[id]]
		values := func(field string) []string {
			if read, ok := accessFields[field]; ok {
				return one(read(d.w, e))
			}
			return nil
		}
		if !yield(values) {
			return
		}
	}
}

// allIdentityFields are what a bare word is looked for in, with the attributes.
var allIdentityFields = sortedKeys(identityFields)

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

func ofManager(w *world, x *Identity, get func(*Identity) string) []string {
	if m := w.manager(x); m != nil {
		return one(get(m))
	}
	return nil
}

// ofSources reads the sources on which x holds something.
func ofSources(w *world, x *Identity, get func(Source) string) []string {
	var values []string
	for _, id := range x.EntitlementIDs {
		if v := get(w.source(w.data.Entitlements[w.entitlements[id]])); !slices.Contains(values, v) {
			values = append(values, v)
		}
	}
	return values
}

func ofAccess(w *world, x *Identity, field string) []string {
	values := make([]string, 0, len(x.EntitlementIDs))
	for _, id := range x.EntitlementIDs {
		values = append(values, accessFields[field](w, &w.data.Entitlements[w.entitlements[id]]))
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
