// Command sbom writes what a Go binary was built of, by its own build
// information, as a CycloneDX document in JSON:
//
//	sbom --version v1.2.3 BINARY > mockserver.cdx.json
//
// The same binary gives the same bytes: the document has neither a date nor a
// number of its own.
package main

import (
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"flag"
	"fmt"
	"io"
	"os"
	"path"
	"runtime/debug"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "sbom:", err)
		os.Exit(1)
	}
}

// run writes the document of the binary that the arguments name.
func run(args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("sbom", flag.ContinueOnError)
	version := flags.String("version", "", "the release, such as v1.2.3; without it, what the build information says")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() != 1 {
		return fmt.Errorf("name one binary, not %d", flags.NArg())
	}
	content, err := os.ReadFile(flags.Arg(0))
	if err != nil {
		return err
	}
	info, err := buildinfo.ReadFile(flags.Arg(0))
	if err != nil {
		return fmt.Errorf("%s is no binary that Go has built: %w", flags.Arg(0), err)
	}
	if *version != "" {
		info.Main.Version = *version
	}
	digest := sha256.Sum256(content)
	encoder := cdx.NewBOMEncoder(stdout, cdx.BOMFileFormatJSON).SetPretty(true).SetEscapeHTML(false)
	return encoder.EncodeVersion(describe(info, hex.EncodeToString(digest[:])), cdx.SpecVersion1_6)
}

// describe is the document of a binary with this build information and SHA-256.
// The binary depends on each module and on the standard library; how these
// depend on each other, build information does not say.
func describe(info *debug.BuildInfo, sha256 string) *cdx.BOM {
	main := cdx.Component{
		BOMRef:     reference(info.Main.Path, info.Main.Version),
		Type:       cdx.ComponentTypeApplication,
		Name:       path.Base(info.Path),
		Version:    info.Main.Version,
		PackageURL: reference(info.Main.Path, info.Main.Version),
		Hashes:     &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: sha256}},
		Licenses:   &cdx.Licenses{{License: &cdx.License{ID: "MIT"}}},
	}
	settings := make([]cdx.Property, 0, len(info.Settings))
	for _, setting := range info.Settings {
		settings = append(settings, cdx.Property{Name: "go:build:" + setting.Key, Value: setting.Value})
	}
	main.Properties = &settings

	components := []cdx.Component{library("std", strings.TrimPrefix(info.GoVersion, "go"), "")}
	for _, dep := range info.Deps {
		if dep.Replace != nil {
			dep = dep.Replace
		}
		components = append(components, library(dep.Path, dep.Version, dep.Sum))
	}
	refs := make([]string, 0, len(components))
	for _, c := range components {
		refs = append(refs, c.BOMRef)
	}

	bom := cdx.NewBOM()
	bom.Metadata = &cdx.Metadata{Component: &main}
	bom.Components = &components
	bom.Dependencies = &[]cdx.Dependency{{Ref: main.BOMRef, Dependencies: &refs}}
	return bom
}

// library is a module; its sum is that of go.sum.
func library(module, version, sum string) cdx.Component {
	c := cdx.Component{
		BOMRef:     reference(module, version),
		Type:       cdx.ComponentTypeLibrary,
		Name:       module,
		Version:    version,
		Scope:      cdx.ScopeRequired,
		PackageURL: reference(module, version),
	}
	if sum != "" {
		c.Properties = &[]cdx.Property{{Name: "go:sum", Value: sum}}
	}
	return c
}

// reference is the package URL of a module.
func reference(module, version string) string {
	url := "pkg:golang/" + module
	if version != "" {
		url += "@" + strings.ReplaceAll(version, "+", "%2B")
	}
	return url
}
