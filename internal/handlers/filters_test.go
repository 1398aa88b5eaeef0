package handlers_test

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"mockserver/internal/app/apptest"
)

// filterField is a field to filter by: its documented operators, how to read it
// from an item, and values to compare with.
type filterField struct {
	name   string
	ops    string
	read   func(item map[string]any) any // string, float64, bool, time.Time, []string, or nil
	values []string                      // as they stand in a filter
}

func reads(path string) func(map[string]any) any {
	return func(item map[string]any) any { return at(item, path) }
}

func readsTime(path string) func(map[string]any) any {
	return func(item map[string]any) any {
		moment, err := time.Parse(time.RFC3339, at(item, path).(string))
		if err != nil {
			return nil
		}
		return moment
	}
}

var textValues = []string{`"quintin mercer"`, `"POTENTIAL role"`, `"50%_"`, `"50_"`, `"%"`, `"_"`, `"\\"`, `"\""`, `"ÄÖ"`, `"straße"`, `"S"`, `""`, `"common"`,
	`"SPECIALIZED"`, `"2c9180907"`, `"auto_rm"`, `"POTENTIAL_ROLES_CREATED"`, `"created"`, `"nothing like it"`, `"' OR 1=1 --"`, `"Data platform - common entitlements"`, `"' || name || '"`}

var enumValues = []string{`"common"`, `"SPECIALIZED"`, `"manual"`, `"auto_rm"`, `"POTENTIAL_ROLES_CREATED"`, `"created"`, `"%"`}

func summaryFields(distribution func(id string) []string) []filterField {
	numbers := []string{"0", "25", "49", "72", "100", `"72"`, "-1", "9223372036854775807"}
	moments := []string{"2018", "2026-03", "2026-07-10", "2026-09-08T16:11:05.348Z", "2026-09-08T16:11:05.3480001Z", `"2026-03-01T10:00:00.001Z"`, "2026-03-01T12:00:00+01:00", "9999-12-31"}
	flags := []string{"true", "false", `"true"`, `"false"`}
	return []filterField{
		{"createdById", "eq sw co", reads("createdBy.id"), textValues},
		{"createdByName", "eq sw co", reads("createdBy.displayName"), textValues},
		{"description", "sw co", reads("description"), textValues},
		{"endDate", "le lt", readsTime("createdDate"), moments},
		{"freshness", "eq ge gt le lt", reads("freshness"), numbers},
		{"name", "eq sw co", reads("name"), textValues},
		{"quality", "eq ge gt le lt", reads("quality"), numbers},
		{"startDate", "ge gt", readsTime("createdDate"), moments},
		{"saved", "eq", reads("saved"), flags},
		{"type", "eq", reads("type"), enumValues},
		{"scopingMethod", "eq", reads("session.scopingMethod"), enumValues},
		{"sessionState", "eq", reads("session.state"), enumValues},
		{"identityAttribute", "co", func(item map[string]any) any { return distribution(item["id"].(string)) },
			[]string{`"miami"`, `"Data"`, `"scientist"`, `"%"`, `"_"`, `"department"`, `"attributeValue"`, `"\""`, `"no such value"`}},
	}
}

// operators are all of the filter language.
var operators = []string{"eq", "ne", "sw", "co", "ge", "gt", "le", "lt"}

// holds is what an operator means, written once more and plainly.
func holds(value any, op, text string) bool {
	bare := text
	if strings.HasPrefix(text, `"`) {
		unquoted, err := strconv.Unquote(text)
		if err != nil {
			return false
		}
		bare = unquoted
	}
	order := 0
	switch v := value.(type) {
	case nil:
		return false
	case []string:
		return slices.ContainsFunc(v, func(one string) bool { return holds(one, op, text) })
	case string:
		have, want := strings.ToLower(v), strings.ToLower(bare)
		switch op {
		case "sw":
			return strings.HasPrefix(have, want)
		case "co":
			return strings.Contains(have, want)
		}
		order = cmp.Compare(have, want)
	case float64:
		n, err := strconv.ParseFloat(bare, 64)
		if err != nil {
			return false
		}
		order = cmp.Compare(v, n)
	case bool:
		return strconv.FormatBool(v) == bare
	case time.Time:
		for _, layout := range []string{"2006", "2006-01", time.DateOnly, time.RFC3339Nano} {
			if moment, err := time.Parse(layout, bare); err == nil {
				order = v.Compare(moment)
			}
		}
	}
	return map[string]bool{"eq": order == 0, "ge": order >= 0, "gt": order > 0, "le": order <= 0, "lt": order < 0}[op]
}

// checkFilters asks a collection for every field with every operator and value,
// and compares what comes with the plain meaning; what is not documented must be
// refused with a text that says what is.
func checkFilters(t *testing.T, s *apptest.Server, path string, fields []filterField) {
	t.Helper()
	all := items(t, s.Get(path))
	matched := map[string]bool{}
	for _, f := range fields {
		for _, op := range operators {
			for _, value := range f.values {
				filter := f.name + " " + op + " " + value
				got := list(s, path, "filters", filter)
				if !slices.Contains(strings.Fields(f.ops), op) {
					refused(t, filter, got, 400, illegalValue, "filters: the operator "+op+" is not supported for "+f.name, strings.ReplaceAll(f.ops, " ", ", "))
					break
				}
				want := slices.DeleteFunc(slices.Clone(all), func(item map[string]any) bool { return !holds(f.read(item), op, value) })
				if diff := gocmp.Diff(column(want, "id"), column(items(t, got), "id")); diff != "" {
					t.Errorf("%s?filters=%s (-want +got):\n%s", path, filter, diff)
				}
				if len(want) > 0 {
					matched[f.name] = true
				}
				if !strings.HasPrefix(f.ops, op) {
					continue
				}
				// not is everything else.
				rest := slices.DeleteFunc(slices.Clone(all), func(item map[string]any) bool { return holds(f.read(item), op, value) })
				if diff := gocmp.Diff(column(rest, "id"), column(items(t, list(s, path, "filters", "not "+filter)), "id")); diff != "" {
					t.Errorf("%s?filters=not %s (-want +got):\n%s", path, filter, diff)
				}
			}
		}
		if len(all) > 0 && !matched[f.name] {
			t.Errorf("no value of %s matched anything: the test proves nothing", f.name)
		}
	}
}

func TestSummaryFilters(t *testing.T) {
	t.Parallel()
	s := populated(t)
	distributions := map[string][]string{}
	distribution := func(id string) []string {
		if _, ok := distributions[id]; !ok {
			values := []string{}
			for _, attribute := range s.Get(roles + "/" + id).Value("identityDistribution").([]any) {
				for _, count := range attribute.(map[string]any)["distribution"].([]any) {
					if value, ok := count.(map[string]any)["attributeValue"].(string); ok {
						values = append(values, value)
					}
				}
			}
			distributions[id] = values
		}
		return distributions[id]
	}
	fields := summaryFields(distribution)
	for i, f := range fields {
		switch f.name { // operation 21 documents more than 6 does
		case "name":
			fields[i].ops = "eq sw co ge gt le lt"
		case "type":
			fields[i].ops = "eq ge gt le lt"
		}
	}
	checkFilters(t, s, roles, fields)
	checkFilters(t, s, sessions+"/"+autoSession+"/potential-role-summaries", slices.DeleteFunc(summaryFields(distribution), func(f filterField) bool {
		return slices.Contains([]string{"scopingMethod", "sessionState", "identityAttribute", "description", "createdById", "freshness"}, f.name)
	}))
	for _, field := range []string{"scopingMethod", "sessionState", "identityAttribute"} {
		refused(t, field, list(s, sessions+"/"+autoSession+"/potential-role-summaries", "filters", field+` eq "x"`), 400, illegalValue, field, "createdById (eq, sw, co)")
	}
}

func TestOtherFilters(t *testing.T) {
	t.Parallel()
	s := populated(t)
	checkFilters(t, s, sessions, []filterField{
		{"saved", "eq", reads("saved"), []string{"true", "false", `"true"`, `"false"`}},
		{"name", "eq sw", reads("name"), append([]string{`"rm session"`, `"RM SESSION 100%_DONE"`, `"rm session 1000"`, `"Zwölf \"Box"`}, textValues...)},
	})
	summary := sessions + "/" + autoSession + "/potential-role-summaries/" + firstRole
	checkFilters(t, s, summary+"/applications", []filterField{{"applicationName", "sw", reads("name"), append([]string{`"ad"`, `"Test"`, `"%a"`}, textValues...)}})
	checkFilters(t, s, summary+"/entitlements", []filterField{{"entitlementRef.name", "sw", reads("name"), append([]string{`"gg-"`, `"TEST"`, `"_"`}, textValues...)}})
	access := []filterField{
		{"applicationName", "sw", reads("applicationName"), []string{`"ad"`, `"AD"`, `"Data"`, `"%"`, `""`}},
		{"entitlementRef.name", "sw", reads("entitlementRef.name"), []string{`"gg-"`, `"GG-R"`, `"_"`, `""`}},
	}
	checkAccess := func(path string) {
		for _, f := range access {
			for _, value := range f.values {
				all, got := items(t, s.Get(path)), items(t, list(s, path, "filters", f.name+" sw "+value))
				want := slices.DeleteFunc(all, func(item map[string]any) bool { return !holds(f.read(item), "sw", value) })
				if diff := gocmp.Diff(column(want, "entitlementRef.id"), column(got, "entitlementRef.id")); diff != "" {
					t.Errorf("%s: %s sw %s (-want +got):\n%s", path, f.name, value, diff)
				}
			}
			for _, op := range []string{"eq", "co", "ge"} {
				refused(t, f.name, list(s, path, "filters", f.name+" "+op+` "x"`), 400, illegalValue, op, "supported: sw")
			}
		}
	}
	checkAccess(firstPath + "/entitlement-popularities")
	ids := column(items(t, s.Get(firstPath+"/entitlement-popularities?limit=40")), "entitlementRef.id")
	status(t, "exclude", s.Do(http.MethodPost, firstPath+"/edit-entitlements", map[string]any{"ids": ids, "exclude": true}), 201)
	checkAccess(firstPath + "/excluded-entitlements")
	checkFilters(t, s, firstPath+"/identities", []filterField{{"name", "sw", reads("name"), []string{`"a"`, `"Aaron"`, `"%"`, `""`, `"zz"`}}})
}

// TestFilterLanguage: the forms that the documents use, and how they combine.
func TestFilterLanguage(t *testing.T) {
	t.Parallel()
	s := populated(t)
	for _, tt := range []struct{ filter, same string }{
		{`saved eq true`, `saved eq "true"`},
		{`(saved eq true)and (type eq "COMMON")`, `saved eq true and type eq "COMMON"`},
		{`(saved eq true)or(type eq "COMMON")`, `type eq "common" or saved eq true`},
		{`not saved eq true or type eq "COMMON" and name co "data"`, `(not (saved eq true)) or ((type eq "COMMON") and (name co "data"))`},
		{`not (saved eq true or type eq "COMMON")`, `saved eq false and not type eq "COMMON"`},
		{`not not saved eq true`, `saved eq true`},
		{"  saved\teq\ntrue ", `saved eq true`},
		{`startDate gt 2018`, `startDate gt 2018-01-01T00:00:00Z`},
		{`startDate ge 2026-03-01T11:00:00+01:00`, `startDate ge 2026-03-01T10:00:00Z`},
		{`name co "%"`, `name co "50%_off"`},
	} {
		got, same := list(s, roles, "filters", tt.filter), list(s, roles, "filters", tt.same)
		if got.Status != 200 || string(got.Body) != string(same.Body) || got.Len() == 0 {
			t.Errorf("%s: %d, %d items; %s: %d items", tt.filter, got.Status, got.Len(), tt.same, same.Len())
		}
	}
	// A filter as the official clients encode it, and as a browser would.
	want := list(s, roles, "filters", `saved eq true`)
	for _, raw := range []string{"saved+eq+true", "saved%20eq%20true", "saved+eq+%22true%22", `saved%20eq%20"true"`} {
		if got := s.Get(roles + "?filters=" + strings.ReplaceAll(raw, `"`, "%22")); string(got.Body) != string(want.Body) {
			t.Errorf("%s differs", raw)
		}
	}
	if got := s.Get(roles + "?filters="); got.Len() != s.Get(roles).Len() {
		t.Error("an empty filter filters")
	}
	for filter, texts := range map[string][]string{
		`colour eq "red"`:                             {"filters", `"colour"`, "name (eq, sw, co", "identityAttribute (co)"},
		`Name eq "x"`:                                 {`"Name"`},
		`name is "x"`:                                 {`"is"`, "eq, sw, co"},
		`saved eq maybe`:                              {"saved", "true or false"},
		`quality eq "high"`:                           {"quality", "whole number"},
		`quality eq 50.5`:                             {"quality", "whole number"},
		`quality eq 99999999999999999999`:             {"quality", "out of range"},
		`startDate gt yesterday`:                      {"startDate", "date"},
		`startDate gt 2026-02-30`:                     {"startDate", "date"},
		`name eq red`:                                 {"name", "double quotes"},
		strings.Repeat("not ", 60) + "saved":          {"nesting"},
		`name eq "` + strings.Repeat("x", 9000) + `"`: {"8192"},
	} {
		refused(t, filter, list(s, roles, "filters", filter), 400, illegalValue, texts...)
	}
	for _, filter := range []string{`name EQ "x"`, `name eq`, `eq "x"`, `name eq "x`, `(name eq "x"`, `name eq "x")`, `name eq "x" name eq "y"`, `name eq "x" AND saved eq true`,
		`name eq "x" and`, `and`, `name eq 'x'`, `name pr`, `name in "a"`, `name in ()`, `name eq "a\n"`, `name=="x"`, "name eq \"\xff\"", `;`, `name eq "x";`} {
		refused(t, filter, list(s, roles, "filters", filter), 400, badContent, "filters: ", "")
	}
	for _, raw := range []string{"filters=%zz", "filters=name+eq+%22100%%22", "limit=1&%"} {
		refused(t, raw, s.Do(http.MethodGet, roles+"?"+raw, nil), 400, badContent, "query string")
	}
	// A bare semicolon separates nothing.
	if got := s.Do(http.MethodGet, sessions+"?filters=name+sw+%22a;b%22", nil); got.Status != 200 || string(got.Body) != "[]" {
		t.Errorf("a filter with a semicolon: %d %.100s", got.Status, got.Body)
	}
	for _, unfiltered := range []string{roles + "/saved", roles + "/" + savedRole + "/sources/" + dataSource + "/identityUsage"} {
		refused(t, unfiltered, list(s, unfiltered, "filters", `name eq "x"`), 400, illegalValue, "cannot be filtered")
	}
}

// TestHostileValues: what would be code elsewhere is text here.
func TestHostileValues(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	before := s.Get(roles)
	for _, hostile := range []string{`' OR '1'='1`, `'; DROP TABLE sessions; --`, `") OR 1=1 --`, `\`, `%' OR name LIKE '%`, `x' UNION SELECT * FROM clients --`, "\x00", "\x7f", "💩", `*`, `?1`, `:name`, `@x`, `$1`} {
		quoted := `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(hostile) + `"`
		for path, field := range map[string]string{sessions: "name", roles: "name", roles + "?x=": "createdByName", firstPath + "/identities": "name", firstPath + "/entitlement-popularities": "entitlementRef.name"} {
			path, _, _ = strings.Cut(path, "?")
			if got := list(s, path, "filters", field+" sw "+quoted); got.Status != 200 || string(got.Body) != "[]" {
				t.Errorf("%s with %s sw %s: %d %.100s", path, field, quoted, got.Status, got.Body)
			}
		}
		id := url.PathEscape(hostile)
		for _, path := range []string{sessions + "/" + id + "/status", roles + "/" + id + "/sources/" + dataSource + "/identityUsage", roles + "/" + savedRole + "/sources/" + id + "/identityUsage"} {
			refused(t, path, s.Do(http.MethodGet, path, nil), 404, notFound)
		}
	}
	if after := s.Get(roles); string(after.Body) != string(before.Body) {
		t.Error("reading changed something")
	}
}
