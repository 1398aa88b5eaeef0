package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"mockserver/internal/app"
	"mockserver/internal/clock"
	"mockserver/internal/config"
)

const (
	// drainTime is how long requests under way may take after the signal.
	drainTime = 5 * time.Second
	// The bounds on slow and idle clients.
	headerTime = 10 * time.Second
	readTime   = 2 * time.Minute
	writeTime  = 5 * time.Minute
	idleTime   = 2 * time.Minute
	maxHeaders = 64 << 10
)

func (p *program) serveCommand() command {
	return command{
		name:  "serve",
		args:  "[flags]",
		short: "serve the API until interrupted",
		about: `Serves the API until it is interrupted (Ctrl-C, SIGTERM); then it finishes what
is under way and ends with 0. It prints where it is and how to call it. Without
any flag it has the built-in organisation and keeps everything in memory. Tests
steer it under /_mock: reset, tenants, clock, jobs, faults, verification and
more (docs/control-api.md; curl -s http://127.0.0.1:8080/_mock lists it).

  mockserver
  mockserver serve --addr :8080 --stage-delay 0
  mockserver serve --fixtures DIR --db FILE
  MOCKSERVER_AUTH=strict mockserver`,
		flags: config.Flags(),
		usage: func(w io.Writer) { serveUsage(w, "Flags") },
		run:   p.serve,
	}
}

// serveUsage writes the flags of serve, below what they are called.
func serveUsage(w io.Writer, title string) {
	fmt.Fprintf(w, "\n%s, each with its twin in the environment (a flag beats it):\n", title)
	config.Usage(w)
}

// settings reads flags and environment.
func (p *program) settings(args []string) (config.Config, error) { return p.settingsWith(args, nil) }

// settingsWith is settings for a command that has flags of its own.
func (p *program) settingsWith(args []string, own func(*flag.FlagSet)) (config.Config, error) {
	settings, err := config.LoadWith(args, p.environ, own)
	if err != nil && !errors.Is(err, config.ErrHelp) {
		err = usageError{err: err}
	}
	return settings, err
}

// serve runs the server until the context ends.
func (p *program) serve(ctx context.Context, args []string) (err error) {
	settings, err := p.settings(args)
	if err != nil {
		return err
	}
	log, flush := newLog(p.stderr, settings)
	defer flush()

	on, err := listen(ctx, settings)
	if err != nil {
		return err
	}
	var server *app.App
	err = until(ctx, func() (err error) { // a large organisation takes a while to load
		server, err = app.New(ctx, app.Options{Config: settings, Clock: clock.Real{}, Log: log, Version: version(), API: on.apiAddr()})
		return err
	})
	if err != nil {
		return errors.Join(err, on.close())
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	if err := greet(ctx, p.stdout, server, on); err != nil {
		return errors.Join(err, on.close())
	}
	if err := serveAndRun(ctx, server, on, log); err != nil {
		return err
	}
	log.Info("stopped")
	return nil
}

// listeners are where the server is reached.
type listeners struct {
	api     net.Listener
	control net.Listener // nil where the control plane is with the API
}

func listen(ctx context.Context, settings config.Config) (on listeners, err error) {
	at := func(addr string) (net.Listener, error) {
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
		if err != nil {
			return nil, fmt.Errorf("cannot listen on %s: %w", addr, err)
		}
		return l, nil
	}
	if on.api, err = at(settings.Addr); err != nil || settings.ControlAddr == "" {
		return on, err
	}
	if on.control, err = at(settings.ControlAddr); err != nil {
		return on, errors.Join(err, on.api.Close())
	}
	return on, nil
}

// apiAddr is where the API is, for a control plane that is elsewhere.
func (on listeners) apiAddr() net.Addr {
	if on.control == nil {
		return nil
	}
	return on.api.Addr()
}

func (on listeners) close() error {
	if on.control == nil {
		return on.api.Close()
	}
	return errors.Join(on.api.Close(), on.control.Close())
}

// serveAndRun answers requests and does the background work; when the context
// ends it lets requests finish, then stops the work.
func serveAndRun(ctx context.Context, server *app.App, on listeners, log *slog.Logger) error {
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	var work sync.WaitGroup
	work.Go(func() { server.Run(background) })
	defer work.Wait()
	defer stop()

	var webs []*http.Server
	failed := make(chan error, 2)
	serve := func(on net.Listener, handler http.Handler) {
		web := newWeb(handler, log)
		webs = append(webs, web)
		go func() { failed <- web.Serve(on) }()
	}
	serve(on.api, server.Handler)
	if on.control != nil {
		serve(on.control, server.Control)
	}
	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
		log.Info("stopping")
	}
	return errors.Join(err, shutdown(background, webs, log))
}

func newWeb(handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: headerTime,
		ReadTimeout:       readTime,
		WriteTimeout:      writeTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    maxHeaders,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}

// shutdown lets requests under way finish, within their time all together.
func shutdown(ctx context.Context, webs []*http.Server, log *slog.Logger) error {
	bounded, cancel := context.WithTimeout(ctx, drainTime)
	defer cancel()
	errs := make([]error, len(webs))
	var ended sync.WaitGroup
	for i, web := range webs {
		ended.Go(func() {
			if err := web.Shutdown(bounded); err != nil {
				log.Warn("requests were cut off", "error", err)
				errs[i] = web.Close()
			}
		})
	}
	ended.Wait()
	return errors.Join(errs...)
}

// greet says where the server is, how to call it and what it holds.
func greet(ctx context.Context, w io.Writer, server *app.App, on listeners) error {
	loaded, err := server.Default().Loaded(ctx)
	if err != nil {
		return err
	}
	id, secret, err := server.Default().Credentials(ctx)
	if err != nil {
		return err
	}
	url := baseURL(on.api.Addr())
	control := url
	if on.control != nil {
		control = baseURL(on.control.Addr())
	}
	_, err = fmt.Fprintf(w, `mockserver %s listens on %s
%s
The control plane is on %s/_mock

  export SAIL_BASE_URL=%s
  export SAIL_CLIENT_ID=%s
  export SAIL_CLIENT_SECRET=%s

A token:  curl -s %s/oauth/token -d grant_type=client_credentials -d client_id=%s -d client_secret=%s
`, version(), url, loaded, control, url, id, secret, url, id, secret)
	return err
}

// baseURL is how a client on this machine reaches a listener.
func baseURL(addr net.Addr) string {
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return "http://" + addr.String()
	}
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// newLog writes text to a terminal and JSON elsewhere, unless told otherwise.
// Lines are gathered for a moment, because a write for each request costs more
// than the request; flush writes what is left.
func newLog(w io.Writer, settings config.Config) (*slog.Logger, func()) {
	options := &slog.HandlerOptions{Level: settings.LogLevel}
	if settings.LogFormat == config.LogText || settings.LogFormat == config.LogAuto && isTerminal(w) {
		return slog.New(slog.NewTextHandler(w, options)), func() {}
	}
	lines := newLineBuffer(w)
	return slog.New(slog.NewJSONHandler(lines, options)), lines.Close
}
