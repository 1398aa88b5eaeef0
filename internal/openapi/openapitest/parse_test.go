package openapitest

import (
	"encoding/json"
	"testing"
)

// FuzzParse holds that a body which encoding/json wrote, and which therefore
// names nothing twice, is read without a problem, and that nothing makes parse
// panic.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		``, `{`, `null`, `[]`, `{"a":1,"a":2}`, `{"a:b":"\":\\"}`, `[{"a":{"b":[1.0,-2e3]}},":"]`, `{} x`, `"\u003a"`, "\xff",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		value, problems := parse(body)
		if !json.Valid(body) {
			if len(problems) == 0 {
				t.Fatalf("parse takes %q, which is not JSON", body)
			}
			return
		}
		if value == nil {
			return
		}
		again, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		if _, problems := parse(again); len(problems) > 0 {
			t.Fatalf("parse refuses %s: %q", again, problems)
		}
	})
}
