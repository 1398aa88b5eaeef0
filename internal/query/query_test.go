package query

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// sample has a field of every kind, and one that takes every operator.
func sample() Schema {
	order := []Op{Equal, GreaterOrEqual, Greater, LessOrEqual, Less}
	return Schema{
		Filters: []Field{
			{Name: "name", Kind: String, Ops: known()},
			{Name: "entitlementRef.name", Kind: String, Ops: []Op{StartsWith}},
			{Name: "saved", Kind: Bool, Ops: []Op{Equal}},
			{Name: "quality", Kind: Int, Ops: append(order, In)},
			{Name: "popularity", Kind: Float, Ops: order},
			{Name: "startDate", Kind: Time, Ops: order},
		},
		Sorters:       []string{"name", "popularity"},
		SorterAliases: map[string]string{"populariity": "popularity"},
		DefaultSort:   []SortKey{{Field: "popularity", Descending: true}},
	}
}

func parse(params ...string) (Query, error) {
	v := url.Values{}
	for i := 0; i < len(params); i += 2 {
		v.Add(params[i], params[i+1])
	}
	return sample().Parse(v)
}

func text(field string, op Op, values ...string) Compare {
	c := Compare{Field: field, Op: op}
	for _, v := range values {
		c.Values = append(c.Values, Value{Text: v})
	}
	return c
}

func whole(field string, op Op, n int64) Compare {
	return Compare{Field: field, Kind: Int, Op: op, Values: []Value{{Kind: Int, Int: n}}}
}

func saved(b bool) Compare {
	return Compare{Field: "saved", Kind: Bool, Op: Equal, Values: []Value{{Kind: Bool, Bool: b}}}
}

func since(t time.Time) Compare {
	return Compare{Field: "startDate", Kind: Time, Op: Greater, Values: []Value{{Kind: Time, Time: t}}}
}

func TestFilters(t *testing.T) {
	t.Parallel()
	a, b, c := whole("quality", Equal, 1), whole("quality", Equal, 2), whole("quality", Equal, 3)
	day := time.Date(2018, 12, 18, 0, 0, 0, 0, time.UTC)
	moment := day.Add(23*time.Hour + 5*time.Minute + 55*time.Second)
	tests := map[string]struct {
		in     string
		want   Expr
		normal string
	}{
		"nothing":        {"", nil, ""},
		"blanks":         {" \t\n", nil, ""},
		"text":           {`name sw "RM Session"`, text("name", StartsWith, "RM Session"), `name sw "RM Session"`},
		"escapes":        {`name eq "a\"b\\c"`, text("name", Equal, `a"b\c`), `name eq "a\"b\\c"`},
		"empty text":     {`name eq ""`, text("name", Equal, ""), `name eq ""`},
		"no blanks":      {`name eq"x"and(name co"y")`, And{[]Expr{text("name", Equal, "x"), text("name", Contains, "y")}}, `name eq "x" and name co "y"`},
		"beyond ASCII":   {`name eq "Zoë ∞"`, text("name", Equal, "Zoë ∞"), `name eq "Zoë ∞"`},
		"dotted":         {`entitlementRef.name sw "test"`, text("entitlementRef.name", StartsWith, "test"), `entitlementRef.name sw "test"`},
		"quoted truth":   {`saved eq "true"`, saved(true), "saved eq true"},
		"bare truth":     {`saved eq false`, saved(false), "saved eq false"},
		"whole number":   {`quality ge 80`, whole("quality", GreaterOrEqual, 80), "quality ge 80"},
		"quoted number":  {`quality lt "-5"`, whole("quality", Less, -5), "quality lt -5"},
		"in":             {`name in ("a", "b")`, text("name", In, "a", "b"), `name in ("a", "b")`},
		"in, no blanks":  {`name in("a")`, text("name", In, "a"), `name in ("a")`},
		"contains all":   {`name ca ("a","b")`, text("name", ContainsAll, "a", "b"), `name ca ("a", "b")`},
		"present":        {`pr name`, text("name", Present), "pr name"},
		"is null":        {`name isnull or pr name`, Or{[]Expr{text("name", IsNull), text("name", Present)}}, "name isnull or pr name"},
		"year":           {`startDate gt 2018`, since(time.Date(2018, 1, 1, 0, 0, 0, 0, time.UTC)), "startDate gt 2018-01-01T00:00:00Z"},
		"month":          {`startDate gt 2018-12`, since(time.Date(2018, 12, 1, 0, 0, 0, 0, time.UTC)), "startDate gt 2018-12-01T00:00:00Z"},
		"day":            {`startDate gt 2018-12-18`, since(day), "startDate gt 2018-12-18T00:00:00Z"},
		"moment":         {`startDate gt 2018-12-18T23:05:55Z`, since(moment), "startDate gt 2018-12-18T23:05:55Z"},
		"quoted moment":  {`startDate gt "2018-12-18T23:05:55"`, since(moment), "startDate gt 2018-12-18T23:05:55Z"},
		"zone":           {`startDate gt 2018-12-19T01:05:55+02:00`, since(moment), "startDate gt 2018-12-18T23:05:55Z"},
		"short zone":     {`startDate gt 2018-12-18T22:05:55-0100`, since(moment), "startDate gt 2018-12-18T23:05:55Z"},
		"milliseconds":   {`startDate gt 2018-12-18T23:05:55.250Z`, since(moment.Add(250 * time.Millisecond)), "startDate gt 2018-12-18T23:05:55.25Z"},
		"and over or":    {`quality eq 1 or quality eq 2 and quality eq 3`, Or{[]Expr{a, And{[]Expr{b, c}}}}, "quality eq 1 or quality eq 2 and quality eq 3"},
		"not over and":   {`not quality eq 1 or quality eq 2 and quality eq 3`, Or{[]Expr{Not{a}, And{[]Expr{b, c}}}}, "not quality eq 1 or quality eq 2 and quality eq 3"},
		"parentheses":    {`(quality eq 1 or quality eq 2)and quality eq 3`, And{[]Expr{Or{[]Expr{a, b}}, c}}, "(quality eq 1 or quality eq 2) and quality eq 3"},
		"flat or":        {`quality eq 1 or (quality eq 2 or quality eq 3)`, Or{[]Expr{a, b, c}}, "quality eq 1 or quality eq 2 or quality eq 3"},
		"flat and":       {`((quality eq 1 and (quality eq 2))) and quality eq 3`, And{[]Expr{a, b, c}}, "quality eq 1 and quality eq 2 and quality eq 3"},
		"not of a group": {`not(quality eq 1 and quality eq 2)`, Not{And{[]Expr{a, b}}}, "not (quality eq 1 and quality eq 2)"},
		"not not":        {`not not (quality eq 1)`, Not{Not{a}}, "not not quality eq 1"},
		"documented": {
			`(name co "int")and (name sw "2c9")and (name eq "COMMON")and ((name co "entt")or (saved eq true))`,
			And{[]Expr{
				text("name", Contains, "int"), text("name", StartsWith, "2c9"), text("name", Equal, "COMMON"),
				Or{[]Expr{text("name", Contains, "entt"), saved(true)}},
			}},
			`name co "int" and name sw "2c9" and name eq "COMMON" and (name co "entt" or saved eq true)`,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := parse("filters", tt.in)
			if err != nil {
				t.Fatalf("Parse(%s): %v", tt.in, err)
			}
			if diff := cmp.Diff(tt.want, got.Filter); diff != "" {
				t.Errorf("Parse(%s) (-want +got):\n%s", tt.in, diff)
			}
			if got.Filter != nil && got.Filter.String() != tt.normal {
				t.Errorf("normal form of %s = %s, want %s", tt.in, got.Filter, tt.normal)
			}
		})
	}
}

func TestFloatFilters(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]float64{"65.2": 65.2, "-0": 0, "1e3": 1000, `"7"`: 7, "1E+21": 1e21} {
		got, err := parse("filters", "popularity ge "+in)
		if err != nil {
			t.Errorf("popularity ge %s: %v", in, err)
			continue
		}
		if v := got.Filter.(Compare).Values[0]; v.Any() != want {
			t.Errorf("popularity ge %s compares with %v, want %v", in, v.Any(), want)
		}
	}
}

// nested is a filter in n pairs of parentheses.
func nested(n int) string {
	return strings.Repeat("(", n) + "saved eq true" + strings.Repeat(")", n)
}

// values is a filter that compares with n values.
func values(n int) string {
	return "quality in (" + strings.Repeat("1,", n-1) + "1)"
}

func TestErrors(t *testing.T) {
	t.Parallel()
	long := `name eq "` + strings.Repeat("x", MaxText) + `"`
	tests := map[string]struct {
		param, in string
		kind      ErrorKind
		pos       int
		says      string
	}{
		"unclosed text":        {"filters", `name eq "abc`, SyntaxError, 9, `no closing "`},
		"ends in an escape":    {"filters", `name eq "abc\`, SyntaxError, 9, `no closing "`},
		"unknown escape":       {"filters", `name eq "é\n"`, SyntaxError, 11, `only \" and \\`},
		"single quotes":        {"filters", `name eq 'abc'`, SyntaxError, 9, "double quotes"},
		"other sign":           {"filters", `name = "abc"`, SyntaxError, 6, `field eq "value"`},
		"unclosed":             {"filters", `(saved eq true`, SyntaxError, 1, "not closed"},
		"closes nothing":       {"filters", `saved eq true)`, SyntaxError, 14, "closes nothing"},
		"field only":           {"filters", `saved`, SyntaxError, 6, "an operator"},
		"no value":             {"filters", `saved eq`, SyntaxError, 9, "expected a value"},
		"no right side":        {"filters", `saved eq true and`, SyntaxError, 18, "name of a field"},
		"no left side":         {"filters", `or saved eq true`, SyntaxError, 1, "name of a field"},
		"not alone":            {"filters", `not`, SyntaxError, 4, "name of a field"},
		"empty parentheses":    {"filters", `()`, SyntaxError, 2, "name of a field"},
		"two comparisons":      {"filters", `saved eq true saved eq true`, SyntaxError, 15, "and, or"},
		"upper-case word":      {"filters", `saved eq true AND saved eq true`, SyntaxError, 15, "lower case"},
		"upper-case in group":  {"filters", `(saved eq true OR saved eq true)`, SyntaxError, 16, "lower case"},
		"upper-case operator":  {"filters", `saved EQ true`, SyntaxError, 7, "write eq"},
		"postfix pr":           {"filters", `name pr`, SyntaxError, 6, "pr name"},
		"list without list":    {"filters", `name in "a"`, SyntaxError, 9, "list of values"},
		"empty list":           {"filters", `name in ()`, SyntaxError, 10, "a value"},
		"list with a hole":     {"filters", `name in ("a" "b")`, SyntaxError, 14, "comma"},
		"not UTF-8":            {"filters", "name eq \"\xff\"", SyntaxError, 0, "UTF-8"},
		"unknown field":        {"filters", `nome eq "x"`, UnsupportedField, 1, `name (eq, ne, sw`},
		"field in other case":  {"filters", `Saved eq true`, UnsupportedField, 1, "saved (eq)"},
		"unknown operator":     {"filters", `saved like true`, UnsupportedOperator, 7, "supported for saved: eq"},
		"operator not here":    {"filters", `saved ne true`, UnsupportedOperator, 1, "supported: eq"},
		"in not here":          {"filters", `saved in (true)`, UnsupportedOperator, 1, "supported: eq"},
		"pr not here":          {"filters", `pr saved`, UnsupportedOperator, 4, "supported: eq"},
		"isnull not here":      {"filters", `saved isnull`, UnsupportedOperator, 1, "supported: eq"},
		"not a truth":          {"filters", `saved eq "yes"`, IllegalValue, 10, "true or false"},
		"fraction":             {"filters", `quality ge 12.5`, IllegalValue, 12, "whole number"},
		"words for a number":   {"filters", `quality ge "high"`, IllegalValue, 12, "whole number"},
		"bare text":            {"filters", `name eq abc`, IllegalValue, 9, "double quotes"},
		"bare number for text": {"filters", `name eq 12`, IllegalValue, 9, "double quotes"},
		"not a date":           {"filters", `startDate gt 2018-13-01`, IllegalValue, 14, "2018-12-18"},
		"infinite":             {"filters", `popularity gt Inf`, IllegalValue, 15, "12.5"},
		"hexadecimal":          {"filters", `popularity gt "0x10"`, IllegalValue, 15, "12.5"},
		"huge whole number":    {"filters", `quality gt 99999999999999999999`, OutOfRange, 12, "range"},
		"huge number":          {"filters", `popularity gt 1e999`, OutOfRange, 15, "range"},
		"year 10000":           {"filters", `startDate gt 9999-12-31T23:30:00-01:00`, OutOfRange, 14, "range"},
		"too long":             {"filters", long, OutOfRange, 0, "8192"},
		"too deep":             {"filters", nested(MaxDepth + 1), OutOfRange, MaxDepth + 2, "deeper than 50"},
		"too many nots":        {"filters", strings.Repeat("not ", 100) + "saved eq true", OutOfRange, 4*MaxDepth + 5, "deeper"},
		"too many values":      {"filters", values(MaxComparisons + 1), OutOfRange, 413, "200"},

		"unknown sorter":    {"sorters", "name,size", UnsupportedField, 6, "name, popularity"},
		"empty sorter":      {"sorters", "name,,popularity", SyntaxError, 6, "missing"},
		"trailing comma":    {"sorters", "name,", SyntaxError, 6, "missing"},
		"dash alone":        {"sorters", "-", SyntaxError, 1, "missing"},
		"sorter twice":      {"sorters", "name,-name", IllegalValue, 6, "twice"},
		"twice by an alias": {"sorters", "populariity,popularity", IllegalValue, 13, "twice"},
		"long sorters":      {"sorters", strings.Repeat("a", MaxText+1), OutOfRange, 0, "8192"},

		"limit above":        {"limit", "251", OutOfRange, 0, "from 0 to 250"},
		"limit below":        {"limit", "-1", OutOfRange, 0, "from 0 to 250"},
		"limit of 30 digits": {"limit", strings.Repeat("9", 30), OutOfRange, 0, "from 0 to 250"},
		"limit of words":     {"limit", "all", IllegalValue, 0, "from 0 to 250"},
		"limit empty":        {"limit", "", IllegalValue, 0, "from 0 to 250"},
		"limit fraction":     {"limit", "2.5", IllegalValue, 0, "from 0 to 250"},
		"limit plus":         {"limit", "+5", IllegalValue, 0, "from 0 to 250"},
		"offset above":       {"offset", "2147483648", OutOfRange, 0, "2147483647"},
		"offset below":       {"offset", "-1", OutOfRange, 0, "from 0"},
		"count in capitals":  {"count", "TRUE", IllegalValue, 0, "true or false"},
		"count empty":        {"count", "", IllegalValue, 0, "true or false"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := parse(tt.param, tt.in)
			var got *Error
			if !errors.As(err, &got) {
				t.Fatalf("Parse(%s=%s) = %v, want an *Error", tt.param, tt.in, err)
			}
			if got.Param != tt.param || got.Kind != tt.kind || got.Position != tt.pos {
				t.Errorf("Parse(%s=%s) = %s at %d of %s, want %s at %d (%v)",
					tt.param, tt.in, got.Kind, got.Position, got.Param, tt.kind, tt.pos, err)
			}
			if !strings.Contains(err.Error(), tt.says) {
				t.Errorf("Parse(%s=%s) says %q, want it to hold %q", tt.param, tt.in, err, tt.says)
			}
			if len(err.Error()) > 600 {
				t.Errorf("Parse(%s=%.60s) says %d bytes; too long to read", tt.param, tt.in, len(err.Error()))
			}
		})
	}
}

func TestRepeatedParameters(t *testing.T) {
	t.Parallel()
	for _, p := range [][2]string{
		{"filters", "saved eq true"}, {"sorters", "name"}, {"limit", "1"}, {"offset", "1"}, {"count", "true"},
	} {
		_, err := parse(p[0], p[1], p[0], p[1])
		var got *Error
		if !errors.As(err, &got) || got.Kind != IllegalValue || got.Param != p[0] {
			t.Errorf("%s twice: %v, want an illegal value", p[0], err)
		}
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	byPopularity := []SortKey{{Field: "popularity", Descending: true}}
	tests := map[string]struct {
		params []string
		want   Query
	}{
		"defaults":        {nil, Query{Sort: byPopularity, Limit: 250}},
		"empty texts":     {[]string{"filters", "", "sorters", " "}, Query{Sort: byPopularity, Limit: 250}},
		"other parameter": {[]string{"detailLevel", "FULL"}, Query{Sort: byPopularity, Limit: 250}},
		"empty page":      {[]string{"limit", "0", "count", "true"}, Query{Sort: byPopularity, Count: true}},
		"largest": {
			[]string{"limit", "250", "offset", "2147483647", "count", "false"},
			Query{Sort: byPopularity, Limit: 250, Offset: 2147483647},
		},
		"sorted": {
			[]string{"sorters", " name , -popularity"},
			Query{Sort: []SortKey{{Field: "name"}, {Field: "popularity", Descending: true}}, Limit: 250},
		},
		"alias": {
			[]string{"sorters", "-populariity"},
			Query{Sort: byPopularity, Limit: 250},
		},
		"limits reached": {
			[]string{"filters", nested(MaxDepth), "limit", "1"},
			Query{Filter: saved(true), Sort: byPopularity, Limit: 1},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := parse(tt.params...)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if _, err := parse("filters", values(MaxComparisons)); err != nil {
		t.Errorf("%d values: %v", MaxComparisons, err)
	}
}

// A caller may append to the order it got without changing the schema's.
func TestDefaultSortIsCopied(t *testing.T) {
	t.Parallel()
	s := sample()
	q, err := s.Parse(nil)
	if err != nil {
		t.Fatal(err)
	}
	q.Sort[0].Field = "changed"
	if s.DefaultSort[0].Field != "popularity" {
		t.Error("changing a query's order changed the schema")
	}
}

func TestEmptySchemaRefuses(t *testing.T) {
	t.Parallel()
	for param, in := range map[string]string{"filters": "saved eq true", "sorters": "name"} {
		_, err := Schema{}.Parse(url.Values{param: {in}})
		var got *Error
		if !errors.As(err, &got) || got.Kind != UnsupportedField || !strings.Contains(got.Message, "cannot be") {
			t.Errorf("%s of an empty schema: %v, want an unsupported field", param, err)
		}
	}
}
