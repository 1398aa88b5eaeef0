package control

import (
	"fmt"
	"strconv"
	"strings"

	"mockserver/internal/miner"
	"mockserver/internal/rolemining"
)

// summaryOf tells an explanation in plain sentences, to be read out.
func summaryOf(e rolemining.Explanation) []string {
	m := e.Role.Origin.Mining
	var s []string
	if e.Role.Type == rolemining.Common {
		s = append(s, fmt.Sprintf("The session looked for what its scope of %s has in common, so all of them are members.", identities(m.IdentityCount)))
	} else {
		s = append(s, scopeSentence(m))
		s = append(s, thresholdSentences(m)...)
		s = append(s, membersSentence(e))
	}
	return append(append(s, findingSentences(e)...), editSentences(e)...)
}

func scopeSentence(m rolemining.Mining) string {
	return fmt.Sprintf("The session looked at %s. Together they have %s, not counting what nearly everybody in the organisation holds.",
		identities(m.IdentityCount), plural(m.Assignments, "assignment", "assignments"))
}

// thresholdSentences say which prune threshold was used and why.
func thresholdSentences(m rolemining.Mining) []string {
	used := fmt.Sprintf("two identities are alike if they share at least %d %% of what either of them holds", m.PruneThreshold)
	switch m.PruneThreshold {
	case 0:
		used = "two identities are alike if they share anything"
	case 100:
		used = "two identities are alike only if they hold the same"
	}
	var s []string
	switch {
	case m.Requested == nil && m.EdgeBoundRaised:
		s = append(s, fmt.Sprintf("The prune threshold is %d, because lower ones make too many pairs of identities alike: %s.", m.PruneThreshold, used))
	case m.Requested == nil:
		s = append(s, fmt.Sprintf("The prune threshold is the prescribed one, %d: %s.", m.PruneThreshold, used))
	case *m.Requested != m.PruneThreshold:
		s = append(s, fmt.Sprintf("A prune threshold of %d was asked for; it was raised to %d, because lower ones make too many pairs of identities alike: %s.",
			*m.Requested, m.PruneThreshold, used))
	default:
		s = append(s, fmt.Sprintf("A prune threshold of %d was asked for: %s.", m.PruneThreshold, used))
	}
	return append(s, prescriptionSentences(m)...)
}

// prescriptionSentences say why a threshold was prescribed.
func prescriptionSentences(m rolemining.Mining) []string {
	if m.Prescribed == nil {
		return nil
	}
	sampled := ""
	if len(m.Candidates) > 0 && m.Candidates[0].Sampled {
		sampled = ", first on a sample of the scope"
	}
	tried := fmt.Sprintf("%s tried%s", plural(len(m.Candidates), "threshold was", "thresholds were"), sampled)
	if !m.Saves() {
		return []string{fmt.Sprintf("%s; none describes who holds what in less than 98 %% of the %d single assignments, so the prescribed threshold is %d.",
			tried, m.Assignments, *m.Prescribed)}
	}
	for _, c := range m.Candidates {
		if m.Chosen(c) {
			return []string{fmt.Sprintf("%s. %d is prescribed, as the highest whose roles describe who holds what within one percent of the shortest description: with a complexity of %d, against %d for the single assignments.",
				tried, c.Threshold, c.Complexity, m.Assignments)}
		}
	}
	return []string{fmt.Sprintf("%s. %d is prescribed.", tried, *m.Prescribed)}
}

func membersSentence(e rolemining.Explanation) string {
	var parts []string
	for _, g := range e.Members {
		switch n := len(g.Members); g.Way {
		case miner.Clustered.String():
			parts = append(parts, fmt.Sprintf("%d formed a peer group", n))
		case miner.Absorbed.String():
			parts = append(parts, fmt.Sprintf("%d joined it for holding at least half of its core", n))
		case miner.Merged.String():
			parts = append(parts, fmt.Sprintf("%d came with another group of nearly the same core", n))
		case miner.Gathered.String():
			parts = append(parts, fmt.Sprintf("%d were gathered last, since most of what they hold is of the core", n))
		default:
			parts = append(parts, fmt.Sprintf("%d came another way (%s)", n, g.Way))
		}
	}
	return fmt.Sprintf("Of the %s, %s.", plural(len(e.Role.IdentityIDs), "member", "members"), list(parts))
}

// meaningOf says what a way into a role is.
func meaningOf(way string) string {
	switch way {
	case rolemining.InScope:
		return "In the scope of the session: a COMMON role has all of it."
	case miner.Clustered.String():
		return "In the peer group that the role was made of."
	case miner.Absorbed.String():
		return "In no peer group that was large enough; held at least half of the role's core, weighted by popularity, and no other role fitted better."
	case miner.Merged.String():
		return "In a peer group, or joined to one, whose core was at least 80 % the same: the two became one role."
	case miner.Gathered.String():
		return "In no role after all that; held at least a quarter of the role's core, weighted by popularity, and this is two entitlements or more and at least half of what it holds besides common access."
	default:
		return "Joined the role in another step of the engine."
	}
}

func findingSentences(e rolemining.Explanation) []string {
	f := e.Mined
	s := []string{coreSentence(e)}
	s = append(s, fmt.Sprintf("Density %d: two members share %s of the %s entitlements that either of them holds, on average.",
		f.Density.Value, decimal(f.Density.SharedMean), decimal(f.Density.UnitedMean)))
	s = append(s, freshnessSentence(f))
	return append(s, fmt.Sprintf("Quality %d is the mean of the two.", f.Quality))
}

func coreSentence(e rolemining.Explanation) string {
	core := e.Mined.Core
	if len(core) == 0 {
		return fmt.Sprintf("It has no core: nothing is held by at least %d %% of the members.", e.Role.Type.CorePopularity())
	}
	const most = 3
	var first []string
	for _, a := range core[:min(most, len(core))] {
		first = append(first, fmt.Sprintf("%q (%s %%)", a.Name, decimal(a.Popularity)))
	}
	more := ""
	if n := len(core) - len(first); n > 0 {
		more = fmt.Sprintf(", and %d more", n)
	}
	return fmt.Sprintf("The core is what at least %d %% of the members hold: %s%s.", e.Role.Type.CorePopularity(), strings.Join(first, ", "), more)
}

func freshnessSentence(f rolemining.Findings) string {
	n := f.Nearest
	if n == nil {
		return fmt.Sprintf("Freshness %d: no existing role has any of the core.", f.Freshness)
	}
	return fmt.Sprintf("Freshness %d: the most similar existing role, %q, has %d of the %s of the core and %d in all, which is an overlap of %s %%.",
		f.Freshness, n.Name, len(n.Shared), plural(len(f.Core), "entitlement", "entitlements"), n.EntitlementCount, decimal(n.Overlap))
}

// editSentences say what became of the role since it was mined.
func editSentences(e rolemining.Explanation) []string {
	now, was := e.Present, e.Mined
	numbers := fmt.Sprintf("density is %d, freshness %d and quality %d", now.Density.Value, now.Freshness, now.Quality)
	if n := len(e.Excluded); n > 0 {
		return []string{fmt.Sprintf("Since then %s taken out: now %s.", plural(n, "entitlement was", "entitlements were"), numbers)}
	}
	if now.Freshness != was.Freshness || now.Density.Value != was.Density.Value || now.Quality != was.Quality {
		return []string{fmt.Sprintf("It was worked out again when it was edited: now %s.", numbers)}
	}
	return nil
}

func identities(n int) string { return plural(n, "identity", "identities") }

// plural is a number with a noun.
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// list joins parts as a sentence does.
func list(parts []string) string {
	if len(parts) < 2 {
		return strings.Join(parts, "")
	}
	last := len(parts) - 1
	return strings.Join(parts[:last], ", ") + " and " + parts[last]
}

// decimal writes a number with at most one decimal.
func decimal(x float64) string {
	return strings.TrimSuffix(strconv.FormatFloat(x, 'f', 1, 64), ".0")
}
