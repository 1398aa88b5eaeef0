package ratelimit

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func start() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }

func TestParse(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		want Limit
		err  string // part of the error, "" for none
	}{
		{"off", Limit{}, ""},
		{" OFF ", Limit{}, ""},
		{"100/10s", Limit{100, 10 * time.Second}, ""},
		{" 1 / 1ms ", Limit{1, time.Millisecond}, ""},
		{"1000000/24h", Limit{1_000_000, 24 * time.Hour}, ""},
		{"3/1m30s", Limit{3, 90 * time.Second}, ""},
		{"", Limit{}, `"off" or "N/duration"`},
		{"100", Limit{}, `"off" or "N/duration"`},
		{"0/10s", Limit{}, "number of calls"},
		{"-1/10s", Limit{}, "number of calls"},
		{"1.5/10s", Limit{}, "number of calls"},
		{"1000001/10s", Limit{}, "number of calls"},
		{"99999999999999999999/10s", Limit{}, "number of calls"},
		{"/10s", Limit{}, "number of calls"},
		{"100/", Limit{}, "duration"},
		{"100/10", Limit{}, "duration"},
		{"100/0s", Limit{}, "duration"},
		{"100/-1s", Limit{}, "duration"},
		{"100/999us", Limit{}, "duration"},
		{"100/24h1ns", Limit{}, "duration"},
		{"100/10s/2", Limit{}, "duration"},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			t.Parallel()
			got, err := Parse(tt.text)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
			switch {
			case tt.err == "" && err != nil:
				t.Errorf("error %v", err)
			case tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)):
				t.Errorf("error %v, want one that contains %q", err, tt.err)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"off", "100/10s", "1/1h2m3s", "1/", "/", "0x10/1s", "1_0/1s", "+5/+1s", "١/1s"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		limit, err := Parse(text)
		if err != nil {
			if limit != (Limit{}) {
				t.Fatalf("a limit %v beside an error", limit)
			}
			return
		}
		again, err := Parse(limit.String())
		if err != nil || again != limit {
			t.Fatalf("%q -> %v -> %q -> %v, %v", text, limit, limit.String(), again, err)
		}
		if ok, _ := New(limit).Allow(start(), "k"); !ok {
			t.Fatalf("%v refuses the first call", limit)
		}
	})
}

func TestStillClockLetsExactlyNPass(t *testing.T) {
	t.Parallel()
	for _, limit := range []Limit{
		{1, time.Second}, {100, 10 * time.Second}, {3, 10 * time.Second}, {7, 49 * time.Second},
		{1, 3 * time.Second}, {1000, time.Millisecond}, {1, 24 * time.Hour}, {9_973, 7 * time.Second},
	} {
		t.Run(limit.String(), func(t *testing.T) {
			t.Parallel()
			l, now := New(limit), start()
			for round := range 3 {
				for i := range limit.Calls {
					if ok, retry := l.Allow(now, "k"); !ok || retry != 0 {
						t.Fatalf("round %d, call %d of %d: %v, %d", round, i+1, limit.Calls, ok, retry)
					}
				}
				ok, retry := l.Allow(now, "k")
				if ok || retry < 1 {
					t.Fatalf("round %d: one call too many: %v, retry %d", round, ok, retry)
				}
				if most := max(1, int((limit.Per+time.Second-1)/time.Second)); retry > most {
					t.Fatalf("retry after %d s, more than the whole duration %d s", retry, most)
				}
				now = now.Add(limit.Per)
			}
		})
	}
}

// Retry-After is the end of the window that the first call opened: waiting that
// long is enough, and a second less is not.
func TestRetryAfterIsEnoughAndNotTooMuch(t *testing.T) {
	t.Parallel()
	for calls := 1; calls <= 60; calls += 7 {
		for per := 1; per <= 120; per += 7 {
			limit, now := Limit{calls, time.Duration(per) * time.Second}, start()
			for _, late := range []time.Duration{0, time.Millisecond, limit.Per / 2, limit.Per - 1} {
				l := New(limit)
				for range calls {
					l.Allow(now, "k")
				}
				ok, retry := l.Allow(now.Add(late), "k")
				if want := int((limit.Per - late + time.Second - 1) / time.Second); ok || retry != want {
					t.Fatalf("%v, %v late: %v, retry %d, want %d", limit, late, ok, retry, want)
				}
				wait := time.Duration(retry) * time.Second
				if ok, _ := l.Allow(now.Add(late+wait-time.Second), "k"); ok {
					t.Fatalf("%v: passed a second before Retry-After %d", limit, retry)
				}
				if ok, _ := l.Allow(now.Add(late+wait), "k"); !ok {
					t.Fatalf("%v: refused after Retry-After %d", limit, retry)
				}
			}
		}
	}
}

// A client that calls evenly and too fast gets N calls through in each window,
// and no call more, wherever its first call fell.
func TestEvenCallsGetNAWindow(t *testing.T) {
	t.Parallel()
	limit := Limit{100, 10 * time.Second}
	l, first := New(limit), start().Add(3*time.Second+7*time.Millisecond)
	for window := range 3 {
		passed := 0
		for at := time.Duration(0); at < limit.Per; at += 50 * time.Millisecond {
			if ok, _ := l.Allow(first.Add(time.Duration(window)*limit.Per+at), "k"); ok {
				passed++
			}
		}
		if passed != 100 {
			t.Errorf("window %d: %d of 200 calls passed, want 100", window, passed)
		}
	}
}

// The next window opens with the first call after the last one's end, not at it.
func TestWindowOpensWithACall(t *testing.T) {
	t.Parallel()
	l, now := New(Limit{1, 10 * time.Second}), start()
	l.Allow(now, "k")
	now = now.Add(14 * time.Second)
	if ok, _ := l.Allow(now, "k"); !ok {
		t.Error("refused after the window's end")
	}
	if ok, retry := l.Allow(now.Add(9*time.Second), "k"); ok || retry != 1 {
		t.Errorf("9 s into the second window: %v, retry %d; want refused for 1 s", ok, retry)
	}
}

func TestKeysDoNotShare(t *testing.T) {
	t.Parallel()
	l, now := New(Limit{1, time.Minute}), start()
	for _, key := range []string{"a v2024", "a v2025", "b v2024", ""} {
		if ok, _ := l.Allow(now, key); !ok {
			t.Errorf("%q was refused its first call", key)
		}
		if ok, retry := l.Allow(now, key); ok || retry != 60 {
			t.Errorf("%q: second call %v, retry %d; want refused for 60 s", key, ok, retry)
		}
	}
}

func TestOffAndReset(t *testing.T) {
	t.Parallel()
	off := New(Limit{})
	for range 1000 {
		if ok, retry := off.Allow(start(), "k"); !ok || retry != 0 {
			t.Fatal("off refused a call")
		}
	}
	l := New(Limit{1, time.Hour})
	l.Allow(start(), "k")
	l.Reset()
	if ok, _ := l.Allow(start(), "k"); !ok {
		t.Error("refused after Reset")
	}
}

func TestClockSetBackStartsAfresh(t *testing.T) {
	t.Parallel()
	l := New(Limit{1, time.Minute})
	l.Allow(start(), "k")
	if ok, _ := l.Allow(start().Add(-time.Second), "k"); ok {
		t.Error("a slightly earlier call is the same minute, but passed")
	}
	if ok, _ := l.Allow(start().Add(-24*time.Hour), "k"); !ok {
		t.Error("locked out after the clock was set back a day")
	}
}

func TestKeysAreBounded(t *testing.T) {
	t.Parallel()
	l, now := New(Limit{1, time.Minute}), start()
	for i := range maxKeys + 100 {
		l.Allow(now, fmt.Sprint(i))
	}
	if len(l.byKey) != maxKeys || l.opened.Len() != maxKeys {
		t.Fatalf("%d and %d keys, want %d", len(l.byKey), l.opened.Len(), maxKeys)
	}
	if ok, _ := l.Allow(now, fmt.Sprint(maxKeys+99)); ok {
		t.Error("the newest key was forgotten")
	}
	l.Allow(now.Add(time.Minute), "later")
	if len(l.byKey) != 1 || l.opened.Len() != 1 {
		t.Errorf("%d keys after all windows were over, want 1", len(l.byKey))
	}
}

func TestConcurrentCallersShareExactlyN(t *testing.T) {
	t.Parallel()
	l := New(Limit{100, 10 * time.Second})
	var passed atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				if ok, _ := l.Allow(start(), "k"); ok {
					passed.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if passed.Load() != 100 {
		t.Errorf("%d calls passed, want 100", passed.Load())
	}
}

func BenchmarkAllow(b *testing.B) {
	l, now := New(Limit{maxCalls, time.Second}), start()
	for b.Loop() {
		l.Allow(now, "client v2024")
	}
}

func TestAnotherLimitCountsAnew(t *testing.T) {
	t.Parallel()
	l := New(Limit{})
	count := func(calls int) (passed int) {
		for range calls {
			if ok, _ := l.Allow(start(), "k"); ok {
				passed++
			}
		}
		return passed
	}
	two, three := Limit{2, time.Minute}, Limit{3, time.Minute}
	for i, step := range []struct {
		limit          Limit
		calls, passing int
	}{
		{two, 5, 2},
		{two, 5, 0}, // the same one: the window goes on
		{three, 5, 3},
		{Limit{}, 5, 5},
		{three, 5, 3},
	} {
		l.SetLimit(step.limit)
		if got := l.Limit(); got != step.limit {
			t.Errorf("step %d: the limit is %v, want %v", i, got, step.limit)
		}
		if got := count(step.calls); got != step.passing {
			t.Errorf("step %d, %v: %d of %d calls passed, want %d", i, step.limit, got, step.calls, step.passing)
		}
	}
}

// Under -race: the limit changes while calls are counted, and no call is ever
// held against another limit than one of the two.
func TestLimitChangesWhileCallsCome(t *testing.T) {
	t.Parallel()
	l := New(Limit{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 500 {
				if ok, retry := l.Allow(start(), "k"); !ok && retry != 3600 {
					t.Errorf("refused for %d s", retry)
				}
			}
		})
	}
	wg.Go(func() {
		for i := range 500 {
			l.SetLimit(Limit{Calls: i % 2, Per: time.Duration(i%2) * time.Hour})
		}
	})
	wg.Wait()
}

// Windows that are put back go on where they were, in their order.
func TestWindowsGoOn(t *testing.T) {
	t.Parallel()
	limit := Limit{2, time.Minute}
	l := New(limit)
	l.Allow(start(), "a")
	l.Allow(start().Add(time.Second), "b")
	l.Allow(start().Add(time.Second), "b")
	kept := l.Windows()
	want := []Window{{"a", start(), 1}, {"b", start().Add(time.Second), 2}}
	if diff := cmp.Diff(want, kept); diff != "" {
		t.Fatalf("the windows (-want +got):\n%s", diff)
	}
	l.Allow(start().Add(2*time.Second), "c")
	other := New(limit)
	for name, l := range map[string]*Limiter{"the same": l, "another": other} {
		l.Resume(kept)
		if diff := cmp.Diff(want, l.Windows()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		for i, pass := range []bool{true, false} {
			if ok, _ := l.Allow(start().Add(3*time.Second), "a"); ok != pass {
				t.Errorf("%s: call %d of a: %v", name, i, ok)
			}
		}
		if ok, retry := l.Allow(start().Add(3*time.Second), "b"); ok || retry != 58 {
			t.Errorf("%s: b: %v, %d s", name, ok, retry)
		}
	}
	// From elsewhere there may be too many, and a key twice.
	many := []Window{{"x", start(), 1}, {"x", start(), 2}}
	for i := range maxKeys {
		many = append(many, Window{fmt.Sprint(i), start(), 1})
	}
	l.Resume(many)
	if got := l.Windows(); len(got) != maxKeys || got[0].Key != "0" {
		t.Errorf("%d windows, the first of %q", len(got), got[0].Key)
	}
	l.Resume(many[:2])
	if diff := cmp.Diff(many[1:2], l.Windows()); diff != "" {
		t.Errorf("a key twice (-want +got):\n%s", diff)
	}
}
