package orggen

// rng is a small generator of numbers, splitmix64 (Steele, Lea, Flood 2014).
// Each identity has one of its own, seeded by its number.
type rng struct{ state uint64 }

func newRNG(seed uint64, stream string, n int) *rng {
	r := &rng{state: seed}
	for _, b := range []byte(stream) {
		r.state = r.next() ^ uint64(b)
	}
	r.state = r.next() ^ uint64(n)
	return r
}

func (r *rng) next() uint64 {
	r.state += 0x9e3779b97f4a7c15
	x := r.state
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// below is a number from 0 to n-1. The bias of the remainder is far below
// anything that a generated organisation could show.
func (r *rng) below(n int) int { return int(r.next() % uint64(n)) }

// between is a number from lo to hi.
func (r *rng) between(lo, hi int) int { return lo + r.below(hi-lo+1) }

// chance is true for permille out of 1,000 draws.
func (r *rng) chance(permille int) bool { return r.below(1000) < permille }

// pick is one of the words.
func (r *rng) pick(words []string) string { return words[r.below(len(words))] }

// skewed is a number from 0 to n-1 of which the small are the frequent ones.
func (r *rng) skewed(n int) int {
	return min(r.below(n), r.below(n), r.below(n))
}
