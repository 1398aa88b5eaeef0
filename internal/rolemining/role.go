package rolemining

import (
	"strconv"
	"time"
)

// PotentialRole is a group of identities with similar access, as mined, with
// what users decided about it.
type PotentialRole struct {
	ID          string
	SessionID   string
	Type        RoleType
	Name        string
	Description *string
	Saved       bool
	IdentityIDs []string // ascending
	// Entitlements are all that any member holds, excluded and common ones
	// included, by popularity descending, then id.
	Entitlements []RoleEntitlement
	// Excluded are the ids of the entitlements taken out, ascending.
	Excluded         []string
	EntitlementCount int // not excluded, common included
	Density          int // 0-100
	Freshness        int // 0-100
	Quality          int // 0-100
	// Nearest is the existing role that decided Freshness, nil for none. Like
	// that it is of the mining or of the last edit, whichever was later.
	Nearest        *NearestRole `json:",omitempty"`
	Distribution   []AttributeDistribution
	ProvisionState ProvisionState
	RoleID         *string
	Provision      *ProvisionRequest // the last request, nil for none
	CreatedBy      *Actor
	CreatedAt      time.Time
	ModifiedAt     time.Time

	// NextAt is when provisioning moves on, nil at rest.
	NextAt *time.Time
	// Origin is how mining came to the role. It is stored once, with the role;
	// of all that reads roles only Store.RoleWithOrigin reads it.
	Origin *Origin `json:"-"`
	// Ready says that the session has got as far as this role. The store tells
	// it when it reads a role, from the session; it is not kept with the role.
	Ready bool `json:"-"`
}

// GeneratedName is the name a potential role has until someone gives it one:
// the first six hex digits of its id.
func GeneratedName(roleID string) string {
	return "Potential Role - " + roleID[:min(6, len(roleID))]
}

// Kept says that a role outlives the mining that found it.
func (r PotentialRole) Kept() bool { return r.Saved || r.ProvisionState != ProvisionPotential }

// RoleEntitlement is what a potential role says of one entitlement.
type RoleEntitlement struct {
	ID              string   `json:"id"`
	IdentityCount   int      `json:"n"`           // members who hold it
	Popularity      float64  `json:"p"`           // % of members, one decimal
	PopularityInOrg float64  `json:"o"`           // % of active identities, one decimal
	Common          bool     `json:"c,omitempty"` // common access of the organisation
	Excluded        bool     `json:"x,omitempty"`
	SourceUsage     *float64 `json:"u,omitempty"` // % of members who used the source, nil: not collected
}

// AttributeDistribution counts the values of one identity attribute among the
// members of a role.
type AttributeDistribution struct {
	Name   string       `json:"attributeName"`
	Values []ValueCount `json:"distribution"` // count descending, then value
}

// ValueCount is one value and how many members have it; nil is no value.
type ValueCount struct {
	Value *string `json:"attributeValue"`
	Count int     `json:"count"`
}

// ProvisionRequest asks for a role to be made of a potential role.
type ProvisionRequest struct {
	RoleName                     *string
	RoleDescription              *string
	OwnerID                      *string
	IncludeIdentities            bool
	DirectlyAssignedEntitlements bool
	MinEntitlementPopularity     int // 0-100
	IncludeCommonAccess          bool
	RequestedBy                  *Actor
	// Role is what is made, as it was decided when the request was accepted;
	// only the moment of its creation is added later.
	Role Role
}

// Export is an asynchronous export of a potential role.
type Export struct {
	ID                       string
	PotentialRoleID          string
	MinEntitlementPopularity int // 0-100
	IncludeCommonAccess      bool
	State                    ExportState
	CreatedAt                time.Time
	// NextAt is when the next transition is due, nil at rest.
	NextAt *time.Time
}

// PopularityDistribution counts the entitlements that are not excluded by the
// whole part of their popularity, written as a decimal "0".."100". A popularity
// that none has is not in the map.
func (r PotentialRole) PopularityDistribution(includeCommon bool) map[string]int {
	counts := map[string]int{}
	for _, e := range r.Entitlements {
		if e.granted(0, includeCommon) {
			counts[strconv.Itoa(int(e.Popularity))]++
		}
	}
	return counts
}
