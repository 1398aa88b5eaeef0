package control

import (
	"encoding/json"

	"mockserver/internal/rolemining"
	"mockserver/internal/seed"
	"mockserver/internal/tenant"
)

// organisation is the one that a tenant is to have.
type organisation struct {
	data *rolemining.Dataset // nil: that of the server
	from *tenant.Source      // nil also if the tenant is there already
}

// fixturesMember is where the order of a tenant has its fixtures.
const fixturesMember = "/fixtures"

// organisation reads the fixtures in the order of a tenant, and mines their
// sessions for one that is not there yet.
func (p *Plane) organisation(c *call, document json.RawMessage) (organisation, error) {
	if len(document) == 0 || string(document) == "null" {
		return organisation{}, nil
	}
	data, err := seed.LoadDocument(document)
	if err != nil {
		return organisation{}, brokenFixtures(err, fixturesMember)
	}
	wanted := organisation{data: &data}
	if _, err := p.Tenants.Find(c.param("name")); err == nil {
		return wanted, nil
	}
	wanted.from, err = tenant.NewSourceOf(c.Context(), data, p.Log)
	return wanted, brokenFixtures(err, fixturesMember)
}

// settle sees to it that the tenant has the organisation: one that was there
// before must have it already.
func (o organisation) settle(c *call, t *tenant.Tenant, made bool) error {
	switch {
	case o.data == nil, made && o.from != nil:
		return nil
	case made: // it was there a moment ago, and deleted meanwhile
		return brokenFixtures(t.PutFixtures(c.Context(), *o.data), fixturesMember)
	}
	same, err := t.HasFixtures(c.Context(), *o.data)
	if err == nil && !same {
		no := conflict("the tenant %q is there already and has another organisation; put it with PUT /t/%s/_mock/fixtures, or delete the tenant first", t.Name, t.Name)
		no.Pointer = fixturesMember
		return no
	}
	return err
}
