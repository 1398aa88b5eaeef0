package seed

import (
	"maps"

	"mockserver/internal/rolemining"
)

// MaxUsage is the most days of activity that an identity can have on a source:
// the length of the window in which they are counted.
const MaxUsage = 90

var identityProps = props("id!", "name!", "displayName!", "email", "active", "managerId", "attributes", "entitlements", "usage")

func (l *loader) startIdentities() {
	l.identities = newIndex("identity", 1024)
	l.userNames = newIndex("identity", 1024)
}

func (l *loader) readIdentities(d *decoder) {
	l.startIdentities()
	l.identities.lost = !d.list(func(int) { l.identity(d) })
}

func (l *loader) identity(d *decoder) {
	p := rolemining.Identity{Active: true}
	at := len(l.ds.Identities)
	d.object(identityProps, func(i int) {
		switch identityProps.names[i] {
		case "id":
			p.ID = l.identities.claim(d, "id", at)
		case "name":
			p.Name = l.userNames.claim(d, "name", at)
		case "displayName":
			p.DisplayName = d.text()
		case "email":
			p.Email = l.email(d)
		case "active":
			p.Active = d.boolean()
		case "managerId":
			p.ManagerID = d.text()
		case "attributes":
			p.Attributes = l.attributes(d)
		case "entitlements":
			p.EntitlementIDs = l.entitlementList(d, nil)
		case "usage":
			p.Usage = l.usage(d)
		}
	})
	l.ds.Identities = append(l.ds.Identities, p)
}

func (l *loader) email(d *decoder) string {
	t := d.text()
	for i := 1; i < len(t)-1; i++ {
		if t[i] == '@' {
			return t
		}
	}
	if t != "" {
		d.problem("must be an email address, not %q", t)
	}
	return t
}

// attributes reads names with texts; null is the same as leaving one out.
func (l *loader) attributes(d *decoder) map[string]string {
	all := make(map[string]string, 8)
	d.mapping(func(name string) {
		if d.null() {
			return
		}
		b, ok := d.raw()
		if !ok {
			return
		}
		if len(b) == 0 {
			d.problem("must not be empty; leave out an attribute without a value")
		}
		if _, twice := all[name]; twice {
			d.problem("the attribute %q occurs twice", name)
		}
		all[name] = d.intern(b)
	})
	return all
}

// usage reads days of activity by source.
func (l *loader) usage(d *decoder) map[string]int {
	all := map[string]int{}
	d.mapping(func(name string) {
		at, ok := l.sources.look(d, "id or key", []byte(name))
		days := d.integer(0, MaxUsage)
		if !ok {
			return
		}
		s := &l.ds.Sources[at]
		if _, twice := all[s.ID]; twice {
			d.problem("the source %q occurs twice", name)
		}
		if s.ActivityState == nil {
			d.problem("the source %q collects no activity data (it has no activityState), so there is no usage of it", name)
		}
		all[s.ID] = days
	})
	maps.DeleteFunc(all, func(_ string, days int) bool { return days == 0 })
	return all
}

// checkManagers looks up the managers, who may follow those they manage.
func (l *loader) checkManagers() {
	if l.identities.lost {
		return
	}
	people := l.ds.Identities
	boss := make([]int32, len(people)) // -1: none
	for i := range people {
		boss[i] = -1
		if people[i].ManagerID == "" {
			continue
		}
		at, ok := l.identities.at[people[i].ManagerID]
		if !ok {
			l.managerProblem(i, "no identity has the id %q", people[i].ManagerID)
			continue
		}
		boss[i] = at
	}
	l.checkCircles(boss)
}

// checkCircles finds identities that are their own managers, however far up.
// Each circle is one problem, at its first identity met.
func (l *loader) checkCircles(boss []int32) {
	walk := make([]int32, len(boss)) // the number of the walk that came by, 0: none
	for i := range boss {
		at, me := int32(i), int32(i)+1
		for at >= 0 && walk[at] == 0 {
			walk[at] = me
			at = boss[at]
		}
		if at >= 0 && walk[at] == me {
			l.managerProblem(int(at), "the identity %q is above itself in the tree of managers", l.ds.Identities[at].ID)
		}
	}
}

func (l *loader) managerProblem(record int, format string, args ...any) {
	d := decoder{file: l.identitiesFile, out: &l.out, path: []step{{index: record}, {name: "managerId"}}}
	d.problem(format, args...)
}
