package app

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"

	"mockserver/internal/handlers"
)

// start begins a guest's background work. ts.mu is held.
func (ts *tenants) start(g *guest) {
	ctx, cancel := context.WithCancel(ts.running)
	stopped := g.tenant.Start(ctx)
	g.stop = func() {
		cancel()
		<-stopped
	}
}

// run does the background work of all until the context ends.
func (ts *tenants) run(ctx context.Context) {
	stopped := ts.first.Start(ctx)
	ts.mu.Lock()
	ts.running = ctx
	for _, g := range ts.present() {
		ts.start(g)
	}
	ts.mu.Unlock()
	<-stopped
	ts.mu.Lock()
	ts.running = nil
	started := ts.present()
	ts.mu.Unlock()
	for _, g := range started {
		g.stop()
	}
}

// present are the guests that are open and not leaving, by name. ts.mu is held.
func (ts *tenants) present() []*guest {
	var all []*guest
	for g := range maps.Values(ts.byName) {
		if g.opened && !g.leaving {
			all = append(all, g)
		}
	}
	slices.SortFunc(all, func(a, b *guest) int { return cmp.Compare(a.name, b.name) })
	return all
}

// step takes one step of everything that is due, in the order of names.
func (ts *tenants) step(ctx context.Context) (steps int, err error) {
	ts.mu.Lock()
	all := ts.present()
	ts.mu.Unlock()
	at, _ := slices.BinarySearchFunc(all, defaultName, func(g *guest, name string) int { return cmp.Compare(g.name, name) })
	var errs []error
	for i := range len(all) + 1 {
		t := ts.first
		switch {
		case i < at:
			t = all[i].tenant
		case i > at:
			t = all[i-1].tenant
		}
		n, err := t.Step(ctx)
		steps += n
		errs = append(errs, err)
	}
	return steps, errors.Join(errs...)
}

// remove deletes a tenant: its requests end, its work stops, its database goes.
func (ts *tenants) remove(ctx context.Context, name string) error {
	g, err := ts.take(ctx, name)
	if err != nil {
		return err
	}
	// From here on nothing but this call can end it, whether or not the client
	// waits for that.
	g.end(handlers.ErrGone)
	<-g.empty
	if g.stop != nil {
		g.stop()
	}
	err = errors.Join(g.tenant.Close(), ts.files.remove(name))
	ts.Metrics.Forget(name)
	ts.mu.Lock()
	defer ts.mu.Unlock()
	ts.forget(g)
	return err
}

// take finds a guest and lets nobody else to it.
func (ts *tenants) take(ctx context.Context, name string) (*guest, error) {
	ts.mu.Lock()
	g := ts.byName[name]
	ts.mu.Unlock()
	if g == nil {
		return nil, noTenant(name)
	}
	select {
	case <-g.ready:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if g.err != nil || g.leaving {
		return nil, noTenant(name)
	}
	g.leaving = true
	if g.visits == 0 {
		close(g.empty)
	}
	return g, nil
}

// close closes all databases. There are no more requests by then.
func (ts *tenants) close() error {
	ts.mu.Lock()
	ts.closed = true
	all := ts.present()
	ts.mu.Unlock()
	errs := []error{ts.first.Close()}
	for _, g := range all {
		g.end(handlers.ErrGone)
		errs = append(errs, g.tenant.Close())
	}
	return errors.Join(errs...)
}
