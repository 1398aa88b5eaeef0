package orggen_test

import (
	"testing"

	"mockserver/internal/miner"
	"mockserver/internal/orggen"
)

// What was planted in an organisation of two divisions can be mined again.
func TestPlantedFamiliesAreFound(t *testing.T) {
	t.Parallel()
	ds := load(t, generate(t, orggen.Options{Identities: 4000, Seed: 11, Noise: 5}))
	var pop miner.Population
	at := map[string]int32{}
	for i, e := range ds.Entitlements {
		pop.EntitlementIDs = append(pop.EntitlementIDs, e.ID)
		at[e.ID] = int32(i)
	}
	people := map[string]int{}
	place := func(i int) string {
		a := ds.Identities[i].Attributes
		return a["division"] + "/" + a["jobFamily"]
	}
	for i, x := range ds.Identities {
		var held []int32
		for _, id := range x.EntitlementIDs {
			held = append(held, at[id])
		}
		pop.IdentityIDs = append(pop.IdentityIDs, x.ID)
		pop.Holdings = append(pop.Holdings, held)
		pop.Active = append(pop.Active, x.Active)
		if x.Active && x.Attributes["jobFamily"] != "Project Consultants" {
			people[place(i)]++
		}
	}
	r, err := miner.Mine(t.Context(), pop, miner.Params{MinIdentities: 20})
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, role := range r.Roles {
		seen := map[string]int{}
		for _, m := range role.Members {
			seen[place(int(m))]++
		}
		for where, n := range seen {
			if n*10 >= people[where]*8 && n*10 >= len(role.Members)*8 {
				found[where] = true
			}
		}
	}
	planted, missed := 0, 0
	for where, n := range people {
		if n < 30 {
			continue
		}
		if planted++; !found[where] {
			missed++
		}
	}
	if planted < 50 || missed*10 > planted {
		t.Errorf("%d of %d planted families of 30 and more are not found", missed, planted)
	}
}
