package seed

import (
	"bytes"
	"encoding/json"
	"math"

	"mockserver/internal/rolemining"
)

// DefaultMinIdentities is the size of the smallest potential role of a session
// that does not say.
const DefaultMinIdentities = 20

// maxCount bounds whole numbers that have no other bound: the API's int32.
const maxCount = math.MaxInt32

var (
	sessionProps = props("id!", "name", "saved", "type!", "scopingMethod!", "scope", "pruneThreshold",
		"minNumIdentitiesInPotentialRole", "emailRecipientId", "createdById", "createdDate!", "roles")
	scopeProps    = props("identityIds", "criteria", "attributeFilterCriteria")
	seedRoleProps = props("rank!", "type!", "id", "name", "description", "saved", "excludedEntitlements", "exportIds")
)

func (l *loader) readSessions(d *decoder) {
	l.sessions = l.newIndex("session", 16)
	l.potentialRoles = l.newIndex("potential role of the session", 16)
	l.exports = l.newIndex("export of the session", 16)
	d.list(func(int) { l.session(d) })
}

func (l *loader) session(d *decoder) {
	s := rolemining.SeedSession{MinIdentities: DefaultMinIdentities}
	at := len(l.ds.Sessions)
	known := d.object(sessionProps, func(i int) {
		switch sessionProps.names[i] {
		case "id":
			s.ID = l.sessions.claim(d, "id", at)
		case "name":
			name := d.text()
			s.Name = &name
		case "saved":
			s.Saved = d.boolean()
		case "type":
			s.Type = rolemining.RoleType(d.oneOf(string(rolemining.Specialized), string(rolemining.Common)))
		case "scopingMethod":
			s.ScopingMethod = rolemining.ScopingMethod(d.oneOf(string(rolemining.Manual), string(rolemining.AutoRM)))
		case "scope":
			s.Scope = l.scope(d)
		case "pruneThreshold":
			n := d.integer(0, 100)
			s.PruneThreshold = &n
		case "minNumIdentitiesInPotentialRole":
			s.MinIdentities = d.integer(1, maxCount)
		case "emailRecipientId":
			if id := l.identityRef(d); id != "" {
				s.EmailRecipientID = &id
			}
		case "createdById":
			s.CreatedByID = l.identityRef(d)
		case "createdDate":
			s.CreatedAt = d.date()
		case "roles":
			s.Roles = l.seedRoles(d)
		}
	})
	if known {
		checkPins(d, &s)
	}
	l.ds.Sessions = append(l.ds.Sessions, s)
}

// checkPins checks that each of a session's roles can exist, and once.
func checkPins(d *decoder, s *rolemining.SeedSession) {
	type place struct {
		kind rolemining.RoleType
		rank int
	}
	taken := map[place]bool{}
	d.enter("roles", 0)
	defer d.leave()
	for i, r := range s.Roles {
		d.enter("", i)
		switch {
		case r.Type == "" || s.Type == "" || s.ScopingMethod == "": // reported already
		case r.Type != s.Type && (r.Type != rolemining.Common || s.ScopingMethod != rolemining.AutoRM):
			d.problem("a %s session of scoping method %s finds no %s roles", s.Type, s.ScopingMethod, r.Type)
		case r.Type == rolemining.Common && r.Rank > 0:
			d.problem("there is one COMMON role, of rank 0, not %d", r.Rank)
		case taken[place{r.Type, r.Rank}]:
			d.problem("another role has the type %s and the rank %d", r.Type, r.Rank)
		}
		taken[place{r.Type, r.Rank}] = true
		d.leave()
	}
}

func (l *loader) scope(d *decoder) rolemining.Scope {
	var s rolemining.Scope
	d.object(scopeProps, func(i int) {
		switch scopeProps.names[i] {
		case "identityIds":
			d.list(func(int) {
				if id := l.identityRef(d); id != "" {
					s.IdentityIDs = append(s.IdentityIDs, id)
				}
			})
		case "criteria":
			text := d.text()
			s.Criteria = &text
		case "attributeFilterCriteria":
			s.AttributeFilterCriteria = []json.RawMessage{}
			d.list(func(int) {
				s.AttributeFilterCriteria = append(s.AttributeFilterCriteria, l.attributeFilter(d))
			})
		}
	})
	return s
}

// attributeFilter reads one filter. What the API's clients put beside data is
// kept as it is.
func (l *loader) attributeFilter(d *decoder) json.RawMessage {
	d.kind()
	start, has := d.pos, false
	d.mapping(func(name string) {
		if name != "data" {
			d.skip()
			return
		}
		has = true
		l.filterData(d)
	})
	if !has {
		d.problem(`an attribute filter needs "data" with name, operator and values`)
	}
	var compact bytes.Buffer
	if d.fault != nil || json.Compact(&compact, d.data[start:d.pos]) != nil {
		return nil
	}
	return compact.Bytes()
}

func (l *loader) filterData(d *decoder) {
	has := map[string]bool{}
	d.mapping(func(name string) {
		has[name] = true
		switch name {
		case "name":
			d.text()
		case "operator":
			d.oneOf("EQUALS")
		case "values":
			d.list(func(int) { d.raw() })
		default:
			d.skip()
		}
	})
	for _, name := range []string{"name", "operator", "values"} {
		if !has[name] && d.fault == nil {
			d.problem("the required property %q is missing", name)
		}
	}
}

func (l *loader) seedRoles(d *decoder) []rolemining.SeedRole {
	var all []rolemining.SeedRole
	d.list(func(int) {
		var r rolemining.SeedRole
		at := len(l.ds.Sessions)
		d.object(seedRoleProps, func(i int) {
			switch seedRoleProps.names[i] {
			case "rank":
				r.Rank = d.integer(0, maxCount)
			case "type":
				r.Type = rolemining.RoleType(d.oneOf(string(rolemining.Specialized), string(rolemining.Common)))
			case "id":
				r.ID = l.potentialRoles.claim(d, "id", at)
			case "name":
				r.Name = d.text()
			case "description":
				r.Description = d.anyText()
			case "saved":
				r.Saved = d.boolean()
			case "excludedEntitlements":
				r.ExcludedIDs = l.entitlementList(d)
			case "exportIds":
				d.list(func(int) {
					id := d.uuid()
					l.exports.add(d, "id", id, at)
					r.ExportIDs = append(r.ExportIDs, id)
				})
			}
		})
		all = append(all, r)
	})
	return all
}
