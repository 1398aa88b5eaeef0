package seed_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"mockserver/fixtures"
	"mockserver/internal/orggen"
	"mockserver/internal/rolemining"
	"mockserver/internal/seed"
)

// documentOf puts files together, in an order in which nothing can be read as it
// comes. ok is false for files that no document can have.
func documentOf(t *testing.T, fsys fs.FS) (text string, ok bool) {
	t.Helper()
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		t.Fatal(err)
	}
	members := []string{}
	for i := range entries {
		name := entries[len(entries)-1-i].Name()
		if name == "README.md" || name == seed.TruthFile || strings.HasPrefix(name, ".") {
			continue
		}
		raw, err := fs.ReadFile(fsys, name)
		if err != nil {
			return "", false
		}
		member, isJSON := strings.CutSuffix(name, ".json")
		if !isJSON || !json.Valid(raw) || member == "identites" {
			return "", false
		}
		members = append(members, `"`+member+`":`+string(raw))
	}
	return "{" + strings.Join(members, " , ") + "}", true
}

// sameInDocument checks that a document of the same files has the same problems.
func sameInDocument(t *testing.T, fsys fs.FS, err error) {
	t.Helper()
	text, ok := documentOf(t, fsys)
	if !ok {
		return
	}
	_, got := seed.LoadDocument([]byte(text))
	var want, have *seed.Error
	if err != nil && (!errors.As(seed.InDocument(err), &want) || !errors.As(got, &have)) {
		t.Fatalf("files: %v; document: %v", err, got)
	}
	if err == nil && got != nil {
		t.Fatalf("a document of the same is refused: %v", got)
	}
	if want == nil {
		return
	}
	for i, p := range want.Problems { // the one rule that has other words here
		if p.Rule == "the file is missing" {
			want.Problems[i] = seed.Problem{Rule: `the required property "` + strings.TrimPrefix(p.Pointer, "/") + `" is missing`}
		}
	}
	if diff := cmp.Diff(want.Problems, have.Problems); diff != "" {
		t.Errorf("a document has other problems than files (-files +document):\n%s", diff)
	}
}

// sameOrganisation compares what two data sets say.
func sameOrganisation(t *testing.T, want, got rolemining.Dataset) {
	t.Helper()
	if diff := cmp.Diff(flat(want), flat(got), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-want +got):\n%.3000s", diff)
	}
}

type flatDataset struct {
	Org          rolemining.Org
	Sources      []rolemining.Source
	Entitlements []rolemining.Entitlement
	Identities   []rolemining.Identity
	Roles        []rolemining.Role
	Clients      []rolemining.Client
	Sessions     []rolemining.SeedSession
}

func flat(ds rolemining.Dataset) flatDataset {
	f := flatDataset{ds.Org, ds.Sources, ds.Entitlements, nil, ds.Roles, ds.Clients, ds.Sessions}
	for _, p := range ds.Identities.All() {
		f.Identities = append(f.Identities, p)
	}
	return f
}

// A document says what the files say, and is written again to the same bytes.
func TestDocument(t *testing.T) {
	t.Parallel()
	organisations := map[string]fs.FS{"base": dir(base()), "default": fixtures.Default()}
	for _, profile := range orggen.Profiles() {
		organisations[profile.Name] = generated(t, profile.Name)
	}
	for name, files := range organisations {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ds, err := seed.Load(files)
			if err != nil {
				t.Fatal(err)
			}
			var first, second bytes.Buffer
			if err := seed.WriteDocument(&first, ds); err != nil {
				t.Fatal(err)
			}
			if !json.Valid(first.Bytes()) {
				t.Fatalf("no JSON: %.1000s", first.Bytes())
			}
			back, err := seed.LoadDocument(first.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			sameOrganisation(t, ds, back)
			if err := seed.WriteDocument(&second, back); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(first.Bytes(), second.Bytes()) {
				t.Errorf("written again: %d bytes, and then %d others", first.Len(), second.Len())
			}
		})
	}
}

type file struct {
	bytes.Buffer
	name string
	into fstest.MapFS
}

func (f *file) Close() error {
	f.into[f.name] = &fstest.MapFile{Data: f.Bytes()}
	return nil
}

func generated(t testing.TB, profile string) fs.FS {
	t.Helper()
	files := fstest.MapFS{}
	options := orggen.Options{Identities: 300, Seed: 5, Noise: 10, Profile: profile}
	if err := orggen.Generate(options, func(name string) (io.WriteCloser, error) { return &file{name: name, into: files}, nil }); err != nil {
		t.Fatal(err)
	}
	return files
}

func TestDocumentIsMalformed(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                           "1:1",
		"{":                          "1:2",
		"{\n\"org\": nil}":           "2:8",
		"{\"org\":{}}{":              "1:11",
		strings.Repeat("[", 100):     "1:65",
		`[]`:                         "must be an object",
		`{"org":1,"org":2}`:          `the property "org" occurs twice`,
		`{"organisation":{}}`:        `unknown property "organisation" (known: org, sources, entitlements, identities, roles, clients, sessions)`,
		`{"roles":null,"sources":1}`: "/sources: must be an array",
	} {
		_, err := seed.LoadDocument([]byte(text))
		var broken *seed.Error
		if !errors.As(err, &broken) || !strings.Contains(fmt.Sprint(err, places(broken)), want) {
			t.Errorf("%.40q: %v, want %s", text, err, want)
		}
	}
}

// places are where malformed JSON stops making sense.
func places(e *seed.Error) (all []string) {
	for _, p := range e.Problems {
		all = append(all, fmt.Sprintf("%d:%d", p.Line, p.Column))
	}
	return all
}
