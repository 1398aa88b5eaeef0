package rolemining_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"mockserver/internal/miner"
	"mockserver/internal/rolemining"
)

// Mining a data set finds what a session posted to a server with that data set
// finds: everything but the session, and the ids that follow from it, is equal.
func TestMineDatasetFindsWhatASessionFinds(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	for name, n := range map[string]rolemining.NewSession{
		"defaults":          {},
		"a threshold":       specialized(),
		"identical only":    {PruneThreshold: ptr(100), MinIdentities: ptr(19)},
		"components":        {PruneThreshold: ptr(0), MinIdentities: ptr(1)},
		"common":            common(),
		"common, too few":   {Type: rolemining.Common, MinIdentities: ptr(58)},
		"criteria":          {Scope: rolemining.Scope{Criteria: ptr("attributes.department:Sales")}, MinIdentities: ptr(5)},
		"ids":               {Scope: rolemining.Scope{IdentityIDs: people(10, 40)}, MinIdentities: ptr(5)},
		"filters":           {Scope: rolemining.Scope{AttributeFilterCriteria: filters(filter("location", "Miami"), filter("department", "Sales", "Legal"))}, MinIdentities: ptr(3)},
		"nobody":            {Scope: rolemining.Scope{Criteria: ptr("name:nobody")}},
		"common of a scope": {Type: rolemining.Common, Scope: rolemining.Scope{Criteria: ptr("attributes.department:Sales")}, PruneThreshold: ptr(7)},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := rolemining.MineDataset(t.Context(), smallOrg(), n, nil)
			l.must(err)
			session := l.mined(n)
			same(t, "identityCount", session.IdentityCount, got.Session.IdentityCount)
			same(t, "identities in the scope", session.IdentityCount, len(got.IdentityIDs))
			same(t, "prescribed threshold", session.PrescribedPruneThreshold, got.Session.PrescribedPruneThreshold)
			same(t, "potentialRoleCount", session.PotentialRoleCount, got.Session.PotentialRoleCount)
			var want, mined []rolemining.PotentialRole
			for _, r := range l.roles(session.ID) {
				why, err := l.Explain(t.Context(), r.ID)
				l.must(err)
				r.CreatedBy, r.Origin = nil, why.Role.Origin
				want = append(want, dressed(r, got.Session, got.Mining.PruneThreshold))
			}
			for _, r := range got.Roles {
				mined = append(mined, r.PotentialRole)
			}
			sameRoles(t, mined, want...)
		})
	}
}

func same[T any](t *testing.T, what string, want, got T) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(rolemining.Offline{})); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// What a session does not tell, worked out by hand (see wantSales).
func TestMineDatasetTellsMore(t *testing.T) {
	t.Parallel()
	var stages []miner.Stage
	got, err := rolemining.MineDataset(t.Context(), smallOrg(), specialized(), func(p miner.Progress) { stages = append(stages, p.Stage) })
	if err != nil {
		t.Fatal(err)
	}
	same(t, "session id", rolemining.OfflineSessionID, got.Session.ID)
	same(t, "scope", people(1, 57), got.IdentityIDs)
	same(t, "threshold used", 50, got.Mining.PruneThreshold)
	same(t, "what everybody is", wantCommon().Distribution, got.Distribution())
	if len(got.Mining.Candidates) == 0 || len(stages) == 0 {
		t.Errorf("%d candidates for the prescribed threshold and %d reports of progress, want some", len(got.Mining.Candidates), len(stages))
	}
	if len(got.Roles) != 2 {
		t.Fatalf("%d roles, want 2", len(got.Roles))
	}
	engineering, sales := got.Roles[0], got.Roles[1]
	same(t, "core of engineering", []string{"e-g1", "e-g2", "e-g3", "e-g4"}, engineering.Core)
	same(t, "nearest of engineering", nil, engineering.NearestRole)
	same(t, "core of sales", []string{"e-s1", "e-s2", "e-s3"}, sales.Core)
	same(t, "nearest of sales", &rolemining.NearestRole{ID: "role-sales", Name: "Sales", Overlap: 50}, sales.NearestRole)
}

func TestMineDatasetIsStable(t *testing.T) {
	t.Parallel()
	var runs [2]rolemining.Offline
	for i := range runs {
		var err error
		if runs[i], err = rolemining.MineDataset(t.Context(), smallOrg(), rolemining.NewSession{}, nil); err != nil {
			t.Fatal(err)
		}
	}
	same(t, "the second run", runs[0], runs[1])
}

func TestMineDatasetRefuses(t *testing.T) {
	t.Parallel()
	for field, n := range map[string]rolemining.NewSession{
		"type":                            {Type: "SPECIAL"},
		"pruneThreshold":                  {PruneThreshold: ptr(101)},
		"minNumIdentitiesInPotentialRole": {MinIdentities: ptr(0)},
	} {
		_, err := rolemining.MineDataset(t.Context(), smallOrg(), n, nil)
		refused(t, err, rolemining.IllegalValue, field)
	}
	for field, scope := range map[string]rolemining.Scope{
		"scope.criteria": {Criteria: ptr("name:(")},
		"scope.attributeFilterCriteria.data.name": {AttributeFilterCriteria: filters(filter("shoeSize", "43"))},
	} {
		_, err := rolemining.MineDataset(t.Context(), smallOrg(), rolemining.NewSession{Scope: scope}, nil)
		refused(t, err, rolemining.IllegalValue, field)
	}
	_, err := rolemining.MineDataset(t.Context(), smallOrg(), rolemining.NewSession{Scope: rolemining.Scope{IdentityIDs: []string{"nobody"}}}, nil)
	refused(t, err, rolemining.BadReference, "scope.identityIds")
}

func TestMineDatasetEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	_, err := rolemining.MineDataset(ctx, smallOrg(), rolemining.NewSession{}, func(miner.Progress) { cancel() })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that of the context", err)
	}
}
