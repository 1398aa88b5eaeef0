// Package jobs is when things happen: the loop that moves sessions, exports and
// provisioning on, as their time comes. What a step does is the worker's.
package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"mockserver/internal/clock"
	"mockserver/internal/rolemining"
)

// Worker is who knows what is due and how to do it.
type Worker interface {
	// Due lists the tasks that are due, and when the next one is after them
	// (nil: nothing is waiting). A moment that is past says that there are
	// more tasks than are listed.
	Due(ctx context.Context) ([]rolemining.Task, *time.Time, error)
	// Advance takes one step of a task.
	Advance(ctx context.Context, t rolemining.Task) error
	// Wake delivers a token whenever there may be new tasks.
	Wake() <-chan struct{}
}

// Runner runs a worker's tasks. At most a fixed number of sessions are mined at
// a time; the small tasks never wait for them.
type Runner struct {
	worker Worker
	clock  clock.Clock
	log    *slog.Logger
	mining chan struct{} // one token for each session that may be mined now
	done   chan struct{} // a token whenever a task ended

	mu   sync.Mutex
	busy map[rolemining.Task]bool
}

// retryAfter is how long the loop rests after a fault of the store, and how
// long a task that failed is left alone.
const retryAfter = time.Second

// New returns a runner that mines at most miners sessions, 1 or more, at a time.
func New(worker Worker, c clock.Clock, log *slog.Logger, miners int) *Runner {
	return &Runner{
		worker: worker,
		clock:  c,
		log:    log,
		mining: make(chan struct{}, miners),
		done:   make(chan struct{}, 1),
		busy:   map[rolemining.Task]bool{},
	}
}

// Run works until the context ends, and returns when the last task has ended.
func (r *Runner) Run(ctx context.Context) {
	var tasks sync.WaitGroup
	defer tasks.Wait()
	for ctx.Err() == nil {
		due, next, err := r.worker.Due(ctx)
		if err != nil && ctx.Err() == nil {
			r.log.Error("cannot read what is due", "error", err)
			next = r.later()
		}
		started := 0
		for _, t := range due {
			if r.claim(t) {
				started++
				tasks.Go(func() { r.run(ctx, t) })
			}
		}
		if len(due) > 0 && started == 0 && next != nil && !next.After(r.clock.Now()) {
			// Others are due, too, but hidden behind tasks that are all under
			// way: only the end of one of those can bring them to light.
			next = nil
		}
		r.sleep(ctx, next)
	}
}

// RunOnce takes one step of every task that is due now, one after the other in
// the order of Due, so that the same tasks give the same result. It returns how
// many there were, with the errors of those that failed.
func (r *Runner) RunOnce(ctx context.Context) (int, error) {
	due, _, err := r.worker.Due(ctx)
	if err != nil {
		return 0, err
	}
	var errs []error
	count := 0
	for _, t := range due {
		if !r.claim(t) {
			continue
		}
		count++
		errs = append(errs, r.advance(ctx, t))
		r.release(t)
	}
	return count, errors.Join(errs...)
}

func (r *Runner) claim(t rolemining.Task) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.busy[t] {
		return false
	}
	r.busy[t] = true
	return true
}

func (r *Runner) release(t rolemining.Task) {
	r.mu.Lock()
	delete(r.busy, t)
	r.mu.Unlock()
	select {
	case r.done <- struct{}{}:
	default: // the loop will look again anyway
	}
}

// run takes one step of a claimed task. A task that fails keeps its claim for a
// while, so that it is tried again but not at once.
func (r *Runner) run(ctx context.Context, t rolemining.Task) {
	defer r.release(t)
	err := r.advance(ctx, t)
	if err == nil || ctx.Err() != nil {
		return
	}
	r.log.Error("background work failed and will be tried again", "task", t.ID, "error", err)
	_ = r.clock.Wait(ctx, *r.later()) // ends early only with the context
}

// advance takes one step of a task. A session waits for its turn to be mined,
// and gives the turn back with the step: not to rest on it after a failure.
func (r *Runner) advance(ctx context.Context, t rolemining.Task) error {
	if t.Kind == rolemining.SessionTask {
		select {
		case r.mining <- struct{}{}:
			defer func() { <-r.mining }()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return ignoreOvertaken(r.guarded(ctx, t))
}

// guarded turns a panic into an error: one task that cannot be done must not
// end the server, and after its restart the next one.
func (r *Runner) guarded(ctx context.Context, t rolemining.Task) (err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("panic: %v\n%s", fault, debug.Stack())
		}
	}()
	return r.worker.Advance(ctx, t)
}

// ignoreOvertaken drops the errors of work whose object was changed or removed.
func ignoreOvertaken(err error) error {
	if errors.Is(err, rolemining.ErrStale) || errors.Is(err, rolemining.ErrNotFound) {
		return nil
	}
	return err
}

func (r *Runner) later() *time.Time {
	t := r.clock.Now().Add(retryAfter)
	return &t
}

// sleep waits until next, for new tasks, for the end of one, or for the context.
func (r *Runner) sleep(ctx context.Context, next *time.Time) {
	ctx, cancel := context.WithCancel(ctx)
	var due chan struct{}
	var timer sync.WaitGroup
	if next != nil {
		due = make(chan struct{})
		timer.Go(func() {
			defer close(due)
			_ = r.clock.Wait(ctx, *next) // either outcome ends the sleep
		})
	}
	select {
	case <-due:
	case <-r.worker.Wake():
	case <-r.done:
	case <-ctx.Done():
	}
	cancel()
	timer.Wait()
}
