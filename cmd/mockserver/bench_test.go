package main

import (
	"bufio"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// BenchmarkStartToReady starts the real binary, built as in the Dockerfile, with the default organisation
// and asks it until it is ready. ns/op is from the start of the process to the
// first 200; the idle memory and the size of the binary are beside it.
func BenchmarkStartToReady(b *testing.B) {
	binary := filepath.Join(b.TempDir(), "mockserver")
	build := exec.Command("go", "build", "-trimpath", "-tags", "nethttpomithttp2", "-ldflags", "-s -w", "-o", binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	info, err := os.Stat(binary)
	if err != nil {
		b.Fatal(err)
	}
	var resident float64
	for b.Loop() {
		resident = startOnce(b, binary)
	}
	b.ReportMetric(resident, "idle-MB")
	b.ReportMetric(float64(info.Size())/1e6, "binary-MB")
}

// startOnce starts a server, waits until it is ready, and ends it. It returns
// the server's resident memory in MB.
func startOnce(b *testing.B, binary string) float64 {
	server := exec.Command(binary, "--addr", "127.0.0.1:0")
	stdout, err := server.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := server.Start(); err != nil {
		b.Fatal(err)
	}
	lines := bufio.NewScanner(stdout)
	url := ""
	for url == "" && lines.Scan() {
		if _, after, ok := strings.Cut(lines.Text(), "listens on "); ok {
			url = after
		}
	}
	untilReady(b, url)
	b.StopTimer()
	resident := residentMB(b, server.Process.Pid)
	if err := server.Process.Signal(syscall.SIGTERM); err != nil {
		b.Fatal(err)
	}
	for lines.Scan() { // so that Wait does not close the pipe under the server
	}
	if err := server.Wait(); err != nil {
		b.Fatal(err)
	}
	b.StartTimer()
	return resident
}

// BenchmarkMineCommand runs the real binary as mine --json on generated
// organisations. Beside the time it reports the processor seconds and the peak
// memory of the process, reading and writing included.
func BenchmarkMineCommand(b *testing.B) {
	binary := filepath.Join(b.TempDir(), "mockserver")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	sizes := []string{"1000", "10000", "100000"}
	if testing.Short() {
		sizes = sizes[:2]
	}
	for _, size := range sizes {
		b.Run(size, func(b *testing.B) {
			dir := filepath.Join(b.TempDir(), "org")
			if out, err := exec.Command(binary, "fixtures", "generate", "--identities", size, dir).CombinedOutput(); err != nil {
				b.Fatalf("%v\n%s", err, out)
			}
			var cpu time.Duration
			var peak int64
			for b.Loop() {
				mine := exec.Command(binary, "mine", "--json", "--fixtures", dir)
				if err := mine.Run(); err != nil {
					b.Fatal(err)
				}
				cpu += mine.ProcessState.UserTime() + mine.ProcessState.SystemTime()
				if used, ok := mine.ProcessState.SysUsage().(*syscall.Rusage); ok {
					peak = max(peak, used.Maxrss)
				}
			}
			b.ReportMetric(cpu.Seconds()/float64(b.N), "cpu-s/op")
			b.ReportMetric(float64(peak)/1e3, "peak-MB") // Linux counts kilobytes
		})
	}
}

func untilReady(b *testing.B, url string) {
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		response, err := http.Get(url + "/_mock/health/ready")
		if err != nil {
			continue
		}
		_ = response.Body.Close()
		if response.StatusCode == http.StatusOK {
			return
		}
	}
	b.Fatal("not ready after 10 s")
}

func residentMB(b *testing.B, pid int) float64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Skip("resident memory is read from /proc, which this machine does not have")
	}
	for line := range strings.Lines(string(status)) {
		var kilobytes float64
		if n, _ := fmt.Sscanf(line, "VmRSS: %f kB", &kilobytes); n == 1 {
			return kilobytes / 1e3
		}
	}
	b.Fatal("no VmRSS in /proc")
	return 0
}
