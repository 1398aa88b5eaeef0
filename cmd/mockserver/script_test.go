package main

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain makes this test binary the command, too: called by that name it is
// mockserver, from main on.
func TestMain(m *testing.M) {
	commands := map[string]func(){"mockserver": main}
	maps.Copy(commands, ofSystem())
	testscript.Main(m, commands)
}

// TestScripts runs the command as people and containers do. Beside testscript's
// own commands there are:
//
//	exits CODE COMMAND...     run a command, which must end with that code
//	start NAME ARGS...        run mockserver in the background until it is ready;
//	                          $NAME_URL and $NAME_ADDR are where, $NAME_CONTROL
//	                          where the control plane is if it is elsewhere;
//	                          NAME.out and NAME.err are what it writes
//	terminate NAME            SIGTERM; it must end with 0, all written
//	token NAME FORM           take a token into $TOKEN
//	call STATUS METHOD URL [BODY]   a request with $TOKEN; the body goes to the file "body"
//	await URL TEXT            call GET until the answer has the text
//	field NAME PROPERTY       set $NAME to a property of the file "body"
//	jsonlines FILE            every line of the file must be a JSON object
//	wildcard NAME             set $NAME_WILDCARD and $NAME_ANY to the server's port on 0.0.0.0 and on no host
//	sqlite FILE STATEMENT     change a database behind the program's back
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "start": start, "terminate": terminate, "token": token, "call": call,
			"await": await, "field": field, "jsonlines": jsonLines, "wildcard": wildcard, "sqlite": sqlite,
		},
		Setup: func(env *testscript.Env) error {
			env.Values[serversKey{}] = map[string]*running{}
			return nil
		},
		RequireUniqueNames: true,
	})
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("%v ended with %d, want %d", args[1:], got, want)
	}
}

// running is a server that a script started.
type running struct {
	*server
	out, err string
}

func start(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: start NAME ARGS...")
	}
	name := args[0]
	r := &running{out: ts.MkAbs(name + ".out"), err: ts.MkAbs(name + ".err")}
	stdout, err := os.Create(r.out)
	ts.Check(err)
	stderr, err := os.Create(r.err)
	ts.Check(err)
	cmd := mockserver(args[1:]...)
	cmd.Dir, cmd.Env = ts.MkAbs("."), scriptEnv(ts)
	r.server, err = launch(cmd, stdout, stderr)
	if err != nil {
		text, _ := os.ReadFile(r.err)
		ts.Fatalf("start %s: %v\n%s", name, err, text)
	}
	ts.Defer(func() { _ = r.kill() })
	ts.Setenv(name+"_URL", r.url)
	ts.Setenv(name+"_ADDR", strings.TrimPrefix(r.url, "http://"))
	greeting, err := os.ReadFile(r.out)
	ts.Check(err)
	if _, after, ok := strings.Cut(string(greeting), "The control plane is on "); ok {
		url, _, _ := strings.Cut(after, "/_mock")
		ts.Setenv(name+"_CONTROL", url)
	}
	servers(ts)[name] = r
}

// scriptEnv is the environment of the script: the settings among it.
func scriptEnv(ts *testscript.TestScript) []string {
	env := []string{"HOME=" + ts.Getenv("HOME"), "PATH=" + ts.Getenv("PATH"), "GOCOVERDIR=" + ts.Getenv("GOCOVERDIR"), "SAIL_BASE_URL=" + ts.Getenv("SAIL_BASE_URL")}
	for _, name := range []string{"ADDR", "AUTH", "CORS_ORIGINS", "DB", "DB_SYNC", "FIXTURES", "LOG_FORMAT", "LOG_LEVEL", "RATE_LIMIT", "SEED", "STAGE_DELAY", "TOKEN_TTL"} {
		if v := ts.Getenv("MOCKSERVER_" + name); v != "" {
			env = append(env, "MOCKSERVER_"+name+"="+v)
		}
	}
	return env
}

func terminate(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: terminate NAME")
	}
	if err := servers(ts)[args[0]].terminate(); err != nil {
		ts.Fatalf("%s: %v", args[0], err)
	}
}

func token(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: token NAME FORM")
	}
	got, err := servers(ts)[args[0]].token(args[1])
	ts.Check(err)
	ts.Setenv("TOKEN", got)
}

func call(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 || len(args) > 4 {
		ts.Fatalf("usage: call STATUS METHOD URL [BODY]")
	}
	body := ""
	if len(args) == 4 {
		body = args[3]
	}
	status, answer, err := request(args[1], args[2], ts.Getenv("TOKEN"), body)
	ts.Check(err)
	if strconv.Itoa(status) != args[0] {
		ts.Fatalf("%s %s: %d %s, want %s", args[1], args[2], status, answer, args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs("body"), answer, 0o644))
}

func await(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: await URL TEXT")
	}
	ts.Check(eventually(func() (bool, error) {
		_, answer, err := request(http.MethodGet, args[0], ts.Getenv("TOKEN"), "")
		return bytes.Contains(answer, []byte(args[1])), err
	}))
}

func field(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: field NAME PROPERTY")
	}
	var body map[string]any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("body")), &body))
	ts.Setenv(args[0], fmt.Sprint(body[args[1]]))
}

func jsonLines(ts *testscript.TestScript, neg bool, args []string) {
	text := ts.ReadFile(args[0])
	if text == "" || !strings.HasSuffix(text, "\n") {
		ts.Fatalf("%s does not end with a line: %q", args[0], text)
	}
	for line := range strings.Lines(text) {
		var object map[string]any
		if err := json.Unmarshal([]byte(line), &object); err != nil {
			ts.Fatalf("%s: %v in %s", args[0], err, line)
		}
	}
}

func wildcard(ts *testscript.TestScript, neg bool, args []string) {
	_, port, ok := strings.Cut(ts.Getenv(args[0]+"_ADDR"), ":")
	if neg || !ok {
		ts.Fatalf("no server %s", args[0])
	}
	ts.Setenv(args[0]+"_WILDCARD", "0.0.0.0:"+port)
	ts.Setenv(args[0]+"_ANY", ":"+port)
}

func sqlite(ts *testscript.TestScript, neg bool, args []string) {
	db, err := sql.Open("sqlite", ts.MkAbs(args[0]))
	ts.Check(err)
	_, err = db.Exec(args[1])
	ts.Check(errors.Join(err, db.Close()))
}

// servers are those of a script, by name.
func servers(ts *testscript.TestScript) map[string]*running {
	return ts.Value(serversKey{}).(map[string]*running)
}

type serversKey struct{}

// mockserver is the command, which this test binary is under that name.
func mockserver(args ...string) *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	return &exec.Cmd{Path: self, Args: append([]string{"mockserver"}, args...)}
}

// request sends what an SDK would and reads the answer.
func request(method, url, token, body string) (status int, answer []byte, err error) {
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("X-SailPoint-Experimental", "true")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	switch method {
	case http.MethodPost:
		r.Header.Set("Content-Type", "application/json")
	case http.MethodPatch:
		r.Header.Set("Content-Type", "application/json-patch+json")
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	answer, err = io.ReadAll(response.Body)
	return response.StatusCode, answer, err
}

// eventually asks until the answer is yes; after half a minute it gives up.
func eventually(ask func() (bool, error)) error {
	pause := time.NewTicker(5 * time.Millisecond)
	defer pause.Stop()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); <-pause.C {
		if ok, err := ask(); ok || err != nil {
			return err
		}
	}
	return errors.New("it did not happen within 30 s")
}
