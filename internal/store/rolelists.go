package store

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"

	"mockserver/internal/api"
	"mockserver/internal/query"
	"mockserver/internal/rolemining"
)

// view is a collection inside a potential role, ready to be filtered, sorted and
// written. It is made of what is packed in the role's row and of the organisation
// in memory: only that one row is read.
type view struct {
	elements []int32                   // ascending, as their ids are
	keys     map[string]func() ordinal // by field
	answer   func(element int32) any   // in the form of package api
}

// ordinal is what a field of an element is compared by.
type ordinal struct {
	of func(element int32) int32
	// texts, where the field is a text, are what of gives the rank among.
	texts *ranking
}

// by compares elements by a number of theirs.
func by(of func(element int32) int32) func() ordinal {
	return func() ordinal { return ordinal{of: of} }
}

// ranked compares elements by the rank of a text, which is worked out when it is
// asked for. at says where the element is in that order.
func ranked(order func() ranking, at func(element int32) int32) func() ordinal {
	return func() ordinal {
		r := order()
		return ordinal{of: func(x int32) int32 { return r.of[at(x)] }, texts: &r}
	}
}

func itself(x int32) int32 { return x }

// roleList reads a page of a collection inside a potential role. That there is no
// such role, or no such source, is ErrNotFound.
func (s *Store) roleList(ctx context.Context, l rolemining.List) (page rolemining.Page, err error) {
	err = s.organised(ctx, func(k *known) error {
		var v view
		err := s.read(ctx, func(c *conn) (err error) {
			v, err = c.view(k, l)
			return err
		})
		if err != nil {
			return err
		}
		page, err = v.page(l)
		return err
	})
	return page, err
}

// isInRole says whether a collection is one inside a potential role.
func isInRole(kind rolemining.ListKind) bool {
	switch kind {
	case rolemining.RoleApplications, rolemining.RoleEntitlementRefs, rolemining.RolePopularities,
		rolemining.RoleExcluded, rolemining.RoleIdentities, rolemining.SourceUsage:
		return true
	default:
		return false
	}
}

// roleColumn reads a column of a role's documents. The second argument is the
// role's session, "" for any.
func roleColumn(name string) string {
	return `SELECT d.` + name + ` FROM potential_roles AS p CROSS JOIN role_documents AS d ON d.n = p.n
		CROSS JOIN sessions AS s ON s.n = p.session WHERE p.id = ?1 AND (?2 = '' OR s.id = ?2)`
}

// view reads the part of a role's row that a collection is made of.
func (c *conn) view(k *known, l rolemining.List) (v view, err error) {
	people := l.Kind == rolemining.RoleIdentities || l.Kind == rolemining.SourceUsage
	column := "access"
	if people {
		column = "members"
	}
	found := false
	err = c.each(roleColumn(column), []any{l.RoleID, l.SessionID}, func(rows *sql.Rows) error {
		var packed sql.RawBytes
		if err := rows.Scan(&packed); err != nil {
			return err
		}
		found = true
		if people {
			v, err = k.members(packed, l)
		} else {
			v, err = k.access(packed, l)
		}
		return err
	})
	if err == nil && !found {
		err = rolemining.ErrNotFound
	}
	return v, err
}

// members is the people of a role.
func (k *known) members(packed []byte, l rolemining.List) (v view, err error) {
	if v.elements, err = unpackAscending(nil, packed, k.Identities.Len()); err != nil {
		return v, err
	}
	if l.Kind == rolemining.RoleIdentities {
		v.keys = map[string]func() ordinal{"name": ranked(k.names, itself)}
		v.answer = func(x int32) any { return api.IdentityOf(k.Identities, int(x)) }
		return v, nil
	}
	source, ok := k.Source(l.SourceID)
	if !ok {
		return v, rolemining.ErrNotFound
	}
	days := func(x int32) int32 {
		if usage := k.Identities.Usage(int(x)); source < len(usage) {
			return int32(usage[source])
		}
		return 0
	}
	v.keys = map[string]func() ordinal{
		"displayName": ranked(k.names, itself), "email": ranked(k.mails, itself), "usageCount": by(days),
	}
	v.answer = func(x int32) any {
		i := int(x)
		return api.SourceUsage{
			ID: k.Identities.ID(i), DisplayName: k.Identities.DisplayName(i), Email: k.Identities.Email(i), UsageCount: int(days(x)),
		}
	}
	return v, nil
}

// access is the entitlements of a role, or their applications. Its elements are
// places in what the role says of entitlements.
func (k *known) access(packed []byte, l rolemining.List) (view, error) {
	says, err := unpackAccess(packed, len(k.Entitlements))
	if err != nil {
		return view{}, err
	}
	says = slices.DeleteFunc(says, func(a access) bool {
		hidden := a.common && l.Kind == rolemining.RolePopularities && !l.IncludeCommon
		return hidden || a.excluded != (l.Kind == rolemining.RoleExcluded)
	})
	slices.SortFunc(says, func(a, b access) int { return cmp.Compare(a.entitlement, b.entitlement) })
	if l.Kind == rolemining.RoleApplications {
		return k.applications(says), nil
	}
	v := view{elements: make([]int32, len(says))}
	for i := range says {
		v.elements[i] = int32(i)
	}
	name := ranked(k.entitlements, func(i int32) int32 { return says[i].entitlement })
	v.keys = map[string]func() ordinal{
		"applicationName":     ranked(k.places, func(i int32) int32 { return k.sourceOf(says[i].entitlement) }),
		"entitlementRef.name": name,
		"entitlementName":     name,
		"popularity":          by(func(i int32) int32 { return int32(says[i].popularity) }),
	}
	v.answer = func(i int32) any {
		if l.Kind == rolemining.RoleEntitlementRefs {
			e := k.Entitlements[says[i].entitlement]
			return api.EntitlementName{ID: e.ID, Name: e.Name}
		}
		return k.entitlement(says[i])
	}
	return v, nil
}

// applications is the sources of entitlements.
func (k *known) applications(says []access) (v view) {
	for _, a := range says {
		v.elements = append(v.elements, k.sourceOf(a.entitlement))
	}
	slices.Sort(v.elements)
	v.elements = slices.Compact(v.elements)
	v.keys = map[string]func() ordinal{"applicationName": ranked(k.places, itself)}
	v.answer = func(i int32) any { return api.Application{ID: k.Sources[i].ID, Name: k.Sources[i].Name} }
	return v
}

func (k *known) sourceOf(entitlement int32) int32 {
	i, _ := k.Source(k.Entitlements[entitlement].SourceID) // no entitlement is without
	return int32(i)
}

// entitlement is the answer for an entitlement of a role.
func (k *known) entitlement(a access) api.Entitlement {
	e := k.Entitlements[a.entitlement]
	source := k.Sources[k.sourceOf(a.entitlement)]
	out := api.Entitlement{
		EntitlementRef:      api.EntitlementRef{ID: e.ID, Name: e.Name, Description: e.Description, Attribute: e.Attribute},
		Name:                e.Name,
		ApplicationName:     source.Name,
		IdentityCount:       a.identities,
		Popularity:          percent(a.popularity),
		PopularityInOrg:     percent(a.popularityInOrg),
		SourceID:            e.SourceID,
		ActivitySourceState: source.ActivityState,
	}
	if a.used >= 0 {
		share := percent(a.used)
		out.SourceUsagePercent = &share
	}
	return out
}

// page filters and sorts, and writes the page.
func (v view) page(l rolemining.List) (rolemining.Page, error) {
	if l.Query.Filter != nil {
		keep, err := v.test(l.Query.Filter)
		if err != nil {
			return rolemining.Page{}, err
		}
		v.elements = slices.DeleteFunc(v.elements, func(i int32) bool { return !keep(i) })
	}
	compare, err := v.order(l)
	if err != nil {
		return rolemining.Page{}, err
	}
	total := len(v.elements)
	end := min(l.Query.Offset+l.Query.Limit, total)
	picked := least(v.elements, end, compare)
	answers := make([]any, 0, l.Query.Limit)
	for _, i := range picked[min(l.Query.Offset, end):] {
		answers = append(answers, v.answer(i))
	}
	doc, err := api.Encode(answers)
	return rolemining.Page{JSON: bytes.Clone(doc), Total: total}, err // the cache may keep it
}

// order compares by the keys asked for or the collection's own, and elements that
// are equal by id.
func (v view) order(l rolemining.List) (func(a, b int32) int, error) {
	asked := l.Query.Sort
	if len(asked) == 0 {
		asked = l.Kind.Schema().DefaultSort
	}
	keys := make([]func(int32) int32, len(asked))
	for i, k := range asked {
		key, ok := v.keys[k.Field]
		if !ok {
			return nil, fmt.Errorf("store: no key to sort by %s", k.Field)
		}
		keys[i] = key().of
	}
	return func(a, b int32) int {
		for i, of := range keys {
			if c := cmp.Compare(of(a), of(b)); c != 0 && asked[i].Descending {
				return -c
			} else if c != 0 {
				return c
			}
		}
		return cmp.Compare(a, b)
	}, nil
}

// test is a filter as a function.
func (v view) test(e query.Expr) (func(element int32) bool, error) {
	switch e := e.(type) {
	case query.And:
		return v.tests(e.Exprs, false)
	case query.Or:
		return v.tests(e.Exprs, true)
	case query.Not:
		part, err := v.test(e.Expr)
		return func(i int32) bool { return !part(i) }, err
	case query.Compare:
		key, ok := v.keys[e.Field]
		if !ok || e.Op != query.StartsWith {
			return nil, fmt.Errorf("store: no test for %s", e)
		}
		by := key()
		if by.texts == nil {
			return nil, fmt.Errorf("store: no text to test for %s", e)
		}
		first, end := by.texts.prefixed(e.Values[0].Text)
		return func(i int32) bool { at := by.of(i); return first <= at && at < end }, nil
	default:
		return nil, fmt.Errorf("store: filter %T", e)
	}
}

// tests is met if one part is, when any, or else if all are.
func (v view) tests(parts []query.Expr, any bool) (func(element int32) bool, error) {
	tests := make([]func(int32) bool, len(parts))
	for n, part := range parts {
		var err error
		if tests[n], err = v.test(part); err != nil {
			return nil, err
		}
	}
	return func(i int32) bool {
		for _, test := range tests {
			if test(i) == any {
				return any
			}
		}
		return !any
	}, nil
}
