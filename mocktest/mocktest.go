// Package mocktest runs the emulator inside of Go tests.
//
// Start is the very server of the command mockserver, in the test's own process,
// on a free port of the loopback interface, ready when Start returns and closed
// with the test:
//
//	srv := mocktest.Start(t)
//	response, err := srv.Client().Get(srv.URL() + "/v2026/role-mining-sessions")
//
// Connect is the same for a server that runs elsewhere, such as in a container.
// Whatever a Server does beside that is an order to its control plane, /_mock,
// which docs/control-api.md describes: what holds there holds here. An order that
// the server refuses fails the test at once, with the server's words.
//
// What Client and URL give is for any number of goroutines at once. Orders are for
// the goroutine of the test, like t.Fatal, which they call. Tests that run in
// parallel share a server if each has a tenant of its own: see Server.ForTest.
package mocktest

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mockserver/internal/app"
	"mockserver/internal/clock"
	"mockserver/internal/config"
	"mockserver/internal/serving"
)

// Server is a running emulator, or one of its tenants, as one test sees it.
type Server struct {
	tb      testing.TB
	root    string // of the API, without the prefix of a tenant
	control string // of the control plane, likewise
	prefix  string // of the tenant, such as /t/NAME; "" is the default tenant
	frozen  time.Time
	guests  *sync.Map // the names of the tenants of tests that run
	ended   *atomic.Bool

	mu     sync.Mutex
	client *http.Client // nil until it is asked for
}

// Option says how a Server is to be.
type Option func(*options)

type options struct {
	flags   []string
	control string
	frozen  time.Time
}

// Flags gives the server settings, in the form of the flags of mockserver serve:
// Flags("--auth", "strict"), Flags("--seed=two"). Without them it listens on a
// free port, keeps everything in memory, has no stage delay and logs warnings
// to the output of the test. The environment does not count. Connect
// ignores them.
func Flags(args ...string) Option {
	return func(o *options) { o.flags = append(o.flags, args...) }
}

// Fixtures gives the server the organisation in a folder (docs/fixtures.md) in
// the place of the built-in one. It is short for Flags("--fixtures", dir).
func Fixtures(dir string) Option { return Flags("--fixtures", dir) }

// Frozen stops the clock at a moment in the years 1970 to 2200, so that the same
// requests get the same dates. Server.Advance moves it on, and Server.Reset returns
// to that moment. It holds of the tenants that the test makes, too.
func Frozen(at time.Time) Option { return func(o *options) { o.frozen = at } }

// ControlURL says where the control plane of a server that Connect is given
// listens, if that is elsewhere (--control-addr).
func ControlURL(url string) Option { return func(o *options) { o.control = url } }

// Start starts a server that ends with the test. What keeps it from starting, a
// flag or a mistake in fixtures, fails the test.
func Start(tb testing.TB, opts ...Option) *Server {
	tb.Helper()
	o := gather(opts)
	settings, err := config.Load(append([]string{"--addr=127.0.0.1:0", "--stage-delay=0s", "--log-level=warn"}, o.flags...), nil)
	if err != nil {
		tb.Fatalf("mocktest: %v", config.Explain(err, "serve", config.Flags()))
	}
	log := slog.New(slog.NewTextHandler(tb.Output(), &slog.HandlerOptions{Level: settings.LogLevel}))
	server, err := serving.Open(tb.Context(), app.Options{Config: settings, Clock: clock.Real{}, Log: log, Version: "mocktest"})
	if err != nil {
		tb.Fatalf("mocktest: %v", err)
	}
	s := &Server{tb: tb, root: server.URL(), control: server.ControlURL(), frozen: o.frozen, guests: &sync.Map{}, ended: &atomic.Bool{}}
	s.runUntilCleanup(server)
	s.begin()
	return s
}

// begin has what is new begin at the moment that Frozen says.
func (s *Server) begin() {
	s.tb.Helper()
	if !s.frozen.IsZero() {
		s.Reset()
	}
}

// runUntilCleanup serves until the test has ended and done what it has to clean up.
func (s *Server) runUntilCleanup(server *serving.Server) {
	ctx, stop := context.WithCancel(context.WithoutCancel(s.tb.Context()))
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx) }()
	s.tb.Cleanup(func() {
		s.ended.Store(true)
		stop()
		if err := <-ended; err != nil {
			s.tb.Errorf("mocktest: the server ended badly: %v", err)
		}
	})
}

// Connect is a server that runs already: a container, or one of the command.
// url is its base URL, such as http://127.0.0.1:8080, and may have the prefix of a
// tenant (/t/NAME). It is left running, and as it is: Reset makes it begin anew. A
// server that is not ready within 30 seconds fails the test.
func Connect(tb testing.TB, url string, opts ...Option) *Server {
	tb.Helper()
	o := gather(opts)
	root, prefix, err := splitURL(url)
	if err != nil {
		tb.Fatalf("mocktest: %v", err)
	}
	s := &Server{tb: tb, root: root, control: root, prefix: prefix, frozen: o.frozen, guests: &sync.Map{}, ended: &atomic.Bool{}}
	if o.control != "" {
		if s.control, _, err = splitURL(o.control); err != nil {
			tb.Fatalf("mocktest: %v", err)
		}
	}
	s.waitReady()
	s.findControl()
	if !s.frozen.IsZero() {
		s.SetClock(s.frozen)
	}
	return s
}

func gather(opts []Option) options {
	var o options
	for _, opt := range opts {
		opt(&o)
	}
	return o
}

// view is the same server for another test or tenant.
func (s *Server) view(tb testing.TB, prefix string) *Server {
	return &Server{tb: tb, root: s.root, control: s.control, prefix: prefix, frozen: s.frozen, guests: s.guests, ended: s.ended}
}

// URL is the base URL for an SDK, without a slash at the end: it has the prefix
// of the tenant, if it is that of one.
func (s *Server) URL() string { return s.root + s.prefix }

// ControlURL is where the control plane listens, without the prefix of a tenant.
func (s *Server) ControlURL() string { return s.control }

// TokenURL is where an SDK takes its token: URL and /oauth/token.
func (s *Server) TokenURL() string { return s.URL() + "/oauth/token" }
