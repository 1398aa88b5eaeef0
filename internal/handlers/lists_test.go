package handlers_test

import (
	"cmp"
	"fmt"
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

// populated is a server whose sessions and roles differ in everything that lists
// can be filtered and sorted by.
func populated(t *testing.T) *apptest.Server {
	t.Helper()
	s := start(t, nil)
	nobody := s.TokenFor("mock-no-user", "mock-no-user-secret")
	s.Clock.Advance(time.Hour + 1234567*time.Nanosecond)
	own := s.Token
	s.Token = nobody
	s.CreateSession(`{"name":"rm session 100%_done","saved":true,"type":"COMMON","scope":{"criteria":"source.name:DataScienceDataset"}}`)
	s.Token = own
	s.Clock.Advance(time.Hour)
	late := s.CreateSession(`{"name":"Zwölf \"Boxkämpfer\" \\ Eric's","scope":{"criteria":"source.name:DataScienceDataset"},"pruneThreshold":60,"minNumIdentitiesInPotentialRole":10}`)
	s.Clock.Advance(time.Hour)
	s.Do(http.MethodPost, sessions, `{"scope":{"criteria":"source.name:DataScienceDataset"}}`) // CREATED, for sessionState
	mined := items(t, s.Get(sessions+"/"+late+"/potential-role-summaries"))
	for i, patch := range []string{
		`{"op":"replace","path":"/name","value":"50%_off \"quoted\" \\ back"},{"op":"replace","path":"/description","value":"ÄÖÜ straße"},{"op":"replace","path":"/saved","value":true}`,
		`{"op":"replace","path":"/name","value":"500 off"},{"op":"replace","path":"/description","value":"100% pure_"}`,
		`{"op":"replace","path":"/name","value":""},{"op":"replace","path":"/description","value":""}`,
	} {
		s.Clock.Advance(time.Minute)
		status(t, patch, s.Do(http.MethodPatch, roles+"/"+mined[i]["id"].(string), "["+patch+"]"), 200)
	}
	return s
}

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

// sortable is a collection with what it can be sorted by and its default.
type sortable struct {
	path     string
	id       string            // where an item's own id stands
	sorters  map[string]string // where what a sorter sorts by stands
	standard string            // the default, "" for one of its own
}

func sortables() []sortable {
	summaries := map[string]string{"createdDate": "createdDate", "identityCount": "identityCount", "freshness": "freshness", "quality": "quality"}
	older, newer := map[string]string{"density": "density"}, map[string]string{"entitlementCount": "entitlementCount"}
	for name, path := range summaries {
		older[name], newer[name] = path, path
	}
	role := sessions + "/" + autoSession + "/potential-role-summaries/" + firstRole
	return []sortable{
		{sessions, "id", map[string]string{"createdBy": "createdBy.displayName", "createdDate": "createdDate"}, "-createdDate"},
		{sessions + "/" + autoSession + "/potential-role-summaries", "id", older, ""},
		{roles, "id", newer, "-createdDate"},
		{roles + "/saved", "id", map[string]string{"modified": "modified"}, "-modified"},
		{firstPath + "/entitlement-popularities", "entitlementRef.id",
			map[string]string{"popularity": "popularity", "entitlementName": "name", "applicationName": "applicationName"}, "-popularity"},
		{firstPath + "/excluded-entitlements", "entitlementRef.id", map[string]string{"popularity": "popularity", "populariity": "popularity"}, "-popularity"},
		{firstPath + "/identities", "id", map[string]string{"name": "name"}, "name"},
		{roles + "/" + savedRole + "/sources/" + dataSource + "/identityUsage", "id",
			map[string]string{"displayName": "displayName", "email": "email", "usageCount": "usageCount"}, "displayName"},
		{role + "/applications", "id", nil, ""},
		{role + "/entitlements", "id", nil, ""},
	}
}

// ordered says whether a column is in order; nothing comes before everything.
func ordered(values []any, descending bool) bool {
	return slices.IsSortedFunc(values, func(a, b any) int {
		order := 0
		switch {
		case a == nil || b == nil:
			order = cmp.Compare(map[bool]int{true: 0, false: 1}[a == nil], map[bool]int{true: 0, false: 1}[b == nil])
		default:
			x, isNumber := a.(float64)
			if isNumber {
				order = cmp.Compare(x, b.(float64))
			} else {
				order = strings.Compare(strings.ToLower(a.(string)), strings.ToLower(b.(string)))
			}
		}
		if descending {
			return -order
		}
		return order
	})
}

func TestSortersAndPages(t *testing.T) {
	t.Parallel()
	s := populated(t)
	half := column(items(t, s.Get(firstPath+"/entitlement-popularities?limit=30")), "entitlementRef.id")
	status(t, "exclude", s.Do(http.MethodPost, firstPath+"/edit-entitlements", map[string]any{"ids": half, "exclude": true}), 201)
	for _, of := range sortables() {
		whole := items(t, s.Get(of.path))
		if len(whole) < 3 {
			t.Errorf("%s has %d items: the test proves little", of.path, len(whole))
		}
		orders := []string{""}
		for name := range of.sorters {
			orders = append(orders, name, "-"+name)
		}
		slices.Sort(orders)
		for _, order := range orders {
			by := cmp.Or(order, of.standard)
			all := items(t, list(s, of.path, "sorters", order))
			if len(all) != len(whole) {
				t.Errorf("%s by %s: %d items of %d", of.path, by, len(all), len(whole))
			}
			if name := strings.TrimPrefix(by, "-"); name != "" && !ordered(column(all, of.sorters[name]), by != name) {
				t.Errorf("%s is not in the order %s: %v", of.path, by, column(all, of.sorters[name]))
			}
			checkPages(t, s, of, order, column(all, of.id))
		}
		for _, wrong := range []string{"id", "-", "name,", "nope", "createdDate desc", "--modified", "+name"} {
			if _, fine := of.sorters[wrong]; fine {
				continue
			}
			got := list(s, of.path, "sorters", wrong)
			if got.Status != 400 {
				t.Errorf("%s by %s: %d", of.path, wrong, got.Status)
			}
			text := got.Text("messages", 0, "text")
			for name := range of.sorters {
				if name != "populariity" && wrong == "nope" && !strings.Contains(text, name) {
					t.Errorf("%s by %s: %q does not name %s", of.path, wrong, text, name)
				}
			}
			if len(of.sorters) == 0 && wrong == "nope" && !strings.Contains(text, "cannot be sorted") {
				t.Errorf("%s by %s: %q", of.path, wrong, text)
			}
		}
		for name := range of.sorters {
			refused(t, of.path, list(s, of.path, "sorters", name+",-"+name), 400, illegalValue, "twice")
		}
	}
	// More than one key, with and without blanks.
	all := items(t, list(s, roles, "sorters", "-quality, createdDate"))
	if !slices.IsSortedFunc(all, func(a, b map[string]any) int {
		return cmp.Or(-cmp.Compare(a["quality"].(float64), b["quality"].(float64)), strings.Compare(a["createdDate"].(string), b["createdDate"].(string)))
	}) {
		t.Errorf("-quality, createdDate: %v", column(all, "quality"))
	}
}

// checkPages reads a collection in pages of different sizes: together they are
// the whole, each item once.
func checkPages(t *testing.T, s *apptest.Server, of sortable, order string, want []any) {
	t.Helper()
	sizes := []int{1, 3, 250}
	if len(want) > 20 {
		sizes = []int{13, 250}
	}
	for _, size := range sizes {
		var got []any
		for offset := 0; ; offset += size {
			page := list(s, of.path, "sorters", order, "limit", strconv.Itoa(size), "offset", strconv.Itoa(offset), "count", "true")
			if page.Header.Get("X-Total-Count") != strconv.Itoa(len(want)) {
				t.Fatalf("%s: X-Total-Count %q, there are %d", of.path, page.Header.Get("X-Total-Count"), len(want))
			}
			some := items(t, page)
			got = append(got, column(some, of.id)...)
			if len(some) < size {
				break
			}
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("%s by %q in pages of %d (-want +got):\n%s", of.path, order, size, diff)
		}
	}
}

func TestPageParameters(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	for _, of := range sortables() {
		for _, tt := range []struct{ query, code, text string }{
			{"limit=251", illegalValue, "limit: 251 is out of range; it must be from 0 to 250"},
			{"limit=-1", illegalValue, "limit: -1 is out of range"},
			{"limit=abc", illegalValue, `limit: "abc" is not a whole number`},
			{"limit=", illegalValue, "limit"},
			{"limit=1.0", illegalValue, "limit"},
			{"limit=1e2", illegalValue, "limit"},
			{"limit=%2B5", illegalValue, "limit"},
			{"limit=99999999999999999999", illegalValue, "limit"},
			{"limit=5&limit=5", illegalValue, "limit: the parameter is given 2 times"},
			{"offset=-1", illegalValue, "offset: -1 is out of range"},
			{"offset=x", illegalValue, "offset"},
			{"offset=2147483648", illegalValue, "offset"},
			{"count=1", illegalValue, `count: "1" is not supported; it must be true or false`},
			{"count=TRUE", illegalValue, "count"},
			{"count=", illegalValue, "count"},
		} {
			refused(t, of.path+"?"+tt.query, s.Do(http.MethodGet, of.path+"?"+tt.query, nil), 400, tt.code, tt.text)
		}
		all := s.Get(of.path)
		n := strconv.Itoa(all.Len())
		for query, want := range map[string]string{"limit=250": string(all.Body), "limit=0": "[]", "offset=2147483647": "[]", "offset=" + n: "[]", "count=false": string(all.Body), "unknown=5": string(all.Body), "limit=007": ""} {
			got := s.Get(of.path + "?" + query)
			if want != "" && string(got.Body) != want {
				t.Errorf("%s?%s: %.200s", of.path, query, got.Body)
			}
			if _, counted := got.Header["X-Total-Count"]; counted {
				t.Errorf("%s?%s counts", of.path, query)
			}
		}
		for _, query := range []string{"limit=0&count=true", "offset=2147483647&count=true", "count=true"} {
			if got := s.Get(of.path + "?" + query).Header.Get("X-Total-Count"); got != n {
				t.Errorf("%s?%s: X-Total-Count %q, want %s", of.path, query, got, n)
			}
		}
	}
	// The count is of what the filter lets through.
	got := list(s, roles, "filters", "saved eq true", "count", "true", "limit", "1")
	if saved := s.Get(roles + "/saved").Len(); got.Header.Get("X-Total-Count") != strconv.Itoa(saved) || got.Len() != 1 {
		t.Errorf("X-Total-Count %q, saved are %d", got.Header.Get("X-Total-Count"), saved)
	}
}

// TestFullPages: 250 items come as one page, whatever there is.
func TestFullPages(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	for i := range 260 {
		status(t, "create", s.Do(http.MethodPost, sessions, fmt.Sprintf(`{"name":"RM Session %03d"}`, i)), 201)
	}
	first, second := s.Get(sessions+"?limit=250&count=true"), s.Get(sessions+"?offset=250&limit=250")
	if first.Len() != 250 || second.Len() != 12 || first.Header.Get("X-Total-Count") != "262" {
		t.Errorf("pages of %d and %d, %s in all", first.Len(), second.Len(), first.Header.Get("X-Total-Count"))
	}
	if s.Get(sessions).Len() != 250 {
		t.Error("the default page is not 250")
	}
	// All were created at one moment of the clock, before that of the fixtures'
	// sessions: the last of them comes first.
	if name := first.Text(2, "name"); name != "RM Session 259" {
		t.Errorf("the first session is %s", name)
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
