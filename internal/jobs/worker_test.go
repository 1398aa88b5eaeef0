package jobs_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"mockserver/internal/clock"
	"mockserver/internal/rolemining"
)

// worker is a Worker whose tasks are a list. Inside a synctest bubble the real
// clock is a simulated one, so every moment here is exact.
type worker struct {
	wake   chan struct{}
	limit  int                                                  // of what Due lists, 0 for none
	act    func(ctx context.Context, t rolemining.Task) error   // what Advance does while the task is under way
	after  func(t rolemining.Task, err error) (time.Time, bool) // when a task is due again; nil: a task is done once it succeeds
	broken func() error                                         // an error of Due

	mu      sync.Mutex
	waiting map[rolemining.Task]time.Time
	asked   int // calls of Due
	steps   []step
	running map[rolemining.TaskKind]int
	most    map[rolemining.TaskKind]int
}

// step is one call of Advance.
type step struct {
	ID   string
	From time.Duration // since the start of the test
	To   time.Duration
}

func newWorker() *worker {
	return &worker{
		wake:    make(chan struct{}, 1),
		waiting: map[rolemining.Task]time.Time{},
		running: map[rolemining.TaskKind]int{},
		most:    map[rolemining.TaskKind]int{},
	}
}

// epoch is when a synctest bubble begins.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func session(id string) rolemining.Task {
	return rolemining.Task{Kind: rolemining.SessionTask, ID: id}
}

func export(id string) rolemining.Task {
	return rolemining.Task{Kind: rolemining.ExportTask, ID: id}
}

// add makes a task due at a moment, without telling the loop.
func (w *worker) add(t rolemining.Task, at time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.waiting[t] = epoch.Add(at)
}

func (w *worker) nudge() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

func (w *worker) Wake() <-chan struct{} { return w.wake }

func (w *worker) Due(context.Context) ([]rolemining.Task, *time.Time, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked++
	if w.broken != nil {
		if err := w.broken(); err != nil {
			return nil, nil, err
		}
	}
	now := time.Now()
	var due []rolemining.Task
	var next *time.Time
	for t, at := range w.waiting {
		if !at.After(now) {
			due = append(due, t)
		} else if next == nil || at.Before(*next) {
			next = &at
		}
	}
	slices.SortFunc(due, func(a, b rolemining.Task) int {
		if c := w.waiting[a].Compare(w.waiting[b]); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	if w.limit > 0 && len(due) > w.limit {
		hidden := w.waiting[due[w.limit]]
		due, next = due[:w.limit], &hidden
	}
	return due, next, nil
}

func (w *worker) Advance(ctx context.Context, t rolemining.Task) error {
	from := time.Since(epoch)
	w.mu.Lock()
	// The list that the loop works on may be older than the task's last step.
	if at, ok := w.waiting[t]; !ok || at.After(time.Now()) {
		w.mu.Unlock()
		return nil
	}
	w.running[t.Kind]++
	w.most[t.Kind] = max(w.most[t.Kind], w.running[t.Kind])
	w.mu.Unlock()
	var err error
	if w.act != nil {
		err = w.act(ctx, t)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.running[t.Kind]--
	w.steps = append(w.steps, step{t.ID, from, time.Since(epoch)})
	if w.after != nil {
		if at, again := w.after(t, err); again {
			w.waiting[t] = at
			return err
		}
	}
	if err == nil {
		delete(w.waiting, t)
	}
	return err
}

func (w *worker) log() []step {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.steps)
}

// takes is an act that lasts for a time, or until the context ends.
func takes(d time.Duration) func(context.Context, rolemining.Task) error {
	return func(ctx context.Context, _ rolemining.Task) error {
		return clock.Real{}.Wait(ctx, time.Now().Add(d))
	}
}
