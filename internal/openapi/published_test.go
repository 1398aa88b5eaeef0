package openapi_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"mockserver/internal/openapi"
)

// TestAgainstPublished compares our documents with the published slices of the
// real API, in both directions. Every difference is either gone or listed in
// deviations, with its reason.
func TestAgainstPublished(t *testing.T) {
	t.Parallel()
	folder, looked := publishedFolder()
	if folder == "" {
		t.Logf("NOT COMPARED WITH THE PUBLISHED API: none of %q holds v2026.json. "+
			"Set MOCKSERVER_SPECS to the folder of the published slices.", looked)
		t.Skip("the published descriptions are not here")
	}
	for _, version := range openapi.Versions() {
		published, err := openapi3.NewLoader().LoadFromFile(filepath.Join(folder, version+".json"))
		if err != nil {
			t.Fatalf("published %s: %v", version, err)
		}
		for _, problem := range judge(version, compareDocuments(published, load(t, version))) {
			t.Errorf("%s: %s", version, problem)
		}
	}
}

// judge holds the differences of a version against deviations: unlisted ones are
// problems, and so are listed ones that occur more or less often than they say.
func judge(version string, differences []string) []string {
	var problems []string
	seen := make([]int, len(deviations))
	for _, difference := range differences {
		i := slices.IndexFunc(deviations, func(d deviation) bool { return d.covers(version, difference) })
		if i < 0 {
			problems = append(problems, difference)
			continue
		}
		seen[i]++
	}
	for i, d := range deviations {
		if want := d.times(version); seen[i] != want {
			problems = append(problems, fmt.Sprintf("a listed deviation occurs %d times, not %d: %s", seen[i], want, d.what))
		}
	}
	return problems
}

func TestJudgeBites(t *testing.T) {
	t.Parallel()
	if problems := judge("v2026", nil); len(problems) == 0 {
		t.Error("deviations that never occur are not noticed")
	}
	if problems := judge("v2026", []string{"GET /x: missing"}); !slices.Contains(problems, "GET /x: missing") {
		t.Errorf("an unlisted difference is not noticed: %q", problems)
	}
}

// Each kind of difference that a comparison is there for is made on purpose.
func TestCompareBites(t *testing.T) {
	t.Parallel()
	const (
		list      = "GET /role-mining-sessions"
		provision = "/role-mining-sessions/{sessionId}/potential-roles/{potentialRoleId}/provision"
	)
	sessions := func(d *openapi3.T) *openapi3.Operation { return d.Paths.Value("/role-mining-sessions").Get }
	role := func(d *openapi3.T) openapi3.Schemas {
		return d.Components.Schemas["RoleMiningPotentialRole"].Value.Properties
	}
	tests := map[string]struct {
		spoil func(*openapi3.T)
		want  string
	}{
		"operation":    {func(d *openapi3.T) { d.Paths.Delete("/role-mining-potential-roles/saved") }, "GET /role-mining-potential-roles/saved: missing"},
		"operation id": {func(d *openapi3.T) { sessions(d).OperationID = "x" }, list + ": operationId x, published getRoleMiningSessions"},
		"parameter":    {func(d *openapi3.T) { sessions(d).Parameters = sessions(d).Parameters[1:] }, list + `: parameter query filters is "", published "required=false string"`},
		"maximum": {func(d *openapi3.T) {
			d.Paths.Value(provision).Post.Parameters.GetByInAndName("query", "min-entitlement-popularity").Schema.Value.Max = nil
		}, "POST " + provision + `: parameter query min-entitlement-popularity is "required=false integer default=0 min=0", published "required=false integer default=0 min=0 max=100"`},
		"media type":    {func(d *openapi3.T) { delete(sessions(d).Responses.Value("200").Value.Content, "application/json") }, list + " 200: application/json missing"},
		"status":        {func(d *openapi3.T) { sessions(d).Responses.Delete("403") }, list + " 403: missing"},
		"more statuses": {func(d *openapi3.T) { sessions(d).Responses.Set("418", sessions(d).Responses.Value("400")) }, list + " 418: not published"},
		"rights":        {func(d *openapi3.T) { sessions(d).Security = openapi3.NewSecurityRequirements() }, list + ": security [], published [map[userAuth:[iai:access-modeling:read iai:access-modeling:manage]] map[applicationAuth:[iai:access-modeling:read iai:access-modeling:manage]]]"},
		"property":      {func(d *openapi3.T) { delete(role(d), "density") }, "schema RoleMiningPotentialRole.density: missing"},
		"type":          {func(d *openapi3.T) { role(d)["freshness"] = openapi3.NewStringSchema().NewRef() }, `schema RoleMiningPotentialRole.freshness: is "string", published "integer/int32"`},
		"nullability":   {func(d *openapi3.T) { role(d)["roleId"].Value.Nullable = false }, `schema RoleMiningPotentialRole.roleId: is "string", published "string nullable"`},
		"enum":          {func(d *openapi3.T) { d.Components.Schemas["RoleMiningRoleType"].Value.Enum = []any{"COMMON"} }, `schema RoleMiningRoleType: is "string enum["COMMON"]", published "string enum["COMMON" "SPECIALIZED"]"`},
		"schema":        {func(d *openapi3.T) { delete(d.Components.Schemas, "RoleMiningIdentity") }, "schema RoleMiningIdentity: missing"},
	}
	spoiled := parse(t, "v2026")
	for _, name := range slices.Sorted(maps.Keys(tests)) {
		tests[name].spoil(spoiled)
	}
	found := compareDocuments(load(t, "v2026"), spoiled)
	for name, test := range tests {
		if !slices.Contains(found, test.want) {
			t.Errorf("%s: found %q, want %q among them", name, found, test.want)
		}
	}
	if len(found) != len(tests) {
		t.Errorf("found %d differences, want %d: %q", len(found), len(tests), found)
	}
}

// publishedFolder is the first of the looked-at folders that has the slices.
func publishedFolder() (folder string, looked []string) {
	root := filepath.Join("..", "..")
	looked = []string{os.Getenv("MOCKSERVER_SPECS"), filepath.Join(root, "..", "shared", "specs")}
	for _, dir := range looked {
		if dir == "" {
			continue
		}
		if _, err := os.Stat(filepath.Join(dir, openapi.Default+".json")); err == nil {
			return dir, looked
		}
	}
	return "", looked
}

// ours says whether a path of our document is of the emulator itself.
func ours(path string) bool {
	return strings.HasPrefix(path, "/oauth/") || strings.HasPrefix(path, "/_mock") || path == "/health"
}

// controlSchemas are the names of the schemas that describe the control plane.
func controlSchemas() map[string]bool {
	names := map[string]bool{}
	files, _ := filepath.Glob("control/*.json")
	for _, name := range files {
		var resource struct {
			Schemas map[string]json.RawMessage
		}
		if text, err := os.ReadFile(name); err != nil || json.Unmarshal(text, &resource) != nil {
			panic("cannot read " + name)
		}
		for schema := range resource.Schemas {
			names[schema] = true
		}
	}
	return names
}

// compareDocuments lists the differences, one line each, in a fixed order.
func compareDocuments(published, own *openapi3.T) []string {
	var found []string
	report := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	theirs, mine := operationsByRoute(published), operationsByRoute(own)
	for _, route := range unionKeys(theirs, mine) {
		switch {
		case theirs[route] == nil:
			report("%s: not published", route)
		case mine[route] == nil:
			report("%s: missing", route)
		default:
			compareOperations(route, theirs[route], mine[route], report)
		}
	}
	control := controlSchemas()
	for _, name := range unionKeys(published.Components.Schemas, own.Components.Schemas) {
		if control[name] {
			continue
		}
		at := "schema " + name
		a, b := published.Components.Schemas[name], own.Components.Schemas[name]
		switch {
		case a == nil:
			report("%s: not published", at)
		case b == nil:
			report("%s: missing", at)
		default:
			compareShapes(at, shapeOf(&openapi3.SchemaRef{Value: a.Value}), shapeOf(&openapi3.SchemaRef{Value: b.Value}), report)
		}
	}
	return found
}

func operationsByRoute(doc *openapi3.T) map[string]*openapi3.Operation {
	all := map[string]*openapi3.Operation{}
	for path, item := range doc.Paths.Map() {
		if ours(path) {
			continue
		}
		for method, op := range item.Operations() {
			all[method+" "+path] = op
		}
	}
	return all
}

type reporter func(format string, args ...any)

func compareOperations(route string, theirs, mine *openapi3.Operation, report reporter) {
	if theirs.OperationID != mine.OperationID {
		report("%s: operationId %s, published %s", route, mine.OperationID, theirs.OperationID)
	}
	if a, b := securityOf(theirs), securityOf(mine); a != b {
		report("%s: security %s, published %s", route, b, a)
	}
	if a, b := fmt.Sprint(theirs.Extensions["x-sailpoint-userLevels"]), fmt.Sprint(mine.Extensions["x-sailpoint-userLevels"]); a != b {
		report("%s: user levels %s, published %s", route, b, a)
	}
	a, b := parametersOf(theirs), parametersOf(mine)
	for _, name := range unionKeys(a, b) {
		if a[name] != b[name] {
			report("%s: parameter %s is %q, published %q", route, name, b[name], a[name])
		}
	}
	compareRequests(route+" request", theirs.RequestBody, mine.RequestBody, report)
	for _, status := range unionKeys(theirs.Responses.Map(), mine.Responses.Map()) {
		compareResponses(route+" "+status, theirs.Responses.Value(status), mine.Responses.Value(status), report)
	}
}

func compareRequests(at string, theirs, mine *openapi3.RequestBodyRef, report reporter) {
	if (theirs == nil) != (mine == nil) {
		report("%s: present %v, published %v", at, mine != nil, theirs != nil)
	}
	if theirs == nil || mine == nil {
		return
	}
	if theirs.Value.Required != mine.Value.Required {
		report("%s: required %v, published %v", at, mine.Value.Required, theirs.Value.Required)
	}
	compareContent(at, theirs.Value.Content, mine.Value.Content, report)
}

// addedStatuses may be answered where the published description has no entry:
// the gateway, the web framework and the guidelines for every service give them.
var addedStatuses = []string{"404", "405", "413", "415", "429"}

func compareResponses(at string, theirs, mine *openapi3.ResponseRef, report reporter) {
	switch {
	case mine == nil:
		report("%s: missing", at)
	case theirs == nil && slices.Contains(addedStatuses, at[strings.LastIndex(at, " ")+1:]):
	case theirs == nil:
		report("%s: not published", at)
	default:
		compareContent(at, theirs.Value.Content, mine.Value.Content, report)
	}
}

func compareContent(at string, theirs, mine openapi3.Content, report reporter) {
	for _, media := range unionKeys(theirs, mine) {
		switch {
		case theirs[media] == nil:
			report("%s: %s not published", at, media)
		case mine[media] == nil:
			report("%s: %s missing", at, media)
		default:
			compareShapes(at, shapeOf(theirs[media].Schema), shapeOf(mine[media].Schema), report)
		}
	}
}

func securityOf(op *openapi3.Operation) string {
	if op.Security == nil {
		return "none"
	}
	return fmt.Sprint(*op.Security)
}

// parametersOf spells out what a client must know of each parameter.
func parametersOf(op *openapi3.Operation) map[string]string {
	all := map[string]string{}
	for _, ref := range op.Parameters {
		p, s := ref.Value, ref.Value.Schema.Value
		text := fmt.Sprintf("required=%v %s", p.Required, shapeOf(ref.Value.Schema).scalar())
		if s.Min != nil {
			text += fmt.Sprintf(" min=%v", *s.Min)
		}
		if s.Max != nil {
			text += fmt.Sprintf(" max=%v", *s.Max)
		}
		all[p.In+" "+p.Name] = text
	}
	return all
}

func unionKeys[V any](a, b map[string]V) []string {
	all := map[string]bool{}
	for key := range a {
		all[key] = true
	}
	for key := range b {
		all[key] = true
	}
	return slices.Sorted(maps.Keys(all))
}
