// Package coverage counts which parts of the API's contract a client has used:
// operations, statuses, query parameters, filters, sorters and properties of
// bodies. It counts as requests pass, apart from the journal, so that a long run
// loses nothing; and it keeps only names, in a bounded number, so that a long run
// costs nothing either. What is documented comes from package openapi and is
// looked at when a report is made.
package coverage

import (
	"slices"
	"strings"
	"sync"
	"time"

	"mockserver/internal/openapi"
)

// The most that is kept of what is not documented: names of one kind for an
// operation in a version, and bytes of a name.
const (
	maxNames = 64
	maxName  = 128
)

// Counter counts. The zero value is not usable; call New. It is safe for
// concurrent use.
type Counter struct {
	now func() time.Time

	mu        sync.Mutex
	since     time.Time
	requests  int
	unmatched int // requests that no operation answered
	cells     map[key]*cell
}

// key is an operation in a version, as the version calls it.
type key struct{ version, operation string }

// cell is what was seen of an operation in a version.
type cell struct {
	calls    int
	statuses map[int]int
	names    [kinds]map[string]int
	lost     [kinds]int // names that were too many
}

// kind is a kind of names.
type kind int

const (
	parameters kind = iota
	properties
	filters
	sorters
	kinds
)

// New returns a counter that has seen nothing. now is the tenant's clock.
func New(now func() time.Time) *Counter {
	c := &Counter{now: now}
	c.Reset()
	return c
}

// Reset forgets everything.
func (c *Counter) Reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.since, c.requests, c.unmatched, c.cells = c.now(), 0, 0, map[key]*cell{}
}

// Request is what is counted of a request. It is read during Count only.
type Request struct {
	Operation, Version string // "" where no operation answered
	Status             int    // 0 for no answer
	Query              string // without the question mark
	Body               []byte // as far as it is known
	Patch              bool   // the body is a JSON Patch
}

// Count counts a request.
func (c *Counter) Count(r Request) {
	var seen [kinds][]string
	if r.Version != "" {
		seen[parameters], seen[filters], seen[sorters] = namesOfQuery(r.Query)
		seen[properties] = namesOfBody(r.Body, r.Patch)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests++
	if r.Operation == "" {
		c.unmatched++
		return
	}
	if r.Version == "" { // the token endpoints, which are no part of the contract
		return
	}
	at := key{r.Version, r.Operation}
	seenHere := c.cells[at]
	if seenHere == nil {
		seenHere = &cell{statuses: map[int]int{}}
		c.cells[at] = seenHere
	}
	seenHere.calls++
	seenHere.statuses[r.Status]++
	for k, names := range seen {
		for _, name := range names {
			seenHere.add(at, kind(k), name)
		}
	}
}

// add counts a name. Names that are documented always find room.
func (c *cell) add(at key, k kind, name string) {
	if c.names[k] == nil {
		c.names[k] = map[string]int{}
	}
	if _, known := c.names[k][name]; known {
		c.names[k][name]++
		return
	}
	if len(c.names[k]) >= maxNames && !slices.Contains(documented(at, k), name) {
		c.lost[k]++
		return
	}
	c.names[k][strings.Clone(name)] = 1
}

// documented are the names of a kind that an operation has.
func documented(at key, k kind) []string {
	for _, op := range openapi.Operations(described(at.version)) {
		if op.ID == at.operation {
			return namesOf(op, k)
		}
	}
	return nil
}

func namesOf(op openapi.Operation, k kind) []string {
	switch k {
	case parameters:
		return op.Request.Parameters
	case properties:
		return op.Request.Properties
	case filters:
		return op.Request.Filters
	default:
		return op.Request.Sorters
	}
}

// described is the version whose document describes a version that is served.
func described(version string) string {
	if version == "latest" {
		return openapi.Default
	}
	return version
}
