package app_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"mockserver/internal/app/apptest"
)

// pipes is a listener whose connections hold nothing: what one side writes, the
// other has to read.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	close  func() // may be called again
}

func newPipes() pipes {
	closed := make(chan struct{})
	return pipes{make(chan net.Conn, 1), closed, sync.OnceFunc(func() { close(closed) })}
}

func (p pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}
func (p pipes) Close() error   { p.close(); return nil }
func (p pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

// pipeTo opens a connection to the whole server, on which it is up to the test to
// read and write.
func pipeTo(t *testing.T, s *apptest.Server) net.Conn {
	t.Helper()
	listener := newPipes()
	server := httptest.NewUnstartedServer(s.App().Handler)
	_ = server.Listener.Close()
	server.Listener = listener
	server.Start()
	here, there := net.Pipe()
	t.Cleanup(func() { _ = here.Close(); server.Close() })
	listener.conns <- there
	return here
}

// A client that neither sends the rest of its request nor takes its answer does not
// hold up the end of its tenant.
func TestDeletingDoesNotWaitForClients(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ method, path string }{
		"of the API":           {http.MethodPost, sessions},
		"of the control plane": {http.MethodPut, "/_mock/fixtures"},
	} {
		t.Run("body "+name, func(t *testing.T) {
			t.Parallel()
			s := apptest.Start(t, nil)
			token := s.Tenant("a").Token
			c := pipeTo(t, s)
			go fmt.Fprintf(c, "%s /t/a%s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nX-SailPoint-Experimental: true\r\n"+
				"Content-Type: application/json\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n", tc.method, tc.path, token)
			in := bufio.NewReader(c)
			if line, err := in.ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") { // it is read
				t.Fatalf("%q, %v", line, err)
			}
			if _, err := in.ReadString('\n'); err != nil {
				t.Fatal(err)
			}
			answer := make(chan string, 1)
			go func() {
				all, err := io.ReadAll(in) // the connection must not be used again
				answer <- fmt.Sprint(string(all), err)
			}()
			if got := s.Send(http.MethodDelete, "/_mock/tenants/a", nil, nil); got.Status != http.StatusNoContent {
				t.Errorf("delete: %d %s", got.Status, got.Body)
			}
			if got := <-answer; !strings.HasPrefix(got, "HTTP/1.1 404 ") || !strings.HasSuffix(got, "<nil>") {
				t.Errorf("the client is told %q, want 404 and the end", got)
			}
		})
	}
	t.Run("answer", func(t *testing.T) {
		t.Parallel()
		s := apptest.Start(t, nil)
		s.Tenant("a")
		c := pipeTo(t, s)
		go fmt.Fprint(c, "GET /t/a/_mock/fixtures HTTP/1.1\r\nHost: x\r\n\r\n")
		if _, err := c.Read(make([]byte, 1)); err != nil { // it is written
			t.Fatal(err)
		}
		deleted := make(chan apptest.Answer, 1)
		go func() { deleted <- s.Send(http.MethodDelete, "/_mock/tenants/a", nil, nil) }()
		if err := s.Manual().Blocked(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		s.Clock.Advance(5 * time.Second)
		if got := <-deleted; got.Status != http.StatusNoContent {
			t.Errorf("delete: %d %s", got.Status, got.Body)
		}
	})
}

// A request that a fault delays is told that its tenant is gone.
func TestDeletingEndsDelays(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	a := s.Tenant("a")
	a.Send(http.MethodPut, "/_mock/faults", `{"operation":"getRoleMiningSessions","delay":"10m"}`, nil)
	bare := httptest.NewServer(s.App().Handler) // no operation's description has this answer
	t.Cleanup(bare.Close)
	late := make(chan string, 1)
	go func() {
		defer close(late)
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, bare.URL+"/t/a"+sessions, nil)
		if err != nil {
			t.Error(err)
			return
		}
		request.Header = tokenHeader(a.Token)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Error(err)
			return
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		late <- fmt.Sprint(response.StatusCode, " ", string(body), err)
	}()
	if err := s.Manual().Blocked(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	s.Send(http.MethodDelete, "/_mock/tenants/a", nil, nil)
	if got := <-late; !strings.HasPrefix(got, "404 ") {
		t.Error(got)
	}
}
