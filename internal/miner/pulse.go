package miner

import (
	"context"
	"slices"
)

const (
	// checkEvery is how many steps, such as nodes, are at most worked on
	// between two looks at the context.
	checkEvery = 256
	// stepEffort is what a step counts for besides its own effort, so that long
	// steps make for more looks: one in 65,536 elementary operations.
	stepEffort = 256
)

// A pulse looks at a context now and then, from the inside of every loop that
// can take long. Loops that only fill an array do without.
type pulse struct {
	ctx   context.Context
	spent int
	over  bool
}

// stopped reports whether the context is done, as of the last look. Once it is
// done it stays so.
func (p *pulse) stopped() bool { return p.stoppedAfter(0) }

// stoppedAfter is stopped for a step of that many elementary operations.
func (p *pulse) stoppedAfter(effort int) bool {
	p.spent += stepEffort + effort
	if p.spent >= checkEvery*stepEffort {
		p.spent = 0
		p.over = p.over || p.ctx.Err() != nil
	}
	return p.over
}

// err is the context's error, whether or not it was seen yet.
func (p *pulse) err() error { return p.ctx.Err() }

// sortStable sorts like slices.SortStableFunc and can be stopped: it merges
// runs of checkEvery. After an error, that of the context, the list is of no
// use.
func sortStable[E any](beat *pulse, list []E, compare func(a, b E) int) error {
	for run := range slices.Chunk(list, checkEvery) {
		if beat.stoppedAfter(len(run) * stepEffort / 8) {
			return beat.err()
		}
		slices.SortStableFunc(run, compare)
	}
	from, to := list, make([]E, len(list))
	for width := checkEvery; width < len(list); width *= 2 {
		for low := 0; low < len(list); low += 2 * width {
			middle, high := min(low+width, len(list)), min(low+2*width, len(list))
			if !mergeRuns(beat, to[low:high], from[low:middle], from[middle:high], compare) {
				return beat.err()
			}
		}
		from, to = to, from
	}
	if len(list) > checkEvery {
		copy(list, from)
	}
	return nil
}

// mergeRuns merges two sorted runs; of equals those of a come first. It returns
// false if it was stopped.
func mergeRuns[E any](beat *pulse, to, a, b []E, compare func(a, b E) int) bool {
	for i := range to {
		if beat.stopped() {
			return false
		}
		if len(b) == 0 || len(a) > 0 && compare(a[0], b[0]) <= 0 {
			to[i], a = a[0], a[1:]
		} else {
			to[i], b = b[0], b[1:]
		}
	}
	return true
}
