package miner

import (
	"context"
	"errors"
)

// search finds the prescribed threshold and the roles of the threshold to use.
// It asks its solver in ascending order as far as it can, so that one graph is
// pruned step by step.
type search struct {
	solver
	want *int // the caller's threshold, nil for the prescribed one

	prescribed int
	used       int
	raised     bool
	roles      *roleSet
	candidates []Candidate
}

func (q *search) run(ctx context.Context) error {
	found := make(map[int]*roleSet) // by threshold
	q.candidates = []Candidate{}
	tried := 0
	for t := lowestCandidate; t <= highestCandidate; t += candidateStep {
		q.tell(StageThreshold, tried, candidateCount)
		tried++
		if err := q.wanted(ctx, t); err != nil {
			return err
		}
		r, err := q.solver.roles(ctx, t)
		if errors.Is(err, errTooManyEdges) {
			q.raised = q.raised || q.want == nil
			continue
		}
		if err != nil {
			return err
		}
		found[t] = r
		q.candidates = append(q.candidates, Candidate{Threshold: t, Complexity: r.complexity(), Roles: r.live()})
	}
	q.tell(StageThreshold, candidateCount, candidateCount)
	q.prescribed = prescribe(q.candidates, q.s.total)
	return q.settle(ctx, found)
}

// wanted finds the roles of the caller's threshold once it is under next.
func (q *search) wanted(ctx context.Context, next int) (err error) {
	if q.want == nil || q.roles != nil || *q.want >= next {
		return nil
	}
	q.roles, q.used, err = q.rolesAtLeast(ctx, *q.want)
	q.raised = q.used != *q.want
	return err
}

// settle takes the roles of the threshold to use.
func (q *search) settle(ctx context.Context, found map[int]*roleSet) error {
	if q.roles != nil {
		return nil
	}
	if q.want == nil {
		q.used = q.prescribed
	} else {
		q.used = *q.want
	}
	if q.roles = found[q.used]; q.roles != nil {
		return nil
	}
	asked := q.used
	var err error
	q.roles, q.used, err = q.rolesAtLeast(ctx, asked)
	q.raised = q.raised || q.used != asked
	return err
}
