package apptest

import (
	"flag"
	"slices"
	"strings"
	"testing"

	"mockserver/internal/config"
)

// TestFlags: a setting that a test makes reaches a server in a process of its own.
func TestFlags(t *testing.T) {
	t.Parallel()
	settings, err := config.Load(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, f := range flagsOf(settings) {
		name, _, _ := strings.Cut(strings.TrimPrefix(f, "--"), "=")
		said = append(said, name)
	}
	said = append(said, "addr", "control-addr", "log-format", "log-level") // are startBinary's own
	config.Flags().VisitAll(func(f *flag.Flag) {
		if !slices.Contains(said, f.Name) {
			t.Errorf("--%s is not among the flags", f.Name)
		}
	})
	given := slices.DeleteFunc(flagsOf(settings), func(f string) bool { return strings.HasSuffix(f, "=") }) // what is not there
	changed, err := config.Load(given, nil)
	if err != nil {
		t.Fatal(err)
	}
	if back := flagsOf(changed); !slices.Equal(back, flagsOf(settings)) {
		t.Errorf("%v come back as %v", flagsOf(settings), back)
	}
}
