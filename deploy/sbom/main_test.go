package main

import (
	"bytes"
	"os"
	"runtime/debug"
	"strings"
	"testing"

	cdx "github.com/CycloneDX/cyclonedx-go"
	"github.com/google/go-cmp/cmp"
)

func TestDescribe(t *testing.T) {
	t.Parallel()
	info := &debug.BuildInfo{
		GoVersion: "go1.26.0",
		Path:      "mockserver/cmd/mockserver",
		Main:      debug.Module{Path: "mockserver", Version: "v1.2.3"},
		Deps: []*debug.Module{
			{Path: "example.com/a", Version: "v1.0.0+incompatible", Sum: "h1:a"},
			{Path: "example.com/b", Version: "v1.0.0", Replace: &debug.Module{Path: "example.com/c", Version: "v2.0.0", Sum: "h1:c"}},
		},
		Settings: []debug.BuildSetting{{Key: "GOARCH", Value: "arm64"}},
	}
	bom := describe(info, "00ff")

	main := bom.Metadata.Component
	if main.Name != "mockserver" || main.Version != "v1.2.3" || main.PackageURL != "pkg:golang/mockserver@v1.2.3" {
		t.Errorf("the binary is %s %s, %s", main.Name, main.Version, main.PackageURL)
	}
	if diff := cmp.Diff([]cdx.Property{{Name: "go:build:GOARCH", Value: "arm64"}}, *main.Properties); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
	want := []string{"pkg:golang/std@1.26.0", "pkg:golang/example.com/a@v1.0.0%2Bincompatible", "pkg:golang/example.com/c@v2.0.0"}
	if diff := cmp.Diff(want, *(*bom.Dependencies)[0].Dependencies); diff != "" {
		t.Errorf("dependencies (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]cdx.Property{{Name: "go:sum", Value: "h1:c"}}, *(*bom.Components)[2].Properties); diff != "" {
		t.Errorf("sum (-want +got):\n%s", diff)
	}
}

// The test's own binary: what is written reads back, and twice the same.
func TestRun(t *testing.T) {
	t.Parallel()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var first, second bytes.Buffer
	for _, out := range []*bytes.Buffer{&first, &second} {
		if err := run([]string{"--version", "v9", binary}, out); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(first.String(), second.String()); diff != "" {
		t.Errorf("twice the same binary (-first +second):\n%s", diff)
	}
	var bom cdx.BOM
	if err := cdx.NewBOMDecoder(&first, cdx.BOMFileFormatJSON).Decode(&bom); err != nil {
		t.Fatal(err)
	}
	if bom.Metadata.Component.Version != "v9" || bom.SpecVersion != cdx.SpecVersion1_6 {
		t.Errorf("%+v, specification %s", bom.Metadata.Component, bom.SpecVersion)
	}
	names := make([]string, 0, len(*bom.Components))
	for _, c := range *bom.Components {
		names = append(names, c.Name)
	}
	if all := strings.Join(names, " "); !strings.Contains(all, "github.com/CycloneDX/cyclonedx-go") {
		t.Errorf("components: %s", all)
	}
}

func TestRunErrors(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		args []string
		want string
	}{
		{"no binary", nil, "name one binary"},
		{"not there", []string{"missing"}, "missing"},
		{"no binary of Go", []string{"main.go"}, "no binary that Go has built"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if err := run(tc.args, &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
}
