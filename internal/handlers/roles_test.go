package handlers_test

import (
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/app/apptest"
)

// TestPatchRoleDocumentedExample sends the documents' patch on both paths to a
// role: it takes everything away and sets it again.
func TestPatchRoleDocumentedExample(t *testing.T) {
	t.Parallel()
	const example = `[{"op":"remove","path":"/description"},{"op":"replace","path":"/description","value":"Acct I - Potential Role"},` +
		`{"op":"remove","path":"/saved"},{"op":"replace","path":"/saved","value":"false"},` +
		`{"op":"remove","path":"/name"},{"op":"replace","path":"/name","value":"Potential Role Accounting"}]`
	for _, path := range []string{roles + "/" + savedRole, sessions + "/" + autoSession + "/potential-role-summaries/" + savedRole} {
		s := start(t, nil)
		s.Clock.Advance(time.Second)
		got := status(t, path, s.Do(http.MethodPatch, path, example), 200)
		for name, want := range map[string]any{
			"id": savedRole, "description": "Acct I - Potential Role", "saved": false, "name": "Potential Role Accounting",
			"modifiedDate": "2026-03-01T09:00:01.000Z",
		} {
			if got.Value(name) != want {
				t.Errorf("%s: %s is %v, want %v", path, name, got.Value(name), want)
			}
		}
		if got.Text("potentialRoleRef", "name") != "Potential Role Accounting" {
			t.Errorf("%s: potentialRoleRef %v", path, got.Value("potentialRoleRef"))
		}
		if after := s.Get(path); string(after.Body) != string(got.Body) {
			t.Errorf("%s: the patch answered\n%s and GET\n%s", path, got.Body, after.Body)
		}
	}
}

func TestPatchRole(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	path := roles + "/" + savedRole
	for _, tt := range []struct{ patch, name, description, saved string }{
		{`{"op":"replace","path":"/name","value":"Analysts"}`, "Analysts", "Pipelines and the warehouse", "true"},
		{`{"op":"remove","path":"/description"}`, "Analysts", "<nil>", "true"},
		{`{"op":"remove","path":"/description"}`, "Analysts", "<nil>", "true"},
		{`{"op":"replace","path":"/description","value":"d"},{"op":"replace","path":"/description","value":null}`, "Analysts", "<nil>", "true"},
		{`{"op":"remove","path":"/saved"}`, "Analysts", "<nil>", "false"},
		{`{"op":"remove","path":"/saved"}`, "Analysts", "<nil>", "false"},
		{`{"op":"replace","path":"/saved","value":"true"}`, "Analysts", "<nil>", "true"},
		{`{"op":"replace","path":"/saved","value":false}`, "Analysts", "<nil>", "false"},
		{`{"op":"remove","path":"/name"}`, "Potential Role - e0cc5d", "<nil>", "false"},
		{`{"op":"remove","path":"/name","value":"ignored","from":"/x","extra":[1]}`, "Potential Role - e0cc5d", "<nil>", "false"},
	} {
		got := status(t, tt.patch, s.Do(http.MethodPatch, path, "["+tt.patch+"]"), 200)
		if fmt.Sprint(got.Value("name")) != tt.name || fmt.Sprint(got.Value("description")) != tt.description || fmt.Sprint(got.Value("saved")) != tt.saved {
			t.Errorf("%s: %v, %v, %v", tt.patch, got.Value("name"), got.Value("description"), got.Value("saved"))
		}
		saved := slices.Contains(column(items(t, s.Get(roles+"/saved")), "id"), any(savedRole))
		if saved != (tt.saved == "true") {
			t.Errorf("%s: listed among the saved: %v", tt.patch, saved)
		}
	}
	draft := func() map[string]any {
		status(t, "save", s.Do(http.MethodPatch, path, `[{"op":"replace","path":"/saved","value":true}]`), 200)
		all := items(t, s.Get(roles+"/saved"))
		return all[slices.IndexFunc(all, func(d map[string]any) bool { return d["id"] == savedRole })]
	}()
	role := object(t, s.Get(path))
	if draft["modified"] != draft["modifiedDate"] || draft["description"] != "" || len(draft["entitlementIds"].([]any)) != int(role["entitlementCount"].(float64)) ||
		!cmp.Equal(draft["identityIds"], role["identityIds"]) || draft["name"] != role["name"] {
		t.Errorf("the draft %v is not the role", draft)
	}
	before := string(s.Get(path).Body)
	for _, tt := range []struct {
		patch, code string
		texts       []string
	}{
		{`{"op":"add","path":"/name","value":"x"}`, badContent, []string{"'name'", "add", "replace, remove"}},
		{`{"op":"test","path":"/name","value":"x"}`, badContent, []string{"test"}},
		{`{"op":"copy","from":"/description","path":"/name"}`, badContent, []string{"copy"}},
		{`{"op":"replace","path":"/type","value":"COMMON"}`, badContent, []string{"Field 'type' is not patchable"}},
		{`{"op":"replace","path":"/excludedEntitlements","value":[]}`, badContent, []string{"Field 'excludedEntitlements' is not patchable"}},
		{`{"op":"remove","path":"/identityIds/0"}`, badContent, []string{"Field 'identityIds/0' is not patchable"}},
		{`{"op":"replace","path":"/provisionState","value":"COMPLETE"}`, badContent, []string{"Field 'provisionState' is not patchable"}},
		{`{"op":"replace","path":"/name","value":null}`, illegalValue, []string{"'name'"}},
		{`{"op":"replace","path":"/name","value":""}`, illegalValue, []string{"'name'", "1 to 1024"}},
		{`{"op":"replace","path":"/name","value":["x"]}`, illegalValue, []string{"'name'"}},
		{`{"op":"replace","path":"/name","value":"` + strings.Repeat("n", 1025) + `"}`, illegalValue, []string{"1024"}},
		{`{"op":"replace","path":"/name"}`, missingData, []string{"'name'"}},
		{`{"op":"replace","path":"/description","value":5}`, illegalValue, []string{"'description'"}},
		{`{"op":"replace","path":"/saved","value":null}`, illegalValue, []string{"'saved'"}},
		{`{"op":"replace","path":"/saved","value":"maybe"}`, illegalValue, []string{"'saved'"}},
		{`{"op":"replace","path":"/name","value":"changed"},{"op":"replace","path":"/quality","value":100}`, badContent, []string{"operation 1", "'quality'"}},
	} {
		refused(t, tt.patch, s.Do(http.MethodPatch, path, "["+tt.patch+"]"), 400, tt.code, tt.texts...)
	}
	if after := string(s.Get(path).Body); after != before {
		t.Errorf("refused patches changed the role from\n%s to\n%s", before, after)
	}
	for _, unknown := range []string{roles + "/" + unknownUUID, sessions + "/" + manualSession + "/potential-role-summaries/" + savedRole, sessions + "/" + unknownUUID + "/potential-role-summaries/" + savedRole} {
		refused(t, unknown, s.Do(http.MethodPatch, unknown, `[{"op":"remove","path":"/saved"}]`), 404, notFound)
	}
}

func edit(s *apptest.Server, path, body string) apptest.Answer {
	return s.Do(http.MethodPost, path+"/edit-entitlements", body)
}

func TestEditEntitlements(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	session, role := newRole(s)
	path := sessions + "/" + session + "/potential-roles/" + role
	before := object(t, s.Get(roles+"/"+role))
	all := items(t, s.Get(path+"/entitlement-popularities"))
	first, second, last := at(all[0], "entitlementRef.id").(string), at(all[1], "entitlementRef.id").(string), at(all[len(all)-1], "entitlementRef.id").(string)
	s.Clock.Advance(time.Second)

	got := status(t, "exclude", edit(s, path, `{"ids":["`+second+`","`+first+`"],"exclude":true}`), 201)
	excluded := []any{first, second}
	slices.SortFunc(excluded, func(a, b any) int { return strings.Compare(a.(string), b.(string)) })
	if diff := cmp.Diff(any(excluded), got.Value("excludedEntitlements")); diff != "" {
		t.Errorf("excludedEntitlements (-want +got):\n%s", diff)
	}
	if got.Value("entitlementCount") != before["entitlementCount"].(float64)-2 || got.Value("identityCount") != before["identityCount"] {
		t.Errorf("%s", got.Body)
	}
	if got.Text("modifiedDate") != "2026-03-01T09:00:01.000Z" || got.Value("createdDate") != before["createdDate"] {
		t.Errorf("dates %s, %s", got.Text("createdDate"), got.Text("modifiedDate"))
	}
	if got.Value("density") == before["density"] && got.Value("freshness") == before["freshness"] && got.Value("quality") == before["quality"] {
		t.Error("no score follows when the most popular entitlements go")
	}
	if d, f := got.Value("density").(float64), got.Value("freshness").(float64); got.Value("quality") != math.Round((d+f)/2) {
		t.Errorf("quality %v of density %v and freshness %v", got.Value("quality"), d, f)
	}
	check := consistent(t, s, path, true)
	if check.count != len(all)-2 || check.popularities != check.count || check.distribution != check.count {
		t.Errorf("after the exclusion %+v, want %d", check, len(all)-2)
	}
	list := s.Get(path + "/excluded-entitlements")
	if diff := cmp.Diff(slices.Clone(all[:2]), items(t, list)); diff != "" {
		t.Errorf("excluded (-want +got):\n%s", diff)
	}
	names := column(items(t, s.Get(sessions+"/"+session+"/potential-role-summaries/"+role+"/entitlements")), "id")
	if slices.Contains(names, any(first)) || len(names) != len(all)-2 {
		t.Errorf("%d entitlements are listed, %s among them: %v", len(names), first, slices.Contains(names, any(first)))
	}

	// The same again changes nothing, ids twice, more of them and fewer.
	for _, body := range []string{
		`{"ids":["` + second + `","` + first + `"],"exclude":true}`, `{"ids":["` + first + `","` + first + `"],"exclude":true}`,
		`{"ids":["` + last + `"],"exclude":false}`, `{"ids":[],"exclude":true}`, `{"ids":[],"exclude":false}`,
		`{"ids":["` + last + `","` + last + `"],"exclude":false,"unknown":1}`,
	} {
		again := status(t, body, edit(s, path, body), 201)
		if diff := cmp.Diff(object(t, got), object(t, again)); diff != "" {
			t.Errorf("%s changed (-before +after):\n%s", body, diff)
		}
	}
	// Putting them back undoes it all.
	undone := object(t, status(t, "put back", edit(s, path, `{"ids":["`+second+`","`+first+`","`+last+`"],"exclude":false}`), 201))
	undone["modifiedDate"] = before["modifiedDate"]
	if diff := cmp.Diff(before, undone); diff != "" {
		t.Errorf("after putting back (-before +after):\n%s", diff)
	}
	// Everything can go, and come back.
	ids := column(all, "entitlementRef.id")
	none := status(t, "exclude all", s.Do(http.MethodPost, path+"/edit-entitlements", map[string]any{"ids": ids, "exclude": true}), 201)
	if none.Value("entitlementCount") != 0.0 || string(s.Get(path+"/entitlement-popularity-distribution").Body) != "{}" ||
		string(s.Get(path+"/entitlement-popularities").Body) != "[]" || s.Get(path+"/excluded-entitlements").Len() != len(all) {
		t.Errorf("nothing left: %s", none.Body)
	}
	for _, rest := range []string{"/export", "/identities"} {
		s.Get(path + rest)
	}
}

func TestEditRefusals(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	known := items(t, s.Get(firstPath+"/entitlement-popularities?limit=1"))
	id := at(known[0], "entitlementRef.id").(string)
	before := string(s.Get(roles + "/" + firstRole).Body)
	for _, tt := range []struct {
		body, code string
		texts      []string
	}{
		{`{"ids":["` + id + `"]}`, missingData, []string{"Required field 'exclude' was missing or empty."}},
		{`{"ids":["` + id + `"],"exclude":null}`, missingData, []string{"'exclude'"}},
		{`{}`, missingData, []string{"'exclude'"}},
		{`{"exclude":true}`, missingData, []string{"Required field 'ids' was missing or empty."}},
		{`{"ids":null,"exclude":false}`, missingData, []string{"Required field 'ids' was missing or empty."}},
		{``, missingData, []string{"body"}},
		{`{"ids":["` + id + `"],"exclude":"true"}`, illegalValue, []string{`"exclude"`, "true or false"}},
		{`{"ids":["` + id + `"],"exclude":1}`, illegalValue, []string{`"exclude"`}},
		{`{"ids":"` + id + `","exclude":true}`, illegalValue, []string{`"ids"`, "array of strings"}},
		{`{"ids":[5],"exclude":true}`, illegalValue, []string{`"ids"`}},
		{`{"ids":[null],"exclude":true}`, illegalValue, []string{`"ids"`}},
		{`{"ids":{"0":"` + id + `"},"exclude":true}`, illegalValue, []string{`"ids"`}},
		{`{"ids":["` + id + `","no1","no2"],"exclude":true}`, badReference, []string{`"no1", "no2"`, "ids"}},
		{`{"ids":["no1"],"exclude":false}`, badReference, []string{`"no1"`}},
		{`[]`, badContent, []string{"JSON object"}},
		{`null`, badContent, []string{"JSON object"}},
		{`{"ids":[`, badContent, []string{"too early"}},
	} {
		refused(t, tt.body, edit(s, firstPath, tt.body), 400, tt.code, tt.texts...)
	}
	if after := string(s.Get(roles + "/" + firstRole).Body); after != before {
		t.Errorf("refused edits changed the role:\n%s", after)
	}
	for _, path := range []string{sessions + "/" + autoSession + "/potential-roles/" + unknownUUID, sessions + "/" + manualSession + "/potential-roles/" + firstRole} {
		refused(t, path, edit(s, path, `{"ids":[],"exclude":true}`), 404, notFound)
	}
}

// TestEditDocumentedExample: the ids of the documents' example belong to a role
// of the default organisation.
func TestEditDocumentedExample(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	taken := 0
	for _, summary := range items(t, s.Get(sessions+"/"+autoSession+"/potential-role-summaries")) {
		path := sessions + "/" + autoSession + "/potential-roles/" + summary["id"].(string)
		if got := edit(s, path, `{"ids":["entId1","entId2"],"exclude":true}`); got.Status == 201 {
			taken++
			for _, id := range []any{"entId1", "entId2"} {
				if !slices.Contains(got.Value("excludedEntitlements").([]any), id) {
					t.Errorf("%v is not excluded: %v", id, got.Value("excludedEntitlements"))
				}
			}
		}
	}
	if taken == 0 {
		t.Error("no role has the entitlements of the documents' example")
	}
}
