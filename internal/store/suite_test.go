package store_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/idgen"
	"mockserver/internal/rolemining"
	"mockserver/internal/store"
)

// start is when everything in these tests begins.
var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func at(minutes int) time.Time { return start.Add(time.Duration(minutes) * time.Minute) }

func ptr[T any](v T) *T { return &v }

// both runs a test on a database in memory and on one in a file.
func both(t *testing.T, test func(t *testing.T, s *store.Store)) {
	t.Helper()
	t.Parallel()
	for name, path := range map[string]string{"memory": "", "file": "x"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if path != "" {
				path = filepath.Join(t.TempDir(), "mock 100%?.db")
			}
			test(t, open(t, path))
		})
	}
}

func open(t testing.TB, path string) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), store.Config{Path: path, IDs: idgen.New("test")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func must[T any](t testing.TB) func(v T, err error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func same(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got, unpacked()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// unpacked compares identities one by one.
func unpacked() cmp.Option {
	return cmp.Transformer("unpacked", func(x *rolemining.Identities) []rolemining.Identity {
		all := make([]rolemining.Identity, 0, x.Len())
		for _, who := range x.All() {
			all = append(all, who)
		}
		return all
	})
}

// parts are those of a small organisation. Ids are out of order on purpose.
type parts struct {
	sources      []rolemining.Source
	entitlements []rolemining.Entitlement
	identities   []rolemining.Identity
}

func someParts() parts {
	return parts{
		sources: []rolemining.Source{
			{ID: "src-b", Name: "Zeta CRM", ActivityState: ptr("complete")},
			{ID: "src-a", Name: "active Directory", Description: "the directory"},
		},
		entitlements: []rolemining.Entitlement{
			{ID: "ent-4", Name: `Say "hi" <b>`, Attribute: "role", Value: "v4", SourceID: "src-b"},
			{ID: "ent-1", Name: "Admins", Description: ptr("all of them"), Attribute: "memberOf", Value: "v1", SourceID: "src-a"},
			{ID: "ent-2", Name: "builders", Attribute: "memberOf", Value: "v2", SourceID: "src-a"},
			{ID: "ent-3", Name: "Everyone", Attribute: "memberOf", Value: "v3", SourceID: "src-a"},
		},
		identities: []rolemining.Identity{
			{
				ID: "id-3", Name: "cy.young", DisplayName: "Cy Young", Email: "CY@acme.example", Active: true, ManagerID: "id-1",
				Attributes: map[string]string{"department": "Sales", "location": "Ulm"}, EntitlementIDs: []string{"ent-3", "ent-4"},
				Usage: map[string]int{"src-b": 90, "src-a": 1},
			},
			{
				ID: "id-1", Name: "Amanda.Ross", DisplayName: "Amanda Ross", Email: "amanda@acme.example", Active: true,
				Attributes: map[string]string{"department": "Sales"}, EntitlementIDs: []string{"ent-1", "ent-2", "ent-3"},
				Usage: map[string]int{"src-b": 31},
			},
			{ID: "id-2", Name: "bob", DisplayName: "bob Öz", Active: false, EntitlementIDs: []string{}},
		},
	}
}

func (p parts) organisation() rolemining.Organisation {
	o, err := rolemining.NewOrganisation(p.sources, p.entitlements, p.identities)
	if err != nil {
		panic(err)
	}
	return o
}

// dataset is a small organisation with its roles and clients.
func dataset() rolemining.Dataset {
	return rolemining.Dataset{
		Org:          rolemining.Org{Name: "acme", TenantID: "t-1", TenantName: "Acme", Pod: "local"},
		Organisation: someParts().organisation(),
		Roles: []rolemining.Role{
			{ID: "role-2", Name: "Two", OwnerID: ptr("id-1"), EntitlementIDs: []string{"ent-1"}, CreatedAt: start},
			{ID: "role-1", Name: "One", CommonAccess: true, CreatedAt: start, AccessProfiles: []rolemining.AccessProfile{
				{ID: "ap", Name: "AP", SourceID: "src-a", EntitlementIDs: []string{"ent-1"}},
			}},
		},
		Clients: []rolemining.Client{
			{ID: "c-2", Secret: "s", Name: "two", IdentityID: "id-1", Authorities: []string{"ORG_ADMIN"}, Scopes: []string{"sp:scopes:all"}, Grants: []string{"client_credentials"}, RedirectURIs: []string{}},
			{ID: "c-1", Secret: "s1", Name: "one", Authorities: []string{}, Scopes: []string{}, Grants: []string{}, RedirectURIs: []string{}},
		},
	}
}

func loaded(t testing.TB, s *store.Store) {
	t.Helper()
	if err := s.Load(context.Background(), dataset()); err != nil {
		t.Fatal(err)
	}
}

func session(id string) rolemining.Session {
	return rolemining.Session{
		ID: id, Type: rolemining.Specialized, ScopingMethod: rolemining.Manual, MinIdentities: 2,
		State: rolemining.SessionCreated, CreatedAt: start, ModifiedAt: start,
		Scope: rolemining.Scope{
			IdentityIDs:             []string{"id-1"},
			AttributeFilterCriteria: []json.RawMessage{json.RawMessage(`{"displayName":{"untranslated":"<Location & so on>"}}`)},
		},
	}
}

func role(id string) rolemining.PotentialRole {
	return rolemining.PotentialRole{
		ID: id, Type: rolemining.Specialized, Name: rolemining.GeneratedName(id), ProvisionState: rolemining.ProvisionPotential,
		IdentityIDs: []string{"id-1", "id-2", "id-3"}, CreatedAt: start, ModifiedAt: start, EntitlementCount: 3,
		Entitlements: []rolemining.RoleEntitlement{
			{ID: "ent-3", IdentityCount: 2, Popularity: 66.7, PopularityInOrg: 100, Common: true},
			{ID: "ent-1", IdentityCount: 1, Popularity: 33.3, PopularityInOrg: 50, SourceUsage: ptr(12.5)},
			{ID: "ent-2", IdentityCount: 1, Popularity: 33.3, PopularityInOrg: 50, Excluded: true},
			{ID: "ent-4", IdentityCount: 1, Popularity: 20, PopularityInOrg: 50.5},
		},
		Excluded: []string{"ent-2"},
		Distribution: []rolemining.AttributeDistribution{
			{Name: "department", Values: []rolemining.ValueCount{{Value: ptr("Sales"), Count: 2}, {Count: 1}}},
		},
	}
}

// withRoles stores a session with roles, in the small organisation unless there
// is another.
func withRoles(t testing.TB, s *store.Store, in rolemining.Session, roles ...rolemining.PotentialRole) {
	t.Helper()
	if must[bool](t)(s.Empty(context.Background())) {
		loaded(t, s)
	}
	must[rolemining.Session](t)(s.CreateSession(context.Background(), in))
	if len(roles) > 0 {
		change(t, s, in.ID, func(c *rolemining.SessionChange) { c.AddRoles, c.Session.PotentialRoleCount = roles, len(roles) })
	}
}

func change(t testing.TB, s *store.Store, id string, f func(c *rolemining.SessionChange)) rolemining.Session {
	t.Helper()
	return must[rolemining.Session](t)(s.UpdateSession(context.Background(), id,
		func(old rolemining.Session, _ int) (rolemining.SessionChange, error) {
			c := rolemining.SessionChange{Session: old}
			f(&c)
			return c, nil
		}))
}

// ask lists as a client would: params are those of the request.
func ask(t testing.TB, s *store.Store, l rolemining.List, params string) ([]map[string]any, rolemining.Page) {
	t.Helper()
	page := must[rolemining.Page](t)(s.List(context.Background(), asked(t, l, params)))
	var items []map[string]any
	if err := json.Unmarshal(page.JSON, &items); err != nil {
		t.Fatalf("%s: %v\n%s", params, err, page.JSON)
	}
	return items, page
}

func asked(t testing.TB, l rolemining.List, params string) rolemining.List {
	t.Helper()
	values, err := url.ParseQuery(params)
	if err != nil {
		t.Fatal(err)
	}
	if l.Query, err = l.Kind.Schema().Parse(values); err != nil {
		t.Fatalf("%s: %v", params, err)
	}
	return l
}

// pick is a member of each item, "a.b" for one inside.
func pick(items []map[string]any, member func(m map[string]any) any) string {
	text := ""
	for i, m := range items {
		if i > 0 {
			text += " "
		}
		text += fmt.Sprint(member(m))
	}
	return text
}

func byKey(key string) func(m map[string]any) any {
	return func(m map[string]any) any { return m[key] }
}
