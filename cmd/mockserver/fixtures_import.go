package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"mockserver/internal/assignments"
)

// importOptions are what the flags of fixtures import say.
type importOptions struct {
	assignments.Options
	access string // the file of assignments
	people string // the file of identities, "" for none
	force  bool
}

func (p *program) importCommand() command {
	var o importOptions
	fs := o.flags()
	return command{
		name:  "fixtures import",
		args:  "--assignments FILE [flags] DIR",
		short: "make fixtures of a file that says who holds what",
		about: `Reads who holds what from FILE and writes it to DIR as fixtures (docs/import.md),
ready to be served and mined. FILE has, on each line,

  a user, an entitlement and perhaps an application     (pairs)
  a user and all entitlements of that user              (lists)

with a header or without, and comma, semicolon, tab, | or blanks between. What it
is is detected and said; --format, --delimiter and --header state it. The ids
of the file are kept as they are. A second file, with a header, may say who the
users are: id, name, displayName, email, manager, active and any attributes.

All mistakes are listed together, with their lines, and the command ends with 3.
As with generate, nothing is left of a run that fails or is interrupted.

  mockserver fixtures import --assignments access.csv my-organisation
  mockserver fixtures import --assignments access.csv --identities people.csv my-organisation
  cat roles.txt | mockserver fixtures import --assignments - --format lists --delimiter blank my-organisation`,
		flags: fs,
		run: func(ctx context.Context, args []string) error {
			dir, err := parse(fs, args, "DIR")
			switch {
			case err != nil:
				return err
			case o.access == "":
				return misuse("fixtures import needs --assignments FILE")
			case o.access == "-" && o.people == "-":
				return misuse("--assignments and --identities cannot both be -, the standard input")
			}
			return p.importing(ctx, dir[0], o)
		},
	}
}

func (o *importOptions) flags() *flag.FlagSet {
	fs := newFlags("fixtures import")
	fs.StringVar(&o.access, "assignments", "", "read who holds what from `FILE`; - is the standard input")
	choice(fs, "delimiter", "what stands between the fields of the assignments: `NAME` is comma, semicolon, tab, pipe or blank, or one of these characters itself", &o.Delimiter, assignments.ParseDelimiter)
	fs.BoolVar(&o.force, "force", false, "replace the fixtures that DIR has already")
	choice(fs, "format", "the `FORM` of the assignments: pairs or lists", &o.Format, assignments.ParseFormat)
	choice(fs, "header", "whether the first line of the assignments names the columns: `ANSWER` is yes or no", &o.Header, assignments.ParseHeader)
	fs.StringVar(&o.people, "identities", "", "read who the users are from `FILE`; - is the standard input")
	fs.StringVar(&o.OrgName, "org", "imported", "call the organisation `NAME`, in lower-case letters, digits and hyphens")
	fs.StringVar(&o.SourceName, "source", "Imported", "the application `NAME` of assignments that name none")
	return fs
}

// choice adds a flag that is auto unless it is given.
func choice[T ~string](fs *flag.FlagSet, name, usage string, to *T, parse func(string) (T, error)) {
	fs.Func(name, usage, func(s string) (err error) {
		*to, err = parse(s)
		return err
	})
	fs.Lookup(name).DefValue = "auto"
}

// importing reads the files, writes the fixtures and says what it made of them.
func (p *program) importing(ctx context.Context, dir string, o importOptions) error {
	if err := o.Check(); err != nil {
		return usageError{err: err}
	}
	access, closeAccess, err := p.input(o.access)
	if err != nil {
		return err
	}
	defer closeAccess()
	var people *assignments.Input
	if o.people != "" {
		in, closePeople, err := p.input(o.people)
		if err != nil {
			return err
		}
		defer closePeople()
		people = &in
	}
	to, err := stage(dir, o.force)
	if err != nil {
		return err
	}
	defer to.discard()
	bar := newProgress(p.stderr)
	defer bar.end()
	o.Progress = func(read, total int64) { bar.at("reading", read, total) }
	var made assignments.Summary
	err = until(ctx, func() (err error) {
		made, err = assignments.Import(access, people, o.Options, to.create(ctx))
		return to.told(err)
	})
	if err != nil {
		return err
	}
	if err := to.commit(); err != nil {
		return err
	}
	bar.end()
	_, err = fmt.Fprint(p.stdout, howRead(access.Name, made), whatMade(dir, made), nextSteps(dir))
	return err
}

// input opens a file, or the standard input for "-". What cannot be opened is
// an *assignments.Error.
func (p *program) input(name string) (assignments.Input, func(), error) {
	if name == "-" {
		return assignments.Input{Name: "standard input", Reader: p.stdin}, func() {}, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return assignments.Input{}, nil, unreadable(name, err)
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = errors.New("it is a folder")
	}
	if err != nil {
		return assignments.Input{}, nil, unreadable(name, errors.Join(err, f.Close()))
	}
	in := assignments.Input{Name: name, Reader: io.Reader(f)}
	if info.Mode().IsRegular() {
		in.Size = info.Size()
	}
	return in, func() { _ = f.Close() }, nil // it was only read
}

func unreadable(name string, err error) error {
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		err = path.Err // the name is said already
	}
	return &assignments.Error{Problems: []assignments.Problem{{File: name, Rule: "cannot be read: " + err.Error()}}, Count: 1}
}

// howRead says as what the assignments were read, since that was detected.
func howRead(name string, s assignments.Summary) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Read %s as %s, separated by %s, ", name, s.Format, s.Delimiter)
	switch {
	case s.Header == assignments.HeaderYes:
		b.WriteString("with a header.\n")
	case s.FirstLine != "":
		fmt.Fprintf(&b, "without a header: its first line is data, %s (if not, --header yes).\n", printable(s.FirstLine))
	default:
		b.WriteString("without a header.\n")
	}
	if c := s.Columns; c.User != "" {
		fmt.Fprintf(&b, "Columns: user %q, entitlement %q", c.User, c.Entitlement)
		if c.Application != "" {
			fmt.Fprintf(&b, ", application %q", c.Application)
		}
		if c.Name != "" {
			fmt.Fprintf(&b, ", name of the user %q", c.Name)
		}
		if len(s.Ignored) > 0 {
			fmt.Fprintf(&b, "; not used: %s", few(s.Ignored))
		}
		b.WriteString(".\n")
	}
	if s.Doubt != "" {
		fmt.Fprintf(&b, "Note: %s\n", s.Doubt)
	}
	return b.String()
}

// whatMade counts what the fixtures hold.
func whatMade(dir string, s assignments.Summary) string {
	text := fmt.Sprintf("Made %s with %s of %s on %s in %s", counted(s.Identities, "identity", "identities"),
		counted(s.Assignments, "assignment", "assignments"), counted(s.Entitlements, "entitlement", "entitlements"), counted(s.Sources, "source", "sources"), dir)
	if s.WithoutAccess > 0 {
		text += fmt.Sprintf("; without access: %d", s.WithoutAccess)
	}
	if s.Duplicates > 0 {
		text += fmt.Sprintf("; repeated assignments: %d", s.Duplicates)
	}
	if s.MadeUpNames > 0 {
		text += fmt.Sprintf("; names made up: %d", s.MadeUpNames)
	}
	text += ".\n"
	if s.OwnManagers > 0 {
		text += fmt.Sprintf("Note: taken as without a manager, since the file names them as their own: %d.\n", s.OwnManagers)
	}
	return text
}

// counted is a number with what it counts.
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
