package miner

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func ptr(t int) *int { return &t }

// people makes a population of the given sets; ids ascend with the index.
func people(sets ...[]int32) Population {
	var p Population
	top := int32(-1)
	for i, s := range sets {
		p.IdentityIDs = append(p.IdentityIDs, fmt.Sprintf("i%04d", i))
		for _, e := range s {
			top = max(top, e)
		}
	}
	for e := range top + 1 {
		p.EntitlementIDs = append(p.EntitlementIDs, fmt.Sprintf("e%04d", e))
	}
	p.Holdings = sets
	return p
}

func times(n int, set ...int32) [][]int32 { return slices.Repeat([][]int32{set}, n) }

// outline is the membership of the roles found.
func outline(r Result) [][]int32 {
	out := [][]int32{}
	for _, role := range r.Roles {
		out = append(out, role.Members)
	}
	return out
}

func TestMineByHand(t *testing.T) {
	t.Parallel()
	chain := people([]int32{0, 1}, []int32{1, 2}, []int32{2, 3}, []int32{4}, []int32{4, 5}, nil)
	// Two groups of ten; nothing in common between them.
	tens := people(append(times(10, 0, 1, 2, 3, 4), times(10, 5, 6, 7, 8, 9)...)...)
	// ann and bob hold {0,1}, cat {0,1,2}, dan {3}.
	four := people([]int32{0, 1}, []int32{0, 1}, []int32{0, 1, 2}, []int32{3})
	tests := []struct {
		name   string
		pop    Population
		params Params
		want   [][]int32
	}{
		{"T=0: chains of shared entitlements", chain, Params{PruneThreshold: ptr(0), MinIdentities: 1}, [][]int32{{0, 1, 2}, {3, 4}}},
		{"T=0: minimum", chain, Params{PruneThreshold: ptr(0), MinIdentities: 3}, [][]int32{{0, 1, 2}}},
		{"T=50: {4} and {4,5} share half", chain, Params{PruneThreshold: ptr(50), MinIdentities: 2}, [][]int32{{3, 4}}},
		{"T=100: identical sets only", tens, Params{PruneThreshold: ptr(100), MinIdentities: 10}, [][]int32{ten(0), ten(10)}},
		{"prescribed", tens, Params{MinIdentities: 10}, [][]int32{ten(0), ten(10)}},
		{"minimum not reached", tens, Params{MinIdentities: 11}, [][]int32{}},
		{"minimum 1: a single identity is a role", four, Params{PruneThreshold: ptr(60), MinIdentities: 1}, [][]int32{{0, 1, 2}, {3}}},
		{"scope", tens, Params{Scope: []int32{19, 3, 3, 1, 2}, MinIdentities: 3}, [][]int32{{1, 2, 3}}},
		{"scope of none", tens, Params{Scope: []int32{}, MinIdentities: 1}, [][]int32{}},
		{"T=75 would leave cat out, who is absorbed", four, Params{PruneThreshold: ptr(75), MinIdentities: 2}, [][]int32{{0, 1, 2}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, err := Mine(t.Context(), tt.pop, tt.params)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, outline(r)); diff != "" {
				t.Errorf("roles (-want +got)\n%s", diff)
			}
		})
	}
}

func ten(from int32) []int32 {
	var out []int32
	for i := range int32(10) {
		out = append(out, from+i)
	}
	return out
}

func TestComplexityByHand(t *testing.T) {
	t.Parallel()
	four := people([]int32{0, 1}, []int32{0, 1}, []int32{0, 1, 2}, []int32{3})
	r, err := Mine(t.Context(), four, Params{MinIdentities: 2})
	if err != nil {
		t.Fatal(err)
	}
	// One role {ann, bob, cat} with core {0,1} at every threshold: 1 role, 2
	// core entitlements, memberships 1+1+1, one difference (cat has 2), and
	// dan's one assignment: 8. There are 8 assignments, so nothing is gained.
	for _, c := range r.Candidates {
		if c.Complexity != 8 || c.Roles != 1 {
			t.Errorf("candidate %+v, want complexity 8 of 1 role", c)
		}
	}
	if *r.PrescribedPruneThreshold != fallbackThreshold {
		t.Errorf("prescribed %d, want %d", *r.PrescribedPruneThreshold, fallbackThreshold)
	}
	want := []Joined{Clustered, Clustered, Clustered}
	if diff := cmp.Diff(want, r.Roles[0].Joined); diff != "" {
		t.Errorf("joined (-want +got)\n%s", diff)
	}

	tens := people(append(times(10, 0, 1, 2, 3, 4), times(10, 5, 6, 7, 8, 9)...)...)
	if r, err = Mine(t.Context(), tens, Params{MinIdentities: 10}); err != nil {
		t.Fatal(err)
	}
	// Two roles with five core entitlements each and twenty memberships.
	for i, c := range r.Candidates {
		if want := (Candidate{Threshold: 25 + 5*i, Complexity: 2 + 10 + 20, Roles: 2}); c != want {
			t.Errorf("candidate %+v, want %+v", c, want)
		}
	}
	if len(r.Candidates) != 11 || *r.PrescribedPruneThreshold != 75 || r.PruneThreshold != 75 {
		t.Errorf("%d candidates, prescribed %d, used %d; want 11, 75, 75", len(r.Candidates), *r.PrescribedPruneThreshold, r.PruneThreshold)
	}
}

func TestPrescribe(t *testing.T) {
	t.Parallel()
	list := func(costs ...int64) []Candidate {
		var out []Candidate
		for i, c := range costs {
			out = append(out, Candidate{Threshold: 25 + 5*i, Complexity: c})
		}
		return out
	}
	for _, tt := range []struct {
		name       string
		candidates []Candidate
		total      int64
		want       int
	}{
		{"least", list(500, 400, 300, 400), 1000, 35},
		{"one percent more is as good", list(500, 300, 303, 400), 1000, 35},
		{"a little more is not", list(500, 300, 304, 400), 1000, 30},
		{"equals: the largest", list(300, 300, 300), 1000, 35},
		{"no structure", list(990, 980, 981), 1000, 30},
		{"just enough structure", list(990, 979, 990), 1000, 30},
		{"just enough structure, at the first", list(979, 999, 999), 1000, 25},
		{"nothing tried", nil, 1000, 30},
		{"nothing held", list(0, 0, 0), 0, 30},
	} {
		if got := prescribe(tt.candidates, tt.total); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
}

func TestJoinedTellsHowMembersCame(t *testing.T) {
	t.Parallel()
	// At T=90 the first ten are a group by their ten equal sets. Identity 10
	// lacks three of ten, too many for an edge, and is absorbed. The next ten
	// differ from the first in one entitlement of eleven: 10/11 >= 0.9 would be
	// an edge, so they are made to differ in two: core Jaccard 10/12 >= 0.8.
	first := []int32{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}
	sets := slices.Concat(times(10, first...), times(1, first[:7]...), times(10, append(slices.Clone(first), 10, 11)...),
		times(15, 12)) // others, lest everything be common access
	r, err := Mine(t.Context(), people(sets...), Params{PruneThreshold: ptr(90), MinIdentities: 10})
	if err != nil {
		t.Fatal(err)
	}
	want := slices.Concat(slices.Repeat([]Joined{Clustered}, 10), []Joined{Absorbed}, slices.Repeat([]Joined{Merged}, 10))
	if len(r.Roles) != 2 {
		t.Fatalf("%d roles, want 2", len(r.Roles))
	}
	if diff := cmp.Diff(want, r.Roles[0].Joined); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestMineCommon(t *testing.T) {
	t.Parallel()
	p := people(append(times(8, 0, 1), []int32{0, 2}, []int32{3})...)
	want := []EntitlementStat{
		{Entitlement: 0, IdentityCount: 9, Popularity: 90, PopularityInOrg: 90, Common: true},
		{Entitlement: 1, IdentityCount: 8, Popularity: 80, PopularityInOrg: 80, Common: true},
	}
	r, err := Mine(t.Context(), p, Params{Type: Common, MinIdentities: 10, PruneThreshold: ptr(40)})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Roles) != 1 || r.PrescribedPruneThreshold != nil || r.PruneThreshold != 40 || r.IdentityCount != 10 {
		t.Fatalf("%+v", r)
	}
	role := r.Roles[0]
	if diff := cmp.Diff(want, role.Entitlements); diff != "" {
		t.Errorf("entitlements (-want +got)\n%s", diff)
	}
	// Holders 9 and 8 of 10: I = (72+56)/90, A = 1.7: 128/(306-128) = 71.9 %.
	if role.Density != 72 || role.Freshness != 100 || role.Quality != 86 || len(role.Members) != 10 {
		t.Errorf("density %d, freshness %d, quality %d of %d members", role.Density, role.Freshness, role.Quality, len(role.Members))
	}
	for name, params := range map[string]Params{
		"scope under the minimum": {Type: Common, MinIdentities: 11},
		"nothing in common":       {Type: Common, MinIdentities: 1, Scope: []int32{0, 9}},
		"empty scope":             {Type: Common, MinIdentities: 1, Scope: []int32{}},
	} {
		r, err := Mine(t.Context(), p, params)
		if err != nil || len(r.Roles) != 0 {
			t.Errorf("%s: %d roles, error %v", name, len(r.Roles), err)
		}
	}
}

func TestMineRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		params Params
		want   string
	}{
		{Params{}, "miner: minIdentities must be at least 1, is 0"},
		{Params{MinIdentities: 1, PruneThreshold: ptr(-1)}, "miner: pruneThreshold must be in 0..100, is -1"},
		{Params{MinIdentities: 1, PruneThreshold: ptr(101)}, "miner: pruneThreshold must be in 0..100, is 101"},
		{Params{MinIdentities: 1, MaxEdges: -1}, "miner: maxEdges must not be negative, is -1"},
		{Params{MinIdentities: 1, Type: 7}, "miner: type must be Specialized or Common, is 7"},
		{Params{MinIdentities: 1, Scope: []int32{10}}, "miner: scope index 10 is outside 0..9"},
	} {
		_, err := Mine(t.Context(), office(), tt.params)
		var input *InputError
		if !errors.As(err, &input) || err.Error() != tt.want {
			t.Errorf("error %v, want %s", err, tt.want)
		}
	}
}

func TestEdgeBound(t *testing.T) {
	t.Parallel()
	truth := plant(plan{identities: 300, roleSize: 40, seed: 5})
	free, err := Mine(t.Context(), truth.pop, Params{MinIdentities: 10, PruneThreshold: ptr(30)})
	if err != nil {
		t.Fatal(err)
	}
	if free.EdgeBoundRaised || free.PruneThreshold != 30 || len(free.Candidates) != candidateCount {
		t.Errorf("unbounded: raised %v, used %d, %d candidates", free.EdgeBoundRaised, free.PruneThreshold, len(free.Candidates))
	}
	bound, err := Mine(t.Context(), truth.pop, Params{MinIdentities: 10, PruneThreshold: ptr(31), MaxEdges: 3000})
	if err != nil {
		t.Fatal(err)
	}
	if !bound.EdgeBoundRaised || bound.PruneThreshold <= 31 || (bound.PruneThreshold-31)%5 != 0 {
		t.Errorf("bounded: raised %v, used %d", bound.EdgeBoundRaised, bound.PruneThreshold)
	}
	if len(bound.Candidates) == 0 || len(bound.Candidates) >= candidateCount || bound.Candidates[0].Threshold < bound.PruneThreshold-5 {
		t.Errorf("bounded: candidates %+v with %d used", bound.Candidates, bound.PruneThreshold)
	}
	none, err := Mine(t.Context(), truth.pop, Params{MinIdentities: 2, MaxEdges: 1})
	if err != nil {
		t.Fatal(err)
	}
	if !none.EdgeBoundRaised || none.PruneThreshold <= highestCandidate || none.PruneThreshold > 100 {
		t.Errorf("no room for edges: raised %v, used %d", none.EdgeBoundRaised, none.PruneThreshold)
	}
}

func TestProgress(t *testing.T) {
	t.Parallel()
	last := map[Stage]Progress{}
	_, err := Mine(t.Context(), plant(plan{identities: 300, roleSize: 60, seed: 3}).pop, Params{MinIdentities: 10, Progress: func(p Progress) {
		if p.Done < 0 || p.Done > p.Total {
			t.Errorf("%+v", p)
		}
		last[p.Stage] = p
	}})
	if err != nil {
		t.Fatal(err)
	}
	for _, stage := range []Stage{StageSets, StageThreshold, StageRoles} {
		if p := last[stage]; p.Done != p.Total || p.Total == 0 {
			t.Errorf("stage %s ended at %d of %d", stage, p.Done, p.Total)
		}
	}
}
