package control

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"mockserver/internal/api"
	"mockserver/internal/config"
	"mockserver/internal/tenant"
)

// Tenants keeps the tenants of a server. Its errors are *TenantError and
// *tenant.SettingError, several of which may be joined, or those of opening a tenant.
type Tenants interface {
	// List is all of them, the default one first, the others by name.
	List() []Tenancy
	// Find finds one by its name; it makes none.
	Find(name string) (Tenancy, error)
	// Create makes a tenant, or finds the one that is there if it has the
	// settings that are asked for. from is where a new one has its organisation
	// from; nil is where the server has it from.
	Create(ctx context.Context, name string, s tenant.Settings, from *tenant.Source) (found Tenancy, made bool, err error)
	// Delete removes a tenant and all it has. What calls it ends.
	Delete(ctx context.Context, name string) error
}

// Tenancy is a tenant among the others.
type Tenancy struct {
	Tenant  *tenant.Tenant
	Default bool
	// Settings are what it started with, all of them.
	Settings tenant.Settings
	// CreatedBy is "server", "request", "use" or "file".
	CreatedBy string
	CreatedAt time.Time // by the machine's clock
}

// TenantFault says what kind of error a TenantError is.
type TenantFault int

// The faults.
const (
	BadTenantName  TenantFault = iota + 1 // no name has this form
	NoTenant                              // there is none of the name
	TooManyTenants                        // there is no room for another one
	TenantDiffers                         // there is one, but with other settings
	TenantStays                           // it cannot be deleted
	NoAddress                             // the path names a tenant or the control plane in a wrong way
)

// TenantError says why there is not the tenant that was asked for.
type TenantError struct {
	Kind TenantFault
	// Text names the tenant and the rule.
	Text string
	// Field is the setting that differs.
	Field string
}

// Error implements error.
func (e *TenantError) Error() string { return e.Text }

// StatusOf is the HTTP status of an error of Tenants.
func StatusOf(err error) int {
	var fault *TenantError
	switch {
	case errors.As(err, new(*tenant.SettingError)):
		return http.StatusBadRequest
	case !errors.As(err, &fault):
		return http.StatusInternalServerError
	}
	switch fault.Kind {
	case BadTenantName:
		return http.StatusBadRequest
	case NoTenant, NoAddress:
		return http.StatusNotFound
	case TooManyTenants:
		return http.StatusInsufficientStorage
	default:
		return http.StatusConflict
	}
}

// Refuse answers a request that did not get as far as to a tenant.
func (p *Plane) Refuse(w http.ResponseWriter, r *http.Request, err error) {
	w.Header().Set("Cache-Control", "no-store")
	p.fail(w, r, tenantProblem(err))
}

// tenantProblem is an error of Tenants as it is told. Of joined ones all are.
func tenantProblem(err error) error {
	if all := tenantProblems(err); len(all) > 0 {
		return together(all)
	}
	return err
}

// tenantProblems are those of the errors that are joined in one, nil if there are
// others among them than are for the client to know.
func tenantProblems(err error) []*problem {
	var joined interface{ Unwrap() []error }
	if !errors.As(err, &joined) {
		if p := tenantFault(err); p != nil {
			return []*problem{p}
		}
		return nil
	}
	var all []*problem
	for _, part := range joined.Unwrap() {
		told := tenantProblems(part)
		if told == nil {
			return nil
		}
		all = append(all, told...)
	}
	return all
}

// tenantFault is one error of Tenants as it is told, nil for one that is not.
func tenantFault(err error) *problem {
	var fault *TenantError
	var setting *tenant.SettingError
	switch {
	case errors.As(err, &fault) && fault.Field != "":
		return &problem{status: StatusOf(err), Text: fault.Text, Pointer: "/" + fault.Field}
	case errors.As(err, &fault):
		return &problem{status: StatusOf(err), Text: fault.Text}
	case errors.As(err, &setting):
		return invalid("/"+setting.Field, "%v", setting.Err)
	}
	return nil
}

// tenancy is a tenant as it is listed.
type tenancy struct {
	Name      string          `json:"name"`
	Org       string          `json:"org"`
	Default   bool            `json:"default"`
	Settings  tenant.Settings `json:"settings"`
	CreatedBy string          `json:"createdBy"`
	CreatedAt api.Time        `json:"createdAt"`
	BaseURL   string          `json:"baseUrl"`
	Counts    holdings        `json:"counts"`
}

// holdings is how much a tenant holds.
type holdings struct {
	Identities     int `json:"identities"`
	Entitlements   int `json:"entitlements"`
	Sources        int `json:"sources"`
	Roles          int `json:"roles"`
	Sessions       int `json:"sessions"`
	PotentialRoles int `json:"potentialRoles"`
}

func (p *Plane) tenancy(c *call, t Tenancy) (tenancy, error) {
	n, err := t.Tenant.Counts(c.Context())
	return tenancy{
		Name: t.Tenant.Name, Org: t.Tenant.Org().Name, Default: t.Default, Settings: t.Settings,
		CreatedBy: t.CreatedBy, CreatedAt: api.Time(t.CreatedAt), BaseURL: p.apiURL(c.Request) + "/t/" + t.Tenant.Name, Counts: holdings(n),
	}, err
}

func (p *Plane) listTenants(c *call) (any, error) {
	list := []tenancy{}
	for _, t := range p.Tenants.List() {
		one, err := p.tenancy(c, t)
		if err != nil {
			continue // it was deleted meanwhile
		}
		list = append(list, one)
	}
	return list, nil
}

func (p *Plane) getTenant(c *call) (any, error) {
	t, err := p.Tenants.Find(c.param("name"))
	if err != nil {
		return nil, tenantProblem(err)
	}
	return p.tenancy(c, t)
}

// tenantOrder is what a tenant is to be like.
type tenantOrder struct {
	tenant.Settings
	Fixtures json.RawMessage `json:"fixtures"` // a document, or null
}

func (p *Plane) putTenant(c *call) (any, error) {
	order, organisation, err := p.readTenant(c)
	if err != nil {
		return nil, err
	}
	t, made, err := p.Tenants.Create(c.Context(), c.param("name"), order.Settings, organisation.from)
	if err != nil {
		return nil, tenantProblem(err)
	}
	if err := organisation.settle(c, t.Tenant, made); err != nil {
		return nil, err
	}
	shown, err := p.tenancy(c, t)
	if made && err == nil {
		return with{http.StatusCreated, shown}, nil
	}
	return shown, err
}

// readTenant reads what a tenant is to be like, and tells all that is wrong with it.
func (p *Plane) readTenant(c *call) (order tenantOrder, o organisation, err error) {
	raw, err := readBody(c)
	if err != nil || len(raw) == 0 {
		return order, o, err
	}
	problems, err := decodeSound(raw, &order)
	if err != nil {
		return order, o, err
	}
	_, err = order.Apply(config.Config{})
	problems = append(problems, tenantProblems(err)...)
	o, err = p.organisation(c, order.Fixtures)
	var broken *problem
	switch {
	case errors.As(err, &broken):
		first := *broken
		first.Also = nil
		problems = append(append(problems, &first), broken.Also...)
	case err != nil:
		return order, o, err
	}
	if len(problems) > 0 {
		return order, o, together(problems)
	}
	return order, o, nil
}

func (p *Plane) deleteTenant(c *call) (any, error) {
	if err := p.Tenants.Delete(c.Context(), c.param("name")); err != nil {
		return nil, tenantProblem(err)
	}
	return nil, nil
}
