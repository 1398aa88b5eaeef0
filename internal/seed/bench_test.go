package seed_test

import (
	"bytes"
	"testing"

	"mockserver/fixtures"
	"mockserver/internal/seed"
)

// BenchmarkDocument writes and reads the default organisation as a document.
func BenchmarkDocument(b *testing.B) {
	ds, err := seed.Load(fixtures.Default())
	if err != nil {
		b.Fatal(err)
	}
	var text bytes.Buffer
	for b.Loop() {
		text.Reset()
		if err := seed.WriteDocument(&text, ds); err != nil {
			b.Fatal(err)
		}
		if _, err := seed.LoadDocument(text.Bytes()); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(text.Len()))
}

// BenchmarkPatch changes one identity of the default organisation.
func BenchmarkPatch(b *testing.B) {
	ds, err := seed.Load(fixtures.Default())
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		patch, err := seed.ParsePatch([]byte(`{"identities":[{"id":"2c918090761a5aac0176215c46a62d58","displayName":"x"}]}`))
		if err != nil {
			b.Fatal(err)
		}
		if _, _, err := patch.Apply(ds); err != nil {
			b.Fatal(err)
		}
	}
}
