package app_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"mockserver/internal/app"
	"mockserver/internal/app/apptest"
	"mockserver/internal/clock"
	"mockserver/internal/config"
)

// The tests of this file send what somebody would who wants to do harm.
// docs/security.md says which of them stands for what.

// reply is an answer as it came over the wire.
type reply struct {
	status int
	head   string // all before the body
	body   string
}

// wire sends bytes that no client would let itself be made to send, and reads the
// one answer. A connection that ends without an answer fails the test.
func wire(t *testing.T, url, request string) reply {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	go func() { _, _ = io.WriteString(c, request) }() // the answer may come before all is sent
	var seen bytes.Buffer
	response, err := http.ReadResponse(bufio.NewReader(io.TeeReader(c, &seen)), nil)
	if err != nil {
		t.Fatalf("no answer to %.200q: %v, after %q", request, err, &seen)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("the answer to %.200q ends early: %v", request, err)
	}
	head, _, _ := strings.Cut(seen.String(), "\r\n\r\n")
	return reply{response.StatusCode, head, string(body)}
}

// plain is a server whose answers are not held against the contract, which knows
// only what a client can want.
func plain(t *testing.T, change func(*config.Config)) string {
	t.Helper()
	a, err := newApp(t, change)
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(a.Handler)
	t.Cleanup(func() {
		web.Close()
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return web.URL
}

// bare is a request without a body.
func bare(method, target, host string, header ...string) string {
	return method + " " + target + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n" + strings.Join(append(header, ""), "\r\n") + "\r\n"
}

// Whatever a tenant is called by, in path, host, token or order, no file comes to be
// or goes but in the folder beside --db.
func TestPathsStayInside(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	db := filepath.Join(root, "data", "mock.db")
	outside := filepath.Join(root, "outside.db")
	if err := os.MkdirAll(filepath.Dir(db), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(outside, []byte("precious"), 0o644); err != nil {
		t.Fatal(err)
	}
	server := plain(t, func(c *config.Config) { c.DB = db })
	if got := wire(t, server, bare("GET", "/t/good/v2026/role-mining-sessions", "x")); got.status != 401 {
		t.Fatalf("a good name: %d %s", got.status, got.body)
	}
	names := []string{
		"..", ".", "%2e%2e", "%2e%2e%2f%2e%2e%2foutside", "..%2foutside", "..%5coutside", "..%252foutside", "%2e%2e/outside", "../outside", "../../outside",
		"good%2f..%2f..%2foutside", "good/../../../outside", "%2fetc%2fpasswd", "good%00", "%00", "good.db", "good.json", ".good", "good%20", "GOOD",
		"C:%5cx", "%ff", "%c0%ae%c0%ae", "%e2%80%ae", "-good", "good-", strings.Repeat("a", 64), "%0agood", "con%2e", "*", "$HOME", "~",
	}
	for _, name := range names {
		for _, method := range []string{"GET", "DELETE", "PUT"} {
			for _, target := range []string{"/t/" + name + "/v2026/role-mining-sessions", "/t/" + name + "/_mock/clock", "/_mock/tenants/" + name, "/t/" + name} {
				if got := wire(t, server, bare(method, target, "x")); got.status < 300 || got.status >= 500 {
					t.Errorf("%s %s: %d %.200s", method, target, got.status, got.body)
				}
			}
		}
	}
	good := regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`) // the name of a snapshot, which no file is called by
	for _, name := range names {
		called, err := url.PathUnescape(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, request := range []string{"POST /_mock/snapshots/" + name, "PUT /_mock/snapshots/" + name + "/file", "GET /_mock/snapshots/" + name + "/file"} {
			method, target, _ := strings.Cut(request, " ")
			if got := wire(t, server, bare(method, target, "x")); !good.MatchString(called) && (got.status < 400 || got.status >= 500) {
				t.Errorf("%s: %d %.200s", request, got.status, got.body)
			}
		}
	}
	for _, host := range []string{"...localhost", "..%2foutside.localhost", "%2e%2e.localhost", "a_b.localhost", "..api.identitynow.com", "-.localhost"} {
		if got := wire(t, server, bare("GET", "/v2026/role-mining-sessions", host)); got.status < 400 || got.status >= 500 {
			t.Errorf("host %s: %d %.200s", host, got.status, got.body)
		}
	}
	token := "e30." + "eyJvcmciOiIuLi8uLi9vdXRzaWRlIn0" + ".x" // {"org":"../../outside"}
	if got := wire(t, server, bare("GET", "/v2026/role-mining-sessions", "x", "Authorization: Bearer "+token)); got.status != 401 {
		t.Errorf("an organisation that is a path: %d %s", got.status, got.body)
	}
	if got, err := os.ReadFile(outside); err != nil || string(got) != "precious" {
		t.Errorf("a file outside was written: %q, %v", got, err)
	}
	files := regexp.MustCompile(`^(outside\.db|data/mock\.db(-wal|-shm|\.lock|\.lock-journal)?|data/mock\.db\.tenants/good\.(db|db-wal|db-shm|db\.lock|db\.lock-journal|json))$`)
	for _, file := range filesBelow(t, root) {
		if !files.MatchString(file) {
			t.Errorf("there is a file %s", file)
		}
	}
}

func filesBelow(t *testing.T, root string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			path, err = filepath.Rel(root, path)
			files = append(files, filepath.ToSlash(path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// A page that may not ask makes nothing: the tenant that it names is not there
// afterwards, be the name in the path or in the host.
func TestBarredPagesMakeNoTenant(t *testing.T) {
	t.Parallel()
	url := plain(t, func(*config.Config) {})
	for _, request := range []string{
		bare("GET", "/t/made/_mock/clock", "127.0.0.1", "Origin: http://evil.example"),
		bare("GET", "/t/made/_mock/clock", "evil.example", "Accept-Language: de"),
		bare("PUT", "/_mock/tenants/made", "evil.example", "Origin: http://evil.example"),
		bare("GET", "/_mock/clock", "made.localhost", "Sec-Fetch-Site: cross-site"),
		bare("GET", "/t/-/_mock/clock", "evil.example", "Accept-Language: de"),
	} {
		if got := wire(t, url, request); got.status != 403 {
			t.Errorf("%q: %d %s", request, got.status, got.body)
		}
	}
	if got := wire(t, url, bare("GET", "/_mock/tenants/made", "x")); got.status != 404 {
		t.Errorf("the tenant is there: %d %s", got.status, got.body)
	}
}

// A host of the real service is warned about once, whoever else asks for one, and
// the request is answered.
func TestRealHostIsWarnedAboutOnce(t *testing.T) {
	t.Parallel()
	settings, err := config.Load(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	a, err := app.New(t.Context(), app.Options{Config: settings, Clock: clock.Real{}, Log: slog.New(slog.NewTextHandler(&log, nil)), Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	for _, host := range []string{"127.0.0.1:8080", "localhost", "acme.localhost"} {
		ask := httptest.NewRequest("GET", "/oauth/info", nil)
		ask.Host = host
		a.Handler.ServeHTTP(httptest.NewRecorder(), ask)
	}
	if strings.Contains(log.String(), "level=WARN") {
		t.Errorf("hosts of this machine are warned about: %s", &log)
	}
	for _, host := range []string{"acme.api.identitynow.com", "acme.identitynow.com:443", "acme.api.identitynow.com"} {
		ask := httptest.NewRequest("POST", "/oauth/token?grant_type=client_credentials&client_id=me&client_secret=hush", nil)
		ask.Host = host
		w := httptest.NewRecorder()
		if a.Handler.ServeHTTP(w, ask); w.Code != 200 {
			t.Errorf("%s: %d %s", host, w.Code, w.Body)
		}
	}
	if got := log.String(); strings.Count(got, "level=WARN") != 1 || !strings.Contains(got, "mockserver env") || strings.Contains(got, "hush") {
		t.Errorf("the log says %s", got)
	}
}

// Whatever of a request comes back in a header, it does not become another one.
func TestNoHeaderIsInjected(t *testing.T) {
	t.Parallel()
	server := plain(t, func(c *config.Config) { c.Prefer = true })
	token := wire(t, server, bare("POST", "/oauth/token?grant_type=client_credentials&client_id=x", "x")).body
	token, _, _ = strings.Cut(strings.TrimPrefix(token, `{"access_token":"`), `"`)
	const evil, role = "%0d%0aX-Evil:%201%0d%0a%0d%0a", "4eb84b9d-6b3f-4ffa-9df1-4ab9f71b9e0b"
	auth := "Authorization: Bearer " + token
	experimental := "X-SailPoint-Experimental: true"
	authorize := "/oauth/authorize?client_id=x&response_type=code&redirect_uri="
	for _, request := range []string{
		bare("GET", authorize+"http://web/"+evil, "x"),
		bare("GET", authorize+"http://web/?a="+evil+"&state="+evil, "x"),
		bare("GET", authorize+"http%3a//web/%253f"+strings.ReplaceAll(evil, "%", "%25"), "x"),
		bare("GET", authorize+"http://web/&state="+evil+"&login_hint="+evil, "x"),
		bare("GET", "/v2026/role-mining-sessions"+evil, "x", auth, experimental),
		bare("GET", "/v2026/role-mining-sessions/"+evil+"/potential-roles/"+evil+"/export", "x", auth, experimental),
		bare("GET", "/v2026/role-mining-sessions/"+role+"/potential-role-summaries/"+role+"/export-async/"+evil+"/download", "x", auth, experimental),
		bare("GET", "/v2026/role-mining-sessions?limit="+evil+"&sorters="+evil, "x", auth, experimental),
		bare("GET", "/t/"+evil+"/oauth/info", "x"),
		bare("GET", "/_mock/"+evil, "x"),
		bare("GET", "/_mock/coverage?format="+evil, "x"),
		bare("GET", "/v2026/role-mining-sessions", "x", auth, experimental, "SLPT-Request-ID: a\tX-Evil: 1", "Accept-Language: de\tX-Evil: 1"),
		bare("GET", "/v2026/role-mining-sessions", "x", auth, experimental, `Prefer: code="503\X-Evil: 1", delay="1ms`),
		bare("GET", "/oauth/info", "x", "X-Forwarded-Prefix: /a\tX-Evil: 1", "X-Forwarded-Host: a\tX-Evil: 1"),
		bare("GET", "/v2026/role-mining-sessions", "x", "Origin: http://a\tX-Evil: 1"),
		// Two of each line break that somebody could take for one.
		bare("GET", "/v2026/role-mining-sessions", "x", "Origin: http://a\rX-Evil: 1"),
		"GET /oauth/info HTTP/1.1\nHost: x\nX-Forwarded-Prefix: /a\n X-Evil: 1\nConnection: close\n\n",
	} {
		got := wire(t, server, request)
		for line := range strings.SplitSeq(got.head, "\n") {
			if name, _, _ := strings.Cut(line, ":"); strings.Contains(strings.ToLower(name), "evil") || strings.Contains(strings.TrimSuffix(line, "\r"), "\r") {
				t.Errorf("%.200q is answered\n%s", request, got.head)
			}
		}
		if got.status >= 500 {
			t.Errorf("%.200q: %d", request, got.status)
		}
	}
	for _, rule := range []string{`{"id":"a\r\nX-Evil: 1","status":503}`, `{"id":"a b","status":503}`, `{"status":503,"header":{"a\r\nb":"c"}}`} {
		if got := wire(t, server, bare("POST", "/_mock/faults", "x", fmt.Sprintf("Content-Length: %d", len(rule)))+rule); got.status != 400 {
			t.Errorf("the rule %s: %d %s", rule, got.status, got.body)
		}
	}
}

// A download is called after an id, whatever the session and the role are called.
func TestNamesAreNoFileNames(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	session := s.CreateSession(map[string]any{"name": "a\"; filename=evil.exe\r\nX-Evil: 1/../../x"})
	roles := s.Get("/v2026/role-mining-sessions/" + session + "/potential-role-summaries?limit=1")
	id := roles.Text(0, "id")
	role := "/v2026/role-mining-sessions/" + session + "/potential-role-summaries/" + id
	name := []map[string]any{{"op": "replace", "path": "/name", "value": "../../b\"; filename=evil.exe"}}
	if got := s.Do("PATCH", role, name); got.Status != 200 {
		t.Fatalf("%d %s", got.Status, got.Body)
	}
	got := s.Get("/v2026/role-mining-sessions/" + session + "/potential-roles/" + id + "/export")
	if disposition := got.Header["Content-Disposition"]; !slices.Equal(disposition, []string{`attachment; filename="role-mining-` + id + `.zip"`}) {
		t.Errorf("%q", disposition)
	}
}

// Whatever a request says, each of its lines in the log is one line, and nothing
// in it steers a terminal.
func TestLogLinesAreWhole(t *testing.T) {
	t.Parallel()
	for name, form := range map[string]func(io.Writer, *slog.HandlerOptions) slog.Handler{
		"text": func(w io.Writer, o *slog.HandlerOptions) slog.Handler { return slog.NewTextHandler(w, o) },
		"json": func(w io.Writer, o *slog.HandlerOptions) slog.Handler { return slog.NewJSONHandler(w, o) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			settings, err := config.Load([]string{"--auth=strict"}, nil)
			if err != nil {
				t.Fatal(err)
			}
			var log bytes.Buffer
			lines := slog.New(form(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
			a, err := app.New(t.Context(), app.Options{Config: settings, Clock: clock.NewManual(apptest.Now()), Log: lines, Version: "test"})
			if err != nil {
				t.Fatal(err)
			}
			web := httptest.NewUnstartedServer(a.Handler)
			web.Config.ErrorLog = slog.NewLogLogger(lines.Handler(), slog.LevelWarn)
			web.Start()
			for _, request := range hostileLines() {
				wire(t, web.URL, request)
			}
			web.Close()
			if err := a.Close(); err != nil {
				t.Error(err)
			}
			checkLog(t, name, log.String())
		})
	}
}

// hostileLines are requests that have a line of a log, and orders to a terminal,
// in all places that a log may show.
func hostileLines() []string {
	const escaped = "x%0atime=1 level=ERROR msg=forged%0d%1b[2J%1b]0;t%07%c2%9b31m%e2%80%ae%00"
	const quoted = "x%22%7d%0a%7b%22level%22:%22ERROR%22,%22msg%22:%22forged%22%7d"
	const raw = "x\x1b[2J\x1b]0;t\x07\u009b31m level=ERROR msg=forged"
	var all []string
	for _, text := range []string{strings.ReplaceAll(escaped, " ", "%20"), quoted} {
		for _, target := range []string{"/", "/v2026/", "/v2026/role-mining-sessions/", "/t/", "/_mock/", "/_mock/faults/", "/_mock/tenants/", "/v2026/role-mining-sessions?filters=", "/oauth/authorize?client_id="} {
			all = append(all, bare("GET", target+text, "x"))
		}
		form := "grant_type=client_credentials&client_secret=x&client_id=" + text
		all = append(all, bare("POST", "/oauth/token", "x", "Content-Type: application/x-www-form-urlencoded", fmt.Sprintf("Content-Length: %d", len(form)))+form)
	}
	for _, header := range []string{"User-Agent", "SLPT-Request-ID", "Authorization: Bearer", "Authorization: Basic", "Origin", "X-Forwarded-For", "Accept-Language", "Content-Type", "Prefer"} {
		if !strings.Contains(header, ":") {
			header += ":"
		}
		all = append(all, bare("GET", "/v2026/role-mining-sessions", "x", header+" "+raw), bare("GET", "/_mock/clock", "x", header+" "+raw))
	}
	return append(all, bare("GET", "/v2026/role-mining-sessions", raw), bare("G\x1b[2JET", "/", "x"), bare("FORGED\u009b", "/", "x"), "GET / HTTP/1.1\x1b[2J\r\n\r\n",
		bare("GET", "/", "acme.identitynow.com"), bare("GET", "/", "\x1b[2J.identitynow.com"))
}

// checkLog reads a log line by line.
func checkLog(t *testing.T, form, log string) {
	t.Helper()
	n := 0
	for line := range strings.Lines(log) {
		n++
		whole := strings.HasPrefix(line, "time=2")
		if form == "json" {
			whole = json.Valid([]byte(line))
		}
		if !whole || strings.Contains(line, `"msg":"forged"`) {
			t.Errorf("a line that the server did not write: %q", line)
		}
		steers := unicode.IsControl
		if form == "json" { // the command escapes the others: TestLogSteersNoTerminal
			steers = func(r rune) bool { return r < ' ' }
		}
		if i := strings.IndexFunc(strings.TrimSuffix(line, "\n"), steers); i >= 0 {
			t.Errorf("a sign at %d steers a terminal: %q", i, line)
		}
	}
	if n < 20 {
		t.Errorf("only %d lines:\n%s", n, log)
	}
}

// writes are the operations with a body, with what each is about.
func writes(t *testing.T, s *apptest.Server) [][2]string {
	t.Helper()
	const session, role = "8c190e67-87aa-4ed9-a90b-d9d5344523fb", "x"
	at := "/v2026/role-mining-sessions/" + session
	all := [][2]string{
		{"POST", "/v2026/role-mining-sessions"}, {"PATCH", at}, {"PATCH", at + "/potential-role-summaries/" + role},
		{"POST", at + "/potential-roles/" + role + "/edit-entitlements"}, {"POST", at + "/potential-roles/" + role + "/export-async"},
		{"POST", at + "/potential-roles/" + role + "/provision"}, {"POST", "/oauth/token"}, {"PATCH", "/v2026/role-mining-potential-roles/" + role},
	}
	var operations []struct{ Method, Path string }
	s.Get("/_mock").Into(&operations)
	for _, op := range operations {
		if op.Method == "POST" || op.Method == "PUT" || op.Method == "PATCH" {
			path := regexp.MustCompile(`\{\w+\}`).ReplaceAllString(op.Path, "bomb")
			all = append(all, [2]string{op.Method, path})
		}
	}
	if len(all) < 20 {
		t.Fatalf("only %d operations: %v", len(all), all)
	}
	return all
}

// What is small to send and large to take is refused, or taken for what it is; the
// server goes on, and goes on fast enough for the test to end.
func TestJSONBombs(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	_, _ = w.Write([]byte(`{"name":"` + strings.Repeat("a", 4<<20) + `"}`))
	_ = w.Close()
	const deep = 1 << 15
	bombs := map[string]string{
		"arrays":           strings.Repeat("[", deep),
		"arrays, closed":   strings.Repeat("[", deep) + strings.Repeat("]", deep),
		"objects":          strings.Repeat(`{"a":`, deep),
		"inside":           `{"name":` + strings.Repeat("[", 9000) + strings.Repeat("]", 9000) + "}",
		"inside a list":    `[{"op":"replace","path":"/name","value":` + strings.Repeat("[", 9000) + strings.Repeat("]", 9000) + "}]",
		"a huge exponent":  `{"pruneThreshold":1e999999999,"minNumIdentitiesInPotentialRole":1e999999999,"set":1e999999999,"scale":1e999999999,"times":1e999999999,"claims":{"x":1e999999999}}`,
		"a tiny exponent":  `{"pruneThreshold":1e-999999999,"probability":1e-999999999}`,
		"a huge patch":     `[{"op":"replace","path":"/pruneThreshold","value":1e999999999}]`,
		"many digits":      `{"pruneThreshold":` + strings.Repeat("9", 1<<17) + `}`,
		"many digits, too": `[{"op":"replace","path":"/pruneThreshold","value":"` + strings.Repeat("9", 1<<17) + `"}]`,
		"the same key":     `{` + strings.Repeat(`"name":"a",`, 1<<12) + `"name":"b"}`,
		"many keys":        `{` + manyKeys(1<<12) + `"z":1}`,
		"many elements":    `[` + strings.Repeat("1,", 1<<16) + `1]`,
		"many patches":     `[` + strings.Repeat(`{"op":"replace","path":"/name","value":"a"},`, 1<<12) + `{}]`,
		"copies":           `[{"op":"add","path":"/name","value":[1]}` + strings.Repeat(`,{"op":"copy","from":"/name","path":"/name/0"}`, 60) + `]`,
		"a long text":      `{"name":"` + strings.Repeat(`\u0000`, 1<<15) + `"}`,
		"half a sign":      `{"name":"\ud800\udfff\ud800"}`,
		"no UTF-8":         "{\"name\":\"\xff\xfe\"}",
		"NUL":              "\x00",
		"a mark":           "\ufeff{}",
		"a gzip file":      zipped.String(),
	}
	for i, op := range writes(t, s) {
		if testing.Short() && i%3 != 0 {
			continue
		}
		for name, bomb := range bombs {
			header := http.Header{"Authorization": {"Bearer " + s.Token}, "X-Sailpoint-Experimental": {"true"}, "Content-Type": {"application/json"}}
			if op[0] == "PATCH" {
				header.Set("Content-Type", "application/json-patch+json")
			}
			if name == "a gzip file" {
				header.Set("Content-Encoding", "gzip")
			}
			if got := s.Send(op[0], op[1], bomb, header); got.Status >= 500 && got.Status != 507 {
				t.Errorf("%s on %s %s: %d %.200s", name, op[0], op[1], got.Status, got.Body)
			} else if len(got.Body) > 64<<10 && len(got.Body) > len(bomb) {
				t.Errorf("%s on %s %s: %d bytes sent, %d received", name, op[0], op[1], len(bomb), len(got.Body))
			}
		}
	}
	if got := s.Do("GET", "/v2026/role-mining-sessions", nil); got.Status != 200 {
		t.Errorf("afterwards: %d %s", got.Status, got.Body)
	}
}

func manyKeys(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `"k%d":1,`, i)
	}
	return b.String()
}

// Every operation that takes a body takes only so much of it, and what takes none
// reads none: the answer is there while the client has hardly begun.
func TestBodiesAreBounded(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	limit := map[string]int{"/oauth/token": 64 << 10}
	header := http.Header{"Authorization": {"Bearer " + s.Token}, "X-Sailpoint-Experimental": {"true"}}
	largest := strings.Repeat(" ", 10<<20+1)
	for i, op := range writes(t, s) {
		if testing.Short() && i%3 != 0 {
			continue
		}
		if op[1] == "/_mock/fixtures" || op[1] == "/_mock/tenants/bomb" || strings.HasPrefix(op[1], "/_mock/snapshots/") {
			continue // these take an organisation, or none of it
		}
		size := len(largest)
		if n, ok := limit[op[1]]; ok {
			size = n + 1
		}
		header.Del("Content-Type")
		if got := s.Send(op[0], op[1], largest[:size], header); got.Status != 413 && !strings.HasPrefix(op[1], "/_mock/sessions/bomb") {
			t.Errorf("%s %s: %d %.200s", op[0], op[1], got.Status, got.Body)
		}
	}
	begun := strings.Repeat("x", 100<<10)
	for _, target := range []string{"GET /v2026/role-mining-sessions", "POST /nowhere", "DELETE /v2026/role-mining-sessions", "GET /oauth/info", "GET /_mock/clock", "POST /_mock/nowhere", "PUT /t/../x"} {
		method, path, _ := strings.Cut(target, " ")
		if got := wire(t, s.URL, bare(method, path, "x", "Content-Length: 99999999999")+begun); got.status >= 500 {
			t.Errorf("%s: %d", target, got.status)
		}
	}
}

// Filters and criteria of the worst kinds are answered or refused, not worked at.
func TestFiltersAreBounded(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	wide := func(term, word string, n int) string { return strings.Repeat(term+word, n-1) + term }
	for name, tc := range map[string]struct {
		filter string
		status int
	}{
		"the widest":      {wide(`description co "a"`, " or ", 200), 200},
		"wider":           {wide(`description co "a"`, " or ", 201), 400},
		"the longest":     {`description co "` + strings.Repeat("a", 8<<10-len(`description co ""`)) + `"`, 200},
		"longer":          {`description co "` + strings.Repeat("a", 8<<10) + `"`, 400},
		"the deepest":     {strings.Repeat("(", 50) + `name eq "a"` + strings.Repeat(")", 50), 200},
		"deeper":          {strings.Repeat("(", 51) + `name eq "a"` + strings.Repeat(")", 51), 400},
		"never closed":    {strings.Repeat("(", 4000), 400},
		"not, not":        {strings.Repeat("not ", 1900) + `name eq "a"`, 400},
		"signs of LIKE":   {wide(`description co "%_%_%_%_%_%_%_%"`, " or ", 100), 200},
		"signs of GLOB":   {wide(`description co "*[a-z]*?*"`, " or ", 100), 200},
		"escapes, to end": {`name eq "` + strings.Repeat(`\\`, 4000) + `\`, 400},
	} {
		if got := s.Do("GET", "/v2026/role-mining-potential-roles?filters="+url.QueryEscape(tc.filter), nil); got.Status != tc.status {
			t.Errorf("%s: %d %.200s, want %d", name, got.Status, got.Body, tc.status)
		}
	}
	for name, tc := range map[string]struct {
		criteria string
		status   int
	}{
		"wildcards":      {strings.Repeat("a*", 2000) + "b", 201},
		"more wildcards": {wide("*a*a*a*", " OR ", 17), 400},
		"wide":           {wide("id:x", " OR ", 256), 201},
		"wider":          {wide("id:x", " OR ", 257), 400},
		"deep":           {strings.Repeat("(", 50) + "id:x" + strings.Repeat(")", 50), 201},
		"deeper":         {strings.Repeat("(", 51) + "id:x" + strings.Repeat(")", 51), 400},
		"never closed":   {strings.Repeat("(", 16000), 400},
		"longer":         {strings.Repeat("x", 16<<10+1), 400},
		"an expression":  {"/(a+)+$/", 400},
	} {
		body := map[string]any{"scope": map[string]any{"criteria": tc.criteria}}
		if got := s.Do("POST", "/v2026/role-mining-sessions", body); got.Status != tc.status {
			t.Errorf("criteria, %s: %d %.200s, want %d", name, got.Status, got.Body, tc.status)
		}
	}
	s.Settle()
}

// TestBareSigns: an escaped slash belongs to its segment, also where the client
// leaves other signs of the path bare, and below a tenant's prefix.
func TestBareSigns(t *testing.T) {
	t.Parallel()
	url := plain(t, func(*config.Config) {})
	const path = "/v2026/role-mining-sessions/%2FA|"
	for _, prefix := range []string{"", "/t/a"} {
		request := " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
		if got := wire(t, url, "PUT "+prefix+path+request); got.status != http.StatusMethodNotAllowed {
			t.Errorf("PUT %s%s: %d %s, want 405, as for any id", prefix, path, got.status, got.body)
		}
		got := wire(t, url, "GET "+prefix+"/_mock/journal"+request)
		if want := `"path":"/v2026/role-mining-sessions/%2FA%7C"`; !strings.Contains(got.body, want) {
			t.Errorf("the journal below %q has no %s: %s", prefix, want, got.body)
		}
	}
}
