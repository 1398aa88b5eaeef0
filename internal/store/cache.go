package store

import (
	"sync"
	"sync/atomic"

	"mockserver/internal/rolemining"
)

// The bounds of the cache.
const (
	maxCached      = 4096
	maxCachedBytes = 32 << 20
)

// cache keeps encoded answers for as long as nothing changes.
//
// The generation is even while no commit is under way and odd during one:
// beginChange and endChange, called by the one writer around COMMIT, each add
// one. A reader notes the generation before it queries. An answer is kept only
// under an even generation, and found only while that generation lasts.
//
// Why a hit is as good as a query at that moment (linearizable): the answer's
// query began under generation g, and the generation still is g. The generation
// never returns to an old value and every commit happens under an odd one, so
// there was no commit from before that query until now: what the query saw is
// what a query would see. A reader who finds an odd generation asks the
// database, which puts it before or after the commit; whoever asks after such a
// reader finds the odd generation too, or a later one, and never an answer from
// before the commit. Adding one only after the commit would not do: between the
// two a reader of the database could see the new state and the next, out of the
// cache, the old one.
type cache struct {
	generation atomic.Uint64

	mu      sync.RWMutex
	of      uint64 // the generation of the entries
	entries map[string]entry
	bytes   int
}

// entry is an answer that nobody changes: bytes with the total of a list, or a
// potential role.
type entry struct {
	json  []byte
	total int
	role  *rolemining.PotentialRole
	size  int // of role, in bytes, about
}

func (e entry) bytes() int { return len(e.json) + e.size }

func (c *cache) beginChange() { c.generation.Add(1) }
func (c *cache) endChange()   { c.generation.Add(1) }

// now is the generation to note before a query.
func (c *cache) now() uint64 { return c.generation.Load() }

// get finds an answer that is right under generation g.
func (c *cache) get(g uint64, key []byte) (entry, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if c.of != g {
		return entry{}, false
	}
	e, ok := c.entries[string(key)]
	return e, ok
}

// put keeps an answer that was queried for under generation g.
func (c *cache) put(g uint64, key []byte, e entry) {
	size := len(key) + e.bytes()
	if g%2 == 1 || g != c.now() || size > maxCachedBytes/8 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if g < c.of {
		return
	}
	if g > c.of || c.entries == nil {
		c.of, c.bytes, c.entries = g, 0, map[string]entry{}
	}
	if _, ok := c.entries[string(key)]; ok {
		return // another reader was first; the answers are equal
	}
	for k, old := range c.entries { // any will do: which one shows in no answer
		if len(c.entries) < maxCached && c.bytes+size <= maxCachedBytes {
			break
		}
		c.bytes -= len(k) + old.bytes()
		delete(c.entries, k)
	}
	c.entries[string(key)] = e
	c.bytes += size
}
