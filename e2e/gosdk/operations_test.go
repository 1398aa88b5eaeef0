package gosdk

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// operations are the API's operation ids as v2024 and later have them, each with
// its documented success.
func operations(t *testing.T) map[string]int {
	t.Helper()
	want := map[string]int{}
	if err := json.Unmarshal(document(t, "operations.json"), &want); err != nil {
		t.Fatal(err)
	}
	if len(want) != 25 {
		t.Fatalf("there are %d operations in the table, want 25", len(want))
	}
	return want
}

// document reads a file that both SDKs' tests use.
func document(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// checkAllDriven checks by the server's own log that each of the 25 operations
// was called in this version and succeeded at least once with the documented
// status, and that nothing else was called and nothing went wrong.
func checkAllDriven(t *testing.T, version string, renamed map[string]string, requests []accessLine) {
	t.Helper()
	seen := map[string][]int{}
	for _, r := range requests {
		if r.Path == "/oauth/token" {
			continue
		}
		if r.Version != version {
			t.Errorf("%s was called in version %q, want %q", r.Path, r.Version, version)
		}
		if r.Status >= http.StatusInternalServerError {
			t.Errorf("%s %s answered %d", r.OperationID, r.Path, r.Status)
		}
		seen[r.OperationID] = append(seen[r.OperationID], r.Status)
	}
	known := map[string]bool{}
	for id, status := range operations(t) {
		if other, ok := renamed[id]; ok {
			id = other
		}
		known[id] = true
		t.Run(id, func(t *testing.T) {
			if !slices.Contains(seen[id], status) {
				t.Errorf("never answered %d; its statuses were %v", status, seen[id])
			}
		})
	}
	for id := range seen {
		if !known[id] {
			t.Errorf("the log has the operation %q, which is none of the 25", id)
		}
	}
}
