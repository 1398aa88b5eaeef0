package serving_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"mockserver/internal/app"
	"mockserver/internal/clock"
	"mockserver/internal/config"
	"mockserver/internal/serving"
)

func open(t *testing.T, args ...string) (*serving.Server, error) {
	t.Helper()
	return openLogged(t, t.Output(), args...)
}

func openLogged(t *testing.T, out io.Writer, args ...string) (*serving.Server, error) {
	t.Helper()
	settings, err := config.Load(append([]string{"--addr=127.0.0.1:0", "--log-level=error"}, args...), nil)
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(out, nil))
	return serving.Open(t.Context(), app.Options{Config: settings, Clock: clock.Real{}, Log: log, Version: "test"})
}

// run serves until the function that it returns is called, which returns what Run did.
func run(t *testing.T, s *serving.Server) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	return func() error {
		cancel()
		return <-ended
	}
}

func status(t *testing.T, url string) int {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil {
		t.Error(err)
	}
	return response.StatusCode
}

func TestOneListenerOrTwo(t *testing.T) {
	t.Parallel()
	one, err := open(t)
	if err != nil {
		t.Fatal(err)
	}
	stop := run(t, one)
	if one.URL() != one.ControlURL() || status(t, one.URL()+"/_mock/tenants") != http.StatusOK {
		t.Errorf("the control plane is at %s, the API at %s", one.ControlURL(), one.URL())
	}
	if err := stop(); err != nil {
		t.Error(err)
	}

	two, err := open(t, "--control-addr=127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	stop = run(t, two)
	if got := status(t, two.URL()+"/_mock/tenants"); got != http.StatusNotFound {
		t.Errorf("/_mock on the API's port: %d", got)
	}
	if got := status(t, two.ControlURL()+"/_mock/tenants"); got != http.StatusOK {
		t.Errorf("/_mock on its own port: %d", got)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// An address that is taken is told, whichever it is, and the other one is given back.
func TestAddressTaken(t *testing.T) {
	t.Parallel()
	first, err := open(t)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = first.Close() })
	taken := first.Addr().String()
	for _, args := range [][]string{{"--addr=" + taken}, {"--control-addr=" + taken}} {
		if s, err := open(t, args...); !errors.Is(err, syscall.EADDRINUSE) || strings.Count(err.Error(), taken) != 1 {
			t.Errorf("%v: %v, %v", args, s, err)
		}
	}
}

// A client that streams events does not hold up the end: its stream ends as it
// should, not cut off.
func TestEndWithStream(t *testing.T) {
	t.Parallel()
	s, err := open(t)
	if err != nil {
		t.Fatal(err)
	}
	stop := run(t, s)
	stream, err := http.Get(s.URL() + "/_mock/events")
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	lines := bufio.NewReader(stream.Body)
	if first, err := lines.ReadString('\n'); err != nil || !strings.HasPrefix(first, "retry:") {
		t.Fatalf("the stream begins with %q, %v", first, err)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	if rest, err := io.ReadAll(lines); err != nil {
		t.Errorf("the stream ended with %v after %q", err, rest)
	}
}

// When as many connections are held as there may be, the next one waits until
// one of them ends, and is then served. The log says so once.
func TestMaxConnections(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer // read once the server has ended
	s, err := openLogged(t, &log, "--max-connections=2", "--control-addr=127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	stop := run(t, s)
	ask := func() net.Conn {
		c, err := net.Dial("tcp", s.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(c, "GET /health HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		return c
	}
	answered := func(c net.Conn) string {
		line, err := bufio.NewReader(c).ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		return line
	}
	first, second, third := ask(), ask(), ask()
	answered(first)
	answered(second)
	if got := status(t, s.ControlURL()+"/_mock/tenants"); got != http.StatusOK {
		t.Errorf("the other listener has connections of its own: %d", got)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if got := answered(third); !strings.HasPrefix(got, "HTTP/1.1 200") {
		t.Errorf("the third was answered %q", got)
	}
	for _, c := range []net.Conn{second, third} {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	if got := strings.Count(log.String(), "level=WARN"); got != 1 || !strings.Contains(log.String(), "maxConnections=2") {
		t.Errorf("%d warnings: %s", got, &log)
	}
}
