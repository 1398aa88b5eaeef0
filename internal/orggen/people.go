package orggen

import (
	"slices"
	"strings"

	"mockserver/internal/rolemining"
)

// person is somebody whom the documents' examples, the OAuth clients or the
// sessions name.
type person struct {
	id           string // "" for a generated one
	first, last  string
	email        string // "" for the usual one
	family       string
	office, job  string
	manages      bool
	datasetUsage int // days on DataScienceDataset, 0 for a drawn number
}

// The people that other parts of the organisation name.
const (
	administrator     = "2c9180907b1f3a52017b2d6e40c10a77"
	ashleyPierce      = "2c918090761a5aac0176215c46a62d58"
	roleAdministrator = "2c9180907b1f3a52017b2d6e40c10b12"
)

func people() []person {
	return []person{
		{id: administrator, first: "Quintin", last: "Mercer", family: "Identity & Access", office: "Miami", job: "Identity Engineer"},
		{id: roleAdministrator, first: "Lena", last: "Okonkwo", family: "Identity & Access", office: "Austin", job: "Identity Analyst"},
		{id: ashleyPierce, first: "Ashley", last: "Pierce", family: "Data Science", office: "Miami", job: "Data Scientist"},
		{id: "2c918090761a5aac01722015c46a62d42", first: "Marisol", last: "Vega", family: "Data Science", office: "Miami", job: "Senior Data Scientist"},
		{id: "2c9180877212632a017228d5934525e6", first: "Allene", last: "Abernathy-Welch", family: "Database Engineering", office: "NYC", job: "SQL Developer"},
		{id: "2c918089762475180176267f894b54dc", first: "Kirk", last: "Koepp", email: "kirk.koepp@testmail.identitynow.com",
			family: "Data Engineering", office: "Miami", job: "Data Engineer", datasetUsage: 25},
		{id: "2b568c65bc3c4c57a43bd97e3a8e41", first: "Rosalind", last: "Achebe", family: "General Accounting", office: "NYC", job: "Accounting Manager", manages: true},
		{first: "Amanda", last: "Ross", family: "Contact Centre", office: "Austin", job: "Care Team Manager", manages: true},
	}
}

// placePeople gives the named people numbers in the first division: those who
// manage the second manager's place, the others the first behind the managers.
func (p *plan) placePeople() {
	for _, s := range people() {
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
	core        []int8 // by source: how many entitlements the work gives
}

func newMaker(p *plan) *maker {
	return &maker{
		plan: p, names: userNames{}, first: strings.Fields(firstNames), last: strings.Fields(lastNames),
		held: make([]bool, len(p.access)), core: make([]int8, len(p.sources)),
	}
}

// state is a lifecycle state.
type state struct {
	name   string
	active bool
}

// person makes the identity of a number.
func (m *maker) person(number int) rolemining.Identity {
	p := m.plan
	g := p.group(number)
	r := newRNG(p.opts.Seed, "identity", number)
	s, isSpecial := p.special[number]
	manages := number < g.start+g.managers
	if !isSpecial {
		s = person{first: r.pick(m.first), last: r.pick(m.last), office: r.pick(g.offices), job: g.jobs[r.skewed(len(g.jobs))]}
		if manages {
			s.job = m.managerJob(g, number)
		}
	}
	life := state{"active", true}
	if !isSpecial && !manages {
		life = lifecycle(r)
	}
	who := rolemining.Identity{
		ID: p.identityID(number), DisplayName: s.first + " " + s.last, Email: s.email, Active: life.active,
		ManagerID: m.managerOf(g, number),
		Attributes: map[string]string{
			"firstName": s.first, "lastName": s.last, "department": g.department, "jobFamily": g.name, "jobTitle": s.job,
			"location": s.office, "employeeType": employeeType(g, r), "cloudLifecycleState": life.name,
		},
	}
	if g.division > 1 || len(p.groups) > 1 && p.groups[len(p.groups)-1].division > 1 {
		who.Attributes["division"] = "Division " + itoa(g.division)
	}
	who.Name = m.userName(s, isSpecial)
	if who.Email == "" {
		who.Email = who.Name + "@acme.example"
	}
	m.draw(g, r, s, life, manages)
	who.EntitlementIDs, who.Usage = m.collect(r, s, life)
	return who
}

// userName keeps the plain form for the people who are named elsewhere.
func (m *maker) userName(s person, special bool) string {
	if special {
		return strings.ToLower(s.first + "." + s.last)
	}
	name := m.names.take(s.first, s.last)
	for m.isSpecialName(name) {
		name = m.names.take(s.first, s.last)
	}
	return name
}

func (m *maker) isSpecialName(name string) bool {
	for _, s := range m.plan.special {
		if strings.ToLower(s.first+"."+s.last) == name {
			return true
		}
	}
	return false
}

func (m *maker) managerJob(g *cohort, number int) string {
	switch {
	case number == m.plan.top:
		return "Chief Executive"
	case number == g.start && g.head == m.plan.top:
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
func (m *maker) managerOf(g *cohort, number int) string {
	switch k := number - g.start; {
	case number == m.plan.top:
		return ""
	case k >= g.managers:
		return m.plan.identityID(g.start + k%g.managers)
	case k > 0:
		return m.plan.identityID(g.start)
	default:
		return m.plan.identityID(g.head)
	}
}

func lifecycle(r *rng) state {
	switch n := r.below(1000); {
	case n < 35:
		return state{"terminated", false}
	case n < 48:
		return state{"longTermLeave", false}
	case n < 53:
		return state{"prehire", false}
	default:
		return state{"active", true}
	}
}

func employeeType(g *cohort, r *rng) string {
	if g.kind == loose || r.chance(60) {
		return "Contractor"
	}
	return "Employee"
}

// operator is the number of whoever answers for the machines: the head of IT or,
// in an organisation too small for one, the head of all.
func (p *plan) operator() int {
	for _, g := range p.groups {
		if g.department == "IT" {
			return g.start
		}
	}
	return p.groups[0].start
}

// service makes an account that stands for a machine. Its department is none
// that people work in, so that it is never mined along with them.
func (m *maker) service(number int) rolemining.Identity {
	p := m.plan
	r := newRNG(p.opts.Seed, "service", number)
	jobs := []string{"backup", "deploy", "monitoring", "feed-import", "scanner", "mail-relay", "ledger-sync", "report-run", "key-rotation", "badge-sync"}
	name := "svc." + jobs[number%len(jobs)]
	if n := number / len(jobs); n > 0 {
		name += itoa(n + 1)
	}
	clear(m.held)
	m.list = m.list[:0]
	for range r.between(3, 7) {
		m.hold(p.tail[r.below(len(p.tail))])
	}
	who := rolemining.Identity{
		ID: p.ids.Hex("service", int64(number)), Name: name, DisplayName: "Service " + title(strings.TrimPrefix(name, "svc.")), Active: true,
		ManagerID: p.identityID(p.operator()),
		Attributes: map[string]string{
			"department": "IT Operations", "jobTitle": "Service Account", "employeeType": "Service", "cloudLifecycleState": "active",
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
