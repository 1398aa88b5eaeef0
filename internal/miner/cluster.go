package miner

import "context"

// cluster finds the peer groups of the nodes of g, whose threshold is 1..99:
// the Louvain method under the constant Potts model, level upon level until
// nothing moves, then every group that is not connected is split. Groups are
// numbered by their smallest node.
func cluster(ctx context.Context, g *graph, s *sets) (group []int32, groups int, err error) {
	size := make([]int64, s.nodes())
	for v, m := range s.mult {
		size[v] = int64(m)
	}
	cost := int64(g.threshold * penaltyPercent * weightScale / 100 / 100)
	ground := &level[uint16]{off: g.off, end: g.end, nbr: g.nbr, wt: g.wt, scale: s.mult, size: size}
	group, moved, err := localMoves(ctx, ground, cost, 1)
	if err != nil {
		return nil, 0, err
	}
	groups = compact(group)
	if moved {
		up, err := aggregate(ctx, ground, group, groups)
		if err != nil {
			return nil, 0, err
		}
		if err := climb(ctx, up, cost, group); err != nil {
			return nil, 0, err
		}
	}
	return splitConnected(ctx, g, group)
}

// climb repeats local moves and aggregation above the lowest level and carries
// the result down to group.
func climb(ctx context.Context, up *level[int64], cost int64, group []int32) error {
	for seed := uint64(2); ; seed++ {
		label, moved, err := localMoves(ctx, up, cost, seed)
		if err != nil {
			return err
		}
		if !moved {
			return nil
		}
		groups := compact(label)
		for v, g := range group {
			group[v] = label[g]
		}
		if up, err = aggregate(ctx, up, label, groups); err != nil {
			return err
		}
	}
}

// splitConnected makes each connected part of a group a group.
func splitConnected(ctx context.Context, g *graph, group []int32) ([]int32, int, error) {
	beat := pulse{ctx: ctx}
	part := make([]int32, len(group))
	for v := range part {
		part[v] = -1
	}
	parts := int32(0)
	var stack []int32
	for root := range int32(len(group)) {
		if part[root] >= 0 {
			continue
		}
		part[root] = parts
		stack = append(stack[:0], root)
		for len(stack) > 0 {
			v := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			if beat.stoppedAfter(g.end[v] - g.off[v]) {
				return nil, 0, beat.err()
			}
			for _, u := range g.nbr[g.off[v]:g.end[v]] {
				if part[u] < 0 && group[u] == group[v] {
					part[u] = parts
					stack = append(stack, u)
				}
			}
		}
		parts++
	}
	return part, int(parts), nil
}

// components are the groups at threshold 0: identities are joined by any
// shared entitlement, and by chains of such.
func components(ctx context.Context, s *sets) (group []int32, groups int, err error) {
	beat := pulse{ctx: ctx}
	parent := make([]int32, s.nodes())
	for v := range parent {
		parent[v] = int32(v)
	}
	find := func(v int32) int32 {
		for parent[v] != v {
			parent[v] = parent[parent[v]]
			v = parent[v]
		}
		return v
	}
	holder := make([]int32, len(s.entOf)) // by token: a node that holds it
	for t := range holder {
		holder[t] = -1
	}
	for v := range int32(s.nodes()) {
		if beat.stoppedAfter(s.size(v)) {
			return nil, 0, beat.err()
		}
		for _, t := range s.tok.at(v) {
			if holder[t] < 0 {
				holder[t] = v
			}
			a, b := find(holder[t]), find(v)
			parent[max(a, b)] = min(a, b)
		}
	}
	group = make([]int32, s.nodes())
	for v := range group {
		group[v] = find(int32(v))
	}
	return group, compact(group), nil
}

// singles are the groups at threshold 100: each distinct set for itself.
func singles(s *sets) (group []int32, groups int) {
	group = make([]int32, s.nodes())
	for v := range group {
		group[v] = int32(v)
	}
	return group, s.nodes()
}
