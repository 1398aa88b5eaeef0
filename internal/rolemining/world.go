package rolemining

import (
	"context"
	"slices"

	"mockserver/internal/miner"
)

// world is an organisation made ready for searching and mining. It never
// changes once it is built; a changed organisation is another world.
type world struct {
	*Organisation
	// attributeNames are the attributes that a filter may name, sorted.
	attributeNames []string
	sourceOf       []int32 // by entitlement
	counted        []bool  // by pair: its attribute is one of distributionAttributes
}

// organisation returns the present world, built when it is first needed and
// whenever the stored organisation changed.
func (s *Service) organisation(ctx context.Context) (*world, error) {
	o, err := s.store.Organisation(ctx)
	if err != nil {
		return nil, err
	}
	s.worldMu.Lock()
	defer s.worldMu.Unlock()
	if s.world == nil || s.world.Organisation != o {
		s.world = newWorld(o)
	}
	return s.world, nil
}

func newWorld(o *Organisation) *world {
	w := &world{
		Organisation:   o,
		attributeNames: slices.Concat(o.Identities.AttributeNames(), []string{"manager", "displayName", "email"}),
		sourceOf:       make([]int32, len(o.Entitlements)),
		counted:        make([]bool, len(o.Identities.Pairs())),
	}
	for i, p := range o.Identities.Pairs() {
		w.counted[i] = slices.Contains(distributionAttributes[:], p.Name)
	}
	slices.Sort(w.attributeNames)
	w.attributeNames = slices.Compact(w.attributeNames)
	for i, e := range o.Entitlements {
		at, _ := o.Source(e.SourceID) // no entitlement is without
		w.sourceOf[i] = int32(at)
	}
	return w
}

// indices translates ids by find; one that the organisation no longer has is
// passed over.
func indices(find func(id string) (int, bool), ids []string) []int32 {
	found := make([]int32, 0, len(ids))
	for _, id := range ids {
		if i, ok := find(id); ok {
			found = append(found, int32(i))
		}
	}
	return found
}

// knows says whether the organisation has an identity of that id.
func (w *world) knows(identityID string) bool {
	_, ok := w.Identities.Find(identityID)
	return ok
}

// source is that of entitlement i.
func (w *world) source(i int) *Source { return &w.Sources[w.sourceOf[i]] }

// attribute is the value of an attribute of identity i, "" for none. manager is
// the manager's display name.
func (w *world) attribute(i int, name string) string {
	switch name {
	case "manager":
		return w.Identities.ManagerName(i)
	case "displayName":
		return w.Identities.DisplayName(i)
	case "email":
		return w.Identities.Email(i)
	}
	return w.Identities.Attribute(i, name)
}

// prepared is a world and the roles that exist in it, in the engine's form: the
// roles decide freshness, and some of them what is common access. It never
// changes; when a role is added there is another one, so results belong
// together if they are of the same one.
type prepared struct {
	*world
	roles  []Role
	engine *miner.Organisation
}

// prepare returns the present organisation, ready to be mined. It is built anew
// only if it or its roles changed, by one caller at a time. Whoever waits for
// that can stop by the context; if the caller who builds stops, the next does it.
func (s *Service) prepare(ctx context.Context) (*prepared, error) {
	w, err := s.organisation(ctx)
	if err != nil {
		return nil, err
	}
	select {
	case s.preparing <- struct{}{}:
		defer func() { <-s.preparing }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	roles, err := s.store.Roles(ctx) // as of now: there may be more than before the wait
	if err != nil {
		return nil, err
	}
	sameRole := func(a, b Role) bool { return a.ID == b.ID } // a role never changes
	if p := s.prepared; p != nil && p.world == w && slices.EqualFunc(p.roles, roles, sameRole) {
		return p, nil
	}
	engine, err := w.engine(ctx, roles)
	if err != nil {
		return nil, err
	}
	s.prepared = &prepared{world: w, roles: roles, engine: engine}
	return s.prepared, nil
}

// Warm prepares the present organisation, so that the first session need not wait
// for that.
func (s *Service) Warm(ctx context.Context) error {
	_, err := s.prepare(ctx)
	return err
}

func (w *world) engine(ctx context.Context, roles []Role) (*miner.Organisation, error) {
	p := miner.Population{
		IdentityIDs:    w.Identities.IDs(),
		EntitlementIDs: make([]string, len(w.Entitlements)),
		Holdings:       make([][]int32, w.Identities.Len()),
		Active:         make([]bool, w.Identities.Len()),
	}
	for i, e := range w.Entitlements {
		p.EntitlementIDs[i] = e.ID
	}
	for i := range p.Holdings {
		p.Holdings[i], p.Active[i] = w.Identities.Held(i), w.Identities.Active(i)
	}
	for _, r := range roles {
		held := indices(w.Entitlement, r.EntitlementIDs)
		p.Roles = append(p.Roles, miner.ExistingRole{ID: r.ID, Entitlements: held})
		if r.CommonAccess {
			p.DesignatedCommon = append(p.DesignatedCommon, held...)
		}
	}
	return miner.Prepare(ctx, p)
}
