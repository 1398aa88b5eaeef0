package config_test

import (
	"flag"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/config"
)

func TestSettingsTellWhereTheyAreFrom(t *testing.T) {
	t.Parallel()
	var json bool
	c, err := config.LoadWith(
		[]string{"--addr", ":2", "--prefer", "--json", "--jobs=auto"},
		[]string{"MOCKSERVER_ADDR=:1", "MOCKSERVER_STAGE_DELAY=250ms", "MOCKSERVER_SEED=", "HOME=/"},
		func(fs *flag.FlagSet) { fs.BoolVar(&json, "json", false, "") },
	)
	if err != nil || !json {
		t.Fatal(json, err)
	}
	want := map[string]config.Setting{
		"addr":         {Name: "addr", Value: ":2", Default: "127.0.0.1:8080", Source: config.Flag},
		"prefer":       {Name: "prefer", Value: "true", Default: "false", Source: config.Flag},
		"jobs":         {Name: "jobs", Value: "auto", Default: "auto", Source: config.Flag}, // said, though it is the default
		"stage-delay":  {Name: "stage-delay", Value: "250ms", Default: "100ms", Source: config.Environment},
		"seed":         {Name: "seed", Value: "mockserver", Default: "mockserver", Source: config.Default},
		"control-addr": {Name: "control-addr", Source: config.Default},
	}
	got := map[string]config.Setting{}
	var names []string
	for _, s := range c.Settings {
		names = append(names, s.Name)
		if _, ok := want[s.Name]; ok {
			got[s.Name] = s
		}
		if c.SourceOf(s.Name) != s.Source {
			t.Errorf("SourceOf(%s) is %s, want %s", s.Name, c.SourceOf(s.Name), s.Source)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
	var flags []string
	config.Flags().VisitAll(func(f *flag.Flag) { flags = append(flags, f.Name) })
	if diff := cmp.Diff(flags, names); diff != "" || !slices.IsSorted(names) {
		t.Errorf("flags (-) and settings (+):\n%s", diff)
	}
	if got := (config.Config{}).SourceOf("addr"); got != config.Default {
		t.Errorf("a Config that was not loaded has its address from %q", got)
	}
}

// A command's own flags are no settings: they have no twin.
func TestOwnFlagsHaveNoTwin(t *testing.T) {
	t.Parallel()
	_, err := config.LoadWith(nil, []string{"MOCKSERVER_JSON=1"}, func(fs *flag.FlagSet) { fs.Bool("json", false, "") })
	if err == nil {
		t.Error("MOCKSERVER_JSON was taken for a setting")
	}
}
