package orggen

import (
	"slices"
	"strconv"
	"strings"

	"mockserver/internal/idgen"
	"mockserver/internal/rolemining"
)

func itoa(n int) string { return strconv.Itoa(n) }

// plan is an organisation but for its identities, which are made one by one.
type plan struct {
	profile
	opts      Options
	seed      uint64 // of the profile and the seed of the options
	ids       *idgen.Source
	speller   speller
	sourceAt  map[string]int // by key
	sourceIDs []string
	closed    map[string]bool // departments whose sources are for nobody else
	access    []entitlement
	accessAt  map[string]int // by full key
	groups    []cohort
	planted   []role
	people    int // in groups
	services  int
	top       int // the number of the chief executive

	birthrights []int
	doors       map[place][]int
	tails       [][]int        // by division, from 0: what few hold
	special     map[int]person // by number
	use         [][]int        // by planted role and source, see adoption
}

// entitlement is one right; key is unique among all.
type entitlement struct {
	rolemining.Entitlement
	key    string
	source int
}

func newPlan(opts Options, kind profile) *plan {
	p := &plan{
		profile: kind, opts: opts, seed: newRNG(opts.Seed, "profile/"+kind.name, 0).next(),
		ids:     idgen.New("organisation/" + kind.name + "/" + strconv.FormatUint(opts.Seed, 10)),
		speller: newSpeller(kind), sourceAt: map[string]int{}, accessAt: map[string]int{},
		closed: map[string]bool{}, doors: map[place][]int{}, special: map[int]person{},
	}
	for i, s := range p.sources {
		p.sourceAt[s.key] = i
		if s.id == "" {
			s.id = p.ids.Hex("source", int64(i))
		}
		p.sourceIDs = append(p.sourceIDs, s.id)
		p.closed[s.only] = s.only != ""
	}
	p.birthrights = p.all(p.birthright, 1)
	p.layOut()
	p.placePeople()
	p.addDoors()
	for d := range p.divisions() {
		p.tails = append(p.tails, p.tail(d+1))
	}
	p.addUse()
	return p
}

// divisions is how many times the job families occur: a large organisation
// has more families, not families of thousands.
func (p *plan) divisions() int { return max(1, (p.opts.Identities+1200)/2400) }

// all are the entitlements of a list of keys, made where they are new.
func (p *plan) all(keys string, division int) []int {
	var out []int
	for key := range strings.FieldsSeq(keys) {
		out = append(out, p.entitlement(key, division))
	}
	return out
}

// entitlement is the number of the entitlement of a key in a division.
func (p *plan) entitlement(key string, division int) int {
	full := key
	if division > 1 {
		full += "-d" + itoa(division)
	}
	if at, ok := p.accessAt[full]; ok {
		return at
	}
	at := len(p.access)
	system, slug, _ := strings.Cut(full, ".")
	s := p.sourceAt[system]
	e := entitlement{key: full, source: s}
	e.ID = p.documented[full]
	if e.ID == "" {
		e.ID = p.ids.Hex("entitlement", int64(at))
	}
	e.Name, e.Value = p.nameAndValue(p.sources[s].style, slug)
	e.Attribute, e.SourceID = p.sources[s].attribute, p.sourceIDs[s]
	text := p.speller.describe(key, p.sources[s])
	if division > 1 {
		text += ", " + strings.ToLower(p.part) + " " + itoa(division)
	}
	if p.words.described[key] == "" {
		text += remark(at, key, p.sources[s])
	}
	if n, ok := p.named[full]; ok {
		e.Name, e.Value, text = n[0], n[0], n[1]
	}
	if at%9 != 8 {
		e.Description = &text
	}
	p.access = append(p.access, e)
	p.accessAt[full] = at
	return at
}

// place is where a division works in a city: a building of its own.
type place struct {
	office   string
	division int
}

// addDoors makes what each building owns: its entrance, car park, gym.
func (p *plan) addDoors() {
	for _, g := range p.groups {
		for _, office := range g.offices {
			at := place{office, g.division}
			if office == remote || p.doors[at] != nil {
				continue
			}
			for key := range strings.FieldsSeq(p.officeAccess) {
				system, what, _ := strings.Cut(key, ".")
				p.doors[at] = append(p.doors[at], p.entitlement(system+"."+strings.ToLower(office)+"-"+what, g.division))
			}
		}
	}
}

// remote is the office of those who have none.
const remote = "Remote"

// tail makes the entitlements of a division that few people hold, in an order
// of its own: the first are the frequent ones.
func (p *plan) tail(division int) []int {
	var out []int
	if division == 1 {
		out = p.all(p.extraTail, 1)
	}
	for _, s := range p.sources {
		for object := range strings.FieldsSeq(s.tail) {
			for verb := range strings.FieldsSeq(s.verbs) {
				out = append(out, p.entitlement(s.key+"."+object+"-"+verb, division))
			}
		}
	}
	r := newRNG(p.seed, "tail", division)
	for i := len(out) - 1; i > 0; i-- {
		j := r.below(i + 1)
		out[i], out[j] = out[j], out[i]
	}
	return out
}

// identityID is the id of the identity of a number.
func (p *plan) identityID(number int) string {
	if s, ok := p.special[number]; ok && s.id != "" {
		return s.id
	}
	return p.ids.Hex("identity", int64(number))
}

// addUse draws how many of the people of each planted role use each source, in
// percent. Who works with it mostly does; of what a role has besides, some is
// used by all and some by hardly anybody, which is what people look for.
func (p *plan) addUse() {
	spread := []int{96, 88, 75, 60, 45, 30, 15, 5}
	for i := range p.planted {
		needs := make([]int, len(p.sources))
		for _, e := range slices.Concat(p.planted[i].own, p.planted[i].base) {
			needs[p.access[e].source]++
		}
		row := make([]int, len(p.sources))
		for s, n := range needs {
			r := newRNG(p.seed, "use/"+p.sources[s].key, i)
			switch {
			case p.sources[s].use >= 90 || n >= 4:
				row[s] = r.between(93, 99)
			case n == 3:
				row[s] = r.between(70, 98)
			case n > 0:
				row[s] = spread[r.below(len(spread))] + r.below(5)
			default:
				row[s] = p.sources[s].use * r.between(40, 100) / 100
			}
		}
		p.use = append(p.use, row)
	}
}
