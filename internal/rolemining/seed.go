package rolemining

import (
	"context"
	"fmt"
	"slices"
)

// Seed mines a session of the fixtures to its end, by the code that mines every
// session, and then dresses its potential roles as the fixtures say. The stage
// delay must be 0: nothing moves the clock on meanwhile.
func (s *Service) Seed(ctx context.Context, seed SeedSession) error {
	if p := s.Pace(); p.Mode != Auto || p.Delay != 0 {
		return fmt.Errorf("a session cannot be seeded at the pace %s with a delay of %v", p, p.Delay)
	}
	w, err := s.organisation(ctx)
	if err != nil {
		return err
	}
	session, err := s.store.CreateSession(ctx, seed.session(w, s))
	if err != nil {
		return err
	}
	mined, err := s.mine(ctx, session)
	if err != nil {
		return err
	}
	if err := s.dress(session, seed, mined.roles); err != nil {
		return err
	}
	for session.NextAt != nil {
		if err := s.advanceSession(ctx, session.ID, false); err != nil {
			return err
		}
		if session, err = s.store.Session(ctx, session.ID); err != nil {
			return err
		}
	}
	return s.seedEdits(ctx, session, seed)
}

func (seed SeedSession) session(w *world, s *Service) Session {
	session := Session{
		ID:               seed.ID,
		Name:             seed.Name,
		Saved:            seed.Saved,
		Type:             seed.Type,
		ScopingMethod:    seed.ScopingMethod,
		Scope:            seed.Scope,
		PruneThreshold:   seed.PruneThreshold,
		MinIdentities:    seed.MinIdentities,
		EmailRecipientID: seed.EmailRecipientID,
		State:            SessionCreated,
		CreatedAt:        seed.CreatedAt,
		ModifiedAt:       seed.CreatedAt,
		NextAt:           s.dueAt("", string(SessionCreated), 1),
	}
	if i, ok := w.Identities.Find(seed.CreatedByID); ok {
		session.CreatedBy = &Actor{ID: seed.CreatedByID, DisplayName: w.Identities.DisplayName(i)}
	}
	return session
}

// dress changes the mined roles in place, before they are stored.
func (s *Service) dress(session Session, seed SeedSession, roles []PotentialRole) error {
	for _, pin := range seed.Roles {
		at := nthOfType(roles, pin.Type, pin.Rank)
		if at < 0 {
			return refuse(Invalid, "sessions", "Session %s: mining found no %s role of rank %d.", session.ID, pin.Type, pin.Rank)
		}
		role := &roles[at]
		if pin.ID != "" {
			role.ID, role.Name = pin.ID, GeneratedName(pin.ID)
		}
		if pin.Name != "" {
			role.Name = pin.Name
		}
		role.Description, role.Saved = pin.Description, pin.Saved
	}
	return nil
}

// nthOfType is where the n-th role of a type is, -1 for nowhere.
func nthOfType(roles []PotentialRole, kind RoleType, n int) int {
	for i, r := range roles {
		if r.Type != kind {
			continue
		}
		if n == 0 {
			return i
		}
		n--
	}
	return -1
}

// seedEdits takes entitlements out of the stored roles and exports them.
func (s *Service) seedEdits(ctx context.Context, session Session, seed SeedSession) error {
	for _, pin := range seed.Roles {
		if pin.ID == "" && len(pin.ExcludedIDs)+len(pin.ExportIDs) > 0 {
			return refuse(Invalid, "sessions", "Session %s: a role with exclusions or exports needs an id.", session.ID)
		}
		if len(pin.ExcludedIDs) > 0 {
			if _, _, err := s.EditEntitlements(ctx, session.ID, pin.ID, pin.ExcludedIDs, true); err != nil {
				return err
			}
		}
		for _, id := range slices.Sorted(slices.Values(pin.ExportIDs)) {
			if err := s.seedExport(ctx, pin.ID, id); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Service) seedExport(ctx context.Context, roleID, id string) error {
	now := s.now()
	_, err := s.store.CreateExport(ctx, Export{
		ID: id, PotentialRoleID: roleID, IncludeCommonAccess: true,
		State: ExportQueued, CreatedAt: now, NextAt: &now,
	})
	for err == nil {
		var e Export
		if e, err = s.store.Export(ctx, id); err != nil || e.NextAt == nil {
			return err
		}
		err = s.advanceExport(ctx, id, false)
	}
	return err
}
