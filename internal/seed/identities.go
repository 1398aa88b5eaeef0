package seed

import (
	"fmt"

	"mockserver/internal/rolemining"
)

// MaxUsage is the most days of activity that an identity can have on a source:
// the length of the window in which they are counted.
const MaxUsage = 90

var identityProps = props("id!", "name!", "displayName!", "email", "active", "managerId", "attributes", "entitlements", "usage")

func (l *loader) startIdentities() {
	l.identities = l.newIndex("identity", 1024)
	l.userNames = l.newIndex("identity", 1024)
	l.people = rolemining.NewIdentitiesBuilder(l.ds.Sources, l.ds.Entitlements)
	l.days = make([]byte, len(l.ds.Sources))
}

func (l *loader) readIdentities(d *decoder) {
	l.startIdentities()
	l.identities.lost = !d.list(func(int) { l.identity(d) })
}

func (l *loader) identity(d *decoder) {
	p := rolemining.Packed{Active: true, Attributes: l.pairs[:0]}
	at, manager := l.people.Len(), ""
	clear(l.days)
	d.object(identityProps, func(i int) {
		switch identityProps.names[i] {
		case "id":
			p.ID = l.claimText(d, &l.identities, "id", at)
		case "name":
			p.Name = l.claimText(d, &l.userNames, "name", at)
		case "displayName":
			p.DisplayName = l.people.Text(d.textBytes())
		case "email":
			p.Email = l.email(d)
		case "active":
			p.Active = d.boolean()
		case "managerId":
			manager = d.intern(d.textBytes())
		case "attributes":
			p.Attributes = l.attributes(d, p.Attributes)
		case "entitlements":
			p.Held = l.held(d)
		case "usage":
			l.usage(d)
		}
	})
	p.Usage, l.pairs = l.days, p.Attributes
	l.people.Add(p)
	l.managers = append(l.managers, manager)
}

// claimText reads a text of an identity that no other has.
func (l *loader) claimText(d *decoder, ix *index, property string, record int) string {
	text := l.people.Text(d.textBytes())
	ix.add(d, property, text, record)
	return text
}

func (l *loader) email(d *decoder) string {
	t := l.people.Text(d.textBytes())
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
func (l *loader) attributes(d *decoder, into []uint32) []uint32 {
	l.lists++
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
		if l.named[name] == l.lists {
			d.problem("the attribute %q occurs twice", name)
			return
		}
		l.named[name] = l.lists
		into = append(into, l.people.Pair(name, b))
	})
	return into
}

// usage reads days of activity by source.
func (l *loader) usage(d *decoder) {
	l.lists++
	d.mapping(func(name string) {
		at, ok := l.sources.look(d, "id or key", []byte(name))
		days := d.integer(0, MaxUsage)
		if !ok {
			return
		}
		s := &l.ds.Sources[at]
		if l.named[s.ID] == l.lists {
			d.problem("the source %q occurs twice", name)
		}
		if s.ActivityState == nil {
			d.problem("the source %q collects no activity data (it has no activityState), so there is no usage of it", name)
		}
		l.named[s.ID] = l.lists
		l.days[at] = byte(days) //nolint:gosec // G115: from 0 to MaxUsage
	})
}

// finishIdentities looks up the managers, who may follow those they manage, and
// packs everybody.
func (l *loader) finishIdentities() (err error) {
	l.identities.lost = l.identities.lost || l.twoFiles
	if l.identities.lost {
		return nil
	}
	boss := make([]int32, len(l.managers))
	for i, id := range l.managers {
		boss[i] = rolemining.NoManager
		if id == "" {
			continue
		}
		at, ok := l.identities.at[id]
		if !ok {
			l.managerProblem(i, reference{"identity", id}, "no identity has the id %q", id)
			continue
		}
		boss[i] = at
		l.people.SetManager(i, int(at))
	}
	l.checkCircles(boss)
	if l.out.Count > 0 {
		return nil
	}
	l.ds.Identities, err = l.people.Done()
	return err
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
			l.managerProblem(int(at), reference{}, "the identity %q is above itself in the tree of managers", l.people.ID(int(at)))
		}
	}
}

func (l *loader) managerProblem(record int, missing reference, format string, args ...any) {
	d := decoder{path: []step{{index: record}, {name: "managerId"}}}
	l.out.miss(Problem{File: l.identitiesFile, Pointer: d.pointer(), Rule: fmt.Sprintf(format, args...)}, missing)
}
