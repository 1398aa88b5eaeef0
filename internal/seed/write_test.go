package seed_test

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"mockserver/fixtures"
	"mockserver/internal/rolemining"
	"mockserver/internal/seed"
)

// memory creates files in a map.
func memory(files fstest.MapFS) func(string) (io.WriteCloser, error) {
	return func(name string) (io.WriteCloser, error) {
		f := &memoryFile{}
		files[name] = &fstest.MapFile{}
		f.done = func() { files[name].Data = f.Bytes() }
		return f, nil
	}
}

type memoryFile struct {
	bytes.Buffer
	done func()
}

func (f *memoryFile) Close() error {
	f.done()
	return nil
}

func TestLoadReadsEverything(t *testing.T) {
	t.Parallel()
	ds, err := seed.Load(dir(base()))
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, time.July, 10, 12, 11, 5, 348e6, time.UTC)
	str := func(s string) *string { return &s }
	number := func(n int) *int { return &n }
	want := rolemining.Dataset{
		Org: rolemining.Org{Name: "acme", TenantID: "6f1c1a52-8f0e-5b7e-9d55-0b7c2c1c6b11", TenantName: "Acme", Pod: "local"},
		Organisation: organisation(t, []rolemining.Source{
			{ID: "s1", Key: "crm", Name: "CRM", Description: "Customers", ActivityState: str("complete")},
			{ID: "s2", Name: "HR"},
			{ID: "s3", Name: "Chat", ActivityState: str("notComplete")},
		}, []rolemining.Entitlement{
			{ID: "e2", Key: "crm.read", Name: "Read", Description: str("Reads"), Attribute: "groups", Value: "r", SourceID: "s1"},
			{ID: "e1", Name: "Write", Attribute: "groups", Value: "w", SourceID: "s1"},
			{ID: "e3", Name: "Pay", Attribute: "roles", Value: "p", SourceID: "s2"},
		}, []rolemining.Identity{
			{ID: "i1", Name: "a.b", DisplayName: "A B", Email: "a@b.example", ManagerID: "i2",
				Attributes: map[string]string{"location": "Miami"}, EntitlementIDs: []string{"e1", "e2"}, Usage: map[string]int{"s1": 25}},
			{ID: "i2", Name: "c.d", DisplayName: "C D", Active: true},
		}),
		Roles: []rolemining.Role{{
			ID: "r1", Name: "Role", Description: str("D"), OwnerID: str("i1"), EntitlementIDs: []string{"e1", "e2", "e3"}, CommonAccess: true,
			AccessProfiles: []rolemining.AccessProfile{{ID: "p1", Name: "P", SourceID: "s1", EntitlementIDs: []string{"e1", "e2"}}},
			CreatedAt:      time.Date(2026, time.January, 2, 3, 4, 5, 0, time.UTC),
		}},
		Clients: []rolemining.Client{{
			ID: "c1", Secret: "x", Name: "C", IdentityID: "i1", Authorities: []string{"ORG_ADMIN"}, Scopes: []string{"sp:scopes:all"},
			Grants: []string{"client_credentials"}, RedirectURIs: []string{"http://localhost/cb"},
		}, {
			ID: "c2", Name: "Public", Scopes: []string{"sp:scopes:default", "iai:access-modeling:read", "idn:accounts:read"},
			Grants: []string{"authorization_code"},
		}},
		Sessions: []rolemining.SeedSession{{
			ID: "t1", Name: str("S"), Saved: true, Type: rolemining.Specialized, ScopingMethod: rolemining.AutoRM, PruneThreshold: number(70),
			MinIdentities: 2, EmailRecipientID: str("i1"), CreatedByID: "i2", CreatedAt: at,
			Scope: rolemining.Scope{IdentityIDs: []string{"i1"}, Criteria: str("name:a*"), AttributeFilterCriteria: raw(
				`{"ariaLabel":{"x":1},"data":{"name":"location","operator":"EQUALS","values":["Miami"]}}`)},
			Roles: []rolemining.SeedRole{
				{Type: rolemining.Specialized, ID: "q1", Name: "N", Description: str(""), Saved: true, ExcludedIDs: []string{"e2"}, ExportIDs: []string{"4940ffd4-836f-48a3-b2b0-6d498c3fdf40"}},
				{Type: rolemining.Common},
			},
		}},
	}
	if diff := cmp.Diff(want, ds, unpacked()); diff != "" {
		t.Errorf("data set (-want +got):\n%s", diff)
	}
}

func TestDefaultsAndNull(t *testing.T) {
	t.Parallel()
	files := base()
	files[seed.SessionsFile] = `[
		{"id":"t1","type":"COMMON","scopingMethod":"MANUAL","createdDate":"2026-07-10T14:11:05Z"},
		{"id":"t2","name":null,"saved":null,"type":"COMMON","scopingMethod":"MANUAL","createdDate":"2026-07-10T14:11:05Z","scope":null,
		 "pruneThreshold":null,"minNumIdentitiesInPotentialRole":null,"emailRecipientId":null,"createdById":null,"roles":null},
		{"id":"t3","type":"COMMON","scopingMethod":"MANUAL","createdDate":"2026-07-10T14:11:05Z","scope":{"attributeFilterCriteria":[]}}
	]`
	ds, err := seed.Load(dir(files))
	if err != nil {
		t.Fatal(err)
	}
	a, b, c := ds.Sessions[0], ds.Sessions[1], ds.Sessions[2]
	if a.MinIdentities != seed.DefaultMinIdentities || a.PruneThreshold != nil || a.Scope.AttributeFilterCriteria != nil {
		t.Errorf("defaults: %+v", a)
	}
	b.ID = a.ID
	if diff := cmp.Diff(a, b); diff != "" {
		t.Errorf("null differs from absent:\n%s", diff)
	}
	if c.Scope.AttributeFilterCriteria == nil {
		t.Error("an empty list of filters became null")
	}
}

func TestWriteThenLoad(t *testing.T) {
	t.Parallel()
	whole, err := seed.Load(fixtures.Default())
	if err != nil {
		t.Fatal(err)
	}
	small, err := seed.Load(dir(base()))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]rolemining.Dataset{"default": whole, "every property": small} {
		files := fstest.MapFS{}
		if err := seed.Write(want, memory(files)); err != nil {
			t.Fatal(name, err)
		}
		got, err := seed.Load(files)
		if err != nil {
			t.Fatal(name, err)
		}
		if diff := cmp.Diff(want, got, unpacked()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
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

func organisation(t *testing.T, sources []rolemining.Source, entitlements []rolemining.Entitlement, identities []rolemining.Identity) rolemining.Organisation {
	t.Helper()
	o, err := rolemining.NewOrganisation(sources, entitlements, identities)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// failing is a file whose writes fail.
type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }
func (f failing) Close() error              { return nil }

func TestWriterReportsErrors(t *testing.T) {
	t.Parallel()
	full := errors.New("disk full")
	for _, name := range []string{seed.OrgFile, seed.SourcesFile, seed.SessionsFile} {
		for _, inCreate := range []bool{true, false} {
			files := fstest.MapFS{}
			w := seed.NewWriter(func(file string) (io.WriteCloser, error) {
				switch {
				case file != name:
					return memory(files)(file)
				case inCreate:
					return nil, full
				default:
					return failing{full}, nil
				}
			}, false)
			w.Org(rolemining.Org{Name: "a"})
			w.Source(rolemining.Source{ID: "s"}, "")
			if err := w.Close(); !errors.Is(err, full) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	w := seed.NewWriter(memory(fstest.MapFS{}), false)
	w.Role(rolemining.Role{ID: "r"})
	w.Source(rolemining.Source{ID: "s"}, "")
	if err := w.Close(); err == nil {
		t.Error("a source after a role is accepted")
	}
}
