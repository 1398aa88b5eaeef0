package rolemining

import "time"

// Dataset is an organisation as fixtures describe it: everything that exists
// before the first request. References between its parts are by id and have
// been checked.
type Dataset struct {
	Org          Org
	Sources      []Source
	Entitlements []Entitlement
	Identities   []Identity
	Roles        []Role
	Clients      []Client
	Sessions     []SeedSession
}

// Org names the tenant.
type Org struct {
	Name       string `json:"name"`       // the tenant's short name, "acme"
	TenantID   string `json:"tenantId"`   // a UUID
	TenantName string `json:"tenantName"` // for people
	Pod        string `json:"pod"`
}

// Source is a system that grants access; the API calls it an application too.
type Source struct {
	ID          string
	Name        string
	Description string
	// ActivityState is "complete" or "notComplete", or nil when no activity
	// data is collected for the source.
	ActivityState *string
}

// Entitlement is one right on one source.
type Entitlement struct {
	ID          string
	Name        string
	Description *string
	Attribute   string // the account attribute that carries it, "memberOf"
	Value       string // its native value
	SourceID    string
}

// Identity is a person, or an account that stands for a service.
type Identity struct {
	ID          string
	Name        string // the user name, "amanda.ross"
	DisplayName string // "Amanda Ross"
	Email       string
	Active      bool
	ManagerID   string // "" for none
	// Attributes are the identity's other attributes by their technical name:
	// department, jobTitle, location, ... An absent one is absent.
	Attributes map[string]string
	// EntitlementIDs are what the identity holds, ascending.
	EntitlementIDs []string
	// Usage is the number of days, 1-90, with activity in the last 90 days, by
	// source id. A source that is not named was not used.
	Usage map[string]int
}

// Role is a role that exists in the organisation, from the fixtures or made by
// provisioning a potential role.
type Role struct {
	ID             string
	Name           string
	Description    *string
	OwnerID        *string
	EntitlementIDs []string // ascending; through access profiles or direct
	// AccessProfiles carry the entitlements unless they are assigned directly.
	AccessProfiles []AccessProfile
	// PotentialRoleID is what it was provisioned from, nil for a fixture's.
	PotentialRoleID *string
	// CommonAccess marks the entitlements as common access of the organisation.
	CommonAccess bool
	CreatedAt    time.Time
}

// AccessProfile bundles the entitlements of one source for a role.
type AccessProfile struct {
	ID             string
	Name           string
	SourceID       string
	EntitlementIDs []string
}

// AccessRequest asks for a role for an identity, made on provisioning.
type AccessRequest struct {
	ID         string
	RoleID     string
	IdentityID string
	CreatedAt  time.Time
}

// Client is an OAuth client.
type Client struct {
	ID           string   `json:"clientId"`
	Secret       string   `json:"clientSecret"`
	Name         string   `json:"name"`
	IdentityID   string   `json:"identityId"` // "" for a client without a user
	Authorities  []string `json:"authorities"`
	Scopes       []string `json:"scopes"`
	Grants       []string `json:"grants"`
	RedirectURIs []string `json:"redirectUris"`
}

// SeedSession is a finished session of the fixtures. It is mined at start by
// the code that mines every session.
type SeedSession struct {
	ID               string
	Name             *string
	Saved            bool
	Type             RoleType
	ScopingMethod    ScopingMethod
	Scope            Scope
	PruneThreshold   *int
	MinIdentities    int
	EmailRecipientID *string
	CreatedByID      string // an identity, or "" for null
	CreatedAt        time.Time
	Roles            []SeedRole
}

// SeedRole dresses one role that mining found in a SeedSession.
type SeedRole struct {
	// Rank is its place among the session's roles of its type, from 0.
	Rank        int
	Type        RoleType
	ID          string // replaces the derived id; "" keeps it
	Name        string // "" keeps the generated one
	Description *string
	Saved       bool
	// ExcludedIDs are entitlements taken out of it, ascending. They must be
	// among what its members hold.
	ExcludedIDs []string
	// ExportIDs are finished exports of it.
	ExportIDs []string
}
