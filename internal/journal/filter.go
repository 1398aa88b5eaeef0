package journal

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Filter chooses entries. The zero value chooses all.
type Filter struct {
	// Since leaves out the entries up to this number.
	Since uint64
	// Operations are the names of which the operation must have one, nil for any:
	// the versions spell them differently.
	Operations []string
	// Version, Client and Method must be the entry's, "" for any.
	Version, Client, Method string
	// Path must be the entry's path, and Fault the rule that made or changed the
	// answer; * stands for any text in them. "" is any.
	Path, Fault string
	// Statuses are ranges of which one must have the entry's status, nil is any.
	Statuses []Statuses
	// Refused chooses the requests that were refused, or those that were not; nil
	// is any.
	Refused *bool
}

// Statuses is a range of statuses, both ends included.
type Statuses struct{ From, To int }

// ParseStatuses reads a status, such as "404", or a class of them, such as "4xx".
// "0" is no answer at all. The error says what is right.
func ParseStatuses(text string) (Statuses, error) {
	if class, ok := strings.CutSuffix(strings.ToLower(text), "xx"); ok && len(class) == 1 && class[0] >= '1' && class[0] <= '5' {
		first := int(class[0]-'0') * 100
		return Statuses{first, first + 99}, nil
	}
	if n, err := strconv.Atoi(text); err == nil && (n == 0 || n >= 100 && n <= 599) && text[0] != '+' {
		return Statuses{n, n}, nil
	}
	return Statuses{}, fmt.Errorf("a status is a number from 100 to 599, 0 for no answer, or a class such as 4xx, not %q", text)
}

// has says whether a status is in the range.
func (s Statuses) has(status int) bool { return status >= s.From && status <= s.To }

// String is how a client writes the range.
func (s Statuses) String() string {
	if s.From == s.To {
		return strconv.Itoa(s.From)
	}
	return strconv.Itoa(s.From/100) + "xx"
}

// wishes goes through what a choice asks of an entry.
type wishes struct {
	asked, missed int
	distance      int // as missed, but that another operation is twice as far
	tell          bool
	why           []string // what is missed, where tell asks for that
}

func (w *wishes) add(asked, met bool, why func() string) {
	if !asked {
		return
	}
	if w.asked++; met {
		return
	}
	w.distance++
	if w.missed++; w.tell {
		w.why = append(w.why, why())
	}
}

// check adds what the filter asks of an entry.
func (f *Filter) check(r *raw, w *wishes) {
	w.add(f.Operations != nil, slices.Contains(f.Operations, r.operation), func() string { return "the operation is " + named(r.operation) })
	w.distance *= 2
	w.add(f.Version != "", f.Version == r.version, func() string { return "the version is " + named(r.version) })
	w.add(f.Client != "", f.Client == r.client, func() string { return "the client is " + named(r.client) })
	w.add(f.Method != "", f.Method == r.method, func() string { return "the method is " + r.method })
	w.add(f.Path != "", glob(f.Path, r.path), func() string { return "the path is " + r.path })
	w.add(f.Fault != "", r.fault != "" && glob(f.Fault, r.fault), func() string { return "the fault is " + named(r.fault) })
	w.add(f.Statuses != nil, slices.ContainsFunc(f.Statuses, func(s Statuses) bool { return s.has(r.status) }), func() string { return "the status is " + strconv.Itoa(r.status) })
	w.add(f.Refused != nil, f.Refused != nil && *f.Refused == (r.refused != ""), func() string {
		if r.refused == "" {
			return "it was not refused"
		}
		return "it was refused: " + r.refused
	})
}

func (f *Filter) matches(r *raw) bool {
	var w wishes
	f.check(r, &w)
	return w.missed == 0
}

func named(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

// glob says whether a text is like a pattern, in which * stands for any text.
func glob(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	first, last := parts[0], parts[len(parts)-1]
	if len(parts) == 1 {
		return pattern == text
	}
	if len(text) < len(first)+len(last) || !strings.HasPrefix(text, first) || !strings.HasSuffix(text, last) {
		return false
	}
	text = text[len(first) : len(text)-len(last)]
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(text, part)
		if i < 0 {
			return false
		}
		text = text[i+len(part):]
	}
	return true
}

// Found is what Find found.
type Found struct {
	// Total is how many entries the filter chose, Dropped how many of those it
	// could have chosen from had to make room before.
	Total   int
	Dropped uint64
	// Entries are the newest of them, oldest first.
	Entries []Entry
}

// Find returns the entries that a filter chooses, the newest limit of them.
func (j *Journal) Find(f Filter, limit int) Found {
	var found Found
	var newest []*raw // a ring, once it is full
	found.Dropped = j.each(f.Since, func(r *raw) bool {
		if !f.matches(r) {
			return true
		}
		if kept := *r; len(newest) < limit {
			newest = append(newest, &kept)
		} else if limit > 0 {
			newest[found.Total%limit] = &kept
		}
		found.Total++
		return true
	})
	found.Entries = make([]Entry, len(newest))
	for i := range newest {
		found.Entries[i] = newest[(found.Total+i)%len(newest)].entry()
	}
	return found
}

// Entry returns the entry with a number. Where there is none, dropped says
// whether there was one.
func (j *Journal) Entry(number uint64) (entry Entry, ok, dropped bool) {
	if number == 0 {
		return Entry{}, false, false
	}
	j.each(number-1, func(r *raw) bool {
		if ok = r.number == number; ok {
			entry = r.entry()
		}
		return false
	})
	return entry, ok, !ok && number <= j.Stats().Last
}
