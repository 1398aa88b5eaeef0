package miner

import (
	"context"
	"runtime"
	"syscall"
	"testing"
	"time"
)

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
