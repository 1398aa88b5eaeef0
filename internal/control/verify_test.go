package control_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/app/apptest"
)

func TestVerify(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	script(t, s)
	for body, want := range map[string]struct {
		status  int
		matches []any
	}{
		`{"operation":"createRoleMiningSessions","times":2}`:                                                 {200, []any{3.0, 4.0}},
		`{"operation":"createRoleMiningSessions","times":3}`:                                                 {409, []any{3.0, 4.0}},
		`{"operation":"createRoleMiningSessions","status":201,"atLeast":1}`:                                  {200, []any{3.0}},
		`{"operation":"createRoleMiningSessions","status":"4xx","atMost":1}`:                                 {200, []any{4.0}},
		`{"operation":"createRoleMiningSessions","status":"409","never":true}`:                               {200, []any{}},
		`{"operation":"createRoleMiningSessions","never":true}`:                                              {409, []any{3.0, 4.0}},
		`{"operation":"getRoleMiningSessionV1","times":2}`:                                                   {200, []any{5.0, 6.0}},
		`{"operation":"getRoleMiningSession","version":"v1","times":1}`:                                      {200, []any{5.0}},
		`{"operation":"getRoleMiningSession","path":{"sessionId":"` + autoID + `"},"times":1}`:               {200, []any{5.0}},
		`{"operation":"getRoleMiningSession","path":{"sessionId":"none"},"times":1}`:                         {200, []any{6.0}},
		`{"path":{"sessionId":"` + autoID + `"},"times":3}`:                                                  {200, []any{5.0, 9.0, 10.0}},
		`{"query":{"limit":10},"times":1}`:                                                                   {200, []any{2.0}},
		`{"query":{"limit":"10","filters":"saved eq true","offset":null},"times":1}`:                         {200, []any{2.0}},
		`{"query":{"limit":["10","20"]},"times":1}`:                                                          {409, []any{}},
		`{"body":{"scope":{"criteria":"attributes.location:Miami"}},"times":1}`:                              {200, []any{3.0}},
		`{"operation":"getToken","body":{"grant_type":"client_credentials"},"times":1}`:                      {200, []any{1.0}},
		`{"client":"nobody","never":true}`:                                                                   {200, []any{}},
		`{"refused":true,"times":4}`:                                                                         {200, []any{4.0, 6.0, 7.0, 8.0}},
		`{"method":"post","since":3,"times":1}`:                                                              {200, []any{4.0}},
		`{"status":[201,"4xx"],"operation":"createRoleMiningSessions","times":2}`:                            {200, []any{3.0, 4.0}},
		`{"status":[404,409],"operation":"createRoleMiningSessions","never":true}`:                           {200, []any{}},
		`{"operation":"getRoleMiningSession","method":"head","never":true}`:                                  {200, []any{}},
		`{"method":"DELETE","never":true}`:                                                                   {200, []any{}},
		`{"query":{"limt":1},"never":true}`:                                                                  {200, []any{}},
		`{"fault":"*","never":true}`:                                                                         {200, []any{}},
		`{"times":10}`:                                                                                       {200, []any{1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0}},
		`{"sequence":[{"operation":"getToken"},{"status":201},{"status":404}]}`:                              {200, []any{1.0, 3.0, 6.0}},
		`{"sequence":[{"operation":"getRoleMiningSession"},{"operation":"createRoleMiningSessions"}]}`:       {409, []any{5.0}},
		`{"since":5,"sequence":[{"operation":"getRoleMiningSession"},{"operation":"getRoleMiningSession"}]}`: {409, []any{6.0}},
	} {
		for range 2 { // it changes nothing
			got := mock(s, http.MethodPost, "/_mock/verify", body)
			if got.Status != want.status {
				t.Errorf("%s: %d %.500s", body, got.Status, got.Body)
				break
			}
			if diff := cmp.Diff(want.matches, got.Value("matches")); diff != "" || got.Value("matched") != float64(len(want.matches)) {
				t.Errorf("%s: %v matched; matches (-want +got):\n%s", body, got.Value("matched"), diff)
			}
		}
	}
}

// Of a wrong name the nearest right ones come first, each operation in its nearest
// spelling.
func TestWrongNamesGetTheNearest(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	for _, tc := range []struct{ method, path, body, want string }{
		{"POST", "/_mock/verify", `{"operation":"getrolemininsession","times":1}`, "getRoleMiningSession"},
		{"POST", "/_mock/verify", `{"operation":"GETTOKEN","times":1}`, "getToken"},
		{"POST", "/_mock/verify", `{"operation":"patchpotentialrolev1","times":1}`, "patchPotentialRoleV1"},
		{"POST", "/_mock/verify", `{"version":"V2026","times":1}`, "v2026"},
		{"GET", "/_mock/journal?operation=gettoken", ``, "getToken"},
		{"GET", "/_mock/journal/har?method=FETCH", ``, "PATCH"},
		{"POST", "/_mock/tokens", `{"kind":"Expired"}`, "expired"},
		{"POST", "/_mock/tokens", `{"kind":"nouser"}`, "noUser"},
	} {
		var r refusal
		got := mock(s, tc.method, tc.path, tc.body)
		if got.Into(&r); got.Status != 400 || len(r.Allowed) == 0 || r.Allowed[0] != tc.want {
			t.Errorf("%s %s: %d %s; want %s first", tc.path, tc.body, got.Status, got.Body, tc.want)
		}
	}
	for path, text := range map[string]string{
		"/_mock/journal?operation=getToken&version=v1":               "belongs to no version",
		"/_mock/journal?operation=getRoleMiningSession&method=PATCH": "no PATCH is getRoleMiningSession",
		"/_mock/journal/har?operation=authorize&method=HEAD":         "no HEAD is authorize",
	} {
		refused(t, path, mock(s, http.MethodGet, path, nil), http.StatusBadRequest, "", text)
	}
}

// When it is not as expected, the answer says what came near and why it is not it.
func TestVerifyTellsWhatCameNear(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	script(t, s)
	got := mock(s, http.MethodPost, "/_mock/verify", `{"operation":"createRoleMiningSessions","status":201,"body":{"name":"b"},"times":1}`)
	if got.Status != 409 || got.Text("error") != "createRoleMiningSessions: expected exactly 1 request, found 0" || got.Text("expected") != "exactly 1 request of createRoleMiningSessions" {
		t.Fatalf("%d %s", got.Status, got.Body)
	}
	if diff := cmp.Diff([]any{`/name of its body is "a", not "b"`}, got.Value("near", 0, "why")); diff != "" || got.Value("near", 0, "entry", "number") != 3.0 {
		t.Errorf("the nearest is entry %v (-want +got):\n%s", got.Value("near", 0, "entry", "number"), diff)
	}
	got = mock(s, http.MethodPost, "/_mock/verify", `{"sequence":[{"operation":"getRoleMiningSession"},{"operation":"getToken"}]}`)
	if text := got.Text("error"); !strings.HasPrefix(text, "step 2 of the sequence was not found after entry 5") {
		t.Errorf("%s", text)
	}
	if why := got.Text("near", 0, "why", 0); !strings.HasPrefix(why, "it came too early") {
		t.Errorf("near: %s", got.Body)
	}
}

func TestVerifyRefuses(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	for body, want := range map[string]struct {
		pointer, text, allowed string
	}{
		`{"operation":"getSession","times":1}`: {"/operation", `no operation "getSession"`, "getRoleMiningSession"},
		`{"operation":"","times":1}`:           {"/operation", "must not be empty", ""},
		`{"operations":"x","times":1}`:         {"/operations", "no property", "operation"},
		`{"operation":"getToken"}`:             {"", "does not say how often", "atLeast"},
		`{"times":1,"atMost":2}`:               {"/atMost", "times and atMost", "never"},
		`{"times":-1}`:                         {"/times", "from 0 to", ""},
		`{"atLeast":1.5}`:                      {"/atLeast", "whole number", ""},
		`{"never":false}`:                      {"/never", "must be true", ""},
		`{"version":"v3","times":1}`:           {"/version", `no version "v3"`, "latest"},
		`{"status":"2x","times":1}`:            {"/status", "100 to 599", ""},
		`{"status":{},"times":1}`:              {"/status", "100 to 599", ""},
		`{"status":[],"times":1}`:              {"/status", "at least one", ""},
		`{"status":[200,"9xx"],"times":1}`:     {"/status/1", "100 to 599", ""},
		`{"status":[[200]],"times":1}`:         {"/status/0", "100 to 599", ""},
		`{"method":"GTE","times":1}`:           {"/method", `no method "GTE"`, "GET"},
		`{"operation":"getRoleMiningSession","method":"post","times":1}`:               {"/method", "no POST is getRoleMiningSession", "HEAD"},
		`{"operation":"getToken","version":"v2026","times":1}`:                         {"/version", "getToken belongs to no version; leave it out", ""},
		`{"sequence":[{},{"operation":"authorize","version":"v1"}]}`:                   {"/sequence/1/version", "belongs to no version", ""},
		`{"operation":"getRoleMiningSession","path":{"id":"1"},"times":1}`:             {"/path/id", `no parameter "id"`, "sessionId"},
		`{"operation":"getRoleMiningSession","path":{"potentialRoleId":""},"times":1}`: {"/path/potentialRoleId", "in the path", "sessionId"},
		`{"path":{"id":"1"},"times":1}`:                                                {"/path/id", "in the path", "exportId"},
		`{"query":{"limit":{}},"times":1}`:                                             {"/query/limit", "must be a text", ""},
		`{"query":{"limit":[]},"times":1}`:                                             {"/query/limit", "at least one value", ""},
		`{"query":{"a/b":[null]},"times":1}`:                                           {"/query/a~1b", "must be a text", ""},
		`{"body":null,"times":1}`:                                                      {"/body", "other than null", ""},
		`{"sequence":[]}`:                                                              {"/sequence", "from 1 to 100", ""},
		`{"sequence":[{}],"client":"me"}`:                                              {"", "put what must match into its steps", ""},
		`{"sequence":[{},{"operation":"x"}]}`:                                          {"/sequence/1/operation", `no operation "x"`, "getToken"},
		`{"sequence":[{"times":1}]}`:                                                   {"/sequence/0/times", "no property", "operation"},
		`{"since":-1,"times":1}`:                                                       {"/since", "whole number", ""},
		``:                                                                             {"", "JSON body is needed", ""},
		`[]`:                                                                           {"", "must be an object", ""},
		`{"times":`:                                                                    {"", "not valid JSON", ""},
	} {
		r := refused(t, body, mock(s, http.MethodPost, "/_mock/verify", body), http.StatusBadRequest, want.pointer, want.text)
		if want.allowed != "" && !slices.Contains(r.Allowed, want.allowed) {
			t.Errorf("%s: allowed are %v", body, r.Allowed)
		}
	}
}
