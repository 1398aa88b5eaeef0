package control

import (
	"errors"
	"fmt"
	"net/http"

	"mockserver/internal/rolemining"
	"mockserver/internal/seed"
)

// fixtureCounts is how many records an organisation has.
type fixtureCounts struct {
	Sources      int `json:"sources"`
	Entitlements int `json:"entitlements"`
	Identities   int `json:"identities"`
	Roles        int `json:"roles"`
	Clients      int `json:"clients"`
	Sessions     int `json:"sessions"`
}

// fixtureState is what the fixtures of a tenant hold.
type fixtureState struct {
	Counts  fixtureCounts `json:"counts"`
	Changes seed.Changes  `json:"changes,omitempty"`
}

func stateOf(ds rolemining.Dataset, changes seed.Changes) fixtureState {
	return fixtureState{
		fixtureCounts{len(ds.Sources), len(ds.Entitlements), ds.Identities.Len(), len(ds.Roles), len(ds.Clients), len(ds.Sessions)}, changes,
	}
}

// getFixtures streams the document: a large organisation has a hundred megabytes.
func (p *Plane) getFixtures(c *call) (any, error) {
	ds, err := c.tenant.Fixtures(c.Context())
	if err != nil {
		return nil, err
	}
	return stream(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentJSON)
		w.WriteHeader(http.StatusOK)
		_ = seed.WriteDocument(w, ds) // an error here means that nobody listens any more
	}), nil
}

func (p *Plane) putFixtures(c *call) (any, error) {
	raw, err := readBody(c)
	if err != nil {
		return nil, err
	}
	ds, err := seed.LoadDocument(raw)
	if err != nil {
		return nil, brokenFixtures(err, "")
	}
	if err := c.tenant.PutFixtures(c.Context(), ds); err != nil {
		return nil, brokenFixtures(err, "")
	}
	return stateOf(ds, nil), nil
}

func (p *Plane) patchFixtures(c *call) (any, error) {
	baseline, err := flagOf(c, "baseline")
	if err != nil {
		return nil, err
	}
	raw, err := readBody(c)
	if err != nil {
		return nil, err
	}
	patch, err := seed.ParsePatch(raw)
	if err != nil {
		return nil, brokenFixtures(err, "")
	}
	ds, changes, err := c.tenant.PatchFixtures(c.Context(), patch, baseline != nil && *baseline)
	if err != nil {
		return nil, brokenFixtures(err, "")
	}
	return stateOf(ds, changes), nil
}

// brokenFixtures tells everything that is wrong with a document, or with a patch,
// that is at a pointer of the body; nil is for nothing.
func brokenFixtures(err error, at string) error {
	var broken *seed.Error
	if !errors.As(seed.InDocument(err), &broken) {
		return err
	}
	var all []*problem
	for _, one := range broken.Problems {
		text := one.Rule
		if one.Line > 0 {
			text = fmt.Sprintf("line %d, column %d: %s", one.Line, one.Column, one.Rule)
		}
		told := invalid(at+one.Pointer, "%s", text)
		told.Allowed = one.Allowed
		all = append(all, told)
	}
	if more := broken.Count - len(broken.Problems); more > 0 {
		all = append(all, invalid(at, "and %d more problems", more))
	}
	return together(all)
}
