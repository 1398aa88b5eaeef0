package openapi_test

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/openapi"
)

// The manual has a table of the names that faults, journal and verification
// take, with the method and the path of each, as the served description of the newest
// version has them; and it has what other versions call them.
func TestManualHasTheOperations(t *testing.T) {
	t.Parallel()
	text, ok := openapi.Document(openapi.Default)
	if !ok {
		t.Fatal("no description")
	}
	var doc struct {
		Paths map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	var want, names []string
	for path, item := range doc.Paths {
		for method, raw := range item {
			if op := operationOf(t, method, raw); op.OperationID != "" && !slices.Contains(op.Tags, "Control") {
				want = append(want, fmt.Sprintf("| `%s` | `%s %s` |", op.OperationID, strings.ToUpper(method), path))
				names = append(names, openapi.Spellings(op.OperationID)...)
			}
		}
	}
	slices.Sort(want)
	page, err := os.ReadFile("../../docs/control-api.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "\n## Names of operations\n")
	section, _, _ = strings.Cut(section, "\n## ")
	got := regexp.MustCompile("(?m)^\\| `[^\n]*$").FindAllString(section, -1)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the description (-) and the table of the manual (+):\n%s", diff)
	}
	for _, name := range names { // those of v1 are told as a rule
		if !strings.Contains(section, "`"+strings.TrimSuffix(name, "V1")+"`") {
			t.Errorf("the manual does not name %s", name)
		}
	}
}

type described struct {
	OperationID string
	Tags        []string
}

// operationOf is what a method of a path is, the zero described for what is none.
func operationOf(t *testing.T, method string, raw json.RawMessage) (op described) {
	t.Helper()
	if !slices.Contains([]string{"get", "put", "post", "patch", "delete"}, method) {
		return op
	}
	if err := json.Unmarshal(raw, &op); err != nil {
		t.Fatal(err)
	}
	return op
}
