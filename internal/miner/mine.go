package miner

import (
	"cmp"
	"context"
	"slices"
)

// Joined says how an identity came into a potential role.
type Joined uint8

// The ways into a potential role.
const (
	// Clustered: the identity belongs to the peer group the role was made of.
	Clustered Joined = iota + 1
	// Absorbed: the identity was in no role and holds at least half of this
	// role's core access, weighted by popularity.
	Absorbed
	// Merged: the identity's own role had nearly the same core as this one.
	Merged
	// Gathered: the identity was in no role after absorbing and merging; it
	// holds at least a quarter of this role's core access, weighted by
	// popularity, and that is two entitlements or more and at least half of
	// what it holds besides common access. The core meant is that of the role
	// before anyone was gathered.
	Gathered
)

// String returns a word for the way.
func (j Joined) String() string {
	switch j {
	case Clustered:
		return "CLUSTERED"
	case Absorbed:
		return "ABSORBED"
	case Merged:
		return "MERGED"
	case Gathered:
		return "GATHERED"
	}
	return "UNKNOWN"
}

// A Role is a potential role.
type Role struct {
	Members     []int32  // indices of identities, in ascending order of id
	Joined      []Joined // parallel to Members
	Description          // with nothing excluded
}

// A Result is what one run found.
type Result struct {
	IdentityCount int // identities in the scope
	// PrescribedPruneThreshold is the threshold the engine would choose,
	// whether or not the caller gave one; nil for common access.
	PrescribedPruneThreshold *int
	// PruneThreshold is the threshold that was used: the caller's or the
	// prescribed one, raised where the bound on edges required it. For common
	// access, which has no use for one, it is the caller's or 0.
	PruneThreshold int
	// EdgeBoundRaised says that the bound on edges kept a lower threshold from
	// being used or from being tried.
	EdgeBoundRaised bool
	// Candidates are the thresholds that were tried for the prescribed one:
	// first those tried on a sample, if any, then those tried on the whole
	// scope, each in ascending order. Empty for common access.
	Candidates []Candidate
	Common     []int32 // common access of the organisation, in ascending id
	Roles      []Role  // by size, descending, then by smallest identity id
}

// Mine prepares the population and mines it; see [Organisation.Mine].
func Mine(ctx context.Context, p Population, params Params) (Result, error) {
	o, err := Prepare(ctx, p)
	if err != nil {
		return Result{}, err
	}
	return o.Mine(ctx, params)
}

// Mine finds the potential roles of a scope. The error is an [*InputError] if a
// parameter breaks its rule, or the context's error soon after it is done.
func (o *Organisation) Mine(ctx context.Context, params Params) (Result, error) {
	if err := params.check(); err != nil {
		return Result{}, err
	}
	scope, err := o.scope(params.Scope)
	if err != nil {
		return Result{}, err
	}
	if err := ctx.Err(); err != nil {
		return Result{}, err
	}
	if params.Type == Common {
		return o.mineCommon(ctx, scope, params)
	}
	return o.mineSpecialized(ctx, scope, params)
}

// mineSpecialized finds peer groups by the access they do not share with
// everyone.
func (o *Organisation) mineSpecialized(ctx context.Context, scope []int32, params Params) (Result, error) {
	tell := teller(params.Progress)
	tell(StageSets, 0, len(scope))
	s, nodeOf, err := newSets(ctx, o, scope)
	if err != nil {
		return Result{}, err
	}
	tell(StageSets, len(scope), len(scope))
	search := &search{solver: solver{s: s, least: params.MinIdentities, maxEdges: params.maxEdges(), tell: tell}, want: params.PruneThreshold}
	if err := search.run(ctx); err != nil {
		return Result{}, err
	}
	result := Result{
		IdentityCount:            len(scope),
		PrescribedPruneThreshold: &search.prescribed,
		PruneThreshold:           search.used,
		EdgeBoundRaised:          search.raised,
		Candidates:               search.candidates,
		Common:                   o.Common(),
	}
	if err := search.roles.gather(); err != nil {
		return Result{}, err
	}
	members, err := membersOf(ctx, search.roles, scope, nodeOf)
	if err != nil {
		return Result{}, err
	}
	result.Roles, err = o.describeAll(ctx, members, tell)
	return result, err
}

// maxEdges is the bound on edges that applies.
func (p *Params) maxEdges() int {
	if p.MaxEdges == 0 {
		return defaultMaxEdges
	}
	return p.MaxEdges
}

// teller adapts a progress function that may be nil.
func teller(progress func(Progress)) func(Stage, int, int) {
	return func(stage Stage, done, total int) {
		if progress != nil {
			progress(Progress{Stage: stage, Done: done, Total: total})
		}
	}
}

// membership lists the identities of a role by rank, ascending.
type membership struct {
	ranks  []int32
	joined []Joined
}

// membersOf turns roles over nodes into roles over identities, in the order of
// the answer.
func membersOf(ctx context.Context, r *roleSet, scope, nodeOf []int32) ([]membership, error) {
	beat := &pulse{ctx: ctx}
	all := make([]membership, len(r.people))
	for i, n := range r.people {
		all[i] = membership{ranks: make([]int32, 0, n), joined: make([]Joined, 0, n)}
	}
	for at, v := range nodeOf {
		if beat.stopped() {
			return nil, beat.err()
		}
		if v < 0 || r.of[v] < 0 {
			continue
		}
		m := &all[r.of[v]]
		m.ranks, m.joined = append(m.ranks, scope[at]), append(m.joined, r.joined[v])
	}
	all = slices.DeleteFunc(all, func(m membership) bool { return len(m.ranks) == 0 })
	err := sortStable(beat, all, func(a, b membership) int {
		return cmp.Or(cmp.Compare(len(b.ranks), len(a.ranks)), cmp.Compare(a.ranks[0], b.ranks[0]))
	})
	return all, err
}

// describeAll computes what follows from the memberships.
func (o *Organisation) describeAll(ctx context.Context, all []membership, tell func(Stage, int, int)) ([]Role, error) {
	roles := make([]Role, len(all))
	d := newDescriber(ctx, o, View{Type: Specialized, Common: o.Common()})
	for i, m := range all {
		tell(StageRoles, i, len(all))
		roles[i] = Role{Members: o.callers(m.ranks), Joined: m.joined, Description: d.describe(m.ranks)}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	tell(StageRoles, len(all), len(all))
	return roles, nil
}

// callers turns identity ranks into the caller's indices.
func (o *Organisation) callers(ranks []int32) []int32 {
	out := make([]int32, len(ranks))
	for i, rk := range ranks {
		out[i] = o.identityAt[rk]
	}
	return out
}

// mineCommon makes one role of the whole scope, if it is large enough and at
// least 80 % of it have anything in common.
func (o *Organisation) mineCommon(ctx context.Context, scope []int32, params Params) (Result, error) {
	result := Result{IdentityCount: len(scope), Candidates: []Candidate{}, Common: o.Common(), Roles: []Role{}}
	if params.PruneThreshold != nil {
		result.PruneThreshold = *params.PruneThreshold
	}
	if len(scope) < params.MinIdentities {
		return result, nil
	}
	d := newDescriber(ctx, o, View{Type: Common, Common: result.Common}).describe(scope)
	if err := ctx.Err(); err != nil {
		return Result{}, err
	}
	if len(d.Entitlements) == 0 {
		return result, nil
	}
	joined := slices.Repeat([]Joined{Clustered}, len(scope))
	result.Roles = append(result.Roles, Role{Members: o.callers(scope), Joined: joined, Description: d})
	return result, nil
}
