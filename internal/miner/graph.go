package miner

// weightScale is the weight of an edge between identical sets: a weight is
// floor(weightScale·J). Because thresholds are whole percents, weight >=
// 100·T holds exactly if 100·|∩| >= T·|∪| does.
const weightScale = 10000

// halfEdges lists for each node its neighbours of smaller number, with the
// weights in parallel.
type halfEdges struct {
	nbr rows
	wt  []uint16
}

// A graph is the similarity graph of the distinct sets, each edge stored at
// both ends. The neighbours of v are nbr[off[v]:end[v]].
type graph struct {
	off, end  []int
	nbr       []int32
	wt        []uint16
	threshold int // edges of a smaller similarity, in percent, are not there
}

// newGraph mirrors the edges of the chunks, which together cover all nodes in
// ascending order.
func newGraph(nodes, threshold int, chunks []halfEdges) *graph {
	g := &graph{off: make([]int, nodes+1), end: make([]int, nodes), threshold: threshold}
	v := 0
	for _, c := range chunks {
		for i := range int32(c.nbr.len()) {
			row := c.nbr.at(i)
			g.off[v+1] += len(row)
			for _, u := range row {
				g.off[u+1]++
			}
			v++
		}
	}
	for v := range nodes {
		g.off[v+1] += g.off[v]
		g.end[v] = g.off[v]
	}
	g.nbr = make([]int32, g.off[nodes])
	g.wt = make([]uint16, g.off[nodes])
	v = 0
	for _, c := range chunks {
		for i := range int32(c.nbr.len()) {
			at := int(c.nbr.off[i])
			for k, u := range c.nbr.at(i) {
				g.put(int32(v), u, c.wt[at+k])
				g.put(u, int32(v), c.wt[at+k])
			}
			v++
		}
	}
	return g
}

func (g *graph) put(v, u int32, w uint16) {
	g.nbr[g.end[v]], g.wt[g.end[v]] = u, w
	g.end[v]++
}

// edges is the number of edges, each counted once.
func (g *graph) edges() int {
	n := 0
	for v := range g.end {
		n += g.end[v] - g.off[v]
	}
	return n / 2
}

// prune raises the threshold in place, dropping the edges below it.
func (g *graph) prune(threshold int) {
	if threshold <= g.threshold {
		return
	}
	g.threshold = threshold
	least := uint16(threshold * weightScale / 100)
	for v := range g.end {
		keep := g.off[v]
		for k := g.off[v]; k < g.end[v]; k++ {
			if g.wt[k] >= least {
				g.nbr[keep], g.wt[keep] = g.nbr[k], g.wt[k]
				keep++
			}
		}
		g.end[v] = keep
	}
}
