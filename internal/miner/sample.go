package miner

import (
	"cmp"
	"context"
)

const (
	// sampleAbove is the number of identities from which on the prescribed
	// threshold is first looked for on a sample, and sampleSize how many
	// identities that sample has at least.
	sampleAbove = 6000
	sampleSize  = 4000
	// An entitlement held by more than one in sampleWidest says little about a
	// peer group; one held by fewer than the minimum for a role is no sign of
	// one.
	sampleWidest = 50
)

// sample takes a part of the sets that contains whole peer groups: all holders
// of one entitlement after the other, in a fixed scattered order, until there
// are enough. (A plain sample of identities thins every group out until none
// is large enough for a role.) If no entitlement qualifies it is empty. The
// error is that of the context.
func (s *sets) sample(ctx context.Context, least int) (*sets, error) {
	beat := &pulse{ctx: ctx}
	holders, err := s.tok.transpose(beat, len(s.entOf))
	if err != nil {
		return nil, err
	}
	var tokens []int32
	for t := range int32(len(s.entOf)) {
		if beat.stoppedAfter(len(holders.at(t))) {
			return nil, beat.err()
		}
		n := 0
		for _, v := range holders.at(t) {
			n += int(s.mult[v])
		}
		if n >= least && n*sampleWidest <= s.people {
			tokens = append(tokens, t)
		}
	}
	err = sortStable(beat, tokens, func(a, b int32) int {
		return cmp.Compare(mix(uint64(s.entOf[a])), mix(uint64(s.entOf[b])))
	})
	if err != nil {
		return nil, err
	}
	taken := make([]bool, s.nodes())
	count := 0
	for _, t := range tokens {
		if beat.stoppedAfter(len(holders.at(t))) {
			return nil, beat.err()
		}
		for _, v := range holders.at(t) {
			if !taken[v] {
				taken[v] = true
				count += int(s.mult[v])
			}
		}
		if count >= sampleSize {
			break
		}
	}
	return s.subset(beat, taken)
}

// subset keeps the nodes that are taken, with the same tokens.
func (s *sets) subset(beat *pulse, taken []bool) (*sets, error) {
	part := &sets{entOf: s.entOf}
	for v, is := range taken {
		if beat.stopped() {
			return nil, beat.err()
		}
		if !is {
			continue
		}
		set := s.tok.at(int32(v))
		part.tok.add(set)
		part.mult = append(part.mult, s.mult[v])
		part.first = append(part.first, s.first[v])
		part.people += int(s.mult[v])
		part.total += int64(s.mult[v]) * int64(len(set))
	}
	return part, nil
}
