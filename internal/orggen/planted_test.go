package orggen_test

import (
	"fmt"
	"testing"

	"mockserver/internal/miner"
	"mockserver/internal/orggen"
	"mockserver/internal/rolemining"
	"mockserver/internal/truth"
)

// population is an organisation as the engine sees it.
func population(ds rolemining.Dataset) miner.Population {
	var pop miner.Population
	at := map[string]int32{}
	for i, e := range ds.Entitlements {
		pop.EntitlementIDs = append(pop.EntitlementIDs, e.ID)
		at[e.ID] = int32(i)
	}
	indices := func(ids []string) (out []int32) {
		for _, id := range ids {
			out = append(out, at[id])
		}
		return out
	}
	for _, x := range ds.Identities.All() {
		pop.IdentityIDs = append(pop.IdentityIDs, x.ID)
		pop.Holdings = append(pop.Holdings, indices(x.EntitlementIDs))
		pop.Active = append(pop.Active, x.Active)
	}
	for _, r := range ds.Roles {
		pop.Roles = append(pop.Roles, miner.ExistingRole{ID: r.ID, Entitlements: indices(r.EntitlementIDs)})
	}
	return pop
}

const minMembers = 20

// mineAll mines an organisation as a session without a scope does, and scores
// what it finds.
func mineAll(t testing.TB, pop miner.Population, known truth.Truth) (miner.Result, truth.Scores) {
	t.Helper()
	result, err := miner.Mine(t.Context(), pop, miner.Params{MinIdentities: minMembers})
	if err != nil {
		t.Fatal(err)
	}
	var found []truth.Found
	for _, role := range result.Roles {
		var f truth.Found
		for _, m := range role.Members {
			f.IdentityIDs = append(f.IdentityIDs, pop.IdentityIDs[m])
		}
		for _, e := range role.Core {
			f.Core = append(f.Core, pop.EntitlementIDs[e])
		}
		found = append(found, f)
	}
	scope := []string{}
	for i, id := range pop.IdentityIDs {
		if pop.Active[i] {
			scope = append(scope, id)
		}
	}
	return result, known.Score(found, scope, minMembers)
}

// What was planted can be mined again.
func TestPlantedRolesAreFound(t *testing.T) {
	t.Parallel()
	for _, profile := range orggen.Profiles() {
		for _, n := range []int{1000, 4000} {
			if n > 1000 && profile.Name != orggen.Profiles()[0].Name {
				continue // BenchmarkRecover has the others, and larger ones
			}
			t.Run(fmt.Sprint(profile.Name, "/", n), func(t *testing.T) {
				t.Parallel()
				ds, known := truthOf(t, orggen.Options{Identities: n, Seed: uint64(n), Profile: profile.Name})
				_, s := mineAll(t, population(ds), known)
				t.Logf("%+v", s)
				if s.ARI < 0.97 || s.NMI < 0.97 || s.Found < s.Planted*95/100 || s.EntitlementJaccard < 0.9 || s.Planted < n/80 {
					t.Errorf("%+v", s)
				}
			})
		}
	}
}

// BenchmarkRecover says how much of what was planted is found again, by
// profile, size and noise:
//
//	go test ./internal/orggen -run - -bench 'Recover/insurer/10000/0' -benchtime 1x
func BenchmarkRecover(b *testing.B) {
	for _, profile := range orggen.Profiles() {
		for _, n := range []int{1000, 10_000} {
			for _, noise := range []int{0, 5, 20, 40} {
				b.Run(fmt.Sprintf("%s/%d/%d", profile.Name, n, noise), func(b *testing.B) {
					ds, known := truthOf(b, orggen.Options{Identities: n, Seed: 1, Noise: noise, Profile: profile.Name})
					pop := population(ds)
					var r miner.Result
					var s truth.Scores
					for b.Loop() {
						r, s = mineAll(b, pop, known)
					}
					b.ReportMetric(s.ARI, "ARI")
					b.ReportMetric(s.NMI, "NMI")
					b.ReportMetric(s.MemberJaccard, "members-J")
					b.ReportMetric(s.EntitlementJaccard, "entitlements-J")
					b.ReportMetric(s.Assigned, "assigned")
					b.ReportMetric(float64(s.Found), "found")
					b.ReportMetric(float64(s.Planted), "planted")
					b.ReportMetric(float64(r.PruneThreshold), "T")
				})
			}
		}
	}
}
