package orggen

import (
	"slices"
	"strings"

	"mockserver/internal/rolemining"
)

// person is somebody whom the documents' examples, the OAuth clients or the
// sessions name.
type person struct {
	id          string // "" for a generated one
	first, last string
	email       string // "" for the usual one
	family      string
	office, job string
	manages     bool
	usage       map[string]int // days of activity by the key of a source, where they are not drawn
}

// placePeople gives the named people numbers in the first division: those who
// manage the second manager's place, the others the first behind the managers.
func (p *plan) placePeople() {
	for _, s := range p.profile.people {
		for _, g := range p.groups {
			if g.name != s.family || g.division > 1 {
				continue
			}
			first, end := g.start+g.managers, g.start+g.count
			if s.manages && g.managers > 1 {
				first = g.start + 1
			}
			for n := first; n < end; n++ {
				if _, taken := p.special[n]; !taken {
					p.special[n] = s
					break
				}
			}
		}
	}
}

// maker makes identities in the order of their numbers.
type maker struct {
	plan        *plan
	names       userNames
	first, last []string
	held        []bool // by entitlement, of the identity being made
	list        []int
	reach       []bool // by source: something of it is held
}

func newMaker(p *plan) *maker {
	m := &maker{
		plan: p, names: userNames{}, first: strings.Fields(firstNames), last: strings.Fields(lastNames),
		held: make([]bool, len(p.access)), reach: make([]bool, len(p.sources)),
	}
	for _, s := range p.special {
		m.names.take(s.first, s.last)
	}
	return m
}

// state is a lifecycle state.
type state struct {
	name   string
	active bool
}

// The lifecycle states of identities.
const (
	active        = "active"
	terminated    = "terminated"
	longTermLeave = "longTermLeave"
	prehire       = "prehire"
)

// person makes the identity of a number. The role is the one that was planted
// in it, into plan.planted, or none: whoever has left or not come yet does not
// hold it.
func (m *maker) person(number int) (who rolemining.Identity, role int) {
	p := m.plan
	g := p.group(number)
	at := p.post(g, number)
	r := newRNG(p.seed, "identity", number)
	s, isSpecial := p.special[number]
	if !isSpecial {
		s = person{first: r.pick(m.first), last: r.pick(m.last), office: r.pick(g.offices), job: g.jobs[r.skewed(len(g.jobs))]}
		if at.manages {
			s.job = p.managerJob(g, number)
		}
		if at.office != "" {
			s.office = at.office
		}
	}
	life := state{active, true}
	if !isSpecial && !at.manages {
		life = lifecycle(r)
	}
	who = rolemining.Identity{
		ID: p.identityID(number), DisplayName: s.first + " " + s.last, Email: s.email, Active: life.active,
		ManagerID: p.managerOf(g, number),
		Attributes: map[string]string{
			"firstName": s.first, "lastName": s.last, "department": g.department, "jobFamily": g.name, "jobTitle": s.job,
			"location": s.office, "employeeType": employeeType(g, r), "cloudLifecycleState": life.name,
		},
	}
	if p.divisions() > 1 {
		who.Attributes["division"] = p.part + " " + itoa(g.division)
	}
	who.Name = m.userName(s, isSpecial)
	if who.Email == "" {
		who.Email = who.Name + "@" + p.short + ".example"
	}
	m.draw(g, at, r, s.office, life)
	who.EntitlementIDs, who.Usage = m.collect(at, r, s, life)
	if life.name == terminated || life.name == prehire {
		return who, none
	}
	return who, at.role
}

// userName keeps the plain form for the people who are named elsewhere.
func (m *maker) userName(s person, special bool) string {
	if special {
		return plainName(s.first, s.last)
	}
	return m.names.take(s.first, s.last)
}

func (p *plan) managerJob(g *cohort, number int) string {
	switch {
	case number == p.top:
		return p.chief
	case number == g.start && g.head == p.top:
		return "Head of " + g.department
	case number == g.start:
		return "Director, " + g.name
	default:
		return "Manager, " + g.name
	}
}

// managerOf is the id of an identity's manager: people report to the managers
// of their group in turn, these to the first, the first to the department's
// head.
func (p *plan) managerOf(g *cohort, number int) string {
	switch k := number - g.start; {
	case number == p.top:
		return ""
	case k >= g.managers:
		return p.identityID(g.start + k%g.managers)
	case k > 0:
		return p.identityID(g.start)
	default:
		return p.identityID(g.head)
	}
}

func lifecycle(r *rng) state {
	switch n := r.below(1000); {
	case n < 35:
		return state{terminated, false}
	case n < 48:
		return state{longTermLeave, false}
	case n < 53:
		return state{prehire, false}
	default:
		return state{active, true}
	}
}

func employeeType(g *cohort, r *rng) string {
	if g.kind == loose || r.chance(60) {
		return "Contractor"
	}
	return "Employee"
}

// operator is the number of whoever answers for the machines: the head of the
// department that does or, in an organisation too small for one, the head of
// all.
func (p *plan) operator() int {
	for _, g := range p.groups {
		if g.department == p.machines {
			return g.start
		}
	}
	return p.groups[0].start
}

// serviceDepartment is none that people work in, so that machines are never
// mined along with them.
const serviceDepartment = "IT Operations"

// service makes an account that stands for a machine.
func (m *maker) service(number int) rolemining.Identity {
	p := m.plan
	r := newRNG(p.seed, "service", number)
	jobs := []string{"backup", "deploy", "monitoring", "feed-import", "scanner", "mail-relay", "ledger-sync", "report-run", "key-rotation", "badge-sync"}
	name := "svc." + jobs[number%len(jobs)]
	if n := number / len(jobs); n > 0 {
		name += itoa(n + 1)
	}
	m.empty()
	tail := p.tails[number%len(p.tails)]
	for range r.between(3, 7) {
		m.hold(tail[r.below(len(tail))])
	}
	who := rolemining.Identity{
		ID: p.ids.Hex("service", int64(number)), Name: name, DisplayName: "Service " + p.speller.title(strings.TrimPrefix(name, "svc.")), Active: true,
		ManagerID: p.identityID(p.operator()),
		Attributes: map[string]string{
			"department": serviceDepartment, "jobTitle": "Service Account", "employeeType": "Service", "cloudLifecycleState": "active",
		},
	}
	who.EntitlementIDs = m.sorted()
	return who
}

// sorted are the ids held, in the order of the plan: what all hold, then what
// the jobs own, then the rest.
func (m *maker) sorted() []string {
	slices.Sort(m.list)
	ids := make([]string, len(m.list))
	for i, e := range m.list {
		ids[i] = m.plan.access[e].ID
	}
	return ids
}
