package faults_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/faults"
)

// problems are what is wrong with a document.
func problems(t *testing.T, s *faults.Set, document string) []faults.Problem {
	t.Helper()
	err := s.Replace([]byte(document))
	var wrong *faults.Error
	if err != nil && !errors.As(err, &wrong) {
		t.Fatalf("%s: %T", document, err)
	}
	if err == nil {
		return nil
	}
	return wrong.Problems
}

func TestRulesRefused(t *testing.T) {
	t.Parallel()
	const does = "the rule does nothing; it needs at least one of these"
	actions := []string{"status", "delay", "connection", "body", "slow"}
	for _, tc := range []struct {
		rule string
		want faults.Problem
	}{
		{`{"operation":"lst","status":503}`, faults.Problem{Pointer: "/operation", Text: `there is no operation "lst", did you mean "list"?`, Allowed: []string{"list", "alter", "authorize", "*"}}},
		{`{"operation":"CHANGEv1","status":503}`, faults.Problem{Pointer: "/operation", Text: `there is no operation "CHANGEv1", did you mean "changeV1"?`, Allowed: []string{"changeV1", "listV1", "authorize", "*"}}},
		{`{"status":503}`, faults.Problem{Pointer: "/operation", Text: `is missing; "*" is any operation`, Allowed: []string{"list", "alter", "authorize", "*"}}},
		{`{"operation":5,"status":503}`, faults.Problem{Pointer: "/operation", Text: "must be a string"}},
		{`{"operation":"list","version":"v2","status":503}`, faults.Problem{Pointer: "/version", Text: `there is no version "v2"`, Allowed: []string{"beta", "v1"}}},
		{`{"operation":"authorize","version":"v1","status":503}`, faults.Problem{Pointer: "/version", Text: "authorize belongs to no version; leave it out"}},
		{`{"operation":"list","client":"","status":503}`, faults.Problem{Pointer: "/client", Text: "must not be empty; leave it out for any client"}},
		{`{"operation":"change","path":{"sessionID":"x"},"status":503}`, faults.Problem{Pointer: "/path/sessionID", Text: `the path of change has no "sessionID"`, Allowed: []string{"sessionId", "roleId"}}},
		{`{"operation":"list","path":{"a/b":"x"},"status":503}`, faults.Problem{Pointer: "/path/a~1b", Text: `the path of list has no "a/b"`}},
		{`{"operation":"*","path":{"x":"x"},"status":503}`, faults.Problem{Pointer: "/path/x", Text: `the path has no "x"`, Allowed: []string{"roleId", "sessionId"}}},
		{`{"operation":"change","path":{"sessionId":5},"status":503}`, faults.Problem{Pointer: "/path", Text: "must be an object whose values are strings"}},
		{`{"operation":"list","header":{"X Y":"1"},"status":503}`, faults.Problem{Pointer: "/header/X Y", Text: `"X Y" is no name of a header`}},
		{`{"operation":"list","header":{"authorization":"1"},"status":503}`, faults.Problem{Pointer: "/header/authorization", Text: "rules are shown, so they must not hold secrets; choose by client or by a header of your own"}},
		{`{"operation":"list","header":{"X-A":"1","x-a":"2"},"status":503}`, faults.Problem{Pointer: "/header/x-a", Text: "the header X-A is there in another spelling, too"}},
		{`{"operation":"list","times":0,"status":503}`, faults.Problem{Pointer: "/times", Text: "must be from 1 to 1000000000"}},
		{`{"operation":"list","times":1.5,"status":503}`, faults.Problem{Pointer: "/times", Text: "must be a whole number"}},
		{`{"operation":"list","times":"2","status":503}`, faults.Problem{Pointer: "/times", Text: "must be a whole number"}},
		{`{"operation":"list","after":-1,"status":503}`, faults.Problem{Pointer: "/after", Text: "must be from 1 to 1000000000"}},
		{`{"operation":"list","nth":2,"times":1,"status":503}`, faults.Problem{Pointer: "/nth", Text: "is one call only: times, every and probability cannot go with it"}},
		{`{"operation":"list","nth":2,"every":1,"status":503}`, faults.Problem{Pointer: "/nth", Text: "is one call only: times, every and probability cannot go with it"}},
		{`{"operation":"list","probability":1.1,"status":503}`, faults.Problem{Pointer: "/probability", Text: "must be a number from 0 to 1"}},
		{`{"operation":"list","probability":1e999,"status":503}`, faults.Problem{Pointer: "/probability", Text: "must be a number from 0 to 1"}},
		{`{"operation":"list","status":413}`, faults.Problem{Pointer: "/status", Text: "413 is no failure of list", Allowed: []string{"400", "429", "503"}}},
		{`{"operation":"list","status":200}`, faults.Problem{Pointer: "/status", Text: "200 is no failure of list", Allowed: []string{"400", "429", "503"}}},
		{`{"operation":"list","status":0}`, faults.Problem{Pointer: "/status", Text: "0 is no failure of list", Allowed: []string{"400", "429", "503"}}},
		{`{"operation":"list","status":-1,"delay":"1s"}`, faults.Problem{Pointer: "/status", Text: "-1 is no failure of list", Allowed: []string{"400", "429", "503"}}},
		{`{"operation":"*","status":418}`, faults.Problem{Pointer: "/status", Text: "418 is no failure", Allowed: []string{"400", "413", "429", "503"}}},
		{`{"operation":"list","status":"503"}`, faults.Problem{Pointer: "/status", Text: "must be a whole number"}},
		{`{"operation":"list","status":400,"retryAfter":1}`, faults.Problem{Pointer: "/retryAfter", Text: "goes with the statuses 429 and 503 only"}},
		{`{"operation":"list","delay":"1s","retryAfter":1}`, faults.Problem{Pointer: "/retryAfter", Text: "goes with the statuses 429 and 503 only"}},
		{`{"operation":"list","status":429,"retryAfter":-1}`, faults.Problem{Pointer: "/retryAfter", Text: "must be from 0 to 86400"}},
		{`{"operation":"list"}`, faults.Problem{Text: does, Allowed: actions}},
		{`{"operation":"list","performed":true}`, faults.Problem{Text: does, Allowed: actions}},
		{`{"operation":"list","connection":"reset","status":503}`, faults.Problem{Pointer: "/connection", Text: "there is no answer, so status, body and slow cannot go with it"}},
		{`{"operation":"list","connection":"close","slow":{"bytesPerSecond":1}}`, faults.Problem{Pointer: "/connection", Text: "there is no answer, so status, body and slow cannot go with it"}},
		{`{"operation":"list","connection":"drop"}`, faults.Problem{Pointer: "/connection", Text: `"drop" is not possible`, Allowed: []string{"close", "reset"}}},
		{`{"operation":"list","body":"malform"}`, faults.Problem{Pointer: "/body", Text: `"malform" is not possible`, Allowed: []string{"malformed", "truncate"}}},
		{`{"operation":"authorize","body":"truncate"}`, faults.Problem{Pointer: "/body", Text: "the answer of authorize has no body"}},
		{`{"operation":"authorize","slow":{"bytesPerSecond":1}}`, faults.Problem{Pointer: "/slow", Text: "the answer of authorize has no body"}},
		{`{"operation":"*","path":{"roleId":"x"},"version":"v1","status":413,"body":"truncate"}`, faults.Problem{}},
		{`{"operation":"*","path":{"roleId":"x"},"status":400}`, faults.Problem{}},
		{`{"operation":"list","slow":{}}`, faults.Problem{Pointer: "/slow/bytesPerSecond", Text: "is missing"}},
		{`{"operation":"list","slow":{"bytesPerSecond":0}}`, faults.Problem{Pointer: "/slow/bytesPerSecond", Text: "must be from 1 to 1000000000"}},
		{`{"operation":"list","slow":5}`, faults.Problem{Pointer: "/slow", Text: "must be an object"}},
		{`{"operation":"list","slow":{"bps":5,"bytesPerSecond":1}}`, faults.Problem{Pointer: "/slow/bps", Text: `there is no property "bps" here`, Allowed: []string{"bytesPerSecond"}}},
		{`{"operation":"list","performed":1,"status":503}`, faults.Problem{Pointer: "/performed", Text: "must be true or false"}},
		{`{"id":"","operation":"list","status":503}`, faults.Problem{Pointer: "/id", Text: "must be 1 to 64 letters, digits, dots, hyphens and underscores"}},
		{`{"id":"a b","operation":"list","status":503}`, faults.Problem{Pointer: "/id", Text: "must be 1 to 64 letters, digits, dots, hyphens and underscores"}},
		{`{"id":"` + strings.Repeat("x", 65) + `","operation":"list","status":503}`, faults.Problem{Pointer: "/id", Text: "must be 1 to 64 letters, digits, dots, hyphens and underscores"}},
		{`{"id":"prefer","operation":"list","status":503}`, faults.Problem{Pointer: "/id", Text: `"prefer" is the id of what a request asks for itself`}},
		{`{"operation":"list","delay":"fast"}`, faults.Problem{Pointer: "/delay", Text: "must be a duration from 1µs to 10m0s, such as 250ms"}},
		{`{"operation":"list","delay":"0s"}`, faults.Problem{Pointer: "/delay", Text: "must be a duration from 1µs to 10m0s, such as 250ms"}},
		{`{"operation":"list","delay":"11m"}`, faults.Problem{Pointer: "/delay", Text: "must be a duration from 1µs to 10m0s, such as 250ms"}},
		{`{"operation":"list","delay":250}`, faults.Problem{Pointer: "/delay", Text: `must be a duration such as "250ms", or an object with a distribution`}},
		{`{"operation":"list","delay":{}}`, faults.Problem{Pointer: "/delay/distribution", Text: "is missing", Allowed: []string{"uniform", "normal", "lognormal", "exponential"}}},
		{`{"operation":"list","delay":{"distribution":"gauss"}}`, faults.Problem{Pointer: "/delay/distribution", Text: `"gauss" is not possible`, Allowed: []string{"normal", "uniform", "lognormal", "exponential"}}},
		{`{"operation":"list","delay":{"distribution":"uniform","min":"1s"}}`, faults.Problem{Pointer: "/delay/max", Text: "is missing; the distribution uniform needs it"}},
		{`{"operation":"list","delay":{"distribution":"uniform","min":"2s","max":"1s"}}`, faults.Problem{Pointer: "/delay/max", Text: "must not be less than min"}},
		{`{"operation":"list","delay":{"distribution":"exponential","mean":"1s","sigma":1}}`, faults.Problem{Pointer: "/delay/sigma", Text: "is no parameter of the distribution exponential", Allowed: []string{"mean", "min", "max"}}},
		{`{"operation":"list","delay":{"distribution":"lognormal","median":"1s","sigma":0}}`, faults.Problem{Pointer: "/delay/sigma", Text: "must be over 0 and at most 10"}},
		{`5`, faults.Problem{Text: "must be an array of rules, or one rule"}},
		{`null`, faults.Problem{Text: "must be an array of rules, or one rule"}},
		{`[`, faults.Problem{Text: "the document is not valid JSON: unexpected end of JSON input, at byte 1"}},
		{`[5]`, faults.Problem{Pointer: "/0", Text: "must be an object"}},
		{`[null]`, faults.Problem{Pointer: "/0", Text: "must be an object"}},
		{"[" + strings.Repeat(`{},`, faults.MaxRules) + "{}]", faults.Problem{Text: "there would be more than the 1000 rules that are possible"}},
	} {
		s := newSet("seed")
		var want []faults.Problem
		if tc.want.Text != "" {
			want = []faults.Problem{tc.want}
		}
		if diff := cmp.Diff(want, problems(t, s, tc.rule)); diff != "" {
			t.Errorf("%.200s (-want +got):\n%s", tc.rule, diff)
		}
		if (len(s.List()) > 0) != (want == nil) {
			t.Errorf("%.200s: %d rules", tc.rule, len(s.List()))
		}
	}
}

// Everything that is wrong is said at once, each at its place.
func TestAllProblemsAtOnce(t *testing.T) {
	t.Parallel()
	got := problems(t, newSet("seed"), `[
		{"id":"a","operation":"list","status":503},
		{"id":"a","operation":"lists","version":"v9","times":0,"status":"x","colour":"red","delay":{"distribution":"normal"}},
		{"operation":"change","status":418,"path":{"id":"1"}},
		{"operation":"change","status":429,"extra":1,"retryAfter":"1"}]`)
	var at []string
	for _, p := range got {
		at = append(at, p.Pointer)
	}
	want := []string{"/1/colour", "/1/id", "/1/times", "/1/status", "/1/delay/mean", "/1/delay/stddev", "/1/operation", "/1/version",
		"/2/path/id", "/2/status", "/3/extra", "/3/retryAfter"}
	if diff := cmp.Diff(want, at); diff != "" {
		t.Errorf("places (-want +got):\n%s", diff)
	}
	many := "{"
	for i := range 1000 {
		many += fmt.Sprintf(`"k%d":1,`, i)
	}
	var wrong *faults.Error
	if err := newSet("seed").Replace([]byte(many + `"status":503}`)); !errors.As(err, &wrong) || len(wrong.Problems) != 100 || wrong.Count != 1001 || !strings.Contains(err.Error(), "and 901 more") {
		t.Errorf("a thousand problems: %v", err)
	}
	err := newSet("seed").Replace([]byte(`[{"operation":"lists"},{}]`))
	if text := fmt.Sprint(err); !strings.Contains(text, `/0/operation: there is no operation "lists"`) || !strings.Contains(text, "/1: ") {
		t.Errorf("the error says %s", text)
	}
}

// Null is as good as nothing: some clients write it for what they do not set.
func TestNullIsAbsent(t *testing.T) {
	t.Parallel()
	s := withRules(t, `{"id":null,"operation":"list","version":null,"path":null,"header":{},"times":null,"probability":null,"status":503,"delay":null,"slow":null,"performed":null,"seen":5}`)
	got, err := json.Marshal(s.List()[0].Rule)
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"id":"fault-1","operation":"list","status":503}`; string(got) != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestRulesMustNotClashWithPresentOnes(t *testing.T) {
	t.Parallel()
	s := withRules(t, `{"id":"a","operation":"list","status":503}`)
	if _, err := s.Add([]byte(`{"id":"a","operation":"list","status":503}`)); err == nil || !strings.Contains(err.Error(), `another rule has the id "a"`) {
		t.Errorf("err %v", err)
	}
	if err := s.Replace([]byte(`{"id":"a","operation":"list","status":429}`)); err != nil {
		t.Errorf("in the place of it: %v", err)
	}
	many := "[" + strings.TrimSuffix(strings.Repeat(`{"operation":"list","status":503},`, faults.MaxRules), ",") + "]"
	if _, err := s.Add([]byte(many)); err == nil || !strings.Contains(err.Error(), "there would be more than the 1000 rules") {
		t.Errorf("err %v", err)
	}
}

func TestPrefer(t *testing.T) {
	t.Parallel()
	s := newSet("seed")
	for _, tc := range []struct {
		lines                  []string
		effect, applied, wrong string // effect "" is no fault
	}{
		{[]string{"code=503"}, "status=503", "code=503", ""},
		{[]string{`code="429" ; note=x, retry-after=2`}, "status=429", "code=429, retry-after=2", ""},
		{[]string{"Code=429", "CODE=503", "Delay=1.5s"}, "delay=1.5s, status=429", "code=429, delay=1.5s", ""},
		{[]string{"delay=250ms"}, "delay=250ms", "delay=250ms", ""},
		{[]string{`respond-async, wait=10; x="a,b", handling=lenient`}, "", "", ""},
		{[]string{`x="code=503, \"code=503"`}, "", "", ""},
		{[]string{"", ",,;=", "="}, "", "", ""},
		{nil, "", "", ""},
		{[]string{"code=418"}, "", "", `code in the header Prefer must be one of 400, 429, 503 for list, not "418"`},
		{[]string{"code=200"}, "", "", `code in the header Prefer must be one of 400, 429, 503 for list, not "200"`},
		{[]string{"code"}, "", "", `code in the header Prefer must be one of 400, 429, 503 for list, not ""`},
		{[]string{"code=400, retry-after=1"}, "", "", "retry-after in the header Prefer goes with code=429 and code=503 only"},
		{[]string{"retry-after=1"}, "", "", "retry-after in the header Prefer goes with code=429 and code=503 only"},
		{[]string{"code=429, retry-after=soon"}, "", "", `retry-after in the header Prefer must be a whole number of seconds from 0 to 86400, not "soon"`},
		{[]string{"delay=1"}, "", "", `delay in the header Prefer must be a duration from 1µs to 10m0s, such as 250ms, not "1"`},
	} {
		f, ok, err := s.Prefers(tc.lines, "list")
		if fmt.Sprint(err) != tc.wrong && (err != nil || tc.wrong != "") {
			t.Errorf("%q: error %v, want %q", tc.lines, err, tc.wrong)
		}
		if ok != (tc.effect != "") || ok && (f.Effect() != tc.effect || f.Applied != tc.applied || f.ID != faults.Preferred) {
			t.Errorf("%q: %v, %q applied %q; want %q, %q", tc.lines, ok, f.Effect(), f.Applied, tc.effect, tc.applied)
		}
	}
}

// FuzzRules holds that a document is refused with places and reasons or accepted,
// and that what was accepted is shown in a form that is accepted and shown again.
func FuzzRules(f *testing.F) {
	for _, seed := range []string{
		`[{"id":"a","operation":"change","version":"v1","client":"me","path":{"sessionId":"s"},"header":{"x-test":"1"},"times":2,"after":4,"probability":0.25,"status":429,"retryAfter":2,"delay":"250ms"}]`,
		`{"operation":"*","nth":7,"status":503,"body":"truncate","slow":{"bytesPerSecond":100},"performed":true}`,
		`[{"operation":"list","delay":{"distribution":"lognormal","median":"100ms","sigma":0.5,"max":"1s"}},{"operation":"listV1","connection":"reset","every":2}]`,
		`[{"operation":"lists","times":-1,"delay":5,"slow":[],"~/":null}]`, `[]`, `null`, `{`, "\xff", `[[]]`, `{"operation":"list","delay":"1h"}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, document string) {
		s := newSet("seed")
		err := s.Replace([]byte(document))
		var wrong *faults.Error
		if errors.As(err, &wrong) {
			for _, p := range wrong.Problems {
				if p.Text == "" || p.Pointer != "" && p.Pointer[0] != '/' {
					t.Fatalf("problem %+v", p)
				}
			}
			if len(wrong.Problems) == 0 || s.Active() {
				t.Fatalf("refused for nothing, or rules remain: %v", s.List())
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, op := range operations() {
			if fault, ok := s.Decide(faults.Call{Operation: op.ID}); ok && fault.Effect() == "" && fault.Delay == nil {
				t.Fatalf("a rule does nothing: %+v", fault)
			}
		}
		first, err := json.Marshal(s.List())
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Replace(first); err != nil {
			t.Fatalf("%s is shown and refused: %v", first, err)
		}
		for _, r := range s.List() {
			if r.Seen+r.Hits != 0 {
				t.Fatalf("counters were taken over: %+v", r)
			}
		}
	})
}

// FuzzPrefer holds that a preference that is followed is one that is possible.
func FuzzPrefer(f *testing.F) {
	for _, seed := range []string{`code=503`, `code="429";x="\"", retry-after=2`, `wait=5, delay=1s`, `,;="\`, `a="b,c";d, CODE = 400`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		fault, ok, err := newSet("seed").Prefers([]string{line}, "list")
		if err != nil && ok {
			t.Fatal("refused and followed")
		}
		if !ok {
			return
		}
		if fault.Applied == "" || fault.Effect() == "" || fault.Wait < 0 || fault.Wait > faults.MaxDelay || strings.ContainsAny(fault.Applied, "\r\n") {
			t.Fatalf("%+v", fault)
		}
	})
}
