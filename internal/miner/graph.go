package miner

import "context"

// weightScale is the weight of an edge between identical sets: a weight is
// floor(weightScale·J). Because thresholds are whole percents, weight >=
// 100·T holds exactly if 100·|∩| >= T·|∪| does.
const weightScale = 10000

// halfEdges lists for each node the neighbours that come before it in order of
// size, with the weights in parallel.
type halfEdges struct {
	nbr rows
	wt  []uint16
}

// A graph is the similarity graph of the distinct sets, each edge stored at
// both ends. The neighbours of v are nbr[off[v]:end[v]], ascending.
type graph struct {
	off, end  []int
	nbr       []int32
	wt        []uint16
	threshold int // edges of a smaller similarity, in percent, are not there
}

// newGraph mirrors the edges of the chunks, which together cover all nodes in
// ascending order. The order of neighbours in a chunk does not matter: later
// steps depend on the order, so it is made the same for every way of finding
// the edges.
func newGraph(ctx context.Context, nodes, threshold int, chunks []halfEdges) (*graph, error) {
	g := &graph{off: make([]int, nodes+1), end: make([]int, nodes), threshold: threshold}
	beat := &pulse{ctx: ctx}
	middle, err := g.allot(beat, nodes, chunks)
	if err != nil {
		return nil, err
	}
	// Going through the nodes in order, every row is filled in order: first
	// with the neighbours that have the node in their chunk, up to the middle
	// of the row, then, going through those, with the others.
	v := int32(0)
	for _, c := range chunks {
		for i := range int32(c.nbr.len()) {
			if beat.stoppedAfter(len(c.nbr.at(i))) {
				return nil, beat.err()
			}
			at := int(c.nbr.off[i])
			for k, u := range c.nbr.at(i) {
				g.put(u, v, c.wt[at+k])
			}
			v++
		}
	}
	for v := range int32(nodes) {
		if beat.stoppedAfter(middle[v] - g.off[v]) {
			return nil, beat.err()
		}
		for k := g.off[v]; k < middle[v]; k++ {
			g.put(g.nbr[k], v, g.wt[k])
		}
	}
	return g, g.mergeRows(beat, middle)
}

// allot makes room for every row and returns where its second part begins.
func (g *graph) allot(beat *pulse, nodes int, chunks []halfEdges) (middle []int, err error) {
	middle = make([]int, nodes)
	v := 0
	for _, c := range chunks {
		for i := range int32(c.nbr.len()) {
			row := c.nbr.at(i)
			if beat.stoppedAfter(len(row)) {
				return nil, beat.err()
			}
			g.off[v+1] += len(row)
			for _, u := range row {
				middle[u]++
			}
			v++
		}
	}
	for v := range nodes {
		g.off[v+1] += g.off[v] + middle[v]
		middle[v] += g.off[v]
		g.end[v] = g.off[v]
	}
	g.nbr = make([]int32, g.off[nodes])
	g.wt = make([]uint16, g.off[nodes])
	return middle, nil
}

func (g *graph) put(v, u int32, w uint16) {
	g.nbr[g.end[v]], g.wt[g.end[v]] = u, w
	g.end[v]++
}

// mergeRows merges the two ascending parts of every row.
func (g *graph) mergeRows(beat *pulse, middle []int) error {
	var nbr []int32 // the first part of the row, copied
	var wt []uint16
	for v, m := range middle {
		from, end := g.off[v], g.end[v]
		if beat.stoppedAfter(end - from) {
			return beat.err()
		}
		nbr, wt = append(nbr[:0], g.nbr[from:m]...), append(wt[:0], g.wt[from:m]...)
		at, a := from, 0
		for b := m; a < len(nbr); at++ {
			if b < end && g.nbr[b] < nbr[a] {
				g.nbr[at], g.wt[at] = g.nbr[b], g.wt[b]
				b++
			} else {
				g.nbr[at], g.wt[at] = nbr[a], wt[a]
				a++
			}
		}
	}
	return nil
}

// edges is the number of edges, each counted once.
func (g *graph) edges() int {
	n := 0
	for v := range g.end {
		n += g.end[v] - g.off[v]
	}
	return n / 2
}

// prune raises the threshold in place, dropping the edges below it. After an
// error, that of the context, the graph is of no use.
func (g *graph) prune(ctx context.Context, threshold int) error {
	if threshold <= g.threshold {
		return nil
	}
	beat := pulse{ctx: ctx}
	g.threshold = threshold
	least := uint16(threshold * weightScale / 100)
	for v := range g.end {
		if beat.stoppedAfter(g.end[v] - g.off[v]) {
			return beat.err()
		}
		keep := g.off[v]
		for k := g.off[v]; k < g.end[v]; k++ {
			if g.wt[k] >= least {
				g.nbr[keep], g.wt[keep] = g.nbr[k], g.wt[k]
				keep++
			}
		}
		g.end[v] = keep
	}
	return nil
}
