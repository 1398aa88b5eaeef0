package rolemining

import (
	"encoding/json"
	"time"
)

// RoleType is what a session looks for.
type RoleType string

// The types of role mining.
const (
	Specialized RoleType = "SPECIALIZED"
	Common      RoleType = "COMMON"
)

// ScopingMethod says who chose the scope.
type ScopingMethod string

// The scoping methods. Sessions made through the API are Manual.
const (
	Manual ScopingMethod = "MANUAL"
	AutoRM ScopingMethod = "AUTO_RM"
)

// Scope says which identities a session mines (docs/mining.md, "Scope").
type Scope struct {
	IdentityIDs []string
	Criteria    *string
	// AttributeFilterCriteria are kept as they came; nil is null.
	AttributeFilterCriteria []json.RawMessage
}

// Actor is who made something.
type Actor struct {
	ID          string
	DisplayName string
}

// Session is a role mining session.
type Session struct {
	ID                       string
	Name                     *string
	Saved                    bool
	Type                     RoleType
	ScopingMethod            ScopingMethod
	Scope                    Scope
	PruneThreshold           *int // 0-100, nil for "as prescribed"
	PrescribedPruneThreshold *int // nil until known, and for COMMON
	MinIdentities            int  // 1 or more
	EmailRecipientID         *string
	State                    SessionState
	IdentityCount            int
	PotentialRoleCount       int
	PotentialRolesReadyCount int
	CreatedBy                *Actor
	CreatedAt                time.Time
	ModifiedAt               time.Time

	// Epoch counts the minings asked for; work of an older epoch is discarded.
	Epoch int
	// ReadyStep counts the steps of readiness taken in the state
	// POTENTIAL_ROLES_PROCESSING; 0 in any other.
	ReadyStep int `json:",omitempty"`
	// NextAt is when the next transition is due, nil at rest.
	NextAt *time.Time
}

// Mail is a message that the real service would send.
type Mail struct {
	ID          string
	SessionID   string
	RecipientID string
	Address     string
	Subject     string
	Text        string
	CreatedAt   time.Time
}
