package orggen

import (
	"slices"
	"strconv"
	"strings"
)

// cohort is a job family of a division: people who are numbered in a row. The
// first manage the others; the last may work in crews.
type cohort struct {
	family
	division     int // from 1
	start, count int
	managers     int
	head         int // the number of whom the first manager reports to
	role         int // the planted role of its people, into plan.planted, or none
	core, shared []int
	offices      []string // each as often as its weight
	jobs         []string
	leases       []lease
	managersRole int
}

const none = -1

// lease is people of a cohort who work in a crew: numbers from first, before end.
type lease struct {
	role, first, end int
	office           string
}

// role is what was planted: access that people have in common.
type role struct {
	slug, name string
	division   int
	kind       familyKind
	own        []int // what the role is about
	base       []int // what those who have it hold of their department
	access     []int // what it gives according to truth.json
}

// post is the place of a number in the organisation.
type post struct {
	role    int // into plan.planted, or none
	kind    familyKind
	own     []int
	base    []int
	office  string // "" for any of the family's
	manages bool
}

// familyCount leaves small organisations with few families that are worth
// finding, rather than with many of a handful.
func familyCount(identities, all int) int { return min(max(identities/30, 1), all) }

// layOut makes the groups, their access and the roles planted in them.
func (p *plan) layOut() {
	parts := p.divisions()
	p.services = min(p.opts.Identities/100, 10*parts)
	p.people = p.opts.Identities - p.services
	families := p.families[:familyCount(p.opts.Identities, len(p.families))]
	total := 0
	for _, f := range families {
		total += f.weight * parts
	}
	shared := map[string]string{}
	for _, d := range p.departments {
		shared[d.name] = d.access
	}
	sum := 0
	for d := 1; d <= parts; d++ {
		first := len(p.groups)
		for _, f := range families {
			start := p.people * sum / total
			sum += f.weight
			if end := p.people * sum / total; end > start {
				p.addGroup(f, d, start, end-start, p.all(shared[f.department], d))
			}
		}
		p.addManagers(p.groups[first:], d)
		for _, c := range p.crews {
			p.addCrew(c, p.groups[first:], d, p.people*c.weight/total)
		}
	}
	p.setHeads()
}

func (p *plan) addGroup(f family, division, start, count int, shared []int) {
	g := cohort{
		family: f, division: division, start: start, count: count, managers: max(1, (count+6)/16), role: none,
		core: p.all(f.access, division), shared: shared, offices: weighted(f.places), jobs: strings.Split(f.titles, ", "),
	}
	if f.kind != loose {
		g.role = p.plant(role{
			slug: slugOf(f.name), name: f.name, division: division, kind: f.kind,
			own: g.core, base: shared, access: slices.Concat(shared, g.core),
		})
	}
	p.groups = append(p.groups, g)
}

// plant adds a role.
func (p *plan) plant(r role) int {
	slices.Sort(r.access)
	r.access = slices.Compact(r.access)
	p.planted = append(p.planted, r)
	return len(p.planted) - 1
}

// addManagers plants the role of the managers of a division, whatever they
// manage.
func (p *plan) addManagers(groups []cohort, division int) {
	own := p.all(p.managerAccess, division)
	at := p.plant(role{slug: "people-managers", name: "People Managers", division: division, own: own, access: slices.Clone(own)})
	for i := range groups {
		groups[i].managersRole = at
	}
}

// addCrew takes the people of a crew from the ends of its families, in equal
// numbers, but never more than a third of one. Without all of its families, or
// with a handful of people, there is no crew.
func (p *plan) addCrew(c crew, groups []cohort, division, size int) {
	var hosts []*cohort
	names := strings.Split(c.families, "; ")
	for i := range groups {
		if slices.Contains(names, groups[i].name) {
			hosts = append(hosts, &groups[i])
		}
	}
	if len(hosts) < len(names) || size < 10 {
		return
	}
	own := p.all(c.access, division)
	at := p.plant(role{slug: slugOf(c.name), name: c.name, division: division, own: own, access: slices.Clone(own)})
	for i, g := range hosts {
		end := g.start + g.count
		if len(g.leases) > 0 {
			end = g.leases[len(g.leases)-1].first
		}
		n := min((size+i)/len(hosts), g.count/3)
		g.leases = append(g.leases, lease{role: at, first: end - n, end: end, office: c.office})
	}
}

// setHeads makes the first manager of a department's first group its head.
// Heads report to the chief executive, who heads the department of executives
// or, where there is none, the first.
func (p *plan) setHeads() {
	p.top = p.groups[0].start
	for _, g := range p.groups {
		if g.department == executives {
			p.top = g.start
			break
		}
	}
	heads := map[string]int{}
	for i := range p.groups {
		g := &p.groups[i]
		place := g.department + "/" + itoa(g.division)
		head, ok := heads[place]
		if !ok {
			heads[place] = g.start
			head = p.top
		}
		g.head = head
	}
}

// executives is the department of those who lead an organisation.
const executives = "Executive"

// weighted repeats each word of "NYC 5, Austin 1" as often as it says.
func weighted(list string) []string {
	var out []string
	for item := range strings.SplitSeq(list, ", ") {
		name, weight, _ := strings.Cut(item, " ")
		n, err := strconv.Atoi(weight)
		if err != nil {
			n = 1
		}
		out = append(out, slices.Repeat([]string{name}, n)...)
	}
	return out
}

// slugOf is a name in lower case with dashes: "Identity & Access" is
// "identity-access".
func slugOf(name string) string {
	between := func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }
	return strings.Join(strings.FieldsFunc(strings.ToLower(name), between), "-")
}

// group finds the group of a number by bisection.
func (p *plan) group(number int) *cohort {
	at, found := slices.BinarySearchFunc(p.groups, number, func(g cohort, n int) int { return g.start - n })
	if !found {
		at--
	}
	return &p.groups[at]
}

// post finds the place of a number of a group.
func (p *plan) post(g *cohort, number int) post {
	first := g.core[:min(1, len(g.core))] // what says that one belongs to the family
	if number < g.start+g.managers {
		return post{role: g.managersRole, own: p.planted[g.managersRole].own, base: slices.Concat(g.shared, first), manages: true}
	}
	for _, l := range g.leases {
		if l.first <= number && number < l.end {
			return post{role: l.role, own: p.planted[l.role].own, base: slices.Concat(g.shared, first), office: l.office}
		}
	}
	return post{role: g.role, kind: g.kind, own: g.core, base: g.shared}
}
