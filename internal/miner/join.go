package miner

import (
	"context"
	"errors"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// errTooManyEdges stops a join that passes the bound on edges.
var errTooManyEdges = errors.New("miner: more edges than the bound allows")

// joinChunk is how many nodes a worker takes at a time.
const joinChunk = 256

// join finds all pairs of nodes that are similar by threshold percent, 1..100,
// or more. It fails with errTooManyEdges if there are more than maxEdges.
//
// It is an exact set similarity join by prefix filtering (Bayardo, Ma and
// Srikant, 2007): of two similar sets ordered from the rarest token on, the
// first few of one and the first few of the other have a token in common, so
// only those are indexed and looked up. Pairs met in the index are tested by
// size, by what can still follow the first common token (Xiao and others,
// 2008) and by signature (Sandes and others, 2019), then counted.
func join(ctx context.Context, s *sets, threshold, maxEdges int) (*graph, error) {
	return joinWith(ctx, s, threshold, maxEdges, runtime.GOMAXPROCS(0))
}

// joinWith shares the work among workers. The answer does not depend on their
// number: chunks of nodes are independent and put together in order.
func joinWith(ctx context.Context, s *sets, threshold, maxEdges, workers int) (*graph, error) {
	ix, err := newIndex(ctx, s, threshold)
	if err != nil {
		return nil, err
	}
	chunks := make([]halfEdges, (s.nodes()+joinChunk-1)/joinChunk)
	var next, edges atomic.Int64
	var wait sync.WaitGroup
	for range max(1, min(workers, len(chunks))) {
		wait.Go(func() {
			p := newProbe(ctx, ix)
			for edges.Load() <= int64(maxEdges) {
				c := int(next.Add(1)) - 1
				if c >= len(chunks) || !p.chunk(c*joinChunk, min((c+1)*joinChunk, s.nodes())) {
					return
				}
				chunks[c] = p.found()
				edges.Add(int64(len(p.wt)))
			}
		})
	}
	wait.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if edges.Load() > int64(maxEdges) {
		return nil, errTooManyEdges
	}
	return newGraph(ctx, s.nodes(), threshold, chunks)
}

// sharedNeeded is the least number of shared tokens for two sets that together
// have sum to be similar by threshold percent: 100·i >= T·(sum-i).
func sharedNeeded(sum, threshold int) int {
	return (threshold*sum + 99 + threshold) / (100 + threshold)
}

// weight is floor(weightScale·J) of two sets that share i tokens and together
// have sum.
func weight(i, sum int) uint16 { return uint16(weightScale * i / (sum - i)) }

// A posting is an entry of the index: a node that has the token among its
// first. What the filters need is kept in it, so that a list is read straight
// through. Sizes and rests from maxUint16 on are cut; such nodes pass the
// filters, and counting decides.
type posting struct {
	sig  signature
	node int32
	size uint16 // tokens of the node
	rest uint16 // tokens of the node after this one
}

// index lists by token the nodes that have it among their first tokens, as many
// as are needed to meet every similar node of the same size or more. Lists are
// in order of size, then of node.
type index struct {
	s         *sets
	threshold int
	sigs      []signature
	off       []int32
	post      []posting
}

func newIndex(ctx context.Context, s *sets, threshold int) (*index, error) {
	beat := pulse{ctx: ctx}
	ix := &index{s: s, threshold: threshold, sigs: make([]signature, s.nodes()), off: make([]int32, len(s.entOf)+1)}
	for v := range int32(s.nodes()) {
		set := s.tok.at(v)
		if beat.stoppedAfter(len(set)) {
			return nil, beat.err()
		}
		ix.sigs[v] = sign(set)
		for _, t := range set[:ix.indexed(len(set))] {
			ix.off[t+1]++
		}
	}
	for t := range s.entOf {
		ix.off[t+1] += ix.off[t]
	}
	ix.post = make([]posting, ix.off[len(s.entOf)])
	next := slices.Clone(ix.off)
	for _, v := range s.bySize() {
		set := s.tok.at(v)
		if beat.stoppedAfter(len(set)) {
			return nil, beat.err()
		}
		for at, t := range set[:ix.indexed(len(set))] {
			ix.post[next[t]] = posting{sig: ix.sigs[v], node: v, size: cut(len(set)), rest: cut(len(set) - at - 1)}
			next[t]++
		}
	}
	return ix, nil
}

// bySize lists the nodes by size, then by number.
func (s *sets) bySize() []int32 {
	size, largest := make([]int32, s.nodes()), 0
	for v := range size {
		n := s.size(int32(v))
		size[v], largest = int32(n), max(largest, n)
	}
	bySize := groupRows(size, largest+1)
	return bySize.val
}

// indexed is how many tokens of a set of that size are indexed.
func (ix *index) indexed(size int) int { return size - sharedNeeded(2*size, ix.threshold) + 1 }

// smallest is the least size of a set similar to one of that size; no more
// tokens than size-smallest+1 need to be looked up.
func (ix *index) smallest(size int) int { return (ix.threshold*size + 99) / 100 }

// cut bounds a number to 16 bits.
func cut(n int) uint16 { return uint16(min(n, math.MaxUint16)) }

// need says what a partner of some size must have to be similar to the set at
// hand.
type need struct {
	rest     int32 // tokens after the first common one, at least
	distance int32 // between the signatures, at most
}

// probe looks up one node after the other; each worker has its own.
type probe struct {
	*index
	beat   pulse
	marked []uint64 // the tokens of the node at hand, as a bitmap
	tried  []int32  // by node: the last node it was counted against
	size   int      // of the node at hand
	least  int      // size of a partner
	needs  []need   // by size of the partner less least
	ends   []int32  // by node of the chunk: where its neighbours end in nbr
	nbr    []int32
	wt     []uint16
}

func newProbe(ctx context.Context, ix *index) *probe {
	p := &probe{index: ix, beat: pulse{ctx: ctx}, marked: make([]uint64, len(ix.s.entOf)/64+1), tried: make([]int32, ix.s.nodes())}
	for v := range p.tried {
		p.tried[v] = -1
	}
	return p
}

// chunk finds the neighbours of nodes from..to-1. It gives up when the context
// is done.
func (p *probe) chunk(from, to int) bool {
	p.ends, p.nbr, p.wt = append(p.ends[:0], 0), p.nbr[:0], p.wt[:0]
	for x := int32(from); x < int32(to); x++ {
		set := p.s.tok.at(x)
		p.expect(len(set))
		for _, t := range set {
			p.marked[t>>6] |= 1 << (t & 63)
		}
		for at, t := range set[:len(set)-p.least+1] {
			list := p.post[p.off[t]:p.off[t+1]]
			if p.beat.stoppedAfter(len(list)) {
				return false
			}
			p.look(x, list, len(set)-at-1)
		}
		for _, t := range set {
			p.marked[t>>6] = 0
		}
		p.ends = append(p.ends, int32(len(p.nbr)))
	}
	return true
}

// found copies the edges of the chunk, so that the buffers can be used again.
func (p *probe) found() halfEdges {
	return halfEdges{nbr: rows{off: slices.Clone(p.ends), val: slices.Clone(p.nbr)}, wt: slices.Clone(p.wt)}
}

// expect prepares needs for a node of that size.
func (p *probe) expect(size int) {
	if size == p.size {
		return
	}
	p.size, p.least = size, p.smallest(size)
	p.needs = p.needs[:0]
	for partner := int(cut(p.least)); partner <= int(cut(size)); partner++ {
		common := sharedNeeded(size+partner, p.threshold)
		n := need{rest: int32(cut(common - 1)), distance: int32(size + partner - 2*common)}
		if partner == math.MaxUint16 { // it may be larger
			n = need{distance: math.MaxInt32}
		}
		p.needs = append(p.needs, n)
	}
}

// look meets node x with the nodes of one posting list that come before it in
// order of size. After the token of this list x has rest tokens.
//
// If it is the first token the two have in common, they share at most one more
// than the lesser of the rests. If it is not, a pair that failed this test at
// the first fails it again, and one that passed was counted then.
func (p *probe) look(x int32, list []posting, rest int) {
	sig, least := p.sigs[x], cut(p.least)
	first, _ := slices.BinarySearchFunc(list, least, func(e posting, size uint16) int { return int(e.size) - int(size) })
	for k := first; k < len(list); k++ {
		e := &list[k]
		if !p.before(e, x) {
			return
		}
		n := p.needs[e.size-least]
		if int32(sig.distance(&e.sig)) > n.distance || min(int32(rest), int32(e.rest)) < n.rest || p.tried[e.node] == x {
			continue
		}
		p.tried[e.node] = x
		p.count(e.node)
	}
}

// before reports whether a posting is of a node before x in order of size.
func (p *probe) before(e *posting, x int32) bool {
	size := int(e.size)
	if size == math.MaxUint16 {
		size = p.s.size(e.node)
	}
	return size < p.size || size == p.size && e.node < x
}

// count counts the tokens y shares with the marked node and keeps the edge if
// they are enough.
func (p *probe) count(y int32) {
	set := p.s.tok.at(y)
	sum := p.size + len(set)
	i := 0
	for _, t := range set {
		i += int(p.marked[t>>6] >> (t & 63) & 1)
	}
	if i >= sharedNeeded(sum, p.threshold) {
		p.nbr = append(p.nbr, y)
		p.wt = append(p.wt, weight(i, sum))
	}
}
