package miner

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestClimbFrom(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	const tooMany, broken = -1, -2 // costs that stand for errors
	for _, tt := range []struct {
		name  string
		guess int
		costs map[int]int64 // by threshold; others cost 1000
		want  int
		asked []int
		err   error
	}{
		{"guess confirmed", 50, map[int]int64{45: 510, 50: 500, 55: 600}, 50, []int{45, 50, 55}, nil},
		{"one step too low", 50, map[int]int64{45: 520, 50: 510, 55: 500, 60: 506}, 55, []int{45, 50, 55, 60}, nil},
		{"within a percent upwards", 50, map[int]int64{45: 500, 50: 505, 55: 506}, 50, []int{45, 50, 55}, nil},
		{"one step too high", 50, map[int]int64{40: 500, 45: 500, 50: 600}, 45, []int{45, 50, 40}, nil},
		{"far too high", 60, map[int]int64{40: 300, 45: 300, 50: 400, 55: 500, 60: 600}, 45, []int{55, 60, 50, 45, 40}, nil},
		{"at the bottom", 25, map[int]int64{25: 500}, 25, []int{25, 30}, nil},
		{"down to the bottom", 35, map[int]int64{25: 100, 30: 500}, 25, []int{30, 35, 25}, nil},
		{"at the top", 75, map[int]int64{70: 500, 75: 500}, 75, []int{70, 75}, nil},
		{"too many edges below", 50, map[int]int64{45: tooMany, 50: 500, 55: 600}, 50, []int{45, 50, 55}, nil},
		{"too many edges everywhere", 70, map[int]int64{65: tooMany, 70: tooMany, 75: tooMany}, 70, []int{65, 70, 75}, nil},
		{"too many edges on the way down", 50, map[int]int64{45: 500, 40: tooMany}, 45, []int{45, 50, 40}, nil},
		{"failure", 50, map[int]int64{45: broken}, 0, []int{45}, boom},
		{"failure on the way down", 50, map[int]int64{45: 500, 40: broken}, 0, []int{45, 50, 40}, boom},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var asked []int
			got, err := climbFrom(tt.guess, func(threshold int) (int64, error) {
				asked = append(asked, threshold)
				switch c, known := tt.costs[threshold]; {
				case !known:
					return 1000, nil
				case c == tooMany:
					return 0, errTooManyEdges
				case c == broken:
					return 0, boom
				default:
					return c, nil
				}
			})
			if got != tt.want || !errors.Is(err, tt.err) {
				t.Errorf("got %d, %v; want %d, %v", got, err, tt.want, tt.err)
			}
			if diff := cmp.Diff(tt.asked, asked); diff != "" {
				t.Errorf("thresholds asked (-want +got)\n%s", diff)
			}
		})
	}
}

// The sample holds whole groups: of most roles it has either nearly all members
// or few.
func TestSampleKeepsGroupsWhole(t *testing.T) {
	t.Parallel()
	truth := plant(plan{identities: 8000, roleSize: 80, seed: 2, loners: 0.02})
	o := prepared(t, truth.pop)
	scope, err := o.scope(nil)
	if err != nil {
		t.Fatal(err)
	}
	s, _, err := newSets(t.Context(), o, scope)
	if err != nil {
		t.Fatal(err)
	}
	part, err := s.sample(t.Context(), 20)
	if err != nil {
		t.Fatal(err)
	}
	if part.people < sampleSize || part.people > sampleSize+8000/sampleWidest {
		t.Errorf("%d identities in the sample", part.people)
	}
	if part.people == 0 || part.total != total(part) {
		t.Errorf("total %d, want %d", part.total, total(part))
	}
	in := map[int32]bool{}
	for _, first := range part.first {
		in[first] = true
	}
	size, taken := make([]int, len(truth.access)), make([]int, len(truth.access))
	for v, first := range s.first {
		if role := truth.roleOf[o.identityAt[scope[first]]]; role >= 0 {
			size[role] += int(s.mult[v])
			if in[first] {
				taken[role] += int(s.mult[v])
			}
		}
	}
	whole, cut := 0, 0
	for r := range size {
		switch share := float64(taken[r]) / float64(size[r]); {
		case share > 0.9:
			whole++
		case share > 0.2:
			cut++
		}
	}
	if whole < 20 || cut*5 > whole {
		t.Errorf("%d roles whole, %d cut, of %d", whole, cut, len(size))
	}
}

func total(s *sets) int64 {
	var n int64
	for v, m := range s.mult {
		n += int64(m) * int64(s.size(int32(v)))
	}
	return n
}

// Above the limit for samples the search still finds what a full sweep would.
func TestSampledSearchAgreesWithSweep(t *testing.T) {
	t.Parallel()
	truth := plant(plan{identities: 6400, roleSize: 70, seed: 6, loners: 0.02})
	o := prepared(t, truth.pop)
	r, err := o.Mine(t.Context(), Params{MinIdentities: 20})
	if err != nil {
		t.Fatal(err)
	}
	if !r.Candidates[0].Sampled || r.Candidates[len(r.Candidates)-1].Sampled {
		t.Errorf("candidates %+v", r.Candidates)
	}
	scope, err := o.scope(nil)
	if err != nil {
		t.Fatal(err)
	}
	s, _, err := newSets(t.Context(), o, scope)
	if err != nil {
		t.Fatal(err)
	}
	q := &search{solver: solver{s: s, least: 20, maxEdges: defaultMaxEdges, tell: teller(nil)}, found: map[int]*roleSet{}}
	if err := q.sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if q.prescribed != *r.PrescribedPruneThreshold {
		t.Errorf("sampled search prescribes %d, sweep %d", *r.PrescribedPruneThreshold, q.prescribed)
	}
	if s := score(truth, r); s.ARI < 0.985 || s.NMI < 0.985 || s.EntitlementJaccard < 0.98 {
		t.Errorf("%+v", s)
	}
}

// Where everyone holds much the same no entitlement is narrow enough for a
// sample; the search then does without.
func TestSearchWithoutSample(t *testing.T) {
	t.Parallel()
	var list [][]int32
	for e := range int32(13) { // thirteen groups of 500, each far wider than one in fifty
		list = append(list, times(500, e, e+13, e+26)...)
	}
	r, err := Mine(t.Context(), people(list...), Params{MinIdentities: 20})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Roles) != 13 || r.PruneThreshold != highestCandidate {
		t.Errorf("%d roles at %d", len(r.Roles), r.PruneThreshold)
	}
	for _, c := range r.Candidates {
		if c.Sampled {
			t.Errorf("candidate %+v", c)
		}
	}
}
