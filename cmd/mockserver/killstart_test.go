package main

import (
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"testing"
	"time"
)

// TestKillDuringTheFirstStart kills a server while it makes its database. The next
// start completes what is there, with what a reset returns to; there is never half
// an organisation.
func TestKillDuringTheFirstStart(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "fixtures")
	mustRun(t, "fixtures", "generate", "--identities=200", folder)
	for name, args := range map[string][]string{"built in": nil, "folder": {"--fixtures", folder}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(*killSeed, 99))
			want := ""
			for round := range (kills() + 7) / 4 {
				args := append([]string{"--db", filepath.Join(t.TempDir(), "db"), "--auth=off", "--log-level=error"}, args...)
				if round > 0 { // the first is undisturbed
					killWhileStarting(t, time.Duration(random.Int64N(int64(60*time.Millisecond))), args...)
				}
				s := startServer(t, io.Discard, args...)
				first := everything(t, s)
				if status, answer, err := request(http.MethodPost, s.url+"/_mock/reset", "", ""); err != nil || status != http.StatusOK {
					t.Fatalf("reset: %d %s %v", status, answer, err)
				}
				again := everything(t, s)
				if err := s.terminate(); err != nil {
					t.Fatal(err)
				}
				if round == 0 {
					want = first
				}
				if first != want || again != want {
					t.Errorf("round %d of seed %d: the organisation is not the whole one: at the start %v, after a reset %v", round, *killSeed, first == want, again == want)
				}
			}
		})
	}
}

func killWhileStarting(t *testing.T, after time.Duration, args ...string) {
	t.Helper()
	cmd := mockserver(append([]string{"--addr", "127.0.0.1:0"}, args...)...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	<-time.After(after)
	_ = errors.Join(cmd.Process.Kill(), cmd.Wait()) // "signal: killed" is no news
}

// everything is what a server shows of its organisation and its sessions.
func everything(t *testing.T, s *server) (all string) {
	t.Helper()
	for _, path := range []string{"/v2026/role-mining-sessions", "/v2026/role-mining-potential-roles", "/v2026/role-mining-potential-roles/saved", "/_mock/fixtures"} {
		status, body, err := request(http.MethodGet, s.url+path, "", "")
		if err != nil || status != http.StatusOK {
			t.Fatalf("%s: %d %s %v", path, status, body, err)
		}
		all += string(body)
	}
	return all
}
