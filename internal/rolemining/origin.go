package rolemining

import (
	"slices"

	"mockserver/internal/miner"
)

// Mining is what one run of the engine went by. The names in JSON are short:
// there is one for each potential role.
type Mining struct {
	IdentityCount int `json:"i"` // in the scope
	// Assignments counts what the identities of the scope hold: pairs of an
	// identity and an entitlement, without common access unless it was mined
	// for that.
	Assignments   int  `json:"a"`
	MinIdentities int  `json:"m"`
	Requested     *int `json:"r,omitempty"` // the prune threshold that was asked for, nil for the prescribed one
	Prescribed    *int `json:"p,omitempty"` // nil for COMMON
	// PruneThreshold is the one that was used, 0-100.
	PruneThreshold int `json:"t"`
	// EdgeBoundRaised says that there were too many similar identities to use,
	// or to try, a lower threshold.
	EdgeBoundRaised bool        `json:"x,omitempty"`
	Candidates      []Candidate `json:"c,omitempty"` // as tried, none for COMMON
}

// Candidate is a threshold that was tried for the prescribed one.
type Candidate struct {
	Threshold  int   `json:"t"` // 0-100
	Complexity int64 `json:"c"` // weighted structural complexity of the roles found
	Roles      int   `json:"r"`
	Sampled    bool  `json:"s,omitempty"` // measured on a sample of the scope
}

// Saves says whether any threshold that was tried on the whole scope describes
// it in less than 98 % of its assignments. Where none does there is no structure
// to find, and a fixed threshold is prescribed.
func (m Mining) Saves() bool {
	return slices.ContainsFunc(m.Candidates, func(c Candidate) bool {
		return !c.Sampled && 100*c.Complexity < 98*int64(m.Assignments)
	})
}

// Chosen says whether the candidate became the prescribed threshold. What was
// measured on a sample never does by itself.
func (m Mining) Chosen(c Candidate) bool {
	return !c.Sampled && m.Prescribed != nil && c.Threshold == *m.Prescribed
}

// Origin is how mining came to a potential role. It does not change, whatever is
// edited, and it stays with a role that outlives its mining. Members and
// entitlements are given by their places in the role, which keeps it small; when
// these change, it follows (Moved).
type Origin struct {
	Mining
	// Core is the places in Entitlements, ascending, of what at least half of
	// the members hold besides common access; of all of them if the role is
	// COMMON.
	Core []int `json:"k"`
	// Joined is the places in IdentityIDs, ascending, of the members that were
	// not in the peer group which the role was made of, by the way they came
	// (a word of miner.Joined).
	Joined    map[string][]int `json:"w,omitempty"`
	Density   int              `json:"d"`
	Freshness int              `json:"f"`
	Quality   int              `json:"q"`
	Nearest   *NearestRole     `json:"n,omitempty"`
}

// Moved is the origin of a role whose members and entitlements have other places
// in to than in from. It leaves out what is not there any more.
func (o Origin) Moved(from, to PotentialRole) Origin {
	if !slices.EqualFunc(from.Entitlements, to.Entitlements, func(a, b RoleEntitlement) bool { return a.ID == b.ID }) {
		at := make(map[string]int, len(to.Entitlements))
		for i, e := range to.Entitlements {
			at[e.ID] = i
		}
		o.Core = moved(o.Core, func(i int) (int, bool) { place, ok := at[from.Entitlements[i].ID]; return place, ok })
	}
	if !slices.Equal(from.IdentityIDs, to.IdentityIDs) {
		joined := map[string][]int{}
		for way, places := range o.Joined {
			left := moved(places, func(i int) (int, bool) { return slices.BinarySearch(to.IdentityIDs, from.IdentityIDs[i]) })
			if len(left) > 0 {
				joined[way] = left
			}
		}
		o.Joined = joined
	}
	return o
}

// moved is where places are now, ascending, without those that are nowhere.
func moved(places []int, find func(place int) (int, bool)) []int {
	left := make([]int, 0, len(places))
	for _, place := range places {
		if to, ok := find(place); ok {
			left = append(left, to)
		}
	}
	slices.Sort(left)
	return left
}

// CorePopularity is the least popularity, in % of the members, of an entitlement
// in the core of a role of this type. A COMMON role has no others.
func (t RoleType) CorePopularity() int {
	if t == Common {
		return 80
	}
	return 50
}

// NearestRole is the existing role most like a potential role.
type NearestRole struct {
	ID      string  `json:"id"`
	Name    string  `json:"-"` // looked up where it is told, "" in what is stored
	Overlap float64 `json:"o"` // Jaccard index of its access and the core, %, one decimal, over 0
}

// mining says what a run of the engine went by.
func (w *world) mining(session Session, kind RoleType, scope []int32, found miner.Result) Mining {
	m := Mining{
		IdentityCount:   found.IdentityCount,
		MinIdentities:   session.MinIdentities,
		Requested:       session.PruneThreshold,
		Prescribed:      found.PrescribedPruneThreshold,
		PruneThreshold:  found.PruneThreshold,
		EdgeBoundRaised: found.EdgeBoundRaised,
	}
	common := make([]bool, len(w.Entitlements))
	if kind != Common {
		for _, e := range found.Common {
			common[e] = true
		}
	}
	for _, x := range scope {
		for _, e := range w.Identities.Held(int(x)) {
			if !common[e] {
				m.Assignments++
			}
		}
	}
	for _, c := range found.Candidates {
		m.Candidates = append(m.Candidates, Candidate{c.Threshold, c.Complexity, c.Roles, c.Sampled})
	}
	return m
}

// originOf is how the engine came to a role, which is dressed already.
func originOf(went Mining, role PotentialRole, found miner.Role) *Origin {
	o := &Origin{
		Mining:  went,
		Core:    make([]int, 0, len(found.Core)),
		Density: role.Density, Freshness: role.Freshness, Quality: role.Quality, Nearest: role.Nearest,
	}
	for at, e := range found.Entitlements { // the core comes early: it is popular
		if len(o.Core) == len(found.Core) {
			break
		}
		if slices.Contains(found.Core, e.Entitlement) {
			o.Core = append(o.Core, at)
		}
	}
	for at, way := range found.Joined {
		if way == miner.Clustered {
			continue
		}
		if o.Joined == nil {
			o.Joined = map[string][]int{}
		}
		o.Joined[way.String()] = append(o.Joined[way.String()], at)
	}
	return o
}
