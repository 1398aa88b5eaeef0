package mocktest_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"mockserver/mocktest"
)

// spy is a test that may fail.
type spy struct {
	testing.TB
	said    strings.Builder
	stopped bool
}

func (s *spy) Errorf(format string, args ...any) { fmt.Fprintf(&s.said, format+"\n", args...) }

func (s *spy) Fatalf(format string, args ...any) {
	s.Errorf(format, args...)
	s.stopped = true
	runtime.Goexit()
}

// watch has f run as a test that may fail, and returns what became of it.
func watch(t *testing.T, f func(tb testing.TB)) *spy {
	t.Helper()
	s := &spy{TB: t}
	s.run(func() { f(s) })
	return s
}

func (s *spy) run(f func()) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		f()
	}()
	<-ended
}

// What cannot be done fails the test, at once, and it says what is wrong.
func TestRefused(t *testing.T) {
	t.Parallel()
	srv := mocktest.Start(t, mocktest.Flags("--control-addr=127.0.0.1:0"))
	connect := func(tb testing.TB) *mocktest.Server {
		return mocktest.Connect(tb, srv.URL(), mocktest.ControlURL(srv.ControlURL()))
	}
	for name, tc := range map[string]struct {
		do   func(tb testing.TB)
		says string
	}{
		"a flag":            {func(tb testing.TB) { mocktest.Start(tb, mocktest.Flags("--auth", "strickt")) }, `mocktest: invalid value "strickt" for --auth: `},
		"an unknown flag":   {func(tb testing.TB) { mocktest.Start(tb, mocktest.Flags("--auht", "strict")) }, "mocktest: unknown flag --auht, did you mean --auth? serve has --auth, "},
		"a flag in one":     {func(tb testing.TB) { mocktest.Start(tb, mocktest.Flags("--auth strict")) }, `mocktest: unknown flag "--auth strict": a flag and its value are two arguments, "--auth" and "strict", or`},
		"fixtures":          {func(tb testing.TB) { mocktest.Start(tb, mocktest.Fixtures("nowhere")) }, "nowhere: cannot be opened as a folder"},
		"a URL":             {func(tb testing.TB) { mocktest.Connect(tb, "localhost:8080") }, "such as http://127.0.0.1:8080"},
		"the control plane": {func(tb testing.TB) { mocktest.Connect(tb, srv.URL()) }, "say so by ControlURL"},
		"an operation":      {func(tb testing.TB) { connect(tb).Faults(mocktest.Fault{Operation: "get", Status: 503}) }, `there is no operation "get" (at /0/operation) (allowed: get`},
		"a mistyped operation": {func(tb testing.TB) {
			connect(tb).Faults(mocktest.Fault{Operation: "getRoleMiningSesions", Status: 503})
		}, `there is no operation "getRoleMiningSesions", did you mean "getRoleMiningSessions"? (at /0/operation) (allowed: getRoleMiningSessions, getRoleMiningSession, `},
		"a list that is cut": {func(tb testing.TB) {
			connect(tb).Faults(mocktest.Fault{Operation: "getRoleMiningSesions", Status: 503})
		}, `, … (29 in all))`},
		"all mistakes": {func(tb testing.TB) {
			connect(tb).Faults(mocktest.Fault{Operation: "get"}, mocktest.Fault{Operation: "getToken", Status: 99})
		}, "\n  also: "},
		"no id":          {func(tb testing.TB) { connect(tb).WaitSession("", "") }, "has no id"},
		"a session":      {func(tb testing.TB) { connect(tb).WaitSession("x", "") }, `404 no session has the id "x"`},
		"a tenant":       {func(tb testing.TB) { connect(tb).Tenant("a/../b?c") }, `"a/../b?c" is no name of a tenant`},
		"a token":        {func(tb testing.TB) { connect(tb).Token(mocktest.Token{Kind: "late"}) }, `no kind of token "late"`},
		"what to verify": {func(tb testing.TB) { connect(tb).Verify(mocktest.Call{Operation: "x"}, mocktest.Never()) }, `there is no operation "x"`},
	} {
		if got := watch(t, tc.do); !got.stopped || !strings.Contains(got.said.String(), tc.says) {
			t.Errorf("%s: stopped %v, with %q, want %q", name, got.stopped, &got.said, tc.says)
		}
	}
}

// What nothing moves on without an order is told at once, with the order.
func TestWaitInVain(t *testing.T) {
	t.Parallel()
	srv := mocktest.Start(t)
	for name, tc := range map[string]struct {
		prepare func(s *mocktest.Server)
		says    string
	}{
		"clock": {func(s *mocktest.Server) { s.Set(map[string]any{"stageDelay": "1h"}); s.SetClock(time.Unix(0, 0)) }, "in Go that is Server.Advance"},
		"step":  {func(s *mocktest.Server) { s.Jobs("step") }, "in Go that is Server.Step"},
		"held":  {func(s *mocktest.Server) { s.Jobs("hold:IDENTITIES_OBTAINED") }, "is IDENTITIES_OBTAINED and will not become POTENTIAL_ROLES_CREATED by itself (held by"},
		"stuck": {func(s *mocktest.Server) { s.Jobs("fail:CREATED") }, "in Go that is Server.Jobs"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			own := srv.ForTest(t)
			tc.prepare(own)
			id := create(t, own, "X")
			got := watch(t, func(tb testing.TB) { mocktest.Connect(tb, own.URL()).WaitSession(id, "") })
			if !got.stopped || !strings.Contains(got.said.String(), "409 the session is ") || !strings.Contains(got.said.String(), tc.says) {
				t.Errorf("stopped %v, with %q, want %q", got.stopped, &got.said, tc.says)
			}
			got = watch(t, func(tb testing.TB) {
				mocktest.Connect(tb, own.URL()).WaitSession(id, "", mocktest.Timeout(time.Millisecond))
			})
			if !got.stopped || !strings.Contains(got.said.String(), "408 after 1ms the session is ") {
				t.Errorf("with a time: stopped %v, with %q", got.stopped, &got.said)
			}
		})
	}
}

// A wait with a time of its own waits for the orders of others.
func TestWaitForOthers(t *testing.T) {
	t.Parallel()
	srv := mocktest.Start(t)
	srv.Jobs("step")
	id := create(t, srv, "X")
	moved := make(chan struct{})
	go func() {
		defer close(moved)
		other := mocktest.Connect(t, srv.URL())
		for other.Step() > 0 {
		}
	}()
	srv.WaitSession(id, "", mocktest.Timeout(time.Minute))
	<-moved
}

// A client that cannot have a token fails its test, and not all of them.
func TestClientOfNoServer(t *testing.T) {
	t.Parallel()
	var (
		s    spy
		gone *mocktest.Server
	)
	t.Run("", func(t *testing.T) {
		s.TB = t
		gone = mocktest.Start(&s)
	})
	s.run(func() { gone.Client() })
	if !s.stopped || !strings.Contains(s.said.String(), "POST /_mock/tokens: the server has ended with the test that started it") {
		t.Errorf("stopped %v, with %q", s.stopped, &s.said)
	}
}

// A verification that fails marks the test and says what came near; the test goes
// on, be it that of the end.
func TestVerifyFails(t *testing.T) {
	t.Parallel()
	t.Run("", func(t *testing.T) {
		srv := mocktest.Start(t)
		count(t, srv)
		t.Cleanup(func() {
			if !srv.Verify(mocktest.Call{Operation: "getRoleMiningSessions"}, mocktest.Times(1)) {
				t.Error("what holds was refused")
			}
			var held bool
			got := watch(t, func(tb testing.TB) {
				held = mocktest.Connect(tb, srv.URL()).Verify(mocktest.Call{Operation: "getRoleMiningSessions", Query: map[string]any{"limit": 4}}, mocktest.AtLeast(1))
			})
			want := "mocktest: getRoleMiningSessions: expected at least 1 request, found 0\n  near: request 1, GET " + sessions + ", answered 200: "
			if held || got.stopped || !strings.HasPrefix(got.said.String(), want) {
				t.Errorf("held %v, stopped %v, with %q, want %q", held, got.stopped, &got.said, want)
			}
		})
	})
}

// Of requests that came too often the test is told which they are.
func TestVerifyTooMany(t *testing.T) {
	t.Parallel()
	srv := mocktest.Start(t)
	for range 12 {
		count(t, srv)
	}
	got := watch(t, func(tb testing.TB) {
		mocktest.Connect(tb, srv.URL()).Verify(mocktest.Call{Operation: "getRoleMiningSessions"}, mocktest.Times(1))
	})
	want := "mocktest: getRoleMiningSessions: expected exactly 1 request, found 12\n  found: request 1, GET " + sessions + ", answered 200\n  found: request 2, "
	said := got.said.String()
	if !strings.HasPrefix(said, want) || !strings.Contains(said, "request 10, ") || !strings.HasSuffix(said, "\n  and 2 more\n") {
		t.Errorf("with %q, want %q", said, want)
	}
}
