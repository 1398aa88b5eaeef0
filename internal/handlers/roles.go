package handlers

import (
	"mockserver/internal/api"
	"mockserver/internal/rolemining"
)

// getRole serves both paths to a potential role: within its session and without.
func getRole(a *API, c *call) (*answer, error) {
	role, session, err := a.service.Role(c.Context(), c.sessionID(), c.roleID())
	if err != nil {
		return nil, err
	}
	return encoded(api.PotentialRoleOf(role, session))
}

func patchRole(a *API, c *call) (*answer, error) {
	body, err := readBody(c.Request, mediaPatch)
	if err != nil {
		return nil, err
	}
	role, session, err := a.service.PatchRole(c.Context(), c.sessionID(), c.roleID(), body)
	if err != nil {
		return nil, err
	}
	return encoded(api.PotentialRoleOf(role, session))
}

func editEntitlements(a *API, c *call) (*answer, error) {
	body, err := readObject(c.Request, false)
	if err != nil {
		return nil, err
	}
	ids, exclude := body.texts("ids"), body.boolean("exclude")
	if err := body.failed(); err != nil {
		return nil, err
	}
	if exclude == nil {
		return nil, missingData("Required field 'exclude' was missing or empty.")
	}
	if ids == nil {
		return nil, missingData("Required field 'ids' was missing or empty.")
	}
	role, session, err := a.service.EditEntitlements(c.Context(), c.sessionID(), c.roleID(), ids, *exclude)
	if err != nil {
		return nil, err
	}
	return encoded(api.PotentialRoleOf(role, session))
}

func getDistribution(a *API, c *call) (*answer, error) {
	includeCommon, err := c.flag("includeCommonAccess", true)
	if err != nil {
		return nil, err
	}
	role, _, err := a.service.Role(c.Context(), c.sessionID(), c.roleID())
	if err != nil {
		return nil, err
	}
	return encoded(role.PopularityDistribution(includeCommon))
}

// provision answers with the summary of the potential role, which is PENDING
// from now on.
func provision(a *API, c *call) (*answer, error) {
	request := rolemining.ProvisionRequest{RequestedBy: c.actor()}
	var err error
	if request.MinEntitlementPopularity, err = c.number("min-entitlement-popularity", 0, 0, 100); err != nil {
		return nil, err
	}
	if request.IncludeCommonAccess, err = c.flag("include-common-access", true); err != nil {
		return nil, err
	}
	body, err := readObject(c.Request, true)
	if err != nil {
		return nil, err
	}
	request.RoleName, request.RoleDescription, request.OwnerID = body.text("roleName"), body.text("roleDescription"), body.text("ownerId")
	if b := body.boolean("includeIdentities"); b != nil {
		request.IncludeIdentities = *b
	}
	if b := body.boolean("directlyAssignedEntitlements"); b != nil {
		request.DirectlyAssignedEntitlements = *b
	}
	if err := body.failed(); err != nil {
		return nil, err
	}
	role, session, err := a.service.Provision(c.Context(), c.sessionID(), c.roleID(), request)
	if err != nil {
		return nil, err
	}
	return encoded(api.SummaryOf(role, session))
}
