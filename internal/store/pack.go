package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"mockserver/internal/rolemining"
)

// Packed columns name rows of the organisation, which are numbered from 1; in
// Go, where they are indices, from 0.

var errPacked = errors.New("a packed column is damaged")

// packAscending writes ascending indices as the differences between their rows.
func packAscending(indices []int32) []byte {
	b := make([]byte, 0, 2*len(indices))
	last := int32(-1)
	for _, i := range indices {
		b = binary.AppendUvarint(b, uint64(i-last))
		last = i
	}
	return b
}

// unpackAscending appends what packAscending wrote; there are count rows.
func unpackAscending(into []int32, b []byte, count int) ([]int32, error) {
	n := uint64(0)
	for len(b) > 0 {
		d, size := binary.Uvarint(b)
		if size <= 0 || d == 0 || d > uint64(count)-n {
			return into, errPacked
		}
		n += d
		into = append(into, int32(n-1))
		b = b[size:]
	}
	return into, nil
}

// packRows writes indices in any order.
func packRows(indices []uint32) []byte {
	b := make([]byte, 0, 2*len(indices))
	for _, i := range indices {
		b = binary.AppendUvarint(b, uint64(i)+1)
	}
	return b
}

// unpackRows appends what packRows wrote; there are count rows.
func unpackRows(into []uint32, b []byte, count int) ([]uint32, error) {
	for len(b) > 0 {
		n, size := binary.Uvarint(b)
		if size <= 0 || n == 0 || n > uint64(count) {
			return into, errPacked
		}
		into = append(into, uint32(n-1))
		b = b[size:]
	}
	return into, nil
}

// access is what a role says of one entitlement. Shares are in tenths of a
// percent.
type access struct {
	entitlement                 int32
	identities                  int
	popularity, popularityInOrg int
	common, excluded            bool
	used                        int // share of the members who used the source, -1: not collected
}

const (
	accessCommon = 1 << iota
	accessExcluded
	accessUsed
)

// packAccess writes what a role says of entitlements, in its order.
func packAccess(all []access) []byte {
	b := make([]byte, 0, 10*len(all))
	for _, a := range all {
		flags := flag(a.common)*accessCommon | flag(a.excluded)*accessExcluded | flag(a.used >= 0)*accessUsed
		for _, n := range [...]int{int(a.entitlement) + 1, a.identities, a.popularity, a.popularityInOrg, flags} {
			b = binary.AppendUvarint(b, uint64(n))
		}
		if a.used >= 0 {
			b = binary.AppendUvarint(b, uint64(a.used))
		}
	}
	return b
}

// unpackAccess reads what packAccess wrote; there are count entitlements.
func unpackAccess(b []byte, count int) ([]access, error) {
	all := make([]access, 0, len(b)/8)
	bad := false
	next := func() int {
		n, size := binary.Uvarint(b)
		if size <= 0 || n > math.MaxInt32 {
			bad, b = true, nil
			return 0
		}
		b = b[size:]
		return int(n)
	}
	for len(b) > 0 {
		row, a, flags := next(), access{identities: next(), popularity: next(), popularityInOrg: next(), used: -1}, next()
		if row < 1 || row > count {
			return nil, errPacked
		}
		a.entitlement, a.common, a.excluded = int32(row-1), flags&accessCommon != 0, flags&accessExcluded != 0
		if flags&accessUsed != 0 {
			a.used = next()
		}
		if bad {
			return nil, errPacked
		}
		all = append(all, a)
	}
	return all, nil
}

// tenths is a share, of one decimal, as a whole number.
func tenths(percent float64) int { return int(math.Round(10 * percent)) }

// percent is the float nearest to a share.
func percent(tenths int) float64 { return float64(tenths) / 10 }

// accessOf packs what a role says of entitlements, by their indices.
func (k *known) accessOf(entitlements []rolemining.RoleEntitlement) ([]access, error) {
	all := make([]access, len(entitlements))
	for i, e := range entitlements {
		at, ok := k.index[e.ID]
		if !ok {
			return nil, unknown("entitlement", e.ID)
		}
		all[i] = access{
			entitlement: at, identities: e.IdentityCount, popularity: tenths(e.Popularity),
			popularityInOrg: tenths(e.PopularityInOrg), common: e.Common, excluded: e.Excluded, used: -1,
		}
		if e.SourceUsage != nil {
			all[i].used = tenths(*e.SourceUsage)
		}
		if min(e.IdentityCount, all[i].popularity, all[i].popularityInOrg, all[i].used+1) < 0 {
			return nil, fmt.Errorf("a count or a share of the entitlement %s is negative", e.ID)
		}
	}
	return all, nil
}

// entitlementsOf is what accessOf packed.
func (k *known) entitlementsOf(all []access) []rolemining.RoleEntitlement {
	entitlements := make([]rolemining.RoleEntitlement, len(all))
	shares := map[int]*float64{} // a role has few of them: one a source
	for i, a := range all {
		entitlements[i] = rolemining.RoleEntitlement{
			ID: k.Entitlements[a.entitlement].ID, IdentityCount: a.identities, Popularity: percent(a.popularity),
			PopularityInOrg: percent(a.popularityInOrg), Common: a.common, Excluded: a.excluded,
		}
		if a.used < 0 {
			continue
		}
		if shares[a.used] == nil {
			share := percent(a.used)
			shares[a.used] = &share
		}
		entitlements[i].SourceUsage = shares[a.used]
	}
	return entitlements
}
