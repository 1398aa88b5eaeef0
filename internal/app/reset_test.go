package app_test

import (
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/app/apptest"
	"mockserver/internal/config"
	"mockserver/internal/tenant"
)

const resetAll = `{"reset":["state","clock","jobs","settings","faults","journal","limits"],"kept":[]}`

// reset resets the tenant of a server.
func reset(t *testing.T, s *apptest.Server, body, want string) {
	t.Helper()
	var sent any
	if body != "" {
		sent = body
	}
	if got := s.Send(http.MethodPost, "/_mock/reset", sent, nil); got.Status != http.StatusOK || string(got.Body) != want {
		t.Fatalf("reset %s: %d %s, want %s", body, got.Status, got.Body, want)
	}
}

// After a reset the same requests get the same bytes as the first time: ids,
// dates, tokens and tracking ids included.
func TestReset(t *testing.T) {
	t.Parallel()
	for name, db := range map[string]string{"memory": "", "file": filepath.Join(t.TempDir(), "mock.db")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := apptest.Start(t, func(c *config.Config) { c.DB, c.RateLimit.Calls, c.RateLimit.Per = db, 1000, time.Hour })
			reset(t, s, "", resetAll) // of the token that the start took
			want := workDay(t, s)
			for range 2 {
				reset(t, s, "", resetAll)
				if diff := cmp.Diff(want, workDay(t, s)); diff != "" {
					t.Errorf("after a reset (-first time +now):\n%s", diff)
				}
			}
			if db == "" {
				return
			}
			reset(t, s, "", resetAll)
			s.Stop()
			s = apptest.Start(t, func(c *config.Config) { c.DB, c.RateLimit.Calls, c.RateLimit.Per = db, 1000, time.Hour })
			reset(t, s, "", resetAll)
			if diff := cmp.Diff(want, workDay(t, s)); diff != "" {
				t.Errorf("after a restart and a reset (-first time +now):\n%s", diff)
			}
		})
	}
}

// workDay uses a bit of everything and returns what was answered.
func workDay(t *testing.T, s *apptest.Server) []string {
	t.Helper()
	id, secret, err := s.App().Default().Credentials(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s.Token = s.TokenFor(id, secret)
	answers := []string{s.Token}
	call := func(method, path string, body any) apptest.Answer {
		got := s.Do(method, path, body)
		var head strings.Builder
		for _, name := range slices.Sorted(maps.Keys(got.Header)) {
			fmt.Fprintf(&head, "%s: %q ", name, got.Header[name])
		}
		answers = append(answers, fmt.Sprintf("%s %s: %d %s%q", method, path, got.Status, head.String(), got.Body))
		return got
	}
	call(http.MethodGet, sessions, nil)
	call(http.MethodPost, "/_mock/clock", `{"freeze":true,"set":"2026-04-01T00:00:00Z"}`)
	call(http.MethodPut, "/_mock/jobs", `{"mode":"immediate","stageDelay":"1h"}`)
	call(http.MethodPut, "/_mock/faults", `[{"operation":"getRoleMiningSessionStatus","status":503,"times":1}]`)
	call(http.MethodGet, "/_mock/clock", nil)
	s.Token = s.TokenFor(id, secret)
	made := call(http.MethodPost, sessions, map[string]any{"name": "Day", "scope": map[string]any{"criteria": "source.name:DataScienceDataset"}, "minNumIdentitiesInPotentialRole": 10})
	session := sessions + "/" + made.Text("id")
	call(http.MethodGet, session+"/status", nil)
	call(http.MethodGet, session+"/status", nil)
	role := call(http.MethodGet, session+"/potential-role-summaries", nil).Text(0, "id")
	path := session + "/potential-roles/" + role
	call(http.MethodPatch, "/v2026/role-mining-potential-roles/"+role, `[{"op":"replace","path":"/saved","value":true}]`)
	export := call(http.MethodPost, path+"/export-async", nil).Text("exportId")
	call(http.MethodGet, path+"/export-async/"+export+"/download", nil)
	call(http.MethodPost, path+"/provision", `{"includeIdentities":true}`)
	call(http.MethodGet, "/v2026/role-mining-potential-roles/saved", nil)
	call(http.MethodPost, session+"/", nil)
	answers = append(answers, s.Events(5)...)
	return answers
}

// What is to be kept stays as it is; the rest is as at first.
func TestResetKeeps(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, func(c *config.Config) {
		c.Fixtures, c.RateLimit.Calls, c.RateLimit.Per = apptest.FixturesDir(t, tiny(nil)), 2, time.Hour
	})
	const set = `{"freeze":true,"set":"2026-03-01T09:30:00Z"}`
	use := func() {
		s.Send(http.MethodPost, "/_mock/clock", set, nil)
		s.Send(http.MethodPut, "/_mock/jobs", `{"mode":"step"}`, nil)
		s.Send(http.MethodPut, "/_mock/settings", `{"strictRequests":true}`, nil)
		s.Send(http.MethodPut, "/_mock/faults", `[{"operation":"getRoleMiningSession","status":503}]`, nil)
		for range 3 {
			s.Do(http.MethodGet, sessions, nil)
		}
	}
	state := func() string {
		clock, jobs := s.Send(http.MethodGet, "/_mock/clock", nil, nil), s.Send(http.MethodGet, "/_mock/jobs", nil, nil)
		rules, journal := s.Send(http.MethodGet, "/_mock/faults", nil, nil), s.App().Default().Journal.Stats().Held
		return fmt.Sprint("clock ", clock.Value("frozen"), " ", clock.Text("now"), ", jobs ", jobs.Text("mode"), ", strict ", s.App().Default().Tuning().StrictRequests.Value, ", faults ", rules.Len(), ", journal ", journal > 0,
			", limited ", s.Do(http.MethodGet, sessions, nil).Status == http.StatusTooManyRequests)
	}
	for _, tc := range []struct{ body, answer, want string }{
		{`{}`, resetAll, "clock false 2026-03-01T09:00:00.000Z, jobs auto, strict false, faults 0, journal false, limited false"},
		{`{"keep":[]}`, resetAll, "clock false 2026-03-01T09:00:00.000Z, jobs auto, strict false, faults 0, journal false, limited false"},
		{
			`{"keep":["faults","clock"]}`, `{"reset":["state","jobs","settings","journal","limits"],"kept":["clock","faults"]}`,
			"clock true 2026-03-01T09:30:00.000Z, jobs auto, strict false, faults 1, journal false, limited false",
		},
		{
			`{"keep":["limits","journal","jobs","jobs","settings"]}`, `{"reset":["state","clock","faults"],"kept":["jobs","settings","journal","limits"]}`,
			"clock false 2026-03-01T09:00:00.000Z, jobs step, strict true, faults 0, journal true, limited true",
		},
	} {
		use()
		reset(t, s, tc.body, tc.answer)
		if got := state(); got != tc.want {
			t.Errorf("reset %s: %s, want %s", tc.body, got, tc.want)
		}
		reset(t, s, "", resetAll)
	}
	for body, want := range map[string]string{
		`{"keep":["clock","sessions"]}`: `{"error":"a reset cannot keep \"sessions\"","pointer":"/keep/1","allowed":["clock","jobs","settings","faults","journal","limits"]}`,
		`{"hard":true}`:                 `{"error":"there is no property \"hard\" here","pointer":"/hard","allowed":["keep"]}`,
	} {
		if got := s.Send(http.MethodPost, "/_mock/reset", body, nil); got.Status != http.StatusBadRequest || string(got.Body) != want {
			t.Errorf("%s: %d %s, want %s", body, got.Status, got.Body, want)
		}
	}
}

// A request that came before a reset and has not written by then writes nothing
// after it, is told so, and is not in the journal.
func TestRequestOverAReset(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, func(c *config.Config) { c.Fixtures = apptest.FixturesDir(t, tiny(nil)) })
	s.InProcess("a reset sets the clock to the machine's, for which the token is too old")
	body, half := io.Pipe()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+sessions, body)
	if err != nil {
		t.Fatal(err)
	}
	request.Header = tokenHeader(s.Token)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Expect", "100-continue") // so that the body is sent when it is wanted
	client := http.Client{Transport: &http.Transport{ExpectContinueTimeout: time.Minute}}
	answers := make(chan *http.Response)
	go func() {
		got, err := client.Do(request)
		if err != nil {
			t.Error(err)
		}
		answers <- got
	}()
	if _, err := half.Write([]byte(`{"name":`)); err != nil { // it has come when this returns
		t.Fatal(err)
	}
	reset(t, s, "", resetAll)
	if _, err := half.Write([]byte(`"late"}`)); err != nil {
		t.Fatal(err)
	}
	half.Close()
	got := <-answers
	defer got.Body.Close()
	text, _ := io.ReadAll(got.Body)
	if got.StatusCode != http.StatusConflict || !strings.Contains(string(text), "was reset") {
		t.Errorf("the late request: %d %s", got.StatusCode, text)
	}
	if listed := s.Get(sessions); listed.Len() != 1 {
		t.Errorf("sessions: %s", listed.Body)
	}
	if n := s.App().Default().Journal.Stats().Held; n != 1 {
		t.Errorf("%d requests in the journal, want the one after the reset", n)
	}
}

// Background work of before a reset is cancelled, wherever it is; nothing of it
// shows up afterwards.
func TestWorkOverAReset(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	stop := s.Run(t.Context())
	defer stop()
	s.WaitReady()
	before := s.Get(sessions)
	for i := range 8 {
		id := s.Do(http.MethodPost, sessions, map[string]any{"minNumIdentitiesInPotentialRole": 5}).Text("id")
		for range i { // so that it is found in different states
			s.Get(sessions + "/" + id)
		}
		reset(t, s, "", resetAll)
		if got := s.Send(http.MethodGet, "/_mock/sessions/"+id+"/wait", nil, nil); got.Status != http.StatusNotFound {
			t.Errorf("the session after the reset: %d %s", got.Status, got.Body)
		}
		if got := s.Get(sessions); string(got.Body) != string(before.Body) {
			t.Errorf("sessions after the reset: %s", got.Body)
		}
	}
	// And work goes on.
	id := s.Do(http.MethodPost, sessions, map[string]any{"scope": map[string]any{"criteria": "attributes.location:Miami"}}).Text("id")
	if got := s.Send(http.MethodGet, "/_mock/sessions/"+id+"/wait", nil, nil); got.Status != http.StatusOK {
		t.Errorf("a session after all resets: %d %s", got.Status, got.Body)
	}
}

// Another organisation in the place of the tenant's: clients, people and the name
// of the organisation are those of the new one, also after a restart and a reset.
func TestReplaceTheOrganisation(t *testing.T) {
	t.Parallel()
	image, err := tenant.BuildImage(t.Context(), tiny(nil), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	db := filepath.Join(t.TempDir(), "mock.db")
	s := restartable(t, db)
	former := s.Token
	s.CreateSession(map[string]any{"scope": map[string]any{"criteria": "attributes.location:Miami"}})
	if err := s.App().Default().Replace(t.Context(), image); err != nil {
		t.Fatal(err)
	}
	check := func() {
		t.Helper()
		if got := s.Do(http.MethodGet, sessions, nil); got.Status != http.StatusUnauthorized {
			t.Errorf("a token of the former organisation: %d", got.Status)
		}
		s.Token = s.TokenFor("admin", "y")
		if got := s.Get(sessions); got.Len() != 1 || got.Text(0, "name") != "All" {
			t.Errorf("sessions of the new organisation: %s", got.Body)
		}
		if got := s.Send(http.MethodGet, "/oauth/info", nil, nil); got.Text("tenantName") != "Tiny" {
			t.Errorf("info: %s", got.Body)
		}
		if id := s.CreateSession(map[string]any{"minNumIdentitiesInPotentialRole": 2}); s.Get(sessions+"/"+id).Value("identityCount") != 3.0 {
			t.Error("it mines another organisation")
		}
	}
	check()
	s.Token = former
	reset(t, s, "", resetAll)
	check()
	s.Stop()
	s = restartable(t, db)
	s.Token = former
	reset(t, s, "", resetAll)
	check()
	if err := s.App().Default().Replace(t.Context(), image[:5000]); err == nil {
		t.Error("a cut image was taken")
	}
	if got := s.Get(sessions); got.Len() != 2 {
		t.Errorf("after an image that was refused: %s", got.Body)
	}
}
