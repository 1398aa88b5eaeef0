package truth

import "slices"

// coreIndex finds the found role whose core is most like some access. It looks
// only at the roles that share any of it, so that thousands of planted roles
// can be compared with thousands of found ones.
type coreIndex struct {
	rolesOf map[string][]int32 // by entitlement: the found roles with it in their core
	sizes   []int              // by found role: entitlements of its core
	shared  []int              // by found role, scratch: zero between uses
	near    []int32            // scratch: the roles for which that is not 0
}

func newCoreIndex(found []Found) *coreIndex {
	c := &coreIndex{rolesOf: map[string][]int32{}, sizes: make([]int, len(found)), shared: make([]int, len(found))}
	for i, f := range found {
		core := unique(f.Core)
		c.sizes[i] = len(core)
		for _, id := range core {
			c.rolesOf[id] = append(c.rolesOf[id], int32(i))
		}
	}
	return c
}

// best is the largest Jaccard index that a core has with the access, 0 if none
// shares any of it.
func (c *coreIndex) best(access []string) float64 {
	ids := unique(access)
	for _, id := range ids {
		for _, role := range c.rolesOf[id] {
			if c.shared[role] == 0 {
				c.near = append(c.near, role)
			}
			c.shared[role]++
		}
	}
	best := 0.0
	for _, role := range c.near {
		both := c.shared[role]
		best = max(best, float64(both)/float64(len(ids)+c.sizes[role]-both))
		c.shared[role] = 0
	}
	c.near = c.near[:0]
	return best
}

// unique is a sorted copy without repetitions.
func unique(ids []string) []string {
	sorted := slices.Sorted(slices.Values(ids))
	return slices.Compact(sorted)
}
