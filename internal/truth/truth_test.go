package truth_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"mockserver/fixtures"
	"mockserver/internal/truth"
)

const example = `{"roles":[
{"id":"claims","name":"Claims & <Intake>","entitlementIds":["e1","e2"]},
{"id":"idle","name":"Idle","entitlementIds":[]}
],"identities":{
"i\"0":"idle",
"i1":"claims",
"i2":"claims"
}}
`

func exampleTruth() truth.Truth {
	return truth.Truth{
		Roles: []truth.Role{
			{ID: "claims", Name: "Claims & <Intake>", EntitlementIDs: []string{"e1", "e2"}},
			{ID: "idle", Name: "Idle", EntitlementIDs: []string{}},
		},
		Identities: map[string]string{"i1": "claims", "i2": "claims", `i"0`: "idle"},
	}
}

func TestReadAndWrite(t *testing.T) {
	t.Parallel()
	got, err := truth.Read(strings.NewReader(example))
	if diff := cmp.Diff(exampleTruth(), got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	var out bytes.Buffer
	if err := truth.Write(&out, got); err != nil || out.String() != example {
		t.Errorf("%v, written:\n%s", err, out.String())
	}
	out.Reset()
	if err := truth.Write(&out, truth.Truth{}); err != nil {
		t.Fatal(err)
	}
	if got, err := truth.Read(&out); err != nil || len(got.Roles)+len(got.Identities) != 0 {
		t.Errorf("nothing is read as %v, %v", got, err)
	}
}

// The roles may follow the identities in a file that people wrote.
func TestReadAnyOrder(t *testing.T) {
	t.Parallel()
	text := `{"identities": {"i": "r"}, "roles": [{"entitlementIds": ["e"], "name": "n", "id": "r"}]}`
	got, err := truth.Read(strings.NewReader(text))
	want := truth.Truth{Roles: []truth.Role{{ID: "r", Name: "n", EntitlementIDs: []string{"e"}}}, Identities: map[string]string{"i": "r"}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	roles := func(list string) string { return `{"identities":{},"roles":[` + list + `]}` }
	for _, tt := range []struct {
		name, text string
		want       []string // the problems, in order
	}{
		{"nothing", "", []string{"1:1: malformed JSON: unexpected end of JSON input"}},
		{"a comma", "{\"roles\":[],\n \"identities\":{,}}", []string{"2:16: malformed JSON: invalid character ',' looking for beginning of object key string"}},
		{"two values", `{} {}`, []string{"1:4: malformed JSON: invalid character '{' after top-level value"}},
		{"not UTF-8", "{\n\"\xff\"", []string{"2:2: malformed JSON: the text is not UTF-8"}},
		{"not an object", `[{"roles":[]}]`, []string{"must be an object"}},
		{"nothing in it", `{}`, []string{`the property "identities" is missing`, `the property "roles" is missing`}},
		{"unknown", roles(`{"id":"r","name":"n","entitlementIds":[],"size":[{"deep":1e999}]}`), []string{"/roles/0/size: unknown property; known are entitlementIds, id, name"}},
		{"repeated", `{"roles":[],"roles":[1],"identities":{}}`, []string{"/roles: the property is there twice"}},
		{"wrong types", `{"roles":{"a":1},"identities":[1]}`, []string{"/roles: must be an array", "/identities: must be an object"}},
		{"wrong types below", roles(`7,{"id":[],"name":null,"entitlementIds":[1,"",{"x":2}]}`), []string{
			"/roles/0: must be an object", "/roles/1/id: must be a text", "/roles/1/name: must be a text",
			"/roles/1/entitlementIds/0: must be a text", "/roles/1/entitlementIds/1: must not be empty", "/roles/1/entitlementIds/2: must be a text",
		}},
		{"missing below", roles(`{"id":"r"}`), []string{`/roles/0: the property "entitlementIds" is missing`, `/roles/0: the property "name" is missing`}},
		{"taken", roles(`{"id":"r","name":"n","entitlementIds":[]},{"id":"r","name":"n","entitlementIds":["e","e"]}`), []string{
			`/roles/1/id: the id "r" is taken by the role /roles/0`, `/roles/1/entitlementIds/1: "e" is there twice`,
		}},
		{"identities", `{"roles":[{"id":"r","name":"n","entitlementIds":[]}],"identities":{"a/b~c":"s","i":"r","i":"r","":"r","x":3,"y":""}}`, []string{
			"/identities/i: the identity is there twice", "/identities/: an identity's id must not be empty", "/identities/x: must be a text",
			"/identities/y: must not be empty", `/identities/a~1b~0c: no role has the id "s"`,
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := truth.Read(strings.NewReader(tt.text))
			var bad *truth.Error
			if !errors.As(err, &bad) || got.Roles != nil || got.Identities != nil {
				t.Fatalf("%v, %v", got, err)
			}
			var problems []string
			for _, p := range bad.Problems {
				problems = append(problems, p.String())
			}
			if diff := cmp.Diff(tt.want, problems); diff != "" || bad.Count != len(tt.want) {
				t.Errorf("%d problems\n%s", bad.Count, diff)
			}
			if first, _, _ := strings.Cut(err.Error(), "\n"); !strings.HasPrefix(first, "truth.json is not valid: ") || strings.Count(err.Error(), "\n") != len(tt.want) {
				t.Errorf("the message is %q", err)
			}
		})
	}
}

func TestManyProblems(t *testing.T) {
	t.Parallel()
	text := `{"roles":[` + strings.Repeat("0,", truth.MaxProblems+6) + `0],"identities":{}}`
	_, err := truth.Read(strings.NewReader(text))
	var bad *truth.Error
	if !errors.As(err, &bad) || len(bad.Problems) != truth.MaxProblems || bad.Count != truth.MaxProblems+7 || !strings.HasSuffix(err.Error(), "\n  ... and 7 more") {
		t.Errorf("%v", err)
	}
}

func TestReadingFails(t *testing.T) {
	t.Parallel()
	_, err := truth.Read(iotest.ErrReader(errBroken))
	if !errors.Is(err, errBroken) || errors.As(err, new(*truth.Error)) {
		t.Errorf("%v", err)
	}
}

var errBroken = errors.New("broken")

// broken takes a few bytes.
type broken struct{ left int }

func (b *broken) Write(p []byte) (int, error) {
	if b.left -= len(p); b.left < 0 {
		return 0, errBroken
	}
	return len(p), nil
}

func TestWriterRefuses(t *testing.T) {
	t.Parallel()
	role := truth.Role{ID: "r", Name: "n"}
	for name, calls := range map[string]func(w *truth.Writer){
		"the role \"s\" comes too late":          func(w *truth.Writer) { w.Role(role); w.Identity("i", "r"); w.Role(truth.Role{ID: "s", Name: "n"}) },
		"needs both an id and a name":            func(w *truth.Writer) { w.Role(truth.Role{ID: "r"}) },
		"the role id \"r\" is taken":             func(w *truth.Writer) { w.Role(role); w.Role(role); w.Identity("i", "s") },
		"an identity needs an id":                func(w *truth.Writer) { w.Role(role); w.Identity("", "r") },
		"\"s\", which was not written":           func(w *truth.Writer) { w.Role(role); w.Identity("i", "s"); w.Role(role) },
		"the identity \"i\" comes after the end": func(w *truth.Writer) { w.Role(role); _ = w.Close(); w.Identity("i", "r") },
	} {
		var out bytes.Buffer
		w := truth.NewWriter(&out)
		calls(w)
		if err := w.Close(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v, want %q", err, name)
		}
	}
	w := truth.NewWriter(&broken{left: 5000})
	w.Role(role)
	for range 5000 {
		w.Identity("i", "r")
	}
	if err := w.Close(); !errors.Is(err, errBroken) {
		t.Errorf("%v", err)
	}
}

// What Read takes and refuses is what the published schema does, but for rules
// that no schema can say.
func TestSchema(t *testing.T) {
	t.Parallel()
	var doc map[string]json.RawMessage
	if err := json.Unmarshal(fixtures.Schema(), &doc); err != nil {
		t.Fatal(err)
	}
	defs := bytes.ReplaceAll(doc["$defs"], []byte("#/$defs/"), []byte("#/components/schemas/"))
	text := `{"openapi":"3.1.0","info":{"title":"fixtures","version":"1"},"paths":{},"components":{"schemas":` + string(defs) + `}}`
	api, err := openapi3.NewLoader().LoadFromData([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		example, `{"roles":[],"identities":{}}`, `{}`, `[]`, `{"roles":[],"identities":{},"more":1}`, `{"roles":{},"identities":{}}`, `{"roles":[],"identities":{"i":""}}`,
		`{"roles":[{"id":"r","name":"n"}],"identities":{}}`, `{"roles":[{"id":"r","name":"","entitlementIds":[]}],"identities":{}}`,
		`{"roles":[{"id":"","name":"n","entitlementIds":[]}],"identities":{}}`, `{"roles":[{"id":"r","name":"n","entitlementIds":["e","e"]}],"identities":{}}`,
		`{"roles":[{"id":"r","name":"n","entitlementIds":[""]}],"identities":{"i":"r"}}`, `{"roles":[{"id":"r","name":"n","entitlementIds":["e"],"x":1}],"identities":{}}`,
	} {
		var value any
		if err := json.Unmarshal([]byte(text), &value); err != nil {
			t.Fatal(err)
		}
		described := api.Components.Schemas["truth"].Value.VisitJSON(value)
		if _, err := truth.Read(strings.NewReader(text)); (err == nil) != (described == nil) {
			t.Errorf("%s: Read says %v, the schema %v", text, err, described)
		}
	}
}

// Whatever Read takes can be written and read again, and Read refuses in no
// way but its own.
func FuzzRead(f *testing.F) {
	for _, text := range []string{
		example, ``, `{}`, `{"roles":[],"identities":{}}`, `{"roles":[{"id":"r","name":"n","entitlementIds":["e","e"]}],"identities":{"i":"s"}}`,
		`{"roles":{},"identities":[]}`, `{"roles":[1e999],"identities":{"a":{"b":[null,true]}}}`, "{\"\xff\":1}", `{"roles":[],"roles":0}`, `{"identities":{"\ud800":"r"}}`,
		`[[[[]]]]`, `{"roles":[{"id":"r","name":"n","entitlementIds":[]}],"identities":{"":"r","~/":"r"}}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := truth.Read(bytes.NewReader(text))
		if err != nil {
			var bad *truth.Error
			if !errors.As(err, &bad) || bad.Count < 1 || len(bad.Problems) != min(bad.Count, truth.MaxProblems) {
				t.Fatalf("%v", err)
			}
			return
		}
		var out bytes.Buffer
		if err := truth.Write(&out, got); err != nil {
			t.Fatal(err)
		}
		again, err := truth.Read(&out)
		if diff := cmp.Diff(got, again); diff != "" || err != nil {
			t.Fatalf("%v\n%s", err, diff)
		}
	})
}
