package assignments_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"mockserver/internal/assignments"
	"mockserver/internal/rolemining"
	"mockserver/internal/seed"
)

// memory creates files in a map.
func memory(files fstest.MapFS) func(string) (io.WriteCloser, error) {
	return func(name string) (io.WriteCloser, error) {
		if files[name] != nil {
			return nil, errors.New(name + " is created twice")
		}
		f := &memoryFile{to: &fstest.MapFile{}}
		files[name] = f.to
		return f, nil
	}
}

type memoryFile struct {
	bytes.Buffer
	to *fstest.MapFile
}

func (f *memoryFile) Close() error {
	f.to.Data = f.Bytes()
	return nil
}

// imported is what an import writes, as the server loads it.
func imported(t *testing.T, access, people string, opts assignments.Options) (rolemining.Dataset, assignments.Summary) {
	t.Helper()
	files := fstest.MapFS{}
	s, err := tryImport(files, access, people, opts)
	if err != nil {
		t.Fatal(err)
	}
	ds, err := seed.Load(files)
	if err != nil {
		t.Fatalf("what was written cannot be loaded: %v", err)
	}
	return ds, s
}

// tryImport imports texts; without people there is no file of identities.
func tryImport(files fstest.MapFS, access, people string, opts assignments.Options) (assignments.Summary, error) {
	var identities *assignments.Input
	if people != "" {
		identities = &assignments.Input{Name: "people.csv", Reader: strings.NewReader(people)}
	}
	return assignments.Import(assignments.Input{Name: "access.csv", Reader: strings.NewReader(access)}, identities, opts, memory(files))
}

// held is who holds what, as "user: a b", in the order of the users.
func held(ds rolemining.Dataset) []string {
	var out []string
	for _, x := range ds.Identities.All() {
		out = append(out, x.ID+": "+strings.Join(x.EntitlementIDs, " "))
	}
	slices.Sort(out)
	return out
}
