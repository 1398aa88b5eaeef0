// Package ratelimit counts calls per key and says when a caller has had enough.
//
// A key stands for one client on one version of the API, which is what the
// emulated service counts. Each key owns a token bucket of golang.org/x/time/rate:
// it holds N calls, and a spent bucket is full again after the limit's duration.
// Time is handed in by the caller, so a clock that stands still never refills.
package ratelimit

import (
	"container/list"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	maxCalls = 1_000_000
	minPer   = time.Millisecond
	maxPer   = 24 * time.Hour
	// maxKeys bounds the memory a stream of invented client ids can take.
	maxKeys = 4096
)

// Limit is a number of calls per stretch of time. The zero Limit is off: it
// lets everything pass.
type Limit struct {
	// Calls is how many calls one key may make per Per, 1 to 1,000,000.
	Calls int
	// Per is the stretch of time, 1 ms to 24 h.
	Per time.Duration
}

// Parse reads "off" or "N/duration", such as "100/10s": N calls, 1 to
// 1,000,000, in a Go duration from 1ms to 24h. The error repeats the text and
// names the rule it breaks.
func Parse(text string) (Limit, error) {
	trimmed := strings.TrimSpace(text)
	if strings.EqualFold(trimmed, "off") {
		return Limit{}, nil
	}
	calls, per, ok := strings.Cut(trimmed, "/")
	if !ok {
		return Limit{}, fmt.Errorf(`rate limit %q: want "off" or "N/duration", for example "100/10s"`, text)
	}
	n, err := strconv.Atoi(strings.TrimSpace(calls))
	if err != nil || n < 1 || n > maxCalls {
		return Limit{}, fmt.Errorf("rate limit %q: the number of calls must be a whole number from 1 to %d", text, maxCalls)
	}
	d, err := time.ParseDuration(strings.TrimSpace(per))
	if err != nil || d < minPer || d > maxPer {
		return Limit{}, fmt.Errorf(`rate limit %q: the duration must be a Go duration from 1ms to 24h, for example "10s"`, text)
	}
	return Limit{Calls: n, Per: d}, nil
}

// Off reports whether the limit lets everything pass.
func (l Limit) Off() bool { return l.Calls == 0 }

// String is the text that Parse reads back to the same Limit.
func (l Limit) String() string {
	if l.Off() {
		return "off"
	}
	return strconv.Itoa(l.Calls) + "/" + l.Per.String()
}

// Limiter holds one bucket per key. It is safe for concurrent use.
type Limiter struct {
	limit Limit

	mu     sync.Mutex
	byKey  map[string]*list.Element
	recent *list.List // of *bucket, the last used in front
}

type bucket struct {
	key  string
	seen time.Time
	*rate.Limiter
}

// New returns a limiter without any key. The limit is one that Parse returned,
// or the zero Limit.
func New(limit Limit) *Limiter {
	return &Limiter{limit: limit, byKey: make(map[string]*list.Element), recent: list.New()}
}

// Allow counts one call of key at now. When the call is refused it costs
// nothing, and the second result is the number of whole seconds, at least 1,
// after which a call passes; otherwise it is 0.
//
// At most 4096 keys are remembered, and none that has been idle long enough to
// be full again. Beyond that the key idle for longest is forgotten, which can
// only let more calls pass.
func (l *Limiter) Allow(now time.Time, key string) (ok bool, retryAfterSeconds int) {
	if l.limit.Off() {
		return true, 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.bucket(now, key)
	if b.AllowN(now, 1) {
		return true, 0
	}
	return false, retryAfter(b.Limiter, now)
}

// Reset forgets all keys, as if no call had been made.
func (l *Limiter) Reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	clear(l.byKey)
	l.recent.Init()
}

// bucket finds or makes the bucket of key and marks it as used at now.
func (l *Limiter) bucket(now time.Time, key string) *bucket {
	if e, ok := l.byKey[key]; ok {
		b := e.Value.(*bucket)
		// A clock that was set back further than the bucket remembers would
		// leave its caller locked out until it catches up: start afresh.
		if !now.Before(b.seen.Add(-l.limit.Per)) {
			b.seen = now
			l.recent.MoveToFront(e)
			return b
		}
		l.drop(e)
	}
	l.makeRoom(now)
	b := &bucket{
		key:     strings.Clone(key),
		seen:    now,
		Limiter: rate.NewLimiter(rate.Limit(float64(l.limit.Calls)/l.limit.Per.Seconds()), l.limit.Calls),
	}
	l.byKey[b.key] = l.recent.PushFront(b)
	return b
}

// makeRoom drops the keys whose buckets are full again, and one more if there
// is still no room.
func (l *Limiter) makeRoom(now time.Time) {
	for e := l.recent.Back(); e != nil; e = l.recent.Back() {
		idle := now.Sub(e.Value.(*bucket).seen)
		if idle < l.limit.Per && l.recent.Len() < maxKeys {
			return
		}
		l.drop(e)
	}
}

func (l *Limiter) drop(e *list.Element) {
	delete(l.byKey, e.Value.(*bucket).key)
	l.recent.Remove(e)
}

// retryAfter is the time until the bucket holds one call, rounded up to whole
// seconds. Fractions of a nanosecond are floating-point noise and are cut, as
// the bucket itself does.
func retryAfter(b *rate.Limiter, now time.Time) int {
	missing := (1 - b.TokensAt(now)) / float64(b.Limit())
	wait := time.Duration(missing * float64(time.Second))
	return max(1, int((wait+time.Second-1)/time.Second))
}
