package assignments_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/assignments"
)

// documented are the example files of docs/import.md by name, and the answer
// that it shows, by "".
func documented(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("../../docs/import.md")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, m := range regexp.MustCompile("(?s)`([a-z]+\\.[a-z]+)`:?\n\n```[a-z]+\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		out[m[1]] = m[2]
	}
	_, answer, _ := strings.Cut(string(text), "and says\n\n```\n")
	out[""], _, _ = strings.Cut(answer, "\n```")
	return out
}

// The examples of docs/import.md are what it says they are.
func TestDocumentedExamples(t *testing.T) {
	t.Parallel()
	files := documented(t)
	for name, tt := range map[string]struct{ read, held, doubt string }{
		"pairs.csv":   {"pairs comma yes", "amanda.ross: Case Editor Domain Users; kirk.koepp: Domain Users Ledger, read only; lena.okonkwo: ", ""},
		"lists.txt":   {"lists tab no", "amanda.ross: ; kirk.koepp: ; lena.okonkwo: ; u0: p12 p17 p5; u1: p0 p12; u2: p17", "1 of 3 lines cannot be pairs"},
		"numbers.txt": {"pairs blank no", "1: 17 23; 2: 17; amanda.ross: ; kirk.koepp: ; lena.okonkwo: ", ""},
	} {
		ds, s := imported(t, files[name], files["people.csv"], assignments.Options{})
		if diff := cmp.Diff([]string{tt.read, tt.held}, []string{readAs(s), strings.Join(held(ds), "; ")}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if (s.Doubt == "") != (tt.doubt == "") || !strings.Contains(s.Doubt, tt.doubt) {
			t.Errorf("%s: doubt %q, want %q", name, s.Doubt, tt.doubt)
		}
		kirk := byID(ds)["kirk.koepp"]
		if kirk.DisplayName != "Kirk Koepp" || kirk.ManagerID != "amanda.ross" || kirk.Attributes["jobTitle"] != "Care Agent" {
			t.Errorf("%+v", kirk)
		}
	}
	in := assignments.Input{Name: "broken.csv", Reader: strings.NewReader(files["broken.csv"])}
	if _, err := assignments.Import(in, nil, assignments.Options{}, memory(fstest.MapFS{})); err == nil || err.Error() != files[""] {
		t.Errorf("%v\nwant\n%s", err, files[""])
	}
}

// Every name of a column that docs/import.md gives is understood.
func TestDocumentedColumns(t *testing.T) {
	t.Parallel()
	for _, user := range strings.Fields("user userId Identity identity_id person employee employee-id account staff login loginName userName accountName sAMAccountName userPrincipalName employeeNumber member uid upn id name users Benutzer Mitarbeiter Personalnummer utilisateur matricule identifiant usuario empleado cuenta") {
		for _, right := range strings.Fields("entitlement entitlementId Permission PERMISSIONS right privilege access group groupName role accessRight accessProfile authorization profile memberOf value Berechtigung Berechtigungen Rolle Rollen Recht droit droits habilitation accès permiso permisos derecho rol") {
			_, s := imported(t, right+","+user+"\nx,y\n", "", assignments.Options{})
			if want := (assignments.Columns{User: user, Entitlement: right}); s.Columns != want || s.Header != "yes" {
				t.Errorf("%s,%s: %+v", right, user, s)
			}
		}
	}
	for _, app := range strings.Fields("application app applicationName system systemId source target targetSystem platform Applications Anwendung Quelle système sistema aplicación") {
		_, s := imported(t, "user,"+app+",role\nx,y,z\n", "", assignments.Options{})
		if s.Columns.Application != app || s.Sources != 1 {
			t.Errorf("%s: %+v", app, s)
		}
	}
}
