// Code generated from v2024_files_test.go by go generate; DO NOT EDIT.

package gosdk

import (
	"fmt"
	"slices"
	"strconv"
	"testing"

	beta "github.com/sailpoint-oss/golang-sdk/v2/api_beta"
)

func (j *betaJourney) export(t *testing.T) {
	role := j.read(t)
	file := unzip(t, of(j.api.ExportRoleMiningPotentialRole(t.Context(), j.session, j.role).Execute()).ok(t, 200))
	if got := slices.Sorted(slices.Values(column(file.identities, "id"))); !slices.Equal(got, role.GetIdentityIds()) {
		t.Errorf("identities.csv has %v, the potential role %v", got, role.GetIdentityIds())
	}
	if len(file.entitlements) != int(role.GetEntitlementCount()) {
		t.Errorf("entitlements.csv has %d rows, the potential role %d entitlements", len(file.entitlements), role.GetEntitlementCount())
	}
	for _, id := range role.GetExcludedEntitlements() {
		if slices.Contains(column(file.entitlements, "id"), id) {
			t.Errorf("entitlements.csv has the excluded %s", id)
		}
	}
}

func (j *betaJourney) exportAsync(t *testing.T) {
	request := beta.NewRoleMiningPotentialRoleExportRequest()
	request.SetMinEntitlementPopularity(90)
	request.SetIncludeCommonAccess(false)
	started := of(j.api.ExportRoleMiningPotentialRoleAsync(t.Context(), j.session, j.role).RoleMiningPotentialRoleExportRequest(*request).Execute()).ok(t, 202)
	if started.GetExportId() == "" || started.GetStatus() != beta.ROLEMININGPOTENTIALROLEEXPORTSTATE_QUEUED || started.GetMinEntitlementPopularity() != 90 || started.GetIncludeCommonAccess() {
		t.Errorf("the export is %+v", started)
	}
	file := j.download(t, j.session, j.role, started.GetExportId())
	common := map[string]bool{}
	for _, e := range j.popularities(t) {
		common[betaEntitlementID(&e)] = true
	}
	for _, e := range of(j.api.GetEntitlementsPotentialRole(t.Context(), j.session, j.role).IncludeCommonAccess(false).Execute()).ok(t, 200) {
		common[betaEntitlementID(&e)] = false
	}
	for _, row := range file.entitlements {
		if popularity, err := strconv.ParseFloat(row["popularity"], 64); err != nil || popularity < 90 || common[row["id"]] {
			t.Errorf("a row that was not asked for: %v", row)
		}
	}

	// Left out, the request is null on the wire, and everything is exported.
	started = of(j.api.ExportRoleMiningPotentialRoleAsync(t.Context(), j.session, j.role).Execute()).ok(t, 202)
	if file := j.download(t, j.session, j.role, started.GetExportId()); len(file.entitlements) != int(j.read(t).GetEntitlementCount()) {
		t.Errorf("%d entitlements were exported, the potential role has %d", len(file.entitlements), j.read(t).GetEntitlementCount())
	}

	j.download(t, betaDocumentedSession, betaExportedRole, betaExport)
}

// download waits until an export is ready and reads its file.
func (j *betaJourney) download(t *testing.T, session, role, id string) unzipped {
	t.Helper()
	eventually(t, func() beta.RoleMiningPotentialRoleExportState {
		export := of(j.api.ExportRoleMiningPotentialRoleStatus(t.Context(), session, role, id).Execute()).ok(t, 200)
		if export.GetExportId() != id {
			t.Errorf("asked for the export %s, got %s", id, export.GetExportId())
		}
		return export.GetStatus()
	}, func(state beta.RoleMiningPotentialRoleExportState) bool {
		return state == beta.ROLEMININGPOTENTIALROLEEXPORTSTATE_SUCCESS
	})
	return unzip(t, of(j.api.DownloadRoleMiningPotentialRoleZip(t.Context(), session, role, id).Execute()).ok(t, 200))
}

func (j *betaJourney) provision(t *testing.T) {
	request := beta.NewRoleMiningPotentialRoleProvisionRequest()
	request.SetRoleName("Finance - Accounting")
	request.SetRoleDescription("General access for accounting department")
	request.SetOwnerId("2c918090761a5aac0176215c46a62d58")
	request.SetIncludeIdentities(true)
	request.SetDirectlyAssignedEntitlements(false)
	summary := of(j.api.CreatePotentialRoleProvisionRequest(t.Context(), j.session, j.role).MinEntitlementPopularity(50).IncludeCommonAccess(false).RoleMiningPotentialRoleProvisionRequest(*request).Execute()).ok(t, 202)
	if summary.GetId() != j.role || summary.GetProvisionState() != beta.ROLEMININGPOTENTIALROLEPROVISIONSTATE_PENDING || summary.RoleId.Get() != nil {
		t.Errorf("the summary is of %s, %s, with the role %q", summary.GetId(), summary.GetProvisionState(), summary.GetRoleId())
	}
	role := eventually(t, func() *beta.RoleMiningPotentialRole { return j.read(t) }, func(role *beta.RoleMiningPotentialRole) bool {
		return role.GetProvisionState() != beta.ROLEMININGPOTENTIALROLEPROVISIONSTATE_PENDING
	})
	if role.GetProvisionState() != beta.ROLEMININGPOTENTIALROLEPROVISIONSTATE_COMPLETE || role.GetRoleId() == "" {
		t.Errorf("it is %s with the role %q", role.GetProvisionState(), role.GetRoleId())
	}

	// Left out, the request is null on the wire.
	summary = of(j.api.CreatePotentialRoleProvisionRequest(t.Context(), betaDocumentedSession, betaExportedRole).Execute()).ok(t, 202)
	if summary.GetProvisionState() != beta.ROLEMININGPOTENTIALROLEPROVISIONSTATE_PENDING {
		t.Errorf("it is %s", summary.GetProvisionState())
	}
}

func (j *betaJourney) listUsage(t *testing.T) {
	at := func() beta.ApiGetPotentialRoleSourceIdentityUsageRequest {
		return j.api.GetPotentialRoleSourceIdentityUsage(t.Context(), betaUsedRole, betaUsedSource)
	}
	found := of(at().Sorters("-usageCount").Count(true).Execute())
	all := found.ok(t, 200)
	if len(all) == 0 || found.total(t) != len(all) {
		t.Fatalf("%d usages with a total of %d", len(all), found.total(t))
	}
	counts := each(all, (*beta.RoleMiningPotentialRoleSourceUsage).GetUsageCount)
	if !slices.IsSortedFunc(counts, func(a, b int32) int { return int(b - a) }) || counts[0] > 90 || counts[len(counts)-1] < 0 {
		t.Errorf("the days with usage are %v", counts)
	}
	for _, usage := range all {
		if usage.GetId() == "" || usage.GetDisplayName() == "" || usage.GetEmail() == "" {
			t.Errorf("a usage does not say whose it is: %+v", usage)
		}
	}
	names := each(of(at().Sorters("displayName").Offset(1).Limit(4).Execute()).ok(t, 200), (*beta.RoleMiningPotentialRoleSourceUsage).GetDisplayName)
	if len(names) != 4 || !slices.IsSortedFunc(names, byName) {
		t.Errorf("a page by name is %v", names)
	}
}

func (j *betaJourney) listAllSummaries(t *testing.T) {
	// The published example.
	found := of(j.api.GetAllPotentialRoleSummaries(t.Context()).Sorters("createdDate").Count(true).
		Filters(`(createdByName co "int") and (createdById sw "2c9180907") and (type eq "COMMON") and ((name co "entt") or (saved eq true))`).Execute())
	example := found.ok(t, 200)
	if len(example) == 0 || found.total(t) != len(example) {
		t.Errorf("the published filter finds %d with a total of %d", len(example), found.total(t))
	}
	for _, summary := range example {
		if summary.GetType() != beta.ROLEMININGROLETYPE_COMMON {
			t.Errorf("the published filter lets %s through", summary.GetType())
		}
	}

	found = of(j.api.GetAllPotentialRoleSummaries(t.Context()).Sorters("-quality,identityCount").Count(true).Execute())
	all := found.ok(t, 200)
	if found.total(t) != len(all) || len(all) == 250 {
		t.Fatalf("%d potential roles with a total of %d, want all of fewer than 250", len(all), found.total(t))
	}
	sessions := map[string]bool{}
	for i, summary := range all {
		session := summary.GetSession()
		sessions[session.GetId()] = true
		if i > 0 && (summary.GetQuality() > all[i-1].GetQuality() || summary.GetQuality() == all[i-1].GetQuality() && summary.GetIdentityCount() < all[i-1].GetIdentityCount()) {
			t.Errorf("quality %d with %d identities comes after %d with %d", summary.GetQuality(), summary.GetIdentityCount(), all[i-1].GetQuality(), all[i-1].GetIdentityCount())
		}
	}
	if !sessions[j.session] || !sessions[betaDocumentedSession] {
		t.Errorf("they are of the sessions %v only", sessions)
	}
	least := all[len(all)/2].GetQuality()
	good := of(j.api.GetAllPotentialRoleSummaries(t.Context()).Filters(fmt.Sprintf("quality ge %d", least)).Count(true).Execute())
	for _, summary := range good.ok(t, 200) {
		if summary.GetQuality() < least {
			t.Errorf("the filter for %d and more lets %d through", least, summary.GetQuality())
		}
	}
	if good.total(t) <= len(all)/2 || good.total(t) > len(all) {
		t.Errorf("%d of %d have the quality %d or more", good.total(t), len(all), least)
	}
}
