package app_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/app/apptest"
	"mockserver/internal/config"
)

const sessions = "/v2026/role-mining-sessions"

// tokenHeader is the header of a request with a token and nothing else.
func tokenHeader(token string) http.Header {
	return http.Header{"Authorization": {"Bearer " + token}, "X-Sailpoint-Experimental": {"true"}}
}

// sendTo sends a GET to a host of its own choice.
func sendTo(t *testing.T, s *apptest.Server, host, path string, header http.Header) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if request.Host = host; header != nil {
		request.Header = header.Clone()
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

// A request goes to the tenant in its path, else to that of its host, else to
// that of its token, else to the default one.
func TestTenantOfARequest(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	a, b := s.Tenant("a"), s.Tenant("b-2")
	seeds := map[string]string{"default": "mockserver", "a": "mockserver/a", "b-2": "mockserver/b-2", "new": "mockserver/new"}
	const health = "/_mock/health/live"
	for _, tc := range []struct{ path, host, token, want string }{
		{health, "", "", "default"},
		{"/t/default" + health, "", "", "default"},
		{"/t/acme" + health, "", "", "default"}, // its organisation
		{"/t/a" + health, "", "", "a"},
		{"/t/%61" + health, "", "", "a"},
		{"/%74/b%2D2" + health, "", "", "b-2"},
		{"/t/new" + health, "", "", "new"},
		{health, "a.localhost", "", "a"},
		{health, "A.LocalHost:8080", "", "a"},
		{health, "a.localhost.:8080", "", "a"},
		{health, "b-2.api.identitynow.com", "", "b-2"},
		{health, "acme.api.identitynow.com:443", "", "default"},
		{health, "localhost:8080", "", "default"},
		{health, "a.b.localhost", "", "default"},
		{health, "[::1]:8080", "", "default"},
		{health, "a.example.com", "", "default"},
		{"/t/b-2" + health, "a.localhost", a.Token, "b-2"},
		{health, "a.localhost", b.Token, "a"},
		{health, "", b.Token, "b-2"},
		{health, "", s.Token, "default"},
		{health, "", "x.y.z", "default"},
		{health, "", "", "default"},
	} {
		var header http.Header
		if tc.token != "" {
			header = tokenHeader(tc.token)
		}
		status, body := sendTo(t, s, tc.host, tc.path, header)
		if want := `"seed":"` + seeds[tc.want] + `"`; status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%s at host %q: %d %s, want %s", tc.path, tc.host, status, body, want)
		}
	}
	for _, path := range []string{"/t", "/t/", "/t%2Fa/oauth/info", "/t/A/oauth/info", "/t/a%2Fb/oauth/info", "/t/-a/oauth/info", "/t/a./oauth/info"} {
		status, body := sendTo(t, s, "", path, nil)
		if bad := status == 400 && strings.Contains(body, "is no name of a tenant"); status != 404 && !bad {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	if got := s.Send(http.MethodGet, "/t/A"+health, nil, nil); got.Status != 400 || !strings.Contains(got.Text("error"), "no name of a tenant") {
		t.Errorf("a bad name: %d %s", got.Status, got.Body)
	}
	if status, body := sendTo(t, s, "a_b.localhost", sessions, nil); status != 400 || !strings.Contains(body, `\"a_b\" is no name`) {
		t.Errorf("a bad host: %d %s", status, body)
	}
}

// What is behind the prefix is a path of its own, and the addresses in answers
// carry the prefix.
func TestTenantPrefix(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	a := s.Tenant("a")
	for forwarded, want := range map[string]string{"": "", "/mock": "/mock", "/mock/, /inner": "/mock", "https://evil": "", "/x y": ""} {
		got := s.Send(http.MethodGet, "/t/a/oauth/info", nil, http.Header{"X-Forwarded-Prefix": {forwarded}})
		if got.Text("tokenEndpoint") != s.URL+want+"/t/a/oauth/token" {
			t.Errorf("behind %q: %s", forwarded, got.Body)
		}
		got = s.Send(http.MethodGet, "/t/b/_mock/tenants/a", nil, http.Header{"X-Forwarded-Prefix": {forwarded}})
		if got.Text("baseUrl") != s.URL+want+"/t/a" {
			t.Errorf("behind %q: %s", forwarded, got.Body)
		}
	}
	for path, want := range map[string]int{
		sessions: 200, "//v2026/role-mining-sessions": 404, sessions + "/a%2Fb": 404, sessions + "/": 404, "": 404, "/t/a" + sessions: 404,
		"/role-mining-sessions/v1": 200, "/latest/role-mining-sessions": 200,
	} {
		if got := a.Do(http.MethodGet, path, nil); got.Status != want {
			t.Errorf("%s: %d %s, want %d", path, got.Status, got.Body, want)
		}
	}
}

func TestTenantsOverHTTP(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, func(c *config.Config) { c.MaxTenants, c.Fixtures = 2, apptest.FixturesDir(t, tiny(nil)) })
	s.InProcess("tenants are dated by the machine's clock")
	const path = "/_mock/tenants"
	const counts = `"counts":{"identities":3,"entitlements":1,"sources":1,"roles":0,"sessions":1,"potentialRoles":1}`
	entry := func(name, org, seed, stageDelay, by string) string {
		return fmt.Sprintf(`{"name":%q,"org":%q,"default":%v,"settings":{"seed":%q,"auth":"lenient","jobs":"auto","stageDelay":%q,"rateLimit":"off","strictRequests":false,"prefer":false},`+
			`"createdBy":%q,"createdAt":"2026-03-01T09:00:00.000Z","baseUrl":"%s/t/%s",%s}`, name, org, name == "default", seed, stageDelay, by, s.URL, name, counts)
	}
	expect := func(method, path, body string, status int, want string) {
		t.Helper()
		got := s.Send(method, path, body, nil)
		if diff := cmp.Diff(want, string(got.Body)); got.Status != status || diff != "" {
			t.Errorf("%s %s %s: %d, want %d (-want +got):\n%s", method, path, body, got.Status, status, diff)
		}
	}
	host := entry("default", "tiny", "mockserver", "0s", "server")
	ci := entry("ci-1", "ci-1", "mockserver/ci-1", "250ms", "request")
	expect("GET", path, "", 200, "["+host+"]")
	expect("GET", path+"/ci-1", "", 404, `{"error":"there is no tenant \"ci-1\""}`)
	expect("DELETE", path+"/ci-1", "", 404, `{"error":"there is no tenant \"ci-1\""}`)
	expect("PUT", path+"/ci-1", `{"stageDelay":"250ms"}`, 201, ci)
	expect("PUT", path+"/ci-1", `{"stageDelay":"0.25s","seed":"mockserver/ci-1"}`, 200, ci)
	expect("PUT", path+"/ci-1", "", 200, ci)
	expect("PUT", path+"/ci-1", `{"stageDelay":"1s"}`, 409,
		`{"error":"the tenant \"ci-1\" is there already and was made with the stageDelay \"250ms\", not \"1s\"; leave stageDelay out here; PUT /t/ci-1/_mock/settings changes what is in force","pointer":"/stageDelay"}`)
	expect("PUT", path+"/default", `{"seed":"mockserver"}`, 200, host)
	expect("PUT", path+"/tiny", `{"seed":"x"}`, 409,
		`{"error":"the tenant \"tiny\" is there already and was made with the seed \"mockserver\", not \"x\"; leave seed out here; it is the server's: start that with another --seed","pointer":"/seed"}`)
	expect("DELETE", path+"/tiny", "", 409, `{"error":"\"tiny\" is the default tenant, which cannot be deleted; reset it with POST /_mock/reset"}`)
	expect("PUT", path+"/ci-2", `{"jobs":"never"}`, 400, `{"error":"must be auto, immediate, polls:N, step, hold:STATE, fail or fail:STATE, not \"never\"","pointer":"/jobs"}`)
	expect("PUT", path+"/ci-2", `{"speed":1}`, 400, `{"error":"there is no property \"speed\" here","pointer":"/speed","allowed":["seed","prefer","auth","jobs","fixtures","stageDelay","rateLimit","strictRequests"]}`)
	expect("PUT", path+"/ci-2", `{"seed":" ","rateLimit":100,"stageDelay":"soon","prefer":"yes"}`, 400, `{"error":"must be true or false, not string","pointer":"/prefer","also":[`+
		`{"error":"must be a text such as \"100/10s\", not 100","pointer":"/rateLimit"},`+
		`{"error":"must be a text of 1 to 1024 bytes that is not blank","pointer":"/seed"},`+
		`{"error":"must be a duration such as 250ms, not \"soon\"","pointer":"/stageDelay"}]}`)
	expect("PUT", path+"/Ci", "", 400, `{"error":"\"Ci\" is no name of a tenant: a name has 1 to 63 of the letters a to z, digits and hyphens, with no hyphen at either end"}`)
	if got := s.Tenant("b").Get(sessions + "?count=true"); got.Header.Get("X-Total-Count") != "1" {
		t.Errorf("sessions of a tenant that is used: %v", got.Header)
	}
	expect("GET", path, "", 200, "["+host+","+entry("b", "b", "mockserver/b", "0s", "use")+","+ci+"]")
	const full = `there is no room for the tenant \"ci-3\": there are 2, as many as --max-tenants allows; delete one with DELETE /_mock/tenants/NAME`
	expect("PUT", path+"/ci-3", "", 507, `{"error":"`+full+`"}`)
	expect("GET", "/t/ci-3/_mock/clock", "", 507, `{"error":"`+full+`"}`)
	if got := s.Do(http.MethodGet, "/t/ci-3"+sessions, nil); got.Status != 507 || got.Text("detailCode") != "507 Insufficient Storage" ||
		!strings.Contains(string(got.Body), full) || got.Header.Get("SLPT-Request-ID") != got.Text("trackingId") {
		t.Errorf("no room: %d %s", got.Status, got.Body)
	}
	expect("DELETE", "/t/b"+path+"/b", "", 204, "") // by its own prefix
	expect("GET", path, "", 200, "["+host+","+ci+"]")
	expect("PUT", path+"/ci-3", "", 201, entry("ci-3", "ci-3", "mockserver/ci-3", "0s", "request"))
}

// Identifiers and tokens of one tenant are none of another, whatever their seeds.
func TestTenantsAreApart(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	s.Send(http.MethodPut, "/_mock/tenants/twin", `{"seed":"mockserver"}`, nil)
	a, twin := s.Tenant("a"), s.Tenant("twin")
	for _, pair := range [][2]*apptest.Server{{s, a}, {a, s}, {s, twin}, {twin, a}} {
		from, to := pair[0], pair[1]
		id := from.CreateSession(map[string]any{"scope": map[string]any{"criteria": "attributes.location:Miami"}})
		path := strings.TrimPrefix(to.URL, s.URL)
		if path == "" {
			path = "/t/default" // or the token would name the tenant
		}
		if got := s.Send(http.MethodGet, path+sessions, nil, tokenHeader(from.Token)); got.Status != http.StatusUnauthorized {
			t.Errorf("a token of %s at %s: %d %s", from.URL, to.URL, got.Status, got.Body)
		}
		if got := to.Do(http.MethodGet, sessions+"/"+id, nil); from != s && to != twin && got.Status != http.StatusNotFound {
			t.Errorf("a session of %s at %s: %d %s", from.URL, to.URL, got.Status, got.Body)
		}
	}
	if s.Token == twin.Token || s.Send(http.MethodGet, "/t/twin/oauth/info", nil, nil).Text("tenantId") == s.Send(http.MethodGet, "/oauth/info", nil, nil).Text("tenantId") {
		t.Error("a tenant with the seed of the server has its tokens or its tenant id")
	}
	// The clock of one does not move another.
	a.Send(http.MethodPost, "/_mock/clock", `{"advance":"13h"}`, nil)
	if got := a.Do(http.MethodGet, sessions, nil); got.Status != http.StatusUnauthorized {
		t.Errorf("after 13 hours: %d", got.Status)
	}
	s.Get(sessions)
	twin.Get(sessions)
}

// However many ask for a tenant at once, one is made.
func TestFirstUseByMany(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	var clients sync.WaitGroup
	answers := make([]string, 16)
	for i := range answers {
		clients.Go(func() { answers[i] = string(s.Send(http.MethodGet, "/t/many/oauth/info", nil, nil).Body) })
	}
	clients.Wait()
	if slices.Sort(answers); answers[0] != answers[15] {
		t.Errorf("different answers: %s, %s", answers[0], answers[15])
	}
	if got := s.Send(http.MethodGet, "/_mock/tenants", nil, nil); got.Len() != 2 {
		t.Errorf("tenants: %s", got.Body)
	}
}

// With a database in a file the others are in files beside it: there again at the
// next start, gone when they are deleted.
func TestTenantsAreKept(t *testing.T) {
	t.Parallel()
	db := filepath.Join(t.TempDir(), "mock.db")
	s := restartable(t, db)
	s.InProcess("tenants begin a new run by the machine's clock")
	s.Send(http.MethodPut, "/_mock/tenants/a", `{"seed":"own"}`, nil)
	a := s.Tenant("a")
	id := a.Do(http.MethodPost, sessions, map[string]any{"scope": map[string]any{"criteria": "attributes.location:Miami"}}).Text("id")
	s.Tenant("b")
	s.Stop()
	s = restartable(t, db)
	got := s.Send(http.MethodGet, "/_mock/tenants", nil, nil)
	if got.Len() != 3 || got.Text(1, "settings", "seed") != "own" || got.Text(1, "createdBy") != "file" || got.Value(1, "counts", "sessions") != 3.0 {
		t.Errorf("after a restart: %s", got.Body)
	}
	s.Settle() // what was under way goes on
	if got := s.Send(http.MethodGet, "/t/a"+sessions+"/"+id, nil, tokenHeader(a.Token)); got.Text("status", "state") != "POTENTIAL_ROLES_CREATED" {
		t.Errorf("a session over a restart: %s", got.Body)
	}
	for _, name := range []string{"a", "b"} {
		if got := s.Send(http.MethodDelete, "/_mock/tenants/"+name, nil, nil); got.Status != http.StatusNoContent {
			t.Errorf("delete: %d %s", got.Status, got.Body)
		}
	}
	if left, err := os.ReadDir(db + ".tenants"); err != nil || len(left) > 0 {
		t.Errorf("files left: %v, %v", left, err)
	}
	s.Stop()
	s = restartable(t, db)
	if got := s.Send(http.MethodGet, "/_mock/tenants", nil, nil); got.Len() != 1 {
		t.Errorf("after they were deleted: %s", got.Body)
	}
}

func TestTenantFilesThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"b.json": "{", "a.db": "no database at all, as anybody can see", "c.json": `{"jobs":"never"}`} {
		db := filepath.Join(t.TempDir(), "mock.db")
		if err := os.Mkdir(db+".tenants", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(os.WriteFile(filepath.Join(db+".tenants", "a.json"), []byte("{}"), 0o644),
			os.WriteFile(filepath.Join(db+".tenants", name), []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
		if a, err := newApp(t, func(c *config.Config) { c.DB = db }); err == nil || !strings.Contains(err.Error(), filepath.Join(db+".tenants", name)) {
			t.Errorf("%s: app %v, error %v", name, a, err)
		}
	}
}

// TestTenantsCutOff has files of tenants that were not made to their end, or not
// removed to it: there are no such tenants, and who makes one gets a new one.
func TestTenantsCutOff(t *testing.T) {
	t.Parallel()
	for _, full := range []bool{false, true} {
		db := filepath.Join(t.TempDir(), "mock.db")
		start := func() *apptest.Server {
			return apptest.Start(t, func(c *config.Config) { c.DB, c.DBFullSync = db, full })
		}
		s := start()
		for _, name := range []string{"half", "whole"} {
			s.Tenant(name).CreateSession(`{"name":"old"}`)
		}
		s.Stop()
		settings := filepath.Join(db+".tenants", "half.json")
		if err := os.Rename(settings, settings+".new"); err != nil {
			t.Fatal(err)
		}
		s = start()
		if got := s.Send(http.MethodGet, "/_mock/tenants", nil, nil); got.Len() != 2 || got.Text(1, "name") != "whole" || got.Value(1, "counts", "sessions") != 3.0 {
			t.Errorf("after the cut: %s", got.Body)
		}
		if got := s.Send(http.MethodPut, "/_mock/tenants/half", `{"seed":"other"}`, nil); got.Status != http.StatusCreated || got.Value("counts", "sessions") != 2.0 {
			t.Errorf("made anew: %d %s", got.Status, got.Body)
		}
		for _, name := range []string{"half", "whole"} {
			if got := s.Send(http.MethodDelete, "/_mock/tenants/"+name, nil, nil); got.Status != http.StatusNoContent {
				t.Errorf("delete: %d %s", got.Status, got.Body)
			}
		}
		if left, err := os.ReadDir(db + ".tenants"); err != nil || len(left) > 0 {
			t.Errorf("files left: %v, %v", left, err)
		}
	}
}

// A tenant that is made while the server runs is run, too; deleting it ends what
// waits for it.
func TestTenantsOfARunningServer(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	stop := s.Run(t.Context())
	s.WaitReady()
	a := s.Tenant("a")
	if got := s.Send(http.MethodGet, "/t/a/health", nil, nil); got.Status != http.StatusOK {
		t.Errorf("health of a new tenant: %d %s", got.Status, got.Body)
	}
	id := a.Do(http.MethodPost, sessions, map[string]any{"scope": map[string]any{"criteria": "attributes.location:Miami"}}).Text("id")
	if got := a.Send(http.MethodGet, "/_mock/sessions/"+id+"/wait", nil, nil); got.Status != http.StatusOK {
		t.Errorf("wait: %d %s", got.Status, got.Body)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, a.URL+"/_mock/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	stream, err := http.DefaultClient.Do(request) // comes back when the stream has begun
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	if got := s.Send(http.MethodDelete, "/_mock/tenants/a", nil, nil); got.Status != http.StatusNoContent {
		t.Fatalf("delete: %d %s", got.Status, got.Body)
	}
	if rest, err := io.ReadAll(stream.Body); err != nil || !strings.HasPrefix(string(rest), "retry:") {
		t.Errorf("the events of a tenant that is deleted: %q, %v; want the end", rest, err)
	}
	stop()
	if got := s.Send(http.MethodGet, "/t/b/health", nil, nil); got.Status != http.StatusServiceUnavailable {
		t.Errorf("a tenant of a server that does not run: %d", got.Status)
	}
}
