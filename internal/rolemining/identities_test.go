package rolemining_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/rolemining"
)

// unsorted are the parts of an organisation in no order of their ids.
func unsorted() ([]rolemining.Source, []rolemining.Entitlement, []rolemining.Identity) {
	return []rolemining.Source{{ID: "s2"}, {ID: "s1"}, {ID: "s3"}},
		[]rolemining.Entitlement{{ID: "e3", SourceID: "s2"}, {ID: "e1", SourceID: "s1"}, {ID: "e2", SourceID: "s1"}},
		[]rolemining.Identity{
			{ID: "c", Name: "cy", DisplayName: "Cy", Email: "c@x", Active: true, ManagerID: "a", EntitlementIDs: []string{"e1", "e3"},
				Attributes: map[string]string{"location": "Ulm", "department": "Sales"}, Usage: map[string]int{"s3": 90, "s1": 1}},
			{ID: "a", Name: "al", DisplayName: "Al", Active: true, ManagerID: "b", Attributes: map[string]string{"department": "Sales"}},
			{ID: "b", Name: "bo", DisplayName: "Bo", ManagerID: "c", EntitlementIDs: []string{"e1", "e2", "e3"}, Usage: map[string]int{"s2": 7}},
		}
}

func TestIdentitiesComeBackByID(t *testing.T) {
	t.Parallel()
	sources, entitlements, identities := unsorted()
	o, err := rolemining.NewOrganisation(sources, entitlements, identities)
	if err != nil {
		t.Fatal(err)
	}
	var got []rolemining.Identity
	for i, x := range o.Identities.All() {
		if at, ok := o.Identities.Find(x.ID); !ok || at != i || o.Identities.ID(i) != x.ID {
			t.Errorf("%s is found at %d, %v; it is at %d", x.ID, at, ok, i)
		}
		got = append(got, x)
	}
	want := []rolemining.Identity{identities[1], identities[2], identities[0]}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("identities (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"department", "location"}, o.Identities.AttributeNames()); diff != "" {
		t.Errorf("attribute names (-want +got):\n%s", diff)
	}
	if n := len(o.Identities.Pairs()); n != 2 {
		t.Errorf("%d different attribute values, want 2: two people share one", n)
	}
	const cy = 2
	if diff := cmp.Diff([]int32{0, 2}, o.Identities.Held(cy)); diff != "" {
		t.Errorf("held (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]byte{1, 0, 90}, o.Identities.Usage(cy)); diff != "" {
		t.Errorf("usage (-want +got):\n%s", diff)
	}
	if m := o.Identities.Manager(cy); m != 0 || o.Identities.ManagerName(cy) != "Al" {
		t.Errorf("manager %d, %q", m, o.Identities.ManagerName(cy))
	}
	if v := o.Identities.Attribute(cy, "location") + o.Identities.Attribute(0, "location"); v != "Ulm" {
		t.Errorf("locations %q, want Ulm and none", v)
	}
	if i, ok := o.Source("s3"); !ok || o.Sources[i].ID != "s3" {
		t.Errorf("source s3 is at %d, %v", i, ok)
	}
	if _, ok := o.Entitlement("e4"); ok {
		t.Error("there is an entitlement e4")
	}
}

// Whom the organisation does not have manages nobody, and a nil *Identities is
// nobody.
func TestNobody(t *testing.T) {
	t.Parallel()
	o, err := rolemining.NewOrganisation(nil, nil, []rolemining.Identity{{ID: "a", ManagerID: "gone"}})
	if err != nil {
		t.Fatal(err)
	}
	if o.Identities.Manager(0) != rolemining.NoManager || o.Identities.ManagerName(0) != "" || o.Identities.At(0).ManagerID != "" {
		t.Errorf("managed by %d", o.Identities.Manager(0))
	}
	var nobody *rolemining.Identities
	for range nobody.All() {
		t.Error("nobody is somebody")
	}
	if _, ok := nobody.Find("a"); ok || nobody.Len() != 0 || nobody.Pairs() != nil || nobody.AttributeNames() != nil {
		t.Error("nobody has something")
	}
}

func TestOrganisationsThatContradictThemselves(t *testing.T) {
	t.Parallel()
	for want, damage := range map[string]func(s []rolemining.Source, e []rolemining.Entitlement, x []rolemining.Identity){
		`two sources have the id "s1"`: func(s []rolemining.Source, _ []rolemining.Entitlement, _ []rolemining.Identity) { s[0].ID = "s1" },
		`two entitlements have the id "e1"`: func(_ []rolemining.Source, e []rolemining.Entitlement, x []rolemining.Identity) {
			e[2].ID = "e1"
			x[2].EntitlementIDs = nil
		},
		`two identities have the id "a"`:             func(_ []rolemining.Source, _ []rolemining.Entitlement, x []rolemining.Identity) { x[0].ID = "a" },
		"entitlement e3 is of the unknown source s9": func(_ []rolemining.Source, e []rolemining.Entitlement, _ []rolemining.Identity) { e[0].SourceID = "s9" },
		"identity b holds the unknown entitlement e9": func(_ []rolemining.Source, _ []rolemining.Entitlement, x []rolemining.Identity) {
			x[2].EntitlementIDs = []string{"e1", "e9"}
		},
		"identity b used the source s9 on 1 days": func(_ []rolemining.Source, _ []rolemining.Entitlement, x []rolemining.Identity) {
			x[2].Usage = map[string]int{"s9": 1}
		},
		"identity b used the source s1 on -1 days": func(_ []rolemining.Source, _ []rolemining.Entitlement, x []rolemining.Identity) {
			x[2].Usage = map[string]int{"s1": -1}
		},
	} {
		sources, entitlements, identities := unsorted()
		damage(sources, entitlements, identities)
		if _, err := rolemining.NewOrganisation(sources, entitlements, identities); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}
