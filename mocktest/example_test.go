package mocktest_test

import (
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"

	"mockserver/mocktest"
)

// finished is code under test: it names the sessions that are mined, and tries
// again when the service asks it to wait.
func finished(client *http.Client, base string) ([]string, error) {
	for {
		response, err := client.Get(base + "/v2026/role-mining-sessions")
		if err != nil {
			return nil, err
		}
		var sessions []struct {
			Name   string
			Status struct{ State string }
		}
		decoded := json.NewDecoder(response.Body).Decode(&sessions)
		_ = response.Body.Close()
		if response.StatusCode == http.StatusTooManyRequests {
			continue
		}
		var names []string
		for _, s := range sessions {
			if s.Status.State == mocktest.PotentialRolesCreated {
				names = append(names, s.Name)
			}
		}
		return names, decoded
	}
}

// A test with a server of its own.
func TestExample(t *testing.T) {
	t.Parallel()
	srv := mocktest.Start(t)

	names, err := finished(srv.Client(), srv.URL())
	if err != nil {
		t.Fatal(err)
	}
	if len(names) != 2 { // those of the built-in organisation
		t.Errorf("finished: %q", names)
	}
}

// The example of the README, to the letter.
func TestExampleOfTheReadme(t *testing.T) {
	t.Parallel()
	srv := mocktest.Start(t) // on a free port, ready, closed with the test
	srv.Faults(mocktest.Fault{Operation: "getRoleMiningSessions", Status: 429, Times: 2})

	names, err := finished(srv.Client(), srv.URL()) // the code under test
	if err != nil {
		t.Fatal(err)
	}
	t.Log(names)

	srv.Verify(mocktest.Call{Operation: "getRoleMiningSessions"}, mocktest.Times(3)) // or it says which there were
}

// The README's example is the one that runs.
func TestReadmeHasTheExample(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, example, _ := strings.Cut(string(source), "func TestExampleOfTheReadme(t *testing.T) {\n\tt.Parallel()\n")
	example, _, _ = strings.Cut(example, "\n}\n")
	example = strings.ReplaceAll("\n"+example, "\n\t", "\n")
	if !strings.Contains(string(readme), "```go"+example+"\n```") {
		t.Errorf("the README has no such block:\n%s", example)
	}
}

// Tests that run in parallel on one server, each on a tenant, with what each
// needs: a fault that the code must get over, and a check of what it sent.
func TestExampleParallel(t *testing.T) {
	t.Parallel()
	srv := mocktest.Start(t)
	for _, status := range []int{http.StatusOK, http.StatusTooManyRequests} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			t.Parallel()
			srv := srv.ForTest(t)
			want := 1
			if status != http.StatusOK {
				now := 0
				srv.Faults(mocktest.Fault{Operation: "getRoleMiningSessions", Status: status, RetryAfter: &now, Times: 2})
				want = 3
			}

			if _, err := finished(srv.Client(), srv.URL()); err != nil {
				t.Fatal(err)
			}

			srv.Verify(mocktest.Call{Operation: "getRoleMiningSessions"}, mocktest.Times(want))
			if unused := srv.UnusedFaults(); len(unused) > 0 {
				t.Errorf("the code met no fault of %v", unused)
			}
		})
	}
}
