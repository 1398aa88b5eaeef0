package store

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"mockserver/internal/idgen"
	"mockserver/internal/query"
	"mockserver/internal/rolemining"
)

// sorted is the index that gives a list in an order.
var sorted = map[rolemining.ListKind]map[string]string{
	rolemining.SessionList: {
		"": "sessions_newest", "createdDate": "sessions_oldest", "-createdDate": "sessions_newest",
		"createdBy": "sessions_creator_up", "-createdBy": "sessions_creator_down",
	},
	rolemining.AllSummaries: {
		"": "roles_newest", "createdDate": "roles_newest", "-createdDate": "roles_newest",
		"identityCount": "roles_identities", "-identityCount": "roles_identities",
		"entitlementCount": "roles_entitlements", "-entitlementCount": "roles_entitlements",
		"freshness": "roles_freshness", "-freshness": "roles_freshness", "quality": "roles_quality", "-quality": "roles_quality",
	},
	rolemining.SavedRoles: {"": "roles_drafts", "modified": "roles_drafts", "-modified": "roles_drafts"},
}

// found is the index that finds what a filter asks for, by field.
var found = map[string]string{
	"saved": "s_saved", "name": "s_name", "createdById": "roles_creator_id", "createdByName": "roles_creator",
	"description": "roles_description", "startDate": "roles_newest", "endDate": "roles_newest",
	"freshness": "roles_freshness", "quality": "roles_quality", "type": "roles_type",
	"scopingMethod": "sessions_scoping", "sessionState": "sessions_phase",
}

// scanned are the filters that no index can serve: they ask for a text inside of
// texts. What is read instead is an index, which is a small part of the table, or
// for identityAttribute the beginning of each role's documents (BenchmarkList says
// how long that takes). An index serves "description co" as far as it leaves out
// the roles without one.
var scanned = map[string]string{
	"name co":              "SCAN p USING COVERING INDEX roles_name",
	"createdById co":       "SCAN p USING COVERING INDEX roles_creator_id",
	"createdByName co":     "SCAN p USING COVERING INDEX roles_creator",
	"identityAttribute co": "SCAN p USING COVERING INDEX roles_saved", // and the documents by row
}

// TestPlans asks SQLite how it would read each list of rows, in each order and by
// each filter that there is. A page of a whole list is read off an index, from its
// first element on. What a filter finds is found by an index and sorted if it is
// little; if it is much, the order's index is walked until the page is full.
// Totals are kept, or counted by an index.
func TestPlans(t *testing.T) {
	t.Parallel()
	p := newPlanner(t)
	for _, kind := range []rolemining.ListKind{rolemining.SessionList, rolemining.AllSummaries, rolemining.SavedRoles} {
		orders := sorted[kind]
		for _, sorter := range kind.Schema().Sorters {
			if orders[sorter] == "" || orders["-"+sorter] == "" {
				t.Errorf("list %d: no index is named for %s", kind, sorter)
			}
		}
		for order, index := range orders {
			p.walks(kind, "", order, index)
		}
		for _, filter := range filters(kind.Schema()) {
			for order, index := range orders {
				p.walks(kind, filter.text, order, index)
			}
			p.finds(kind, filter)
		}
	}
	// With several filters the walk is the same.
	p.walks(rolemining.AllSummaries, `saved eq true and (quality ge 50 or not name sw "a")`, "", "roles_newest")
	p.walks(rolemining.AllSummaries, `quality ge 50 and quality le 60 and type eq "COMMON"`, "-quality", "roles_quality")
	p.walks(rolemining.AllSummaries, `startDate ge 2026-01-01 or endDate le 2025-01-01 or not startDate gt 2024-01-01`, "", "roles_newest")
}

// TestPlansInASession: the roles of one session are found by it, whatever is asked
// of them, and only those are sorted.
func TestPlansInASession(t *testing.T) {
	t.Parallel()
	p := newPlanner(t)
	const kind = rolemining.SessionSummaries
	all := []filter{{}}
	all = append(all, filters(kind.Schema())...)
	for _, filter := range all {
		for _, sorter := range append([]string{"", "-quality"}, kind.Schema().Sorters...) {
			st := p.statements(kind, filter.text, sorter)
			for _, text := range []string{st.page, st.count} {
				plan := p.plan(text, st.args, text == st.page)
				if !strings.HasPrefix(plan[0], "SEARCH p USING ") || !strings.HasSuffix(plan[0], "INDEX sqlite_autoindex_potential_roles_2 (session=?)") {
					t.Errorf("%q %q: the roles are not found by their session:\n%s", filter.text, sorter, strings.Join(plan, "\n"))
				}
			}
			if st.probe != "" {
				t.Errorf("%q: the roles are looked for twice", filter.text)
			}
		}
	}
	if plan := p.plan(p.statements(kind, "", "").page, []any{"s"}, true); strings.Contains(strings.Join(plan, " "), "TEMP B-TREE") {
		t.Errorf("the own order of a session's roles is sorted:\n%s", strings.Join(plan, "\n"))
	}
}

// TestPlansInARole: the lists inside of a role take what one row has.
func TestPlansInARole(t *testing.T) {
	t.Parallel()
	p := newPlanner(t)
	for _, column := range []string{"members", "access"} {
		plan := p.plan(roleColumn(column), []any{"r", "s"}, false)
		want := []string{
			"SEARCH p USING INDEX sqlite_autoindex_potential_roles_1 (id=?)",
			"SEARCH d USING INTEGER PRIMARY KEY (rowid=?)",
			"SEARCH s USING INTEGER PRIMARY KEY (rowid=?)",
		}
		if strings.Join(plan, "\n") != strings.Join(want, "\n") {
			t.Errorf("%s:\n%s", column, strings.Join(plan, "\n"))
		}
	}
	for kind := rolemining.SessionList; kind <= rolemining.SourceUsage; kind++ {
		if _, rows := listingOf(kind); rows == isInRole(kind) {
			t.Errorf("list %d is read both ways, or none", kind)
		}
	}
}

// planner asks for plans.
type planner struct {
	t *testing.T
	s *Store
}

func newPlanner(t *testing.T) planner {
	t.Helper()
	s, err := Open(context.Background(), Config{IDs: idgen.New("plans")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return planner{t, s}
}

// walks checks the page of a whole list or of one of which a filter leaves much.
func (p planner) walks(kind rolemining.ListKind, filter, order, index string) {
	p.t.Helper()
	st := p.statements(kind, filter, order)
	plan := p.plan(st.page, st.args, true)
	text := strings.Join(plan, "\n")
	if filter == "" && !strings.Contains(plan[0], "COVERING INDEX "+index) {
		p.t.Errorf("list %d by %q reads more than %s to pick a page:\n%s", kind, order, index, text)
	}
	if !strings.Contains(plan[0], "INDEX "+index) || !strings.HasPrefix(plan[0], "SCAN ") && !strings.HasPrefix(plan[0], "SEARCH ") {
		p.t.Errorf("list %d, %q by %q does not walk %s:\n%s", kind, filter, order, index, text)
	}
	for _, line := range plan[1:] {
		// Those of equal keys may be sorted by id, and what was found be read by row.
		ties := line == "USE TEMP B-TREE FOR LAST TERM OF ORDER BY" || line == "USE TEMP B-TREE FOR LAST 2 TERMS OF ORDER BY"
		byRow := strings.HasSuffix(line, " USING INTEGER PRIMARY KEY (rowid=?)") || strings.HasPrefix(line, "CORRELATED SCALAR SUBQUERY")
		if !ties && !byRow {
			p.t.Errorf("list %d, %q by %q: %q in the plan\n%s", kind, filter, order, line, text)
		}
	}
	if filter == "" && kind != rolemining.SavedRoles {
		if plan := p.plan(st.count, st.countArgs, false); plan[0] != "SEARCH totals USING PRIMARY KEY (name=?)" {
			p.t.Errorf("list %d: its elements are counted:\n%s", kind, strings.Join(plan, "\n"))
		}
	}
}

// finds checks how the matches of a filter are found, counted and, if they are
// few, sorted.
func (p planner) finds(kind rolemining.ListKind, f filter) {
	p.t.Helper()
	st := p.statements(kind, f.text, "")
	if own := f.field == "startDate" || f.field == "endDate"; own != (st.probe == "") {
		p.t.Errorf("%s is looked for: %v; the order of the list says where to begin: %v", f.text, !own, own)
	}
	if st.probe == "" { // the walk begins at the first match
		plan := strings.Join(p.plan(st.page, st.args, true), "\n")
		if !strings.HasPrefix(plan, "SEARCH p USING COVERING INDEX "+found[f.field]) {
			p.t.Errorf("%s: the walk begins too early:\n%s", f.text, plan)
		}
		return
	}
	for what, text := range map[string]string{"probe": st.probe, "count": st.count} {
		plan := p.plan(text, st.args, false)
		all := strings.Join(plan, "\n")
		if scan := scanned[f.field+" "+string(f.op)]; scan != "" && kind == rolemining.AllSummaries {
			if plan[0] != scan {
				p.t.Errorf("%s of %s: want %s:\n%s", what, f.text, scan, all)
			}
			continue
		}
		if !strings.Contains(all, found[f.field]+" (") || strings.Contains(all, "SCAN") {
			p.t.Errorf("%s of %s: want a search of %s:\n%s", what, f.text, found[f.field], all)
		}
	}
	plan := p.plan(st.picked, []any{"[1]"}, true)
	if !strings.HasPrefix(plan[0], "SCAN j VIRTUAL TABLE") || !strings.HasSuffix(plan[1], "USING INTEGER PRIMARY KEY (rowid=?)") {
		p.t.Errorf("those of %s are not read by row:\n%s", f.text, strings.Join(plan, "\n"))
	}
}

func (p planner) statements(kind rolemining.ListKind, filter, order string) statements {
	p.t.Helper()
	q, err := kind.Schema().Parse(url.Values{"filters": {filter}, "sorters": {order}})
	if err != nil {
		p.t.Fatal(err)
	}
	of, _ := listingOf(kind)
	st, err := of.statements(rolemining.List{Kind: kind, SessionID: "s", Query: q})
	if err != nil {
		p.t.Fatal(err)
	}
	return st
}

// plan is how a statement is worked off, but for the frame of a page. A page takes
// a limit and an offset, too.
func (p planner) plan(text string, args []any, page bool) (lines []string) {
	p.t.Helper()
	if page {
		args = append(append([]any{}, args...), 250, 0)
	}
	err := p.s.read(context.Background(), func(c *conn) error {
		return c.each("EXPLAIN QUERY PLAN "+text, args, func(rows *sql.Rows) error {
			var id, parent, unused int
			var detail string
			err := rows.Scan(&id, &parent, &unused, &detail)
			if detail != "CO-ROUTINE k" && detail != "SCAN k" {
				lines = append(lines, detail)
			}
			return err
		})
	})
	if err != nil {
		p.t.Fatalf("%s: %v", text, err)
	}
	return lines
}

// filter is a comparison that a list can be filtered by.
type filter struct {
	field, text string
	op          query.Op
}

// filters are all that a list takes.
func filters(s query.Schema) (all []filter) {
	values := map[query.Kind]string{query.String: `"a"`, query.Int: "50", query.Bool: "true", query.Time: "2026-01-01"}
	for _, f := range s.Filters {
		for _, op := range f.Ops {
			all = append(all, filter{f.Name, fmt.Sprintf("%s %s %s", f.Name, op, values[f.Kind]), op})
		}
	}
	return all
}
