package assignments_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/assignments"
)

// draw is a small generator of numbers, so that a run is like the last.
type draw uint64

// below is a number from 0 to n-1.
func (d *draw) below(n int) int {
	*d = *d*6364136223846793005 + 1442695040888963407
	return int(uint64(*d>>33) % uint64(n))
}

// hard are texts that are hard to carry through text.
func hard(r *draw) string {
	pieces := []string{"a", "B", "7", " ", ",", ";", "\"", "#", "/", "é", "日本", "CN=x", "'", "\\", ".", "-", "<&>", "\u2028"}
	var b strings.Builder
	for range 1 + r.below(6) {
		b.WriteString(pieces[r.below(len(pieces))])
	}
	if text := strings.TrimSpace(b.String()); text != "" && text[0] != '#' {
		return text
	}
	return "plain"
}

// sets are made-up assignments: entitlements by user.
func sets(r *draw) map[string]map[string]bool {
	out := map[string]map[string]bool{}
	rights := make([]string, 20)
	for i := range rights {
		rights[i] = hard(r)
	}
	for range 30 {
		held := map[string]bool{}
		for range 1 + r.below(8) {
			held[rights[r.below(len(rights))]] = true
		}
		out[hard(r)] = held
	}
	return out
}

// What goes in comes out again, in both forms and between every delimiter that
// has quotes, whatever the texts are.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	for seed := range 40 {
		r := draw(seed)
		want := sets(&r)
		for delimiter, sign := range map[assignments.Delimiter]rune{"comma": ',', "semicolon": ';', "tab": '\t'} {
			for _, format := range []assignments.Format{"pairs", "lists"} {
				text := write(t, want, format, sign)
				ds, s := imported(t, text, "", assignments.Options{Format: format, Delimiter: delimiter, Header: "yes"})
				got, n := map[string]map[string]bool{}, 0
				for _, x := range ds.Identities.All() {
					got[x.ID] = map[string]bool{}
					for _, e := range x.EntitlementIDs {
						got[x.ID][e] = true
						n++
					}
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Fatalf("%s %s %d (-want +got):\n%s", format, delimiter, seed, diff)
				}
				if s.Assignments != n || s.Identities != len(want) || s.Duplicates != 0 || s.Entitlements != len(ds.Entitlements) || s.Sources != 1 {
					t.Fatalf("%+v", s)
				}
			}
		}
	}
}

// write writes assignments with a header.
func write(t *testing.T, held map[string]map[string]bool, format assignments.Format, sign rune) string {
	t.Helper()
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Comma = sign
	records := [][]string{{"user", "permission"}}
	for _, user := range slices.Sorted(maps.Keys(held)) {
		rights := slices.Sorted(maps.Keys(held[user]))
		if format == "lists" {
			records = append(records, append([]string{user}, rights...))
			continue
		}
		for _, right := range rights {
			records = append(records, []string{user, right})
		}
	}
	if err := w.WriteAll(records); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// The same entitlement of two applications is two; both ids say of which.
func TestApplications(t *testing.T) {
	t.Parallel()
	ds, s := imported(t, strings.Join([]string{
		"user,entitlement,application", "a,admin,CRM", "a,admin,HR", "b,admin,HR", "b,read,CRM", "a,CRM/admin,X", "b,read,", "a,write,", "c,admin,CRM", "c,admin,CRM",
	}, "\n"), "", assignments.Options{SourceName: "Elsewhere"})
	want := []string{
		"CRM/admin: admin on CRM", "CRM/read: read on CRM", "Elsewhere/read: read on Elsewhere", "HR/admin: admin on HR", "X/CRM/admin: CRM/admin on X", "write: write on Elsewhere",
	}
	var got []string
	for _, e := range ds.Entitlements {
		if e.Name != e.Value || e.Attribute == "" {
			t.Errorf("%+v", e)
		}
		got = append(got, fmt.Sprintf("%s: %s on %s", e.ID, e.Name, e.SourceID))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("entitlements (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"a: CRM/admin HR/admin X/CRM/admin write", "b: CRM/read Elsewhere/read HR/admin", "c: CRM/admin"}, held(ds)); diff != "" {
		t.Errorf("assignments (-want +got):\n%s", diff)
	}
	names := map[string]string{}
	for _, x := range ds.Sources {
		names[x.ID] = x.Name
	}
	if diff := cmp.Diff(map[string]string{"CRM": "CRM", "HR": "HR", "X": "X", "Elsewhere": "Elsewhere"}, names); diff != "" {
		t.Errorf("sources (-want +got):\n%s", diff)
	}
	if s.Sources != 4 || s.Entitlements != 6 || s.Assignments != 8 || s.Duplicates != 1 || s.Identities != 3 {
		t.Errorf("%+v", s)
	}
}

func TestSummary(t *testing.T) {
	t.Parallel()
	_, s := imported(t, "When;Role;System;Account\n1;x;y;a\n1;x;y;a\n2;z;y;b.c\n", "id,x\nq,1\nb.c,2\n", assignments.Options{})
	want := assignments.Summary{
		Identities: 3, WithoutAccess: 1, MadeUpNames: 2, Entitlements: 2, Sources: 1, Assignments: 2, Duplicates: 1,
		Format: "pairs", Delimiter: "semicolon", Header: "yes", Columns: assignments.Columns{User: "Account", Entitlement: "Role", Application: "System"},
		Ignored: []string{"When"},
	}
	if diff := cmp.Diff(want, s); diff != "" {
		t.Errorf("pairs (-want +got):\n%s", diff)
	}
	_, s = imported(t, "a x x y\nb\nb z\na x", "", assignments.Options{Format: "lists"})
	want = assignments.Summary{
		Identities: 2, MadeUpNames: 2, Entitlements: 3, Sources: 1, Assignments: 3, Duplicates: 2, Format: "lists", Delimiter: "blank", Header: "no",
		FirstLine: "a x x y",
	}
	if diff := cmp.Diff(want, s); diff != "" {
		t.Errorf("lists (-want +got):\n%s", diff)
	}
}

// Long lines, text that arrives byte by byte, and characters that lie across
// the pieces in which text is read.
func TestLongLines(t *testing.T) {
	t.Parallel()
	var line strings.Builder
	line.WriteString("u1")
	const n = 12_000
	for i := range n {
		fmt.Fprintf(&line, "\tré日%d", i)
	}
	text := line.String() + "\nu2\tré日7\n"
	for name, in := range map[string]assignments.Input{
		"tab":          {Name: "long", Reader: strings.NewReader(text)},
		"comma":        {Name: "long", Reader: strings.NewReader(strings.ReplaceAll(text, "\t", ","))},
		"blank":        {Name: "long", Reader: strings.NewReader(strings.ReplaceAll(text, "\t", " "))},
		"byte by byte": {Name: "long", Reader: iotest.OneByteReader(strings.NewReader(text))},
		"shifted":      {Name: "long", Reader: strings.NewReader("# x\n" + text)},
	} {
		files := fstest.MapFS{}
		s, err := assignments.Import(in, nil, assignments.Options{}, memory(files))
		if err != nil || s.Assignments != n+1 || s.Entitlements != n || s.Format != "lists" {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
}

// A character that is cut off is found wherever the pieces end.
func TestInvalidAcrossPieces(t *testing.T) {
	t.Parallel()
	for shift := range 4 {
		text := "a,x\nb," + strings.Repeat("y", 1<<16-10+shift) + "日本\xe6\x97\nc,x\n"
		want := []string{"access.csv:2: is not valid UTF-8; save the file as UTF-8"}
		if diff := cmp.Diff(want, refusal(t, text, "", assignments.Options{})); diff != "" {
			t.Errorf("%d (-want +got):\n%s", shift, diff)
		}
	}
}

func TestProgress(t *testing.T) {
	t.Parallel()
	access, people := "user1,right1\n"+strings.Repeat("# "+strings.Repeat("long ", 100)+"\n", 8_000), "id\nuser1\n"
	for _, size := range []int64{0, int64(len(access))} {
		var calls [][2]int64
		_, err := assignments.Import(
			assignments.Input{Name: "a", Reader: strings.NewReader(access), Size: size},
			&assignments.Input{Name: "p", Reader: strings.NewReader(people), Size: int64(len(people))},
			assignments.Options{Progress: func(read, total int64) { calls = append(calls, [2]int64{read, total}) }}, memory(fstest.MapFS{}))
		if err != nil {
			t.Fatal(err)
		}
		all, total := int64(len(access)+len(people)), int64(0)
		if size > 0 {
			total = all
		}
		if len(calls) < 5 || len(calls) > 8 || calls[len(calls)-1] != [2]int64{all, total} || calls[len(calls)-2][0] != int64(len(access)) {
			t.Errorf("%v, want up to %d of %d", calls, all, total)
		}
		if !slices.IsSortedFunc(calls, func(a, b [2]int64) int { return int(a[0] - b[0]) }) {
			t.Errorf("%v goes back", calls)
		}
	}
}

func TestSameInputSameBytes(t *testing.T) {
	t.Parallel()
	r := draw(3)
	text := write(t, sets(&r), "pairs", ',')
	people := "id,team,city,manager\nplain,x,y,\nboss,x,z,plain\n"
	first, second := fstest.MapFS{}, fstest.MapFS{}
	for _, files := range []fstest.MapFS{first, second} {
		if _, err := tryImport(files, text, people, assignments.Options{}); err != nil {
			t.Fatal(err)
		}
	}
	for name := range first {
		if !bytes.Equal(first[name].Data, second[name].Data) {
			t.Errorf("%s differs", name)
		}
	}
}
