package orggen

// hold gives an entitlement to the identity being made.
func (m *maker) hold(e int) {
	if !m.held[e] {
		m.held[e] = true
		m.list = append(m.list, e)
	}
}

// draw decides what the identity holds.
func (m *maker) draw(g *cohort, at post, r *rng, office string, life state) {
	m.empty()
	switch life.name {
	case prehire:
		m.some(r, m.plan.birthrights[:len(m.plan.birthrights)/2], 1000)
		return
	case terminated:
		if r.chance(150) { // forgotten access
			m.some(r, at.own, 600)
		}
		return
	}
	if at.kind == uniform && r.chance(m.plan.exact()) {
		m.some(r, m.plan.birthrights, 1000)
		m.some(r, at.base, 1000)
		m.some(r, at.own, 1000)
		m.door(g, r, office, 1000, 0)
		return
	}
	m.some(r, m.plan.birthrights, 985)
	m.work(at, r)
	m.door(g, r, office, 900, 220)
	m.noise(g, at, r)
}

func (m *maker) empty() {
	clear(m.held)
	m.list = m.list[:0]
}

// some holds each entitlement of a list with the same chance.
func (m *maker) some(r *rng, list []int, permille int) {
	for _, e := range list {
		if r.chance(permille) {
			m.hold(e)
		}
	}
}

// exact is how many, of 1,000 people of a uniform family, hold exactly what it
// owns. The noisier the organisation, the fewer.
func (p *plan) exact() int { return 750 * max(0, 40-max(p.opts.Noise, 5)) / 35 }

// chance is how many of 1,000 holders of a job hold each part of its access.
func (p *plan) chance(kind familyKind) int {
	missing := 10 * p.opts.Noise
	switch kind {
	case tight:
		missing = min(4*p.opts.Noise, 20) + 10*max(0, p.opts.Noise-5)
	case patchy:
		missing = min(missing+250, 700)
	}
	return 1000 - missing
}

// work holds what the post asks for. The last fifth of a usual job's access is
// what only some of its holders need.
func (m *maker) work(at post, r *rng) {
	chance := m.plan.chance(at.kind)
	m.some(r, at.base, max(chance, 1000-10*m.plan.opts.Noise))
	most := len(at.own)
	if at.kind == usual && at.role != none {
		most -= (most + 4) / 5
	}
	m.some(r, at.own[:most], chance)
	m.some(r, at.own[most:], chance*7/10)
}

// door holds the entrance of the division's building, and perhaps its other
// doors.
func (m *maker) door(g *cohort, r *rng, office string, enter, extra int) {
	list := m.plan.doors[place{office, g.division}]
	if list == nil {
		return
	}
	m.some(r, list[:1], enter)
	m.some(r, list[1:], extra)
}

// noise adds what the job does not explain.
func (m *maker) noise(g *cohort, at post, r *rng) {
	noise := m.plan.opts.Noise
	n := 0
	switch {
	case at.kind == loose:
		n = r.between(4, 12)
	case r.chance(min(2*noise, 10)): // an outlier who collected a lot
		n = r.between(20, 35)
	default:
		for n < 6 && r.chance(1000*noise/(noise+5)) {
			n++
		}
	}
	if at.kind == tight {
		n /= 2
	}
	for range n {
		m.extra(g, r)
	}
	if at.kind != loose && r.chance(min(6*noise, 100)) {
		m.moved(g, at, r)
	}
}

// extra holds something of the long tail, of one's own division mostly.
func (m *maker) extra(g *cohort, r *rng) {
	tail := m.plan.tails[g.division-1]
	if r.chance(100) {
		tail = m.plan.tails[r.below(len(m.plan.tails))]
	}
	e := tail[r.below(len(tail))]
	if r.chance(700) {
		e = tail[r.skewed(len(tail))]
	}
	if only := m.plan.sources[m.plan.access[e].source].only; only == "" || only == g.department {
		m.hold(e)
	}
}

// moved adds most of what another family of the division owns: the access of
// a former job.
func (m *maker) moved(g *cohort, at post, r *rng) {
	old := &m.plan.groups[r.below(len(m.plan.groups))]
	if old.name == g.name || old.division != g.division || m.plan.closed[old.department] || old.kind == uniform {
		return
	}
	m.some(r, old.core, m.plan.chance(at.kind)*3/4)
}

// collect ends an identity: the ids held and the days of activity
// by source id.
func (m *maker) collect(at post, r *rng, s person, life state) ([]string, map[string]int) {
	clear(m.reach)
	for _, e := range m.list {
		m.reach[m.plan.access[e].source] = true
	}
	usage := map[string]int{}
	for i, src := range m.plan.sources {
		if src.activity == "" || !m.reach[i] || life.name == terminated || life.name == prehire {
			continue
		}
		days := m.days(at, r, i)
		if life.name == longTermLeave {
			days /= 5
		}
		if exact, ok := s.usage[src.key]; ok {
			days = exact
		}
		if days > 0 {
			usage[m.plan.sourceIDs[i]] = days
		}
	}
	return m.sorted(), usage
}

// days draws the days of activity in the last 90, by what the source means to
// the job.
func (m *maker) days(at post, r *rng, source int) int {
	use := m.plan.sources[source].use
	if at.role != none {
		use = m.plan.use[at.role][source]
	}
	if !r.chance(10 * use) {
		return 0
	}
	lo, hi := 1, 12
	switch {
	case m.plan.sources[source].use >= 90 || use >= 93:
		lo, hi = 35, 64
	case use >= 40:
		lo, hi = 8, 45
	}
	days := (r.between(lo, hi) + r.between(lo, hi)) / 2
	if r.chance(80) { // works weekends too
		days = days * 5 / 4
	}
	if r.chance(60) { // was away
		days = (days + 3) / 4
	}
	return min(days, 90)
}
