package orggen_test

import (
	"bytes"
	"slices"
	"testing"

	"mockserver/internal/orggen"
	"mockserver/internal/rolemining"
	"mockserver/internal/seed"
	"mockserver/internal/truth"
)

// truthOf reads what is known of an organisation that was generated with it.
func truthOf(t testing.TB, opts orggen.Options) (rolemining.Dataset, truth.Truth) {
	t.Helper()
	opts.Truth = true
	files := generate(t, opts)
	known, err := truth.Read(bytes.NewReader(files[seed.TruthFile].Data))
	if err != nil {
		t.Fatal(err)
	}
	return load(t, files), known
}

// Everybody who works here and has a peer group was given a role, and holds
// most of it where nothing is missing.
func TestTruth(t *testing.T) {
	t.Parallel()
	ds, known := truthOf(t, orggen.Options{Identities: 3700, Seed: 2})
	access := map[string][]string{}
	for _, r := range known.Roles {
		access[r.ID] = r.EntitlementIDs
		if len(r.EntitlementIDs) < 3 || !slices.IsSorted(r.EntitlementIDs) {
			t.Errorf("%s gives %v", r.ID, r.EntitlementIDs)
		}
	}
	holders, held, given := map[string]int{}, 0, 0
	for _, x := range ds.Identities.All() {
		role, has := known.Identities[x.ID]
		state := x.Attributes["cloudLifecycleState"]
		gone := state == "terminated" || state == "prehire" || x.Attributes["employeeType"] == "Service"
		if loose := x.Attributes["jobFamily"] == "Project Consultants"; gone && has || !gone && !has && !loose {
			t.Errorf("%s, %s, %s: planted role %q", x.Name, x.Attributes["jobFamily"], state, role)
		}
		if !has {
			continue
		}
		n := 0
		for _, id := range x.EntitlementIDs {
			if slices.Contains(access[role], id) {
				n++
			}
		}
		if n*2 < len(access[role]) {
			t.Errorf("%s holds %d of %d entitlements of %s", x.Name, n, len(access[role]), role)
		}
		held += n
		given += len(access[role])
		holders[role]++
	}
	if len(holders) != len(known.Roles) || len(holders) < 70 || held*10 < given*9 {
		t.Errorf("%d of %d roles are held, and %d of %d entitlements", len(holders), len(known.Roles), held, given)
	}
}

func TestTruthIsOptional(t *testing.T) {
	t.Parallel()
	opts := orggen.Options{Identities: 100, Seed: 4}
	without := generate(t, opts)
	opts.Truth = true
	with := generate(t, opts)
	if without[seed.TruthFile] != nil || with[seed.TruthFile] == nil {
		t.Error("truth.json is written without being asked for, or not when asked for")
	}
	for name, f := range without {
		if !bytes.Equal(f.Data, with[name].Data) {
			t.Errorf("%s depends on whether the truth is written", name)
		}
	}
}

func TestProgress(t *testing.T) {
	t.Parallel()
	for _, n := range []int{20, 250, 5000} {
		var calls []int
		generate(t, orggen.Options{Identities: n, Seed: 4, Progress: func(done, total int) {
			if total != n {
				t.Errorf("a total of %d, want %d", total, n)
			}
			calls = append(calls, done)
		}})
		if !slices.IsSorted(calls) || calls[len(calls)-1] != n || len(calls) > 200 {
			t.Errorf("%d identities: %v", n, calls)
		}
	}
}
