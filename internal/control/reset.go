package control

import (
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

func (p *Plane) reset(c *call) (any, error) {
	var order resetOrder
	if err := decodeOptional(c, &order); err != nil {
		return nil, err
	}
	keep, err := partsOf(order.Keep, "a reset")
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
