package control

import (
	"fmt"
	"slices"

	"mockserver/internal/tenant"
)

// statePart is what every reset replaces, beside the parts of a tenant.
const statePart = "state"

// resetOrder chooses what a reset leaves as it is.
type resetOrder struct {
	Keep []string `json:"keep"`
}

// resetResult is what a reset did.
type resetResult struct {
	Reset []string `json:"reset"`
	Kept  []string `json:"kept"`
}

// parts are the names in an order, checked.
func (o resetOrder) parts() ([]tenant.Part, error) {
	var keep []tenant.Part
	for i, name := range o.Keep {
		part := tenant.Part(name)
		if !slices.Contains(tenant.Parts(), part) {
			p := invalid(fmt.Sprintf("/keep/%d", i), "a reset cannot keep %q", name)
			for _, known := range tenant.Parts() {
				p.Allowed = append(p.Allowed, string(known))
			}
			return nil, p
		}
		keep = append(keep, part)
	}
	return keep, nil
}

func (p *Plane) reset(c *call) (any, error) {
	var order resetOrder
	if err := decodeOptional(c, &order); err != nil {
		return nil, err
	}
	keep, err := order.parts()
	if err != nil {
		return nil, err
	}
	if err := c.tenant.Reset(c.Context(), keep...); err != nil {
		return nil, err
	}
	result := resetResult{Reset: []string{statePart}, Kept: []string{}}
	for _, part := range tenant.Parts() {
		if slices.Contains(keep, part) {
			result.Kept = append(result.Kept, string(part))
		} else {
			result.Reset = append(result.Reset, string(part))
		}
	}
	return result, nil
}
