package main

import (
	"context"
	"errors"
	"flag"
	"slices"
	"strconv"
	"strings"

	wire "mockserver/internal/api"
	"mockserver/internal/config"
	"mockserver/internal/miner"
	"mockserver/internal/rolemining"
	"mockserver/internal/truth"
)

// mineOptions are what the flags of mine say.
type mineOptions struct {
	fixtures string // "" for the built-in organisation
	session  rolemining.NewSession
	filters  []attributeFilter
	json     bool
}

// attributeFilter is one name of --attribute with all its values.
type attributeFilter struct {
	Name     string   `json:"name"`
	Operator string   `json:"operator"`
	Values   []string `json:"values"`
}

func (p *program) mineCommand() command {
	var o mineOptions
	fs := o.flags(p.environ)
	return command{
		name:  "mine",
		args:  "[flags]",
		short: "mine potential roles without a server: a table, or JSON",
		about: `Mines an organisation as a role mining session does - the same scope, engine and
figures - without a server or a database, and prints the potential roles, the
largest first. Without --fixtures it mines the built-in organisation.

The scope is whom --identity and --criteria name together, or everybody active;
each attribute named by --attribute narrows it. A session with the same
parameters finds the same roles; only their ids differ, since they follow from
that of the session, which is ` + rolemining.OfflineSessionID + ` here.

The table: how many identities a role has, how many entitlements any of them
holds and at least half of them (core), density (how alike the members are),
freshness (how unlike the roles that exist already) and quality, 0 to 100 each;
the attribute values that tell the members from the others of the scope; and the
core entitlements that do. --json has all of it, in the terms of the API. Where
the fixtures have a truth.json, both also say how well the planted roles were
found.

  mockserver mine
  mockserver mine --fixtures DIR --prune-threshold 60 --min-identities 10
  mockserver mine --criteria 'source.name:DataScienceDataset' --attribute location=Miami --attribute location=Austin
  mockserver mine --type COMMON --attribute department=Marketing
  mockserver mine --fixtures DIR --json > roles.json`,
		flags: fs,
		run: func(ctx context.Context, args []string) error {
			if _, err := parse(fs, args); err != nil {
				return err
			}
			return p.mine(ctx, o)
		},
	}
}

func (o *mineOptions) flags(environ []string) *flag.FlagSet {
	fs := newFlags("mine")
	fs.Func("attribute", "only identities whose attribute has the value, whatever the case: `NAME=VALUE`, such as location=Miami; repeat it with the same name for any of several values, with another name for both", o.attribute)
	fs.Func("criteria", "search `QUERY` for the identities to mine, as in scope.criteria of the API (docs/reference.md)", func(s string) error {
		o.session.Scope.Criteria = &s
		return nil
	})
	fs.StringVar(&o.fixtures, "fixtures", fixturesTwin(environ), "mine the organisation in `DIR` instead of the built-in one; its twin $"+config.EnvName("fixtures")+" counts here, too")
	fs.Func("identity", "mine the identity with this `ID`; repeat it for more", func(s string) error {
		o.session.Scope.IdentityIDs = append(o.session.Scope.IdentityIDs, s)
		return nil
	})
	fs.BoolVar(&o.json, "json", false, "print JSON instead of a table")
	fs.Func("min-identities", "a potential role has at least `N` identities, 1 or more", whole(&o.session.MinIdentities))
	fs.Lookup("min-identities").DefValue = strconv.Itoa(rolemining.DefaultMinIdentities)
	fs.Func("prune-threshold", "identities less alike than `T` percent are not joined, 0 to 100; a higher T gives smaller roles of people more alike; without it T is worked out (the prescribed threshold)", whole(&o.session.PruneThreshold))
	fs.Func("type", "`TYPE` of roles: SPECIALIZED finds groups with access of their own, COMMON what nearly all of the scope have", func(s string) error {
		o.session.Type = rolemining.RoleType(s)
		if known := rolemining.RoleType(strings.ToUpper(s)); known == rolemining.Specialized || known == rolemining.Common {
			o.session.Type = known
		}
		return nil
	})
	fs.Lookup("type").DefValue = string(rolemining.Specialized)
	return fs
}

// fixturesTwin is the organisation that a server with this environment has.
func fixturesTwin(environ []string) string {
	for _, entry := range environ {
		if dir, ok := strings.CutPrefix(entry, config.EnvName("fixtures")+"="); ok {
			return dir
		}
	}
	return ""
}

// whole reads a whole number. Its range is the domain's affair.
func whole(to **int) func(string) error {
	return func(s string) error {
		n, err := strconv.Atoi(s)
		if err != nil {
			return errors.New("must be a whole number")
		}
		*to = &n
		return nil
	}
}

// attribute reads NAME=VALUE. Values of one name belong to one filter.
func (o *mineOptions) attribute(s string) error {
	name, value, ok := strings.Cut(s, "=")
	if !ok || name == "" || value == "" {
		return errors.New("must be NAME=VALUE, such as location=Miami")
	}
	i := slices.IndexFunc(o.filters, func(f attributeFilter) bool { return f.Name == name })
	if i < 0 {
		i = len(o.filters)
		o.filters = append(o.filters, attributeFilter{Name: name, Operator: "EQUALS"})
	}
	o.filters[i].Values = append(o.filters[i].Values, value)
	return nil
}

// mine reads the organisation, mines it and prints what was found.
func (p *program) mine(ctx context.Context, o mineOptions) error {
	for _, f := range o.filters {
		raw, err := wire.Encode(map[string]attributeFilter{"data": f})
		if err != nil {
			return err
		}
		o.session.Scope.AttributeFilterCriteria = append(o.session.Scope.AttributeFilterCriteria, raw)
	}
	bar := newProgress(p.stderr)
	defer bar.end()
	var found minedOrganisation
	err := until(ctx, func() (err error) {
		found, err = o.find(ctx, bar)
		return err
	})
	bar.end()
	if err != nil {
		return asFlags(err)
	}
	if o.json {
		return writeRolesJSON(p.stdout, found)
	}
	return writeRoleTable(p.stdout, found, terminalWidth(p.stdout))
}

// minedOrganisation is an organisation and what mining it found.
type minedOrganisation struct {
	rolemining.Offline
	data         rolemining.Dataset
	entitlements map[string]*rolemining.Entitlement
	sources      map[string]*rolemining.Source
	// recovery says how well planted roles were found, nil where none are
	// known. A COMMON session looks for no such roles.
	recovery *truth.Scores
}

func (o *mineOptions) find(ctx context.Context, bar *progress) (minedOrganisation, error) {
	data, planted, err := o.organisation(ctx, bar)
	if err != nil {
		return minedOrganisation{}, err
	}
	m := minedOrganisation{data: data, entitlements: map[string]*rolemining.Entitlement{}, sources: map[string]*rolemining.Source{}}
	for i := range data.Entitlements {
		m.entitlements[data.Entitlements[i].ID] = &data.Entitlements[i]
	}
	for i := range data.Sources {
		m.sources[data.Sources[i].ID] = &data.Sources[i]
	}
	m.Offline, err = rolemining.MineDataset(ctx, data, o.session, func(p miner.Progress) {
		bar.at(stageText(p.Stage), int64(p.Done), int64(p.Total))
	})
	if planted != nil && len(m.IdentityIDs) > 0 && m.Session.Type == rolemining.Specialized {
		found := make([]truth.Found, len(m.Roles))
		for i, r := range m.Roles {
			found[i] = truth.Found{IdentityIDs: r.IdentityIDs, Core: r.Core}
		}
		scores := planted.Score(found, m.IdentityIDs, m.Session.MinIdentities)
		m.recovery = &scores
	}
	return m, err
}

// organisation reads what is to be mined and, if it is known, what was planted
// in it.
func (o *mineOptions) organisation(ctx context.Context, bar *progress) (rolemining.Dataset, *truth.Truth, error) {
	if o.fixtures == "" {
		data, err := builtIn(ctx)
		return data, nil, err
	}
	root, err := openFixtures(o.fixtures)
	if err != nil {
		return rolemining.Dataset{}, nil, err
	}
	defer root.Close() //nolint:errcheck // it was only read
	data, err := loadFixtures(root.FS(), bar)
	if err != nil {
		return rolemining.Dataset{}, nil, err
	}
	planted, err := loadTruth(root.FS())
	if err == nil && planted != nil {
		err = checkTruth(*planted, data)
	}
	return data, planted, err
}

// stageText is what the bar says of a stage of the engine.
func stageText(s miner.Stage) string {
	switch s {
	case miner.StageSets:
		return "gathering access"
	case miner.StageThreshold:
		return "trying thresholds"
	case miner.StageSimilarity:
		return "comparing identities"
	case miner.StageClustering:
		return "grouping"
	case miner.StageRoles:
		return "describing roles"
	}
	return string(s)
}

// asFlags tells a refusal of the domain in terms of the flags: it is a mistake
// in how the command was called.
func asFlags(err error) error {
	var refusal *rolemining.Error
	if !errors.As(err, &refusal) {
		return err
	}
	flags := map[string]string{
		"type": "--type", "pruneThreshold": "--prune-threshold", "minNumIdentitiesInPotentialRole": "--min-identities",
		"scope.criteria": "--criteria", "scope.identityIds": "--identity",
		"scope.attributeFilterCriteria.data.name": "--attribute",
	}
	if name := flags[refusal.Field]; name != "" {
		return misuse("%s: %w", name, refusal)
	}
	return usageError{err: refusal}
}
