package app_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// edited is a snapshot's file with one value replaced.
func edited(t *testing.T, file []byte, edit func(f map[string]any)) string {
	t.Helper()
	var f map[string]any
	if err := json.Unmarshal(file, &f); err != nil {
		t.Fatal(err)
	}
	edit(f)
	text, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// packed is a database as it is in a snapshot's file.
func packed(image []byte) map[string]any {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = w.Write(image) // into memory
	_ = w.Close()
	digest := sha256.Sum256(image)
	return map[string]any{"bytes": len(image), "sha256": hex.EncodeToString(digest[:]), "gzip": base64.StdEncoding.EncodeToString(packed.Bytes())}
}

// imageOf is the database in a snapshot's file.
func imageOf(t *testing.T, file []byte) []byte {
	t.Helper()
	var f struct{ State struct{ Gzip []byte } }
	if err := json.Unmarshal(file, &f); err != nil {
		t.Fatal(err)
	}
	r, err := gzip.NewReader(bytes.NewReader(f.State.Gzip))
	if err != nil {
		t.Fatal(err)
	}
	image, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return image
}

// altered is a database after some statements.
func altered(t *testing.T, image []byte, statements ...string) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "altered.db")
	if err := os.WriteFile(path, image, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range statements {
		if _, err := db.ExecContext(t.Context(), text); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	image, err = os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return image
}

// A file that is damaged, of another version or made to do harm is refused with
// the reason, and nothing is changed.
func TestImportSnapshot(t *testing.T) {
	t.Parallel()
	s := tinyServer(t, nil)
	order(t, s, "POST", snapshots+"/a", "", 201)
	file := order(t, s, "GET", snapshots+"/a/file", "", 200).Body
	image := imageOf(t, file)
	set := func(name string, value any) string {
		return edited(t, file, func(f map[string]any) { f[name] = value })
	}
	in := func(part, name string, value any) string {
		return edited(t, file, func(f map[string]any) { f[part].(map[string]any)[name] = value })
	}
	holding := func(statements ...string) string { return set("state", packed(altered(t, image, statements...))) }
	cut := bytes.Clone(image)
	clear(cut[5000:9000])
	before := s.Get(sessions)
	for name, tc := range map[string]struct {
		file   string
		status int
		text   string
	}{
		"no JSON":          {"x", 400, "no snapshot, or damaged"},
		"half":             {string(file[:len(file)/2]), 400, "no snapshot, or damaged"},
		"more":             {string(file) + "{}", 400, "no snapshot, or damaged"},
		"another format":   {`{"format":"tar"}`, 400, `format must be "mockserver-snapshot"`},
		"no version":       {set("version", 0), 409, "its version is 0"},
		"newer":            {set("version", 2), 409, "its version is 2"},
		"newer schema":     {set("schemaVersion", 99), 409, "its schema version is 99, and this program takes only"},
		"older schema":     {set("schemaVersion", 1), 409, "its schema version is 1, and this program takes only"},
		"newer, hidden":    {holding("PRAGMA user_version = 99"), 409, "its schema version is 99"},
		"older, hidden":    {set("fixtures", packed(altered(t, image, "DROP TABLE baseline", "PRAGMA user_version = 1"))), 409, "its schema version is 1"},
		"unknown property": {set("extra", 1), 400, `"extra"`},
		"a property less":  {edited(t, file, func(f map[string]any) { delete(f, "tokens") }), 400, `there is no property "tokens"`},
		"jobs":             {in("settings", "jobs", "never"), 400, "settings: jobs: must be"},
		"delay":            {in("settings", "stageDelay", "-1s"), 400, "settings: stageDelay: must be from"},
		"auth and limit": {edited(t, file, func(f map[string]any) {
			f["settings"] = map[string]any{"rateLimit": "0/s", "jobs": "auto", "stageDelay": "0s"}
		}), 400, "settings: auth is empty; rate limit"},
		"session jobs":         {set("sessionJobs", map[string]any{"x": map[string]any{"mode": "auto", "stageDelay": "soon"}}), 400, `sessionJobs of "x"`},
		"reads":                {set("reads", []any{map[string]any{"kind": "page", "times": 1}}), 400, "reads[0] must be"},
		"limits":               {set("limits", []any{map[string]any{"key": "x", "calls": -1, "opens": "2026-01-01T00:00:00Z"}}), 400, "limits[0] must have"},
		"clock":                {set("clock", map[string]any{"now": "2026-01-01T00:00:00Z", "rate": -1}), 400, "clock shows"},
		"created":              {set("createdAt", "0001-01-01T00:00:00Z"), 400, "createdAt must be"},
		"tokens":               {set("tokens", -1), 400, "tokens"},
		"another digest":       {in("state", "sha256", "00"), 400, "digest"},
		"too long":             {in("state", "bytes", 1<<40), 400, "state: bytes must be from 0 to 1073741824"},
		"a bomb":               {set("state", map[string]any{"bytes": 100, "sha256": "00", "gzip": packed(make([]byte, 1<<24))["gzip"]}), 400, "not of the length"},
		"no gzip":              {in("state", "gzip", "AAAA"), 400, "state: gzip"},
		"no database":          {set("state", packed([]byte("text"))), 400, "damaged"},
		"a foreign one":        {holding("PRAGMA application_id = 1"), 400, "damaged"},
		"holes":                {set("state", packed(cut)), 400, "the state"},
		"holes in the other":   {set("fixtures", packed(cut)), 400, "what a reset returns to"},
		"no organisation":      {holding("DELETE FROM org"), 400, "damaged"},
		"a trigger of its own": {holding("CREATE TRIGGER t AFTER INSERT ON sessions BEGIN DELETE FROM sessions; END"), 400, "tables"},
		"a table less":         {holding("DROP TABLE outbox"), 400, "tables"},
		"a broken row":         {holding("UPDATE sessions SET state = '{'"), 400, "damaged"},
		"an orphan":            {holding("PRAGMA foreign_keys = OFF; DELETE FROM sessions"), 400, "damaged"},
	} {
		got := order(t, s, "PUT", snapshots+"/new/file", tc.file, tc.status)
		if !strings.Contains(got.Text("error"), tc.text) {
			t.Errorf("%s: %s does not say %q", name, got.Body, tc.text)
		}
	}
	if got := order(t, s, "GET", snapshots, "", 200); got.Len() != 1 || string(s.Get(sessions).Body) != string(before.Body) {
		t.Errorf("afterwards: %s", got.Body)
	}
	order(t, s, "PUT", snapshots+"/a/file", string(file), 409)
	order(t, s, "PUT", snapshots+"/-/file", string(file), 400)
	order(t, s, "PUT", snapshots+"/a/file?replace=true", string(file), 200)
}

// A body that is larger than a file may be is not even read.
func TestImportIsBounded(t *testing.T) {
	t.Parallel()
	s := tinyServer(t, nil)
	body, _ := io.Pipe() // who reads it waits for ever
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPut, s.URL+snapshots+"/x/file", body)
	if err != nil {
		t.Fatal(err)
	}
	request.ContentLength = 256<<20 + 1
	recorded := httptest.NewRecorder()
	s.App().Handler.ServeHTTP(recorded, request)
	if want := `{"error":"the body is larger than 256 MiB"}`; recorded.Code != http.StatusRequestEntityTooLarge || recorded.Body.String() != want {
		t.Errorf("%d %s", recorded.Code, recorded.Body)
	}
}
