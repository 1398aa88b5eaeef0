package miner

import (
	"fmt"
	"slices"
)

// plan describes an organisation whose roles are known because they were
// planted: departments own job families, job families own access, locations
// overlay them with access of their own.
type plan struct {
	identities int
	roleSize   int // mean identities of a planted role
	seed       uint64
	missing    float64 // share of role access that members lack, 0..1
	loners     float64 // share of identities with no peer group
}

// planted is an organisation with the truth about it.
type planted struct {
	pop    Population
	roleOf []int32   // by identity: planted role, -1 for loners
	access [][]int32 // by planted role: department and job access
}

// Access a planted identity has, besides a few extras of its own.
const (
	birthrightAccess = 8
	departmentAccess = 6
	jobAccess        = 14
	locationAccess   = 2
	twinDifference   = 4 // of the job access
	jobsOfDepartment = 8
)

// dice draws from a fixed sequence.
type dice struct{ sequence }

func (d *dice) chance(p float64) bool { return float64(d.below(1<<20)) < p*(1<<20) }

// plant builds the organisation of a plan.
func plant(p plan) planted {
	d := &dice{sequence{state: p.seed}}
	g := &garden{dice: d}
	birthright := g.sprout("birthright", birthrightAccess)
	sizes := roleSizes(d, p)
	out := planted{access: g.jobs(len(sizes))}
	var locations [][]int32
	for l := range max(8, len(sizes)/20) {
		locations = append(locations, g.sprout(fmt.Sprintf("location-%d", l), locationAccess))
	}
	tail := g.sprout("tail", p.identities/4)
	for role, size := range sizes {
		for range size {
			out.roleOf = append(out.roleOf, int32(role))
			set := g.member(out.access[role], locations, tail, p.missing)
			out.pop.Holdings = append(out.pop.Holdings, append(set, g.most(birthright, 0.03)...))
		}
	}
	for len(out.roleOf) < p.identities {
		out.roleOf = append(out.roleOf, -1)
		out.pop.Holdings = append(out.pop.Holdings, append(g.some(tail, 12), g.most(birthright, 0.03)...))
	}
	for i, set := range out.pop.Holdings {
		out.pop.IdentityIDs = append(out.pop.IdentityIDs, fmt.Sprintf("identity-%016x", mix(p.seed+uint64(i))))
		slices.Sort(set)
		out.pop.Holdings[i] = slices.Compact(set)
	}
	out.pop.EntitlementIDs = g.ids
	return out
}

// member draws the set of one member of a role. Every sixth holds exactly the
// access of the role and its location, so that some sets are identical.
func (g *garden) member(access []int32, locations [][]int32, tail []int32, missing float64) []int32 {
	place := locations[min(g.below(len(locations)), g.below(len(locations)))]
	if missing == 0 && g.below(6) == 0 {
		return slices.Concat(access, place)
	}
	set := g.most(access, max(missing, 0.04))
	set = append(set, g.most(place, 0.1)...)
	return append(set, g.some(tail, g.below(3))...)
}

// roleSizes draws sizes from half to one and a half times the mean, at least
// 22, until all identities but the loners have a role.
func roleSizes(d *dice, p plan) []int {
	var sizes []int
	left := int(float64(p.identities) * (1 - p.loners))
	for left > 0 {
		size := max(22, p.roleSize/2+d.below(p.roleSize+1))
		if left-size < p.roleSize/2+22 {
			size = left
		}
		sizes = append(sizes, size)
		left -= size
	}
	return sizes
}

// garden grows entitlements.
type garden struct {
	*dice
	ids []string
}

func (g *garden) sprout(kind string, n int) []int32 {
	var out []int32
	for k := range n {
		out = append(out, int32(len(g.ids)))
		g.ids = append(g.ids, fmt.Sprintf("%s-%05d", kind, k))
	}
	return out
}

// jobs grows the access of the roles: that of the department and that of the
// job. Every fourth job is a twin of the one before and differs by a few.
func (g *garden) jobs(roles int) [][]int32 {
	var access [][]int32
	var department, last []int32
	for r := range roles {
		if r%jobsOfDepartment == 0 {
			department = g.sprout(fmt.Sprintf("department-%d", r), departmentAccess)
		}
		own := jobAccess
		var job []int32
		if r%4 == 3 {
			own = twinDifference
			job = slices.Clone(last[:jobAccess-twinDifference])
		}
		job = append(job, g.sprout(fmt.Sprintf("job-%d", r), own)...)
		last = job
		access = append(access, slices.Concat(department, job))
	}
	return access
}

// most keeps each element with probability 1-missing.
func (d *dice) most(from []int32, missing float64) []int32 {
	var out []int32
	for _, e := range from {
		if !d.chance(missing) {
			out = append(out, e)
		}
	}
	return out
}

// some draws n elements, the first ones far more often: a long tail.
func (d *dice) some(from []int32, n int) []int32 {
	var out []int32
	for range n {
		k := d.below(len(from)) * (d.below(1000) + 1) / 1000 * (d.below(1000) + 1) / 1000
		if e := from[k]; !slices.Contains(out, e) {
			out = append(out, e)
		}
	}
	return out
}

// shuffle lists identities and entitlements in another order, which must not
// matter. It returns the new population and the old index of each new one.
func shuffle(p Population, seed uint64) (q Population, identity, entitlement []int32) {
	identity = shuffled(len(p.IdentityIDs), seed)
	entitlement = shuffled(len(p.EntitlementIDs), seed+1)
	place := make([]int32, len(entitlement))
	for k, e := range entitlement {
		q.EntitlementIDs = append(q.EntitlementIDs, p.EntitlementIDs[e])
		place[e] = int32(k)
	}
	translate := func(ents []int32) []int32 {
		var out []int32
		for _, e := range ents {
			out = append(out, place[e])
		}
		slices.Reverse(out)
		return out
	}
	for _, i := range identity {
		q.IdentityIDs = append(q.IdentityIDs, p.IdentityIDs[i])
		q.Holdings = append(q.Holdings, translate(p.Holdings[i]))
		if p.Active != nil {
			q.Active = append(q.Active, p.Active[i])
		}
	}
	for _, r := range slices.Backward(p.Roles) {
		q.Roles = append(q.Roles, ExistingRole{ID: r.ID, Entitlements: translate(r.Entitlements)})
	}
	q.DesignatedCommon = translate(p.DesignatedCommon)
	return q, identity, entitlement
}
