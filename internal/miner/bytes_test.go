package miner

import (
	"bytes"
	"encoding/json"
	"fmt"
	"runtime"
	"testing"
)

// TestSameBytes mines one organisation, large enough for a join that is shared
// among workers and for the search on a sample, with different numbers of
// processors and in different orders of the input: the whole answer is the
// same, byte for byte. It runs alone, for the number of processors is that of
// the whole process.
func TestSameBytes(t *testing.T) {
	p := plant(plan{identities: 6200, roleSize: 80, seed: 12, loners: 0.03, missing: 0.1}).pop
	for i := range p.IdentityIDs {
		p.Active = append(p.Active, i%50 != 7)
	}
	for q := range 40 {
		p.Roles = append(p.Roles, ExistingRole{ID: fmt.Sprint("role-", q), Entitlements: p.Holdings[q*100]})
	}
	p.DesignatedCommon = p.Holdings[5][:1]
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	var want []byte
	for _, tt := range []struct {
		procs   int
		shuffle bool
	}{{1, false}, {2, false}, {4, true}} {
		runtime.GOMAXPROCS(tt.procs)
		input, undo := p, func(Result) {}
		if tt.shuffle {
			q, identity, entitlement := shuffle(p, 3)
			input, undo = q, func(r Result) { unshuffle(r, identity, entitlement) }
		}
		r, err := Mine(t.Context(), input, Params{MinIdentities: 20})
		if err != nil {
			t.Fatal(err)
		}
		if !r.Candidates[0].Sampled || len(r.Roles) < 50 {
			t.Fatalf("%d roles, candidates %+v: nothing is shown", len(r.Roles), r.Candidates)
		}
		undo(r)
		got, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if want == nil {
			want = got
		}
		if !bytes.Equal(want, got) {
			t.Errorf("%+v: %d bytes differ from %d with one processor", tt, len(got), len(want))
		}
	}
}

// unshuffle turns the indices of a shuffled population back.
func unshuffle(r Result, identity, entitlement []int32) {
	back := func(list, to []int32) {
		for i, x := range list {
			list[i] = to[x]
		}
	}
	back(r.Common, entitlement)
	for _, role := range r.Roles {
		back(role.Members, identity)
		back(role.Core, entitlement)
		for i := range role.Entitlements {
			e := &role.Entitlements[i].Entitlement
			*e = entitlement[*e]
		}
	}
}
