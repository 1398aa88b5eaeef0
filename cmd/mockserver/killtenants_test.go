package main

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"testing"
)

// smallOrganisation is a document of fixtures in which mining finds something. It
// is told apart by the name of its source.
func smallOrganisation(name string) string {
	people := ""
	for i := range 12 {
		people += fmt.Sprintf(`,{"id":"i%d","name":"p%d","displayName":"P %d","entitlements":["e%d","f%d"]}`, i, i, i, i%2, i%2)
	}
	return fmt.Sprintf(`{"org":{"name":"small","tenantId":"6f1c1a52-8f0e-5b7e-9d55-0b7c2c1c6b11","tenantName":"Small","pod":"local"},
		"sources":[{"id":"s","name":%q}],
		"entitlements":[{"id":"e0","name":"E0","attribute":"a","value":"e0","source":"s"},{"id":"e1","name":"E1","attribute":"a","value":"e1","source":"s"},
			{"id":"f0","name":"F0","attribute":"a","value":"f0","source":"s"},{"id":"f1","name":"F1","attribute":"a","value":"f1","source":"s"}],
		"identities":[%s],"clients":[{"clientId":"c","clientSecret":"x","name":"C","identityId":"i0","authorities":["ORG_ADMIN"],"scopes":["sp:scopes:all"],"grants":["client_credentials"]}]}`, name, people[1:])
}

const smallSession = `{"minNumIdentitiesInPotentialRole":2}`

// tenancy is what the control plane says of a tenant: whether it is there and, if
// so, which of the small organisations it has. "" is no tenant.
func (a api) tenancy(name string) (string, error) {
	status, answer, err := request(http.MethodGet, a.url+"/_mock/tenants/"+name, "", "")
	if err != nil || status == http.StatusNotFound {
		return "", err
	}
	if status != http.StatusOK {
		return "", fmt.Errorf("tenant %s: %d %s", name, status, answer)
	}
	var document struct {
		Sources    []struct{ Name string }
		Identities []struct{}
	}
	if err := a.send(http.StatusOK, http.MethodGet, "/t/"+name+"/_mock/fixtures", "", &document); err != nil {
		return "", err
	}
	if len(document.Sources) != 1 || len(document.Identities) != 12 {
		return "", fmt.Errorf("tenant %s has an organisation that nobody gave it: %d sources, %d identities", name, len(document.Sources), len(document.Identities))
	}
	return document.Sources[0].Name, nil
}

// organised is the organisation of a tenant, and the one that a reset returns to.
type organised struct{ now, base string }

// organiser is a client that changes the organisation of a tenant, in all the ways
// that there are, while sessions are mined in it.
type organiser struct {
	api
	random *rand.Rand
	count  int
	state  value[organised]
	saved  *organised // in the snapshot "s", which ends with the server
}

const organisedTenant = "organised"

func (o *organiser) reach(url string) {
	o.api.reach(url)
	o.saved = nil
}

func (o *organiser) write() error {
	o.count++
	name, now := fmt.Sprintf("organisation %d", o.count), o.state.is
	if now == (organised{}) {
		return o.state.set(organised{name, name}, func() error {
			return api{url: o.url}.send(http.StatusCreated, http.MethodPut, "/_mock/tenants/"+organisedTenant, `{"fixtures":`+smallOrganisation(name)+`}`, nil)
		})
	}
	patch := fmt.Sprintf(`{"sources":[{"id":"s","name":%q}]}`, name)
	switch o.random.IntN(8) {
	case 0:
		return o.to(organised{name, name}, http.MethodPut, "/_mock/fixtures", smallOrganisation(name))
	case 1:
		return o.to(organised{name, now.base}, http.MethodPatch, "/_mock/fixtures", patch)
	case 2:
		return o.to(organised{name, name}, http.MethodPatch, "/_mock/fixtures?baseline=true", patch)
	case 3:
		return o.reset()
	case 4:
		status, answer, err := request(http.MethodPost, o.url+o.prefix+"/_mock/snapshots/s?replace=true", "", "")
		if err == nil && status != http.StatusOK && status != http.StatusCreated {
			err = fmt.Errorf("snapshot: %d %s", status, answer)
		}
		if err == nil {
			o.saved = &now
		}
		return err
	case 5:
		if o.saved == nil {
			return nil
		}
		return o.to(*o.saved, http.MethodPost, "/_mock/snapshots/s/restore", "")
	default:
		return o.do(http.StatusCreated, http.MethodPost, "/role-mining-sessions", smallSession, nil)
	}
}

// to sends what brings the organisation to a state.
func (o *organiser) to(next organised, method, path, body string) error {
	return o.state.set(next, func() error { return o.send(http.StatusOK, method, path, body, nil) })
}

func (o *organiser) reset() error {
	return o.to(organised{o.state.is.base, o.state.is.base}, http.MethodPost, "/_mock/reset", "")
}

// check compares the organisation. What a reset returns to is seen by a reset
// only, at the end and now and then before. An organisation is never in two
// states with the same name, so its name tells which one it is in.
func (o *organiser) check(t *testing.T, end bool) {
	t.Helper()
	if err := o.compare(); err != nil {
		t.Errorf("organisation: %v", err)
		return
	}
	if o.state.is == (organised{}) || !end && o.random.IntN(3) > 0 {
		return
	}
	if err := errors.Join(o.reset(), o.compare()); err != nil {
		t.Errorf("organisation after a reset: %v", err)
	}
}

func (o *organiser) compare() error {
	name, err := api{url: o.url}.tenancy(organisedTenant)
	if err != nil {
		return err
	}
	got := organised{now: name}
	for _, known := range []organised{o.state.is, o.state.may} {
		if known.now == name && (known == o.state.is || o.state.doubt) {
			got = known
			break
		}
	}
	return o.state.read(got)
}

// founder is a client that makes tenants with organisations of their own, and
// deletes them.
type founder struct {
	api
	random  *rand.Rand
	count   int
	tenants map[string]*value[string] // their organisations, "" where there is no tenant
}

func (f *founder) write() error {
	f.count++
	name := fmt.Sprintf("founded-%d", f.random.IntN(3))
	if f.tenants[name] == nil {
		f.tenants[name] = &value[string]{}
	}
	tenant, path := f.tenants[name], "/_mock/tenants/"+name
	switch {
	case tenant.is == "":
		organisation := fmt.Sprintf("organisation %d", f.count)
		return tenant.set(organisation, func() error {
			return f.send(http.StatusCreated, http.MethodPut, path, `{"fixtures":`+smallOrganisation(organisation)+`}`, nil)
		})
	case f.random.IntN(2) == 0:
		return tenant.set("", func() error { return f.send(http.StatusNoContent, http.MethodDelete, path, "", nil) })
	default:
		return f.send(http.StatusCreated, http.MethodPost, "/t/"+name+"/v2026/role-mining-sessions", smallSession, nil)
	}
}

func (f *founder) check(t *testing.T, _ bool) {
	t.Helper()
	for name, tenant := range f.tenants {
		got, err := f.tenancy(name)
		if err = cmp.Or(err, tenant.read(got)); err != nil {
			t.Errorf("tenant %s: %v", name, err)
		}
	}
}
