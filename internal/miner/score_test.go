package miner

import (
	"fmt"
	"testing"

	"mockserver/internal/truth"
)

// score measures a result against what was planted.
func score(p planted, r Result) truth.Scores {
	ids := func(list []string, at []int32) (out []string) {
		for _, i := range at {
			out = append(out, list[i])
		}
		return out
	}
	want := truth.Truth{Identities: map[string]string{}}
	for k, access := range p.access {
		id := fmt.Sprint(k)
		want.Roles = append(want.Roles, truth.Role{ID: id, Name: id, EntitlementIDs: ids(p.pop.EntitlementIDs, access)})
	}
	for i, role := range p.roleOf {
		if role >= 0 {
			want.Identities[p.pop.IdentityIDs[i]] = want.Roles[role].ID
		}
	}
	var found []truth.Found
	for _, role := range r.Roles {
		found = append(found, truth.Found{IdentityIDs: ids(p.pop.IdentityIDs, role.Members), Core: ids(p.pop.EntitlementIDs, role.Core)})
	}
	return want.Score(found, p.pop.IdentityIDs, 0)
}

// TestQuality holds the engine to what docs/mining.md says of it, at sizes that
// are fast; BenchmarkMine measures the others.
func TestQuality(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		identities, roleSize int
		missing              float64
		seeds                uint64
		least                truth.Scores // but for the counts
		all                  bool         // every planted role must be found
	}{
		{1000, 60, 0, 5, truth.Scores{ARI: 0.99, NMI: 0.99, MemberJaccard: 0.99, EntitlementJaccard: 0.99}, true},
		{1000, 60, 0.4, 5, truth.Scores{ARI: 0.93, NMI: 0.96, MemberJaccard: 0.92, EntitlementJaccard: 0.91, Assigned: 0.99}, false},
		{10000, 100, 0, 1, truth.Scores{ARI: 0.99, NMI: 0.99, MemberJaccard: 0.99, EntitlementJaccard: 0.99}, true},
		{10000, 100, 0.4, 1, truth.Scores{ARI: 0.89, NMI: 0.945, MemberJaccard: 0.85, EntitlementJaccard: 0.9, Assigned: 0.97}, false},
	} {
		if testing.Short() { // with the race detector, which is slow and has no say in quality
			if tt.identities > 1000 {
				continue
			}
			tt.seeds = 1
		}
		for seed := uint64(1); seed <= tt.seeds; seed++ {
			t.Run(fmt.Sprintf("%d identities, %v missing, seed %d", tt.identities, tt.missing, seed), func(t *testing.T) {
				t.Parallel()
				p := plant(plan{identities: tt.identities, roleSize: tt.roleSize, seed: seed, loners: 0.02, missing: tt.missing})
				r, err := Mine(t.Context(), p.pop, Params{MinIdentities: 20})
				if err != nil {
					t.Fatal(err)
				}
				s := score(p, r)
				if s.ARI < tt.least.ARI || s.NMI < tt.least.NMI || s.MemberJaccard < tt.least.MemberJaccard ||
					s.EntitlementJaccard < tt.least.EntitlementJaccard || s.Assigned < tt.least.Assigned ||
					tt.all && s.Found != s.Planted {
					t.Errorf("%+v, want at least %+v; all roles: %v", s, tt.least, tt.all)
				}
				t.Logf("T=%d %+v", r.PruneThreshold, s)
			})
		}
	}
}
