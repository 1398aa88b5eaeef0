package miner

import (
	"cmp"
	"math/bits"
)

// A Core is what at least half of the members of a role hold, and how many
// members hold it.
type Core struct {
	Entitlements []int32 // unique, each from 0 to under the width of the [Cores]
	Holders      []int32 // parallel to Entitlements, 1 or more
}

// Cores finds the core that a set of entitlements fits best: the one of which
// the set holds the largest share, each entitlement weighted by its holders.
// Entitlements are numbers of the caller's choice. It has scratch space, so only
// one goroutine may use it at a time.
type Cores struct {
	index  [][]coreEntry
	whole  []int64 // by core: its weight
	part   []int64 // by core: weight of its entitlements in the set at hand
	shared []int32 // by core: their number
	near   []int32 // the cores for which that is not 0
}

// coreEntry says that a role has an entitlement in its core, and how many
// members hold it.
type coreEntry struct{ role, held int32 }

// A Fit is how well a set fits a core that has any of it.
type Fit struct {
	Core   int   // its place in the list given to [NewCores]
	Part   int64 // holders of the core's entitlements that are in the set, summed; over 0
	Whole  int64 // holders of all the core's entitlements, summed
	Shared int   // entitlements in the core and in the set; over 0
}

// Share is the weighted share of the core that is in the set, over 0 to 1.
func (f Fit) Share() float64 { return float64(f.Part) / float64(f.Whole) }

// NewCores indexes cores over entitlements 0 to width-1. An entitlement outside
// of that is a programming error and panics.
func NewCores(width int, cores []Core) *Cores {
	index := make([][]coreEntry, width)
	held := make([][]int32, len(cores))
	for i, core := range cores {
		held[i] = core.Holders
		for k, e := range core.Entitlements {
			index[e] = append(index[e], coreEntry{int32(i), core.Holders[k]})
		}
	}
	return newCores(index, held)
}

// newCores takes the index of the cores and, by core, the holders.
func newCores(index [][]coreEntry, held [][]int32) *Cores {
	n := len(held)
	c := &Cores{index: index, whole: make([]int64, n), part: make([]int64, n), shared: make([]int32, n)}
	for i, list := range held {
		for _, h := range list {
			c.whole[i] += int64(h)
		}
	}
	return c
}

// Best is the fit to the core that a set fits best of those that suit accepts,
// the first of equals; ok is false if there is none. A nil suit accepts every
// core that shares an entitlement with the set. The entitlements of the set are
// unique and in any order.
func (c *Cores) Best(set []int32, suit func(Fit) bool) (best Fit, ok bool) {
	c.measure(set)
	for _, i := range c.near {
		fit := Fit{Core: int(i), Part: c.part[i], Whole: c.whole[i], Shared: int(c.shared[i])}
		if suit != nil && !suit(fit) {
			continue
		}
		if !ok || fit.before(best) {
			best, ok = fit, true
		}
	}
	return best, ok
}

// before reports whether f is the better fit, or as good and of an earlier core.
func (f Fit) before(g Fit) bool {
	order := cmp.Or(compareFractions(g.Part, g.Whole, f.Part, f.Whole), cmp.Compare(f.Core, g.Core))
	return order < 0
}

// measure computes part, shared and near of a set.
func (c *Cores) measure(set []int32) {
	for _, i := range c.near {
		c.part[i], c.shared[i] = 0, 0
	}
	c.near = c.near[:0]
	for _, t := range set {
		for _, e := range c.index[t] {
			if c.shared[e.role] == 0 {
				c.near = append(c.near, e.role)
			}
			c.part[e.role] += int64(e.held)
			c.shared[e.role]++
		}
	}
}

// compareFractions compares a/b and c/d, which are not negative, exactly.
func compareFractions(a, b, c, d int64) int {
	high, low := bits.Mul64(uint64(a), uint64(d))
	high2, low2 := bits.Mul64(uint64(c), uint64(b))
	return cmp.Or(cmp.Compare(high, high2), cmp.Compare(low, low2))
}
