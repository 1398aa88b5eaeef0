package orggen

import "strconv"

func itoa(n int) string { return strconv.Itoa(n) }

// hold gives an entitlement to the identity being made.
func (m *maker) hold(e int) {
	if !m.held[e] {
		m.held[e] = true
		m.list = append(m.list, e)
	}
}

// draw decides what the identity holds.
func (m *maker) draw(g *cohort, r *rng, s person, life state, manages bool) {
	clear(m.held)
	clear(m.core)
	m.list = m.list[:0]
	switch life.name {
	case "prehire":
		m.some(r, m.plan.birthright[:4], 1000)
		return
	case "terminated":
		if r.chance(150) { // forgotten access
			m.some(r, g.core, 600)
		}
		return
	}
	exact := g.kind == uniform && !manages && r.chance(750)
	if exact {
		m.some(r, m.plan.birthright, 1000)
		m.some(r, g.shared, 1000)
		m.some(r, g.core, 1000)
		m.door(r, s.office, 1000, 0)
		m.countCore(g)
		return
	}
	m.some(r, m.plan.birthright, 985)
	m.work(g, r)
	m.countCore(g)
	if manages {
		m.some(r, m.plan.manager, 960)
	}
	m.door(r, s.office, 900, 220)
	m.noise(g, r)
}

// some holds each entitlement of a list with the same chance.
func (m *maker) some(r *rng, list []int, permille int) {
	for _, e := range list {
		if r.chance(permille) {
			m.hold(e)
		}
	}
}

// work holds what the department and the family own. A family's last
// entitlement is one that only part of it needs.
func (m *maker) work(g *cohort, r *rng) {
	chance := 1000 - 10*m.plan.opts.Noise
	if g.kind == tight {
		chance = 1000 - 4*m.plan.opts.Noise
	}
	m.some(r, g.shared, chance)
	for i, e := range g.core {
		c := chance
		if i == len(g.core)-1 && g.kind == usual {
			c = chance * 7 / 10
		}
		if r.chance(c) {
			m.hold(e)
		}
	}
}

func (m *maker) countCore(g *cohort) {
	for _, list := range [][]int{g.core, g.shared} {
		for _, e := range list {
			m.core[m.plan.access[e].source]++
		}
	}
}

func (m *maker) door(r *rng, office string, enter, extra int) {
	doors := m.plan.doors[office]
	if doors == nil {
		return
	}
	m.some(r, doors[:1], enter)
	m.some(r, doors[1:], extra)
}

// noise adds what the job does not explain.
func (m *maker) noise(g *cohort, r *rng) {
	n := 0
	switch {
	case g.kind == loose:
		n = r.between(4, 12)
	case r.chance(10): // an outlier who collected a lot
		n = r.between(20, 35)
	default:
		for n < 6 && r.chance(1000*m.plan.opts.Noise/(m.plan.opts.Noise+5)) {
			n++
		}
	}
	if g.kind == tight {
		n /= 2
	}
	for range n {
		e := m.plan.tail[r.below(len(m.plan.tail))]
		if r.chance(700) {
			e = m.plan.tail[r.skewed(len(m.plan.tail))]
		}
		if m.plan.sources[m.plan.access[e].source].key != "ds" || g.department == "Data & Analytics" {
			m.hold(e)
		}
	}
	if g.kind != loose && r.chance(min(6*m.plan.opts.Noise, 200)) {
		m.moved(g, r)
	}
}

// moved adds most of what another family of the division owns: the access of
// a former job.
func (m *maker) moved(g *cohort, r *rng) {
	old := &m.plan.groups[r.below(len(m.plan.groups))]
	if old.name == g.name || old.division != g.division || old.department == "Data & Analytics" || old.kind == uniform {
		return
	}
	m.some(r, old.core, 750)
}

// collect ends an identity: the ids held and the days of activity
// by source id.
func (m *maker) collect(r *rng, s person, life state) ([]string, map[string]int) {
	reach := make([]bool, len(m.plan.sources))
	for _, e := range m.list {
		reach[m.plan.access[e].source] = true
	}
	usage := map[string]int{}
	for i, src := range m.plan.sources {
		if src.activity == "" || !reach[i] || life.name == "terminated" || life.name == "prehire" {
			continue
		}
		days := m.days(r, i)
		if life.name == "longTermLeave" {
			days /= 5
		}
		if src.key == "ds" && s.datasetUsage > 0 {
			days = s.datasetUsage
		}
		if days > 0 {
			usage[m.plan.sourceIDs[i]] = days
		}
	}
	return m.sorted(), usage
}

// days draws the days of activity in the last 90, by what the source means to
// the job.
func (m *maker) days(r *rng, source int) int {
	lo, hi := 0, 12
	switch key := m.plan.sources[source].key; {
	case key == "ad" || key == "chat":
		lo, hi = 45, 64
	case m.core[source] >= 3:
		lo, hi = 35, 64
	case m.core[source] >= 1:
		lo, hi = 8, 45
	case r.chance(400):
		return 0
	}
	days := (r.between(lo, hi) + r.between(lo, hi)) / 2
	if r.chance(80) { // works weekends too
		days = days * 5 / 4
	}
	if r.chance(60) { // was away
		days /= 4
	}
	return min(days, 90)
}
