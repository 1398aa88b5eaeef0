package handlers_test

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/app/apptest"
	"mockserver/internal/config"
)

// tables reads the CSV files of an export by name.
func tables(t *testing.T, file []byte) map[string][][]string {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][][]string{}
	for _, f := range archive.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if all[f.Name], err = csv.NewReader(r).ReadAll(); err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		_ = r.Close()
	}
	return all
}

// rows are the values of one column of a table.
func rows(t *testing.T, table [][]string, name string) []string {
	t.Helper()
	at := -1
	for i, head := range table[0] {
		if head == name {
			at = i
		}
	}
	if at < 0 {
		t.Fatalf("no column %s in %v", name, table[0])
	}
	values := make([]string, 0, len(table))
	for _, row := range table[1:] {
		values = append(values, row[at])
	}
	return values
}

func TestExport(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	first := s.Get(firstPath + "/export")
	if again := s.Get(firstPath + "/export"); !bytes.Equal(again.Body, first.Body) {
		t.Error("the same export has other bytes")
	}
	if got := first.Header.Get("Content-Disposition"); got != `attachment; filename="role-mining-`+firstRole+`.zip"` {
		t.Errorf("Content-Disposition %s", got)
	}
	files := tables(t, first.Body)
	if len(files) != 2 {
		t.Errorf("%d files", len(files))
	}
	role := object(t, s.Get(roles+"/"+firstRole))
	if n := len(files["identities.csv"]) - 1; float64(n) != role["identityCount"] {
		t.Errorf("%d identities of %v", n, role["identityCount"])
	}
	if n := len(files["entitlements.csv"]) - 1; float64(n) != role["entitlementCount"] {
		t.Errorf("%d entitlements of %v", n, role["entitlementCount"])
	}
	for name, table := range files {
		for _, row := range table {
			for _, cell := range row {
				if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
					t.Errorf("%s: the cell %q starts a formula", name, cell)
				}
			}
		}
	}
	for _, path := range []string{sessions + "/" + autoSession + "/potential-roles/" + unknownUUID, sessions + "/" + manualSession + "/potential-roles/" + firstRole} {
		refused(t, path, s.Do(http.MethodGet, path+"/export", nil), 404, notFound)
	}
}

// TestAsyncExport follows an export through its states.
func TestAsyncExport(t *testing.T) {
	t.Parallel()
	const delay = 50 * time.Millisecond
	s := start(t, func(c *config.Config) { c.StageDelay = delay })
	for _, body := range []any{nil, "", "null", `{}`, `{"minEntitlementPopularity":0,"includeCommonAccess":true}`, `{"minEntitlementPopularity":null,"includeCommonAccess":null,"unknown":1}`} {
		got := status(t, fmt.Sprint(body), s.Do(http.MethodPost, exportPath, body), 202)
		id := got.Text("exportId")
		want := func(state string) string {
			return `{"minEntitlementPopularity":0,"includeCommonAccess":true,"exportId":"` + id + `","status":"` + state + `"}`
		}
		if string(got.Body) != want("QUEUED") {
			t.Errorf("%v: %s", body, got.Body)
		}
		for _, state := range []string{"QUEUED", "IN_PROGRESS"} {
			if at := s.Get(exportPath + "/" + id); string(at.Body) != want(state) {
				t.Errorf("%v: %s, want %s", body, at.Body, state)
			}
			refused(t, state, s.Do(http.MethodGet, exportPath+"/"+id+"/download", nil), 400, badContent, state, "SUCCESS")
			if s.Step() != 0 {
				t.Errorf("%s did not last", state)
			}
			s.Clock.Advance(delay)
			s.Step()
		}
		if at := s.Get(exportPath + "/" + id); string(at.Body) != want("SUCCESS") {
			t.Errorf("%v: %s", body, at.Body)
		}
		file := s.Get(exportPath + "/" + id + "/download")
		if again := s.Get(exportPath + "/" + id + "/download"); !bytes.Equal(again.Body, file.Body) {
			t.Error("the second download has other bytes")
		}
		direct := s.Get(sessions + "/" + autoSession + "/potential-roles/" + exportedRole + "/export")
		if !bytes.Equal(file.Body, direct.Body) {
			t.Errorf("%v: an export of everything differs from the direct one", body)
		}
		if got := file.Header.Get("Content-Disposition"); got != `attachment; filename="role-mining-`+id+`.zip"` {
			t.Errorf("Content-Disposition %s", got)
		}
		if upper := s.Get(exportPath + "/" + strings.ToUpper(id)); string(upper.Body) != want("SUCCESS") {
			t.Errorf("in upper case: %s", upper.Body)
		}
	}
}

// TestExportChoices: only what is popular enough, with or without common access.
func TestExportChoices(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	role := sessions + "/" + autoSession + "/potential-roles/" + exportedRole
	export := func(body string) []string {
		id := status(t, body, s.Do(http.MethodPost, exportPath, body), 202).Text("exportId")
		s.Settle()
		return rows(t, tables(t, s.Get(exportPath+"/"+id+"/download").Body)["entitlements.csv"], "id")
	}
	for _, least := range []int{0, 1, 50, 100} {
		for _, common := range []bool{true, false} {
			var want []string
			for _, e := range items(t, s.Get(role+"/entitlement-popularities?includeCommonAccess="+strconv.FormatBool(common))) {
				if e["popularity"].(float64) >= float64(least) {
					want = append(want, at(e, "entitlementRef.id").(string))
				}
			}
			body := fmt.Sprintf(`{"minEntitlementPopularity":%d,"includeCommonAccess":%v}`, least, common)
			got := export(body)
			if len(got) != len(want) || len(want) > 0 && !cmp.Equal(set(got), set(want)) {
				t.Errorf("%s: %d entitlements, want %d", body, len(got), len(want))
			}
		}
	}
	for _, tt := range []struct{ body, code, text string }{
		{`{"minEntitlementPopularity":-1}`, illegalValue, "minEntitlementPopularity"},
		{`{"minEntitlementPopularity":101}`, illegalValue, "minEntitlementPopularity"},
		{`{"minEntitlementPopularity":"5"}`, illegalValue, "minEntitlementPopularity"},
		{`{"minEntitlementPopularity":5.5}`, illegalValue, "minEntitlementPopularity"},
		{`{"includeCommonAccess":"false"}`, illegalValue, "includeCommonAccess"},
		{`{"includeCommonAccess":0}`, illegalValue, "includeCommonAccess"},
		{`[]`, badContent, "JSON object"},
		{`"null"`, badContent, "JSON object"},
		{`{`, badContent, "too early"},
	} {
		refused(t, tt.body, s.Do(http.MethodPost, exportPath, tt.body), 400, tt.code, tt.text)
	}
}

func set(texts []string) map[string]bool {
	all := map[string]bool{}
	for _, text := range texts {
		all[text] = true
	}
	return all
}

func TestExportIDs(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	for _, suffix := range []string{"", "/download"} {
		s.Get(exportPath + "/" + doneExport + suffix)
		refused(t, "unknown", s.Do(http.MethodGet, exportPath+"/"+unknownUUID+suffix, nil), 404, notFound)
		refused(t, "of another role", s.Do(http.MethodGet, firstPath+"/export-async/"+doneExport+suffix, nil), 404, notFound)
		for _, wrong := range []string{"nope", "5", strings.ReplaceAll(doneExport, "-", ""), "%7B" + doneExport + "%7D", "urn:uuid:" + doneExport, doneExport + "0", "a%2Fb", "%00"} {
			refused(t, wrong, s.Do(http.MethodGet, exportPath+"/"+wrong+suffix, nil), 400, illegalValue, "exportId must be a UUID")
		}
	}
	for _, path := range []string{sessions + "/" + autoSession + "/potential-roles/" + unknownUUID, sessions + "/" + unknownUUID + "/potential-roles/" + exportedRole} {
		refused(t, path, s.Do(http.MethodPost, path+"/export-async", nil), 404, notFound)
	}
}

// TestExportAfterItsRole: an export is of the role as it is when it is written,
// and goes with it.
func TestExportAfterItsRole(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	session, role := newRole(s)
	path := sessions + "/" + session + "/potential-roles/" + role
	id := s.Do(http.MethodPost, path+"/export-async", nil).Text("exportId")
	s.Settle()
	other := s.Do(http.MethodPost, path+"/export-async", nil).Text("exportId")
	status(t, "mine again", patchSession(s, session, `[{"op":"replace","path":"/pruneThreshold","value":20}]`), 202)
	for _, e := range []string{id, other} {
		refused(t, "export of a role that is gone", s.Do(http.MethodGet, path+"/export-async/"+e, nil), 404, notFound)
		refused(t, "its file", s.Do(http.MethodGet, path+"/export-async/"+e+"/download", nil), 404, notFound)
	}
	s.Settle()
}

func provision(s *apptest.Server, path, query string, body any) apptest.Answer {
	return s.Do(http.MethodPost, path+"/provision"+query, body)
}

// TestProvision: PENDING at once, COMPLETE in the end, and not twice.
func TestProvision(t *testing.T) {
	t.Parallel()
	const delay = 50 * time.Millisecond
	for _, body := range []any{nil, "", " null ", `{}`, `{"roleName":null,"roleDescription":null,"ownerId":null,"includeIdentities":null,"directlyAssignedEntitlements":null}`,
		// The documents' example.
		`{"roleName":"Finance - Accounting","roleDescription":"General access for accounting department","ownerId":"` + ownerExample + `","includeIdentities":true,"directlyAssignedEntitlements":false}`,
		`{"directlyAssignedEntitlements":true,"unknown":{}}`,
	} {
		s := start(t, func(c *config.Config) { c.StageDelay = delay })
		summary := sessions + "/" + autoSession + "/potential-role-summaries"
		got := status(t, fmt.Sprint(body), provision(s, firstPath, "", body), 202)
		if got.Text("provisionState") != "PENDING" || got.Value("roleId") != nil || got.Text("id") != firstRole {
			t.Errorf("%v: %s", body, got.Body)
		}
		if listed := list(s, summary, "filters", `name eq "`+got.Text("name")+`"`); listed.Text(0, "provisionState") != "PENDING" {
			t.Errorf("%v: listed as %s", body, listed.Body)
		}
		refused(t, "again", provision(s, firstPath, "", body), 400, badContent, "PENDING")
		if s.Step() != 0 {
			t.Error("PENDING did not last")
		}
		s.Clock.Advance(delay)
		s.Settle()
		done := s.Get(roles + "/" + firstRole)
		if done.Text("provisionState") != "COMPLETE" || !hex32.MatchString(done.Text("roleId")) {
			t.Errorf("%v: %s", body, done.Body)
		}
		if done.Text("name") != got.Text("name") {
			t.Errorf("%v: the potential role is now called %s", body, done.Text("name"))
		}
		refused(t, "afterwards", provision(s, firstPath, "", body), 400, badContent, "COMPLETE")
	}
}

// TestProvisionedRoleCounts: a provisioned role is an existing one, so what is
// mined or edited later is less fresh beside it.
func TestProvisionedRoleCounts(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	session, role := newRole(s)
	before := s.Get(roles + "/" + role).Value("freshness").(float64)
	status(t, "provision", provision(s, sessions+"/"+session+"/potential-roles/"+role, "?min-entitlement-popularity=50&include-common-access=false", nil), 202)
	s.Settle()
	_, twin := newRole(s)
	after := s.Get(roles + "/" + twin).Value("freshness").(float64)
	if after != 0 || before == 0 {
		t.Errorf("freshness %v, then %v with the role of just that access in place", before, after)
	}
}

func TestProvisionRefusals(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	before := string(s.Get(roles + "/" + firstRole).Body)
	for _, tt := range []struct {
		query, body, code string
		texts             []string
	}{
		{"?min-entitlement-popularity=-1", `{}`, illegalValue, []string{"min-entitlement-popularity", "0 to 100", `"-1"`}},
		{"?min-entitlement-popularity=101", `{}`, illegalValue, []string{"min-entitlement-popularity"}},
		{"?min-entitlement-popularity=x", `{}`, illegalValue, []string{"min-entitlement-popularity", `"x"`}},
		{"?min-entitlement-popularity=5.5", `{}`, illegalValue, []string{"min-entitlement-popularity"}},
		{"?min-entitlement-popularity=%2B5", `{}`, illegalValue, []string{"min-entitlement-popularity"}},
		{"?min-entitlement-popularity=5&min-entitlement-popularity=6", `{}`, illegalValue, []string{"min-entitlement-popularity", "2 times"}},
		{"?include-common-access=yes", `{}`, illegalValue, []string{"include-common-access", "true or false"}},
		{"", `{"ownerId":"nobody"}`, badReference, []string{"ownerId", `"nobody"`}},
		{"", `{"ownerId":""}`, badReference, []string{"ownerId"}},
		{"", `{"ownerId":5}`, illegalValue, []string{`"ownerId"`}},
		{"", `{"roleName":5}`, illegalValue, []string{`"roleName"`}},
		{"", `{"roleName":" "}`, illegalValue, []string{"roleName"}},
		{"", `{"roleName":"` + strings.Repeat("n", 1025) + `"}`, illegalValue, []string{"roleName", "1024"}},
		{"", `{"roleDescription":["x"]}`, illegalValue, []string{`"roleDescription"`}},
		{"", `{"roleDescription":"` + strings.Repeat("n", 10241) + `"}`, illegalValue, []string{"roleDescription", "10240"}},
		{"", `{"includeIdentities":"true"}`, illegalValue, []string{`"includeIdentities"`}},
		{"", `{"directlyAssignedEntitlements":1}`, illegalValue, []string{`"directlyAssignedEntitlements"`}},
		{"", `[]`, badContent, []string{"JSON object"}},
		{"", `5`, badContent, []string{"JSON object"}},
		{"", `{`, badContent, []string{"too early"}},
	} {
		refused(t, tt.query+" "+tt.body[:min(60, len(tt.body))], provision(s, firstPath, tt.query, tt.body), 400, tt.code, tt.texts...)
	}
	if after := string(s.Get(roles + "/" + firstRole).Body); after != before {
		t.Errorf("refused requests changed the role:\n%s", after)
	}
	for _, path := range []string{sessions + "/" + autoSession + "/potential-roles/" + unknownUUID, sessions + "/" + manualSession + "/potential-roles/" + firstRole} {
		refused(t, path, provision(s, path, "", nil), 404, notFound)
	}
	// The bounds themselves, and the spelling of the other operations, which is not known here.
	for i, query := range []string{"?min-entitlement-popularity=0&include-common-access=true", "?min-entitlement-popularity=100&include-common-access=false", "?includeCommonAccess=maybe&minEntitlementPopularity=500", "?min-entitlement-popularity=&include-common-access="} {
		id := s.Get(sessions+"/"+autoSession+"/potential-role-summaries").Text(i, "id")
		status(t, query, provision(s, sessions+"/"+autoSession+"/potential-roles/"+id, query, nil), 202)
	}
}

// TestCommonRoleBecomesCommonAccess: what a provisioned COMMON role holds is no
// longer looked at when SPECIALIZED roles are mined.
func TestCommonRoleBecomesCommonAccess(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	body := `{"type":"COMMON","scope":{"criteria":"attributes.department:Claims"}}`
	session := s.CreateSession(body)
	role := s.Get(sessions+"/"+session+"/potential-role-summaries").Text(0, "id")
	path := sessions + "/" + session + "/potential-roles/" + role
	held := column(items(t, s.Get(path+"/entitlement-popularities")), "entitlementRef.id")
	status(t, "provision", provision(s, path, "?min-entitlement-popularity=80", nil), 202)
	s.Settle()
	special := s.CreateSession(`{"scope":{"criteria":"attributes.department:Claims"}}`)
	for _, summary := range items(t, s.Get(sessions+"/"+special+"/potential-role-summaries")) {
		other := sessions + "/" + special + "/potential-roles/" + summary["id"].(string)
		for _, e := range items(t, s.Get(other+"/entitlement-popularities?includeCommonAccess=false")) {
			for _, id := range held {
				if at(e, "entitlementRef.id") == id {
					t.Errorf("%v is still not common access", e["name"])
				}
			}
		}
	}
}
