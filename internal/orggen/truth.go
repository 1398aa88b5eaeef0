package orggen

import (
	"errors"
	"io"
	"slices"
	"strings"

	"mockserver/internal/seed"
	"mockserver/internal/truth"
)

// facts writes truth.json while the identities are made. Without an out it
// writes nothing.
type facts struct {
	plan *plan
	out  *truth.Writer
	file io.Closer
}

// openTruth writes the planted roles, if the truth is wanted.
func (p *plan) openTruth(create func(name string) (io.WriteCloser, error)) (facts, error) {
	if !p.opts.Truth {
		return facts{}, nil
	}
	file, err := create(seed.TruthFile)
	if err != nil {
		return facts{}, err
	}
	f := facts{plan: p, out: truth.NewWriter(file), file: file}
	for i := range p.planted {
		f.out.Role(p.plantedRole(i))
	}
	return f, nil
}

// person notes the role that was planted in an identity.
func (f facts) person(id string, role int) {
	if f.out != nil && role != none {
		f.out.Identity(id, f.plan.planted[role].id())
	}
}

func (f facts) close() error {
	if f.out == nil {
		return nil
	}
	return errors.Join(f.out.Close(), f.file.Close())
}

// id is such as "claims-adjusting" or, in the second division,
// "claims-adjusting-2".
func (r role) id() string {
	if r.division > 1 {
		return r.slug + "-" + itoa(r.division)
	}
	return r.slug
}

// plantedRole is a planted role as truth.json has it.
func (p *plan) plantedRole(at int) truth.Role {
	r := p.planted[at]
	out := truth.Role{ID: r.id(), Name: r.name}
	if r.division > 1 {
		out.Name += ", " + strings.ToLower(p.part) + " " + itoa(r.division)
	}
	for _, e := range r.access {
		out.EntitlementIDs = append(out.EntitlementIDs, p.access[e].ID)
	}
	slices.Sort(out.EntitlementIDs)
	return out
}
