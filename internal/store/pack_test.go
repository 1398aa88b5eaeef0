package store

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPackedColumns(t *testing.T) {
	t.Parallel()
	names := []string{"a", "b", "c"}
	for _, rows := range [][]int64{{}, {1}, {3}, {1, 2, 3}, {1, 3}} {
		got, err := unpackRows(nil, packRows(rows), names)
		if err != nil || len(got) != len(rows) {
			t.Fatalf("%v: %v, %v", rows, got, err)
		}
		for i, n := range rows {
			if got[i] != names[n-1] {
				t.Errorf("%v: %v", rows, got)
			}
		}
	}
	for _, m := range []map[string]string{nil, {"k": "v"}, {"": "", "long": string(make([]byte, 300)), "ü": "\x00"}} {
		got, err := unpackMap(packMap(m), words{})
		if diff := cmp.Diff(m, got); err != nil || diff != "" {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	}
	rowOf := map[string]int64{"a": 1, "b": 2, "c": 3}
	got, err := unpackUsage(packUsage(map[string]int{"b": 90, "a": 0, "none": 4}, rowOf), names)
	if diff := cmp.Diff(map[string]int{"b": 90}, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestDamagedColumnsAreErrors(t *testing.T) {
	t.Parallel()
	names := []string{"a", "b"}
	for _, b := range [][]byte{{0}, {3}, {2, 1}, {0x80}, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1}} {
		if got, err := unpackRows(nil, b, names); err == nil {
			t.Errorf("rows % x: %v", b, got)
		}
	}
	for _, b := range [][]byte{{1}, {1, 'k'}, {1, 'k', 5, 'v'}, {0x80}} {
		if got, err := unpackMap(b, words{}); err == nil {
			t.Errorf("map % x: %v", b, got)
		}
	}
	if got, err := unpackUsage([]byte{1, 2, 3}, names); err == nil {
		t.Errorf("usage: %v", got)
	}
}
