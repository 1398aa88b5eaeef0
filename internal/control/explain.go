package control

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"

	"mockserver/internal/api"
	"mockserver/internal/rolemining"
)

// roleExplanation is why a potential role looks as it does. The schema
// RoleExplanation of the served description says what each property means.
type roleExplanation struct {
	PotentialRoleID string              `json:"potentialRoleId"`
	Name            string              `json:"name"`
	SessionID       string              `json:"sessionId"`
	Type            rolemining.RoleType `json:"type"`
	MinedDate       api.Time            `json:"minedDate"`
	Summary         []string            `json:"summary"`
	Parameters      parameters          `json:"parameters"`
	Candidates      []candidate         `json:"candidates"`
	CommonAccess    []access            `json:"commonAccess"`
	Mined           findings            `json:"mined"`
	Present         presentFindings     `json:"present"`
	Members         members             `json:"members"`
}

type parameters struct {
	Scope                           api.Scope `json:"scope"`
	IdentityCount                   int       `json:"identityCount"`
	AssignmentCount                 int       `json:"assignmentCount"`
	MinNumIdentitiesInPotentialRole int       `json:"minNumIdentitiesInPotentialRole"`
	RequestedPruneThreshold         *int      `json:"requestedPruneThreshold"`
	PrescribedPruneThreshold        *int      `json:"prescribedPruneThreshold"`
	PruneThreshold                  *int      `json:"pruneThreshold"`
	EdgeBoundRaised                 bool      `json:"edgeBoundRaised"`
	CorePopularity                  int       `json:"corePopularity"`
}

type candidate struct {
	Threshold  int   `json:"threshold"`
	Complexity int64 `json:"complexity"`
	Roles      int   `json:"roles"`
	Sampled    bool  `json:"sampled"`
	Chosen     bool  `json:"chosen"`
}

type access struct {
	ID              string  `json:"id"`
	Name            string  `json:"name"`
	SourceID        string  `json:"sourceId"`
	SourceName      string  `json:"sourceName"`
	IdentityCount   int     `json:"identityCount"`
	Popularity      float64 `json:"popularity"`
	PopularityInOrg float64 `json:"popularityInOrg"`
}

type findings struct {
	Core      []access  `json:"core"`
	Density   density   `json:"density"`
	Freshness freshness `json:"freshness"`
	Quality   int       `json:"quality"`
}

type presentFindings struct {
	ExcludedEntitlements []access `json:"excludedEntitlements"`
	findings
}

type density struct {
	Value            int     `json:"value"`
	SharedMean       float64 `json:"sharedMean"`
	UnitedMean       float64 `json:"unitedMean"`
	HeldMean         float64 `json:"heldMean"`
	EntitlementCount int     `json:"entitlementCount"`
	Holdings         int64   `json:"holdings"`
	SharedHoldings   int64   `json:"sharedHoldings"`
	Pairs            int64   `json:"pairs"`
}

type freshness struct {
	Value       int          `json:"value"`
	NearestRole *nearestRole `json:"nearestRole"`
}

type nearestRole struct {
	ID                 string  `json:"id"`
	Name               string  `json:"name"`
	Overlap            float64 `json:"overlap"`
	EntitlementCount   int     `json:"entitlementCount"`
	SharedEntitlements []named `json:"sharedEntitlements"`
}

type named struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type members struct {
	Count int           `json:"count"`
	Ways  []memberGroup `json:"ways"`
}

type memberGroup struct {
	Way        string   `json:"way"`
	Meaning    string   `json:"meaning"`
	Count      int      `json:"count"`
	Identities []member `json:"identities"`
}

type member struct {
	ID   string  `json:"id"`
	Name string  `json:"name"`
	Fit  float64 `json:"fit"`
}

// explainRole answers why a potential role looks as it does.
func (p *Plane) explainRole(c *call) (any, error) {
	id := c.param("potentialRoleId")
	e, err := c.tenant.Service().Explain(c.Context(), id)
	if errors.Is(err, rolemining.ErrNotFound) {
		return nil, missing("no potential role has the id %q", id)
	}
	if err != nil {
		return nil, err
	}
	return indented(explanationOf(e))
}

// indented is JSON for people to read.
func indented(v any) (any, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(v)
	return document{contentType: contentJSON, body: b.Bytes()}, err
}

func explanationOf(e rolemining.Explanation) roleExplanation {
	return roleExplanation{
		PotentialRoleID: e.Role.ID,
		Name:            e.Role.Name,
		SessionID:       e.Role.SessionID,
		Type:            e.Role.Type,
		MinedDate:       api.Time(e.Role.CreatedAt),
		Summary:         summaryOf(e),
		Parameters:      parametersOf(e.Role.Type, e.Session, e.Role.Origin.Mining),
		Candidates:      candidatesOf(e.Role.Origin.Mining),
		CommonAccess:    each(e.Common, accessOf),
		Mined:           findingsOf(e.Mined),
		Present:         presentFindings{each(e.Excluded, accessOf), findingsOf(e.Present)},
		Members:         members{len(e.Role.IdentityIDs), each(e.Members, groupOf)},
	}
}

// parametersOf says what a mining went by. A COMMON one has no use for a prune
// threshold.
func parametersOf(kind rolemining.RoleType, s rolemining.Session, m rolemining.Mining) parameters {
	out := parameters{
		Scope:                           api.SessionParametersOf(s).Scope,
		IdentityCount:                   m.IdentityCount,
		AssignmentCount:                 m.Assignments,
		MinNumIdentitiesInPotentialRole: m.MinIdentities,
		RequestedPruneThreshold:         m.Requested,
		PrescribedPruneThreshold:        m.Prescribed,
		EdgeBoundRaised:                 m.EdgeBoundRaised,
		CorePopularity:                  kind.CorePopularity(),
	}
	if kind != rolemining.Common {
		out.PruneThreshold = &m.PruneThreshold
	}
	return out
}

func candidatesOf(m rolemining.Mining) []candidate {
	return each(m.Candidates, func(c rolemining.Candidate) candidate {
		return candidate{c.Threshold, c.Complexity, c.Roles, c.Sampled, m.Chosen(c)}
	})
}

func accessOf(a rolemining.Access) access {
	return access{a.ID, a.Name, a.SourceID, a.SourceName, a.IdentityCount, a.Popularity, a.PopularityInOrg}
}

func findingsOf(f rolemining.Findings) findings {
	d := f.Density
	out := findings{
		Core: each(f.Core, accessOf),
		Density: density{
			Value: d.Value, SharedMean: thousandths(d.SharedMean), UnitedMean: thousandths(d.UnitedMean), HeldMean: thousandths(d.HeldMean),
			EntitlementCount: d.Entitlements, Holdings: d.Holdings, SharedHoldings: d.Shared, Pairs: d.Pairs,
		},
		Freshness: freshness{Value: f.Freshness},
		Quality:   f.Quality,
	}
	if n := f.Nearest; n != nil {
		out.Freshness.NearestRole = &nearestRole{
			ID: n.ID, Name: n.Name, Overlap: n.Overlap, EntitlementCount: n.EntitlementCount,
			SharedEntitlements: each(n.Shared, func(a rolemining.Access) named { return named{a.ID, a.Name} }),
		}
	}
	return out
}

func groupOf(g rolemining.MemberGroup) memberGroup {
	return memberGroup{g.Way, meaningOf(g.Way), len(g.Members), each(g.Members, func(m rolemining.Member) member {
		return member{m.ID, m.Name, thousandths(m.Fit)}
	})}
}

// each turns a list into another one, which is never nil: it is written as [].
func each[A, B any](list []A, turn func(A) B) []B {
	out := make([]B, len(list))
	for i, v := range list {
		out[i] = turn(v)
	}
	return out
}

// thousandths rounds for people. What must be exact is told in whole numbers.
func thousandths(x float64) float64 { return math.Round(1000*x) / 1000 }
