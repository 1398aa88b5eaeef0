package handlers_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"mockserver/internal/openapi"
)

// TestEveryOperationInEveryVersion calls the 25 operations under each of the six
// prefixes. That each answer is what the version's document says is checked on
// the way.
func TestEveryOperationInEveryVersion(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	for _, prefix := range []string{"beta", "v2024", "v2025", "v2026", "latest", "v1"} {
		session, role := newRole(s)
		s.Do(http.MethodPatch, roles+"/"+role, `[{"op":"replace","path":"/saved","value":true}]`)
		export := s.Do(http.MethodPost, sessions+"/"+session+"/potential-roles/"+role+"/export-async", nil).Text("exportId")
		s.Settle()
		fill := strings.NewReplacer("{sessionId}", session, "{potentialRoleId}", role, "{exportId}", export, "{sourceId}", dataSource)
		bodies := map[string]string{
			"createRoleMiningSessions":           `{"name":"RM Session - everywhere"}`,
			"patchRoleMiningSession":             `[{"op":"replace","path":"/name","value":"renamed"}]`,
			"patchPotentialRoleSession":          `[{"op":"replace","path":"/description","value":"by one path"}]`,
			"patchPotentialRole":                 `[{"op":"replace","path":"/description","value":"by the other"}]`,
			"patchRoleMiningPotentialRole":       `[{"op":"replace","path":"/description","value":"as beta calls it"}]`,
			"updateEntitlementsPotentialRole":    `{"ids":[],"exclude":true}`,
			"exportRoleMiningPotentialRoleAsync": `{}`, "createPotentialRoleProvisionRequest": `{}`,
		}
		called := 0
		for _, op := range operationsUnder(prefix) {
			header := bearer(s.Token)
			if prefix == "beta" {
				header.Del("X-Sailpoint-Experimental")
			}
			var body any
			if op.RequestType != "" {
				header.Set("Content-Type", op.RequestType)
				body = bodies[strings.TrimSuffix(op.ID, "V1")]
			}
			got := s.Send(op.Method, fill.Replace(op.Path), body, header)
			called++
			if got.Status != op.Success {
				t.Errorf("%s %s: %d %.300s, want %d", op.Method, op.Path, got.Status, got.Body, op.Success)
			}
			media := "application/json;charset=UTF-8"
			if op.ResponseType == "application/zip" {
				media = op.ResponseType
			}
			if got.Header.Get("Content-Type") != media {
				t.Errorf("%s %s: %s", op.Method, op.Path, got.Header.Get("Content-Type"))
			}
		}
		if called != 25 {
			t.Errorf("%s: %d operations were called, want 25", prefix, called)
		}
	}
}

// operationsUnder is the operations as they are addressed under a prefix, those
// that change something last.
func operationsUnder(prefix string) []openapi.Operation {
	name := prefix
	if prefix == "latest" {
		name = "v2026"
	}
	all := openapi.Operations(name)
	for i := range all {
		if prefix == "latest" {
			all[i].Path = "/latest" + strings.TrimPrefix(all[i].Path, "/v2026")
		}
	}
	slices.SortStableFunc(all, func(a, b openapi.Operation) int { return strings.Compare(a.Method, b.Method) })
	return all
}

// TestVersionsAgree: one object reads the same in every version, the Response
// object in the list of sessions included, which has no id in most documents.
func TestVersionsAgree(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	for _, path := range []string{
		"/role-mining-sessions", "/role-mining-sessions/" + autoSession,
		"/role-mining-potential-roles/" + savedRole, "/role-mining-potential-roles/saved",
	} {
		want := s.Get("/v2026" + path)
		for _, prefix := range []string{"/beta", "/v2024", "/v2025", "/latest"} {
			if got := s.Get(prefix + path); string(got.Body) != string(want.Body) {
				t.Errorf("%s%s differs from /v2026", prefix, path)
			}
		}
		first, rest, _ := strings.Cut(path[1:], "/")
		if rest != "" {
			rest = "/" + rest
		}
		if got := s.Get("/" + first + "/v1" + rest); string(got.Body) != string(want.Body) {
			t.Errorf("v1 of %s differs from /v2026", path)
		}
	}
	for _, item := range items(t, s.Get("/v2024/role-mining-sessions")) {
		if item["id"] == nil || at(item, "status.state") == nil || item["createdDate"] == nil {
			t.Errorf("a listed session lacks what only the Response object has: %v", item)
		}
	}
}
