package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// How hard TestKill tries: go test ./cmd/mockserver -run TestKill -kill.rounds 200 -kill.seed 7.
var (
	killRounds = flag.Int("kill.rounds", 6, "how often TestKill kills servers; a third of it with -short")
	killSeed   = flag.Uint64("kill.seed", 1, "what decides the moments, and what is written")
)

const (
	// killLanes is how many servers, each with its own files, are killed side by
	// side.
	killLanes = 2
	// killsOfFiles is after how many kills a lane begins with new files, so that
	// what is written, and is to be compared after every kill, stays bounded.
	killsOfFiles = 20
)

// TestKill kills servers at random moments while clients write all there is to
// write: sessions, potential roles, exports, provisioning, organisations and
// tenants. Then it looks at the files as they lie there, and starts another server
// on them. Whatever was acknowledged must be there, what was not must be there as a
// whole or not at all, and everything that was begun must come to its end.
func TestKill(t *testing.T) {
	t.Parallel()
	t.Logf("-kill.rounds %d -kill.seed %d", kills(), *killSeed)
	for n := range killLanes {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			l := &lane{T: t, n: uint64(n)}
			l.random = l.dice()
			rounds := (kills() + killLanes - 1 - n) / killLanes
			for done := 0; done < rounds; done += killsOfFiles {
				l.begin()
				for range min(killsOfFiles, rounds-done) {
					l.round()
				}
				l.end()
			}
			t.Logf("%d acknowledged writes survived %d kills", l.acknowledged, l.kills)
		})
	}
}

// kills is how often to kill.
func kills() int {
	if testing.Short() {
		return (*killRounds + 2) / 3
	}
	return *killRounds
}

// lane is one server after the other on the same files, and who writes to them.
type lane struct {
	*testing.T
	n, dices            uint64
	random              *rand.Rand
	db                  string
	clients             []client
	kills, acknowledged int
}

// client writes to a server and remembers what was acknowledged.
type client interface {
	// reach tells where the server is now.
	reach(url string)
	// write makes one random write, acknowledged when it returns nil.
	write() error
	// check compares what was acknowledged, and settles what is in doubt; at the
	// end it also waits for everything to come to its end.
	check(t *testing.T, end bool)
}

// dice is a source of chance that depends on the seed only.
func (l *lane) dice() *rand.Rand {
	l.dices++
	return rand.New(rand.NewPCG(*killSeed, l.n<<32|l.dices))
}

// begin makes new files and clients.
func (l *lane) begin() {
	l.db = filepath.Join(l.TempDir(), "db")
	l.clients = []client{
		&writer{random: l.dice()}, &writer{random: l.dice()},
		&writer{api: api{prefix: "/t/kept"}, random: l.dice()},
		&organiser{api: api{prefix: "/t/organised"}, random: l.dice()},
		&founder{random: l.dice(), tenants: map[string]*value[string]{}},
	}
}

func (l *lane) start(delay string) *server {
	l.Helper()
	s := startServer(l.T, io.Discard, "--db", l.db, "--auth=off", "--log-level=error", "--stage-delay", delay)
	for _, c := range l.clients {
		c.reach(s.url)
	}
	return s
}

// round starts a server, checks what the last one left, and kills it while the
// clients write.
func (l *lane) round() {
	l.Helper()
	s := l.start("5ms")
	l.check(false)
	l.writeUntilKilled(s, 1+l.random.Int64N(60), time.Duration(l.random.Int64N(int64(3*time.Millisecond))))
	l.kills++
	checkDatabases(l.T, l.db)
	if l.Failed() {
		l.Fatalf("after kill %d of lane %d, seed %d", l.kills, l.n, *killSeed)
	}
}

// end starts a last server, which may finish everything.
func (l *lane) end() {
	l.Helper()
	s := l.start("0")
	l.check(true)
	if err := s.terminate(); err != nil {
		l.Error(err)
	}
	checkDatabases(l.T, l.db)
}

func (l *lane) check(end bool) {
	l.Helper()
	var all sync.WaitGroup
	for _, c := range l.clients {
		all.Go(func() { c.check(l.T, end) })
	}
	all.Wait()
}

// writeUntilKilled lets all clients write, and kills the server some moment after
// a number of acknowledgements.
func (l *lane) writeUntilKilled(s *server, after int64, moment time.Duration) {
	l.Helper()
	var acknowledged atomic.Int64
	var killed atomic.Bool
	var all sync.WaitGroup
	dead := make(chan error, 1)
	for _, c := range l.clients {
		all.Go(func() {
			for {
				err := c.write()
				if killed.Load() && err != nil {
					return // what was under way is in doubt; the client knows
				}
				if err != nil {
					l.Error(err)
					return
				}
				if acknowledged.Add(1) == after {
					time.AfterFunc(moment, func() {
						killed.Store(true)
						dead <- s.kill()
					})
				}
			}
		})
	}
	all.Wait()
	if killed.Load() {
		<-dead // "signal: killed" is no news
	}
	l.acknowledged += int(acknowledged.Load())
}

// api is a tenant of a running server, "" or /t/NAME behind its URL, and a token
// where it wants one.
type api struct{ url, prefix, token string }

func (a *api) reach(url string) { a.url = url }

// do sends a request to a path below /v2026 of the tenant; otherwise it is send.
func (a api) do(want int, method, path, body string, v any) error {
	return a.send(want, method, "/v2026"+path, body, v)
}

// send sends a request to a path of the tenant, decodes the answer into v unless
// that is nil, and fails unless the status is the wanted one.
func (a api) send(want int, method, path, body string, v any) error {
	status, answer, err := request(method, a.url+a.prefix+path, a.token, body)
	if err != nil {
		return err
	}
	if status != want {
		return fmt.Errorf("%s %s: %d %.500s, want %d", method, a.prefix+path, status, answer, want)
	}
	if v == nil {
		return nil
	}
	return json.Unmarshal(answer, v)
}

// value is something that was written: the last acknowledged state, and the one
// that was on its way when the server was killed, if any.
type value[T comparable] struct {
	is    T
	doubt bool
	may   T
}

// set writes a value and notes how that went.
func (v *value[T]) set(to T, write func() error) error {
	v.doubt, v.may = true, to
	if err := write(); err != nil {
		return err
	}
	*v = value[T]{is: to}
	return nil
}

// read settles a doubt by what is there, or says that a write was lost.
func (v *value[T]) read(got T) error {
	if got != v.is && (!v.doubt || got != v.may) {
		return fmt.Errorf("is %v, but %v was acknowledged", got, v.is)
	}
	*v = value[T]{is: got}
	return nil
}
