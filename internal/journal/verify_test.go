package journal_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/journal"
)

// paramsOf stands for the templates of the API's paths.
func paramsOf(_, operation, path string) map[string]string {
	if !strings.HasPrefix(operation, "getRoleMiningSession") || strings.HasSuffix(path, "sessions") {
		return nil
	}
	return map[string]string{"sessionId": path[strings.LastIndex(path, "/")+1:]}
}

func decoded(t *testing.T, text string) any {
	t.Helper()
	v, err := journal.DecodeJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func exactly(n int) journal.Count { return journal.Count{Least: n, Most: n} }
func atLeast(n int) journal.Count { return journal.Count{Least: n, Most: -1} }
func atMost(n int) journal.Count  { return journal.Count{Most: n} }

func TestVerify(t *testing.T) {
	t.Parallel()
	creates := journal.Filter{Operations: []string{"createRoleMiningSessions"}}
	body := func(text string) journal.Matcher { return journal.Matcher{Filter: creates, Body: decoded(t, text)} }
	tests := map[string]struct {
		matcher journal.Matcher
		count   journal.Count
		matched []uint64
		ok      bool
		near    map[uint64]string
	}{
		"exactly":           {matcher: journal.Matcher{Filter: creates}, count: exactly(2), matched: []uint64{2, 3}, ok: true},
		"exactly, too few":  {matcher: journal.Matcher{Filter: creates}, count: exactly(3), matched: []uint64{2, 3}, near: map[uint64]string{4: "the operation is getRoleMiningSession"}},
		"exactly, too many": {matcher: journal.Matcher{Filter: creates}, count: exactly(1), matched: []uint64{2, 3}},
		"at least":          {matcher: journal.Matcher{Filter: creates}, count: atLeast(1), matched: []uint64{2, 3}, ok: true},
		"at least, too few": {matcher: journal.Matcher{Filter: creates}, count: atLeast(3), matched: []uint64{2, 3}},
		"at most":           {matcher: journal.Matcher{Filter: creates}, count: atMost(2), matched: []uint64{2, 3}, ok: true},
		"at most, too many": {matcher: journal.Matcher{Filter: creates}, count: atMost(1), matched: []uint64{2, 3}},
		"never":             {matcher: journal.Matcher{Filter: journal.Filter{Method: "DELETE"}}, count: atMost(0), ok: true},
		"never, but":        {matcher: journal.Matcher{Filter: creates}, count: atMost(0), matched: []uint64{2, 3}},
		"all there is":      {count: exactly(8), matched: []uint64{1, 2, 3, 4, 5, 6, 7, 8}, ok: true},
		"since":             {matcher: journal.Matcher{Filter: journal.Filter{Since: 2, Operations: creates.Operations}}, count: exactly(1), matched: []uint64{3}, ok: true},
		"a path parameter": {
			matcher: journal.Matcher{PathParams: map[string]string{"sessionId": "1"}, ParamsOf: paramsOf}, count: exactly(2), matched: []uint64{4, 5}, ok: true,
		},
		"a path parameter, near": {
			matcher: journal.Matcher{Filter: journal.Filter{Operations: []string{"getRoleMiningSession"}}, PathParams: map[string]string{"sessionId": "3"}, ParamsOf: paramsOf},
			count:   exactly(1), near: map[uint64]string{4: `sessionId is "1"`, 6: `sessionId is "2"`},
		},
		"a query":                  {matcher: journal.Matcher{Query: map[string][]string{"limit": {"10"}}}, count: exactly(1), matched: []uint64{7}, ok: true},
		"a query with a blank":     {matcher: journal.Matcher{Query: map[string][]string{"filters": {"saved eq true"}}}, count: exactly(1), matched: []uint64{7}, ok: true},
		"a parameter that is not":  {matcher: journal.Matcher{Filter: journal.Filter{Operations: []string{"getRoleMiningSessions"}}, Query: map[string][]string{"limit": nil}}, count: exactly(1), matched: []uint64{8}, ok: true},
		"a query, near":            {matcher: journal.Matcher{Filter: journal.Filter{Method: "GET"}, Query: map[string][]string{"limit": {"20"}}}, count: exactly(1), near: map[uint64]string{7: `limit of the query is "10"`, 8: "the query has no limit"}},
		"a secret is no oracle":    {matcher: journal.Matcher{Query: map[string][]string{"token": {"x"}}}, count: exactly(0), ok: true},
		"a body":                   {matcher: body(`{"name":"a"}`), count: exactly(1), matched: []uint64{2}, ok: true},
		"a body, deep":             {matcher: body(`{"scope":{"criteria":"x"}}`), count: exactly(1), matched: []uint64{2}, ok: true},
		"a number by value":        {matcher: body(`{"pruneThreshold":6e1}`), count: exactly(1), matched: []uint64{2}, ok: true},
		"a body, near":             {matcher: body(`{"name":"c"}`), count: exactly(1), near: map[uint64]string{2: `/name of its body is "a", not "c"`, 3: `/name of its body is "b", not "c"`}},
		"a body, something misses": {matcher: body(`{"saved":true,"name":"a"}`), count: exactly(1), near: map[uint64]string{2: "/saved of its body is missing"}},
		"a form": {
			matcher: journal.Matcher{Filter: journal.Filter{Operations: []string{"getToken"}}, Body: decoded(t, `{"client_id":"me","client_secret":"[redacted]"}`)},
			count:   exactly(1), matched: []uint64{1}, ok: true,
		},
		"no body": {
			matcher: journal.Matcher{Filter: journal.Filter{Path: "/v2026/role-mining-sessions/1"}, Body: decoded(t, `{}`)}, count: exactly(1),
			near: map[uint64]string{4: "it has no body"},
		},
		"a status, near": {
			matcher: journal.Matcher{Filter: journal.Filter{Operations: creates.Operations, Statuses: []journal.Statuses{{From: 409, To: 409}}}}, count: exactly(1),
			near: map[uint64]string{2: "the status is 201", 3: "the status is 400"},
		},
	}
	j := mixed()
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := j.Verify(tc.matcher, tc.count)
			if v.OK != tc.ok || v.Matched != len(tc.matched) || (v.Why == "") != tc.ok || v.Dropped != 0 {
				t.Errorf("%+v", v)
			}
			if diff := cmp.Diff(tc.matched, v.Matches); diff != "" {
				t.Errorf("matches (-want +got):\n%s", diff)
			}
			checkNear(t, v, tc.near)
		})
	}
}

// checkNear wants entries among those that came near, each with a reason.
func checkNear(t *testing.T, v journal.Verdict, want map[uint64]string) {
	t.Helper()
	for number, why := range want {
		i := slices.IndexFunc(v.Near, func(n journal.Near) bool { return n.Entry.Number == number })
		if i < 0 || !slices.Contains(v.Near[i].Why, why) {
			t.Errorf("entry %d is not near because %q: %+v", number, why, v.Near)
		}
	}
	if v.OK && len(v.Near) > 0 || len(v.Near) > 5 {
		t.Errorf("%d came near", len(v.Near))
	}
}

// The entry that misses least comes first, another operation being the most to
// miss, and of equals the newest.
func TestNearestFirst(t *testing.T) {
	t.Parallel()
	v := mixed().Verify(journal.Matcher{Filter: journal.Filter{
		Operations: []string{"getRoleMiningSession"}, Version: "v2026", Client: "me", Statuses: []journal.Statuses{{From: 201, To: 201}},
	}}, exactly(1))
	var got []string
	for _, n := range v.Near {
		got = append(got, fmt.Sprint(n.Entry.Number, ": ", strings.Join(n.Why, "; ")))
	}
	want := []string{
		"4: the status is 200",
		"6: the client is other; the status is 404",
		"2: the operation is createRoleMiningSessions",
		"8: the operation is getRoleMiningSessions; the status is 0",
		"7: the operation is getRoleMiningSessions; the status is 503",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("near (-want +got):\n%s", diff)
	}
}

// What the journal no longer has may have been what is asked for: where it
// matters, the journal says that it does not know.
func TestVerifyWhatWasDropped(t *testing.T) {
	t.Parallel()
	j := journal.New(journal.Config{Entries: 3})
	for range 5 {
		j.Record(get("/a", 200))
	}
	m := journal.Matcher{Filter: journal.Filter{Path: "/a"}}
	tests := map[string]struct {
		count  journal.Count
		since  uint64
		ok     bool
		unsure bool
	}{
		"enough":                 {count: atLeast(3), ok: true},
		"perhaps enough":         {count: atLeast(4), unsure: true},
		"never enough":           {count: atLeast(6)},
		"perhaps exactly":        {count: exactly(3), unsure: true},
		"perhaps exactly, more":  {count: exactly(5), unsure: true},
		"too many already":       {count: exactly(2)},
		"not too many":           {count: atMost(5), ok: true},
		"perhaps too many":       {count: atMost(4), unsure: true},
		"exactly since then":     {count: exactly(3), since: 2, ok: true},
		"one is gone since then": {count: exactly(3), since: 1, unsure: true},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := m
			m.Since = tc.since
			v := j.Verify(m, tc.count)
			if v.OK != tc.ok || strings.Contains(v.Why, "is not known") != tc.unsure || v.Dropped != 2-tc.since {
				t.Errorf("%+v", v)
			}
		})
	}
	if v := j.Verify(journal.Matcher{Filter: journal.Filter{Path: "/b"}}, atMost(0)); v.OK || !strings.Contains(v.Why, "2 requests had to make room") {
		t.Errorf("never, with two dropped: %+v", v)
	}
	if v := j.VerifySequence(0, []journal.Matcher{m, m, m, m}); v.OK || !strings.Contains(v.Why, "2 requests had to make room") || v.Matched != 3 {
		t.Errorf("a sequence, with two dropped: %+v", v)
	}
}

// A body that was kept in part may be the one, or not.
func TestVerifyWhatWasCut(t *testing.T) {
	t.Parallel()
	j := journal.New(journal.Config{Entries: 10, Request: 20})
	j.Record(post("/a", "o", `{"name":"a"}`, 200))
	j.Record(post("/a", "o", `{"name":"a","description":"long"}`, 200))
	j.Record(post("/b", "o", `{"name":"a","description":"long"}`, 200))
	m := journal.Matcher{Filter: journal.Filter{Path: "/a"}, Body: decoded(t, `{"name":"a"}`)}
	if v := j.Verify(m, atLeast(1)); !v.OK || v.Matched != 1 || v.Undecided != 1 {
		t.Errorf("at least one: %+v", v)
	}
	v := j.Verify(m, exactly(1))
	if v.OK || v.Undecided != 1 || !strings.Contains(v.Why, "1 request had a body that was kept in part only") {
		t.Errorf("exactly one: %+v", v)
	}
	checkNear(t, v, map[uint64]string{2: "its body was cut, so it cannot be compared"})
	if v := j.VerifySequence(0, []journal.Matcher{m, m}); v.OK || v.Matched != 1 || v.Undecided != 1 {
		t.Errorf("a sequence: %+v", v)
	}
}

func TestVerifySequence(t *testing.T) {
	t.Parallel()
	step := func(operation string, status int) journal.Matcher {
		return journal.Matcher{Filter: journal.Filter{Operations: []string{operation}, Statuses: []journal.Statuses{{From: status, To: status}}}}
	}
	create, get, list := step("createRoleMiningSessions", 201), step("getRoleMiningSession", 200), step("getRoleMiningSessions", 503)
	tests := map[string]struct {
		since   uint64
		steps   []journal.Matcher
		matched []uint64
		ok      bool
		why     string
		near    map[uint64]string
	}{
		"in order, others between": {steps: []journal.Matcher{create, get, list}, matched: []uint64{2, 4, 7}, ok: true},
		"one":                      {steps: []journal.Matcher{list}, matched: []uint64{7}, ok: true},
		"the wrong way round": {
			steps: []journal.Matcher{get, create}, matched: []uint64{4}, why: "step 2 of the sequence was not found after entry 4, which is step 1",
			near: map[uint64]string{2: "it came too early: step 1 is entry 4"},
		},
		"twice":      {steps: []journal.Matcher{create, create}, matched: []uint64{2}, why: "step 2 of the sequence was not found after entry 2", near: map[uint64]string{3: "the status is 400"}},
		"never":      {steps: []journal.Matcher{step("getRoleMiningSession", 500), list}, why: "step 1 of the sequence was not found"},
		"since then": {since: 2, steps: []journal.Matcher{create, get}, why: "step 1 of the sequence was not found"},
	}
	j := mixed()
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := j.VerifySequence(tc.since, tc.steps)
			if v.OK != tc.ok || v.Matched != len(tc.matched) || !strings.HasPrefix(v.Why, tc.why) || tc.ok && v.Why != "" {
				t.Errorf("%+v", v)
			}
			if diff := cmp.Diff(tc.matched, v.Matches); diff != "" {
				t.Errorf("matches (-want +got):\n%s", diff)
			}
			checkNear(t, v, tc.near)
		})
	}
}

func TestVerifyChangesNothing(t *testing.T) {
	t.Parallel()
	j := mixed()
	before := j.Stats()
	first := j.Verify(journal.Matcher{Filter: journal.Filter{Method: "GET"}}, exactly(1))
	if diff := cmp.Diff(first, j.Verify(journal.Matcher{Filter: journal.Filter{Method: "GET"}}, exactly(1))); diff != "" || before != j.Stats() {
		t.Errorf("the second time it is another verdict:\n%s", diff)
	}
}

// BenchmarkVerify is what it costs to ask a journal that is full: "held" is an
// expectation that holds, "failed" one that does not, so that what came near is looked
// for.
func BenchmarkVerify(b *testing.B) {
	j := journal.New(journal.Config{Entries: 10_000, Bytes: 16 << 20, Request: 64 << 10, Response: 16 << 10})
	for i := range 20_000 {
		x := get(fmt.Sprint("/v2026/role-mining-sessions/", i), 200)
		x.Response = content(strings.Repeat("x", 650))
		j.Record(x)
	}
	m := journal.Matcher{Filter: journal.Filter{Operations: []string{"getRoleMiningSession"}, Statuses: []journal.Statuses{{From: 200, To: 299}}}}
	for name, want := range map[string]journal.Count{"held": atLeast(5), "failed": exactly(5)} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if v := j.Verify(m, want); v.OK != (name == "held") {
					b.Fatalf("%+v", v)
				}
			}
		})
	}
}

func TestSubset(t *testing.T) {
	t.Parallel()
	tests := []struct{ wanted, got, why string }{
		{`{}`, `{"a":1}`, ""},
		{`{"a":{"b":2}}`, `{"a":{"b":2,"c":3},"d":4}`, ""},
		{`{"a":{"b":2}}`, `{"a":{"b":3}}`, "/a/b of its body is 3, not 2"},
		{`{"a":1}`, `{}`, "/a of its body is missing"},
		{`{"a~/b":1}`, `{"a~/b":2}`, "/a~0~1b of its body is 2, not 1"},
		{`[1,2]`, `[1,2]`, ""},
		{`[1,2]`, `[2,1]`, "/0 of its body is 2, not 1"},
		{`[1]`, `[1,2]`, "its body has 2 elements, not 1"},
		{`[{"op":"replace"}]`, `[{"op":"replace","path":"/name"}]`, ""},
		{`[1]`, `{"0":1}`, "its body is no array"},
		{`{"a":1}`, `[]`, "its body is no object"},
		{`1`, `1.0`, ""},
		{`10`, `1e1`, ""},
		{`12345678901234567890`, `12345678901234567890`, ""},
		{`1e999`, `1e999`, ""},
		{`1`, `"1"`, `its body is "1", not 1`},
		{`null`, `null`, ""},
		{`{"a":null}`, `{"a":false}`, "/a of its body is false, not null"},
		{`"x"`, `{"x":1}`, `its body is {"x":1}, not "x"`},
		{`true`, `[true]`, `its body is [true], not true`},
	}
	for _, tc := range tests {
		if why := journal.Subset(decoded(t, tc.wanted), decoded(t, tc.got)); why != tc.why {
			t.Errorf("%s in %s: %q, want %q", tc.wanted, tc.got, why, tc.why)
		}
	}
	if why := journal.Subset("a", strings.Repeat("b", 500)); len(why) > 200 {
		t.Errorf("a long value is told at length: %s", why)
	}
}

func TestCountInWords(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]journal.Count{
		"exactly 3 requests": exactly(3), "exactly 1 request": exactly(1), "no request": exactly(0), "at least 2 requests": atLeast(2), "at most 1 request": atMost(1),
	} {
		if c.String() != want {
			t.Errorf("%+v is %q, want %q", c, c, want)
		}
	}
}
