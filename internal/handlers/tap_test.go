package handlers_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/app/apptest"
	"mockserver/internal/clock"
	"mockserver/internal/handlers"
	"mockserver/internal/idgen"
	"mockserver/internal/journal"
)

// witness keeps what it is told, as texts.
type witness struct {
	mu    sync.Mutex
	lines []string
	more  chan struct{} // gets one for each line
}

const kept = 1000 // bytes of each body

// Now implements handlers.Journal.
func (w *witness) Now() time.Time { return apptest.Now() }

// Bodies implements handlers.Journal.
func (w *witness) Bodies() (request, response int) { return kept, kept }

// Mark implements handlers.Journal.
func (w *witness) Mark() uint64 { return 1 }

// Record implements handlers.Journal.
func (w *witness) Record(x *journal.Exchange) {
	w.mu.Lock()
	w.lines = append(w.lines, fmt.Sprintf("%s %s %d %s/%d %s/%d %s", x.Method, x.Path, x.Status,
		short(x.Request.Data), x.Request.Size, short(x.Response.Data), x.Response.Size, x.Aborted))
	w.mu.Unlock()
	w.more <- struct{}{}
}

func (w *witness) told() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.lines
}

// short is a body as its first signs and its length.
func short(body []byte) string {
	if len(body) > 10 {
		return fmt.Sprintf("%s..%d", body[:4], len(body))
	}
	return string(body)
}

// tapped is a server that has just a Front with a journal before a handler.
func tapped(t *testing.T, serve http.HandlerFunc) (url string, w *witness) {
	t.Helper()
	w = &witness{more: make(chan struct{}, 100)}
	server := httptest.NewServer(handlers.Front(handlers.FrontConfig{
		IDs: idgen.New("x"), Clock: clock.NewManual(apptest.Now()), Log: slog.New(slog.DiscardHandler), Journal: w,
	}, serve))
	t.Cleanup(server.Close)
	return server.URL, w
}

// What the journal is told of an answer, by the way in which it is made. The client
// compares when it has the answer, so each is told before that.
func TestJournalIsTold(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("answer", 500)
	announce := func(w http.ResponseWriter, n int) { w.Header().Set("Content-Length", fmt.Sprint(n)) }
	tests := map[string]struct {
		method, body string
		serve        http.HandlerFunc
		broken       bool // the client gets no whole answer
		want         string
	}{
		"at once": {
			method: "GET", want: "GET /a%2Fb 200 /0 answ..3000/3000 ",
			serve: func(w http.ResponseWriter, _ *http.Request) { announce(w, 3000); _, _ = io.WriteString(w, long) },
		},
		"in pieces": {
			method: "GET", want: "GET /a%2Fb 201 /0 answ..1000/3000 ",
			serve: func(w http.ResponseWriter, _ *http.Request) {
				announce(w, 3000)
				w.WriteHeader(http.StatusCreated)
				for i := range 3 {
					_, _ = io.WriteString(w, long[i*1000:i*1000+1000])
					_ = http.NewResponseController(w).Flush()
				}
			},
		},
		"without a length": {
			method: "GET", want: "GET /a%2Fb 200 /0 abcd/4 ",
			serve: func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, "ab")
				_, _ = io.WriteString(w, "cd")
			},
		},
		"no body":    {method: "GET", want: "GET /a%2Fb 204 /0 /0 ", serve: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }},
		"nothing":    {method: "GET", want: "GET /a%2Fb 200 /0 /0 ", serve: func(http.ResponseWriter, *http.Request) {}},
		"HEAD":       {method: "HEAD", want: "HEAD /a%2Fb 200 /0 /0 ", serve: func(w http.ResponseWriter, _ *http.Request) { announce(w, 3000); _, _ = io.WriteString(w, long) }},
		"HEAD alone": {method: "HEAD", want: "HEAD /a%2Fb 200 /0 /0 ", serve: func(w http.ResponseWriter, _ *http.Request) { announce(w, 3000) }},
		"a hint before": {
			method: "GET", want: "GET /a%2Fb 202 /0 /0 ",
			serve: func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(http.StatusEarlyHints)
				w.WriteHeader(http.StatusAccepted)
			},
		},
		"a body that is read": {
			method: "POST", body: "hello", want: "POST /a%2Fb 200 hello/5 HELLO/5 ",
			serve: func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				announce(w, len(body))
				_, _ = w.Write([]byte(strings.ToUpper(string(body))))
			},
		},
		"a body that is not read": {
			method: "POST", body: "hello", want: "POST /a%2Fb 401 hello/5 no/2 ",
			serve: func(w http.ResponseWriter, _ *http.Request) {
				announce(w, 2)
				w.WriteHeader(http.StatusUnauthorized)
				_, _ = io.WriteString(w, "no")
			},
		},
		"a long body that is read in part": {
			method: "POST", body: long, want: "POST /a%2Fb 413 answ..1000/3000 no/2 ",
			serve: func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.CopyN(io.Discard, r.Body, 10)
				announce(w, 2)
				w.WriteHeader(http.StatusRequestEntityTooLarge)
				_, _ = io.WriteString(w, "no")
			},
		},
		"a body that is closed": {
			method: "POST", body: "hello", want: "POST /a%2Fb 200 /5 /0 ",
			serve: func(w http.ResponseWriter, r *http.Request) { _ = r.Body.Close(); w.WriteHeader(http.StatusOK) },
		},
		"a panic": {
			method: "GET", want: "GET /a%2Fb 500 /0 {\"de..*/* ",
			serve: func(http.ResponseWriter, *http.Request) { panic("fault") },
		},
		"broken off": {
			method: "GET", broken: true, want: "GET /a%2Fb 0 /0 /0 the server broke the connection off",
			serve: func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		},
		"broken off late": {
			method: "GET", broken: true, want: "GET /a%2Fb 200 /0 answer/6 the server broke the connection off",
			serve: func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, "answer")
				panic(http.ErrAbortHandler)
			},
		},
		"less than announced": {
			method: "GET", broken: true, want: "GET /a%2Fb 200 /0 answer/6 the server broke the connection off",
			serve: func(w http.ResponseWriter, _ *http.Request) { announce(w, 3000); _, _ = io.WriteString(w, "answer") },
		},
		"taken over": {
			method: "GET", broken: true, want: "GET /a%2Fb 0 /0 /0 the server broke the connection off",
			serve: func(w http.ResponseWriter, _ *http.Request) {
				conn, _, err := http.NewResponseController(w).Hijack()
				if err != nil {
					panic(err)
				}
				_ = conn.Close()
			},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, w := tapped(t, tc.serve)
			request, err := http.NewRequestWithContext(t.Context(), tc.method, url+"/a%2Fb", strings.NewReader(tc.body))
			if err != nil {
				t.Fatal(err)
			}
			response, err := http.DefaultTransport.(*http.Transport).Clone().RoundTrip(request)
			if err == nil {
				_, err = io.ReadAll(response.Body)
				_ = response.Body.Close()
			}
			if (err != nil) != tc.broken {
				t.Errorf("the client got %v", err)
			}
			if tc.broken {
				<-w.more // the client may know before
			}
			want, got := tc.want, strings.Join(w.told(), "\n")
			if before, after, ok := strings.Cut(want, "*/*"); ok && strings.HasPrefix(got, before) && strings.HasSuffix(got, after) {
				return
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("told (-want +got):\n%s", diff)
			}
		})
	}
}

// A client that waits to be asked for its body is not asked by the journal.
func TestJournalDoesNotAskForBodies(t *testing.T) {
	t.Parallel()
	url, w := tapped(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) })
	c, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusUnauthorized {
		t.Errorf("status %d", response.StatusCode)
	}
	if diff := cmp.Diff([]string{"POST /a 401 /5 /0 "}, w.told()); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

// A client that does not wait for its answer has status 499.
func TestJournalOfAClientThatHangsUp(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		serve http.HandlerFunc
		want  string
	}{
		"nothing was answered": {func(http.ResponseWriter, *http.Request) {}, "GET /a 499 /0 /0 the client hung up"},
		"too late": {
			func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Length", "9")
				_, _ = io.WriteString(w, "late")
			},
			"GET /a 200 /0 late/4 the client hung up",
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			arrived := make(chan struct{})
			url, w := tapped(t, func(w http.ResponseWriter, r *http.Request) {
				close(arrived)
				<-r.Context().Done()
				tc.serve(w, r)
			})
			ctx, cancel := context.WithCancel(t.Context())
			request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/a", nil)
			if err != nil {
				t.Fatal(err)
			}
			go func() {
				<-arrived
				cancel()
			}()
			if _, err := http.DefaultClient.Do(request); err == nil {
				t.Error("the client got an answer")
			}
			<-w.more
			if diff := cmp.Diff([]string{tc.want}, w.told()); diff != "" {
				t.Errorf("told (-want +got):\n%s", diff)
			}
		})
	}
}

// A body without a length is told as far as it was read.
func TestJournalOfAChunkedBody(t *testing.T) {
	t.Parallel()
	url, w := tapped(t, func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusOK) })
	for _, text := range []string{"hello", strings.Repeat("x", 5*kept)} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/a", io.NopCloser(strings.NewReader(text)))
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
	}
	if diff := cmp.Diff([]string{"POST /a 200 hello/5 /0 ", "POST /a 200 xxxx..1000/1000 /0 "}, w.told()); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}
