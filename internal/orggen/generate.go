package orggen

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

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
	// Profile names the kind of organisation, one of Profiles; "" is the first.
	Profile string
	// Truth writes truth.json too: which planted role each identity was given
	// (package truth). Absent are service accounts, those whose work gives them
	// no access in common, and those who have left or not come yet.
	Truth bool
	// Progress, if not nil, is told about a hundred times how many of the
	// identities are made, at last that all are.
	Progress func(done, total int)
}

// DefaultOptions are those of the default organisation (package fixtures).
func DefaultOptions() Options {
	return Options{Identities: 1200, Seed: 1, Noise: 5, Examples: true}
}

// Check refuses options out of bounds, naming the rule. Generate begins with it.
func (o Options) Check() error {
	_, err := o.check()
	return err
}

// check is Check; it also finds the profile.
func (o Options) check() (profile, error) {
	kind, known := findProfile(o.Profile)
	switch {
	case o.Identities < MinIdentities || o.Identities > MaxIdentities:
		return kind, fmt.Errorf("the number of identities must be from %d to %d, not %d", MinIdentities, MaxIdentities, o.Identities)
	case o.Noise < 0 || o.Noise > MaxNoise:
		return kind, fmt.Errorf("the noise must be from 0 to %d, not %d", MaxNoise, o.Noise)
	case !known:
		return kind, fmt.Errorf("there is no profile %q; choose one of %s", o.Profile, strings.Join(profileNames(), ", "))
	case o.Examples && o.Identities < MinExamples:
		return kind, fmt.Errorf("the example sessions need at least %d identities, not %d", MinExamples, o.Identities)
	case o.Examples && kind.sessions == nil:
		return kind, fmt.Errorf("the example sessions are those of the profile %s, not %s", profiles()[0].name, kind.name)
	}
	return kind, nil
}

// Generate writes the fixtures of an organisation to the files that create
// makes. It holds one identity at a time.
func Generate(opts Options, create func(name string) (io.WriteCloser, error)) error {
	kind, err := opts.check()
	if err != nil {
		return err
	}
	p := newPlan(opts, kind)
	facts, err := p.openTruth(create)
	if err != nil {
		return err
	}
	w := seed.NewWriter(create, opts.Lines)
	w.Org(rolemining.Org{Name: p.short, TenantID: p.ids.UUID("tenant", 0), TenantName: p.tenant, Pod: "local"})
	p.writeAccess(w)
	p.writeIdentities(w, facts)
	for _, r := range p.existingRoles() {
		w.Role(r)
	}
	for _, c := range p.clients() {
		w.Client(c)
	}
	if opts.Examples {
		for _, s := range p.exampleSessions() {
			w.Session(s)
		}
	}
	return errors.Join(w.Close(), facts.close())
}

// writeIdentities makes the identities one by one, and beside them what is
// true of them.
func (p *plan) writeIdentities(w *seed.Writer, facts facts) {
	m := newMaker(p)
	total := p.people + p.services
	for n := range total {
		if n >= p.people {
			w.Identity(m.service(n - p.people))
		} else {
			who, role := m.person(n)
			w.Identity(who)
			facts.person(who.ID, role)
		}
		if p.opts.Progress != nil && ((n+1)%max(total/100, 1) == 0 || n+1 == total) {
			p.opts.Progress(n+1, total)
		}
	}
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
	order := make([]int, len(p.access))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return p.access[a].source - p.access[b].source })
	for _, i := range order {
		w.Entitlement(p.access[i].Entitlement, p.access[i].key)
	}
}

// Directory creates files in the directory of a path, for Generate. The
// directory is made if it is not there; files of the same names are replaced.
func Directory(path string) func(name string) (io.WriteCloser, error) {
	return func(name string) (io.WriteCloser, error) {
		if err := os.MkdirAll(path, 0o755); err != nil {
			return nil, err
		}
		return os.Create(filepath.Join(path, name)) //nolint:gosec // G304: the names are those of fixtures
	}
}
