package store_test

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"mockserver/internal/query"
	"mockserver/internal/rolemining"
	"mockserver/internal/store"
)

// holds checks what is true of every filter: it has SQL, the total agrees with
// the page, and each element is in it or in its negation.
func holds(t *testing.T, s *store.Store, kind rolemining.ListKind, filter string) {
	t.Helper()
	q, err := kind.Schema().Parse(url.Values{"filters": {filter}, "count": {"true"}})
	if err != nil || q.Filter == nil {
		return // query's own tests look after what it refuses
	}
	count := func(e query.Expr) int {
		t.Helper()
		q.Filter = e
		page, err := s.List(context.Background(), rolemining.List{Kind: kind, SessionID: "s1", RoleID: "r1", Query: q})
		if err != nil {
			t.Fatalf("%s: %v", filter, err)
		}
		return page.Total
	}
	e := q.Filter
	if in, out, all := count(e), count(query.Not{Expr: e}), count(nil); in+out != all {
		t.Errorf("%s: %d elements in, %d out, %d in all", filter, in, out, all)
	}
}

// TestLargestFilters goes to the limits of query.
func TestLargestFilters(t *testing.T) {
	t.Parallel()
	s := open(t, "")
	world(t, s)
	deep := `name eq "a"`
	for level := range query.MaxDepth / 2 {
		deep = "not (" + []string{`quality eq 1 or `, `saved eq true and `}[level%2] + deep + ")"
	}
	holds(t, s, rolemining.AllSummaries, deep)
	for _, word := range []string{" or ", " and "} {
		wide := strings.Repeat(`description co "x"`+word, query.MaxComparisons-1) + `sessionState eq "x"`
		holds(t, s, rolemining.AllSummaries, wide)
	}
	if _, err := rolemining.AllSummaries.Schema().Parse(url.Values{"filters": {deep}}); err != nil {
		t.Errorf("the deep filter is refused, so it tests nothing: %v", err)
	}
}

func FuzzFilter(f *testing.F) {
	for _, seed := range []string{
		`name eq "a"`, `not (name sw "ä" or description co "%")`, `createdByName co "a" and not createdById eq "u-1"`,
		`startDate ge 0000-01-01 and endDate lt 9999-12-31T23:59:59.999999999Z`, `identityAttribute co "sales"`,
		`name sw ""`, "name sw \"\U0010ffff\"", "name co \"\x00\"", `quality ge -9223372036854775808`, `sessionState eq "CREATED" or saved eq true`,
		`applicationName sw "a" and entitlementRef.name sw "\""`,
	} {
		f.Add(seed)
	}
	s, err := tryOpen("")
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = s.Close() })
	world(f, s)
	f.Fuzz(func(t *testing.T, filter string) {
		holds(t, s, rolemining.AllSummaries, filter)
		holds(t, s, rolemining.SessionList, filter)
		holds(t, s, rolemining.RolePopularities, filter)
	})
}
