// Command mockserver is a local, stateful emulator of the IAI Role Mining API of
// SailPoint Identity Security Cloud, with tools for the organisations it serves.
//
// command.go has the table of commands and finds the one that was asked for;
// each command is a file of its own.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"mockserver/internal/assignments"
	"mockserver/internal/seed"
	"mockserver/internal/store"
)

// The exit codes. They are part of what scripts rely on (README, "Exit codes").
const (
	exitOK          = 0
	exitFailure     = 1
	exitUsage       = 2
	exitFixtures    = 3
	exitDatabase    = 4
	exitAddress     = 5
	exitInterrupted = 130
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	p := program{environ: os.Environ(), stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr}
	err := p.run(ctx, os.Args[1:])
	stop()
	os.Exit(report(err, os.Stderr))
}

// program is what the commands have in common: the environment, in the form of
// os.Environ, and the streams.
type program struct {
	environ        []string
	stdin          io.Reader
	stdout, stderr io.Writer
}

// usageError is a mistake in how a command was called.
type usageError struct {
	err     error
	command string // its name, "" where none was found
}

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

// misuse is a usageError of a command that is still to be named.
func misuse(format string, args ...any) error {
	return usageError{err: fmt.Errorf(format, args...)}
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
		files    *assignments.Error
		database *store.OpenError
	)
	switch {
	case errors.As(err, &usage) && usage.command != "" && usage.command != "help":
		code, hint = exitUsage, "Run mockserver help "+usage.command+" for what it takes."
	case errors.As(err, &usage):
		code, hint = exitUsage, "Run mockserver help for the commands and settings."
	case errors.As(err, &fixtures):
		code, hint = exitFixtures, "docs/fixtures.md describes the format."
	case errors.As(err, &files):
		code, hint = exitFixtures, "docs/import.md describes the files; --format, --delimiter and --header say how to read them."
	case errors.As(err, &database):
		code, hint = exitDatabase, "Name another file with --db, or leave --db out to keep everything in memory."
	case errors.Is(err, syscall.EADDRINUSE):
		code, hint = exitAddress, "Stop the other server, or take another port with --addr or --control-addr; port 0 takes any free one."
	case errors.Is(err, context.Canceled):
		code, err = exitInterrupted, errors.New("interrupted")
	}
	fmt.Fprintln(stderr, "mockserver:", err)
	if hint != "" {
		fmt.Fprintln(stderr, hint)
	}
	return code
}
