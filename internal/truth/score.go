package truth

import (
	"cmp"
	"math"
	"slices"
)

// Found is a role that was found.
type Found struct {
	IdentityIDs []string // the members; repetitions do no harm
	Core        []string // the ids of the entitlements that make the role
}

// Scores say how well found roles match the planted ones. All but the counts
// are from 0 to 1, the larger the better; only ARI can be below 0, where the
// match is worse than chance. They are rounded to six decimals, so that they
// are the same on every machine, and none is ever NaN or infinite.
type Scores struct {
	// ARI and NMI compare the two partitions of the identities, planted and
	// found; an identity without a role is a part of its own in both. They are
	// the adjusted Rand index and the normalised mutual information (by the
	// arithmetic mean of the entropies), and 1 for partitions that are equal.
	ARI float64 `json:"ari"`
	NMI float64 `json:"nmi"`
	// MemberJaccard is the mean over the planted roles of the largest Jaccard
	// index that the members of a found role have with its members, and
	// EntitlementJaccard the same of a found role's core and the planted access,
	// whoever the members are. Without planted roles both are 0.
	MemberJaccard      float64 `json:"memberJaccard"`
	EntitlementJaccard float64 `json:"entitlementJaccard"`
	// Assigned is the share of the members of planted roles that some found role
	// has, 0 if there are no such members.
	Assigned float64 `json:"assigned"`
	// Found counts the planted roles that have a found one of member Jaccard 0.5
	// or more, of Planted.
	Found   int `json:"found"`
	Planted int `json:"planted"`
}

// Score compares found roles with the planted ones.
//
// Only the identities in scope count; a nil scope is all of t.Identities and
// all that the found roles name. An identity that several found roles hold
// counts for the first. A planted role with fewer than minMembers identities
// in scope, which no search for roles of that size could find, is not counted:
// its identities are as those without a planted role. A minMembers below 1 is 1.
func (t Truth) Score(found []Found, scope []string, minMembers int) Scores {
	b := t.lineUp(found, scope)
	b.dropSmall(max(minMembers, 1))
	s := Scores{}
	s.ARI, s.NMI = agreement(alone(b.planted), alone(b.found))
	b.matches(t, found, &s)
	for _, x := range []*float64{&s.ARI, &s.NMI, &s.MemberJaccard, &s.EntitlementJaccard, &s.Assigned} {
		*x = math.Round(*x*1e6) / 1e6
	}
	return s
}

// board has the identities that count, each with its planted and its found
// role: an index, or none.
type board struct{ planted, found []int32 }

const none = -1

// lineUp finds the identities that count and their roles.
func (t Truth) lineUp(found []Found, scope []string) board {
	if scope == nil {
		scope = sortedKeys(t.Identities)
		for _, f := range found {
			scope = append(scope, f.IdentityIDs...)
		}
	}
	roleAt := make(map[string]int32, len(t.Roles))
	for i, r := range t.Roles {
		roleAt[r.ID] = int32(i)
	}
	var b board
	at := make(map[string]int, len(scope))
	for _, id := range scope {
		if _, twice := at[id]; twice {
			continue
		}
		at[id] = len(b.planted)
		role, ok := roleAt[t.Identities[id]]
		if !ok {
			role = none
		}
		b.planted, b.found = append(b.planted, role), append(b.found, none)
	}
	for k, f := range found {
		for _, id := range f.IdentityIDs {
			if i, ok := at[id]; ok && b.found[i] == none {
				b.found[i] = int32(k)
			}
		}
	}
	return b
}

// dropSmall takes planted roles of too few members from those who have them.
func (b *board) dropSmall(least int) {
	sizes := counts(b.planted)
	for i, role := range b.planted {
		if role != none && sizes[role] < least {
			b.planted[i] = none
		}
	}
}

// counts are the members of each role.
func counts(roles []int32) map[int32]int {
	out := map[int32]int{}
	for _, role := range roles {
		if role != none {
			out[role]++
		}
	}
	return out
}

// matches looks for the best found role of each planted one.
func (b *board) matches(t Truth, found []Found, s *Scores) {
	plantedSizes, foundSizes := counts(b.planted), counts(b.found)
	members, assigned := 0, 0
	for i, role := range b.planted {
		if role == none {
			continue
		}
		members++
		if b.found[i] != none {
			assigned++
		}
	}
	bestMembers := make([]float64, len(t.Roles))
	for _, c := range overlaps(b.planted, b.found) {
		if c.a == none || c.b == none {
			continue
		}
		union := plantedSizes[c.a] + foundSizes[c.b] - c.n
		bestMembers[c.a] = max(bestMembers[c.a], float64(c.n)/float64(union))
	}
	s.Planted = len(plantedSizes)
	cores := newCoreIndex(found)
	for role := range bestMembers {
		if plantedSizes[int32(role)] == 0 {
			continue
		}
		s.MemberJaccard += bestMembers[role]
		s.EntitlementJaccard += cores.best(t.Roles[role].EntitlementIDs)
		if bestMembers[role] >= 0.5 {
			s.Found++
		}
	}
	if s.Planted > 0 {
		s.MemberJaccard /= float64(s.Planted)
		s.EntitlementJaccard /= float64(s.Planted)
		s.Assigned = float64(assigned) / float64(members)
	}
}

// alone gives each element without a group a group of its own.
func alone(group []int32) []int32 {
	next := int32(0)
	for _, g := range group {
		next = max(next, g+1)
	}
	out := slices.Clone(group)
	for i, g := range group {
		if g == none {
			out[i] = next
			next++
		}
	}
	return out
}

// overlap counts the elements that are in group a and in group b.
type overlap struct {
	a, b int32
	n    int
}

// overlaps are those of two groupings, in the order of their groups, so that
// sums over them have the same last digit every time.
func overlaps(a, b []int32) []overlap {
	pairs := make([]overlap, len(a))
	for i := range a {
		pairs[i] = overlap{a[i], b[i], 1}
	}
	slices.SortFunc(pairs, func(x, y overlap) int { return cmp.Or(cmp.Compare(x.a, y.a), cmp.Compare(x.b, y.b)) })
	out := pairs[:0]
	for _, p := range pairs {
		if last := len(out) - 1; last >= 0 && out[last].a == p.a && out[last].b == p.b {
			out[last].n++
			continue
		}
		out = append(out, p)
	}
	return out
}

// agreement is the adjusted Rand index and the normalised mutual information of
// two partitions, whose groups are numbered from 0.
func agreement(a, b []int32) (ari, nmi float64) {
	n := float64(len(a))
	as, bs := sizes(a), sizes(b)
	var index, mutual float64
	for _, c := range overlaps(a, b) {
		share := float64(c.n)
		index += pairs(c.n)
		mutual += float64(share / n * math.Log(n*share/float64(as[c.a]*bs[c.b])))
	}
	sumA, entropyA := spread(as, n)
	sumB, entropyB := spread(bs, n)
	ari, nmi = 1, 1 // of partitions that leave no choice: all alone, or all together
	if expected := sumA * sumB / max(pairs(len(a)), 1); (sumA+sumB)/2 != expected {
		ari = (index - expected) / ((sumA+sumB)/2 - expected)
	}
	if entropyA+entropyB > 0 {
		nmi = max(0, 2*mutual/(entropyA+entropyB))
	}
	return ari, nmi
}

func sizes(groups []int32) []int {
	out := make([]int, len(groups))
	for _, g := range groups {
		for int(g) >= len(out) {
			out = append(out, 0)
		}
		out[g]++
	}
	return out
}

// spread is how many pairs groups of these sizes have inside, and their entropy.
func spread(sizes []int, n float64) (inside, entropy float64) {
	for _, c := range sizes {
		if c > 0 {
			inside += pairs(c)
			entropy -= float64(float64(c) / n * math.Log(float64(c)/n))
		}
	}
	return inside, entropy
}

// pairs is how many pairs c elements make.
func pairs(c int) float64 { return float64(c) * float64(c-1) / 2 }
