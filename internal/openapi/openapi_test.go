package openapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"mockserver/internal/openapi"
)

// load is the document of a version, parsed once for all tests: do not change it.
func load(t *testing.T, version string) *openapi3.T {
	t.Helper()
	doc, err := parsed[version]()
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

var parsed = func() map[string]func() (*openapi3.T, error) {
	all := map[string]func() (*openapi3.T, error){}
	for _, version := range openapi.Versions() {
		all[version] = sync.OnceValues(func() (*openapi3.T, error) { return read(version) })
	}
	return all
}()

// parse is the document of a version, for the caller alone.
func parse(t *testing.T, version string) *openapi3.T {
	t.Helper()
	doc, err := read(version)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func read(version string) (*openapi3.T, error) {
	text, ok := openapi.Document(version)
	if !ok {
		return nil, fmt.Errorf("Document(%q): no such version", version)
	}
	return openapi3.NewLoader().LoadFromData(text)
}

func TestDocumentsAreValid(t *testing.T) {
	t.Parallel()
	for _, version := range openapi.Versions() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			doc := load(t, version)
			err := doc.Validate(context.Background(),
				openapi3.EnableExamplesValidation(), openapi3.EnableSchemaDefaultsValidation(),
				openapi3.EnableSchemaPatternValidation())
			if err != nil {
				t.Errorf("invalid document: %v", err)
			}
			if doc.Info.Version != version {
				t.Errorf("info.version = %q, want %q", doc.Info.Version, version)
			}
		})
	}
}

func TestDocumentIsCheapAndEqual(t *testing.T) {
	t.Parallel()
	first, _ := openapi.Document(openapi.Default)
	second, _ := openapi.Document(openapi.Default)
	if &first[0] != &second[0] {
		t.Error("a second call built the document again")
	}
	if !json.Valid(first) || !bytes.HasSuffix(first, []byte("}\n")) {
		t.Error("the document is not one line-ended JSON value")
	}
}

func TestUnknownVersion(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"", "v3", "V2026", "latest"} {
		if text, ok := openapi.Document(version); ok || text != nil {
			t.Errorf("Document(%q) = %d bytes, %v; want nothing", version, len(text), ok)
		}
		if ops := openapi.Operations(version); ops != nil {
			t.Errorf("Operations(%q) = %d operations; want nil", version, len(ops))
		}
	}
}

func TestDifferencesBetweenVersions(t *testing.T) {
	t.Parallel()
	rename := func(id, to string) func(openapi.Operation) openapi.Operation {
		return func(op openapi.Operation) openapi.Operation {
			if op.ID == id {
				op.ID = to
			}
			return op
		}
	}
	tests := map[string]func(openapi.Operation) openapi.Operation{
		"v2024": func(op openapi.Operation) openapi.Operation { return op },
		"v2025": func(op openapi.Operation) openapi.Operation { return op },
		"beta": func(op openapi.Operation) openapi.Operation {
			op.Experimental = false
			return rename("patchPotentialRole", "patchRoleMiningPotentialRole")(op)
		},
		"v1": func(op openapi.Operation) openapi.Operation { op.ID += "V1"; return op },
	}
	prefix := map[string]string{"v2024": "/v2024", "v2025": "/v2025", "beta": "/beta"}
	for version, change := range tests {
		var want []openapi.Operation
		for _, op := range openapi.Operations("v2026") {
			op = change(op)
			path := strings.TrimPrefix(op.Path, "/v2026")
			if version == "v1" {
				path = regexp.MustCompile(`^/role-mining-(sessions|potential-roles)`).ReplaceAllString(path, "$0/v1")
			}
			op.Path = prefix[version] + path
			want = append(want, op)
		}
		if diff := cmp.Diff(want, openapi.Operations(version)); diff != "" {
			t.Errorf("operations of %s (-want +got):\n%s", version, diff)
		}
	}
}

func TestOperations(t *testing.T) {
	t.Parallel()
	ops := openapi.Operations("v2026")
	if len(ops) != 25 {
		t.Fatalf("%d operations, want 25", len(ops))
	}
	const read, manage = "iai:access-modeling:read", "iai:access-modeling:manage"
	admins := []string{"ORG_ADMIN", "ROLE_ADMIN", "ROLE_SUBADMIN"}
	want := []openapi.Operation{
		{Method: "POST", Path: "/v2026/role-mining-sessions", ID: "createRoleMiningSessions", Rights: []string{manage}, Experimental: true,
			Success: 201, Statuses: []int{201, 400, 401, 403, 413, 415, 429, 500}, RequestType: "application/json", RequestRequired: true, ResponseType: "application/json",
			Request: openapi.Parts{
				Properties: []string{"/emailRecipientId", "/minNumIdentitiesInPotentialRole", "/name", "/pruneThreshold", "/saved", "/scope",
					"/scope/attributeFilterCriteria", "/scope/criteria", "/scope/identityIds", "/type"},
				Ignored: []string{"/identityCount", "/potentialRoleCount", "/potentialRolesReadyCount", "/prescribedPruneThreshold"},
				Open:    []string{"/scope/attributeFilterCriteria"},
			}},
		{Method: "GET", Path: "/v2026/role-mining-potential-roles/saved", ID: "getSavedPotentialRoles", Rights: []string{read, manage}, Experimental: true,
			Success: 200, Statuses: []int{200, 400, 401, 403, 429, 500}, ResponseType: "application/json", Paged: true,
			Request: openapi.Parts{Parameters: []string{"count", "limit", "offset", "sorters"}, Sorters: []string{"modified"}}},
		{Method: "PATCH", Path: "/v2026/role-mining-potential-roles/{potentialRoleId}", ID: "patchPotentialRole", Rights: []string{manage}, UserLevels: admins, Experimental: true,
			Success: 200, Statuses: []int{200, 400, 401, 403, 404, 413, 415, 429, 500}, RequestType: "application/json-patch+json", RequestRequired: true, ResponseType: "application/json",
			Request: openapi.Parts{Properties: []string{"/description", "/name", "/saved"}, Members: []string{"op", "path", "value"}}},
	}
	for _, op := range want {
		i := slices.IndexFunc(ops, func(o openapi.Operation) bool { return o.Method == op.Method && o.Path == op.Path })
		if i < 0 {
			t.Errorf("%s %s is missing", op.Method, op.Path)
		} else if diff := cmp.Diff(op, ops[i]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", op.ID, diff)
		}
	}
}

// The text of the document is what a user reads: nothing may lack it.
func TestEverythingIsDescribed(t *testing.T) {
	t.Parallel()
	doc := load(t, openapi.Default)
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			if op.Summary == "" || op.Description == "" || len(op.Tags) != 1 || doc.Tags.Get(op.Tags[0]) == nil {
				t.Errorf("%s %s lacks a summary, a description or a declared tag", method, path)
			}
			for _, p := range op.Parameters {
				if p.Value.Description == "" {
					t.Errorf("%s %s: parameter %s has no description", method, path, p.Value.Name)
				}
			}
		}
	}
	control := controlSchemas()
	for name, schema := range doc.Components.Schemas {
		if schema.Value.Description == "" {
			t.Errorf("schema %s has no description", name)
		}
		if control[name] {
			describedThroughout(t, name, schema.Value)
		}
	}
}

// describedThroughout wants a text for each property of a schema of ours, however
// deep: nothing else says what it means.
func describedThroughout(t *testing.T, at string, s *openapi3.Schema) {
	t.Helper()
	for name, property := range s.Properties {
		if property.Value.Description == "" {
			t.Errorf("%s.%s has no description", at, name)
		}
		describedThroughout(t, at+"."+name, property.Value)
	}
	if s.Items != nil {
		describedThroughout(t, at+"[]", s.Items.Value)
	}
}
