package faults_test

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/faults"
)

// operations are a small world: an operation that lists, one that changes, and
// one outside of the versions whose success has no body.
func operations() []faults.Operation {
	return []faults.Operation{
		{ID: "list", Names: []string{"listV1"}, Statuses: []int{400, 429, 503}, Versioned: true},
		{ID: "change", Names: []string{"alter", "changeV1"}, Params: []string{"sessionId", "roleId"}, Statuses: []int{400, 413, 429, 503}, Versioned: true},
		{ID: "authorize", Statuses: []int{429, 503}, Bodyless: true},
	}
}

func newSet(seed string) *faults.Set {
	return faults.New(faults.Config{Seed: seed, Operations: operations(), Versions: []string{"beta", "v1"}})
}

// withRules is a set with the rules of a document.
func withRules(t *testing.T, document string) *faults.Set {
	t.Helper()
	s := newSet("seed")
	if err := s.Replace([]byte(document)); err != nil {
		t.Fatal(err)
	}
	return s
}

// ids are the rules that take n equal calls, "-" for none, and one letter each
// where the ids have one.
func ids(s *faults.Set, c faults.Call, n int) string {
	var b strings.Builder
	for range n {
		if f, ok := s.Decide(c); ok {
			b.WriteString(f.ID)
		} else {
			b.WriteByte('-')
		}
	}
	return b.String()
}

func TestWhichCallsARuleTakes(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, rules, want string }{
		{"all", `[{"id":"a","operation":"list","status":503}]`, "aaaaaaaaaa"},
		{"the first three", `[{"id":"a","operation":"list","status":503,"times":3}]`, "aaa-------"},
		{"the third", `[{"id":"a","operation":"list","status":503,"nth":3}]`, "--a-------"},
		{"every third", `[{"id":"a","operation":"list","status":503,"every":3}]`, "--a--a--a-"},
		{"after three", `[{"id":"a","operation":"list","status":503,"after":3}]`, "---aaaaaaa"},
		{"two after three", `[{"id":"a","operation":"list","status":503,"after":3,"times":2}]`, "---aa-----"},
		{"the second after three", `[{"id":"a","operation":"list","status":503,"after":3,"nth":2}]`, "----a-----"},
		{"every second after three, twice", `[{"id":"a","operation":"list","status":503,"after":3,"every":2,"times":2}]`, "----a-a---"},
		{"certain", `[{"id":"a","operation":"list","status":503,"probability":1}]`, "aaaaaaaaaa"},
		{"impossible", `[{"id":"a","operation":"list","status":503,"probability":0}]`, "----------"},
		{"one after the other", `[{"id":"a","operation":"list","status":429,"times":2},{"id":"b","operation":"list","status":503,"times":2}]`, "aabb------"},
		{"a rule counts what reaches it", `[{"id":"a","operation":"list","status":429,"every":2},{"id":"b","operation":"list","status":503,"nth":3}]`, "-a-aba-a-a"},
		{"the first rule wins", `[{"id":"a","operation":"*","status":429},{"id":"b","operation":"list","status":503}]`, "aaaaaaaaaa"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := withRules(t, tc.rules)
			if got := ids(s, faults.Call{Operation: "list"}, 10); got != tc.want {
				t.Errorf("calls went to %s, want %s", got, tc.want)
			}
		})
	}
}

func TestWhichCallsMatch(t *testing.T) {
	t.Parallel()
	params := func(sessionID, roleID string) func(string) string {
		return func(name string) string { return map[string]string{"sessionId": sessionID, "roleId": roleID}[name] }
	}
	call := faults.Call{Operation: "change", Version: "v1", Client: "me", Param: params("s1", "r1"), Header: map[string][]string{"X-Test": {"1", "2"}}}
	list := faults.Call{Operation: "list", Version: "beta"}
	authorize := faults.Call{Operation: "authorize", Client: "me"}
	head := list
	head.Bodyless = true
	for _, tc := range []struct {
		rule  string
		call  faults.Call
		match bool
	}{
		{`{"operation":"change","status":503}`, call, true},
		{`{"operation":"changeV1","status":503}`, call, true},
		{`{"operation":"alter","status":503}`, call, true},
		{`{"operation":"*","status":503}`, call, true},
		{`{"operation":"list","status":503}`, call, false},
		{`{"operation":"change","version":"v1","status":503}`, call, true},
		{`{"operation":"change","version":"beta","status":503}`, call, false},
		{`{"operation":"change","client":"me","status":503}`, call, true},
		{`{"operation":"change","client":"you","status":503}`, call, false},
		{`{"operation":"list","client":"me","status":503}`, list, false},
		{`{"operation":"change","path":{"sessionId":"s1"},"status":503}`, call, true},
		{`{"operation":"change","path":{"sessionId":"s1","roleId":"r1"},"status":503}`, call, true},
		{`{"operation":"change","path":{"sessionId":"s1","roleId":"r2"},"status":503}`, call, false},
		{`{"operation":"*","path":{"sessionId":"s1"},"status":503}`, call, true},
		{`{"operation":"*","path":{"sessionId":"s1"},"status":503}`, list, false},
		{`{"operation":"change","header":{"x-test":"2"},"status":503}`, call, true},
		{`{"operation":"change","header":{"X-Test":"3"},"status":503}`, call, false},
		{`{"operation":"list","header":{"X-Test":"1"},"status":503}`, list, false},
		// What cannot be done to a call does not match it.
		{`{"operation":"*","status":413}`, call, true},
		{`{"operation":"*","status":413}`, list, false},
		{`{"operation":"*","body":"truncate"}`, list, true},
		{`{"operation":"*","body":"truncate"}`, head, false},
		{`{"operation":"*","slow":{"bytesPerSecond":1}}`, head, false},
		{`{"operation":"*","status":503}`, head, true},
		{`{"operation":"*","body":"truncate"}`, authorize, false},
		{`{"operation":"*","body":"truncate","status":503}`, authorize, true},
		{`{"operation":"*","connection":"reset"}`, authorize, true},
		{`{"operation":"*","version":"v1","connection":"reset"}`, authorize, false},
		{`{"operation":"authorize","client":"me","connection":"reset"}`, authorize, true},
	} {
		s := withRules(t, tc.rule)
		if _, got := s.Decide(tc.call); got != tc.match {
			t.Errorf("%s: match %v for %s, want %v", tc.rule, got, tc.call.Operation, tc.match)
		}
		if seen := s.List()[0].Seen; seen > 0 != tc.match {
			t.Errorf("%s: %d calls seen", tc.rule, seen)
		}
	}
}

func TestListCountsAndChanges(t *testing.T) {
	t.Parallel()
	s := newSet("seed")
	if s.Active() || s.List() == nil || len(s.List()) > 0 || (*faults.Set)(nil).Active() {
		t.Fatalf("a new set: active %v, rules %v", s.Active(), s.List())
	}
	if err := s.Replace([]byte(`[{"operation":"list","status":429,"times":1,"retryAfter":0},{"operation":"listV1","delay":"1.5s"}]`)); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		s.Decide(faults.Call{Operation: "list"})
	}
	show := func(want string) {
		t.Helper()
		got, err := json.Marshal(s.List())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("rules (-want +got):\n%s", diff)
		}
	}
	show(`[{"id":"fault-1","operation":"list","times":1,"status":429,"retryAfter":0,"seen":1,"hits":1,"spent":true},` +
		`{"id":"fault-2","operation":"listV1","delay":"1.5s","seen":2,"hits":2,"spent":false}]`)
	// Rules that are added get ids that are free, and leave the counters alone.
	added, err := s.Add([]byte(`[{"id":"fault-3","operation":"change","connection":"reset"},{"operation":"change","body":"malformed"}]`))
	if err != nil || len(added) != 2 || added[1].ID != "fault-4" {
		t.Fatalf("added %v, %v", added, err)
	}
	if s.Remove("fault-2") != true || s.Remove("fault-2") != false {
		t.Error("a rule can be removed twice")
	}
	show(`[{"id":"fault-1","operation":"list","times":1,"status":429,"retryAfter":0,"seen":1,"hits":1,"spent":true},` +
		`{"id":"fault-3","operation":"change","connection":"reset","seen":0,"hits":0,"spent":false},` +
		`{"id":"fault-4","operation":"change","body":"malformed","seen":0,"hits":0,"spent":false}]`)
	if one, ok := s.Rule("fault-3"); !ok || one.Connection != faults.Reset {
		t.Errorf("fault-3 is %v, %v", one, ok)
	}
	if _, ok := s.Rule("fault-2"); ok {
		t.Error("a removed rule is found")
	}
	// What was shown can be put back; the counters begin again.
	shown, err := json.Marshal(s.List())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Replace(shown); err != nil {
		t.Fatal(err)
	}
	show(strings.ReplaceAll(string(shown), `"seen":1,"hits":1,"spent":true`, `"seen":0,"hits":0,"spent":false`))
	// A document that is refused changes nothing.
	if err := s.Replace([]byte(`[{"operation":"list","status":503},{"operation":"nothing"}]`)); err == nil || len(s.List()) != 3 {
		t.Errorf("err %v, %d rules", err, len(s.List()))
	}
	s.Clear()
	if s.Active() || len(s.List()) > 0 {
		t.Error("rules remain after Clear")
	}
}

// Whatever comes back is what was written.
func TestRulesRoundTrip(t *testing.T) {
	t.Parallel()
	for _, rule := range []string{
		`{"id":"a.b_c-D9","operation":"change","version":"v1","client":"me","path":{"roleId":"r","sessionId":"s"},"header":{"X-Test":"1"},"times":2,"every":3,"after":4,"probability":0.25,"status":429,"retryAfter":2,"delay":"250ms"}`,
		`{"id":"a","operation":"*","nth":7,"status":503,"delay":"1m0s","body":"truncate","slow":{"bytesPerSecond":100},"performed":true}`,
		`{"id":"a","operation":"list","delay":{"distribution":"uniform","min":"10ms","max":"20ms"}}`,
		`{"id":"a","operation":"list","delay":{"distribution":"normal","min":"1ms","max":"1s","mean":"100ms","stddev":"10ms"}}`,
		`{"id":"a","operation":"list","delay":{"distribution":"lognormal","median":"100ms","sigma":0.5}}`,
		`{"id":"a","operation":"list","delay":{"distribution":"exponential","mean":"100ms"}}`,
	} {
		got, err := json.Marshal(withRules(t, rule).List()[0].Rule)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(rule, string(got)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

// Whoever calls, and however many at a time: just as many as the rule says.
func TestConcurrentCallsAreCountedOnce(t *testing.T) {
	t.Parallel()
	s := withRules(t, `[{"id":"a","operation":"list","status":429,"times":37},{"id":"b","operation":"list","status":503,"every":2}]`)
	var hits [3]atomic.Int64
	var callers sync.WaitGroup
	for range 32 {
		callers.Go(func() {
			for range 100 {
				switch f, ok := s.Decide(faults.Call{Operation: "list"}); {
				case !ok:
					hits[0].Add(1)
				case f.ID == "a":
					hits[1].Add(1)
				default:
					hits[2].Add(1)
				}
				s.List()
			}
		})
	}
	callers.Wait()
	rest := int64(3200 - 37)
	if got := []int64{hits[1].Load(), hits[2].Load(), hits[0].Load()}; !slices.Equal(got, []int64{37, rest / 2, rest - rest/2}) {
		t.Errorf("hits of a, of b, and of none: %v", got)
	}
	if list := s.List(); list[0].Hits != 37 || list[0].Seen != 37 || list[1].Seen != int(rest) || list[1].Hits != int(rest)/2 {
		t.Errorf("counted %+v", list)
	}
}

// Rules may change while calls come.
func TestRulesChangeUnderLoad(t *testing.T) {
	t.Parallel()
	s := newSet("seed")
	var callers sync.WaitGroup
	for i := range 8 {
		callers.Go(func() {
			for n := range 50 {
				switch id := fmt.Sprintf("r%d-%d", i, n); i % 4 {
				case 0:
					if _, err := s.Add([]byte(`{"id":"` + id + `","operation":"list","status":503}`)); err != nil {
						t.Error(err)
					}
					s.Remove(id)
				case 1:
					if err := s.Replace([]byte(`[{"operation":"list","delay":"1ms","times":3}]`)); err != nil {
						t.Error(err)
					}
				default:
					s.Decide(faults.Call{Operation: "list"})
				}
			}
		})
	}
	callers.Wait()
}

// Chance follows from the seed and the rule, not from what else happens.
func TestChanceIsReproducible(t *testing.T) {
	t.Parallel()
	const rule = `[{"id":"a","operation":"list","status":503,"probability":0.3}]`
	run := func(seed, rules string, others int) string {
		s := newSet(seed)
		if err := s.Replace([]byte(rules)); err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for range 200 {
			ids(s, faults.Call{Operation: "change"}, others)
			b.WriteString(ids(s, faults.Call{Operation: "list"}, 1))
		}
		return b.String()
	}
	first := run("seed", rule, 0)
	if again := run("seed", rule, 2); again != first {
		t.Errorf("the same rule takes other calls when others come between:\n%s\n%s", first, again)
	}
	if other := run("another", rule, 0); other == first {
		t.Error("another seed takes the same calls")
	}
	if other := run("seed", strings.Replace(rule, `"a"`, `"b"`, 1), 0); strings.ReplaceAll(other, "b", "a") == first {
		t.Error("a rule with another id takes the same calls")
	}
	if n := strings.Count(first, "a"); n < 40 || n > 80 {
		t.Errorf("%d of 200 calls were taken, want about 60", n)
	}
}

// The n-th delay of a rule is always the same, and many of them have the shape
// that was asked for.
func TestDelaysFollowTheirDistribution(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		delay        string
		least, most  time.Duration // of all
		median, mean float64       // in ms; 0 is not looked at
	}{
		{`"250ms"`, 250 * time.Millisecond, 250 * time.Millisecond, 250, 250},
		{`{"distribution":"uniform","min":"100ms","max":"300ms"}`, 100 * time.Millisecond, 300 * time.Millisecond, 200, 200},
		{`{"distribution":"normal","mean":"200ms","stddev":"20ms"}`, 80 * time.Millisecond, 320 * time.Millisecond, 200, 200},
		{`{"distribution":"normal","mean":"10ms","stddev":"50ms"}`, 0, 300 * time.Millisecond, 0, 0},
		{`{"distribution":"normal","mean":"200ms","stddev":"200ms","min":"150ms","max":"250ms"}`, 150 * time.Millisecond, 250 * time.Millisecond, 200, 0},
		{`{"distribution":"lognormal","median":"100ms","sigma":0.5}`, 10 * time.Millisecond, time.Second, 100, 100 * math.Exp(0.125)},
		{`{"distribution":"exponential","mean":"100ms"}`, 0, 2 * time.Second, 100 * math.Ln2, 100},
		{`{"distribution":"lognormal","median":"10m","sigma":10}`, 0, faults.MaxDelay, 0, 0},
	} {
		draw := func() []time.Duration {
			s := withRules(t, `{"operation":"list","delay":`+tc.delay+`}`)
			all := make([]time.Duration, 2000)
			for i := range all {
				f, _ := s.Decide(faults.Call{Operation: "list"})
				all[i] = f.Wait
			}
			return all
		}
		all := draw()
		if !slices.Equal(all, draw()) {
			t.Errorf("%s: other delays the second time", tc.delay)
		}
		slices.Sort(all)
		if all[0] < tc.least || all[len(all)-1] > tc.most {
			t.Errorf("%s: from %v to %v, want %v to %v", tc.delay, all[0], all[len(all)-1], tc.least, tc.most)
		}
		var sum float64
		for _, d := range all {
			sum += float64(d.Microseconds()) / 1000
		}
		near := func(what string, got, want float64) {
			if want > 0 && math.Abs(got-want) > want/10 {
				t.Errorf("%s: the %s is %.1f ms, want about %.1f", tc.delay, what, got, want)
			}
		}
		near("mean", sum/float64(len(all)), tc.mean)
		near("median", float64(all[len(all)/2].Microseconds())/1000, tc.median)
	}
}

func TestEffectSaysWhatIsDone(t *testing.T) {
	t.Parallel()
	for rule, want := range map[string]string{
		`{"operation":"list","status":503}`:                                             "status=503",
		`{"operation":"list","status":429,"retryAfter":3,"delay":"10ms"}`:               "delay=10ms, status=429",
		`{"operation":"list","connection":"reset","performed":true}`:                    "connection=reset, performed=true",
		`{"operation":"list","body":"truncate","slow":{"bytesPerSecond":5}}`:            "body=truncate, bytesPerSecond=5",
		`{"operation":"list","delay":{"distribution":"uniform","min":"1s","max":"1s"}}`: "delay=1s",
	} {
		f, _ := withRules(t, rule).Decide(faults.Call{Operation: "list"})
		if got := f.Effect(); got != want {
			t.Errorf("%s: %q, want %q", rule, got, want)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for rule, want := range map[string]int{ // -1 is none
		`{"operation":"list","status":429}`:                 1,
		`{"operation":"list","status":429,"retryAfter":0}`:  0,
		`{"operation":"list","status":503}`:                 -1,
		`{"operation":"list","status":503,"retryAfter":30}`: 30,
		`{"operation":"list","status":400}`:                 -1,
	} {
		f, _ := withRules(t, rule).Decide(faults.Call{Operation: "list"})
		got, ok := f.RetryAfterSeconds()
		if !ok {
			got = -1
		}
		if got != want {
			t.Errorf("%s: Retry-After %d, want %d", rule, got, want)
		}
	}
}

func BenchmarkDecide(b *testing.B) {
	s := newSet("seed")
	rules := make([]string, 20)
	for i := range rules {
		rules[i] = fmt.Sprintf(`{"operation":"change","path":{"sessionId":"%d"},"status":503}`, i)
	}
	if err := s.Replace([]byte("[" + strings.Join(rules, ",") + "]")); err != nil {
		b.Fatal(err)
	}
	call := faults.Call{Operation: "change", Param: func(string) string { return "none" }}
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := s.Decide(call); ok {
			b.Fatal("taken")
		}
	}
}
