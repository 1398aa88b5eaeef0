package miner

import (
	"cmp"
	"context"
	"slices"
)

// coreHolders reports whether c of n members make an entitlement core: at
// least half.
func coreHolders(c int32, n int) bool { return 2*int(c) >= n }

// roleSet is a set of potential roles over the nodes of s.
type roleSet struct {
	s      *sets
	of     []int32  // by node: its role, or -1
	joined []Joined // by node, where of >= 0
	nodes  [][]int32
	people []int     // by role: identities; 0 where merged away
	core   [][]int32 // by role: tokens, ascending
	held   [][]int32 // parallel to core: holders in the role
	count  []int32   // by token, scratch: zero between uses
	beat   *pulse
}

// newRoleSet makes a role of each group of at least least identities, absorbs,
// merges, and absorbs once more. Roles are numbered by their smallest identity
// to begin with; later steps prefer the lower number. The error is that of the
// context.
func newRoleSet(ctx context.Context, s *sets, group []int32, groups, least int) (*roleSet, error) {
	r := &roleSet{
		s: s, of: make([]int32, s.nodes()), joined: make([]Joined, s.nodes()),
		count: make([]int32, len(s.entOf)), beat: &pulse{ctx: ctx},
	}
	number, err := r.numberGroups(group, groups, least)
	if err != nil {
		return nil, err
	}
	for v, g := range group {
		r.of[v] = number[g]
		r.joined[v] = Clustered
	}
	r.refresh()
	if r.absorb() {
		r.refresh()
	}
	merged := r.merge()
	if r.absorb() || merged {
		r.refresh()
	}
	return r, ctx.Err()
}

// numberGroups numbers the groups that are large enough; the others get -1.
func (r *roleSet) numberGroups(group []int32, groups, least int) ([]int32, error) {
	people, first := make([]int, groups), make([]int32, groups)
	for v, g := range group {
		if people[g] == 0 || r.s.first[v] < first[g] {
			first[g] = r.s.first[v]
		}
		people[g] += int(r.s.mult[v])
	}
	var large []int32
	number := make([]int32, groups)
	for g, n := range people {
		number[g] = -1
		if n >= least {
			large = append(large, int32(g))
		}
	}
	if err := sortStable(r.beat, large, func(a, b int32) int { return cmp.Compare(first[a], first[b]) }); err != nil {
		return nil, err
	}
	for i, g := range large {
		number[g] = int32(i)
	}
	r.people = make([]int, len(large))
	return number, nil
}

// refresh recomputes members, sizes and cores from r.of.
func (r *roleSet) refresh() {
	n := len(r.people)
	members := groupRows(r.of, n)
	r.nodes, r.core, r.held = make([][]int32, n), make([][]int32, n), make([][]int32, n)
	for i := range n {
		if r.beat.stopped() {
			return
		}
		r.nodes[i] = members.at(int32(i))
		r.recount(i)
	}
}

// recount recomputes size and core of role i from its nodes. If it is stopped
// they are of no use.
func (r *roleSet) recount(i int) {
	r.people[i] = 0
	var seen []int32
	for _, v := range r.nodes[i] {
		if r.beat.stoppedAfter(r.s.size(v)) {
			return
		}
		m := r.s.mult[v]
		r.people[i] += int(m)
		for _, t := range r.s.tok.at(v) {
			if r.count[t] == 0 {
				seen = append(seen, t)
			}
			r.count[t] += m
		}
	}
	slices.Sort(seen)
	r.core[i], r.held[i] = nil, nil
	for _, t := range seen {
		if coreHolders(r.count[t], r.people[i]) {
			r.core[i] = append(r.core[i], t)
			r.held[i] = append(r.held[i], r.count[t])
		}
		r.count[t] = 0
	}
}

// coreIndex lists by token the roles with that token in their core, ascending.
func (r *roleSet) coreIndex() [][]coreEntry {
	index := make([][]coreEntry, len(r.s.entOf))
	for i, core := range r.core {
		if r.beat.stoppedAfter(len(core)) {
			return index
		}
		for k, t := range core {
			index[t] = append(index[t], coreEntry{int32(i), r.held[i][k]})
		}
	}
	return index
}

// absorb takes each node without a role into the role it fits best, if it
// holds at least half of that role's core, weighted by popularity. It reports
// whether any node was absorbed; the caller refreshes.
func (r *roleSet) absorb() bool {
	return r.adopt(Absorbed, func(_ int32, f Fit) bool { return 2*f.Part >= f.Whole })
}

// adopt takes each node v without a role into the best fitting role of those
// whose fit suits. All fits are taken against the cores as they are before. It
// reports whether any node was taken.
func (r *roleSet) adopt(how Joined, suits func(v int32, f Fit) bool) bool {
	cores := newCores(r.coreIndex(), r.held)
	any := false
	for v := range int32(len(r.of)) {
		if r.of[v] >= 0 {
			continue
		}
		if r.beat.stoppedAfter(r.s.size(v) + len(cores.near)) {
			return any
		}
		if best, ok := cores.Best(r.s.tok.at(v), func(f Fit) bool { return suits(v, f) }); ok {
			r.of[v], r.joined[v] = int32(best.Core), how
			any = true
		}
	}
	return any
}

// merge joins roles whose cores have a Jaccard index of 0.8 or more, the later
// into the earlier, pair by pair in order, until there is no such pair. It
// reports whether there was one.
func (r *roleSet) merge() bool {
	any := false
	for again := true; again; {
		again = false
		index := r.coreIndex()
		both := make([]int, len(r.core))
		for i := range r.core {
			// Within one pass only role i itself has changed since the index
			// was made, of those at or after i.
			for j := r.twin(i, index, both); j >= 0; j = r.twin(i, index, both) {
				r.take(i, j)
				again, any = true, true
			}
			if r.beat.over {
				return any
			}
		}
	}
	return any
}

// twin is the first role after i whose core is nearly that of i, or -1.
func (r *roleSet) twin(i int, index [][]coreEntry, both []int) int {
	found := -1
	var near []int32
	for _, t := range r.core[i] {
		if r.beat.stoppedAfter(len(index[t])) {
			return -1
		}
		for _, e := range index[t] {
			if int(e.role) <= i || r.people[e.role] == 0 {
				continue
			}
			if both[e.role] == 0 {
				near = append(near, e.role)
			}
			both[e.role]++
		}
	}
	for _, j := range near {
		union := len(r.core[i]) + len(r.core[j]) - both[j]
		if 5*both[j] >= 4*union && (found < 0 || int(j) < found) {
			found = int(j)
		}
		both[j] = 0
	}
	return found
}

// take merges role j into role i.
func (r *roleSet) take(i, j int) {
	for _, v := range r.nodes[j] {
		r.of[v], r.joined[v] = int32(i), Merged
	}
	r.nodes[i] = append(slices.Clip(r.nodes[i]), r.nodes[j]...)
	slices.Sort(r.nodes[i])
	r.nodes[j], r.core[j], r.held[j], r.people[j] = nil, nil, nil, 0
	r.recount(i)
}

// count of the roles that were not merged away.
func (r *roleSet) live() int {
	n := 0
	for _, p := range r.people {
		if p > 0 {
			n++
		}
	}
	return n
}

// complexity is the weighted structural complexity of the roles: one for each
// role, one for each entitlement of a core, one for each membership, one for
// each difference between a member's set and the core, and all assignments of
// identities without a role. The differences of all members sum to
// Σ|S(x)| + n·|core| - 2·Σ holders of core entitlements.
func (r *roleSet) complexity() int64 {
	cost := r.s.total
	for i, n := range r.people {
		if n == 0 {
			continue
		}
		core := int64(len(r.core[i]))
		cost += 1 + core + int64(n) + int64(n)*core
		for _, h := range r.held[i] {
			cost -= 2 * int64(h)
		}
	}
	return cost
}
