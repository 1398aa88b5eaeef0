package orggen_test

import (
	"fmt"
	"io"
	"runtime"
	"testing"

	"mockserver/internal/orggen"
)

// discard is a file that only counts what is written.
type discard struct{ n *int64 }

func (d discard) Write(p []byte) (int, error) {
	*d.n += int64(len(p))
	return len(p), nil
}

func (d discard) Close() error { return nil }

// BenchmarkGenerate makes organisations and reports, besides time and bytes
// written, how much the heap holds while the last identity is made.
//
//	go test ./internal/orggen -run - -bench 'Generate/100000' -benchtime 1x
func BenchmarkGenerate(b *testing.B) {
	for _, n := range []int{1000, 10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var written int64
			var held runtime.MemStats
			opts := orggen.Options{Identities: n, Seed: 1, Noise: 5, Lines: true, Truth: true, Progress: func(done, total int) {
				if done == total {
					runtime.GC()
					runtime.ReadMemStats(&held)
				}
			}}
			b.ReportAllocs()
			for b.Loop() {
				written = 0
				if err := orggen.Generate(opts, func(string) (io.WriteCloser, error) { return discard{&written}, nil }); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(written)/1e6, "MB-written")
			b.ReportMetric(float64(held.HeapAlloc)/1e6, "heap-MB")
		})
	}
}
