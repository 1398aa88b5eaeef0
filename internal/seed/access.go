package seed

import (
	"cmp"
	"slices"

	"mockserver/internal/rolemining"
)

var (
	orgProps         = props("name!", "tenantId!", "tenantName!", "pod!")
	sourceProps      = props("id!", "key", "name!", "description", "activityState")
	entitlementProps = props("id!", "key", "name!", "description", "attribute!", "value!", "source!")
	roleProps        = props("id!", "name!", "description", "ownerId", "entitlements", "accessProfiles", "commonAccess", "createdDate!")
	profileProps     = props("id!", "name!", "source!", "entitlements!")
)

func (l *loader) org(d *decoder) {
	d.object(orgProps, func(i int) {
		switch orgProps.names[i] {
		case "name":
			l.ds.Org.Name = d.text()
		case "tenantId":
			l.ds.Org.TenantID = d.uuid()
		case "tenantName":
			l.ds.Org.TenantName = d.text()
		case "pod":
			l.ds.Org.Pod = d.text()
		}
	})
}

func (l *loader) readSources(d *decoder) {
	l.sources = l.newIndex("source", 64)
	l.sources.lost = !d.list(func(int) { l.source(d) })
	inOrder(l.ds.Sources, &l.sources, func(s *rolemining.Source) string { return s.ID })
}

// inOrder brings records into ascending order of id, and the index with them.
func inOrder[T any](records []T, ix *index, id func(*T) string) {
	order := make([]int32, len(records))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return cmp.Compare(id(&records[a]), id(&records[b])) })
	was, place := slices.Clone(records), make([]int32, len(records))
	for at, i := range order {
		records[at], place[i] = was[i], int32(at)
	}
	for text, i := range ix.at {
		ix.at[text] = place[i]
	}
}

func (l *loader) source(d *decoder) {
	var s rolemining.Source
	at := len(l.ds.Sources)
	d.object(sourceProps, func(i int) {
		switch sourceProps.names[i] {
		case "id":
			s.ID = l.sources.claim(d, "id", at)
		case "key":
			s.Key = l.sources.claim(d, "key", at)
		case "name":
			s.Name = d.text()
		case "description":
			if t := d.anyText(); t != nil {
				s.Description = *t
			}
		case "activityState":
			state := d.oneOf("complete", "notComplete")
			s.ActivityState = &state
		}
	})
	l.ds.Sources = append(l.ds.Sources, s)
}

func (l *loader) readEntitlements(d *decoder) {
	l.entitlements = l.newIndex("entitlement", len(d.data)/128)
	l.entitlements.lost = !d.list(func(int) { l.entitlement(d) })
	inOrder(l.ds.Entitlements, &l.entitlements, func(e *rolemining.Entitlement) string { return e.ID })
	l.seen = make([]int, len(l.ds.Entitlements))
}

func (l *loader) entitlement(d *decoder) {
	var e rolemining.Entitlement
	at := len(l.ds.Entitlements)
	d.object(entitlementProps, func(i int) {
		switch entitlementProps.names[i] {
		case "id":
			e.ID = l.entitlements.claim(d, "id", at)
		case "key":
			e.Key = l.entitlements.claim(d, "key", at)
		case "name":
			e.Name = d.text()
		case "description":
			e.Description = d.anyText()
		case "attribute":
			e.Attribute = d.text()
		case "value":
			e.Value = d.text()
		case "source":
			e.SourceID = l.sourceRef(d)
		}
	})
	l.ds.Entitlements = append(l.ds.Entitlements, e)
}

func (l *loader) sourceRef(d *decoder) string {
	at, ok := l.sources.find(d, "id or key")
	if !ok {
		return ""
	}
	return l.ds.Sources[at].ID
}

// held reads references to entitlements, each once, in any order, and returns
// their indices, ascending. They are valid until the next such list.
func (l *loader) held(d *decoder) []int32 {
	l.lists++
	l.found = l.found[:0]
	d.list(func(int) {
		b, ok := d.raw()
		if !ok {
			return
		}
		e, ok := l.entitlements.look(d, "id or key", b)
		if !ok {
			return
		}
		if l.seen[e] == l.lists {
			d.problem("the entitlement %q is listed twice", b)
			return
		}
		l.seen[e] = l.lists
		l.found = append(l.found, e)
	})
	slices.Sort(l.found)
	return l.found
}

// entitlementList is held, as ids.
func (l *loader) entitlementList(d *decoder) []string {
	var ids []string
	for _, e := range l.held(d) {
		ids = append(ids, l.ds.Entitlements[e].ID)
	}
	return ids
}

func (l *loader) readRoles(d *decoder) {
	l.roles = l.newIndex("role", 64)
	l.profiles = l.newIndex("access profile of the role", 64)
	d.list(func(int) { l.role(d) })
}

func (l *loader) role(d *decoder) {
	var r rolemining.Role
	at := len(l.ds.Roles)
	d.object(roleProps, func(i int) {
		switch roleProps.names[i] {
		case "id":
			r.ID = l.roles.claim(d, "id", at)
		case "name":
			r.Name = d.text()
		case "description":
			r.Description = d.anyText()
		case "ownerId":
			if id := l.identityRef(d); id != "" {
				r.OwnerID = &id
			}
		case "entitlements":
			r.EntitlementIDs = append(r.EntitlementIDs, l.entitlementList(d)...)
		case "accessProfiles":
			d.list(func(int) { l.accessProfile(d, &r) })
		case "commonAccess":
			r.CommonAccess = d.boolean()
		case "createdDate":
			r.CreatedAt = d.date()
		}
	})
	slices.Sort(r.EntitlementIDs)
	r.EntitlementIDs = slices.Compact(r.EntitlementIDs)
	l.ds.Roles = append(l.ds.Roles, r)
}

// accessProfile reads a profile of r. Its source comes before its entitlements
// or after them, so that rule is checked at the end.
func (l *loader) accessProfile(d *decoder, r *rolemining.Role) {
	var p rolemining.AccessProfile
	var foreign *rolemining.Entitlement
	known := d.object(profileProps, func(i int) {
		switch profileProps.names[i] {
		case "id":
			p.ID = l.profiles.claim(d, "id", len(l.ds.Roles))
		case "name":
			p.Name = d.text()
		case "source":
			p.SourceID = l.sourceRef(d)
		case "entitlements":
			p.EntitlementIDs = l.entitlementList(d)
		}
	})
	for _, id := range p.EntitlementIDs {
		at, _ := l.ds.Entitlement(id) // it was found before
		if e := &l.ds.Entitlements[at]; foreign == nil && e.SourceID != p.SourceID {
			foreign = e
		}
	}
	if known && foreign != nil && p.SourceID != "" {
		d.problem("an access profile holds entitlements of its own source only, and %q is of another", foreign.ID)
	}
	r.AccessProfiles = append(r.AccessProfiles, p)
	r.EntitlementIDs = append(r.EntitlementIDs, p.EntitlementIDs...)
}
