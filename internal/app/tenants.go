package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"sync"
	"sync/atomic"
	"time"

	"mockserver/internal/config"
	"mockserver/internal/control"
	"mockserver/internal/store"
	"mockserver/internal/tenant"
)

// defaultName is what the default tenant is called, beside the name of its
// organisation.
const defaultName = "default"

// nameForm is the form of a name: a label of a host name.
var nameForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

func checkName(name string) error {
	if nameForm.MatchString(name) {
		return nil
	}
	return &control.TenantError{Kind: control.BadTenantName, Text: fmt.Sprintf(
		"%q is no name of a tenant: a name has 1 to 63 of the letters a to z, digits and hyphens, with no hyphen at either end", name)}
}

// tenants keeps the tenants of a server. It is safe for concurrent use.
type tenants struct {
	Options
	from  *tenant.Source
	files files
	first *tenant.Tenant // the default one
	since time.Time      // when that was opened
	// others is how many there are beside the default one, for those who want
	// to know without a lock.
	others atomic.Int32
	orgs   orgs

	mu      sync.Mutex
	byName  map[string]*guest
	running context.Context // nil while the server is not Run
	closed  bool
}

// guest is a tenant beside the default one, or what is to become one.
type guest struct {
	name      string
	config    config.Config
	from      *tenant.Source
	createdBy string // "request", "use" or "file"
	createdAt time.Time

	ready  chan struct{} // closed when tenant or err is there
	tenant *tenant.Tenant
	err    error

	stay context.Context // of the requests to it
	end  context.CancelCauseFunc
	gone chan struct{} // closed when it is deleted

	// Guarded by tenants.mu.
	opened  bool
	leaving bool
	visits  int
	empty   chan struct{} // closed when the last visit has ended, while leaving
	stop    func()        // ends its background work; nil where there is none
}

// openTenants opens the default tenant and those that there are files of.
func openTenants(ctx context.Context, o Options) (*tenants, error) {
	ts := &tenants{Options: o, from: tenant.NewSource(o.Config.Fixtures, o.Log), files: filesOf(o.Config), since: o.Clock.Now(), byName: map[string]*guest{}}
	var err error
	ts.first, err = tenant.New(ctx, tenant.Options{Config: o.Config, Clock: o.Clock, Log: o.Log, Name: defaultName, From: ts.from, Metrics: o.Metrics.Tenant(defaultName)})
	if err != nil {
		return nil, err
	}
	kept, err := ts.files.list()
	for _, k := range kept {
		if err == nil {
			_, _, err = ts.make(ctx, k.name, k.settings, nil, "file")
		}
		if wrong := (*tenant.SettingError)(nil); errors.As(err, &wrong) {
			err = store.Unusable(ts.files.path(k.name, settingsFile), err)
		}
	}
	if err != nil {
		return nil, errors.Join(err, ts.close())
	}
	return ts, nil
}

// isDefault says whether a name is the default tenant's: its own or, where no
// tenant is called so, that of its organisation.
func (ts *tenants) isDefault(name string) bool {
	if name == defaultName {
		return true
	}
	if name != ts.first.Org().Name {
		return false
	}
	ts.mu.Lock()
	defer ts.mu.Unlock()
	return ts.byName[name] == nil
}

// visit finds a tenant by its name, and makes it if it is not there. It stays open
// until the visit ends, with leave.
func (ts *tenants) visit(ctx context.Context, name string) (*guest, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	for {
		g, _, err := ts.make(ctx, name, tenant.Settings{}, nil, "use")
		if err != nil {
			return nil, err
		}
		if ts.enter(g) {
			return g, nil
		}
	}
}

// enter counts a visit; false says that the tenant is being deleted.
func (ts *tenants) enter(g *guest) bool {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if g.leaving {
		return false
	}
	g.visits++
	return true
}

func (ts *tenants) leave(g *guest) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if g.visits--; g.leaving && g.visits == 0 {
		close(g.empty)
	}
}

// make returns the tenant of a name, which it opens if it is not there, with its
// organisation from a source, nil for the server's; made says whether it did. Of
// those who come meanwhile all get the same.
func (ts *tenants) make(ctx context.Context, name string, settings tenant.Settings, from *tenant.Source, by string) (g *guest, made bool, err error) {
	c, err := ts.configOf(name, settings)
	if err != nil {
		return nil, false, err
	}
	for {
		g, made, err = ts.place(name, c, from, by)
		if err != nil {
			return nil, false, err
		}
		if made { // whoever asked may hang up, but others wait for it
			ts.open(context.WithoutCancel(ctx), g, settings)
		}
		select {
		case <-g.ready:
		case <-ctx.Done():
			return nil, false, ctx.Err()
		}
		ts.mu.Lock()
		leaving := g.leaving
		ts.mu.Unlock()
		if g.err != nil || !leaving {
			return g, made, g.err
		}
		select { // and then there is room for a new one
		case <-g.gone:
		case <-ctx.Done():
			return nil, false, ctx.Err()
		}
	}
}

// place finds the guest of a name or makes room for it, which its maker is to
// open.
func (ts *tenants) place(name string, c config.Config, from *tenant.Source, by string) (*guest, bool, error) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if g := ts.byName[name]; g != nil {
		return g, false, nil
	}
	if ts.closed {
		return nil, false, errors.New("the server is stopping")
	}
	if by != "file" && len(ts.byName) >= ts.Config.MaxTenants {
		return nil, false, &control.TenantError{Kind: control.TooManyTenants, Text: fmt.Sprintf(
			"there is no room for the tenant %q: there are %d, as many as --max-tenants allows; delete one with DELETE /_mock/tenants/NAME", name, len(ts.byName))}
	}
	if from == nil {
		from = ts.from
	}
	g := &guest{
		name: name, config: c, from: from, createdBy: by, createdAt: ts.Clock.Now(),
		ready: make(chan struct{}), gone: make(chan struct{}), empty: make(chan struct{}),
	}
	g.stay, g.end = context.WithCancelCause(context.Background())
	ts.byName[name] = g
	ts.others.Add(1)
	return g, true, nil
}

// open makes a guest's tenant. One that cannot be opened is forgotten.
func (ts *tenants) open(ctx context.Context, g *guest, settings tenant.Settings) {
	defer close(g.ready)
	g.tenant, g.err = ts.newTenant(ctx, g, settings)
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if g.err != nil {
		ts.forget(g)
		return
	}
	g.opened = true
	if ts.running != nil {
		ts.start(g)
	}
}

func (ts *tenants) newTenant(ctx context.Context, g *guest, settings tenant.Settings) (*tenant.Tenant, error) {
	commit, undo, err := ts.files.keep(g.name, settings)
	if err != nil {
		return nil, err
	}
	t, err := tenant.New(ctx, tenant.Options{
		Config: g.config, Clock: ts.Clock, Log: ts.Log.With(slog.String("tenant", g.name)), Name: g.name, Org: g.name, From: g.from,
		Metrics: ts.Metrics.Tenant(g.name),
	})
	if err != nil {
		ts.Metrics.Forget(g.name)
		return nil, errors.Join(err, undo())
	}
	if err := commit(); err != nil {
		ts.Metrics.Forget(g.name)
		return nil, errors.Join(err, t.Close(), undo())
	}
	return t, nil
}

// configOf is the configuration of a tenant. Its seed is its own unless it was
// told another one, and stays the same as long as the server's does.
func (ts *tenants) configOf(name string, settings tenant.Settings) (config.Config, error) {
	c := ts.Config
	c.Seed += "/" + name
	c.DB = ts.files.database(name)
	return settings.Apply(c)
}

// forget frees a name. ts.mu is held.
func (ts *tenants) forget(g *guest) {
	delete(ts.byName, g.name)
	ts.others.Add(-1)
	close(g.gone)
}
