package seed

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"mockserver/fixtures"
	"mockserver/internal/rolemining"
)

var jsonSeeds = []string{
	`null`, ` [] `, `{}`, `{"a":1,"b":[true,false,null]}`, `"\u00e9\ud83d\ude00\n\/"`, `"é"`, `-0.5e+10`, `0`, `01`, `1.`, `-`, `[1,]`, `{"a"}`,
	`{"a":}`, `"`, `"\x"`, `"\ud800"`, "\"\x01\"", "\"\xff\"", `tru`, `[[[[]]]]`, "\ufeff1", `1 2`, `[1 2]`, `{"a":1 "b":2}`, `"\u12"`, `1e`, ``,
	`"a\tb\u0000"`, `{,}`, `nullx`,
}

// The scanner takes what encoding/json takes, but for three things that it
// refuses on purpose: text that is not UTF-8, half of a surrogate pair, and
// deep nesting.
func FuzzScanner(f *testing.F) {
	for _, s := range jsonSeeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s := scanner{data: data}
		s.skip()
		s.end()
		ok, valid := s.fault == nil, json.Valid(data)
		if ok && !valid {
			t.Fatalf("%q is accepted", data)
		}
		strict := utf8.Valid(data) && !bytes.Contains(data, []byte(`\u`)) && bytes.Count(data, []byte("["))+bytes.Count(data, []byte("{")) <= maxDepth
		if !ok && valid && strict {
			t.Fatalf("%q is refused: %s", data, s.fault.text)
		}
		if !ok {
			return
		}
		var want any
		if err := json.Unmarshal(data, &want); err != nil {
			return // a number out of range
		}
		text, isText := want.(string)
		d := decoder{scanner: scanner{data: data}, out: &findings{}}
		if got, ok := d.raw(); ok != isText || string(got) != text {
			t.Fatalf("%q is read as %q, want %q", data, got, text)
		}
	})
}

// Whatever a file holds, Load ends with a data set that can be written and read
// again, or with an *Error that names the file.
func FuzzLoad(f *testing.F) {
	files := []string{OrgFile, SourcesFile, EntitlementsFile, IdentitiesLines, RolesFile, ClientsFile, SessionsFile}
	for i, name := range files {
		from := name
		if name == IdentitiesLines {
			from = IdentitiesFile
		}
		text, err := fs.ReadFile(fixtures.Default(), from)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(i), string(text[:min(len(text), 900)]))
		for _, s := range jsonSeeds {
			f.Add(uint8(i), s)
			f.Add(uint8(i), "["+s+"]")
		}
	}
	f.Add(uint8(3), `{"id":"i","name":"n","displayName":"d","managerId":"i","entitlements":["e","e"],"usage":{"s":90},"attributes":{"a":null}}`)
	f.Add(uint8(4), `[{"id":"r","name":"n","createdDate":"2026-01-01T00:00:00Z","accessProfiles":[{"id":"p","name":"n","source":"s","entitlements":["e"]}]}]`)
	f.Add(uint8(6), `[{"id":"t","type":"COMMON","scopingMethod":"MANUAL","createdDate":"2026-01-01T00:00:00Z","scope":{"attributeFilterCriteria":[{"data":{}}]}}]`)
	f.Fuzz(func(t *testing.T, which uint8, text string) {
		name := files[int(which)%len(files)]
		in := fstest.MapFS{}
		for file, small := range map[string]string{
			OrgFile:          `{"name":"a","tenantId":"6f1c1a52-8f0e-5b7e-9d55-0b7c2c1c6b11","tenantName":"a","pod":"b"}`,
			SourcesFile:      `[{"id":"s","name":"n","activityState":"complete"}]`,
			EntitlementsFile: `[{"id":"e","name":"n","attribute":"a","value":"v","source":"s"}]`,
			IdentitiesLines:  `{"id":"i","name":"n","displayName":"d"}`,
			ClientsFile:      `[]`,
		} {
			in[file] = &fstest.MapFile{Data: []byte(small)}
		}
		in[name] = &fstest.MapFile{Data: []byte(text)}
		ds, err := Load(in)
		var bad *Error
		switch {
		case err == nil:
			again(t, ds)
		case !errors.As(err, &bad) || bad.Count < 1 || len(bad.Problems) != min(bad.Count, MaxProblems):
			t.Fatalf("%v", err)
		case !strings.Contains(err.Error(), ".json") && !strings.Contains(err.Error(), ".ndjson"):
			t.Fatalf("no file in %v", err)
		}
	})
}

// Whatever is sent for a document, it is refused or can be written and read
// again to the same bytes.
func FuzzDocument(f *testing.F) {
	f.Add(`{"org":{"name":"a","tenantId":"6f1c1a52-8f0e-5b7e-9d55-0b7c2c1c6b11","tenantName":"A","pod":"p"},"sources":[],"entitlements":[],"identities":[],"clients":[]}`)
	f.Add(string(documentOfFuzz(f)))
	f.Add(`{"clients":[],"sessions":null,"identities":[{"id":"i","name":"n","displayName":"d"}],"org":{}}`)
	for _, s := range jsonSeeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		ds, err := LoadDocument([]byte(text))
		if err != nil {
			onlyPointers(t, err)
			return
		}
		writtenAgain(t, ds)
	})
}

// Whatever is sent for a patch, it is refused or makes an organisation that can
// be written and read.
func FuzzPatch(f *testing.F) {
	f.Add(`{"identities":[{"id":"i2","displayName":"x","managerId":null}],"remove":{"clients":["c"],"entitlements":["key"]}}`)
	f.Add(`{"sources":[{"id":"s","key":null}],"entitlements":[{"id":"e","key":"é"}],"roles":[{"id":"r","accessProfiles":[{}]}]}`)
	f.Add(`{"identities":[{"id":"i1","attributes":{"a":null,"b":"c"},"usage":{"key":3}}],"clients":[{"clientId":"c","scopes":[]}]}`)
	for _, s := range jsonSeeds {
		f.Add(s)
		f.Add(`{"identities":[` + s + `]}`)
	}
	ds, err := LoadDocument(documentOfFuzz(f))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		patch, err := ParsePatch([]byte(text))
		if err != nil {
			onlyPointers(t, err)
			return
		}
		after, _, err := patch.Apply(ds)
		if err != nil {
			onlyPointers(t, err)
			return
		}
		writtenAgain(t, after)
	})
}

func documentOfFuzz(tb testing.TB) []byte {
	tb.Helper()
	return []byte(`{"org":{"name":"a","tenantId":"6f1c1a52-8f0e-5b7e-9d55-0b7c2c1c6b11","tenantName":"A","pod":"p"},
		"sources":[{"id":"s","key":"sk","name":"S","activityState":"complete"}],
		"entitlements":[{"id":"e","key":"key","name":"E","attribute":"a","value":"v","source":"sk"}],
		"identities":[{"id":"i1","name":"i1","displayName":"I","entitlements":["key"],"usage":{"sk":4},"attributes":{"b":"x"}},{"id":"i2","name":"i2","displayName":"I","managerId":"i1"}],
		"roles":[{"id":"r","name":"R","entitlements":["e"],"createdDate":"2026-01-01T00:00:00Z"}],
		"clients":[{"clientId":"c","name":"C","scopes":["sp:scopes:all"],"grants":[]}]}`)
}

// onlyPointers checks that an error is about what was sent.
func onlyPointers(t *testing.T, err error) {
	t.Helper()
	var broken *Error
	if !errors.As(err, &broken) || broken.Count == 0 {
		t.Fatalf("not an *Error with problems: %v", err)
	}
	for _, p := range broken.Problems {
		if p.File != "" || p.Rule == "" || p.Pointer != "" && p.Pointer[0] != '/' {
			t.Fatalf("%+v", p)
		}
	}
}

func writtenAgain(t *testing.T, ds rolemining.Dataset) {
	t.Helper()
	var first, second bytes.Buffer
	if err := WriteDocument(&first, ds); err != nil {
		t.Fatal(err)
	}
	back, err := LoadDocument(first.Bytes())
	if err != nil {
		t.Fatalf("what was written is refused: %v", err)
	}
	if err := WriteDocument(&second, back); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Fatalf("was\n%s\nand is\n%s", &first, &second)
	}
}
