package rolemining_test

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/query"
	"mockserver/internal/rolemining"
)

// sheets reads the two tables of an export, without their headings.
func sheets(t *testing.T, file []byte) (identities, entitlements [][]string) {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	tables := map[string][][]string{}
	for _, f := range archive.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(r).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		tables[f.Name] = rows[1:]
	}
	return tables["identities.csv"], tables["entitlements.csv"]
}

func column(rows [][]string, n int) []string {
	all := []string{}
	for _, row := range rows {
		all = append(all, row[n])
	}
	return all
}

func TestExportRole(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	session := l.mined(specialized())
	file, err := l.ExportRole(t.Context(), session.ID, l.roles(session.ID)[1].ID)
	l.must(err)
	identities, entitlements := sheets(t, file)
	if diff := cmp.Diff(people(1, 20), column(identities, 0)); diff != "" {
		t.Errorf("identities (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"i-05", "user.05", "Person 05", "p05@small.example", "Sales", "Rep", "", "Person 01"}, identities[4]); diff != "" {
		t.Errorf("identity (-want +got):\n%s", diff)
	}
	want := [][]string{
		{"e-all", "Right all", "About all", "memberOf", "Directory", "src-ad", "20", "100", "100", "complete", "0"},
		{"e-mail", "Right mail", "About mail", "memberOf", "Directory", "src-ad", "20", "100", "80.7", "complete", "0"},
		{"e-s1", "Right s1", "About s1", "memberOf", "CRM", "src-crm", "20", "100", "35.1", "", ""},
		{"e-s2", "Right s2", "About s2", "memberOf", "CRM", "src-crm", "20", "100", "35.1", "", ""},
		{"e-s3", "Right s3", "About s3", "memberOf", "CRM", "src-crm", "19", "95", "33.3", "", ""},
	}
	if diff := cmp.Diff(want, entitlements); diff != "" {
		t.Errorf("entitlements (-want +got):\n%s", diff)
	}
	if _, err := l.ExportRole(t.Context(), "nothing", "nothing"); !errors.Is(err, rolemining.ErrNotFound) {
		t.Errorf("error %v, want ErrNotFound", err)
	}
}

func TestAsyncExport(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	session := l.mined(specialized())
	roles := l.roles(session.ID)
	role := roles[0]
	request := rolemining.ExportRequest{MinEntitlementPopularity: 97}
	e, err := l.StartExport(t.Context(), session.ID, role.ID, request)
	l.must(err)
	// What is taken out before the file is written is not in it.
	_, _, err = l.EditEntitlements(t.Context(), session.ID, role.ID, []string{"e-g2"}, true)
	l.must(err)
	for _, state := range []rolemining.ExportState{rolemining.ExportQueued, rolemining.ExportInProgress} {
		if got, err := l.Export(t.Context(), session.ID, role.ID, e.ID); err != nil || got.State != state {
			t.Fatalf("state %s, %v; want %s", got.State, err, state)
		}
		_, err := l.DownloadExport(t.Context(), session.ID, role.ID, e.ID)
		refused(t, err, rolemining.Invalid, "")
		l.clock.Advance(stageDelay - 1)
		if l.step() != 0 {
			t.Errorf("%s was left before its time", state)
		}
		l.clock.Advance(1)
		if l.step() != 1 {
			t.Errorf("%s was not left at its time", state)
		}
	}
	got, err := l.Export(t.Context(), session.ID, role.ID, e.ID)
	l.must(err)
	want := rolemining.Export{ID: e.ID, PotentialRoleID: role.ID, MinEntitlementPopularity: 97, State: rolemining.ExportSuccess, CreatedAt: e.CreatedAt}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("export (-want +got):\n%s", diff)
	}
	file, err := l.DownloadExport(t.Context(), session.ID, role.ID, e.ID)
	l.must(err)
	identities, entitlements := sheets(t, file)
	if len(identities) != 30 {
		t.Errorf("%d identities, want 30", len(identities))
	}
	if diff := cmp.Diff([]string{"e-g1", "e-g3"}, column(entitlements, 0)); diff != "" {
		t.Errorf("entitlements (-want +got):\n%s", diff)
	}
	// The export belongs to its role alone.
	if _, err := l.Export(t.Context(), session.ID, roles[1].ID, e.ID); !errors.Is(err, rolemining.ErrNotFound) {
		t.Errorf("error %v for another role's export, want ErrNotFound", err)
	}
	if _, err := l.DownloadExport(t.Context(), session.ID, role.ID, "nothing"); !errors.Is(err, rolemining.ErrNotFound) {
		t.Errorf("error %v for no export, want ErrNotFound", err)
	}
	for _, p := range []int{-1, 101} {
		_, err := l.StartExport(t.Context(), session.ID, role.ID, rolemining.ExportRequest{MinEntitlementPopularity: p})
		refused(t, err, rolemining.IllegalValue, "minEntitlementPopularity")
	}
}

// An export of a role that cannot be written ends, too; here the role holds a
// number that no report takes.
func TestExportThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	session := l.mined(specialized())
	role := l.roles(session.ID)[0]
	hold := func(popularity float64) {
		t.Helper()
		_, _, err := l.store.UpdateRole(t.Context(), session.ID, role.ID, func(old rolemining.PotentialRole) (rolemining.RoleChange, error) {
			old.Entitlements[0].Popularity = popularity
			return rolemining.RoleChange{Role: old}, nil
		})
		l.must(err)
	}
	export := func(want rolemining.ExportState) rolemining.Export {
		t.Helper()
		e, err := l.StartExport(t.Context(), session.ID, role.ID, rolemining.ExportRequest{IncludeCommonAccess: true})
		l.must(err)
		l.settle()
		got, err := l.Export(t.Context(), session.ID, role.ID, e.ID)
		l.must(err)
		if got.State != want || got.NextAt != nil {
			t.Errorf("state %s, next %v; want %s and rest", got.State, got.NextAt, want)
		}
		return got
	}
	hold(200)
	broken := export(rolemining.ExportError)
	_, err := l.DownloadExport(t.Context(), session.ID, role.ID, broken.ID)
	refused(t, err, rolemining.Invalid, "")
	hold(100)
	export(rolemining.ExportSuccess)
}

// An export goes with its role when the session is mined again, also half-way.
func TestExportOfARoleThatGoes(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	session := l.mined(specialized())
	role := l.roles(session.ID)[0]
	e, err := l.StartExport(t.Context(), session.ID, role.ID, rolemining.ExportRequest{})
	l.must(err)
	task := rolemining.Task{Kind: rolemining.ExportTask, ID: e.ID}
	l.patchSession(session.ID, `[{"op":"replace","path":"/pruneThreshold","value":60}]`)
	l.clock.Advance(stageDelay)
	if err := l.Advance(t.Context(), task); !errors.Is(err, rolemining.ErrNotFound) {
		t.Errorf("error %v, want ErrNotFound", err)
	}
	l.settle()
}

func TestSourceUsage(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	session := l.mined(specialized())
	role := l.roles(session.ID)[0]
	list := func(source string) (users []struct {
		ID         string
		UsageCount int
	}) {
		t.Helper()
		page, err := l.List(t.Context(), rolemining.List{Kind: rolemining.SourceUsage, RoleID: role.ID, SourceID: source, Query: query.Query{Limit: 250}})
		l.must(err)
		l.must(json.Unmarshal(page.JSON, &users))
		return users
	}
	for source, want := range map[string]func(n int) int{
		"src-git": func(n int) int {
			if n <= 35 {
				return n
			}
			return 0
		},
		"src-ad": func(n int) int {
			if n == 21 {
				return 90
			}
			return 0
		},
		"src-crm": func(int) int { return 0 },
	} {
		users := list(source)
		if len(users) != 30 {
			t.Fatalf("%s: %d users, want the 30 members", source, len(users))
		}
		for i, u := range users {
			if n := 21 + i; u.ID != person(n) || u.UsageCount != want(n) {
				t.Errorf("%s: %s used it on %d days, want %s on %d", source, u.ID, u.UsageCount, person(n), want(n))
			}
		}
	}
	for _, missing := range []rolemining.List{
		{Kind: rolemining.SourceUsage, RoleID: role.ID, SourceID: "nothing"},
		{Kind: rolemining.SourceUsage, RoleID: "nothing", SourceID: "src-git"},
		{Kind: rolemining.SessionSummaries, SessionID: "nothing"},
		{Kind: rolemining.RoleIdentities, SessionID: "nothing", RoleID: role.ID},
	} {
		if _, err := l.List(t.Context(), missing); !errors.Is(err, rolemining.ErrNotFound) {
			t.Errorf("error %v for %+v, want ErrNotFound", err, missing)
		}
	}
}
