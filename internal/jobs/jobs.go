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

	turn sync.Mutex // held by who has the work to himself

	mu   sync.Mutex
	held bool // the loop starts nothing
	busy map[rolemining.Task]*claim
	rest *sync.Cond // of mu: a task ended or rests after a failure
}

// claim is a task that is being worked on.
type claim struct {
	cancel  context.CancelFunc
	resting bool // it failed and waits to be tried again
}

// retryAfter is how long the loop rests after a fault of the store, and how
// long a task that failed is left alone.
const retryAfter = time.Second

// New returns a runner that mines at most miners sessions, 1 or more, at a time.
func New(worker Worker, c clock.Clock, log *slog.Logger, miners int) *Runner {
	r := &Runner{
		worker: worker,
		clock:  c,
		log:    log,
		mining: make(chan struct{}, miners),
		done:   make(chan struct{}, 1),
		busy:   map[rolemining.Task]*claim{},
	}
	r.rest = sync.NewCond(&r.mu)
	return r
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
			if own, ok := r.claim(ctx, t, false); ok {
				started++
				tasks.Go(func() { r.run(own, t) })
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
		own, ok := r.claim(ctx, t, true)
		if !ok {
			continue
		}
		count++
		errs = append(errs, r.advance(own, t))
		r.release(t)
	}
	return count, errors.Join(errs...)
}

// Exclusive calls f while the loop does nothing: what it had begun has ended by
// then, its present step done or, with interrupt, cancelled. Tasks that rest
// after a failure are left to rest, unless interrupted. f may call RunOnce.
func (r *Runner) Exclusive(interrupt bool, f func() error) error {
	r.turn.Lock()
	defer r.turn.Unlock()
	r.hold(interrupt)
	defer r.letGo()
	return f()
}

func (r *Runner) hold(interrupt bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.held = true
	if interrupt {
		for _, c := range r.busy {
			c.cancel()
		}
	}
	for r.working(interrupt) {
		r.rest.Wait()
	}
}

// working says whether any task is under way, or rests if that counts too.
func (r *Runner) working(resting bool) bool {
	for _, c := range r.busy {
		if resting || !c.resting {
			return true
		}
	}
	return false
}

func (r *Runner) letGo() {
	r.mu.Lock()
	r.held = false
	r.mu.Unlock()
	r.lookAgain()
}

// claim takes a task, unless somebody has it or, for the loop, somebody has all
// the work to himself. The task's own context ends with the claim.
func (r *Runner) claim(ctx context.Context, t rolemining.Task, exclusive bool) (context.Context, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.busy[t] != nil || r.held && !exclusive {
		return nil, false
	}
	own, cancel := context.WithCancel(ctx)
	r.busy[t] = &claim{cancel: cancel}
	return own, true
}

func (r *Runner) release(t rolemining.Task) {
	r.mu.Lock()
	r.busy[t].cancel()
	delete(r.busy, t)
	r.rest.Broadcast()
	r.mu.Unlock()
	r.lookAgain()
}

func (r *Runner) lookAgain() {
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
	r.mu.Lock()
	r.busy[t].resting = true
	r.rest.Broadcast()
	r.mu.Unlock()
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
	if errors.Is(err, rolemining.ErrStale) || errors.Is(err, rolemining.ErrNotFound) || errors.Is(err, rolemining.ErrReplaced) {
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
