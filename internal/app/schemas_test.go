package app_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"mockserver/internal/app/apptest"
	"mockserver/internal/store"
)

// TestOlderSchemas opens a database of every version of the schema, each written
// by the program of its time (testdata/schemas/make), as an upgrade does: what
// was finished is as it was, what was under way comes to its end, and everything
// can be read, mined and written.
func TestOlderSchemas(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/schemas/*.db.gz")
	if err != nil {
		t.Fatal(err)
	}
	var versions []int
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".db.gz")
		number := regexp.MustCompile(`^schema(\d+)`).FindStringSubmatch(name)
		if number == nil {
			t.Fatalf("%s says no version", file)
		}
		version, err := strconv.Atoi(number[1])
		if err != nil {
			t.Fatal(err)
		}
		versions = append(versions, version)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "mock.db")
			unzip(t, file, path)
			o := openOlder(t, path)
			o.isAsItWas()
			o.goesOn()
			o.isWritten()
			o.Stop() // and now it is one of today
			o = openOlder(t, path)
			o.listed("finished", "renamed", "new")
			o.isReset()
		})
	}
	for version := 1; version <= store.SchemaVersion; version++ {
		if !slices.Contains(versions, version) {
			t.Errorf("there is no database of version %d of the schema in testdata/schemas; make says how to make it", version)
		}
	}
}

func unzip(t *testing.T, from, to string) {
	t.Helper()
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	r, err := gzip.NewReader(in)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// older is a server on what testdata/schemas/make has made.
type older struct {
	*apptest.Server
	t *testing.T
	// Of the session "finished": saved has a description, edited is being
	// exported and provisioned, and provisioned is through with that.
	finished, saved, edited, provisioned string
}

func openOlder(t *testing.T, path string) older {
	t.Helper()
	return older{Server: restartable(t, path), t: t}
}

// want sends a request whose answer must have a status and texts.
func (o older) want(status int, method, path string, body any, texts ...string) apptest.Answer {
	o.t.Helper()
	got := o.Do(method, path, body)
	if got.Status != status {
		o.t.Fatalf("%s %s: %d %s, want %d", method, path, got.Status, got.Body, status)
	}
	for _, text := range texts {
		if !strings.Contains(string(got.Body), text) {
			o.t.Errorf("%s %s: %s, want %s", method, path, got.Body, text)
		}
	}
	return got
}

// listed compares the names of all sessions, oldest first, and returns the list.
func (o older) listed(want ...string) apptest.Answer {
	o.t.Helper()
	list := o.want(200, "GET", sessions+"?sorters=createdDate", nil)
	var names []string
	for i := range list.Len() {
		names = append(names, list.Text(i, "name"))
	}
	slices.Sort(names)
	slices.Sort(want)
	if !slices.Equal(names, want) {
		o.t.Fatalf("the sessions are %q, want %q", names, want)
	}
	return list
}

const drafts = "/v2026/role-mining-potential-roles/"

// isAsItWas compares what was finished with what make has done.
func (o *older) isAsItWas() {
	o.t.Helper()
	list := o.listed("finished", "under way")
	for i := range list.Len() {
		if list.Text(i, "name") == "finished" {
			o.finished = sessions + "/" + list.Text(i, "id")
		}
	}
	o.want(200, "GET", o.finished, nil, `"state":"POTENTIAL_ROLES_CREATED"`, `"potentialRoleCount":3`, `"potentialRolesReadyCount":3`, `"pruneThreshold":30`)
	roles := o.want(200, "GET", o.finished+"/potential-role-summaries", nil)
	for i := range roles.Len() {
		role := roles.Text(i, "id")
		switch {
		case roles.Value(i, "saved") == true:
			o.saved = role
		case roles.Text(i, "provisionState") == "COMPLETE":
			o.provisioned = role
		default:
			o.edited = role
		}
	}
	o.want(200, "GET", drafts+o.saved, nil, `"description":"A description"`)
	o.want(200, "GET", o.finished+"/potential-role-summaries/"+o.provisioned, nil, `"provisionState":"COMPLETE"`)
	o.want(200, "GET", o.finished+"/potential-role-summaries/"+o.edited, nil, `"provisionState":"PENDING"`)
	o.want(200, "GET", o.finished+"/potential-roles/"+o.edited+"/excluded-entitlements", nil, `"id":`)
	o.want(200, "GET", o.finished+"/potential-roles/"+o.saved+"/identities", nil, `"id":`)
	o.want(200, "GET", "/_mock/roles?provisioned=true", nil, `"name":"Made of a potential role"`)
	o.want(200, "GET", "/_mock/roles/"+o.saved+"/explain", nil)
	if requests := o.want(200, "GET", "/_mock/access-requests", nil); requests.Len() == 0 {
		o.t.Error("there are no access requests")
	}
	var document struct{ Identities []any }
	if o.want(200, "GET", "/_mock/fixtures", nil).Into(&document); len(document.Identities) != 60 {
		o.t.Errorf("the organisation has %d identities, want 60", len(document.Identities))
	}
}

// goesOn lets the hour pass that make left everything to wait for.
func (o *older) goesOn() {
	o.t.Helper()
	o.Clock.Advance(20 * 365 * 24 * time.Hour) // the databases were written after the time that tests begin at
	o.signIn()
	o.Settle()
	list := o.listed("finished", "under way")
	for i := range list.Len() {
		if list.Text(i, "status", "state") != "POTENTIAL_ROLES_CREATED" || list.Value(i, "potentialRoleCount") != 3.0 {
			o.t.Errorf("a session: %v", list.Value(i))
		}
		if list.Text(i, "name") == "under way" {
			o.want(202, "PATCH", sessions+"/"+list.Text(i, "id"), replacing("/name", "renamed"))
		}
	}
	o.want(200, "GET", o.finished+"/potential-role-summaries/"+o.edited, nil, `"provisionState":"COMPLETE"`)
	o.want(200, "GET", "/_mock/roles?provisioned=true", nil, `"name":"Being made"`)
}

func (o *older) signIn() {
	o.t.Helper()
	id, secret, err := o.App().Default().Credentials(o.t.Context())
	if err != nil {
		o.t.Fatal(err)
	}
	o.Token = o.TokenFor(id, secret)
}

// isWritten does one of everything.
func (o older) isWritten() {
	o.t.Helper()
	o.want(201, "POST", sessions, `{"name":"new","pruneThreshold":30,"minNumIdentitiesInPotentialRole":2}`)
	export := o.want(202, "POST", o.finished+"/potential-roles/"+o.saved+"/export-async", `{}`).Text("exportId")
	o.want(200, "PATCH", drafts+o.saved, replacing("/description", "Another"), `"description":"Another"`)
	o.Settle()
	list := o.listed("finished", "renamed", "new")
	for i := range list.Len() {
		if list.Value(i, "potentialRoleCount") != 3.0 {
			o.t.Errorf("a session finds %v", list.Value(i))
		}
	}
	o.want(200, "GET", o.finished+"/potential-roles/"+o.saved+"/export-async/"+export+"/download", nil, "PK")
	source := o.want(200, "GET", "/_mock/fixtures", nil)
	o.want(200, "PATCH", "/_mock/fixtures", map[string]any{"sources": []any{map[string]any{"id": source.Text("sources", 0, "id"), "name": "Renamed"}}})
	o.want(200, "GET", "/_mock/fixtures", nil, `"name":"Renamed"`)
}

// isReset returns to the organisation that it was made with; version 1 kept
// none, so that a reset is to the organisation of the server.
func (o *older) isReset() {
	o.t.Helper()
	o.want(200, "POST", "/_mock/reset", nil)
	o.signIn()
	if left := o.want(200, "GET", sessions, nil); strings.Contains(string(left.Body), `"renamed"`) {
		o.t.Errorf("after a reset there are %s", left.Body)
	}
	if got := o.Do(http.MethodPost, sessions, `{"name":"after"}`); got.Status != http.StatusCreated {
		o.t.Errorf("after a reset: %d %s", got.Status, got.Body)
	}
	o.Settle()
}

// replacing is a JSON Patch of one step.
func replacing(path string, value any) any {
	return []any{map[string]any{"op": "replace", "path": path, "value": value}}
}
