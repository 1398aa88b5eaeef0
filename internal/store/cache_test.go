package store

import (
	"fmt"
	"testing"

	"mockserver/internal/query"
	"mockserver/internal/rolemining"
)

func TestCacheEndsWithItsGeneration(t *testing.T) {
	t.Parallel()
	var c cache
	key := []byte("k")
	found := func(g uint64) bool { _, ok := c.get(g, key); return ok }

	before := c.now()
	c.put(before, key, entry{json: []byte("old")})
	if !found(before) {
		t.Fatal("not kept")
	}
	c.beginChange()
	if found(c.now()) {
		t.Error("found during a commit")
	}
	during := c.now()
	c.put(during, key, entry{json: []byte("unsure")})
	c.endChange()
	if found(c.now()) || found(during) {
		t.Error("kept from before or during a commit")
	}
	c.put(before, key, entry{json: []byte("late")}) // its query was overtaken
	if found(c.now()) {
		t.Error("a late answer was kept")
	}
	c.put(c.now(), key, entry{json: []byte("new")})
	c.put(before, key, entry{json: []byte("late")})
	if e, ok := c.get(c.now(), key); !ok || string(e.json) != "new" {
		t.Errorf("found %q, %v", e.json, ok)
	}
}

func TestCacheIsBounded(t *testing.T) {
	t.Parallel()
	var c cache
	for i := range 3 * maxCached {
		c.put(0, fmt.Append(nil, i), entry{json: make([]byte, 100)})
	}
	if len(c.entries) != maxCached || c.bytes > maxCached*110 || c.bytes < maxCached*100 {
		t.Errorf("%d entries, %d bytes", len(c.entries), c.bytes)
	}
	big := make([]byte, maxCachedBytes/10)
	for i := range 20 {
		c.put(0, fmt.Append(nil, "big", i), entry{json: big})
	}
	kept := 0
	for k, e := range c.entries {
		kept += len(k) + len(e.json)
	}
	if c.bytes > maxCachedBytes || c.bytes != kept {
		t.Errorf("counted %d bytes, kept %d, allowed %d", c.bytes, kept, maxCachedBytes)
	}
	c.put(0, []byte("huge"), entry{json: make([]byte, maxCachedBytes)})
	if _, ok := c.get(0, []byte("huge")); ok {
		t.Error("one answer may take the whole cache")
	}
}

// TestListKeysAreDistinct gives every list that differs a key of its own.
func TestListKeysAreDistinct(t *testing.T) {
	t.Parallel()
	compare := func(field string, op query.Op, values ...query.Value) query.Compare {
		return query.Compare{Field: field, Op: op, Values: values}
	}
	text := func(s string) query.Value { return query.Value{Text: s} }
	a, b := compare("a", query.Equal, text("x")), compare("b", query.Equal, text("x"))
	lists := []rolemining.List{
		{}, {Kind: 1}, {SessionID: "s"}, {RoleID: "s"}, {SourceID: "s"}, {IncludeCommon: true},
		{SessionID: "a", RoleID: "b"}, {SessionID: "ab"},
		{Query: query.Query{Count: true}}, {Query: query.Query{Limit: 1}}, {Query: query.Query{Offset: 1}},
		{Query: query.Query{Sort: []query.SortKey{{Field: "a"}}}},
		{Query: query.Query{Sort: []query.SortKey{{Field: "a", Descending: true}}}},
		{Query: query.Query{Sort: []query.SortKey{{Field: "a"}, {Field: "b"}}}},
	}
	for _, e := range []query.Expr{
		a, b, query.Not{Expr: a}, query.And{Exprs: []query.Expr{a, b}}, query.Or{Exprs: []query.Expr{a, b}},
		query.And{Exprs: []query.Expr{b, a}}, query.And{Exprs: []query.Expr{a, query.Not{Expr: b}}},
		query.Not{Expr: query.And{Exprs: []query.Expr{a, b}}},
		compare("a", query.StartsWith, text("x")), compare("a", query.Equal, text("y")), compare("a", query.In, text("x"), text("y")),
		compare("a", query.In, text("xy")), compare("a", query.Present),
		compare("a", query.Equal, query.Value{Kind: query.Int, Int: 1}), compare("a", query.Equal, query.Value{Kind: query.Int, Int: -1}),
		compare("a", query.Equal, query.Value{Kind: query.Bool, Bool: true}), compare("a", query.Equal, query.Value{Kind: query.Bool}),
		compare("a", query.Equal, query.Value{Kind: query.Float, Float: 1}), compare("a", query.Equal, query.Value{Kind: query.Float, Float: 2}),
	} {
		lists = append(lists, rolemining.List{Query: query.Query{Filter: e}})
	}
	seen := map[string]int{}
	for i, l := range lists {
		key := string(listID(nil, &l))
		if other, ok := seen[key]; ok {
			t.Errorf("lists %d and %d have the same key", other, i)
		}
		seen[key] = i
	}
}
