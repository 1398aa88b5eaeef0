package rolemining

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"
)

// Dataset is an organisation as fixtures describe it: everything that exists
// before the first request. References between its parts are by id and have
// been checked.
type Dataset struct {
	Org Org
	Organisation
	Roles    []Role
	Clients  []Client
	Sessions []SeedSession
}

// Organisation is who holds what on which source. Each part is in ascending order
// of id, and where an index stands for one of them it is the place in that order.
// An Organisation never changes, so it may be shared.
type Organisation struct {
	Sources      []Source
	Entitlements []Entitlement
	Identities   *Identities
}

// NewOrganisation packs an organisation whose parts come in any order. Managers
// that are no identity are none. An id that occurs twice is an error, and so is
// an entitlement of an unknown source, a holding or a use of what is not there.
func NewOrganisation(sources []Source, entitlements []Entitlement, identities []Identity) (Organisation, error) {
	o := Organisation{Sources: slices.Clone(sources), Entitlements: slices.Clone(entitlements)}
	slices.SortFunc(o.Sources, func(a, b Source) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(o.Entitlements, func(a, b Entitlement) int { return cmp.Compare(a.ID, b.ID) })
	if err := o.check(); err != nil {
		return Organisation{}, err
	}
	b := NewIdentitiesBuilder(o.Sources, o.Entitlements)
	at := make(map[string]int, len(identities))
	for i, x := range identities {
		at[x.ID] = i
	}
	for i, x := range identities {
		packed, err := o.pack(b, x)
		if err != nil {
			return Organisation{}, err
		}
		b.Add(packed)
		if m, ok := at[x.ManagerID]; ok {
			b.SetManager(i, m)
		}
	}
	var err error
	if o.Identities, err = b.Done(); err != nil {
		return Organisation{}, err
	}
	return o, nil
}

func (o *Organisation) pack(b *IdentitiesBuilder, x Identity) (Packed, error) {
	out := Packed{ID: x.ID, Name: x.Name, DisplayName: x.DisplayName, Email: x.Email, Active: x.Active, Usage: make([]byte, len(o.Sources))}
	for _, name := range sortedKeys(x.Attributes) {
		out.Attributes = append(out.Attributes, b.Pair(name, []byte(x.Attributes[name])))
	}
	for _, id := range x.EntitlementIDs {
		e, ok := o.Entitlement(id)
		if !ok {
			return out, fmt.Errorf("identity %s holds the unknown entitlement %s", x.ID, id)
		}
		out.Held = append(out.Held, int32(e))
	}
	slices.Sort(out.Held)
	out.Held = slices.Compact(out.Held)
	for id, days := range x.Usage {
		s, ok := o.Source(id)
		if !ok || days < 0 || days > math.MaxUint8 {
			return out, fmt.Errorf("identity %s used the source %s on %d days: there is no such source, or no such number of days", x.ID, id, days)
		}
		out.Usage[s] = byte(days)
	}
	return out, nil
}

// check looks for ids that occur twice and for entitlements of no source.
func (o *Organisation) check() error {
	for i := 1; i < len(o.Sources); i++ {
		if id := o.Sources[i].ID; o.Sources[i-1].ID == id {
			return fmt.Errorf("two sources have the id %q", id)
		}
	}
	for i, e := range o.Entitlements {
		if i > 0 && o.Entitlements[i-1].ID == e.ID {
			return fmt.Errorf("two entitlements have the id %q", e.ID)
		}
		if _, ok := o.Source(e.SourceID); !ok {
			return fmt.Errorf("entitlement %s is of the unknown source %s", e.ID, e.SourceID)
		}
	}
	return nil
}

// Source returns the index of the source with an id.
func (o *Organisation) Source(id string) (int, bool) {
	return slices.BinarySearchFunc(o.Sources, id, func(s Source, id string) int { return cmp.Compare(s.ID, id) })
}

// Entitlement returns the index of the entitlement with an id.
func (o *Organisation) Entitlement(id string) (int, bool) {
	return slices.BinarySearchFunc(o.Entitlements, id, func(e Entitlement, id string) int { return cmp.Compare(e.ID, id) })
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
	ID string
	// Key is what fixtures call it, beside the id; "" for nothing.
	Key         string
	Name        string
	Description string
	// ActivityState is "complete" or "notComplete", or nil when no activity
	// data is collected for the source.
	ActivityState *string
}

// Entitlement is one right on one source.
type Entitlement struct {
	ID          string
	Key         string // as of a Source
	Name        string
	Description *string
	Attribute   string // the account attribute that carries it, "memberOf"
	Value       string // its native value
	SourceID    string
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
