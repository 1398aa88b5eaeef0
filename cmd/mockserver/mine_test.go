package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// minedRole is what both mine and a server say of a potential role.
type minedRole struct {
	Type                 string
	IdentityCount        int
	EntitlementCount     int
	Density              int
	Freshness            int
	Quality              int
	IdentityIDs          []string
	IdentityDistribution json.RawMessage
	Entitlements         []minedEntitlement
}

type minedEntitlement struct {
	ID                  string
	Name                string
	Description         *string
	Attribute           string
	SourceID            string
	ApplicationName     string
	IdentityCount       int
	Popularity          float64
	PopularityInOrg     float64
	ActivitySourceState *string
	SourceUsagePercent  *float64
}

// minedSession is what both say of the whole.
type minedSession struct {
	IdentityCount            int
	PrescribedPruneThreshold *int
	PotentialRoleCount       int
	PotentialRoles           []minedRole
}

// The command finds what a session posted to a server on the same organisation
// finds, whatever the parameters.
func TestMineFindsWhatASessionFinds(t *testing.T) {
	t.Parallel()
	noisy := filepath.Join(t.TempDir(), "noisy")
	mustRun(t, "fixtures", "generate", "--identities=300", "--noise=40", "--seed=11", noisy)
	for _, org := range []struct {
		name     string
		args     []string
		sessions []minedWith
	}{
		{"built-in", nil, []minedWith{
			{nil, `{}`},
			{[]string{"--prune-threshold=60", "--min-identities=10"}, `{"pruneThreshold":60,"minNumIdentitiesInPotentialRole":10}`},
			{[]string{"--type=COMMON", "--criteria=attributes.department:Marketing"}, `{"type":"COMMON","scope":{"criteria":"attributes.department:Marketing"}}`},
			{
				[]string{"--criteria=source.name:DataScienceDataset", "--attribute=location=Miami", "--attribute=location=NYC", "--attribute=department=Data & Analytics"},
				`{"scope":{"criteria":"source.name:DataScienceDataset","attributeFilterCriteria":[
					{"data":{"name":"location","operator":"EQUALS","values":["Miami","NYC"]}},
					{"data":{"name":"department","operator":"EQUALS","values":["Data & Analytics"]}}]}}`,
			},
			{
				[]string{"--identity=2c918090761a5aac0176215c46a62d58", "--identity=2c918090761a5aac01722015c46a62d42", "--min-identities=1", "--prune-threshold=0"},
				`{"scope":{"identityIds":["2c918090761a5aac0176215c46a62d58","2c918090761a5aac01722015c46a62d42"]},"minNumIdentitiesInPotentialRole":1,"pruneThreshold":0}`,
			},
		}},
		{"noisy", []string{"--fixtures=" + noisy}, []minedWith{
			{[]string{"--min-identities=5"}, `{"minNumIdentitiesInPotentialRole":5}`},
			{[]string{"--prune-threshold=25", "--min-identities=3"}, `{"minNumIdentitiesInPotentialRole":3,"pruneThreshold":25}`},
		}},
	} {
		t.Run(org.name, func(t *testing.T) {
			t.Parallel()
			s := startServer(t, t.Output(), append([]string{"--stage-delay=0", "--log-level=error"}, org.args...)...)
			token, err := s.token(anyone)
			if err != nil {
				t.Fatal(err)
			}
			for _, with := range org.sessions {
				got := mustRun(t, append(append([]string{"mine", "--json"}, org.args...), with.args...)...)
				var mined minedSession
				if err := json.Unmarshal(got, &mined); err != nil {
					t.Fatalf("%v: %v", with.args, err)
				}
				if mined.PotentialRoleCount == 0 {
					t.Errorf("%v: no roles, so nothing is compared", with.args)
				}
				if diff := cmp.Diff(posted(t, api{url: s.url, token: token}, with.body), mined); diff != "" {
					t.Errorf("%v (-session +mine):\n%s", with.args, diff)
				}
			}
		})
	}
}

// minedWith is how to ask mine and a server for the same.
type minedWith struct {
	args []string
	body string
}

// mustRun runs the command to its good end and returns what it wrote.
func mustRun(t *testing.T, args ...string) []byte {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := mockserver(args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %v\n%s", args, err, stderr.Bytes())
	}
	return stdout.Bytes()
}

// posted posts a session, waits for its end and reads all of it.
func posted(t *testing.T, a api, body string) minedSession {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var created struct{ ID string }
	must(a.do(http.StatusCreated, http.MethodPost, "/role-mining-sessions", body, &created))
	path := "/role-mining-sessions/" + created.ID
	must(eventually(func() (bool, error) {
		var status struct{ State string }
		err := a.do(http.StatusOK, http.MethodGet, path+"/status", "", &status)
		return status.State == "POTENTIAL_ROLES_CREATED", err
	}))
	var session minedSession
	must(a.do(http.StatusOK, http.MethodGet, path, "", &session))
	var refs []struct{ ID string }
	must(a.do(http.StatusOK, http.MethodGet, path+"/potential-role-summaries", "", &refs))
	for _, ref := range refs {
		var role minedRole
		must(a.do(http.StatusOK, http.MethodGet, "/role-mining-potential-roles/"+ref.ID, "", &role))
		var popularities []struct {
			minedEntitlement
			EntitlementRef struct {
				ID          string
				Description *string
				Attribute   string
			}
		}
		must(a.do(http.StatusOK, http.MethodGet, path+"/potential-roles/"+ref.ID+"/entitlement-popularities", "", &popularities))
		for _, p := range popularities {
			e := p.minedEntitlement
			e.ID, e.Description, e.Attribute = p.EntitlementRef.ID, p.EntitlementRef.Description, p.EntitlementRef.Attribute
			role.Entitlements = append(role.Entitlements, e)
		}
		session.PotentialRoles = append(session.PotentialRoles, role)
	}
	return session
}

// docs/reference.md names every property that mine --json writes.
func TestReferenceNamesWhatMineWrites(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/reference.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "## What `mine --json` writes\n")
	section, _, _ = strings.Cut(section, "\n## ")
	dir := filepath.Join(t.TempDir(), "org")
	mustRun(t, "fixtures", "generate", "--identities=200", dir)
	var all any
	if err := json.Unmarshal(mustRun(t, "mine", "--json", "--fixtures", dir, "--min-identities=5"), &all); err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	propertiesOf(all, found)
	for _, name := range []string{"recovery", "popularity", "attributeValue", "overlap", "chosen"} { // one of each part
		if !found[name] {
			t.Errorf("mine does not write %s here, so it cannot be looked for", name)
		}
	}
	for name := range found {
		if !strings.Contains(section, "`"+name+"`") && !slices.Contains([]string{"criteria", "attributeFilterCriteria"}, name) {
			t.Errorf("the reference does not name %s", name)
		}
	}
}

// propertiesOf collects the names of all properties in a JSON value.
func propertiesOf(value any, into map[string]bool) {
	switch v := value.(type) {
	case map[string]any:
		for name, inner := range v {
			into[name] = true
			propertiesOf(inner, into)
		}
	case []any:
		for _, inner := range v {
			propertiesOf(inner, into)
		}
	}
}

// The table keeps to the width of a terminal, and texts of any sort in their
// places.
func TestTableTexts(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		text string
		most int
		want string
	}{
		{"short", 5, "short"},
		{"longer", 5, "long…"},
		{"äöüßéè", 5, "äöüß…"},
		{"a\tb\nc\x7f\u0085\u202e\x1b[31m", 14, "a b c    [31m"},
		{"", 3, ""},
		{"any", 1, "…"},
	} {
		if got := clip(tc.text, tc.most); got != tc.want {
			t.Errorf("clip(%q, %d) = %q, want %q", tc.text, tc.most, got, tc.want)
		}
	}
	for _, tc := range []struct {
		part, whole int
		want        string
	}{{1, 3, "33 %"}, {2, 3, "67 %"}, {1, 200, "1 %"}, {0, 0, "0 %"}, {5, 5, "100 %"}} {
		if got := percent(tc.part, tc.whole); got != tc.want {
			t.Errorf("percent(%d, %d) = %q, want %q", tc.part, tc.whole, got, tc.want)
		}
	}
	var wide, narrow strings.Builder
	var o mineOptions
	found, err := o.find(t.Context(), &progress{})
	if err != nil {
		t.Fatal(err)
	}
	if err := writeRoleTable(&wide, found, 0); err != nil {
		t.Fatal(err)
	}
	if err := writeRoleTable(&narrow, found, 100); err != nil {
		t.Fatal(err)
	}
	whole := strings.Split(wide.String(), "\n")
	for i, line := range strings.Split(narrow.String(), "\n") {
		if want := clip(whole[i], 100); line != want {
			t.Errorf("line %d on a terminal: %q, want %q", i, line, want)
		}
	}
}
