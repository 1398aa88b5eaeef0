package app_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"mockserver/internal/clock"
)

// BenchmarkSnapshots is what a client waits for a snapshot of the default
// organisation of 1,200 identities to be saved, restored and compared with the
// present, after 20 sessions were made and mined.
func BenchmarkSnapshots(b *testing.B) {
	for _, of := range []struct{ name, method, path string }{
		{"save", http.MethodPost, "/_mock/snapshots/bench?replace=true"},
		{"restore", http.MethodPost, "/_mock/snapshots/bench/restore"},
		{"diff", http.MethodGet, "/_mock/snapshots/bench/diff"},
		{"export", http.MethodGet, "/_mock/snapshots/bench/file"},
	} {
		b.Run(of.name, func(b *testing.B) {
			s := startBenched(b)
			for range 20 {
				s.call(b, http.MethodPost, "/v2026/role-mining-sessions", newSession)
			}
			s.settle(b)
			s.call(b, http.MethodPost, "/_mock/snapshots/bench", "")
			var took []time.Duration
			for b.Loop() {
				start := clock.Real{}.Now()
				s.call(b, of.method, of.path, "")
				took = append(took, clock.Real{}.Now().Sub(start))
			}
			slices.Sort(took)
			for _, percent := range []int{50, 99} {
				at := took[min(len(took)*percent/100, len(took)-1)]
				b.ReportMetric(float64(at.Microseconds())/1000, map[int]string{50: "p50-ms", 99: "p99-ms"}[percent])
			}
		})
	}
}
