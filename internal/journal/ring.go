package journal

import "encoding/binary"

const (
	// segmentSize is how much memory a ring takes at a time, until it has all.
	segmentSize = 64 << 10
	// lengthSize is the length in front of each record.
	lengthSize = 4
)

// ring is a queue of records in a fixed amount of memory, which is taken piece by
// piece as it fills. Places count on for ever; memory is used again after size
// bytes, so a record may lie around its end. Not safe for concurrent use.
type ring struct {
	size     int
	segments [][]byte
	// tail is the place of the oldest record, head the one after the newest.
	tail, head uint64
}

// free is how many bytes can be written.
func (r *ring) free() int { return r.size - int(r.head-r.tail) }

// memory is how many bytes were taken.
func (r *ring) memory() int {
	n := 0
	for _, s := range r.segments {
		n += len(s)
	}
	return n
}

// clear drops all records and the memory. Places do not begin anew, so that a
// reader who was interrupted does not take new records for old ones.
func (r *ring) clear() {
	// Every record must find the segments as they were filled: in order.
	r.head += uint64(r.size) - 1
	r.head -= r.head % uint64(r.size)
	r.tail, r.segments = r.head, nil
}

// begin opens a record of n bytes. There must be room for it and for its length.
func (r *ring) begin(n int) {
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
}

// at is the memory from a place on to the end of its segment.
func (r *ring) at(place uint64) []byte {
	offset := int(place % uint64(r.size))
	i := offset / segmentSize
	for len(r.segments) <= i {
		r.segments = append(r.segments, make([]byte, min(segmentSize, r.size-len(r.segments)*segmentSize)))
	}
	return r.segments[i][offset%segmentSize:]
}

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
