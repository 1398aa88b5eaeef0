//go:build unix

package miner

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// BenchmarkMine mines planted organisations with the prescribed threshold, five
// seeds of each size and kind, and reports besides wall time: processor
// seconds, the peak of resident memory, and how well the planted roles were
// found. The peak is that of the whole process including the organisation
// itself, so run one case at a time:
//
//	go test ./internal/miner -run - -bench 'Mine/^100000$/clean/seed=1' -benchtime 3x
func BenchmarkMine(b *testing.B) {
	for _, size := range []struct{ identities, roleSize int }{{1000, 60}, {10000, 100}, {100000, 122}} {
		for _, kind := range []struct {
			name    string
			missing float64
		}{{"clean", 0}, {"noisy", 0.4}} {
			for seed := uint64(1); seed <= 5; seed++ {
				b.Run(fmt.Sprintf("%d/%s/seed=%d", size.identities, kind.name, seed), func(b *testing.B) {
					p := plant(plan{identities: size.identities, roleSize: size.roleSize, seed: seed, missing: kind.missing, loners: 0.02})
					reportQuality(b, p, benchmarkMine(b, p.pop))
				})
			}
		}
	}
}

// benchmarkMine mines as often as the benchmark wants and reports the cost.
func benchmarkMine(b *testing.B, p Population) (r Result) {
	var err error
	resetPeak()
	start := cpuSeconds(b, syscall.RUSAGE_SELF)
	for b.Loop() {
		if r, err = Mine(b.Context(), p, Params{MinIdentities: 20}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric((cpuSeconds(b, syscall.RUSAGE_SELF)-start)/float64(b.N), "cpu-s/op")
	b.ReportMetric(peakMegabytes(b), "peak-MB")
	b.ReportMetric(float64(r.PruneThreshold), "T")
	return r
}

// BenchmarkShapes shows that what has no structure costs no more than what has.
func BenchmarkShapes(b *testing.B) {
	for _, s := range shapes() {
		b.Run(s.name, func(b *testing.B) {
			r := benchmarkMine(b, s.pop)
			b.ReportMetric(float64(len(r.Roles)), "roles")
		})
	}
}

func reportQuality(b *testing.B, p planted, r Result) {
	s := score(p, r)
	b.ReportMetric(s.ARI, "ARI")
	b.ReportMetric(s.NMI, "NMI")
	b.ReportMetric(s.Assigned, "assigned")
	b.ReportMetric(s.MemberJaccard, "members-J")
	b.ReportMetric(s.EntitlementJaccard, "entitlements-J")
	b.ReportMetric(float64(s.Found), "found")
	b.ReportMetric(float64(s.Planted), "planted")
}

func cpuSeconds(b *testing.B, who int) float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(who, &u); err != nil {
		b.Fatal(err)
	}
	return float64(u.Utime.Sec+u.Stime.Sec) + float64(u.Utime.Usec+u.Stime.Usec)/1e6
}

// resetPeak makes the kernel forget the peak so far, where it allows that.
func resetPeak() { _ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) }

func peakMegabytes(b *testing.B) float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Skip("no /proc to read the peak of memory from")
	}
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	kB, err := strconv.ParseFloat(strings.TrimSpace(strings.SplitN(after, "kB", 2)[0]), 64)
	if err != nil {
		b.Fatal(err)
	}
	return kB / 1024
}
