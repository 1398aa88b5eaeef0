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
	"net/http"
	"strings"

	"mockserver/internal/clock"
	"mockserver/internal/config"
	"mockserver/internal/control"
	"mockserver/internal/handlers"
	"mockserver/internal/idgen"
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

	tenants *tenants
	plane   *control.Plane
	front   handlers.FrontConfig // for answers of no tenant
}

// New opens the default tenant and those that files are left of, and puts the
// control plane beside them. Errors are a *store.OpenError, a *seed.Error, or a
// fault.
func New(ctx context.Context, o Options) (*App, error) {
	all, err := openTenants(ctx, o)
	if err != nil {
		return nil, err
	}
	a := &App{tenants: all}
	a.front = handlers.FrontConfig{IDs: idgen.New(o.Config.Seed + "/nobody"), Clock: o.Clock, Log: o.Log, Origins: o.Config.CORSOrigins}
	a.plane = control.New(control.Config{
		Version: o.Version, SchemaVersion: store.SchemaVersion, Clock: o.Clock, Log: o.Log, Tenants: registry{all},
	})
	a.Handler = http.HandlerFunc(a.serve)
	return a, nil
}

// serve takes a request to the tenant that it names.
func (a *App) serve(w http.ResponseWriter, r *http.Request) {
	outer := r.Header
	name, r, err := addressed(r)
	switch {
	case err != nil:
		a.refuse(w, r, err)
		return
	case ofAll(r.URL.Path):
		r.Header = outer // the addresses in the answer are the server's
		a.answer(w, r, a.tenants.first)
		return
	case name == "":
		name = a.tenants.ofToken(r)
	}
	if name == "" || a.tenants.isDefault(name) {
		a.answer(w, r, a.tenants.first)
		return
	}
	v, err := a.tenants.visit(r.Context(), name)
	if err != nil {
		a.refuse(w, r, err)
		return
	}
	defer v.end()
	a.answer(w, r.WithContext(v.ctx), v.tenant)
}

func (a *App) answer(w http.ResponseWriter, r *http.Request, t *tenant.Tenant) {
	if control.Owns(r.URL.Path) {
		a.plane.Serve(w, r, t)
		return
	}
	t.Handler.ServeHTTP(w, r)
}

// refuse answers what no tenant can be asked, in the form of the side that the
// request was for.
func (a *App) refuse(w http.ResponseWriter, r *http.Request, err error) {
	if control.Owns(r.URL.Path) {
		a.plane.Refuse(w, r, err)
		return
	}
	handlers.Unserved(a.front, control.StatusOf(err), err).ServeHTTP(w, r)
}

// ofAll says whether a path belongs to the server and not to one tenant, so that
// nobody has to be there to be asked.
func ofAll(path string) bool {
	return path == "/_mock/tenants" || strings.HasPrefix(path, "/_mock/tenants/")
}

// Run does the background work of all tenants, those to come included, until the
// context ends, and returns when the last piece of it has stopped. From the call
// on, the server is ready.
func (a *App) Run(ctx context.Context) { a.tenants.run(ctx) }

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
	v, err := a.tenants.visit(ctx, name)
	if err != nil {
		return nil, err
	}
	defer v.end()
	return v.tenant, nil
}
