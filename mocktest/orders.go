package mocktest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"mockserver/internal/clock"
	"mockserver/internal/spelling"
)

const (
	readyTime = 30 * time.Second
	// readyEvery is how often a server that is not ready is asked again.
	readyEvery = 50 * time.Millisecond
)

// splitURL takes a base URL apart into that of the server and the prefix of a
// tenant.
func splitURL(base string) (root, prefix string, err error) {
	u, err := url.Parse(strings.TrimRight(base, "/"))
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" || u.Fragment != "" {
		return "", "", fmt.Errorf("the URL of a server must be such as http://127.0.0.1:8080, not %q", base)
	}
	root = u.Scheme + "://" + u.Host
	if before, name, found := strings.Cut(u.Path, "/t/"); found && name != "" && !strings.Contains(name, "/") {
		return root + before, "/t/" + name, nil
	}
	return root + u.Path, "", nil
}

// waitReady waits until the server says that it is ready.
func (s *Server) waitReady() {
	s.tb.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.tb.Context()), readyTime)
	defer cancel()
	var machine clock.Real
	for {
		_, _, err := s.send(ctx, http.MethodGet, s.control+s.prefix+"/_mock/health/ready", nil)
		if err == nil {
			return
		}
		if machine.Wait(ctx, machine.Now().Add(readyEvery)) != nil {
			s.tb.Fatalf("mocktest: %s is not ready after %v: %v", s.root, readyTime, err)
		}
	}
}

// findControl fails the test where the server that was found has no control
// plane: then every order would be refused as an unknown path of the API.
func (s *Server) findControl() {
	s.tb.Helper()
	if _, _, err := s.send(context.WithoutCancel(s.tb.Context()), http.MethodGet, s.control+"/_mock", nil); err != nil {
		s.tb.Fatalf("mocktest: there is no control plane at %s; where it is elsewhere (--control-addr), say so by ControlURL: %v", s.control, err)
	}
}

// mock is the address of a resource of the tenant's control plane.
func (s *Server) mock(resource string) string { return s.control + s.prefix + "/_mock/" + resource }

// order tells the control plane something; a refusal fails the test. answer,
// where not nil, is what the answer is decoded into. The status is returned.
func (s *Server) order(method, address string, body, answer any) int {
	s.tb.Helper()
	if s.ended.Load() {
		s.tb.Fatalf("mocktest: %s %s: the server has ended with the test that started it", method, strings.TrimPrefix(address, s.control))
	}
	// Not the test's context, which has ended when the test cleans up.
	status, raw, err := s.send(context.WithoutCancel(s.tb.Context()), method, address, body)
	if err == nil && answer != nil {
		err = json.Unmarshal(raw, answer)
	}
	if err != nil {
		s.tb.Fatalf("mocktest: %s %s: %v", method, strings.TrimPrefix(address, s.control), err)
	}
	return status
}

// refusal is an answer that is no 2xx, as an error.
type refusal struct {
	status int
	body   []byte
}

// told is what the body of a refusal says.
type told struct {
	Error, Pointer, Needs string
	Allowed               []string
	Also                  []told
}

// Error is what the server says is wrong, with what else it says of it.
func (r refusal) Error() string {
	var all told
	if json.Unmarshal(r.body, &all) != nil || all.Error == "" {
		return fmt.Sprintf("%d %s", r.status, bytes.TrimSpace(r.body))
	}
	text := fmt.Sprintf("%d %v", r.status, all)
	for _, also := range all.Also {
		text += fmt.Sprintf("\n  also: %v", also)
	}
	return text
}

// String is one of the things that are wrong.
func (t told) String() string {
	text := t.Error
	if t.Pointer != "" {
		text += " (at " + t.Pointer + ")"
	}
	if len(t.Allowed) > 0 {
		text += " (allowed: " + spelling.Some(t.Allowed) + ")"
	}
	switch t.Needs {
	case "clock":
		text += "; in Go that is Server.Advance"
	case "step":
		text += "; in Go that is Server.Step, or Server.Jobs"
	case "mode":
		text += "; in Go that is Server.Jobs"
	}
	return text
}

// send sends an order. The error of an answer that is no 2xx is a refusal.
func (s *Server) send(ctx context.Context, method, address string, body any) (status int, answer []byte, err error) {
	var content io.Reader = http.NoBody
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return 0, nil, err
		}
		content = bytes.NewReader(raw)
	}
	request, err := http.NewRequestWithContext(ctx, method, address, content)
	if err != nil {
		return 0, nil, err
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	// A connection of its own: none is left open behind a test. And no
	// http.DefaultClient, in whose place a test may have put something.
	own := http.Client{Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true}}
	response, err := own.Do(request)
	if err != nil {
		return 0, nil, err
	}
	answer, err = io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return 0, nil, err
	}
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return response.StatusCode, answer, refusal{response.StatusCode, answer}
	}
	return response.StatusCode, answer, nil
}
