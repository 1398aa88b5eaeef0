package app_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"mockserver/fixtures"
	"mockserver/internal/app"
	"mockserver/internal/app/apptest"
	"mockserver/internal/clock"
	"mockserver/internal/config"
	"mockserver/internal/seed"
	"mockserver/internal/store"
	"mockserver/internal/tenant"
)

// The image in the binary must be what the fixtures, the schema and the engine
// give today.
func TestDefaultImageIsFresh(t *testing.T) {
	t.Parallel()
	got, err := tenant.BuildImage(t.Context(), fixtures.Default(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	image, err := fixtures.Image()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, image) {
		t.Errorf("fixtures/default.db.gz is stale: it holds %d bytes, and building the image again gives %d different ones. Run go generate ./fixtures",
			len(image), len(got))
	}
}

// Same fixtures, same bytes: whoever builds the image, whenever.
func TestImageIsReproducible(t *testing.T) {
	t.Parallel()
	var images [2][]byte
	for i := range images {
		image, err := tenant.BuildImage(t.Context(), tiny(nil), slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		images[i] = image
	}
	if !bytes.Equal(images[0], images[1]) {
		t.Error("two images of the same fixtures differ")
	}
}

// tiny are fixtures of three identities; change replaces files, "" removes one.
func tiny(change map[string]string) fstest.MapFS {
	files := map[string]string{
		seed.OrgFile:          `{"name":"tiny","tenantId":"6f1c1a52-8f0e-5b7e-9d55-0b7c2c1c6b11","tenantName":"Tiny","pod":"local"}`,
		seed.SourcesFile:      `[{"id":"s1","name":"HR"}]`,
		seed.EntitlementsFile: `[{"id":"e1","name":"Pay","attribute":"roles","value":"p","source":"s1"}]`,
		seed.IdentitiesFile: `[{"id":"i1","name":"a","displayName":"A","entitlements":["e1"]},{"id":"i2","name":"b","displayName":"B","entitlements":["e1"]},
			{"id":"i3","name":"c","displayName":"C"}]`,
		seed.ClientsFile: `[{"clientId":"nobody","clientSecret":"x","name":"N","scopes":["sp:scopes:all"],"grants":["client_credentials"]},
			{"clientId":"admin","clientSecret":"y","name":"A","identityId":"i2","authorities":["ORG_ADMIN"],"scopes":["sp:scopes:all"],"grants":["client_credentials"]}]`,
		seed.SessionsFile: `[{"id":"11111111-2222-4333-8444-555555555555","name":"All","type":"COMMON","scopingMethod":"MANUAL",
			"minNumIdentitiesInPotentialRole":2,"createdDate":"2026-01-02T03:04:05Z","scope":{"criteria":"name:a OR name:b"}}]`,
	}
	for name, text := range change {
		files[name] = text
	}
	dir := fstest.MapFS{}
	for name, text := range files {
		if text != "" {
			dir[name] = &fstest.MapFile{Data: []byte(text)}
		}
	}
	return dir
}

func TestReadiness(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	s.InProcess("its background work runs from the start")
	ready := func(want int, reason string) {
		t.Helper()
		for _, path := range []string{"/_mock/health/ready", "/health"} {
			got := s.Send(http.MethodGet, path, nil, nil)
			if got.Status != want || got.Text("reason") != reason {
				t.Errorf("%s: %d %s, want %d with reason %q", path, got.Status, got.Body, want, reason)
			}
		}
		if got := s.Send(http.MethodGet, "/_mock/health/live", nil, nil); got.Status != http.StatusOK {
			t.Errorf("live: %d", got.Status)
		}
	}
	ready(http.StatusServiceUnavailable, "background work is not running")
	stop := s.Run(t.Context())
	for s.Send(http.MethodGet, "/health", nil, nil).Status != http.StatusOK { // it starts on its own
	}
	ready(http.StatusOK, "")
	stop()
	ready(http.StatusServiceUnavailable, "background work is not running")
}

func TestOwnFixtures(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, func(c *config.Config) { c.Fixtures = apptest.FixturesDir(t, tiny(nil)) })
	loaded, err := s.App().Default().Loaded(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if want := "Tiny: 3 identities, 1 entitlement on 1 source, 0 roles, 1 session with 1 potential role"; loaded != want {
		t.Errorf("loaded %q, want %q", loaded, want)
	}
	// The client to try with is the first that acts for an administrator.
	id, secret, err := s.App().Default().Credentials(t.Context())
	if err != nil || id != "admin" || secret != "y" {
		t.Errorf("credentials %q, %q, %v; want those of admin", id, secret, err)
	}
	got := s.Get("/v2026/role-mining-sessions/11111111-2222-4333-8444-555555555555")
	if got.Text("status", "state") != "POTENTIAL_ROLES_CREATED" || got.Text("createdDate") != "2026-01-02T03:04:05.000Z" ||
		got.Text("modifiedDate") != "2026-01-02T03:04:05.000Z" || got.Value("identityCount") != 2.0 {
		t.Errorf("the session of the fixtures: %s", got.Body)
	}
}

func TestFixturesWithoutAnAdministrator(t *testing.T) {
	t.Parallel()
	clients := `[{"clientId":"nobody","clientSecret":"x","name":"N","scopes":["sp:scopes:all"],"grants":["client_credentials"]}]`
	s := apptest.Start(t, func(c *config.Config) {
		c.Fixtures = apptest.FixturesDir(t, tiny(map[string]string{seed.ClientsFile: clients}))
	})
	if id, secret, err := s.App().Default().Credentials(t.Context()); err != nil || id != "any" || secret != "any" {
		t.Errorf("credentials %q, %q, %v; want any", id, secret, err)
	}
	if got := s.Do(http.MethodPost, "/v2026/role-mining-sessions", map[string]any{}); got.Status != http.StatusCreated || got.Value("createdBy") != nil {
		t.Errorf("%d %s; want a session that nobody created", got.Status, got.Body)
	}
}

// newApp makes an app by itself, for what makes it fail.
func newApp(t *testing.T, change func(*config.Config)) (*app.App, error) {
	t.Helper()
	settings, err := config.Load([]string{"--stage-delay=0"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	change(&settings)
	return app.New(t.Context(), app.Options{Config: settings, Clock: clock.Real{}, Log: slog.New(slog.DiscardHandler), Version: "test"})
}

// Whatever is wrong with fixtures is a *seed.Error that says where.
func TestBadFixtures(t *testing.T) {
	t.Parallel()
	session := func(more string) map[string]string {
		return map[string]string{seed.SessionsFile: `[{"id":"11111111-2222-4333-8444-555555555555","type":"SPECIALIZED","scopingMethod":"MANUAL",
			"createdDate":"2026-01-02T03:04:05Z",` + more + `}]`}
	}
	for name, tc := range map[string]struct {
		change map[string]string
		want   []string
	}{
		"several": {
			map[string]string{seed.OrgFile: `{"name":7}`, seed.ClientsFile: ""},
			[]string{"org.json /name: ", "org.json: ", "clients.json: "},
		},
		"criteria":      {session(`"scope":{"criteria":"shoeSize:43"}`), []string{"sessions.json /0/scope/criteria: ", "shoeSize"}},
		"filter":        {session(`"scope":{"attributeFilterCriteria":[{"data":{"name":"shoeSize","operator":"EQUALS","values":["43"]}}]}`), []string{"sessions.json /0/scope/attributeFilterCriteria: ", "shoeSize"}},
		"role":          {session(`"roles":[{"rank":3,"type":"SPECIALIZED"}]`), []string{"sessions.json /0/roles: ", "rank 3"}},
		"export":        {session(`"minNumIdentitiesInPotentialRole":1,"pruneThreshold":50,"roles":[{"rank":0,"type":"SPECIALIZED","exportIds":["4940ffd4-836f-48a3-b2b0-6d498c3fdf40"]}]`), []string{"sessions.json /0", "id"}},
		"unknown file":  {map[string]string{"session.json": "[]"}, []string{"session.json: not a file of fixtures"}},
		"a folder file": {map[string]string{seed.SourcesFile: "", seed.SourcesFile + "/x": "x"}, []string{"sources.json"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := apptest.FixturesDir(t, tiny(tc.change))
			a, err := newApp(t, func(c *config.Config) { c.Fixtures = dir })
			var invalid *seed.Error
			if !errors.As(err, &invalid) {
				t.Fatalf("app %v, error %v; want a *seed.Error", a, err)
			}
			for _, text := range tc.want {
				if !strings.Contains(err.Error(), text) {
					t.Errorf("error %q does not say %q", err, text)
				}
			}
		})
	}
	for _, dir := range []string{filepath.Join(t.TempDir(), "nowhere"), "app_test.go"} {
		var invalid *seed.Error
		if _, err := newApp(t, func(c *config.Config) { c.Fixtures = dir }); !errors.As(err, &invalid) || !strings.Contains(err.Error(), dir) {
			t.Errorf("error %v for %s, want a *seed.Error that names it", err, dir)
		}
	}
}

// A database that was not filled stays empty, so the next start can fill it; one
// that was keeps its organisation whatever the fixtures are.
func TestFixturesAndDatabase(t *testing.T) {
	t.Parallel()
	db := filepath.Join(t.TempDir(), "db")
	bad := apptest.FixturesDir(t, tiny(map[string]string{seed.SessionsFile: `[{"id":"x","type":"COMMON","scopingMethod":"MANUAL",
		"createdDate":"2026-01-02T03:04:05Z","scope":{"criteria":"shoeSize:43"}}]`}))
	if _, err := newApp(t, func(c *config.Config) { c.DB, c.Fixtures = db, bad }); err == nil {
		t.Fatal("bad fixtures were taken")
	}
	good := apptest.FixturesDir(t, tiny(nil))
	const whole = "Tiny: 3 identities, 1 entitlement on 1 source, 0 roles, 1 session with 1 potential role"
	for _, dir := range []string{good, bad, ""} {
		a, err := newApp(t, func(c *config.Config) { c.DB, c.Fixtures = db, dir })
		if err != nil {
			t.Fatalf("with fixtures %q: %v", dir, err)
		}
		if loaded, err := a.Default().Loaded(t.Context()); err != nil || loaded != whole {
			t.Errorf("with fixtures %q: %s, %v; want %s", dir, loaded, err, whole)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}
	var unusable *store.OpenError
	if _, err := newApp(t, func(c *config.Config) { c.DB = t.TempDir() }); !errors.As(err, &unusable) {
		t.Errorf("error %v for a database that is a folder, want a *store.OpenError", err)
	}
}

// Two servers in a process have nothing in common, and with the same seed and
// requests they give the same answers.
func TestServersAreApartAndAlike(t *testing.T) {
	t.Parallel()
	var answers [2]string
	servers := [2]*apptest.Server{apptest.Start(t, nil), apptest.Start(t, nil)}
	for i, s := range servers {
		id := s.CreateSession(map[string]any{"name": "Twin", "scope": map[string]any{"criteria": "attributes.location:Miami"}})
		for _, path := range []string{"/v2026/role-mining-sessions?filters=name+eq+%22Twin%22", "/v2026/role-mining-sessions/" + id, "/v2026/role-mining-sessions/" + id + "/potential-role-summaries"} {
			answers[i] += string(s.Get(path).Body)
		}
	}
	if diff := cmp.Diff(answers[0], answers[1]); diff != "" {
		t.Errorf("two servers differ:\n%s", diff)
	}
	other := apptest.Start(t, func(c *config.Config) { c.Seed = "another" })
	if id := other.CreateSession(map[string]any{}); strings.Contains(answers[0], id) {
		t.Errorf("another seed gives the same session id %s", id)
	}
}

// restartable is a server on a file that can be stopped and started again.
func restartable(t *testing.T, db string) *apptest.Server {
	t.Helper()
	return apptest.Start(t, func(c *config.Config) { c.DB = db })
}

// The life of a session on the whole default organisation, the server stopped
// and started again at every other step: the same bytes as without a stop.
func TestRestartOnTheDefaultOrganisation(t *testing.T) {
	t.Parallel()
	life := func(every int) string {
		db := filepath.Join(t.TempDir(), "db")
		s := restartable(t, db)
		steps := 0
		settle := func() {
			for {
				if steps++; every > 0 && steps%every == 0 {
					s.Stop()
					s = restartable(t, db)
				}
				if s.Step() == 0 {
					return
				}
			}
		}
		got := s.Do(http.MethodPost, "/v2026/role-mining-sessions", map[string]any{"name": "Whole", "minNumIdentitiesInPotentialRole": 10})
		id := got.Text("id")
		settle()
		session := "/v2026/role-mining-sessions/" + id
		role := s.Get(session+"/potential-role-summaries?limit=1").Text(0, "id")
		path := session + "/potential-roles/" + role
		s.Do(http.MethodPatch, "/v2026/role-mining-potential-roles/"+role, `[{"op":"replace","path":"/saved","value":true}]`)
		export := s.Do(http.MethodPost, path+"/export-async", map[string]any{}).Text("exportId")
		s.Do(http.MethodPost, path+"/provision", map[string]any{"includeIdentities": true})
		s.Do(http.MethodPatch, session, `[{"op":"replace","path":"/pruneThreshold","value":"60"}]`)
		settle()
		var all strings.Builder
		for _, p := range []string{"/v2026/role-mining-sessions?filters=name+eq+%22Whole%22", session, session + "/potential-role-summaries", "/v2026/role-mining-potential-roles/saved", path + "/export-async/" + export + "/download"} {
			fmt.Fprintf(&all, "%s\n%q\n", p, s.Get(p).Body)
		}
		return all.String()
	}
	want := life(0)
	if !strings.Contains(want, `\"provisionState\":\"COMPLETE\"`) {
		t.Fatal("nothing was provisioned")
	}
	if diff := cmp.Diff(want, life(2)); diff != "" {
		t.Errorf("with a restart at every other step (-undisturbed +restarted):\n%s", diff)
	}
}

// A server that runs does by itself what Step does in the other tests, at the
// pace of its clock.
func TestRunByTheClock(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, func(c *config.Config) { c.StageDelay = time.Second })
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	stop := s.Run(ctx)
	id := s.Do(http.MethodPost, "/v2026/role-mining-sessions", map[string]any{"scope": map[string]any{"criteria": "attributes.location:Miami"}}).Text("id")
	status := func() string { return s.Get("/v2026/role-mining-sessions/" + id + "/status").Text("state") }
	for _, want := range []string{"IDENTITIES_OBTAINED", "PRUNE_THRESHOLD_OBTAINED", "POTENTIAL_ROLES_PROCESSING"} {
		before := status()
		s.Clock.Advance(time.Second - time.Nanosecond)
		if got := status(); got != before {
			t.Fatalf("%s before its time", got)
		}
		s.Clock.Advance(time.Nanosecond)
		for status() == before { // the background work has been woken
		}
		if got := status(); got != want {
			t.Fatalf("state %s, want %s", got, want)
		}
	}
	stop()
}
