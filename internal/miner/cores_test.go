package miner

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCoresBest(t *testing.T) {
	t.Parallel()
	cores := NewCores(8, []Core{
		{Entitlements: []int32{0, 1, 2}, Holders: []int32{10, 5, 5}},
		{Entitlements: []int32{3, 1}, Holders: []int32{6, 6}},
		{Entitlements: []int32{4, 5}, Holders: []int32{3, 3}},
		{},
		{Entitlements: []int32{5, 6}, Holders: []int32{9, 9}},
	})
	few := func(f Fit) bool { return f.Core > 0 && f.Shared < 2 }
	for _, tt := range []struct {
		name string
		set  []int32
		suit func(Fit) bool
		want Fit
		none bool
	}{
		{"the weight counts, not the number", []int32{2, 0, 3}, nil, Fit{Core: 0, Part: 15, Whole: 20, Shared: 2}, false},
		{"the larger share of a smaller core", []int32{1}, nil, Fit{Core: 1, Part: 6, Whole: 12, Shared: 1}, false},
		{"the first of equals", []int32{5}, nil, Fit{Core: 2, Part: 3, Whole: 6, Shared: 1}, false},
		{"the best that suits", []int32{0, 1, 2, 5}, few, Fit{Core: 1, Part: 6, Whole: 12, Shared: 1}, false},
		{"none that suits", []int32{0, 2}, few, Fit{}, true},
		{"nothing of any core", []int32{7}, nil, Fit{}, true},
		{"nothing", nil, nil, Fit{}, true},
	} {
		got, ok := cores.Best(tt.set, tt.suit) // one after the other: they share the scratch
		if diff := cmp.Diff(tt.want, got); diff != "" || ok == tt.none {
			t.Errorf("%s: found %v\n%s", tt.name, ok, diff)
		}
	}
	if fit, _ := cores.Best([]int32{2, 0}, nil); fit.Share() != 0.75 {
		t.Errorf("share %v of 15 in 20", fit.Share())
	}
}
