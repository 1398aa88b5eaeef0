package miner

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// An edge as the plain join finds it.
type edge struct {
	x, y int32
	w    uint16
}

// shared counts the tokens two ascending sets have in common.
func shared(a, b []int32) int {
	n, i, j := 0, 0, 0
	for i < len(a) && j < len(b) {
		switch {
		case a[i] < b[j]:
			i++
		case a[i] > b[j]:
			j++
		default:
			n, i, j = n+1, i+1, j+1
		}
	}
	return n
}

// plainJoin is the definition: every pair, by the integer rule.
func plainJoin(s *sets, threshold int) []edge {
	edges := []edge{}
	for x := range int32(s.nodes()) {
		for y := range x {
			i := shared(s.tok.at(x), s.tok.at(y))
			union := s.size(x) + s.size(y) - i
			if i > 0 && 100*i >= threshold*union {
				edges = append(edges, edge{x, y, uint16(10000 * i / union)})
			}
		}
	}
	return edges
}

// edgesOf lists the edges of a graph once each, in order, and checks that both
// ends have them.
func edgesOf(t *testing.T, g *graph) []edge {
	t.Helper()
	edges, mirrored := []edge{}, []edge{}
	for v := range int32(len(g.end)) {
		if !slices.IsSorted(g.nbr[g.off[v]:g.end[v]]) {
			t.Fatalf("neighbours of %d not in order", v)
		}
		for k := g.off[v]; k < g.end[v]; k++ {
			if u := g.nbr[k]; u < v {
				edges = append(edges, edge{v, u, g.wt[k]})
			} else {
				mirrored = append(mirrored, edge{u, v, g.wt[k]})
			}
		}
	}
	order := func(a, b edge) int {
		if a.x != b.x {
			return int(a.x - b.x)
		}
		return int(a.y - b.y)
	}
	slices.SortFunc(edges, order)
	slices.SortFunc(mirrored, order)
	if !slices.Equal(edges, mirrored) {
		t.Fatalf("ends disagree\n%s", cmp.Diff(edges, mirrored, cmp.AllowUnexported(edge{})))
	}
	return edges
}

// randomSets draws sets of very different sizes from few or many tokens.
func randomSets(t *testing.T, seed uint64) *sets {
	t.Helper()
	d := &dice{sequence{state: seed}}
	width := []int{5, 40, 300}[seed%3]
	list := make([][]int32, 60)
	for i := range list {
		if i > 5 && d.chance(0.5) { // a relative of an earlier one
			list[i] = append(d.most(list[d.below(i)], 0.2), d.some(shuffled(width, d.next()), 2)...)
		} else {
			list[i] = d.most(shuffled(width, d.next())[:1+d.below(min(width, 50))], 0.3)
		}
		slices.Sort(list[i])
		list[i] = slices.Compact(list[i])
	}
	o := prepared(t, people(list...))
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

func TestJoinEqualsBruteForce(t *testing.T) {
	t.Parallel()
	for threshold := 1; threshold <= 100; threshold++ {
		for seed := range uint64(3) {
			s := randomSets(t, 1000*uint64(threshold)+seed)
			g, err := join(t.Context(), s, threshold, 1<<20)
			if err != nil {
				t.Fatal(err)
			}
			if plain, fast := plainJoin(s, threshold), edgesOf(t, g); !slices.Equal(plain, fast) {
				t.Fatalf("threshold %d, seed %d (-plain +fast)\n%s", threshold, seed, cmp.Diff(plain, fast, cmp.AllowUnexported(edge{})))
			}
		}
	}
}

// A pruned graph is the graph of the higher threshold, for all steps.
func TestPruneEqualsJoin(t *testing.T) {
	t.Parallel()
	s := randomSets(t, 7)
	g, err := join(t.Context(), s, 1, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	for threshold := 1; threshold <= 100; threshold++ {
		if err := g.prune(t.Context(), threshold); err != nil {
			t.Fatal(err)
		}
		want := plainJoin(s, threshold)
		if diff := cmp.Diff(want, edgesOf(t, g), cmp.AllowUnexported(edge{})); diff != "" || g.edges() != len(want) {
			t.Fatalf("threshold %d: %d edges, want %d\n%s", threshold, g.edges(), len(want), diff)
		}
	}
	if err := g.prune(t.Context(), 3); err != nil || g.threshold != 100 {
		t.Errorf("pruning to 3 after 100 gives %d, error %v", g.threshold, err)
	}
}

// The graph is the same, to the byte, for any number of workers.
func TestJoinWorkers(t *testing.T) {
	t.Parallel()
	o := prepared(t, plant(plan{identities: 1500, roleSize: 50, seed: 4, missing: 0.2}).pop)
	scope, err := o.scope(nil)
	if err != nil {
		t.Fatal(err)
	}
	s, _, err := newSets(t.Context(), o, scope)
	if err != nil {
		t.Fatal(err)
	}
	want, err := joinWith(t.Context(), s, 30, 1<<30, 1)
	if err != nil {
		t.Fatal(err)
	}
	if want.edges() < 10000 {
		t.Fatalf("only %d edges", want.edges())
	}
	for _, workers := range []int{0, 2, 3, 8, 64} {
		got, err := joinWith(t.Context(), s, 30, 1<<30, workers)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(want, got) {
			t.Fatalf("%d workers give another graph", workers)
		}
		if _, err := joinWith(t.Context(), s, 30, want.edges()-1, workers); !errors.Is(err, errTooManyEdges) {
			t.Errorf("%d workers, bound one under: error %v", workers, err)
		}
		if _, err := joinWith(t.Context(), s, 30, want.edges(), workers); err != nil {
			t.Errorf("%d workers, bound just met: error %v", workers, err)
		}
	}
}

// Sizes that the index cannot hold in 16 bits are still joined exactly.
func TestJoinLargeSets(t *testing.T) {
	t.Parallel()
	row := func(from, to int32) (set []int32) {
		for e := from; e < to; e++ {
			set = append(set, e)
		}
		return set
	}
	list := [][]int32{row(0, 70000), row(10, 70010), row(0, 65535), row(3, 65540), row(0, 60000), row(40000, 90000), row(0, 5)}
	o := prepared(t, people(append(list, make([][]int32, 3)...)...))
	scope, err := o.scope(nil)
	if err != nil {
		t.Fatal(err)
	}
	s, _, err := newSets(t.Context(), o, scope)
	if err != nil {
		t.Fatal(err)
	}
	for _, threshold := range []int{1, 25, 50, 86, 94, 99, 100} {
		g, err := join(t.Context(), s, threshold, 100)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(plainJoin(s, threshold), edgesOf(t, g), cmp.AllowUnexported(edge{})); diff != "" {
			t.Errorf("threshold %d (-plain +fast)\n%s", threshold, diff)
		}
	}
}

func TestJoinStopsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := join(ctx, randomSets(t, 1), 50, 100); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// plainGraph is the graph of the plain join.
func plainGraph(t *testing.T, s *sets, threshold int) *graph {
	t.Helper()
	var out halfEdges
	edges := plainJoin(s, threshold)
	for x := range int32(s.nodes()) {
		var row []int32
		for ; len(edges) > 0 && edges[0].x == x; edges = edges[1:] {
			row = append(row, edges[0].y)
			out.wt = append(out.wt, edges[0].w)
		}
		out.nbr.add(row)
	}
	g, err := newGraph(t.Context(), s.nodes(), threshold, []halfEdges{out})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// Roles from the plain join, the definition taken literally, equal those of
// the engine, before people are gathered.
func TestRolesFromPlainJoin(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		o := prepared(t, plant(plan{identities: 250, roleSize: 40, seed: seed, missing: 0.1 * float64(seed%4)}).pop)
		scope, err := o.scope(nil)
		if err != nil {
			t.Fatal(err)
		}
		s, nodeOf, err := newSets(t.Context(), o, scope)
		if err != nil {
			t.Fatal(err)
		}
		for _, threshold := range []int{20, 45, 70} {
			group, groups, err := cluster(t.Context(), plainGraph(t, s, threshold), s)
			if err != nil {
				t.Fatal(err)
			}
			roles, err := newRoleSet(t.Context(), s, group, groups, 10)
			if err != nil {
				t.Fatal(err)
			}
			want := [][]int32{}
			members, err := membersOf(t.Context(), roles, scope, nodeOf)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range members {
				want = append(want, o.callers(m.ranks))
			}
			r, err := o.Mine(t.Context(), Params{MinIdentities: 10, PruneThreshold: &threshold})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(fmt.Sprint(want), fmt.Sprint(ungathered(r))); diff != "" {
				t.Errorf("seed %d, threshold %d (-plain +engine)\n%s", seed, threshold, diff)
			}
		}
	}
}
