package orggen

import (
	"slices"
	"strings"
	"time"

	"mockserver/internal/rolemining"
)

// existingRoles makes the roles whose families the organisation has.
func (p *plan) existingRoles() []rolemining.Role {
	var out []rolemining.Role
	for i, k := range p.roles {
		var list []int
		owner := p.top
		if k.family != "" {
			at := slices.IndexFunc(p.groups, func(g cohort) bool { return g.name == k.family })
			if at < 0 {
				continue
			}
			g := &p.groups[at]
			owner = g.start
			list = append(list, g.core[:min(k.first, len(g.core))]...)
			if k.department {
				list = append(list, g.shared...)
			}
		}
		for _, key := range strings.Fields(k.extra) {
			if e, ok := p.accessAt[key]; ok && !slices.Contains(list, e) {
				list = append(list, e)
			}
		}
		ownerID := p.identityID(owner)
		r := rolemining.Role{
			ID: p.ids.Hex("role", int64(i)), Name: k.name, Description: &k.text, OwnerID: &ownerID, CommonAccess: k.common,
			CreatedAt: time.Date(2024, time.March, 4+i, 9, 30, 0, 0, time.UTC),
		}
		for _, e := range list {
			r.EntitlementIDs = append(r.EntitlementIDs, p.access[e].ID)
		}
		slices.Sort(r.EntitlementIDs)
		if k.profiles {
			r.AccessProfiles = p.profiles(r.Name, i, list)
		}
		out = append(out, r)
	}
	return out
}

// profiles bundles entitlements by source.
func (p *plan) profiles(role string, number int, list []int) []rolemining.AccessProfile {
	var out []rolemining.AccessProfile
	for s := range p.sources {
		a := rolemining.AccessProfile{
			ID: p.ids.Hex("profile", int64(number*100+s)), Name: role + " - " + p.sources[s].name, SourceID: p.sourceIDs[s],
		}
		for _, e := range list {
			if p.access[e].source == s {
				a.EntitlementIDs = append(a.EntitlementIDs, p.access[e].ID)
			}
		}
		if slices.Sort(a.EntitlementIDs); len(a.EntitlementIDs) > 0 {
			out = append(out, a)
		}
	}
	return out
}

// clients are for every right that the API asks for.
func (p *plan) clients() []rolemining.Client {
	user := func(id string) string { // or, in a small organisation, the head of all
		for _, s := range p.special {
			if s.id == id {
				return id
			}
		}
		return p.identityID(p.top)
	}
	return Clients(user(administrator), user(roleAdministrator), user(readOnlyUser))
}

// exampleSessions are the profile's, with ids in place of keys.
func (p *plan) exampleSessions() []rolemining.SeedSession {
	out := slices.Clone(p.sessions)
	for i := range out {
		out[i].Roles = slices.Clone(out[i].Roles)
		for k := range out[i].Roles {
			r := &out[i].Roles[k]
			r.ExcludedIDs = slices.Clone(r.ExcludedIDs)
			for n, key := range r.ExcludedIDs {
				r.ExcludedIDs[n] = p.access[p.accessAt[key]].ID
			}
		}
	}
	return out
}
