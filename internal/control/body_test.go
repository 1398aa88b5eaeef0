package control

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/spelling"
)

type sample struct {
	Name  string            `json:"name"`
	Count *int              `json:"count"`
	Rules []sampleRule      `json:"rules"`
	Map   map[string]sample `json:"map"`
	Wait  *duration         `json:"wait"`
	Times []time.Time       `json:"times"`
	inner int
	sampleEmbedded
}

type sampleEmbedded struct {
	Extra bool `json:"extra"`
}

type sampleRule struct {
	Status int             `json:"status"`
	Any    json.RawMessage `json:"any"`
}

func TestDecode(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		body string
		want *problem
	}{
		{`{"name":"a","count":3,"extra":true,"rules":[{"status":1,"any":{"whatever":1}}],"map":{"x":{"name":"b"}}}`, nil},
		{`{"nmae":"a"}`, &problem{Text: `there is no property "nmae" here`, Pointer: "/nmae", Allowed: spelling.Nearest([]string{"count", "extra", "map", "name", "rules", "times", "wait"}, "nmae")}},
		{`{"inner":1}`, &problem{Text: `there is no property "inner" here`, Pointer: "/inner", Allowed: spelling.Nearest([]string{"count", "extra", "map", "name", "rules", "times", "wait"}, "inner")}},
		{`{"rules":[{},{"a/b~":1}]}`, &problem{Text: `there is no property "a/b~" here`, Pointer: "/rules/1/a~1b~0", Allowed: spelling.Nearest([]string{"any", "status"}, "a/b~")}},
		{`{"map":{"x":{"y":1}}}`, &problem{Text: `there is no property "y" here`, Pointer: "/map/x/y", Allowed: spelling.Nearest([]string{"count", "extra", "map", "name", "rules", "times", "wait"}, "y")}},
		{`{"name":1}`, &problem{Text: "must be a string, not number", Pointer: "/name"}},
		{`{"count":1.5}`, &problem{Text: "must be a whole number, not number 1.5", Pointer: "/count"}},
		{`{"rules":{}}`, &problem{Text: "must be an array, not object", Pointer: "/rules"}},
		{`{"rules":[{},{"status":"x"}]}`, &problem{Text: "must be a whole number, not string", Pointer: "/rules/1/status"}},
		{`{"rules":[{"status":null},1]}`, &problem{Text: "must be an object, not number", Pointer: "/rules/1"}},
		{`{"map":{"x":{"wait":5}}}`, &problem{Text: `a duration is a text with a unit, such as "5s" for seconds, not the number 5`, Pointer: "/map/x/wait"}},
		{`{"wait":"soon"}`, &problem{Text: `"soon" is no duration such as 250ms or 13h`, Pointer: "/wait"}},
		{`{"times":["2026-03-01T09:00:00Z",null,"now"]}`, &problem{Text: `must be a moment such as 2026-03-01T09:00:00Z, not "now"`, Pointer: "/times/2"}},
		{`{"wait":null,"count":null,"rules":null,"map":null,"name":null}`, nil},
		{`{"a":1,"name":2,"map":{"x":{"wait":"soon"}},"count":3}`, &problem{Text: `there is no property "a" here`, Pointer: "/a", Allowed: spelling.Nearest([]string{"count", "extra", "map", "name", "rules", "times", "wait"}, "a"), Also: []*problem{
			{Text: `"soon" is no duration such as 250ms or 13h`, Pointer: "/map/x/wait"},
			{Text: "must be a string, not number", Pointer: "/name"},
		}}},
		{`{"wait":[5]}`, &problem{Text: `a duration is a text such as "250ms" or "13h", not [5]`, Pointer: "/wait"}},
		{`[]`, &problem{Text: "must be an object, not array"}},
		{`{"name":"a"} x`, &problem{Text: "the body is not valid JSON: invalid character 'x' after top-level value, at byte 14"}},
		{`{"name":`, &problem{Text: "the body is not valid JSON: unexpected end of JSON input, at byte 8"}},
	} {
		var got *problem
		err := decodeBytes([]byte(tc.body), &sample{})
		if err != nil && !errors.As(err, &got) {
			t.Fatal(err)
		}
		if got != nil && got.status != 400 {
			t.Errorf("%s: status %d", tc.body, got.status)
		}
		if diff := cmp.Diff(tc.want, got, cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".status" }, cmp.Ignore())); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.body, diff)
		}
	}
	_ = sample{inner: 1}.inner
}

func FuzzDecode(f *testing.F) {
	f.Add(`{"name":"a","rules":[{"status":1}],"map":{"x":{}}}`)
	f.Add(`{"rules":{"status":[]}}`)
	f.Add(`nul`)
	f.Fuzz(func(t *testing.T, body string) {
		var v sample
		if err := decodeBytes([]byte(body), &v); err != nil && !errors.As(err, new(*problem)) {
			t.Errorf("%q: %v is no problem", body, err)
		}
	})
}
