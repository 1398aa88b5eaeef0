package miner

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// quality is what clustering maximises, by its definition, over all pairs of
// identities, in units of 1/weightScale.
func quality(s *sets, g *graph, group []int32) int64 {
	var q int64
	size := map[int32]int64{}
	for v, m := range s.mult {
		size[group[v]] += int64(m)
		q += weightScale * int64(m) * int64(m-1) / 2
		for k := g.off[v]; k < g.end[v]; k++ {
			if u := g.nbr[k]; int(u) < v && group[u] == group[v] {
				q += int64(g.wt[k]) * int64(m) * int64(s.mult[u])
			}
		}
	}
	for _, n := range size {
		q -= int64(g.threshold) * 80 * n * (n - 1) / 2
	}
	return q
}

// best tries every partition of the nodes.
func best(s *sets, g *graph, group []int32, next int, groups int32) int64 {
	if next == len(group) {
		return quality(s, g, group)
	}
	q := int64(-1) << 62
	for l := range groups + 1 {
		group[next] = l
		q = max(q, best(s, g, group, next+1, max(groups, l+1)))
	}
	return q
}

// tinySets has few nodes with multiplicities, so that every partition can be
// tried.
func tinySets(t *testing.T, seed uint64) *sets {
	t.Helper()
	d := &dice{sequence{state: seed}}
	var list [][]int32
	for range 7 {
		list = append(list, slices.Repeat([][]int32{d.most(shuffled(9, d.next()), 0.4)}, 1+d.below(3))...)
	}
	for _, set := range list {
		slices.Sort(set)
	}
	o := prepared(t, people(append(list, make([][]int32, 20)...)...)) // lest much be common
	scope, err := o.scope(nil)
	if err != nil {
		t.Fatal(err)
	}
	s, _, err := newSets(t.Context(), o, scope)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// On small graphs the heuristic finds the optimum nearly always, and never
// anything much worse or anything better.
func TestClusterIsNearTheOptimum(t *testing.T) {
	t.Parallel()
	found, tried := 0, 0
	for seed := range uint64(120) {
		s := tinySets(t, seed)
		threshold := 10 + int(seed*7%80)
		g, err := join(t.Context(), s, threshold, 1000)
		if err != nil {
			t.Fatal(err)
		}
		group, groups, err := cluster(t.Context(), g, s)
		if err != nil {
			t.Fatal(err)
		}
		if slices.Max(group) != int32(groups-1) {
			t.Errorf("seed %d: groups %v, said to be %d", seed, group, groups)
		}
		got, optimum := quality(s, g, group), best(s, g, make([]int32, s.nodes()), 0, 0)
		if got > optimum || float64(got) < 0.85*float64(optimum) {
			t.Errorf("seed %d, threshold %d: quality %d, optimum %d", seed, threshold, got, optimum)
		}
		tried++
		if got == optimum {
			found++
		}
	}
	if found*100 < tried*95 {
		t.Errorf("optimum found %d times in %d", found, tried)
	}
}

// Groups are connected, numbered by their smallest node, and no node would do
// better alone.
func TestClusterGroupsHoldTogether(t *testing.T) {
	t.Parallel()
	for seed := range uint64(10) {
		s := randomSets(t, seed)
		for _, threshold := range []int{1, 10, 30, 60, 99} {
			g, err := join(t.Context(), s, threshold, 1<<20)
			if err != nil {
				t.Fatal(err)
			}
			group, groups, err := cluster(t.Context(), g, s)
			if err != nil {
				t.Fatal(err)
			}
			again, parts, err := splitConnected(t.Context(), g, group)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(group, again); diff != "" || parts != groups {
				t.Errorf("seed %d, threshold %d: not connected or not in order\n%s", seed, threshold, diff)
			}
			if alone, _ := singles(s); quality(s, g, group) < quality(s, g, alone) {
				t.Errorf("seed %d, threshold %d: worse than no groups", seed, threshold)
			}
		}
	}
}

func TestSplitConnected(t *testing.T) {
	t.Parallel()
	// A path 0-1-2-3-4 cut by the groups a b a a b.
	out := halfEdges{wt: []uint16{1, 1, 1, 1}}
	for _, row := range [][]int32{nil, {0}, {1}, {2}, {3}} {
		out.nbr.add(row)
	}
	g, err := newGraph(t.Context(), 5, 50, []halfEdges{out})
	if err != nil {
		t.Fatal(err)
	}
	got, parts, err := splitConnected(t.Context(), g, []int32{0, 1, 0, 0, 1})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int32{0, 1, 2, 2, 3}, got); diff != "" || parts != 4 {
		t.Errorf("%d parts (-want +got)\n%s", parts, diff)
	}
}

func TestScatteredIsAPermutation(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 127, 128, 129, 1000} {
		order := scattered(n, 5)
		slices.Sort(order)
		for i, v := range order {
			if int(v) != i {
				t.Fatalf("n = %d: %v", n, order)
			}
		}
		if len(order) != n {
			t.Errorf("n = %d: %d elements", n, len(order))
		}
	}
}
