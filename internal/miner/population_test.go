package miner

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPrepareRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		spoil func(*Population)
		want  string
	}{
		{"identity twice", func(p *Population) { p.IdentityIDs[3] = "ann" }, `miner: identityIds has the id "ann" twice`},
		{"entitlement twice", func(p *Population) { p.EntitlementIDs[3] = "e4" }, `miner: entitlementIds has the id "e4" twice`},
		{"role twice", func(p *Population) { p.Roles = []ExistingRole{{ID: "r"}, {ID: "r"}} }, `miner: roles has the id "r" twice`},
		{"active too short", func(p *Population) { p.Active = []bool{true} }, "miner: active has 1 elements for 10 identities"},
		{"holdings too short", func(p *Population) { p.Holdings = p.Holdings[:9] }, "miner: holdings has 9 elements for 10 identities"},
		{"holding too high", func(p *Population) { p.Holdings[0][0] = 5 }, "miner: holdings index 5 is outside 0..4"},
		{"holding negative", func(p *Population) { p.Holdings[0][0] = -1 }, "miner: holdings index -1 is outside 0..4"},
		{"role too high", func(p *Population) { p.Roles = []ExistingRole{{"r", []int32{9}}} }, "miner: roles index 9 is outside 0..4"},
		{"designated too high", func(p *Population) { p.DesignatedCommon = []int32{9} }, "miner: designatedCommon index 9 is outside 0..4"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := office()
			tt.spoil(&p)
			_, err := Prepare(t.Context(), p)
			var input *InputError
			if !errors.As(err, &input) || err.Error() != tt.want {
				t.Errorf("error %v, want %s", err, tt.want)
			}
		})
	}
}

func TestCommonAccess(t *testing.T) {
	t.Parallel()
	// Entitlement k is held by the first k+1 of n identities, all active.
	stairs := func(n int) Population {
		var p Population
		for i := range n {
			p.IdentityIDs = append(p.IdentityIDs, fmt.Sprintf("i%02d", i))
			p.EntitlementIDs = append(p.EntitlementIDs, fmt.Sprintf("e%02d", i))
			var holds []int32
			for k := i; k < n; k++ {
				holds = append(holds, int32(k))
			}
			p.Holdings = append(p.Holdings, holds)
		}
		return p
	}
	for _, tt := range []struct {
		name   string
		people int
		change func(*Population)
		want   []int32
	}{
		{"four are too few", 4, func(*Population) {}, []int32{}},
		{"five: four of five are 80 %", 5, func(*Population) {}, []int32{3, 4}},
		{"ten: from eight", 10, func(*Population) {}, []int32{7, 8, 9}},
		{"eleven: eight would be 72.7 %", 11, func(*Population) {}, []int32{8, 9, 10}},
		{"by hand", 4, func(p *Population) { p.DesignatedCommon = []int32{2, 0} }, []int32{0, 2}},
		{"both", 5, func(p *Population) { p.DesignatedCommon = []int32{0, 4} }, []int32{0, 3, 4}},
		// Six are left; the first four of ten count for nothing. Entitlement 8
		// has five of them, 7 has four.
		{"active only", 10, func(p *Population) {
			p.Active = []bool{false, false, false, false, true, true, true, true, true, true}
		}, []int32{8, 9}},
		{"too few active", 10, func(p *Population) { p.Active = append(make([]bool, 6), true, true, true, true) }, []int32{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := stairs(tt.people)
			tt.change(&p)
			if diff := cmp.Diff(tt.want, prepared(t, p).Common()); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestHoldingsMayRepeatAndBeUnsorted(t *testing.T) {
	t.Parallel()
	p, q := office(), office()
	q.Holdings[0] = []int32{2, 0, 1, 0, 2}
	a := prepared(t, p).Describe([]int32{0, 1, 2, 3}, View{})
	b := prepared(t, q).Describe([]int32{0, 1, 2, 3}, View{})
	if diff := cmp.Diff(a, b); diff != "" {
		t.Errorf("(-plain +repeated)\n%s", diff)
	}
}
