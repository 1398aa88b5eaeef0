package criteria

import (
	"errors"
	"testing"
)

// FuzzCriteria: no text panics; an error points into the text; and what is
// accepted means the same in parentheses and the opposite after NOT.
func FuzzCriteria(f *testing.F) {
	for _, seed := range []string{
		"source.name:DataScienceDataset", "name:a*", "attributes.location:austin AND NOT manager.name:amanda.ross",
		`@access(name: ("reporter"))`, "@access(id:A OR id:B) AND @access(id:C)", "_exists_:name", "*", "*:*",
		`name:(a OR "b c" -d)`, "attributes.grade:[1 TO 5} attributes.hired:>=2018-01-01T00:00:00Z", "+a -b !c && d || e",
		`name:a\ b\*?*`, "name:x~2^3 /r/", "((", "@access(@access(x))", "name.exact:Ross*", "name:\xff", "name:[\"a\" TO *]", `\`,
	} {
		f.Add(seed, "Amanda Ross-Ünal", "12")
	}
	f.Fuzz(func(t *testing.T, text, name, grade string) {
		q, err := Parse(text, names{})
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Offset < 0 || e.Offset > len(text) || e.Message == "" {
				t.Fatalf("Parse(%q): unusable error %#v", text, err)
			}
			return
		}
		d := amanda()
		d.fields["name"], d.fields["attributes.grade"], d.access[0]["name"] = one(name), one(grade), one(name)
		got := q.Match(d)
		for wrapped, want := range map[string]bool{"(" + text + ")": got, "NOT (" + text + ")": !got} {
			again, err := Parse(wrapped, names{})
			if err != nil {
				continue // one level more may be one too many
			}
			if again.Match(d) != want {
				t.Fatalf("%q matches = %t, but %q matches = %t", text, got, wrapped, !want)
			}
		}
	})
}
