package rolemining

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/google/uuid"

	"mockserver/internal/miner"
)

// minedSession is what the earlier stages of a session found out, for the later
// ones. It is only a saving: after a restart it is found again, to the same
// bytes, and so it is when a role was added meanwhile.
type minedSession struct {
	era     int64 // of the store
	epoch   int
	world   *world
	scope   []int32   // nil until it was resolved
	against *prepared // nil until it was mined
	// What mining found:
	prescribed *int
	mining     SessionMining
	roles      []PotentialRole
}

// recall returns what is known of a session's present mining.
func (s *Service) recall(ctx context.Context, session Session, w *world) minedSession {
	era := s.store.Era(ctx)
	s.minedMu.Lock()
	defer s.minedMu.Unlock()
	if known := s.mined[session.ID]; known.era == era && known.epoch == session.Epoch && known.world == w {
		return known
	}
	return minedSession{era: era, epoch: session.Epoch, world: w}
}

// keep remembers what a session's mining found, unless more is known of a later
// one. Who keeps anything must see to it that it is forgotten in the end.
func (s *Service) keep(session Session, known minedSession) {
	s.minedMu.Lock()
	defer s.minedMu.Unlock()
	if !s.mined[session.ID].after(known.era, known.epoch) {
		s.mined[session.ID] = known
	}
}

// after says that it is of a later mining.
func (m minedSession) after(era int64, epoch int) bool {
	return m.era > era || m.era == era && m.epoch > epoch
}

// forget drops what is known of a session's minings up to an epoch.
func (s *Service) forget(ctx context.Context, sessionID string, epoch int) {
	era := s.store.Era(ctx)
	s.minedMu.Lock()
	defer s.minedMu.Unlock()
	if !s.mined[sessionID].after(era, epoch) {
		delete(s.mined, sessionID)
	}
}

// scope returns whom a session mines, resolved once an epoch.
func (s *Service) scope(ctx context.Context, session Session, w *world) ([]int32, error) {
	known := s.recall(ctx, session, w)
	if known.scope != nil {
		return known.scope, nil
	}
	var err error
	if known.scope, err = w.resolve(ctx, session.Scope); err != nil {
		return nil, err
	}
	s.keep(session, known)
	return known.scope, nil
}

// mine returns the result of a session's mining in the present organisation,
// computed once as long as that stays the same.
func (s *Service) mine(ctx context.Context, session Session) (minedSession, error) {
	p, err := s.prepare(ctx)
	if err != nil {
		return minedSession{}, err
	}
	if known := s.recall(ctx, session, p.world); known.against == p {
		return known, nil
	}
	scope, err := s.scope(ctx, session, p.world)
	if err != nil {
		return minedSession{}, err
	}
	mined, err := s.mineNow(ctx, session, p, scope)
	if err == nil {
		s.keep(session, mined)
	}
	return mined, err
}

func (s *Service) mineNow(ctx context.Context, session Session, p *prepared, scope []int32) (minedSession, error) {
	mined := minedSession{era: s.store.Era(ctx), epoch: session.Epoch, world: p.world, scope: scope, against: p}
	done := s.observer.Mining(len(scope))
	found, err := p.find(ctx, session, scope, nil)
	if err != nil {
		return minedSession{}, err
	}
	done()
	for _, f := range found {
		if f.went.EdgeBoundRaised {
			s.log.Warn("too many similar identities: the prune threshold was raised",
				"sessionId", session.ID, "pruneThreshold", f.went.PruneThreshold)
		}
		if f.kind == session.Type {
			mined.prescribed = f.went.Prescribed
		}
		mined.mining.Minings = append(mined.mining.Minings, TypeMining{Type: f.kind, Mining: f.went})
		mined.mining.Common = p.entitlementIDs(f.result.Common)
		mined.roles = append(mined.roles, f.roles...)
	}
	return mined, nil
}

// finding is what the engine finds for a session in one type of role.
type finding struct {
	kind   RoleType
	went   Mining
	result miner.Result
	roles  []PotentialRole // parallel to result.Roles
}

// find mines a session, first for its own type. progress may be nil.
func (p *prepared) find(ctx context.Context, session Session, scope []int32, progress func(miner.Progress)) ([]finding, error) {
	var all []finding
	for _, kind := range session.looksFor() {
		result, err := p.engine.Mine(ctx, miner.Params{
			Scope:          scope,
			Type:           minerType(kind),
			PruneThreshold: session.PruneThreshold,
			MinIdentities:  session.MinIdentities,
			Progress:       progress,
		})
		if err != nil {
			return nil, err
		}
		f := finding{kind: kind, went: p.mining(session, kind, scope, result), result: result, roles: make([]PotentialRole, len(result.Roles))}
		for i, r := range result.Roles {
			f.roles[i] = p.potentialRole(session, kind, result.PruneThreshold, r)
			f.roles[i].Origin = originOf(f.went, f.roles[i], r)
		}
		all = append(all, f)
	}
	return all, nil
}

// looksFor is the types of role that a session mines. A session that the
// product scopes by itself looks for common access beside its own type.
func (s Session) looksFor() []RoleType {
	if s.ScopingMethod == AutoRM && s.Type == Specialized {
		return []RoleType{Specialized, Common}
	}
	return []RoleType{s.Type}
}

func minerType(t RoleType) miner.Type {
	if t == Common {
		return miner.Common
	}
	return miner.Specialized
}

// potentialRole dresses what the engine found.
func (w *world) potentialRole(session Session, kind RoleType, threshold int, r miner.Role) PotentialRole {
	ids := make([]string, len(r.Members))
	for i, m := range r.Members {
		ids[i] = w.Identities.ID(int(m))
	}
	role := PotentialRole{
		ID:             roleID(session, kind, threshold, ids),
		SessionID:      session.ID,
		Type:           kind,
		IdentityIDs:    ids,
		Distribution:   w.distribution(r.Members),
		ProvisionState: ProvisionPotential,
		CreatedBy:      session.CreatedBy,
	}
	role.Name = GeneratedName(role.ID)
	w.describe(&role, r.Members, r.Description)
	return role
}

// roleID follows from the session, the parameters and the members, so that the
// same mining finds the same ids.
func roleID(session Session, kind RoleType, threshold int, ids []string) string {
	digest := sha256.Sum256([]byte(strings.Join(ids, "\n")))
	return derivedID(session.ID, fmt.Sprintf("%s|%d|%d|%s", kind, threshold, session.MinIdentities, hex.EncodeToString(digest[:])))
}

// derivedID is the identifier of something that follows from a session.
func derivedID(sessionID, name string) string {
	space, err := uuid.Parse(sessionID)
	if err != nil { // a fixture may give its session any id
		space = uuid.NewSHA1(uuid.NameSpaceOID, []byte(sessionID))
	}
	return uuid.NewSHA1(space, []byte(name)).String()
}

// describe sets everything that follows from the members and the exclusions.
func (w *world) describe(role *PotentialRole, members []int32, d miner.Description) {
	role.EntitlementCount = d.EntitlementCount
	role.Density, role.Freshness, role.Quality = d.Density, d.Freshness, d.Quality
	role.Nearest = nil
	if n := d.NearestRole; n != nil {
		role.Nearest = &NearestRole{ID: n.ID, Overlap: n.Overlap}
	}
	usage := w.sourceUsage(members)
	role.Entitlements = make([]RoleEntitlement, len(d.Entitlements))
	for i, e := range d.Entitlements {
		role.Entitlements[i] = RoleEntitlement{
			ID:              w.Entitlements[e.Entitlement].ID,
			IdentityCount:   e.IdentityCount,
			Popularity:      e.Popularity,
			PopularityInOrg: e.PopularityInOrg,
			Common:          e.Common,
			Excluded:        e.Excluded,
			SourceUsage:     usage(w.sourceOf[e.Entitlement]),
		}
	}
}

// sourceUsage returns the share of members who used a source in the last 90
// days, in % with one decimal, nil where the source collects no activity.
func (w *world) sourceUsage(members []int32) func(source int32) *float64 {
	known := map[int32]*float64{}
	return func(source int32) *float64 {
		share, ok := known[source]
		if !ok && w.Sources[source].ActivityState != nil {
			used := 0
			for _, m := range members {
				if days := w.Identities.Usage(int(m)); int(source) < len(days) && days[source] > 0 {
					used++
				}
			}
			value := math.Round(1000*float64(used)/float64(len(members))) / 10
			share = &value
		}
		known[source] = share
		return share
	}
}

// distributionAttributes are the identity attributes whose values a potential
// role counts, in this order; those that no identity of the organisation has
// are left out.
var distributionAttributes = [...]string{
	"department", "jobTitle", "location", "manager", "division", "country", "employeeType", "cloudLifecycleState",
}

func (w *world) distribution(members []int32) []AttributeDistribution {
	pairs, managers := map[uint32]int{}, map[string]int{}
	for _, m := range members {
		for _, p := range w.Identities.Attributes(int(m)) {
			if w.counted[p] {
				pairs[p]++
			}
		}
		managers[w.Identities.ManagerName(int(m))]++
	}
	counts := map[string]map[string]int{"manager": managers}
	for p, n := range pairs {
		pair := w.Identities.Pairs()[p]
		if counts[pair.Name] == nil {
			counts[pair.Name] = map[string]int{}
		}
		counts[pair.Name][pair.Value] = n
	}
	all := make([]AttributeDistribution, 0, len(distributionAttributes))
	for _, name := range distributionAttributes {
		if name != "manager" && !slices.Contains(w.Identities.AttributeNames(), name) {
			continue
		}
		all = append(all, AttributeDistribution{Name: name, Values: valueCounts(counts[name], len(members))})
	}
	return all
}

// valueCounts orders by count descending, then value; no value, which is the rest
// of the members, is null.
func valueCounts(counts map[string]int, members int) []ValueCount {
	none := members
	for value, n := range counts {
		if value != "" {
			none -= n
		}
	}
	values := make([]ValueCount, 0, len(counts)+1)
	if none > 0 {
		values = append(values, ValueCount{Count: none})
	}
	for _, value := range sortedKeys(counts) {
		if value == "" {
			continue
		}
		values = append(values, ValueCount{Value: &value, Count: counts[value]})
	}
	slices.SortStableFunc(values, func(a, b ValueCount) int { return cmp.Compare(b.Count, a.Count) })
	return values
}
