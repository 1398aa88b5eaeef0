package rolemining

import (
	"context"
	"errors"
	"slices"

	"mockserver/internal/miner"
)

// EditEntitlements takes entitlements of a potential role out (exclude) or puts
// them back. Everything but the membership follows. An entitlement that is
// already as asked stays so.
func (s *Service) EditEntitlements(ctx context.Context, sessionID, roleID string, ids []string, exclude bool) (PotentialRole, Session, error) {
	ctx = s.store.Begin(ctx)
	for {
		role, session, err := s.tryEdit(ctx, sessionID, roleID, ids, exclude)
		if !errors.Is(err, ErrStale) { // which means that another change went through
			return role, session, err
		}
	}
}

// tryEdit works out what follows before the role is locked. It is ErrStale if
// the role's entitlements were edited meanwhile, or the organisation replaced.
func (s *Service) tryEdit(ctx context.Context, sessionID, roleID string, ids []string, exclude bool) (PotentialRole, Session, error) {
	before, err := s.store.Role(ctx, sessionID, roleID)
	if err != nil {
		return PotentialRole{}, Session{}, err
	}
	if err := belong(before, ids); err != nil {
		return PotentialRole{}, Session{}, err
	}
	p, err := s.prepare(ctx)
	if err != nil {
		return PotentialRole{}, Session{}, err
	}
	after := before
	after.Excluded = edited(before.Excluded, ids, exclude)
	members := indices(p.Identities.Find, before.IdentityIDs)
	p.describe(&after, members, p.engine.Describe(members, p.view(after)))
	return s.changeRole(ctx, sessionID, roleID, func(role PotentialRole) (RoleChange, error) {
		if !slices.EqualFunc(role.Entitlements, before.Entitlements, sameStanding) {
			return RoleChange{}, ErrStale
		}
		role.Excluded, role.Entitlements, role.EntitlementCount = after.Excluded, after.Entitlements, after.EntitlementCount
		role.Density, role.Freshness, role.Quality, role.Nearest = after.Density, after.Freshness, after.Quality, after.Nearest
		role.ModifiedAt = s.now()
		return RoleChange{Role: role, Of: p.Organisation}, nil
	})
}

// sameStanding says that nothing that an edit goes by is different.
func sameStanding(a, b RoleEntitlement) bool {
	return a.ID == b.ID && a.Common == b.Common && a.Excluded == b.Excluded
}

// view is how the engine is to look at a role: with the common access that was
// known when it was mined, without what was taken out of it, and not beside the
// role that was made of itself.
func (p *prepared) view(role PotentialRole) miner.View {
	view := miner.View{Type: minerType(role.Type), Excluded: indices(p.Entitlement, role.Excluded)}
	for _, e := range role.Entitlements {
		if i, ok := p.Entitlement(e.ID); ok && e.Common {
			view.Common = append(view.Common, int32(i))
		}
	}
	for _, r := range p.roles {
		if r.PotentialRoleID != nil && *r.PotentialRoleID == role.ID {
			view.Without = append(view.Without, r.ID)
		}
	}
	return view
}

// belong refuses ids that are not among the role's entitlements, naming them.
func belong(role PotentialRole, ids []string) error {
	var foreign []string
	for _, id := range ids {
		if !slices.ContainsFunc(role.Entitlements, func(e RoleEntitlement) bool { return e.ID == id }) {
			foreign = append(foreign, id)
		}
	}
	if len(foreign) == 0 {
		return nil
	}
	return refuse(BadReference, "ids", "The potential role has no entitlement with the id %s, named in ids.", quoteList(foreign))
}

// edited adds ids to the exclusions or removes them; the result is sorted.
func edited(excluded, ids []string, exclude bool) []string {
	kept := slices.DeleteFunc(slices.Clone(excluded), func(id string) bool { return slices.Contains(ids, id) })
	if exclude {
		kept = append(kept, ids...)
	}
	slices.Sort(kept)
	return slices.Compact(kept)
}
