package miner

// mix is the finaliser of SplitMix64 (Steele, Lea and Flood, 2014) over one
// step of its sequence: a fixed bijection that scatters neighbouring numbers.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// A sequence yields a fixed stream of numbers for a seed.
type sequence struct{ state uint64 }

func (s *sequence) next() uint64 {
	s.state++
	return mix(s.state * 0x9e3779b97f4a7c15)
}

// below is the next number in 0..n-1. The bias of the modulus is under n/2^64.
func (s *sequence) below(n int) int { return int(s.next() % uint64(n)) }

// shuffled is a fixed permutation of 0..n-1 for a seed.
func shuffled(n int, seed uint64) []int32 {
	order := make([]int32, n)
	seq := sequence{state: seed}
	for i := range order {
		j := seq.below(i + 1)
		order[i] = order[j]
		order[j] = int32(i)
	}
	return order
}

// scattered is a fixed permutation of 0..n-1 for a seed that keeps what is
// near near: blocks are shuffled, and the numbers within each. It serves where
// the order should be arbitrary but memory should be read locally.
func scattered(n int, seed uint64) []int32 {
	const block = 128
	order := make([]int32, 0, n)
	for _, b := range shuffled((n+block-1)/block, seed) {
		from := b * block
		for _, i := range shuffled(min(block, n-int(from)), mix(seed)+uint64(b)) {
			order = append(order, from+i)
		}
	}
	return order
}
