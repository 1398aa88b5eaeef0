package control

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/openapi"
)

// The table and the served description name the same operations, with the same
// query parameters, and the same of them take a body.
func TestRoutesAreDescribed(t *testing.T) {
	t.Parallel()
	var want []string
	for _, rt := range routes() {
		params := slices.Sorted(slices.Values(rt.params))
		want = append(want, fmt.Sprint(rt.method, " ", rt.path, " ", rt.operationID, " ", params, " body ", rt.body))
	}
	slices.Sort(want)
	text, _ := openapi.Document(openapi.Default)
	var doc struct {
		Paths map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	var got []string
	for path, item := range doc.Paths {
		if !Owns(path) {
			continue
		}
		for method, raw := range item {
			if method != "servers" {
				got = append(got, described(t, method, path, raw))
			}
		}
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("routes.go (-) and the description (+):\n%s", diff)
	}
}

func described(t *testing.T, method, path string, raw json.RawMessage) string {
	t.Helper()
	var op struct {
		OperationID string
		Tags        []string
		Parameters  []struct{ Name, In string }
		RequestBody *struct{ Required bool }
	}
	if err := json.Unmarshal(raw, &op); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(op.Tags, []string{"Control"}) {
		t.Errorf("%s %s: tags %v", method, path, op.Tags)
	}
	params := []string{}
	for _, p := range op.Parameters {
		if p.In == "query" {
			params = append(params, p.Name)
		}
	}
	slices.Sort(params)
	return fmt.Sprint(strings.ToUpper(method), " ", path, " ", op.OperationID, " ", params, " body ", op.RequestBody != nil)
}
