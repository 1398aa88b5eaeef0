package handlers

import (
	"net/http"

	"mockserver/internal/auth"
)

// route is one operation of the API. The table of them is the only place that
// knows paths, rights and documented statuses.
type route struct {
	method      string
	path        string
	operationID string
	right       auth.Right
	levels      []string // user levels of which one is needed; none: any
	success     int
	errors      []int // documented error statuses
	handle      handler
}

// handler answers a call or says why not.
type handler func(a *API, c *call) (*answer, error)

const (
	sessionPath   = "/role-mining-sessions/{sessionId}"
	summariesPath = sessionPath + "/potential-role-summaries"
	summaryPath   = summariesPath + "/{potentialRoleId}"
	rolePath      = sessionPath + "/potential-roles/{potentialRoleId}"
	exportPath    = rolePath + "/export-async"
	anyRolePath   = "/role-mining-potential-roles/{potentialRoleId}"
)

// The statuses that operations document beside their success. 404, 405, 413
// and 415 may come from any of them (docs/fidelity.md, "Errors").
var (
	base        = []int{400, 401, 403, 500}
	withMissing = []int{400, 401, 403, 404, 500}
	limited     = []int{400, 401, 403, 429, 500}
	full        = []int{400, 401, 403, 404, 429, 500}
)

var (
	admins     = []string{"ORG_ADMIN"}
	roleAdmins = []string{"ORG_ADMIN", "ROLE_ADMIN", "ROLE_SUBADMIN"}
)

// routes is the emulated API.
func routes() []route {
	const (
		get, post, update = http.MethodGet, http.MethodPost, http.MethodPatch
		read, manage      = auth.Read, auth.Manage
	)
	return []route{
		{post, "/role-mining-sessions", "createRoleMiningSessions", manage, nil, 201, limited, createSession},
		{get, "/role-mining-sessions", "getRoleMiningSessions", read, nil, 200, limited, listSessions},
		{update, sessionPath, "patchRoleMiningSession", manage, nil, 202, full, patchSession},
		{get, sessionPath, "getRoleMiningSession", read, nil, 200, full, getSession},
		{get, sessionPath + "/status", "getRoleMiningSessionStatus", read, nil, 200, base, getSessionStatus},
		{get, summariesPath, "getPotentialRoleSummaries", read, nil, 200, limited, listSessionSummaries},
		{get, summaryPath, "getPotentialRole", read, roleAdmins, 200, limited, getRole},
		{update, summaryPath, "patchPotentialRoleSession", manage, roleAdmins, 200, full, patchRole},
		{get, summaryPath + "/applications", "getPotentialRoleApplications", read, admins, 200, limited, listApplications},
		{get, summaryPath + "/entitlements", "getPotentialRoleEntitlements", read, admins, 200, limited, listEntitlements},
		{get, rolePath + "/entitlement-popularities", "getEntitlementsPotentialRole", read, nil, 200, limited, listPopularities},
		{get, rolePath + "/entitlement-popularity-distribution", "getEntitlementDistributionPotentialRole", read, nil, 200, base, getDistribution},
		{post, rolePath + "/edit-entitlements", "updateEntitlementsPotentialRole", manage, nil, 201, base, editEntitlements},
		{get, rolePath + "/identities", "getIdentitiesPotentialRole", read, nil, 200, base, listIdentities},
		{get, rolePath + "/export", "exportRoleMiningPotentialRole", read, nil, 200, base, exportRole},
		{post, exportPath, "exportRoleMiningPotentialRoleAsync", manage, nil, 202, base, startExport},
		{get, exportPath + "/{exportId}", "exportRoleMiningPotentialRoleStatus", read, nil, 200, base, getExport},
		{get, exportPath + "/{exportId}/download", "downloadRoleMiningPotentialRoleZip", read, nil, 200, base, downloadExport},
		{post, rolePath + "/provision", "createPotentialRoleProvisionRequest", manage, nil, 202, withMissing, provision},
		{get, rolePath + "/excluded-entitlements", "getExcludedEntitlementsPotentialRole", read, nil, 200, base, listExcluded},
		{get, "/role-mining-potential-roles", "getAllPotentialRoleSummaries", read, nil, 200, limited, listAllSummaries},
		{get, "/role-mining-potential-roles/saved", "getSavedPotentialRoles", read, nil, 200, limited, listSaved},
		{get, anyRolePath, "getRoleMiningPotentialRole", read, roleAdmins, 200, limited, getRole},
		{update, anyRolePath, "patchPotentialRole", manage, roleAdmins, 200, full, patchRole},
		{get, anyRolePath + "/sources/{sourceId}/identityUsage", "getPotentialRoleSourceIdentityUsage", read, nil, 200, limited, listSourceUsage},
	}
}
