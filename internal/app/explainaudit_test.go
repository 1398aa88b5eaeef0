package app_test

import (
	"cmp"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"mockserver/internal/app/apptest"
	"mockserver/internal/rolemining"
)

// explained is a role's explanation as a client reads it.
type explained struct {
	PotentialRoleID, SessionID, Name, Type, MinedDate string
	Summary                                           []string
	Parameters                                        struct {
		Scope                                             map[string]any
		IdentityCount, AssignmentCount                    int
		MinNumIdentitiesInPotentialRole, CorePopularity   int
		RequestedPruneThreshold, PrescribedPruneThreshold *int
		PruneThreshold                                    *int
		EdgeBoundRaised                                   bool
	}
	Candidates []struct {
		Threshold, Complexity, Roles int
		Sampled, Chosen              bool
	}
	CommonAccess []explainedAccess
	Mined        explainedFindings
	Present      struct {
		ExcludedEntitlements []explainedAccess
		explainedFindings
	}
	Members struct {
		Count int
		Ways  []struct {
			Way, Meaning string
			Count        int
			Identities   []struct {
				ID, Name string
				Fit      float64
			}
		}
	}
}

type explainedAccess struct {
	ID, Name, SourceID, SourceName string
	IdentityCount                  int
	Popularity, PopularityInOrg    float64
}

type explainedFindings struct {
	Core    []explainedAccess
	Density struct {
		Value                                             int
		SharedMean, UnitedMean, HeldMean                  float64
		EntitlementCount, Holdings, SharedHoldings, Pairs int
	}
	Freshness struct {
		Value       int
		NearestRole *struct {
			ID, Name           string
			Overlap            float64
			EntitlementCount   int
			SharedEntitlements []struct{ ID, Name string }
		}
	}
	Quality int
}

// set is a set of ids.
type set map[string]bool

func setOf(ids []string) set {
	s := set{}
	for _, id := range ids {
		s[id] = true
	}
	return s
}

// and counts what is in both.
func (s set) and(other set) int {
	n := 0
	for id := range s {
		if other[id] {
			n++
		}
	}
	return n
}

// auditor works out, plainly and from who holds what alone, what an explanation
// says. It shares no code with the engine.
type auditor struct {
	t      *testing.T
	s      *apptest.Server
	data   rolemining.Dataset
	holds  map[string]set // by identity
	active set
	names  map[string]string // of identities and entitlements
	common set
	held   map[string]int // by entitlement: how many active identities hold it
	roles  map[string]set // existing ones
}

func newAuditor(t *testing.T, s *apptest.Server, data rolemining.Dataset) *auditor {
	t.Helper()
	a := &auditor{t: t, s: s, data: data, holds: map[string]set{}, active: set{}, names: map[string]string{}, common: set{}, held: map[string]int{}, roles: map[string]set{}}
	for _, x := range data.Identities.All() {
		a.holds[x.ID], a.names[x.ID] = setOf(x.EntitlementIDs), x.DisplayName
		if x.Active {
			a.active[x.ID] = true
			for _, id := range x.EntitlementIDs {
				a.held[id]++
			}
		}
	}
	for _, e := range data.Entitlements {
		a.names[e.ID] = e.Name
		a.common[e.ID] = a.held[e.ID]*100 >= 80*len(a.active)
	}
	for _, r := range data.Roles {
		a.roles[r.ID] = setOf(r.EntitlementIDs)
	}
	return a
}

// explain reads the explanation of a role, twice to the same bytes.
func (a *auditor) explain(id string) explained {
	a.t.Helper()
	path := "/_mock/roles/" + id + "/explain"
	got := a.s.Send(http.MethodGet, path, nil, nil) // nobody asks for a token
	if got.Status != http.StatusOK {
		a.t.Fatalf("GET %s: %d %s", path, got.Status, got.Body)
	}
	if again := a.s.Send(http.MethodGet, path, nil, nil); string(again.Body) != string(got.Body) {
		a.t.Errorf("%s differs from one time to the next", path)
	}
	var e explained
	got.Into(&e)
	return e
}

func (a *auditor) equal(what string, want, got any) {
	a.t.Helper()
	if diff := gocmp.Diff(want, got); diff != "" {
		a.t.Errorf("%s (-worked out +explained):\n%s", what, diff)
	}
}

// audit holds the explanations of all roles of a session against the
// assignments. It returns them.
func (a *auditor) audit(session string, scope []string) []explained {
	a.t.Helper()
	var refs []struct{ ID string }
	a.s.Get("/v2026/role-mining-sessions/" + session + "/potential-role-summaries").Into(&refs)
	held := map[string]int{"SPECIALIZED": a.assignments(scope, "SPECIALIZED"), "COMMON": a.assignments(scope, "COMMON")}
	var all []explained
	for _, r := range refs {
		e := a.explain(r.ID)
		a.role(e)
		a.equal("identityCount of "+r.ID, len(scope), e.Parameters.IdentityCount)
		a.equal("assignmentCount of "+r.ID, held[e.Type], e.Parameters.AssignmentCount)
		all = append(all, e)
	}
	a.complexity(scope, all)
	a.leftOver(session, scope, all)
	return all
}

// own is what counts when identities are compared.
func (a *auditor) own(id, kind string) set {
	s := set{}
	for e := range a.holds[id] {
		if kind == "COMMON" || !a.common[e] {
			s[e] = true
		}
	}
	return s
}

func (a *auditor) assignments(scope []string, kind string) int {
	n := 0
	for _, id := range scope {
		n += len(a.own(id, kind))
	}
	return n
}

// role checks what is said of one role, and that the API says the same of it.
func (a *auditor) role(e explained) {
	a.t.Helper()
	shown := a.s.Get("/v2026/role-mining-potential-roles/" + e.PotentialRoleID)
	var api struct {
		ID, Name, Type, CreatedDate                string
		IdentityIDs, ExcludedEntitlements          []string
		IdentityCount, Density, Freshness, Quality int
	}
	shown.Into(&api)
	name := e.Name
	a.equal(name+": head", []string{api.ID, api.Name, api.Type, api.CreatedDate}, []string{e.PotentialRoleID, e.Name, e.Type, e.MinedDate})
	a.equal(name+": present numbers", []int{api.Density, api.Freshness, api.Quality},
		[]int{e.Present.Density.Value, e.Present.Freshness.Value, e.Present.Quality})
	slices.Sort(api.ExcludedEntitlements)
	excluded := setOf(api.ExcludedEntitlements)
	a.members(e, api.IdentityIDs)
	a.equal(name+": excluded", a.access(api.IdentityIDs, func(id string, _ int) bool { return excluded[id] }), e.Present.ExcludedEntitlements)
	a.equal(name+": common access", a.access(api.IdentityIDs, func(id string, _ int) bool { return e.Type != "COMMON" && a.common[id] }), e.CommonAccess)
	a.findings(name+" as mined", e.Type, api.IdentityIDs, set{}, e.Mined)
	a.findings(name+" at present", e.Type, api.IdentityIDs, excluded, e.Present.explainedFindings)
	if len(e.Summary) < 5 || slices.ContainsFunc(e.Summary, func(s string) bool { return !strings.HasSuffix(s, ".") || strings.Contains(s, "%!") }) {
		a.t.Errorf("%s: summary %q", name, e.Summary)
	}
}

// members checks that the ways add up to the members, and how each one fits.
func (a *auditor) members(e explained, want []string) {
	a.t.Helper()
	weight, whole := map[string]int{}, 0
	for _, c := range e.Mined.Core {
		weight[c.ID] = c.IdentityCount
		whole += c.IdentityCount
	}
	var ids []string
	for _, way := range e.Members.Ways {
		a.equal(e.Name+": count of "+way.Way, len(way.Identities), way.Count)
		if way.Meaning == "" {
			a.t.Errorf("%s: nothing is said of the way %s", e.Name, way.Way)
		}
		for _, m := range way.Identities {
			ids = append(ids, m.ID)
			part := 0
			for id := range a.holds[m.ID] {
				part += weight[id]
			}
			if fit := float64(part) / float64(whole); math.Abs(fit-m.Fit) > 0.0006 {
				a.t.Errorf("%s: %s fits by %v, want %v", e.Name, m.Name, m.Fit, fit)
			}
			least := map[string]int{"ABSORBED": 2, "GATHERED": 4}[way.Way] // at least a half, a quarter
			if least*part < whole && least > 0 {
				a.t.Errorf("%s: %s is %s, but holds %d of %d", e.Name, m.Name, way.Way, part, whole)
			}
			a.equal(e.Name+": name of "+m.ID, a.names[m.ID], m.Name)
		}
	}
	slices.Sort(ids)
	a.equal(e.Name+": members", want, ids)
	a.equal(e.Name+": count of members", len(want), e.Members.Count)
}

// access lists what is wanted of what the members hold, as explanations do.
func (a *auditor) access(members []string, want func(id string, holders int) bool) []explainedAccess {
	list := []explainedAccess{}
	for _, e := range a.data.Entitlements {
		held := 0
		for _, m := range members {
			held += btoi(a.holds[m][e.ID])
		}
		if held == 0 || !want(e.ID, held) {
			continue
		}
		source := a.data.Sources[slices.IndexFunc(a.data.Sources, func(s rolemining.Source) bool { return s.ID == e.SourceID })]
		list = append(list, explainedAccess{
			ID: e.ID, Name: e.Name, SourceID: source.ID, SourceName: source.Name, IdentityCount: held,
			Popularity: tenths(held, len(members)), PopularityInOrg: tenths(a.held[e.ID], len(a.active)),
		})
	}
	slices.SortFunc(list, func(x, y explainedAccess) int {
		return cmp.Or(cmp.Compare(y.IdentityCount, x.IdentityCount), cmp.Compare(x.ID, y.ID))
	})
	return list
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// tenths is a share in percent with one decimal.
func tenths(part, whole int) float64 { return math.Round(1000*float64(part)/float64(whole)) / 10 }

// findings works out core, density, freshness and quality without what is
// excluded: the density over all pairs of members, one by one.
func (a *auditor) findings(name, kind string, members []string, excluded set, got explainedFindings) {
	a.t.Helper()
	least := 50
	if kind == "COMMON" {
		least = 80
	}
	a.equal(name+": core", a.access(members, func(id string, held int) bool {
		return !excluded[id] && (kind == "COMMON" || !a.common[id]) && 100*held >= least*len(members)
	}), got.Core)
	a.density(name, kind, members, excluded, got)
	a.freshness(name, got)
	a.equal(name+": quality", (got.Density.Value+got.Freshness.Value+1)/2, got.Quality)
}

func (a *auditor) density(name, kind string, members []string, excluded set, got explainedFindings) {
	a.t.Helper()
	// A COMMON role has no entitlements but those of its core.
	core := set{}
	for _, c := range got.Core {
		core[c.ID] = true
	}
	sets := make([]set, len(members))
	counted := set{}
	holdings := 0
	for i, m := range members {
		sets[i] = set{}
		for id := range a.own(m, kind) {
			if !excluded[id] && (kind != "COMMON" || core[id]) {
				sets[i][id], counted[id] = true, true
			}
		}
		holdings += len(sets[i])
	}
	shared, united, pairs := 0, 0, 0
	for i, x := range sets {
		for _, y := range sets[:i] {
			both := x.and(y)
			shared, united, pairs = shared+both, united+len(x)+len(y)-both, pairs+1
		}
	}
	d := got.Density
	a.equal(name+": sums behind the density", []int{len(counted), holdings, shared, pairs}, []int{d.EntitlementCount, d.Holdings, d.SharedHoldings, d.Pairs})
	value := 0
	switch {
	case len(members) == 1:
		shared, united, pairs, value = holdings, holdings, 1, 100
	case united > 0:
		value = int(math.Floor(100*float64(shared)/float64(united) + 0.5))
	}
	a.equal(name+": density", value, d.Value)
	for what, pair := range map[string][2]float64{
		"shared": {float64(shared) / float64(pairs), d.SharedMean},
		"united": {float64(united) / float64(pairs), d.UnitedMean},
		"held":   {float64(holdings) / float64(len(members)), d.HeldMean},
	} {
		if math.Abs(pair[0]-pair[1]) > 0.0006 {
			a.t.Errorf("%s: %s on average %v, want %v", name, what, pair[1], pair[0])
		}
	}
}

// freshness compares the core with every role that exists.
func (a *auditor) freshness(name string, got explainedFindings) {
	a.t.Helper()
	core := set{}
	for _, c := range got.Core {
		core[c.ID] = true
	}
	best, bestID := 0.0, ""
	for id, role := range a.roles {
		both := core.and(role)
		overlap := float64(both) / float64(len(core)+len(role)-both)
		if both > 0 && (overlap > best || overlap == best && id < bestID) {
			best, bestID = overlap, id
		}
	}
	a.equal(name+": freshness", int(math.Floor(100*(1-best)+0.5)), got.Freshness.Value)
	n := got.Freshness.NearestRole
	if n == nil || bestID == "" {
		a.equal(name+": there is a nearest role", bestID != "", n != nil)
		return
	}
	shared := set{}
	for _, e := range n.SharedEntitlements {
		shared[e.ID] = true
	}
	both := core.and(a.roles[bestID])
	a.equal(name+": nearest role",
		[]any{bestID, len(a.roles[bestID]), both, both, tenths(both, len(core)+len(a.roles[bestID])-both)},
		[]any{n.ID, n.EntitlementCount, shared.and(core), shared.and(a.roles[bestID]), n.Overlap})
}

// complexity works out the weighted structural complexity of the roles that a
// session found, before anyone was gathered, which is that of the candidate whose
// threshold was used; and the prescribed threshold of the candidates.
func (a *auditor) complexity(scope []string, all []explained) {
	a.t.Helper()
	roles, cost := 0, 0
	left := setOf(scope)
	var one *explained
	for i, e := range all {
		if e.Type == "COMMON" {
			a.equal("thresholds of a COMMON role", []any{0, true, true}, []any{len(e.Candidates), e.Parameters.PrescribedPruneThreshold == nil, e.Parameters.PruneThreshold == nil})
			continue
		}
		one = &all[i]
		var members []string
		for _, way := range e.Members.Ways {
			for _, m := range way.Identities {
				if way.Way != "GATHERED" { // which comes after thresholds are compared
					members = append(members, m.ID)
					delete(left, m.ID)
				}
			}
		}
		core := set{}
		for _, c := range a.access(members, func(id string, held int) bool { return !a.common[id] && 2*held >= len(members) }) {
			core[c.ID] = true
		}
		roles, cost = roles+1, cost+1+len(core)
		for _, id := range members {
			own := a.own(id, e.Type)
			cost += 1 + len(own) + len(core) - 2*own.and(core)
		}
	}
	if one == nil {
		return
	}
	for id := range left {
		cost += len(a.own(id, "SPECIALIZED"))
	}
	least := math.MaxInt
	for _, c := range one.Candidates {
		least = min(least, c.Complexity)
		if c.Threshold == *one.Parameters.PruneThreshold {
			a.equal(fmt.Sprintf("roles and complexity at threshold %d", c.Threshold), []int{roles, cost}, []int{c.Roles, c.Complexity})
		}
	}
	prescribed := 30
	for _, c := range one.Candidates {
		if 100*least < 98*one.Parameters.AssignmentCount && 100*c.Complexity <= 101*least {
			prescribed = c.Threshold
		}
	}
	a.equal("prescribed threshold", prescribed, *one.Parameters.PrescribedPruneThreshold)
	for _, c := range one.Candidates {
		a.equal(fmt.Sprintf("candidate %d is the chosen one", c.Threshold), c.Threshold == prescribed, c.Chosen)
	}
}
