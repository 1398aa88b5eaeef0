package criteria

import (
	"fmt"
	"testing"
)

// BenchmarkMatch matches 100,000 documents with one query.
func BenchmarkMatch(b *testing.B) {
	people := make([]person, 100_000)
	for i := range people {
		p := amanda()
		p.fields["name"] = one(fmt.Sprintf("First%d Last%d", i, i%977))
		people[i] = p
	}
	for name, text := range map[string]string{
		"word":     "name:last5",
		"phrase":   `attributes.location:"san marcos"`,
		"wildcard": "name:*last9*",
		"anywhere": "nothing",
		"nested":   `@access(id:X OR name:"chief reporter")`,
		"range":    "attributes.hired:[2018-01-01 TO 2018-06-30]",
		"mixed":    `attributes.location:marcos AND NOT manager.name:jim.bob AND name:f*`,
	} {
		q, err := Parse(text, names{})
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				for i := range people {
					q.Match(&people[i])
				}
			}
		})
	}
}
