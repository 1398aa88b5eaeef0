package main

import (
	"context"
	"errors"
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
any flag it has the built-in organisation and keeps everything in memory.

  mockserver
  mockserver serve --addr :8080 --stage-delay 0
  mockserver serve --fixtures DIR --db FILE
  MOCKSERVER_AUTH=strict mockserver`,
		flags: config.Flags(),
		usage: serveUsage,
		run:   p.serve,
	}
}

// serveUsage writes the flags of serve for its help.
func serveUsage(w io.Writer) {
	fmt.Fprint(w, "\nFlags, each with its twin in the environment (a flag beats it):\n")
	config.Usage(w)
}

// settings reads flags and environment.
func (p *program) settings(args []string) (config.Config, error) {
	settings, err := config.Load(args, p.environ)
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

	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", settings.Addr)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w", settings.Addr, err)
	}
	var server *app.App
	err = until(ctx, func() (err error) { // a large organisation takes a while to load
		server, err = app.New(ctx, app.Options{Config: settings, Clock: clock.Real{}, Log: log, Version: version()})
		return err
	})
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	if err := greet(ctx, p.stdout, server, listener.Addr()); err != nil {
		return errors.Join(err, listener.Close())
	}
	if err := listenAndRun(ctx, server, listener, log); err != nil {
		return err
	}
	log.Info("stopped")
	return nil
}

// listenAndRun answers requests and does the background work; when the context
// ends it lets requests finish, then stops the work.
func listenAndRun(ctx context.Context, server *app.App, listener net.Listener, log *slog.Logger) error {
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	var work sync.WaitGroup
	work.Go(func() { server.Run(background) })
	defer work.Wait()
	defer stop()

	web := &http.Server{
		Handler:           server.Handler,
		ReadHeaderTimeout: headerTime,
		ReadTimeout:       readTime,
		WriteTimeout:      writeTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    maxHeaders,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	failed := make(chan error, 1)
	go func() { failed <- web.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	log.Info("stopping")
	bounded, cancel := context.WithTimeout(background, drainTime)
	defer cancel()
	if err := web.Shutdown(bounded); err != nil {
		log.Warn("requests were cut off", "error", err)
		return web.Close()
	}
	return nil
}

// greet says where the server is, how to call it and what it holds.
func greet(ctx context.Context, w io.Writer, server *app.App, addr net.Addr) error {
	loaded, err := server.Default().Loaded(ctx)
	if err != nil {
		return err
	}
	id, secret, err := server.Default().Credentials(ctx)
	if err != nil {
		return err
	}
	url := baseURL(addr)
	_, err = fmt.Fprintf(w, `mockserver %s listens on %s
%s

  export SAIL_BASE_URL=%s
  export SAIL_CLIENT_ID=%s
  export SAIL_CLIENT_SECRET=%s

A token:  curl -s %s/oauth/token -d grant_type=client_credentials -d client_id=%s -d client_secret=%s
`, version(), url, loaded, url, id, secret, url, id, secret)
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
