package rolemining

import (
	"context"
	"slices"

	"mockserver/internal/miner"
)

// EditEntitlements takes entitlements of a potential role out (exclude) or puts
// them back. Everything but the membership follows. An entitlement that is
// already as asked stays so.
func (s *Service) EditEntitlements(ctx context.Context, sessionID, roleID string, ids []string, exclude bool) (PotentialRole, Session, error) {
	w, err := s.organisation(ctx)
	if err != nil {
		return PotentialRole{}, Session{}, err
	}
	prepared, err := s.minable(ctx, w)
	if err != nil {
		return PotentialRole{}, Session{}, err
	}
	return s.store.UpdateRole(ctx, sessionID, roleID, func(role PotentialRole) (RoleChange, error) {
		if err := belong(role, ids); err != nil {
			return RoleChange{}, err
		}
		role.Excluded = edited(role.Excluded, ids, exclude)
		role.ModifiedAt = s.now()
		members := indices(w.identities, role.IdentityIDs)
		w.describe(&role, members, prepared.Describe(members, w.view(role)))
		return RoleChange{Role: role}, nil
	})
}

// view is how the engine is to look at a role: with the common access that was
// known when it was mined, and without what was taken out of it.
func (w *world) view(role PotentialRole) miner.View {
	view := miner.View{Type: minerType(role.Type), Excluded: indices(w.entitlements, role.Excluded)}
	for _, e := range role.Entitlements {
		if i, ok := w.entitlements[e.ID]; ok && e.Common {
			view.Common = append(view.Common, i)
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
