package miner

import (
	"context"
	"errors"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

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

// instructive picks the first look of each function that has not been seen to
// look before, the very last, and some in between.
func instructive(looks []string, seen map[string]bool) []int {
	at := map[int]bool{len(looks) - 1: true}
	for k, who := range looks {
		at[k] = at[k] || !seen[who]
		seen[who] = true
	}
	for k := 1; k < len(looks); k *= 4 {
		at[k] = true
	}
	maps.DeleteFunc(at, func(_ int, wanted bool) bool { return !wanted })
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
