package miner

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// office is a small organisation to compute by hand: four people of a team and
// six others.
//
//	entitlement  0  1  2  3  4
//	ann          x  x  x
//	bob          x  x
//	cat          x  x  x
//	dan          x        x
//	six others               x
func office() Population {
	p := Population{
		IdentityIDs:    []string{"ann", "bob", "cat", "dan", "o1", "o2", "o3", "o4", "o5", "o6"},
		EntitlementIDs: []string{"e0", "e1", "e2", "e3", "e4"},
		Holdings:       [][]int32{{0, 1, 2}, {1, 0}, {2, 1, 0}, {3, 0}, {4}, {4}, {4}, {4}, {4}, {4}},
	}
	return p
}

func prepared(t *testing.T, p Population) *Organisation {
	t.Helper()
	o, err := Prepare(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestDescribe(t *testing.T) {
	t.Parallel()
	team := []int32{3, 1, 0, 2}
	all := []EntitlementStat{
		{Entitlement: 0, IdentityCount: 4, Popularity: 100, PopularityInOrg: 40},
		{Entitlement: 1, IdentityCount: 3, Popularity: 75, PopularityInOrg: 30},
		{Entitlement: 2, IdentityCount: 2, Popularity: 50, PopularityInOrg: 20},
		{Entitlement: 3, IdentityCount: 1, Popularity: 25, PopularityInOrg: 10},
	}
	marked := func(mark func([]EntitlementStat)) []EntitlementStat {
		out := append([]EntitlementStat(nil), all...)
		mark(out)
		return out
	}
	none := []NearestRole{}
	tests := []struct {
		name    string
		members []int32
		view    View
		roles   []ExistingRole
		want    Description
		nearest []NearestRole
	}{
		{
			// Holders 4,3,2,1 of 4: I = (12+6+2+0)/12 = 5/3, A = 10/4,
			// density = 100·(5/3)/(5-5/3) = 50.
			name: "no existing role", members: team, nearest: none,
			want: Description{Entitlements: all, EntitlementCount: 4, Core: []int32{0, 1, 2}, Density: 50, Freshness: 100, Quality: 75},
		},
		{
			// Core {0,1,2}: with {1,2,4} it shares 2 of 4, with {0} 1 of 3.
			name: "nearest of two", members: team,
			roles: []ExistingRole{{ID: "r1", Entitlements: []int32{0}}, {ID: "r2", Entitlements: []int32{4, 2, 1}}},
			want:  Description{Entitlements: all, EntitlementCount: 4, Core: []int32{0, 1, 2}, Density: 50, Freshness: 50, Quality: 50},

			nearest: []NearestRole{{ID: "r2", Overlap: 50}},
		},
		{
			name: "equally near: the first id", members: team,
			roles: []ExistingRole{{ID: "z", Entitlements: []int32{0, 1, 2}}, {ID: "a", Entitlements: []int32{2, 1, 0}}},
			want:  Description{Entitlements: all, EntitlementCount: 4, Core: []int32{0, 1, 2}, Density: 50, Freshness: 0, Quality: 25},

			nearest: []NearestRole{{ID: "a", Overlap: 100}},
		},
		{
			// Without 0: I = 8/12, A = 6/4, density = 100·(2/3)/(3-2/3) = 28.57.
			// Core {1,2} shares 2 of 3 with {1,2,4}: freshness 33.3. (29+33)/2 = 31.
			name: "excluded", members: team, view: View{Excluded: []int32{0}},
			roles: []ExistingRole{{ID: "r2", Entitlements: []int32{4, 2, 1}}},
			want: Description{
				Entitlements:     marked(func(s []EntitlementStat) { s[0].Excluded = true }),
				EntitlementCount: 3, Core: []int32{1, 2}, Density: 29, Freshness: 33, Quality: 31,
			},
			nearest: []NearestRole{{ID: "r2", Overlap: 66.7}},
		},
		{
			name: "the nearest role is looked past", members: team, view: View{Without: []string{"r2", "nobody's"}},
			roles: []ExistingRole{{ID: "r2", Entitlements: []int32{4, 2, 1}}, {ID: "r1", Entitlements: []int32{0}}},
			want:  Description{Entitlements: all, EntitlementCount: 4, Core: []int32{0, 1, 2}, Density: 50, Freshness: 67, Quality: 59},

			nearest: []NearestRole{{ID: "r1", Overlap: 33.3}},
		},
		{
			name: "all roles are looked past", members: team, nearest: none, view: View{Without: []string{"r2", "r1"}},
			roles: []ExistingRole{{ID: "r1", Entitlements: []int32{0}}, {ID: "r2", Entitlements: []int32{4, 2, 1}}},
			want:  Description{Entitlements: all, EntitlementCount: 4, Core: []int32{0, 1, 2}, Density: 50, Freshness: 100, Quality: 75},
		},
		{
			name: "common access is listed and counted, but not measured", members: team, view: View{Common: []int32{0}},
			roles: []ExistingRole{{ID: "r2", Entitlements: []int32{4, 2, 1}}},
			want: Description{
				Entitlements:     marked(func(s []EntitlementStat) { s[0].Common = true }),
				EntitlementCount: 4, Core: []int32{1, 2}, Density: 29, Freshness: 33, Quality: 31,
			},
			nearest: []NearestRole{{ID: "r2", Overlap: 66.7}},
		},
		{
			// Only 0 has 80 %; it is held by all, so density is 100.
			name: "view of type Common", members: team, view: View{Type: Common, Common: []int32{0}},
			roles: []ExistingRole{{ID: "r1", Entitlements: []int32{0, 1, 2}}},
			want: Description{
				Entitlements:     marked(func(s []EntitlementStat) { s[0].Common = true })[:1],
				EntitlementCount: 1, Core: []int32{0}, Density: 100, Freshness: 67, Quality: 84,
			},
			nearest: []NearestRole{{ID: "r1", Overlap: 33.3}},
		},
		{
			name: "one member", members: []int32{3}, nearest: none,
			want: Description{
				Entitlements: []EntitlementStat{
					{Entitlement: 0, IdentityCount: 1, Popularity: 100, PopularityInOrg: 40},
					{Entitlement: 3, IdentityCount: 1, Popularity: 100, PopularityInOrg: 10},
				},
				EntitlementCount: 2, Core: []int32{0, 3}, Density: 100, Freshness: 100, Quality: 100,
			},
		},
		{
			name: "everything excluded", members: []int32{4, 5}, view: View{Excluded: []int32{4}}, nearest: none,
			want: Description{
				Entitlements: []EntitlementStat{{Entitlement: 4, IdentityCount: 2, Popularity: 100, PopularityInOrg: 60, Excluded: true}},
				Core:         []int32{}, Density: 0, Freshness: 100, Quality: 50,
			},
		},
		{
			name: "nobody", nearest: none,
			want: Description{Entitlements: []EntitlementStat{}, Core: []int32{}, Freshness: 100, Quality: 50},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := office()
			p.Roles = tt.roles
			for i := range tt.nearest {
				tt.want.NearestRole = &tt.nearest[i]
			}
			got := prepared(t, p).Describe(tt.members, tt.view)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestDistribution(t *testing.T) {
	t.Parallel()
	d := Description{Entitlements: []EntitlementStat{
		{Popularity: 100, Common: true}, {Popularity: 100}, {Popularity: 66.7}, {Popularity: 66.7, Excluded: true},
		{Popularity: 66.1}, {Popularity: 0.1, Common: true},
	}}
	if diff := cmp.Diff(map[int]int{100: 2, 66: 2, 0: 1}, d.Distribution(true)); diff != "" {
		t.Errorf("with common access (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff(map[int]int{100: 1, 66: 2}, d.Distribution(false)); diff != "" {
		t.Errorf("without common access (-want +got)\n%s", diff)
	}
}

func TestPercentage(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		part, whole int
		want        float64
	}{{0, 0, 0}, {0, 7, 0}, {7, 7, 100}, {1, 3, 33.3}, {2, 3, 66.7}, {1, 16, 6.3}, {1, 2000, 0.1}, {1, 2001, 0}, {1999, 2000, 100}} {
		if got := percentage(tt.part, tt.whole); got != tt.want {
			t.Errorf("percentage(%d, %d) = %v, want %v", tt.part, tt.whole, got, tt.want)
		}
	}
}

// The density is the ratio of means behind the mean Jaccard index of all pairs,
// and stays close to it.
func TestDensityIsCloseToMeanPairwiseJaccard(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		truth := plant(plan{identities: 80, roleSize: 30, seed: seed, missing: 0.05 * float64(seed%8)})
		o := prepared(t, truth.pop)
		byRole := groupRows(truth.roleOf, len(truth.access))
		members := byRole.at(0)
		var sum, pairs float64
		for i, x := range members {
			for _, y := range members[:i] {
				both := shared(o.held.at(o.identityRk[x]), o.held.at(o.identityRk[y]))
				union := len(truth.pop.Holdings[x]) + len(truth.pop.Holdings[y]) - both
				sum += float64(both) / float64(union)
				pairs++
			}
		}
		got := o.Describe(members, View{}).Density
		if mean := 100 * sum / pairs; float64(got) < mean-4.5-0.5 || float64(got) > mean+4.5+0.5 {
			t.Errorf("seed %d: density %d, mean Jaccard %.1f", seed, got, mean)
		}
	}
}
