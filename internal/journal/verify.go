package journal

import (
	"cmp"
	"fmt"
	"slices"
)

// Count is how often something is expected, both ends included. A Most below 0 is
// no bound.
type Count struct{ Least, Most int }

// String says it in words.
func (c Count) String() string {
	switch {
	case c.Most == 0:
		return "no request"
	case c.Least == c.Most:
		return "exactly " + requests(c.Least)
	case c.Most < 0:
		return "at least " + requests(c.Least)
	}
	return "at most " + requests(c.Most)
}

func requests(n int) string {
	if n == 1 {
		return "1 request"
	}
	return fmt.Sprintf("%d requests", n)
}

// Verdict is whether an expectation holds.
type Verdict struct {
	OK bool
	// Expected says in words what was expected, and Why, unless OK, how it failed.
	Expected, Why string
	// Matched is how many entries matched, of a sequence how many of its steps
	// were found, and Matches their numbers, the first of them.
	Matched int
	Matches []uint64
	// Undecided is how many entries match but for their body, which was kept in
	// part only. Dropped is how many entries had to make room that could have
	// mattered.
	Undecided int
	Dropped   uint64
	// Found are the first of the entries that matched, unless OK; not of a sequence.
	Found []Entry
	// Near are entries that came near, the nearest first.
	Near []Near
}

// Near is an entry that is not what was wanted, and why not.
type Near struct {
	Entry Entry
	Why   []string
}

const (
	maxMatches = 100 // in Verdict.Matches
	maxFound   = 10  // in Verdict.Found
	maxNear    = 5   // in Verdict.Near
)

// candidate is an entry that may have come near.
type candidate struct {
	raw      raw
	distance int
	why      []string
}

// nearest keeps the candidates that are least far, of these the newest.
type nearest []candidate

func (n *nearest) add(r *raw, w *wishes) {
	*n = append(*n, candidate{*r, w.distance, w.why})
	slices.SortStableFunc(*n, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), cmp.Compare(b.raw.number, a.raw.number))
	})
	*n = (*n)[:min(len(*n), maxNear)]
}

func (n nearest) shown() []Near {
	all := make([]Near, len(n))
	for i, c := range n {
		all[i].Entry = c.raw.entry()
		for _, why := range c.why {
			all[i].Why = append(all[i].Why, redactor{oauth: c.raw.oauth()}.text(why))
		}
	}
	return all
}

// Verify says whether as many entries match as are expected. What the journal no
// longer has may have matched, so an expectation that depends on it does not hold.
func (j *Journal) Verify(m Matcher, want Count) Verdict {
	v := Verdict{Expected: want.String()}
	v.Dropped = j.each(m.Since, func(r *raw) bool {
		var w wishes
		switch undecided := m.check(r, &w); {
		case w.missed > 0:
		case undecided:
			v.Undecided++
		default:
			v.match(r.number)
		}
		return true
	})
	most := uint64(v.Matched+v.Undecided) + v.Dropped
	v.OK = v.Matched >= want.Least && (want.Most < 0 || most <= uint64(want.Most))
	if v.OK {
		return v
	}
	v.Why = fmt.Sprintf("expected %s, found %d", want, v.Matched)
	if most > uint64(v.Matched) && most >= uint64(want.Least) && (want.Most < 0 || v.Matched <= want.Most) {
		v.Why += v.unsure()
	}
	var near nearest
	j.each(m.Since, func(r *raw) bool {
		if len(v.Found) < min(len(v.Matches), maxFound) && r.number == v.Matches[len(v.Found)] {
			v.Found = append(v.Found, r.entry())
			return true
		}
		near.consider(r, &m)
		return true
	})
	v.Near = near.shown()
	return v
}

// consider adds an entry if it came near to what was wanted.
func (n *nearest) consider(r *raw, m *Matcher) {
	w := wishes{tell: true}
	undecided := m.check(r, &w)
	switch {
	case undecided && w.missed == 0:
		w.why = []string{"its body was cut, so it cannot be compared"}
		n.add(r, &w)
	case w.missed > 0 && (w.missed < w.asked || w.asked == 1):
		n.add(r, &w)
	}
}

func (v *Verdict) match(number uint64) {
	if v.Matched++; len(v.Matches) < maxMatches {
		v.Matches = append(v.Matches, number)
	}
}

// unsure says what keeps the journal from knowing.
func (v *Verdict) unsure() string {
	text := ", but"
	if v.Dropped > 0 {
		text += fmt.Sprintf(" %s had to make room in the journal (--journal-entries, --journal-bytes)", requests(int(v.Dropped)))
	}
	if v.Undecided > 0 {
		if v.Dropped > 0 {
			text += " and"
		}
		text += fmt.Sprintf(" %s had a body that was kept in part only (--journal-body)", requests(v.Undecided))
	}
	return text + ": whether they matched is not known"
}

// VerifySequence says whether entries match the steps one after another. Others may
// come between.
func (j *Journal) VerifySequence(since uint64, steps []Matcher) Verdict {
	v := Verdict{Expected: fmt.Sprintf("%d requests in this order", len(steps))}
	last := since
	v.Dropped = j.each(since, func(r *raw) bool {
		var w wishes
		if undecided := steps[v.Matched].check(r, &w); w.missed == 0 && !undecided {
			last = r.number
			v.match(r.number)
		}
		return v.Matched < len(steps)
	})
	if v.OK = v.Matched == len(steps); v.OK {
		return v
	}
	v.explain(j, since, last, &steps[v.Matched])
	return v
}

// explain looks for the step that is missing: requests that are nearly it, and
// requests that are, but too early.
func (v *Verdict) explain(j *Journal, since, last uint64, missing *Matcher) {
	var near nearest
	j.each(since, func(r *raw) bool {
		var w wishes
		undecided := missing.check(r, &w)
		switch {
		case r.number > last:
			if undecided && w.missed == 0 {
				v.Undecided++
			}
			near.consider(r, missing)
		case w.missed == 0 && !undecided:
			w.why = []string{fmt.Sprintf("it came too early: step %d is entry %d", v.Matched, last)}
			near.add(r, &w)
		}
		return true
	})
	v.Why = fmt.Sprintf("step %d of the sequence was not found", v.Matched+1)
	if v.Matched > 0 {
		v.Why += fmt.Sprintf(" after entry %d, which is step %d", last, v.Matched)
	}
	if v.Undecided > 0 || v.Dropped > 0 {
		v.Why += v.unsure()
	}
	v.Near = near.shown()
}
