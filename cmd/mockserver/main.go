// Command mockserver is a local, stateful emulator of the IAI Role Mining API of
// SailPoint Identity Security Cloud.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"mockserver/internal/config"
	"mockserver/internal/seed"
	"mockserver/internal/store"
)

// The exit codes. They are part of what scripts rely on (README, "Exit codes").
const (
	exitOK       = 0
	exitFailure  = 1
	exitUsage    = 2
	exitFixtures = 3
	exitDatabase = 4
	exitAddress  = 5
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr)
	stop()
	os.Exit(report(err, os.Stderr))
}

// usageError is a mistake in how the command was called.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

// run is the program: its arguments, environment and streams in, an error out.
func run(ctx context.Context, args, environ []string, stdout, stderr io.Writer) error {
	name := "serve"
	if len(args) > 0 && args[0] != "" && args[0][0] != '-' {
		name, args = args[0], args[1:]
	}
	err := command(ctx, name, args, environ, stdout, stderr)
	if errors.Is(err, config.ErrHelp) { // asked for by -h or --help
		help(stdout)
		return nil
	}
	return err
}

func command(ctx context.Context, name string, args, environ []string, stdout, stderr io.Writer) error {
	if len(args) > 0 && (name == "version" || name == "help") {
		return usageError{fmt.Errorf("mockserver %s takes no arguments, but was given %q", name, args[0])}
	}
	switch name {
	case "serve":
		return serve(ctx, args, environ, stdout, stderr)
	case "healthcheck":
		return healthcheck(ctx, args, environ, stdout)
	case "version":
		fmt.Fprintln(stdout, "mockserver", version())
		return nil
	case "help":
		help(stdout)
		return nil
	default:
		return usageError{fmt.Errorf("unknown command %q: there are serve, healthcheck, version, help", name)}
	}
}

// report tells people what went wrong and what to do next, and scripts by the
// exit code.
func report(err error, stderr io.Writer) int {
	if err == nil {
		return exitOK
	}
	code, hint := exitFailure, ""
	var (
		usage    usageError
		fixtures *seed.Error
		database *store.OpenError
	)
	switch {
	case errors.As(err, &usage):
		code, hint = exitUsage, "Run mockserver help for the commands and settings."
	case errors.As(err, &fixtures):
		code, hint = exitFixtures, "docs/fixtures.md describes the format."
	case errors.As(err, &database):
		code, hint = exitDatabase, "Name another file with --db, or leave --db out to keep everything in memory."
	case errors.Is(err, syscall.EADDRINUSE):
		code, hint = exitAddress, "Stop the other server, or take another port with --addr; port 0 takes any free one."
	}
	fmt.Fprintln(stderr, "mockserver:", err)
	if hint != "" {
		fmt.Fprintln(stderr, hint)
	}
	return code
}

func help(w io.Writer) {
	fmt.Fprint(w, `mockserver emulates the IAI Role Mining API of SailPoint Identity Security Cloud.

Usage:
  mockserver [serve] [flags]        serve the API until interrupted
  mockserver healthcheck [flags]    ask a running server whether it is ready; exit 0 or 1
  mockserver version                print the version
  mockserver help                   print this

Flags of serve, each with its twin in the environment (a flag beats it):
`)
	config.Usage(w)
	fmt.Fprint(w, `
Flags of healthcheck: --addr, as above.

Exit codes: 0 ok, 1 failure, 2 usage, 3 fixtures, 4 database, 5 address in use.
`)
}
