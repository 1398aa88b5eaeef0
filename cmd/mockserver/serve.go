package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"

	"mockserver/internal/app"
	"mockserver/internal/auth"
	"mockserver/internal/clock"
	"mockserver/internal/config"
	"mockserver/internal/serving"
)

// baseURLVariable is where the official SDKs have the address of the service from.
const baseURLVariable = "SAIL_BASE_URL"

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
func (p *program) serve(ctx context.Context, args []string) error {
	settings, err := p.settings(args)
	if err != nil {
		return err
	}
	log, flush := newLog(p.stderr, settings)
	defer flush()
	stayWithin(log)

	var server *serving.Server
	err = until(ctx, func() (err error) { // a large organisation takes a while to load
		server, err = serving.Open(ctx, app.Options{Config: settings, Clock: clock.Real{}, Log: log, Version: version()})
		return err
	})
	if err != nil {
		return err
	}
	if auth.RealURL(p.getenv(baseURLVariable)) {
		warnOfReal(p.stderr, settings)
	}
	if err := greet(ctx, p.stdout, server); err != nil {
		return errors.Join(err, server.Close())
	}
	if err := server.Run(ctx); err != nil {
		return err
	}
	log.Info("stopped")
	return nil
}

// warnOfReal tells whoever starts a server that what else is started from there
// calls a real organisation. That is not for --log-level to leave out.
func warnOfReal(w io.Writer, settings config.Config) {
	settings.LogLevel = min(settings.LogLevel, slog.LevelWarn)
	log, flush := newLog(w, settings)
	defer flush()
	log.Warn(baseURLVariable + " in this environment is of the real service, so what is started from here goes there and not to this server: " +
		"set it as printed at the start, or by mockserver env")
}

// greet says where the server is, how to call it and what it holds.
func greet(ctx context.Context, w io.Writer, server *serving.Server) error {
	loaded, err := server.App.Default().Loaded(ctx)
	if err != nil {
		return err
	}
	id, secret, err := server.App.Default().Credentials(ctx)
	if err != nil {
		return err
	}
	url, control := server.URL(), server.ControlURL()
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

// newLog writes text to a terminal and JSON elsewhere, unless told otherwise;
// neither steers a terminal, whatever a request says.
// Lines are gathered for a moment, because a write for each request costs more
// than the request; flush writes what is left.
func newLog(w io.Writer, settings config.Config) (*slog.Logger, func()) {
	options := &slog.HandlerOptions{Level: settings.LogLevel}
	if settings.LogFormat == config.LogText || settings.LogFormat == config.LogAuto && isTerminal(w) {
		return slog.New(slog.NewTextHandler(w, options)), func() {}
	}
	lines := newLineBuffer(harmless{w})
	return slog.New(slog.NewJSONHandler(lines, options)), lines.Close
}
