package main

import (
	"flag"
	"os"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/config"
)

// The README's table has every setting with what it takes and its default.
func TestReadmeHasTheSettings(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	want, got := map[string]string{}, map[string]string{}
	config.Flags().VisitAll(func(f *flag.Flag) {
		value, _ := flag.UnquoteUsage(f)
		if value != "" {
			value = " " + value
		}
		want["--"+f.Name+value] = f.DefValue
	})
	for _, row := range regexp.MustCompile("(?m)^\\| `(--[^`]*)` \\| `?([^`|]*?)`? ?\\|").FindAllStringSubmatch(string(text), -1) {
		got[row[1]] = row[2]
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the settings (-) and the README's table (+):\n%s", diff)
	}
}
