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
	f := facts{out: truth.NewWriter(file), file: file}
	for i := range p.groups {
		if g := &p.groups[i]; g.plants() {
			f.out.Role(p.plantedRole(g))
		}
	}
	return f, nil
}

// person notes the role that an identity of a group was given.
func (f facts) person(id string, g *cohort) {
	if f.out != nil && g.plants() {
		f.out.Identity(id, g.roleID())
	}
}

func (f facts) close() error {
	if f.out == nil {
		return nil
	}
	return errors.Join(f.out.Close(), f.file.Close())
}

// plants says that the people of a group have a role in common.
func (g *cohort) plants() bool { return g.kind != loose }

// roleID is the id of the group's planted role, such as "claims-adjusting" or,
// of the second division, "claims-adjusting-2".
func (g *cohort) roleID() string {
	id := strings.ToLower(strings.Join(strings.FieldsFunc(g.name, func(r rune) bool { return r == ' ' || r == '&' }), "-"))
	if g.division > 1 {
		id += "-" + itoa(g.division)
	}
	return id
}

// plantedRole is what the people of a group have in common: what the family
// owns and what its department owns.
func (p *plan) plantedRole(g *cohort) truth.Role {
	r := truth.Role{ID: g.roleID(), Name: g.name}
	if g.division > 1 {
		r.Name += ", division " + itoa(g.division)
	}
	for _, e := range slices.Concat(g.shared, g.core) {
		if id := p.access[e].ID; !slices.Contains(r.EntitlementIDs, id) {
			r.EntitlementIDs = append(r.EntitlementIDs, id)
		}
	}
	slices.Sort(r.EntitlementIDs)
	return r
}
