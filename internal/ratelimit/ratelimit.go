// Package ratelimit counts calls per key and says when a caller has had enough.
//
// A key stands for one client on one version of the API, which is what the
// emulated service counts. A window of the limit's duration opens with a key's
// first call; N calls pass in it, and the next window opens with the first call
// after its end. So a client that spreads its calls evenly gets N a window and not
// more, which a token bucket would not promise. Time is handed in by the caller:
// while a clock stands still, no window ends.
package ratelimit

import (
	"container/list"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
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

// Limiter holds one window per key. It is safe for concurrent use.
type Limiter struct {
	off atomic.Bool // limit.Off(), for calls that nothing limits

	mu     sync.Mutex
	limit  Limit
	byKey  map[string]*list.Element
	opened *list.List // of *window, the last opened in front
}

// window is a key's current window: from opens on, for the limit's duration.
type window struct {
	key   string
	opens time.Time
	calls int // that passed
}

// New returns a limiter without any key. The limit is one that Parse returned,
// or the zero Limit.
func New(limit Limit) *Limiter {
	l := &Limiter{limit: limit, byKey: make(map[string]*list.Element), opened: list.New()}
	l.off.Store(limit.Off())
	return l
}

// Limit is the limit in force.
func (l *Limiter) Limit() Limit {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.limit
}

// SetLimit puts another limit in force, for the next call on. Its windows open
// anew; with the limit that is in force already nothing changes.
func (l *Limiter) SetLimit(limit Limit) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.limit == limit {
		return
	}
	l.limit = limit
	l.off.Store(limit.Off())
	l.forget()
}

// Allow counts one call of key at now. When the call is refused it costs
// nothing, and the second result is the number of whole seconds until the key's
// window ends, rounded up and at least 1, so that waiting that long is enough;
// otherwise it is 0.
//
// At most 4096 keys are remembered. Beyond that the key whose window opened
// first is forgotten, which can only let more calls pass.
func (l *Limiter) Allow(now time.Time, key string) (ok bool, retryAfterSeconds int) {
	if l.off.Load() {
		return true, 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.limit.Off() { // since just now
		return true, 0
	}
	w := l.window(now, key)
	if w.calls < l.limit.Calls {
		w.calls++
		return true, 0
	}
	left := w.opens.Add(l.limit.Per).Sub(now)
	return false, int((left + time.Second - 1) / time.Second)
}

// Reset forgets all keys, as if no call had been made.
func (l *Limiter) Reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.forget()
}

// Window is what a Limiter remembers of a key.
type Window struct {
	Key   string
	Opens time.Time // with the first call
	Calls int       // that passed
}

// Windows are the windows of all keys, the first opened first.
func (l *Limiter) Windows() []Window {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []Window
	for e := l.opened.Back(); e != nil; e = e.Prev() {
		w := e.Value.(*window)
		all = append(all, Window{w.key, w.opens, w.calls})
	}
	return all
}

// Resume goes on from windows that Windows gave, under whatever limit there is, in
// the place of its own. Of more than 4096 the last ones count.
func (l *Limiter) Resume(windows []Window) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.forget()
	for _, w := range windows[max(0, len(windows)-maxKeys):] {
		if e := l.byKey[w.Key]; e != nil {
			l.drop(e)
		}
		l.byKey[w.Key] = l.opened.PushFront(&window{key: w.Key, opens: w.Opens, calls: w.Calls})
	}
}

func (l *Limiter) forget() {
	clear(l.byKey)
	l.opened.Init()
}

// window finds the window that key is in at now, or opens one.
func (l *Limiter) window(now time.Time, key string) *window {
	if e, ok := l.byKey[key]; ok {
		w := e.Value.(*window)
		if l.covers(w, now) {
			return w
		}
		l.drop(e)
	}
	l.makeRoom(now)
	w := &window{key: strings.Clone(key), opens: now}
	l.byKey[w.key] = l.opened.PushFront(w)
	return w
}

// covers reports whether now is before the window's end. A clock that was set
// back by more than a window would lock its callers out until it catches up:
// then the window is over, too.
func (l *Limiter) covers(w *window, now time.Time) bool {
	age := now.Sub(w.opens)
	return age < l.limit.Per && age > -l.limit.Per
}

// makeRoom drops the keys whose windows are over, and one more if there is
// still no room.
func (l *Limiter) makeRoom(now time.Time) {
	for e := l.opened.Back(); e != nil; e = l.opened.Back() {
		if l.covers(e.Value.(*window), now) && l.opened.Len() < maxKeys {
			return
		}
		l.drop(e)
	}
}

func (l *Limiter) drop(e *list.Element) {
	delete(l.byKey, e.Value.(*window).key)
	l.opened.Remove(e)
}
