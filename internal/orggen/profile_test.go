package orggen

import (
	"slices"
	"strings"
	"testing"
)

// The parts of each profile fit together.
func TestProfiles(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, p := range profiles() {
		for _, name := range []string{p.name, p.short, p.tenant} {
			if name == "" || names[name] {
				t.Errorf("%s: the name %q is none, or another's", p.name, name)
			}
			names[name] = true
		}
		if slugOf(p.name) != p.name || slugOf(p.short) != p.short || p.text == "" || p.part == "" || p.chief == "" {
			t.Errorf("%s: a name is missing or cannot be typed", p.name)
		}
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			checkSources(t, p)
			checkFamilies(t, p)
			checkReferences(t, p)
		})
	}
}

func checkSources(t *testing.T, p profile) {
	systems := map[string]bool{}
	for _, s := range p.sources {
		if systems[s.key] || s.name == "" || s.description == "" || s.attribute == "" || s.use < 0 || s.use > 100 || (s.activity == "") != (s.use == 0) {
			t.Errorf("source %q: %+v", s.key, s)
		}
		systems[s.key] = true
		if s.only != "" && !slices.ContainsFunc(p.departments, func(d department) bool { return d.name == s.only }) {
			t.Errorf("source %s: no department is %q", s.key, s.only)
		}
	}
	lists := []string{p.birthright, p.managerAccess, p.officeAccess, p.extraTail}
	for _, d := range p.departments {
		lists = append(lists, d.access)
	}
	for _, f := range p.families {
		lists = append(lists, f.access)
	}
	for _, c := range p.crews {
		lists = append(lists, c.access)
	}
	for _, list := range lists {
		keys := strings.Fields(list)
		for i, key := range keys {
			system, slug, _ := strings.Cut(key, ".")
			if !systems[system] || slugOf(slug) != slug || slices.Contains(keys[:i], key) {
				t.Errorf("the key %q has no source, is misspelt or comes twice", key)
			}
		}
	}
	if n := len(strings.Fields(p.birthright)); n != 8 {
		t.Errorf("%d entitlements are birthright", n)
	}
	if n := len(strings.Fields(p.managerAccess)); n < 10 {
		t.Errorf("managers own %d entitlements, too few to be found", n)
	}
}

func checkFamilies(t *testing.T, p profile) {
	departments, families, total := map[string]int{}, map[string]bool{}, 0
	for _, d := range p.departments {
		departments[d.name] = 0
	}
	for _, f := range p.families {
		if _, known := departments[f.department]; !known || families[f.name] || f.weight < 1 || f.titles == "" {
			t.Errorf("family %q of department %q: %+v", f.name, f.department, f)
		}
		families[f.name] = true
		departments[f.department]++
		total += f.weight
		if (f.kind == loose) != (f.access == "") {
			t.Errorf("family %s: %q", f.name, f.access)
		}
		for _, office := range weighted(f.places) {
			if office == "" || strings.ContainsAny(office, " -0123456789") {
				t.Errorf("family %s: the office %q", f.name, office)
			}
		}
	}
	for name, n := range departments {
		if n == 0 {
			t.Errorf("nobody works in %s", name)
		}
	}
	if total < 1100 || total > 1400 || departments[p.machines] == 0 {
		t.Errorf("%d people; the machines are of %q", total, p.machines)
	}
}

// checkReferences looks up what crews, roles and people name, in an
// organisation that is large enough for all of it.
func checkReferences(t *testing.T, p profile) {
	made := newPlan(Options{Identities: 1200, Profile: p.name}, p)
	if len(made.special) != len(p.people) {
		t.Errorf("%d of %d named people have a place", len(made.special), len(p.people))
	}
	for _, c := range p.crews {
		if !slices.ContainsFunc(made.planted, func(r role) bool { return r.name == c.name }) {
			t.Errorf("there is no crew %q: a family of it is missing", c.name)
		}
	}
	for _, k := range p.roles {
		at := slices.IndexFunc(p.families, func(f family) bool { return f.name == k.family })
		if k.family != "" && (at < 0 || k.first > len(strings.Fields(p.families[at].access))) {
			t.Errorf("role %s: family %q, first %d", k.name, k.family, k.first)
		}
		for key := range strings.FieldsSeq(k.extra) {
			if _, ok := made.accessAt[key]; !ok {
				t.Errorf("role %s: no entitlement has the key %q", k.name, key)
			}
		}
	}
	for key := range p.words.described {
		if _, ok := made.accessAt[key]; !ok {
			t.Errorf("a description is of %q, which there is not", key)
		}
	}
}
