package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// interrupt ends a command as Ctrl-C does. It must say so, with its exit code,
// and within the test's time.
func interrupt(t *testing.T, cmd *exec.Cmd, stderr *strings.Builder) {
	t.Helper()
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != exitInterrupted {
		t.Errorf("ended with %v, want exit code %d", err, exitInterrupted)
	}
	if got, want := stderr.String(), "mockserver: interrupted\n"; got != want {
		t.Errorf("it says %q, want %q", got, want)
	}
}

// begin starts a command that is going to be interrupted.
func begin(t *testing.T, args ...string) (*exec.Cmd, *strings.Builder) {
	t.Helper()
	cmd, stderr := mockserver(args...), &strings.Builder{}
	cmd.Stderr = stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	return cmd, stderr
}

// files lists what is in a folder, hidden files included.
func files(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names
}

// An interrupted generation leaves nothing, neither in a new place nor in one
// with fixtures: those stay.
func TestInterruptedGenerateLeavesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	target := filepath.Join(dir, "there")
	mustRun(t, "fixtures", "generate", "--identities=20", target)
	before := files(t, target)
	for _, tc := range []struct{ target, hidden string }{
		{filepath.Join(dir, "new"), dir},
		{target, target},
	} {
		cmd, stderr := begin(t, "fixtures", "generate", "--force", "--identities=60000", tc.target)
		err := eventually(func() (bool, error) {
			found, err := filepath.Glob(filepath.Join(tc.hidden, ".mockserver-*", "fixtures", "*"))
			return len(found) > 0, err
		})
		if err != nil {
			t.Fatal(err)
		}
		interrupt(t, cmd, stderr)
	}
	if got := files(t, dir); len(got) != 1 || got[0] != "there" {
		t.Errorf("left behind: %q", got)
	}
	if got := files(t, target); strings.Join(got, " ") != strings.Join(before, " ") {
		t.Errorf("the fixtures that were there are now %q, want %q", got, before)
	}
}

// Reading takes its time where the organisation is large; here it takes for ever,
// because the other end of a pipe says nothing.
func TestReadingIsInterrupted(t *testing.T) {
	t.Parallel()
	for _, command := range [][]string{{"mine", "--fixtures"}, {"fixtures", "validate"}, {"serve", "--addr=127.0.0.1:0", "--fixtures"}} {
		t.Run(command[0], func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "org")
			mustRun(t, "fixtures", "generate", "--identities=20", dir)
			pipe := filepath.Join(dir, "identities.json")
			if err := errors.Join(os.Remove(pipe), syscall.Mkfifo(pipe, 0o600)); err != nil {
				t.Fatal(err)
			}
			cmd, stderr := begin(t, append(command, dir)...)
			f, err := os.OpenFile(pipe, os.O_WRONLY, 0) // waits until the command reads it
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			interrupt(t, cmd, stderr)
		})
	}
}
