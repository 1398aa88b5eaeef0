package store

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"mockserver/internal/idgen"
	"mockserver/internal/rolemining"
)

// TestPlans asks SQLite how it would read the first page of each big list. A
// page that an index gives in order needs no sort of the table; "ties" allows
// to sort those of equal keys.
func TestPlans(t *testing.T) {
	t.Parallel()
	s, err := Open(context.Background(), Config{IDs: idgen.New("plans")})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, c := range []struct {
		kind             rolemining.ListKind
		filters, sorters string
		want             string // how the page is picked
		ties             bool
	}{
		{rolemining.SessionList, "", "", "SCAN s USING COVERING INDEX sessions_newest", false},
		{rolemining.SessionList, "", "createdDate", "SCAN s USING COVERING INDEX sessions_oldest", false},
		{rolemining.SessionList, "", "-createdDate", "SCAN s USING COVERING INDEX sessions_newest", false},
		{rolemining.SessionList, "", "createdBy", "SCAN s USING COVERING INDEX sessions_creator_up", false},
		{rolemining.SessionList, "", "-createdBy", "SCAN s USING COVERING INDEX sessions_creator_down", false},
		{rolemining.SessionList, "saved eq true", "", "SEARCH s USING COVERING INDEX sessions_saved (saved=?)", false},
		{rolemining.SessionList, "saved eq true", "createdDate", "SEARCH s USING COVERING INDEX sessions_saved (saved=?)", true},
		{rolemining.SessionList, `name eq "a"`, "", "SEARCH s USING INDEX sessions_name (name=?)", true},
		{rolemining.SessionList, `name sw "a"`, "", "SEARCH s USING INDEX sessions_name (name>? AND name<?)", true},

		{rolemining.SessionSummaries, "", "", "SEARCH p USING COVERING INDEX sqlite_autoindex_potential_roles_2 (session=?)", false},
		{rolemining.SessionSummaries, "", "createdDate", "SEARCH p USING INDEX sqlite_autoindex_potential_roles_2 (session=?)", true},

		{rolemining.AllSummaries, "", "", "SCAN p USING COVERING INDEX roles_newest", false},
		{rolemining.AllSummaries, "", "-createdDate", "SCAN p USING COVERING INDEX roles_newest", true},
		{rolemining.AllSummaries, "", "createdDate", "SCAN p USING COVERING INDEX roles_newest", true},
		{rolemining.AllSummaries, "", "-identityCount", "SCAN p USING COVERING INDEX roles_identities", false},
		{rolemining.AllSummaries, "", "identityCount", "SCAN p USING COVERING INDEX roles_identities", true},
		{rolemining.AllSummaries, "", "-entitlementCount", "SCAN p USING COVERING INDEX roles_entitlements", false},
		{rolemining.AllSummaries, "", "-freshness", "SCAN p USING COVERING INDEX roles_freshness", false},
		{rolemining.AllSummaries, "", "-quality", "SCAN p USING COVERING INDEX roles_quality", false},
		{rolemining.AllSummaries, "", "quality", "SCAN p USING COVERING INDEX roles_quality", true},
		{rolemining.AllSummaries, "saved eq true", "", "SEARCH p USING COVERING INDEX roles_saved (saved=?)", false},
		{rolemining.AllSummaries, `type eq "COMMON"`, "", "SEARCH p USING COVERING INDEX roles_type (type=?)", false},
		{rolemining.AllSummaries, `name sw "a"`, "", "SEARCH p USING INDEX roles_name (name>? AND name<?)", true},
		{rolemining.AllSummaries, `createdById eq "a"`, "", "SEARCH p USING INDEX roles_creator_id (creator_id=?)", true},
		{rolemining.AllSummaries, `createdByName sw "a"`, "", "SEARCH p USING INDEX roles_creator (creator>? AND creator<?)", true},
		{rolemining.AllSummaries, `startDate ge 2026-01-01 and endDate lt 2027-01-01`, "", "SEARCH p USING COVERING INDEX roles_newest (created>? AND created<?)", false},
		{rolemining.AllSummaries, `quality ge 50`, "-quality", "SEARCH p USING COVERING INDEX roles_quality (quality>?)", false},
		{rolemining.AllSummaries, `freshness eq 50`, "", "SEARCH p USING INDEX roles_freshness (freshness=?)", true},
		{rolemining.AllSummaries, `sessionState eq "CREATED"`, "", "SEARCH sessions USING COVERING INDEX sessions_phase (phase=?)", true},
		{rolemining.AllSummaries, `scopingMethod eq "AUTO_RM"`, "", "SEARCH sessions USING COVERING INDEX sessions_scoping (scoping=?)", true},

		{rolemining.SavedRoles, "", "", "SCAN p USING INDEX roles_drafts", false},
		{rolemining.SavedRoles, "", "modified", "SCAN p USING INDEX roles_drafts", true},
	} {
		t.Run(fmt.Sprint(c.kind, c.filters, c.sorters), func(t *testing.T) {
			plan := explain(t, s, c.kind, c.filters, c.sorters)
			if !strings.Contains(plan, c.want+"\n") {
				t.Errorf("the plan lacks %q:\n%s", c.want, plan)
			}
			picking, _, _ := strings.Cut(plan, "SCAN k\n")
			if strings.Contains(picking, "TEMP B-TREE") && !c.ties {
				t.Errorf("the plan sorts:\n%s", plan)
			}
		})
	}
}

func explain(t *testing.T, s *Store, kind rolemining.ListKind, filters, sorters string) string {
	t.Helper()
	q, err := kind.Schema().Parse(url.Values{"filters": {filters}, "sorters": {sorters}})
	if err != nil {
		t.Fatal(err)
	}
	of, _ := listingOf(kind)
	st, err := of.statements(rolemining.List{Kind: kind, SessionID: "s", Query: q})
	if err != nil {
		t.Fatal(err)
	}
	var plan strings.Builder
	err = s.read(context.Background(), func(c *conn) error {
		return c.each("EXPLAIN QUERY PLAN "+st.page, append(st.args, 250, 0), func(rows *sql.Rows) error {
			var id, parent, unused int
			var detail string
			err := rows.Scan(&id, &parent, &unused, &detail)
			plan.WriteString(detail + "\n")
			return err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return plan.String()
}
