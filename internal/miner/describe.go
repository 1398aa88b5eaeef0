package miner

import (
	"cmp"
	"context"
	"math"
	"slices"
)

// A View says how a potential role is looked at.
type View struct {
	Type     Type
	Common   []int32 // entitlements that count as common access
	Excluded []int32 // entitlements a user took out of the role
	// Without are the ids of existing roles to look past: they count neither for
	// freshness nor as the nearest role. Ids that no role has do no harm.
	Without []string
}

// An EntitlementStat says how popular an entitlement is in a role.
type EntitlementStat struct {
	Entitlement     int32
	IdentityCount   int     // members that hold it
	Popularity      float64 // of the members, in percent, to one decimal
	PopularityInOrg float64 // of all active identities, in percent, to one decimal
	Common          bool
	Excluded        bool
}

// A NearestRole is the existing role most like a potential role.
type NearestRole struct {
	ID string
	// Overlap is the Jaccard index of the core of the potential role and the
	// entitlements of the existing one, in percent, to one decimal; over 0.
	Overlap float64
}

// A Description is all that follows from the membership of a potential role,
// which it never changes.
type Description struct {
	// Entitlements lists what the members hold, by popularity descending, then
	// by entitlement id. Common access and excluded entitlements are listed
	// too, and marked. In a view of type Common it lists only what at least
	// 80 % of the members hold.
	Entitlements []EntitlementStat
	// EntitlementCount counts the entitlements that are not excluded.
	EntitlementCount int
	// Core lists, in ascending order of entitlement id, what at least half of
	// the members hold, without what is excluded and, in a view of type
	// Specialized, without common access.
	Core []int32
	// Density, 0..100, is how alike the members are in their entitlements that
	// are not excluded and, in a view of type Specialized, not common: the
	// ratio of the mean shared to the mean united entitlements over all pairs.
	// A single member is 100; two or more with no such entitlement are 0.
	Density int
	// Freshness, 0..100, is how far Core is from the nearest existing role;
	// 100 if none shares an entitlement with it.
	Freshness int
	Quality   int // mean of density and freshness, halves rounded up
	// NearestRole is the role that decided Freshness, the first by id of
	// several; nil if no existing role shares an entitlement with Core.
	NearestRole *NearestRole
}

// Distribution counts the entitlements by the whole part of their popularity,
// 0..100, leaving out those that are excluded and, unless includeCommon, common
// access. Popularities that no entitlement has are not in the map.
func (d *Description) Distribution(includeCommon bool) map[int]int {
	counts := make(map[int]int)
	for _, e := range d.Entitlements {
		if !e.Excluded && (includeCommon || !e.Common) {
			counts[int(math.Floor(e.Popularity))]++
		}
	}
	return counts
}

// Describe computes what follows from a membership under a view. Members are
// indices of identities, unique, in any order. An index that the population
// does not have is a programming error and panics.
func (o *Organisation) Describe(members []int32, view View) Description {
	ranks := make([]int32, len(members))
	for i, m := range members {
		ranks[i] = o.identityRk[m]
	}
	return newDescriber(context.Background(), o, view).describe(ranks)
}

// describer describes any number of roles under one view.
type describer struct {
	o        *Organisation
	common   bool   // the type of the view
	isCommon []bool // by entitlement rank
	excluded []bool // by entitlement rank
	count    []int32
	overlap  []int32 // by existing role; zero between uses
	without  []bool  // by existing role
	beat     pulse
}

func newDescriber(ctx context.Context, o *Organisation, view View) *describer {
	d := &describer{
		o: o, common: view.Type == Common, beat: pulse{ctx: ctx},
		isCommon: make([]bool, len(o.entAt)), excluded: make([]bool, len(o.entAt)),
		count: make([]int32, len(o.entAt)), overlap: make([]int32, len(o.roleIDs)),
		without: make([]bool, len(o.roleIDs)),
	}
	for _, e := range view.Common {
		d.isCommon[o.entRk[e]] = true
	}
	for _, e := range view.Excluded {
		d.excluded[o.entRk[e]] = true
	}
	for _, id := range view.Without {
		if q, ok := slices.BinarySearch(o.roleIDs, id); ok {
			d.without[q] = true
		}
	}
	return d
}

// describe takes the members by rank, in any order. When the context is done
// neither the description nor the describer is of further use.
func (d *describer) describe(members []int32) Description {
	seen := d.countHolders(members)
	n := len(members)
	var out Description
	out.Entitlements = make([]EntitlementStat, 0, len(seen))
	var core []int32
	var density densitySum
	for _, e := range seen {
		held := d.count[e]
		d.count[e] = 0
		if d.common && !atLeastPercent(int(held), n, commonPercent) {
			continue
		}
		out.Entitlements = append(out.Entitlements, d.stat(e, int(held), n))
		if d.excluded[e] {
			continue
		}
		out.EntitlementCount++
		if d.isCommon[e] && !d.common {
			continue
		}
		density.add(int64(held))
		if coreHolders(held, n) {
			core = append(core, e)
		}
	}
	d.sortByPopularity(out.Entitlements)
	out.Core = make([]int32, len(core))
	for i, e := range core {
		out.Core[i] = d.o.entAt[e]
	}
	out.Density = density.percent(int64(n))
	out.Freshness, out.NearestRole = d.freshness(core)
	out.Quality = (out.Density + out.Freshness + 1) / 2
	return out
}

// countHolders fills d.count and lists the entitlements held, ascending.
func (d *describer) countHolders(members []int32) []int32 {
	var seen []int32
	for _, x := range members {
		if d.beat.stoppedAfter(len(d.o.held.at(x))) {
			return nil
		}
		for _, e := range d.o.held.at(x) {
			if d.count[e] == 0 {
				seen = append(seen, e)
			}
			d.count[e]++
		}
	}
	slices.Sort(seen)
	return seen
}

func (d *describer) stat(e int32, held, members int) EntitlementStat {
	return EntitlementStat{
		Entitlement:     d.o.entAt[e],
		IdentityCount:   held,
		Popularity:      percentage(held, members),
		PopularityInOrg: percentage(int(d.o.holders[e]), d.o.activeCount),
		Common:          d.isCommon[e],
		Excluded:        d.excluded[e],
	}
}

// sortByPopularity orders by holders, descending; equals keep the order of id.
func (d *describer) sortByPopularity(stats []EntitlementStat) {
	// Its error is the context's, which whoever gave the context looks at.
	_ = sortStable(&d.beat, stats, func(a, b EntitlementStat) int {
		return cmp.Compare(b.IdentityCount, a.IdentityCount)
	})
}

// percentage is 100·part/whole, rounded half up to one decimal; 0 of nothing
// is 0. Rounding is done in integers, so that the float is the one nearest to
// the decimal.
func percentage(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	tenths := (2000*int64(part) + int64(whole)) / (2 * int64(whole))
	return float64(tenths) / 10
}

// densitySum collects the sums behind the density of a role of n members: over
// its entitlements, holders and ordered pairs of holders.
type densitySum struct{ holders, pairs int64 }

func (s *densitySum) add(held int64) {
	s.holders += held
	s.pairs += held * (held - 1)
}

// percent is round(100·I/(2A-I)), where I is the mean number of entitlements a
// pair of members shares, pairs/(n(n-1)), and A the mean a member holds,
// holders/n; both are multiplied by n(n-1) here.
func (s *densitySum) percent(n int64) int {
	if n == 1 {
		return 100
	}
	union := 2*(n-1)*s.holders - s.pairs
	return roundedPercent(s.pairs, union)
}

// roundedPercent is 100·part/whole rounded half up; 0 of nothing is 0.
func roundedPercent(part, whole int64) int {
	if whole == 0 {
		return 0
	}
	return int((200*part + whole) / (2 * whole))
}

// freshness compares the core with every existing role that shares any of it.
func (d *describer) freshness(core []int32) (int, *NearestRole) {
	var near []int32
	for _, e := range core {
		if d.beat.stoppedAfter(len(d.o.rolesOf.at(e))) {
			return 0, nil
		}
		for _, q := range d.o.rolesOf.at(e) {
			if d.overlap[q] == 0 {
				near = append(near, q)
			}
			d.overlap[q]++
		}
	}
	slices.Sort(near)
	nearest, both, union := int32(-1), int64(0), int64(1)
	for _, q := range near {
		i := int64(d.overlap[q])
		u := int64(len(core)+len(d.o.roleEnts.at(q))) - i
		if !d.without[q] && i*union > both*u {
			nearest, both, union = q, i, u
		}
		d.overlap[q] = 0
	}
	if nearest < 0 {
		return 100, nil
	}
	return roundedPercent(union-both, union), &NearestRole{ID: d.o.roleIDs[nearest], Overlap: percentage(int(both), int(union))}
}
