package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"mockserver/internal/config"
)

// healthTimeout bounds the question whether the server is ready.
const healthTimeout = 2 * time.Second

// healthcheck asks the server on this machine whether it is ready. It exists
// for images without a shell.
func healthcheck(ctx context.Context, args, environ []string, stdout io.Writer) error {
	// Of the settings only the address matters, but all are checked: a server
	// with the same environment would refuse a bad one, too.
	settings, err := config.Load(args, environ)
	if err != nil {
		if errors.Is(err, config.ErrHelp) {
			return err
		}
		return usageError{err}
	}
	host, port, err := net.SplitHostPort(settings.Addr)
	if err != nil {
		return usageError{err}
	}
	if slices.Contains([]string{"", "0.0.0.0", "::"}, host) {
		host = "127.0.0.1"
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	url := "http://" + net.JoinHostPort(host, port) + "/_mock/health/ready"
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
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
	fmt.Fprintln(stdout, strings.TrimSpace(string(body)))
	return nil
}
