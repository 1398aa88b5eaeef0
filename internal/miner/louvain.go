package miner

import "context"

// penaltyPercent is the resolution of the constant Potts model relative to the
// prune threshold: a pair inside a group costs 80 % of the weight of the
// weakest edge. Measured on planted organisations; at 100 % groups whose
// members miss some of their access fall apart.
const penaltyPercent = 80

// level is one level of the Louvain method: nodes with a size (identities in
// them) and weighted edges between them. An edge of weight w to u adds
// w·scale[u] to the pull of u's group; joining a group of n identities costs
// cost·n. On the lowest level nodes are distinct sets, weights are those of one
// pair of identities, and a node of multiplicity m is felt m times (scale); the
// node's own multiplicity is a common factor of all choices and left out. On
// higher levels weights are sums over all pairs of identities already.
type level[W uint16 | int64] struct {
	off, end []int
	nbr      []int32
	wt       []W
	scale    []int32 // nil: all 1
	size     []int64
	own      []int64 // factor of the cost of each node; nil: all 1
}

// mover holds the state of the local moves on one level.
type mover[W uint16 | int64] struct {
	*level[W]
	cost   int64 // of one pair of identities, in units of weight
	node   []nodeState
	group  []groupState
	empty  []int32 // groups without members, a stack
	near   []int32 // groups with a pull on the node at hand
	queue  []int32 // circular
	queued []bool
}

// What is read together is kept together: label and scale of a neighbour, pull
// and size of a group.
type (
	nodeState  struct{ label, scale int32 }
	groupState struct {
		pull    int64 // weight to the node at hand; zero between nodes
		members int64 // identities
	}
)

func newMover[W uint16 | int64](l *level[W], cost int64, seed uint64) *mover[W] {
	n := len(l.size)
	m := &mover[W]{
		level: l, cost: cost,
		node: make([]nodeState, n), group: make([]groupState, n),
		queue: scattered(n, seed), queued: make([]bool, n),
	}
	for v := range m.node {
		m.node[v] = nodeState{label: int32(v), scale: 1}
		if l.scale != nil {
			m.node[v].scale = l.scale[v]
		}
		m.group[v].members = l.size[v]
		m.queued[v] = true
	}
	return m
}

// localMoves assigns the nodes to groups, moving one at a time to the group
// that raises the quality most, until no move raises it. moved says whether any
// node left its own group.
func localMoves[W uint16 | int64](ctx context.Context, l *level[W], cost int64, seed uint64) (label []int32, moved bool, err error) {
	m := newMover(l, cost, seed)
	n := len(l.size)
	beat := pulse{ctx: ctx}
	for head, waiting := 0, n; waiting > 0; {
		v := m.queue[head]
		if beat.stoppedAfter(l.end[v] - l.off[v]) {
			return nil, false, beat.err()
		}
		if head++; head == n {
			head = 0
		}
		waiting--
		m.queued[v] = false
		if !m.place(v) {
			continue
		}
		moved = true
		for _, u := range l.nbr[l.off[v]:l.end[v]] {
			if !m.queued[u] && m.node[u].label != m.node[v].label {
				m.queued[u] = true
				m.queue[(head+waiting)%n] = u
				waiting++
			}
		}
	}
	label = make([]int32, n)
	for v := range label {
		label[v] = m.node[v].label
	}
	return label, moved, nil
}

// place puts v where it fits best and says whether that is another group.
// A tie is won by the group v is in, then by the lowest label.
func (m *mover[W]) place(v int32) bool {
	from := m.node[v].label
	m.group[from].members -= m.size[v]
	m.gather(v)
	price := m.cost
	if m.own != nil {
		price *= m.own[v]
	}
	best, gain := from, m.group[from].pull-price*m.group[from].members
	stay := gain
	for _, g := range m.near {
		s := &m.group[g]
		d := s.pull - price*s.members
		if d > gain || d == gain && d > stay && g < best {
			best, gain = g, d
		}
		s.pull = 0
	}
	if gain < 0 { // alone is better; the group v leaves has other members
		best = m.empty[len(m.empty)-1]
		m.empty = m.empty[:len(m.empty)-1]
	}
	m.node[v].label = best
	m.group[best].members += m.size[v]
	if best != from && m.group[from].members == 0 {
		m.empty = append(m.empty, from)
	}
	return best != from
}

// gather sums the pull of each group near v.
func (m *mover[W]) gather(v int32) {
	near := m.near[:0]
	nbr, wt := m.nbr[m.off[v]:m.end[v]], m.wt[m.off[v]:m.end[v]]
	for k, u := range nbr {
		n := m.node[u]
		g := &m.group[n.label]
		if g.pull == 0 {
			near = append(near, n.label)
		}
		g.pull += int64(wt[k]) * int64(n.scale)
	}
	m.near = near
}

// compact renumbers labels as 0, 1, ... in order of first appearance.
func compact(label []int32) (groups int) {
	number := make([]int32, len(label))
	for i := range number {
		number[i] = -1
	}
	for i, l := range label {
		if number[l] < 0 {
			number[l] = int32(groups)
			groups++
		}
		label[i] = number[l]
	}
	return groups
}

// aggregate makes each group of l one node of the next level.
func aggregate[W uint16 | int64](ctx context.Context, l *level[W], label []int32, groups int) (*level[int64], error) {
	beat := pulse{ctx: ctx}
	up := &level[int64]{size: make([]int64, groups), off: make([]int, groups+1), end: make([]int, groups)}
	up.own = up.size
	byGroup := groupRows(label, groups)
	sum := make([]int64, groups)
	for g := range int32(groups) {
		first := len(up.nbr)
		for _, v := range byGroup.at(g) {
			if beat.stoppedAfter(l.end[v] - l.off[v]) {
				return nil, beat.err()
			}
			up.size[g] += l.size[v]
			for k := l.off[v]; k < l.end[v]; k++ {
				h := label[l.nbr[k]]
				if h == g {
					continue
				}
				if sum[h] == 0 {
					up.nbr = append(up.nbr, h)
				}
				w := int64(l.wt[k])
				if l.scale != nil {
					w *= int64(l.scale[v]) * int64(l.scale[l.nbr[k]])
				}
				sum[h] += w
			}
		}
		for _, h := range up.nbr[first:] {
			up.wt = append(up.wt, sum[h])
			sum[h] = 0
		}
		up.end[g], up.off[g+1] = len(up.nbr), len(up.nbr)
	}
	return up, nil
}
