package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// How hard TestKill tries: go test ./cmd/mockserver -run TestKill -kill.rounds 200 -kill.seed 7.
var (
	killRounds = flag.Int("kill.rounds", 5, "how often TestKill kills the server")
	killSeed   = flag.Uint64("kill.seed", 1, "what decides the moments")
)

// TestKill kills a server at random moments while clients write, and starts
// another on the same file. Whatever was acknowledged must be there, and every
// session, export and provisioning must come to its end.
func TestKill(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(*killSeed, 0))
	db := filepath.Join(t.TempDir(), "db")
	writers := []*writer{newWriter(1), newWriter(2), newWriter(3)}
	for round := range *killRounds {
		s := startServer(t, io.Discard, "--db", db, "--stage-delay=5ms", "--log-level=error")
		token, err := s.token(anyone)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range writers {
			w.api = api{s.url, token}
			w.check(t, false)
		}
		writeUntilKilled(t, s, writers, 1+random.Int64N(60), time.Duration(random.Int64N(int64(3*time.Millisecond))))
		if t.Failed() {
			t.Fatalf("in round %d of seed %d", round, *killSeed)
		}
	}
	s := startServer(t, io.Discard, "--db", db, "--stage-delay=0", "--log-level=error")
	acknowledged := 0
	for _, w := range writers {
		w.url = s.url
		w.check(t, true)
		acknowledged += w.acknowledged
	}
	t.Logf("%d acknowledged writes survived %d kills", acknowledged, *killRounds)
	if err := s.terminate(); err != nil {
		t.Error(err)
	}
}

// writeUntilKilled lets all writers write, and kills the server some moment after
// a number of acknowledgements.
func writeUntilKilled(t *testing.T, s *server, writers []*writer, after int64, moment time.Duration) {
	t.Helper()
	var acknowledged atomic.Int64
	var killed atomic.Bool
	var all sync.WaitGroup
	dead := make(chan error, 1)
	for _, w := range writers {
		all.Go(func() {
			for {
				err := w.write()
				if killed.Load() && err != nil {
					return // what was under way is in doubt; w knows
				}
				if err != nil {
					t.Error(err)
					return
				}
				if acknowledged.Add(1) == after {
					time.AfterFunc(moment, func() {
						killed.Store(true)
						dead <- s.kill()
					})
				}
			}
		})
	}
	all.Wait()
	if killed.Load() {
		<-dead // "signal: killed" is no news
	}
}

// api is a running server and a token for it.
type api struct{ url, token string }

// do sends a request to a path below /v2026, decodes the answer into v unless
// that is nil, and fails unless the status is the wanted one.
func (a api) do(want int, method, path, body string, v any) error {
	status, answer, err := request(method, a.url+"/v2026"+path, a.token, body)
	if err != nil {
		return err
	}
	if status != want {
		return fmt.Errorf("%s %s: %d %s, want %d", method, path, status, answer, want)
	}
	if v == nil {
		return nil
	}
	return json.Unmarshal(answer, v)
}

// value is something that was written: the last acknowledged state, and the one
// that was on its way when the server was killed, if any.
type value[T comparable] struct {
	is    T
	doubt bool
	may   T
}

// set writes a value and notes how that went.
func (v *value[T]) set(to T, write func() error) error {
	v.doubt, v.may = true, to
	if err := write(); err != nil {
		return err
	}
	*v = value[T]{is: to}
	return nil
}

// read settles a doubt by what is there, or says that a write was lost.
func (v *value[T]) read(got T) error {
	if got != v.is && (!v.doubt || got != v.may) {
		return fmt.Errorf("is %v, but %v was acknowledged", got, v.is)
	}
	*v = value[T]{is: got}
	return nil
}

// writer is one client. It writes one thing after the other and remembers all.
type writer struct {
	api
	random       *rand.Rand
	acknowledged int
	sessions     []*writtenSession
}

type writtenSession struct {
	id        string
	name      value[string]
	threshold value[int]
	roles     []*writtenRole
}

type writtenRole struct {
	id          string
	description value[string]
	provisioned value[bool]
	exports     []string
}

func newWriter(n uint64) *writer {
	return &writer{random: rand.New(rand.NewPCG(*killSeed, n))}
}

// write makes one random write, acknowledged when it returns nil.
func (w *writer) write() error {
	err := w.anyWrite()
	if err == nil {
		w.acknowledged++
	}
	return err
}

func (w *writer) anyWrite() error {
	if len(w.sessions) == 0 || w.random.IntN(6) == 0 {
		return w.create()
	}
	s := w.sessions[w.random.IntN(len(w.sessions))]
	text := fmt.Sprintf("text %d", w.random.Int())
	switch w.random.IntN(6) {
	case 0:
		return s.name.set(text, func() error { return w.patchSession(s, "/name", text) })
	case 1:
		threshold := 40 + w.random.IntN(40)
		return s.threshold.set(threshold, func() error { return w.patchSession(s, "/pruneThreshold", threshold) })
	default:
		if len(s.roles) == 0 || w.random.IntN(4) == 0 {
			return w.save(s, text)
		}
		return w.writeRole(s, s.roles[w.random.IntN(len(s.roles))], text)
	}
}

func (w *writer) create() error {
	var created struct{ ID string }
	err := w.do(http.StatusCreated, http.MethodPost, "/role-mining-sessions",
		`{"name":"new","pruneThreshold":50,"minNumIdentitiesInPotentialRole":5,"scope":{"criteria":"attributes.location:Miami"}}`, &created)
	if err == nil {
		w.sessions = append(w.sessions, &writtenSession{id: created.ID, name: value[string]{is: "new"}, threshold: value[int]{is: 50}})
	}
	return err
}

func (w *writer) patchSession(s *writtenSession, path string, to any) error {
	return w.do(http.StatusAccepted, http.MethodPatch, "/role-mining-sessions/"+s.id, replace(path, to), nil)
}

func replace(path string, to any) string {
	body, _ := json.Marshal([]map[string]any{{"op": "replace", "path": path, "value": to}}) // plain values
	return string(body)
}

// save keeps one more potential role of a session, if it has any to keep now. A
// role of this client's session can go only by this client's own patches.
func (w *writer) save(s *writtenSession, description string) error {
	var roles []struct {
		ID    string
		Saved bool
	}
	if err := w.do(http.StatusOK, http.MethodGet, "/role-mining-sessions/"+s.id+"/potential-role-summaries?filters=saved+eq+false&limit=1", "", &roles); err != nil {
		return err
	}
	if len(roles) == 0 {
		return nil
	}
	status, answer, err := request(http.MethodPatch, w.url+"/v2026/role-mining-potential-roles/"+roles[0].ID, w.token, replace("/saved", true))
	if err != nil || status == http.StatusNotFound {
		return err // a mining that was under way has replaced it meanwhile
	}
	if status != http.StatusOK {
		return fmt.Errorf("save: %d %s", status, answer)
	}
	role := &writtenRole{id: roles[0].ID}
	s.roles = append(s.roles, role)
	return w.describe(role, description)
}

func (w *writer) describe(r *writtenRole, text string) error {
	return r.description.set(text, func() error {
		return w.do(http.StatusOK, http.MethodPatch, "/role-mining-potential-roles/"+r.id, replace("/description", text), nil)
	})
}

func (w *writer) writeRole(s *writtenSession, r *writtenRole, text string) error {
	path := "/role-mining-sessions/" + s.id + "/potential-roles/" + r.id
	switch w.random.IntN(3) {
	case 0:
		return w.describe(r, text)
	case 1:
		if r.provisioned.is {
			return nil
		}
		return r.provisioned.set(true, func() error { return w.do(http.StatusAccepted, http.MethodPost, path+"/provision", `{}`, nil) })
	default:
		var export struct{ ExportID string }
		err := w.do(http.StatusAccepted, http.MethodPost, path+"/export-async", `{}`, &export)
		if err == nil {
			r.exports = append(r.exports, export.ExportID)
		}
		return err
	}
}

// check compares all that was acknowledged with what is there; at the end it
// also waits for everything to come to its end.
func (w *writer) check(t *testing.T, end bool) {
	t.Helper()
	for _, s := range w.sessions {
		if err := w.checkSession(s, end); err != nil {
			t.Errorf("session %s: %v", s.id, err)
		}
		for _, r := range s.roles {
			if err := w.checkRole(s, r, end); err != nil {
				t.Errorf("potential role %s of session %s: %v", r.id, s.id, err)
			}
		}
	}
}

func (w *writer) checkSession(s *writtenSession, end bool) error {
	var got struct {
		Name                            string
		PruneThreshold                  int
		PotentialRoleCount              int
		PotentialRolesReadyCount        int
		MinNumIdentitiesInPotentialRole int
		Status                          struct{ State string }
	}
	read := func() (bool, error) {
		err := w.do(http.StatusOK, http.MethodGet, "/role-mining-sessions/"+s.id, "", &got)
		return !end || got.Status.State == "POTENTIAL_ROLES_CREATED", err
	}
	if err := eventually(read); err != nil {
		return fmt.Errorf("state %s: %w", got.Status.State, err)
	}
	if err := s.name.read(got.Name); err != nil {
		return fmt.Errorf("name %w", err)
	}
	if err := s.threshold.read(got.PruneThreshold); err != nil {
		return fmt.Errorf("threshold %w", err)
	}
	if !end {
		return nil
	}
	var roles []json.RawMessage
	if err := w.do(http.StatusOK, http.MethodGet, "/role-mining-sessions/"+s.id+"/potential-role-summaries", "", &roles); err != nil {
		return err
	}
	if len(roles) != got.PotentialRoleCount || len(roles) != got.PotentialRolesReadyCount {
		return fmt.Errorf("%d roles, but it says %d, of which %d ready", len(roles), got.PotentialRoleCount, got.PotentialRolesReadyCount)
	}
	return nil
}

func (w *writer) checkRole(s *writtenSession, r *writtenRole, end bool) error {
	path := "/role-mining-sessions/" + s.id + "/potential-roles/" + r.id
	var got struct {
		Description    *string
		Saved          bool
		ProvisionState string
		RoleID         *string
	}
	read := func() (bool, error) {
		err := w.do(http.StatusOK, http.MethodGet, "/role-mining-potential-roles/"+r.id, "", &got)
		return !end || got.ProvisionState != "PENDING", err
	}
	if err := eventually(read); err != nil {
		return fmt.Errorf("%s: %w", got.ProvisionState, err)
	}
	description := ""
	if got.Description != nil {
		description = *got.Description
	}
	if err := r.description.read(description); err != nil {
		return fmt.Errorf("description %w", err)
	}
	if err := r.provisioned.read(got.ProvisionState != "POTENTIAL"); err != nil {
		return fmt.Errorf("that it was provisioned %w", err)
	}
	if !got.Saved || end && r.provisioned.is && (got.ProvisionState != "COMPLETE" || got.RoleID == nil) {
		return fmt.Errorf("saved %v, provisioning %s, role %v", got.Saved, got.ProvisionState, got.RoleID)
	}
	for _, id := range r.exports {
		var export struct{ Status string }
		err := eventually(func() (bool, error) {
			err := w.do(http.StatusOK, http.MethodGet, path+"/export-async/"+id, "", &export)
			return !end || export.Status == "SUCCESS", err
		})
		if err != nil {
			return fmt.Errorf("export %s: %s: %w", id, export.Status, err)
		}
		if end {
			if err := w.do(http.StatusOK, http.MethodGet, path+"/export-async/"+id+"/download", "", nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// A server that is killed while it makes its database leaves one that the next
// start completes, never one with half an organisation.
func TestKillDuringTheFirstStart(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(*killSeed, 99))
	want := ""
	for round := range *killRounds {
		db := filepath.Join(t.TempDir(), "db")
		if round > 0 { // the first is undisturbed
			first := mockserver("--addr", "127.0.0.1:0", "--db", db)
			if err := first.Start(); err != nil {
				t.Fatal(err)
			}
			<-time.After(time.Duration(random.Int64N(int64(40 * time.Millisecond))))
			_ = first.Process.Kill()
			_ = first.Wait() // "signal: killed"
		}
		s := startServer(t, io.Discard, "--db", db, "--auth=off")
		got := ""
		for _, path := range []string{"/role-mining-sessions", "/role-mining-potential-roles", "/role-mining-potential-roles/saved"} {
			status, body, err := request(http.MethodGet, s.url+"/v2026"+path, "", "")
			if err != nil || status != http.StatusOK {
				t.Fatalf("%s: %d %s %v", path, status, body, err)
			}
			got += string(body)
		}
		if err := s.terminate(); err != nil {
			t.Fatal(err)
		}
		if round == 0 {
			want = got
		}
		if got != want {
			t.Errorf("round %d of seed %d: the organisation is not the whole one", round, *killSeed)
		}
	}
}
