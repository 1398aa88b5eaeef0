package handlers_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/app/apptest"
)

// TestCreateDefaults: all that a session is if nobody says otherwise.
func TestCreateDefaults(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	want := map[string]any{
		"scope":                           map[string]any{"identityIds": []any{}, "criteria": nil, "attributeFilterCriteria": nil},
		"minNumIdentitiesInPotentialRole": 20.0, "scopingMethod": "MANUAL", "prescribedPruneThreshold": nil, "pruneThreshold": nil,
		"potentialRoleCount": 0.0, "potentialRolesReadyCount": 0.0, "status": map[string]any{"state": "CREATED"}, "emailRecipientId": nil,
		"createdBy": map[string]any{"id": adminID, "displayName": "Quintin Mercer"}, "identityCount": 0.0, "saved": false, "name": nil,
		"dataFilePath": nil, "createdDate": "2026-03-01T09:00:00.000Z", "modifiedDate": "2026-03-01T09:00:00.000Z", "type": "SPECIALIZED",
	}
	for _, body := range []string{
		`{}`,
		` { "scope" : { } } `,
		`{"scope":null,"name":null,"saved":null,"type":null,"pruneThreshold":null,"minNumIdentitiesInPotentialRole":null,"emailRecipientId":null}`,
		`{"scope":{"identityIds":null,"criteria":null,"attributeFilterCriteria":null}}`,
		`{"scope":{"identityIds":[]}}`,
		// What the server works out, and what nobody knows, is passed over.
		`{"id":"x","createdDate":"x","modifiedDate":5,"createdBy":{},"status":{"state":"POTENTIAL_ROLES_CREATED"},"scopingMethod":"AUTO_RM",` +
			`"prescribedPruneThreshold":"x","potentialRoleCount":-5,"potentialRolesReadyCount":{},"identityCount":1e999,"dataFilePath":"/etc/passwd"}`,
		`{"unknown":[[{"x":null}]],"NAME":"x","Saved":true,"pruneThreshold ":5,"scope":{"also":"unknown"}}`,
	} {
		got := object(t, status(t, body, s.Do(http.MethodPost, sessions, body), 201))
		if id, ok := got["id"].(string); !ok || len(id) != 36 {
			t.Errorf("%s: id %v", body, got["id"])
		}
		delete(got, "id")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", body, diff)
		}
	}
}

func TestCreateRefusals(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	before := s.Get(sessions + "?count=true&limit=0").Header.Get("X-Total-Count")
	long := strings.Repeat("ä", 1025)
	tests := []struct {
		body, code string
		texts      []string
	}{
		{`{"name":1}`, illegalValue, []string{`"name"`, "string"}},
		{`{"name":{}}`, illegalValue, []string{`"name"`}},
		{`{"name":"` + long + `"}`, illegalValue, []string{"name", "1024"}},
		{`{"saved":"true"}`, illegalValue, []string{`"saved"`, "true or false"}},
		{`{"saved":1}`, illegalValue, []string{`"saved"`}},
		{`{"type":"specialized"}`, illegalValue, []string{"type", "SPECIALIZED", "COMMON"}},
		{`{"type":""}`, illegalValue, []string{"type", "SPECIALIZED"}},
		{`{"type":["COMMON"]}`, illegalValue, []string{`"type"`}},
		{`{"pruneThreshold":-1}`, illegalValue, []string{"pruneThreshold", "0", "100", "-1"}},
		{`{"pruneThreshold":101}`, illegalValue, []string{"pruneThreshold", "100", "101"}},
		{`{"pruneThreshold":50.5}`, illegalValue, []string{"pruneThreshold", "whole number"}},
		{`{"pruneThreshold":"50"}`, illegalValue, []string{"pruneThreshold", "whole number"}},
		{`{"pruneThreshold":true}`, illegalValue, []string{"pruneThreshold"}},
		{`{"pruneThreshold":99999999999999999999999}`, illegalValue, []string{"pruneThreshold"}},
		{`{"minNumIdentitiesInPotentialRole":0}`, illegalValue, []string{"minNumIdentitiesInPotentialRole", "1"}},
		{`{"minNumIdentitiesInPotentialRole":-20}`, illegalValue, []string{"minNumIdentitiesInPotentialRole"}},
		{`{"minNumIdentitiesInPotentialRole":2147483648}`, illegalValue, []string{"minNumIdentitiesInPotentialRole", "2147483647"}},
		{`{"minNumIdentitiesInPotentialRole":"20"}`, illegalValue, []string{"minNumIdentitiesInPotentialRole"}},
		{`{"emailRecipientId":5}`, illegalValue, []string{"emailRecipientId"}},
		{`{"emailRecipientId":"nobody"}`, badReference, []string{"emailRecipientId", `"nobody"`}},
		{`{"emailRecipientId":""}`, badReference, []string{"emailRecipientId"}},
		{`{"scope":[]}`, illegalValue, []string{`"scope"`, "object"}},
		{`{"scope":"*"}`, illegalValue, []string{`"scope"`}},
		{`{"scope":{"identityIds":"x"}}`, illegalValue, []string{`"scope.identityIds"`, "array of strings"}},
		{`{"scope":{"identityIds":[1]}}`, illegalValue, []string{`"scope.identityIds"`}},
		{`{"scope":{"identityIds":[null]}}`, illegalValue, []string{`"scope.identityIds"`}},
		{`{"scope":{"identityIds":["` + recipient + `","no1","no2"]}}`, badReference, []string{"scope.identityIds", `"no1", "no2"`}},
		{`{"scope":{"identityIds":["a","b","c","d","e","f"]}}`, badReference, []string{`"e", ...`}},
		{`{"scope":{"criteria":5}}`, illegalValue, []string{`"scope.criteria"`}},
		{`{"scope":{"criteria":"shoe:42"}}`, illegalValue, []string{"scope.criteria", "position 1", `"shoe"`, "attributes.location", "source.name"}},
		{`{"scope":{"criteria":"name:a AND shoe:42"}}`, illegalValue, []string{"position 12"}},
		{`{"scope":{"criteria":"name:(a"}}`, illegalValue, []string{"position 6"}},
		{`{"scope":{"criteria":"name:\"a"}}`, illegalValue, []string{"position 6"}},
		{`{"scope":{"criteria":"name:/a.*/"}}`, illegalValue, []string{"scope.criteria", "position"}},
		{`{"scope":{"criteria":"name:a~2"}}`, illegalValue, []string{"scope.criteria", "position"}},
		{`{"scope":{"criteria":"AND"}}`, illegalValue, []string{"scope.criteria", "position"}},
		{`{"scope":{"criteria":"@accounts(id:x)"}}`, illegalValue, []string{"scope.criteria", "position"}},
		{`{"scope":{"attributeFilterCriteria":"x"}}`, illegalValue, []string{`"scope.attributeFilterCriteria"`, "array of objects"}},
		{`{"scope":{"attributeFilterCriteria":["x"]}}`, illegalValue, []string{`"scope.attributeFilterCriteria"`}},
		{`{"scope":{"attributeFilterCriteria":[null]}}`, illegalValue, []string{`"scope.attributeFilterCriteria"`}},
		{`{"scope":{"attributeFilterCriteria":5}}`, illegalValue, []string{`"scope.attributeFilterCriteria"`}},
		{`{"scope":{"attributeFilterCriteria":{}}}`, illegalValue, []string{"scope.attributeFilterCriteria", "data"}},
		{`{"scope":{"attributeFilterCriteria":{"data":null}}}`, illegalValue, []string{"data"}},
		{`{"scope":{"attributeFilterCriteria":{"data":{"name":"location","operator":"EQUALS"}}}}`, illegalValue, []string{"values"}},
		{`{"scope":{"attributeFilterCriteria":{"data":{"name":"location","operator":"EQUALS","values":[]}}}}`, illegalValue, []string{"values"}},
		{`{"scope":{"attributeFilterCriteria":{"data":{"name":"location","operator":"EQUALS","values":[null]}}}}`, illegalValue, []string{"values"}},
		{`{"scope":{"attributeFilterCriteria":{"data":{"name":"location","operator":"EQUALS","values":"Miami"}}}}`, illegalValue, []string{"values"}},
		{`{"scope":{"attributeFilterCriteria":{"Data":{"name":"location","operator":"EQUALS","values":["Miami"]}}}}`, illegalValue, []string{"data"}},
		{`{"scope":{"attributeFilterCriteria":{"data":{"name":"location","OPERATOR":"EQUALS","values":["Miami"]}}}}`, illegalValue, []string{"operator"}},
		{`{"scope":{"attributeFilterCriteria":{"data":{"name":"location","operator":"NOT_EQUALS","values":["x"]}}}}`, illegalValue, []string{`"NOT_EQUALS"`, "EQUALS"}},
		{`{"scope":{"attributeFilterCriteria":{"data":{"name":"shoeSize","operator":"EQUALS","values":["42"]}}}}`, illegalValue, []string{`"shoeSize"`, "location"}},
		{``, missingData, []string{"body"}},
		{" \n\t", missingData, []string{"body"}},
		{`null`, badContent, []string{"JSON object"}},
		{`[]`, badContent, []string{"JSON object"}},
		{`[{}]`, badContent, []string{"JSON object"}},
		{`"x"`, badContent, []string{"JSON object"}},
		{`5`, badContent, []string{"JSON object"}},
		{`true`, badContent, []string{"JSON object"}},
		{`{`, badContent, []string{"not valid JSON", "too early"}},
		{`{"name":"a"`, badContent, []string{"too early"}},
		{`{"name":"a",}`, badContent, []string{"not valid JSON", "byte 13"}},
		{`{"name":'a'}`, badContent, []string{"not valid JSON", "byte 9"}},
		{`{name:1}`, badContent, []string{"not valid JSON"}},
		{`{"a":01}`, badContent, []string{"not valid JSON"}},
		{`{"a":NaN}`, badContent, []string{"not valid JSON"}},
		{"{\"name\":\"a\nb\"}", badContent, []string{"not valid JSON"}},
		{`{} {}`, badContent, []string{"after its JSON value", "byte 2"}},
		{`{}]`, badContent, []string{"after its JSON value"}},
		{`{}null`, badContent, []string{"after its JSON value"}},
		{"{}\x00", badContent, []string{"after its JSON value"}},
		{"{\"name\":\"\xff\"}", badContent, []string{"UTF-8"}},
		{"{\"name\":\"\xed\xa0\x80\"}", badContent, []string{"UTF-8"}},
		{"\xef\xbb\xbf{}", badContent, []string{"not valid JSON"}},
		{nested(101), badContent, []string{"deeper than 100"}},
		{`{"x":` + nested(100) + `}`, badContent, []string{"deeper than 100"}},
		{strings.Repeat("[", 100_000), badContent, []string{"deeper than 100"}},
		{strings.Repeat(`{"a":`, 100_000), badContent, []string{"deeper than 100"}},
	}
	for _, tt := range tests {
		refused(t, fmt.Sprintf("%.90q", tt.body), s.Do(http.MethodPost, sessions, tt.body), 400, tt.code, tt.texts...)
	}
	if after := s.Get(sessions + "?count=true&limit=0").Header.Get("X-Total-Count"); after != before {
		t.Errorf("there were %s sessions, and %s after nothing but refusals", before, after)
	}
	status(t, "depth 100", s.Do(http.MethodPost, sessions, `{"x":`+nested(99)+`}`), 201)
	status(t, "longest name", s.Do(http.MethodPost, sessions, `{"name":"`+long[:2*1024]+`"}`), 201)
	status(t, "largest minimum", s.Do(http.MethodPost, sessions, `{"minNumIdentitiesInPotentialRole":2147483647}`), 201)
}

func nested(depth int) string { return strings.Repeat("[", depth) + strings.Repeat("]", depth) }

// TestCreateTooLarge: 10 MiB is taken, one byte more is not, whether its length
// is told or not.
func TestCreateTooLarge(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	padded := func(size int) []byte {
		return append([]byte(`{}`), bytes.Repeat([]byte(" "), size-2)...)
	}
	const most = 10 << 20
	status(t, "10 MiB", s.Do(http.MethodPost, sessions, padded(most)), 201)
	for _, path := range []string{sessions, firstPath + "/edit-entitlements", exportPath, firstPath + "/provision"} {
		refused(t, path, s.Do(http.MethodPost, path, padded(most+1)), 413, "413 Payload Too Large", "10 MiB")
	}
	refused(t, "patch", s.Do(http.MethodPatch, sessions+"/"+autoSession, padded(most+1)), 413, "413 Payload Too Large", "10 MiB")

	header := with(bearer(s.Token), "Content-Type", "application/json")
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+sessions, io.MultiReader(bytes.NewReader(padded(most)), strings.NewReader(" ")))
	if err != nil {
		t.Fatal(err)
	}
	request.Header = header // of unknown length, so it is sent in chunks
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if request.ContentLength != 0 || response.StatusCode != 413 {
		t.Errorf("in chunks: %d, want 413", response.StatusCode)
	}
	// Many small chunks make a body like any other.
	r, w := io.Pipe()
	go func() {
		for _, b := range []byte(`{"name":"drop by drop"}`) {
			_, _ = w.Write([]byte{b})
		}
		_ = w.Close()
	}()
	request, err = http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+sessions, r)
	if err != nil {
		t.Fatal(err)
	}
	request.Header = header
	small, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer small.Body.Close()
	if small.StatusCode != 201 {
		t.Errorf("drop by drop: %d, want 201", small.StatusCode)
	}
}

// TestCreateTexts: texts come back as they went in.
func TestCreateTexts(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	for sent, want := range map[string]string{
		`"Saved RM Session - 07/10"`: "Saved RM Session - 07/10", `""`: "", `" "`: " ", `"<b>&amp;</b>"`: "<b>&amp;</b>", `"日本語 \ud83d\ude00"`: "日本語 😀",
		`"a\u0000b"`: "a\x00b", `"\ud800"`: "\ufffd", `"\"\\\/\n"`: "\"\\/\n", `"'; DROP TABLE sessions; --"`: "'; DROP TABLE sessions; --",
	} {
		created := status(t, sent, s.Do(http.MethodPost, sessions, `{"name":`+sent+`}`), 201)
		if got := s.Get(sessions + "/" + created.Text("id")).Value("name"); got != want {
			t.Errorf("%s: name %q, want %q", sent, got, want)
		}
	}
	created := s.Do(http.MethodPost, sessions, `{"name":"first","name":"last"}`)
	if created.Text("name") != "last" {
		t.Errorf("a field given twice is %v, want the last", created.Value("name"))
	}
}

// resolved creates a session for each scope, takes their first step and returns
// them as they then are, with their identities counted but nothing mined.
func resolved(t *testing.T, s *apptest.Server, scopes ...string) []apptest.Answer {
	t.Helper()
	answers := make([]apptest.Answer, len(scopes))
	for i, scope := range scopes {
		answers[i] = status(t, scope, s.Do(http.MethodPost, sessions, `{"scope":`+scope+`}`), 201)
	}
	s.Step()
	for i, created := range answers {
		answers[i] = s.Get(sessions + "/" + created.Text("id"))
	}
	return answers
}

// counts are the identities of each session.
func counts(all []apptest.Answer) []int {
	numbers := make([]int, len(all))
	for i, session := range all {
		numbers[i] = int(session.Value("identityCount").(float64))
	}
	return numbers
}

// TestAttributeFilters: an array and a single object are the same; the objects
// are echoed as they came, and narrow the scope together.
func TestAttributeFilters(t *testing.T) {
	t.Parallel()
	filters := func(list string) string { return `{"attributeFilterCriteria":` + list + `}` }
	filter := func(name string, values string) string {
		return `{"data":{"name":"` + name + `","operator":"EQUALS","values":` + values + `},"extra":{"z":1,"a":[1.50,"x"]}}`
	}
	s := start(t, nil)
	got := resolved(t, s, `{}`, filters(miamiFilter), filters("["+miamiFilter+"]"), filters(filter("location", `["mIAMI"]`)),
		filters(filter("location", `["Miami","NYC"]`)), filters("["+miamiFilter+","+filter("department", `["Claims"]`)+"]"),
		filters(filter("location", `["Atlantis"]`)), filters(`[]`))
	n := counts(got)
	whole, miami, inArray, otherCase, two, both, nobody, none := n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7]
	if miami == 0 || miami >= whole || inArray != miami || otherCase != miami {
		t.Errorf("everyone %d; Miami %d as an object, %d in an array, %d in another case", whole, miami, inArray, otherCase)
	}
	if two <= miami || both == 0 || both >= miami {
		t.Errorf("Miami %d, one of two places %d, Miami and a department %d", miami, two, both)
	}
	if nobody != 0 || none != whole {
		t.Errorf("Atlantis %d, no filters %d of %d", nobody, none, whole)
	}
	echoed := func(i int) any { return got[i].Value("scope", "attributeFilterCriteria") }
	if list, ok := echoed(1).([]any); !ok || len(list) != 1 || !cmp.Equal(echoed(1), echoed(2)) {
		t.Errorf("an object is echoed as %v, an array as %v", echoed(1), echoed(2))
	}
	if echoed(0) != nil || !cmp.Equal(echoed(7), []any{}) {
		t.Errorf("no filters are echoed as %v, none of them as %v", echoed(0), echoed(7))
	}
	if !strings.Contains(string(got[3].Body), filter("location", `["mIAMI"]`)) {
		t.Errorf("not echoed as it came: %s", got[3].Body)
	}
}

// TestScopeUnion: ids and criteria are united, filters narrow what they give.
func TestScopeUnion(t *testing.T) {
	t.Parallel()
	ids := `"identityIds":["` + recipient + `","` + otherIdentity + `"]`
	data := `"criteria":"source.name:DataScienceDataset"`
	filter := `"attributeFilterCriteria":` + miamiFilter
	s := start(t, nil)
	n := counts(resolved(t, s, `{`+ids+`}`, `{"identityIds":["`+recipient+`","`+recipient+`"]}`, `{`+data+`}`, `{`+data+`,`+ids+`}`,
		`{`+data+`,`+filter+`}`, `{`+data+`,`+ids+`,`+filter+`}`, `{"criteria":"name:nobodyiscalledthis"}`,
		`{"criteria":"name:nobodyiscalledthis",`+ids+`}`, `{"criteria":""}`, `{"criteria":"  "}`, `{"criteria":"*"}`, `{}`))
	if n[0] != 2 || n[1] != 1 || n[7] != 2 {
		t.Errorf("two ids %d, one twice %d, with criteria that nobody meets %d", n[0], n[1], n[7])
	}
	if n[3] < n[2] || n[3] > n[2]+2 || n[4] == 0 || n[4] >= n[2] || n[5] > n[3] || n[5] < n[4] {
		t.Errorf("criteria %d, with ids %d, in Miami %d, with ids in Miami %d", n[2], n[3], n[4], n[5])
	}
	if n[6] != 0 { // nobody at all is a scope too
		t.Errorf("nobody: %d", n[6])
	}
	if n[8] != n[11] || n[9] != n[11] || n[10] < n[11] || n[11] < 1000 {
		t.Errorf("no scope %d, empty criteria %d and %d, all %d", n[11], n[8], n[9], n[10])
	}
}
