package app_test

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"mockserver/internal/clock"
)

// BenchmarkReset is POST /_mock/reset with the default organisation of 1,200
// identities, each time after 20 sessions were made and mined: alone, and while
// 8 clients read. The percentiles are of what a client waits.
func BenchmarkReset(b *testing.B) {
	b.Run("alone", func(b *testing.B) { benchmarkReset(b, 0) })
	b.Run("8readers", func(b *testing.B) { benchmarkReset(b, 8) })
}

func benchmarkReset(b *testing.B, readers int) {
	s := startBenched(b)
	ctx, stop := context.WithCancel(b.Context())
	var clients sync.WaitGroup
	defer clients.Wait()
	defer stop()
	for range readers {
		clients.Go(func() { s.readUntil(ctx) })
	}
	request, err := http.NewRequestWithContext(b.Context(), http.MethodPost, s.url+"/_mock/reset", nil)
	if err != nil {
		b.Fatal(err)
	}
	var took []time.Duration
	for b.Loop() {
		b.StopTimer()
		for range 20 {
			s.call(b, http.MethodPost, "/v2026/role-mining-sessions", newSession)
		}
		s.settle(b)
		b.StartTimer()
		start := clock.Real{}.Now()
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			b.Fatal(err)
		}
		took = append(took, clock.Real{}.Now().Sub(start))
		if err := response.Body.Close(); err != nil || response.StatusCode != http.StatusOK {
			b.Fatalf("%d, %v", response.StatusCode, err)
		}
	}
	slices.Sort(took)
	at := func(percent int) float64 {
		return float64(took[min(len(took)*percent/100, len(took)-1)].Microseconds()) / 1000
	}
	b.ReportMetric(at(50), "p50-ms")
	b.ReportMetric(at(99), "p99-ms")
}

// readUntil reads a session and a page of potential roles, over and over.
func (s benched) readUntil(ctx context.Context) {
	paths := []string{"/v2026/role-mining-sessions/8c190e67-87aa-4ed9-a90b-d9d5344523fb", "/v2026/role-mining-potential-roles?limit=250"}
	for {
		for _, path := range paths {
			if ctx.Err() != nil {
				return
			}
			request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+path, nil)
			if err != nil {
				return
			}
			request.Header = http.Header{"Authorization": {"Bearer " + s.token}, "X-Sailpoint-Experimental": {"true"}}
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				return
			}
			_ = response.Body.Close()
		}
	}
}
