package orggen

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mockserver/internal/idgen"
	"mockserver/internal/rolemining"
)

// plan is an organisation but for its identities, which are made one by one.
type plan struct {
	opts      Options
	ids       *idgen.Source
	sources   []source
	sourceAt  map[string]int // by key
	sourceIDs []string
	access    []entitlement
	accessAt  map[string]int // by full key
	groups    []cohort
	people    int // in groups
	services  int
	top       int // the number of the chief executive

	birthright, manager, tail []int // into access
	doors                     map[string][]int
	special                   map[int]person // by number
}

// entitlement is one right; key is unique among all.
type entitlement struct {
	rolemining.Entitlement
	key    string
	source int
}

// cohort is a job family of a division: people who are numbered in a row.
type cohort struct {
	family
	division     int // from 1
	start, count int
	managers     int // the first of them manage the others
	head         int // the number of whom the first manager reports to
	core, shared []int
	offices      []string // each as often as its weight
	jobs         []string
}

func newPlan(opts Options) *plan {
	p := &plan{
		opts: opts, ids: idgen.New("organisation/" + strconv.FormatUint(opts.Seed, 10)),
		sources: sources(), sourceAt: map[string]int{}, accessAt: map[string]int{},
		doors: map[string][]int{}, special: map[int]person{},
	}
	for i, s := range p.sources {
		p.sourceAt[s.key] = i
		if s.id == "" {
			s.id = p.ids.Hex("source", int64(i))
		}
		p.sourceIDs = append(p.sourceIDs, s.id)
	}
	p.birthright = p.all(birthright, 1)
	p.manager = p.all(managerAccess, 1)
	p.layOut()
	p.addDoors()
	p.addTail()
	p.placePeople()
	return p
}

// divisions is how many times the job families occur: a large organisation
// has more families, not families of thousands.
func divisions(identities int) int { return max(1, (identities+1200)/2400) }

// familyCount leaves small organisations with few families that are worth
// finding, rather than with many of a handful.
func familyCount(identities, all int) int { return min(max(identities/30, 1), all) }

// layOut makes the groups and their access.
func (p *plan) layOut() {
	p.services = min(p.opts.Identities/100, 10*divisions(p.opts.Identities))
	p.people = p.opts.Identities - p.services
	all := families()
	all = all[:familyCount(p.opts.Identities, len(all))]
	parts := divisions(p.opts.Identities)
	total := 0
	for _, f := range all {
		total += f.weight
	}
	total *= parts
	shared := departments()
	sum := 0
	for d := 1; d <= parts; d++ {
		for _, f := range all {
			g := cohort{family: f, division: d, start: p.people * sum / total}
			sum += f.weight
			g.count = p.people*sum/total - g.start
			if g.count == 0 {
				continue
			}
			g.managers = (g.count + 14) / 15
			g.core = p.all(f.access, d)
			g.shared = p.all(shared[f.department], d)
			g.offices = weighted(f.places)
			g.jobs = strings.Split(f.titles, ", ")
			p.groups = append(p.groups, g)
		}
	}
	p.setHeads()
}

// setHeads makes the first manager of a department's first group its head.
// Heads report to the chief executive.
func (p *plan) setHeads() {
	p.top = p.groups[0].start
	for _, g := range p.groups {
		if g.department == "Executive" {
			p.top = g.start
			break
		}
	}
	heads := map[string]int{}
	for i := range p.groups {
		g := &p.groups[i]
		place := fmt.Sprint(g.department, "/", g.division)
		head, ok := heads[place]
		if !ok {
			heads[place] = g.start
			head = p.top
		}
		g.head = head
	}
}

// weighted repeats each word of "NYC 5, Austin 1" as often as it says.
func weighted(list string) []string {
	var out []string
	for _, item := range strings.Split(list, ", ") {
		name, weight, _ := strings.Cut(item, " ")
		n, err := strconv.Atoi(weight)
		if err != nil {
			n = 1
		}
		out = append(out, slices.Repeat([]string{name}, n)...)
	}
	return out
}

// all are the entitlements of a list of keys, made where they are new.
func (p *plan) all(keys string, division int) []int {
	var out []int
	for _, key := range strings.Fields(keys) {
		out = append(out, p.entitlement(key, division))
	}
	return out
}

// entitlement is the number of the entitlement of a key in a division.
func (p *plan) entitlement(key string, division int) int {
	full := key
	if division > 1 {
		full += "-d" + strconv.Itoa(division)
	}
	if at, ok := p.accessAt[full]; ok {
		return at
	}
	at := len(p.access)
	system, slug, _ := strings.Cut(full, ".")
	s := p.sourceAt[system]
	e := entitlement{key: full, source: s}
	e.ID = documented()[full]
	if e.ID == "" {
		e.ID = p.ids.Hex("entitlement", int64(at))
	}
	e.Name, e.Value = p.sources[s].style.nameAndValue(slug)
	e.Attribute, e.SourceID = p.sources[s].attribute, p.sourceIDs[s]
	text := describe(key, p.sources[s])
	if division > 1 {
		text += ", division " + strconv.Itoa(division)
	}
	if n, ok := named()[full]; ok {
		e.Name, e.Value, text = n[0], n[0], n[1]
	}
	if at%9 != 8 {
		e.Description = &text
	}
	p.access = append(p.access, e)
	p.accessAt[full] = at
	return at
}

// addDoors makes what each office owns: the office, its car park, its gym.
func (p *plan) addDoors() {
	for _, g := range p.groups {
		for _, office := range g.offices {
			if office == "Remote" || p.doors[office] != nil {
				continue
			}
			slug := strings.ToLower(office)
			p.doors[office] = p.all("door."+slug+"-office door."+slug+"-car-park door."+slug+"-gym", 1)
		}
	}
}

// addTail makes the entitlements that few people hold, in an order of its own:
// the first are the frequent ones.
func (p *plan) addTail() {
	p.tail = p.all(extraTail, 1)
	for _, s := range p.sources {
		for _, object := range strings.Fields(s.tail) {
			for _, verb := range strings.Fields(s.verbs) {
				p.tail = append(p.tail, p.entitlement(s.key+"."+object+"-"+verb, 1))
			}
		}
	}
	r := newRNG(p.opts.Seed, "tail", 0)
	for i := len(p.tail) - 1; i > 0; i-- {
		j := r.below(i + 1)
		p.tail[i], p.tail[j] = p.tail[j], p.tail[i]
	}
}

// group finds the group of a number by bisection.
func (p *plan) group(number int) *cohort {
	at, found := slices.BinarySearchFunc(p.groups, number, func(g cohort, n int) int { return g.start - n })
	if !found {
		at--
	}
	return &p.groups[at]
}

// identityID is the id of the identity of a number.
func (p *plan) identityID(number int) string {
	if s, ok := p.special[number]; ok && s.id != "" {
		return s.id
	}
	return p.ids.Hex("identity", int64(number))
}
