package config

import (
	"flag"
	"slices"
)

// Source is where a setting has its value from.
type Source string

// The sources. A later one goes before the earlier ones.
const (
	Default     Source = "default"
	Environment Source = "environment"
	Flag        Source = "flag"
	// Tenant is the request that made a tenant, for what it set.
	Tenant Source = "tenant"
	// Snapshot is a snapshot out of a file, which does not say where its settings
	// were from.
	Snapshot Source = "snapshot"
	// Control is the control plane, while the server runs.
	Control Source = "control"
)

// Setting is one setting as text.
type Setting struct {
	// Name is the flag without its dashes: "stage-delay". EnvName(Name) is its
	// twin.
	Name string
	// Value is as it was given, Default what it is if it is not.
	Value, Default string
	Source         Source
}

// SourceOf is where a setting has its value from, by the name of its flag.
func (c Config) SourceOf(name string) Source {
	if i := slices.IndexFunc(c.Settings, func(s Setting) bool { return s.Name == name }); i >= 0 {
		return c.Settings[i].Source
	}
	return Default
}

// With is the configuration with another text and source for a setting, for
// those who have changed the field of it.
func (c Config) With(name, value string, from Source) Config {
	c.Settings = slices.Clone(c.Settings)
	for i := range c.Settings {
		if s := &c.Settings[i]; s.Name == name {
			s.Value, s.Source = value, from
		}
	}
	return c
}

// value is the flag.Value of a setting.
type value struct {
	set    func(string) error
	text   string
	toggle bool
	source Source // "" is Default
	fresh  bool   // it was set and nobody has said yet by whom
}

// Set implements flag.Value. Nothing is no value: mostly that is a variable of a
// script that is not set.
func (v *value) Set(text string) error {
	if _, err := nonEmpty(text); err != nil {
		return err
	}
	err := v.set(text)
	if err == nil {
		v.text, v.fresh = text, true
	}
	return err
}

// String implements flag.Value.
func (v *value) String() string { return v.text }

// IsBoolFlag lets --NAME stand for --NAME=true.
func (v *value) IsBoolFlag() bool { return v.toggle }

// attribute says where all values are from that were set since the last call.
func attribute(fs *flag.FlagSet, from Source) {
	fs.VisitAll(func(f *flag.Flag) {
		if v, ok := f.Value.(*value); ok && v.fresh {
			v.source, v.fresh = from, false
		}
	})
}

// settingsOf are the settings among the flags, by name.
func settingsOf(fs *flag.FlagSet) []Setting {
	var all []Setting
	fs.VisitAll(func(f *flag.Flag) {
		if v, ok := f.Value.(*value); ok {
			s := Setting{Name: f.Name, Value: v.text, Default: f.DefValue, Source: v.source}
			if s.Source == "" {
				s.Source = Default
			}
			all = append(all, s)
		}
	})
	return all
}
