// Package api is the wire: the JSON shapes of the emulated API's schemas and
// how the domain's values become them. Every property of a schema is written,
// null where the schema allows it and there is no value.
package api

import (
	"bytes"
	"encoding/json"
	"time"

	"mockserver/internal/rolemining"
)

// Time writes a moment as the API does: RFC 3339, UTC, milliseconds, "Z".
type Time time.Time

// TimeLayout is the form of every date in an answer.
const TimeLayout = "2006-01-02T15:04:05.000Z"

// MarshalJSON implements json.Marshaler.
func (t Time) MarshalJSON() ([]byte, error) {
	return time.Time(t).UTC().AppendFormat(nil, `"`+TimeLayout+`"`), nil
}

// Encode writes v as compact JSON without HTML escapes and without a newline
// at the end. It fails only on a value that has no JSON form.
func Encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// CreatedBy is EntityCreatedByDTO. It is written as an object or as null, never
// as {}: official clients cannot decode that.
type CreatedBy struct {
	ID          string `json:"id"`
	DisplayName string `json:"displayName"`
}

func createdBy(a *rolemining.Actor) *CreatedBy {
	if a == nil {
		return nil
	}
	return &CreatedBy{ID: a.ID, DisplayName: a.DisplayName}
}

// Scope is RoleMiningSessionScope.
type Scope struct {
	IdentityIDs             []string          `json:"identityIds"`
	Criteria                *string           `json:"criteria"`
	AttributeFilterCriteria []json.RawMessage `json:"attributeFilterCriteria"`
}

func scope(s rolemining.Scope) Scope {
	return Scope{
		IdentityIDs:             list(s.IdentityIDs),
		Criteria:                s.Criteria,
		AttributeFilterCriteria: s.AttributeFilterCriteria,
	}
}

// list turns a nil slice into an empty one, so that it is written as [].
func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// Status is RoleMiningSessionStatus.
type Status struct {
	State rolemining.SessionState `json:"state"`
}

// Session is RoleMiningSessionResponse.
type Session struct {
	Scope                           Scope                    `json:"scope"`
	MinNumIdentitiesInPotentialRole int                      `json:"minNumIdentitiesInPotentialRole"`
	ScopingMethod                   rolemining.ScopingMethod `json:"scopingMethod"`
	PrescribedPruneThreshold        *int                     `json:"prescribedPruneThreshold"`
	PruneThreshold                  *int                     `json:"pruneThreshold"`
	PotentialRoleCount              int                      `json:"potentialRoleCount"`
	PotentialRolesReadyCount        int                      `json:"potentialRolesReadyCount"`
	Status                          Status                   `json:"status"`
	EmailRecipientID                *string                  `json:"emailRecipientId"`
	CreatedBy                       *CreatedBy               `json:"createdBy"`
	IdentityCount                   int                      `json:"identityCount"`
	Saved                           bool                     `json:"saved"`
	Name                            *string                  `json:"name"`
	DataFilePath                    *string                  `json:"dataFilePath"`
	ID                              string                   `json:"id"`
	CreatedDate                     Time                     `json:"createdDate"`
	ModifiedDate                    Time                     `json:"modifiedDate"`
	Type                            rolemining.RoleType      `json:"type"`
}

// SessionOf is the answer for a session. There is no data file here, so
// dataFilePath is always null.
func SessionOf(s rolemining.Session) Session {
	return Session{
		Scope:                           scope(s.Scope),
		MinNumIdentitiesInPotentialRole: s.MinIdentities,
		ScopingMethod:                   s.ScopingMethod,
		PrescribedPruneThreshold:        s.PrescribedPruneThreshold,
		PruneThreshold:                  s.PruneThreshold,
		PotentialRoleCount:              s.PotentialRoleCount,
		PotentialRolesReadyCount:        s.PotentialRolesReadyCount,
		Status:                          Status{State: s.State},
		EmailRecipientID:                s.EmailRecipientID,
		CreatedBy:                       createdBy(s.CreatedBy),
		IdentityCount:                   s.IdentityCount,
		Saved:                           s.Saved,
		Name:                            s.Name,
		ID:                              s.ID,
		CreatedDate:                     Time(s.CreatedAt),
		ModifiedDate:                    Time(s.ModifiedAt),
		Type:                            s.Type,
	}
}

// SessionParameters is RoleMiningSessionParametersDto, the session as its
// potential roles show it.
type SessionParameters struct {
	ID                              string                   `json:"id"`
	Name                            *string                  `json:"name"`
	MinNumIdentitiesInPotentialRole int                      `json:"minNumIdentitiesInPotentialRole"`
	PruneThreshold                  *int                     `json:"pruneThreshold"`
	Saved                           bool                     `json:"saved"`
	Scope                           Scope                    `json:"scope"`
	Type                            rolemining.RoleType      `json:"type"`
	State                           rolemining.SessionState  `json:"state"`
	ScopingMethod                   rolemining.ScopingMethod `json:"scopingMethod"`
}

// SessionParametersOf is the session as its potential roles show it.
func SessionParametersOf(s rolemining.Session) SessionParameters {
	return SessionParameters{
		ID:                              s.ID,
		Name:                            s.Name,
		MinNumIdentitiesInPotentialRole: s.MinIdentities,
		PruneThreshold:                  s.PruneThreshold,
		Saved:                           s.Saved,
		Scope:                           scope(s.Scope),
		Type:                            s.Type,
		State:                           s.State,
		ScopingMethod:                   s.ScopingMethod,
	}
}
