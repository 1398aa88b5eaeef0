package main

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDeterminism plays one script to servers on one core and on eight, twice each:
// all answers are the same to the byte, from the status line to the last byte of a
// ZIP. It makes no difference whether the second time is on a file, or after a reset
// and while other tenants are at work. With -short it is played on eight cores
// alone, twice. What is excepted, exceptions says.
func TestDeterminism(t *testing.T) {
	t.Parallel()
	var first, file, eight, again []exchange
	t.Run("plays", func(t *testing.T) {
		if !testing.Short() {
			t.Run("one core", func(t *testing.T) {
				t.Parallel()
				first = newPlayer(t, startOn(t, 1)).whole()
			})
			t.Run("one core, a file", func(t *testing.T) {
				t.Parallel()
				file = newPlayer(t, startOn(t, 1, "--db", filepath.Join(t.TempDir(), "mock.db"))).whole()
			})
		}
		t.Run("eight cores", func(t *testing.T) {
			t.Parallel()
			s := startOn(t, 8)
			eight = newPlayer(t, s).whole()
			p := newPlayer(t, s)
			p.mock("POST", "/reset").must(200)
			p.all = nil
			defer keepBusy(t, s, "other")()
			again = p.script()
		})
	})
	if testing.Short() {
		first, file = eight, eight
	}
	if n := len(first); n < 200 {
		t.Fatalf("the script has %d requests only", n)
	}
	compare(t, "one core, a file", first, file)
	compare(t, "eight cores", first, eight)
	compare(t, "eight cores, after a reset, others at work", first[:min(len(again), len(first))], again)
}

// startOn starts a server that uses so many cores at once. It must not complain.
func startOn(t *testing.T, cores int, args ...string) *server {
	t.Helper()
	cmd := mockserver(append([]string{"--addr", "127.0.0.1:0", "--prefer", "--log-level=error"}, args...)...)
	cmd.Env = append(os.Environ(), fmt.Sprint("GOMAXPROCS=", cores))
	var stderr strings.Builder
	s, err := launch(cmd, discard{}, unclosed{&stderr})
	if err != nil {
		t.Fatalf("%v\n%s", err, &stderr)
	}
	t.Cleanup(func() {
		_ = s.kill()
		if stderr.Len() > 0 {
			t.Errorf("the server has complained:\n%s", &stderr)
		}
	})
	return s
}

// keepBusy lets tenants mine and be reset, over and over, until it is told to stop.
func keepBusy(t *testing.T, s *server, tenants ...string) (stop func()) {
	var work sync.WaitGroup
	enough := make(chan struct{})
	for _, name := range tenants {
		work.Go(func() {
			if err := mineAndReset(s.url+"/t/"+name, enough); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
	return func() { close(enough); work.Wait() }
}

func mineAndReset(url string, enough <-chan struct{}) error {
	token, err := (&server{url: url}).token(anyone)
	for err == nil {
		select {
		case <-enough:
			return nil
		default:
		}
		for range 3 {
			err = errors.Join(err, expect(http.StatusCreated, http.MethodPost, url+playedSessions, token, `{"scope":{"criteria":"attributes.location:Miami"}}`))
		}
		err = errors.Join(err, expect(http.StatusOK, http.MethodPost, url+"/_mock/reset", "", ""))
	}
	return err
}

// expect sends a request that must be answered with a status.
func expect(want int, method, url, token, body string) error {
	status, answer, err := request(method, url, token, body)
	if err == nil && status != want {
		err = fmt.Errorf("%s %s: %d %s, want %d", method, url, status, answer, want)
	}
	return err
}

// compare tells the first difference of a play from the first play, and how many
// there are.
func compare(t *testing.T, name string, want, got []exchange) {
	t.Helper()
	differ, first := 0, ""
	for i := range min(len(want), len(got)) {
		if want[i] == got[i] {
			continue
		}
		if differ++; differ == 1 {
			first = difference(i, want[i], got[i])
		}
	}
	if len(want) != len(got) {
		t.Errorf("%s: %d requests, want %d", name, len(got), len(want))
	}
	if differ > 0 {
		t.Errorf("%s: %d of %d exchanges differ, the first of them in\n%s", name, differ, len(want), first)
	}
}

func difference(number int, want, got exchange) string {
	what := fmt.Sprintf("request %d, %s (-want +got):\n", number+1, want.line())
	if diff := cmp.Diff(strings.Split(want.request, "\r\n"), strings.Split(got.request, "\r\n")); diff != "" {
		return what + "what is sent, which follows from answers before:\n" + diff
	}
	if diff := cmp.Diff(readable(want.answer), readable(got.answer)); diff != "" {
		return what + diff
	}
	return what + cmp.Diff(want.answer, got.answer)
}

// The page for users names every exception, and the test makes no other.
func TestExceptionsAreDocumented(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/control-api.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(page), "\n## Determinism\n")
	if !ok {
		t.Fatal("no section Determinism")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	for _, e := range exceptions() {
		if !strings.Contains(section, e.name) {
			t.Errorf("the section Determinism does not name %s", e.name)
		}
	}
}
