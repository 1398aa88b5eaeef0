package handlers_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"mockserver/internal/app/apptest"
	"mockserver/internal/config"
	"mockserver/internal/openapi"
)

func strictly(c *config.Config) { c.StrictRequests = true }

// undocumented is in the text of every strict refusal.
const undocumented = "names that are not documented"

// TestStrictRequests: with strict checks each operation, in each version, takes
// all that is documented for it and refuses all else by its name.
func TestStrictRequests(t *testing.T) {
	t.Parallel()
	s := start(t, strictly)
	for _, prefix := range []string{"beta", "v2024", "v2025", "v2026", "latest", "v1"} {
		session, role := newRole(s)
		export := s.Do(http.MethodPost, sessions+"/"+session+"/potential-roles/"+role+"/export-async", nil).Text("exportId")
		s.Settle()
		fill := strings.NewReplacer("{sessionId}", session, "{potentialRoleId}", role, "{exportId}", export, "{sourceId}", dataSource)
		ops := operationsUnder(prefix)
		for _, op := range ops {
			send := func(query url.Values, body any) apptest.Answer {
				header := bearer(s.Token)
				if op.RequestType != "" {
					header.Set("Content-Type", op.RequestType)
				}
				return s.Send(op.Method, fill.Replace(op.Path)+"?"+query.Encode(), body, header)
			}
			what := prefix + " " + op.ID
			takesWhatIsDocumented(t, what, op, send)
			refusesUnknownParameters(t, what, op, send)
			switch {
			case op.Request.Members != nil:
				refusesUnknownMembers(t, what, op, send)
			case op.RequestType != "":
				refusesUnknownProperties(t, what, op, send)
			}
		}
		if len(ops) != 25 {
			t.Errorf("%s: %d operations, want 25", prefix, len(ops))
		}
	}
}

type sender func(query url.Values, body any) apptest.Answer

// documentedBody is a body with all that an operation has.
func documentedBody(op openapi.Operation) any {
	if op.Request.Members != nil {
		return []any{map[string]any{"op": "replace", "path": "/name", "value": "x"}}
	}
	body := map[string]any{}
	for _, pointer := range slices.Concat(op.Request.Properties, op.Request.Ignored) { // parents come first
		var value any
		switch {
		case slices.Contains(op.Request.Open, pointer):
			value = []any{map[string]any{"any": map[string]any{"name": "at all"}}}
		case slices.ContainsFunc(op.Request.Properties, func(p string) bool { return strings.HasPrefix(p, pointer+"/") }):
			value = map[string]any{}
		}
		put(body, pointer, value)
	}
	return body
}

// put puts a value at a JSON Pointer, whose parents are there.
func put(body map[string]any, pointer string, value any) {
	names := strings.Split(pointer[1:], "/")
	for _, name := range names[:len(names)-1] {
		body = body[name].(map[string]any)
	}
	body[names[len(names)-1]] = value
}

func takesWhatIsDocumented(t *testing.T, what string, op openapi.Operation, send sender) {
	t.Helper()
	query := url.Values{}
	for _, name := range op.Request.Parameters {
		query.Set(name, "1")
	}
	var body any
	if op.RequestType != "" {
		body = documentedBody(op)
	}
	if got := send(query, body); strings.Contains(string(got.Body), undocumented) {
		t.Errorf("%s refuses what is documented: %s", what, got.Body)
	}
}

func refusesUnknownParameters(t *testing.T, what string, op openapi.Operation, send sender) {
	t.Helper()
	query := url.Values{"zz": {"1", "2"}, "Limit": {"1"}, "": {"x"}}
	has := "(the operation has " + strings.Join(op.Request.Parameters, ", ") + ")"
	if len(op.Request.Parameters) == 0 {
		has = "(the operation has no query parameters)"
	}
	refused(t, what, send(query, nil), 400, badContent, undocumented, `query parameters "", "Limit", "zz" `+has)
}

// refusesUnknownProperties adds an unknown property to each object of the body.
func refusesUnknownProperties(t *testing.T, what string, op openapi.Operation, send sender) {
	t.Helper()
	body := documentedBody(op).(map[string]any)
	want := []string{"/Name", "/a~1b~0c"}
	for _, pointer := range op.Request.Properties {
		if i := strings.LastIndex(pointer, "/"); i > 0 && !slices.Contains(want, pointer[:i]+"/zz") {
			want = append(want, pointer[:i]+"/zz")
			put(body, pointer[:i]+"/zz", nil)
		}
	}
	body["Name"], body["a/b~c"] = 1, map[string]any{"x": 1}
	if op.Method == http.MethodPost && strings.HasSuffix(op.Path, "/role-mining-sessions") && len(want) != 3 {
		t.Errorf("%s: the scope was not looked into: %v", what, want)
	}
	slices.Sort(want)
	for i := range want {
		want[i] = fmt.Sprintf("%q", want[i])
	}
	refused(t, what, send(nil, body), 400, badContent, undocumented,
		"properties "+strings.Join(want, ", ")+" (the operation has "+strings.Join(op.Request.Properties, ", ")+")")
}

func refusesUnknownMembers(t *testing.T, what string, op openapi.Operation, send sender) {
	t.Helper()
	body := `[{"op":"replace","path":"/name","value":"x"},{"op":"replace","path":"/name","value":"y","values":["z"],"Path":"/saved"}]`
	text := refused(t, what, send(url.Values{"zz": {""}}, body), 400, badContent, undocumented,
		`query parameters "zz" (the operation has no query parameters); properties "/1/Path", "/1/values" (the operation has op, path, value).`)
	if strings.Contains(text, "/0/") {
		t.Errorf("%s: %s names what is right", what, text)
	}
}

// The checks come after those of the caller, and leave what they cannot read to
// those of the body.
func TestStrictRequestsLeaveOtherRefusals(t *testing.T) {
	t.Parallel()
	s := start(t, strictly)
	if got := s.Send(http.MethodGet, sessions+"?zz=1", nil, nil); got.Status != 401 {
		t.Errorf("without a token: %d %s", got.Status, got.Body)
	}
	if got := s.Send(http.MethodGet, sessions+"?zz=%", nil, bearer(s.Token)); !strings.Contains(string(got.Body), "well-formed") {
		t.Errorf("a broken query: %d %s", got.Status, got.Body)
	}
	for body, want := range map[string]string{
		`{"name"`: "ends too early", `[]`: "must be a JSON object", `{"name":{"zz":1}}`: undocumented, `{"name":1}`: `"name\" must be a string`, `{"scope":[{"zz":1}]}`: "must be an object",
		``: "needs a JSON body", `{"name":"` + strings.Repeat("x", 10<<20) + `"}`: "larger than 10 MiB",
	} {
		if got := s.Do(http.MethodPost, sessions, body); got.Status < 400 || !strings.Contains(string(got.Body), want) {
			t.Errorf("%.40s: %d %s does not say %q", body, got.Status, got.Body, want)
		}
	}
	if got := s.Do(http.MethodPost, sessions, `{"scope":{"criteria":"attributes.location:Miami"},"identityCount":7}`); got.Status != 201 {
		t.Errorf("an echoed property: %d %s", got.Status, got.Body)
	}
	if got := s.Send(http.MethodHead, sessions+"?zz=1", nil, bearer(s.Token)); got.Status != 400 {
		t.Errorf("HEAD: %d", got.Status)
	}
	if got := s.Send(http.MethodPost, "/oauth/token?zz=1", "grant_type=client_credentials&client_id=a&client_secret=b",
		http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}); got.Status != 200 {
		t.Errorf("the token endpoint: %d %s", got.Status, got.Body)
	}
}

// One message names all that is unknown, as far as it fits.
func TestStrictRefusalsAreBounded(t *testing.T) {
	t.Parallel()
	s := start(t, strictly)
	body := map[string]any{strings.Repeat("ä", 500): 1}
	for i := range 1000 {
		body[fmt.Sprintf("x%03d", i)] = i
	}
	text := refused(t, "many", s.Do(http.MethodPost, sessions, body), 400, badContent, `"/x000", "/x001"`, "and 981 more", "(the operation has /emailRecipientId")
	if len(text) > 1000 {
		t.Errorf("%d bytes", len(text))
	}
	text = refused(t, "long", s.Do(http.MethodPost, sessions, map[string]any{strings.Repeat("ä", 500): 1}), 400, badContent, "ä...\"")
	if len(text) > 600 {
		t.Errorf("%d bytes", len(text))
	}
}

// Without strict checks nothing of this is refused, as in the real service.
func TestUnknownNamesAreIgnored(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	if got := s.Do(http.MethodPost, sessions+"?zz=1", `{"zz":1,"scope":{"criteria":"attributes.location:Miami","zz":{}}}`); got.Status != 201 {
		t.Errorf("%d %s", got.Status, got.Body)
	}
}

// FuzzStrictRequests: whatever is sent, the answer is one of the contract, and
// no fault; and what is refused strictly is not JSON that has only known names.
func FuzzStrictRequests(f *testing.F) {
	s := unserved(f, strictly)
	for target := range len(targets()) {
		f.Add(byte(target), "zz=1&limit=2", []byte(`{"name":"a","zz":{"a/b":1}}`))
		f.Add(byte(target), "%", []byte(`[{"op":"replace","path":"/name","value":"x","zz":1},1,null]`))
		f.Add(byte(target), "", []byte(`{"scope":{"zz":1,"attributeFilterCriteria":[{"zz":1}]}}`))
		f.Add(byte(target), "a=1&a=2;b", []byte("{\"\xff\":1,\"\\ud800\":2}"))
	}
	f.Fuzz(func(t *testing.T, target byte, query string, body []byte) {
		to := targets()[int(target)%len(targets())]
		r := httptest.NewRequest(to[0], to[1], bytes.NewReader(body))
		r.URL.RawQuery = query
		r.Header.Set("Content-Type", map[string]string{http.MethodPost: "application/json", http.MethodPatch: "application/json-patch+json"}[to[0]])
		w := inProcess(t, s, r)
		if strings.Contains(w.Body.String(), undocumented) && query == "" && !json.Valid(body) {
			t.Errorf("%q is no JSON and yet has names: %s", body, w.Body)
		}
	})
}
