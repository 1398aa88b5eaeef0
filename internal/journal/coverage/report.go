package coverage

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"mockserver/internal/openapi"
)

// Report is what was used of the contract and what was not.
type Report struct {
	// Since is when counting began.
	Since time.Time
	// Version is the version that the report is limited to, "" for all together.
	Version string
	// Requests is how many requests there were in all, Unmatched how many of them
	// no operation answered. Both are of all versions.
	Requests, Unmatched int
	Totals              Totals
	// Operations are all there are, by path and method.
	Operations []Operation
}

// Totals are the parts of the contract, each with how much of it was used.
type Totals struct {
	Operations, Statuses, Parameters, Properties, Filters, Sorters Total
}

// Total is how much there is of something, and how much of it was used.
type Total struct{ Documented, Used int }

// Percent is the part that was used, from 0 to 100 with one decimal. Of nothing,
// all was used.
func (t Total) Percent() float64 {
	if t.Documented == 0 {
		return 100
	}
	return float64(t.Used*1000/t.Documented) / 10
}

func (t *Total) add(u Use) {
	t.Used += len(u.Used)
	t.Documented += len(u.Used) + len(u.Unused)
}

// Operation is what was used of one operation.
type Operation struct {
	// ID is what the default version calls it, Path is without a version.
	ID, Method, Path string
	Calls            int
	// Versions are the versions that it was called in.
	Versions []Seen
	// Statuses, and the others, are the documented ones, used and not, and the
	// ones that are not documented.
	Statuses                                 StatusUse
	Parameters, Properties, Filters, Sorters Use
	// Ignored are properties that were sent although nothing reads them, as the
	// documents say.
	Ignored []Seen
}

// Seen is a name and how often it was seen.
type Seen struct {
	Name  string
	Count int
}

// Use is what was used of some names.
type Use struct {
	Used   []Seen   // documented names that were used
	Unused []string // documented names that were not
	// Unknown are names that nothing reads, MoreUnknown how many others there
	// were that are not kept.
	Unknown     []Seen
	MoreUnknown int
}

// StatusUse is Use for statuses.
type StatusUse struct {
	Used    []SeenStatus
	Unused  []int
	Unknown []SeenStatus // answered, but not documented
}

// SeenStatus is a status and how often it was answered; 0 is no answer.
type SeenStatus struct{ Status, Count int }

// Report says what was used. version limits it to one of the versions that are
// served, "" is all of them together.
func (c *Counter) Report(version string) Report {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := Report{Since: c.since, Version: version, Requests: c.requests, Unmatched: c.unmatched}
	merged := map[string]*cell{}
	calls := map[string]map[string]int{}
	for at, one := range c.cells {
		id, ok := openapi.Canonical(at.operation)
		if !ok || version != "" && at.version != version {
			continue
		}
		if merged[id] == nil {
			merged[id], calls[id] = &cell{statuses: map[int]int{}}, map[string]int{}
		}
		merged[id].merge(one)
		calls[id][at.version] += one.calls
	}
	for _, op := range openapi.Operations(openapi.Default) {
		seen := merged[op.ID]
		if seen == nil {
			seen = &cell{}
		}
		r.add(operationOf(op, seen, calls[op.ID]))
	}
	return r
}

func (r *Report) add(o Operation) {
	r.Operations = append(r.Operations, o)
	t := &r.Totals
	t.Operations.Documented++
	if o.Calls > 0 {
		t.Operations.Used++
	}
	t.Statuses.Used += len(o.Statuses.Used)
	t.Statuses.Documented += len(o.Statuses.Used) + len(o.Statuses.Unused)
	t.Parameters.add(o.Parameters)
	t.Properties.add(o.Properties)
	t.Filters.add(o.Filters)
	t.Sorters.add(o.Sorters)
}

func (c *cell) merge(other *cell) {
	c.calls += other.calls
	for status, n := range other.statuses {
		c.statuses[status] += n
	}
	for k, names := range other.names {
		for name, n := range names {
			if c.names[k] == nil {
				c.names[k] = map[string]int{}
			}
			c.names[k][name] += n
		}
		c.lost[k] += other.lost[k]
	}
}

func operationOf(op openapi.Operation, seen *cell, calls map[string]int) Operation {
	o := Operation{
		ID: op.ID, Method: op.Method, Path: strings.TrimPrefix(op.Path, "/"+openapi.Default),
		Calls: seen.calls, Versions: counted(calls), Statuses: statusUse(op.Statuses, seen.statuses),
		Parameters: seen.use(op, parameters), Properties: seen.use(op, properties),
		Filters: seen.use(op, filters), Sorters: seen.use(op, sorters),
	}
	o.Properties.Unknown = slices.DeleteFunc(o.Properties.Unknown, func(s Seen) bool {
		if slices.Contains(op.Request.Ignored, s.Name) {
			o.Ignored = append(o.Ignored, s)
			return true
		}
		return slices.ContainsFunc(op.Request.Open, func(open string) bool { return strings.HasPrefix(s.Name, open+"/") })
	})
	return o
}

// use divides what was seen of a kind.
func (c *cell) use(op openapi.Operation, k kind) Use {
	u := Use{MoreUnknown: c.lost[k]}
	documented := namesOf(op, k)
	for _, s := range counted(c.names[k]) {
		if slices.Contains(documented, s.Name) {
			u.Used = append(u.Used, s)
		} else {
			u.Unknown = append(u.Unknown, s)
		}
	}
	for _, name := range documented {
		if c.names[k][name] == 0 {
			u.Unused = append(u.Unused, name)
		}
	}
	return u
}

func statusUse(documented []int, seen map[int]int) StatusUse {
	var u StatusUse
	for _, status := range slices.Sorted(maps.Keys(seen)) {
		s := SeenStatus{status, seen[status]}
		if slices.Contains(documented, status) {
			u.Used = append(u.Used, s)
		} else {
			u.Unknown = append(u.Unknown, s)
		}
	}
	for _, status := range documented {
		if seen[status] == 0 {
			u.Unused = append(u.Unused, status)
		}
	}
	return u
}

// counted are names with their counts, by name.
func counted(counts map[string]int) []Seen {
	var all []Seen
	for name, n := range counts {
		all = append(all, Seen{name, n})
	}
	slices.SortFunc(all, func(a, b Seen) int { return cmp.Compare(a.Name, b.Name) })
	return all
}
