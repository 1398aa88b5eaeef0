package assignments_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/assignments"
)

func readAs(s assignments.Summary) string {
	return fmt.Sprintf("%s %s %s", s.Format, s.Delimiter, s.Header)
}

// The same assignments in every form between every delimiter.
func TestEveryFormAndDelimiter(t *testing.T) {
	t.Parallel()
	want := []string{"u1: p17 p4", "u2: p17", "u3: p17 p4 p5"}
	pairs := []string{"u1 p17", "u1 p4", "u2 p17", "u3 p17", "u3 p4", "u3 p5"}
	triples := []string{"u1 p17 x", "u1 p4 x", "u2 p17 x", "u3 p17 x", "u3 p4 x", "u3 p5 y"}
	lists := []string{"u1 p17 p4", "u2 p17", "u3 p17 p4 p5"}
	for delimiter, sign := range map[string]string{"comma": ",", "semicolon": ";", "tab": "\t", "blank": " ", "pipe": "|"} {
		for form, tt := range map[string]struct {
			lines []string
			read  string
		}{
			"pairs":                         {pairs, "pairs %s no"},
			"pairs with application":        {triples, "pairs %s no"},
			"lists":                         {lists, "lists %s no"},
			"pairs with header":             {append([]string{"user permission"}, pairs...), "pairs %s yes"},
			"pairs with applicationheader":  {append([]string{"account right system"}, triples...), "pairs %s yes"},
			"lists with header":             {append([]string{"userId entitlements more"}, lists...), "lists %s yes"},
			"comments and empty lines":      {slices.Concat([]string{"# what,it;is\there", ""}, pairs, []string{"", "# end"}), "pairs %s no"},
			"lists with comments and users": {slices.Concat([]string{"", "#"}, lists), "lists %s no"},
		} {
			for ending, end := range map[string]string{"LF": "\n", "CRLF": "\r\n", "trailing blanks": "  \n", "trailing delimiter": sign + "\n"} {
				text := strings.ReplaceAll(strings.Join(tt.lines, end), " ", sign) + end
				if ending == "trailing blanks" {
					text = strings.Join(strings.Split(strings.ReplaceAll(strings.Join(tt.lines, "\n"), " ", sign), "\n"), end) + end
				}
				for _, text := range []string{text, "\ufeff" + text, strings.TrimRight(text, "\r\n \t,;|")} {
					name := fmt.Sprintf("%s, %s, %s", form, delimiter, ending)
					var opts assignments.Options
					if form == "lists with header" { // which would name the columns of pairs
						opts.Format = assignments.FormatLists
					}
					ds, s := imported(t, text, "", opts)
					if diff := cmp.Diff(want, held(ds)); diff != "" {
						t.Errorf("%s (-want +got):\n%s\n%q", name, diff, text)
					}
					if got, want := readAs(s), fmt.Sprintf(tt.read, delimiter); got != want {
						t.Errorf("%s: read as %s, want %s", name, got, want)
					}
				}
			}
		}
	}
}

// What a text is taken for, and that it can be taken for something else.
func TestDetection(t *testing.T) {
	t.Parallel()
	many := strings.Repeat("u1,p1,x\nu1,p2,x\nu2,p1,x\n", 10)
	for _, tt := range []struct {
		name, text string
		opts       assignments.Options
		want       string
		held       string
		doubt      string
	}{
		{name: "two numbers a line", text: "1 17\n1 18\n2 17\n", want: "pairs blank no", held: "1: 17 18; 2: 17"},
		{name: "two numbers a line, each user once", text: "1 17\n2 17\n", want: "pairs blank no", held: "1: 17; 2: 17"},
		{name: "the same as lists", text: "1 17\n2 17\n", opts: assignments.Options{Format: "lists"}, want: "lists blank no", held: "1: 17; 2: 17"},
		{name: "one line longer", text: "1 17\n2 17\n3 17 18 19\n", want: "lists blank no", held: "1: 17; 2: 17; 3: 17 18 19", doubt: "1 of 3 lines cannot be pairs (the first is line 3, with 4 fields)"},
		{name: "one line shorter", text: "1 17\n2 17\n3\n", want: "lists blank no", held: "1: 17; 2: 17; 3: ", doubt: "line 3, with 1 field)"},
		{name: "three fields, users again", text: "1 17 5\n1 5 5\n", want: "pairs blank no", held: "1: 17 5"},
		{name: "three fields, some users again", text: "1 17 5\n1 5 5\n2 5 5", want: "pairs blank no", held: "1: 17 5; 2: 5", doubt: "application"},
		{name: "three fields, each user once, few thirds", text: "1 17 crm\n2 18 crm\n3 19 hr\n4 20 hr\n", want: "pairs blank no", held: "1: 17; 2: 18; 3: 19; 4: 20", doubt: "application"},
		{name: "three fields, each user once, many thirds", text: "1 17 18\n2 18 19\n3 19 20\n", want: "lists blank no", held: "1: 17 18; 2: 18 19; 3: 19 20", doubt: "second entitlement"},
		{name: "three fields, each user once, a third that is a second", text: "1 17 18\n2 18 18\n3 19 18\n4 19 18", want: "lists blank no",
			held: "1: 17 18; 2: 18; 3: 18 19; 4: 18 19", doubt: "second entitlement"},
		{name: "the same as pairs", text: "1 17 18\n2 18 18\n3 19 18\n4 19 18", opts: assignments.Options{Format: "pairs"}, want: "pairs blank no", held: "1: 17; 2: 18; 3: 19; 4: 19"},
		{name: "two and three fields, each user once", text: "1 17 18\n2 18\n3 18 17\n", want: "lists blank no", held: "1: 17 18; 2: 18; 3: 17 18", doubt: "second entitlement"},
		{name: "many pairs and a list", text: many + "u3,p1,p2,p3,p4\n", opts: assignments.Options{Format: "lists"}, want: "lists comma no", held: "u1: p1 p2 x; u2: p1 x; u3: p1 p2 p3 p4"},
		{name: "header by its words", text: "user,role\na,x\n", want: "pairs comma yes", held: "a: x"},
		{name: "the same as an assignment", text: "user,role\na,x\n", opts: assignments.Options{Header: "no"}, want: "pairs comma no", held: "a: x; user: role"},
		{name: "header by the numbers below", text: "Wer;Was\n1;2\n", want: "pairs semicolon yes", held: "1: 2"},
		{name: "header of lists by the numbers below", text: "Wer Was Noch Mehr\n1 2 3 4\n2 3\n", want: "lists blank yes", held: "1: 2 3 4; 2: 3", doubt: "line 2, with 4 fields"},
		{name: "third fields of a few", text: many + "u3,Ledger, read only\nu3,p1\n", want: "pairs comma no", held: "u1: p2 x/p1; u2: x/p1; u3: Imported/p1 Ledger", doubt: "31 of 32 lines have a third field"},
		{name: "a first line that names the delimiter", text: "sep=;\r\nuser;right\r\na,b;x\r\n", want: "pairs semicolon yes", held: "a,b: x"},
		{name: "the same in quotes", text: "\ufeff\"SEP=|\"\nu1|p,1\n", want: "pairs pipe no", held: "u1: p,1"},
		{name: "the same with a tab", text: "sep=\t\na\tx\n", want: "pairs tab no", held: "a: x"},
		{name: "the same overridden", text: "sep=;\na,x\n", opts: assignments.Options{Delimiter: "comma"}, want: "pairs comma no", held: "a: x"},
		{name: "not one that names the delimiter", text: "sep=;;,x\na,x\n", opts: assignments.Options{Delimiter: "comma"}, want: "pairs comma no", held: "a: x; sep=;;: x"},
		{name: "pipes", text: "u1|Role, 1\nu2|Role 2\n", want: "pairs pipe no", held: "u1: Role, 1; u2: Role 2"},
		{name: "header that must be stated", text: "Wer;Was\na;b\n", opts: assignments.Options{Header: "yes"}, want: "pairs semicolon yes", held: "a: b"},
		{name: "the same without", text: "Wer;Was\na;b\n", want: "pairs semicolon no", held: "Wer: Was; a: b"},
		{name: "header stated, one word known", text: "Wer;System;Was\nx;y;z\n", opts: assignments.Options{Header: "yes"}, want: "pairs semicolon yes", held: "x: z"},
		{name: "names with commas between semicolons", text: "alice;CN=a,OU=b\nbob;CN=c,OU=b\n", want: "pairs semicolon no", held: "alice: CN=a,OU=b; bob: CN=c,OU=b"},
		{name: "names with blanks between commas", text: "alice a,Domain Users\nbob b,Domain Users\n", want: "pairs comma no", held: "alice a: Domain Users; bob b: Domain Users"},
		{name: "names with commas between blanks need a word", text: "alice CN=a,OU=b\n", opts: assignments.Options{Delimiter: "blank"}, want: "pairs blank no", held: "alice: CN=a,OU=b"},
		{name: "or a header", text: "user permission\nalice CN=a,OU=b\n", want: "pairs blank yes", held: "alice: CN=a,OU=b"},
		{name: "uneven commas between even semicolons", text: "a,b;x\nc,d,e;x\nf,;y\n", want: "pairs semicolon no", held: "a,b: x; c,d,e: x; f,: y"},
		{name: "delimiters in quotes do not count", text: "\"a;b\",x\n\"c;d\",x\n", want: "pairs comma no", held: "a;b: x; c;d: x"},
		{name: "a line without the delimiter", text: "a b,x,y,z\nc d\n", want: "lists comma no", held: "a b: x y z; c d: ", doubt: "2 of 2 lines"},
		{name: "several blanks and tabs", text: "  1 \t 17\n 1    18 \n2 17", want: "pairs blank no", held: "1: 17 18; 2: 17"},
		{name: "one delimiter for two meanings", text: "a\tx y\nb\tx y\n", want: "pairs tab no", held: "a: x y; b: x y"},
		{name: "the same between blanks", text: "a\tx y\nb\tx y\n", opts: assignments.Options{Delimiter: " ", Format: "lists"}, want: "lists blank no", held: "a: x y; b: x y"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ds, s := imported(t, tt.text, "", tt.opts)
			if got := readAs(s); got != tt.want {
				t.Errorf("read as %s, want %s", got, tt.want)
			}
			if got := strings.Join(held(ds), "; "); got != tt.held {
				t.Errorf("%s, want %s", got, tt.held)
			}
			if (s.Doubt != "") != (tt.doubt != "") || !strings.Contains(s.Doubt, tt.doubt) {
				t.Errorf("doubt: %q, want %q", s.Doubt, tt.doubt)
			}
		})
	}
}
