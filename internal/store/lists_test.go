package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"testing"

	"mockserver/internal/api"
	"mockserver/internal/query"
	"mockserver/internal/rolemining"
	"mockserver/internal/store"
)

// listCase asks for a collection and names what must come, in order.
type listCase struct {
	filters, sorters, page string
	want                   string
}

func (c listCase) params() string {
	text := c.page
	if c.filters != "" {
		text += "&filters=" + url.QueryEscape(c.filters)
	}
	if c.sorters != "" {
		text += "&sorters=" + url.QueryEscape(c.sorters)
	}
	return text
}

func runLists(t *testing.T, s *store.Store, l rolemining.List, member func(m map[string]any) any, cases []listCase) {
	t.Helper()
	for _, c := range cases {
		for _, pass := range []string{"database", "cache"} {
			items, _ := ask(t, s, l, c.params())
			if got := pick(items, member); got != c.want {
				t.Errorf("%s: %q gave %q, want %q", pass, c.params(), got, c.want)
			}
		}
		// The total is what the filter leaves, whatever the page.
		whole, _ := ask(t, s, l, listCase{filters: c.filters}.params())
		if _, page := ask(t, s, l, c.params()+"&count=true"); page.Total != len(whole) {
			t.Errorf("%q: total %d, want %d", c.params(), page.Total, len(whole))
		}
	}
}

func TestSessionList(t *testing.T) {
	both(t, func(t *testing.T, s *store.Store) {
		loaded(t, s)
		for i, x := range []struct {
			id, creator string
			name        *string
			saved       bool
			minute      int
		}{
			{"a", "zoe", ptr("Sales Europe"), true, 5},
			{"b", "", nil, false, 9},
			{"c", "Bea", ptr("sales"), false, 5},
			{"d", "bea", ptr("SÄGE 100%_"), true, 1},
			{"e", "Zoe", ptr("Salf"), true, 7},
		} {
			in := session(x.id)
			in.Name, in.Saved, in.CreatedAt = x.name, x.saved, at(x.minute)
			in.IdentityCount = i
			if x.creator != "" {
				in.CreatedBy = &rolemining.Actor{ID: "u", DisplayName: x.creator}
			}
			withRoles(t, s, in)
		}
		runLists(t, s, rolemining.List{Kind: rolemining.SessionList}, byKey("id"), []listCase{
			{want: "b e a c d"},
			{sorters: "createdDate", want: "d a c e b"},
			{sorters: "-createdDate", want: "b e a c d"},
			{sorters: "createdBy", want: "b c d a e"},
			{sorters: "-createdBy", want: "a e c d b"},
			{sorters: "createdBy,createdDate", want: "b d c a e"},
			{page: "limit=2", want: "b e"},
			{page: "limit=2&offset=2", want: "a c"},
			{page: "limit=2&offset=4", want: "d"},
			{page: "limit=2&offset=9"},
			{page: "limit=0"},
			{filters: "saved eq true", want: "e a d"},
			{filters: "saved eq false", sorters: "createdDate", want: "c b"},
			{filters: `name eq "SALES"`, want: "c"},
			{filters: `name sw "sales"`, want: "a c"},
			{filters: `name sw "säge 100%_"`, want: "d"},
			{filters: `name sw "s_l"`},
			{filters: `name sw ""`, want: "e a c d"},
			{filters: `name eq "x\" OR 1=1 --"`},
			{filters: `not name sw "sal"`, want: "b d"},
			{filters: `not (not name sw "sal")`, want: "e a c"},
			{filters: `saved eq true and (name sw "salf" or name sw "sä")`, want: "e d"},
			{filters: `not (saved eq true or name eq "sales")`, want: "b"},
		})
	})
}

// world has two sessions of three and two roles.
func world(t testing.TB, s *store.Store) {
	t.Helper()
	loaded(t, s)
	dress := func(id, name string, f func(r *rolemining.PotentialRole)) rolemining.PotentialRole {
		r := role(id)
		r.Name = name
		f(&r)
		return r
	}
	first, second := session("s1"), session("s2")
	first.State, first.PotentialRolesReadyCount = rolemining.PotentialRolesProcessing, 2
	second.State, second.ScopingMethod, second.Name = rolemining.PotentialRolesCreated, rolemining.AutoRM, ptr("Second")
	withRoles(t, s, first,
		dress("r1", "Alpha", func(r *rolemining.PotentialRole) {
			r.Quality, r.Freshness, r.Density, r.Description = 50, 10, 90, ptr("For The Sales people")
			r.CreatedBy, r.CreatedAt = &rolemining.Actor{ID: "U-1", DisplayName: "Zoe Z"}, at(1)
		}),
		dress("r2", "alps", func(r *rolemining.PotentialRole) {
			r.Quality, r.Freshness, r.Density, r.Saved, r.ModifiedAt = 80, 20, 70, true, at(30)
			r.IdentityIDs, r.CreatedAt = []string{"id-2"}, at(1)
			r.Distribution[0].Values[0].Value = ptr("Engineering")
		}),
		dress("r3", "Gamma", func(r *rolemining.PotentialRole) {
			r.Quality, r.Freshness, r.Density, r.Type, r.CreatedAt = 50, 30, 80, rolemining.Common, at(1)
		}),
	)
	withRoles(t, s, second,
		dress("r4", "Delta", func(r *rolemining.PotentialRole) {
			r.Quality, r.Freshness, r.EntitlementCount, r.Saved = 50, 20, 9, true
			r.CreatedBy = &rolemining.Actor{ID: "u-10", DisplayName: "adam"}
			r.CreatedAt, r.ModifiedAt, r.Description = at(2).Add(500_000), at(20), ptr("")
		}),
		dress("r5", "al", func(r *rolemining.PotentialRole) { r.CreatedAt, r.Quality = at(2), 99 }),
	)
}

func TestSummaries(t *testing.T) {
	both(t, func(t *testing.T, s *store.Store) {
		world(t, s)
		runLists(t, s, rolemining.List{Kind: rolemining.SessionSummaries, SessionID: "s1"}, byKey("id"), []listCase{
			{want: "r1 r2 r3"},
			{sorters: "createdDate", want: "r1 r2 r3"},
			{sorters: "-createdDate", want: "r1 r2 r3"},
			{sorters: "quality,-freshness", want: "r3 r1 r2"},
			{sorters: "density", want: "r2 r3 r1"},
			{sorters: "identityCount", want: "r2 r1 r3"},
			{page: "limit=1&offset=1", want: "r2"},
			{filters: "quality eq 50", want: "r1 r3"},
			{filters: "freshness gt 10 and quality lt 80", want: "r3"},
			{filters: `name co "A"`, sorters: "-freshness", want: "r3 r2 r1"},
			{filters: `name sw "al"`, want: "r1 r2"},
			{filters: `description co "sales"`, want: "r1"},
			{filters: `description sw "for the"`, want: "r1"},
			{filters: `not description co "sales"`, want: "r2 r3"},
			{filters: `type eq "common"`, want: "r3"},
		})
		runLists(t, s, rolemining.List{Kind: rolemining.SessionSummaries, SessionID: "none"}, byKey("id"), []listCase{{}})
		runLists(t, s, rolemining.List{Kind: rolemining.AllSummaries}, byKey("id"), []listCase{
			{want: "r4 r5 r1 r2 r3"},
			{sorters: "createdDate", want: "r1 r2 r3 r4 r5"},
			{sorters: "-createdDate", want: "r4 r5 r1 r2 r3"},
			{sorters: "quality", want: "r1 r3 r4 r2 r5"},
			{sorters: "-quality", want: "r5 r2 r1 r3 r4"},
			{sorters: "-quality", page: "limit=2&offset=2", want: "r1 r3"},
			{sorters: "-quality,createdDate", want: "r5 r2 r1 r3 r4"},
			{sorters: "identityCount", want: "r2 r1 r3 r4 r5"},
			{sorters: "-entitlementCount", want: "r4 r1 r2 r3 r5"},
			{sorters: "-freshness", want: "r3 r2 r4 r1 r5"},
			{filters: `createdById eq "u-1"`, want: "r1"},
			{filters: `createdById sw "u-1"`, want: "r4 r1"},
			{filters: `createdById co "10"`, want: "r4"},
			{filters: `createdByName sw "ZOE"`, want: "r1"},
			{filters: `createdByName co "a"`, want: "r4"},
			{filters: `not createdByName co "a"`, want: "r5 r1 r2 r3"},
			{filters: `description sw ""`, want: "r4 r1"},
			{filters: `startDate ge 2026-03-01T12:02:00Z`, want: "r4 r5"},
			{filters: `startDate ge 2026-03-01T12:02:00.0001Z`},
			{filters: `startDate gt 2026-03-01T12:01:00Z`, want: "r4 r5"},
			{filters: `startDate gt 2026-03-01T12:02:00Z`},
			{filters: `endDate le 2026-03-01T12:02:00Z`, want: "r4 r5 r1 r2 r3"},
			{filters: `endDate lt 2026-03-01T12:02:00Z`, want: "r1 r2 r3"},
			{filters: `endDate lt 2026-03-01T12:02:00.0001Z`, want: "r4 r5 r1 r2 r3"},
			{filters: `startDate ge 2026-03-01T12:01:00Z and endDate le 2026-03-01T12:01:30Z`, want: "r1 r2 r3"},
			{filters: `freshness ge 20`, want: "r4 r2 r3"},
			{filters: `freshness le 10`, want: "r5 r1"},
			{filters: `quality gt -1`, want: "r4 r5 r1 r2 r3"},
			{filters: `name ge "ALPHA" and name le "delta"`, want: "r4 r1 r2"},
			{filters: `name gt "alpha" and name lt "delta"`, want: "r2"},
			{filters: `name eq "ALPS"`, want: "r2"},
			{filters: `name co "l"`, want: "r4 r5 r1 r2"},
			{filters: `saved eq true`, want: "r4 r2"},
			{filters: `type lt "SPECIALIZED"`, want: "r3"},
			{filters: `type ge "d"`, want: "r4 r5 r1 r2"},
			{filters: `scopingMethod eq "auto_rm"`, want: "r4 r5"},
			{filters: `sessionState eq "POTENTIAL_ROLES_PROCESSING"`, sorters: "-freshness", want: "r3 r2 r1"},
			{filters: `not sessionState eq "POTENTIAL_ROLES_PROCESSING"`, want: "r4 r5"},
			{filters: `sessionState eq "CREATED"`},
			{filters: `identityAttribute co "GINEER"`, want: "r2"},
			{filters: `identityAttribute co "sales" and saved eq false`, want: "r5 r1 r3"},
			{filters: `sessionState eq "CREATED" or scopingMethod eq "MANUAL" and quality ge 80`, want: "r2"},
		})
	})
}

// TestSummaryForm holds a summary of a list against the one that api makes.
func TestSummaryForm(t *testing.T) {
	both(t, func(t *testing.T, s *store.Store) {
		world(t, s)
		ctx := context.Background()
		check := func(statuses ...string) {
			t.Helper()
			want := "["
			for i, id := range []string{"r1", "r2", "r3"} {
				read := must[rolemining.PotentialRole](t)(s.Role(ctx, "s1", id))
				sum := api.SummaryOf(read, must[rolemining.Session](t)(s.Session(ctx, "s1")))
				same(t, "status of "+id, statuses[i], sum.IdentityGroupStatus)
				changed, _, err := s.UpdateRole(ctx, "s1", id, func(old rolemining.PotentialRole) (rolemining.RoleChange, error) {
					old.Ready = !old.Ready // which is not for the change to say
					return rolemining.RoleChange{Role: old}, nil
				})
				if err != nil {
					t.Fatal(err)
				}
				same(t, "changed "+id, read, changed)
				if i > 0 {
					want += ","
				}
				want += string(must[[]byte](t)(api.Encode(sum)))
			}
			_, page := ask(t, s, rolemining.List{Kind: rolemining.SessionSummaries, SessionID: "s1"}, "")
			same(t, "summaries", want+"]", string(page.JSON))
		}
		check(api.GroupObtained, api.GroupObtained, api.GroupRequested)
		change(t, s, "s1", func(c *rolemining.SessionChange) { c.Session.PotentialRolesReadyCount = 0 })
		check(api.GroupRequested, api.GroupRequested, api.GroupRequested)
		change(t, s, "s1", func(c *rolemining.SessionChange) {
			c.Session.State, c.Session.Name = rolemining.PotentialRolesCreated, ptr("done")
		})
		check(api.GroupObtained, api.GroupObtained, api.GroupObtained)
	})
}

func TestSavedRoles(t *testing.T) {
	both(t, func(t *testing.T, s *store.Store) {
		world(t, s)
		l := rolemining.List{Kind: rolemining.SavedRoles}
		runLists(t, s, l, byKey("id"), []listCase{
			{want: "r2 r4"},
			{sorters: "modified", want: "r4 r2"},
			{sorters: "-modified", page: "limit=1", want: "r2"},
		})
		r := must[rolemining.PotentialRole](t)(s.Role(context.Background(), "", "r2"))
		_, page := ask(t, s, l, "limit=1")
		same(t, "draft", "["+string(must[[]byte](t)(api.Encode(api.DraftRoleOf(r))))+"]", string(page.JSON))
		must2(t)(s.UpdateRole(context.Background(), "s1", "r2", func(old rolemining.PotentialRole) (rolemining.RoleChange, error) {
			old.Saved = false
			return rolemining.RoleChange{Role: old}, nil
		}))
		runLists(t, s, l, byKey("id"), []listCase{{want: "r4"}})
	})
}

func must2(t testing.TB) func(a rolemining.PotentialRole, b rolemining.Session, err error) {
	t.Helper()
	return func(_ rolemining.PotentialRole, _ rolemining.Session, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestRoleCollections(t *testing.T) {
	both(t, func(t *testing.T, s *store.Store) {
		world(t, s)
		in := func(kind rolemining.ListKind) rolemining.List {
			return rolemining.List{Kind: kind, SessionID: "s1", RoleID: "r1", IncludeCommon: true}
		}
		runLists(t, s, in(rolemining.RoleApplications), byKey("id"), []listCase{
			{want: "src-a src-b"},
			{filters: `applicationName sw "ACTIVE"`, want: "src-a"},
			{filters: `applicationName sw "x"`},
			{page: "offset=1", want: "src-b"},
		})
		runLists(t, s, in(rolemining.RoleEntitlementRefs), byKey("id"), []listCase{
			{want: "ent-1 ent-3 ent-4"},
			{filters: `entitlementRef.name sw "e"`, want: "ent-3"},
			{page: "limit=1&offset=1", want: "ent-3"},
		})
		ref := func(m map[string]any) any { return m["entitlementRef"].(map[string]any)["id"] }
		runLists(t, s, in(rolemining.RolePopularities), ref, []listCase{
			{want: "ent-3 ent-1 ent-4"},
			{sorters: "popularity", want: "ent-4 ent-1 ent-3"},
			{sorters: "entitlementName", want: "ent-1 ent-3 ent-4"},
			{sorters: "-entitlementName", want: "ent-4 ent-3 ent-1"},
			{sorters: "applicationName", want: "ent-1 ent-3 ent-4"},
			{sorters: "-applicationName,popularity", want: "ent-4 ent-1 ent-3"},
			{filters: `applicationName sw "zeta"`, want: "ent-4"},
			{filters: `entitlementRef.name sw "say \"HI"`, want: "ent-4"},
			{filters: `not applicationName sw "zeta"`, page: "limit=1", want: "ent-3"},
		})
		rare := in(rolemining.RolePopularities)
		rare.IncludeCommon = false
		runLists(t, s, rare, ref, []listCase{{want: "ent-1 ent-4"}})
		runLists(t, s, in(rolemining.RoleExcluded), ref, []listCase{
			{want: "ent-2"},
			{sorters: "populariity", want: "ent-2"},
			{filters: `applicationName sw "zeta"`},
		})
		runLists(t, s, in(rolemining.RoleIdentities), byKey("name"), []listCase{
			{want: "Amanda Ross bob Öz Cy Young"},
			{sorters: "-name", want: "Cy Young bob Öz Amanda Ross"},
			{filters: `name sw "BOB ö"`, want: "bob Öz"},
			{page: "limit=1&offset=2", want: "Cy Young"},
		})
		usage := in(rolemining.SourceUsage)
		usage.SourceID = "src-b"
		days := func(m map[string]any) any { return fmt.Sprint(m["id"], "=", m["usageCount"]) }
		runLists(t, s, usage, days, []listCase{
			{want: "id-1=31 id-2=0 id-3=90"},
			{sorters: "-usageCount", want: "id-3=90 id-1=31 id-2=0"},
			{sorters: "email", want: "id-2=0 id-1=31 id-3=90"},
			{sorters: "-displayName", page: "limit=1", want: "id-3=90"},
		})
		usage.SourceID = "src-a"
		runLists(t, s, usage, days, []listCase{{want: "id-1=0 id-2=0 id-3=1"}})
		for _, kind := range []rolemining.ListKind{
			rolemining.RoleApplications, rolemining.RoleEntitlementRefs, rolemining.RolePopularities,
			rolemining.RoleExcluded, rolemining.RoleIdentities, rolemining.SourceUsage,
		} {
			for name, l := range map[string]rolemining.List{
				"no role":      {Kind: kind, RoleID: "none", SourceID: "src-a"},
				"no session":   {Kind: kind, RoleID: "r1", SessionID: "none", SourceID: "src-a"},
				"of another's": {Kind: kind, RoleID: "r1", SessionID: "s2", SourceID: "src-a"},
			} {
				if _, err := s.List(context.Background(), l); !errors.Is(err, rolemining.ErrNotFound) {
					t.Errorf("%s, collection %d: %v", name, kind, err)
				}
			}
		}
		usage.SourceID = "none"
		if _, err := s.List(context.Background(), usage); !errors.Is(err, rolemining.ErrNotFound) {
			t.Errorf("use of no source: %v", err)
		}
	})
}

// TestAnswersInRoles holds the stored answers against those that api makes.
func TestAnswersInRoles(t *testing.T) {
	both(t, func(t *testing.T, s *store.Store) {
		world(t, s)
		d := someParts()
		encoded := func(v any) string { return string(must[[]byte](t)(api.Encode(v))) }
		entitlement := func(i int, src rolemining.Source, e rolemining.RoleEntitlement) api.Entitlement {
			x := d.entitlements[i]
			return api.Entitlement{
				EntitlementRef: api.EntitlementRef{ID: x.ID, Name: x.Name, Description: x.Description, Attribute: x.Attribute},
				Name:           x.Name, ApplicationName: src.Name, IdentityCount: e.IdentityCount, Popularity: e.Popularity,
				PopularityInOrg: e.PopularityInOrg, SourceID: src.ID, ActivitySourceState: src.ActivityState, SourceUsagePercent: e.SourceUsage,
			}
		}
		has := role("r1").Entitlements
		for kind, want := range map[rolemining.ListKind]any{
			rolemining.RolePopularities: []api.Entitlement{
				entitlement(3, d.sources[1], has[0]), entitlement(1, d.sources[1], has[1]), entitlement(0, d.sources[0], has[3]),
			},
			rolemining.RoleExcluded:        []api.Entitlement{entitlement(2, d.sources[1], has[2])},
			rolemining.RoleApplications:    []api.Application{{ID: "src-a", Name: "active Directory"}, {ID: "src-b", Name: "Zeta CRM"}},
			rolemining.RoleEntitlementRefs: []api.EntitlementName{{ID: "ent-1", Name: "Admins"}, {ID: "ent-3", Name: "Everyone"}, {ID: "ent-4", Name: `Say "hi" <b>`}},
			rolemining.RoleIdentities: []api.Identity{
				{ID: "id-1", Name: "Amanda Ross", Attributes: map[string]string{"department": "Sales", "displayName": "Amanda Ross", "email": "amanda@acme.example"}},
				{ID: "id-2", Name: "bob Öz", Attributes: map[string]string{"displayName": "bob Öz"}},
				{ID: "id-3", Name: "Cy Young", Attributes: map[string]string{
					"department": "Sales", "location": "Ulm", "displayName": "Cy Young", "email": "CY@acme.example", "manager": "Amanda Ross",
				}},
			},
			rolemining.SourceUsage: []api.SourceUsage{
				{ID: "id-1", DisplayName: "Amanda Ross", Email: "amanda@acme.example", UsageCount: 31},
				{ID: "id-2", DisplayName: "bob Öz"},
				{ID: "id-3", DisplayName: "Cy Young", Email: "CY@acme.example", UsageCount: 90},
			},
		} {
			_, page := ask(t, s, rolemining.List{Kind: kind, RoleID: "r1", SourceID: "src-b", IncludeCommon: true}, "")
			same(t, fmt.Sprint("collection ", kind), encoded(want), string(page.JSON))
		}
	})
}

// TestEveryDocumentedFieldHasSQL asks each collection for each field it
// documents, with each operator and in both directions.
func TestEveryDocumentedFieldHasSQL(t *testing.T) {
	both(t, func(t *testing.T, s *store.Store) {
		world(t, s)
		values := map[query.Kind]string{query.String: `"a"`, query.Int: "1", query.Bool: "true", query.Time: "2026-01-01", query.Float: "1"}
		asked := 0
		for kind := rolemining.SessionList; kind <= rolemining.SourceUsage; kind++ {
			l := rolemining.List{Kind: kind, SessionID: "s1", RoleID: "r1", SourceID: "src-a"}
			for _, f := range kind.Schema().Filters {
				for _, op := range f.Ops {
					ask(t, s, l, "count=true&filters="+url.QueryEscape(fmt.Sprintf("%s %s %s", f.Name, op, values[f.Kind])))
					asked++
				}
			}
			for _, sorter := range kind.Schema().Sorters {
				ask(t, s, l, "sorters="+sorter)
				ask(t, s, l, "sorters=-"+sorter)
				asked++
			}
		}
		if asked < 70 {
			t.Errorf("only %d questions were asked", asked)
		}
		if _, err := s.List(context.Background(), rolemining.List{Kind: 99}); err == nil {
			t.Error("a collection that is none was listed")
		}
	})
}

// TestTiesComeByID asks each collection for each order it documents, in both
// directions, where all elements are equal but for their ids. They are made in
// the opposite order.
func TestTiesComeByID(t *testing.T) {
	both(t, func(t *testing.T, s *store.Store) {
		d, p := dataset(), someParts()
		for i := range p.identities {
			p.identities[i].DisplayName, p.identities[i].Email, p.identities[i].Usage = "same", "same", nil
		}
		for i := range p.entitlements {
			p.entitlements[i].Name, p.entitlements[i].SourceID = "same", "src-a"
		}
		d.Organisation = p.organisation()
		if err := s.Load(context.Background(), d); err != nil {
			t.Fatal(err)
		}
		withRoles(t, s, session("s3"))
		withRoles(t, s, session("s2"))
		roles := []rolemining.PotentialRole{role("r3"), role("r2"), role("r1")}
		for i := range roles {
			roles[i].Saved, roles[i].Excluded = true, nil
			roles[i].Entitlements = []rolemining.RoleEntitlement{
				{ID: "ent-4"}, {ID: "ent-3", Excluded: true}, {ID: "ent-2", Excluded: true}, {ID: "ent-1"},
			}
		}
		withRoles(t, s, session("s1"), roles...)
		ref := func(m map[string]any) any { return m["entitlementRef"].(map[string]any)["id"] }
		for _, c := range []struct {
			kind   rolemining.ListKind
			member func(m map[string]any) any
			own    string // the order without sorters
			want   string
		}{
			{rolemining.SessionList, byKey("id"), "s1 s2 s3", "s1 s2 s3"},
			{rolemining.SessionSummaries, byKey("id"), "r3 r2 r1", "r1 r2 r3"}, // by rank
			{rolemining.AllSummaries, byKey("id"), "r3 r2 r1", "r1 r2 r3"},     // by rank
			{rolemining.SavedRoles, byKey("id"), "r1 r2 r3", "r1 r2 r3"},
			{rolemining.RoleEntitlementRefs, byKey("id"), "ent-1 ent-4", ""},
			{rolemining.RolePopularities, ref, "ent-1 ent-4", "ent-1 ent-4"},
			{rolemining.RoleExcluded, ref, "ent-2 ent-3", "ent-2 ent-3"},
			{rolemining.RoleIdentities, byKey("id"), "id-1 id-2 id-3", "id-1 id-2 id-3"},
			{rolemining.SourceUsage, byKey("id"), "id-1 id-2 id-3", "id-1 id-2 id-3"},
		} {
			l := rolemining.List{Kind: c.kind, SessionID: "s1", RoleID: "r1", SourceID: "src-a"}
			cases := []listCase{{want: c.own}}
			for _, sorter := range c.kind.Schema().Sorters {
				cases = append(cases, listCase{sorters: sorter, want: c.want}, listCase{sorters: "-" + sorter, want: c.want})
			}
			runLists(t, s, l, c.member, cases)
		}
	})
}

// TestPagesFitTogether walks each sort of the summaries in pages of two.
func TestPagesFitTogether(t *testing.T) {
	both(t, func(t *testing.T, s *store.Store) {
		loaded(t, s)
		roles := make([]rolemining.PotentialRole, 23)
		for i := range roles {
			roles[i] = role(fmt.Sprintf("r%02d", i))
			roles[i].Quality, roles[i].Freshness = i%3, i%2
		}
		withRoles(t, s, session("s1"), roles...)
		for _, sorters := range []string{"", "quality", "-quality", "freshness,-quality", "createdDate", "-identityCount"} {
			l := rolemining.List{Kind: rolemining.AllSummaries}
			whole, page := ask(t, s, l, "sorters="+sorters)
			if len(whole) != len(roles) || !json.Valid(page.JSON) {
				t.Fatalf("%s: %d roles", sorters, len(whole))
			}
			var pages []map[string]any
			for offset := 0; offset <= len(roles); offset += 2 {
				part, _ := ask(t, s, l, fmt.Sprintf("limit=2&offset=%d&sorters=%s", offset, sorters))
				pages = append(pages, part...)
			}
			same(t, sorters, pick(whole, byKey("id")), pick(pages, byKey("id")))
		}
	})
}
