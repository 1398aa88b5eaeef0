package miner

import (
	"fmt"
	"slices"
	"testing"
)

// scatter is an organisation of people who hold a number of entitlements each,
// half to one and a half times the mean, drawn without any plan: with a long
// tail, or all as likely.
func scatter(identities, entitlements, mean int, tail bool) Population {
	g := &garden{dice: &dice{sequence{state: 17}}}
	p := Population{}
	all := g.sprout("e", entitlements)
	for i := range identities {
		var set []int32
		for range mean/2 + g.below(mean+1) {
			e := all[g.below(len(all))]
			if tail {
				e = all[g.below(1+g.below(1+g.below(len(all))))]
			}
			set = append(set, e)
		}
		slices.Sort(set)
		p.Holdings = append(p.Holdings, slices.Compact(set))
		p.IdentityIDs = append(p.IdentityIDs, fmt.Sprintf("user-%06d", i))
	}
	p.EntitlementIDs = g.ids
	return p
}

// shape is a kind of organisation that public data sets have, or an extreme.
type shape struct {
	name  string
	pop   Population
	roles [2]int // found with the prescribed threshold, at least and at most
}

func shapes() []shape {
	return []shape{
		{"3500 by 10000, all as likely", scatter(3500, 10000, 51, false), [2]int{0, 0}},
		{"3500 by 10000, long tail", scatter(3500, 10000, 51, true), [2]int{0, 0}},
		{"60 by 3000", scatter(60, 3000, 800, true), [2]int{0, 1}},
		{"3500 by 500, few each", scatter(3500, 500, 3, true), [2]int{1, 40}},
		{"5000 by 3000, few each", scatter(5000, 3000, 6, true), [2]int{0, 3}},
		{"all the same", people(times(3500, shuffled(100, 1)...)...), [2]int{0, 0}}, // all is common access
		{"four the same", people(times(4, 0, 1)...), [2]int{0, 0}},
		{"one identity", people([]int32{0, 1, 2}), [2]int{0, 0}},
		{"no entitlements", people(make([][]int32, 100)...), [2]int{0, 0}},
		{"nobody", people(), [2]int{0, 0}},
	}
}

// Organisations of any shape are mined to answers that hold together, and
// nothing is made up where there are no peer groups.
func TestShapes(t *testing.T) {
	t.Parallel()
	for _, s := range shapes() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			s.pop.Active = slices.Repeat([]bool{true}, len(s.pop.IdentityIDs))
			r, err := Mine(t.Context(), s.pop, Params{MinIdentities: 20})
			if err != nil {
				t.Fatal(err)
			}
			if n := len(r.Roles); n < s.roles[0] || n > s.roles[1] || r.IdentityCount != len(s.pop.IdentityIDs) {
				t.Errorf("%d roles at %d of %d identities", n, r.PruneThreshold, r.IdentityCount)
			}
			checkMembership(t, prepared(t, s.pop), s.pop, r, 20)
			for _, role := range r.Roles[:min(3, len(r.Roles))] {
				checkEntitlements(t, s.pop, r, role)
			}
			checkGathered(t, s.pop, r)
		})
	}
}
