package control_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"mockserver/fixtures"
	"mockserver/internal/app/apptest"
	"mockserver/internal/config"
	"mockserver/internal/rolemining"
	"mockserver/internal/seed"
)

// documentOf is fixtures as a document, in the order of GET.
func documentOf(t *testing.T, from string, profile string) []byte {
	t.Helper()
	files := fixtures.Default()
	if from != "default" {
		files = madeUp(t, profile)
	}
	ds, err := seed.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(ds.Roles, func(a, b rolemining.Role) int { return cmp.Compare(a.ID, b.ID) })
	var text bytes.Buffer
	if err := seed.WriteDocument(&text, ds); err != nil {
		t.Fatal(err)
	}
	return text.Bytes()
}

// everyRole is the summaries of all potential roles, and the sessions.
func everyRole(s *apptest.Server) string {
	return string(s.Get("/v2026/role-mining-potential-roles?limit=250").Body) + string(s.Get(sessions+"?limit=250").Body)
}

func login(t *testing.T, s *apptest.Server) {
	t.Helper()
	id, secret, err := s.App().Default().Credentials(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s.Token = s.TokenFor(id, secret)
}

// An organisation that is put takes the place of everything, and a reset returns
// to it, in a file over a restart.
func TestPutFixtures(t *testing.T) {
	t.Parallel()
	other := madeUp(t, "hospital")
	fresh := apptest.Start(t, withFiles(t, "hospital", other))
	fresh.CreateSession(`{"minNumIdentitiesInPotentialRole":5,"pruneThreshold":60}`)
	want := everyRole(fresh)
	ds, err := seed.Load(other)
	if err != nil {
		t.Fatal(err)
	}
	for where, db := range map[string]string{"memory": "", "file": filepath.Join(t.TempDir(), "mock.db")} {
		t.Run(where, func(t *testing.T) {
			t.Parallel()
			settings := func(c *config.Config) { c.DB = db }
			s := apptest.Start(t, settings)
			old := s.CreateSession(`{"emailRecipientId":"` + ashley + `"}`)
			must(t, s, "PUT", "/_mock/jobs", `{"mode":"immediate"}`)
			must(t, s, "PUT", "/_mock/fixtures", documentOf(t, "", "hospital"))
			check := func(when string) {
				t.Helper()
				sameSaid(t, when, saidBy(ds), saidInDocument(t, s))
				fetched(t, s, "/_mock/outbox", "0")
				if got := s.Do("GET", sessions, nil); got.Status != 401 || !strings.Contains(string(got.Body), "another organization") {
					t.Errorf("%s, with a token of before: %d %s", when, got.Status, got.Body)
				}
				before := s.Token
				login(t, s)
				if got := s.Do("GET", sessions+"/"+old, nil); got.Status != 404 {
					t.Errorf("%s, the session of before: %d %s", when, got.Status, got.Body)
				}
				s.CreateSession(`{"minNumIdentitiesInPotentialRole":5,"pruneThreshold":60}`)
				if now := everyRole(s); now != want {
					t.Errorf("%s: a server that began with it has\n%.1500s\nthis one\n%.1500s", when, want, now)
				}
				s.Token = before
			}
			check("put")
			if got := must(t, s, "GET", "/_mock/jobs", nil); got.Text("mode") != "immediate" {
				t.Errorf("the mode of jobs went with it: %s", got.Body)
			}
			must(t, s, "POST", "/_mock/reset", nil)
			check("reset")
			if db == "" {
				return
			}
			token := s.Token
			s.Stop()
			s = apptest.Start(t, settings)
			s.Token = token
			must(t, s, "POST", "/_mock/reset", nil)
			check("restarted and reset")
		})
	}
}

func TestPutFixturesRefuses(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	id := s.CreateSession(`{}`)
	before := must(t, s, "GET", "/_mock/fixtures", nil).Body
	good := string(documentOf(t, "default", ""))
	for _, tc := range []struct {
		what, body, pointer, text string
		also                      int
	}{
		{"nothing", ``, "", "line 1, column 1: malformed JSON", 0},
		{"no JSON", `{"org"`, "", "line 1, column 7: malformed JSON", 0},
		{"an array", `[]`, "", "must be an object", 0},
		{"an empty object", `{}`, "", `required property "org" is missing`, 4},
		{"a member too many", strings.Replace(good, `{`, `{"truth":{},`, 1), "/truth", `unknown property "truth"`, 0},
		{"two mistakes", strings.NewReplacer(`"pod": "local"`, `"pod": 5`, `"activityState":"complete"`, `"activityState":"done"`).Replace(good), "/org/pod", "must be a string", 100},
		{"a session that mining does not find", strings.Replace(good, `"rank": 3`, `"rank": 300`, 1), "/sessions/0/roles", "rank 300", 0},
	} {
		got := mock(s, "PUT", "/_mock/fixtures", tc.body)
		refused(t, tc.what, got, 400, tc.pointer, tc.text)
		if n := len(list(got.Value("also"))); n != tc.also && tc.also < 100 || n < min(tc.also, 1) {
			t.Errorf("%s: %.2000s, want %d more", tc.what, got.Body, tc.also)
		}
	}
	if after := must(t, s, "GET", "/_mock/fixtures", nil).Body; !bytes.Equal(before, after) {
		t.Error("fixtures that were refused have changed something")
	}
	s.Get(sessions + "/" + id)
}

// A reset undoes a patch, unless it was made for the baseline.
func TestPatchFixturesBaseline(t *testing.T) {
	t.Parallel()
	for where, db := range map[string]string{"memory": "", "file": filepath.Join(t.TempDir(), "mock.db")} {
		t.Run(where, func(t *testing.T) {
			t.Parallel()
			files := madeUp(t, "insurer")
			files[seed.SessionsFile] = &fstest.MapFile{Data: []byte(`[{"id":"` + autoID + `","type":"SPECIALIZED","scopingMethod":"MANUAL",
				"minNumIdentitiesInPotentialRole":3,"createdDate":"2026-01-02T03:04:05Z","roles":[{"rank":0,"type":"SPECIALIZED","name":"Dressed"}]}]`)}
			s := apptest.Start(t, func(c *config.Config) { c.DB, c.Fixtures = db, apptest.FixturesDir(t, files) })
			s.InProcess("a reset sets the clock to the machine's, for which the token is too old")
			someone := saidInDocument(t, s).Identities[0].ID
			name := func(of string) string { return `{"identities":[{"id":"` + someone + `","displayName":"` + of + `"}]}` }
			called := func() string { return saidInDocument(t, s).Identities[0].DisplayName }
			reset := func(want string) {
				t.Helper()
				must(t, s, "POST", "/_mock/reset", nil)
				if got := called(); got != want {
					t.Errorf("after a reset %q, want %q", got, want)
				}
			}
			first := called()
			must(t, s, "PATCH", "/_mock/fixtures?baseline=false", name("One"))
			reset(first)
			must(t, s, "PATCH", "/_mock/fixtures?baseline=true", name("Two"))
			id := s.CreateSession(`{}`)
			must(t, s, "PATCH", "/_mock/fixtures", name("Three"))
			s.Get(sessions + "/" + id) // what was done stays until
			reset("Two")
			if got := s.Do("GET", sessions+"/"+id, nil); got.Status != 404 {
				t.Errorf("after the reset: %d %s", got.Status, got.Body)
			}
			// The sessions of the baseline are mined anew, so they must be there to find.
			everybody := `{"identities":[`
			for i, p := range saidInDocument(t, s).Identities {
				raw, err := json.Marshal(p.ID)
				if err != nil {
					t.Fatal(err)
				}
				everybody += strings.Repeat(",", min(i, 1)) + `{"id":` + string(raw) + `,"entitlements":null}`
			}
			got := mock(s, "PATCH", "/_mock/fixtures?baseline=true", everybody+"]}")
			refused(t, "a baseline without anything to mine", got, 400, "", `the session "`+autoID+`"`, "baseline")
			reset("Two")
			must(t, s, "PATCH", "/_mock/fixtures", everybody+"]}")
			reset("Two")
			refused(t, "a flag", mock(s, "PATCH", "/_mock/fixtures?baseline=1", name("x")), 400, "", `"1"`)
		})
	}
}

// Nothing of a time before is written after fixtures were put, whatever was
// under way.
func TestPutFixturesMeanwhile(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, withFiles(t, "small", madeUp(t, "insurer")))
	stop := s.Run(t.Context())
	defer stop()
	document := must(t, s, "GET", "/_mock/fixtures", nil).Body
	var all sync.WaitGroup
	done := make(chan struct{})
	for range 3 {
		all.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				for _, what := range []func() apptest.Answer{
					func() apptest.Answer { return s.Do("POST", sessions, `{"minNumIdentitiesInPotentialRole":4}`) },
					func() apptest.Answer { return mock(s, "PATCH", "/_mock/fixtures", `{"remove":{"clients":[]}}`) },
				} {
					if got := what(); got.Status >= http.StatusInternalServerError && got.Status != http.StatusServiceUnavailable {
						t.Errorf("%d %s", got.Status, got.Body)
					}
				}
			}
		})
	}
	for range 5 {
		must(t, s, "PUT", "/_mock/fixtures", document)
	}
	close(done)
	all.Wait()
	must(t, s, "PUT", "/_mock/fixtures", document)
	login(t, s)
	if got := s.Get(sessions + "?count=true&limit=1"); got.Len() != 0 {
		t.Errorf("there is a session of before: %s", got.Body)
	}
	if after := must(t, s, "GET", "/_mock/fixtures", nil).Body; !bytes.Equal(document, after) {
		t.Error("the document has changed")
	}
}
