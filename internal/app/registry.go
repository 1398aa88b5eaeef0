package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"mockserver/internal/auth"
	"mockserver/internal/control"
	"mockserver/internal/tenant"
)

// registry shows the tenants to the control plane.
type registry struct{ all *tenants }

// List implements control.Tenants.
func (r registry) List() []control.Tenancy {
	r.all.mu.Lock()
	present := r.all.present()
	r.all.mu.Unlock()
	list := []control.Tenancy{r.host()}
	for _, g := range present {
		list = append(list, r.guest(g))
	}
	return list
}

// Find implements control.Tenants.
func (r registry) Find(name string) (control.Tenancy, error) {
	if r.all.isDefault(name) {
		return r.host(), nil
	}
	r.all.mu.Lock()
	defer r.all.mu.Unlock()
	if g := r.all.byName[name]; g != nil && g.opened && !g.leaving {
		return r.guest(g), nil
	}
	return control.Tenancy{}, noTenant(name)
}

// Create implements control.Tenants.
func (r registry) Create(ctx context.Context, name string, settings tenant.Settings, from *tenant.Source) (control.Tenancy, bool, error) {
	if err := checkName(name); err != nil {
		return control.Tenancy{}, false, err
	}
	if r.all.isDefault(name) {
		asked, err := settings.Apply(r.all.Config)
		if err != nil {
			return control.Tenancy{}, false, err
		}
		host := r.host()
		return host, false, differs(name, host, settings.Differences(asked, r.all.Config, host.Tenant.InForce()))
	}
	asked, err := r.all.configOf(name, settings)
	if err != nil {
		return control.Tenancy{}, false, err
	}
	g, made, err := r.all.make(ctx, name, settings, from, "request")
	if err != nil {
		return control.Tenancy{}, false, err
	}
	return r.guest(g), made, differs(name, r.guest(g), settings.Differences(asked, g.config, g.tenant.InForce()))
}

// Delete implements control.Tenants.
func (r registry) Delete(ctx context.Context, name string) error {
	if r.all.isDefault(name) {
		return &control.TenantError{Kind: control.TenantStays, Text: fmt.Sprintf("%q is the default tenant, which cannot be deleted; reset it with POST /_mock/reset", name)}
	}
	return r.all.remove(ctx, name)
}

// host is the default tenant.
func (r registry) host() control.Tenancy {
	return control.Tenancy{
		Tenant: r.all.first, Default: true, Settings: tenant.SettingsOf(r.all.Config), CreatedBy: "server", CreatedAt: r.all.since,
	}
}

func (r registry) guest(g *guest) control.Tenancy {
	return control.Tenancy{Tenant: g.tenant, Settings: tenant.SettingsOf(g.config), CreatedBy: g.createdBy, CreatedAt: g.createdAt}
}

func noTenant(name string) error {
	return &control.TenantError{Kind: control.NoTenant, Text: fmt.Sprintf("there is no tenant %q", name)}
}

// differs refuses settings that a tenant which is there was not made with, each with
// what to do about it.
func differs(name string, there control.Tenancy, all []tenant.Differing) error {
	var errs []error
	for _, d := range all {
		present := ""
		if d.Present != d.Made {
			present = fmt.Sprintf("; at present it is %q", d.Present)
		}
		advice := fmt.Sprintf("PUT /t/%s/_mock/settings changes what is in force", name)
		switch {
		case d.Field != "seed":
		case there.Default:
			advice = "it is the server's: start that with another --seed"
		default:
			advice = fmt.Sprintf("it stays as long as the tenant does: take another name, or delete the tenant with DELETE /_mock/tenants/%s first", name)
		}
		errs = append(errs, &control.TenantError{Kind: control.TenantDiffers, Field: d.Field, Text: fmt.Sprintf(
			"the tenant %q is there already and was made with the %s %q, not %q%s; leave %s out here; %s", name, d.Field, d.Made, d.Asked, present, d.Field, advice)})
	}
	return errors.Join(errs...)
}

// maxOrgs bounds how many tokens are remembered.
const maxOrgs = 1024

// orgs remembers whose organisation tokens are of.
type orgs struct {
	mu  sync.RWMutex
	all map[string]string // by token
}

// of is the organisation that a token names, "" for none.
func (o *orgs) of(token string) string {
	o.mu.RLock()
	org, ok := o.all[token]
	o.mu.RUnlock()
	if ok {
		return org
	}
	if org = auth.OrgOf(token); org == "" { // soon told again, and it may be as long as a header can be
		return ""
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.all == nil || len(o.all) >= maxOrgs {
		o.all = map[string]string{}
	}
	o.all[token] = org
	return org
}

// ofToken is the tenant whose organisation a request's token names, "" if there
// is none. Without other tenants it costs nothing.
func (ts *tenants) ofToken(r *http.Request) string {
	if ts.others.Load() == 0 {
		return ""
	}
	token := auth.Bearer(r)
	if token == "" {
		return ""
	}
	org := ts.orgs.of(token)
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if g := ts.byName[org]; g == nil || g.leaving {
		return ""
	}
	return org
}
