package miner

import (
	"context"
	"errors"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// fuse is a context that is cancelled after some looks at it, and knows from
// which functions it was looked at.
type fuse struct {
	context.Context
	mu    sync.Mutex
	left  int
	looks []string // in order
}

func newFuse(ctx context.Context, looks int) *fuse { return &fuse{Context: ctx, left: looks} }

func (f *fuse) Err() error {
	who := looker()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.looks = append(f.looks, who)
	if f.left--; f.left < 0 {
		return context.Canceled
	}
	return nil
}

// looker is the function that looks at the context, itself or by its pulse.
func looker() string {
	pcs := make([]uintptr, 10)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)])
	for {
		frame, more := frames.Next()
		name := strings.TrimSuffix(frame.Function[strings.LastIndexByte(frame.Function, '/')+1:], "[...]")
		name = strings.TrimPrefix(name, "miner.")
		if !strings.Contains(name, "pulse)") || !more {
			return strings.NewReplacer("(*", "", ")", "", "[...]", "", "-range1", "").Replace(name)
		}
	}
}

// Every loop that can take long looks at the context, and whichever look finds
// it done ends the work there, with the context's error and no answer.
func TestCancel(t *testing.T) {
	t.Parallel()
	org := plant(plan{identities: 520, roleSize: 60, seed: 3, loners: 0.05, missing: 0.35}).pop
	for q := range 300 {
		org.Roles = append(org.Roles, ExistingRole{ID: org.IdentityIDs[q], Entitlements: org.Holdings[q]})
	}
	mine := func(p Params) func(ctx context.Context) (Result, error) {
		return func(ctx context.Context) (Result, error) { return Mine(ctx, org, p) }
	}
	looked := map[string]bool{}
	for _, tt := range []struct {
		name string
		run  func(ctx context.Context) (Result, error)
	}{
		{"prescribed", mine(Params{MinIdentities: 10})},
		{"on a sample", func(ctx context.Context) (Result, error) { return sampled(ctx, org) }},
		{"any shared", mine(Params{MinIdentities: 1, PruneThreshold: ptr(0)})},
		{"identical", mine(Params{MinIdentities: 1, PruneThreshold: ptr(100)})},
		{"common", mine(Params{MinIdentities: 10, Type: Common})},
	} {
		whole := newFuse(t.Context(), 1<<30)
		if _, err := tt.run(whole); err != nil {
			t.Fatal(err)
		}
		for _, at := range instructive(whole.looks, looked) {
			f := newFuse(t.Context(), at)
			r, err := tt.run(f)
			if f.left >= 0 {
				continue // the workers of a join share the looks otherwise each time
			}
			if !errors.Is(err, context.Canceled) || r.Roles != nil {
				t.Errorf("%s: cancelled at look %d of %d, in %s: error %v, %d roles", tt.name, at, len(whole.looks), whole.looks[at], err, len(r.Roles))
			}
			if more := -f.left - 1; more > 6 {
				t.Errorf("%s: cancelled at look %d, in %s: went on for %d looks: %v", tt.name, at, whole.looks[at], more, f.looks[at:])
			}
		}
	}
	want := []string{
		"Organisation.Mine", "Organisation.describeAll", "Organisation.mineCommon", "Organisation.setHoldings",
		"Organisation.setRoles", "Prepare", "aggregate", "collapse", "components", "describer.countHolders",
		"describer.freshness", "graph.allot", "graph.mergeRows", "graph.prune", "joinWith", "localMoves", "membersOf",
		"mergeRuns", "newGraph", "newIndex", "newRoleSet", "newSets", "peersTogether", "probe.chunk", "rankByID",
		"rarestFirst", "roleSet.adopt", "roleSet.coreIndex", "roleSet.gather", "roleSet.recount", "roleSet.refresh",
		"roleSet.twin", "rows.transpose", "sets.sample", "sets.subset", "sortStable", "splitConnected",
	}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(looked))); diff != "" {
		t.Errorf("who looks at the context (-want +got)\n%s", diff)
	}
}

// instructive picks the first and the last look of each function that has not
// been seen to look before, and some in between.
func instructive(looks []string, seen map[string]bool) []int {
	at := map[int]bool{}
	last := map[string]int{}
	for k, who := range looks {
		if !seen[who] {
			at[k] = true
			seen[who] = true
			last[who] = k
		}
		if _, ok := last[who]; ok {
			last[who] = k
		}
	}
	for _, k := range last {
		at[k] = true
	}
	for k := 1; k < len(looks); k *= 4 {
		at[k] = true
	}
	return slices.Sorted(maps.Keys(at))
}

// sampled searches a small organisation as if it were a large one.
func sampled(ctx context.Context, p Population) (Result, error) {
	o, err := Prepare(ctx, p)
	if err != nil {
		return Result{}, err
	}
	scope, err := o.scope(nil)
	if err != nil {
		return Result{}, err
	}
	s, _, err := newSets(ctx, o, scope)
	if err != nil {
		return Result{}, err
	}
	q := &search{solver: solver{s: s, least: 10, maxEdges: defaultMaxEdges, tell: teller(nil)}, found: map[int]*roleSet{}}
	return Result{}, q.sampled(ctx)
}

// BenchmarkCancel reports the longest time between two looks at the context
// while 100,000 identities are prepared and mined: that is how long a
// cancellation may go unnoticed. It runs on one processor, where no worker can
// hide what another one does, and measures processor time beside wall time,
// which on a busy machine is mostly waiting for its turn.
//
//	go test ./internal/miner -run - -bench Cancel -benchtime 1x
func BenchmarkCancel(b *testing.B) {
	noisy := plant(plan{identities: 100000, roleSize: 122, seed: 1, missing: 0.4, loners: 0.02})
	for _, tt := range []struct {
		name   string
		params Params
	}{
		{"prescribed", Params{MinIdentities: 20}},
		{"T=0", Params{MinIdentities: 20, PruneThreshold: ptr(0)}},
		{"T=100", Params{MinIdentities: 1, PruneThreshold: ptr(100)}},
		{"common", Params{MinIdentities: 20, Type: Common}},
	} {
		b.Run(tt.name, func(b *testing.B) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			w := &watch{Context: b.Context(), b: b}
			for b.Loop() {
				w.thread = 0
				w.mark("start")
				if _, err := Mine(w, noisy.pop, tt.params); err != nil {
					b.Fatal(err)
				}
				w.mark("end")
			}
			b.ReportMetric(w.wall.Seconds()*1000, "worst-ms")
			b.ReportMetric(w.cpu*1000, "worst-cpu-ms")
			b.ReportMetric(float64(w.looks)/float64(b.N), "looks/op")
			b.Logf("the longest in processor time was from %s", w.where)
		})
	}
}

// watch is a context that measures the time between looks at it.
type watch struct {
	context.Context
	b              *testing.B
	lastWall, wall time.Duration
	lastCPU, cpu   float64 // seconds of the thread
	thread         int     // that looked last
	from, where    string  // the last look; the ends of the longest time
	looks          int
}

func (w *watch) Err() error {
	w.looks++
	w.mark(looker())
	return nil
}

func (w *watch) mark(who string) {
	wall, cpu, thread := w.b.Elapsed(), cpuSeconds(w.b, syscall.RUSAGE_THREAD), syscall.Gettid()
	if w.thread != 0 {
		w.wall = max(w.wall, wall-w.lastWall)
	}
	if gap := cpu - w.lastCPU; gap > w.cpu && w.thread == thread {
		w.cpu, w.where = gap, w.from+" to "+who
	}
	w.lastWall, w.lastCPU, w.from, w.thread = wall, cpu, who, thread
}
