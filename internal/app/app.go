// Package app puts the parts together. Everything of one organisation - its
// database, clock, identifiers, jobs and settings - hangs on one App, so that
// several can live in a process and none of it is global.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/go-chi/chi/v5"

	"mockserver/internal/auth"
	"mockserver/internal/clock"
	"mockserver/internal/config"
	"mockserver/internal/control"
	"mockserver/internal/handlers"
	"mockserver/internal/idgen"
	"mockserver/internal/jobs"
	"mockserver/internal/ratelimit"
	"mockserver/internal/rolemining"
	"mockserver/internal/store"
)

// Options are what New needs beside the settings.
type Options struct {
	Config  config.Config
	Clock   clock.Clock
	Log     *slog.Logger
	Version string
}

// App is a whole server but for its listener.
type App struct {
	// Handler serves everything.
	Handler http.Handler

	store   *store.Store
	service *rolemining.Service
	runner  *jobs.Runner
	log     *slog.Logger
	serving atomic.Bool
}

// New opens the database, loads the organisation where there is none yet, and
// wires the server. Errors are a *store.OpenError, a *seed.Error, or a fault.
func New(ctx context.Context, o Options) (*App, error) {
	c := o.Config
	ids := idgen.New(c.Seed)
	db, err := store.Open(ctx, store.Config{Path: c.DB, IDs: ids, Log: o.Log, FullSync: c.DBFullSync})
	if err != nil {
		return nil, err
	}
	a := &App{store: db, log: o.Log}
	if err := a.wire(ctx, o, ids); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return a, nil
}

func (a *App) wire(ctx context.Context, o Options, ids *idgen.Source) error {
	c := o.Config
	if err := populate(ctx, a.store, c, o.Log); err != nil {
		return err
	}
	authority, err := a.authority(ctx, o, ids)
	if err != nil {
		return err
	}
	a.service = rolemining.New(rolemining.Config{Store: a.store, Clock: o.Clock, IDs: ids, Log: o.Log, StageDelay: c.StageDelay})
	a.runner = jobs.New(a.service, o.Clock, o.Log, runtime.GOMAXPROCS(0))

	r := chi.NewRouter()
	r.Post("/oauth/token", handlers.Named("getToken", authority.Token))
	r.Get("/oauth/authorize", handlers.Named("authorize", authority.Authorize))
	r.Get("/oauth/info", handlers.Named("getTenantInfo", authority.Info))
	control.Mount(r, control.Config{
		Version: o.Version, SchemaVersion: store.SchemaVersion, Seed: c.Seed, Clock: o.Clock,
		Service: a.service, Log: o.Log, Ready: a.ready,
	})
	handlers.Mount(r, handlers.Config{
		Service: a.service, Auth: authority, Limiter: ratelimit.New(c.RateLimit), Clock: o.Clock, Log: o.Log,
	})
	a.Handler = handlers.Front(handlers.FrontConfig{IDs: ids, Clock: o.Clock, Log: o.Log, Origins: c.CORSOrigins}, r)
	return nil
}

func (a *App) authority(ctx context.Context, o Options, ids *idgen.Source) (*auth.Authority, error) {
	org, err := a.store.Org(ctx)
	if err != nil {
		return nil, err
	}
	people, err := newDirectory(ctx, a.store)
	if err != nil {
		return nil, err
	}
	return auth.New(auth.Config{
		Mode: o.Config.Auth, Seed: o.Config.Seed, TTL: o.Config.TokenTTL,
		Org: org.Name, TenantID: org.TenantID, TenantName: org.TenantName, Pod: org.Pod,
		Directory: people, Clock: o.Clock, IDs: ids, Log: o.Log,
	})
}

// Run does the background work until the context ends, and returns when the
// last piece of it has stopped. From the call on, the server is ready.
func (a *App) Run(ctx context.Context) {
	a.serving.Store(true)
	defer a.serving.Store(false)
	var warming sync.WaitGroup
	warming.Go(func() { a.warm(ctx) })
	defer warming.Wait()
	a.runner.Run(ctx)
}

// warmFrom is how many identities an organisation has that is made ready for
// searching and mining ahead of the first request: with fewer of them nobody would
// notice, and an idle server keeps its memory.
const warmFrom = 5000

// warm does what the first requests would have to wait for. That it cannot be done
// is for them to find out.
func (a *App) warm(ctx context.Context) {
	if n, err := a.store.Counts(ctx); err != nil || n.Identities < warmFrom {
		return
	}
	if err := errors.Join(a.service.Warm(ctx), a.store.Warm(ctx)); err != nil && ctx.Err() == nil {
		a.log.Warn("the organisation could not be prepared", "error", err)
	}
}

// Step takes one step of all background work that is due now, for a server
// that is not Run. It returns how many pieces there were.
func (a *App) Step(ctx context.Context) (int, error) { return a.runner.RunOnce(ctx) }

// Close closes the database. Nothing of the App may be used after it.
func (a *App) Close() error { return a.store.Close() }

// ready says what keeps the server from answering. Schema, fixtures and keys
// stand since New; what can fail later is the database.
func (a *App) ready(r *http.Request) error {
	if !a.serving.Load() {
		return errors.New("background work is not running")
	}
	if err := a.store.Ping(r.Context()); err != nil {
		return errors.New("the database does not answer")
	}
	return nil
}

// Loaded says in one line what the organisation holds.
func (a *App) Loaded(ctx context.Context) (string, error) {
	org, err := a.store.Org(ctx)
	if err != nil {
		return "", err
	}
	n, err := a.store.Counts(ctx)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s: %d identities, %d entitlements on %d sources, %d roles, %d sessions with %d potential roles",
		org.TenantName, n.Identities, n.Entitlements, n.Sources, n.Roles, n.Sessions, n.PotentialRoles), nil
}

// Credentials are the id and secret of the client to try the server with: the
// first one that acts for an administrator.
func (a *App) Credentials(ctx context.Context) (id, secret string, err error) {
	clients, err := a.store.Clients(ctx)
	if err != nil {
		return "", "", err
	}
	if c := firstAdmin(clients); c != nil {
		return c.ID, c.Secret, nil
	}
	return "any", "any", nil
}
