package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strconv"
	"strings"

	"mockserver/internal/orggen"
)

// linesFrom is the size from which on identities are written as NDJSON, which
// is read without holding the text in memory.
const linesFrom = 10_000

// generateOptions are what the flags of fixtures generate say.
type generateOptions struct {
	orggen.Options
	force bool
}

func (p *program) generateCommand() command {
	o := generateOptions{Options: orggen.Options{Identities: 1000, Seed: 1, Noise: 5, Profile: orggen.Profiles()[0].Name, Truth: true}}
	fs := o.flags()
	var profiles strings.Builder
	for _, info := range orggen.Profiles() {
		fmt.Fprintf(&profiles, "  %-13s %s\n", info.Name, info.Description)
	}
	return command{
		name:  "fixtures generate",
		args:  "[flags] DIR",
		short: "make up an organisation of any size, in which roles are planted",
		about: fmt.Sprintf(`Writes a made-up organisation to DIR, in the format of docs/fixtures.md: people in
a tree of managers, their jobs, the access they hold, some roles that exist, and
OAuth clients. The same number, seed, noise and profile give the same bytes.
truth.json says which role was planted with whom, so that mine can tell how well
it found them again. From %d identities on they are in identities.ndjson.

All files are written beside their place first and moved there when they are
whole: a run that fails or is interrupted leaves nothing. DIR is made if it is
not there. If it has fixtures, --force replaces them: all files of the format,
and nothing else.

Profiles:
%s
  mockserver fixtures generate my-organisation
  mockserver fixtures generate --identities 100000 --seed 7 --noise 40 large`, linesFrom, profiles.String()),
		flags: fs,
		run: func(ctx context.Context, args []string) error {
			dir, err := parse(fs, args, "DIR")
			if err != nil {
				return err
			}
			return p.generate(ctx, dir[0], o)
		},
	}
}

func (o *generateOptions) flags() *flag.FlagSet {
	fs := newFlags("fixtures generate")
	fs.BoolVar(&o.force, "force", false, "replace the fixtures that DIR has already")
	number := func(name, usage string, to *int) {
		fs.Func(name, usage, func(s string) (err error) {
			if *to, err = strconv.Atoi(s); err != nil {
				return errors.New("must be a whole number")
			}
			return nil
		})
		fs.Lookup(name).DefValue = strconv.Itoa(*to)
	}
	number("identities", fmt.Sprintf("make `N` identities, %d to %d, service accounts included", orggen.MinIdentities, orggen.MaxIdentities), &o.Identities)
	number("noise", fmt.Sprintf("about `P` percent of their job's access people lack, 0 to %d; access that no job explains grows with it", orggen.MaxNoise), &o.Noise)
	fs.StringVar(&o.Profile, "profile", o.Profile, "the `NAME` of the kind of organisation, see above")
	fs.Func("seed", "another `S`, another organisation: a whole number, 0 or more", func(s string) (err error) {
		if o.Seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			return errors.New("must be a whole number from 0 to 18446744073709551615")
		}
		return nil
	})
	fs.Lookup("seed").DefValue = strconv.FormatUint(o.Seed, 10)
	return fs
}

// generate writes an organisation and says what to do with it.
func (p *program) generate(ctx context.Context, dir string, o generateOptions) error {
	o.Lines = o.Identities >= linesFrom
	if err := o.Check(); err != nil {
		return usageError{err: err}
	}
	to, err := stage(dir, o.force)
	if err != nil {
		return err
	}
	defer to.discard()
	bar := newProgress(p.stderr)
	defer bar.end()
	o.Progress = func(done, total int) { bar.at("making identities", int64(done), int64(total)) }
	if err := until(ctx, func() error { return to.told(orggen.Generate(o.Options, to.create(ctx))) }); err != nil {
		return err
	}
	if err := to.commit(); err != nil {
		return err
	}
	bar.end()
	_, err = fmt.Fprintf(p.stdout, "Made %d identities in %s (profile %s, seed %d, noise %d %%).\n%s", o.Identities, dir, o.Profile, o.Seed, o.Noise, nextSteps(dir))
	return err
}

// nextSteps says what can be done with new fixtures.
func nextSteps(dir string) string {
	dir = shellWord(dir)
	return fmt.Sprintf("\nServe it:  mockserver serve --fixtures %s\nMine it:   mockserver mine --fixtures %s\n", dir, dir)
}

// shellWord quotes a text for a shell if it needs it.
func shellWord(text string) string {
	special := func(r rune) bool {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		return !letter && !strings.ContainsRune("-_./+:@%,", r)
	}
	if text != "" && !strings.ContainsFunc(text, special) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
