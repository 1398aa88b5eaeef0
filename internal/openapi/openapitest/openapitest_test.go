package openapitest

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"mockserver/internal/openapi"
)

const (
	requestID  = "5f0c3b7e9a1d48c2b6e4f7081a2b3c4d"
	session    = "/v2026/role-mining-sessions/4b0f9d1e-6a53-4c1d-9d0e-2f6f0b1c7a11"
	role       = session + "/potential-role-summaries/7c3e52a8-1b64-4f0a-8d2b-93f1a0c4e6d5"
	identities = session + "/potential-roles/7c3e52a8-1b64-4f0a-8d2b-93f1a0c4e6d5/identities"
)

// goodHeader is what every answer carries, for a JSON body.
func goodHeader() http.Header {
	h := http.Header{}
	h.Set("Content-Type", "application/json;charset=UTF-8")
	h.Set("SLPT-Request-ID", requestID)
	h.Set("Cache-Control", "no-cache, no-store, must-revalidate")
	h.Set("Vary", "Origin")
	h.Set("X-Robots-Tag", "noindex")
	return h
}

// problems are what the check finds in an answer.
func problems(t *testing.T, method, target string, status int, header http.Header, body string) []string {
	t.Helper()
	u, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	all, err := contracts()
	if err != nil {
		t.Fatal(err)
	}
	return all.check(answer{method: method, url: u, status: status, header: header, body: []byte(body)})
}

// sample makes a body that fits a schema and has every property.
func sample(s *openapi3.Schema) any {
	switch {
	case len(s.AllOf) > 0:
		return sample(s.AllOf[0].Value)
	case len(s.AnyOf) > 0:
		return sample(s.AnyOf[0].Value)
	case len(s.Enum) > 0:
		return s.Enum[0]
	case s.Format == "uuid":
		return "d1a6c0de-52f7-4a8e-b3c9-0f4e8b7a6c21"
	case s.Format == "date-time":
		return "2026-03-02T08:15:30.000Z"
	case s.Type.Is("string"):
		return "text"
	case s.Type.Is("boolean"):
		return true
	case s.Type.Is("integer"):
		return 7
	case s.Type.Is("number"):
		return 65.5
	case s.Type.Is("array"):
		return []any{sample(s.Items.Value)}
	}
	object := map[string]any{}
	for name, property := range s.Properties {
		object[name] = sample(property.Value)
	}
	if extra := s.AdditionalProperties.Schema; extra != nil {
		object["any"] = sample(extra.Value)
	} else if len(s.Properties) == 0 { // free: whatever stands in it is good
		object["free"] = map[string]any{"nested": []any{nil, 7}}
	}
	return object
}

func asJSON(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// good is a good body for a schema of the default version.
func good(t *testing.T, schema string) string {
	t.Helper()
	doc, err := defaultDocument()
	if err != nil {
		t.Fatal(err)
	}
	return asJSON(t, sample(doc.Components.Schemas[schema].Value))
}

// defaultDocument parses the document of the default version, once.
var defaultDocument = sync.OnceValues(func() (*openapi3.T, error) {
	text, _ := openapi.Document(openapi.Default)
	return openapi3.NewLoader().LoadFromData(text)
})

func errorBody(code, text string) string {
	return fmt.Sprintf(`{"detailCode":%q,"trackingId":%q,"messages":[{"locale":"en-US","localeOrigin":"DEFAULT","text":%q},{"locale":"und","localeOrigin":"REQUEST","text":%q}],"causes":[]}`,
		code, requestID, text, text)
}

func zipBody(t *testing.T) string {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	if _, err := w.Create("identities.csv"); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// Every operation of every version has an answer that passes, at every
// documented status.
func TestGoodAnswers(t *testing.T) {
	t.Parallel()
	errors := map[int]string{
		400: errorBody("400.1 Bad request content", "no"), 401: `{"error":"JWT is required"}`,
		403: errorBody("403 Forbidden", "no"), 404: errorBody("404 Not found", "no"), 413: errorBody("413 Payload Too Large", "no"),
		415: fmt.Sprintf(`{"errorName":"NotSupportedException","errorMessage":"no","trackingId":%q}`, requestID),
		429: `{"message":" Rate Limit Exceeded "}`, 500: errorBody("500.0 Internal Fault", "no"),
	}
	all, err := contracts()
	if err != nil {
		t.Fatal(err)
	}
	for version, c := range all {
		for _, op := range openapi.Operations(version) {
			for _, status := range op.Statuses {
				header, body := goodHeader(), errors[status]
				header.Set("Retry-After", "3")
				want := c.wanted(t, op, status)
				if body == "" && want.media == "application/json" {
					body = asJSON(t, sample(want.schema))
				} else if body == "" {
					body = zipBody(t)
					header.Set("Content-Type", want.media)
				}
				if found := problems(t, op.Method, op.Path, status, header, body); len(found) > 0 {
					t.Errorf("%s %s %d: %q\n%s", op.Method, op.Path, status, found, body)
				}
			}
		}
	}
}

// wanted finds the documented answer by the template itself, whose braces are as
// good an id as any.
func (c *contract) wanted(t *testing.T, op openapi.Operation, status int) *expected {
	t.Helper()
	u, err := url.Parse(op.Path)
	if err != nil {
		t.Fatal(err)
	}
	segments, _ := split(u)
	_, below := versionContracts{c.version: c}.address(segments)
	return find(c.routes, below).operations[op.Method].answers[status]
}

func TestMoreGoodAnswers(t *testing.T) {
	t.Parallel()
	sessionBody := good(t, "RoleMiningSessionResponse")
	withCount := goodHeader()
	withCount.Set("X-Total-Count", "1")
	tests := map[string]struct {
		method, target string
		status         int
		header         http.Header
		body           string
	}{
		"latest is v2026":           {"GET", strings.Replace(session, "v2026", "latest", 1), 200, goodHeader(), sessionBody},
		"escaped slash in an id":    {"GET", "/v2026/role-mining-sessions/a%2Fb", 200, goodHeader(), sessionBody},
		"v1 has no prefix":          {"GET", "/v1/role-mining-potential-roles/saved", 200, goodHeader(), "[]"},
		"saved in v1":               {"GET", "/role-mining-potential-roles/v1/saved", 200, goodHeader(), "[]"},
		"counted":                   {"GET", "/v2026/role-mining-sessions?count=true", 200, withCount, "[" + sessionBody + "]"},
		"gateway's 400":             {"GET", session, 400, goodHeader(), `{"error":"Experimental Header is missing or invalid."}`},
		"unknown path":              {"GET", "/beta/sources", 404, goodHeader(), errorBody("404 Not found", "no")},
		"trailing slash":            {"GET", session + "/", 404, goodHeader(), errorBody("404 Not found", "no")},
		"unknown method":            {"DELETE", session, 405, goodHeader(), fmt.Sprintf(`{"errorName":"NotAllowedException","errorMessage":"no","trackingId":%q}`, requestID)},
		"HEAD":                      {"HEAD", session, 200, goodHeader(), ""},
		"preflight":                 {"OPTIONS", session, 204, http.Header{}, ""},
		"other prefix":              {"GET", "/v3/role-mining-sessions", 418, http.Header{}, "teapot"},
		"colons and quotes in text": {"GET", session, 200, goodHeader(), strings.Replace(sessionBody, `"name":"text"`, `"name":"a: \"b\": \\"`, 1)},
		"null maker":                {"GET", session, 200, goodHeader(), strings.Replace(sessionBody, `"createdBy":{"displayName":"text","id":"text"}`, `"createdBy":null`, 1)},
		"messages turned round":     {"GET", session, 403, goodHeader(), fmt.Sprintf(`{"detailCode":"403 Forbidden","trackingId":%q,"messages":[{"locale":"und","localeOrigin":"REQUEST","text":"no"},{"locale":"en-US","localeOrigin":"DEFAULT","text":"no"}],"causes":[]}`, requestID)},
		"token":                     {"POST", "/oauth/token", 200, http.Header{"Content-Type": {"application/json"}}, `{"access_token":"x","token_type":"bearer","expires_in":749,"scope":"sp:scopes:all","jti":"y","more":1}`},
		"health":                    {"GET", "/health", 200, http.Header{"Content-Type": {"application/json"}}, `{"status":"UP","version":"1.0.0","schemaVersion":1,"uptimeSeconds":3,"seed":"x","capabilities":{"versions":["beta"],"control":["clock"]}}`},
		"undocumented control":      {"POST", "/_mock/nothing", 204, http.Header{}, ""},
		"undocumented refusal":      {"POST", "/oauth/token", 413, http.Header{}, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if found := problems(t, test.method, test.target, test.status, test.header, test.body); len(found) > 0 {
				t.Errorf("a good answer is refused: %q", found)
			}
		})
	}
}

// spoiled is an answer with one thing wrong: header names to set ("" removes),
// or text to replace in the good body.
type spoiled struct {
	method, target string // GET and the session if empty
	status         int    // 200 if 0
	header         map[string]string
	schema         string // of the good body, RoleMiningSessionResponse if empty
	body           string // instead of a good one
	old, new       string // to spoil it
	want           string // part of a problem
}

func (s spoiled) problems(t *testing.T) []string {
	t.Helper()
	header := goodHeader()
	for name, value := range s.header {
		header.Del(name)
		if value != "" {
			header.Set(name, value)
		}
	}
	or := func(text, otherwise string) string {
		if text == "" {
			return otherwise
		}
		return text
	}
	body := s.body
	if body == "" {
		body = good(t, or(s.schema, "RoleMiningSessionResponse"))
	}
	if s.old != "" && !strings.Contains(body, s.old) {
		t.Fatalf("nothing to spoil: %q is not in %s", s.old, body)
	}
	body = strings.Replace(body, s.old, s.new, 1)
	return problems(t, or(s.method, "GET"), or(s.target, session), max(s.status, 200*btoi(s.status == 0)), header, body)
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestEachCheckBites(t *testing.T) {
	t.Parallel()
	forbidden := errorBody("403 Forbidden", "no")
	list := "/v2026/role-mining-sessions"
	tests := map[string]spoiled{
		"undocumented status":      {status: 418, want: "status 418 is not documented for GET /role-mining-sessions/{sessionId}: [200 400"},
		"unknown path":             {target: "/v2026/sources", want: "status is 200, want 404"},
		"unknown path, other form": {target: "/v2026/sources", status: 404, body: `{"error":"no"}`, want: "property detailCode is missing"},
		"unknown path in v1":       {target: "/role-mining-sessions/v1/x/y", want: "v1 does not know the path"},
		"empty id":                 {target: list + "//status", want: "want 404"},
		"version root":             {target: "/beta", want: "want 404"},
		"unknown method":           {method: "DELETE", want: "status is 200, want 405"},
		"unknown method's form":    {method: "DELETE", status: 405, body: forbidden, want: "property errorName is missing"},
		"saved wins":               {target: "/v2026/role-mining-potential-roles/saved", schema: "RoleMiningPotentialRole", want: "is object"},
		"v1 prefix":                {target: "/role-mining-sessions/v1/x", old: `"id":"text",`, want: "property id is missing"},

		"no request id":          {header: map[string]string{"SLPT-Request-ID": ""}, want: "SLPT-Request-ID"},
		"request id with dashes": {header: map[string]string{"SLPT-Request-ID": "5f0c3b7e-9a1d-48c2-b6e4-f7081a2b3c4d"}, want: "32 hexadecimal digits"},
		"no cache control":       {header: map[string]string{"Cache-Control": ""}, want: "Cache-Control is missing"},
		"no vary":                {header: map[string]string{"Vary": ""}, want: "Vary is missing"},
		"no robots tag":          {header: map[string]string{"X-Robots-Tag": ""}, want: "X-Robots-Tag is missing"},
		"headers on errors too":  {target: "/v2026/x", status: 404, header: map[string]string{"Vary": ""}, body: errorBody("404 Not found", "no"), want: "Vary is missing"},
		"charset":                {header: map[string]string{"Content-Type": "application/json"}, want: `want "application/json;charset=UTF-8"`},
		"zip's content type":     {target: session + "/potential-roles/x/export", want: `want "application/zip"`},
		"zip's bytes":            {target: session + "/potential-roles/x/export", header: map[string]string{"Content-Type": "application/zip"}, want: "not a ZIP archive"},
		"no retry after":         {status: 429, body: `{"message":"no"}`, want: "Retry-After"},
		"retry after a date":     {status: 429, header: map[string]string{"Retry-After": "Mon, 02 Mar 2026 08:15:30 GMT"}, body: `{"message":"no"}`, want: "Retry-After"},

		"count unasked":      {target: list, header: map[string]string{"X-Total-Count": "0"}, body: "[]", want: "no count was asked for"},
		"count false":        {target: list + "?count=false", header: map[string]string{"X-Total-Count": "0"}, body: "[]", want: "no count was asked for"},
		"count on one":       {target: session + "?count=true", header: map[string]string{"X-Total-Count": "1"}, want: "no count was asked for"},
		"count on a refusal": {target: list + "?count=true", status: 403, header: map[string]string{"X-Total-Count": "1"}, body: forbidden, want: "no count was asked for"},
		"no count":           {target: list + "?count=true", body: "[]", want: "X-Total-Count is missing"},
		"odd count":          {target: list + "?count=true", header: map[string]string{"X-Total-Count": "-1"}, body: "[]", want: "0 or more"},
		"page too long":      {target: list + "?limit=0", body: "[" + good(t, "RoleMiningSessionResponse") + "]", want: "1 items, the limit is 0"},
		"limit out of range": {target: list + "?limit=251", body: "[]", want: "limit=251 must be refused"},
		"limit not a number": {target: list + "?limit=x", body: "[]", want: "limit=x must be refused"},

		"not JSON":               {body: "{", want: "not JSON"},
		"not UTF-8":              {old: `"name":"text"`, new: "\"name\":\"\xff\"", want: "not UTF-8"},
		"more after the value":   {body: "[] []", target: list, want: "goes on"},
		"a name twice":           {old: `"saved":true`, new: `"saved":true,"saved":true`, want: "a name twice"},
		"wrong type":             {old: `"saved":true`, new: `"saved":"true"`, want: "$.saved: is string true, want boolean"},
		"validator":              {old: `"saved":true`, new: `"saved":"true"`, want: "schema: "},
		"status as a string":     {old: `"status":{"state":"CREATED"}`, new: `"status":"CREATED"`, want: "$.status: is string"},
		"list as an object":      {target: list, body: `{"items":[]}`, want: "$: is object"},
		"unknown enum value":     {old: `"state":"CREATED"`, new: `"state":"BOGUS"`, want: "$.status.state: is \"BOGUS\""},
		"enum value in a string": {old: `"scopingMethod":"MANUAL"`, new: `"scopingMethod":"BOGUS"`, want: "$.scopingMethod: is \"BOGUS\""},
		"enum value in a list":   {target: list, body: "[" + good(t, "RoleMiningSessionResponse") + "]", old: `"type":"SPECIALIZED"`, new: `"type":"OTHER"`, want: "$[0].type"},
		"null":                   {old: `"id":"text","identityCount"`, new: `"id":null,"identityCount"`, want: "$.id: is null"},
		"null in beta":           {target: "/beta/role-mining-potential-roles/x", schema: "RoleMiningPotentialRole", old: `"provisionState":"POTENTIAL"`, new: `"provisionState":null`, want: "$.provisionState: is null"},
		"null attribute in beta": {target: strings.Replace(identities, "v2026", "beta", 1), body: `[{"id":"x","name":"y","attributes":{"location":null}}]`, want: "$[0].attributes.location: is null"},
		"empty maker":            {old: `"createdBy":{"displayName":"text","id":"text"}`, new: `"createdBy":{}`, want: "$.createdBy: property displayName is missing"},
		"missing property":       {old: `"dataFilePath":"text",`, want: "$: property dataFilePath is missing"},
		"unknown property":       {old: `"saved":true`, new: `"saved":true,"colour":"red"`, want: "$: property colour is not in the schema"},
		"integer with a point":   {old: `"identityCount":7`, new: `"identityCount":7.0`, want: "$.identityCount: is written 7.0"},
		"integer with exponent":  {old: `"identityCount":7`, new: `"identityCount":7e0`, want: "is written 7e0"},
		"integer as a string":    {old: `"identityCount":7`, new: `"identityCount":"7"`, want: "$.identityCount: is string"},
		"integer too large":      {target: role, schema: "RoleMiningPotentialRole", old: `"identityCount":7`, new: `"identityCount":2147483648`, want: "which is no int32"},
		"map of integers":        {target: session + "/potential-roles/x/entitlement-popularity-distribution", body: `{"50":"2"}`, want: "$.50: is string"},
		"date without millis":    {old: `"createdDate":"2026-03-02T08:15:30.000Z"`, new: `"createdDate":"2026-03-02T08:15:30Z"`, want: "$.createdDate"},
		"date with an offset":    {old: `"createdDate":"2026-03-02T08:15:30.000Z"`, new: `"createdDate":"2026-03-02T08:15:30.000+00:00"`, want: "$.createdDate"},
		"date with micros":       {old: `"createdDate":"2026-03-02T08:15:30.000Z"`, new: `"createdDate":"2026-03-02T08:15:30.000000Z"`, want: "$.createdDate"},
		"no such date":           {old: `"createdDate":"2026-03-02T08:15:30.000Z"`, new: `"createdDate":"2026-02-30T08:15:30.000Z"`, want: "$.createdDate"},
		"uuid":                   {target: session + "/potential-roles/x/export-async/y", schema: "RoleMiningPotentialRoleExportResponse", old: "d1a6c0de-", new: "d1a6c0de", want: "$.exportId"},
		"filter chip a string":   {old: `"attributeFilterCriteria":[{"free":{"nested":[null,7]}}]`, new: `"attributeFilterCriteria":["x"]`, want: "attributeFilterCriteria[0]: is string"},

		"tracking id":           {status: 403, body: forbidden, old: requestID, new: strings.Repeat("0", 32), want: "trackingId is 0000"},
		"tracking id's form":    {status: 403, body: forbidden, header: map[string]string{"SLPT-Request-ID": "x"}, old: requestID, new: "x", want: "trackingId is x"},
		"one message":           {status: 403, body: forbidden, old: `,{"locale":"und","localeOrigin":"REQUEST","text":"no"}`, want: "messages are not two"},
		"two texts":             {status: 403, body: forbidden, old: `"REQUEST","text":"no"`, new: `"REQUEST","text":"yes"`, want: "messages are not two"},
		"two defaults":          {status: 403, body: forbidden, old: "REQUEST", new: "DEFAULT", want: "messages are not two"},
		"no causes":             {status: 403, body: forbidden, old: `,"causes":[]`, want: "property causes is missing"},
		"detail code":           {status: 403, body: forbidden, old: "403 Forbidden", new: "404 Not found", want: "want the status 403"},
		"gateway form on a 403": {status: 403, body: `{"error":"no"}`, want: "property error is not in the schema"},
		"service form on a 401": {status: 401, body: forbidden, want: "property error is missing"},
		"mixed 400":             {status: 400, body: `{"error":"no","detailCode":"400"}`, want: "property detailCode is not in the schema"},
		"gateway's 400 in beta": {target: "/beta/role-mining-sessions/x", status: 400, body: `{"error":"no"}`, want: "property error is not in the schema"},

		"token without jti":      {method: "POST", target: "/oauth/token", body: `{"access_token":"x","token_type":"bearer","expires_in":749,"scope":"x"}`, want: "property jti is missing"},
		"token as text":          {method: "POST", target: "/oauth/token", header: map[string]string{"Content-Type": "text/plain"}, want: "want application/json"},
		"undocumented redirect":  {method: "POST", target: "/oauth/token", status: 302, want: "status 302 is not documented"},
		"health without a state": {target: "/_mock/health/ready", status: 503, body: `{}`, want: "property status is missing"},
		"explained by halves":    {target: "/_mock/roles/x/explain", schema: "RoleExplanation", old: `"sharedMean":`, new: `"mean":`, want: "$.mined.density: property sharedMean is missing"},
		"nothing to explain":     {target: "/_mock/roles/x/explain", status: 404, body: `{"message":"no"}`, want: "property error is missing"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found := test.problems(t)
			if !strings.Contains(strings.Join(found, "\n"), test.want) {
				t.Errorf("found %q, want a problem with %q", found, test.want)
			}
		})
	}
}

// recordingTB is a test that keeps its failures.
type recordingTB struct {
	testing.TB
	failures []string
}

func (r *recordingTB) Helper() {}

func (r *recordingTB) Errorf(format string, args ...any) {
	r.failures = append(r.failures, fmt.Sprintf(format, args...))
}

func TestCheckFailsTheTest(t *testing.T) {
	t.Parallel()
	tb := &recordingTB{TB: t}
	body := good(t, "RoleMiningSessionResponse")
	Check(tb, httptest.NewRequest("GET", session, nil), 200, goodHeader(), []byte(body))
	if len(tb.failures) > 0 {
		t.Fatalf("a good answer fails the test: %q", tb.failures)
	}
	Check(tb, httptest.NewRequest("GET", session+"?x=1", nil), 200, http.Header{}, []byte(body))
	if len(tb.failures) != 1 || !strings.HasPrefix(tb.failures[0], "GET "+session+"?x=1: answer 200 breaks the contract:") || !strings.HasSuffix(tb.failures[0], "...") {
		t.Errorf("failures of a bad answer: %q", tb.failures)
	}
}

func TestHandler(t *testing.T) {
	t.Parallel()
	body := good(t, "RoleMiningSessionResponse")
	answer := func(w http.ResponseWriter, status int, text string) {
		for name, values := range goodHeader() {
			w.Header()[name] = values
		}
		w.WriteHeader(status)
		w.Header().Del("Vary") // too late to matter
		fmt.Fprint(w, text)
	}
	tests := map[string]struct {
		handler http.HandlerFunc
		fails   bool
	}{
		"good":           {func(w http.ResponseWriter, _ *http.Request) { answer(w, 200, body) }, false},
		"bad":            {func(w http.ResponseWriter, _ *http.Request) { answer(w, 200, "{}") }, true},
		"head forgotten": {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, body) }, true},
		"nothing":        {func(http.ResponseWriter, *http.Request) {}, true},
		"path rewritten": {func(w http.ResponseWriter, r *http.Request) { r.URL.Path = "/x"; answer(w, 200, "{}") }, true},
		"early hints":    {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(103); answer(w, 200, body) }, false},
		"flushed": {func(w http.ResponseWriter, _ *http.Request) {
			answer(w, 200, body)
			if err := http.NewResponseController(w).Flush(); err != nil {
				panic(err)
			}
		}, false},
		"hijacked": {func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				panic(err)
			}
			fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
			conn.Close()
		}, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tb := &recordingTB{TB: t}
			server := httptest.NewServer(Handler(tb, test.handler))
			response, err := http.Get(server.URL + session)
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			server.Close() // waits for the handler, and so for the check
			if failed := len(tb.failures) > 0; failed != test.fails {
				t.Errorf("failures %q, want some: %v", tb.failures, test.fails)
			}
		})
	}
}

func BenchmarkCheck(b *testing.B) {
	doc, err := defaultDocument()
	if err != nil {
		b.Fatal(err)
	}
	one := sample(doc.Components.Schemas["RoleMiningPotentialRoleSummary"].Value)
	for _, items := range []int{1, 25, 250} {
		b.Run(fmt.Sprintf("items=%d", items), func(b *testing.B) {
			list := make([]any, items)
			for i := range list {
				list[i] = one
			}
			body, err := json.Marshal(list)
			if err != nil {
				b.Fatal(err)
			}
			request := httptest.NewRequest("GET", "/v2026/role-mining-potential-roles", nil)
			header := goodHeader()
			Check(b, request, 200, header, body)
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				Check(b, request, 200, header, body)
			}
		})
	}
}
