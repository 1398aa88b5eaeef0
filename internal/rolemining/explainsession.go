package rolemining

import (
	"context"

	"mockserver/internal/miner"
)

// SessionMining is how a session was mined last: one mining for each type of
// role that it looks for, its own first, and the common access of the
// organisation at that time, as entitlement ids.
type SessionMining struct {
	Minings []TypeMining `json:"m"`
	Common  []string     `json:"c"`
}

// TypeMining is a mining for one type of role.
type TypeMining struct {
	Type RoleType `json:"y"`
	Mining
}

// MinedSession is a session with what its last mining went by, nil until it was
// mined and again once a threshold was changed, and its potential roles, in
// their order, with their origins.
type MinedSession struct {
	Session Session
	Mining  *SessionMining
	Roles   []PotentialRole
}

// SessionExplanation is what a session's mining went by, and why some of its
// scope are in no potential role.
type SessionExplanation struct {
	Session Session
	Minings []MiningExplanation // none until the session was mined
	Common  []Access            // of the organisation; with names only
}

// MiningExplanation is a mining for one type of role, and its result.
type MiningExplanation struct {
	TypeMining
	Roles   int // potential roles of the type, kept ones of earlier minings among them
	InRoles int // identities of the scope that are in one of those
	Left    []LeftGroup
}

// LeftGroup is the identities of the scope that are in no potential role for one
// and the same reason.
type LeftGroup struct {
	Reason     string
	Identities []LeftOut // by id
}

// The reasons for being in no potential role.
const (
	// NothingOfItsOwn: holds nothing besides common access.
	NothingOfItsOwn = "NOTHING_OF_ITS_OWN"
	// NoLargeGroup: too few hold much the same, and no role's core fits.
	NoLargeGroup = "NO_LARGE_GROUP"
	// NoCommonRole: the scope of a COMMON mining is too small, or has nothing
	// in common.
	NoCommonRole = "NO_COMMON_ROLE"
)

// LeftOut is an identity that is in no potential role.
type LeftOut struct {
	ID      string
	Name    string // the display name
	Own     int    // entitlements it holds, without common access unless that was looked for
	Nearest *Fit   // to the role whose core it holds most of, nil if it holds none of any
}

// Fit is how well an identity fits a potential role that it is not in.
type Fit struct {
	RoleID   string
	RoleName string
	Fit      float64 // over 0 to 1: the share of the mined core it holds, weighted by holders
	OfOwn    float64 // over 0 to 1: how much of its Own is of that core
}

// ExplainSession says what a session's mining went by and who was left out. An id
// that no session has is ErrNotFound.
func (s *Service) ExplainSession(ctx context.Context, id string) (SessionExplanation, error) {
	mined, err := s.store.MinedSession(ctx, id)
	if err != nil {
		return SessionExplanation{}, err
	}
	out := SessionExplanation{Session: mined.Session}
	if mined.Mining == nil {
		return out, nil
	}
	w, err := s.organisation(ctx)
	if err != nil {
		return SessionExplanation{}, err
	}
	scope, err := w.resolve(ctx, mined.Session.Scope)
	if err != nil {
		return SessionExplanation{}, err
	}
	for _, id := range mined.Mining.Common {
		out.Common = append(out.Common, w.access(RoleEntitlement{ID: id}))
	}
	for _, m := range mined.Mining.Minings {
		out.Minings = append(out.Minings, w.explainMining(m, scope, mined))
	}
	return out, nil
}

func (w *world) explainMining(m TypeMining, scope []int32, mined MinedSession) MiningExplanation {
	out := MiningExplanation{TypeMining: m}
	var roles []PotentialRole
	placed := make([]bool, w.Identities.Len())
	for _, r := range mined.Roles {
		if r.Type != m.Type {
			continue
		}
		roles = append(roles, r)
		for _, i := range indices(w.Identities.Find, r.IdentityIDs) {
			placed[i] = true
		}
	}
	out.Roles = len(roles)
	common := make([]bool, len(w.Entitlements))
	if m.Type != Common {
		for _, e := range indices(w.Entitlement, mined.Mining.Common) {
			common[e] = true
		}
	}
	cores := w.newCores(roles)
	left := map[string][]LeftOut{}
	for _, x := range scope {
		if placed[x] {
			out.InRoles++
			continue
		}
		one, reason := w.leftOut(x, common, cores), NoLargeGroup
		switch {
		case m.Type == Common:
			reason = NoCommonRole
		case one.Own == 0:
			reason = NothingOfItsOwn
		}
		left[reason] = append(left[reason], one)
	}
	for _, reason := range sortedKeys(left) {
		out.Left = append(out.Left, LeftGroup{Reason: reason, Identities: left[reason]})
	}
	return out
}

func (w *world) entitlementIDs(list []int32) []string {
	ids := make([]string, len(list))
	for i, e := range list {
		ids[i] = w.Entitlements[e].ID
	}
	return ids
}

func (w *world) leftOut(x int32, common []bool, c *cores) LeftOut {
	out := LeftOut{ID: w.Identities.ID(int(x)), Name: w.Identities.DisplayName(int(x))}
	var own []int32
	for _, e := range w.Identities.Held(int(x)) {
		if !common[e] {
			own = append(own, e)
		}
	}
	out.Own, out.Nearest = len(own), c.nearest(own)
	return out
}

// cores finds the role whose core someone holds most of.
type cores struct {
	roles []PotentialRole
	*miner.Cores
}

func (w *world) newCores(roles []PotentialRole) *cores {
	all := make([]miner.Core, len(roles))
	for i, r := range roles {
		for _, at := range r.Origin.Core {
			w.addTo(&all[i], r.Entitlements[at])
		}
	}
	return &cores{roles, miner.NewCores(len(w.Entitlements), all)}
}

// addTo adds an entitlement to a core, if the organisation still has it.
func (w *world) addTo(core *miner.Core, e RoleEntitlement) {
	if i, ok := w.Entitlement(e.ID); ok {
		core.Entitlements = append(core.Entitlements, int32(i))
		core.Holders = append(core.Holders, int32(e.IdentityCount))
	}
}

// nearest is the fit to the role that fits best, the first of equals.
func (c *cores) nearest(own []int32) *Fit {
	best, ok := c.Best(own, nil)
	if !ok {
		return nil
	}
	return &Fit{
		RoleID: c.roles[best.Core].ID, RoleName: c.roles[best.Core].Name,
		Fit:   best.Share(),
		OfOwn: float64(best.Shared) / float64(len(own)),
	}
}
