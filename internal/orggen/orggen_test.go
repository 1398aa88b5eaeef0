package orggen_test

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"mockserver/fixtures"
	"mockserver/internal/orggen"
	"mockserver/internal/rolemining"
	"mockserver/internal/seed"
)

// file puts what is written into a map when it is closed.
type file struct {
	bytes.Buffer
	name string
	into fstest.MapFS
}

func (f *file) Close() error {
	f.into[f.name] = &fstest.MapFile{Data: f.Bytes()}
	return nil
}

func generate(t testing.TB, opts orggen.Options) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{}
	err := orggen.Generate(opts, func(name string) (io.WriteCloser, error) { return &file{name: name, into: out}, nil })
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func load(t testing.TB, fsys fs.FS) rolemining.Dataset {
	t.Helper()
	ds, err := seed.Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	return ds
}

func TestCommittedFilesAreWhatIsGenerated(t *testing.T) {
	t.Parallel()
	got := generate(t, orggen.DefaultOptions())
	names, err := fs.ReadDir(fixtures.Default(), ".")
	if err != nil {
		t.Fatal(err)
	}
	if len(names) != len(got) {
		t.Errorf("%d files are committed, %d are generated", len(names), len(got))
	}
	for name, f := range got {
		committed, err := fs.ReadFile(fixtures.Default(), name)
		if err != nil || !bytes.Equal(f.Data, committed) {
			t.Errorf("%s is stale (%v): run go generate ./fixtures", name, err)
		}
	}
}

func TestSeedMatters(t *testing.T) {
	t.Parallel()
	a, b := generate(t, orggen.Options{Identities: 100, Seed: 1}), generate(t, orggen.Options{Identities: 100, Seed: 2})
	if bytes.Equal(a[seed.IdentitiesFile].Data, b[seed.IdentitiesFile].Data) || bytes.Equal(a[seed.EntitlementsFile].Data, b[seed.EntitlementsFile].Data) {
		t.Error("two seeds gave the same organisation")
	}
}

func TestEverySizeIsValid(t *testing.T) {
	t.Parallel()
	for i, n := range []int{orggen.MinIdentities, 21, 59, 100, 333, 1000, 3601} {
		for _, profile := range orggen.Profiles() {
			if n > 333 && profile.Name != orggen.Profiles()[i%len(orggen.Profiles())].Name {
				continue // the large ones take long, and one of each size will do
			}
			t.Run(fmt.Sprint(profile.Name, "/", n), func(t *testing.T) {
				t.Parallel()
				opts := orggen.Options{Identities: n, Seed: uint64(n), Noise: n % orggen.MaxNoise, Lines: n%2 == 1, Profile: profile.Name}
				ds, known := truthOf(t, opts)
				if ds.Identities.Len() != n || len(ds.Clients) != 4 || len(ds.Sessions) != 0 {
					t.Errorf("%d identities, %d clients, %d sessions", ds.Identities.Len(), len(ds.Clients), len(ds.Sessions))
				}
				entitlements := map[string]bool{}
				for _, e := range ds.Entitlements {
					entitlements[e.ID] = true
				}
				identities := map[string]bool{}
				for _, x := range ds.Identities.All() {
					identities[x.ID] = true
				}
				for _, r := range known.Roles {
					for _, id := range r.EntitlementIDs {
						if !entitlements[id] {
							t.Errorf("the planted role %s gives %s, which there is not", r.ID, id)
						}
					}
				}
				for id := range known.Identities {
					if !identities[id] {
						t.Errorf("truth.json has the identity %s, which there is not", id)
					}
				}
			})
		}
	}
}

// The same options give the same bytes.
func TestSameOptionsSameBytes(t *testing.T) {
	t.Parallel()
	for _, profile := range orggen.Profiles() {
		opts := orggen.Options{Identities: 400, Seed: 7, Noise: 20, Profile: profile.Name, Truth: true}
		a, b := generate(t, opts), generate(t, opts)
		for name := range a {
			if !bytes.Equal(a[name].Data, b[name].Data) {
				t.Errorf("%s: %s differs", profile.Name, name)
			}
		}
		if len(a) != 8 || len(b) != 8 {
			t.Errorf("%s: %d and %d files", profile.Name, len(a), len(b))
		}
	}
}

func TestNoiseIsMissingAccess(t *testing.T) {
	t.Parallel()
	count := func(noise int) (held int) {
		ds := load(t, generate(t, orggen.Options{Identities: 400, Seed: 3, Noise: noise}))
		group := ""
		for _, e := range ds.Entitlements {
			if e.Name == "GG-Claims-Adjusters" {
				group = e.ID
			}
		}
		for _, x := range ds.Identities.All() {
			for _, id := range x.EntitlementIDs {
				if id == group && x.Attributes["jobFamily"] == "Claims Adjusting" {
					held++
				}
			}
		}
		return held
	}
	none, much := count(0), count(50)
	if none == 0 || much*10 > none*8 || much*10 < none*2 {
		t.Errorf("%d hold their family's group without noise, %d with half of it gone", none, much)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	for _, opts := range []orggen.Options{
		{Identities: orggen.MinIdentities - 1},
		{Identities: orggen.MaxIdentities + 1},
		{Identities: 100, Noise: -1},
		{Identities: 100, Noise: orggen.MaxNoise + 1},
		{Identities: orggen.MinExamples - 1, Examples: true},
		{Identities: orggen.MinExamples, Examples: true, Profile: "bank"},
		{Identities: 100, Profile: "circus"},
	} {
		err := orggen.Generate(opts, func(name string) (io.WriteCloser, error) {
			t.Errorf("%+v: writes %s", opts, name)
			return nil, os.ErrInvalid
		})
		if err == nil {
			t.Errorf("%+v is accepted", opts)
		}
	}
}

func TestDirectory(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new", "place")
	if err := orggen.Generate(orggen.Options{Identities: 50, Seed: 9}, orggen.Directory(dir)); err != nil {
		t.Fatal(err)
	}
	if n := load(t, os.DirFS(dir)).Identities.Len(); n != 50 {
		t.Errorf("%d identities", n)
	}
	blocked := filepath.Join(dir, seed.OrgFile)
	if err := orggen.Generate(orggen.Options{Identities: 50}, orggen.Directory(blocked)); err == nil {
		t.Error("a directory that cannot be made is no error")
	}
}
