package control_test

import (
	"bufio"
	"fmt"
	"net/http"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/app/apptest"
	"mockserver/internal/config"
	"mockserver/internal/rolemining"
)

const (
	sessions = "/v2026/role-mining-sessions"
	autoRole = "/v2026/role-mining-sessions/8c190e67-87aa-4ed9-a90b-d9d5344523fb/potential-roles/"
)

// must sends a request to the control plane that must succeed.
func must(t *testing.T, s *apptest.Server, method, path string, body any) apptest.Answer {
	t.Helper()
	got := mock(s, method, path, body)
	if got.Status >= 300 {
		t.Fatalf("%s %s: %d %s", method, path, got.Status, got.Body)
	}
	return got
}

// begin posts a session over the people of one office.
func begin(t *testing.T, s *apptest.Server) string {
	t.Helper()
	got := s.Do(http.MethodPost, sessions, `{"scope":{"criteria":"attributes.location:Miami"}}`)
	if got.Status != http.StatusCreated || got.Text("status", "state") != "CREATED" {
		t.Fatalf("create: %d %s", got.Status, got.Body)
	}
	return got.Text("id")
}

func state(s *apptest.Server, session string) string {
	return s.Get(sessions + "/" + session + "/status").Text("state")
}

// anyRole is a potential role of the default organisation.
func anyRole(s *apptest.Server) string {
	return s.Get(strings.TrimSuffix(autoRole, "s/")+"-summaries?limit=1").Text(0, "id")
}

func life() []string {
	return []string{"CREATED", "IDENTITIES_OBTAINED", "PRUNE_THRESHOLD_OBTAINED", "POTENTIAL_ROLES_PROCESSING", "POTENTIAL_ROLES_CREATED"}
}

func TestJobsImmediate(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	must(t, s, http.MethodPut, "/_mock/jobs", `{"mode":"immediate"}`)
	id := begin(t, s)
	if got := state(s, id); got != "POTENTIAL_ROLES_CREATED" {
		t.Errorf("after the answer the session is %s", got)
	}
	if got := s.Do(http.MethodPatch, sessions+"/"+id, `[{"op":"replace","path":"/pruneThreshold","value":50}]`); got.Status != http.StatusAccepted {
		t.Errorf("patch: %d %s", got.Status, got.Body)
	}
	if got := state(s, id); got != "POTENTIAL_ROLES_CREATED" {
		t.Errorf("after a patch the session is %s", got)
	}
	role := autoRole + anyRole(s)
	if got := s.Do(http.MethodPost, role+"/provision", `{}`); got.Status != http.StatusAccepted || got.Text("provisionState") != "PENDING" {
		t.Errorf("provision: %d %s", got.Status, got.Body)
	}
	if got := s.Get(strings.Replace(role, "potential-roles", "potential-role-summaries", 1)).Text("provisionState"); got != "COMPLETE" {
		t.Errorf("after the answer provisioning is %s", got)
	}
}

// With polls:N the Nth read of a state shows the next one.
func TestJobsByPolls(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, func(c *config.Config) { c.Jobs = rolemining.Pace{Mode: rolemining.Polls, Reads: 3} })
	id := begin(t, s)
	var seen []string
	for range 3*len(life()) - 3 {
		s.Settle() // time does nothing
		seen = append(seen, state(s, id))
	}
	want := []string{life()[0], life()[0]}
	for _, next := range life()[1:] {
		want = append(want, next, next, next)
	}
	if diff := cmp.Diff(want[:len(seen)], seen); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A step moves everything one state on; none is left out, none comes twice.
func TestJobsByStep(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, func(c *config.Config) { c.Jobs = rolemining.Pace{Mode: rolemining.Stepwise} })
	first, second := begin(t, s), begin(t, s)
	role := autoRole + anyRole(s)
	export := s.Do(http.MethodPost, role+"/export-async", `{}`).Text("exportId")
	seen := []string{state(s, first)}
	for range len(life()) - 1 {
		s.Settle()
		must(t, s, http.MethodPost, "/_mock/jobs/step", map[string]string{"sessionId": first})
		seen = append(seen, state(s, first))
	}
	if diff := cmp.Diff(life(), seen); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := state(s, second); got != "CREATED" {
		t.Errorf("the other session is %s", got)
	}
	var got struct{ Moved []map[string]string }
	must(t, s, http.MethodPost, "/_mock/jobs/step", nil).Into(&got)
	want := []map[string]string{
		{"kind": "session", "id": second, "sessionId": second, "from": "CREATED", "to": "IDENTITIES_OBTAINED"},
		{"kind": "export", "id": export, "sessionId": "8c190e67-87aa-4ed9-a90b-d9d5344523fb", "from": "QUEUED", "to": "IN_PROGRESS"},
	}
	if diff := cmp.Diff(want, got.Moved); diff != "" {
		t.Errorf("moved (-want +got):\n%s", diff)
	}
}

func TestJobsHoldAndFail(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	role := autoRole + anyRole(s)
	must(t, s, http.MethodPut, "/_mock/jobs", `{"mode":"hold:PRUNE_THRESHOLD_OBTAINED"}`)
	held := begin(t, s)
	s.Settle()
	if got := state(s, held); got != "PRUNE_THRESHOLD_OBTAINED" {
		t.Errorf("held at %s", got)
	}
	must(t, s, http.MethodPut, "/_mock/jobs", `{"mode":"fail:IDENTITIES_OBTAINED"}`)
	stuck := begin(t, s)
	export := s.Do(http.MethodPost, role+"/export-async", `{}`).Text("exportId")
	s.Do(http.MethodPost, role+"/provision", `{}`)
	s.Settle()
	must(t, s, http.MethodPost, "/_mock/jobs/step", nil)
	s.Settle()
	if got := state(s, stuck); got != "IDENTITIES_OBTAINED" {
		t.Errorf("a failed session is %s", got)
	}
	if got := state(s, held); got != "POTENTIAL_ROLES_CREATED" {
		t.Errorf("what was held is %s", got)
	}
	if got := s.Get(role + "/export-async/" + export).Text("status"); got != "ERROR" {
		t.Errorf("a failed export is %s", got)
	}
	if got := s.Get(strings.Replace(role, "potential-roles", "potential-role-summaries", 1)).Text("provisionState"); got != "FAILED" {
		t.Errorf("failed provisioning is %s", got)
	}
	must(t, s, http.MethodPut, "/_mock/jobs", `{"mode":"auto"}`)
	s.Settle()
	if got := state(s, stuck); got != "POTENTIAL_ROLES_CREATED" {
		t.Errorf("when failing ends the session is %s", got)
	}
}

// A step that moves nothing because all is stuck says so; a wait that is over says
// what keeps the work where it is.
func TestWhyNothingMoves(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	s.InProcess("what is due by time is done there before it can be waited for")
	role := anyRole(s)
	wait := func(path, want string) {
		t.Helper()
		if got := mock(s, http.MethodGet, path+"/wait?timeout=0s", nil); got.Status != http.StatusRequestTimeout || !strings.HasSuffix(got.Text("error"), want) {
			t.Errorf("%s: %d %s; want %q", path, got.Status, got.Body, want)
		}
	}
	wait("/_mock/roles/"+role, "the potential role is POTENTIAL, not COMPLETE (nobody has asked for its provisioning)")
	id := begin(t, s)
	path := "/_mock/sessions/" + id
	wait(path, "is CREATED, not POTENTIAL_ROLES_CREATED")
	// Nobody being there to give orders, what needs one is told at once.
	alone := func(needs string) {
		t.Helper()
		got := mock(s, http.MethodGet, path+"/wait?unattended=true&timeout=0s", nil)
		want := http.StatusConflict
		if needs == "" || needs == "reads" {
			want = http.StatusRequestTimeout
		}
		if got.Status != want || got.Text("needs") != needs {
			t.Errorf("unattended: %d %s; want %d and %q", got.Status, got.Body, want, needs)
		}
	}
	alone("")
	hint := func() string {
		return must(t, s, http.MethodPost, "/_mock/jobs/step", `{"sessionId":"`+id+`"}`).Text("hint")
	}
	for _, step := range []struct{ method, path, body, needs, want string }{
		{"PUT", "/_mock/jobs", `{"mode":"step"}`, "step", "(jobs: step, so only POST /_mock/jobs/step moves it on)"},
		{"PUT", "/_mock/jobs", `{"mode":"polls:3"}`, "reads", "(jobs: polls:3, so only reads of it move it on)"},
		{"PUT", path + "/jobs", `{"mode":"hold:CREATED"}`, "step", "(held by hold:CREATED: a step moves it on, or another mode)"},
		{"PUT", path + "/jobs", `{"mode":"auto","stageDelay":"90s"}`, "", "(its next step is due in 1m30s by the tenant's clock; the stage delay is 1m30s)"},
		{"POST", "/_mock/clock", `{"freeze":true}`, "clock", "(the clock is frozen: POST /_mock/clock with advance moves it on)"},
		{"PUT", path + "/jobs", `{"mode":"fail:CREATED"}`, "mode", "(stuck by fail:CREATED: only another mode moves it on)"},
	} {
		must(t, s, step.method, step.path, step.body)
		wait(path, step.want)
		alone(step.needs)
	}
	if got := hint(); !strings.Contains(got, id+" by fail:CREATED") || !strings.Contains(got, "PUT /_mock/jobs") {
		t.Errorf("stuck: %q", got)
	}
	if got := must(t, s, http.MethodPost, "/_mock/jobs/step", nil); got.Text("hint") == "" {
		t.Errorf("everything stuck: %s", got.Body)
	}
	must(t, s, http.MethodPut, path+"/jobs", `{"mode":"step"}`)
	if got := hint(); got != "" {
		t.Errorf("it moved: %q", got)
	}
}

func TestJobsOfOneSession(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, func(c *config.Config) { c.StageDelay = time.Hour })
	own, other := begin(t, s), begin(t, s)
	path := "/_mock/sessions/" + own + "/jobs"
	if got := must(t, s, http.MethodPut, path, `{"mode":"hold:IDENTITIES_OBTAINED","stageDelay":"1s"}`); string(got.Body) != `{"mode":"hold:IDENTITIES_OBTAINED","stageDelay":"1s"}` {
		t.Errorf("%s", got.Body)
	}
	s.Clock.Advance(time.Minute)
	s.Settle()
	if a, b := state(s, own), state(s, other); a != "IDENTITIES_OBTAINED" || b != "CREATED" {
		t.Errorf("own %s, other %s", a, b)
	}
	want := `{"mode":"auto","stageDelay":"1h0m0s","sessions":{"` + own + `":{"mode":"hold:IDENTITIES_OBTAINED","stageDelay":"1s"}}}`
	if got := must(t, s, http.MethodGet, "/_mock/jobs", nil); string(got.Body) != want {
		t.Errorf("%s, want %s", got.Body, want)
	}
	must(t, s, http.MethodDelete, path, nil)
	if got := must(t, s, http.MethodGet, path, nil); string(got.Body) != `{"mode":"auto","stageDelay":"1h0m0s"}` {
		t.Errorf("%s", got.Body)
	}
}

func TestJobsRefusals(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	for _, tc := range []struct {
		method, path, body string
		status             int
		text               string
	}{
		{"PUT", "/_mock/jobs", `{}`, 400, "empty"},
		{"PUT", "/_mock/jobs", `{"mode":"slow"}`, 400, "must be auto, immediate"},
		{"PUT", "/_mock/jobs", `{"mode":"auto:1"}`, 400, "must be auto, immediate"},
		{"PUT", "/_mock/jobs", `{"mode":"polls:0"}`, 400, "from 1 to"},
		{"PUT", "/_mock/jobs", `{"mode":"polls"}`, 400, "from 1 to"},
		{"PUT", "/_mock/jobs", `{"mode":"hold:POTENTIAL_ROLES_CREATED"}`, 400, "QUEUED"},
		{"PUT", "/_mock/jobs", `{"mode":"fail:QUEUED"}`, 400, "IDENTITIES_OBTAINED"},
		{"PUT", "/_mock/jobs", `{"stageDelay":"-1s"}`, 400, "from 0s"},
		{"PUT", "/_mock/jobs", `{"stageDelay":"soon"}`, 400, "no duration"},
		{"PUT", "/_mock/jobs", `{"delay":"1s"}`, 400, `"delay"`},
		{"PUT", "/_mock/sessions/none/jobs", `{"mode":"auto"}`, 404, "none"},
		{"GET", "/_mock/sessions/none/jobs", ``, 404, "none"},
		{"DELETE", "/_mock/sessions/none/jobs", ``, 404, "none"},
		{"POST", "/_mock/jobs/step", `{"sessionId":"none"}`, 404, "none"},
		{"GET", "/_mock/sessions/none/wait", ``, 404, "none"},
		{"GET", "/_mock/exports/none/wait", ``, 404, "none"},
		{"GET", "/_mock/roles/none/wait", ``, 404, "none"},
		{"GET", "/_mock/sessions/x/wait?state=DONE", ``, 400, "DONE"},
		{"GET", "/_mock/sessions/x/wait?timeout=1", ``, 400, "timeout"},
		{"GET", "/_mock/sessions/x/wait?timeout=11m", ``, 400, "10m0s"},
		{"POST", "/_mock/clock", `{}`, 400, "empty"},
		{"POST", "/_mock/clock", `{"advance":"-1s"}`, 400, "set moves the clock back"},
		{"POST", "/_mock/clock", `{"scale":0}`, 400, "more than 0"},
		{"POST", "/_mock/clock", `{"scale":2,"freeze":true}`, 400, "no speed"},
		{"POST", "/_mock/clock", `{"real":true,"advance":"1s"}`, 400, "alone"},
		{"POST", "/_mock/clock", `{"real":false}`, 400, "must be true"},
		{"POST", "/_mock/clock", `{"set":"3000-01-01T00:00:00Z"}`, 400, "1970 to 2200"},
		{"POST", "/_mock/clock", `{"set":"2201-01-01T00:00:00Z"}`, 400, "1970 to 2200"},
		{"POST", "/_mock/clock", `{"set":"2200-12-31T23:00:00Z","advance":"1h"}`, 400, "beyond the year 2200"},
		{"POST", "/_mock/clock", `{"set":"2150-01-01T00:00:00Z","advance":"800000h"}`, 400, "beyond the year 2200"},
		{"POST", "/_mock/clock", `{"set":"today"}`, 400, "today"},
	} {
		got := mock(s, tc.method, tc.path, tc.body)
		if got.Status != tc.status || !strings.Contains(got.Text("error"), tc.text) {
			t.Errorf("%s %s %s: %d %s, want %d with %q", tc.method, tc.path, tc.body, got.Status, got.Body, tc.status, tc.text)
		}
	}
}

// What one process parked goes on in the next, which has another mode.
func TestJobsAfterARestart(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "mock.db")
	s := apptest.Start(t, func(c *config.Config) { c.DB, c.Jobs = file, rolemining.Pace{Mode: rolemining.Stepwise} })
	id := begin(t, s)
	s.Stop()
	s = apptest.Start(t, func(c *config.Config) { c.DB = file })
	s.Settle()
	if got := state(s, id); got != "POTENTIAL_ROLES_CREATED" {
		t.Errorf("after the restart it is %s", got)
	}
}

// The clock moved forward does what falls due, each piece at its moment, before
// the answer; and tokens grow old by it.
func TestClockAdvance(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, func(c *config.Config) { c.StageDelay = time.Hour })
	must(t, s, http.MethodPost, "/_mock/clock", `{"freeze":true}`)
	id := begin(t, s)
	got := must(t, s, http.MethodPost, "/_mock/clock", `{"advance":"2h"}`)
	offset := "2h0m0s"
	if s.Remote() { // from the machine's clock, as all that is set there
		offset = got.Text("offset")
	}
	want := `{"now":"2026-03-01T11:00:00.000Z","offset":"` + offset + `","rate":0,"frozen":true,"real":false,"steps":2}`
	if string(got.Body) != want {
		t.Errorf("%s, want %s", got.Body, want)
	}
	if got := state(s, id); got != "PRUNE_THRESHOLD_OBTAINED" {
		t.Errorf("after two of its hours it is %s", got)
	}
	must(t, s, http.MethodPost, "/_mock/clock", `{"set":"2026-03-01T20:59:59Z"}`)
	session := s.Get(sessions + "/" + id)
	if session.Text("status", "state") != "POTENTIAL_ROLES_CREATED" {
		t.Errorf("%s", session.Body)
	}
	roles := s.Get(sessions + "/" + id + "/potential-role-summaries")
	if at := roles.Text(0, "createdDate"); !strings.HasPrefix(at, "2026-03-01T12:00:00") {
		t.Errorf("its roles are of %s, which is not when they were due", at)
	}
	must(t, s, http.MethodPost, "/_mock/clock", `{"advance":"1s"}`)
	if got := s.Do(http.MethodGet, sessions, nil); got.Status != http.StatusUnauthorized {
		t.Errorf("twelve hours later the token is good: %d", got.Status)
	}
	if got := must(t, s, http.MethodDelete, "/_mock/clock", nil); got.Value("real") != true {
		t.Errorf("%s", got.Body)
	}
}

func TestClockRuns(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	s.InProcess("the machine's clock is in nobody's hand")
	must(t, s, http.MethodPost, "/_mock/clock", `{"scale":60,"set":"2030-01-01T00:00:00Z"}`)
	s.Clock.Advance(time.Second)
	got := must(t, s, http.MethodGet, "/_mock/clock", nil)
	if got.Text("now") != "2030-01-01T00:01:00.000Z" || got.Value("rate") != 60.0 {
		t.Errorf("%s", got.Body)
	}
	must(t, s, http.MethodPost, "/_mock/clock", `{"freeze":true,"advance":"1m"}`)
	must(t, s, http.MethodPost, "/_mock/clock", `{"freeze":false}`)
	s.Clock.Advance(time.Second)
	if got := must(t, s, http.MethodGet, "/_mock/clock", nil).Text("now"); got != "2030-01-01T00:02:01.000Z" {
		t.Errorf("it shows %s", got)
	}
}

// Without any time there is one look, and always one.
func TestWaitWithoutTime(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	s.InProcess("what is due by time is done there before it can be waited for")
	path := "/_mock/sessions/" + begin(t, s) + "/wait?timeout=0s"
	for range 50 {
		if got := mock(s, http.MethodGet, path+"&state=CREATED", nil); got.Status != http.StatusOK || got.Text("state") != "CREATED" {
			t.Fatalf("%d %s", got.Status, got.Body)
		}
		got := mock(s, http.MethodGet, path, nil)
		if want := "after 0s the session is CREATED, not POTENTIAL_ROLES_CREATED"; got.Status != http.StatusRequestTimeout || got.Text("error") != want {
			t.Fatalf("%d %s", got.Status, got.Body)
		}
	}
}

// A wait ends with the state, with the certainty that it will not come, or with
// the time, which is the machine's.
func TestWait(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, func(c *config.Config) { c.TokenTTL = 365 * 24 * time.Hour })
	id := begin(t, s)
	wait := func(path string) <-chan apptest.Answer {
		done := make(chan apptest.Answer, 1)
		go func() { done <- mock(s, http.MethodGet, path, nil) }()
		return done
	}
	path := "/_mock/sessions/" + id + "/wait"
	timedOut := wait(path + "?timeout=5s")
	for open := true; open; {
		s.Clock.Advance(5 * time.Second)
		select {
		case got := <-timedOut:
			if got.Status != http.StatusRequestTimeout || !strings.Contains(got.Text("error"), "is CREATED, not POTENTIAL_ROLES_CREATED") {
				t.Errorf("%d %s", got.Status, got.Body)
			}
			open = false
		default:
			runtime.Gosched()
		}
	}
	all := []<-chan apptest.Answer{wait(path), wait(path + "?state=POTENTIAL_ROLES_CREATED"), wait(path + "?state=CREATED")}
	if got := <-all[2]; got.Text("state") != "CREATED" {
		t.Errorf("%d %s", got.Status, got.Body)
	}
	stop := s.Run(t.Context())
	defer stop()
	for _, done := range all[:2] {
		if got := <-done; got.Status != 200 || got.Text("state") != "POTENTIAL_ROLES_CREATED" {
			t.Errorf("%d %s", got.Status, got.Body)
		}
	}
	if got := mock(s, http.MethodGet, path+"?state=IDENTITIES_OBTAINED", nil); got.Status != http.StatusConflict || !strings.Contains(got.Text("error"), "will not become") {
		t.Errorf("%d %s", got.Status, got.Body)
	}
	role := anyRole(s)
	provisioned := wait("/_mock/roles/" + role + "/wait")
	s.Do(http.MethodPost, autoRole+role+"/provision", `{}`)
	if got := <-provisioned; got.Text("state") != "COMPLETE" {
		t.Errorf("%d %s", got.Status, got.Body)
	}
}

// Each change is told once, in order, with its number; a client that comes back
// is told what it missed.
func TestEvents(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	lines := events(t, s, "")
	id := begin(t, s)
	s.Settle()
	expect := func(lines <-chan string, from int) {
		t.Helper()
		for i, state := range life()[from:] {
			number := from + i + 1
			if got := <-lines; got != fmt.Sprintf("id: %d", number) {
				t.Errorf("%q, want the id %d", got, number)
			}
			if got := <-lines; got != "event: session" {
				t.Errorf("%q", got)
			}
			if got := <-lines; !strings.Contains(got, `"id":"`+id+`"`) || !strings.Contains(got, `"state":"`+state+`"`) {
				t.Errorf("%q, want %s", got, state)
			}
		}
	}
	expect(lines, 0)
	expect(events(t, s, "3"), 3)
	if got := s.Send(http.MethodGet, "/_mock/events", nil, http.Header{"Last-Event-Id": {"x"}}); got.Status != http.StatusBadRequest {
		t.Errorf("%d %s", got.Status, got.Body)
	}
}

// events are the lines of a stream but for blank ones and its first.
func events(t *testing.T, s *apptest.Server, last string) <-chan string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/_mock/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	if last != "" {
		request.Header.Set("Last-Event-ID", last)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = response.Body.Close() })
	scanner := bufio.NewScanner(response.Body)
	if !scanner.Scan() || scanner.Text() != "retry: 1000" {
		t.Fatalf("the stream begins with %q", scanner.Text())
	}
	lines := make(chan string, 100)
	go func() {
		for scanner.Scan() {
			if scanner.Text() != "" {
				lines <- scanner.Text()
			}
		}
	}()
	return lines
}

// When the server is to end, who waits is told so, and where things stand.
func TestWaitIsDrained(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	id := s.Do(http.MethodPost, "/v2026/role-mining-sessions", map[string]any{"name": "Waited for"}).Text("id")
	answer, app := make(chan apptest.Answer, 1), s.App()
	go func() { answer <- s.Do(http.MethodGet, "/_mock/sessions/"+id+"/wait", nil) }()
	app.Drain()
	if got := <-answer; got.Status != http.StatusServiceUnavailable || got.Text("error") != "the server is stopping; the session is CREATED" {
		t.Errorf("%d %s", got.Status, got.Body)
	}
}
