package app_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/app/apptest"
	"mockserver/internal/config"
)

// rest finishes what is under way, does some more and resets the tenant, and
// returns what was answered, tokens and tracking ids included.
func rest(t *testing.T, s *apptest.Server, session, polled string) []string {
	t.Helper()
	var answers []string
	call := func(method, path string, body any) apptest.Answer {
		got := s.Do(method, path, body)
		answers = append(answers, fmt.Sprintf("%s %s: %d %s %s", method, path, got.Status, got.Header.Get("SLPT-Request-ID"), got.Body))
		return got
	}
	path := sessions + "/" + session
	call(http.MethodGet, sessions+"/"+polled, nil) // the third time
	call(http.MethodGet, path, nil)
	for range 8 {
		answers = append(answers, string(order(t, s, "POST", "/_mock/jobs/step", "", 200).Body))
		call(http.MethodGet, path+"/status", nil)
	}
	role := call(http.MethodGet, path+"/potential-role-summaries", nil).Text(0, "id")
	call(http.MethodPost, path+"/potential-roles/"+role+"/provision", `{"includeIdentities":true}`)
	call(http.MethodPost, path+"/potential-roles/"+role+"/export-async", nil)
	order(t, s, "POST", "/_mock/jobs/step", "", 200)
	order(t, s, "POST", "/_mock/jobs/step", "", 200)
	call(http.MethodGet, "/v2026/role-mining-potential-roles", nil)
	call(http.MethodPost, sessions, map[string]any{"name": "another"})
	call(http.MethodGet, sessions, nil)
	answers = append(answers, string(order(t, s, "GET", "/_mock/settings", "", 200).Body))
	for range 3 { // until the rate limit is reached
		call(http.MethodGet, "/beta"+strings.TrimPrefix(sessions, "/v2026"), nil)
	}
	answers = append(answers, string(order(t, s, "GET", "/_mock/clock", "", 200).Body), string(order(t, s, "GET", "/_mock/jobs", "", 200).Body),
		string(order(t, s, "GET", "/_mock/outbox", "", 200).Body), s.TokenFor("admin", "y"))
	reset(t, s, "", resetAll)
	return append(answers, string(order(t, s, "GET", "/_mock/fixtures", "", 200).Body), string(s.Get(sessions).Body))
}

// halfway brings a tenant to the middle of its work, a bit of everything that a
// snapshot holds about it, and saves that. It returns a session that waits for
// steps and one that waits for its third read.
func halfway(t *testing.T, s *apptest.Server) (session, polled string) {
	t.Helper()
	order(t, s, "PATCH", "/_mock/fixtures?baseline=true", `{"identities":[{"id":"i2","displayName":"Bo"}]}`, 200)
	order(t, s, "POST", "/_mock/clock", `{"freeze":true,"set":"2026-05-01T12:00:00Z"}`, 200)
	order(t, s, "PUT", "/_mock/settings", `{"auth":"lenient","jobs":"step","stageDelay":"2s","rateLimit":"30/1h","strictRequests":true,"prefer":true}`, 200)
	s.Token = s.TokenFor("admin", "y")
	session = s.Do(http.MethodPost, sessions, map[string]any{"name": "halfway", "minNumIdentitiesInPotentialRole": 2, "emailRecipientId": "i1"}).Text("id")
	polled = s.Do(http.MethodPost, sessions, map[string]any{"name": "polled", "minNumIdentitiesInPotentialRole": 3}).Text("id")
	order(t, s, "POST", "/_mock/jobs/step", "", 200)
	order(t, s, "PUT", "/_mock/sessions/"+session+"/jobs", `{"mode":"hold:PRUNE_THRESHOLD_OBTAINED","stageDelay":"1h"}`, 200)
	order(t, s, "PUT", "/_mock/sessions/"+polled+"/jobs", `{"mode":"polls:3"}`, 200)
	for range 2 {
		if got := s.Get(sessions + "/" + polled); got.Text("status", "state") != "IDENTITIES_OBTAINED" {
			t.Fatalf("the session that is polled: %s", got.Body)
		}
	}
	for range 28 {
		s.Get("/beta/role-mining-sessions")
	}
	order(t, s, "POST", snapshots+"/halfway", "", 201)
	return session, polled
}

// A tenant that goes back to a snapshot goes on from there as it did the first
// time, to the byte, with sessions that were under way; in memory and in a file,
// in another tenant and on another server that the snapshot is taken to.
func TestRestore(t *testing.T) {
	t.Parallel()
	for name, db := range map[string]string{"memory": "", "file": filepath.Join(t.TempDir(), "mock.db")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := tinyServer(t, func(c *config.Config) { c.DB = db })
			s.InProcess("a reset sets the clock to the machine's, for which the token is too old")
			id, polled := halfway(t, s)
			want := rest(t, s, id, polled)
			if text := strings.Join(want, "\n"); strings.Count(text, ": 429") != 1 || !strings.Contains(text, `"Bo"`) {
				t.Fatalf("the first time: %s", text)
			}
			token := s.Token
			for range 2 {
				order(t, s, "PATCH", "/_mock/fixtures?baseline=true", `{"identities":[{"id":"i4","name":"d","displayName":"D"}]}`, 200)
				order(t, s, "POST", "/_mock/clock", `{"advance":"1h"}`, 200)
				order(t, s, "PUT", "/_mock/faults", `[{"operation":"getRoleMiningSession","status":503}]`, 200)
				got := order(t, s, "POST", snapshots+"/halfway/restore", "", 200)
				if text := `{"snapshot":"halfway","restored":["state","clock","jobs","settings","limits"],"cleared":["faults","journal"],"kept":[]}`; string(got.Body) != text {
					t.Errorf("restored %s, want %s", got.Body, text)
				}
				if n := s.App().Default().Journal.Stats().Held; n != 0 {
					t.Errorf("%d requests in the journal", n)
				}
				if diff := cmp.Diff(want, rest(t, s, id, polled)); diff != "" {
					t.Errorf("after the restore (-first time +now):\n%s", diff)
				}
			}
			file := order(t, s, "GET", snapshots+"/halfway/file", "", 200)
			if got := file.Header.Get("Content-Disposition"); got != `attachment; filename="halfway.snapshot.json"` {
				t.Errorf("the file's name: %s", got)
			}
			order(t, s, "POST", snapshots+"/halfway/restore", "", 200)
			listed := s.Get(sessions).Body
			other := tinyServer(t, nil)
			for where, there := range map[string]*apptest.Server{"another server": other, "a tenant of it": other.Tenant("x")} {
				order(t, there, "PUT", snapshots+"/brought/file", string(file.Body), 201)
				again := order(t, there, "GET", snapshots+"/brought/file", "", 200)
				if string(again.Body) != string(file.Body) {
					t.Errorf("%s: the file of an imported snapshot is another one", where)
				}
				order(t, there, "POST", snapshots+"/brought/restore", "", 200)
				there.Token = there.TokenFor("admin", "y")
				if got := there.Get(sessions); string(got.Body) != string(listed) {
					t.Errorf("%s: sessions %s, want %s", where, got.Body, listed)
				}
			}
			order(t, other, "POST", snapshots+"/brought/restore", "", 200)
			other.Token = token
			for i := range want { // a file does not say who gave the settings their values
				want[i] = strings.ReplaceAll(want[i], `"source":"control"`, `"source":"snapshot"`)
			}
			if diff := cmp.Diff(want, rest(t, other, id, polled)); diff != "" {
				t.Errorf("on another server (-first time +there):\n%s", diff)
			}
		})
	}
}

// What is kept goes on as it is, and counts for sessions that come back.
func TestRestoreKeeps(t *testing.T) {
	t.Parallel()
	s := tinyServer(t, nil)
	order(t, s, "PUT", "/_mock/jobs", `{"mode":"step"}`, 200)
	order(t, s, "POST", "/_mock/clock", `{"freeze":true}`, 200)
	id := s.Do(http.MethodPost, sessions, map[string]any{"minNumIdentitiesInPotentialRole": 2}).Text("id")
	order(t, s, "POST", snapshots+"/x", "", 201)
	order(t, s, "PUT", "/_mock/jobs", `{"mode":"auto"}`, 200)
	order(t, s, "POST", "/_mock/clock", `{"set":"2026-03-05T00:00:00Z"}`, 200)
	order(t, s, "PUT", "/_mock/faults", `[{"id":"f","operation":"getToken","status":503}]`, 200)
	order(t, s, "PUT", "/_mock/settings", `{"strictRequests":true,"rateLimit":"3/1h"}`, 200)
	const kept = `{"snapshot":"x","restored":["state","limits"],"cleared":["journal"],"kept":["clock","jobs","settings","faults"]}`
	if got := order(t, s, "POST", snapshots+"/x/restore", `{"keep":["clock","faults","jobs","settings"]}`, 200); string(got.Body) != kept {
		t.Errorf("restored %s, want %s", got.Body, kept)
	}
	clock, jobs := order(t, s, "GET", "/_mock/clock", "", 200), order(t, s, "GET", "/_mock/jobs", "", 200)
	if clock.Text("now") != "2026-03-05T00:00:00.000Z" || jobs.Text("mode") != "auto" || order(t, s, "GET", "/_mock/faults", "", 200).Len() != 1 {
		t.Errorf("clock %s, jobs %s", clock.Body, jobs.Body)
	}
	s.Token = order(t, s, "POST", "/_mock/tokens", `{}`, 200).Text("accessToken") // not of the endpoint that fails
	s.Settle()                                                                    // by time now, not by steps
	if got := s.Get(sessions + "/" + id); got.Text("status", "state") != "POTENTIAL_ROLES_CREATED" {
		t.Errorf("the session: %s", got.Body)
	}
	limited := func() int {
		for i := range 9 {
			if s.Do(http.MethodGet, sessions, nil).Status == http.StatusTooManyRequests {
				return i
			}
		}
		return 9
	}
	if n := limited(); n != 2 || !s.App().Default().Tuning().StrictRequests.Value {
		t.Errorf("%d calls passed with the limit that is kept, want 2 of its 3", n)
	}
	order(t, s, "POST", snapshots+"/x/restore", `{"keep":["clock","settings","limits","journal"]}`, 200)
	if n, held := limited(), s.App().Default().Journal.Stats().Held; n != 0 || held < 5 {
		t.Errorf("%d calls passed with the window that is kept; %d requests in the journal", n, held)
	}
	order(t, s, "POST", snapshots+"/x/restore", `{"keep":["settings"]}`, 200)
	if n := limited(); n != 3 {
		t.Errorf("%d calls passed in a window of another limit than the snapshot's, want 3", n)
	}
	order(t, s, "POST", snapshots+"/x/restore", "", 200)
	if n := limited(); n != 9 || s.App().Default().Tuning().StrictRequests.Value {
		t.Errorf("%d calls passed without a limit", n)
	}
	if jobs := order(t, s, "GET", "/_mock/jobs", "", 200); jobs.Text("mode") != "step" || s.Step() != 0 {
		t.Errorf("jobs after a whole restore: %s", jobs.Body)
	}
}

// A restore drops what is under way as a reset does.
func TestRestoreUnderWork(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	stop := s.Run(t.Context())
	defer stop()
	s.WaitReady()
	order(t, s, "POST", snapshots+"/x", "", 201)
	before := s.Get(sessions)
	for range 3 {
		id := s.Do(http.MethodPost, sessions, map[string]any{"minNumIdentitiesInPotentialRole": 5}).Text("id")
		order(t, s, "POST", snapshots+"/x/restore", "", 200)
		order(t, s, "GET", "/_mock/sessions/"+id+"/wait", "", 404)
		if got := s.Get(sessions); string(got.Body) != string(before.Body) {
			t.Errorf("after the restore: %s", got.Body)
		}
	}
	// A session that is saved while it is mined is mined after the restore.
	id := s.Do(http.MethodPost, sessions, map[string]any{"minNumIdentitiesInPotentialRole": 5}).Text("id")
	order(t, s, "POST", snapshots+"/y", "", 201)
	reset(t, s, "", resetAll)
	order(t, s, "POST", snapshots+"/y/restore", "", 200)
	order(t, s, "GET", "/_mock/sessions/"+id+"/wait", "", 200)
}

// Clients create, change and provision while snapshots are saved and restored.
// Whatever of theirs comes late is refused: once they are gone a restored tenant
// is the snapshot, and stays it.
func TestRestoreRace(t *testing.T) {
	t.Parallel()
	s := tinyServer(t, nil)
	stop := s.Run(t.Context())
	defer stop()
	s.WaitReady()
	running := s.Do(http.MethodPost, sessions, map[string]any{"minNumIdentitiesInPotentialRole": 2}).Text("id")
	order(t, s, "POST", snapshots+"/x", "", 201)
	y := 201 // the first time
	for range 2 {
		var clients sync.WaitGroup
		for range 3 {
			clients.Go(func() {
				for range 3 {
					work(t, s)
				}
			})
		}
		for range 3 {
			order(t, s, "POST", snapshots+"/y?replace=true", "", y)
			y = 200
			order(t, s, "POST", snapshots+"/y/restore", "", 200)
			order(t, s, "POST", snapshots+"/x/restore", "", 200)
		}
		clients.Wait()
		order(t, s, "POST", snapshots+"/x/restore", "", 200)
		order(t, s, "GET", "/_mock/sessions/"+running+"/wait", "", 200)
		got := order(t, s, "GET", snapshots+"/x/diff", "", 200)
		for _, kind := range []string{"sessions", "exports", "roles", "accessRequests", "mails", "identities"} {
			if fmt.Sprint(got.Value(kind, "added"), got.Value(kind, "removed")) != "[] []" {
				t.Errorf("%s after the restore: %s", kind, got.Body)
			}
		}
	}
}

// work is what one client does; each of it may be refused because of a restore.
func work(t *testing.T, s *apptest.Server) {
	t.Helper()
	check := func(got apptest.Answer, allowed ...int) apptest.Answer {
		if !slices.Contains(allowed, got.Status) {
			t.Errorf("%d %s, want one of %v", got.Status, got.Body, allowed)
		}
		return got
	}
	made := check(s.Do(http.MethodPost, sessions, map[string]any{"minNumIdentitiesInPotentialRole": 2}), 201, 409)
	if made.Status != http.StatusCreated {
		return
	}
	session := sessions + "/" + made.Text("id")
	check(s.Do(http.MethodPatch, session, `[{"op":"replace","path":"/saved","value":true}]`), 202, 404, 409)
	roles := check(s.Do(http.MethodGet, session+"/potential-role-summaries", nil), 200, 404)
	if roles.Status != http.StatusOK || roles.Len() == 0 {
		return
	}
	role := session + "/potential-roles/" + roles.Text(0, "id")
	check(s.Do(http.MethodPost, role+"/provision", `{"includeIdentities":true}`), 202, 400, 404, 409)
	check(s.Do(http.MethodPost, role+"/export-async", nil), 202, 404, 409)
}
