package app_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mockserver/internal/app"
	"mockserver/internal/clock"
	"mockserver/internal/config"
)

// The benchmarks compare the server with a bare net/http handler that writes
// the same bytes, in the same run, over real connections: run
//
//	go test -run '^$' -bench . ./internal/app
//
// and divide ns/op of "bare" by that of "mockserver". The client writes one
// prepared request and counts the bytes that come back, so that most of the
// time is the server's.

// benched is a server under a benchmark, without a contract check in front.
type benched struct {
	url, token string
	app        *app.App
}

func startBenched(b *testing.B, flags ...string) benched {
	b.Helper()
	settings, err := config.Load(append([]string{"--stage-delay=0", "--log-format=json"}, flags...), nil)
	if err != nil {
		b.Fatal(err)
	}
	log := slog.New(slog.NewJSONHandler(bufio.NewWriter(io.Discard), nil)) // as in production: a line for each request
	a, err := app.New(b.Context(), app.Options{Config: settings, Clock: clock.Real{}, Log: log, Version: "bench"})
	if err != nil {
		b.Fatal(err)
	}
	server := httptest.NewServer(a.Handler)
	b.Cleanup(func() {
		server.Close()
		if err := a.Close(); err != nil {
			b.Error(err)
		}
	})
	s := benched{url: server.URL, app: a}
	s.token = tokenOf(b, s.call(b, http.MethodPost, "/oauth/token", tokenForm))
	return s
}

const tokenForm = "grant_type=client_credentials&client_id=me&client_secret=secret"

func tokenOf(b *testing.B, body []byte) string {
	b.Helper()
	_, rest, ok := bytes.Cut(body, []byte(`"access_token":"`))
	if !ok {
		b.Fatalf("no token in %s", body)
	}
	token, _, _ := bytes.Cut(rest, []byte(`"`))
	return string(token)
}

// request is the bytes of a request.
func (s benched) request(method, path, body string) []byte {
	u, _ := url.Parse(s.url)
	contentType := "application/json"
	if strings.HasPrefix(path, "/oauth") {
		contentType = "application/x-www-form-urlencoded"
	}
	return fmt.Appendf(nil, "%s %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nX-SailPoint-Experimental: true\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s",
		method, path, u.Host, s.token, contentType, len(body), body)
}

// call sends one request and returns the body of the answer.
func (s benched) call(b *testing.B, method, path, body string) []byte {
	b.Helper()
	raw := s.request(method, path, body)
	response, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(exchange(b, s.url, raw))), nil)
	if err != nil {
		b.Fatal(err)
	}
	defer response.Body.Close()
	got, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode >= 300 {
		b.Fatalf("%s %s: %d %s (%v)", method, path, response.StatusCode, got, err)
	}
	return got
}

// exchange sends one request on a connection of its own.
func exchange(b *testing.B, base string, request []byte) []byte {
	b.Helper()
	c := dial(b, base)
	defer c.Close()
	closing := bytes.Replace(request, []byte("\r\n\r\n"), []byte("\r\nConnection: close\r\n\r\n"), 1)
	if _, err := c.Write(closing); err != nil {
		b.Fatal(err)
	}
	answer, err := io.ReadAll(c)
	if err != nil {
		b.Fatal(err)
	}
	return answer
}

func dial(b *testing.B, base string) net.Conn {
	b.Helper()
	u, err := url.Parse(base)
	if err != nil {
		b.Fatal(err)
	}
	c, err := net.Dial("tcp", u.Host)
	if err != nil {
		b.Fatal(err)
	}
	return c
}

// compare runs the same request against the server and against a bare handler
// that writes what the server wrote, on 32 connections each.
func (s benched) compare(b *testing.B, method, path, body string) {
	raw := s.request(method, path, body)
	s.compareAll(b, func() []byte { return raw })
}

// compareAll is compare for requests that next makes, which differ but have
// answers of the same length. It is called from many goroutines.
func (s benched) compareAll(b *testing.B, next func() []byte) {
	answer := exchange(b, s.url, next())
	response, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(answer)), nil)
	if err != nil {
		b.Fatal(err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode >= 300 {
		b.Fatalf("%d %s (%v)", response.StatusCode, content, err)
	}
	bare := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", response.Header.Get("Content-Type"))
		w.WriteHeader(response.StatusCode)
		_, _ = w.Write(content)
	}))
	defer bare.Close()
	b.Run("bare", func(b *testing.B) { load(b, bare.URL, next) })
	b.Run("mockserver", func(b *testing.B) { load(b, s.url, next) })
}

// connections is how many clients call at a time.
const connections = 32

// load sends b.N requests, divided among connections.
func load(b *testing.B, base string, next func() []byte) {
	var clients sync.WaitGroup
	turns := make(chan int, connections)
	conns := make([]net.Conn, connections)
	for i := range conns {
		conns[i] = dial(b, base)
		defer conns[i].Close()
	}
	size := sizeOf(b, conns[0], next())
	b.SetBytes(int64(size))
	for i := range connections {
		turns <- b.N/connections + min(1, max(0, b.N%connections-i))
	}
	b.ResetTimer()
	for _, c := range conns {
		clients.Go(func() {
			buffer := make([]byte, size)
			for range <-turns {
				if _, err := c.Write(next()); err != nil {
					b.Error(err)
					return
				}
				if _, err := io.ReadFull(c, buffer); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	clients.Wait()
}

// sizeOf is how many bytes come back for a request: the same every time.
func sizeOf(b *testing.B, c net.Conn, request []byte) int {
	b.Helper()
	if _, err := c.Write(request); err != nil {
		b.Fatal(err)
	}
	counted := &countingReader{from: c}
	reader := bufio.NewReaderSize(counted, 1)
	response, err := http.ReadResponse(reader, nil)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		b.Fatal(err)
	}
	return counted.n - reader.Buffered()
}

type countingReader struct {
	from io.Reader
	n    int
}

func (r *countingReader) Read(p []byte) (int, error) {
	n, err := r.from.Read(p)
	r.n += n
	return n, err
}

const newSession = `{"minNumIdentitiesInPotentialRole": 2, "pruneThreshold": 40, "scope": {"criteria": "attributes.location:miami"}}`

// settle does all background work.
func (s benched) settle(b *testing.B) {
	b.Helper()
	for {
		n, err := s.app.Step(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

func BenchmarkGetSession(b *testing.B) {
	s := startBenched(b)
	s.compare(b, http.MethodGet, "/v2026/role-mining-sessions/8c190e67-87aa-4ed9-a90b-d9d5344523fb", "")
}

// fill makes the server hold at least n potential roles.
func (s benched) fill(b *testing.B, n int) {
	b.Helper()
	for have := 0; have < n; {
		s.call(b, http.MethodPost, "/v2026/role-mining-sessions", newSession)
		s.settle(b)
		have = bytes.Count(s.call(b, http.MethodGet, "/v2026/role-mining-potential-roles?limit=250", ""), []byte(`"potentialRoleRef"`))
	}
}

// BenchmarkPageOf250 shows both ends of what a page costs. "cached" asks for the
// same page each time, which the store remembers until something is written.
// "uncached" never asks the same twice, so each answer is read from the database,
// as after a write: it wants roles that were created since a moment in 1970, which
// is another one each time. That filter takes nothing away, and the index that
// gives the order serves it too, so the page is the same and is read the same way;
// what it adds is a filter to parse. A write between the reads would be part of
// what 32 concurrent connections are measured at.
func BenchmarkPageOf250(b *testing.B) {
	const page = "/v2026/role-mining-potential-roles?limit=250"
	s := startBenched(b)
	s.fill(b, 250)
	b.Run("cached", func(b *testing.B) { s.compare(b, http.MethodGet, page, "") })
	b.Run("uncached", func(b *testing.B) {
		var moment atomic.Int64
		s.compareAll(b, func() []byte {
			since := time.Unix(0, moment.Add(1)).UTC().Format("2006-01-02T15:04:05.000000000Z")
			return s.request(http.MethodGet, page+"&filters=startDate%20ge%20"+since, "")
		})
	})
}

// BenchmarkJournal shows what the journal, which is on unless it is turned off, takes
// of the two reads above: divide ns/op of "off" by that of "on". They take turns, so
// that a machine which is busy for a while is so for both.
func BenchmarkJournal(b *testing.B) {
	reads := []struct{ name, path string }{
		{"session", "/v2026/role-mining-sessions/8c190e67-87aa-4ed9-a90b-d9d5344523fb"},
		{"pageOf250", "/v2026/role-mining-potential-roles?limit=250"},
	}
	off, on := startBenched(b, "--journal-entries=0"), startBenched(b)
	off.fill(b, 250)
	on.fill(b, 250)
	for _, read := range reads {
		for range 3 {
			b.Run(read.name+"/off", func(b *testing.B) {
				raw := off.request(http.MethodGet, read.path, "")
				load(b, off.url, func() []byte { return raw })
			})
			b.Run(read.name+"/on", func(b *testing.B) {
				raw := on.request(http.MethodGet, read.path, "")
				load(b, on.url, func() []byte { return raw })
			})
		}
	}
}

func BenchmarkToken(b *testing.B) {
	s := startBenched(b)
	s.compare(b, http.MethodPost, "/oauth/token", tokenForm)
}

// BenchmarkCreateToDone is a session from its POST to its last state, over
// identities of one location, beside a bare handler that answers the POST.
func BenchmarkCreateToDone(b *testing.B) {
	s := startBenched(b)
	content := s.call(b, http.MethodPost, "/v2026/role-mining-sessions", newSession)
	s.settle(b)
	bare := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write(content)
	}))
	defer bare.Close()
	b.Run("bare", func(b *testing.B) {
		for b.Loop() {
			exchange(b, bare.URL, s.request(http.MethodPost, "/", newSession))
		}
	})
	b.Run("mockserver", func(b *testing.B) {
		for b.Loop() {
			s.call(b, http.MethodPost, "/v2026/role-mining-sessions", newSession)
			s.settle(b)
		}
	})
}

// BenchmarkNew is what a start costs without the process: opening the database,
// restoring the default organisation, wiring.
func BenchmarkNew(b *testing.B) {
	settings, err := config.Load(nil, nil)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		a, err := app.New(b.Context(), app.Options{Config: settings, Clock: clock.Real{}, Log: slog.New(slog.DiscardHandler), Version: "bench"})
		if err != nil {
			b.Fatal(err)
		}
		if err := a.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
