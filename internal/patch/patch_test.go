package patch

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// sessions and roles are policies like those of the API.
func sessions() Policy {
	set := []string{Add, Replace}
	return Policy{Rules: []Rule{
		{Path: "/pruneThreshold", Ops: set, Type: Int, Max: 100, Nullable: true},
		{Path: "/minNumIdentitiesInPotentialRole", Ops: set, Type: Int, Min: 1},
		{Path: "/saved", Ops: set, Type: Bool},
		{Path: "/name", Ops: set, Nullable: true, MaxLength: 10},
	}}
}

func roles() Policy {
	ops := []string{Remove, Replace}
	return Policy{Rules: []Rule{
		{Path: "/name", Ops: ops, MinLength: 1, MaxLength: 10, OnRemove: json.RawMessage(`"Potential Role - e0cc5d"`)},
		{Path: "/description", Ops: ops, Nullable: true, OnRemove: json.RawMessage(`null`)},
		{Path: "/saved", Ops: ops, Type: Bool, OnRemove: json.RawMessage(`false`)},
		{Path: "/note", Ops: []string{Remove}},
		{Path: "/title", Ops: []string{Replace}, MinLength: 2},
	}}
}

const (
	session = `{"id":"s","pruneThreshold":50,"minNumIdentitiesInPotentialRole":20,"saved":false,"name":null,"origin":{"a":[1,2.50]}}`
	role    = `{"id":"r","name":"A < B","description":"old","saved":true,"note":"n","density":75}`
)

func apply(p Policy, doc, body string) (string, error) {
	parsed, err := Parse([]byte(body))
	if err != nil {
		return "", err
	}
	out, err := p.Apply([]byte(doc), parsed)
	return string(out), err
}

func TestApply(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		policy           Policy
		doc, patch, want string
	}{
		"documented": {
			sessions(), session,
			`[{"op":"replace","path":"/pruneThreshold","value":"83"},{"op":"replace","path":"/minNumIdentitiesInPotentialRole","value":"10"},` +
				`{"op":"replace","path":"/saved","value":"false"},{"op":"add","path":"/name","value":"RM - 07/10"}]`,
			`{"id":"s","pruneThreshold":83,"minNumIdentitiesInPotentialRole":10,"saved":false,"name":"RM - 07/10","origin":{"a":[1,2.50]}}`,
		},
		"plain values": {
			sessions(), session,
			`[{"op":"replace","path":"/pruneThreshold","value":0},{"op":"replace","path":"/saved","value":true}]`,
			strings.NewReplacer(`old":50`, `old":0`, `"saved":false`, `"saved":true`).Replace(session),
		},
		"null": {
			sessions(), session, ` [ {"op":"replace","path":"/pruneThreshold","value": null } ] `,
			strings.Replace(session, `old":50`, `old":null`, 1),
		},
		"bounds": {
			sessions(), session,
			`[{"op":"replace","path":"/pruneThreshold","value":100},{"op":"add","path":"/minNumIdentitiesInPotentialRole","value":2147483647}]`,
			strings.NewReplacer(`old":50`, `old":100`, `Role":20`, `Role":2147483647`).Replace(session),
		},
		"the last one counts": {
			sessions(), session,
			`[{"op":"replace","path":"/saved","value":true},{"op":"replace","path":"/saved","value":false}]`, session,
		},
		"members that mean nothing": {
			sessions(), session, `[{"op":"replace","path":"/saved","value":false,"from":7,"OP":"test"}]`, session,
		},
		"member not shown": {
			sessions(), `{"id":"s"}`, `[{"op":"replace","path":"/name","value":"x"}]`, `{"id":"s","name":"x"}`,
		},
		"removals": {
			roles(), role,
			`[{"op":"remove","path":"/name"},{"op":"remove","path":"/description","value":5},{"op":"remove","path":"/saved"},{"op":"remove","path":"/note"}]`,
			`{"id":"r","name":"Potential Role - e0cc5d","description":null,"saved":false,"density":75}`,
		},
		"removed twice": {
			roles(), role, `[{"op":"remove","path":"/saved"},{"op":"remove","path":"/saved"}]`,
			strings.Replace(role, `"saved":true`, `"saved":false`, 1),
		},
		"characters, not bytes": {
			roles(), role, `[{"op":"replace","path":"/name","value":"ääääääääää"}]`, strings.Replace(role, "A < B", "ääääääääää", 1),
		},
		"escaped text": {
			roles(), role, `[{"op":"replace","path":"/name","value":"\u0041\n<&>"}]`, strings.Replace(role, "A < B", `\u0041\n<&>`, 1),
		},
		"null for a text": {
			roles(), role, `[{"op":"replace","path":"/description","value":null}]`, strings.Replace(role, `"old"`, "null", 1),
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := apply(tt.policy, tt.doc, tt.patch)
			if err != nil {
				t.Fatal(err)
			}
			// Bytes for the order of members, values for what they hold: the
			// library may write a text with other escapes.
			if diff := cmp.Diff(decoded(t, tt.want), decoded(t, got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(order(t, tt.want), order(t, got)); diff != "" {
				t.Errorf("order of members (-want +got):\n%s", diff)
			}
		})
	}
}

func decoded(t *testing.T, text string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

// order lists the names of the members of an object.
func order(t *testing.T, text string) []string {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(text))
	var names []string
	if _, err := dec.Token(); err != nil {
		t.Fatal(err)
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, name.(string))
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			t.Fatal(err)
		}
	}
	return names
}

func set(path, value string) string {
	return `[{"op":"replace","path":"` + path + `","value":` + value + `}]`
}

// many is a patch of n operations.
func many(n int) string {
	one := strings.Trim(set("/saved", "true"), "[]")
	return "[" + strings.Repeat(one+",", n-1) + one + "]"
}

func TestErrors(t *testing.T) {
	t.Parallel()
	whole := WholePatch
	tests := map[string]struct {
		policy Policy
		patch  string
		op     int
		path   string
		kind   Kind
		says   string
	}{
		"nothing":             {sessions(), ``, whole, "", Malformed, "array"},
		"null":                {sessions(), `null`, whole, "", Malformed, "array"},
		"object":              {sessions(), `{"op":"replace"}`, whole, "", Malformed, "array"},
		"no operations":       {sessions(), `[]`, whole, "", Malformed, "no operations"},
		"not closed":          {sessions(), `[{"op":"remove","path":"/a"}`, whole, "", Malformed, "not valid JSON"},
		"broken":              {sessions(), `[{"op":]`, whole, "", Malformed, "not valid JSON"},
		"wrong end":           {sessions(), `[{"op":"remove","path":"/a"}}`, whole, "", Malformed, "not valid JSON"},
		"more behind":         {sessions(), set("/saved", "true") + `[]`, whole, "", Malformed, "follows"},
		"broken behind":       {sessions(), set("/saved", "true") + `x`, whole, "", Malformed, "follows"},
		"not UTF-8":           {sessions(), "[\"\xff\"]", whole, "", Malformed, "UTF-8"},
		"too many":            {sessions(), many(MaxOperations + 1), whole, "", Malformed, "more than 100"},
		"not an object":       {sessions(), `[7]`, 0, "", Malformed, "object"},
		"array in array":      {sessions(), `[[]]`, 0, "", Malformed, "object"},
		"no op":               {sessions(), `[{"path":"/saved","value":true}]`, 0, "/saved", Malformed, `"op"`},
		"op of another case":  {sessions(), `[{"Op":"replace","path":"/saved","value":true}]`, 0, "/saved", Malformed, `"op"`},
		"op is a number":      {sessions(), `[{"op":1,"path":"/saved","value":true}]`, 0, "/saved", Malformed, "text"},
		"op is null":          {sessions(), `[{"op":null,"path":"/saved","value":true}]`, 0, "/saved", Malformed, "text"},
		"op unknown":          {sessions(), `[{"op":"set","path":"/saved","value":true}]`, 0, "/saved", Malformed, `"set"`},
		"op in capitals":      {sessions(), `[{"op":"REPLACE","path":"/saved","value":true}]`, 0, "/saved", Malformed, `"REPLACE"`},
		"no path":             {sessions(), `[{"op":"replace","value":true}]`, 0, "", Malformed, `"path"`},
		"path without slash":  {sessions(), set("saved", "true"), 0, "saved", Malformed, "slash"},
		"empty path":          {sessions(), set("", "{}"), 0, "", Malformed, "slash"},
		"broken escape":       {sessions(), set("/a~2", "1"), 0, "/a~2", Malformed, "~"},
		"escape at the end":   {sessions(), set("/a~", "1"), 0, "/a~", Malformed, "~"},
		"doubled member":      {sessions(), `[{"op":"replace","path":"/saved","value":true,"value":false}]`, 0, "", Malformed, `"value" comes twice`},
		"doubled by escape":   {sessions(), `[{"op":"replace","path":"/saved","\u0070ath":"/id","value":false}]`, 0, "", Malformed, `"path" comes twice`},
		"no value":            {sessions(), `[{"op":"replace","path":"/saved"}]`, 0, "/saved", MissingValue, "'saved'"},
		"add without value":   {sessions(), `[{"op":"add","path":"/name"}]`, 0, "/name", MissingValue, "'name'"},
		"unknown field":       {sessions(), set("/origin", "{}"), 0, "/origin", NotPatchable, "Field 'origin' is not patchable. Patchable fields: minNum"},
		"id":                  {sessions(), set("/id", `"x"`), 0, "/id", NotPatchable, "not patchable"},
		"below a field":       {sessions(), set("/name/first", `"x"`), 0, "/name/first", NotPatchable, "'name/first'"},
		"slash behind":        {sessions(), set("/name/", `"x"`), 0, "/name/", NotPatchable, "'name/'"},
		"empty name":          {sessions(), set("/", `"x"`), 0, "/", NotPatchable, "''"},
		"escaped pointer":     {sessions(), set("/a~1b~0c", `"x"`), 0, "/a~1b~0c", NotPatchable, "not patchable"},
		"second is unknown":   {sessions(), `[{"op":"replace","path":"/saved","value":true},{"op":"remove","path":"/x"}]`, 1, "/x", NotPatchable, "operation 1"},
		"remove on a session": {sessions(), `[{"op":"remove","path":"/name"}]`, 0, "/name", NotPatchable, "Supported operations: add, replace"},
		"add on a role":       {roles(), `[{"op":"add","path":"/name","value":"x"}]`, 0, "/name", NotPatchable, "operation add. Supported operations: remove, replace"},
		"test":                {roles(), `[{"op":"test","path":"/name","value":"x"}]`, 0, "/name", NotPatchable, "operation test"},
		"move":                {roles(), `[{"op":"move","path":"/name","from":"/description"}]`, 0, "/name", NotPatchable, "operation move"},
		"copy":                {roles(), `[{"op":"copy","path":"/name","from":"/description"}]`, 0, "/name", NotPatchable, "operation copy"},
		"no rules":            {Policy{}, set("/name", `"x"`), 0, "/name", NotPatchable, "Patchable fields: none"},
		"test by policy":      {Policy{Rules: []Rule{{Path: "/a", Ops: []string{"test"}}}}, `[{"op":"test","path":"/a","value":""}]`, 0, "/a", NotPatchable, "test"},

		"above":              {sessions(), set("/pruneThreshold", `200`), 0, "/pruneThreshold", IllegalValue, "Field 'pruneThreshold' must be a whole number from 0 to 100, or null; 200 is not."},
		"below":              {sessions(), set("/pruneThreshold", `-1`), 0, "/pruneThreshold", IllegalValue, "from 0"},
		"zero identities":    {sessions(), set("/minNumIdentitiesInPotentialRole", `"0"`), 0, "/minNumIdentitiesInPotentialRole", IllegalValue, "from 1 to 2147483647"},
		"beyond int32":       {sessions(), set("/minNumIdentitiesInPotentialRole", `2147483648`), 0, "/minNumIdentitiesInPotentialRole", IllegalValue, "2147483647"},
		"beyond int64":       {sessions(), set("/minNumIdentitiesInPotentialRole", `9223372036854775808`), 0, "/minNumIdentitiesInPotentialRole", IllegalValue, "2147483647"},
		"fraction":           {sessions(), set("/pruneThreshold", `50.5`), 0, "/pruneThreshold", IllegalValue, "50.5 is not"},
		"fraction as text":   {sessions(), set("/pruneThreshold", `"50.5"`), 0, "/pruneThreshold", IllegalValue, `"50.5" is not`},
		"point":              {sessions(), set("/pruneThreshold", `50.0`), 0, "/pruneThreshold", IllegalValue, "whole"},
		"exponent":           {sessions(), set("/pruneThreshold", `1e1`), 0, "/pruneThreshold", IllegalValue, "whole"},
		"leading zero":       {sessions(), set("/pruneThreshold", `"007"`), 0, "/pruneThreshold", IllegalValue, "whole"},
		"plus":               {sessions(), set("/pruneThreshold", `"+7"`), 0, "/pruneThreshold", IllegalValue, "whole"},
		"minus zero":         {sessions(), set("/pruneThreshold", `-0`), 0, "/pruneThreshold", IllegalValue, "whole"},
		"word":               {sessions(), set("/pruneThreshold", `"abc"`), 0, "/pruneThreshold", IllegalValue, "abc"},
		"empty text":         {sessions(), set("/pruneThreshold", `""`), 0, "/pruneThreshold", IllegalValue, "whole"},
		"null as text":       {sessions(), set("/pruneThreshold", `"null"`), 0, "/pruneThreshold", IllegalValue, "whole"},
		"object for number":  {sessions(), set("/pruneThreshold", `{}`), 0, "/pruneThreshold", IllegalValue, "whole"},
		"truth for number":   {sessions(), set("/pruneThreshold", `true`), 0, "/pruneThreshold", IllegalValue, "whole"},
		"null for number":    {sessions(), set("/minNumIdentitiesInPotentialRole", `null`), 0, "/minNumIdentitiesInPotentialRole", IllegalValue, "null is not"},
		"number for truth":   {sessions(), set("/saved", `1`), 0, "/saved", IllegalValue, "true or false"},
		"yes for truth":      {sessions(), set("/saved", `"yes"`), 0, "/saved", IllegalValue, "true or false"},
		"null for truth":     {sessions(), set("/saved", `null`), 0, "/saved", IllegalValue, "true or false"},
		"array for truth":    {sessions(), set("/saved", `[true]`), 0, "/saved", IllegalValue, "true or false"},
		"number for text":    {sessions(), set("/name", `7`), 0, "/name", IllegalValue, "a text of at most 10 characters, or null"},
		"object for text":    {sessions(), set("/name", `{"a":"b"}`), 0, "/name", IllegalValue, "a text"},
		"long text":          {sessions(), set("/name", `"12345678901"`), 0, "/name", IllegalValue, "at most 10"},
		"empty name of role": {roles(), set("/name", `""`), 0, "/name", IllegalValue, "1 to 10"},
		"short title":        {roles(), set("/title", `"a"`), 0, "/title", IllegalValue, "at least 2"},
		"null name of role":  {roles(), set("/name", `null`), 0, "/name", IllegalValue, "null is not"},
		"nothing to remove":  {roles(), `[{"op":"remove","path":"/note"},{"op":"remove","path":"/note"}]`, 1, "/note", IllegalValue, "no value to remove"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc := session
			if strings.Contains(tt.patch, "/note") {
				doc = role
			}
			out, err := apply(tt.policy, doc, tt.patch)
			var got *Error
			if !errors.As(err, &got) {
				t.Fatalf("%.100s = %s, %v, want an *Error", tt.patch, out, err)
			}
			want := Error{Op: tt.op, Path: tt.path, Kind: tt.kind, Message: got.Message}
			if diff := cmp.Diff(want, *got); diff != "" {
				t.Errorf("%.100s (-want +got):\n%s", tt.patch, diff)
			}
			if !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%.100s says %q, want it to hold %q", tt.patch, err, tt.says)
			}
			if out != "" {
				t.Errorf("%.100s left %s besides the error", tt.patch, out)
			}
		})
	}
}

// The bound on operations itself is accepted.
func TestMostOperations(t *testing.T) {
	t.Parallel()
	got, err := apply(sessions(), session, many(MaxOperations))
	if err != nil || !strings.Contains(got, `"saved":true`) {
		t.Errorf("%s, %v", got, err)
	}
}

// Long texts of the client do not come back whole.
func TestMessagesAreShort(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 10_000)
	for _, body := range []string{
		set("/"+long, "1"), set(long, "1"), set("/saved", `"`+long+`"`),
		`[{"op":"` + long + `","path":"/saved"}]`, `[{"` + long + `":1,"` + long + `":1}]`,
	} {
		if _, err := apply(sessions(), session, body); err == nil || len(err.Error()) > 300 {
			t.Errorf("%.60s: %d bytes of error, want 1 to 300", body, len(err.Error()))
		}
	}
}

// A document that is not an object is the caller's mistake, not the client's.
func TestUnusableDocument(t *testing.T) {
	t.Parallel()
	for _, doc := range []string{``, ` `, `null`, `[]`, `{"a":`, `7`} {
		_, err := apply(sessions(), doc, set("/saved", "true"))
		var own *Error
		if err == nil || errors.As(err, &own) {
			t.Errorf("document %q: %v, want an error that is no *Error", doc, err)
		}
	}
}
