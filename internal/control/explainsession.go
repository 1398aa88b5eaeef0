package control

import (
	"fmt"

	"mockserver/internal/rolemining"
)

// sessionExplanation is what a session's mining went by and who is in no role.
// The schema SessionExplanation of the served description says what each
// property means.
type sessionExplanation struct {
	SessionID    string                  `json:"sessionId"`
	Name         *string                 `json:"name"`
	Type         rolemining.RoleType     `json:"type"`
	State        rolemining.SessionState `json:"state"`
	Summary      []string                `json:"summary"`
	CommonAccess []right                 `json:"commonAccess"`
	Minings      []mining                `json:"minings"`
}

type right struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	SourceID   string `json:"sourceId"`
	SourceName string `json:"sourceName"`
}

type mining struct {
	Type               rolemining.RoleType `json:"type"`
	Parameters         parameters          `json:"parameters"`
	Candidates         []candidate         `json:"candidates"`
	RoleCount          int                 `json:"roleCount"`
	IdentitiesInRoles  int                 `json:"identitiesInRoles"`
	IdentitiesLeftOver int                 `json:"identitiesLeftOver"`
	LeftOver           []leftGroup         `json:"leftOver"`
}

type leftGroup struct {
	Reason     string    `json:"reason"`
	Meaning    string    `json:"meaning"`
	Count      int       `json:"count"`
	Identities []leftOut `json:"identities"`
}

type leftOut struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	OwnAccess   int    `json:"ownAccess"`
	NearestRole *fit   `json:"nearestRole"`
}

type fit struct {
	ID    string  `json:"id"`
	Name  string  `json:"name"`
	Fit   float64 `json:"fit"`
	OfOwn float64 `json:"ofOwn"`
}

// explainSession answers what a session's mining went by and who is in no role.
func (p *Plane) explainSession(c *call) (any, error) {
	id := c.param("sessionId")
	shown, err := windowOf(c)
	if err != nil {
		return nil, err
	}
	e, err := c.tenant.Service().ExplainSession(c.Context(), id)
	if err != nil {
		return nil, noSession(err, id)
	}
	return indented(sessionExplanationOf(e, shown))
}

// sessionExplanationOf tells of all who are left over, and names for each reason
// those in the window.
func sessionExplanationOf(e rolemining.SessionExplanation, shown window) sessionExplanation {
	out := sessionExplanation{
		SessionID: e.Session.ID,
		Name:      e.Session.Name,
		Type:      e.Session.Type,
		State:     e.Session.State,
		CommonAccess: each(e.Common, func(a rolemining.Access) right {
			return right{a.ID, a.Name, a.SourceID, a.SourceName}
		}),
	}
	out.Minings = each(e.Minings, func(m rolemining.MiningExplanation) mining {
		out.Summary = append(out.Summary, miningSentences(m)...)
		return mining{
			Type: m.Type, Parameters: parametersOf(m.Type, e.Session, m.Mining), Candidates: candidatesOf(m.Mining),
			RoleCount: m.Roles, IdentitiesInRoles: m.InRoles, IdentitiesLeftOver: m.IdentityCount - m.InRoles,
			LeftOver: each(m.Left, func(g rolemining.LeftGroup) leftGroup {
				return leftGroup{g.Reason, reasonOf(g.Reason, m.MinIdentities), len(g.Identities), each(within(shown, g.Identities), leftOutOf)}
			}),
		}
	})
	if len(e.Minings) == 0 {
		out.Summary = []string{fmt.Sprintf("The session has not been mined yet: its state is %s.", e.Session.State)}
	}
	return out
}

func leftOutOf(l rolemining.LeftOut) leftOut {
	out := leftOut{ID: l.ID, Name: l.Name, OwnAccess: l.Own}
	if n := l.Nearest; n != nil {
		out.NearestRole = &fit{n.RoleID, n.RoleName, thousandths(n.Fit), thousandths(n.OfOwn)}
	}
	return out
}

// reasonOf says why someone is in no role.
func reasonOf(reason string, least int) string {
	switch reason {
	case rolemining.NothingOfItsOwn:
		return "They hold nothing but common access, so there is nothing to compare."
	case rolemining.NoLargeGroup:
		return fmt.Sprintf("They are in no group of at least %d who hold much the same, and of each role they hold too little of the core, or too much besides it.", least)
	default:
		return fmt.Sprintf("There is no COMMON role: the scope has fewer than %d identities, or nothing that at least %d %% of them hold.",
			least, rolemining.Common.CorePopularity())
	}
}

// miningSentences tell a mining and its result.
func miningSentences(m rolemining.MiningExplanation) []string {
	var s []string
	if m.Type == rolemining.Common {
		s = append(s, fmt.Sprintf("The session looked for what its scope of %s has in common.", identities(m.IdentityCount)))
	} else {
		s = append(append(s, scopeSentence(m.Mining)), thresholdSentences(m.Mining)...)
	}
	s = append(s, fmt.Sprintf("There are %s of type %s, with %d of the %s in them.",
		plural(m.Roles, "potential role", "potential roles"), m.Type, m.InRoles, identities(m.IdentityCount)))
	for _, g := range m.Left {
		s = append(s, fmt.Sprintf("%s in none. %s", plural(len(g.Identities), "identity is", "identities are"), reasonOf(g.Reason, m.MinIdentities)))
	}
	return s
}
