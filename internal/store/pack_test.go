package store

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPackedColumns(t *testing.T) {
	t.Parallel()
	for _, indices := range [][]int32{nil, {0}, {2}, {0, 1, 2}, {0, 2}} {
		got, err := unpackAscending(nil, packAscending(indices), 3)
		if diff := cmp.Diff(indices, got); err != nil || diff != "" {
			t.Errorf("%v, %v (-want +got):\n%s", indices, err, diff)
		}
	}
	for _, indices := range [][]uint32{nil, {0}, {2, 0}, {1, 1, 2}} {
		got, err := unpackRows(nil, packRows(indices), 3)
		if diff := cmp.Diff(indices, got); err != nil || diff != "" {
			t.Errorf("%v, %v (-want +got):\n%s", indices, err, diff)
		}
	}
	for _, all := range [][]access{{}, {
		{entitlement: 2, identities: 95_000, popularity: 1000, popularityInOrg: 1, used: -1},
		{entitlement: 0, identities: 1, popularity: 333, common: true, used: 0},
		{entitlement: 1, excluded: true, used: 125},
	}} {
		got, err := unpackAccess(packAccess(all), 3)
		if diff := cmp.Diff(all, got, cmp.AllowUnexported(access{})); err != nil || diff != "" {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	}
}

// A share is one of a thousand and one floats, and each comes back as it was.
func TestSharesComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	for n := range 1001 {
		if share := float64(n) / 10; tenths(share) != n || percent(tenths(share)) != share {
			t.Errorf("%v became %v", share, percent(tenths(share)))
		}
	}
}

func TestDamagedColumnsAreErrors(t *testing.T) {
	t.Parallel()
	tooLong := []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1}
	for _, b := range [][]byte{{0}, {3}, {2, 1}, {1, 0}, {0x80}, tooLong} {
		if got, err := unpackAscending(nil, b, 2); err == nil {
			t.Errorf("ascending % x: %v", b, got)
		}
	}
	for _, b := range [][]byte{{0}, {3}, {1, 0x80}, tooLong} {
		if got, err := unpackRows(nil, b, 2); err == nil {
			t.Errorf("rows % x: %v", b, got)
		}
	}
	for _, b := range [][]byte{{0, 1, 1, 1, 0}, {3, 1, 1, 1, 0}, {1}, {1, 1, 1, 1}, {1, 1, 1, 1, 4}, {1, 1, 0x80}, tooLong} {
		if got, err := unpackAccess(b, 2); err == nil {
			t.Errorf("access % x: %v", b, got)
		}
	}
}

func TestRanking(t *testing.T) {
	t.Parallel()
	texts := []string{"Öl", "abc", "B", "AB", "b", "", "Abd"}
	r := rank(len(texts), func(i int) string { return texts[i] })
	if diff := cmp.Diff([]int32{5, 2, 4, 1, 4, 0, 3}, r.of); diff != "" {
		t.Errorf("ranks (-want +got):\n%s", diff)
	}
	for prefix, want := range map[string][2]int32{"": {0, 6}, "A": {1, 4}, "abc": {2, 3}, "ac": {4, 4}, "ö": {5, 6}, "z": {5, 5}, "b": {4, 5}} {
		first, end := r.prefixed(prefix)
		if got := [2]int32{first, end}; got != want {
			t.Errorf("%q begins %v, want %v", prefix, got, want)
		}
	}
}

// TestLeast picks each number of elements out of many, in an order with ties.
func TestLeast(t *testing.T) {
	t.Parallel()
	compare := func(a, b int32) int {
		if d := int(a%7) - int(b%7); d != 0 {
			return d
		}
		return int(b - a)
	}
	for _, count := range []int{0, 1, 9, 100} {
		all := make([]int32, count)
		for i := range all {
			all[i] = int32(i * 37 % 101)
		}
		want := least(append([]int32{}, all...), count, compare)
		for n := range count + 3 {
			got := least(append([]int32{}, all...), n, compare)
			if diff := cmp.Diff(want[:min(n, count)], got); diff != "" {
				t.Fatalf("%d of %d (-want +got):\n%s", n, count, diff)
			}
		}
	}
}
