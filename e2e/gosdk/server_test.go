package gosdk

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hashicorp/go-retryablehttp"
	sailpoint "github.com/sailpoint-oss/golang-sdk/v2"
)

// binaryVariable names the mockserver to test; without it the tests build one.
const binaryVariable = "MOCKSERVER_BINARY"

// patience is how long the server may take to start or to stop.
const patience = 30 * time.Second

var binary string // set once by TestMain

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "gosdk-")
		if err != nil {
			return failed(err)
		}
		defer os.RemoveAll(dir)
		// The SDK leaves every file it downloads in the directory for temporary files.
		if err := os.Setenv("TMPDIR", dir); err != nil {
			return failed(err)
		}
		if binary, err = filepath.Abs(os.Getenv(binaryVariable)); err != nil {
			return failed(err)
		}
		if os.Getenv(binaryVariable) == "" {
			binary = filepath.Join(dir, "mockserver")
			build := exec.Command("go", "build", "-o", binary, "./cmd/mockserver")
			build.Dir, build.Stderr = filepath.Join("..", ".."), os.Stderr
			if err := build.Run(); err != nil {
				return failed(fmt.Errorf("go build: %w", err))
			}
		}
		return m.Run()
	}())
}

func failed(err error) int {
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// server is a mockserver that runs for one test.
type server struct {
	url, id, secret string // what it said at its start

	process *exec.Cmd
	log     bytes.Buffer // its standard error, to be read after stop
	stopped bool
}

// start runs the binary on a free port; it is stopped when the test ends.
func start(t *testing.T, flags ...string) *server {
	t.Helper()
	s := &server{}
	s.process = exec.Command(binary, append([]string{"--addr", "127.0.0.1:0", "--stage-delay", "10ms", "--log-format", "json"}, flags...)...)
	s.process.Env = environment()
	s.process.Stderr = &s.log
	stdout, err := s.process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.stop(t) })
	overdue := time.AfterFunc(patience, func() { _ = s.process.Process.Kill() })
	defer overdue.Stop()
	if err := s.greeting(stdout); err != nil {
		_ = s.process.Process.Kill()
		_ = s.process.Wait()
		s.stopped = true
		t.Fatalf("%v; its log:\n%s", err, &s.log)
	}
	return s
}

// environment is the test's without the settings of a mockserver.
func environment() []string {
	var clean []string
	for _, entry := range os.Environ() {
		if !strings.HasPrefix(entry, "MOCKSERVER_") {
			clean = append(clean, entry)
		}
	}
	return clean
}

// greeting reads where the server is and which client may call it.
func (s *server) greeting(stdout io.Reader) error {
	said := map[string]string{}
	export := regexp.MustCompile(`export (SAIL_\w+)=(\S+)`)
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		if found := export.FindStringSubmatch(lines.Text()); found != nil {
			said[found[1]] = found[2]
		}
		s.url, s.id, s.secret = said["SAIL_BASE_URL"], said["SAIL_CLIENT_ID"], said["SAIL_CLIENT_SECRET"]
		if s.url != "" && s.id != "" && s.secret != "" {
			return nil
		}
	}
	return errors.Join(errors.New("the server did not say SAIL_BASE_URL, SAIL_CLIENT_ID and SAIL_CLIENT_SECRET"), lines.Err())
}

// stop ends the server as a service manager would; it must end well.
func (s *server) stop(t *testing.T) {
	t.Helper()
	if s.stopped {
		return
	}
	s.stopped = true
	overdue := time.AfterFunc(patience, func() { _ = s.process.Process.Kill() })
	defer overdue.Stop()
	if err := s.process.Process.Signal(syscall.SIGTERM); err != nil {
		t.Errorf("the server had already ended: %v", err)
	}
	if err := s.process.Wait(); err != nil {
		t.Errorf("the server ended with %v; its log:\n%s", err, &s.log)
	}
}

// client is an SDK client as the README configures it, without the SDK's log of
// every request.
func (s *server) client(id, secret string) *sailpoint.APIClient {
	config := sailpoint.NewConfiguration(sailpoint.ClientConfiguration{
		BaseURL:      s.url,
		TokenURL:     s.url + "/oauth/token",
		ClientId:     id,
		ClientSecret: secret,
	})
	config.Experimental = true
	config.HTTPClient = retryablehttp.NewClient()
	config.HTTPClient.Logger = nil
	return sailpoint.NewAPIClient(config)
}

// accessLine is what the tests read of a line of the server's access log.
type accessLine struct {
	Message     string `json:"msg"`
	OperationID string `json:"operationId"`
	Version     string `json:"version"`
	Path        string `json:"path"`
	Status      int    `json:"status"`
}

// requests stops the server and returns its access log.
func (s *server) requests(t *testing.T) []accessLine {
	t.Helper()
	s.stop(t)
	var requests []accessLine
	for line := range bytes.Lines(s.log.Bytes()) {
		var read accessLine
		if err := json.Unmarshal(line, &read); err != nil {
			t.Fatalf("a line of the server's log is not JSON: %s", line)
		}
		if read.Message == "request" {
			requests = append(requests, read)
		}
	}
	return requests
}
