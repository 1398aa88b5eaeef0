package assignments_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

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
	for _, x := range ds.Identities {
		out = append(out, x.ID+": "+strings.Join(x.EntitlementIDs, " "))
	}
	slices.Sort(out)
	return out
}

func TestForms(t *testing.T) {
	t.Parallel()
	same := []string{"1: 17 4", "2: 17"}
	for name, tt := range map[string]struct {
		text string
		want []string
		form string
	}{
		"pairs, comma":          {"1,17\n1,4\n2,17\n", same, "pairs comma no"},
		"pairs, blanks":         {"        1         17\n        1          4\n        2         17\n", same, "pairs blank no"},
		"lists, tab, comments":  {"# x\n\n1\t17\t4\t\n2\t17\n3\t4\t17\t5", []string{"1: 17 4", "2: 17", "3: 17 4 5"}, "lists tab no"},
		"header in any order":   {"application;right;user id\nX;17;1\nX;4;1\nX;17;2", same, "pairs semicolon yes"},
		"header with others":    {"when,user,permission\n2020,1,17\n2021,1,4\n2022,2,17", same, "pairs comma yes"},
		"header of lists":       {"user,permissions\n1,17,4\n2,17\n", same, "lists comma yes"},
		"BOM and CRLF":          {"\ufeffuser,permission\r\n1,17\r\n1,4\r\n2,17\r\n", same, "pairs comma yes"},
		"foreign header":        {"Wer,Was\n1,17\n1,4\n2,17\n", same, "pairs comma yes"},
		"quotes":                {"\"1\",\"17\"\n\"1\",4\n2,\"17\"\n", same, "pairs comma no"},
		"same assignment twice": {"1,17\n1,4\n2,17\n1,4\n", same, "pairs comma no"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ds, s := imported(t, tt.text, "", assignments.Options{})
			if diff := cmp.Diff(tt.want, held(ds)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if got := string(s.Format) + " " + string(s.Delimiter) + " " + string(s.Header); got != tt.form {
				t.Errorf("read as %s, want %s", got, tt.form)
			}
		})
	}
}
