// Command generate writes the tests for the SDK's other versions out of the ones
// for v2024. Run it by go generate in the directory above; its own test says
// when a file is stale.
package main

import (
	"bytes"
	"fmt"
	"go/format"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	if err := run("."); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run writes the files that belong into dir.
func run(dir string) error {
	files, err := generated(dir)
	if err != nil {
		return err
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// generated is what the generated files of dir should hold, by name.
func generated(dir string) (map[string][]byte, error) {
	masters, err := filepath.Glob(filepath.Join(dir, "v2024*_test.go"))
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for _, master := range masters {
		text, err := os.ReadFile(master)
		if err != nil {
			return nil, err
		}
		name := filepath.Base(master)
		for _, version := range []string{"v2025", "v2026", "beta"} {
			if version == "beta" && name == "v2024_differences_test.go" {
				continue // beta's are its own
			}
			if files[strings.Replace(name, "v2024", version, 1)], err = translate(name, text, version); err != nil {
				return nil, err
			}
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s has no v2024*_test.go", dir)
	}
	return files, nil
}

// translate is a file for v2024 as it is for another version.
func translate(name string, text []byte, version string) ([]byte, error) {
	text = bytes.ReplaceAll(text, []byte("v2024"), []byte(version))
	text = bytes.ReplaceAll(text, []byte("V2024"), []byte(strings.ToUpper(version[:1])+version[1:]))
	head := fmt.Sprintf("// Code generated from %s by go generate; DO NOT EDIT.\n\n", name)
	return format.Source(append([]byte(head), text...))
}
