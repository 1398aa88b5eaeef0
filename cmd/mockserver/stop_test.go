package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// startServer starts a mockserver that ends with the test at the latest.
func startServer(t *testing.T, stderr io.Writer, args ...string) *server {
	t.Helper()
	s, err := launch(mockserver(append([]string{"--addr", "127.0.0.1:0"}, args...)...), discard{}, unclosed{stderr})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.kill() })
	return s
}

type discard struct{}

func (discard) Write(b []byte) (int, error) { return len(b), nil }
func (discard) Close() error                { return nil }

// unclosed is a writer that is closed by someone else.
type unclosed struct{ io.Writer }

func (unclosed) Close() error { return nil }

// listening passes on what is written, and says when a text went by.
type listening struct {
	text  string
	seen  []byte
	heard chan struct{}
}

func (l *listening) Write(b []byte) (int, error) {
	l.seen = append(l.seen, b...)
	if l.heard != nil && strings.Contains(string(l.seen), l.text) {
		close(l.heard)
		l.heard = nil
	}
	return len(b), nil
}

// SIGTERM during a request and during minings: the request is answered, nothing
// new is let in, the database is closed, the exit code is 0; what was under way
// goes on after the next start.
func TestTermFinishesWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	db := filepath.Join(t.TempDir(), "db")
	heard := make(chan struct{})
	s := startServer(t, &listening{text: "msg=stopping", heard: heard}, "--db", db, "--stage-delay=20ms", "--log-format=text")
	token, err := s.token(anyone)
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		if status, body, err := request(http.MethodPost, s.url+"/v2026/role-mining-sessions", token, `{"minNumIdentitiesInPotentialRole":5}`); err != nil || status != http.StatusCreated {
			t.Fatalf("create: %d %s %v", status, body, err)
		}
	}
	slow := slowRequest(t, s.url, token, `{"name":"The last one","pruneThreshold":60}`)
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-heard
	refusesConnections(t, s.url)
	if answer := slow(); !strings.HasPrefix(answer, "HTTP/1.1 201 ") || !strings.Contains(answer, "The last one") {
		t.Errorf("the request under way was answered %q", answer)
	}
	if err := s.end(); err != nil {
		t.Errorf("the end: %v", err)
	}
	if _, err := os.Stat(db + "-wal"); !os.IsNotExist(err) {
		t.Errorf("the database was not closed: its log is still there (%v)", err)
	}

	next := startServer(t, io.Discard, "--db", db, "--stage-delay=0")
	err = eventually(func() (bool, error) {
		status, body, err := request(http.MethodGet, next.url+"/v2026/role-mining-sessions", token, "")
		if status != http.StatusOK {
			return false, fmt.Errorf("%d %s %w", status, body, err)
		}
		done := strings.Count(string(body), `"state":"POTENTIAL_ROLES_CREATED"`)
		return done == 8 && strings.Contains(string(body), "The last one"), nil // 2 of the fixtures, 5, and the last one
	})
	if err != nil {
		t.Error(err)
	}
	if err := next.terminate(); err != nil {
		t.Error(err)
	}
}

// slowRequest sends the head of a POST and waits until the server begins to read
// its body, by which the request is under way. The function it returns sends the
// body and reads the answer.
func slowRequest(t *testing.T, url, token, body string) func() string {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_, err = fmt.Fprintf(c, "POST /v2026/role-mining-sessions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nX-SailPoint-Experimental: true\r\n"+
		"Content-Type: application/json\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", token, len(body))
	if err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(c)
	if line, err := in.ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") {
		t.Fatalf("%q, %v; want 100 Continue", line, err)
	}
	return func() string {
		if _, err := io.WriteString(c, body); err != nil {
			return err.Error()
		}
		answer, err := io.ReadAll(in)
		if err != nil {
			return err.Error()
		}
		return strings.TrimLeft(string(answer), "\r\n")
	}
}

// refusesConnections waits for the listener to be gone, which may take a moment
// after the server has said that it stops.
func refusesConnections(t *testing.T, url string) {
	t.Helper()
	err := eventually(func() (bool, error) {
		c, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
		if err != nil {
			return true, nil
		}
		return false, c.Close()
	})
	if err != nil {
		t.Errorf("new connections are let in: %v", err)
	}
}
