package main

import (
	"io"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"testing"
	"time"
)

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
