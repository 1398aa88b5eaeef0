// Package tenant is one organisation that is served: its database, clock,
// identifiers, background work and settings. All of it hangs on a Tenant, so
// that several can live in a process and none of it is global.
package tenant

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
	"mockserver/internal/faults"
	"mockserver/internal/handlers"
	"mockserver/internal/idgen"
	"mockserver/internal/jobs"
	"mockserver/internal/journal"
	"mockserver/internal/journal/coverage"
	"mockserver/internal/metrics"
	"mockserver/internal/ratelimit"
	"mockserver/internal/rolemining"
	"mockserver/internal/store"
)

// Options are what New needs beside the settings.
type Options struct {
	Config config.Config
	Clock  clock.Clock
	Log    *slog.Logger
	// Name is what the tenant is called.
	Name string
	// Org is the name of its organisation in tokens and answers; "" leaves it
	// the one of the fixtures.
	Org string
	// From is where an empty database has its organisation from; nil is
	// NewSource of Config.Fixtures.
	From *Source
	// Metrics counts what the tenant does; nil is nobody.
	Metrics *metrics.Tenant
}

// Tenant is an organisation and everything that serves it.
type Tenant struct {
	// Handler serves the emulated API and the token endpoints.
	Handler http.Handler
	// Name is what the tenant is called.
	Name string
	// Clock is what the tenant dates by, Seed what decides its identifiers.
	Clock *clock.Controlled
	Seed  string
	// Dates are those of Clock, for answers.
	Dates *clock.Dates
	// Journal is the last requests, and Coverage what of the API's contract the
	// requests have used. Both are nil for a tenant that keeps no journal. A reset
	// of the tenant clears the journal, but not the coverage, which is of a whole
	// suite of tests.
	Journal  *journal.Journal
	Coverage *coverage.Counter
	// Faults are the rules by which calls go wrong.
	Faults *faults.Set

	org     string // of Options
	log     *slog.Logger
	machine clock.Clock
	ids     *idgen.Source
	from    *Source
	store   *store.Store
	service *rolemining.Service
	auth    *auth.Authority
	limiter *ratelimit.Limiter
	people  directory
	runner  *jobs.Runner
	tuning  tuning
	// switches are those of tuning that requests look at.
	switches handlers.Switches
	serving  atomic.Bool
	present  atomic.Pointer[rolemining.Org]
	patching sync.Mutex // held from reading fixtures to writing them

	snapshots snapshots
}

// New opens the database, loads the organisation where there is none yet, and
// wires what serves it. Errors are a *store.OpenError, a *seed.Error, or a
// fault.
func New(ctx context.Context, o Options) (*Tenant, error) {
	c := o.Config
	ids := idgen.New(c.Seed)
	if o.From == nil {
		o.From = NewSource(c.Fixtures, o.Log)
	}
	image, err := o.From.atHand(ctx)
	if err != nil {
		return nil, err
	}
	db, err := store.Open(ctx, store.Config{Path: c.DB, Content: image, IDs: ids, Log: o.Log, FullSync: c.DBFullSync})
	if err != nil {
		return nil, err
	}
	t := &Tenant{
		Clock: clock.NewControlled(o.Clock), Seed: c.Seed, Name: o.Name, org: o.Org, machine: o.Clock, ids: ids, from: o.From,
		store: db, people: directory{store: db}, log: o.Log,
	}
	t.Dates = clock.NewDates(t.Clock)
	t.Faults = faults.New(faults.Config{Seed: c.Seed, Operations: handlers.Operations(), Versions: handlers.Versions()})
	if err := t.wire(ctx, o, ids); err != nil {
		if errors.As(err, new(*rolemining.StorageError)) { // there is no room for the organisation, for one
			err = store.Unusable(c.DB, err)
		}
		_ = db.Close() // after that error nothing it says is news
		return nil, err
	}
	return t, nil
}

func (t *Tenant) wire(ctx context.Context, o Options, ids *idgen.Source) error {
	c := o.Config
	if err := populate(ctx, t.store, t.from, c, o.Log); err != nil {
		return err
	}
	authority, err := t.authority(ctx, o, ids)
	if err != nil {
		return err
	}
	t.auth = authority
	t.begin(c)
	use := rolemining.Config{Store: t.store, Clock: t.Clock, IDs: ids, Log: o.Log, Pace: t.tuning.now.pace()}
	if o.Metrics != nil {
		use.Observer = observer{o.Metrics}
	}
	t.service = rolemining.New(use)
	if err := t.service.Resume(ctx); err != nil {
		return err
	}
	t.runner = jobs.New(t.service, t.Clock, o.Log, runtime.GOMAXPROCS(0))

	r := chi.NewRouter()
	handlers.Mount(r, handlers.Config{
		Service: t.service, Auth: authority, Limiter: t.limiter, Clock: t.Clock, Log: o.Log,
		Machine: o.Clock, Faults: t.Faults, Switches: &t.switches,
	})
	front := handlers.Front(handlers.FrontConfig{
		IDs: ids, Clock: o.Clock, Dates: t.Dates, Log: o.Log, Origins: c.CORSOrigins, Journal: t.witness(c), Metrics: o.Metrics,
	}, r)
	t.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			// It belongs to the state that it came to, however long it takes.
			r = r.WithContext(t.store.Begin(r.Context()))
		}
		front.ServeHTTP(w, r)
	})
	return nil
}

func (t *Tenant) authority(ctx context.Context, o Options, ids *idgen.Source) (*auth.Authority, error) {
	home, err := t.settle(ctx, t.store)
	if err != nil {
		return nil, err
	}
	return auth.New(auth.Config{
		Mode: o.Config.Auth, Seed: o.Config.Seed, TTL: o.Config.TokenTTL, Home: home,
		Directory: &t.people, Clock: t.Clock, IDs: ids, Log: o.Log,
	})
}

// settle reads what is kept at hand of an organisation: its names and its clients.
func (t *Tenant) settle(ctx context.Context, db *store.Store) (auth.Home, error) {
	org, err := db.Org(ctx)
	if err != nil {
		return auth.Home{}, err
	}
	if t.org != "" {
		org.Name, org.TenantID = t.org, t.ids.UUID("tenant", 1)
	}
	t.present.Store(&org)
	return auth.Home{Org: org.Name, TenantID: org.TenantID, TenantName: org.TenantName, Pod: org.Pod}, t.people.read(ctx, db)
}

// Service is the use cases on the tenant's organisation.
func (t *Tenant) Service() *rolemining.Service { return t.service }

// Org names the organisation as tokens and answers do.
func (t *Tenant) Org() rolemining.Org { return *t.present.Load() }

// Start does the background work until the context ends; the channel is closed
// when the last piece of it has stopped. From the call on, the tenant is ready.
func (t *Tenant) Start(ctx context.Context) (stopped <-chan struct{}) {
	t.serving.Store(true)
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer t.serving.Store(false)
		var warming sync.WaitGroup
		warming.Go(func() { t.warm(ctx) })
		defer warming.Wait()
		t.runner.Run(ctx)
	}()
	return done
}

// warmFrom is how many identities an organisation has that is made ready for
// searching and mining ahead of the first request: with fewer of them nobody would
// notice, and an idle server keeps its memory.
const warmFrom = 5000

// warm does what the first requests would have to wait for. That it cannot be done
// is for them to find out.
func (t *Tenant) warm(ctx context.Context) {
	if n, err := t.store.Counts(ctx); err != nil || n.Identities < warmFrom {
		return
	}
	if err := errors.Join(t.service.Warm(ctx), t.store.Warm(ctx)); err != nil && ctx.Err() == nil {
		t.log.Warn("the organisation could not be prepared", "error", err)
	}
}

// Step takes one step of all background work that is due now, for a tenant
// that is not Run. It returns how many pieces there were.
func (t *Tenant) Step(ctx context.Context) (int, error) { return t.runner.RunOnce(ctx) }

// Close closes the database. Nothing of the Tenant may be used after it.
func (t *Tenant) Close() error {
	if t.Journal != nil {
		t.Journal.Close()
	}
	return t.store.Close()
}

// Ready says what keeps the tenant from answering, nil if nothing does. Schema,
// fixtures and keys stand since New; what can fail later is the database.
func (t *Tenant) Ready(ctx context.Context) error {
	if !t.serving.Load() {
		return errors.New("background work is not running")
	}
	if err := t.store.Ping(ctx); err != nil {
		return errors.New("the database does not answer")
	}
	return nil
}

// Counts is how much a tenant holds.
type Counts = store.Counts

// Counts says how much there is of everything.
func (t *Tenant) Counts(ctx context.Context) (Counts, error) { return t.store.Counts(ctx) }

// Loaded says in one line what the organisation holds.
func (t *Tenant) Loaded(ctx context.Context) (string, error) {
	n, err := t.store.Counts(ctx)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s: %s, %s on %s, %s, %s with %s", t.Org().TenantName,
		number(n.Identities, "identity", "identities"), number(n.Entitlements, "entitlement", "entitlements"), number(n.Sources, "source", "sources"),
		number(n.Roles, "role", "roles"), number(n.Sessions, "session", "sessions"), number(n.PotentialRoles, "potential role", "potential roles")), nil
}

// number is so many of something, in words.
func number(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}

// Credentials are the id and secret of the client to try the server with: the
// first one that acts for an administrator.
func (t *Tenant) Credentials(ctx context.Context) (id, secret string, err error) {
	clients, err := t.store.Clients(ctx)
	if err != nil {
		return "", "", err
	}
	id, secret = CredentialsOf(clients)
	return id, secret, nil
}

// CredentialsOf are the Credentials of an organisation with these clients.
func CredentialsOf(clients []rolemining.Client) (id, secret string) {
	if c := firstAdmin(clients); c != nil {
		return c.ID, c.Secret
	}
	return "any", "any"
}
