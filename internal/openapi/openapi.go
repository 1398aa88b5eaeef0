// Package openapi holds this project's own OpenAPI 3.0 description of what the
// emulator answers: the 25 role mining operations in each version of the API,
// and the token, health and description endpoints around them.
//
// The description is data. base.json is the document of the default version;
// overlays.json says, for each version, how its document differs from that one;
// the files of control/ describe the emulator's own side, one resource each, and
// are part of every document. All are embedded, and a version's document is put together when it is first
// asked for, so a program that never asks pays nothing.
package openapi

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
)

// Default is the version whose document is meant when none is named.
const Default = "v2026"

//go:embed base.json
var baseJSON []byte

//go:embed overlays.json
var overlaysJSON []byte

//go:embed control/*.json
var controlFiles embed.FS

// compiled is all that is worked out about one version.
type compiled struct {
	document   []byte
	operations []Operation
	outside    []Operation // those of /oauth, in no order
}

// versions finds what is known of a version. Each entry does its work once, when
// it is first called.
var versions = map[string]func() compiled{
	"beta":  compileOnce("beta"),
	"v2024": compileOnce("v2024"),
	"v2025": compileOnce("v2025"),
	"v2026": compileOnce("v2026"),
	"v1":    compileOnce("v1"),
}

// Versions lists the versions of the API in the order in which they appeared:
// "beta", the yearly ones, and "v1".
func Versions() []string { return []string{"beta", "v2024", "v2025", "v2026", "v1"} }

// Document returns the OpenAPI document of a version as indented UTF-8 JSON, or
// false for a version that is none of Versions. The bytes are shared and equal
// on every call: do not change them. The first call for a version takes some
// milliseconds, later ones take none.
func Document(version string) ([]byte, bool) {
	compile, ok := versions[version]
	if !ok {
		return nil, false
	}
	return compile().document, true
}

// compileOnce returns a function that builds the version when first called. It
// panics if the embedded files are broken, which the tests rule out.
func compileOnce(version string) func() compiled {
	return sync.OnceValue(func() compiled {
		c, err := compile(version)
		if err != nil {
			panic(fmt.Sprintf("openapi: embedded document of %s: %v", version, err))
		}
		return c
	})
}

func compile(version string) (compiled, error) {
	var overlays []overlay
	if err := decode(overlaysJSON, &overlays); err != nil {
		return compiled{}, fmt.Errorf("overlays.json: %w", err)
	}
	i := slices.IndexFunc(overlays, func(o overlay) bool { return o.Version == version })
	if i < 0 {
		return compiled{}, fmt.Errorf("overlays.json: no entry for version %q", version)
	}
	var doc map[string]any
	if err := decode(baseJSON, &doc); err != nil {
		return compiled{}, fmt.Errorf("base.json: %w", err)
	}
	if err := addControl(doc); err != nil {
		return compiled{}, err
	}
	doc, err := overlays[i].apply(doc)
	if err != nil {
		return compiled{}, err
	}
	text, err := encode(doc)
	if err != nil {
		return compiled{}, err
	}
	ops, outside, err := readOperations(text)
	if err != nil {
		return compiled{}, err
	}
	return compiled{document: text, operations: ops, outside: outside}, nil
}

// decode reads JSON strictly: numbers keep their spelling, unknown fields of a
// struct are errors.
func decode(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	d.DisallowUnknownFields()
	return d.Decode(into)
}

// encode writes a document for people too: indented, with `<` and `&` as they
// are, and with sorted keys, so that the same document is the same bytes.
func encode(doc any) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(doc); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
