package miner

import (
	"cmp"
	"context"
	"errors"
	"slices"
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

// sampled chooses on a sample and checks the choice on the whole scope.
func (q *search) sampled(ctx context.Context) error {
	guess, err := q.sampleChoice(ctx)
	if err != nil {
		return err
	}
	sampled := len(q.candidates)
	q.prescribed, err = climbFrom(guess, func(t int) (int64, error) { return q.try(ctx, t) })
	if err != nil {
		return err
	}
	whole := q.candidates[sampled:]
	slices.SortFunc(whole, func(a, b Candidate) int { return cmp.Compare(a.Threshold, b.Threshold) })
	if !structured(whole, q.s.total) {
		q.prescribed = fallbackThreshold
	}
	return nil
}

// climbFrom looks for the largest threshold whose cost is within one percent of
// the least, near a guess. It starts one step below the guess and climbs while
// the cost stays within one percent of the least seen. If already the first
// step up fails the guess was too high, and it descends while that pays.
// Thresholds that pass the bound on edges are left out; if all do the answer is
// the guess.
func climbFrom(guess int, cost func(threshold int) (int64, error)) (int, error) {
	best, steps := guess, 0
	var bestCost, least int64
	t := max(lowestCandidate, guess-candidateStep)
	lowest := t
	for ; t <= highestCandidate; t += candidateStep {
		c, err := cost(t)
		if errors.Is(err, errTooManyEdges) {
			lowest = lowestCandidate // what is below has more edges still
			continue
		}
		if err != nil {
			return 0, err
		}
		if steps > 0 && !withinOnePercent(c, least) {
			break
		}
		if steps == 0 || c < least {
			least = c
		}
		best, bestCost = t, c
		steps++
	}
	for t = lowest - candidateStep; steps == 1 && t >= lowestCandidate; t -= candidateStep {
		c, err := cost(t)
		if errors.Is(err, errTooManyEdges) || err == nil && withinOnePercent(bestCost, c) {
			break
		}
		if err != nil {
			return 0, err
		}
		best, bestCost = t, c
	}
	return best, nil
}

// sampleChoice is the threshold prescribed for a sample of the scope. Where no
// sample can be taken it is the fallback.
func (q *search) sampleChoice(ctx context.Context) (int, error) {
	sample, err := q.s.sample(ctx, q.least)
	if err != nil {
		return 0, err
	}
	if sample.people == 0 {
		return fallbackThreshold, nil
	}
	part := q.solver
	part.s, part.g = sample, nil
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
