package journal_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/journal"
)

func noon() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

// get is an exchange as most are.
func get(path string, status int) *journal.Exchange {
	return &journal.Exchange{
		Time: noon(), Duration: 3 * time.Millisecond, TrackingID: "5f0c3b7e9a1d48c2b6e4f7081a2b3c4d",
		Proto: "HTTP/1.1", Scheme: "http", Host: "localhost:8080", Method: "GET", Path: path,
		Operation: "getRoleMiningSession", Version: "v2026", Client: "me", Status: status,
		RequestHeader:  map[string][]string{"Accept": {"application/json"}, "User-Agent": {"test"}},
		ResponseHeader: map[string][]string{"Content-Type": {"application/json;charset=UTF-8"}},
		Response:       content(`{"id":"1"}`),
	}
}

func content(text string) journal.Content {
	return journal.Content{Size: int64(len(text)), Data: []byte(text)}
}

// post is an exchange with a JSON body.
func post(path, operation, body string, status int) *journal.Exchange {
	x := get(path, status)
	x.Method, x.Operation, x.Request = "POST", operation, content(body)
	x.RequestHeader = map[string][]string{"Content-Type": {"application/json"}}
	return x
}

func small() *journal.Journal {
	return journal.New(journal.Config{Entries: 100, Bytes: journal.MinBytes, Request: 1 << 10, Response: 1 << 10})
}

func numbers(entries []journal.Entry) []uint64 {
	var all []uint64
	for _, e := range entries {
		all = append(all, e.Number)
	}
	return all
}

func TestAnEntryIsWhatWasRecorded(t *testing.T) {
	t.Parallel()
	j := small()
	x := get("/v2026/role-mining-sessions/1", 409)
	x.Prefix, x.Query, x.Refused, x.Hint, x.Fault, x.Aborted = "/t/a", "limit=2", "no", "do that", "slow", "broken"
	x.Request = journal.Content{Size: 5, Data: []byte("hello"), More: true}
	j.Record(x)
	want := journal.Entry{
		Number: 1, Time: noon(), Duration: 3 * time.Millisecond, TrackingID: x.TrackingID, Proto: "HTTP/1.1", Scheme: "http",
		Host: "localhost:8080", Method: "GET", Prefix: "/t/a", Path: "/v2026/role-mining-sessions/1", Query: "limit=2",
		Operation: "getRoleMiningSession", Version: "v2026", Client: "me", Status: 409,
		RequestHeaders:  []journal.Header{{Name: "Accept", Value: "application/json"}, {Name: "User-Agent", Value: "test"}},
		ResponseHeaders: []journal.Header{{Name: "Content-Type", Value: "application/json;charset=UTF-8"}},
		Request:         journal.Body{Size: 5, Truncated: true, Data: "hello"},
		Response:        journal.Body{Size: 10, Data: `{"id":"1"}`},
		Refused:         "no", Hint: "do that", Fault: "slow", Aborted: "broken",
	}
	if got, ok, _ := j.Entry(1); !ok {
		t.Error("it is not there")
	} else if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Whatever is recorded, the newest entries are there, in order and whole, within
// both bounds, and those that are not are counted.
func TestBounds(t *testing.T) {
	t.Parallel()
	for seed := range uint64(8) {
		rng := rand.New(rand.NewPCG(seed, 2))
		c := journal.Config{Entries: 1 + rng.IntN(120), Bytes: journal.MinBytes + rng.IntN(1<<20), Request: rng.IntN(30 << 10), Response: rng.IntN(30 << 10)}
		j := journal.New(c)
		total := 100 + rng.IntN(200)
		for i := range total {
			x := post(fmt.Sprint("/", i+1), "o", strings.Repeat("r", rng.IntN(40<<10)), 200)
			x.Response = content(strings.Repeat("a", rng.IntN(40<<10)))
			j.Record(x)
		}
		s, found := j.Stats(), j.Find(journal.Filter{}, total)
		held := len(found.Entries)
		if s.Bytes > c.Bytes || held > c.Entries || held == 0 {
			t.Fatalf("seed %d: %d entries in %d bytes, the bounds are %d and %d", seed, held, s.Bytes, c.Entries, c.Bytes)
		}
		if s.Held != held || s.Last != uint64(total) || s.Dropped != uint64(total-held) || found.Dropped != s.Dropped || found.Total != held {
			t.Fatalf("seed %d: %+v, and %d of %d found after %d", seed, s, held, found.Total, found.Dropped)
		}
		for i, e := range found.Entries {
			if want := uint64(total - held + i + 1); e.Number != want || e.Path != fmt.Sprint("/", want) {
				t.Fatalf("seed %d: entry %d is %d, %s; want %d", seed, i, e.Number, e.Path, want)
			}
			if len(e.Request.Data) > c.Request || len(e.Response.Data) > c.Response || e.Response.Truncated != (int64(len(e.Response.Data)) < e.Response.Size) {
				t.Fatalf("seed %d: %d of %d bytes, truncated: %v", seed, len(e.Response.Data), e.Response.Size, e.Response.Truncated)
			}
		}
	}
}

// The longest texts there can be fit into the smallest journal.
func TestTheLargestEntryFits(t *testing.T) {
	t.Parallel()
	j := journal.New(journal.Config{Entries: 10, Bytes: 0, Request: 1 << 30, Response: 1 << 30})
	long := strings.Repeat("x", 1<<20)
	x := get(long, 200)
	x.Query, x.Host, x.Operation, x.Client, x.Refused, x.Hint = long, long, long, long, long, long
	x.RequestHeader = map[string][]string{"Accept": {long, long}, "X-Mock-A": {long}, "User-Agent": {long}, "Content-Type": {long}}
	x.ResponseHeader = x.RequestHeader
	x.Request, x.Response = content(long), content(long)
	for range 5 {
		j.Record(x)
	}
	found := j.Find(journal.Filter{}, 10)
	if len(found.Entries) == 0 || found.Entries[len(found.Entries)-1].Number != 5 || j.Stats().Bytes > journal.MinBytes {
		t.Errorf("%d entries, %+v", len(found.Entries), j.Stats())
	}
}

func TestClear(t *testing.T) {
	t.Parallel()
	j := small()
	for i := range 150 {
		j.Record(get(fmt.Sprint("/", i), 200))
	}
	j.Clear()
	if s := j.Stats(); s.Held != 0 || s.Last != 150 || s.Dropped != 0 {
		t.Errorf("after Clear: %+v", s)
	}
	j.Record(get("/after", 200))
	found := j.Find(journal.Filter{}, 10)
	if diff := cmp.Diff([]uint64{151}, numbers(found.Entries)); diff != "" || found.Dropped != 0 {
		t.Errorf("dropped %d, numbers (-want +got):\n%s", found.Dropped, diff)
	}
	if _, ok, dropped := j.Entry(150); ok || !dropped {
		t.Errorf("entry 150: ok %v, dropped %v", ok, dropped)
	}
	for _, number := range []uint64{0, 152} {
		if _, ok, dropped := j.Entry(number); ok || dropped {
			t.Errorf("entry %d: ok %v, dropped %v", number, ok, dropped)
		}
	}
}

// Restart is Clear, and counts from 1; what began before it is not recorded.
func TestRestart(t *testing.T) {
	t.Parallel()
	j := small()
	late := get("/late", 200)
	late.Mark = j.Mark()
	j.Record(get("/a", 200))
	j.Restart()
	j.Record(late)
	if s := j.Stats(); s.Held != 0 || s.Last != 0 || s.Dropped != 0 {
		t.Errorf("after Restart: %+v", s)
	}
	j.Record(get("/b", 200))
	if found := j.Find(journal.Filter{}, 10); len(found.Entries) != 1 || found.Entries[0].Number != 1 || found.Entries[0].Path != "/b" {
		t.Errorf("after Restart: %+v", found.Entries)
	}
}

// Of more headers than there is room for, the same are kept every time.
func TestTooManyHeaders(t *testing.T) {
	t.Parallel()
	x := get("/", 200)
	x.RequestHeader = map[string][]string{}
	for i := range 60 {
		x.RequestHeader[fmt.Sprintf("X-Mock-%02d", i)] = []string{strings.Repeat("v", 1000)}
	}
	j := small()
	for range 5 {
		j.Record(x)
	}
	for _, e := range j.Find(journal.Filter{}, 10).Entries {
		last := e.RequestHeaders[len(e.RequestHeaders)-1].Name
		if want := fmt.Sprintf("X-Mock-%02d", len(e.RequestHeaders)-1); last != want || len(e.RequestHeaders) < 30 {
			t.Errorf("%d headers up to %s, want %s", len(e.RequestHeaders), last, want)
		}
	}
}

// How long a request took does not decide how many there is room for.
func TestDurationsTakeTheSameRoom(t *testing.T) {
	t.Parallel()
	var used []int
	for _, took := range []time.Duration{0, time.Millisecond, time.Hour} {
		j := small()
		x := get("/", 200)
		x.Duration = took
		j.Record(x)
		if got := j.Find(journal.Filter{}, 1).Entries[0].Duration; got != took {
			t.Errorf("%v, want %v", got, took)
		}
		used = append(used, j.Stats().Bytes)
	}
	if used[0] != used[1] || used[1] != used[2] {
		t.Errorf("bytes %v", used)
	}
}

func TestClose(t *testing.T) {
	t.Parallel()
	j := small()
	j.Record(get("/a", 200))
	for range 2 {
		j.Close()
		j.Record(get("/b", 200))
		if s, found := j.Stats(), j.Find(journal.Filter{}, 10); s != (journal.Stats{Last: 1}) || len(found.Entries) > 0 {
			t.Errorf("after Close: %+v, %d entries", s, len(found.Entries))
		}
	}
}

// Writers and readers at once: every number is given once, and what is read is
// whole.
func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	j := journal.New(journal.Config{Entries: 500, Bytes: journal.MinBytes, Request: 64 << 10, Response: 4 << 10})
	const clients, each = 64, 50
	var writers, readers sync.WaitGroup
	for c := range clients {
		writers.Go(func() {
			for i := range each {
				text := fmt.Sprintf("%d-%d", c, i)
				j.Record(post("/"+text, "o", strings.Repeat(text+" ", 100), 200))
			}
		})
	}
	stop := make(chan struct{})
	for range 4 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				last := uint64(0)
				for _, e := range j.Find(journal.Filter{}, 1000).Entries {
					if e.Number <= last || e.Request.Data != strings.Repeat(e.Path[1:]+" ", 100) {
						t.Errorf("entry %d after %d: %s with %.40q", e.Number, last, e.Path, e.Request.Data)
						return
					}
					last = e.Number
				}
				j.Clear()
				j.Verify(journal.Matcher{}, journal.Count{Most: -1})
			}
		})
	}
	writers.Wait()
	close(stop)
	readers.Wait()
	if s := j.Stats(); s.Last != clients*each {
		t.Errorf("%+v", s)
	}
}

// Recording allocates nothing once the journal is full. Not parallel, since
// allocations are counted for the process.
func TestRecordAllocatesNothing(t *testing.T) {
	j := journal.New(journal.Config{Entries: 10_000, Bytes: journal.MinBytes, Response: 16 << 10})
	x := get("/v2026/role-mining-sessions/1", 200)
	for range 10_000 {
		j.Record(x)
	}
	if n := testing.AllocsPerRun(1000, func() { j.Record(x) }); n != 0 {
		t.Errorf("%v allocations for an entry", n)
	}
}

// BenchmarkRecord is what an entry costs: "session" is the answer to a GET of one
// session, "page" a page of 250 potential roles, of which 16 KiB are kept.
func BenchmarkRecord(b *testing.B) {
	for _, size := range []struct {
		name  string
		bytes int
	}{{"session", 650}, {"page", 163_000}} {
		b.Run(size.name, func(b *testing.B) {
			j := journal.New(journal.Config{Entries: 10_000, Bytes: 16 << 20, Request: 64 << 10, Response: 16 << 10})
			x := get("/v2026/role-mining-sessions/8c190e67-87aa-4ed9-a90b-d9d5344523fb", 200)
			x.Response = content(strings.Repeat("x", size.bytes))
			b.ReportAllocs()
			for b.Loop() {
				j.Record(x)
			}
		})
	}
}

// BenchmarkMillion records a million requests into the journal of the defaults, and
// reports how much memory the process has taken for it, in MiB. Run it with
// -benchtime 1x.
func BenchmarkMillion(b *testing.B) {
	body := strings.Repeat("x", 64<<10)
	for b.Loop() {
		before := resident(b)
		j := journal.New(journal.Config{Entries: 10_000, Bytes: 16 << 20, Request: 64 << 10, Response: 16 << 10})
		for i := range 1_000_000 {
			x := get("/v2026/role-mining-sessions/8c190e67-87aa-4ed9-a90b-d9d5344523fb", 200)
			x.Response = content(body[:i%3000])
			j.Record(x)
		}
		b.ReportMetric(float64(resident(b)-before)/(1<<20), "MiB-grown")
		if s := j.Stats(); s.Bytes > 16<<20 || s.Last != 1_000_000 {
			b.Errorf("%+v", s)
		}
		j.Close()
	}
}

// resident is the memory of the process, in bytes: what the system says where it
// says it, and what the heap holds elsewhere.
func resident(b *testing.B) int64 {
	debug.FreeOSMemory()
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	var size, pages int64
	if _, err := fmt.Sscan(string(text), &size, &pages); err != nil {
		b.Fatal(err)
	}
	return pages * int64(os.Getpagesize())
}
