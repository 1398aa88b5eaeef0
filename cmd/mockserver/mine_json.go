package main

import (
	"bufio"
	"bytes"
	"io"

	wire "mockserver/internal/api"
	"mockserver/internal/miner"
	"mockserver/internal/rolemining"
	"mockserver/internal/truth"
)

// The JSON of mine. Where the API has the thing, it has the API's name, and else
// that of /_mock/roles/{id}/explain; lists are never null.

type mineHead struct {
	Parameters               mineParameters  `json:"parameters"`
	IdentityCount            int             `json:"identityCount"`
	AssignmentCount          int             `json:"assignmentCount"`          // of the scope, without common access
	CommonAccess             []string        `json:"commonAccess"`             // ids
	PrescribedPruneThreshold *int            `json:"prescribedPruneThreshold"` // null for COMMON
	PruneThreshold           *int            `json:"pruneThreshold"`           // the one used, null for COMMON
	EdgeBoundRaised          bool            `json:"edgeBoundRaised"`
	Candidates               []mineCandidate `json:"candidates"`
	PotentialRoleCount       int             `json:"potentialRoleCount"`
	Recovery                 *truth.Scores   `json:"recovery,omitempty"` // absent where no truth is known
}

// mineParameters are those of the session, the defaults filled in.
type mineParameters struct {
	SessionID                       string              `json:"sessionId"`
	Type                            rolemining.RoleType `json:"type"`
	PruneThreshold                  *int                `json:"pruneThreshold"` // null for the prescribed one
	MinNumIdentitiesInPotentialRole int                 `json:"minNumIdentitiesInPotentialRole"`
	Scope                           wire.Scope          `json:"scope"`
}

type mineCandidate struct {
	Threshold  int   `json:"threshold"`
	Complexity int64 `json:"complexity"`
	Roles      int   `json:"roles"`
	Sampled    bool  `json:"sampled"`
	Chosen     bool  `json:"chosen"`
}

type mineRole struct {
	ID                   string                             `json:"id"`
	Name                 string                             `json:"name"`
	Type                 rolemining.RoleType                `json:"type"`
	IdentityCount        int                                `json:"identityCount"`
	EntitlementCount     int                                `json:"entitlementCount"`
	Density              int                                `json:"density"`
	Freshness            int                                `json:"freshness"`
	Quality              int                                `json:"quality"`
	NearestRole          *mineNearest                       `json:"nearestRole"` // null for none
	IdentityIDs          []string                           `json:"identityIds"`
	Joined               map[string]int                     `json:"joined"`            // members by how they came
	JoinedIdentityIDs    map[string][]string                `json:"joinedIdentityIds"` // of those who were in no peer group
	Core                 []string                           `json:"core"`
	Entitlements         []mineEntitlement                  `json:"entitlements"`
	IdentityDistribution []rolemining.AttributeDistribution `json:"identityDistribution"`
}

type mineNearest struct {
	ID      string  `json:"id"`
	Name    string  `json:"name"`
	Overlap float64 `json:"overlap"`
}

type mineEntitlement struct {
	ID                  string   `json:"id"`
	Name                string   `json:"name"`
	Description         *string  `json:"description"`
	Attribute           string   `json:"attribute"`
	SourceID            string   `json:"sourceId"`
	ApplicationName     string   `json:"applicationName"`
	IdentityCount       int      `json:"identityCount"`
	Popularity          float64  `json:"popularity"`
	PopularityInOrg     float64  `json:"popularityInOrg"`
	Common              bool     `json:"common"`
	ActivitySourceState *string  `json:"activitySourceState"`
	SourceUsagePercent  *float64 `json:"sourceUsagePercent"`
}

// writeRolesJSON writes what was found for scripts: one object, with each
// potential role on a line of its own. Only one role is held as text.
func writeRolesJSON(w io.Writer, found minedOrganisation) error {
	out := bufio.NewWriterSize(w, 64<<10)
	head, err := wire.Encode(found.head())
	if err != nil {
		return err
	}
	_, _ = out.Write(bytes.TrimSuffix(head, []byte("}"))) // Flush tells
	_, _ = out.WriteString(`,"potentialRoles":[`)
	for i, r := range found.Roles {
		role, err := wire.Encode(found.role(r))
		if err != nil {
			return err
		}
		if i > 0 {
			_ = out.WriteByte(',')
		}
		_ = out.WriteByte('\n')
		_, _ = out.Write(role)
	}
	_, _ = out.WriteString("]}\n")
	return out.Flush()
}

func (m minedOrganisation) head() mineHead {
	s := m.Session
	head := mineHead{
		Parameters: mineParameters{
			SessionID:                       s.ID,
			Type:                            s.Type,
			PruneThreshold:                  s.PruneThreshold,
			MinNumIdentitiesInPotentialRole: s.MinIdentities,
			Scope: wire.Scope{
				IdentityIDs:             list(s.Scope.IdentityIDs),
				Criteria:                s.Scope.Criteria,
				AttributeFilterCriteria: list(s.Scope.AttributeFilterCriteria),
			},
		},
		IdentityCount:            s.IdentityCount,
		AssignmentCount:          m.Mining.Assignments,
		CommonAccess:             list(m.CommonAccess),
		PrescribedPruneThreshold: s.PrescribedPruneThreshold,
		EdgeBoundRaised:          m.Mining.EdgeBoundRaised,
		Candidates:               make([]mineCandidate, len(m.Mining.Candidates)),
		PotentialRoleCount:       len(m.Roles),
		Recovery:                 m.recovery,
	}
	if s.Type == rolemining.Specialized {
		head.PruneThreshold = &m.Mining.PruneThreshold
	}
	for i, c := range m.Mining.Candidates {
		head.Candidates[i] = mineCandidate{Threshold: c.Threshold, Complexity: c.Complexity, Roles: c.Roles, Sampled: c.Sampled, Chosen: m.Mining.Chosen(c)}
	}
	return head
}

func (m minedOrganisation) role(r rolemining.OfflineRole) mineRole {
	role := mineRole{
		ID:                   r.ID,
		Name:                 r.Name,
		Type:                 r.Type,
		IdentityCount:        len(r.IdentityIDs),
		EntitlementCount:     r.EntitlementCount,
		Density:              r.Density,
		Freshness:            r.Freshness,
		Quality:              r.Quality,
		IdentityIDs:          list(r.IdentityIDs),
		Core:                 list(r.Core),
		Entitlements:         make([]mineEntitlement, len(r.Entitlements)),
		IdentityDistribution: list(r.Distribution),
	}
	role.Joined, role.JoinedIdentityIDs = joined(r)
	if near := r.NearestRole; near != nil {
		role.NearestRole = &mineNearest{ID: near.ID, Name: near.Name, Overlap: near.Overlap}
	}
	for i, e := range r.Entitlements {
		entitlement := m.entitlements[e.ID]
		source := m.sources[entitlement.SourceID]
		role.Entitlements[i] = mineEntitlement{
			ID:                  e.ID,
			Name:                entitlement.Name,
			Description:         entitlement.Description,
			Attribute:           entitlement.Attribute,
			SourceID:            source.ID,
			ApplicationName:     source.Name,
			IdentityCount:       e.IdentityCount,
			Popularity:          e.Popularity,
			PopularityInOrg:     e.PopularityInOrg,
			Common:              e.Common,
			ActivitySourceState: source.ActivityState,
			SourceUsagePercent:  e.SourceUsage,
		}
	}
	return role
}

// joined counts the members by the way they came into a role, and names those
// who were not in the peer group that it was made of.
func joined(r rolemining.OfflineRole) (count map[string]int, ids map[string][]string) {
	first := miner.Clustered.String()
	if r.Type == rolemining.Common {
		first = rolemining.InScope
	}
	count, ids = map[string]int{first: len(r.IdentityIDs)}, map[string][]string{}
	for way, places := range r.Origin.Joined {
		count[way] = len(places)
		count[first] -= len(places)
		for _, at := range places {
			ids[way] = append(ids[way], r.IdentityIDs[at])
		}
	}
	return count, ids
}

// list turns a nil slice into an empty one, so that it is written as [].
func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
