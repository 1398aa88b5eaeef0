package assignments_test

import (
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/assignments"
)

// refusal is what an import says that writes nothing.
func refusal(t *testing.T, access, people string, opts assignments.Options) []string {
	t.Helper()
	files := fstest.MapFS{}
	s, err := tryImport(files, access, people, opts)
	var bad *assignments.Error
	if !errors.As(err, &bad) {
		t.Fatalf("not an *Error: %v, %+v", err, s)
	}
	if len(files) > 0 {
		t.Errorf("%d files are written all the same", len(files))
	}
	if !cmp.Equal(s, assignments.Summary{}) {
		t.Errorf("a summary all the same: %+v", s)
	}
	lines := strings.Split(bad.Error(), "\n  ")
	if lines[0] != "the files cannot be imported: "+strconv.Itoa(bad.Count)+" problem"+map[bool]string{true: "s"}[bad.Count != 1] {
		t.Errorf("first line: %s", lines[0])
	}
	return lines[1:]
}

func TestProblemsOfAssignments(t *testing.T) {
	t.Parallel()
	const empty = "there are no assignments: the file is empty, or has empty lines and comments only"
	const noQuotes = "a double quote stands in a field that is not quoted; put the field in double quotes and write those inside twice"
	const openQuotes = "a quoted field is not closed, or goes on after its closing quote; double quotes inside are written twice"
	many := strings.Repeat("u1,p1,x\nu1,p2,x\nu2,p1,x\n", 10)
	for _, tt := range []struct {
		name, text string
		opts       assignments.Options
		want       []string
	}{
		{name: "nothing", text: "", want: []string{"access.csv: " + empty}},
		{name: "only comments", text: "\ufeff# a,b\n\n  \n", want: []string{"access.csv: " + empty}},
		{name: "only a delimiter", text: "sep=;\n", want: []string{"access.csv: " + empty}},
		{name: "only a header", text: "# x\nuser,permission\n", want: []string{"access.csv: there are no assignments: the header on line 2 is all there is"}},
		{name: "only users", text: "a\nb\n", want: []string{
			"access.csv: no line has more than one field; is the delimiter right? It was read as blank; --delimiter states another: comma, semicolon, tab, pipe or blank"}},
		{name: "another delimiter than stated", text: "a|x\nb|x\n", opts: assignments.Options{Delimiter: "comma"}, want: []string{
			"access.csv: no line has more than one field; is the delimiter right? It was read as comma, but looks like --delimiter pipe"}},
		{name: "the same with a header", text: "user;role\na;x\nb;x\n", opts: assignments.Options{Delimiter: "comma", Format: "pairs"}, want: []string{
			"access.csv: no line has more than one field; is the delimiter right? It was read as comma, but looks like --delimiter semicolon"}},
		{name: "another delimiter than in the header", text: "user,role\na;x\nb;x\n", want: []string{
			"access.csv: no line has more than one field; is the delimiter right? It was read as comma; --delimiter states another: comma, semicolon, tab, pipe or blank"}},
		{name: "a first line that names no delimiter of ours", text: "sep=:\na,x\n", want: []string{
			`access.csv:1: the line names a delimiter that is not understood: the delimiter must be one of auto, comma, semicolon, tab, pipe, blank, not ":"`}},
		{name: "a comma too many under a header", text: "user,entitlement\nu1,Role 1\nu2,Role 2\nbob,Ledger, read only\ncem\n", want: []string{
			"access.csv:4: has 3 fields, the header names 2; quote a comma in a value, or --format lists, if a line holds all entitlements of a user",
			"access.csv:5: there is no entitlement; a user without access belongs in the file of identities"}},
		{name: "the same between blanks", text: "user entitlement\nu1 Role 1\n", want: []string{
			"access.csv:2: has 3 fields, the header names 2; --format lists, if a line holds all entitlements of a user"}},
		{name: "empty fields in pairs", text: "user,permission,system\n,x,y\na,,y\na,x,\n", want: []string{
			"access.csv:2: the user is empty",
			"access.csv:3: there is no entitlement; a user without access belongs in the file of identities",
		}},
		{name: "no user in a list", text: ",x,y,z\na,x\n", want: []string{"access.csv:1: the user is empty"}},
		{name: "a short line among pairs", text: many + "u3\n", want: []string{
			"access.csv:31: there is no entitlement; a user without access belongs in the file of identities"}},
		{name: "a long line among pairs", text: many + "u3,p1,x,y\n", want: []string{
			"access.csv:31: has 4 fields; a line holds a user, an entitlement and perhaps an application; quote a comma in a value, or --format lists, if a line holds all entitlements of a user"}},
		{name: "stated pairs", text: "a,x,y,z\nb,x\n", opts: assignments.Options{Format: "pairs"}, want: []string{
			"access.csv:1: has 4 fields; a line holds a user, an entitlement and perhaps an application; quote a comma in a value"}},
		{name: "more than the header", text: "user,permission\na,x,y\n", opts: assignments.Options{Format: "pairs"}, want: []string{
			"access.csv:2: has 3 fields, the header names 2; quote a comma in a value"}},
		{name: "more than a header with others", text: "user,since,permission\na,2020,x,\nb,2020,x,y\n", want: []string{
			"access.csv:3: has 4 fields, the header names 3; quote a comma in a value, or --format lists, if a line holds all entitlements of a user"}},
		{name: "half a header", text: "# x\nuser,Dings\na,b\n", want: []string{
			`access.csv:2: "user" may be the name of a column or an entry of the file; say --header yes or --header no`}},
		{name: "the other half", text: "Wer,role\na,b\n", want: []string{
			`access.csv:1: "role" may be the name of a column or an entry of the file; say --header yes or --header no`}},
		{name: "a header without entitlements", text: "user,a,b,c\n1,2,3,4\n", opts: assignments.Options{Header: "yes"}, want: []string{
			`access.csv:1: no column of the header is the entitlement; call one "entitlement" (also understood: entitlement, permission, right, group, role, access); or --format lists, if a line holds all entitlements of a user`}},
		{name: "a header of one column", text: "user\n1 2\n", opts: assignments.Options{Header: "yes"}, want: []string{
			"access.csv:1: the header names one column; a column of users and one of entitlements are needed; or --format lists, if a line holds all entitlements of a user"}},
		{name: "a name twice", text: "user,permission,User\n1,2,3\n", want: []string{
			`access.csv:1: columns 1 and 3 of the header have the same name, "User"; or --format lists, if a line holds all entitlements of a user`}},
		{name: "lists by entitlement", text: "role,user\na,1,2,3\n", opts: assignments.Options{Format: "lists"}, want: []string{
			"access.csv:1: column 2 of the header is the user, but a line that holds all entitlements of a user begins with the user"}},
		{name: "lists by entitlement, not stated", text: "role,user\na,1,2,3\n", want: []string{
			"access.csv:2: has 4 fields, the header names 2; quote a comma in a value, or --format lists, if a line holds all entitlements of a user"}},
		{name: "quotes", text: "a,x\"y\na,\"x\" y\n\na,\"x\"\"y\"\nb,\"x", want: []string{
			"access.csv:1:4: " + noQuotes, "access.csv:2:5: " + openQuotes, "access.csv:5:5: " + openQuotes}},
		{name: "a quote that is never closed", text: "a,x\n\"b,x\nc,x\nd,x\n", want: []string{
			"access.csv:2: " + openQuotes + " (it was read up to line 4)"}},
		{name: "quotes that close too late", text: "a,x\n\"b,x\nc\",x\nd,x\n", want: []string{
			`access.csv:2: the user "b,x\nc" has a line break, a tab or another control character in it`}},
		{name: "quotes between blanks", text: "a x\nb \"x y\"\n", want: []string{
			"access.csv:2: a field begins with a double quote, but fields between blanks cannot be quoted; use commas, semicolons or tabs"}},
		{name: "not UTF-8", text: "a,x\nb,caf\xe9\n# \xff\nc,\xe2\x82", want: []string{
			"access.csv:2: is not valid UTF-8; save the file as UTF-8",
			"access.csv:3: is not valid UTF-8; save the file as UTF-8",
			"access.csv:4: is not valid UTF-8; save the file as UTF-8",
		}},
		{name: "NUL", text: "a,x\nb,\x00\x00\n\x00\xff", want: []string{
			"access.csv:2: there is a NUL byte; the file must be text, in UTF-8",
			"access.csv:3: there is a NUL byte; the file must be text, in UTF-8",
		}},
		{name: "UTF-16", text: "\xff\xfea\x00,\x00x\x00\n\x00", want: []string{"access.csv:1: the text is UTF-16; save it as UTF-8"}},
		{name: "UTF-16, the other order", text: "\xfe\xff\x00a\x00,\x00x", want: []string{"access.csv:1: the text is UTF-16; save it as UTF-8"}},
		{name: "only CR", text: "a,x\rb,x\rc,x", opts: assignments.Options{Format: "lists"}, want: []string{
			`access.csv:1: the entitlement "x\rb" has a line break, a tab or another control character in it`,
			`access.csv:1: the entitlement "x\rc" has a line break, a tab or another control character in it`}},
		{name: "an application with a control character", text: "user,role,app\na,x,\"b\x07\"\n", want: []string{
			`access.csv:2: the application "b\a" has a line break, a tab or another control character in it`}},
		{name: "ids that cannot be told apart", text: "user,role,app\na,b/c,a\na,c,a/b\na,c,b\na,b/c,q\n", want: []string{
			`access.csv:3: this entitlement and that of line 2 would both have the id "a/b/c"; give one of them or its application another name`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, refusal(t, tt.text, "", tt.opts)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestProblemsOfIdentities(t *testing.T) {
	t.Parallel()
	const header = "id,name,displayName,email,active,manager\n"
	for _, tt := range []struct {
		name, text string
		want       []string
	}{
		{name: "only comments", text: "# nobody\n", want: []string{
			"people.csv: there is no header; the first line names the columns: id, name, displayName, email, active, manager and any attributes"}},
		{name: "no header", text: "u1,maya\nu2,leo\n", want: []string{
			"people.csv:1: no column of the header is the id; the first line must name the columns, one of them id (also understood: user, userId, identity, account, login, employee)"}},
		{name: "a column twice", text: "id,Job Title,job_title\n", want: []string{
			`people.csv:1: columns 2 and 3 of the header have the same name, "job_title"`}},
		{name: "attributes that become one", text: "id,a s,a ſ\n", want: []string{`people.csv:1: two columns of the header are the attribute "aS"`}},
		{name: "too many fields", text: "id,team\nu1,a\nu2,a,b\n", want: []string{"people.csv:3: has 3 fields, but the header names 2 columns"}},
		{name: "a value without a name", text: "id,,team\nu1,,a\nu2,x,a\n", want: []string{"people.csv:3: column 2 has a value but no name in the header"}},
		{name: "no id", text: header + ",maya\n", want: []string{"people.csv:2: the id is empty"}},
		{name: "an id twice", text: header + "u1\nu2\nu1\n", want: []string{`people.csv:4: the identity "u1" is on line 2 already`}},
		{name: "a user name twice", text: header + "u1,maya\nu2,maya\n", want: []string{
			`people.csv:3: the user name "maya" is on line 2 already; call the column displayName if it holds names for people`}},
		{name: "an email", text: header + "u1,,,maya\nu2,,,@x\nu3,,,x@\nu4,,,x@y\n", want: []string{
			`people.csv:2: the email must be an address like a.b@example.com, not "maya"`,
			`people.csv:3: the email must be an address like a.b@example.com, not "@x"`,
			`people.csv:4: the email must be an address like a.b@example.com, not "x@"`}},
		{name: "active", text: header + "u1,,,,maybe\nu2,,,,FALSE\n", want: []string{`people.csv:2: active must be true or false, not "maybe"`}},
		{name: "a line break in a name", text: header + "u1,,\"Maya\nRossi\"\n", want: []string{
			"people.csv:2: the display name has a line break, a tab or another control character in it"}},
		{name: "a manager whom nobody knows", text: header + "u2,,,,,u1\nu3,,,,,u9\n", want: []string{
			`people.csv:3: the manager "u9" is no identity of the files; managers are named by id`}},
		{name: "managers in circles", text: header + "u2,,,,,u3\nu3,,,,,u4\nu4,,,,,u3\nu5,,,,,u5\nu6,,,,,u1\n", want: []string{
			`people.csv:3: the identity "u3" is above itself in the tree of managers`}},
		{name: "quotes", text: header + "u1,\"x\nu2,x\n", want: []string{
			"people.csv:2: a quoted field is not closed, or goes on after its closing quote; double quotes inside are written twice (it was read up to line 3)"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, refusal(t, "u1,p1\n", tt.text, assignments.Options{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// The problems of both files come together, and managers are not looked up
// among users that could not be read.
func TestProblemsOfBothFiles(t *testing.T) {
	t.Parallel()
	want := []string{"access.csv:2: the user is empty", "people.csv:2: the id is empty"}
	if diff := cmp.Diff(want, refusal(t, "u1,p1\n,p2\n", "id,manager\n,u1\n", assignments.Options{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	want = []string{"access.csv:1:5: a double quote stands in a field that is not quoted; put the field in double quotes and write those inside twice", "people.csv:2: the id is empty"}
	if diff := cmp.Diff(want, refusal(t, "u1,p\"1\nu2,p2\n", "id,manager\n,u7\n", assignments.Options{})); diff != "" {
		t.Errorf("lines that cannot be read (-want +got):\n%s", diff)
	}
}

// What can be said of managers is said with the mistakes of the assignments,
// and many of these leave room for those of the people.
func TestProblemsOfPeopleAreNotHeldBack(t *testing.T) {
	t.Parallel()
	const people = "id,active,manager\nu1,perhaps,nobody\nu1,,\nu2,,u3\n"
	want := []string{
		`people.csv:2: active must be true or false, not "perhaps"`,
		`people.csv:2: the manager "nobody" is no identity of the files; managers are named by id`,
		`people.csv:3: the identity "u1" is on line 2 already`,
	}
	got := refusal(t, "user,role\n"+strings.Repeat(",x\n", 250)+"u3,\n", people, assignments.Options{})
	if len(got) != assignments.MaxProblems+1 {
		t.Fatalf("%d lines", len(got))
	}
	if diff := cmp.Diff(want, got[97:100]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	got = refusal(t, "u1,\"x\nu9,y\n", people, assignments.Options{})
	if diff := cmp.Diff([]string{want[0], want[2]}, got[len(got)-2:]); diff != "" {
		t.Errorf("with lines that cannot be read (-want +got):\n%s", diff)
	}
}

func TestManyProblems(t *testing.T) {
	t.Parallel()
	got := refusal(t, "user,role\n"+strings.Repeat(",x\n", 250), "", assignments.Options{})
	if len(got) != assignments.MaxProblems+1 || got[99] != "access.csv:101: the user is empty" || got[100] != "... and 150 more" {
		t.Errorf("%d lines, %q", len(got), got[len(got)-2:])
	}
}

func TestOptionsAreChecked(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		opts assignments.Options
		want string
	}{
		{assignments.Options{Format: "matrix"}, `the format must be one of auto, pairs, lists, not "matrix"`},
		{assignments.Options{Delimiter: "."}, `the delimiter must be one of auto, comma, semicolon, tab, pipe, blank, not "."`},
		{assignments.Options{Header: "maybe"}, `the header must be one of auto, yes, no, not "maybe"`},
		{assignments.Options{OrgName: "Acme Inc"}, `the name of the organisation is part of host names: lower-case letters, digits and hyphens inside, not "Acme Inc"`},
		{assignments.Options{OrgName: "acme-"}, `the name of the organisation is part of host names: lower-case letters, digits and hyphens inside, not "acme-"`},
		{assignments.Options{SourceName: "a\nb"}, `the name of the source "a\nb" has a line break, a tab or another control character in it`},
	} {
		if _, err := tryImport(fstest.MapFS{}, "a,b", "", tt.opts); err == nil || err.Error() != tt.want {
			t.Errorf("%v, want %s", err, tt.want)
		}
	}
	for text, want := range map[string]assignments.Delimiter{",": "comma", ";": "semicolon", "|": "pipe", "pipe": "pipe", "\t": "tab", `\t`: "tab", " ": "blank", "": "auto", "tab": "tab"} {
		if got, err := assignments.ParseDelimiter(text); got != want || err != nil {
			t.Errorf("%q is %s, %v", text, got, err)
		}
	}
}

// Files that cannot be read or written are errors of their own.
func TestReadingAndWritingFail(t *testing.T) {
	t.Parallel()
	broken := errors.New("the disk is broken")
	good := func() assignments.Input {
		return assignments.Input{Name: "access.csv", Reader: strings.NewReader("a,b\n")}
	}
	bad := assignments.Input{Name: "bad.csv", Reader: io.MultiReader(strings.NewReader("id\nb\n"), iotest.ErrReader(broken))}
	for name, run := range map[string]func() error{
		"assignments": func() error {
			_, err := assignments.Import(bad, nil, assignments.Options{}, memory(fstest.MapFS{}))
			return err
		},
		"identities": func() error {
			late := bad
			late.Reader = io.MultiReader(strings.NewReader("id\n"+strings.Repeat("0123456789\n", 1e4)), iotest.ErrReader(broken))
			_, err := assignments.Import(good(), &late, assignments.Options{}, memory(fstest.MapFS{}))
			return err
		},
		"create": func() error {
			_, err := assignments.Import(good(), nil, assignments.Options{}, func(string) (io.WriteCloser, error) { return nil, broken })
			return err
		},
	} {
		if err := run(); !errors.Is(err, broken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
