package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// player plays the script: one client after the other, each request on a
// connection of its own, and takes down what went over the wire.
type player struct {
	t      testing.TB
	addr   string // where the server is; the requests say that they go to playedHost
	prefix string // of the tenant, "" for the default one
	token  string
	all    []exchange
	except []exception
}

func newPlayer(t testing.TB, s *server) *player {
	return &player{t: t, addr: strings.TrimPrefix(s.url, "http://"), except: exceptions()}
}

// playedHost is what requests name as their host, whatever port a server has.
const playedHost = "mock.test:8080"

// exchange is a request and what was answered, both as bytes; what exceptions says
// is blank.
type exchange struct{ request, answer string }

// line is the first line of the request.
func (e exchange) line() string {
	line, _, _ := strings.Cut(e.request, "\r\n")
	return line
}

// reply is an answer, read.
type reply struct {
	p      *player
	status int
	header http.Header
	body   []byte
}

// request is the bytes of a request. header has names and values in turn.
func (p *player) request(method, path, body string, header []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n", method, p.prefix+path, playedHost)
	for i := 0; i < len(header); i += 2 {
		fmt.Fprintf(&b, "%s: %s\r\n", header[i], header[i+1])
	}
	if body != "" || method == http.MethodPost {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(body))
	}
	return b.String() + "\r\n" + body
}

// send sends a request and takes down the answer.
func (p *player) send(method, path, body string, header ...string) reply {
	p.t.Helper()
	request := p.request(method, path, body, header)
	raw := p.wire(request)
	p.all = append(p.all, exchange{p.blanked(method+" "+path, request), p.blanked(method+" "+path, raw)})
	got := reply{p: p}
	response, err := http.ReadResponse(bufio.NewReader(strings.NewReader(raw)), &http.Request{Method: method})
	if err != nil {
		return got // a fault: there is no answer, or none that can be read
	}
	defer response.Body.Close()
	got.status, got.header = response.StatusCode, response.Header
	got.body, _ = io.ReadAll(response.Body) // what is missing was cut off by a fault
	return got
}

// patience is how long the player waits for an answer before it gives up.
const patience = time.Minute

// dial opens a connection and sends a request.
func (p *player) dial(request string) (c net.Conn, hangUp func()) {
	p.t.Helper()
	c, err := net.Dial("tcp", p.addr)
	if err != nil {
		p.t.Fatal(err)
	}
	bored := time.AfterFunc(patience, func() { _ = c.Close() })
	if _, err := io.WriteString(c, request); err != nil {
		p.t.Fatal(err)
	}
	return c, func() { bored.Stop(); _ = c.Close() }
}

// wire sends bytes and returns all that comes back, and how it ends if not in
// order.
func (p *player) wire(request string) string {
	p.t.Helper()
	c, hangUp := p.dial(request)
	defer hangUp()
	raw, err := io.ReadAll(c)
	switch {
	case errors.Is(err, syscall.ECONNRESET):
		return string(raw) + "\n(the connection was reset)"
	case err != nil:
		p.t.Fatal(err)
	}
	return string(raw)
}

// events takes down the feed from its beginning up to the event in which a
// session enters a state.
func (p *player) events(session, state string) {
	p.t.Helper()
	request := p.request(http.MethodGet, "/_mock/events", "", []string{"Last-Event-ID", "0"})
	c, hangUp := p.dial(request)
	defer hangUp()
	var raw strings.Builder
	response, err := http.ReadResponse(bufio.NewReader(io.TeeReader(c, &raw)), nil)
	if err != nil {
		p.t.Fatal(err)
	}
	head, _, _ := strings.Cut(raw.String(), "\r\n\r\n")
	feed := "" // how a stream is cut into chunks is chance
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		feed += lines.Text() + "\n"
		if strings.Contains(lines.Text(), `"id":"`+session+`"`) && strings.HasSuffix(lines.Text(), `"state":"`+state+`"}`) {
			p.all = append(p.all, exchange{request, head + "\r\n\r\n" + feed})
			return
		}
	}
	p.t.Fatalf("the feed ends before %s is %s: %v\n%s", session, state, lines.Err(), feed)
}

// api is send with the token and all that the API wants.
func (p *player) api(method, path, body string, header ...string) reply {
	p.t.Helper()
	header = append(header, "Authorization", "Bearer "+p.token, "X-SailPoint-Experimental", "true")
	switch {
	case method == http.MethodPatch:
		header = append(header, "Content-Type", "application/json-patch+json")
	case body != "":
		header = append(header, "Content-Type", "application/json")
	}
	return p.send(method, path, body, header...)
}

func (p *player) get(paths ...string) (last reply) {
	p.t.Helper()
	for _, path := range paths {
		last = p.api(http.MethodGet, path, "")
	}
	return last
}

// mock is send to the control plane.
func (p *player) mock(method, path string, body ...string) reply {
	p.t.Helper()
	return p.send(method, "/_mock"+path, strings.Join(body, ""))
}

// must fails the test unless an answer has the status: the script would not do
// what it is there for.
func (r reply) must(status int) reply {
	r.p.t.Helper()
	if r.status != status {
		last := r.p.all[len(r.p.all)-1]
		r.p.t.Fatalf("%s: %d, want %d\n%.600s", last.line(), r.status, status, last.answer)
	}
	return r
}

// text is what stands in the body at a path of names and places.
func (r reply) text(path ...any) string {
	r.p.t.Helper()
	var v any
	if err := json.Unmarshal(r.body, &v); err != nil {
		r.p.t.Fatalf("%s: %v", r.p.all[len(r.p.all)-1].line(), err)
	}
	for _, step := range path {
		switch at := v.(type) {
		case map[string]any:
			v = at[step.(string)]
		case []any:
			if step.(int) >= len(at) {
				r.p.t.Fatalf("%s: no element %d", r.p.all[len(r.p.all)-1].line(), step)
			}
			v = at[step.(int)]
		}
	}
	text, _ := v.(string)
	if text == "" {
		r.p.t.Fatalf("%s: no text at %v\n%.600s", r.p.all[len(r.p.all)-1].line(), path, r.body)
	}
	return text
}

// exception is something in answers that a frozen clock does not hold still,
// since it is of the process or of the machine. docs/control-api.md lists them
// under Determinism; nothing else may differ.
type exception struct {
	name  string         // in the list
	where *regexp.Regexp // methods and paths
	what  *regexp.Regexp // the value is the group
}

func exceptions() []exception {
	of := func(name, where, what string) exception {
		return exception{name, regexp.MustCompile(where), regexp.MustCompile(what)}
	}
	return []exception{
		of("`uptimeSeconds`", `^GET (/health|/_mock/health/)`, `"uptimeSeconds":(\d+)`),
		of("`offset`", `^\w+ /_mock/clock`, `"offset":"([^"]*)"`),
		of("`createdAt`", `^\w+ /_mock/(tenants|snapshots)`, `"createdAt":"([^"]*)"`),
		of("`bytes`", `^\w+ /_mock/snapshots`, `"bytes":(\d+)`),
		of("`GET /_mock/snapshots/NAME/file`", `^(GET|PUT) /_mock/snapshots/\w+/file`, `(?s)("format": "mockserver-snapshot".*)`),
		of("`GET /_mock/metrics`", `^GET /_mock/metrics`, `(?s)\r\n\r\n(.*)`),
		// The script gives the machine its clock back with its last request.
		of("`Date`", `^DELETE /_mock/clock`, `\r\nDate: ([^\r]*)`),
		of("`now`", `^DELETE /_mock/clock`, `"now":"([^"]*)"`),
	}
}

// blanked takes the exceptions out of what goes over the wire to or from a place,
// and with them its length.
func (p *player) blanked(place, message string) string {
	shorter := false
	for _, e := range p.except {
		if !e.where.MatchString(place) {
			continue
		}
		for _, at := range slices.Backward(e.what.FindAllStringSubmatchIndex(message, -1)) {
			message, shorter = message[:at[2]]+"(blank)"+message[at[3]:], true
		}
	}
	if shorter {
		message = regexp.MustCompile(`Content-Length: \d+`).ReplaceAllString(message, "Content-Length: (blank)")
	}
	return message
}

// readable is an answer in lines: its JSON indented, what is no text quoted.
func readable(answer string) []string {
	head, body, _ := strings.Cut(answer, "\r\n\r\n")
	var indented bytes.Buffer
	switch {
	case json.Indent(&indented, []byte(body), "", "  ") == nil:
		body = indented.String()
	case strings.ContainsRune(body, 0):
		body = fmt.Sprintf("%q", body)
	}
	return strings.Split(strings.ReplaceAll(head, "\r\n", "\n")+"\n\n"+body, "\n")
}
