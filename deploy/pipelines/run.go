package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

const (
	// image stands for those of the page, which are in registries of its readers.
	image = "mockserver"
	// healthyWithin bounds how long a service that the vendor waits for may take.
	healthyWithin = 30 * time.Second
)

// runner carries jobs out on this machine, in place of their vendor.
type runner struct {
	source string // the checkout of mockserver
	user   string // a folder that stands for the repository of a reader
	out    io.Writer
}

// run carries a job out in a new folder. Its services are containers, and the
// ports that it names are replaced by free ones.
func (r runner) run(ctx context.Context, j job) error {
	work, err := os.MkdirTemp("", "pipeline")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work) //nolint:errcheck // what is left there harms nobody
	addresses := strings.NewReplacer()
	if len(j.services) == 0 {
		free, err := freePort()
		if err != nil {
			return err
		}
		addresses = strings.NewReplacer("127.0.0.1:8080", free)
	}
	for _, s := range j.services {
		id, address, err := r.serve(ctx, s)
		defer docker(context.WithoutCancel(ctx), "rm", "-f", id) //nolint:errcheck // it may be gone
		if err != nil {
			return err
		}
		addresses = strings.NewReplacer(s.host+":"+s.port, address)
	}

	// The variables of whoever runs this are no settings of the job's server.
	environ := slices.DeleteFunc(os.Environ(), func(variable string) bool { return strings.HasPrefix(variable, "MOCKSERVER_") })
	environ = append(environ, "CI=true", "RUNNER_TEMP="+work)
	for name, value := range j.env {
		environ = append(environ, name+"="+addresses.Replace(value))
	}
	folder := filepath.Join(work, "repository")
	processes := &group{}
	defer processes.end()
	var failed error
	for _, s := range j.steps {
		if (failed != nil) != s.onFailure {
			continue
		}
		if err := r.step(ctx, s, folder, environ, addresses, processes); err != nil {
			failed = errors.Join(failed, err)
		}
	}
	return failed
}

// step carries out one step of a job in its folder.
func (r runner) step(ctx context.Context, s step, folder string, environ []string, addresses *strings.Replacer, processes *group) error {
	switch s.checkout {
	case "":
	case ".":
		return os.CopyFS(folder, os.DirFS(r.user))
	default:
		return os.Symlink(r.source, filepath.Join(folder, s.checkout))
	}
	shell := exec.CommandContext(ctx, "bash", "-e", "-o", "pipefail", "-c", addresses.Replace(s.script))
	shell.Dir, shell.Env, shell.Stdout, shell.Stderr = folder, environ, r.out, r.out
	// What a step leaves running lives as long as the job, and holds nobody up.
	shell.WaitDelay = time.Second
	shell.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := shell.Start(); err != nil {
		return err
	}
	processes.leaders = append(processes.leaders, shell.Process.Pid)
	if err := shell.Wait(); err != nil && !errors.Is(err, exec.ErrWaitDelay) {
		return fmt.Errorf("step %q: %w", cmp.Or(s.name, s.script), err)
	}
	return nil
}

// group is the processes that a job has started.
type group struct{ leaders []int }

// end ends them, each with what it has left running.
func (g *group) end() {
	for _, leader := range g.leaders {
		_ = syscall.Kill(-leader, syscall.SIGTERM) // most have ended long ago
	}
}

// serve starts a service's container and returns its id and address.
func (r runner) serve(ctx context.Context, s service) (id, address string, err error) {
	args := []string{"run", "-d", "-p", "127.0.0.1::8080"}
	for name, value := range s.env {
		args = append(args, "-e", name+"="+value)
	}
	if id, err = docker(ctx, append(args, image)...); err != nil {
		return "", "", err
	}
	if address, err = docker(ctx, "port", id, "8080/tcp"); err != nil || !s.awaited {
		return id, address, err
	}
	ctx, cancel := context.WithTimeout(ctx, healthyWithin)
	defer cancel()
	for every := time.Tick(100 * time.Millisecond); ; {
		status, err := docker(ctx, "inspect", "--format", "{{.State.Health.Status}}", id)
		if err != nil || status == "healthy" {
			return id, address, err
		}
		select {
		case <-every:
		case <-ctx.Done():
			return id, address, fmt.Errorf("the service is %s after %s", status, healthyWithin)
		}
	}
}

// docker runs a command of the Docker client and returns the line it says.
func docker(ctx context.Context, args ...string) (string, error) {
	said, err := exec.CommandContext(ctx, "docker", args...).Output()
	if failed := (&exec.ExitError{}); errors.As(err, &failed) {
		err = fmt.Errorf("docker %s: %s", args[0], strings.TrimSpace(string(failed.Stderr)))
	}
	line, _, _ := strings.Cut(string(said), "\n")
	return line, err
}

// freePort is an address of the loopback interface where nobody listens.
func freePort() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}
