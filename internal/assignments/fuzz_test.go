package assignments_test

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"mockserver/internal/assignments"
	"mockserver/internal/seed"
)

// choices are options by number, each of the detections overridden in turn.
func choices(n uint8) assignments.Options {
	formats := []assignments.Format{"auto", "pairs", "lists"}
	delimiters := []assignments.Delimiter{"auto", "comma", "semicolon", "tab", "blank", "pipe"}
	headers := []assignments.Header{"auto", "yes", "no"}
	return assignments.Options{Format: formats[n%3], Delimiter: delimiters[n/3%6], Header: headers[n/18%3]}
}

// Whatever the files hold, Import ends with fixtures that can be loaded and
// hold what the summary says, or with an *Error that names a file and a line
// that it has, and nothing written.
func FuzzImport(f *testing.F) {
	for i, access := range []string{
		"", "a,b\nc,d", "1 2\n1 3 4 5", "user;role;app\na;b;c\nb;b;d\n", "\ufeff# x\r\na\tb\t\r\n", "a,\"b\"\"c\",d\ne", "\"a\nb", "a\xff,b\n\x00", "\xff\xfea",
		"user,when,permission\nx,1,y\n,,\n", "Wer,Was\n1,2\n", "x/y,z,b\nx,y,c\nx,y,b\n", "a,b/c,a\na,c,a/b\na,c,b\na,b/c,q\n", "user,role\namanda.ross,x\n", "a,\u2028\nb,\u00a0\n",
		"sep=;\nBenutzer;Rolle\na;b\n", "sep=:\na:b", "sep=|", "name,id,role\nAmanda Ross,u1,x\n,u2,y\n", "user,role\na,b,c\nd\n", "a|b\nc|d\n",
	} {
		f.Add(access, "", uint8(i))
		f.Add(access, "id,name,manager,active,email,x\na,b,,no,c@d,e\nb,,a\n", uint8(3*i))
	}
	f.Add("a,b", "id,first name,LastName\na,,Ross\nb,Lena,Ross\n", uint8(0))
	f.Add("a,b", "id\tname\na\ta.b2\nb\ta.b\nA B\n", uint8(0))
	f.Add("a,b", "user,manager\nb,c\nc,b\n", uint8(0))
	f.Fuzz(func(t *testing.T, access, people string, choice uint8) {
		files := fstest.MapFS{}
		s, err := tryImport(files, access, people, choices(choice))
		if err != nil {
			checkRefusal(t, err, files, access, people)
			return
		}
		ds, err := seed.Load(files)
		if err != nil {
			t.Fatalf("the fixtures cannot be loaded: %v", err)
		}
		held, idle := 0, 0
		for _, x := range ds.Identities.All() {
			held += len(x.EntitlementIDs)
			if len(x.EntitlementIDs) == 0 {
				idle++
			}
		}
		if s.Assignments != held || held == 0 || s.Identities != ds.Identities.Len() || s.WithoutAccess != idle || s.MadeUpNames > s.Identities ||
			s.Entitlements != len(ds.Entitlements) || s.Sources != len(ds.Sources) || len(ds.Clients) != 4 {
			t.Fatalf("%+v, but there are %d assignments", s, held)
		}
		for _, x := range ds.Entitlements {
			if !strings.Contains(access, x.Name) && !strings.Contains(access, strings.ReplaceAll(x.Name, `"`, `""`)) {
				t.Fatalf("the entitlement %q is not in the file", x.Name)
			}
		}
	})
}

func checkRefusal(t *testing.T, err error, files fstest.MapFS, access, people string) {
	t.Helper()
	var bad *assignments.Error
	if !errors.As(err, &bad) || bad.Count < 1 || len(bad.Problems) < 1 || len(bad.Problems) > min(bad.Count, assignments.MaxProblems) {
		t.Fatalf("%v", err)
	}
	if len(files) > 0 {
		t.Fatal("files are written all the same")
	}
	texts := map[string]string{"access.csv": access, "people.csv": people}
	for _, p := range bad.Problems {
		text, ok := texts[p.File]
		if !ok || p.Line < 0 || p.Line > 1+strings.Count(text, "\n") || p.Rule == "" {
			t.Fatalf("%s", p)
		}
	}
}

// Both forms hold the same assignments, between any delimiter.
func FuzzForms(f *testing.F) {
	f.Add("a b\nc", uint8(0))
	f.Add("u1 p1 p2 p3\nu2 p1\nu1 p4", uint8(1))
	f.Add("é,x; #y \"z\"\n7 7 7", uint8(2))
	f.Fuzz(func(t *testing.T, text string, choice uint8) {
		delimiter := []assignments.Delimiter{"comma", "semicolon", "tab"}[choice%3]
		sign := map[assignments.Delimiter]rune{"comma": ',', "semicolon": ';', "tab": '\t'}[delimiter]
		held := map[string]map[string]bool{}
		for line := range strings.Lines(text) {
			words := strings.Fields(line)
			if len(words) > 1 && held[words[0]] == nil {
				held[words[0]] = map[string]bool{}
			}
			for _, w := range words[min(1, len(words)):] {
				held[words[0]][w] = true
			}
		}
		var got []string
		for _, format := range []assignments.Format{"pairs", "lists"} {
			files := fstest.MapFS{}
			_, err := tryImport(files, write(t, held, format, sign), "", assignments.Options{Format: format, Delimiter: delimiter, Header: "yes"})
			var bad *assignments.Error
			if err != nil && !errors.As(err, &bad) {
				t.Fatal(err)
			}
			if err != nil {
				got = append(got, "refused")
				continue
			}
			got = append(got, string(files[seed.IdentitiesLines].Data)+string(files[seed.EntitlementsFile].Data))
		}
		if got[0] != got[1] {
			t.Fatalf("pairs: %s\nlists: %s", got[0], got[1])
		}
	})
}
