package control

import (
	"mockserver/internal/api"
	"mockserver/internal/rolemining"
)

// role is a role that exists in the organisation.
type role struct {
	ID              string        `json:"id"`
	Name            string        `json:"name"`
	Description     *string       `json:"description"`
	OwnerID         *string       `json:"ownerId"`
	EntitlementIDs  []string      `json:"entitlementIds"` // ascending; those of the access profiles included
	AccessProfiles  []roleProfile `json:"accessProfiles"`
	CommonAccess    bool          `json:"commonAccess"`
	PotentialRoleID *string       `json:"potentialRoleId"` // null for a role of the fixtures
	CreatedDate     api.Time      `json:"createdDate"`
}

// roleProfile is an access profile inside its role.
type roleProfile struct {
	ID             string   `json:"id"`
	Name           string   `json:"name"`
	SourceID       string   `json:"sourceId"`
	EntitlementIDs []string `json:"entitlementIds"`
}

// accessProfile is an access profile by itself.
type accessProfile struct {
	roleProfile
	RoleID          string  `json:"roleId"`
	PotentialRoleID *string `json:"potentialRoleId"`
}

// accessRequest asks for a role for an identity.
type accessRequest struct {
	ID          string   `json:"id"`
	RoleID      string   `json:"roleId"`
	IdentityID  string   `json:"identityId"`
	CreatedDate api.Time `json:"createdDate"`
}

func roleOf(r rolemining.Role) role {
	shown := role{
		ID: r.ID, Name: r.Name, Description: r.Description, OwnerID: r.OwnerID, EntitlementIDs: ids(r.EntitlementIDs),
		AccessProfiles: []roleProfile{}, CommonAccess: r.CommonAccess, PotentialRoleID: r.PotentialRoleID,
		CreatedDate: api.Time(r.CreatedAt),
	}
	for _, p := range r.AccessProfiles {
		shown.AccessProfiles = append(shown.AccessProfiles, profileOf(p))
	}
	return shown
}

func profileOf(p rolemining.AccessProfile) roleProfile {
	return roleProfile{p.ID, p.Name, p.SourceID, ids(p.EntitlementIDs)}
}

// ids writes no ids as [] and not as null.
func ids(all []string) []string {
	if all == nil {
		return []string{}
	}
	return all
}

// rolesOf is the tenant's roles, or with ?provisioned= those that provisioning
// has made, or has not.
func rolesOf(c *call) ([]rolemining.Role, error) {
	provisioned, err := flagOf(c, "provisioned")
	if err != nil {
		return nil, err
	}
	all, err := c.tenant.Roles(c.Context())
	if err != nil || provisioned == nil {
		return all, err
	}
	return keep(all, func(r rolemining.Role) bool { return (r.PotentialRoleID != nil) == *provisioned }), nil
}

func (p *Plane) listRoles(c *call) (any, error) {
	all, err := rolesOf(c)
	if err != nil {
		return nil, err
	}
	all = keep(all, func(r rolemining.Role) bool {
		var from string
		if r.PotentialRoleID != nil {
			from = *r.PotentialRoleID
		}
		return fits(c, "potentialRoleId", from)
	})
	return pageOf(c, all, roleOf)
}

func (p *Plane) listAccessProfiles(c *call) (any, error) {
	roles, err := rolesOf(c)
	if err != nil {
		return nil, err
	}
	var all []accessProfile
	for _, r := range roles {
		if !fits(c, "roleId", r.ID) {
			continue
		}
		for _, profile := range r.AccessProfiles {
			all = append(all, accessProfile{profileOf(profile), r.ID, r.PotentialRoleID})
		}
	}
	return pageOf(c, all, func(a accessProfile) accessProfile { return a })
}

func (p *Plane) listAccessRequests(c *call) (any, error) {
	all, err := c.tenant.AccessRequests(c.Context())
	if err != nil {
		return nil, err
	}
	all = keep(all, func(r rolemining.AccessRequest) bool {
		return fits(c, "roleId", r.RoleID) && fits(c, "identityId", r.IdentityID)
	})
	return pageOf(c, all, func(r rolemining.AccessRequest) accessRequest {
		return accessRequest{r.ID, r.RoleID, r.IdentityID, api.Time(r.CreatedAt)}
	})
}
