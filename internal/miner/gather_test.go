package miner

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

// ungathered is the membership of the roles found, without those who were
// gathered, by size and then by smallest identity id.
func ungathered(r Result) [][]int32 {
	out := [][]int32{}
	for _, role := range r.Roles {
		var members []int32
		for i, m := range role.Members {
			if role.Joined[i] != Gathered {
				members = append(members, m)
			}
		}
		out = append(out, members)
	}
	return out
}

func TestGatherByHand(t *testing.T) {
	t.Parallel()
	core := []int32{0, 1, 2, 3, 4, 5, 6, 7}
	other := []int32{20, 21, 22, 23, 24, 25, 26, 27}
	small := []int32{60, 61, 62, 63}
	sets := slices.Concat(times(10, core...), times(10, other...), times(10, small...), [][]int32{
		{0, 1},                           // 30: a quarter of the core
		{0, 1, 30, 31},                   // 31: half of what is held is core
		{0, 1, 30, 31, 32},               // 32: less than half of it
		{0},                              // 33: less than a quarter of the core
		{0, 1, 20, 21, 22},               // 34: fits the other role better
		{0, 1, 20, 21},                   // 35: fits both as well
		{0, 1, 2, 3, 40, 41, 42, 43, 44}, // 36: absorbed by definition
		{30, 31, 32, 33, 34, 35, 36, 37}, // 37: nothing of either
		{0, 1, 2, 20, 21, 22, 30, 31},    // 38: a profile of its own
		{60},                             // 39: a quarter, but a single entitlement
		{60, 61},                         // 40: absorbed by definition
	})
	p := people(sets...)
	r, err := Mine(t.Context(), p, Params{PruneThreshold: ptr(90), MinIdentities: 10})
	if err != nil {
		t.Fatal(err)
	}
	got := map[int32]string{}
	for _, role := range r.Roles {
		for i, m := range role.Members {
			if m >= 30 {
				got[m] = p.EntitlementIDs[role.Core[0]] + " " + role.Joined[i].String()
			}
		}
	}
	want := map[int32]string{
		30: "e0000 GATHERED", 31: "e0000 GATHERED", 34: "e0020 GATHERED", 35: "e0000 GATHERED",
		36: "e0000 ABSORBED", 40: "e0060 ABSORBED",
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("who came how (-want +got)\n%s", diff)
	}
}

// TestGatheredByDefinition recomputes the last step from the answer and the
// assignments alone: everyone who was gathered meets the conditions and fits no
// role better that they meet them for, and everyone left out meets them for none.
func TestGatheredByDefinition(t *testing.T) {
	t.Parallel()
	pops := []Population{plant(plan{identities: 600, roleSize: 50, seed: 4, loners: 0.05, missing: 0.4}).pop}
	for seed := range uint64(40) {
		pops = append(pops, random(seed))
	}
	gathered := 0
	for _, p := range pops {
		o := prepared(t, p)
		for _, threshold := range []*int{nil, ptr(30), ptr(70)} {
			r, err := o.Mine(t.Context(), Params{MinIdentities: 4, PruneThreshold: threshold})
			if err != nil {
				t.Fatal(err)
			}
			gathered += checkGathered(t, p, r)
		}
	}
	if gathered < 100 {
		t.Errorf("only %d people were gathered: too few to show anything", gathered)
	}
}

// checkGathered checks one answer and counts who was gathered.
func checkGathered(t *testing.T, p Population, r Result) (gathered int) {
	t.Helper()
	cores := []map[int32]int{} // by role: core access and its holders before gathering
	roleOf := map[int32]int{}
	late := map[int32]bool{}
	for k, members := range ungathered(r) {
		cores = append(cores, coreOf(p, r, members))
		for i, m := range r.Roles[k].Members {
			roleOf[m] = k
			late[m] = r.Roles[k].Joined[i] == Gathered
		}
	}
	for i := range p.IdentityIDs {
		k, in := roleOf[int32(i)]
		if p.Active != nil && !p.Active[i] || in && !late[int32(i)] {
			continue
		}
		fit, best := bestGathering(p, r, int32(i), cores)
		switch {
		case in && (fit[k] == nil || compareFractions(fit[k].part, fit[k].whole, best.part, best.whole) != 0):
			t.Errorf("identity %d was gathered into role %d: fits %v", i, k, fit)
		case !in && best != nil:
			t.Errorf("identity %d was left out: fits %v", i, fit)
		}
		if in {
			gathered++
		}
	}
	return gathered
}

// coreOf counts the holders of what at least half of the members hold.
func coreOf(p Population, r Result, members []int32) map[int32]int {
	held := map[int32]int{}
	for _, m := range members {
		for _, e := range p.Holdings[m] {
			if !slices.Contains(r.Common, e) {
				held[e]++
			}
		}
	}
	for e, n := range held {
		if 2*n < len(members) {
			delete(held, e)
		}
	}
	return held
}

type fraction struct{ part, whole int64 }

// bestGathering is how an identity fits the roles it may be gathered into, and
// the best of these fits; nil where there is none.
func bestGathering(p Population, r Result, i int32, cores []map[int32]int) (fit map[int]*fraction, best *fraction) {
	var set []int32
	for _, e := range p.Holdings[i] {
		if !slices.Contains(r.Common, e) {
			set = append(set, e)
		}
	}
	fit = map[int]*fraction{}
	for k, core := range cores {
		f, shared := &fraction{}, 0
		for _, n := range core {
			f.whole += int64(n)
		}
		for _, e := range set {
			if n := core[e]; n > 0 {
				f.part += int64(n)
				shared++
			}
		}
		if shared < 2 || 4*f.part < f.whole || 2*shared < len(set) {
			continue
		}
		fit[k] = f
		if best == nil || cmp.Compare(f.part*best.whole, best.part*f.whole) > 0 {
			best = f
		}
	}
	return fit, best
}

// By definition who is left over joins a role whose core they hold half of. Of a
// core of one entitlement its holders hold all, whatever else they hold
// (docs/mining.md, "Limits"), unless it is common access.
func TestACoreOfOneEntitlementTakesItsHolders(t *testing.T) {
	t.Parallel()
	const door, clustered, others = 0, 5, 20
	p := Population{EntitlementIDs: []string{"door"}}
	for i := range clustered + others + 10 {
		p.IdentityIDs = append(p.IdentityIDs, fmt.Sprintf("identity-%02d", i))
		var holds []int32
		if i < clustered+others {
			holds = append(holds, door)
		}
		for k := 0; i >= clustered && k < 6; k++ { // of their own
			holds = append(holds, int32(len(p.EntitlementIDs)))
			p.EntitlementIDs = append(p.EntitlementIDs, fmt.Sprintf("own-%02d-%d", i, k))
		}
		p.Holdings = append(p.Holdings, holds)
	}
	r, err := Mine(t.Context(), p, Params{MinIdentities: clustered})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Roles) != 1 || !slices.Equal(r.Roles[0].Core, []int32{door}) {
		t.Fatalf("roles %+v, want one of the door", r.Roles)
	}
	ways := map[Joined]int{}
	for _, how := range r.Roles[0].Joined {
		ways[how]++
	}
	if diff := gocmp.Diff(map[Joined]int{Clustered: clustered, Absorbed: others}, ways); diff != "" {
		t.Errorf("ways into the role (-want +got)\n%s", diff)
	}
	p.DesignatedCommon = []int32{door}
	if r, err = Mine(t.Context(), p, Params{MinIdentities: clustered}); err != nil || len(r.Roles) != 0 {
		t.Errorf("%d roles with the door as common access, want none (%v)", len(r.Roles), err)
	}
}
