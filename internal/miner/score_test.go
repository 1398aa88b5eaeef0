package miner

import (
	"math"
	"testing"
)

// scores compare the roles found with those planted.
type scores struct {
	ari, nmi     float64 // of the two partitions, identities without a role being alone
	ariIn, nmiIn float64 // of the identities that have a role, planted or found, in both
	assigned     float64 // share of the planted members that have a role
	members      float64 // mean over planted roles of the best Jaccard of members
	entitlements float64 // the same of core and planted access
	found        int     // planted roles with a role of member Jaccard >= 0.5
	planted      int
}

// score measures a result against the truth.
func score(truth planted, r Result) scores {
	n := len(truth.roleOf)
	got := make([]int32, n)
	for i := range got {
		got[i] = -1
	}
	for k, role := range r.Roles {
		for _, m := range role.Members {
			got[m] = int32(k)
		}
	}
	s := scores{planted: len(truth.access)}
	s.ari, s.nmi = agreement(alone(truth.roleOf), alone(got))
	s.assignedOnly(truth.roleOf, got)
	members := groupRows(truth.roleOf, len(truth.access))
	for p := range int32(len(truth.access)) {
		best, bestEnts := 0.0, 0.0
		for _, k := range rolesNear(members.at(p), got) {
			j := jaccardOf(members.at(p), r.Roles[k].Members)
			best = max(best, j)
			bestEnts = max(bestEnts, jaccardOf(truth.access[p], r.Roles[k].Core))
		}
		s.members += best / float64(s.planted)
		s.entitlements += bestEnts / float64(s.planted)
		if best >= 0.5 {
			s.found++
		}
	}
	return s
}

// assignedOnly scores the members of planted roles that were given a role.
func (s *scores) assignedOnly(want, got []int32) {
	var wantIn, gotIn []int32
	members := 0
	for i, w := range want {
		if w >= 0 {
			members++
		}
		if w >= 0 && got[i] >= 0 {
			wantIn, gotIn = append(wantIn, w), append(gotIn, got[i])
		}
	}
	s.assigned = float64(len(wantIn)) / float64(members)
	s.ariIn, s.nmiIn = agreement(wantIn, gotIn)
}

func rolesNear(members, got []int32) []int32 {
	seen := map[int32]bool{}
	var out []int32
	for _, m := range members {
		if k := got[m]; k >= 0 && !seen[k] {
			seen[k] = true
			out = append(out, k)
		}
	}
	return out
}

func jaccardOf(a, b []int32) float64 {
	in := map[int32]bool{}
	for _, x := range a {
		in[x] = true
	}
	both := 0
	for _, x := range b {
		if in[x] {
			both++
		}
	}
	return float64(both) / float64(len(a)+len(b)-both)
}

// alone gives each element without a group a group of its own.
func alone(group []int32) []int32 {
	next := int32(0)
	for _, g := range group {
		next = max(next, g+1)
	}
	out := make([]int32, len(group))
	for i, g := range group {
		if g < 0 {
			g = next
			next++
		}
		out[i] = g
	}
	return out
}

// agreement is the adjusted Rand index and the normalised mutual information
// (arithmetic mean) of two partitions.
func agreement(a, b []int32) (ari, nmi float64) {
	type pair struct{ a, b int32 }
	both, as, bs := map[pair]int{}, map[int32]int{}, map[int32]int{}
	for i := range a {
		both[pair{a[i], b[i]}]++
		as[a[i]]++
		bs[b[i]]++
	}
	n := float64(len(a))
	pairs := func(c int) float64 { return float64(c) * float64(c-1) / 2 }
	var index, sumA, sumB, mutual, entropyA, entropyB float64
	for p, c := range both {
		index += pairs(c)
		mutual += float64(c) / n * math.Log(n*float64(c)/(float64(as[p.a])*float64(bs[p.b])))
	}
	for _, c := range as {
		sumA += pairs(c)
		entropyA -= float64(c) / n * math.Log(float64(c)/n)
	}
	for _, c := range bs {
		sumB += pairs(c)
		entropyB -= float64(c) / n * math.Log(float64(c)/n)
	}
	expected := sumA * sumB / pairs(len(a))
	ari = (index - expected) / ((sumA+sumB)/2 - expected)
	return ari, 2 * mutual / (entropyA + entropyB)
}

func TestAgreement(t *testing.T) {
	t.Parallel()
	same := []int32{0, 0, 1, 1, 2}
	if ari, nmi := agreement(same, []int32{5, 5, 3, 3, 9}); math.Abs(ari-1) > 1e-12 || math.Abs(nmi-1) > 1e-12 {
		t.Errorf("equal partitions: ARI %v, NMI %v, want 1", ari, nmi)
	}
	// Two pairs cut across two pairs: by hand, index 0, expected 2·2/6, maximum 2.
	if ari, nmi := agreement([]int32{0, 0, 1, 1}, []int32{0, 1, 0, 1}); math.Abs(ari+0.5) > 1e-12 || math.Abs(nmi) > 1e-12 {
		t.Errorf("crossed partitions: ARI %v, NMI %v, want -0.5 and 0", ari, nmi)
	}
}

// planted organisations of 1,000 must be found nearly whole.
func TestMineFindsPlantedRoles(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		truth := plant(plan{identities: 1000, roleSize: 60, seed: seed, loners: 0.02})
		r, err := Mine(t.Context(), truth.pop, Params{MinIdentities: 20})
		if err != nil {
			t.Fatal(err)
		}
		s := score(truth, r)
		t.Logf("seed %d: T=%d %+v", seed, r.PruneThreshold, s)
		if s.ari < 0.98 || s.nmi < 0.98 || s.found != s.planted || s.entitlements < 0.98 {
			t.Errorf("seed %d: %+v", seed, s)
		}
	}
}

func TestMineFindsPlantedRolesInNoise(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		truth := plant(plan{identities: 1000, roleSize: 60, seed: seed, loners: 0.02, missing: 0.4})
		r, err := Mine(t.Context(), truth.pop, Params{MinIdentities: 20})
		if err != nil {
			t.Fatal(err)
		}
		s := score(truth, r)
		t.Logf("seed %d: T=%d %+v", seed, r.PruneThreshold, s)
		if s.ari < 0.72 || s.nmi < 0.80 {
			t.Errorf("seed %d: %+v", seed, s)
		}
	}
}
