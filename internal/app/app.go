// Package app is the whole server: tenants, each an organisation of its own, and
// the control plane beside them.
package app

import (
	"context"
	"log/slog"
	"net/http"

	"mockserver/internal/clock"
	"mockserver/internal/config"
	"mockserver/internal/control"
	"mockserver/internal/store"
	"mockserver/internal/tenant"
)

// Options are what New needs beside the settings.
type Options struct {
	Config  config.Config
	Clock   clock.Clock
	Log     *slog.Logger
	Version string
}

// App is a whole server but for its listeners.
type App struct {
	// Handler serves everything.
	Handler http.Handler

	first *tenant.Tenant
}

// New opens the default tenant and puts the control plane beside it. Errors are
// a *store.OpenError, a *seed.Error, or a fault.
func New(ctx context.Context, o Options) (*App, error) {
	first, err := tenant.New(ctx, tenant.Options{Config: o.Config, Clock: o.Clock, Log: o.Log})
	if err != nil {
		return nil, err
	}
	a := &App{first: first}
	plane := control.New(control.Config{Version: o.Version, SchemaVersion: store.SchemaVersion, Clock: o.Clock, Log: o.Log})
	a.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if control.Owns(r.URL.Path) {
			plane.Serve(w, r, a.first)
			return
		}
		a.first.Handler.ServeHTTP(w, r)
	})
	return a, nil
}

// Run does the background work until the context ends, and returns when the
// last piece of it has stopped. From the call on, the server is ready.
func (a *App) Run(ctx context.Context) { a.first.Run(ctx) }

// Step takes one step of all background work that is due now, for a server
// that is not Run. It returns how many pieces there were.
func (a *App) Step(ctx context.Context) (int, error) { return a.first.Step(ctx) }

// Close closes the databases. Nothing of the App may be used after it.
func (a *App) Close() error { return a.first.Close() }

// Default is the tenant of requests that name none.
func (a *App) Default() *tenant.Tenant { return a.first }
