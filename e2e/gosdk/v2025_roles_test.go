// Code generated from v2024_roles_test.go by go generate; DO NOT EDIT.

package gosdk

import (
	"cmp"
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	v2025 "github.com/sailpoint-oss/golang-sdk/v2/api_v2025"
)

// read is the journey's potential role as it is now.
func (j *v2025Journey) read(t *testing.T) *v2025.RoleMiningPotentialRole {
	t.Helper()
	return of(j.api.GetPotentialRole(t.Context(), j.session, j.role).Execute()).ok(t, 200)
}

// popularities are all entitlements of the journey's potential role.
func (j *v2025Journey) popularities(t *testing.T) []v2025.RoleMiningEntitlement {
	t.Helper()
	return of(j.api.GetEntitlementsPotentialRole(t.Context(), j.session, j.role).Execute()).ok(t, 200)
}

func v2025EntitlementID(e *v2025.RoleMiningEntitlement) string {
	ref := e.GetEntitlementRef()
	return ref.GetId()
}

func (j *v2025Journey) readRole(t *testing.T) {
	role := j.read(t)
	other := of(j.api.GetRoleMiningPotentialRole(t.Context(), j.role).Execute()).ok(t, 200)
	one, _ := json.Marshal(role)
	two, _ := json.Marshal(other)
	if string(one) != string(two) {
		t.Errorf("the potential role is %s in its session and %s without", one, two)
	}
	session, ref, creator := role.GetSession(), role.GetPotentialRoleRef(), role.GetCreatedBy().EntityCreatedByDTO
	switch {
	case ref.GetId() != j.role || ref.GetName() != role.GetName() || role.GetName() == "":
		t.Errorf("%q refers to %q %q", role.GetName(), ref.GetId(), ref.GetName())
	case session.GetId() != j.session || session.GetPruneThreshold() != 50:
		t.Errorf("its session is %+v", session)
	case creator == nil || creator.GetDisplayName() == "":
		t.Errorf("it was created by %+v", role.GetCreatedBy())
	case int(role.GetIdentityCount()) != len(role.GetIdentityIds()) || role.GetIdentityCount() < 20:
		t.Errorf("it has %d identities and %d ids", role.GetIdentityCount(), len(role.GetIdentityIds()))
	case role.GetDensity() < 1 || role.GetDensity() > 100 || role.GetFreshness() < 0 || role.GetFreshness() > 100 || role.GetQuality() < 0 || role.GetQuality() > 100:
		t.Errorf("density %d, freshness %d, quality %d", role.GetDensity(), role.GetFreshness(), role.GetQuality())
	case role.GetIdentityGroupStatus() != "OBTAINED":
		t.Errorf("its identityGroupStatus is %q", role.GetIdentityGroupStatus())
	case len(role.GetIdentityDistribution()) == 0:
		t.Error("it has no identityDistribution")
	}
	for _, attribute := range role.GetIdentityDistribution() {
		var sum int32
		for _, value := range attribute.GetDistribution() {
			sum += value.GetCount()
		}
		if sum != role.GetIdentityCount() {
			t.Errorf("the values of %s add up to %d of %d identities", attribute.GetAttributeName(), sum, role.GetIdentityCount())
		}
	}
}

func (j *v2025Journey) listIdentities(t *testing.T) {
	at := func() v2025.ApiGetIdentitiesPotentialRoleRequest {
		return j.api.GetIdentitiesPotentialRole(t.Context(), j.session, j.role).Sorters("name").Count(true)
	}
	found := of(at().Execute())
	all := found.ok(t, 200)
	ids := each(all, (*v2025.RoleMiningIdentity).GetId)
	members := j.read(t).GetIdentityIds()
	if sorted := slices.Sorted(slices.Values(ids)); !slices.Equal(sorted, members) || found.total(t) != len(members) {
		t.Fatalf("a total of %d: %v, the potential role has %v", found.total(t), sorted, members)
	}
	for _, identity := range all {
		if identity.GetName() == "" || identity.GetAttributes()["location"] != "Miami" || identity.GetAttributes()["email"] == "" {
			t.Errorf("%q has the attributes %v; the scope is Miami", identity.GetName(), identity.GetAttributes())
		}
	}
	names := each(all, (*v2025.RoleMiningIdentity).GetName)
	if !slices.IsSortedFunc(names, byName) {
		t.Errorf("not by name: %v", names)
	}
	page := of(at().Offset(5).Limit(3).Execute())
	if got := each(page.ok(t, 200), (*v2025.RoleMiningIdentity).GetId); !slices.Equal(got, ids[5:8]) || page.total(t) != len(ids) {
		t.Errorf("the page has %v of %d, want %v", got, page.total(t), ids[5:8])
	}
	start := names[0][:1]
	for _, identity := range of(at().Filters(`name sw "`+start+`"`).Execute()).ok(t, 200) {
		if !strings.HasPrefix(identity.GetName(), start) {
			t.Errorf("the filter for %q let %q through", start, identity.GetName())
		}
	}
}

func (j *v2025Journey) listPopularities(t *testing.T) {
	role := j.read(t)
	found := of(j.api.GetEntitlementsPotentialRole(t.Context(), j.session, j.role).Count(true).Execute())
	all := found.ok(t, 200)
	if len(all) != int(role.GetEntitlementCount()) || found.total(t) != len(all) {
		t.Errorf("%d entitlements with a total of %d, the potential role has %d", len(all), found.total(t), role.GetEntitlementCount())
	}
	if !slices.IsSortedFunc(all, func(a, b v2025.RoleMiningEntitlement) int { return cmp.Compare(b.GetPopularity(), a.GetPopularity()) }) {
		t.Error("not by falling popularity")
	}
	for _, e := range all {
		ref := e.GetEntitlementRef()
		share := float32(e.GetIdentityCount()) / float32(role.GetIdentityCount()) * 100
		switch {
		case ref.GetId() == "" || ref.GetName() == "" || e.GetApplicationName() == "" || e.GetSourceId() == "":
			t.Errorf("an entitlement lacks what names it: %+v", e)
		case math.Abs(float64(share-e.GetPopularity())) > 0.06 || e.GetPopularityInOrg() <= 0 || e.GetPopularityInOrg() > 100:
			t.Errorf("%s: %d of %d hold it, popularity %v, in the organisation %v", ref.GetName(), e.GetIdentityCount(), role.GetIdentityCount(), e.GetPopularity(), e.GetPopularityInOrg())
		case e.SourceUsagePercent.Get() != nil && (e.GetSourceUsagePercent() < 0 || e.GetSourceUsagePercent() > 100):
			t.Errorf("%s: source usage %v", ref.GetName(), e.GetSourceUsagePercent())
		}
	}
	special := of(j.api.GetEntitlementsPotentialRole(t.Context(), j.session, j.role).IncludeCommonAccess(false).Execute()).ok(t, 200)
	if len(special) == 0 || len(special) >= len(all) {
		t.Errorf("%d entitlements without common access, %d with it", len(special), len(all))
	}
	application := all[0].GetApplicationName()
	filtered := of(j.api.GetEntitlementsPotentialRole(t.Context(), j.session, j.role).Filters(`applicationName sw "`+application+`"`).Sorters("entitlementName").Execute()).ok(t, 200)
	names := each(filtered, (*v2025.RoleMiningEntitlement).GetName)
	if len(filtered) == 0 || !slices.IsSortedFunc(names, byName) {
		t.Errorf("those of %s by name: %v", application, names)
	}
	for _, e := range filtered {
		if e.GetApplicationName() != application {
			t.Errorf("the filter for %s let one of %s through", application, e.GetApplicationName())
		}
	}
}

func (j *v2025Journey) readDistribution(t *testing.T) {
	want := map[string]int32{}
	for _, e := range j.popularities(t) {
		want[strconv.Itoa(int(e.GetPopularity()))]++
	}
	got := of(j.api.GetEntitlementDistributionPotentialRole(t.Context(), j.session, j.role).IncludeCommonAccess(true).Execute()).ok(t, 200)
	if !maps.Equal(got, want) {
		t.Errorf("the distribution is %v, the entitlements give %v", got, want)
	}
}

func (j *v2025Journey) listApplications(t *testing.T) {
	var names, ids []string
	for _, e := range j.popularities(t) {
		names, ids = append(names, e.GetApplicationName()), append(ids, v2025EntitlementID(&e))
	}
	slices.Sort(names)
	names = slices.Compact(names)
	found := of(j.api.GetPotentialRoleApplications(t.Context(), j.session, j.role).Count(true).Execute())
	got := each(found.ok(t, 200), (*v2025.RoleMiningPotentialRoleApplication).GetName)
	if slices.Sort(got); !slices.Equal(got, names) || found.total(t) != len(names) {
		t.Errorf("the applications are %v (%d), the entitlements are of %v", got, found.total(t), names)
	}
	one := of(j.api.GetPotentialRoleApplications(t.Context(), j.session, j.role).Filters(`applicationName sw "`+names[0]+`"`).Execute()).ok(t, 200)
	if len(one) != 1 || one[0].GetName() != names[0] || one[0].GetId() == "" {
		t.Errorf("the filter for %q finds %+v", names[0], one)
	}

	entitlements := of(j.api.GetPotentialRoleEntitlements(t.Context(), j.session, j.role).Count(true).Execute())
	refs := each(entitlements.ok(t, 200), (*v2025.RoleMiningPotentialRoleEntitlements).GetId)
	slices.Sort(refs)
	if slices.Sort(ids); !slices.Equal(refs, ids) || entitlements.total(t) != len(ids) {
		t.Errorf("%d entitlements with a total of %d, want the %d that have a popularity", len(refs), entitlements.total(t), len(ids))
	}
	page := of(j.api.GetPotentialRoleEntitlements(t.Context(), j.session, j.role).Filters(`entitlementRef.name sw "GG-"`).Offset(1).Limit(2).Execute()).ok(t, 200)
	if len(page) != 2 || !strings.HasPrefix(page[0].GetName(), "GG-") || !strings.HasPrefix(page[1].GetName(), "GG-") {
		t.Errorf("the page is %+v", page)
	}
}

func (j *v2025Journey) excludeEntitlement(t *testing.T) {
	before := j.read(t)
	out := j.popularities(t)[0]
	id := v2025EntitlementID(&out)
	edit := func(exclude bool) *v2025.RoleMiningPotentialRole {
		request := v2025.NewRoleMiningPotentialRoleEditEntitlements()
		request.SetIds([]string{id})
		request.SetExclude(exclude)
		return of(j.api.UpdateEntitlementsPotentialRole(t.Context(), j.session, j.role).RoleMiningPotentialRoleEditEntitlements(*request).Execute()).ok(t, 201)
	}
	without := edit(true)
	if !slices.Equal(without.GetExcludedEntitlements(), []string{id}) || without.GetEntitlementCount() != before.GetEntitlementCount()-1 {
		t.Errorf("excluded are %v, %d of %d are left", without.GetExcludedEntitlements(), without.GetEntitlementCount(), before.GetEntitlementCount())
	}
	// populariity is how the published example spells it.
	found := of(j.api.GetExcludedEntitlementsPotentialRole(t.Context(), j.session, j.role).Sorters("populariity").Count(true).Execute())
	excluded := found.ok(t, 200)
	if len(excluded) != 1 || v2025EntitlementID(&excluded[0]) != id || excluded[0].GetPopularity() != out.GetPopularity() || found.total(t) != 1 {
		t.Errorf("the excluded ones are %+v", excluded)
	}
	if slices.Contains(each(j.popularities(t), v2025EntitlementID), id) {
		t.Error("it is still listed with the others")
	}
	back := edit(false)
	if len(back.GetExcludedEntitlements()) != 0 || back.GetEntitlementCount() != before.GetEntitlementCount() || back.GetDensity() != before.GetDensity() {
		t.Errorf("put back, %v are excluded of %d", back.GetExcludedEntitlements(), back.GetEntitlementCount())
	}
	edit(true)
}

// patchRole sends the documented document on one path, and a removal and a
// saved on the other.
func (j *v2025Journey) patchRole(t *testing.T) {
	var operations []v2025.JsonPatchOperationRoleMining
	if err := json.Unmarshal(document(t, "role-patch.json"), &operations); err != nil {
		t.Fatal(err)
	}
	generated := j.read(t).GetName()
	changed := of(j.api.PatchPotentialRoleSession(t.Context(), j.session, j.role).JsonPatchOperationRoleMining(operations).Execute()).ok(t, 200)
	if changed["name"] != "Potential Role Accounting" || changed["description"] != "Acct I - Potential Role" || changed["saved"] != false {
		t.Errorf("the answer has the name %v, the description %v, saved %v", changed["name"], changed["description"], changed["saved"])
	}
	if role := j.read(t); role.GetName() != "Potential Role Accounting" || role.GetDescription() != "Acct I - Potential Role" || role.GetSaved() {
		t.Errorf("the potential role is %q, %q, saved %t", role.GetName(), role.GetDescription(), role.GetSaved())
	}
	saved := true
	changed = j.patchAnyRole(t, j.role, []v2025.JsonPatchOperationRoleMining{
		{Op: "remove", Path: "/name"},
		{Op: "remove", Path: "/description"},
		{Op: "replace", Path: "/saved", Value: &v2025.JsonPatchOperationRoleMiningValue{Bool: &saved}},
	}).ok(t, 200)
	if changed["name"] != generated || changed["description"] != nil || changed["saved"] != true {
		t.Errorf("the answer has the name %v, the description %v, saved %v", changed["name"], changed["description"], changed["saved"])
	}
}

func (j *v2025Journey) listSaved(t *testing.T) {
	found := of(j.api.GetSavedPotentialRoles(t.Context()).Sorters("-modified").Count(true).Execute())
	all := found.ok(t, 200)
	if len(all) < 2 || found.total(t) != len(all) || all[0].GetId() != j.role {
		t.Fatalf("%d saved potential roles with a total of %d, the last modified is %s", len(all), found.total(t), all[0].GetId())
	}
	role, draft := j.read(t), all[0]
	switch {
	case draft.GetName() != role.GetName() || draft.GetType() != v2025.ROLEMININGROLETYPE_SPECIALIZED:
		t.Errorf("it is %q of type %s", draft.GetName(), draft.GetType())
	case len(draft.GetIdentityIds()) != int(role.GetIdentityCount()) || len(draft.GetEntitlementIds()) != int(role.GetEntitlementCount()):
		t.Errorf("it has %d identities and %d entitlements", len(draft.GetIdentityIds()), len(draft.GetEntitlementIds()))
	case len(draft.GetExcludedEntitlements()) != 1 || slices.Contains(draft.GetEntitlementIds(), draft.GetExcludedEntitlements()[0]):
		t.Errorf("excluded are %v", draft.GetExcludedEntitlements())
	case draft.GetModified().Before(draft.GetCreatedDate().Time) || draft.GetCreatedDate().IsZero():
		t.Errorf("created at %v, modified at %v", draft.GetCreatedDate(), draft.GetModified())
	}
}
