package main

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"unicode"

	"mockserver/internal/rolemining"
)

const (
	// The most characters of a text in the table; --json has all of it.
	maxCell = 32
	// How many attribute values and entitlements tell a role from others.
	mostTelling = 3
	// tellingShare is the least share of a role's members, in percent, and
	// tellingLead how many points more than in the scope they must be, for an
	// attribute value to tell something.
	tellingShare = 50
	tellingLead  = 10
)

// writeRoleTable writes what was found for people. Lines are cut to the width
// of a terminal, 0 for none.
func writeRoleTable(w io.Writer, found minedOrganisation, width int) error {
	var b bytes.Buffer
	found.writeHead(&b)
	if len(found.Roles) > 0 {
		fmt.Fprintln(&b)
		everybody := found.Distribution()
		t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
		fmt.Fprintln(t, "ROLE\tIDENTITIES\tENTITLEMENTS\tCORE\tDENSITY\tFRESHNESS\tQUALITY\tATTRIBUTES\tCORE ACCESS")
		for _, r := range found.Roles {
			fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%s\t%s\n", clip(r.Name, maxCell), len(r.IdentityIDs), r.EntitlementCount, len(r.Core),
				r.Density, r.Freshness, r.Quality, tellingAttributes(r, everybody), found.tellingAccess(r))
		}
		if err := t.Flush(); err != nil {
			return err
		}
	}
	for line := range strings.Lines(b.String()) {
		line = printable(strings.TrimRight(line, " \n"))
		if width > 0 {
			line = clip(line, width)
		}
		if _, err := fmt.Fprintln(w, line); err != nil {
			return err
		}
	}
	return nil
}

// writeHead says whom was mined, how, and what came of it.
func (m minedOrganisation) writeHead(w io.Writer) {
	s := m.Session
	fmt.Fprintf(w, "%s: %d of %d identities in the scope, %s\n", m.data.Org.TenantName, s.IdentityCount, m.data.Identities.Len(), m.how())
	if m.Mining.EdgeBoundRaised {
		fmt.Fprintf(w, "So many identities are alike that thresholds under %d could not be used.\n", m.Mining.PruneThreshold)
	}
	if s.IdentityCount == 0 {
		fmt.Fprintln(w, "Nobody is in the scope.")
		return
	}
	defer m.writeRecovery(w)
	if len(m.Roles) == 0 && m.Mining.Assignments == 0 {
		fmt.Fprintln(w, m.nothingToCompare())
		return
	}
	if len(m.Roles) == 0 {
		fmt.Fprintf(w, "No potential role: no %s or more have enough in common. Try a lower --min-identities or another --prune-threshold.\n", counted(s.MinIdentities, "identity", "identities"))
		return
	}
	in := 0
	for _, r := range m.Roles {
		in += len(r.IdentityIDs)
	}
	fmt.Fprintf(w, "%s with %s, %s of the scope\n", counted(len(m.Roles), "potential role", "potential roles"),
		counted(in, "identity", "identities"), percent(in, s.IdentityCount))
}

// nothingToCompare says why nobody in the scope has anything that counts.
func (m minedOrganisation) nothingToCompare() string {
	for _, id := range m.IdentityIDs {
		if at, ok := m.data.Identities.Find(id); ok && m.Session.Type == rolemining.Specialized && len(m.data.Identities.Held(at)) > 0 {
			return "No potential role: everybody in the scope holds common access only, which SPECIALIZED mining leaves out. --type COMMON finds it."
		}
	}
	return "No potential role: nobody in the scope holds any access."
}

// writeRecovery says how well planted roles were found.
func (m minedOrganisation) writeRecovery(w io.Writer) {
	if s := m.recovery; s != nil {
		fmt.Fprintf(w, "Recovery: %d of %d planted roles; ARI %.3f, NMI %.3f; mean best Jaccard %.3f of members, %.3f of entitlements; %.0f %% of their holders in a role\n",
			s.Found, s.Planted, s.ARI, s.NMI, s.MemberJaccard, s.EntitlementJaccard, 100*s.Assigned)
	}
}

// how says by which parameters the organisation was mined.
func (m minedOrganisation) how() string {
	s := m.Session
	threshold := ""
	switch prescribed := s.PrescribedPruneThreshold; {
	case prescribed == nil:
	case s.PruneThreshold == nil:
		threshold = fmt.Sprintf("prune threshold %d (prescribed), ", m.Mining.PruneThreshold)
	default:
		threshold = fmt.Sprintf("prune threshold %d (prescribed: %d), ", m.Mining.PruneThreshold, *prescribed)
	}
	return fmt.Sprintf("%s, %sat least %s a role", s.Type, threshold, counted(s.MinIdentities, "identity", "identities"))
}

// tellingAttributes are the attribute values that tell the members from the
// rest of the scope, the most telling first: "department Finance 96 %".
func tellingAttributes(r rolemining.OfflineRole, everybody []rolemining.AttributeDistribution) string {
	type telling struct {
		text string
		lead float64 // in points
	}
	var all []telling
	for i, d := range r.Distribution {
		top := d.Values[0]
		share := 100 * float64(top.Count) / float64(len(r.IdentityIDs))
		if top.Value == nil || share < tellingShare {
			continue
		}
		lead := share - shareOf(*top.Value, everybody[i])
		if lead >= tellingLead {
			all = append(all, telling{fmt.Sprintf("%s %s %s", d.Name, clip(*top.Value, maxCell), percent(top.Count, len(r.IdentityIDs))), lead})
		}
	}
	slices.SortStableFunc(all, func(a, b telling) int { return cmp.Compare(b.lead, a.lead) })
	var texts []string
	for _, t := range all[:min(mostTelling, len(all))] {
		texts = append(texts, t.text)
	}
	return orDash(strings.Join(texts, ", "))
}

// shareOf is how many have a value, in percent.
func shareOf(value string, d rolemining.AttributeDistribution) float64 {
	with, all := 0, 0
	for _, v := range d.Values {
		all += v.Count
		if v.Value != nil && *v.Value == value {
			with = v.Count
		}
	}
	return 100 * float64(with) / float64(max(all, 1))
}

// tellingAccess names the entitlements of the core that are most common among
// the members compared with everybody.
func (m minedOrganisation) tellingAccess(r rolemining.OfflineRole) string {
	core := make([]rolemining.RoleEntitlement, 0, len(r.Core))
	for _, e := range r.Entitlements {
		if slices.Contains(r.Core, e.ID) {
			core = append(core, e)
		}
	}
	slices.SortStableFunc(core, func(a, b rolemining.RoleEntitlement) int {
		return cmp.Compare(b.Popularity-b.PopularityInOrg, a.Popularity-a.PopularityInOrg)
	})
	var texts []string
	for _, e := range core[:min(mostTelling, len(core))] {
		texts = append(texts, clip(m.entitlements[e.ID].Name, maxCell))
	}
	if more := len(core) - len(texts); more > 0 {
		texts = append(texts, fmt.Sprintf("%d more", more))
	}
	return orDash(strings.Join(texts, ", "))
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

// percent writes a share in whole percent, rounded half up; of nothing it is 0.
func percent(part, whole int) string {
	if whole == 0 {
		return "0 %"
	}
	return fmt.Sprintf("%d %%", (200*part+whole)/(2*whole))
}

// clip cuts a text to a number of characters, the last of which is then an
// ellipsis, and keeps it printable.
func clip(text string, most int) string {
	runes := []rune(printable(text))
	if len(runes) <= most {
		return string(runes)
	}
	return string(runes[:max(most-1, 0)]) + "…"
}

// printable keeps a text on its line and in its column, and from steering a
// terminal: names come from files of anybody's.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, text)
}
