package rolemining

import (
	"context"
	"slices"

	"mockserver/internal/miner"
)

// OfflineSessionID is the id of the session that MineDataset mines: the nil
// UUID, because nobody posted one. The ids of its potential roles follow from
// it as those of any session do, so the same input gives the same ids.
const OfflineSessionID = "00000000-0000-0000-0000-000000000000"

// Offline is what mining an organisation without a server found.
type Offline struct {
	// Session has the parameters, defaults filled in, and what a session knows
	// of its result at its end. Its id is OfflineSessionID; it has no creator
	// and no moments.
	Session Session
	// IdentityIDs are those in the scope, ascending.
	IdentityIDs []string
	// Mining is by what the roles were found.
	Mining Mining
	// CommonAccess are the ids, ascending, of the entitlements that were left out
	// when identities were compared; none for COMMON.
	CommonAccess []string
	// Roles are in the order in which a session lists them.
	Roles []OfflineRole

	world *world
	scope []int32
}

// Distribution counts the attribute values of the whole scope, to compare those
// of a role with; an empty scope has no values. It is worked out when it is
// asked for, because that means to look at everyone once more.
func (o Offline) Distribution() []AttributeDistribution { return o.world.distribution(o.scope) }

// OfflineRole is a potential role with what decided its freshness. Its moments
// are zero.
type OfflineRole struct {
	PotentialRole
	// Core are the ids of the entitlements that at least half of the members
	// hold, ascending: without common access, unless that is what the role is.
	Core []string
	// NearestRole is the existing role most like the core, nil if none shares
	// anything with it.
	NearestRole *NearestRole
}

// MineDataset mines an organisation as a session posted to a server would: the
// same checks and defaults, scope, engine and description, and so the same
// potential roles but for their ids. It needs no store and no clock. progress,
// if not nil, is called now and then and must not block for long. Parameters
// that a server would refuse are an *Error; the context's error comes soon
// after it is done.
func MineDataset(ctx context.Context, data Dataset, n NewSession, progress func(miner.Progress)) (Offline, error) {
	session, err := n.session()
	if err != nil {
		return Offline{}, err
	}
	session.ID, session.State = OfflineSessionID, PotentialRolesCreated
	w := newWorld(&data.Organisation)
	scope, err := w.resolve(ctx, session.Scope)
	if err != nil {
		return Offline{}, err
	}
	engine, err := w.engine(ctx, data.Roles)
	if err != nil {
		return Offline{}, err
	}
	p := &prepared{world: w, roles: data.Roles, engine: engine}
	found, err := p.find(ctx, session, scope, progress)
	if err != nil {
		return Offline{}, err
	}
	return p.offline(session, scope, found[0]), nil // one type: only a fixture's session looks for two
}

// offline tells what was found for a session.
func (p *prepared) offline(session Session, scope []int32, f finding) Offline {
	session.IdentityCount = len(scope)
	session.PrescribedPruneThreshold = f.went.Prescribed
	session.PotentialRoleCount, session.PotentialRolesReadyCount = len(f.roles), len(f.roles)
	out := Offline{
		Session:     session,
		IdentityIDs: make([]string, len(scope)),
		Mining:      f.went,
		Roles:       make([]OfflineRole, len(f.roles)),
		world:       p.world,
		scope:       scope,
	}
	if session.Type != Common {
		for _, e := range f.result.Common {
			out.CommonAccess = append(out.CommonAccess, p.Entitlements[e].ID)
		}
		slices.Sort(out.CommonAccess)
	}
	for i, x := range scope {
		out.IdentityIDs[i] = p.Identities.ID(int(x))
	}
	for i, r := range f.roles {
		out.Roles[i] = p.offlineRole(r, f.result.Roles[i].Description)
	}
	return out
}

func (p *prepared) offlineRole(role PotentialRole, d miner.Description) OfflineRole {
	out := OfflineRole{PotentialRole: role, Core: make([]string, len(d.Core))}
	out.Ready = true
	for i, e := range d.Core {
		out.Core[i] = p.Entitlements[e].ID
	}
	if near := nearest(role.Nearest, nil, p.roles); near != nil {
		out.NearestRole = &near.NearestRole
	}
	return out
}
