package control_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/app/apptest"
)

// expect sends a request to the control plane and compares the answer.
func expect(t *testing.T, s *apptest.Server, method, path, body string, status int, want string) {
	t.Helper()
	var sent any
	if body != "" {
		sent = body
	}
	got := mock(s, method, path, sent)
	if got.Status != status {
		t.Errorf("%s %s %s: status %d, want %d", method, path, body, got.Status, status)
	}
	if diff := cmp.Diff(want, string(got.Body)); diff != "" {
		t.Errorf("%s %s %s (-want +got):\n%s", method, path, body, diff)
	}
}

func TestFaultRules(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	const path = "/_mock/faults"
	expect(t, s, "GET", path, "", 200, `[]`)
	const twice = `{"id":"fault-1","operation":"getRoleMiningSessionsV1","times":2,"status":429,"retryAfter":0,`
	expect(t, s, "PUT", path, `[{"operation":"getRoleMiningSessionsV1","status":429,"retryAfter":0,"times":2}]`, 200, `[`+twice+`"seen":0,"hits":0,"spent":false}]`)
	for i, want := range []int{429, 429, 200, 200} {
		if got := s.Do(http.MethodGet, "/v2026/role-mining-sessions", nil); got.Status != want {
			t.Errorf("call %d: %d, want %d", i, got.Status, want)
		}
	}
	spent := twice + `"seen":2,"hits":2,"spent":true}`
	expect(t, s, "GET", path, "", 200, `[`+spent+`]`)
	const late = `{"id":"late","operation":"*","client":"ci","path":{"sessionId":"a"},"header":{"X-Test":"1"},"delay":"250ms","seen":0,"hits":0,"spent":false}`
	const slow = `{"id":"fault-3","operation":"exportRoleMiningPotentialRole","probability":0.5,"delay":{"distribution":"exponential","max":"1s","mean":"100ms"},` +
		`"body":"truncate","slow":{"bytesPerSecond":1000},"seen":0,"hits":0,"spent":false}`
	expect(t, s, "POST", path, `[{"id":"late","operation":"*","client":"ci","path":{"sessionId":"a"},"header":{"x-test":"1"},"delay":"250ms"},
		{"operation":"exportRoleMiningPotentialRole","probability":0.5,"delay":{"distribution":"exponential","mean":"100ms","max":"1s"},"body":"truncate","slow":{"bytesPerSecond":1000}}]`,
		201, `[`+late+`,`+slow+`]`)
	const cut = `{"id":"cut","operation":"getToken","connection":"reset","performed":true,"seen":0,"hits":0,"spent":false}`
	expect(t, s, "POST", path, `{"id":"cut","operation":"getToken","connection":"reset","performed":true}`, 201, `[`+cut+`]`)
	expect(t, s, "GET", path+"?unused=true", "", 200, `[`+late+`,`+slow+`,`+cut+`]`)
	expect(t, s, "GET", path+"?unused=false", "", 200, `[`+spent+`,`+late+`,`+slow+`,`+cut+`]`)
	expect(t, s, "GET", path+"/late", "", 200, late)
	expect(t, s, "DELETE", path+"/late", "", 204, "")
	expect(t, s, "DELETE", path+"/late", "", 404, `{"error":"there is no rule \"late\"","allowed":["fault-1","fault-3","cut"]}`)
	expect(t, s, "GET", path+"/late", "", 404, `{"error":"there is no rule \"late\"","allowed":["fault-1","fault-3","cut"]}`)
	// What is shown can be put back.
	shown := mock(s, http.MethodGet, path, nil)
	expect(t, s, "PUT", path, string(shown.Body), 200, strings.Replace(string(shown.Body), `"seen":2,"hits":2,"spent":true`, `"seen":0,"hits":0,"spent":false`, 1))
	expect(t, s, "DELETE", path, "", 204, "")
	expect(t, s, "DELETE", path, "", 204, "")
	expect(t, s, "GET", path, "", 200, `[]`)
}

// What is wrong with rules is said at once, with the likeliest names first, and
// nothing is changed.
func TestFaultRulesRefused(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	const path = "/_mock/faults"
	mock(s, http.MethodPut, path, `{"id":"kept","operation":"*","version":"v1","status":503}`)
	for _, method := range []string{"PUT", "POST"} {
		expect(t, s, method, path, `[{"operation":"getRoleMiningSessions","status":413},{"operation":"getToken","version":"v1","status":503},{"operation":"getRoleMiningSession","path":{"id":"x"},"status":"503"}]`,
			400, `{"error":"413 is no failure of getRoleMiningSessions","pointer":"/0/status","allowed":["400","401","403","404","429","500","502","503","504"],`+
				`"also":[{"error":"getToken belongs to no version; leave it out","pointer":"/1/version"},{"error":"must be a whole number","pointer":"/2/status"}]}`)
		expect(t, s, method, path, "", 400, `{"error":"a JSON body is needed: an array of rules, or one rule"}`)
		expect(t, s, method, path, `{`, 400, `{"error":"the document is not valid JSON: unexpected end of JSON input, at byte 1"}`)
	}
	got := mock(s, http.MethodPut, path, `[{"operation":"getRoleMiningSesion","status":503}]`)
	var refused struct {
		Error, Pointer string
		Allowed        []string
	}
	if err := json.Unmarshal(got.Body, &refused); err != nil {
		t.Fatal(err)
	}
	if got.Status != 400 || refused.Pointer != "/0/operation" || refused.Error != `there is no operation "getRoleMiningSesion", did you mean "getRoleMiningSession"?` || len(refused.Allowed) != 29 {
		t.Errorf("%d %s", got.Status, got.Body)
	}
	if diff := cmp.Diff([]string{"getRoleMiningSession", "getRoleMiningSessions"}, refused.Allowed[:2]); diff != "" {
		t.Errorf("the likeliest names (-want +got):\n%s", diff)
	}
	expect(t, s, "GET", path+"?unused=1", "", 400, `{"error":"query parameter \"unused\" must be true or false, not \"1\"","allowed":["true","false"]}`)
	expect(t, s, "GET", path, "", 200, `[{"id":"kept","operation":"*","version":"v1","status":503,"seen":0,"hits":0,"spent":false}]`)
}
