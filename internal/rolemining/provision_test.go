package rolemining_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/idgen"
	"mockserver/internal/query"
	"mockserver/internal/rolemining"
)

// provision asks for a role and waits for it.
func (l *lab) provision(role rolemining.PotentialRole, request rolemining.ProvisionRequest) rolemining.Role {
	l.t.Helper()
	_, _, err := l.Provision(l.t.Context(), role.SessionID, role.ID, request)
	l.must(err)
	l.settle()
	after := l.role(role.ID)
	if after.ProvisionState != rolemining.ProvisionComplete || after.RoleID == nil {
		l.t.Fatalf("provisionState %s, roleId %v; want COMPLETE and an id", after.ProvisionState, after.RoleID)
	}
	return l.existing(*after.RoleID)
}

// existing is a role of the organisation.
func (l *lab) existing(id string) rolemining.Role {
	l.t.Helper()
	roles, err := l.store.Roles(l.t.Context())
	l.must(err)
	at := slices.IndexFunc(roles, func(r rolemining.Role) bool { return r.ID == id })
	if at < 0 {
		l.t.Fatalf("no role %s", id)
	}
	return roles[at]
}

func TestProvisionStates(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	session := l.mined(specialized())
	before := l.roles(session.ID)[0]
	l.clock.Advance(stageDelay)
	asked := l.clock.Now()
	request := rolemining.ProvisionRequest{RequestedBy: &rolemining.Actor{ID: "i-02", DisplayName: "Person 02"}}
	pending, owner, err := l.Provision(t.Context(), session.ID, before.ID, request)
	l.must(err)
	if owner.ID != session.ID {
		t.Errorf("session %s, want %s", owner.ID, session.ID)
	}
	want := before
	request.OwnerID = ptr("i-02")
	request.Role = pending.Provision.Role // see TestProvisionedRole
	want.ProvisionState, want.Provision, want.ModifiedAt, want.NextAt = rolemining.ProvisionPending, &request, asked, ptr(asked.Add(stageDelay))
	if diff := cmp.Diff(want, pending); diff != "" {
		t.Errorf("at once (-want +got):\n%s", diff)
	}
	again := func() {
		t.Helper()
		_, _, err := l.Provision(t.Context(), session.ID, before.ID, rolemining.ProvisionRequest{})
		refused(t, err, rolemining.Invalid, "")
	}
	again()
	l.clock.Advance(stageDelay - 1)
	if l.step() != 0 {
		t.Error("PENDING was left before its time")
	}
	l.clock.Advance(1)
	l.step()
	want.ProvisionState, want.RoleID, want.NextAt, want.ModifiedAt = rolemining.ProvisionComplete, l.role(before.ID).RoleID, nil, l.clock.Now()
	if diff := cmp.Diff(want, l.role(before.ID)); diff != "" {
		t.Errorf("in the end (-want +got):\n%s", diff)
	}
	again()
	if l.step() != 0 {
		t.Error("something is left to do")
	}
}

func TestProvisionedRole(t *testing.T) {
	t.Parallel()
	ids := idgen.New("test")
	for name, tc := range map[string]struct {
		request rolemining.ProvisionRequest
		exclude []string
		want    func(r *rolemining.Role) // from a role with all its entitlements
	}{
		"everything": {
			rolemining.ProvisionRequest{IncludeCommonAccess: true}, nil,
			func(r *rolemining.Role) {
				r.EntitlementIDs = []string{"e-all", "e-g1", "e-g2", "e-g3", "e-g4", "e-mail"}
				r.AccessProfiles = profiles(ids, r, "src-ad", "Directory", []string{"e-all", "e-mail"}, "src-git", "Code Forge", []string{"e-g1", "e-g2", "e-g3", "e-g4"})
			},
		},
		"without common access": {
			rolemining.ProvisionRequest{}, nil,
			func(r *rolemining.Role) {
				r.EntitlementIDs = []string{"e-g1", "e-g2", "e-g3", "e-g4"}
				r.AccessProfiles = profiles(ids, r, "src-git", "Code Forge", r.EntitlementIDs)
			},
		},
		"only the popular": {
			rolemining.ProvisionRequest{MinEntitlementPopularity: 97, IncludeCommonAccess: true, DirectlyAssignedEntitlements: true}, nil,
			func(r *rolemining.Role) { r.EntitlementIDs = []string{"e-all", "e-g1", "e-g2", "e-g3"} }, // g4 has 96.7
		},
		"as popular as asked": {
			rolemining.ProvisionRequest{MinEntitlementPopularity: 96, DirectlyAssignedEntitlements: true}, nil,
			func(r *rolemining.Role) { r.EntitlementIDs = []string{"e-g1", "e-g2", "e-g3", "e-g4"} },
		},
		"without what was taken out": {
			rolemining.ProvisionRequest{DirectlyAssignedEntitlements: true}, []string{"e-g1", "e-g4"},
			func(r *rolemining.Role) { r.EntitlementIDs = []string{"e-g2", "e-g3"} },
		},
		"nothing left": {
			rolemining.ProvisionRequest{}, []string{"e-g1", "e-g2", "e-g3", "e-g4"},
			func(r *rolemining.Role) { r.EntitlementIDs = []string{} },
		},
		"all chosen": {
			rolemining.ProvisionRequest{
				RoleName: ptr("Builders"), RoleDescription: ptr("They build"), OwnerID: ptr("i-09"), MinEntitlementPopularity: 100,
				RequestedBy: &rolemining.Actor{ID: "i-02", DisplayName: "Person 02"},
			}, nil,
			func(r *rolemining.Role) {
				r.Name, r.Description, r.OwnerID = "Builders", ptr("They build"), ptr("i-09")
				r.EntitlementIDs = []string{"e-g1", "e-g2", "e-g3"}
				r.AccessProfiles = profiles(ids, r, "src-git", "Code Forge", r.EntitlementIDs)
			},
		},
		"the requester owns it": {
			rolemining.ProvisionRequest{DirectlyAssignedEntitlements: true, RequestedBy: &rolemining.Actor{ID: "i-02", DisplayName: "Person 02"}}, nil,
			func(r *rolemining.Role) {
				r.OwnerID, r.EntitlementIDs = ptr("i-02"), []string{"e-g1", "e-g2", "e-g3", "e-g4"}
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t)
			session := l.mined(specialized())
			from := l.patchRole(l.roles(session.ID)[0].ID, `[{"op":"replace","path":"/description","value":"Engineers"}]`)
			if tc.exclude != nil {
				var err error
				from, _, err = l.EditEntitlements(t.Context(), session.ID, from.ID, tc.exclude, true)
				l.must(err)
			}
			got := l.provision(from, tc.request)
			want := rolemining.Role{
				ID: ids.NamedHex("role/" + from.ID), Name: from.Name, Description: ptr("Engineers"),
				PotentialRoleID: &from.ID, CreatedAt: l.clock.Now(),
			}
			tc.want(&want)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("role (-want +got):\n%s", diff)
			}
		})
	}
}

// profiles are the access profiles of a role: triples of source id, source name
// and entitlements.
func profiles(ids *idgen.Source, r *rolemining.Role, triples ...any) []rolemining.AccessProfile {
	var all []rolemining.AccessProfile
	for i := 0; i < len(triples); i += 3 {
		source := triples[i].(string)
		all = append(all, rolemining.AccessProfile{
			ID: ids.NamedHex("access profile/" + r.ID + "/" + source), Name: r.Name + " - " + triples[i+1].(string),
			SourceID: source, EntitlementIDs: triples[i+2].([]string),
		})
	}
	return all
}

func TestAccessRequests(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	roles := l.roles(l.mined(specialized()).ID)
	l.provision(roles[0], rolemining.ProvisionRequest{})
	requests, err := l.store.AccessRequests(t.Context())
	l.must(err)
	if len(requests) != 0 {
		t.Fatalf("%d access requests that nobody asked for", len(requests))
	}
	role := l.provision(roles[1], rolemining.ProvisionRequest{IncludeIdentities: true})
	requests, err = l.store.AccessRequests(t.Context())
	l.must(err)
	var who []string
	seen := map[string]bool{}
	for _, r := range requests {
		who = append(who, r.IdentityID)
		if r.RoleID != role.ID || !r.CreatedAt.Equal(role.CreatedAt) || seen[r.ID] {
			t.Errorf("access request %+v: want role %s, the time of it, and an id of its own", r, role.ID)
		}
		seen[r.ID] = true
	}
	if diff := cmp.Diff(people(1, 20), who); diff != "" {
		t.Errorf("who (-want +got):\n%s", diff)
	}
}

func TestProvisionRefuses(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	session := l.mined(specialized())
	role := l.roles(session.ID)[0]
	for field, request := range map[string]rolemining.ProvisionRequest{
		"ownerId":  {OwnerID: ptr("nobody")},
		"roleName": {RoleName: ptr(" ")},
	} {
		_, _, err := l.Provision(t.Context(), session.ID, role.ID, request)
		kind := rolemining.IllegalValue
		if field == "ownerId" {
			kind = rolemining.BadReference
		}
		refused(t, err, kind, field)
	}
	for _, ids := range [][2]string{{session.ID, "nothing"}, {"nothing", role.ID}} {
		if _, _, err := l.Provision(t.Context(), ids[0], ids[1], rolemining.ProvisionRequest{}); !errors.Is(err, rolemining.ErrNotFound) {
			t.Errorf("error %v for %v, want ErrNotFound", err, ids)
		}
	}
	if diff := cmp.Diff(role, l.role(role.ID)); diff != "" {
		t.Errorf("a refused request changed the role:\n%s", diff)
	}
}

// What was provisioned is an existing role for sessions that come later.
func TestProvisionedRolesCountForFreshness(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	first := l.mined(specialized())
	made := l.provision(l.roles(first.ID)[0], rolemining.ProvisionRequest{MinEntitlementPopularity: 100}) // g1 g2 g3
	session := l.mined(specialized())
	engineering := dressed(wantEngineering(), session, 50)
	engineering.Freshness, engineering.Quality = 25, 62 // 3 of 4 in common; (98 + 25) / 2 = 61.5
	engineering.Nearest = &rolemining.NearestRole{ID: made.ID, Overlap: 75}
	sameRoles(t, l.roles(session.ID), engineering, dressed(wantSales(), session, 50))
	// The first session keeps what it found, until someone edits its roles.
	if got := l.roles(first.ID)[0].Freshness; got != 100 {
		t.Errorf("freshness of the role itself is %d now, want 100 as found", got)
	}
}

// A potential role is not compared with the role that was made of it, but with
// every other one.
func TestAProvisionedRoleIsNotComparedWithItself(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	edit := func(role rolemining.PotentialRole) rolemining.PotentialRole {
		t.Helper()
		edited, _, err := l.EditEntitlements(t.Context(), role.SessionID, role.ID, []string{}, true)
		l.must(err)
		return edited
	}
	role := l.roles(l.mined(specialized()).ID)[0]
	l.provision(role, rolemining.ProvisionRequest{})
	if got := edit(role); got.Freshness != 100 || got.Quality != role.Quality {
		t.Errorf("freshness %d and quality %d, want 100 and %d as before", got.Freshness, got.Quality, role.Quality)
	}
	twin := l.roles(l.mined(specialized()).ID)[0]
	if got := edit(twin); got.Freshness != 0 {
		t.Errorf("freshness %d beside a role of the same access, want 0", got.Freshness)
	}
}

// The access of a provisioned COMMON role is common access from then on: it
// makes no peer group any more.
func TestProvisionedCommonRoleMakesCommonAccess(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	n := common()
	n.Scope.Criteria = ptr("attributes.department:Engineering")
	role := l.provision(l.roles(l.mined(n).ID)[0], rolemining.ProvisionRequest{MinEntitlementPopularity: 90, IncludeCommonAccess: true})
	if want := []string{"e-all", "e-g1", "e-g2", "e-g3", "e-g4"}; !role.CommonAccess || !slices.Equal(role.EntitlementIDs, want) {
		t.Fatalf("common access %v, entitlements %v; want %v", role.CommonAccess, role.EntitlementIDs, want)
	}
	session := l.mined(rolemining.NewSession{PruneThreshold: ptr(50), MinIdentities: ptr(2)})
	sameRoles(t, l.roles(session.ID), dressed(wantSales(), session, 50))

	again := l.mined(common())
	got := map[string]bool{}
	for _, e := range l.roles(again.ID)[0].Entitlements {
		got[e.ID] = e.Common
	}
	if diff := cmp.Diff(map[string]bool{"e-all": true, "e-mail": true}, got); diff != "" {
		t.Errorf("common access of everybody (-want +got):\n%s", diff)
	}
}

// What is common access of the organisation can be left out of a COMMON role as
// out of any other, and everything that can leave it out agrees.
func TestCommonAccessCanBeLeftOutOfACommonRole(t *testing.T) {
	t.Parallel()
	for include, want := range map[bool][]string{
		true:  {"e-all", "e-g1", "e-g2", "e-g3", "e-g4", "e-mail"},
		false: {"e-g1", "e-g2", "e-g3", "e-g4"},
	} {
		l := newLab(t)
		n := common()
		n.Scope.Criteria = ptr("attributes.department:Engineering")
		role := l.roles(l.mined(n).ID)[0]
		page, err := l.List(t.Context(), rolemining.List{Kind: rolemining.RolePopularities, RoleID: role.ID, IncludeCommon: include, Query: query.Query{Limit: 250, Count: true}})
		l.must(err)
		e, err := l.StartExport(t.Context(), role.SessionID, role.ID, rolemining.ExportRequest{IncludeCommonAccess: include})
		l.must(err)
		got := l.provision(role, rolemining.ProvisionRequest{IncludeCommonAccess: include}).EntitlementIDs
		file, err := l.DownloadExport(t.Context(), role.SessionID, role.ID, e.ID)
		l.must(err)
		_, exported := sheets(t, file)
		sum := 0
		for _, n := range role.PopularityDistribution(include) {
			sum += n
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("provisioned (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(want, slices.Sorted(slices.Values(column(exported, 0)))); diff != "" {
			t.Errorf("exported (-want +got):\n%s", diff)
		}
		if page.Total != len(want) || sum != len(want) {
			t.Errorf("%d popularities and a distribution of %d, want %d", page.Total, sum, len(want))
		}
	}
}

// What is asked for is what is made, whatever happens to the potential role in
// the meantime.
func TestProvisioningMakesWhatWasAskedFor(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	role := l.roles(l.mined(specialized()).ID)[0]
	_, _, err := l.Provision(t.Context(), role.SessionID, role.ID, rolemining.ProvisionRequest{})
	l.must(err)
	l.patchRole(role.ID, `[{"op":"replace","path":"/name","value":"New"},{"op":"replace","path":"/description","value":"New"}]`)
	_, _, err = l.EditEntitlements(t.Context(), role.SessionID, role.ID, []string{"e-g1"}, true)
	l.must(err)
	l.settle()
	after, ids := l.role(role.ID), idgen.New("test")
	want := rolemining.Role{
		ID: ids.NamedHex("role/" + role.ID), Name: role.Name, EntitlementIDs: []string{"e-g1", "e-g2", "e-g3", "e-g4"},
		PotentialRoleID: &role.ID, CreatedAt: l.clock.Now(),
	}
	want.AccessProfiles = profiles(ids, &want, "src-git", "Code Forge", want.EntitlementIDs)
	if diff := cmp.Diff(want, l.existing(*after.RoleID)); diff != "" {
		t.Errorf("role (-want +got):\n%s", diff)
	}
	if after.Name != "New" || len(after.Excluded) != 1 {
		t.Errorf("the potential role is %q without %v, want what it was edited to", after.Name, after.Excluded)
	}
}

// An owner who has left the organisation cannot own a role: the provisioning
// fails, and can be asked for again.
func TestProvisioningFailsWithoutItsOwner(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	session := l.mined(specialized())
	role, _, err := l.Provision(t.Context(), session.ID, l.roles(session.ID)[0].ID, rolemining.ProvisionRequest{OwnerID: ptr("i-09")})
	l.must(err)
	l.load(smallOrg("i-09"))
	l.put(session, role)
	l.settle()
	failed := l.role(role.ID)
	if failed.ProvisionState != rolemining.ProvisionFailed || failed.RoleID != nil {
		t.Errorf("provisionState %s, roleId %v; want FAILED and none", failed.ProvisionState, failed.RoleID)
	}
	if roles, err := l.store.Roles(t.Context()); err != nil || len(roles) != 1 {
		t.Errorf("%d roles, %v; want the one of the organisation", len(roles), err)
	}
	if made := l.provision(failed, rolemining.ProvisionRequest{OwnerID: ptr("i-08")}); *made.OwnerID != "i-08" {
		t.Errorf("owner %s, want i-08", *made.OwnerID)
	}
}

// A role on its way to being provisioned outlives a new mining, and becomes a
// role with what it had.
func TestProvisioningOutlivesMining(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	session := l.mined(specialized())
	sales := l.roles(session.ID)[1]
	_, _, err := l.Provision(t.Context(), session.ID, sales.ID, rolemining.ProvisionRequest{})
	l.must(err)
	l.patchSession(session.ID, `[{"op":"replace","path":"/pruneThreshold","value":100}]`)
	l.settle()
	roles := l.roles(session.ID)
	if len(roles) != 2 || roles[0].ID != sales.ID || roles[0].ProvisionState != rolemining.ProvisionComplete {
		t.Fatalf("roles %+v, want the provisioned one first", roles)
	}
	if got := l.existing(*roles[0].RoleID).EntitlementIDs; !slices.Equal(got, []string{"e-s1", "e-s2", "e-s3"}) {
		t.Errorf("entitlements %v, want s1 s2 s3", got)
	}
}
