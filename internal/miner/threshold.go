package miner

import (
	"context"
	"errors"
)

const (
	// Thresholds tried when one is prescribed.
	lowestCandidate  = 25
	highestCandidate = 75
	candidateStep    = 5
	candidateCount   = (highestCandidate-lowestCandidate)/candidateStep + 1
	// fallbackThreshold is prescribed where no threshold finds structure.
	fallbackThreshold = 30
	// defaultMaxEdges bounds the graph: 50 million edges take 600 MB.
	defaultMaxEdges = 50_000_000
)

// A Candidate is a threshold that was tried in the search for the prescribed
// one.
type Candidate struct {
	Threshold int // 25, 30, ..., 75
	// Complexity is the weighted structural complexity of the roles found at
	// this threshold: |R| + Σ|core(R)| + Σ_{x in R}(1 + |S(x) Δ core(R)|) +
	// Σ_{x in none}|S(x)|, before anyone is gathered. Smaller is a shorter
	// description of who holds what.
	Complexity int64
	Roles      int  // potential roles found
	Sampled    bool // measured on a sample, not on the whole scope
}

// solver finds the roles of one family of sets at different thresholds. It
// keeps the graph of the last one: asking in ascending order prunes it, any
// other order costs a new join.
type solver struct {
	s        *sets
	least    int // identities in a role
	maxEdges int
	g        *graph
	tell     func(Stage, int, int)
}

// roles finds the roles at a threshold of 0..100.
func (v *solver) roles(ctx context.Context, threshold int) (*roleSet, error) {
	var group []int32
	var groups int
	var err error
	switch threshold {
	case 0:
		group, groups, err = components(ctx, v.s)
	case 100:
		group, groups = singles(v.s)
	default:
		if err := v.graphAt(ctx, threshold); err != nil {
			return nil, err
		}
		v.tell(StageClustering, 0, v.s.nodes())
		group, groups, err = cluster(ctx, v.g, v.s)
	}
	if err != nil {
		return nil, err
	}
	return newRoleSet(ctx, v.s, group, groups, v.least)
}

// graphAt makes v.g the graph of a threshold, by pruning where it can.
func (v *solver) graphAt(ctx context.Context, threshold int) error {
	if v.g != nil && v.g.threshold <= threshold {
		return v.g.prune(ctx, threshold)
	}
	v.g = nil // to be collected during the join
	v.tell(StageSimilarity, 0, v.s.nodes())
	g, err := join(ctx, v.s, threshold, v.maxEdges)
	v.g = g
	return err
}

// rolesAtLeast finds the roles at the first of threshold, threshold+5, ... that
// respects the bound on edges. At 100 there are no edges.
func (v *solver) rolesAtLeast(ctx context.Context, threshold int) (*roleSet, int, error) {
	for {
		r, err := v.roles(ctx, threshold)
		if !errors.Is(err, errTooManyEdges) {
			return r, threshold, err
		}
		threshold = min(100, threshold+candidateStep)
	}
}

// prescribe picks among candidates, in ascending order of threshold, the
// largest threshold whose complexity is within one percent of the least. Where
// there is no structure to find a fixed threshold is prescribed.
func prescribe(candidates []Candidate, assignments int64) int {
	if !structured(candidates, assignments) {
		return fallbackThreshold
	}
	least := leastComplexity(candidates)
	best := candidates[0].Threshold
	for _, c := range candidates {
		if withinOnePercent(c.Complexity, least) {
			best = c.Threshold
		}
	}
	return best
}

// structured reports whether the best of the candidates saves more than two
// percent of the assignments.
func structured(candidates []Candidate, assignments int64) bool {
	return len(candidates) > 0 && 100*leastComplexity(candidates) < 98*assignments
}

func leastComplexity(candidates []Candidate) int64 {
	least := candidates[0].Complexity
	for _, c := range candidates {
		least = min(least, c.Complexity)
	}
	return least
}

// withinOnePercent reports whether cost <= 1.01·least.
func withinOnePercent(cost, least int64) bool { return 100*cost <= 101*least }
