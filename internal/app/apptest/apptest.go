// Package apptest runs a whole server for a test: the real handlers over real
// HTTP, on a real database, with a clock that the test moves. Every answer that
// passes is checked against the OpenAPI document of its version. The server is
// in the test's process, or a built binary: see BinaryVariable.
package apptest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"mockserver/internal/app"
	"mockserver/internal/clock"
	"mockserver/internal/config"
	"mockserver/internal/openapi/openapitest"
	"mockserver/internal/tenant"
)

// Now is where the clock of a test server starts.
func Now() time.Time { return time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC) }

// Server is a running server. Background work moves only when the test says so
// (Settle, Step).
type Server struct {
	URL   string
	Clock Clock
	// Token is the access token that Do sends, taken with the default client.
	Token string

	tb   testing.TB
	base string           // URL without a tenant's prefix
	http *httptest.Server // nil after Stop, and for a view of one tenant
	app  *app.App         // nil in a process of its own

	process *process // nil in this one
}

// Remote says whether the server is in a process of its own.
func (s *Server) Remote() bool { return s.process != nil }

// InProcess leaves the test out if the server is in a process of its own; why says
// what is different there.
func (s *Server) InProcess(why string) {
	s.tb.Helper()
	if s.Remote() {
		s.tb.Skipf("LEFT OUT over TCP: %s", why)
	}
}

// App is the server itself. A test that asks for it is about what only a server
// in this process shows.
func (s *Server) App() *app.App {
	s.tb.Helper()
	s.InProcess("it looks into the server")
	return s.app
}

// Manual is the clock, for a test that has to know who waits by it, as App is for
// the server.
func (s *Server) Manual() *clock.Manual {
	s.tb.Helper()
	s.App()
	return s.Clock.(*clock.Manual)
}

// Start runs a server until the test ends. change, where not nil, edits the
// settings, which are the defaults with a stage delay of 0.
func Start(tb testing.TB, change func(*config.Config)) *Server {
	tb.Helper()
	settings, err := config.Load([]string{"--stage-delay=0", "--log-level=error"}, nil)
	if err != nil {
		tb.Fatal(err)
	}
	if change != nil {
		change(&settings)
	}
	s := &Server{tb: tb}
	if program := os.Getenv(BinaryVariable); program != "" {
		s.startBinary(program, settings)
		return s
	}
	manual := clock.NewManual(Now())
	s.Clock = manual
	log := slog.New(slog.NewTextHandler(tb.Output(), &slog.HandlerOptions{Level: settings.LogLevel}))
	s.app, err = app.New(tb.Context(), app.Options{Config: settings, Clock: manual, Log: log, Version: "test"})
	if err != nil {
		tb.Fatal(err)
	}
	s.http = httptest.NewServer(openapitest.Handler(tb, s.app.Handler))
	s.base, s.URL = s.http.URL, s.http.URL
	tb.Cleanup(s.Stop)
	s.takeTokenOf(s.app.Default())
	return s
}

// Tenant is the same server seen by a client of one tenant: all paths are below
// /t/name, and the token is one of that tenant, which is made if it is not there.
// Clock and background work (Advance, Step, Settle) stay those of all tenants, in a
// process of its own of those that were asked for here; Stop does nothing.
func (s *Server) Tenant(name string) *Server {
	s.tb.Helper()
	if s.Remote() {
		return s.remoteTenant(name)
	}
	t, err := s.App().Tenant(s.tb.Context(), name)
	if err != nil {
		s.tb.Fatal(err)
	}
	own := &Server{URL: s.base + "/t/" + name, app: s.app, Clock: s.Clock, tb: s.tb, base: s.base}
	own.takeTokenOf(t)
	return own
}

// takeTokenOf takes a token with the client to try a tenant with.
func (s *Server) takeTokenOf(t *tenant.Tenant) {
	s.tb.Helper()
	id, secret, err := t.Credentials(s.tb.Context())
	if err != nil {
		s.tb.Fatal(err)
	}
	s.Token = s.TokenFor(id, secret)
}

// Stop ends the server before its test does, to start another one on the same
// database. It may be called again.
func (s *Server) Stop() {
	switch {
	case s.URL != s.base: // a view
		return
	case s.Remote():
		s.process.end(s.tb)
		return
	case s.http == nil:
		return
	}
	s.http.Close()
	s.http = nil
	if err := s.app.Close(); err != nil {
		s.tb.Error(err)
	}
}

// TokenFor takes a token by client credentials.
func (s *Server) TokenFor(id, secret string) string {
	s.tb.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}}
	got := s.Send(http.MethodPost, "/oauth/token", form.Encode(), http.Header{"Content-Type": {"application/x-www-form-urlencoded"}})
	if got.Status != http.StatusOK {
		s.tb.Fatalf("token: %d %s", got.Status, got.Body)
	}
	return got.Text("access_token")
}

// Step takes one step of everything that is due, and fails the test if that
// went wrong. It returns how many things were.
func (s *Server) Step() int {
	s.tb.Helper()
	if s.Remote() {
		return s.step()
	}
	n, err := s.app.Step(s.tb.Context())
	if err != nil {
		s.tb.Fatal(err)
	}
	return n
}

// Settle does all background work that is due until nothing is.
func (s *Server) Settle() {
	s.tb.Helper()
	for s.Step() > 0 {
	}
}

// Answer is what came back.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte

	tb testing.TB
}

// Do sends a request with the server's token, the experimental header and, for
// a body, the content type that its operation takes. body is a string, sent as
// it is, or a value, sent as JSON; nil is no body.
func (s *Server) Do(method, path string, body any) Answer {
	s.tb.Helper()
	header := http.Header{"Authorization": {"Bearer " + s.Token}, "X-Sailpoint-Experimental": {"true"}}
	if body != nil {
		header.Set("Content-Type", "application/json")
		if method == http.MethodPatch {
			header.Set("Content-Type", "application/json-patch+json")
		}
	}
	return s.Send(method, path, body, header)
}

// Get is Do for a GET that must succeed.
func (s *Server) Get(path string) Answer {
	s.tb.Helper()
	got := s.Do(http.MethodGet, path, nil)
	if got.Status != http.StatusOK {
		s.tb.Fatalf("GET %s: %d %s", path, got.Status, got.Body)
	}
	return got
}

// Send sends a request with just the headers it is given.
func (s *Server) Send(method, path string, body any, header http.Header) Answer {
	s.tb.Helper()
	request, err := http.NewRequestWithContext(s.tb.Context(), method, s.URL+path, reader(s.tb, body))
	if err != nil {
		s.tb.Fatal(err)
	}
	request.Header = header.Clone()
	if request.Header == nil {
		request.Header = http.Header{}
	}
	// As it is sent: a client does not keep every spelling of a path.
	sent, err := url.ParseRequestURI(request.URL.RequestURI())
	if err != nil {
		s.tb.Fatal(err)
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	asked := &http.Request{Method: method, URL: sent}
	response, err := client.Do(request)
	if err != nil {
		s.tb.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // it was only read
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		s.tb.Fatal(err)
	}
	if s.Remote() { // otherwise it was checked where it was written
		openapitest.Check(s.tb, asked, response.StatusCode, response.Header, raw)
	}
	return Answer{Status: response.StatusCode, Header: response.Header, Body: raw, tb: s.tb}
}

// Events are the data of the first n events of the feed under /_mock/events,
// which it waits for.
func (s *Server) Events(n int) []string {
	s.tb.Helper()
	request, err := http.NewRequestWithContext(s.tb.Context(), http.MethodGet, s.URL+"/_mock/events", nil)
	if err != nil {
		s.tb.Fatal(err)
	}
	request.Header.Set("Last-Event-ID", "0")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		s.tb.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // it is broken off
	var all []string
	for lines := bufio.NewScanner(response.Body); len(all) < n && lines.Scan(); {
		if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			all = append(all, data)
		}
	}
	return all
}

func reader(tb testing.TB, body any) io.Reader {
	switch b := body.(type) {
	case nil:
		return http.NoBody
	case string:
		return strings.NewReader(b)
	case []byte:
		return bytes.NewReader(b)
	}
	raw, err := json.Marshal(body)
	if err != nil {
		tb.Fatal(err)
	}
	return bytes.NewReader(raw)
}

// Into decodes the body.
func (a Answer) Into(v any) {
	a.tb.Helper()
	if err := json.Unmarshal(a.Body, v); err != nil {
		a.tb.Fatalf("%v in %s", err, a.Body)
	}
}

// Value is what stands in the body at a path of property names and, for
// arrays, positions: Value("session", "state"), Value(0, "id").
func (a Answer) Value(path ...any) any {
	a.tb.Helper()
	var v any
	a.Into(&v)
	for _, step := range path {
		switch key := step.(type) {
		case string:
			object, ok := v.(map[string]any)
			if !ok {
				a.tb.Fatalf("no object at %v of %v in %s", key, path, a.Body)
			}
			v = object[key]
		case int:
			list, ok := v.([]any)
			if !ok || key >= len(list) {
				a.tb.Fatalf("no element %d of %v in %s", key, path, a.Body)
			}
			v = list[key]
		}
	}
	return v
}

// Text is Value as a string, "" for null.
func (a Answer) Text(path ...any) string {
	a.tb.Helper()
	text, _ := a.Value(path...).(string)
	return text
}

// Len is how many elements the body, an array, has.
func (a Answer) Len() int {
	a.tb.Helper()
	var list []json.RawMessage
	a.Into(&list)
	return len(list)
}

// CreateSession creates a session and mines it to its end. It returns its id.
func (s *Server) CreateSession(body any) string {
	s.tb.Helper()
	got := s.Do(http.MethodPost, "/v2026/role-mining-sessions", body)
	if got.Status != http.StatusCreated {
		s.tb.Fatalf("create session: %d %s", got.Status, got.Body)
	}
	s.Settle()
	return got.Text("id")
}

// FixturesDir writes fixtures where --fixtures can name them.
func FixturesDir(tb testing.TB, files fs.FS) string {
	tb.Helper()
	dir := filepath.Join(tb.TempDir(), "fixtures")
	if err := os.CopyFS(dir, files); err != nil {
		tb.Fatal(err)
	}
	return dir
}

// Run does the server's background work as a running server does, until it is
// stopped or, in this process, the context ends.
func (s *Server) Run(ctx context.Context) (stop func()) {
	if s.Remote() {
		return s.process.run(s)
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.App().Run(ctx)
	}()
	return func() {
		cancel()
		<-done
	}
}

// WaitReady waits until a server that Run was called for says that it is ready.
func (s *Server) WaitReady() {
	s.tb.Helper()
	for s.App().Default().Ready(s.tb.Context()) != nil {
		if err := s.tb.Context().Err(); err != nil {
			s.tb.Fatal(err)
		}
		runtime.Gosched()
	}
}
