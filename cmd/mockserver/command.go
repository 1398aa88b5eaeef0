package main

import (
	"context"
	"errors"
	"flag"
	"io"
	"slices"
	"strings"

	"mockserver/internal/config"
)

// command is one thing the program does.
type command struct {
	name  string // as it is typed: "fixtures generate"
	args  string // what follows the name: "[flags] DIR"
	short string // one line for the list of commands
	// about is what --help says below the usage: what it does, with which
	// rules, and examples.
	about string
	flags *flag.FlagSet
	// usage writes the flags for --help where they are more than flags.
	usage func(io.Writer)
	// run reads the arguments behind the name and does it. Wrong arguments are
	// a usageError, and flag.ErrHelp asks for the help.
	run func(ctx context.Context, args []string) error
}

// commands is the table of all commands, in the order in which help lists them.
func (p *program) commands() []command {
	return []command{
		p.serveCommand(),
		p.mineCommand(),
		p.generateCommand(),
		p.importCommand(),
		p.validateCommand(),
		p.healthcheckCommand(),
		p.envCommand(),
		p.configCommand(),
		p.versionCommand(),
		p.helpCommand(),
	}
}

// run finds the command that the arguments name and calls it. Without a name
// it is serve.
func (p *program) run(ctx context.Context, args []string) error {
	all := p.commands()
	switch {
	case len(args) > 0 && isHelp(args[0]):
		p.help(p.stdout, all)
		return nil
	case len(args) > 0 && isVersion(args[0]):
		args = append([]string{"version"}, args[1:]...)
	case len(args) == 0 || strings.HasPrefix(args[0], "-"):
		args = append([]string{all[0].name}, args...)
	}
	if group := groupOf(all, args[0]); group != nil && (len(args) == 1 || isHelp(args[1])) {
		if len(args) == 1 {
			return misuse("%s what? There are %s", args[0], names(group))
		}
		helpGroup(p.stdout, args[0], group)
		return nil
	}
	c, rest, err := find(all, args)
	if err != nil {
		return err
	}
	return c.call(ctx, rest, p.stdout)
}

func isHelp(arg string) bool { return slices.Contains([]string{"-h", "--h", "-help", "--help"}, arg) }

// isVersion says whether an argument asks for the version, as most programs take it.
func isVersion(arg string) bool { return slices.Contains([]string{"-v", "-version", "--version"}, arg) }

// call runs a command; a mistake in calling it gets its name, and what would
// have been right.
func (c command) call(ctx context.Context, args []string, stdout io.Writer) error {
	err := c.run(ctx, args)
	var wrong usageError
	switch {
	case errors.Is(err, flag.ErrHelp):
		c.help(stdout)
		return nil
	case errors.As(err, &wrong):
		return usageError{err: config.Explain(wrong.err, c.name, c.flags), command: c.name}
	}
	return err
}

// filled is the value of a flag that must not be empty where it is given.
type filled struct{ flag.Value }

// Set implements flag.Value.
func (v filled) Set(text string) error {
	if text == "" {
		return errors.New("must not be empty")
	}
	return v.Value.Set(text)
}

// refuseEmpty refuses flags that are given without a value: mostly it is a
// variable of a script that is not set.
func refuseEmpty(fs *flag.FlagSet) {
	fs.VisitAll(func(f *flag.Flag) {
		if b, ok := f.Value.(interface{ IsBoolFlag() bool }); !ok || !b.IsBoolFlag() {
			f.Value = filled{f.Value}
		}
	})
}

// find returns the command that the arguments begin with, and the rest of them.
func find(all []command, args []string) (command, []string, error) {
	for n := min(2, len(args)); n > 0; n-- {
		name := strings.Join(args[:n], " ")
		if i := slices.IndexFunc(all, func(c command) bool { return c.name == name }); i >= 0 {
			return all[i], args[n:], nil
		}
	}
	name, known := args[0], all
	if group := groupOf(all, name); group != nil {
		name, known = strings.Join(args[:min(2, len(args))], " "), group
	}
	words := make([]string, 0, 2*len(known))
	for _, c := range known {
		words = append(words, c.name, c.name[strings.LastIndex(c.name, " ")+1:])
	}
	if near := nearest(name, words); near != "" {
		near = words[slices.Index(words, near)&^1] // the whole name
		return command{}, nil, misuse("unknown command %q, did you mean %s? There are %s", name, near, names(known))
	}
	return command{}, nil, misuse("unknown command %q: there are %s", name, names(known))
}

// groupOf are the commands whose name begins with a word and goes on.
func groupOf(all []command, word string) []command {
	var group []command
	for _, c := range all {
		if strings.HasPrefix(c.name, word+" ") {
			group = append(group, c)
		}
	}
	return group
}

func names(all []command) string {
	list := make([]string, len(all))
	for i, c := range all {
		list[i] = c.name
	}
	return strings.Join(list, ", ")
}

// newFlags is an empty set of flags that says nothing by itself.
func newFlags(command string) *flag.FlagSet {
	fs := flag.NewFlagSet(command, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Usage = func() {}
	return fs
}

// parse reads flags before, between and behind other arguments, which it
// returns: one for each of want, which are their names in the help. What comes
// behind "--" is no flag.
func parse(fs *flag.FlagSet, args []string, want ...string) ([]string, error) {
	var rest []string
	refuseEmpty(fs)
	for len(args) > 0 {
		if err := fs.Parse(args); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return nil, err
			}
			return nil, usageError{err: err}
		}
		left := fs.Args()
		if read := len(args) - len(left); read > 0 && args[read-1] == "--" {
			rest = append(rest, left...)
			break
		}
		if len(left) == 0 {
			break
		}
		rest, args = append(rest, left[0]), left[1:]
	}
	switch {
	case len(rest) > len(want) && len(want) == 0:
		return nil, misuse("%s takes no arguments, but was given %q", fs.Name(), rest[0])
	case len(rest) > len(want):
		return nil, misuse("unexpected argument %q: %s takes %s only", rest[len(want)], fs.Name(), strings.Join(want, " "))
	case len(rest) < len(want):
		return nil, misuse("%s needs %s", fs.Name(), strings.Join(want[len(rest):], " "))
	}
	if i := slices.Index(rest, ""); i >= 0 {
		return nil, misuse("%s must not be empty", want[i])
	}
	return rest, nil
}

// nearest is the candidate that a mistyped word was probably meant to be, ""
// if none is near.
func nearest(word string, candidates []string) string {
	best, least := "", 3
	for _, c := range candidates {
		if d := distance(word, c); d < least && d <= len(c)/2 {
			best, least = c, d
		}
	}
	return best
}

// distance counts the letters to insert, delete or replace to make b of a
// (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
