// Package jobs is when things happen: the loop that moves sessions, exports and
// provisioning on, as their time comes. What a step does is the worker's.
package jobs

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"mockserver/internal/clock"
	"mockserver/internal/rolemining"
)

// Worker is who knows what is due and how to do it.
type Worker interface {
	// Due lists the tasks that are due, and when the next one is after them
	// (nil: nothing is waiting).
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

// New returns a runner that mines at most miners sessions at a time.
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
		for _, t := range due {
			if r.claim(t) {
				tasks.Go(func() { r.run(ctx, t) })
			}
		}
		r.sleep(ctx, next)
	}
}

// RunOnce takes one step of every task that is due now and returns how many
// there were, with the first error.
func (r *Runner) RunOnce(ctx context.Context) (int, error) {
	due, _, err := r.worker.Due(ctx)
	if err != nil {
		return 0, err
	}
	var group errgroup.Group
	count := 0
	for _, t := range due {
		if !r.claim(t) {
			continue
		}
		count++
		group.Go(func() error {
			defer r.release(t)
			return ignoreOvertaken(r.worker.Advance(ctx, t))
		})
	}
	return count, group.Wait()
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
	if t.Kind == rolemining.SessionTask {
		select {
		case r.mining <- struct{}{}:
			defer func() { <-r.mining }()
		case <-ctx.Done():
			return
		}
	}
	err := ignoreOvertaken(r.worker.Advance(ctx, t))
	if err == nil || ctx.Err() != nil {
		return
	}
	r.log.Error("background work failed and will be tried again", "task", t.ID, "error", err)
	_ = r.clock.Wait(ctx, *r.later()) // ends early only with the context
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
	defer cancel()
	var due chan struct{}
	if next != nil {
		due = make(chan struct{})
		go func() {
			defer close(due)
			_ = r.clock.Wait(ctx, *next) // either outcome ends the sleep
		}()
	}
	select {
	case <-due:
	case <-r.worker.Wake():
	case <-r.done:
	case <-ctx.Done():
	}
}
