package jobs_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/clock"
	"mockserver/internal/jobs"
	"mockserver/internal/rolemining"
)

// run starts the loop; the function it returns ends it and waits for its end.
func run(t *testing.T, w *worker, miners int) (stop func()) {
	t.Helper()
	r := jobs.New(w, clock.Real{}, slog.New(slog.NewTextHandler(io.Discard, nil)), miners)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.Run(ctx)
	}()
	return func() {
		cancel()
		<-done
	}
}

// pass lets the bubble's time go by.
func pass(t *testing.T, d time.Duration) {
	t.Helper()
	if err := (clock.Real{}).Wait(t.Context(), time.Now().Add(d)); err != nil {
		t.Error(err)
	}
}

// expect compares what was done, in the order of its end.
func expect(t *testing.T, w *worker, want ...step) {
	t.Helper()
	if diff := cmp.Diff(want, w.log()); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
}

func TestWorkRunsAtItsTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorker()
		w.add(session("now"), 0)
		w.add(export("soon"), 250*time.Millisecond)
		w.add(session("late"), time.Hour)
		stop := run(t, w, 2)
		pass(t, 2*time.Hour)
		synctest.Wait()
		stop()
		expect(t, w, step{"now", 0, 0}, step{"soon", 250 * time.Millisecond, 250 * time.Millisecond}, step{"late", time.Hour, time.Hour})
		if w.asked > 12 {
			t.Errorf("the loop looked %d times for 3 tasks in 2 hours", w.asked)
		}
	})
}

func TestANudgeWakesTheLoop(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorker()
		stop := run(t, w, 1)
		pass(t, time.Minute)
		w.add(session("new"), 0)
		synctest.Wait()
		expect(t, w) // nobody said so yet
		w.nudge()
		synctest.Wait()
		stop()
		expect(t, w, step{"new", time.Minute, time.Minute})
	})
}

// A nudge for something earlier than what the loop sleeps for must not be lost.
func TestANudgeShortensTheSleep(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorker()
		w.add(session("late"), time.Hour)
		stop := run(t, w, 1)
		pass(t, time.Second)
		w.add(export("early"), 2*time.Second)
		w.nudge()
		pass(t, 10*time.Second)
		synctest.Wait()
		stop()
		expect(t, w, step{"early", 2 * time.Second, 2 * time.Second})
	})
}

func TestSmallTasksPassMinings(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorker()
		w.act = func(ctx context.Context, task rolemining.Task) error {
			if task.Kind == rolemining.SessionTask {
				return takes(10*time.Second)(ctx, task)
			}
			return nil
		}
		for _, id := range []string{"a", "b", "c", "d", "e"} {
			w.add(session(id), 0)
		}
		stop := run(t, w, 2)
		pass(t, time.Second)
		for _, id := range []string{"x", "y", "z"} {
			w.add(export(id), 0)
		}
		w.nudge()
		pass(t, time.Minute)
		synctest.Wait()
		stop()
		if got := w.most[rolemining.SessionTask]; got != 2 {
			t.Errorf("%d minings at a time, want 2", got)
		}
		log := w.log()
		for _, s := range log[:3] {
			if s.From != time.Second || s.To != time.Second {
				t.Errorf("the small task %s ran from %v to %v, want at once", s.ID, s.From, s.To)
			}
		}
		ends := make([]time.Duration, 0, 5)
		for _, s := range log[3:] {
			ends = append(ends, s.To)
		}
		want := []time.Duration{10 * time.Second, 10 * time.Second, 20 * time.Second, 20 * time.Second, 30 * time.Second}
		if diff := cmp.Diff(want, ends); diff != "" {
			t.Errorf("ends of minings (-want +got):\n%s", diff)
		}
	})
}

// A task stays due while it is under way. The loop must not spin on it.
func TestNoSpinWhileATaskIsUnderWay(t *testing.T) {
	t.Parallel()
	for name, limit := range map[string]int{"all listed": 0, "some left out of the list": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorker()
				w.limit = limit
				w.act = takes(time.Hour)
				w.add(session("a"), 0)
				w.add(session("b"), 0)
				stop := run(t, w, 1)
				pass(t, 3*time.Hour)
				synctest.Wait()
				stop()
				log := w.log() // which of the two is first does not matter
				if len(log) != 2 || log[0].To != time.Hour || log[1].From != time.Hour || log[1].To != 2*time.Hour {
					t.Errorf("steps: %v, want one in each of the first two hours", log)
				}
				if w.asked > 10 {
					t.Errorf("the loop looked %d times for 2 tasks", w.asked)
				}
			})
		})
	}
}

func TestAFailingTaskRests(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorker()
		failures := 3
		w.act = func(_ context.Context, task rolemining.Task) error {
			if task.ID == "bad" && failures > 0 {
				failures--
				return errors.New("disk full")
			}
			return nil
		}
		w.add(session("bad"), 0)
		stop := run(t, w, 1)
		pass(t, 10*time.Second)
		synctest.Wait()
		stop()
		expect(t, w, step{"bad", 0, 0}, step{"bad", time.Second, time.Second},
			step{"bad", 2 * time.Second, 2 * time.Second}, step{"bad", 3 * time.Second, 3 * time.Second})
		if w.asked > 12 {
			t.Errorf("the loop looked %d times", w.asked)
		}
	})
}

// The pause after a failure must not take a mining's place.
func TestAFailingMiningKeepsNobodyWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorker()
		w.act = func(_ context.Context, task rolemining.Task) error {
			if task.ID == "bad" {
				return errors.New("never works")
			}
			return nil
		}
		w.add(session("bad"), 0)
		w.add(session("good"), 100*time.Millisecond)
		stop := run(t, w, 1)
		pass(t, 500*time.Millisecond)
		synctest.Wait()
		stop()
		expect(t, w, step{"bad", 0, 0}, step{"good", 100 * time.Millisecond, 100 * time.Millisecond})
	})
}

func TestAPanicIsAFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorker()
		calls := 0
		w.act = func(context.Context, rolemining.Task) error {
			if calls++; calls == 1 {
				panic("index out of range")
			}
			return nil
		}
		w.add(export("x"), 0)
		stop := run(t, w, 1)
		pass(t, 5*time.Second)
		synctest.Wait()
		stop()
		if calls != 2 {
			t.Errorf("%d calls, want a second one after the panic", calls)
		}
	})
}

func TestOvertakenWorkIsNoFailure(t *testing.T) {
	t.Parallel()
	for name, overtaken := range map[string]error{
		"stale":   rolemining.ErrStale,
		"removed": rolemining.ErrNotFound,
		"wrapped": errors.Join(errors.New("session x"), rolemining.ErrStale),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorker()
				w.act = func(context.Context, rolemining.Task) error { return overtaken }
				again := true // the task was changed and is due again at once
				w.after = func(rolemining.Task, error) (time.Time, bool) {
					if again {
						again = false
						return epoch, true
					}
					return epoch.Add(time.Hour), true
				}
				w.add(session("x"), 0)
				stop := run(t, w, 1)
				pass(t, time.Minute)
				synctest.Wait()
				stop()
				expect(t, w, step{"x", 0, 0}, step{"x", 0, 0}) // no pause between them
			})
		})
	}
}

func TestAFaultOfTheStoreIsAskedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorker()
		w.broken = func() error {
			if time.Since(epoch) < 2500*time.Millisecond {
				return errors.New("database is locked")
			}
			return nil
		}
		w.add(session("x"), 0)
		stop := run(t, w, 1)
		pass(t, 10*time.Second)
		synctest.Wait()
		stop()
		expect(t, w, step{"x", 3 * time.Second, 3 * time.Second})
		if w.asked > 8 {
			t.Errorf("the loop asked %d times", w.asked)
		}
	})
}

// Run returns when the last task has ended, not before, and nothing is left:
// the end of the bubble fails the test if a goroutine is.
func TestRunWaitsForItsTasks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorker()
		w.act = func(ctx context.Context, _ rolemining.Task) error {
			<-ctx.Done()
			pass(t, 3*time.Second) // what it takes to stop
			return ctx.Err()
		}
		w.add(session("a"), 0)
		w.add(session("waits for its turn"), 0)
		w.add(export("b"), 0)
		stop := run(t, w, 1)
		pass(t, time.Second)
		stop()
		if got := time.Since(epoch); got != 4*time.Second {
			t.Errorf("Run returned after %v, want 4s", got)
		}
		if got := len(w.log()); got != 2 {
			t.Errorf("%d tasks ended, want 2: the third never had its turn", got)
		}
	})
}

func TestRunEndsDuringAPause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorker()
		w.act = func(context.Context, rolemining.Task) error { return errors.New("never works") }
		w.add(session("x"), 0)
		stop := run(t, w, 1)
		pass(t, 100*time.Millisecond)
		stop()
		if got := time.Since(epoch); got != 100*time.Millisecond {
			t.Errorf("Run returned after %v, want at once", got)
		}
	})
}

// Many tasks that go through many steps, each due again at once: none is lost.
func TestNoWakeUpIsLost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorker()
		const steps = 20
		left := map[rolemining.Task]int{}
		w.after = func(task rolemining.Task, _ error) (time.Time, bool) { // under w.mu
			left[task]--
			return time.Now(), left[task] > 0
		}
		for i := range 30 {
			task := rolemining.Task{Kind: rolemining.TaskKind(1 + i%3), ID: string(rune('A' + i))}
			left[task] = steps
			w.add(task, time.Duration(i%4)*time.Millisecond)
		}
		stop := run(t, w, 2)
		pass(t, time.Second)
		synctest.Wait()
		stop()
		if got := len(w.log()); got != 30*steps {
			t.Errorf("%d steps were taken within a second, want %d", got, 30*steps)
		}
	})
}

func TestRunOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorker()
		bad := errors.New("disk full")
		w.act = func(_ context.Context, task rolemining.Task) error {
			switch task.ID {
			case "b":
				return bad
			case "c":
				return rolemining.ErrStale
			}
			return nil
		}
		for _, id := range []string{"a", "b", "c", "d"} {
			w.add(session(id), 0)
		}
		w.add(export("later"), time.Hour)
		r := jobs.New(w, clock.Real{}, slog.New(slog.DiscardHandler), 1)
		n, err := r.RunOnce(t.Context())
		if n != 4 || !errors.Is(err, bad) || errors.Is(err, rolemining.ErrStale) {
			t.Errorf("RunOnce = %d, %v; want 4 and the fault of b alone", n, err)
		}
		expect(t, w, step{ID: "a"}, step{ID: "b"}, step{ID: "c"}, step{ID: "d"}) // each once, in order, and b without a pause
	})
}

// RunOnce leaves alone what the loop has under way.
func TestRunOnceBesideRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorker()
		w.act = takes(time.Minute)
		w.add(export("x"), 0)
		r := jobs.New(w, clock.Real{}, slog.New(slog.DiscardHandler), 1)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			r.Run(ctx)
		}()
		pass(t, time.Second)
		if n, err := r.RunOnce(ctx); n != 0 || err != nil {
			t.Errorf("RunOnce = %d, %v; want nothing to do", n, err)
		}
		pass(t, 2*time.Minute)
		cancel()
		<-done
		expect(t, w, step{"x", 0, time.Minute})
	})
}
