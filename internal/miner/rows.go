package miner

// rows is a list of lists of int32 in two slices: row i is
// val[off[i]:off[i+1]]. The zero value is an empty list, ready for add.
type rows struct {
	off []int32
	val []int32
}

// newRows has room for n rows with total values.
func newRows(n, total int) rows {
	off := make([]int32, 1, n+1)
	return rows{off: off, val: make([]int32, 0, total)}
}

// add appends a copy of row.
func (r *rows) add(row []int32) {
	if r.off == nil {
		r.off = []int32{0}
	}
	r.val = append(r.val, row...)
	r.off = append(r.off, int32(len(r.val)))
}

func (r *rows) len() int { return max(len(r.off)-1, 0) }

func (r *rows) at(i int32) []int32 { return r.val[r.off[i]:r.off[i+1]] }

// transpose lists, for each of width columns, the rows that contain it, in
// ascending order. Transposing twice sorts every row. The error is that of the
// context.
func (r *rows) transpose(beat *pulse, width int) (rows, error) {
	t := rows{off: make([]int32, width+1), val: make([]int32, len(r.val))}
	for i := range int32(r.len()) {
		row := r.at(i)
		if beat.stoppedAfter(len(row)) {
			return rows{}, beat.err()
		}
		for _, v := range row {
			t.off[v+1]++
		}
	}
	for c := range width {
		t.off[c+1] += t.off[c]
	}
	next := make([]int32, width)
	copy(next, t.off)
	for i := range int32(r.len()) {
		row := r.at(i)
		if beat.stoppedAfter(len(row)) {
			return rows{}, beat.err()
		}
		for _, v := range row {
			t.val[next[v]] = i
			next[v]++
		}
	}
	return t, nil
}

// groupRows lists the members of each group 0..groups-1, ascending; members
// whose group is negative are left out.
func groupRows(groupOf []int32, groups int) rows {
	t := rows{off: make([]int32, groups+1)}
	for _, g := range groupOf {
		if g >= 0 {
			t.off[g+1]++
		}
	}
	for g := range groups {
		t.off[g+1] += t.off[g]
	}
	t.val = make([]int32, t.off[groups])
	next := make([]int32, groups)
	copy(next, t.off)
	for i, g := range groupOf {
		if g >= 0 {
			t.val[next[g]] = int32(i)
			next[g]++
		}
	}
	return t
}
