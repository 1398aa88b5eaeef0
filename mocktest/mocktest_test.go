package mocktest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"mockserver/internal/openapi"
	"mockserver/mocktest"
)

const sessions = "/v2026/role-mining-sessions"

// call sends a request with the client of a server, and decodes the answer.
func call(tb testing.TB, srv *mocktest.Server, method, path, body string, into any) int {
	tb.Helper()
	request, err := http.NewRequestWithContext(tb.Context(), method, srv.URL()+path, strings.NewReader(body))
	if err != nil {
		tb.Fatal(err)
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := srv.Client().Do(request)
	if err != nil {
		tb.Fatal(err)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		tb.Fatal(err)
	}
	if into != nil {
		if err := json.Unmarshal(raw, into); err != nil {
			tb.Fatalf("%s %s: %d %s: %v", method, path, response.StatusCode, raw, err)
		}
	}
	return response.StatusCode
}

// create creates a session and returns its id.
func create(tb testing.TB, srv *mocktest.Server, name string) string {
	tb.Helper()
	var made struct{ ID string }
	body := `{"name":"` + name + `","minNumIdentitiesInPotentialRole":20,"scope":{"criteria":"source.name:DataScienceDataset"}}`
	if got := call(tb, srv, http.MethodPost, sessions, body, &made); got != http.StatusCreated {
		tb.Fatalf("create: %d", got)
	}
	return made.ID
}

func count(tb testing.TB, srv *mocktest.Server) int {
	tb.Helper()
	var list []struct{}
	if got := call(tb, srv, http.MethodGet, sessions, "", &list); got != http.StatusOK {
		tb.Fatalf("list: %d", got)
	}
	return len(list)
}

func state(tb testing.TB, srv *mocktest.Server, id string) string {
	tb.Helper()
	var status struct{ State string }
	call(tb, srv, http.MethodGet, sessions+"/"+id+"/status", "", &status)
	return status.State
}

func TestJourney(t *testing.T) {
	t.Parallel()
	srv := mocktest.Start(t)
	before := count(t, srv)
	id := create(t, srv, "One")
	srv.WaitSession(id, "")
	if got := state(t, srv, id); got != mocktest.PotentialRolesCreated {
		t.Errorf("the session is %s", got)
	}
	if !srv.Verify(mocktest.Call{Operation: "createRoleMiningSessions", Status: "201", Body: map[string]any{"name": "One"}}, mocktest.Times(1)) {
		t.Error("it was not told that there was one")
	}
	srv.VerifySequence(mocktest.Call{Operation: "createRoleMiningSessions"}, mocktest.Call{Operation: "getRoleMiningSessionStatus", Path: map[string]string{"sessionId": id}})
	srv.Verify(mocktest.Call{Operation: "patchPotentialRole"}, mocktest.Never())

	srv.Reset()
	if got := count(t, srv); got != before {
		t.Errorf("%d sessions after the reset, %d before it", got, before)
	}
	if again := create(t, srv, "One"); again != id {
		t.Errorf("the first session after a reset is %s, not %s", again, id)
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	srv := mocktest.Start(t)
	zero, half := 0, 0.5
	srv.Faults(
		mocktest.Fault{Operation: "getRoleMiningSessions", Status: 429, RetryAfter: &zero, Times: 2},
		mocktest.Fault{ID: "drawn", Operation: "getRoleMiningSessions", Times: 1, Delay: mocktest.Delay{Distribution: "uniform", Min: time.Microsecond, Max: time.Millisecond}},
		mocktest.Fault{ID: "never", Operation: "createRoleMiningSessions", Probability: half, Slow: &mocktest.Slow{BytesPerSecond: 10}, Delay: mocktest.For(time.Second)},
	)
	for i, want := range []int{429, 429, 200, 200} {
		if got := call(t, srv, http.MethodGet, sessions, "", nil); got != want {
			t.Errorf("call %d: %d, want %d", i+1, got, want)
		}
	}
	if got := srv.UnusedFaults(); len(got) != 1 || got[0] != "never" {
		t.Errorf("unused: %v", got)
	}
	srv.Verify(mocktest.Call{Fault: "drawn"}, mocktest.Times(1))
	srv.Faults()
	if got := srv.UnusedFaults(); len(got) != 0 {
		t.Errorf("after they were cleared: %v", got)
	}
}

func TestClockAndJobs(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	srv := mocktest.Start(t, mocktest.Frozen(at), mocktest.Flags("--stage-delay=1h"))
	if got := srv.Now(); !got.Equal(at) {
		t.Errorf("the clock shows %v", got)
	}
	id := create(t, srv, "Slow")
	if got := state(t, srv, id); got != "CREATED" {
		t.Errorf("at once: %s", got)
	}
	srv.Advance(13 * time.Hour) // longer than any usual token lives
	if got := state(t, srv, id); got != mocktest.PotentialRolesCreated {
		t.Errorf("after 13 hours: %s", got)
	}
	srv.Jobs("step")
	id = create(t, srv, "By steps")
	steps := 0
	for srv.Step() > 0 {
		steps++
	}
	if got := state(t, srv, id); got != mocktest.PotentialRolesCreated || steps < 3 {
		t.Errorf("after %d steps: %s", steps, got)
	}
	srv.Set(map[string]any{"auth": "strict"})
	if got := call(t, srv, http.MethodGet, sessions, "", nil); got != http.StatusOK {
		t.Errorf("strict: %d", got)
	}
}

// Tests that share a server do not see each other.
func TestTenants(t *testing.T) {
	t.Parallel()
	srv := mocktest.Start(t)
	before := count(t, srv)
	for i := range 4 {
		t.Run(fmt.Sprintf("Case %d / ä", i), func(t *testing.T) {
			t.Parallel()
			own := srv.ForTest(t)
			for range i + 1 {
				create(t, own, "Mine")
			}
			if got := count(t, own); got != before+i+1 {
				t.Errorf("%d sessions, want %d", got, before+i+1)
			}
		})
	}
	named := srv.Tenant("named")
	create(t, named, "Mine")
	if same := mocktest.Connect(t, named.URL()); count(t, same) != before+1 {
		t.Errorf("%d sessions by the URL of a tenant", count(t, same))
	}
	if got := count(t, srv); got != before {
		t.Errorf("%d sessions in the default tenant, want %d", got, before)
	}
}

func TestConnect(t *testing.T) {
	t.Parallel()
	srv := mocktest.Start(t, mocktest.Flags("--control-addr=127.0.0.1:0"))
	_ = srv.Token(mocktest.Token{})
	there := mocktest.Connect(t, srv.URL()+"/", mocktest.ControlURL(srv.ControlURL()))
	id := create(t, srv, "Seen by both")
	there.WaitSession(id, "")
	if got := state(t, there, id); got != mocktest.PotentialRolesCreated {
		t.Errorf("the session is %s", got)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, there.URL()+sessions, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+there.Token(mocktest.Token{Kind: "expired"}))
	response, err := there.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil || response.StatusCode != http.StatusUnauthorized {
		t.Errorf("with an expired token: %d, %v", response.StatusCode, err)
	}
}

// What Frozen says holds of tenants and after a reset, but of nothing that others
// have made.
func TestFrozen(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	srv := mocktest.Start(t, mocktest.Frozen(at))
	for name, s := range map[string]*mocktest.Server{"default": srv, "tenant": srv.Tenant("named"), "tenant of a test": srv.ForTest(t)} {
		s.Advance(time.Hour)
		create(t, s, "Mine")
		s.Reset()
		if got := s.Now(); !got.Equal(at) {
			t.Errorf("%s: after a reset the clock shows %v", name, got)
		}
		create(t, s, "Mine")
	}
	before := count(t, srv)
	later := at.Add(time.Hour)
	there := mocktest.Connect(t, srv.URL(), mocktest.Frozen(later))
	if got := there.Now(); !got.Equal(later) || count(t, there) != before || count(t, there.Tenant("named")) != before {
		t.Errorf("connected: the clock shows %v, and there are %d sessions, %d before", got, count(t, there), before)
	}
}

// A test has one tenant however often it asks. One that an earlier run has left
// begins anew, and one that is gone is no mistake.
func TestForTestAgain(t *testing.T) {
	t.Parallel()
	srv := mocktest.Start(t)
	before := count(t, srv)
	t.Run("once", func(t *testing.T) {
		own := srv.ForTest(t)
		create(t, own, "Mine")
		if again := srv.ForTest(t); again.URL() != own.URL() || count(t, again) != before+1 {
			t.Errorf("%s has %d sessions; %s has %d", own.URL(), count(t, own), again.URL(), count(t, again))
		}
		if another := mocktest.Connect(t, srv.URL()).ForTest(t); another.URL() != own.URL() || count(t, another) != before {
			t.Errorf("%s has %d sessions left of an earlier run", another.URL(), count(t, another))
		}
	})
}

// A test may have put something in the place of the standard library's clients.
func TestDefaultTransport(t *testing.T) {
	http.DefaultTransport = refusing{}
	t.Cleanup(func() { http.DefaultTransport = standard })
	srv := mocktest.Start(t)
	srv.WaitSession(create(t, srv, "Mine"), "")
}

var standard = http.DefaultTransport

type refusing struct{}

func (refusing) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("http.DefaultTransport was used")
}

// The structs have every property that the server takes, and no other.
func TestShapes(t *testing.T) {
	t.Parallel()
	one, yes := 1, true
	at := time.Unix(0, 0).UTC()
	shown := map[string]bool{"seen": true, "hits": true, "spent": true} // what only the server says
	for schema, value := range map[string]any{
		"FaultRule": mocktest.Fault{
			ID: "a", Operation: "*", Version: "beta", Client: "c", Path: map[string]string{"sessionId": "1"}, Header: map[string]string{"A": "b"},
			Times: 1, Nth: 1, Every: 1, After: 1, Probability: 1, Status: 500, RetryAfter: &one, Delay: mocktest.For(1), Connection: "reset",
			Body: "truncate", Slow: &mocktest.Slow{BytesPerSecond: 1}, Performed: true,
		},
		"FaultDelay": mocktest.Delay{Distribution: "uniform", Min: 1, Max: 1, Mean: 1, Stddev: 1, Median: 1, Sigma: 1},
		"ControlMatcher": mocktest.Call{
			Operation: "a", Version: "a", Client: "a", Method: "a", Status: "a", Refused: &yes, Fault: "a", Path: map[string]string{"a": "a"},
			Query: map[string]any{"a": 1}, Body: 1,
		},
		"ControlTokenOrder": struct {
			mocktest.Token
			TTL string `json:"ttl"` // said by ExpiresAt
		}{Token: mocktest.Token{
			Kind: "a", ClientID: "a", UserID: "a", Scopes: []string{"a"}, Authorities: []string{"a"}, IssuedAt: at, NotBefore: at, ExpiresAt: at,
			Claims: map[string]any{"a": 1},
		}},
	} {
		raw, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		var sent map[string]any
		if err := json.Unmarshal(raw, &sent); err != nil {
			t.Fatal(err)
		}
		taken := properties(t, schema)
		for name := range taken {
			if _, there := sent[name]; !there && !shown[name] {
				t.Errorf("%s: nothing sets %s", schema, name)
			}
		}
		for name := range sent {
			if !taken[name] {
				t.Errorf("%s: the server has no %s", schema, name)
			}
		}
	}
}

// properties are those that the served description has of a schema.
func properties(t *testing.T, schema string) map[string]bool {
	t.Helper()
	var doc struct {
		Components struct {
			Schemas map[string]struct{ Properties map[string]any }
		}
	}
	raw, ok := openapi.Document("v2026")
	if !ok {
		t.Fatal("there is no document")
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for name := range doc.Components.Schemas[schema].Properties {
		names[name] = true
	}
	if len(names) == 0 {
		t.Fatalf("the description has no schema %s", schema)
	}
	return names
}

// A hundred starts and stops leave nothing behind: no goroutine, no file.
func TestNothingIsLeft(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	t.Chdir(t.TempDir())
	already := goleak.IgnoreCurrent()
	for i := range 100 {
		t.Run("", func(t *testing.T) {
			srv := mocktest.Start(t)
			srv.ForTest(t).Reset()
			if i%10 == 0 {
				create(t, srv, "Left alone") // its mining is under way at the end
			}
		})
	}
	if err := goleak.Find(already); err != nil {
		t.Error(err)
	}
	for _, dir := range []string{temp, "."} {
		left, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range left {
			t.Errorf("%s was left in %s", file.Name(), dir)
		}
	}
}
