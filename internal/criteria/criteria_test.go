package criteria

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
)

// person is a document: fields, and the names of its access items with theirs.
type person struct {
	fields map[string][]string
	access []map[string][]string
}

func (p person) Values(field string) []string { return p.fields[field] }

func (p person) AllValues(yield func(string) bool) {
	for _, name := range slices.Sorted(maps.Keys(p.fields)) {
		for _, v := range p.fields[name] {
			if !yield(v) {
				return
			}
		}
	}
}

func (p person) Nested(name string, yield func(func(string) []string) bool) {
	if name != "access" {
		return
	}
	for _, item := range p.access {
		if !yield(func(field string) []string { return item[field] }) {
			return
		}
	}
}

// names is the Fields of person.
type names struct{}

func (names) Field(name string) bool { return slices.Contains(names{}.Names(), name) }

func (names) NestedField(nested, name string) bool {
	return slices.Contains(names{}.NestedNames(nested), name)
}

func (names) Names() []string {
	return []string{"name", "source.name", "manager.name", "attributes.location", "attributes.grade",
		"attributes.hired", "attributes.note", "attributes.cost center"}
}

func (names) NestedNames(nested string) []string {
	if nested != "access" {
		return nil
	}
	return []string{"id", "name", "source.name"}
}

func one(v string) []string { return []string{v} }

// amanda has two access items: A reporter on HR and B editor on AD.
func amanda() person {
	return person{
		fields: map[string][]string{
			"name":                   one("Amanda Ross-Ünal"),
			"source.name":            {"DataScienceDataset", "Active Directory"},
			"manager.name":           one("amanda.ross"),
			"attributes.location":    one("San Marcos, TX"),
			"attributes.grade":       one("12"),
			"attributes.hired":       one("2018-12-18T23:05:55Z"),
			"attributes.note":        one("&"),
			"attributes.cost center": one("R/D (old)"),
		},
		access: []map[string][]string{
			{"id": one("A"), "name": one("Reporter"), "source.name": one("HR")},
			{"id": one("B"), "name": one("Chief Editor"), "source.name": one("AD")},
		},
	}
}

func TestMatch(t *testing.T) {
	t.Parallel()
	groups := map[string]struct{ yes, no []string }{
		"words": {
			yes: []string{`name:amanda`, `name:AMANDA`, `name:ross`, `name:ünal`, `name:ÜNAL`, `name: amanda`,
				`manager.name:amanda.ross`, `source.name:DataScienceDataset`, `source.name:active`,
				`name:ross-ünal`, `attributes.note:\&`, `attributes.cost\ center:old`},
			no: []string{`name:aman`, `name:amandaross`, `manager.name:amanda`, `manager.name:ross`,
				`source.name:Dataset`, `attributes.note:x`, `name:"-"`},
		},
		"phrases": {
			yes: []string{`name:"amanda ross"`, `attributes.location:"san marcos"`, `attributes.location:"Marcos TX"`,
				`name:"Amanda, Ross"`, `attributes.note:"&"`, `attributes.cost\ center:"R/D (old)"`, `attributes.cost\ center:R\/D`},
			no: []string{`name:"ross amanda"`, `name:"amanda ünal"`, `name:"amanda ross ünal x"`, `name:"aman*"`, `attributes.note:""`},
		},
		"wildcards": {
			yes: []string{`name:a*`, `name:*NDA*`, `name:r?ss`, `name:ün*`, `name:ÜN?l`, `name:amanda*ünal`, `name:*`,
				`attributes.location:San\ Mar*`, `manager.name:amanda.*`, `name:**a**`, `name:ross\*`},
			no: []string{`name:b*`, `name:r?s`, `name:?mand`, `name:amanda*x`, `name:\*`, `manager.name:ross*`},
		},
		"exact": {
			yes: []string{`manager.name.exact:amanda.ross`, `name.exact:"Amanda Ross-Ünal"`, `name.exact:Amanda*`, `name.exact:(x OR *Ünal)`},
			no:  []string{`manager.name.exact:Amanda.Ross`, `name.exact:Amanda`, `name.exact:Ross*`, `name.exact:amanda*`},
		},
		"operators": {
			yes: []string{`name:amanda AND name:ross`, `name:x OR name:ross`, `NOT name:x`, `!name:x`, `! name:x`, `NOT NOT name:ross`,
				`name:amanda && name:ross`, `name:x || name:ross`, `name:amanda&&name:ross`, `name:x||name:ross`,
				`name:ross OR name:x AND name:y`, `NOT name:x AND name:ross`, `NOT name:ross OR name:amanda`,
				`(name:x OR name:ross) AND name:amanda`, `name:x OR NOT name:y`, `(name:ross)AND(name:amanda)`,
				`attributes.location:marcos AND NOT manager.name:jim`},
			no: []string{`name:amanda AND name:x`, `name:x OR name:y`, `NOT name:ross`, `!name:ross`, `-name:ross`,
				`(name:ross OR name:x) AND name:y`, `NOT (name:x OR name:ross)`, `name:ross AND NOT name:amanda`,
				`attributes.location:marcos AND NOT manager.name:amanda.ross`},
		},
		"rows": {
			yes: []string{`name:x name:ross`, `name:ross name:x`, `+name:ross name:x`, `name:ross -name:x`, `name:ross NOT name:x`,
				`name:x +name:ross +name:amanda`, `-name:x`, `-name:x -name:y`, `name:x OR name:ross -name:y`, `+-name:x`},
			no: []string{`name:x name:y`, `+name:x name:ross`, `name:ross -name:amanda`, `name:ross NOT name:amanda`,
				`name:ross !name:amanda`, `name:x -name:y`, `-name:x -name:ross`, `name:ross OR name:x -name:amanda`},
		},
		"groups of a field": {
			yes: []string{`name:(ross)`, `name:(x OR ross)`, `name:(x ross)`, `name:(+ross -x)`, `name:((x OR ross) AND amanda)`,
				`name:("amanda ross" OR y)`, `name:(NOT x)`, `attributes.grade:(>=10 AND <20)`, `name:(@x OR ross)`},
			no: []string{`name:(x OR y)`, `name:(ross AND x)`, `name:(ross -amanda)`, `attributes.grade:(>=10 AND <12)`},
		},
		"bare words": {
			yes: []string{`ross`, `marcos`, `"san marcos"`, `sao ross`, `activ*`, `directory AND 12`, `*`, `*:*`, `(*)`, `x OR *`},
			no:  []string{`paris`, `"marcos san"`, `reporter`, `marcos AND paris`, `NOT *`, `and`, `or`},
		},
		"existence": {
			yes: []string{`_exists_:name`, `NOT _exists_:attributes.grade OR name:*`, `_exists_: name`},
			no:  []string{`NOT _exists_:name`, `-name:*`},
		},
		"number ranges": {
			yes: []string{`attributes.grade:[12 TO 12]`, `attributes.grade:[9 TO 100]`, `attributes.grade:{11 TO 13}`, `attributes.grade:>=12`,
				`attributes.grade:[12 TO 13}`, `attributes.grade:{11.5 TO 12]`, `attributes.grade:[* TO 12]`, `attributes.grade:[12 TO *]`,
				`attributes.grade:[* TO *]`, `attributes.grade:>9`, `attributes.grade:<1e2`, `attributes.grade:<=12`, `attributes.grade:["9" TO "12"]`},
			no: []string{`attributes.grade:{12 TO 13}`, `attributes.grade:[11 TO 12}`, `attributes.grade:>12`, `attributes.grade:<12`,
				`attributes.grade:{12 TO *]`, `name:[1 TO 2]`, `name:>=0`},
		},
		"date ranges": {
			yes: []string{`attributes.hired:[2018 TO 2018]`, `attributes.hired:[2018-12-18 TO *]`, `attributes.hired:>2017`,
				`attributes.hired:<=2018-12`, `attributes.hired:[2018-12-18T23:05:55Z TO 2018-12-18T23:05:55Z]`,
				`attributes.hired:<2019`, `attributes.hired:{2018-12-17 TO 2018-12-19}`, `attributes.hired:>=2018-12-19T01:05:55+02:00`,
				`attributes.hired:<=2018-12-18T23:05`},
			no: []string{`attributes.hired:>2018`, `attributes.hired:<2018`, `attributes.hired:<2018-12-18`, `attributes.hired:{2018-12-18 TO *}`,
				`attributes.hired:>2018-12-18T23:05:55Z`, `name:>=2000-01-01`, `attributes.hired:<2018-12-18T23:05:55.000Z`},
		},
		"text ranges": {
			yes: []string{`manager.name:[amanda TO bob]`, `manager.name:[AMANDA.ROSS TO Amanda.ross]`, `manager.name:>a`, `name:<"amanda z"`},
			no:  []string{`manager.name:{amanda.ross TO b}`, `manager.name:[a TO amanda.ross}`, `manager.name:>amanda.ross`, `manager.name:[b TO *]`},
		},
		"nested": {
			yes: []string{`@access(name: ("reporter"))`, `@access(id:A OR id:X) AND @access(id:B)`, `@access(id:A AND name:reporter)`,
				`@access(id:A AND NOT name:editor)`, `@access(reporter)`, `@access(*)`, `@access(_exists_:id)`, `@access(source.name:AD)`,
				`NOT @access(id:X)`, `name:ross @access(id:X)`, `@access(name.exact:Reporter)`, `@access("chief editor" AND ad)`, `-@access(id:X)`},
			no: []string{`@access(id:A AND id:B)`, `@access(id:A AND name:editor)`, `@access(id:A) AND @access(id:X)`, `@access(reporter AND ad)`,
				`@access(ross)`, `NOT @access(id:A)`, `@access(name.exact:reporter)`},
		},
	}
	d := amanda()
	for group, tt := range groups {
		t.Run(group, func(t *testing.T) {
			t.Parallel()
			for _, text := range tt.yes {
				checkMatch(t, d, text, true)
			}
			for _, text := range tt.no {
				checkMatch(t, d, text, false)
			}
		})
	}
}

func checkMatch(t *testing.T, d Document, text string, want bool) {
	t.Helper()
	q, err := Parse(text, names{})
	if err != nil {
		t.Errorf("Parse(%s): %v", text, err)
	} else if got := q.Match(d); got != want {
		t.Errorf("%s matches = %t, want %t", text, got, want)
	}
}

// A document without any value meets only what asks for absence.
func TestMatchOfNothing(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"*": true, "name:*": false, "_exists_:name": false, "NOT name:x": true, "ross": false,
		"@access(*)": false, "attributes.grade:[* TO *]": false, "attributes.grade:<5": false,
	} {
		checkMatch(t, person{}, text, want)
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		in     string
		offset int
		says   string
	}{
		"empty":                 {"", 0, "empty"},
		"blank":                 {"  ", 0, "empty"},
		"unknown field":         {"name:x AND nome:x", 11, "supported are attributes.cost center, attributes.grade"},
		"field in other case":   {"Name:x", 0, "cannot be searched"},
		"unknown exact field":   {"nome.exact:x", 0, "cannot be searched"},
		"unknown existence":     {"_exists_:nome", 9, "cannot be searched"},
		"existence of nothing":  {"_exists_:", 9, "missing"},
		"unknown nested":        {"@accounts(id:x)", 0, "supported is @access with the fields id, name, source.name"},
		"unknown nested field":  {"@access(value:x)", 8, "supported are id, name, source.name"},
		"field inside nested":   {"@access(attributes.grade:1)", 8, "supported are id"},
		"nested in nested":      {"@access(@access(id:x))", 8, "inside a nested query"},
		"nested without list":   {"@access", 0, "looks like @access(name:x)"},
		"nested empty":          {"@access()", 7, "nothing between"},
		"nested unclosed":       {"@access(id:x", 7, "not closed"},
		"fuzzy":                 {"name:ross~", 9, "fuzzy"},
		"proximity":             {`name:"a b"~2`, 10, "proximity"},
		"boost":                 {"name:ross^2", 9, "boosting"},
		"boost of a group":      {"(name:ross)^2", 11, "boosting"},
		"expression":            {"name:/ro.*/", 5, "regular expressions"},
		"slash in a word":       {"name:a/b", 6, "regular expressions"},
		"unclosed":              {"(name:x OR (name:y)", 0, "not closed"},
		"closes nothing":        {"name:x)", 6, "closes nothing"},
		"starts closing":        {")", 0, "before this )"},
		"empty group":           {"name:x OR ()", 10, "nothing between"},
		"empty group of field":  {"name:( )", 5, "nothing between"},
		"unclosed text":         {`name:"abc`, 5, "not closed"},
		"unclosed by an escape": {`name:"abc\"`, 5, "not closed"},
		"no value":              {"name:", 5, "missing after \"name\""},
		"no value in group":     {"(name:)", 6, "missing after \"name\""},
		"operator for a value":  {"name:AND x", 5, "before AND"},
		"no right side":         {"name:x AND", 10, "missing at the end"},
		"no left side":          {"OR name:x", 0, "before OR"},
		"two operators":         {"name:x AND OR name:y", 11, "before OR"},
		"not alone":             {"NOT", 3, "missing at the end"},
		"sign alone":            {"name:x - name:y", 7, "directly before"},
		"sign of a value":       {"name:-x", 5, "before the field"},
		"not of a value":        {"name:!x", 5, "before the field"},
		"second colon":          {"name:a:b", 6, "in quotes"},
		"field in a field":      {"name:(source.name:x)", 17, "in quotes"},
		"blank before colon":    {"name :x", 5, "directly before the :"},
		"colon alone":           {":x", 0, "directly before the :"},
		"wild field":            {"attributes.*:x", 0, "wildcards in the name"},
		"url":                   {"http://x", 0, "cannot be searched"},
		"escape of nothing":     {`name:a\`, 6, "missing after the \\"},
		"range without field":   {"[a TO b]", 0, "belongs to a field"},
		"comparison, no field":  {">5", 0, "belongs to a field"},
		"range unclosed":        {"name:[a TO b", 5, "not closed"},
		"range without to":      {"name:[a b]", 5, "TO in upper case"},
		"range, lower-case to":  {"name:[a to b]", 5, "TO in upper case"},
		"range without bound":   {"name:[a TO ]", 11, "bound of the range is missing"},
		"range of wildcards":    {"name:[a* TO b]", 6, "wildcards in a range"},
		"comparison of nothing": {"name:>=", 7, "bound of the range is missing"},
		"date arithmetic":       {"attributes.hired:[now-7d TO now]", 18, "relative to now"},
		"date arithmetic 2":     {"attributes.hired:>2018-01-01||+1M", 18, "relative to now"},
		"stray bracket":         {"name:x]", 6, "unexpected"},
		"not UTF-8":             {"name:x\xff", 6, "UTF-8"},
		"too long":              {strings.Repeat("x ", MaxText/2) + "x", MaxText, "16384"},
		"too deep":              {strings.Repeat("(", 60) + "x" + strings.Repeat(")", 60), 51, "deeper than 50"},
		"too many nots":         {strings.Repeat("!", 60) + "x", 51, "deeper than 50"},
		"too many terms":        {strings.Repeat("name:x ", MaxCost) + "name:x", 7*MaxCost + 5, "256 terms"},
		"too many words":        {strings.Repeat("x ", MaxCost/4) + "_exists_:name", 2*MaxCost/4 + 9, "without a field"},
		"too many wildcards":    {strings.Repeat("name:x* ", MaxCost/4) + "*", 8 * MaxCost / 4, "with wildcards"},
		"too many of both":      {strings.Repeat("x* ", MaxCost/16) + "name:x", 3*MaxCost/16 + 5, "sixteen"},
		"too many nested terms": {"@access(" + strings.Repeat("id:x ", MaxCost/2) + "id:x)", 8 + 5*MaxCost/2 + 3, "inside @access"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Parse(tt.in, names{})
			var got *Error
			if !errors.As(err, &got) {
				t.Fatalf("Parse(%.60s) = %v, want an *Error", tt.in, err)
			}
			if got.Offset != tt.offset || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("Parse(%.60s) = %d %v, want offset %d and %q", tt.in, got.Offset, err, tt.offset, tt.says)
			}
		})
	}
}

// The limits themselves are accepted.
func TestLimits(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"depth":  strings.Repeat("(", MaxDepth) + "ross" + strings.Repeat(")", MaxDepth),
		"terms":  strings.Repeat("name:x ", MaxCost-4) + "ross",
		"words":  strings.Repeat("x ", MaxCost/4-1) + "ross",
		"wild":   strings.Repeat("x* ", MaxCost/16-1) + "ros*",
		"nested": "@access(" + strings.Repeat("id:x ", MaxCost/2-1) + `_exists_:id)`,
		"text":   `"` + strings.Repeat("x", MaxText-10) + `" ross`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkMatch(t, amanda(), text, true)
		})
	}
}

// manyNames is a Fields with more names than a message should list.
type manyNames struct{ names }

func (manyNames) Names() []string {
	list := make([]string, 100)
	for i := range list {
		list[i] = "attributes." + strings.Repeat("x", i+1)
	}
	return list
}

func TestLongListsOfNamesAreCut(t *testing.T) {
	t.Parallel()
	_, err := Parse("nome:x", manyNames{})
	if err == nil || !strings.HasSuffix(err.Error(), "and 60 more") {
		t.Errorf("%v, want a list that ends in \"and 60 more\"", err)
	}
}
