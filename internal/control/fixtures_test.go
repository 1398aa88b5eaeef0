package control_test

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"mockserver/fixtures"
	"mockserver/internal/app/apptest"
	"mockserver/internal/auth"
	"mockserver/internal/config"
	"mockserver/internal/orggen"
	"mockserver/internal/rolemining"
	"mockserver/internal/seed"
)

// fixtureFile becomes a file when it is closed.
type fixtureFile struct {
	bytes.Buffer
	name string
	into fstest.MapFS
}

func (f *fixtureFile) Close() error {
	f.into[f.name] = &fstest.MapFile{Data: f.Bytes()}
	return nil
}

// madeUp is an organisation of 120 in fixtures.
func madeUp(t testing.TB, profile string) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	options := orggen.Options{Identities: 120, Seed: 3, Noise: 8, Profile: profile}
	if err := orggen.Generate(options, func(name string) (io.WriteCloser, error) { return &fixtureFile{name: name, into: files}, nil }); err != nil {
		t.Fatal(err)
	}
	return files
}

// said is what fixtures say, in the order in which a document has it.
type said struct {
	Org          rolemining.Org
	Sources      []rolemining.Source
	Entitlements []rolemining.Entitlement
	Identities   []rolemining.Identity
	Roles        []rolemining.Role
	Clients      []rolemining.Client
	Sessions     []rolemining.SeedSession
}

func saidBy(ds rolemining.Dataset) said {
	s := said{ds.Org, ds.Sources, ds.Entitlements, nil, slices.Clone(ds.Roles), ds.Clients, ds.Sessions}
	for _, p := range ds.Identities.All() {
		s.Identities = append(s.Identities, p)
	}
	slices.SortFunc(s.Roles, func(a, b rolemining.Role) int { return cmp.Compare(a.ID, b.ID) })
	return s
}

// saidInDocument is what GET /_mock/fixtures says.
func saidInDocument(t *testing.T, s *apptest.Server) said {
	t.Helper()
	ds, err := seed.LoadDocument(must(t, s, "GET", "/_mock/fixtures", nil).Body)
	if err != nil {
		t.Fatal(err)
	}
	return saidBy(ds)
}

func sameSaid(t *testing.T, what string, want, got said) {
	t.Helper()
	if diff := gocmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s (-want +got):\n%.3000s", what, diff)
	}
}

// organisations are those that documents are tried with.
func organisations(t testing.TB) map[string]fs.FS {
	t.Helper()
	all := map[string]fs.FS{"default": fixtures.Default()}
	for _, profile := range orggen.Profiles()[1:3] {
		all[profile.Name] = madeUp(t, profile.Name)
	}
	return all
}

func withFiles(t *testing.T, name string, files fs.FS) func(*config.Config) {
	t.Helper()
	return func(c *config.Config) {
		if name != "default" {
			c.Fixtures = apptest.FixturesDir(t, files)
		}
	}
}

// After the start, and whatever was done since, the document says what the files
// said. It can be put, is then answered again to the byte, and the tenant is as
// it was at the start.
func TestFixturesSayWhatFilesSaid(t *testing.T) {
	t.Parallel()
	for name, files := range organisations(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := apptest.Start(t, withFiles(t, name, files))
			ds, err := seed.Load(files)
			if err != nil {
				t.Fatal(err)
			}
			first := must(t, s, "GET", "/_mock/fixtures", nil).Body
			back, err := seed.LoadDocument(first)
			if err != nil {
				t.Fatal(err)
			}
			sameSaid(t, "at the start", saidBy(ds), saidBy(back))
			mined := everyRole(s)
			s.CreateSession(`{"pruneThreshold":60}`)
			if roles := s.Get("/v2026/role-mining-potential-roles?limit=1"); roles.Len() > 0 {
				path := sessions + "/" + roles.Text(0, "session", "id") + "/potential-roles/" + roles.Text(0, "id")
				if got := s.Do("POST", path+"/provision", "{}"); got.Status != 202 {
					t.Fatalf("%d %s", got.Status, got.Body)
				}
				s.Settle()
			}
			if !bytes.Equal(first, must(t, s, "GET", "/_mock/fixtures", nil).Body) {
				t.Error("the document changes with what is done")
			}
			put := must(t, s, "PUT", "/_mock/fixtures", first)
			if put.Value("changes") != nil || put.Value("counts", "identities") != float64(ds.Identities.Len()) {
				t.Errorf("%s", put.Body)
			}
			if again := must(t, s, "GET", "/_mock/fixtures", nil).Body; !bytes.Equal(first, again) {
				t.Errorf("%d bytes were put, and %d others came back", len(first), len(again))
			}
			if now := everyRole(s); now != mined {
				t.Errorf("at the start\n%.2000s\nand then\n%.2000s", mined, now)
			}
		})
	}
}

// A patch is seen by whatever comes after it, and by nothing that was before.
func TestPatchFixtures(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, func(c *config.Config) { c.Auth = auth.Strict })
	const miami = `{"scope":{"criteria":"attributes.location:Miami"},"pruneThreshold":60}`
	old := s.CreateSession(miami)
	before := s.Get(sessions + "/" + old)
	summaries := s.Get(sessions + "/" + old + "/potential-role-summaries?limit=250").Body
	got := must(t, s, "PATCH", "/_mock/fixtures", `{
		"identities": [
			{"id": "2c9180877212632a017228d5934525e6", "attributes": {"location": "Miami", "shoeSize": "44"}, "displayName": "Allene of Miami"},
			{"id": "new1", "name": "ann.new", "displayName": "Ann New", "attributes": {"location": "Miami"}, "entitlements": ["entNew"], "managerId": "`+ashley+`"}
		],
		"sources": [{"id": "srcNew", "key": "brand", "name": "Brand new"}],
		"entitlements": [{"id": "entNew", "name": "New", "attribute": "groups", "value": "new", "source": "brand"}],
		"clients": [{"clientId": "ann", "clientSecret": "s3", "name": "Ann", "identityId": "new1", "authorities": ["ORG_ADMIN"], "scopes": ["sp:scopes:all"], "grants": ["client_credentials"]}],
		"remove": {"clients": ["mock-no-user"]}}`)
	want := `"changes":{"clients":{"added":1,"changed":0,"removed":1},"entitlements":{"added":1,"changed":0,"removed":0},` +
		`"identities":{"added":1,"changed":1,"removed":0},"sources":{"added":1,"changed":0,"removed":0}}`
	if !strings.Contains(string(got.Body), want) || got.Value("counts", "identities") != 1201.0 || got.Value("counts", "clients") != 4.0 {
		t.Errorf("%s", got.Body)
	}
	// What was mined stays, to the byte.
	if after := s.Get(sessions + "/" + old); !bytes.Equal(before.Body, after.Body) {
		t.Errorf("the session was\n%s\nand is\n%s", before.Body, after.Body)
	}
	if after := s.Get(sessions + "/" + old + "/potential-role-summaries?limit=250").Body; !bytes.Equal(summaries, after) {
		t.Errorf("the potential roles were\n%s\nand are\n%s", summaries, after)
	}
	// What is mined later sees two more, and the new attribute.
	again := s.Get(sessions + "/" + s.CreateSession(miami))
	if was, is := before.Value("identityCount").(float64), again.Value("identityCount"); is != was+2 {
		t.Errorf("identityCount %v, and %v later", was, is)
	}
	if n := s.Get(sessions + "/" + s.CreateSession(`{"scope":{"criteria":"attributes.shoeSize:44 OR attributes.manager:ashley.pierce"}}`)).Value("identityCount"); n != 1.0 {
		t.Errorf("%v with the new attribute", n)
	}
	// Clients are those of now.
	s.Token = s.TokenFor("ann", "s3")
	created := s.Do("POST", sessions, "{}")
	if created.Text("createdBy", "displayName") != "Ann New" {
		t.Errorf("%d %s", created.Status, created.Body)
	}
	form := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	if got := s.Send("POST", "/oauth/token", "grant_type=client_credentials&client_id=mock-no-user&client_secret=mock-no-user-secret", form); got.Status != 401 {
		t.Errorf("the client that was removed: %d %s", got.Status, got.Body)
	}
	// Who has a new name has it in the next call of a token that was used before.
	must(t, s, "PATCH", "/_mock/fixtures", `{"identities":[{"id":"new1","displayName":"Ann Newer"}]}`)
	if got := s.Do("POST", sessions, "{}"); got.Text("createdBy", "displayName") != "Ann Newer" {
		t.Errorf("%d %s", got.Status, got.Body)
	}
	s.Settle()
}

// Those who are removed are gone from potential roles, too, and everything about
// these still answers.
func TestPatchFixturesRemoves(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	session := s.CreateSession(`{"scope":{"criteria":"attributes.location:Miami"},"pruneThreshold":60,"minNumIdentitiesInPotentialRole":10}`)
	summaries := s.Get(sessions + "/" + session + "/potential-role-summaries?limit=1&sorters=-identityCount")
	role, path := summaries.Text(0, "id"), sessions+"/"+session+"/potential-roles/"+summaries.Text(0, "id")
	before := saidInDocument(t, s)
	named := map[string]bool{} // by something else, so that it must stay
	for _, p := range before.Identities {
		named[p.ManagerID] = true
	}
	for _, c := range before.Clients {
		named[c.IdentityID] = true
	}
	for _, r := range before.Roles {
		if r.OwnerID != nil {
			named[*r.OwnerID] = true
		}
	}
	var leave []string
	for _, member := range list(s.Get(path + "/identities?limit=250").Value()) {
		id := member.(map[string]any)["id"].(string)
		if !named[id] && len(leave) < 5 {
			leave = append(leave, id)
		}
	}
	must(t, s, "PATCH", "/_mock/fixtures", `{"remove":{"identities":["`+strings.Join(leave, `","`)+`"]}}`)
	was, is := summaries.Value(0, "identityCount").(float64), s.Get("/v2026/role-mining-potential-roles/"+role)
	if is.Value("identityCount") != was-5 || len(list(s.Get(path+"/identities?limit=250").Value())) != int(was)-5 {
		t.Errorf("%v members, and %v after 5 have left", was, is.Value("identityCount"))
	}
	if is.Value("density") != summaries.Value(0, "density") {
		t.Errorf("density %v, %v before", is.Value("density"), summaries.Value(0, "density"))
	}
	for _, what := range []string{
		path + "/entitlement-popularities", path + "/entitlement-popularity-distribution", path + "/export", path + "/excluded-entitlements",
		sessions + "/" + session + "/potential-role-summaries/" + role + "/applications", sessions + "/" + session + "/potential-role-summaries/" + role + "/entitlements",
		"/_mock/roles/" + role + "/explain", "/_mock/sessions/" + session + "/explain",
	} {
		s.Get(what)
	}
	after := saidInDocument(t, s)
	gone := slices.DeleteFunc(before.Identities, func(p rolemining.Identity) bool { return slices.Contains(leave, p.ID) })
	if diff := gocmp.Diff(gone, after.Identities, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-want +got):\n%.2000s", diff)
	}
}

func TestPatchFixturesRefuses(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	const path = "/v2026/role-mining-sessions/" + autoID + "/potential-roles/" + autoID
	if got := s.Do("POST", path+"/provision", "{}"); got.Status != 202 {
		t.Fatalf("%d %s", got.Status, got.Body)
	}
	s.Settle()
	made := s.Get("/v2026/role-mining-potential-roles/" + autoID).Text("roleId")
	before := must(t, s, "GET", "/_mock/fixtures", nil).Body
	for _, tc := range []struct {
		body, pointer, text string
		also                int
	}{
		{`{"identities":[`, "", "line 1, column 16: malformed JSON", 0},
		{``, "", "line 1, column 1: malformed JSON", 0},
		{`{}`, "", "the patch is empty", 0},
		{`{"org":{"name":"x"}}`, "/org", "org cannot be patched: replace the whole document (PUT)", 0},
		{`{"identites":[]}`, "/identites", `unknown property "identites"`, 0},
		{`{"identities":[{"id":"` + ashley + `","nmae":"x"}],"remove":{"clients":["none"]}}`, "/remove/clients/0", "none", 1},
		{`{"identities":[{"id":"new"},{"displayName":"x"}]}`, "/identities/1", `"id" is missing`, 2},
		{`{"identities":[{"id":"new"}]}`, "/identities/0", `"name" is missing`, 1},
		{`{"remove":{"identities":["nobody"],"clients":["none"]}}`, "/remove/identities/0", "nobody", 1},
		{`{"remove":{"identities":["` + ashley + `"]}}`, "/remove/identities/0", "cannot be removed", 0},
		{`{"roles":[{"id":"` + made + `","name":"x","createdDate":"2026-01-01T00:00:00Z"}]}`, "/roles", made, 0},
	} {
		got := mock(s, "PATCH", "/_mock/fixtures", tc.body)
		refused(t, tc.body, got, 400, tc.pointer, tc.text)
		if len(list(got.Value("also"))) != tc.also {
			t.Errorf("%s: %s, want %d more", tc.body, got.Body, tc.also)
		}
	}
	if !bytes.Equal(before, must(t, s, "GET", "/_mock/fixtures", nil).Body) {
		t.Error("a patch that was refused has changed something")
	}
}

// What could have been written in the place of a mistake is told as everywhere.
func TestFixturesTellWhatIsAllowed(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	for _, tc := range []struct{ method, path, body, pointer, allowed string }{
		{"PATCH", "/_mock/fixtures", `{"sessions":[]}`, "/sessions", "sources entitlements identities roles clients remove"},
		{"PATCH", "/_mock/fixtures", `{"remove":{"org":[]}}`, "/remove/org", "sources entitlements identities roles clients"},
		{"PATCH", "/_mock/fixtures", `{"sources":[{"id":"new","name":"x","kind":"y"}]}`, "/sources/0/kind", "id key name description activityState"},
		{"PATCH", "/_mock/fixtures", `{"sources":[{"id":"new","name":"x","activityState":"y"}]}`, "/sources/0/activityState", "complete notComplete"},
		{"PUT", "/_mock/fixtures", `{"people":[]}`, "/people", "org sources entitlements identities roles clients sessions"},
		{"PUT", "/_mock/tenants/broken", `{"fixtures":{"people":[]}}`, "/fixtures/people", "org sources entitlements identities roles clients sessions"},
	} {
		got := mock(s, tc.method, tc.path, tc.body)
		refused(t, tc.body, got, 400, tc.pointer)
		if allowed := fmt.Sprint(got.Value("allowed")); allowed != "["+tc.allowed+"]" {
			t.Errorf("%s: allowed are %s, want %s", tc.body, allowed, tc.allowed)
		}
	}
}

// Patches, reads, sessions and edits at the same time: nothing fails, and in the
// end the document has every patch.
func TestPatchFixturesMeanwhile(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, withFiles(t, "small", madeUp(t, "insurer")))
	stop := s.Run(t.Context())
	defer stop()
	before := saidInDocument(t, s)
	entitlement := before.Entitlements[0].ID
	var all sync.WaitGroup
	for worker := range 3 {
		all.Add(2)
		go func() {
			defer all.Done()
			for round := range 6 {
				id := fmt.Sprintf("new-%d-%d", worker, round)
				body := fmt.Sprintf(`{"identities":[{"id":%q,"name":%q,"displayName":"N","entitlements":[%q],"attributes":{"department":"Claims"}}]}`, id, id, entitlement)
				if round%2 == 1 {
					body = strings.TrimSuffix(body, "}") + fmt.Sprintf(`,"remove":{"identities":["new-%d-%d"]}}`, worker, round-1)
				}
				if got := mock(s, "PATCH", "/_mock/fixtures", body); got.Status != 200 {
					t.Errorf("%d %s", got.Status, got.Body)
				}
			}
		}()
		go func() {
			defer all.Done()
			for range 4 {
				got := s.Do("POST", sessions, `{"minNumIdentitiesInPotentialRole":4,"pruneThreshold":60}`)
				if got.Status != 201 {
					t.Errorf("%d %s", got.Status, got.Body)
					return
				}
				id := got.Text("id")
				if got := mock(s, "GET", "/_mock/sessions/"+id+"/wait", nil); got.Status != 200 {
					t.Errorf("%d %s", got.Status, got.Body)
				}
				consistent(t, s, id)
			}
		}()
	}
	all.Wait()
	after := saidInDocument(t, s)
	if len(after.Identities) != len(before.Identities)+9 {
		t.Errorf("%d identities, %d before", len(after.Identities), len(before.Identities))
	}
}

// consistent checks that what a session's potential roles say of their members
// can be true: nobody is counted who is not there.
func consistent(t *testing.T, s *apptest.Server, session string) {
	t.Helper()
	roles := s.Do("GET", sessions+"/"+session+"/potential-role-summaries?limit=250", nil)
	if roles.Status != 200 {
		t.Errorf("%d %s", roles.Status, roles.Body)
		return
	}
	if n := s.Do("GET", sessions+"/"+session, nil).Value("potentialRoleCount"); n != float64(roles.Len()) {
		t.Errorf("potentialRoleCount %v of %d", n, roles.Len())
	}
	for i := range roles.Len() {
		got := s.Do("GET", sessions+"/"+session+"/potential-roles/"+roles.Text(i, "id")+"/entitlement-popularities?limit=250", nil)
		if got.Status != 200 || got.Len() == 0 {
			t.Errorf("%d %s", got.Status, got.Body)
		}
	}
}
