package assignments_test

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/assignments"
	"mockserver/internal/rolemining"
	"mockserver/internal/seed"
)

func byID(ds rolemining.Dataset) map[string]rolemining.Identity {
	out := map[string]rolemining.Identity{}
	for _, x := range ds.Identities.All() {
		out[x.ID] = x
	}
	return out
}

func TestIdentities(t *testing.T) {
	t.Parallel()
	ds, s := imported(t, "u1,p1\nu2,p1\nu3,p2\nu4,p2\n", strings.Join([]string{
		"\ufeffDepartment;Employee ID;User Name;Display Name;E-Mail;Active;Manager ID;Job Title;given_name;familyName;HR Code;note",
		"# comment",
		"Sales;u1;amanda;Amanda Ross;amanda@x.example;yes;u9;Seller;;;A1;",
		"Sales;u2;;;;No;u1;;Lena;Okonkwo;;\"a; \"\"b\"\"\nc\"",
		";;;;;;;;;;;",
		";u3;kirk.koepp",
		"IT;u9;;Rosalind Achebe;;1;",
	}, "\r\n"), assignments.Options{})
	want := []rolemining.Identity{
		{ID: "u1", Name: "amanda", DisplayName: "Amanda Ross", Email: "amanda@x.example", Active: true, ManagerID: "u9", EntitlementIDs: []string{"p1"},
			Attributes: map[string]string{"department": "Sales", "jobTitle": "Seller", "hrCode": "A1"}},
		{ID: "u2", Name: "lena.okonkwo", DisplayName: "Lena Okonkwo", ManagerID: "u1", EntitlementIDs: []string{"p1"},
			Attributes: map[string]string{"department": "Sales", "givenName": "Lena", "familyName": "Okonkwo", "note": "a; \"b\"\nc"}},
		{ID: "u3", Name: "kirk.koepp", DisplayName: "Kirk Koepp", Active: true, EntitlementIDs: []string{"p2"}},
		{ID: "u9", Name: "rosalind.achebe", DisplayName: "Rosalind Achebe", Active: true, Attributes: map[string]string{"department": "IT"}},
	}
	got := byID(ds)
	for _, w := range want {
		x := got[w.ID]
		if len(x.Attributes) == 0 {
			x.Attributes = nil
		}
		if diff := cmp.Diff(w, x); diff != "" {
			t.Errorf("%s (-want +got):\n%s", w.ID, diff)
		}
	}
	if len(got) != 5 || s.Identities != 5 || s.MadeUpNames != 1 {
		t.Errorf("%d identities, %+v", len(got), s)
	}
	if x := got["u4"]; !x.Active || len(x.Attributes) > 0 || !regexp.MustCompile(`^[A-Z][a-z]+ [A-Z][a-z]+$`).MatchString(x.DisplayName) {
		t.Errorf("made up: %+v", x)
	}
}

// A column may be called in several ways; what else is there is an attribute.
func TestColumnsOfIdentities(t *testing.T) {
	t.Parallel()
	for header, attribute := range map[string]string{
		"id,name,displayName,city":                   "city",
		"USER,user_name,Full Name,City":              "city",
		"employee_number,login,full-name,CITY":       "city",
		"identity\tname\tdisplay name\tthe city":     "theCity",
		"accountId;account name;DISPLAYNAME;theCity": "theCity",
		`"id","name","displayName","Home  City #2"`:  "homeCity2",
	} {
		sign := map[bool]string{true: "\t", false: ","}[strings.Contains(header, "\t")]
		if strings.Contains(header, ";") {
			sign = ";"
		}
		people := header + "\n" + strings.Join([]string{"u1", "maya", "Maya R", "Rome"}, sign) + "\n"
		ds, _ := imported(t, "u1,p1", people, assignments.Options{})
		x := ds.Identities.At(0)
		if x.ID != "u1" || x.Name != "maya" || x.DisplayName != "Maya R" || x.Attributes[attribute] != "Rome" || len(x.Attributes) != 1 {
			t.Errorf("%s: %+v", header, x)
		}
	}
}

// Names that are made up depend on the id alone, are unique as user names, and
// leave those of the files alone.
func TestMadeUpNames(t *testing.T) {
	t.Parallel()
	var lines []string
	for i := range 3000 {
		lines = append(lines, strings.Repeat("x", i%7)+string(rune('a'+i%26))+strings.Repeat("0", i/26%11)+string(rune('0'+i%10))+strings.Repeat("z", i/286)+" p")
	}
	first, s := imported(t, strings.Join(lines, "\n"), "", assignments.Options{Format: "pairs"})
	slices.Reverse(lines)
	second, _ := imported(t, strings.Join(lines, "\n"), "", assignments.Options{Format: "pairs"})
	there, names, numbered := byID(second), map[string]bool{}, 0
	for _, x := range first.Identities.All() {
		y := there[x.ID]
		if x.Name != y.Name || x.DisplayName != y.DisplayName {
			t.Errorf("%s is %s, and %s in another order of lines", x.ID, x.Name, y.Name)
		}
		plain := strings.ToLower(strings.ReplaceAll(x.DisplayName, " ", "."))
		if names[x.Name] || !strings.HasPrefix(x.Name, plain) || x.Email != "" {
			t.Errorf("%s: user name %s for %s", x.ID, x.Name, x.DisplayName)
		}
		if names[x.Name] = true; x.Name != plain {
			numbered++
		}
	}
	if s.MadeUpNames != first.Identities.Len() || numbered == 0 || numbered > s.MadeUpNames/2 {
		t.Errorf("%d names made up for %d identities, %d with a number", s.MadeUpNames, first.Identities.Len(), numbered)
	}
	// Whoever has the made-up user name in the file keeps it.
	x := first.Identities.At(0)
	third, _ := imported(t, x.ID+" p\nother p\n", "id,name\nother,"+x.Name+"\n", assignments.Options{})
	if got := byID(third); got["other"].Name != x.Name || got[x.ID].Name != x.Name+"2" {
		t.Errorf("%s and %s", got["other"].Name, got[x.ID].Name)
	}
}

// An id that spells a name is the name.
func TestIDsThatAreNames(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{
		"amanda.ross":              "Amanda Ross",
		"Allene_Abernathy-Welch":   "Allene Abernathy-Welch",
		"allene.o'neil":            "Allene O'neil",
		"amanda.ross@acme.example": "Amanda Ross",
		"Élodie van Dyk":           "Élodie Van Dyk",
	} {
		ds, s := imported(t, id+",p\n", "", assignments.Options{Format: "pairs", Delimiter: ","})
		if x := ds.Identities.At(0); x.ID != id || x.Name != id || x.DisplayName != want || s.MadeUpNames != 0 {
			t.Errorf("%s: %+v", id, x)
		}
	}
	for _, id := range []string{"amanda", "17", "u.17", "a.-b", "2c918090761a5aac0176215c46a62d58", "x.y1", "..", "@", "a@b.c"} {
		ds, s := imported(t, id+",p\n", "", assignments.Options{Format: "pairs", Delimiter: ","})
		if x := ds.Identities.At(0); x.ID != id || x.Name == id || s.MadeUpNames != 1 {
			t.Errorf("%s: %+v", id, x)
		}
	}
}

// A column of names beside that of ids names the users; the identities file
// knows better.
func TestNamesOfAssignments(t *testing.T) {
	t.Parallel()
	const access = "name,id,entitlement\nAmanda Ross,u1,x\nsomebody,u1,y\n,u2,x\nkirk.koepp,u2,y\nAmanda Ross,u3,x\nLee,u4,x\n,u5,x\n"
	ds, s := imported(t, access, "id,displayName\nu4,Lee Park\n", assignments.Options{})
	if want := (assignments.Columns{User: "id", Entitlement: "entitlement", Name: "name"}); s.Columns != want || len(s.Ignored) > 0 || s.MadeUpNames != 1 {
		t.Errorf("%+v", s)
	}
	got := byID(ds)
	for id, want := range map[string]string{"u1": "Amanda Ross (amanda.ross)", "u2": "Kirk Koepp (kirk.koepp)", "u3": "Amanda Ross (amanda.ross2)", "u4": "Lee Park (lee.park)"} {
		if x := got[id]; x.DisplayName+" ("+x.Name+")" != want {
			t.Errorf("%s is %s (%s), want %s", id, x.DisplayName, x.Name, want)
		}
	}
	for header, want := range map[string]assignments.Columns{
		"user,right,displayName":  {User: "user", Entitlement: "right", Name: "displayName"},
		"login,right,system,note": {User: "login", Entitlement: "right", Application: "system"},
		"name,right,system,note":  {User: "name", Entitlement: "right", Application: "system"},
		"id,login,role,fullName":  {User: "login", Entitlement: "role", Name: "fullName"},
	} {
		if _, s := imported(t, header+"\na,b,c\n", "", assignments.Options{}); s.Columns != want {
			t.Errorf("%s: %+v", header, s.Columns)
		}
	}
}

// Who is above oneself is at the top, and counted.
func TestOwnManagers(t *testing.T) {
	t.Parallel()
	ds, s := imported(t, "u1,p\nu2,p\n", "id,manager\nu1,u1\nu2,u1\n", assignments.Options{})
	if got := byID(ds); got["u1"].ManagerID != "" || got["u2"].ManagerID != "u1" || s.OwnManagers != 1 {
		t.Errorf("%+v, %+v", got, s)
	}
}

// The first line is quoted where it may be a header.
func TestFirstLine(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 100)
	for _, tt := range []struct {
		text string
		opts assignments.Options
		want string
	}{
		{"Wer;Was\na;b\n", assignments.Options{}, "Wer;Was"},
		{"Wer;Was\na;b\n", assignments.Options{Header: "no"}, ""},
		{"user;right\na;b\n", assignments.Options{}, ""},
		{"Wer  Was\na b\n", assignments.Options{}, "Wer Was"},
		{long + ",b\n", assignments.Options{}, long[:59] + "…"},
	} {
		if _, s := imported(t, tt.text, "", tt.opts); s.FirstLine != tt.want {
			t.Errorf("%q: %q, want %q", tt.text, s.FirstLine, tt.want)
		}
	}
}

func TestClients(t *testing.T) {
	t.Parallel()
	for people, want := range map[string]string{
		"":                                "a b c ",
		"id,active\na,no\n":               "b c d ",
		"id,active\na,no\nc,0\n":          "b d a ",
		"id,active\na,0\nb,0\nc,0\nd,0\n": "a b c ",
	} {
		ds, _ := imported(t, "a,p\nb,p\nc,p\nd,p", people, assignments.Options{OrgName: "acme-7"})
		var acting []string
		for _, c := range ds.Clients {
			acting = append(acting, c.IdentityID)
			if c.Secret != c.ID+"-secret" {
				t.Errorf("%s has the secret %s", c.ID, c.Secret)
			}
		}
		if got := strings.Join(acting, " "); got != want {
			t.Errorf("%q: the clients act for %q, want %q", people, got, want)
		}
		if ds.Org.Name != "acme-7" || len(ds.Roles) != 0 || len(ds.Sessions) != 0 {
			t.Errorf("%+v, %d roles, %d sessions", ds.Org, len(ds.Roles), len(ds.Sessions))
		}
	}
	one, _ := imported(t, "a,p", "", assignments.Options{})
	for _, c := range one.Clients[:3] {
		if c.IdentityID != "a" {
			t.Errorf("%s acts for %q", c.ID, c.IdentityID)
		}
	}
}

// What is written are files of the format.
func TestFiles(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{}
	if _, err := tryImport(files, "a,b", "", assignments.Options{}); err != nil {
		t.Fatal(err)
	}
	entries, err := fs.ReadDir(files, ".")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	want := slices.DeleteFunc(seed.Files(), func(name string) bool { return name == seed.IdentitiesFile || name == seed.TruthFile })
	if slices.Sort(want); !slices.Equal(got, want) {
		t.Errorf("%v are written, want %v", got, want)
	}
}
