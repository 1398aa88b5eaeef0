package rolemining

import (
	"context"
	"maps"
	"slices"

	"mockserver/internal/miner"
)

// world is an organisation made ready for searching and mining. It never
// changes once it is built; a changed organisation is another world.
type world struct {
	version      int64
	data         Dataset
	identities   map[string]int32
	entitlements map[string]int32
	sources      map[string]int32
	attributes   map[string]bool // the names that some identity has a value for
	population   miner.Population
	// attributeNames are the attributes that a filter may name, sorted.
	attributeNames []string
}

// organisation returns the present world, built when it is first needed and
// whenever the stored organisation changed.
func (s *Service) organisation(ctx context.Context) (*world, error) {
	version, err := s.store.OrganisationVersion(ctx)
	if err != nil {
		return nil, err
	}
	s.worldMu.Lock()
	defer s.worldMu.Unlock()
	if s.world != nil && s.world.version == version {
		return s.world, nil
	}
	data, err := s.store.Organisation(ctx)
	if err != nil {
		return nil, err
	}
	s.world = newWorld(version, data)
	return s.world, nil
}

func newWorld(version int64, data Dataset) *world {
	w := &world{
		version:      version,
		data:         data,
		identities:   indexBy(data.Identities, func(i Identity) string { return i.ID }),
		entitlements: indexBy(data.Entitlements, func(e Entitlement) string { return e.ID }),
		sources:      indexBy(data.Sources, func(s Source) string { return s.ID }),
		attributes:   map[string]bool{},
	}
	p := &w.population
	p.EntitlementIDs = make([]string, len(data.Entitlements))
	for i, e := range data.Entitlements {
		p.EntitlementIDs[i] = e.ID
	}
	p.IdentityIDs = make([]string, len(data.Identities))
	p.Holdings = make([][]int32, len(data.Identities))
	p.Active = make([]bool, len(data.Identities))
	for i, x := range data.Identities {
		p.IdentityIDs[i], p.Active[i] = x.ID, x.Active
		p.Holdings[i] = indices(w.entitlements, x.EntitlementIDs)
		for name := range x.Attributes {
			w.attributes[name] = true
		}
	}
	w.attributeNames = append(slices.Collect(maps.Keys(w.attributes)), "manager", "displayName", "email")
	slices.Sort(w.attributeNames)
	w.attributeNames = slices.Compact(w.attributeNames)
	return w
}

func indexBy[T any](list []T, id func(T) string) map[string]int32 {
	index := make(map[string]int32, len(list))
	for i, x := range list {
		index[id(x)] = int32(i)
	}
	return index
}

// indices translates ids; one that the organisation no longer has is passed
// over.
func indices(index map[string]int32, ids []string) []int32 {
	found := make([]int32, 0, len(ids))
	for _, id := range ids {
		if i, ok := index[id]; ok {
			found = append(found, i)
		}
	}
	return found
}

// knows says whether the organisation has an identity of that id.
func (w *world) knows(identityID string) bool {
	_, ok := w.identities[identityID]
	return ok
}

func (w *world) source(e Entitlement) Source {
	if i, ok := w.sources[e.SourceID]; ok {
		return w.data.Sources[i]
	}
	return Source{ID: e.SourceID}
}

// manager is who manages x, nil for nobody.
func (w *world) manager(x *Identity) *Identity {
	if i, ok := w.identities[x.ManagerID]; ok {
		return &w.data.Identities[i]
	}
	return nil
}

// attribute is the value of an identity attribute, "" for none. manager is the
// manager's display name.
func (w *world) attribute(x *Identity, name string) string {
	switch name {
	case "manager":
		if m := w.manager(x); m != nil {
			return m.DisplayName
		}
		return ""
	case "displayName":
		return x.DisplayName
	case "email":
		return x.Email
	}
	return x.Attributes[name]
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
// only if it or its roles changed.
func (s *Service) prepare(ctx context.Context) (*prepared, error) {
	w, err := s.organisation(ctx)
	if err != nil {
		return nil, err
	}
	roles, err := s.store.Roles(ctx)
	if err != nil {
		return nil, err
	}
	s.preparedMu.Lock()
	defer s.preparedMu.Unlock()
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

// beside is the engine to look at a potential role with: it is not compared
// with the role that was made of itself.
func (p *prepared) beside(ctx context.Context, potentialRoleID string) (*miner.Organisation, error) {
	others := slices.DeleteFunc(slices.Clone(p.roles), func(r Role) bool {
		return r.PotentialRoleID != nil && *r.PotentialRoleID == potentialRoleID
	})
	if len(others) == len(p.roles) {
		return p.engine, nil
	}
	return p.world.engine(ctx, others)
}

func (w *world) engine(ctx context.Context, roles []Role) (*miner.Organisation, error) {
	p := w.population
	for _, r := range roles {
		held := indices(w.entitlements, r.EntitlementIDs)
		p.Roles = append(p.Roles, miner.ExistingRole{ID: r.ID, Entitlements: held})
		if r.CommonAccess {
			p.DesignatedCommon = append(p.DesignatedCommon, held...)
		}
	}
	return miner.Prepare(ctx, p)
}
