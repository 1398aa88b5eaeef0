package main

import (
	"errors"
	"flag"
	"os/exec"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Flags are flags wherever they stand.
func TestParse(t *testing.T) {
	t.Parallel()
	type result struct {
		Args []string
		N    int
		Yes  bool
	}
	for _, tc := range []struct {
		name  string
		args  []string
		want  result
		wrong string
	}{
		{name: "first", args: []string{"--n", "3", "--yes", "a", "b"}, want: result{[]string{"a", "b"}, 3, true}},
		{name: "last", args: []string{"a", "b", "--yes", "--n=3"}, want: result{[]string{"a", "b"}, 3, true}},
		{name: "between", args: []string{"a", "-n", "3", "b"}, want: result{[]string{"a", "b"}, 3, false}},
		{name: "none behind --", args: []string{"--n", "3", "--", "--yes", "b"}, want: result{[]string{"--yes", "b"}, 3, false}},
		{name: "-- in the middle", args: []string{"a", "--", "--n"}, want: result{[]string{"a", "--n"}, 0, false}},
		{name: "a dash is an argument", args: []string{"-", "b"}, want: result{[]string{"-", "b"}, 0, false}},
		{name: "too few", args: []string{"a", "--yes"}, wrong: "test needs B"},
		{name: "none", wrong: "test needs A B"},
		{name: "too many", args: []string{"a", "b", "--yes", "c"}, wrong: `unexpected argument "c": test takes A B only`},
		{name: "unknown", args: []string{"a", "b", "--no"}, wrong: "flag provided but not defined: -no"},
		{name: "no value", args: []string{"a", "b", "--n"}, wrong: "flag needs an argument: -n"},
		{name: "empty", args: []string{"a", ""}, wrong: "B must not be empty"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			fs := newFlags("test")
			var got result
			fs.IntVar(&got.N, "n", 0, "")
			fs.BoolVar(&got.Yes, "yes", false, "")
			var err error
			got.Args, err = parse(fs, tc.args, "A", "B")
			if tc.wrong != "" {
				if usage := (usageError{}); !errors.As(err, &usage) || err.Error() != tc.wrong {
					t.Fatalf("error %v, want the usage error %q", err, tc.wrong)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if _, err := parse(newFlags("test"), []string{"a", "--help"}, "A"); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("error %v, want that which asks for help", err)
	}
}

func TestNearest(t *testing.T) {
	t.Parallel()
	known := []string{"serve", "mine", "fixtures generate", "generate", "--json"}
	for word, want := range map[string]string{
		"sreve": "serve", "mines": "mine", "generat": "generate", "--jsn": "--json", "serve": "serve",
		"start": "", "": "", "x": "", "--identities": "",
	} {
		if got := nearest(word, known); got != want {
			t.Errorf("nearest(%q) = %q, want %q", word, got, want)
		}
	}
}

// What is printed for a shell comes out of a shell as it was.
func TestShellWord(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]string{
		"dir": "dir", "../a-b_c.d/e:f": "../a-b_c.d/e:f", "my org": "'my org'", "it's": `'it'\''s'`, "": "''", "$HOME": "'$HOME'", "é": "'é'", "~x": "'~x'",
	} {
		if got := shellWord(word); got != want {
			t.Errorf("shellWord(%q) = %q, want %q", word, got, want)
		}
		out, err := exec.Command("sh", "-c", "printf %s "+shellWord(word)).Output()
		if err != nil || string(out) != word {
			t.Errorf("a shell makes %q of %q: %v", out, word, err)
		}
	}
}

func TestWrapped(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff("  one two\n  three\n  averylongword\n  x\n", wrapped("one  two three averylongword x", "  ", 10)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
