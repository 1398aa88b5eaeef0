package rolemining

import (
	"context"
	"errors"
	"slices"

	"mockserver/internal/miner"
)

// Explanation is why a potential role looks as it does: what mining went by,
// what it found, and what became of that by editing. Every number can be worked
// out again from the others and from who holds what (docs/mining.md, "Why a
// role looks as it does").
type Explanation struct {
	// Role is the role as it is now, with its Origin.
	Role    PotentialRole
	Session Session
	// Common is the common access that members hold, by popularity descending.
	// It is left out when members are compared, so it is empty for COMMON.
	Common  []Access
	Mined   Findings // by the mining that made the role
	Present Findings // after the edits: what the API shows
	// Excluded is what edits took out, by popularity descending.
	Excluded []Access
	// Members are grouped by the way they came into the role: first those of
	// the peer group, then by the name of the way.
	Members []MemberGroup
}

// Findings is what follows from the members of a role and its exclusions.
type Findings struct {
	Core    []Access // by popularity descending, then id
	Density Density
	// Freshness is 0-100: how far Core is from Nearest; 100 if that is nil.
	Freshness int
	Nearest   *ExistingRole
	Quality   int // 0-100, the mean of the two, halves rounded up
}

// Access is an entitlement of a role with its names.
type Access struct {
	RoleEntitlement
	Name       string
	SourceID   string
	SourceName string
}

// Density is how alike the members are, and the sums it is made of, over the
// entitlements that are not excluded and, unless the role is COMMON, not common
// access.
type Density struct {
	Value        int   // 0-100, 100·SharedMean/UnitedMean, halves rounded up
	Entitlements int   // how many entitlements count
	Holdings     int64 // pairs of a member and an entitlement held
	Shared       int64 // the same for pairs of members: what both hold
	Pairs        int64 // pairs of members, n(n-1)/2
	// The means of a pair of members; those of a member alone are all what
	// that holds.
	HeldMean   float64 // held by one of them: Holdings/n
	SharedMean float64 // by both: Shared/Pairs
	UnitedMean float64 // by either: 2·HeldMean - SharedMean
}

// ExistingRole is the existing role most like a core.
type ExistingRole struct {
	NearestRole
	EntitlementCount int
	Shared           []Access // the part of the core that it has
}

// MemberGroup is the members who came into a role in one way.
type MemberGroup struct {
	// Way is a word of miner.Joined, or InScope.
	Way     string
	Members []Member // by id
}

// InScope is the way into a COMMON role: to be in the scope.
const InScope = "IN_SCOPE"

// Member is a member of a role.
type Member struct {
	ID   string
	Name string // the display name
	// Fit is 0-1: the share of the mined core that the member holds, each
	// entitlement weighted by its holders in the role; 0 if there is no core.
	Fit float64
}

// Explain says why a potential role looks as it does. An id that no potential
// role has is ErrNotFound.
func (s *Service) Explain(ctx context.Context, roleID string) (Explanation, error) {
	role, err := s.store.RoleWithOrigin(ctx, roleID)
	if err != nil {
		return Explanation{}, err
	}
	if role.Origin == nil {
		return Explanation{}, errors.New("potential role " + roleID + " was stored without its origin")
	}
	session, err := s.store.Session(ctx, role.SessionID)
	if err != nil {
		return Explanation{}, err
	}
	existing, err := s.store.Roles(ctx)
	if err != nil {
		return Explanation{}, err
	}
	w, err := s.organisation(ctx)
	if err != nil {
		return Explanation{}, err
	}
	return w.explain(role, session, existing), nil
}

func (w *world) explain(role PotentialRole, session Session, existing []Role) Explanation {
	o := role.Origin
	out := Explanation{Role: role, Session: session}
	var left []Access // of the core, by edits
	var core []Access
	for _, at := range o.Core {
		access := w.access(role.Entitlements[at])
		core = append(core, access)
		if !access.Excluded {
			left = append(left, access)
		}
	}
	for _, e := range role.Entitlements {
		if e.Excluded {
			out.Excluded = append(out.Excluded, w.access(e))
		}
		if e.Common && role.Type != Common {
			out.Common = append(out.Common, w.access(e))
		}
	}
	out.Mined = Findings{
		Core: core, Density: role.density(o.Density, false),
		Freshness: o.Freshness, Nearest: nearest(o.Nearest, core, existing), Quality: o.Quality,
	}
	out.Present = Findings{
		Core: left, Density: role.density(role.Density, true),
		Freshness: role.Freshness, Nearest: nearest(role.Nearest, left, existing), Quality: role.Quality,
	}
	out.Members = w.memberGroups(role, core)
	return out
}

func (w *world) access(e RoleEntitlement) Access {
	access := Access{RoleEntitlement: e}
	if i, ok := w.Entitlement(e.ID); ok {
		source := w.source(i)
		access.Name, access.SourceID, access.SourceName = w.Entitlements[i].Name, source.ID, source.Name
	}
	return access
}

// density is the sums behind a density that is known.
func (r PotentialRole) density(value int, edited bool) Density {
	n := int64(len(r.IdentityIDs))
	d := Density{Value: value, Pairs: n * (n - 1) / 2}
	for _, e := range r.Entitlements {
		if e.Excluded && edited || e.Common && r.Type != Common {
			continue
		}
		held := int64(e.IdentityCount)
		d.Entitlements++
		d.Holdings += held
		d.Shared += held * (held - 1) / 2
	}
	if n == 0 { // all have left the organisation
		return d
	}
	d.HeldMean = float64(d.Holdings) / float64(n)
	d.SharedMean = d.HeldMean
	if d.Pairs > 0 {
		d.SharedMean = float64(d.Shared) / float64(d.Pairs)
	}
	d.UnitedMean = float64(2*d.HeldMean) - d.SharedMean // no fusing: the same bits everywhere
	return d
}

// nearest looks up the existing role that a core was found to be most like.
func nearest(found *NearestRole, core []Access, existing []Role) *ExistingRole {
	if found == nil {
		return nil
	}
	at := slices.IndexFunc(existing, func(r Role) bool { return r.ID == found.ID })
	if at < 0 { // it was taken out of the fixtures since
		return &ExistingRole{NearestRole: *found}
	}
	role := existing[at]
	out := &ExistingRole{NearestRole: *found, EntitlementCount: len(role.EntitlementIDs)}
	out.Name = role.Name
	for _, e := range core {
		if slices.Contains(role.EntitlementIDs, e.ID) {
			out.Shared = append(out.Shared, e)
		}
	}
	return out
}

// memberGroups says of each member how it came and how well it fits the core.
func (w *world) memberGroups(role PotentialRole, core []Access) []MemberGroup {
	fit := w.fitness(core)
	wayOf := make([]string, len(role.IdentityIDs))
	for way, places := range role.Origin.Joined {
		for _, at := range places {
			wayOf[at] = way
		}
	}
	first := miner.Clustered.String()
	if role.Type == Common {
		first = InScope
	}
	members := map[string][]Member{}
	for at, id := range role.IdentityIDs {
		member := Member{ID: id}
		if i, ok := w.Identities.Find(id); ok {
			member.Name, member.Fit = w.Identities.DisplayName(i), fit(i)
		}
		members[wayOf[at]] = append(members[wayOf[at]], member)
	}
	groups := []MemberGroup{{Way: first, Members: members[""]}}
	for _, way := range sortedKeys(role.Origin.Joined) {
		groups = append(groups, MemberGroup{Way: way, Members: members[way]})
	}
	return groups
}

// fitness returns the share of a core that an identity holds, 0-1.
func (w *world) fitness(core []Access) func(identity int) float64 {
	var only miner.Core
	for _, e := range core {
		w.addTo(&only, e.RoleEntitlement)
	}
	cores := miner.NewCores(len(w.Entitlements), []miner.Core{only})
	return func(identity int) float64 {
		fit, ok := cores.Best(w.Identities.Held(identity), nil)
		if !ok {
			return 0
		}
		return fit.Share()
	}
}
