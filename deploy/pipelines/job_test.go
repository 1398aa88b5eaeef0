package main

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/config"
)

// page is the two pipelines of docs/ci.md.
func page(t *testing.T) (workflow, gitlab string) {
	t.Helper()
	content, err := os.ReadFile("../../docs/ci.md")
	if err != nil {
		t.Fatal(err)
	}
	workflow, gitlab, err = pipelines(content)
	if err != nil {
		t.Fatal(err)
	}
	return workflow, gitlab
}

// TestPage checks that the page's jobs are understood, and what its services
// are set to.
func TestPage(t *testing.T) {
	t.Parallel()
	workflow, gitlab := page(t)
	hub, err := githubJobs(workflow)
	if err != nil {
		t.Fatal(err)
	}
	lab, err := gitlabJobs(gitlab)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	services := 0
	for _, j := range append(hub, lab...) {
		names = append(names, j.name)
		if j.env["SAIL_BASE_URL"] == "" || len(j.steps) < 2 {
			t.Errorf("%s: environment %v, %d steps", j.name, j.env, len(j.steps))
		}
		if install, tests := position(j, "npm ci"), position(j, "npm test"); install == nothing || install > tests {
			t.Errorf("%s: what the tests need is not installed before they run", j.name)
		}
		for _, s := range j.services {
			services++
			var environ []string
			for name, value := range s.env {
				environ = append(environ, name+"="+value)
			}
			c, err := config.Load(nil, environ)
			if err != nil {
				t.Errorf("%s: %v", j.name, err)
			}
			if c.StageDelay != 0 || !strings.Contains(s.image, "/mockserver:") {
				t.Errorf("%s: %s with %v", j.name, s.image, s.env)
			}
			if want := "http://" + s.host + ":" + s.port; j.env["SAIL_BASE_URL"] != want {
				t.Errorf("%s: the service is on %s, the tests look at %s", j.name, want, j.env["SAIL_BASE_URL"])
			}
		}
	}
	if diff := cmp.Diff([]string{"GitHub: binary", "GitHub: service", "GitLab: tests"}, names); diff != "" || services != 2 {
		t.Errorf("%d services in the jobs (-want +got):\n%s", services, diff)
	}
}

// nothing is the position of what is not there.
const nothing = 1 << 30

// position is where a command is the line of a job, counted over its scripts.
func position(j job, command string) int {
	n := 0
	for _, s := range j.steps {
		for line := range strings.Lines(s.script) {
			if strings.TrimSpace(line) == command {
				return n
			}
			n++
		}
	}
	return nothing
}

// TestRefused changes the page's jobs in ways that must not pass.
func TestRefused(t *testing.T) {
	t.Parallel()
	workflow, gitlab := page(t)
	for _, tc := range []struct{ name, old, new string }{
		{"a key that is not known", "runs-on:", "run-on:"},
		{"a key twice", "name: tests\n", "name: tests\nname: tests\n"},
		{"an action that cannot be run here", "actions/setup-go@", "actions/setup-java@"},
		{"a condition that cannot be told", "failure()", "always()"},
		{"a service without a port", `["8080:8080"]`, "[]"},
		{"no YAML", "jobs:", "jobs: ]"},
	} {
		t.Run("GitHub, "+tc.name, func(t *testing.T) {
			t.Parallel()
			if _, err := githubJobs(replaced(t, workflow, tc.old, tc.new)); err == nil {
				t.Error("it was taken")
			}
		})
	}
	for _, tc := range []struct{ name, old, new string }{
		{"a key that is not known", "before_script:", "beforescript:"},
		{"a key twice", "  image: ", "  image: node:20\n  image: "},
		{"no script", "  script:\n    - npm ci\n    - npm test\n", ""},
	} {
		t.Run("GitLab, "+tc.name, func(t *testing.T) {
			t.Parallel()
			if _, err := gitlabJobs(replaced(t, gitlab, tc.old, tc.new)); err == nil {
				t.Error("it was taken")
			}
		})
	}
	if _, _, err := pipelines([]byte("```yaml\na: 1\n```\n")); err == nil {
		t.Error("a page with one block was taken")
	}
}

// replaced is a text with one thing changed, which must be in it.
func replaced(t *testing.T, text, old, new string) string {
	t.Helper()
	changed := strings.Replace(text, old, new, 1)
	if changed == text {
		t.Fatalf("there is no %q", old)
	}
	return changed
}
