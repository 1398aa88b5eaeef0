package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"mockserver/internal/config"
)

// healthTimeout bounds the question whether the server is ready.
const healthTimeout = 2 * time.Second

func (p *program) healthcheckCommand() command {
	return command{
		name:  "healthcheck",
		args:  "[flags]",
		short: "ask a running server whether it is ready; exit 0 or 1",
		about: `Asks the server on this machine whether it is ready, and says what it answered.
It exists for images without a shell. Of the flags of serve and their twins in
the environment only --addr matters, but all are taken and checked, so that
both can be called with the same ones.

  mockserver healthcheck --addr 127.0.0.1:8080`,
		flags: config.Flags(),
		usage: func(w io.Writer) { serveUsage(w, "Flags of serve") },
		run:   p.healthcheck,
	}
}

// healthcheck asks the server on this machine whether it is ready.
func (p *program) healthcheck(ctx context.Context, args []string) error {
	// Of the settings only the address matters, but all are checked: a server
	// with the same environment would refuse a bad one, too.
	settings, err := p.settings(args)
	if err != nil {
		return err
	}
	url, err := urlOf(settings.Addr)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/_mock/health/ready", nil)
	if err != nil {
		return err
	}
	// The server is on this machine, whatever proxy the environment names.
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("no server answers on %s: %w", settings.Addr, err)
	}
	defer response.Body.Close() //nolint:errcheck // nothing was written to it
	body, err := io.ReadAll(io.LimitReader(response.Body, 4<<10))
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("not ready: %s", strings.TrimSpace(string(body)))
	}
	fmt.Fprintln(p.stdout, strings.TrimSpace(string(body)))
	return nil
}
