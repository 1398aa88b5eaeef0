package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

func (p *program) helpCommand() command {
	fs := newFlags("help")
	return command{
		name:  "help",
		args:  "[COMMAND]",
		short: "print this, or what there is to know of a command",
		flags: fs,
		run: func(_ context.Context, args []string) error {
			all := p.commands()
			if len(args) == 0 {
				p.help(p.stdout, all)
				return nil
			}
			if strings.HasPrefix(args[0], "-") {
				_, err := parse(fs, args)
				return err
			}
			if group := groupOf(all, args[0]); group != nil && len(args) == 1 {
				helpGroup(p.stdout, args[0], group)
				return nil
			}
			c, rest, err := find(all, args)
			if err != nil {
				return err
			}
			if len(rest) > 0 {
				return misuse("unexpected argument %q behind the command %s", rest[0], c.name)
			}
			c.help(p.stdout)
			return nil
		},
	}
}

// help is the first thing people see.
func (p *program) help(w io.Writer, all []command) {
	fmt.Fprint(w, "mockserver emulates the IAI Role Mining API of SailPoint Identity Security Cloud.\n\nUsage:\n")
	listCommands(w, all)
	fmt.Fprint(w, "\nEach tells more: mockserver help COMMAND, or mockserver COMMAND --help.\n"+
		"Tests steer a running server under /_mock (docs/control-api.md; GET /_mock lists it).\n")
	serveUsage(w, "Flags of serve")
	fmt.Fprint(w, "\nExit codes: 0 ok, 1 failure, 2 usage, 3 fixtures, 4 database, 5 address in use, 130 interrupted.\n")
}

// helpGroup is for the first word of several commands.
func helpGroup(w io.Writer, word string, group []command) {
	fmt.Fprintln(w, "Usage:")
	listCommands(w, group)
	fmt.Fprintf(w, "\nEach tells more: mockserver help %s COMMAND.\n", word)
}

// listCommands writes a line for each command.
func listCommands(w io.Writer, all []command) {
	t := tabwriter.NewWriter(w, 0, 0, 4, ' ', 0)
	for _, c := range all {
		name := c.name
		if name == "serve" { // what is done without a name
			name = "[serve]"
		}
		fmt.Fprintf(t, "  %s\t%s\n", strings.TrimSpace("mockserver "+name+" "+c.args), c.short)
	}
	_ = t.Flush() // a help that cannot be written helps nobody
}

// help says all there is to know of a command.
func (c command) help(w io.Writer) {
	fmt.Fprintf(w, "Usage: %s\n\n%s\n", strings.TrimSpace("mockserver "+c.name+" "+c.args), strings.TrimSpace(c.about))
	switch {
	case c.usage != nil:
		c.usage(w)
	case c.flags != nil && hasFlags(c.flags):
		fmt.Fprintln(w, "\nFlags:")
		c.flags.VisitAll(func(f *flag.Flag) { helpFlag(w, f) })
	}
}

func hasFlags(fs *flag.FlagSet) bool {
	some := false
	fs.VisitAll(func(*flag.Flag) { some = true })
	return some
}

func helpFlag(w io.Writer, f *flag.Flag) {
	value, usage := flag.UnquoteUsage(f)
	if value != "" {
		value = " " + value
	}
	if f.DefValue != "" && f.DefValue != "false" {
		usage += " (default " + f.DefValue + ")"
	}
	fmt.Fprintf(w, "  --%s%s\n%s", f.Name, value, wrapped(usage, "      ", 80))
}

// wrapped breaks a text into indented lines of at most a number of bytes.
func wrapped(text, indent string, most int) string {
	var b strings.Builder
	line := indent
	for _, word := range strings.Fields(text) {
		if line != indent && len(line)+1+len(word) > most {
			b.WriteString(line + "\n")
			line = indent
		}
		if line != indent {
			line += " "
		}
		line += word
	}
	b.WriteString(line + "\n")
	return b.String()
}
