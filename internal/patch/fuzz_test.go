package patch

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzPatch: no body panics; what is refused is refused with an *Error; what is
// accepted changes members of the policy only, to values of their types.
func FuzzPatch(f *testing.F) {
	for _, seed := range []string{
		`[{"op":"replace","path":"/pruneThreshold","value":"83"},{"op":"add","path":"/name","value":"x"}]`,
		`[{"op":"replace","path":"/saved","value":"false"}]`, `[{"op":"replace","path":"/pruneThreshold","value":null}]`,
		`[{"op":"remove","path":"/name"}]`, `[{"op":"move","from":"/id","path":"/name"}]`, `[{"op":"test","path":"","value":{}}]`,
		`[{"op":"replace","path":"/origin","value":{}}]`, `[{"op":"add","path":"/a~1b","value":[]}]`, `[]`, `[[]]`, `[{}]`, `{`, `null`,
		`[{"op":"add","path":"/name","value":"\ud800"}]`, `[{"op":"add","op":"add","path":"/name","value":"<\u2028>"}]`, "[\xff]",
		`[{"op":"replace","path":"/minNumIdentitiesInPotentialRole","value":1e400}]`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		doc := []byte(session)
		out, err := apply(sessions(), session, string(body))
		if err != nil {
			var own *Error
			if !errors.As(err, &own) || own.Kind == 0 || own.Message == "" {
				t.Fatalf("%q: unusable error %#v", body, err)
			}
			return
		}
		before, after := members(t, doc), members(t, []byte(out))
		for _, r := range sessions().Rules {
			name := r.Path[1:]
			if again, ok := r.value(after[name]); !ok || string(again) != string(after[name]) {
				t.Fatalf("%q left %s in %s", body, after[name], name)
			}
			delete(before, name)
			delete(after, name)
		}
		if diff := cmp.Diff(before, after); diff != "" {
			t.Fatalf("%q changed other members:\n%s", body, diff)
		}
	})
}

func members(t *testing.T, doc []byte) map[string]json.RawMessage {
	t.Helper()
	var m map[string]json.RawMessage
	if err := json.Unmarshal(doc, &m); err != nil {
		t.Fatalf("%s: %v", doc, err)
	}
	return m
}
