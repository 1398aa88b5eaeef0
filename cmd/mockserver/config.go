package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"unicode"

	"mockserver/internal/config"
)

func (p *program) configCommand() command {
	return command{
		name:  "config",
		args:  "[--json] [flags of serve]",
		short: "print every setting of a server, and where it is from",
		about: `Prints what a server that is started with these flags and this environment has
for every setting, and whether that is from a flag, from the environment or the
default. Settings that serve would refuse are refused here, too, and so are a
database (--db) that it could not read and fixtures that it would refuse, which
are read as far as it would read them. Nothing is started, made or changed, so
whether the address is free and the database can be written, serve only tells.

  mockserver config
  MOCKSERVER_AUTH=strict mockserver config --rate-limit 100/10s --json`,
		flags: withFlags(config.Flags(), (&configFlags{}).add),
		usage: usageWith((&configFlags{}).add),
		run:   p.config,
	}
}

// configFlags are the flags of config beside those of serve.
type configFlags struct {
	json bool
}

func (f *configFlags) add(fs *flag.FlagSet) {
	fs.BoolVar(&f.json, "json", false, "print JSON: an array of name, value, source (flag, environment or default), default, flag and variable")
}

// withFlags adds flags to a set.
func withFlags(fs *flag.FlagSet, more func(*flag.FlagSet)) *flag.FlagSet {
	more(fs)
	return fs
}

// usageWith writes the flags of a command that takes those of serve, too.
func usageWith(own func(*flag.FlagSet)) func(io.Writer) {
	return func(w io.Writer) {
		fmt.Fprintln(w, "\nFlags:")
		withFlags(newFlags(""), own).VisitAll(func(f *flag.Flag) { helpFlag(w, f) })
		serveUsage(w, "Flags of serve")
	}
}

func (p *program) config(ctx context.Context, args []string) error {
	var own configFlags
	settings, err := p.settingsWith(args, own.add)
	if err != nil {
		return err
	}
	// Credentials are in what a server starts from: the database, or the fixtures.
	if _, _, err := p.credentials(ctx, settings, ""); err != nil {
		return err
	}
	if own.json {
		return settingsJSON(p.stdout, settings.Settings)
	}
	t := tabwriter.NewWriter(p.stdout, 0, 0, 3, ' ', 0)
	fmt.Fprintln(t, "SETTING\tVALUE\tFROM")
	for _, s := range settings.Settings {
		fmt.Fprintf(t, "%s\t%s\t%s\n", s.Name, legible(s.Value), origin(s))
	}
	return t.Flush()
}

// origin says where a setting is from, by the name that it has there.
func origin(s config.Setting) string {
	switch s.Source {
	case config.Flag:
		return "flag --" + s.Name
	case config.Environment:
		return "environment " + config.EnvName(s.Name)
	}
	return string(s.Source)
}

// legible is a text as it is, or in quotes where it would be lost in a table.
func legible(text string) string {
	if text == "" || strings.TrimSpace(text) != text || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(text)
	}
	return text
}

func settingsJSON(w io.Writer, all []config.Setting) error {
	type setting struct {
		Name     string        `json:"name"`
		Value    string        `json:"value"`
		Source   config.Source `json:"source"`
		Default  string        `json:"default"`
		Flag     string        `json:"flag"`
		Variable string        `json:"variable"`
	}
	list := make([]setting, len(all))
	for i, s := range all {
		list[i] = setting{s.Name, s.Value, s.Source, s.Default, "--" + s.Name, config.EnvName(s.Name)}
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(list)
}
