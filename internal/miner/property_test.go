package miner

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// named spells out a result with ids instead of indices.
func named(p Population, r Result) string {
	ids := func(list []string, at []int32) (out []string) {
		for _, i := range at {
			out = append(out, list[i])
		}
		return out
	}
	text := fmt.Sprintf("%d prescribed %v used %d raised %v %+v common %q\n", r.IdentityCount,
		*r.PrescribedPruneThreshold, r.PruneThreshold, r.EdgeBoundRaised, r.Candidates, ids(p.EntitlementIDs, r.Common))
	for _, role := range r.Roles {
		text += fmt.Sprintf("%q %v core %q density %d freshness %d quality %d count %d\n", ids(p.IdentityIDs, role.Members), role.Joined,
			ids(p.EntitlementIDs, role.Core), role.Density, role.Freshness, role.Quality, role.EntitlementCount)
		if role.NearestRole != nil {
			text += fmt.Sprintf("  near %+v\n", *role.NearestRole)
		}
		for _, e := range role.Entitlements {
			text += fmt.Sprintf("  %s %d %v %v %v\n", p.EntitlementIDs[e.Entitlement], e.IdentityCount, e.Popularity, e.PopularityInOrg, e.Common)
		}
	}
	return text
}

// random is an organisation without any plan, small enough for every corner:
// few entitlements, empty sets, equal sets, inactive identities.
func random(seed uint64) Population {
	d := &dice{sequence{state: seed}}
	n, width := 1+d.below(120), 1+d.below(30)
	p := people(make([][]int32, n)...)
	for e := range width {
		p.EntitlementIDs = append(p.EntitlementIDs, fmt.Sprintf("e%d", e))
	}
	for i := range n {
		var set []int32
		if i > 0 && d.chance(0.3) {
			set = p.Holdings[d.below(i)]
		} else {
			set = d.most(shuffled(width, d.next()), d.share())
		}
		p.Holdings[i] = set
		p.Active = append(p.Active, d.chance(0.9))
	}
	for q := range d.below(5) {
		p.Roles = append(p.Roles, ExistingRole{ID: fmt.Sprintf("r%d", q), Entitlements: d.most(shuffled(width, d.next()), 0.7)})
	}
	p.DesignatedCommon = d.most(shuffled(width, d.next()), 0.95)
	return p
}

// share is a number in [0.3, 1).
func (s *sequence) share() float64 { return 0.3 + 0.7*float64(s.below(1000))/1000 }

func TestInputOrderDoesNotMatter(t *testing.T) {
	t.Parallel()
	pops := []Population{plant(plan{identities: 400, roleSize: 40, seed: 8, loners: 0.05, missing: 0.1}).pop}
	for seed := range uint64(15) {
		pops = append(pops, random(seed))
	}
	for i, p := range pops {
		want, err := Mine(t.Context(), p, Params{MinIdentities: 3})
		if err != nil {
			t.Fatal(err)
		}
		for seed := range uint64(2) {
			q, _, _ := shuffle(p, seed)
			got, err := Mine(t.Context(), q, Params{MinIdentities: 3})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(named(p, want), named(q, got)); diff != "" {
				t.Fatalf("population %d, shuffle %d (-want +got)\n%s", i, seed, diff)
			}
		}
	}
}

// TestInvariants checks, on many organisations and thresholds, what must hold
// for every answer.
func TestInvariants(t *testing.T) {
	t.Parallel()
	for seed := range uint64(30) {
		p := random(seed)
		o := prepared(t, p)
		d := sequence{state: seed}
		for _, threshold := range []*int{nil, ptr(0), ptr(100), ptr(1 + d.below(99)), ptr(1 + d.below(99))} {
			least := 1 + d.below(6)
			r, err := o.Mine(context.Background(), Params{PruneThreshold: threshold, MinIdentities: least})
			if err != nil {
				t.Fatal(err)
			}
			checkMembership(t, o, p, r, least)
			for _, role := range r.Roles {
				checkEntitlements(t, p, r, role)
			}
		}
	}
}

// checkMembership: roles are disjoint, large enough, ordered, of active
// identities with access of their own; identical sets share a role.
func checkMembership(t *testing.T, o *Organisation, p Population, r Result, least int) {
	t.Helper()
	roleOf := map[int32]int{}
	for k, role := range r.Roles {
		if len(role.Members) < least || len(role.Members) != len(role.Joined) {
			t.Errorf("role of %d members, %d ways, minimum %d", len(role.Members), len(role.Joined), least)
		}
		if !slices.IsSortedFunc(role.Members, func(a, b int32) int { return int(o.identityRk[a] - o.identityRk[b]) }) {
			t.Errorf("members not in order of id: %v", role.Members)
		}
		if k > 0 && len(r.Roles[k-1].Members) < len(role.Members) {
			t.Errorf("role %d is larger than the one before", k)
		}
		for _, m := range role.Members {
			if _, twice := roleOf[m]; twice || !p.Active[m] {
				t.Errorf("member %d twice or not active", m)
			}
			roleOf[m] = k
		}
	}
	bySet := map[string]int{}
	for i := range p.IdentityIDs {
		if !p.Active[i] {
			continue
		}
		set := o.specialized(o.identityRk[i], nil)
		role, ok := roleOf[int32(i)]
		if !ok {
			role = -1
		}
		if len(set) == 0 && ok {
			t.Errorf("identity %d has a role but only common access", i)
		}
		key := fmt.Sprint(set)
		if other, seen := bySet[key]; seen && other != role {
			t.Errorf("identical sets in roles %d and %d", other, role)
		}
		bySet[key] = role
	}
}

// checkEntitlements recomputes every popularity from the assignments.
func checkEntitlements(t *testing.T, p Population, r Result, role Role) {
	t.Helper()
	held, org, active := map[int32]int{}, map[int32]int{}, 0
	for _, m := range role.Members {
		for _, e := range p.Holdings[m] {
			held[e]++
		}
	}
	for i, set := range p.Holdings {
		if p.Active[i] {
			active++
			for _, e := range set {
				org[e]++
			}
		}
	}
	core := []int32{}
	for _, e := range role.Entitlements {
		h := held[e.Entitlement]
		exact, exactOrg := 100*float64(h)/float64(len(role.Members)), 100*float64(org[e.Entitlement])/float64(active)
		if e.IdentityCount != h || e.Popularity < exact-0.0501 || e.Popularity > exact+0.0501 ||
			e.PopularityInOrg < exactOrg-0.0501 || e.PopularityInOrg > exactOrg+0.0501 {
			t.Errorf("%+v: held by %d of %d members, %d of %d active", e, h, len(role.Members), org[e.Entitlement], active)
		}
		if e.Common != slices.Contains(r.Common, e.Entitlement) {
			t.Errorf("%+v: common access is %v", e, r.Common)
		}
		if !e.Common && 2*h >= len(role.Members) {
			core = append(core, e.Entitlement)
		}
	}
	slices.SortFunc(core, func(a, b int32) int { return compareIDs(p, a, b) })
	if diff := cmp.Diff(core, role.Core); diff != "" {
		t.Errorf("core (-want +got)\n%s", diff)
	}
	total := 0
	for _, n := range role.Distribution(true) {
		total += n
	}
	if len(held) != len(role.Entitlements) || role.EntitlementCount != len(held) || total != len(held) {
		t.Errorf("%d held, %d listed, %d counted, %d in the distribution", len(held), len(role.Entitlements), role.EntitlementCount, total)
	}
}

func compareIDs(p Population, a, b int32) int {
	if p.EntitlementIDs[a] < p.EntitlementIDs[b] {
		return -1
	}
	return 1
}

func TestNoRolesInRandomData(t *testing.T) {
	t.Parallel()
	d := &dice{sequence{state: 11}}
	sets := make([][]int32, 1000)
	for i := range sets {
		sets[i] = d.most(shuffled(400, d.next()), 0.95)
	}
	r, err := Mine(t.Context(), people(sets...), Params{MinIdentities: 20})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Roles) != 0 || *r.PrescribedPruneThreshold != fallbackThreshold {
		t.Errorf("%d roles at %d", len(r.Roles), r.PruneThreshold)
	}
}

// The answer for a fixed organisation, to the byte: it must be the same on
// every platform and stay the same from version to version, unless the engine
// is meant to answer otherwise.
func TestAnswerIsFixed(t *testing.T) {
	t.Parallel()
	p := plant(plan{identities: 700, roleSize: 45, seed: 21, loners: 0.03, missing: 0.35}).pop
	p.Roles = []ExistingRole{{ID: "a", Entitlements: p.Holdings[0]}, {ID: "b", Entitlements: p.Holdings[300]}}
	r, err := Mine(t.Context(), p, Params{MinIdentities: 15})
	if err != nil {
		t.Fatal(err)
	}
	const want = "128d4f6ccba2950c988acaccb156e4c85eba077698c0d8c4c8a88d7c13923222"
	if got := fmt.Sprintf("%x", sha256.Sum256([]byte(named(p, r)))); got != want {
		t.Errorf("digest %s, want %s; %d roles at %d", got, want, len(r.Roles), r.PruneThreshold)
	}
}
