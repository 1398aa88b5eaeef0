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
	found      map[int]*roleSet // by threshold tried on the whole scope
}

// run tries all candidate thresholds on the whole scope or, if that is large,
// on a sample first and then on the whole scope from the sample's choice on.
func (q *search) run(ctx context.Context) error {
	q.candidates = []Candidate{}
	q.found = make(map[int]*roleSet)
	var err error
	if q.s.people > sampleAbove {
		err = q.sampled(ctx)
	} else {
		err = q.sweep(ctx)
	}
	if err != nil {
		return err
	}
	q.tell(StageThreshold, candidateCount, candidateCount)
	return q.settle(ctx)
}

// sweep tries every candidate on the whole scope.
func (q *search) sweep(ctx context.Context) error {
	for t := lowestCandidate; t <= highestCandidate; t += candidateStep {
		if _, err := q.try(ctx, t); err != nil && !errors.Is(err, errTooManyEdges) {
			return err
		}
	}
	q.prescribed = prescribe(q.candidates, q.s.total)
	return nil
}

// try measures one candidate on the whole scope.
func (q *search) try(ctx context.Context, t int) (cost int64, err error) {
	q.tell(StageThreshold, (t-lowestCandidate)/candidateStep, candidateCount)
	if err := q.wanted(ctx, t); err != nil {
		return 0, err
	}
	r, err := q.solver.roles(ctx, t)
	if err != nil {
		q.raised = q.raised || q.want == nil && errors.Is(err, errTooManyEdges)
		return 0, err
	}
	q.found[t] = r
	c := Candidate{Threshold: t, Complexity: r.complexity(), Roles: r.live()}
	q.candidates = append(q.candidates, c)
	return c.Complexity, nil
}

// sampled chooses on a sample and then climbs on the whole scope, as long as
// the complexity stays within one percent of the least seen there.
func (q *search) sampled(ctx context.Context) error {
	t, err := q.sampleChoice(ctx)
	if err != nil {
		return err
	}
	q.prescribed = t
	least := q.s.total
	for first := true; t <= highestCandidate; t += candidateStep {
		cost, err := q.try(ctx, t)
		if errors.Is(err, errTooManyEdges) {
			continue
		}
		if err != nil {
			return err
		}
		if !first && !withinOnePercent(cost, least) {
			return nil
		}
		first = false
		least = min(least, cost)
		q.prescribed = t
	}
	return nil
}

// sampleChoice is the threshold prescribed for a sample of the scope.
func (q *search) sampleChoice(ctx context.Context) (int, error) {
	part := q.solver
	part.s, part.g = q.s.sample(q.least), nil
	var tried []Candidate
	for t := lowestCandidate; t <= highestCandidate; t += candidateStep {
		q.tell(StageThreshold, (t-lowestCandidate)/candidateStep, candidateCount)
		r, err := part.roles(ctx, t)
		if errors.Is(err, errTooManyEdges) {
			continue
		}
		if err != nil {
			return 0, err
		}
		tried = append(tried, Candidate{Threshold: t, Complexity: r.complexity(), Roles: r.live(), Sampled: true})
	}
	q.candidates = append(q.candidates, tried...)
	return prescribe(tried, part.s.total), nil
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
func (q *search) settle(ctx context.Context) error {
	if q.roles != nil {
		return nil
	}
	if q.want == nil {
		q.used = q.prescribed
	} else {
		q.used = *q.want
	}
	if q.roles = q.found[q.used]; q.roles != nil {
		return nil
	}
	asked := q.used
	var err error
	q.roles, q.used, err = q.rolesAtLeast(ctx, asked)
	q.raised = q.raised || q.used != asked
	return err
}
