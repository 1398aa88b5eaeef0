// Package journal remembers the last requests to a tenant: what was asked, what
// was answered and why, for a test suite to look at afterwards and to hold
// against what it expects.
//
// A Journal is a ring that is bounded twice, by how many entries it holds and by
// how many bytes they take. It is made for being written on every request: an
// entry is encoded into memory that is used again and again, so that a write
// allocates nothing and the bound is what the memory really takes. What is read
// is decoded, and freed of secrets, when it is read.
//
// The files: ring.go is the memory, record.go the form of an entry in it,
// redact*.go what nobody is to see, filter.go and match.go the choice of entries,
// verify.go expectations. The package knows no HTTP server and no operations.
package journal

import (
	"sync"
	"time"
)

// Config bounds a Journal.
type Config struct {
	// Entries is how many entries are held at most, 1 or more.
	Entries int
	// Bytes is how much memory they take at most, MinBytes or more.
	Bytes int
	// Request and Response are how many bytes are kept of each body, 0 for none.
	// They are lowered to an eighth of Bytes where they are more.
	Request, Response int
}

// MinBytes is the least that Config.Bytes can be: room for one entry with the
// longest texts of each kind.
const MinBytes = 1 << 20

// Journal is the ring of the last requests. It is safe for concurrent use.
type Journal struct {
	entries           int
	request, response int // bytes kept of a body

	mu      sync.Mutex
	ring    ring
	held    int    // how many entries the ring holds
	last    uint64 // the number of the newest entry since the last Restart, 0 before the first
	cleared uint64 // the number of the newest entry at the last Clear
	closed  bool
	clears  uint64 // how often it was cleared
	scratch []byte // for encoding
}

// New returns an empty journal.
func New(c Config) *Journal {
	size := max(c.Bytes, MinBytes)
	return &Journal{
		entries: max(c.Entries, 1), request: min(max(c.Request, 0), size/8), response: min(max(c.Response, 0), size/8),
		ring: ring{size: size},
	}
}

// Bodies are how many bytes are kept of the body of a request and of an answer.
func (j *Journal) Bodies() (request, response int) { return j.request, j.response }

// Mark is for the Mark of an Exchange that begins now.
func (j *Journal) Mark() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.clears + 1
}

// Exchange is a request and its answer as they passed, secrets and all. It is
// read by Record only, which keeps no part of it.
type Exchange struct {
	// Time is when the request came, by the tenant's clock, Duration how long it
	// took, by the machine's.
	Time     time.Time
	Duration time.Duration
	// TrackingID is the id that the answer names the request by.
	TrackingID string
	// Proto is "HTTP/1.1", Scheme "http" or "https", Path escaped as it came,
	// Query without the question mark. Prefix is what the client had in front of
	// Path, such as that of a proxy or a tenant.
	Proto, Scheme, Host, Method, Prefix, Path, Query string
	// Operation is the operationId, Version the version of the API and Client
	// the client's id; each is "" where there is none.
	Operation, Version, Client string
	// Status is what was answered, 0 if nothing was.
	Status int
	// The headers, by canonical name.
	RequestHeader, ResponseHeader map[string][]string
	Request, Response             Content
	// Refused is why the request was refused, as the client was told, Hint what
	// would have helped, Fault the id of the rule that made or changed the
	// answer, Aborted how the exchange ended if not with a whole answer.
	Refused, Hint, Fault, Aborted string
	// Mark is that of the journal when the exchange began, 0 for one that is
	// recorded in any case. What began before a Clear is not recorded after it.
	Mark uint64
}

// Content is a body.
type Content struct {
	// Size is how long the body is, as far as is known, in bytes.
	Size int64
	// Data is its beginning, or all of it.
	Data []byte
	// More says that there was more than Size, nobody knows how much.
	More bool
}

// Record adds an exchange, and drops the oldest ones that there is no more room for.
func (j *Journal) Record(x *Exchange) {
	request := x.Request.Data[:min(len(x.Request.Data), j.request)]
	response := x.Response.Data[:min(len(x.Response.Data), j.response)]
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed || x.Mark != 0 && x.Mark != j.clears+1 {
		return
	}
	j.last++
	j.scratch = appendMeta(j.scratch[:0], j.last, x, len(request), len(response))
	need := len(j.scratch) + len(request) + len(response)
	for j.held > 0 && (j.held >= j.entries || j.ring.free() < lengthSize+need) {
		j.ring.drop()
		j.held--
	}
	j.ring.begin(need)
	j.ring.write(j.scratch)
	j.ring.write(request)
	j.ring.write(response)
	j.held++
}

// Clear forgets all entries. Numbers go on, and the memory is used again.
func (j *Journal) Clear() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.clear()
}

// Restart is Clear, and lets numbers begin again.
func (j *Journal) Restart() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.last = 0
	j.clear()
}

func (j *Journal) clear() {
	j.clears++
	j.ring.clear()
	j.held, j.cleared = 0, j.last
}

// Close forgets all entries and gives the memory back. What is recorded afterwards
// is not kept.
func (j *Journal) Close() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.ring.close()
	j.held, j.cleared, j.closed = 0, j.last, true
}

// Stats is how full a journal is.
type Stats struct {
	// Held is how many entries there are, Last the number of the newest one
	// there was since the last Restart, 0 for none.
	Held int
	Last uint64
	// Dropped is how many entries had to make room since the last Clear.
	Dropped uint64
	// Bytes is how much memory they have taken, at most Config.Bytes.
	Bytes int
}

// Stats says how full the journal is.
func (j *Journal) Stats() Stats {
	j.mu.Lock()
	defer j.mu.Unlock()
	return Stats{Held: j.held, Last: j.last, Dropped: j.dropped(0), Bytes: j.ring.used}
}

// dropped is how many entries after a number had to make room.
func (j *Journal) dropped(since uint64) uint64 {
	oldest := j.last - uint64(j.held) // the one before
	if from := max(since, j.cleared); oldest > from {
		return oldest - from
	}
	return 0
}

// batch is how much is copied out of the ring at a time: requests that come
// meanwhile wait no longer than that takes.
const batch = 256 << 10

// each visits the entries after a number, oldest first, up to the newest one that
// there is when it is called, until visit says false. It returns how many there
// were that are gone. What comes and goes meanwhile is missed. The entry is good
// during the visit only, its texts are for ever.
func (j *Journal) each(since uint64, visit func(*raw) bool) (dropped uint64) {
	j.mu.Lock()
	at, end := j.ring.tail, j.ring.head
	dropped = j.dropped(since)
	j.mu.Unlock()
	var room []byte
	var r raw
	for at < end {
		room = room[:0]
		j.mu.Lock()
		at = max(at, j.ring.tail)
		for at < end && len(room) < batch {
			room, at = j.ring.read(room, at)
		}
		j.mu.Unlock()
		for text := string(room); text != ""; {
			text = r.decode(text)
			if r.number > since && !visit(&r) {
				return dropped
			}
		}
	}
	return dropped
}
