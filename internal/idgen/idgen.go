// Package idgen makes identifiers out of a seed: the same seed and the same
// order of asking give the same identifiers. Nothing here is secret.
package idgen

import (
	"encoding/hex"
	"strconv"
	"sync/atomic"

	"github.com/google/uuid"
)

// Source makes identifiers. It is safe for concurrent use.
type Source struct {
	space   uuid.UUID
	request atomic.Uint64
	base    [2]uint64
}

// New returns the source of a seed; any text is a seed.
func New(seed string) *Source {
	s := &Source{space: uuid.NewSHA1(uuid.NameSpaceURL, []byte("mockserver:"+seed))}
	for i, b := range s.space {
		s.base[i/8] = s.base[i/8]<<8 | uint64(b)
	}
	return s
}

// UUID is the n-th identifier of a kind ("session", "export", ...), in the
// dashed form. The caller counts, because only it knows what it has kept.
func (s *Source) UUID(kind string, n int64) string {
	return uuid.NewSHA1(s.space, []byte(kind+"/"+strconv.FormatInt(n, 10))).String()
}

// Hex is UUID as 32 lower-case hex digits without dashes, the form of the
// identifiers of identities, entitlements, sources and provisioned roles.
func (s *Source) Hex(kind string, n int64) string {
	id := uuid.NewSHA1(s.space, []byte(kind+"/"+strconv.FormatInt(n, 10)))
	return hex.EncodeToString(id[:])
}

// NamedHex is the identifier of a name, as 32 lower-case hex digits: equal
// names, equal identifiers.
func (s *Source) NamedHex(name string) string {
	id := uuid.NewSHA1(s.space, []byte("name/"+name))
	return hex.EncodeToString(id[:])
}

// RequestID is a fresh tracking id: 32 lower-case hex digits. It counts by
// itself and costs no hash, since each request takes one.
func (s *Source) RequestID() string {
	n := s.request.Add(1)
	var raw [16]byte
	hi, lo := mix(s.base[0]+n), mix(s.base[1]^n)
	for i := range 8 {
		raw[i] = byte(hi >> (56 - 8*i))   //nolint:gosec // G115: the lowest byte is what is meant
		raw[8+i] = byte(lo >> (56 - 8*i)) //nolint:gosec // G115: the same
	}
	return hex.EncodeToString(raw[:])
}

// Requests is how many request ids there were.
func (s *Source) Requests() uint64 { return s.request.Load() }

// Continue lets request ids go on behind the n-th; 0 is from the start.
func (s *Source) Continue(n uint64) { s.request.Store(n) }

// mix is the finaliser of splitmix64 (Steele, Lea, Flood 2014): a bijection
// whose outputs look unrelated for neighbouring inputs.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
