package api

import "mockserver/internal/rolemining"

// The values of identityGroupStatus: a role is REQUESTED while its session
// still works on it. The full role knows no such value and has null instead.
const (
	GroupRequested = "REQUESTED"
	GroupObtained  = "OBTAINED"
)

// Ref is RoleMiningPotentialRoleRef.
type Ref struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// SummaryHead is RoleMiningPotentialRoleSummary without identityGroupStatus
// and session. Those two follow the session, not the role, so a list adds them
// to the stored head when it is read (Summary is the two together).
type SummaryHead struct {
	ID               string                    `json:"id"`
	Name             string                    `json:"name"`
	PotentialRoleRef Ref                       `json:"potentialRoleRef"`
	IdentityCount    int                       `json:"identityCount"`
	EntitlementCount int                       `json:"entitlementCount"`
	ProvisionState   rolemining.ProvisionState `json:"provisionState"`
	RoleID           *string                   `json:"roleId"`
	Density          int                       `json:"density"`
	Freshness        int                       `json:"freshness"`
	Quality          int                       `json:"quality"`
	Type             rolemining.RoleType       `json:"type"`
	CreatedBy        *CreatedBy                `json:"createdBy"`
	CreatedDate      Time                      `json:"createdDate"`
	Saved            bool                      `json:"saved"`
	Description      *string                   `json:"description"`
}

// Summary is RoleMiningPotentialRoleSummary.
type Summary struct {
	SummaryHead
	IdentityGroupStatus string            `json:"identityGroupStatus"`
	Session             SessionParameters `json:"session"`
}

// SummaryHeadOf is the part of a summary that the role alone decides.
func SummaryHeadOf(r rolemining.PotentialRole) SummaryHead {
	return SummaryHead{
		ID:               r.ID,
		Name:             r.Name,
		PotentialRoleRef: Ref{ID: r.ID, Name: r.Name},
		IdentityCount:    len(r.IdentityIDs),
		EntitlementCount: r.EntitlementCount,
		ProvisionState:   r.ProvisionState,
		RoleID:           r.RoleID,
		Density:          r.Density,
		Freshness:        r.Freshness,
		Quality:          r.Quality,
		Type:             r.Type,
		CreatedBy:        createdBy(r.CreatedBy),
		CreatedDate:      Time(r.CreatedAt),
		Saved:            r.Saved,
		Description:      r.Description,
	}
}

// SummaryOf is the summary of a potential role as the store read it.
func SummaryOf(r rolemining.PotentialRole, s rolemining.Session) Summary {
	status := GroupRequested
	if r.Ready {
		status = GroupObtained
	}
	return Summary{
		SummaryHead:         SummaryHeadOf(r),
		IdentityGroupStatus: status,
		Session:             SessionParametersOf(s),
	}
}

// PotentialRole is RoleMiningPotentialRole.
type PotentialRole struct {
	CreatedBy            *CreatedBy                         `json:"createdBy"`
	Density              int                                `json:"density"`
	Description          *string                            `json:"description"`
	EntitlementCount     int                                `json:"entitlementCount"`
	ExcludedEntitlements []string                           `json:"excludedEntitlements"`
	Freshness            int                                `json:"freshness"`
	IdentityCount        int                                `json:"identityCount"`
	IdentityDistribution []rolemining.AttributeDistribution `json:"identityDistribution"`
	IdentityIDs          []string                           `json:"identityIds"`
	IdentityGroupStatus  *string                            `json:"identityGroupStatus"`
	Name                 string                             `json:"name"`
	PotentialRoleRef     Ref                                `json:"potentialRoleRef"`
	ProvisionState       rolemining.ProvisionState          `json:"provisionState"`
	Quality              int                                `json:"quality"`
	RoleID               *string                            `json:"roleId"`
	Saved                bool                               `json:"saved"`
	Session              SessionParameters                  `json:"session"`
	Type                 rolemining.RoleType                `json:"type"`
	ID                   string                             `json:"id"`
	CreatedDate          Time                               `json:"createdDate"`
	ModifiedDate         Time                               `json:"modifiedDate"`
}

// PotentialRoleOf is the answer for one potential role as the store read it.
func PotentialRoleOf(r rolemining.PotentialRole, s rolemining.Session) PotentialRole {
	var status *string
	if r.Ready {
		obtained := GroupObtained
		status = &obtained
	}
	return PotentialRole{
		CreatedBy:            createdBy(r.CreatedBy),
		Density:              r.Density,
		Description:          r.Description,
		EntitlementCount:     r.EntitlementCount,
		ExcludedEntitlements: list(r.Excluded),
		Freshness:            r.Freshness,
		IdentityCount:        len(r.IdentityIDs),
		IdentityDistribution: list(r.Distribution),
		IdentityIDs:          list(r.IdentityIDs),
		IdentityGroupStatus:  status,
		Name:                 r.Name,
		PotentialRoleRef:     Ref{ID: r.ID, Name: r.Name},
		ProvisionState:       r.ProvisionState,
		Quality:              r.Quality,
		RoleID:               r.RoleID,
		Saved:                r.Saved,
		Session:              SessionParametersOf(s),
		Type:                 r.Type,
		ID:                   r.ID,
		CreatedDate:          Time(r.CreatedAt),
		ModifiedDate:         Time(r.ModifiedAt),
	}
}

// DraftRole is RoleMiningSessionDraftRoleDto, a saved potential role.
type DraftRole struct {
	Name                 string              `json:"name"`
	Description          string              `json:"description"`
	IdentityIDs          []string            `json:"identityIds"`
	EntitlementIDs       []string            `json:"entitlementIds"`
	ExcludedEntitlements []string            `json:"excludedEntitlements"`
	Modified             Time                `json:"modified"`
	Type                 rolemining.RoleType `json:"type"`
	ID                   string              `json:"id"`
	CreatedDate          Time                `json:"createdDate"`
	ModifiedDate         Time                `json:"modifiedDate"`
}

// DraftRoleOf is the answer for a saved potential role. entitlementIds are
// those that are not excluded; the schema knows no null description, so none is
// written as "".
func DraftRoleOf(r rolemining.PotentialRole) DraftRole {
	ids := make([]string, 0, len(r.Entitlements))
	for _, e := range r.Entitlements {
		if !e.Excluded {
			ids = append(ids, e.ID)
		}
	}
	description := ""
	if r.Description != nil {
		description = *r.Description
	}
	return DraftRole{
		Name:                 r.Name,
		Description:          description,
		IdentityIDs:          list(r.IdentityIDs),
		EntitlementIDs:       ids,
		ExcludedEntitlements: list(r.Excluded),
		Modified:             Time(r.ModifiedAt),
		Type:                 r.Type,
		ID:                   r.ID,
		CreatedDate:          Time(r.CreatedAt),
		ModifiedDate:         Time(r.ModifiedAt),
	}
}

// Application is RoleMiningPotentialRoleApplication.
type Application struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// EntitlementName is RoleMiningPotentialRoleEntitlements.
type EntitlementName struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// EntitlementRef is RoleMiningEntitlementRef.
type EntitlementRef struct {
	ID          string  `json:"id"`
	Name        string  `json:"name"`
	Description *string `json:"description"`
	Attribute   string  `json:"attribute"`
}

// Entitlement is RoleMiningEntitlement.
type Entitlement struct {
	EntitlementRef      EntitlementRef `json:"entitlementRef"`
	Name                string         `json:"name"`
	ApplicationName     string         `json:"applicationName"`
	IdentityCount       int            `json:"identityCount"`
	Popularity          float64        `json:"popularity"`
	PopularityInOrg     float64        `json:"popularityInOrg"`
	SourceID            string         `json:"sourceId"`
	ActivitySourceState *string        `json:"activitySourceState"`
	SourceUsagePercent  *float64       `json:"sourceUsagePercent"`
}

// Identity is RoleMiningIdentity. An attribute that the identity does not have
// is left out, which every version's schema allows.
type Identity struct {
	ID         string            `json:"id"`
	Name       string            `json:"name"`
	Attributes map[string]string `json:"attributes"`
}

// SourceUsage is RoleMiningPotentialRoleSourceUsage.
type SourceUsage struct {
	ID          string `json:"id"`
	DisplayName string `json:"displayName"`
	Email       string `json:"email"`
	UsageCount  int    `json:"usageCount"`
}

// Export is RoleMiningPotentialRoleExportResponse.
type Export struct {
	MinEntitlementPopularity int                    `json:"minEntitlementPopularity"`
	IncludeCommonAccess      bool                   `json:"includeCommonAccess"`
	ExportID                 string                 `json:"exportId"`
	Status                   rolemining.ExportState `json:"status"`
}

// ExportOf is the answer for an export.
func ExportOf(e rolemining.Export) Export {
	return Export{
		MinEntitlementPopularity: e.MinEntitlementPopularity,
		IncludeCommonAccess:      e.IncludeCommonAccess,
		ExportID:                 e.ID,
		Status:                   e.State,
	}
}
