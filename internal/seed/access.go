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
	l.sources = newIndex("source", 64)
	l.sources.lost = !d.list(func(int) { l.source(d) })
}

func (l *loader) source(d *decoder) {
	var s rolemining.Source
	at := len(l.ds.Sources)
	d.object(sourceProps, func(i int) {
		switch sourceProps.names[i] {
		case "id":
			s.ID = l.sources.claim(d, "id", at)
		case "key":
			l.sources.claim(d, "key", at)
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
	l.entitlements = newIndex("entitlement", len(d.data)/128)
	l.entitlements.lost = !d.list(func(int) { l.entitlement(d) })
	l.access = newAccess(l.ds.Entitlements)
}

func (l *loader) entitlement(d *decoder) {
	var e rolemining.Entitlement
	at := len(l.ds.Entitlements)
	d.object(entitlementProps, func(i int) {
		switch entitlementProps.names[i] {
		case "id":
			e.ID = l.entitlements.claim(d, "id", at)
		case "key":
			l.entitlements.claim(d, "key", at)
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

// access turns lists of references to entitlements into ids in order.
type access struct {
	rank  []int32  // by entitlement: its place in ascending id
	ids   []string // ascending
	seen  []int32  // by rank: the number of the last list that has it
	lists int32
	found []int32  // ranks of the list being read
	slab  []string // what lists are cut from, to save allocations
}

func newAccess(all []rolemining.Entitlement) access {
	order := make([]int32, len(all))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return cmp.Compare(all[a].ID, all[b].ID) })
	a := access{rank: make([]int32, len(all)), ids: make([]string, len(all)), seen: make([]int32, len(all))}
	for rank, e := range order {
		a.rank[e] = int32(rank)
		a.ids[rank] = all[e].ID
	}
	return a
}

// entitlementList reads references to entitlements, each once, in any order.
// check, where not nil, sees each that was found.
func (l *loader) entitlementList(d *decoder, check func(e *rolemining.Entitlement)) []string {
	a := &l.access
	a.lists++
	a.found = a.found[:0]
	d.list(func(int) {
		b, ok := d.raw()
		if !ok {
			return
		}
		e, ok := l.entitlements.look(d, "id or key", b)
		if !ok {
			return
		}
		rank := a.rank[e]
		if a.seen[rank] == a.lists {
			d.problem("the entitlement %q is listed twice", b)
			return
		}
		a.seen[rank] = a.lists
		a.found = append(a.found, rank)
		if check != nil {
			check(&l.ds.Entitlements[e])
		}
	})
	slices.Sort(a.found)
	return a.take()
}

// take cuts the ids of the list just read from the slab.
func (a *access) take() []string {
	n := len(a.found)
	if n == 0 {
		return nil
	}
	if n > len(a.slab) {
		a.slab = make([]string, max(n, 4096))
	}
	ids := a.slab[:n:n]
	a.slab = a.slab[n:]
	for i, rank := range a.found {
		ids[i] = a.ids[rank]
	}
	return ids
}

func (l *loader) readRoles(d *decoder) {
	l.roles = newIndex("role", 64)
	l.profiles = newIndex("access profile of the role", 64)
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
			r.EntitlementIDs = append(r.EntitlementIDs, l.entitlementList(d, nil)...)
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
	sources := map[string]*rolemining.Entitlement{}
	known := d.object(profileProps, func(i int) {
		switch profileProps.names[i] {
		case "id":
			p.ID = l.profiles.claim(d, "id", len(l.ds.Roles))
		case "name":
			p.Name = d.text()
		case "source":
			p.SourceID = l.sourceRef(d)
		case "entitlements":
			p.EntitlementIDs = l.entitlementList(d, func(e *rolemining.Entitlement) {
				if sources[e.SourceID] == nil {
					sources[e.SourceID] = e
				}
			})
		}
	})
	for id, e := range sources {
		if id != p.SourceID && (foreign == nil || e.ID < foreign.ID) {
			foreign = e
		}
	}
	if known && foreign != nil && p.SourceID != "" {
		d.problem("an access profile holds entitlements of its own source only, and %q is of another", foreign.ID)
	}
	r.AccessProfiles = append(r.AccessProfiles, p)
	r.EntitlementIDs = append(r.EntitlementIDs, p.EntitlementIDs...)
}
