package journal

import "encoding/binary"

// lengthSize is the length in front of each record.
const lengthSize = 4

// ring is a queue of records in a fixed amount of memory. Places count on for
// ever; memory is used again after size bytes, so a record may lie around its end.
// Not safe for concurrent use.
type ring struct {
	size int
	// memory is what the records are in, nil until the first one is written. It is
	// taken as a whole, but the system only gives what was written to.
	memory []byte
	// tail is the place of the oldest record, head the one after the newest.
	tail, head uint64
	used       int // how much of the memory was ever written to
}

// free is how many bytes can be written.
func (r *ring) free() int { return r.size - int(r.head-r.tail) }

// clear drops all records. Places do not begin anew, so that a reader who was
// interrupted does not take new records for old ones.
func (r *ring) clear() { r.tail = r.head }

// begin opens a record of n bytes. There must be room for it and for its length.
func (r *ring) begin(n int) {
	if r.memory == nil {
		r.memory = reserve(r.size)
	}
	var length [lengthSize]byte
	binary.LittleEndian.PutUint32(length[:], uint32(n))
	r.write(length[:])
}

// write adds bytes to the record that was begun last.
func (r *ring) write(p []byte) {
	for len(p) > 0 {
		n := copy(r.at(r.head), p)
		r.head += uint64(n)
		p = p[n:]
	}
	if r.used < r.size {
		r.used = int(min(r.head, uint64(r.size)))
	}
}

// at is the memory from a place on to its end.
func (r *ring) at(place uint64) []byte { return r.memory[place%uint64(r.size):] }

// drop takes the oldest record away. There must be one.
func (r *ring) drop() { r.tail += lengthSize + uint64(r.length(r.tail)) }

func (r *ring) length(place uint64) int {
	var length [lengthSize]byte
	r.copy(length[:], place)
	return int(binary.LittleEndian.Uint32(length[:]))
}

// read appends the record at a place, with its length, and returns the place of
// the next.
func (r *ring) read(to []byte, place uint64) ([]byte, uint64) {
	n := lengthSize + r.length(place)
	have := len(to)
	to = append(to, make([]byte, n)...)
	r.copy(to[have:], place)
	return to, place + uint64(n)
}

func (r *ring) copy(to []byte, place uint64) {
	for len(to) > 0 {
		n := copy(to, r.at(place))
		place += uint64(n)
		to = to[n:]
	}
}

// close gives the memory back. The ring is empty then, and must not be written to.
func (r *ring) close() {
	r.clear()
	if r.memory != nil {
		release(r.memory)
		r.memory, r.used = nil, 0
	}
}
