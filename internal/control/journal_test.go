package control_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/app/apptest"
	"mockserver/internal/config"
)

// refusal is an error of the control plane.
type refusal struct {
	Error, Pointer string
	Allowed        []string
	Also           []refusal
}

// refused checks that an answer is an error whose text holds all the texts.
func refused(t *testing.T, what string, got apptest.Answer, status int, pointer string, texts ...string) refusal {
	t.Helper()
	var r refusal
	if err := json.Unmarshal(got.Body, &r); err != nil || got.Status != status || r.Pointer != pointer {
		t.Errorf("%s: %d %s, want %d at %q", what, got.Status, got.Body, status, pointer)
	}
	for _, text := range texts {
		if !strings.Contains(r.Error, text) {
			t.Errorf("%s: the error %q does not say %q", what, r.Error, text)
		}
	}
	return r
}

const autoID = "8c190e67-87aa-4ed9-a90b-d9d5344523fb"

// script is what a small suite of tests sends. Its first request is that for the
// token which apptest takes.
func script(t *testing.T, s *apptest.Server) {
	t.Helper()
	s.Get(sessions + "?limit=10&filters=saved+eq+true")
	s.Do(http.MethodPost, sessions, `{"name":"a","scope":{"criteria":"attributes.location:Miami"}}`)
	s.Do(http.MethodPost, sessions, `{"pruneThreshold":"many"}`)
	s.Get("/role-mining-sessions/v1/" + autoID)
	s.Do(http.MethodGet, sessions+"/none", nil)
	s.Send(http.MethodGet, sessions, nil, nil)
	s.Do(http.MethodGet, "/v2026/nothing", nil)
	s.Get(autoRole + anyRole(s) + "/export")
}

// listed is the answer of the journal.
type listed struct {
	Total, Dropped int
	Entries        []entry
}

type entry struct {
	Number, Status                          int
	Time, TrackingID, Method, Path, Query   string
	OperationID, Version, ClientID          string
	Duration, Refused, Hint, Fault, Aborted string
	Request, Response                       message
}

type message struct {
	Headers      map[string]string
	Size         int
	Truncated    bool
	Text, Base64 string
}

func journalOf(t *testing.T, s *apptest.Server, query string) listed {
	t.Helper()
	var l listed
	must(t, s, http.MethodGet, "/_mock/journal"+query, nil).Into(&l)
	return l
}

func TestJournal(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	script(t, s)
	l := journalOf(t, s, "")
	if l.Total != 10 || l.Dropped != 0 || len(l.Entries) != 10 {
		t.Fatalf("%d of %d entries, %d dropped", len(l.Entries), l.Total, l.Dropped)
	}
	var got []string
	for i, e := range l.Entries {
		if e.Number != i+1 || e.Time != "2026-03-01T09:00:00.000Z" || len(e.TrackingID) != 32 || e.Duration != "0s" || e.Aborted != "" {
			t.Errorf("entry %d: %+v", i+1, e)
		}
		got = append(got, fmt.Sprintf("%s %s %d %s %s", e.Method, strings.ReplaceAll(e.Path, autoID, "ID"), e.Status, e.OperationID, e.Version))
	}
	role := "/v2026/role-mining-sessions/ID/potential-role"
	want := []string{
		"POST /oauth/token 200 getToken ",
		"GET /v2026/role-mining-sessions 200 getRoleMiningSessions v2026",
		"POST /v2026/role-mining-sessions 201 createRoleMiningSessions v2026",
		"POST /v2026/role-mining-sessions 400 createRoleMiningSessions v2026",
		"GET /role-mining-sessions/v1/ID 200 getRoleMiningSessionV1 v1",
		"GET /v2026/role-mining-sessions/none 404 getRoleMiningSession v2026",
		"GET /v2026/role-mining-sessions 401 getRoleMiningSessions v2026",
		"GET /v2026/nothing 404  ",
		"GET " + role + "-summaries 200 getPotentialRoleSummaries v2026",
		"GET " + role + "s/ID/export 200 exportRoleMiningPotentialRole v2026",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
	create := l.Entries[2]
	if create.Request.Text != `{"name":"a","scope":{"criteria":"attributes.location:Miami"}}` || create.Request.Size != len(create.Request.Text) ||
		!strings.Contains(create.Response.Text, `"name":"a"`) || create.Request.Headers["Authorization"] != "Bearer [redacted]" || create.ClientID == "" {
		t.Errorf("a POST: %+v", create)
	}
	if e := l.Entries[3]; !strings.Contains(e.Refused, "pruneThreshold") {
		t.Errorf("a refused one: %+v", e)
	}
	if e := l.Entries[7]; !strings.Contains(e.Hint, "no operation has this path") {
		t.Errorf("one with a hint: %+v", e)
	}
	if e := l.Entries[9].Response; e.Text != "" || !strings.HasPrefix(e.Base64, "UEsD") || e.Headers["Content-Type"] != "application/zip" {
		t.Errorf("a ZIP: %+v", e)
	}
	var one entry
	must(t, s, http.MethodGet, "/_mock/journal/3", nil).Into(&one)
	if diff := cmp.Diff(create, one); diff != "" {
		t.Errorf("one entry (-in the list +alone):\n%s", diff)
	}
}

func TestJournalFilters(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	script(t, s)
	client := journalOf(t, s, "").Entries[1].ClientID
	for query, want := range map[string][]int{
		"operation=getRoleMiningSession":   {5, 6},
		"operation=getRoleMiningSessionV1": {5, 6},
		"operation=getToken":               {1},
		"version=v1":                       {5},
		"version=latest":                   nil,
		"client=" + client:                 {2, 3, 4, 5, 6, 9, 10},
		"client=nobody":                    nil,
		"status=404":                       {6, 8},
		"status=4xx":                       {4, 6, 7, 8},
		"method=post":                      {1, 3, 4},
		"path=/v2026/role-mining-sessions": {2, 3, 4, 7},
		"path=/oauth/*":                    {1},
		"refused=true":                     {4, 6, 7, 8},
		"refused=false&method=GET":         {2, 5, 9, 10},
		"fault=*":                          nil,
		"since=8":                          {9, 10},
		"limit=2":                          {9, 10},
		"since=2&limit=1&method=POST":      {4},
		"operation=&version=&status=&since=&limit=": {1, 2, 3, 4, 5, 6, 7, 8, 9, 10},
	} {
		var got []int
		for _, e := range journalOf(t, s, "?"+query).Entries {
			got = append(got, e.Number)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
	}
	if l := journalOf(t, s, "?limit=0"); l.Total != 10 || l.Entries == nil || len(l.Entries) > 0 {
		t.Errorf("no entries: %+v", l)
	}
}

func TestJournalRefuses(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	for query, texts := range map[string][]string{
		"operation=getSession": {`no operation "getSession"`},
		"version=v3":           {`no version "v3"`},
		"status=4":             {"100 to 599"},
		"refused=yes":          {"true or false"},
		"since=-1":             {"since", "number of an entry"},
		"limit=all":            {"limit", "0 to 1000000"},
		"operationId=x":        {`no query parameter "operationId"`},
		"limit=1&limit=2":      {"given 2 times"},
	} {
		for _, path := range []string{"/_mock/journal", "/_mock/journal/har"} {
			r := refused(t, query, mock(s, http.MethodGet, path+"?"+query, nil), http.StatusBadRequest, "", texts...)
			if strings.HasPrefix(query, "operation=") && (len(r.Allowed) != 28 || !slices.Contains(r.Allowed, "getRoleMiningSession")) {
				t.Errorf("%s: allowed are %v", query, r.Allowed)
			}
		}
	}
	refused(t, "no number", mock(s, http.MethodGet, "/_mock/journal/x", nil), 400, "", "whole number")
	refused(t, "number 0", mock(s, http.MethodGet, "/_mock/journal/0", nil), 400, "", "whole number")
	refused(t, "later", mock(s, http.MethodGet, "/_mock/journal/99", nil), 404, "", "the newest is 1")
}

func TestJournalCleared(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	for range 2 { // twice is as good as once
		if got := must(t, s, http.MethodDelete, "/_mock/journal", nil); got.Status != http.StatusNoContent {
			t.Errorf("%d %s", got.Status, got.Body)
		}
	}
	s.Get(sessions)
	if l := journalOf(t, s, ""); l.Total != 1 || l.Dropped != 0 || l.Entries[0].Number != 2 {
		t.Errorf("after the journal was cleared: %+v", l)
	}
	refused(t, "cleared", mock(s, http.MethodGet, "/_mock/journal/1", nil), 404, "", "gone")
	s.App().Default().ClearJournal() // as a reset does
	if l := journalOf(t, s, ""); l.Total != 0 {
		t.Errorf("after a reset: %+v", l)
	}
	s.Get(sessions)
	if l := journalOf(t, s, ""); l.Total != 1 || l.Entries[0].Number != 1 {
		t.Errorf("after a reset and a request: %+v", l)
	}
}

// A request takes as long as it does, by the machine's clock, but no time at all
// while the tenant's clock stands still.
func TestJournalDurations(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	machine := s.Manual()
	must(t, s, http.MethodPut, "/_mock/faults", `{"operation":"getRoleMiningSessions","delay":"90ms"}`)
	ask := func() string {
		answered := make(chan struct{})
		go func() {
			defer close(answered)
			s.Get(sessions)
		}()
		if err := machine.Blocked(t.Context(), 1); err != nil {
			t.Error(err)
		}
		s.Clock.Advance(90 * time.Millisecond)
		<-answered
		entries := journalOf(t, s, "").Entries
		return entries[len(entries)-1].Duration
	}
	if got := ask(); got != "90ms" {
		t.Errorf("%s, want 90ms", got)
	}
	must(t, s, http.MethodPost, "/_mock/clock", `{"freeze":true}`)
	if got := ask(); got != "0s" {
		t.Errorf("%s while the clock stands still", got)
	}
	must(t, s, http.MethodPost, "/_mock/clock", `{"scale":1}`)
	if got := ask(); got != "90ms" {
		t.Errorf("%s, want 90ms", got)
	}
}

func TestJournalDrops(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, func(c *config.Config) { c.JournalEntries, c.JournalBody = 3, 10 })
	for range 5 {
		s.Get(sessions)
	}
	l := journalOf(t, s, "")
	if l.Total != 3 || l.Dropped != 3 || l.Entries[0].Number != 4 {
		t.Errorf("%+v", l)
	}
	if r := l.Entries[0].Response; len(r.Text) != 10 || !r.Truncated || r.Size <= 10 {
		t.Errorf("a body of which 10 bytes are kept: %+v", r)
	}
	refused(t, "dropped", mock(s, http.MethodGet, "/_mock/journal/2", nil), 404, "", "make room")
	got := mock(s, http.MethodPost, "/_mock/verify", `{"operation":"getRoleMiningSessions","times":5}`)
	if text := got.Text("error"); got.Status != 409 || !strings.Contains(text, "3 requests had to make room") || got.Value("dropped") != 3.0 {
		t.Errorf("%d %s", got.Status, got.Body)
	}
}

func TestJournalOff(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, func(c *config.Config) { c.JournalEntries = 0 })
	for path, method := range map[string]string{
		"/_mock/journal": "GET", "/_mock/journal/1": "GET", "/_mock/journal/har": "GET", "/_mock/verify": "POST", "/_mock/coverage": "GET",
	} {
		var body any
		if method == "POST" {
			body = `{"never":true}`
		}
		refused(t, path, mock(s, method, path, body), 409, "", "--journal-entries")
		if path == "/_mock/journal" || path == "/_mock/coverage" {
			refused(t, path, mock(s, http.MethodDelete, path, nil), 409, "", "--journal-entries")
		}
	}
	s.App().Default().ClearJournal() // does nothing
}

// No secret comes out of the journal, in whichever way it was sent.
func TestJournalKeepsNoSecrets(t *testing.T) {
	t.Parallel()
	const secret = "Hush-1234567890"
	s := apptest.Start(t, nil)
	form := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	tokens := []string{s.Token, s.TokenFor("me", secret)}
	s.Send("POST", "/oauth/token?client_secret="+secret+"&client_id=me&grant_type=client_credentials", nil, nil)
	s.Send("POST", "/oauth/token", `{"client_secret":"`+secret+`"}`, http.Header{"Content-Type": {"application/json"}})
	basic := http.Header{"Content-Type": form["Content-Type"], "Authorization": {"Basic " + "bWU6SHVzaC0xMjM0NTY3ODkw"}, "Cookie": {"a=" + secret}}
	s.Send("POST", "/oauth/token", "grant_type=client_credentials", basic)
	challenge := "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
	got := s.Send("GET", "/oauth/authorize?response_type=code&client_id=me&redirect_uri=http://localhost/cb&code_challenge_method=S256&code_challenge="+challenge, nil, nil)
	to, err := url.Parse(got.Header.Get("Location"))
	if err != nil || to.Query().Get("code") == "" {
		t.Fatalf("%d to %v", got.Status, to)
	}
	verifier := "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	redeemed := s.Send("POST", "/oauth/token", url.Values{
		"grant_type": {"authorization_code"}, "client_id": {"me"}, "client_secret": {secret}, "code": {to.Query().Get("code")},
		"redirect_uri": {"http://localhost/cb"}, "code_verifier": {verifier},
	}.Encode(), form)
	tokens = append(tokens, redeemed.Text("access_token"), redeemed.Text("refresh_token"))
	refreshed := s.Send("POST", "/oauth/token", "grant_type=refresh_token&client_id=me&client_secret=x&refresh_token="+redeemed.Text("refresh_token"), form)
	tokens = append(tokens, refreshed.Text("access_token"))
	s.Send("GET", "/beta/role-mining-sessions?access_token="+tokens[1], nil, nil)

	secrets := append(tokens, secret, "bWU6SHVzaC0xMjM0NTY3ODkw", to.Query().Get("code"), verifier)
	for _, path := range []string{"/_mock/journal", "/_mock/journal/har", "/_mock/coverage", "/_mock/coverage?format=html"} {
		shown := string(must(t, s, "GET", path, nil).Body)
		for _, hidden := range secrets {
			if hidden == "" || strings.Contains(shown, hidden) {
				t.Errorf("%s shows %q", path, hidden)
			}
		}
		if path == "/_mock/journal" && strings.Count(shown, "[redacted]") < 15 {
			t.Errorf("%s redacts little: %s", path, shown)
		}
	}
	near := mock(s, "POST", "/_mock/verify", `{"operation":"getToken","body":{"client_secret":"`+strings.ToLower(secret)+`"},"times":1}`)
	for _, hidden := range secrets {
		if strings.Contains(string(near.Body), hidden) {
			t.Errorf("/_mock/verify shows %q", hidden)
		}
	}
}

// A bearer that is empty is a mistake of the request before.
func TestJournalExplainsAnEmptyBearer(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	s.Send("POST", "/oauth/token?grant_type=nope&client_id=me&client_secret=x", nil, nil)
	s.Send("GET", sessions, nil, http.Header{"Authorization": {"Bearer "}})
	l := journalOf(t, s, "?refused=true")
	if why := l.Entries[0].Refused; !strings.HasPrefix(why, "unsupported_grant_type: grant_type must be") {
		t.Errorf("the token was refused because %q", why)
	}
	s.Send("GET", "/oauth/authorize?client_id=me&redirect_uri=http://localhost/cb", nil, nil)
	if why := journalOf(t, s, "?operation=authorize").Entries[0].Refused; why != "invalid_request: response_type is missing" {
		t.Errorf("the code was refused because %q", why)
	}
	e := l.Entries[1]
	if e.Status != 401 || e.Refused != "JWT is required" || e.Request.Headers["Authorization"] != "Bearer" ||
		!strings.Contains(e.Hint, "the bearer token is empty") || !strings.Contains(e.Hint, "unsupported_grant_type: grant_type must be") {
		t.Errorf("%+v", e)
	}
}

// Each tenant has a journal and a coverage of its own.
func TestJournalsOfTenants(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	other := s.Tenant("other")
	other.Get(sessions + "/" + autoID)
	s.Get(sessions)
	for _, tc := range []struct {
		tenant          *apptest.Server
		operation, path string
	}{{s, "getRoleMiningSessions", "sessions"}, {other, "getRoleMiningSession", autoID}} {
		l := journalOf(t, tc.tenant, "?version=v2026")
		if l.Total != 1 || l.Entries[0].OperationID != tc.operation || l.Entries[0].Number != 2 || !strings.HasPrefix(l.Entries[0].Path, "/v2026/") {
			t.Errorf("%s: %+v", tc.operation, l)
		}
		har := must(t, tc.tenant, "GET", "/_mock/journal/har?version=v2026", nil)
		if address := har.Text("log", "entries", 0, "request", "url"); !strings.HasPrefix(address, tc.tenant.URL+"/v2026/") || !strings.HasSuffix(address, tc.path) {
			t.Errorf("%s: %s", tc.operation, address)
		}
		if report := must(t, tc.tenant, "GET", "/_mock/coverage", nil); operationOf(t, report, tc.operation)["calls"] != 1.0 || report.Value("totals", "operations", "used") != 1.0 {
			t.Errorf("%s: %s", tc.operation, report.Body)
		}
	}
	must(t, other, "POST", "/_mock/verify", `{"path":{"sessionId":"`+autoID+`"},"times":1}`)
	must(t, s, "POST", "/_mock/verify", `{"path":{"sessionId":"`+autoID+`"},"never":true}`)
}

// Headers are kept as they were sent: the prefix of a tenant is none of them, that
// of a proxy is, and both are in the addresses of an archive.
func TestJournalOfPrefixes(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	own := s.Tenant("own")
	for sent, prefix := range map[string]string{"": "", "/mock": "/mock", "/outer, /inner": "/outer", "https://evil": ""} {
		header := http.Header{"X-Forwarded-Prefix": {sent}}
		if sent == "" {
			header = nil
		}
		must(t, own, "DELETE", "/_mock/journal", nil)
		own.Send("GET", "/oauth/info", nil, header)
		har := must(t, own, "GET", "/_mock/journal/har", nil)
		if got, want := har.Text("log", "entries", 0, "request", "url"), s.URL+prefix+"/t/own/oauth/info"; got != want {
			t.Errorf("behind %q: %s, want %s", sent, got, want)
		}
		entries := journalOf(t, own, "").Entries
		if got, has := entries[0].Request.Headers["X-Forwarded-Prefix"]; got != sent || has != (sent != "") {
			t.Errorf("behind %q the header is %q", sent, got)
		}
		if inHAR := strings.Contains(string(har.Body), `"X-Forwarded-Prefix"`); inHAR != (sent != "") {
			t.Errorf("behind %q: %s", sent, har.Body)
		}
	}
}

// The journal says which rule made or changed an answer, and what became of it.
func TestJournalOfFaults(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	must(t, s, "PUT", "/_mock/faults", `[
		{"id":"busy","operation":"getRoleMiningSessions","status":429,"retryAfter":7,"times":1},
		{"id":"half","operation":"getRoleMiningSession","body":"truncate"},
		{"id":"gone","operation":"getRoleMiningSessionStatus","connection":"reset","performed":true}]`)
	s.Do("GET", sessions, nil)
	s.Get(sessions)
	for _, path := range []string{sessions + "/" + autoID, sessions + "/" + autoID + "/status"} {
		request, err := http.NewRequestWithContext(t.Context(), "GET", s.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header = http.Header{"Authorization": {"Bearer " + s.Token}, "X-Sailpoint-Experimental": {"true"}}
		response, err := http.DefaultClient.Do(request)
		if err == nil {
			_, err = io.ReadAll(response.Body)
			_ = response.Body.Close()
		}
		if err == nil {
			t.Errorf("%s was answered whole", path)
		}
	}
	// The client may know that a connection is broken before the server has told.
	for journalOf(t, s, "?fault=gone").Total == 0 {
		runtime.Gosched()
	}
	var got []string
	for _, e := range journalOf(t, s, "?fault=*").Entries {
		got = append(got, fmt.Sprint(e.Fault, " ", e.Status, " ", e.Response.Headers["X-Mock-Fault"], " ", e.Response.Headers["Retry-After"], " ", e.Aborted))
	}
	slices.Sort(got)
	want := []string{"busy 429 busy 7 ", "gone 0 gone  the server broke the connection off", "half 200 half  the server broke the connection off"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	must(t, s, "POST", "/_mock/verify", `{"sequence":[{"operation":"getRoleMiningSessions","fault":"busy","status":429},{"operation":"getRoleMiningSessions","status":200}]}`)
}

func TestArchive(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	script(t, s)
	got := must(t, s, "GET", "/_mock/journal/har?version=v2026&status=2xx", nil)
	if got.Header.Get("Content-Disposition") != `attachment; filename="mockserver.har"` {
		t.Errorf("Content-Disposition %q", got.Header.Get("Content-Disposition"))
	}
	if got.Text("log", "version") != "1.2" || got.Text("log", "creator", "version") != version(s) || len(got.Value("log", "entries").([]any)) != 4 {
		t.Errorf("%s", got.Body)
	}
	if address := got.Text("log", "entries", 0, "request", "url"); address != s.URL+sessions+"?limit=10&filters=saved+eq+true" {
		t.Errorf("url %s", address)
	}
}

// 64 clients at once: each finds its request in the journal as soon as it has the
// answer, though the answer is long; and nothing is lost or told twice.
func TestJournalOfManyClients(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	const clients, each = 64, 2
	var all sync.WaitGroup
	for c := range clients {
		all.Go(func() {
			for i := range each {
				mark := fmt.Sprintf("%d-%d", c, i)
				s.Do("GET", "/v2026/role-mining-potential-roles?limit=10&mark="+mark, nil)
				got := mock(s, "POST", "/_mock/verify", `{"operation":"getAllPotentialRoleSummaries","query":{"mark":"`+mark+`"},"times":1}`)
				if got.Status != 200 {
					t.Errorf("%s: %d %.300s", mark, got.Status, got.Body)
				}
			}
		})
	}
	all.Wait()
	must(t, s, "POST", "/_mock/verify", fmt.Sprintf(`{"operation":"getAllPotentialRoleSummaries","status":200,"times":%d}`, clients*each))
	if calls := operationOf(t, must(t, s, "GET", "/_mock/coverage", nil), "getAllPotentialRoleSummaries")["calls"]; calls != float64(clients*each) {
		t.Errorf("%v calls are counted", calls)
	}
}
