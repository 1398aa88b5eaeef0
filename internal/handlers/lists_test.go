package handlers_test

import (
	"cmp"
	"fmt"
	"net/http"
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
		`{"op":"replace","path":"/name","value":" "},{"op":"replace","path":"/description","value":""}`,
	} {
		s.Clock.Advance(time.Minute)
		status(t, patch, s.Do(http.MethodPatch, roles+"/"+mined[i]["id"].(string), "["+patch+"]"), 200)
	}
	return s
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
	// All but the fixtures' were created at one moment of the clock: their ids
	// decide, over both pages.
	ids := column(append(items(t, first), items(t, second)...), "id")[2:]
	if !ordered(ids, false) {
		t.Errorf("sessions of one moment do not come by id: %v", ids)
	}
}
