package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mockserver/internal/miner"
	"mockserver/internal/orggen"
	"mockserver/internal/seed"
)

var largest = flag.Bool("scale.large", false, "run BenchmarkScale on 100,000 identities, too")

// BenchmarkScale starts the real binary on generated organisations of 10,000 and,
// with -scale.large, 100,000 identities, has them mined twice and lists what was
// found. ns/op is from the start of the process to the first 200. Beside it are,
// each of the last run,
//
//	ready-MB, B/identity    resident memory then, and by identity beyond what a
//	                        server without fixtures takes
//	mined-MB                resident memory after the second mining
//	done-s, engine-s        from the second POST of a session over everybody to
//	                        its end, and what the engine takes for the same alone
//	list-ms                 the slowest first page of 250 with its total, each
//	                        read right after a change; -v says which
//	ready-cpu-s, done-cpu-s, engine-cpu-s
//	                        the same in processor seconds, which other work on
//	                        the machine hardly changes
func BenchmarkScale(b *testing.B) {
	binary := filepath.Join(b.TempDir(), "mockserver")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", binary, ".")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	sizes := []int{10_000}
	if *largest {
		sizes = append(sizes, 100_000) // half a minute
	}
	for _, n := range sizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			dir := b.TempDir()
			if err := orggen.Generate(orggen.Options{Identities: n, Seed: 1, Noise: 5, Lines: true}, orggen.Directory(dir)); err != nil {
				b.Fatal(err)
			}
			bare := startScaled(b, binary)
			least := residentMB(b, bare.cmd.Process.Pid)
			stopScaled(b, bare)
			b.ResetTimer()
			for b.Loop() {
				s := startScaled(b, binary, "--fixtures", dir)
				b.StopTimer()
				ready := residentMB(b, s.cmd.Process.Pid)
				b.ReportMetric(processorSeconds(b, s.cmd.Process.Pid), "ready-cpu-s")
				b.ReportMetric(ready, "ready-MB")
				b.ReportMetric((ready-least)*1e6/float64(n), "B/identity")
				useScaled(b, s)
				b.ReportMetric(residentMB(b, s.cmd.Process.Pid), "mined-MB")
				stopScaled(b, s)
				b.StartTimer()
			}
			engineAlone(b, dir)
		})
	}
}

func startScaled(b *testing.B, binary string, args ...string) *server {
	b.Helper()
	cmd := exec.Command(binary, append([]string{"--addr", "127.0.0.1:0", "--stage-delay", "0", "--log-level", "error"}, args...)...)
	s, err := launch(cmd, discard{}, unclosed{os.Stderr})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.kill() })
	return s
}

func stopScaled(b *testing.B, s *server) {
	b.Helper()
	if err := s.terminate(); err != nil {
		b.Fatal(err)
	}
}

// useScaled mines everybody twice, and everybody's common access, and reads the
// first page of each list.
func useScaled(b *testing.B, s *server) {
	b.Helper()
	token, err := s.token(anyone)
	if err != nil {
		b.Fatal(err)
	}
	a := api{url: s.url, token: token}
	const sessions = "/role-mining-sessions"
	mineScaled(b, a, "{}")
	start, spent := time.Now(), processorSeconds(b, s.cmd.Process.Pid)
	whole := mineScaled(b, a, "{}")
	b.ReportMetric(time.Since(start).Seconds(), "done-s")
	b.ReportMetric(processorSeconds(b, s.cmd.Process.Pid)-spent, "done-cpu-s")
	common := mineScaled(b, a, `{"type":"COMMON"}`)

	lists := []string{
		sessions + "?", sessions + "?sorters=createdBy&", "/role-mining-potential-roles?", "/role-mining-potential-roles?sorters=-quality&",
		"/role-mining-potential-roles/saved?", sessions + "/" + whole + "/potential-role-summaries?",
		sessions + "/" + whole + "/potential-role-summaries?sorters=-quality&",
	}
	for _, session := range []string{whole, common} { // the latter has one role, of everybody
		var roles []struct{ ID string }
		if err := a.do(http.StatusOK, http.MethodGet, sessions+"/"+session+"/potential-role-summaries?limit=1", "", &roles); err != nil || len(roles) == 0 {
			b.Fatalf("no potential role: %v", err)
		}
		in := sessions + "/" + session + "/potential-roles/" + roles[0].ID
		shown := sessions + "/" + session + "/potential-role-summaries/" + roles[0].ID
		var applications []struct{ ID string }
		if err := a.do(http.StatusOK, http.MethodGet, shown+"/applications", "", &applications); err != nil || len(applications) == 0 {
			b.Fatalf("no application: %v", err)
		}
		lists = append(lists, in+"/identities?", in+"/identities?sorters=-name&", in+"/entitlement-popularities?", in+"/excluded-entitlements?",
			shown+"/applications?", shown+"/entitlements?",
			"/role-mining-potential-roles/"+roles[0].ID+"/sources/"+applications[0].ID+"/identityUsage?")
	}
	slowest, which := time.Duration(0), ""
	for _, list := range lists {
		if took := firstPage(b, a, sessions+"/"+whole, list+"limit=250&count=true"); took > slowest {
			slowest, which = took, list
		}
	}
	b.Log("the slowest list is", which)
	b.ReportMetric(slowest.Seconds()*1e3, "list-ms")
}

// mineScaled posts a session, waits for its end and returns its id.
func mineScaled(b *testing.B, a api, body string) string {
	b.Helper()
	var session struct {
		ID     string
		Status struct{ State string }
	}
	if err := a.do(http.StatusCreated, http.MethodPost, "/role-mining-sessions", body, &session); err != nil {
		b.Fatal(err)
	}
	err := eventually(func() (bool, error) {
		err := a.do(http.StatusOK, http.MethodGet, "/role-mining-sessions/"+session.ID, "", &session)
		return session.Status.State == "POTENTIAL_ROLES_CREATED", err
	})
	if err != nil {
		b.Fatal(err)
	}
	return session.ID
}

// firstPage is the best of three reads, each after a change to a session, so that
// no answer comes from a cache.
func firstPage(b *testing.B, a api, session, path string) time.Duration {
	b.Helper()
	best := time.Hour
	for i := range 3 {
		if err := a.do(http.StatusAccepted, http.MethodPatch, session, fmt.Sprintf(`[{"op":"replace","path":"/name","value":"read %d"}]`, i), nil); err != nil {
			b.Fatal(err)
		}
		start := time.Now()
		if err := a.do(http.StatusOK, http.MethodGet, path, "", nil); err != nil {
			b.Fatal(err)
		}
		best = min(best, time.Since(start))
	}
	return best
}

// engineAlone reports what the engine takes for what the session does.
func engineAlone(b *testing.B, dir string) {
	b.Helper()
	data, err := seed.Load(os.DirFS(dir))
	if err != nil {
		b.Fatal(err)
	}
	people := data.Identities
	p := miner.Population{IdentityIDs: people.IDs(), Holdings: make([][]int32, people.Len()), Active: make([]bool, people.Len())}
	for _, e := range data.Entitlements {
		p.EntitlementIDs = append(p.EntitlementIDs, e.ID)
	}
	for i := range p.Holdings {
		p.Holdings[i], p.Active[i] = people.Held(i), people.Active(i)
	}
	organisation, err := miner.Prepare(context.Background(), p)
	if err != nil {
		b.Fatal(err)
	}
	mine := func() {
		if _, err := organisation.Mine(context.Background(), miner.Params{MinIdentities: 20}); err != nil {
			b.Fatal(err)
		}
	}
	mine() // as the server did before
	start, spent := time.Now(), processorSeconds(b, os.Getpid())
	mine()
	b.ReportMetric(time.Since(start).Seconds(), "engine-s")
	b.ReportMetric(processorSeconds(b, os.Getpid())-spent, "engine-cpu-s")
}

// processorSeconds is what a process has used of the processors, to a hundredth.
func processorSeconds(b *testing.B, pid int) float64 {
	b.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Skip("processor time is read from /proc, which this machine does not have")
	}
	var user, system float64
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:])) // the third field on
	if _, err := fmt.Sscan(fields[11], &user); err != nil {
		b.Fatal(err)
	}
	if _, err := fmt.Sscan(fields[12], &system); err != nil {
		b.Fatal(err)
	}
	return (user + system) / 100
}
