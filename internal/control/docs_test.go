package control

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func manual(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/control-api.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Every operation of the table has an example in the manual that calls it with
// curl. That the examples run is for .ci/examples to see.
func TestEveryOperationHasAnExample(t *testing.T) {
	t.Parallel()
	examples := curls(manual(t))
	called := map[string]bool{}
	for _, example := range examples {
		name := routeOf(example)
		if name == "" {
			t.Errorf("the manual calls what is not in the table: %s %s", example.method, example.path)
		}
		called[name] = true
	}
	for _, rt := range routes() {
		if !called[rt.operationID] {
			t.Errorf("no shell block of the manual has an example of %s %s (%s)", rt.method, rt.path, rt.operationID)
		}
	}
}

// The contents of the manual link to its sections, all of them in their order.
func TestContentsOfTheManual(t *testing.T) {
	t.Parallel()
	text := manual(t)
	_, contents, found := strings.Cut(text, "\n## Contents\n")
	if !found {
		t.Fatal("the manual has no section Contents")
	}
	contents, rest, _ := strings.Cut(contents, "\n## ")
	var want []string
	for _, m := range regexp.MustCompile(`(?m)^## (.*)$`).FindAllStringSubmatch("## "+rest, -1) {
		anchor := strings.ReplaceAll(strings.ToLower(m[1]), " ", "-")
		want = append(want, fmt.Sprintf("[%s](#%s)", m[1], anchor))
	}
	got := regexp.MustCompile(`\[[^]]*\]\(#[^)]*\)`).FindAllString(contents, -1)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the sections (-) and what the contents say (+):\n%s", diff)
	}
}

// example is a call of the control plane.
type example struct{ method, path string }

// curls are the calls of curl in the shell blocks of a page that go to the
// control plane.
func curls(page string) []example {
	var (
		found  []example
		call   = regexp.MustCompile(`\bcurl\b[^|;\n]*`)
		target = regexp.MustCompile(`(?:/_mock|/health)[^\s"')?]*`)
		method = regexp.MustCompile(`-X ([A-Z]+)`)
	)
	for _, block := range regexp.MustCompile("(?ms)^```sh\n(.*?)^```$").FindAllStringSubmatch(page, -1) {
		for _, line := range call.FindAllString(block[1], -1) {
			path := target.FindString(line)
			if path == "" {
				continue
			}
			verb := "GET"
			if m := method.FindStringSubmatch(line); m != nil {
				verb = m[1]
			} else if strings.Contains(line, " -d ") {
				verb = "POST"
			}
			found = append(found, example{verb, path})
		}
	}
	return found
}

// routeOf is the operation that an example calls; where both a name and a
// parameter fit, that of the name.
func routeOf(e example) string {
	best, least := "", 100
	for _, rt := range routes() {
		want, got := strings.Split(rt.path, "/"), strings.Split(e.path, "/")
		if rt.method != e.method || len(want) != len(got) {
			continue
		}
		params := 0
		if slices.EqualFunc(want, got, func(w, g string) bool {
			if strings.HasPrefix(w, "{") && g != "" {
				params++
				return true
			}
			return w == g
		}) && params < least {
			best, least = rt.operationID, params
		}
	}
	return best
}
