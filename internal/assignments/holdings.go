package assignments

import (
	"cmp"
	"slices"
)

// holdings are the assignments of a file.
type holdings struct {
	table   *table
	out     *findings
	source  symbol // of entitlements without an application
	checked []bool // by symbol: fit for an id

	users  []symbol // in the order of the file
	userAt []int32  // by symbol: place in users, -1 for none
	names  []symbol // by place in users: what the file calls them, or none

	rights  []right
	rightAt map[uint64]int32 // by source and name: place in rights

	edges      []uint64 // user and right, by place; later user and rank
	duplicates int
}

// right is an entitlement of an application.
type right struct {
	source, name symbol
	line         int
	id           string
}

func newHoldings(t *table, out *findings, source string) *holdings {
	h := &holdings{table: t, out: out, source: t.symbol(source), rightAt: map[uint64]int32{}}
	h.checked = make([]bool, len(t.texts))
	h.userAt = make([]int32, len(t.texts))
	for i := range h.userAt {
		h.userAt[i] = -1
	}
	return h
}

// pair takes a line with one entitlement. A user has the first name that the
// lines give.
func (h *holdings) pair(line int, user, name, source, called symbol) {
	switch {
	case user == none:
		h.out.addf(line, "the user is empty")
	case name == none:
		h.out.addf(line, "there is no entitlement; a user without access belongs in the file of identities")
	case h.fit(line, "user", user) && h.fit(line, "entitlement", name) && (source == none || h.fit(line, "application", source)):
		if source == none {
			source = h.source
		}
		at := h.user(user)
		if called != none && h.names[at] == none && h.fit(line, "name", called) {
			h.names[at] = called
		}
		h.assign(at, h.right(line, source, name))
	}
}

// list takes a line with all entitlements of a user, perhaps none.
func (h *holdings) list(line int, record []symbol) {
	if record[0] == none {
		h.out.addf(line, "the user is empty")
		return
	}
	if !h.fit(line, "user", record[0]) {
		return
	}
	user := h.user(record[0])
	for _, name := range record[1:] {
		if name != none && h.fit(line, "entitlement", name) {
			h.assign(user, h.right(line, h.source, name))
		}
	}
}

// fit refuses texts that cannot be ids, each where it is first met.
func (h *holdings) fit(line int, what string, s symbol) bool {
	if h.checked[s] {
		return true
	}
	if rule := wrongName(h.table.texts[s]); rule != "" {
		h.out.addf(line, "the %s %q %s", what, h.table.texts[s], rule)
		return false
	}
	h.checked[s] = true
	return true
}

func (h *holdings) user(s symbol) int32 {
	if h.userAt[s] < 0 {
		h.userAt[s] = int32(len(h.users))
		h.users = append(h.users, s)
		h.names = append(h.names, none)
	}
	return h.userAt[s]
}

func (h *holdings) right(line int, source, name symbol) int32 {
	key := uint64(source)<<32 | uint64(name)
	at, ok := h.rightAt[key]
	if !ok {
		at = int32(len(h.rights))
		h.rightAt[key] = at
		h.rights = append(h.rights, right{source: source, name: name, line: line})
	}
	return at
}

func (h *holdings) assign(user, right int32) {
	h.edges = append(h.edges, uint64(user)<<32|uint64(right))
}

// finish gives the entitlements their ids and brings the assignments into the
// order of users and ascending ids, each once.
func (h *holdings) finish() {
	h.identify()
	order := make([]int32, len(h.rights))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return cmp.Compare(h.rights[a].id, h.rights[b].id) })
	place := make([]uint64, len(order))
	sorted := make([]right, len(order))
	for i, at := range order {
		place[at] = uint64(i)
		sorted[i] = h.rights[at]
	}
	h.rights, h.rightAt = sorted, nil
	for i, e := range h.edges {
		h.edges[i] = e>>32<<32 | place[uint32(e)]
	}
	slices.Sort(h.edges)
	all := len(h.edges)
	h.edges = slices.Compact(h.edges)
	h.duplicates = all - len(h.edges)
}

// identify gives each entitlement its text as id. Where several would have the
// same, each of them has its application before it.
func (h *holdings) identify() {
	for i := range h.rights {
		h.rights[i].id = h.table.texts[h.rights[i].name]
	}
	with := make([]bool, len(h.rights))
	for changed := true; changed; {
		changed = false
		owners := make(map[string]int, len(h.rights))
		for _, r := range h.rights {
			owners[r.id]++
		}
		for i := range h.rights {
			r := &h.rights[i]
			if owners[r.id] > 1 && !with[i] {
				with[i], changed = true, true
				r.id = h.table.texts[r.source] + "/" + r.id
			}
		}
	}
	first := make(map[string]int, len(h.rights))
	for _, r := range h.rights {
		if line, taken := first[r.id]; taken {
			h.out.addf(r.line, "this entitlement and that of line %d would both have the id %q; give one of them or its application another name", line, r.id)
			continue
		}
		first[r.id] = r.line
	}
}

// of is what a user holds, as places in rights; next is where those of the next
// user begin.
func (h *holdings) of(user int, from int) (next int) {
	for next = from; next < len(h.edges) && h.edges[next]>>32 == uint64(user); next++ {
	}
	return next
}
