package journal

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// A ring is a queue: whatever is written and dropped, what is read is what a plain
// slice of records would hold, also where a record lies around the end.
func TestRingIsAQueue(t *testing.T) {
	t.Parallel()
	for seed := range uint64(10) {
		rng := rand.New(rand.NewPCG(seed, 1))
		r := ring{size: 100 + rng.IntN(200_000)}
		var want [][]byte
		for step := range 300 {
			record := bytes.Repeat([]byte{byte(rng.Uint32())}, rng.IntN(r.size/8))
			for r.free() < lengthSize+len(record) {
				r.drop()
				want = want[1:]
			}
			r.begin(len(record))
			half := rng.IntN(len(record) + 1)
			r.write(record[:half])
			r.write(record[half:])
			want = append(want, record)
			if rng.IntN(40) == 0 {
				r.clear()
				want = nil
			}
			if step%20 == 0 {
				compareRing(t, seed, &r, want)
			}
		}
		if r.used > r.size || len(r.memory) != r.size {
			t.Fatalf("seed %d: a ring of %d bytes takes %d of %d", seed, r.size, r.used, len(r.memory))
		}
		r.close()
	}
}

func compareRing(t *testing.T, seed uint64, r *ring, want [][]byte) {
	t.Helper()
	at, used := r.tail, 0
	for i, record := range want {
		var got []byte
		got, at = r.read(nil, at)
		if !bytes.Equal(got[lengthSize:], record) {
			t.Fatalf("seed %d: record %d of %d differs", seed, i, len(want))
		}
		used += lengthSize + len(record)
	}
	if at != r.head || r.free() != r.size-used {
		t.Fatalf("seed %d: %d records end at %d, the head is %d; %d bytes free, want %d", seed, len(want), at, r.head, r.free(), r.size-used)
	}
}
