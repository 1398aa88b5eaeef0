package orggen

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"mockserver/internal/rolemining"
	"mockserver/internal/seed"
)

// The bounds of Options.
const (
	MinIdentities = 20
	MaxIdentities = 1_000_000
	MaxNoise      = 60
	// MinExamples is the size from which on there are enough people for the
	// sessions of Options.Examples.
	MinExamples = 1000
)

// Options say what organisation to make.
type Options struct {
	Identities int    // MinIdentities to MaxIdentities, service accounts included
	Seed       uint64 // another seed, another organisation
	// Noise, 0 to MaxNoise, is about the percentage of a job's access that a
	// holder of the job lacks; access that no job explains grows with it.
	Noise int
	// Examples adds the finished sessions that the examples in the API's
	// documents name. It needs MinExamples identities.
	Examples bool
	// Lines writes the identities as NDJSON.
	Lines bool
}

// DefaultOptions are those of the default organisation (package fixtures).
func DefaultOptions() Options {
	return Options{Identities: 1200, Seed: 1, Noise: 5, Examples: true}
}

// check refuses options out of bounds.
func (o Options) check() error {
	switch {
	case o.Identities < MinIdentities || o.Identities > MaxIdentities:
		return fmt.Errorf("the number of identities must be from %d to %d, not %d", MinIdentities, MaxIdentities, o.Identities)
	case o.Noise < 0 || o.Noise > MaxNoise:
		return fmt.Errorf("the noise must be from 0 to %d, not %d", MaxNoise, o.Noise)
	case o.Examples && o.Identities < MinExamples:
		return fmt.Errorf("the example sessions need at least %d identities, not %d", MinExamples, o.Identities)
	}
	return nil
}

// Generate writes the fixtures of an organisation to the files that create
// makes. It holds one identity at a time.
func Generate(opts Options, create func(name string) (io.WriteCloser, error)) error {
	if err := opts.check(); err != nil {
		return err
	}
	p := newPlan(opts)
	w := seed.NewWriter(create, opts.Lines)
	w.Org(rolemining.Org{Name: "acme", TenantID: p.ids.UUID("tenant", 0), TenantName: "Acme Mutual", Pod: "local"})
	p.writeAccess(w)
	m := newMaker(p)
	for n := range p.people {
		w.Identity(m.person(n))
	}
	for n := range p.services {
		w.Identity(m.service(n))
	}
	for _, r := range p.existingRoles() {
		w.Role(r)
	}
	for _, c := range p.clients() {
		w.Client(c)
	}
	if opts.Examples {
		for _, s := range p.sessions() {
			w.Session(s)
		}
	}
	return w.Close()
}

// writeAccess writes sources, and entitlements source by source.
func (p *plan) writeAccess(w *seed.Writer) {
	for i, s := range p.sources {
		out := rolemining.Source{ID: p.sourceIDs[i], Name: s.name, Description: s.description}
		if s.activity != "" {
			out.ActivityState = &s.activity
		}
		w.Source(out, s.key)
	}
	for i := range p.sources {
		for _, e := range p.access {
			if e.source == i {
				w.Entitlement(e.Entitlement, e.key)
			}
		}
	}
}

// Directory creates files in the directory of a path, for Generate. The
// directory is made if it is not there; files of the same names are replaced.
func Directory(path string) func(name string) (io.WriteCloser, error) {
	return func(name string) (io.WriteCloser, error) {
		if err := os.MkdirAll(path, 0o755); err != nil {
			return nil, err
		}
		return os.Create(filepath.Join(path, name))
	}
}
