package gosdk

import (
	"cmp"
	"mime"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// result is what every call of the SDK returns.
type result[T any] struct {
	value    T
	response *http.Response
	err      error
}

// of takes the results of a call, so that ok and refused can be asked of them.
func of[T any](value T, response *http.Response, err error) result[T] {
	return result[T]{value, response, err}
}

var requestID = regexp.MustCompile(`^[0-9a-f]{32}$`)

// ok wants the status, an answer that the SDK could decode, and the headers that
// every answer has.
func (r result[T]) ok(t *testing.T, status int) T {
	t.Helper()
	if refusal, ok := r.err.(sdkError); ok { //nolint:errorlint // the SDK does not wrap it
		t.Fatalf("the SDK reports %v for %s", refusal, refusal.Body())
	}
	if r.err != nil {
		t.Fatalf("the SDK reports %v", r.err)
	}
	if r.response.StatusCode != status {
		t.Fatalf("status %d, want %d", r.response.StatusCode, status)
	}
	if id := r.response.Header.Get("SLPT-Request-ID"); !requestID.MatchString(id) {
		t.Errorf("SLPT-Request-ID is %q", id)
	}
	return r.value
}

// total is X-Total-Count, which the call must have asked for.
func (r result[T]) total(t *testing.T) int {
	t.Helper()
	n, err := strconv.Atoi(r.response.Header.Get("X-Total-Count"))
	if err != nil {
		t.Fatalf("X-Total-Count: %v", err)
	}
	return n
}

// sdkError is the error of every version of the SDK for an answer that is none.
type sdkError interface {
	error
	Body() []byte
	Model() interface{}
}

// refused wants an error of this status.
func (r result[T]) refused(t *testing.T, status int) sdkError {
	t.Helper()
	if r.response == nil {
		t.Fatalf("no answer, but %v", r.err)
	}
	if r.response.StatusCode != status {
		t.Fatalf("status %d, want %d (%v)", r.response.StatusCode, status, r.err)
	}
	if media, _, err := mime.ParseMediaType(r.response.Header.Get("Content-Type")); err != nil || media != "application/json" {
		t.Errorf("Content-Type is %q", r.response.Header.Get("Content-Type"))
	}
	refusal, ok := r.err.(sdkError) //nolint:errorlint // the SDK does not wrap it
	if !ok {
		t.Fatalf("the error is a %T: %v", r.err, r.err)
	}
	return refusal
}

// eventually asks until the answer is done, a bounded number of times.
func eventually[T any](t *testing.T, ask func() T, done func(T) bool) T {
	t.Helper()
	var last T
	pause := time.NewTicker(10 * time.Millisecond)
	defer pause.Stop()
	for range 1000 {
		if last = ask(); done(last) {
			return last
		}
		<-pause.C
	}
	t.Fatalf("not done after 1000 questions; the last answer was %v", last)
	return last
}

// each returns what of every item.
func each[T, K any](items []T, what func(*T) K) []K {
	all := make([]K, len(items))
	for i := range items {
		all[i] = what(&items[i])
	}
	return all
}

// byName compares as the API sorts text, without regard to case.
func byName(a, b string) int { return cmp.Compare(strings.ToLower(a), strings.ToLower(b)) }
