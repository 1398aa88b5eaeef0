package seed

import (
	"fmt"
	"strconv"
	"strings"
)

// broken is everything that was found wrong with a patched document.
func (m *merger) broken() error {
	for _, g := range m.gone {
		if g.used == "" {
			continue
		}
		others := ""
		if g.more > 0 {
			others = fmt.Sprintf(" (1 of %d references)", g.more+1)
		}
		m.out.addf("", g.pointer, "%q cannot be removed: %s refers to it%s", g.id, g.used, others)
	}
	return m.out.err()
}

// retell puts a problem where the patch has its cause: at the record that it
// merged, at the id that it removed, or, for what it breaks elsewhere, nowhere.
func (m *merger) retell(p Problem, missing reference) {
	member := memberOf(p.File)
	first, rest, deeper := strings.Cut(strings.TrimPrefix(p.Pointer, "/"), "/")
	if deeper {
		rest = "/" + rest
	}
	at, err := strconv.Atoi(first)
	if err != nil || at >= len(m.records[member]) { // of no record
		m.out.addf("", "", "%s", p.String())
		return
	}
	r := m.records[member][at]
	if r.patch >= 0 {
		m.out.addf("", fmt.Sprintf("/%s/%d%s", member, r.patch, rest), "%s", p.Rule)
		return
	}
	place := fmt.Sprintf("the %s %q", whatOf(member), r.id)
	if deeper {
		place = rest + " of " + place
	}
	if g, ok := m.removed[missing]; ok {
		if g.used == "" {
			g.used = place
		} else {
			g.more++
		}
		return
	}
	m.out.addf("", "", "%s: %s", place, p.Rule)
}

// whatOf is what one record of a member is.
func whatOf(member string) string {
	for _, kind := range patchKinds {
		if kind.member == member {
			return kind.what
		}
	}
	return "session"
}
