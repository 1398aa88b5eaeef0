package rolemining_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/rolemining"
)

// Every field that criteria may search, and the forms of the documents.
func TestCriteria(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	sales := append(people(1, 20), people(58, 60)...)
	for text, want := range map[string][]string{
		"id:i-07":                            {"i-07"},
		`id:"i-07" OR id:"i-08"`:             {"i-07", "i-08"},
		"name:user.07":                       {"i-07"},
		`name:"Person 07"`:                   {"i-07"}, // the display name is a name, too
		"displayName:person AND id:i-07":     {"i-07"},
		"email:p07@small.example":            {"i-07"},
		"inactive:true":                      people(58, 60),
		"status:INACTIVE":                    people(58, 60),
		"NOT status:active":                  people(58, 60),
		"manager.id:i-01":                    append(people(2, 20), people(58, 60)...),
		"manager.name:user.01":               append(people(2, 20), people(58, 60)...),
		`manager.displayName:"Person 01"`:    append(people(2, 20), people(58, 60)...),
		`attributes.manager:"Person 01"`:     append(people(2, 20), people(58, 60)...),
		"source.id:src-crm":                  sales,
		"source.name:CRM":                    sales,
		`source.name:"code forge"`:           people(21, 50),
		"access.id:e-g4":                     people(21, 49),
		`access.name:"right g4"`:             people(21, 49),
		"attributes.department:legal":        people(51, 57),
		"attributes.jobTitle:Rep":            sales,
		"attributes.displayName:07":          {"i-07"},
		"attributes.email:p07@small.example": {"i-07"},
		"NOT _exists_:attributes.jobTitle":   people(51, 57),
		"NOT _exists_:attributes.location":   {"i-05"},
		"attributes.location:austin AND NOT manager.name:user.01 AND attributes.department:legal": {"i-52", "i-54", "i-56"},
		"@access(id:e-s1)":                                        sales,
		`@access(name: ("right s3"))`:                             append(people(1, 19), people(58, 60)...),
		"@access(id:e-g1 OR id:e-s1) AND @access(id:e-g4)":        people(21, 49),
		"@access(id:e-g1 AND id:e-g2)":                            {}, // no single item is both
		"@access(source.name:CRM AND id:e-s3)":                    append(people(1, 19), people(58, 60)...),
		"@access(source.id:src-crm AND name:s3)":                  append(people(1, 19), people(58, 60)...),
		"@access(displayName:s3)":                                 append(people(1, 19), people(58, 60)...),
		`@access(description:"about s3")`:                         append(people(1, 19), people(58, 60)...),
		"@access(value:CN\\=s3)":                                  append(people(1, 19), people(58, 60)...),
		"@access(type:ENTITLEMENT AND attribute:memberOf AND s3)": append(people(1, 19), people(58, 60)...),
		"developer":                            people(21, 50), // a bare word searches every field
		"firstName:x OR lastName:x OR id:i-07": {"i-07"},
		"name:user.0?":                         people(1, 9),
		"id:[i-07 TO i-09]":                    people(7, 9),
		"*":                                    people(1, 60),
	} {
		t.Run(text, func(t *testing.T) {
			n := common()
			n.Scope.Criteria = &text
			session := l.mined(n)
			got := []string{}
			if roles := l.roles(session.ID); len(roles) == 1 {
				got = roles[0].IdentityIDs
			}
			slices.Sort(want)
			if diff := cmp.Diff(want, got); diff != "" || session.IdentityCount != len(want) {
				t.Errorf("%d identities (-want +got):\n%s", session.IdentityCount, diff)
			}
		})
	}
}

func TestCriteriaRefused(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	for _, text := range []string{
		"attributes.shoeSize:43", // no identity has such an attribute
		"attributes.:x", "manager:x", "source:x", "access:x", "firstname:x",
		"@access(shoeSize:43)", "@access(manager.name:x)", "@accounts(id:x)", "@apps(name:x)",
		"@access(id:x", "id:", "AND", "name:/regex/", "name:x~2", "id:x^2",
	} {
		t.Run(text, func(t *testing.T) {
			_, err := l.CreateSession(t.Context(), rolemining.NewSession{Scope: rolemining.Scope{Criteria: &text}}, nil)
			refused(t, err, rolemining.IllegalValue, "scope.criteria")
		})
	}
}
