package gosdk

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	sailpoint "github.com/sailpoint-oss/golang-sdk/v2"
)

// readmeAddress is the server's usual address, which the README's examples have.
const readmeAddress = "http://127.0.0.1:8080"

// readmeExample is the README's Go example, indented as in a function.
func readmeExample(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## With the official SDKs\n")
	_, block, _ := strings.Cut(section, "\n```go\n")
	block, _, found := strings.Cut(block, "\n```\n")
	if !found {
		t.Fatal("the README has no Go example under \"With the official SDKs\"")
	}
	return "\t" + strings.ReplaceAll(block, "\n", "\n\t") + "\n"
}

func TestReadmeExample(t *testing.T) {
	t.Parallel()
	program, err := os.ReadFile(filepath.Join("readme", "main.go"))
	if err != nil {
		t.Fatal(err)
	}
	if example := readmeExample(t); !strings.Contains(string(program), example) {
		t.Fatalf("readme/main.go does not have the README's example:\n%s", example)
	}
	s := start(t)
	moved := filepath.Join(t.TempDir(), "main.go")
	if err := os.WriteFile(moved, []byte(strings.ReplaceAll(string(program), readmeAddress, s.url)), 0o600); err != nil {
		t.Fatal(err)
	}
	run := exec.Command("go", "run", moved)
	var log strings.Builder
	run.Stderr = &log
	said, err := run.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, &log)
	}
	if !strings.Contains(string(said), "RM Session - 07/10\n") {
		t.Errorf("it lists the sessions %q", said)
	}
}

// TestEnvironment does what the README says of the SAIL_ variables, which the
// server prints at its start.
func TestEnvironment(t *testing.T) {
	s := start(t, "--auth", "strict")
	t.Setenv("SAIL_BASE_URL", s.url)
	t.Setenv("SAIL_CLIENT_ID", s.id)
	t.Setenv("SAIL_CLIENT_SECRET", s.secret)
	config := sailpoint.NewDefaultConfiguration()
	config.Experimental = true
	sessions := of(sailpoint.NewAPIClient(config).V2026.IAIRoleMiningAPI.GetRoleMiningSessions(t.Context()).Execute()).ok(t, 200)
	if len(sessions) == 0 {
		t.Error("there are no sessions")
	}
}
