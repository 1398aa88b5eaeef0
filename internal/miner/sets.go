package miner

import (
	"cmp"
	"context"
	"slices"
)

// likelyShared is the number of distinct sets from which on an entitlement is
// taken for a sign of a peer group, when nodes are put in order.
const likelyShared = 12

// sets holds the distinct sets S(x) of a scope. Each is a node of the
// similarity graph and stands for all identities that hold exactly this set.
// Entitlements are tokens, numbered from the rarest to the most frequent.
// Nodes are ordered by their rarest token that is not too rare, then by their
// first identity: this puts likely peers side by side, and so what is read
// together close together in memory.
type sets struct {
	tok    rows    // by node: its tokens, ascending
	mult   []int32 // by node: identities with this set
	first  []int32 // by node: its smallest identity, as a position in the scope
	entOf  []int32 // token -> entitlement rank
	people int     // identities that have a node
	total  int64   // assignments: sum of mult·size over the nodes
}

func (s *sets) nodes() int { return len(s.mult) }

func (s *sets) size(v int32) int { return int(s.tok.off[v+1] - s.tok.off[v]) }

// newSets collapses the scope (identity ranks, ascending). nodeOf says for each
// position in the scope its node, or -1 where nothing but common access is held.
// The error is that of the context.
func newSets(ctx context.Context, o *Organisation, scope []int32) (s *sets, nodeOf []int32, err error) {
	beat := &pulse{ctx: ctx}
	distinct, mult, first, nodeOf, err := collapse(beat, o, scope)
	if err != nil {
		return nil, nil, err
	}
	tok, entOf, err := rarestFirst(beat, distinct, len(o.entAt))
	if err != nil {
		return nil, nil, err
	}
	order, err := peersTogether(beat, &tok, len(entOf))
	if err != nil {
		return nil, nil, err
	}
	place := make([]int32, len(order))
	s = &sets{mult: make([]int32, len(order)), first: make([]int32, len(order)), entOf: entOf}
	s.tok = newRows(len(order), len(tok.val))
	for at, v := range order {
		if beat.stoppedAfter(len(tok.at(v))) {
			return nil, nil, beat.err()
		}
		place[v] = int32(at)
		s.mult[at], s.first[at] = mult[v], first[v]
		s.tok.add(tok.at(v))
		s.total += int64(mult[v]) * int64(len(tok.at(v)))
		s.people += int(mult[v])
	}
	for i, v := range nodeOf {
		if v >= 0 {
			nodeOf[i] = place[v]
		}
	}
	return s, nodeOf, ctx.Err()
}

// collapse finds the distinct sets, in order of their first identity.
func collapse(beat *pulse, o *Organisation, scope []int32) (distinct rows, mult, first, nodeOf []int32, err error) {
	distinct = newRows(len(scope), 0)
	nodeOf = make([]int32, len(scope))
	seen := make(map[uint64]int32, len(scope))
	next := make([]int32, 0, len(scope)) // nodes whose sets have the same hash
	var set []int32
	for i, x := range scope {
		if beat.stoppedAfter(len(o.held.at(x))) {
			return rows{}, nil, nil, nil, beat.err()
		}
		set = o.specialized(x, set[:0])
		nodeOf[i] = -1
		if len(set) == 0 {
			continue
		}
		h := hashSet(set)
		head, ok := seen[h]
		if !ok {
			head = -1
		}
		v := head
		for v >= 0 && !slices.Equal(distinct.at(v), set) {
			v = next[v]
		}
		if v < 0 {
			v = int32(len(mult))
			seen[h] = v
			next, mult, first = append(next, head), append(mult, 0), append(first, int32(i))
			distinct.add(set)
		}
		mult[v]++
		nodeOf[i] = v
	}
	return distinct, mult, first, nodeOf, nil
}

// specialized appends S(x), the entitlements of identity x that are not common.
func (o *Organisation) specialized(x int32, set []int32) []int32 {
	for _, e := range o.held.at(x) {
		if !o.common[e] {
			set = append(set, e)
		}
	}
	return set
}

// peersTogether lists the nodes by their rarest token that at least
// likelyShared nodes have, keeping the order of nodes with the same.
func peersTogether(beat *pulse, tok *rows, tokens int) ([]int32, error) {
	holders := make([]int32, tokens)
	for v := range int32(tok.len()) {
		if beat.stoppedAfter(len(tok.at(v))) {
			return nil, beat.err()
		}
		for _, t := range tok.at(v) {
			holders[t]++
		}
	}
	sign := make([]int32, tok.len())
	for v := range sign {
		if beat.stopped() {
			return nil, beat.err()
		}
		for _, sign[v] = range tok.at(int32(v)) {
			if holders[sign[v]] >= likelyShared {
				break
			}
		}
	}
	byToken := groupRows(sign, tokens)
	return byToken.val, nil
}

// rarestFirst renumbers the columns of r by how many rows contain them,
// leaving out those that none does, and sorts each row by the new numbers.
func rarestFirst(beat *pulse, r rows, width int) (renumbered rows, column []int32, err error) {
	holders, err := r.transpose(beat, width)
	if err != nil {
		return rows{}, nil, err
	}
	for e := range int32(width) {
		if len(holders.at(e)) > 0 {
			column = append(column, e)
		}
	}
	err = sortStable(beat, column, func(a, b int32) int {
		return cmp.Compare(len(holders.at(a)), len(holders.at(b)))
	})
	if err != nil {
		return rows{}, nil, err
	}
	byToken := newRows(len(column), len(r.val))
	for _, e := range column {
		if beat.stoppedAfter(len(holders.at(e))) {
			return rows{}, nil, beat.err()
		}
		byToken.add(holders.at(e))
	}
	renumbered, err = byToken.transpose(beat, r.len())
	return renumbered, column, err
}

// hashSet mixes a set into 64 bits.
func hashSet(set []int32) uint64 {
	h := uint64(len(set))
	for _, e := range set {
		h = mix(h + uint64(e) + 1)
	}
	return h
}
