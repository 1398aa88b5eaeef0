package rolemining_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"

	"mockserver/internal/rolemining"
)

// expectedID is the id that a potential role must have by its definition:
// UUIDv5 of the session and "type|T|min|digest of the sorted members".
func expectedID(session rolemining.Session, kind rolemining.RoleType, threshold int, members []string) string {
	digest := sha256.Sum256([]byte(strings.Join(members, "\n")))
	name := fmt.Sprintf("%s|%d|%d|%s", kind, threshold, session.MinIdentities, hex.EncodeToString(digest[:]))
	return uuid.NewSHA1(uuid.MustParse(session.ID), []byte(name)).String()
}

func values(counts ...any) []rolemining.ValueCount {
	var all []rolemining.ValueCount
	for i := 0; i < len(counts); i += 2 {
		count := rolemining.ValueCount{Count: counts[i+1].(int)}
		if text, ok := counts[i].(string); ok {
			count.Value = &text
		}
		all = append(all, count)
	}
	return all
}

// wantEngineering and wantSales are what a session at threshold 50 must find,
// worked out by hand (see smallOrg).
//
// Engineering: of 30, all have g1 g2 g3 and 29 have g4. I = (3·30·29 + 29·28) /
// (30·29), A = 119/30: density 98.3. No role has any of it: freshness 100.
func wantEngineering() rolemining.PotentialRole {
	return rolemining.PotentialRole{
		Type: rolemining.Specialized, IdentityIDs: people(21, 50),
		Entitlements: []rolemining.RoleEntitlement{
			{ID: "e-all", IdentityCount: 30, Popularity: 100, PopularityInOrg: 100, Common: true, SourceUsage: ptr(3.3)},
			{ID: "e-g1", IdentityCount: 30, Popularity: 100, PopularityInOrg: 52.6, SourceUsage: ptr(50.0)},
			{ID: "e-g2", IdentityCount: 30, Popularity: 100, PopularityInOrg: 52.6, SourceUsage: ptr(50.0)},
			{ID: "e-g3", IdentityCount: 30, Popularity: 100, PopularityInOrg: 52.6, SourceUsage: ptr(50.0)},
			{ID: "e-g4", IdentityCount: 29, Popularity: 96.7, PopularityInOrg: 50.9, SourceUsage: ptr(50.0)},
			{ID: "e-mail", IdentityCount: 26, Popularity: 86.7, PopularityInOrg: 80.7, Common: true, SourceUsage: ptr(3.3)},
		},
		EntitlementCount: 6, Density: 98, Freshness: 100, Quality: 99,
		Distribution: []rolemining.AttributeDistribution{
			{Name: "department", Values: values("Engineering", 30)},
			{Name: "jobTitle", Values: values("Developer", 30)},
			{Name: "location", Values: values("Austin", 15, "Miami", 15)}, // a tie goes by the value
			{Name: "manager", Values: values(nil, 30)},
		},
	}
}

// Sales: of 20, all have s1 s2 and 19 have s3. I = (2·20·19 + 19·18) / (20·19),
// A = 59/20: density 96.7. The existing role {s1 s2 x} shares 2 of the 4 that
// are in it or in the core: freshness 50. (97 + 50) / 2 = 73.5.
func wantSales() rolemining.PotentialRole {
	return rolemining.PotentialRole{
		Type: rolemining.Specialized, IdentityIDs: people(1, 20),
		Entitlements: []rolemining.RoleEntitlement{
			{ID: "e-all", IdentityCount: 20, Popularity: 100, PopularityInOrg: 100, Common: true, SourceUsage: ptr(0.0)},
			{ID: "e-mail", IdentityCount: 20, Popularity: 100, PopularityInOrg: 80.7, Common: true, SourceUsage: ptr(0.0)},
			{ID: "e-s1", IdentityCount: 20, Popularity: 100, PopularityInOrg: 35.1},
			{ID: "e-s2", IdentityCount: 20, Popularity: 100, PopularityInOrg: 35.1},
			{ID: "e-s3", IdentityCount: 19, Popularity: 95, PopularityInOrg: 33.3},
		},
		EntitlementCount: 5, Density: 97, Freshness: 50, Quality: 74,
		Nearest: &rolemining.NearestRole{ID: "role-sales", Overlap: 50},
		Distribution: []rolemining.AttributeDistribution{
			{Name: "department", Values: values("Sales", 20)},
			{Name: "jobTitle", Values: values("Rep", 20)},
			{Name: "location", Values: values("Austin", 10, "Miami", 9, nil, 1)},
			{Name: "manager", Values: values("Person 01", 19, nil, 1)},
		},
	}
}

// wantCommon is the role of a COMMON session over everybody active: all 57 have
// "all" and 46 have "mail". I = (57·56 + 46·45) / (57·56), A = 103/57: 83.9.
func wantCommon() rolemining.PotentialRole {
	return rolemining.PotentialRole{
		Type: rolemining.Common, IdentityIDs: people(1, 57),
		Entitlements: []rolemining.RoleEntitlement{
			{ID: "e-all", IdentityCount: 57, Popularity: 100, PopularityInOrg: 100, Common: true, SourceUsage: ptr(1.8)},
			{ID: "e-mail", IdentityCount: 46, Popularity: 80.7, PopularityInOrg: 80.7, Common: true, SourceUsage: ptr(1.8)},
		},
		EntitlementCount: 2, Density: 84, Freshness: 100, Quality: 92,
		Distribution: []rolemining.AttributeDistribution{
			{Name: "department", Values: values("Engineering", 30, "Sales", 20, "Legal", 7)},
			{Name: "jobTitle", Values: values("Developer", 30, "Rep", 20, nil, 7)},
			{Name: "location", Values: values("Austin", 28, "Miami", 28, nil, 1)},
			{Name: "manager", Values: values(nil, 38, "Person 01", 19)},
		},
	}
}

// dressed adds what follows from the session, which has ended, to a role that is
// expected in it.
func dressed(want rolemining.PotentialRole, session rolemining.Session, threshold int) rolemining.PotentialRole {
	want.ID, want.SessionID = expectedID(session, want.Type, threshold, want.IdentityIDs), session.ID
	want.Name = "Potential Role - " + want.ID[:6]
	want.ProvisionState, want.CreatedBy, want.Ready = rolemining.ProvisionPotential, session.CreatedBy, true
	return want
}

// moments are checked by the tests of the stages.
func sameRoles(t *testing.T, got []rolemining.PotentialRole, want ...rolemining.PotentialRole) {
	t.Helper()
	ignore := cmpopts.IgnoreFields(rolemining.PotentialRole{}, "CreatedAt", "ModifiedAt")
	if diff := cmp.Diff(want, got, ignore, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("potential roles (-want +got):\n%s", diff)
	}
}

func TestSpecializedSession(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	session := l.mined(specialized())
	sameRoles(t, l.roles(session.ID), dressed(wantEngineering(), session, 50), dressed(wantSales(), session, 50))
	if session.IdentityCount != 57 || session.PotentialRoleCount != 2 || session.PotentialRolesReadyCount != 2 {
		t.Errorf("identities %d, roles %d, ready %d; want 57, 2, 2", session.IdentityCount, session.PotentialRoleCount, session.PotentialRolesReadyCount)
	}
	if session.PrescribedPruneThreshold == nil {
		t.Error("no prescribed threshold, although one was given")
	}
}

// At 100 only the 29 with all of g1-g4 are alike; the 30th has three of the four
// core entitlements and is taken in. The 19 of Sales are one too few.
func TestMinimumSizeCountsBeforeAbsorbing(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	session := l.mined(rolemining.NewSession{PruneThreshold: ptr(100)})
	sameRoles(t, l.roles(session.ID), dressed(wantEngineering(), session, 100))

	session = l.mined(rolemining.NewSession{PruneThreshold: ptr(100), MinIdentities: ptr(19)})
	sameRoles(t, l.roles(session.ID), dressed(wantEngineering(), session, 100), dressed(wantSales(), session, 100))
}

func TestPrescribedThresholdIsUsed(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	session := l.mined(rolemining.NewSession{})
	if session.PruneThreshold != nil || session.PrescribedPruneThreshold == nil {
		t.Fatalf("pruneThreshold %v, prescribed %v; want null and a number", session.PruneThreshold, session.PrescribedPruneThreshold)
	}
	prescribed := *session.PrescribedPruneThreshold
	sameRoles(t, l.roles(session.ID), dressed(wantEngineering(), session, prescribed), dressed(wantSales(), session, prescribed))

	given := l.mined(specialized())
	if diff := cmp.Diff(session.PrescribedPruneThreshold, given.PrescribedPruneThreshold); diff != "" {
		t.Errorf("a given threshold changes the prescribed one:\n%s", diff)
	}
}

func TestCommonSession(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	session := l.mined(common())
	sameRoles(t, l.roles(session.ID), dressed(wantCommon(), session, 0))
	if session.PrescribedPruneThreshold != nil {
		t.Errorf("prescribed threshold %d, want null", *session.PrescribedPruneThreshold)
	}
	for name, n := range map[string]rolemining.NewSession{
		"too few":           {Type: rolemining.Common, MinIdentities: ptr(58)},
		"threshold ignored": {Type: rolemining.Common, PruneThreshold: ptr(77), MinIdentities: ptr(57)},
	} {
		session := l.mined(n)
		want := []rolemining.PotentialRole{dressed(wantCommon(), session, 77)}
		if name == "too few" {
			want = nil
		}
		sameRoles(t, l.roles(session.ID), want...)
	}
}

// A COMMON session measures popularity in its scope: what Sales have in common
// is more than what everybody has.
func TestCommonSessionOfAScope(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	n := common()
	n.Scope.Criteria = ptr("attributes.department:Sales")
	session := l.mined(n)
	var got []string
	for _, e := range l.roles(session.ID)[0].Entitlements {
		got = append(got, fmt.Sprintf("%s %d %v", e.ID, e.IdentityCount, e.Common))
	}
	// 58-60 have no mail: 20 of 23 do, 87 %.
	want := []string{"e-all 23 true", "e-s1 23 false", "e-s2 23 false", "e-s3 22 false", "e-mail 20 true"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("entitlements (-want +got):\n%s", diff)
	}
}

func TestAutoSessionGivesBothTypes(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	seed := rolemining.SeedSession{
		ID: "11111111-2222-4333-8444-555555555555", Name: ptr("Auto"), Type: rolemining.Specialized, ScopingMethod: rolemining.AutoRM,
		PruneThreshold: ptr(50), MinIdentities: 20, CreatedByID: "i-02", CreatedAt: start(), EmailRecipientID: ptr("i-03"),
		Roles: []rolemining.SeedRole{
			{Rank: 1, Type: rolemining.Specialized, ID: "aaaaaaaa-2222-4333-8444-555555555555", Description: ptr("Sellers"), Saved: true,
				ExportIDs: []string{"bbbbbbbb-2222-4333-8444-555555555555"}},
			{Rank: 0, Type: rolemining.Common, Name: "Everybody"},
		},
	}
	l.must(l.atOnce().Seed(t.Context(), seed))
	session := l.session(seed.ID)
	if session.State != rolemining.PotentialRolesCreated || session.PotentialRoleCount != 3 || session.PrescribedPruneThreshold == nil {
		t.Fatalf("session %+v, want one that is through with 3 roles", session)
	}
	if diff := cmp.Diff(&rolemining.Actor{ID: "i-02", DisplayName: "Person 02"}, session.CreatedBy); diff != "" {
		t.Errorf("creator (-want +got):\n%s", diff)
	}
	sales, everybody := dressed(wantSales(), session, 50), dressed(wantCommon(), session, 50)
	sales.ID, sales.Name, sales.Description, sales.Saved = seed.Roles[0].ID, "Potential Role - aaaaaa", ptr("Sellers"), true
	everybody.Name = "Everybody"
	sameRoles(t, l.roles(session.ID), dressed(wantEngineering(), session, 50), sales, everybody)

	e, err := l.Export(t.Context(), session.ID, sales.ID, "bbbbbbbb-2222-4333-8444-555555555555")
	l.must(err)
	if e.State != rolemining.ExportSuccess || !e.IncludeCommonAccess {
		t.Errorf("export %+v, want a finished one of everything", e)
	}
}

// A fixture that dresses a role which mining does not find is at fault.
func TestSeedRefusesARoleThatIsNotFound(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	err := l.atOnce().Seed(t.Context(), rolemining.SeedSession{
		ID: "11111111-2222-4333-8444-555555555555", Type: rolemining.Specialized, ScopingMethod: rolemining.Manual, PruneThreshold: ptr(50),
		MinIdentities: 20, CreatedAt: start(), Roles: []rolemining.SeedRole{{Rank: 2, Type: rolemining.Specialized}},
	})
	refused(t, err, rolemining.Invalid, "sessions")
}

// Same requests, same organisation: the same roles down to the last byte.
func TestMiningIsStable(t *testing.T) {
	t.Parallel()
	var runs [2][]rolemining.PotentialRole
	for i := range runs {
		l := newLab(t)
		runs[i] = l.roles(l.mined(specialized()).ID)
	}
	if diff := cmp.Diff(runs[0], runs[1]); diff != "" {
		t.Errorf("two runs differ:\n%s", diff)
	}
}

func TestDistributionMap(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		role    rolemining.PotentialRole
		include bool
		want    map[string]int
	}{
		{"all", wantEngineering(), true, map[string]int{"100": 4, "96": 1, "86": 1}},
		{"without common access", wantEngineering(), false, map[string]int{"100": 3, "96": 1}},
		{"sales", wantSales(), true, map[string]int{"100": 4, "95": 1}},
		{"only common access", wantCommon(), false, map[string]int{}},
	} {
		if diff := cmp.Diff(tc.want, tc.role.PopularityDistribution(tc.include)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.name, diff)
		}
	}
}

func TestEditEntitlements(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	session := l.mined(specialized())
	before := l.roles(session.ID)[0]
	l.clock.Advance(stageDelay)
	edit := func(exclude bool, ids ...string) rolemining.PotentialRole {
		t.Helper()
		role, owner, err := l.EditEntitlements(t.Context(), session.ID, before.ID, ids, exclude)
		l.must(err)
		if owner.ID != session.ID {
			t.Errorf("session %s, want %s", owner.ID, session.ID)
		}
		return role
	}
	// Without g4 all 30 are the same; mail is common access and counts for no density.
	role := edit(true, "e-mail", "e-g4", "e-g4")
	want := before
	want.Entitlements = append([]rolemining.RoleEntitlement(nil), before.Entitlements...)
	want.Entitlements[4].Excluded, want.Entitlements[5].Excluded = true, true
	want.Excluded = []string{"e-g4", "e-mail"}
	want.EntitlementCount, want.Density, want.Quality = 4, 100, 100
	sameRoles(t, []rolemining.PotentialRole{role, l.role(before.ID)}, want, want)
	if !role.ModifiedAt.Equal(l.clock.Now()) || !role.CreatedAt.Equal(before.CreatedAt) {
		t.Errorf("created %v and modified %v, want the old date and now", role.CreatedAt, role.ModifiedAt)
	}
	sameRoles(t, []rolemining.PotentialRole{edit(true, "e-g4")}, want) // again changes nothing

	sameRoles(t, []rolemining.PotentialRole{edit(false, "e-mail", "e-g4", "e-g1")}, before) // and back

	everything := edit(true, "e-all", "e-g1", "e-g2", "e-g3", "e-g4", "e-mail")
	if everything.EntitlementCount != 0 || everything.Density != 0 || everything.Freshness != 100 || len(everything.IdentityIDs) != 30 {
		t.Errorf("a role without entitlements: count %d, density %d, freshness %d, members %d; want 0, 0, 100, 30",
			everything.EntitlementCount, everything.Density, everything.Freshness, len(everything.IdentityIDs))
	}
	_, _, err := l.EditEntitlements(t.Context(), session.ID, before.ID, []string{"e-g1", "e-s1", "nonsense"}, true)
	refused(t, err, rolemining.BadReference, "ids")
	if len(l.role(before.ID).Excluded) != 6 {
		t.Error("a refused edit changed something")
	}
}

// Two edits at a time are one after the other, whichever comes first.
func TestEditsDoNotLoseEachOther(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	role := l.roles(l.mined(specialized()).ID)[0]
	edit := func(s *rolemining.Service, id string) rolemining.PotentialRole {
		t.Helper()
		edited, _, err := s.EditEntitlements(t.Context(), role.SessionID, role.ID, []string{id}, true)
		l.must(err)
		return edited
	}
	busy := &editsFirst{l.store, func() { edit(l.Service, "e-g4") }}
	got := edit(rolemining.New(rolemining.Config{Store: busy, Clock: l.clock}), "e-mail")
	want := role
	want.Entitlements = slices.Clone(role.Entitlements)
	want.Entitlements[4].Excluded, want.Entitlements[5].Excluded = true, true
	want.Excluded = []string{"e-g4", "e-mail"}
	want.EntitlementCount, want.Density, want.Quality = 4, 100, 100
	sameRoles(t, []rolemining.PotentialRole{got, l.role(role.ID)}, want, want)
}
