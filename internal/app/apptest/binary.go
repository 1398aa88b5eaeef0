package apptest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"mockserver/internal/config"
)

// BinaryVariable names a mockserver. With it, Start runs that program and
// reaches it over TCP, so that what the scenarios say of API and control plane is
// said of what users have. The clock and background work are moved through the control
// plane then.
const BinaryVariable = "MOCKSERVER_SCENARIOS_BINARY"

// Clock is the clock of a test server.
type Clock interface {
	Now() time.Time
	// Advance moves it on; d is 0 or more.
	Advance(d time.Duration)
}

// process is a server in a process of its own.
type process struct {
	command *exec.Cmd
	log     bytes.Buffer // to be read after the end
	steps   int          // taken by the clocks since Step told of them
	tenants []*Server    // views of all that the test has asked for, the default one first
	byHand  bool         // background work waits for a step, unless the test says otherwise
	id      string       // with secret, credentials of the default organisation
	secret  string
	ended   bool
}

// startBinary runs the program with the settings until the test ends.
func (s *Server) startBinary(program string, settings config.Config) {
	s.tb.Helper()
	if settings.ControlAddr != "" {
		s.tb.Skip("LEFT OUT over TCP: the server is steered over the address of its API")
	}
	// Without a stage delay all work is always due: in process it is done by
	// Step. There it must be told to wait for that.
	s.process = &process{byHand: settings.StageDelay == 0 && settings.Jobs.String() == "auto"}
	_, missing := os.Stat(settings.DB)
	isNew := settings.DB == "" || missing != nil
	args := flagsFor(s.tb, settings)
	if s.process.byHand {
		args = append(args, "--jobs=step")
	}
	p := s.process
	p.command = exec.CommandContext(context.WithoutCancel(s.tb.Context()), program, args...) // Stop ends it, in order
	p.command.Stderr = &p.log
	p.command.Env = []string{"TMPDIR=" + os.TempDir()}
	stdout, err := p.command.StdoutPipe()
	if err != nil {
		s.tb.Fatal(err)
	}
	if err := p.command.Start(); err != nil {
		s.tb.Fatal(err)
	}
	s.tb.Cleanup(s.Stop)
	s.tb.Logf("over TCP: %s", s.tb.Name())
	said := greeted(s.tb, stdout)
	s.base, s.URL = said["SAIL_BASE_URL"], said["SAIL_BASE_URL"]
	p.id, p.secret = said["SAIL_CLIENT_ID"], said["SAIL_CLIENT_SECRET"]
	p.tenants = []*Server{s}
	s.enter(isNew)
}

// remoteTenant is Tenant in a process of its own.
func (s *Server) remoteTenant(name string) *Server {
	s.tb.Helper()
	got := s.Send(http.MethodPut, "/_mock/tenants/"+name, nil, nil)
	if got.Status >= http.StatusMultipleChoices {
		s.tb.Fatalf("tenant %s: %d %s", name, got.Status, got.Body)
	}
	isNew := got.Status == http.StatusCreated
	own := &Server{URL: s.base + "/t/" + name, tb: s.tb, base: s.base, process: s.process}
	switch i := slices.IndexFunc(s.process.tenants, func(t *Server) bool { return t.URL == own.URL }); {
	case i < 0:
		s.process.tenants = append(s.process.tenants, own)
	case isNew: // it was deleted
		s.process.tenants[i] = own
	default:
		return s.process.tenants[i]
	}
	own.enter(isNew)
	return own
}

// enter stops the clock of the tenant that s is a view of, at the moment that it is
// for the others, and takes a token there.
func (s *Server) enter(isNew bool) {
	s.tb.Helper()
	s.Clock = remoteClock{s}
	now := Now()
	if first := s.process.tenants[0]; first != s {
		now = first.Clock.Now()
	}
	s.order(http.MethodPost, "/_mock/clock", map[string]any{"freeze": true, "set": now.Format(time.RFC3339Nano)})
	if isNew {
		s.order(http.MethodPost, "/_mock/reset", map[string]any{"keep": []string{"clock"}}) // what was dated before is dated anew
	}
	s.Token = s.TokenFor(s.process.id, s.process.secret)
}

// greeted reads what the server says of itself at its start.
func greeted(tb testing.TB, stdout io.Reader) map[string]string {
	tb.Helper()
	said := map[string]string{}
	for lines := bufio.NewScanner(stdout); said["SAIL_CLIENT_SECRET"] == "" && lines.Scan(); {
		if name, value, found := strings.Cut(strings.TrimPrefix(lines.Text(), "  export "), "="); found {
			said[name] = value
		}
	}
	if said["SAIL_CLIENT_SECRET"] == "" {
		tb.Fatal("the server did not say where it is; what it said else is below")
	}
	return said
}

// flagsFor are the flags of a server with the settings.
func flagsFor(tb testing.TB, settings config.Config) []string {
	tb.Helper()
	defaults, err := config.Load(nil, nil)
	if err != nil {
		tb.Fatal(err)
	}
	usual := flagsOf(defaults)
	flags := []string{"serve", "--addr=127.0.0.1:0", "--log-level=error", "--log-format=text"}
	for i, flag := range flagsOf(settings) {
		if flag != usual[i] {
			flags = append(flags, flag)
		}
	}
	return flags
}

// flagsOf are the flags that say all settings but for those of addresses and the log.
func flagsOf(c config.Config) []string {
	origins := strings.Join(c.CORSOrigins, ",")
	if origins == "" {
		origins = "none"
	}
	sync := "normal"
	if c.DBFullSync {
		sync = "full"
	}
	return []string{
		"--seed=" + c.Seed, "--fixtures=" + c.Fixtures, "--db=" + c.DB, "--db-sync=" + sync,
		"--stage-delay=" + c.StageDelay.String(), "--jobs=" + c.Jobs.String(),
		"--auth=" + string(c.Auth), "--token-ttl=" + c.TokenTTL.String(), "--rate-limit=" + c.RateLimit.String(), "--cors-origins=" + origins,
		"--prefer=" + strconv.FormatBool(c.Prefer), "--strict-requests=" + strconv.FormatBool(c.StrictRequests), "--pprof=" + strconv.FormatBool(c.Pprof),
		"--journal-entries=" + strconv.Itoa(c.JournalEntries), "--journal-bytes=" + strconv.Itoa(c.JournalBytes), "--journal-body=" + strconv.Itoa(c.JournalBody),
		"--max-connections=" + strconv.Itoa(c.MaxConnections), "--max-tenants=" + strconv.Itoa(c.MaxTenants),
	}
}

// order tells the control plane something that it must not refuse.
func (s *Server) order(method, path string, body any) Answer {
	s.tb.Helper()
	got := s.Send(method, path, body, nil)
	if got.Status != http.StatusOK {
		s.tb.Fatalf("%s %s: %d %s", method, path, got.Status, got.Body)
	}
	return got
}

// remoteClock is the clock of a server in a process of its own, which is stopped.
type remoteClock struct{ s *Server }

// Now implements Clock.
func (c remoteClock) Now() time.Time {
	c.s.tb.Helper()
	now, err := time.Parse(time.RFC3339Nano, c.s.order(http.MethodGet, "/_mock/clock", nil).Text("now"))
	if err != nil {
		c.s.tb.Fatal(err)
	}
	return now
}

// Advance implements Clock, for all tenants that the test has asked for. The server
// does what falls due before it answers.
func (c remoteClock) Advance(d time.Duration) {
	c.s.tb.Helper()
	for _, tenant := range c.s.process.tenants {
		tenant.advance(d)
	}
}

// advance moves the clock of one tenant on.
func (s *Server) advance(d time.Duration) {
	s.tb.Helper()
	steps, _ := s.order(http.MethodPost, "/_mock/clock", map[string]any{"advance": d.String()}).Value("steps").(float64)
	s.process.steps += int(steps)
}

// step is Step in a process of its own: what was due the clock has done already.
func (s *Server) step() int {
	s.tb.Helper()
	p := s.process
	var n int
	for _, tenant := range p.tenants {
		if p.byHand && tenant.order(http.MethodGet, "/_mock/jobs", nil).Text("mode") == "step" {
			var moved struct{ Moved []json.RawMessage }
			tenant.order(http.MethodPost, "/_mock/jobs/step", nil).Into(&moved)
			n += len(moved.Moved)
		} else { // what is due by time, which may be what the test has just made so
			tenant.advance(0)
		}
	}
	n += p.steps
	p.steps = 0
	return n
}

// run has the background work go on by itself.
func (p *process) run(s *Server) (stop func()) {
	if !p.byHand {
		return func() {}
	}
	mode := func(mode string) { s.order(http.MethodPut, "/_mock/jobs", map[string]any{"mode": mode}) }
	mode("auto")
	return func() { mode("step") }
}

// end stops the process, which must end well.
func (p *process) end(tb testing.TB) {
	tb.Helper()
	if p.ended {
		return
	}
	p.ended = true
	if err := p.command.Process.Signal(syscall.SIGTERM); err != nil {
		tb.Error(err)
	}
	if err := p.command.Wait(); err != nil {
		tb.Errorf("the server ended with %v and said:\n%s", err, p.log.Bytes())
	}
}
