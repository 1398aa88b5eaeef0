package gosdk

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	sailpoint "github.com/sailpoint-oss/golang-sdk/v2"
	v2024 "github.com/sailpoint-oss/golang-sdk/v2/api_v2024"
)

// The session and the objects in it that the published examples name; the
// default organisation has them.
const (
	v2024DocumentedSession = "8c190e67-87aa-4ed9-a90b-d9d5344523fb"
	v2024ExportedRole      = "278359a6-04b7-4669-9468-924cf580964a"
	v2024Export            = "4940ffd4-836f-48a3-b2b0-6d498c3fdf40"
	v2024UsedRole          = "e0cc5d7d-bf7f-4f81-b2af-8885b09d9923"
	v2024UsedSource        = "2c9180877620c1460176267f336a106f"
)

// v2024Journey goes through the API from a session to a role. Each step builds
// on the ones before it.
type v2024Journey struct {
	api     *v2024.IAIRoleMiningAPIService
	session string // the session that it made
	role    string // the best potential role of that session
}

func TestV2024(t *testing.T) {
	t.Parallel()
	s := start(t)
	j := &v2024Journey{api: s.client(s.id, s.secret).V2024.IAIRoleMiningAPI}
	steps := []struct {
		name string
		run  func(*testing.T)
	}{
		{"list the sessions that are there", j.listSessions},
		{"create a session", j.createSession},
		{"wait until it is mined", j.awaitRoles},
		{"read the session", j.readSession},
		{"list its potential roles", j.listSummaries},
		{"page through its potential roles", j.pageSummaries},
		{"page through a large potential role", j.pageLarge},
		{"read a potential role", j.readRole},
		{"list its identities", j.listIdentities},
		{"list its entitlements with their popularity", j.listPopularities},
		{"read the distribution of popularity", j.readDistribution},
		{"list its applications and entitlements", j.listApplications},
		{"exclude an entitlement", j.excludeEntitlement},
		{"patch the potential role", j.patchRole},
		{"list saved potential roles", j.listSaved},
		{"list the potential roles of all sessions", j.listAllSummaries},
		{"read the usage of a source", j.listUsage},
		{"export", j.export},
		{"export in the background", j.exportAsync},
		{"provision", j.provision},
		{"patch the session", j.patchSession},
		{"be told what is wrong", j.refusals},
	}
	for _, step := range steps {
		if !t.Run(step.name, step.run) {
			t.FailNow()
		}
	}
	checkAllDriven(t, "v2024", v2024Renamed, s.requests(t))
}

func (j *v2024Journey) listSessions(t *testing.T) {
	list := func() v2024.ApiGetRoleMiningSessionsRequest {
		return j.api.GetRoleMiningSessions(t.Context()).Filters(`saved eq "true" and name sw "RM Session"`).Sorters("createdBy,createdDate")
	}
	found := of(list().Count(true).Execute())
	all := found.ok(t, 200)
	if len(all) < 2 || found.total(t) != len(all) {
		t.Fatalf("%d sessions with a total of %d, want two or more and all of them", len(all), found.total(t))
	}
	ids := each(all, v2024SessionID)
	if !slices.Contains(ids, v2024DocumentedSession) {
		t.Errorf("the documented session is not among %v", ids)
	}
	for _, session := range all {
		if !session.GetSaved() || !strings.HasPrefix(session.GetName(), "RM Session") {
			t.Errorf("the filter let %q through, saved %t", session.GetName(), session.GetSaved())
		}
	}
	var paged []string
	for offset := range all {
		page := of(list().Offset(int32(offset)).Limit(1).Count(true).Execute())
		paged = append(paged, each(page.ok(t, 200), v2024SessionID)...)
		if page.total(t) != len(all) {
			t.Errorf("the total is %d on the page at %d, want %d", page.total(t), offset, len(all))
		}
	}
	if !slices.Equal(paged, ids) {
		t.Errorf("page by page %v, at once %v", paged, ids)
	}
}

func (j *v2024Journey) createSession(t *testing.T) {
	var dto v2024.RoleMiningSessionDto
	if err := json.Unmarshal(document(t, "session.json"), &dto); err != nil {
		t.Fatal(err)
	}
	before := time.Now().Add(-time.Minute)
	session := of(j.api.CreateRoleMiningSessions(t.Context()).RoleMiningSessionDto(dto).Execute()).ok(t, 201)
	j.session = session.GetId()
	status, scope := session.GetStatus(), session.GetScope()
	creator := session.GetCreatedBy().EntityCreatedByDTO
	switch {
	case j.session == "":
		t.Error("the session has no id")
	case status.GetState() != v2024.ROLEMININGSESSIONSTATE_CREATED:
		t.Errorf("its state is %q", status.GetState())
	case session.GetName() != "Saved RM Session - 07/10" || !session.GetSaved():
		t.Errorf("its name is %q, saved %t", session.GetName(), session.GetSaved())
	case session.GetPruneThreshold() != 50 || session.GetMinNumIdentitiesInPotentialRole() != 20:
		t.Errorf("it has the threshold %d and the minimum %d", session.GetPruneThreshold(), session.GetMinNumIdentitiesInPotentialRole())
	case session.PrescribedPruneThreshold.Get() != nil:
		t.Errorf("it took over the client's prescribedPruneThreshold %d", session.GetPrescribedPruneThreshold())
	case session.GetType() != v2024.ROLEMININGROLETYPE_SPECIALIZED || session.GetScopingMethod() != string(v2024.ROLEMININGSESSIONSCOPINGMETHOD_MANUAL):
		t.Errorf("it is %s and %s", session.GetType(), session.GetScopingMethod())
	case scope.GetCriteria() != "source.name:DataScienceDataset" || len(scope.GetAttributeFilterCriteria()) != 1:
		t.Errorf("its scope is %+v", scope)
	case creator == nil || creator.GetId() == "" || creator.GetDisplayName() == "":
		t.Errorf("it was created by %+v", session.GetCreatedBy())
	case session.GetCreatedDate().Before(before) || session.GetModifiedDate().Before(before):
		t.Errorf("it was created at %v and changed at %v", session.GetCreatedDate(), session.GetModifiedDate())
	}
}

func (j *v2024Journey) awaitRoles(t *testing.T) { j.await(t, j.session) }

// await waits until a session is mined; it may not go back to an earlier state.
func (j *v2024Journey) await(t *testing.T, session string) {
	t.Helper()
	var passed []v2024.RoleMiningSessionState
	eventually(t, func() v2024.RoleMiningSessionState {
		status := of(j.api.GetRoleMiningSessionStatus(t.Context(), session).Execute()).ok(t, 200)
		passed = append(passed, status.GetState())
		return status.GetState()
	}, func(state v2024.RoleMiningSessionState) bool {
		return state == v2024.ROLEMININGSESSIONSTATE_POTENTIAL_ROLES_CREATED
	})
	rank := func(state v2024.RoleMiningSessionState) int {
		return slices.Index(v2024.AllowedRoleMiningSessionStateEnumValues, state)
	}
	if !slices.IsSortedFunc(passed, func(a, b v2024.RoleMiningSessionState) int { return cmp.Compare(rank(a), rank(b)) }) || rank(passed[0]) < 0 {
		t.Errorf("the session passed the states %v", passed)
	}
}

func (j *v2024Journey) readSession(t *testing.T) {
	session := of(j.api.GetRoleMiningSession(t.Context(), j.session).Execute()).ok(t, 200)
	status := session.GetStatus()
	switch {
	case session.GetId() != j.session || status.GetState() != v2024.ROLEMININGSESSIONSTATE_POTENTIAL_ROLES_CREATED:
		t.Errorf("got the session %s in state %s", session.GetId(), status.GetState())
	case session.GetIdentityCount() < session.GetMinNumIdentitiesInPotentialRole():
		t.Errorf("it has %d identities", session.GetIdentityCount())
	case session.GetPotentialRoleCount() < 2 || session.GetPotentialRolesReadyCount() != session.GetPotentialRoleCount():
		t.Errorf("%d of %d potential roles are ready, want all of two or more", session.GetPotentialRolesReadyCount(), session.GetPotentialRoleCount())
	case session.PrescribedPruneThreshold.Get() == nil || session.GetPruneThreshold() != 50:
		t.Errorf("the threshold is %d, prescribed was none", session.GetPruneThreshold())
	}
}

func (j *v2024Journey) listSummaries(t *testing.T) {
	session := of(j.api.GetRoleMiningSession(t.Context(), j.session).Execute()).ok(t, 200)
	found := of(j.api.GetPotentialRoleSummaries(t.Context(), j.session).Sorters("-quality").Count(true).Execute())
	all := found.ok(t, 200)
	if len(all) != int(session.GetPotentialRoleCount()) || found.total(t) != len(all) {
		t.Fatalf("%d potential roles with a total of %d, the session says %d", len(all), found.total(t), session.GetPotentialRoleCount())
	}
	if !slices.IsSortedFunc(all, func(a, b v2024.RoleMiningPotentialRoleSummary) int {
		return cmp.Compare(b.GetQuality(), a.GetQuality())
	}) {
		t.Errorf("not by falling quality: %v", each(all, (*v2024.RoleMiningPotentialRoleSummary).GetQuality))
	}
	best := all[0]
	j.role = best.GetId()
	ref, owner := best.GetPotentialRoleRef(), best.GetSession()
	switch {
	case j.role == "" || ref.GetId() != j.role || ref.GetName() != best.GetName():
		t.Errorf("the potential role %q refers to %q %q", j.role, ref.GetId(), ref.GetName())
	case best.GetIdentityCount() < 20 || best.GetEntitlementCount() < 1:
		t.Errorf("it has %d identities and %d entitlements", best.GetIdentityCount(), best.GetEntitlementCount())
	case best.GetProvisionState() != v2024.ROLEMININGPOTENTIALROLEPROVISIONSTATE_POTENTIAL || best.RoleId.Get() != nil:
		t.Errorf("it is %s with the role %q", best.GetProvisionState(), best.GetRoleId())
	case owner.GetId() != j.session || owner.GetState() != v2024.ROLEMININGSESSIONSTATE_POTENTIAL_ROLES_CREATED:
		t.Errorf("its session is %s in state %s", owner.GetId(), owner.GetState())
	case best.GetCreatedDate().IsZero() || best.GetSaved() || best.Description.Get() != nil:
		t.Errorf("created at %v, saved %t, described as %q", best.GetCreatedDate(), best.GetSaved(), best.GetDescription())
	}
	none := of(j.api.GetPotentialRoleSummaries(t.Context(), j.session).Filters(`type eq "COMMON" or quality gt 100`).Execute()).ok(t, 200)
	if len(none) != 0 {
		t.Errorf("the filter let %d potential roles through", len(none))
	}
}

func (j *v2024Journey) pageSummaries(t *testing.T) {
	id := (*v2024.RoleMiningPotentialRoleSummary).GetId
	at := func() v2024.ApiGetPotentialRoleSummariesRequest {
		return j.api.GetPotentialRoleSummaries(t.Context(), j.session)
	}
	want := each(of(at().Execute()).ok(t, 200), id)
	got := of(sailpoint.PaginateWithDefaults[v2024.RoleMiningPotentialRoleSummary](at())).ok(t, 200)
	if !slices.Equal(each(got, id), want) {
		t.Errorf("PaginateWithDefaults finds %v, want %v", each(got, id), want)
	}
	got = of(sailpoint.Paginate[v2024.RoleMiningPotentialRoleSummary](at(), 0, 1, 0)).ok(t, 200)
	if !slices.Equal(each(got, id), want) {
		t.Errorf("Paginate one by one finds %v, want %v", each(got, id), want)
	}
}

// pageLarge pages through more identities than a page holds: what the whole
// organisation has in common is a potential role of nearly everyone.
func (j *v2024Journey) pageLarge(t *testing.T) {
	dto := v2024.NewRoleMiningSessionDto()
	dto.SetType(v2024.ROLEMININGROLETYPE_COMMON)
	session := of(j.api.CreateRoleMiningSessions(t.Context()).RoleMiningSessionDto(*dto).Execute()).ok(t, 201)
	j.await(t, session.GetId())
	summaries := of(j.api.GetPotentialRoleSummaries(t.Context(), session.GetId()).Execute()).ok(t, 200)
	if len(summaries) != 1 || summaries[0].GetIdentityCount() <= 250 {
		t.Fatalf("want one potential role with more than 250 identities, got %+v", summaries)
	}
	role := of(j.api.GetRoleMiningPotentialRole(t.Context(), summaries[0].GetId()).Execute()).ok(t, 200)
	all := of(sailpoint.PaginateWithDefaults[v2024.RoleMiningIdentity](j.api.GetIdentitiesPotentialRole(t.Context(), session.GetId(), summaries[0].GetId()))).ok(t, 200)
	if got := slices.Sorted(slices.Values(each(all, (*v2024.RoleMiningIdentity).GetId))); !slices.Equal(got, role.GetIdentityIds()) {
		t.Errorf("paging finds %d identities, the potential role has %d", len(got), len(role.GetIdentityIds()))
	}
}

// patchSession sends the documented document, which has its numbers and its
// boolean as strings, and then one with JSON types.
func (j *v2024Journey) patchSession(t *testing.T) {
	var operations []v2024.JsonPatchOperation
	if err := json.Unmarshal(document(t, "session-patch.json"), &operations); err != nil {
		t.Fatal(err)
	}
	of(j.api.PatchRoleMiningSession(t.Context(), j.session).JsonPatchOperation(operations).Execute()).ok(t, 202)
	session := of(j.api.GetRoleMiningSession(t.Context(), j.session).Execute()).ok(t, 200)
	if session.GetPruneThreshold() != 83 || session.GetMinNumIdentitiesInPotentialRole() != 10 || session.GetSaved() || session.GetName() != "RM Session - 07/10/22" {
		t.Errorf("the session is %+v", session)
	}
	j.awaitRoles(t)
	kept := of(j.api.GetPotentialRole(t.Context(), j.session, j.role).Execute()).ok(t, 200)
	if parameters := kept.GetSession(); parameters.GetPruneThreshold() != 83 {
		t.Errorf("the provisioned potential role says the threshold is %d", parameters.GetPruneThreshold())
	}

	threshold, minimum, saved := int32(40), int32(15), true
	operations = []v2024.JsonPatchOperation{
		{Op: "replace", Path: "/pruneThreshold", Value: &v2024.UpdateMultiHostSourcesRequestInnerValue{Int32: &threshold}},
		{Op: "replace", Path: "/minNumIdentitiesInPotentialRole", Value: &v2024.UpdateMultiHostSourcesRequestInnerValue{Int32: &minimum}},
		{Op: "replace", Path: "/saved", Value: &v2024.UpdateMultiHostSourcesRequestInnerValue{Bool: &saved}},
	}
	of(j.api.PatchRoleMiningSession(t.Context(), j.session).JsonPatchOperation(operations).Execute()).ok(t, 202)
	j.awaitRoles(t)
	session = of(j.api.GetRoleMiningSession(t.Context(), j.session).Execute()).ok(t, 200)
	if session.GetPruneThreshold() != 40 || session.GetMinNumIdentitiesInPotentialRole() != 15 || !session.GetSaved() {
		t.Errorf("the session is %+v", session)
	}
}
