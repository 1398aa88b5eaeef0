package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"mockserver/mocktest"
)

// The load, which is a moment long unless the flags say otherwise: .ci/load has
// those of the figures in docs/load.md.
var (
	loadURL         = flag.String("load.url", "", "where TestLoad finds a server; without it, one is started with --db")
	loadDuration    = flag.Duration("load.duration", 2*time.Second, "how long TestLoad mixes reads and writes")
	loadSessions    = flag.Int("load.sessions", 100, "how many sessions TestLoad makes before")
	loadConnections = flag.Int("load.connections", 64, "over how many connections TestLoad does it")
)

const (
	loadSeed = 1 // of what each connection asks
	// stalled is how many clients of each kind send or read nothing any more.
	stalled = 16
	// journalRoom is how far the journal may still have to fill after a short
	// while, in bytes.
	journalRoom = 16 << 20
)

// TestLoad makes sessions, then mixes reads and writes, minings among them, over
// many connections at once, beside clients that stall. No answer may be wrong,
// and memory may not grow.
func TestLoad(t *testing.T) {
	url := *loadURL
	if url == "" {
		url = startServer(t, discard{}, "--db", filepath.Join(t.TempDir(), "db"), "--stage-delay=0", "--log-level=error").url
	}
	l := &load{srv: mocktest.Connect(t, url), url: url}
	l.token = l.srv.Token(mocktest.Token{})
	l.fill(t)
	held := l.stall(t)
	start := l.resident(t)
	l.mix(t, *loadDuration/3) // caches fill
	warm := l.resident(t)
	l.forget()
	l.mix(t, *loadDuration*2/3)
	end := l.resident(t)
	if n := held.answered(); n > 0 {
		t.Errorf("%d clients that stall were answered", n)
	}
	t.Logf("resident memory: %d MB with %d sessions, %d MB after a third, %d MB at the end", start>>20, *loadSessions, warm>>20, end>>20)
	for _, line := range l.report() {
		t.Log(line)
	}
	if end > warm+warm/4+journalRoom {
		t.Errorf("memory grew from %d to %d MB", warm>>20, end>>20)
	}
}

// load is a server under load, and what was measured.
type load struct {
	srv        *mocktest.Server
	url, token string

	sessions []string
	roles    []string // one of each session, "" where there is none

	mu    sync.Mutex
	times map[string][]time.Duration
}

// client is one connection.
func (l *load) client() *http.Client {
	return &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1, MaxConnsPerHost: 1}, Timeout: time.Minute}
}

// ask sends a request that must be answered with one of the statuses. kind is
// what its time counts for; "" does not.
func (l *load) ask(client *http.Client, kind, method, path, body string, statuses ...int) ([]byte, error) {
	request, err := http.NewRequest(method, l.url+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+l.token)
	request.Header.Set("X-SailPoint-Experimental", "true")
	if request.Header.Set("Content-Type", "application/json"); method == http.MethodPatch {
		request.Header.Set("Content-Type", "application/json-patch+json")
	}
	start := time.Now()
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	raw, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return nil, err
	}
	if kind != "" {
		l.mu.Lock()
		l.times[kind] = append(l.times[kind], time.Since(start))
		l.mu.Unlock()
	}
	if !slices.Contains(statuses, response.StatusCode) {
		return nil, fmt.Errorf("%s %s: %d %s", method, path, response.StatusCode, raw)
	}
	return raw, nil
}

// fill makes the sessions and waits until they are mined.
func (l *load) fill(t *testing.T) {
	t.Helper()
	l.forget()
	l.sessions, l.roles = make([]string, *loadSessions), make([]string, *loadSessions)
	locations := []string{"Miami", "Austin", "Chicago", "Denver"}
	l.spread(t, len(l.sessions), func(client *http.Client, i int) error {
		raw, err := l.ask(client, "", http.MethodPost, "/v2026/role-mining-sessions", fmt.Sprintf(
			`{"name":"Load %d","minNumIdentitiesInPotentialRole":%d,"scope":{"criteria":"attributes.location:%s"}}`, i, 20+i%20, locations[i%len(locations)]), 201)
		if err != nil {
			return err
		}
		var made struct{ ID string }
		if err := json.Unmarshal(raw, &made); err != nil {
			return err
		}
		l.sessions[i] = made.ID
		if _, err := l.ask(client, "", http.MethodGet, "/_mock/sessions/"+made.ID+"/wait?timeout=10m", "", 200); err != nil {
			return err
		}
		raw, err = l.ask(client, "", http.MethodGet, "/v2026/role-mining-sessions/"+made.ID+"/potential-role-summaries?limit=1", "", 200)
		if err != nil {
			return err
		}
		var roles []struct{ ID string }
		if err := json.Unmarshal(raw, &roles); err != nil || len(roles) == 0 {
			return err
		}
		l.roles[i] = roles[0].ID
		return nil
	})
}

// spread does n things over the connections.
func (l *load) spread(t *testing.T, n int, do func(client *http.Client, i int) error) {
	t.Helper()
	next := make(chan int)
	var workers sync.WaitGroup
	for range *loadConnections {
		workers.Go(func() {
			client := l.client()
			defer client.CloseIdleConnections()
			for i := range next {
				if err := do(client, i); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	workers.Wait()
	if t.Failed() {
		t.FailNow()
	}
}

// mix reads and writes over all connections for a time.
func (l *load) mix(t *testing.T, d time.Duration) {
	t.Helper()
	until := time.Now().Add(d)
	var workers sync.WaitGroup
	for c := range *loadConnections {
		workers.Go(func() {
			client, random := l.client(), rand.New(rand.NewPCG(loadSeed, uint64(c)))
			defer client.CloseIdleConnections()
			for failures := 0; time.Now().Before(until) && failures < 3; {
				if err := l.one(client, random); err != nil {
					failures++
					t.Error(err)
				}
			}
		})
	}
	workers.Wait()
	if t.Failed() {
		t.FailNow()
	}
}

// one sends one request: six of ten read, three write, one of a hundred has a
// session mined again. A role may be gone, since its session is.
func (l *load) one(client *http.Client, random *rand.Rand) error {
	i := random.IntN(len(l.sessions))
	session := "/v2026/role-mining-sessions/" + l.sessions[i]
	role := session + "/potential-roles/" + cmp.Or(l.roles[i], l.sessions[i])
	var err error
	switch n := random.IntN(100); {
	case n < 20:
		_, err = l.ask(client, "read a session", http.MethodGet, session, "", 200)
	case n < 35:
		_, err = l.ask(client, "list sessions", http.MethodGet, "/v2026/role-mining-sessions?limit=50&count=true&offset="+strconv.Itoa(random.IntN(50)), "", 200)
	case n < 50:
		_, err = l.ask(client, "list potential roles", http.MethodGet, session+"/potential-role-summaries?sorters=-quality&limit=50", "", 200)
	case n < 65:
		_, err = l.ask(client, "list members", http.MethodGet, role+"/identities?limit=50", "", 200, 404)
	case n < 70:
		_, err = l.ask(client, "export", http.MethodGet, role+"/export", "", 200, 400, 404)
	case n < 85:
		_, err = l.ask(client, "rename a session", http.MethodPatch, session, `[{"op":"replace","path":"/name","value":"Renamed `+strconv.Itoa(n)+`"}]`, 202)
	case n < 98:
		_, err = l.ask(client, "save a potential role", http.MethodPatch, role[:len(session)]+"/potential-role-summaries/"+cmp.Or(l.roles[i], l.sessions[i]),
			`[{"op":"replace","path":"/saved","value":true}]`, 200, 404)
	default:
		_, err = l.ask(client, "mine again", http.MethodPatch, session, `[{"op":"replace","path":"/pruneThreshold","value":`+strconv.Itoa(30+random.IntN(60))+`}]`, 202)
	}
	return err
}

// forget begins to measure anew.
func (l *load) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.times = map[string][]time.Duration{}
}

// report is a row of a table for each kind of request.
func (l *load) report() []string {
	rows := []string{"| request | number | p50 | p99 | slowest |", "|---|---|---|---|---|"}
	var kinds []string
	for kind := range l.times {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	for _, kind := range kinds {
		all := l.times[kind]
		slices.Sort(all)
		at := func(share float64) time.Duration {
			return all[int(share*float64(len(all)-1))].Round(100 * time.Microsecond)
		}
		rows = append(rows, fmt.Sprintf("| %s | %d | %v | %v | %v |", kind, len(all), at(0.5), at(0.99), at(1)))
	}
	return rows
}

// resident is the server's resident memory in bytes, by its metrics.
func (l *load) resident(t *testing.T) int {
	t.Helper()
	raw, err := l.ask(http.DefaultClient, "", http.MethodGet, "/_mock/metrics", "", 200)
	if err != nil {
		t.Fatal(err)
	}
	const name = "\nprocess_resident_memory_bytes "
	_, after, found := bytes.Cut(raw, []byte(name))
	line, _, _ := bytes.Cut(after, []byte("\n"))
	n, err := strconv.ParseFloat(string(line), 64)
	if err != nil || !found {
		t.Skip("the resident memory is read from the metrics, which this system does not give")
	}
	return int(n)
}

// stalling are connections on which nothing goes on.
type stalling struct{ all []net.Conn }

// stall opens connections that stop in the middle of a head, in the middle of a
// body, and before a large answer is read.
func (l *load) stall(t *testing.T) *stalling {
	t.Helper()
	head := "Host: x\r\nAuthorization: Bearer " + l.token + "\r\nX-SailPoint-Experimental: true\r\n"
	held := &stalling{}
	for range stalled {
		for _, text := range []string{
			"GET /v2026/role-mining-sessions HTTP/1.1\r\n" + head,
			"POST /v2026/role-mining-sessions HTTP/1.1\r\n" + head + "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"name\":",
			strings.Repeat("GET /_mock/fixtures HTTP/1.1\r\nHost: x\r\n\r\n", 3),
		} {
			c, err := net.Dial("tcp", strings.TrimPrefix(l.url, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = c.Close() })
			if _, err := io.WriteString(c, text); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(text, "_mock") {
				held.all = append(held.all, c)
			}
		}
	}
	return held
}

// answered is how many of those that have not sent all of their request were
// answered as if they had.
func (s *stalling) answered() (n int) {
	for _, c := range s.all {
		_ = c.SetReadDeadline(time.Now().Add(time.Millisecond))
		buffer := make([]byte, 12)
		if m, _ := c.Read(buffer); strings.HasPrefix(string(buffer[:m]), "HTTP/1.1 2") {
			n++
		}
	}
	return n
}
