package store

import (
	"cmp"
	"slices"
	"strings"
)

// ranking is the order of texts without regard to case: equal ones share a rank.
type ranking struct {
	texts []string // the different ones, in lower case, ascending
	of    []int32  // by element: the index of its text
}

// rank orders the texts of n elements.
func rank(n int, text func(i int) string) ranking {
	folded, order := make([]string, n), make([]int32, n)
	for i := range order {
		folded[i], order[i] = fold(text(i)), int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return cmp.Compare(folded[a], folded[b]) })
	r := ranking{of: make([]int32, n)}
	for at, i := range order {
		if at == 0 || folded[i] != folded[order[at-1]] {
			r.texts = append(r.texts, folded[i])
		}
		r.of[i] = int32(len(r.texts) - 1)
	}
	return r
}

// prefixed is the ranks, from first to before end, of the texts that begin with a
// prefix.
func (r ranking) prefixed(prefix string) (first, end int32) {
	prefix = fold(prefix)
	from, _ := slices.BinarySearch(r.texts, prefix)
	n, _ := slices.BinarySearchFunc(r.texts[from:], prefix, func(text, prefix string) int {
		if strings.HasPrefix(text, prefix) {
			return -1
		}
		return 1
	})
	return int32(from), int32(from + n)
}

// least brings the first n elements, by compare, to the front in order, and
// returns them. Few out of many cost little more than a look at each.
func least(elements []int32, n int, compare func(a, b int32) int) []int32 {
	if n >= len(elements)/8 {
		slices.SortFunc(elements, compare)
		return elements[:min(n, len(elements))]
	}
	heap := elements[:n] // the greatest of the least so far is its top
	for at := n/2 - 1; at >= 0; at-- {
		sink(heap, at, compare)
	}
	for i := n; n > 0 && i < len(elements); i++ {
		if compare(elements[i], heap[0]) < 0 {
			heap[0], elements[i] = elements[i], heap[0]
			sink(heap, 0, compare)
		}
	}
	slices.SortFunc(heap, compare)
	return heap
}

// sink moves the element at a place of a heap down to where it belongs.
func sink(heap []int32, at int, compare func(a, b int32) int) {
	for {
		next := 2*at + 1
		if next >= len(heap) {
			return
		}
		if next+1 < len(heap) && compare(heap[next], heap[next+1]) < 0 {
			next++
		}
		if compare(heap[at], heap[next]) >= 0 {
			return
		}
		heap[at], heap[next] = heap[next], heap[at]
		at = next
	}
}
