package miner

import (
	"context"
	"errors"
	"math/bits"
)

// errTooManyEdges stops a join that passes the bound on edges.
var errTooManyEdges = errors.New("miner: more edges than the bound allows")

// checkEvery is how many nodes are worked on between two looks at the context.
const checkEvery = 256

// signature is a set of tokens folded into 128 bits. Two sets differ in at
// least as many tokens as their signatures differ in bits.
type signature [2]uint64

func sign(set []int32) signature {
	var s signature
	for _, t := range set {
		b := mix(uint64(t)) & 127
		s[b>>6] ^= 1 << (b & 63)
	}
	return s
}

// atMostShared bounds the tokens shared by two sets that together have sum.
func (s signature) atMostShared(o signature, sum int) int {
	return (sum - bits.OnesCount64(s[0]^o[0]) - bits.OnesCount64(s[1]^o[1])) / 2
}

// sharedNeeded is the least number of shared tokens for two sets that together
// have sum to be similar by threshold percent: 100·i >= T·(sum-i).
func sharedNeeded(sum, threshold int) int {
	return (threshold*sum + 99 + threshold) / (100 + threshold)
}

// join finds all pairs of nodes that are similar by threshold percent, 1..100,
// or more. It fails with errTooManyEdges if there are more than maxEdges.
func join(ctx context.Context, s *sets, threshold, maxEdges int) (*graph, error) {
	sigs := make([]signature, s.nodes())
	var out halfEdges
	start := int32(0)
	for x := range int32(s.nodes()) {
		if x%checkEvery == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		set := s.tok.at(x)
		sigs[x] = sign(set)
		for 100*s.size(start) < threshold*len(set) {
			start++
		}
		var row []int32
		for y := start; y < x; y++ {
			sum := len(set) + s.size(y)
			need := sharedNeeded(sum, threshold)
			if sigs[x].atMostShared(sigs[y], sum) < need {
				continue
			}
			if i := shared(set, s.tok.at(y)); i >= need {
				row = append(row, y)
				out.wt = append(out.wt, weight(i, sum))
			}
		}
		out.nbr.add(row)
		if len(out.wt) > maxEdges {
			return nil, errTooManyEdges
		}
	}
	return newGraph(s.nodes(), threshold, []halfEdges{out}), nil
}

// weight is floor(weightScale·J) of two sets that share i tokens and together
// have sum.
func weight(i, sum int) uint16 { return uint16(weightScale * i / (sum - i)) }

// shared counts the tokens two ascending sets have in common.
func shared(a, b []int32) int {
	n, i, j := 0, 0, 0
	for i < len(a) && j < len(b) {
		switch {
		case a[i] < b[j]:
			i++
		case a[i] > b[j]:
			j++
		default:
			n, i, j = n+1, i+1, j+1
		}
	}
	return n
}
