package miner

import "slices"

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
// is large enough for a role.) If no entitlement qualifies it is empty.
func (s *sets) sample(least int) *sets {
	holders := s.tok.transpose(len(s.entOf))
	people := make([]int, len(s.entOf))
	for v, m := range s.mult {
		for _, t := range s.tok.at(int32(v)) {
			people[t] += int(m)
		}
	}
	var tokens []int32
	for t, n := range people {
		if n >= least && n*sampleWidest <= s.people {
			tokens = append(tokens, int32(t))
		}
	}
	slices.SortFunc(tokens, func(a, b int32) int { return compareMixed(s.entOf[a], s.entOf[b]) })
	taken := make([]bool, s.nodes())
	count := 0
	for _, t := range tokens {
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
	return s.subset(taken)
}

// compareMixed orders numbers in a fixed scattered order.
func compareMixed(a, b int32) int {
	if mix(uint64(a)) < mix(uint64(b)) {
		return -1
	}
	return 1
}

// subset keeps the nodes that are taken, with the same tokens.
func (s *sets) subset(taken []bool) *sets {
	part := &sets{entOf: s.entOf}
	for v, is := range taken {
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
	return part
}
