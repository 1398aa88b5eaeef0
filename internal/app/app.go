// Package app is the whole server: tenants, each an organisation of its own, and
// the control plane beside them.
//
// One tenant, the default, is there from the start and answers what names none.
// The others come with PUT /_mock/tenants/NAME or when they are first named:
// address.go says how a request names one, tenants.go keeps them.
package app

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"sync"

	"mockserver/internal/clock"
	"mockserver/internal/config"
	"mockserver/internal/control"
	"mockserver/internal/handlers"
	"mockserver/internal/idgen"
	"mockserver/internal/metrics"
	"mockserver/internal/store"
	"mockserver/internal/tenant"
)

// Options are what New needs beside the settings.
type Options struct {
	Config  config.Config
	Clock   clock.Clock
	Log     *slog.Logger
	Version string
	// Metrics counts what the server does; nil is one of its own.
	Metrics *metrics.Metrics
	// API is where the API listens, for a control plane that listens elsewhere.
	API net.Addr
}

// App is a whole server but for its listeners.
type App struct {
	// Handler serves everything; with Config.ControlAddr, all but the control
	// plane, of which only the health is left.
	Handler http.Handler
	// Control serves the control plane of all tenants and nothing else. It is nil
	// without Config.ControlAddr.
	Control http.Handler

	tenants *tenants
	plane   *control.Plane
	front   handlers.FrontConfig // for answers of no tenant
	lost    sync.Once            // it was said that a client seeks the real service
}

// New opens the default tenant and those that files are left of, and puts the
// control plane beside them. Errors are a *store.OpenError, a *seed.Error, or a
// fault.
func New(ctx context.Context, o Options) (*App, error) {
	if o.Metrics == nil {
		o.Metrics = metrics.New(metrics.Config{Version: o.Version, Clock: o.Clock})
	}
	all, err := openTenants(ctx, o)
	if err != nil {
		return nil, err
	}
	a := &App{tenants: all}
	a.front = handlers.FrontConfig{IDs: idgen.New(o.Config.Seed + "/nobody"), Clock: o.Clock, Log: o.Log, Origins: o.Config.CORSOrigins}
	a.plane = control.New(control.Config{
		Version: o.Version, SchemaVersion: store.SchemaVersion, Clock: o.Clock, Log: o.Log, Tenants: registry{all}, API: o.API, Metrics: o.Metrics, Pprof: o.Config.Pprof,
	})
	a.Handler = side{a, control.Owns, true}
	if o.Config.ControlAddr != "" {
		a.Handler, a.Control = side{a, control.OwnsHealth, true}, side{a, control.Owns, false}
	}
	return a, nil
}

// Run does the background work of all tenants, those to come included, until the
// context ends, and returns when the last piece of it has stopped. From the call
// on, the server is ready.
func (a *App) Run(ctx context.Context) { a.tenants.run(ctx) }

// Drain ends what clients only wait by: streams of events, and waits for states.
// It is the first thing of an orderly end, before Run's context.
func (a *App) Drain() { a.plane.Drain() }

// Step takes one step of all background work that is due now, tenant by tenant
// in the order of their names, for a server that is not Run. It returns how many
// pieces there were.
func (a *App) Step(ctx context.Context) (int, error) { return a.tenants.step(ctx) }

// Close closes the databases. Nothing of the App may be used after it.
func (a *App) Close() error { return a.tenants.close() }

// Default is the tenant of requests that name none.
func (a *App) Default() *tenant.Tenant { return a.tenants.first }

// Tenant is the tenant of a name, made if it is not there. It is not held: a
// DELETE closes it.
func (a *App) Tenant(ctx context.Context, name string) (*tenant.Tenant, error) {
	if a.tenants.isDefault(name) {
		return a.tenants.first, nil
	}
	g, err := a.tenants.visit(ctx, name)
	if err != nil {
		return nil, err
	}
	defer a.tenants.leave(g)
	return g.tenant, nil
}
