package seed_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/rolemining"
	"mockserver/internal/seed"
)

func baseData(t testing.TB) rolemining.Dataset {
	t.Helper()
	ds, err := seed.Load(dir(base()))
	if err != nil {
		t.Fatal(err)
	}
	return ds
}

func patched(t *testing.T, text string) (rolemining.Dataset, seed.Changes) {
	t.Helper()
	patch, err := seed.ParsePatch([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	ds, changes, err := patch.Apply(baseData(t))
	if err != nil {
		t.Fatal(err)
	}
	return ds, changes
}

func TestPatch(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		what, patch string
		files       func(map[string]string) // what makes the same of the files
		changes     seed.Changes
	}{
		{"one property", `{"identities":[{"id":"i2","displayName":"See Dee"}]}`, func(f map[string]string) {
			f[seed.IdentitiesFile] = strings.Replace(f[seed.IdentitiesFile], `"C D"`, `"See Dee"`, 1)
		}, seed.Changes{"identities": {Changed: 1}}},
		{"objects merge, null takes away", `{"identities":[{"id":"i1","attributes":{"location":null,"team":"x"},"usage":{"s3":9},"email":null}]}`, func(f map[string]string) {
			f[seed.IdentitiesFile] = strings.NewReplacer(`"location":"Miami"`, `"team":"x"`, `"s3":0`, `"s3":9`, `"email":"a@b.example",`, ``).Replace(f[seed.IdentitiesFile])
		}, seed.Changes{"identities": {Changed: 1}}},
		{"arrays are replaced", `{"identities":[{"id":"i1","entitlements":["e3"]}]}`, func(f map[string]string) {
			f[seed.IdentitiesFile] = strings.Replace(f[seed.IdentitiesFile], `["crm.read","e1"]`, `["e3"]`, 1)
		}, seed.Changes{"identities": {Changed: 1}}},
		{"everything new refers to everything new, and to keys", `{
			"clients":[{"clientId":"c9","name":"C","identityId":"i9","scopes":["sp:scopes:all"],"grants":["refresh_token"]}],
			"roles":[{"id":"r9","name":"R","ownerId":"i9","entitlements":["nine","crm.read"],"createdDate":"2026-01-02T03:04:05Z"}],
			"identities":[{"id":"i9","name":"n","displayName":"N","managerId":"i1","entitlements":["nine","crm.read"],"attributes":{"gone":null}}],
			"entitlements":[{"id":"e9","key":"nine","name":"N","attribute":"a","value":"v","source":"ninth"}],
			"sources":[{"id":"s9","key":"ninth","name":"N"}]}`, func(f map[string]string) {
			add(f, seed.SourcesFile, `{"id":"s9","key":"ninth","name":"N"}`)
			add(f, seed.EntitlementsFile, `{"id":"e9","key":"nine","name":"N","attribute":"a","value":"v","source":"s9"}`)
			add(f, seed.IdentitiesFile, `{"id":"i9","name":"n","displayName":"N","managerId":"i1","entitlements":["e9","e2"]}`)
			add(f, seed.RolesFile, `{"id":"r9","name":"R","ownerId":"i9","entitlements":["e9","e2"],"createdDate":"2026-01-02T03:04:05Z"}`)
			add(f, seed.ClientsFile, `{"clientId":"c9","name":"C","identityId":"i9","scopes":["sp:scopes:all"],"grants":["refresh_token"]}`)
		}, seed.Changes{"sources": {Added: 1}, "entitlements": {Added: 1}, "identities": {Added: 1}, "roles": {Added: 1}, "clients": {Added: 1}}},
		{"a key changes, and whoever refers to it stays", `{"sources":[{"id":"s1","key":"customers"}],"entitlements":[{"id":"e2","key":null}]}`, func(f map[string]string) {
			f[seed.SourcesFile] = strings.Replace(f[seed.SourcesFile], `"key":"crm"`, `"key":"customers"`, 1)
			f[seed.EntitlementsFile] = strings.NewReplacer(`"key":"crm.read",`, ``, `"source":"crm"`, `"source":"s1"`).Replace(f[seed.EntitlementsFile])
			f[seed.IdentitiesFile] = strings.NewReplacer(`"crm.read"`, `"e2"`, `"crm":25`, `"s1":25`).Replace(f[seed.IdentitiesFile])
			f[seed.RolesFile] = strings.Replace(f[seed.RolesFile], `"crm"`, `"s1"`, 1)
		}, seed.Changes{"sources": {Changed: 1}, "entitlements": {Changed: 1}}},
		{"removed by id and by key, once nothing refers to it", `{"remove":{"entitlements":["e3"],"sources":["s2"],"clients":["c2"]},
			"roles":[{"id":"r1","entitlements":null}]}`, func(f map[string]string) {
			f[seed.SourcesFile] = strings.Replace(f[seed.SourcesFile], `{"id":"s2","name":"HR","activityState":null},`, ``, 1)
			f[seed.EntitlementsFile] = f[seed.EntitlementsFile][:strings.LastIndex(f[seed.EntitlementsFile], `,
			{"id":"e3"`)] + "]"
			f[seed.RolesFile] = strings.Replace(f[seed.RolesFile], `"entitlements":["e3"],`, ``, 1)
			f[seed.ClientsFile] = f[seed.ClientsFile][:strings.LastIndex(f[seed.ClientsFile], `,
			{"clientId":"c2"`)] + "]"
		}, seed.Changes{"entitlements": {Removed: 1}, "sources": {Removed: 1}, "clients": {Removed: 1}, "roles": {Changed: 1}}},
		{"nothing at all", `{"remove":{"identities":[]},"identities":[]}`, func(map[string]string) {}, seed.Changes{}},
	} {
		t.Run(tt.what, func(t *testing.T) {
			t.Parallel()
			files := base()
			tt.files(files)
			want, err := seed.Load(dir(files))
			if err != nil {
				t.Fatal(err)
			}
			got, changes := patched(t, tt.patch)
			sameOrganisation(t, want, got)
			if diff := cmp.Diff(tt.changes, changes); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
		})
	}
}

// add puts a record behind those of a file.
func add(files map[string]string, name, record string) {
	files[name] = strings.TrimSuffix(strings.TrimSpace(files[name]), "]") + "," + record + "]"
}

func TestPatchRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		what, patch string
		want        []string
	}{
		{"malformed", `{"identities":[}`, []string{`1:16: malformed JSON: '}' where a value should follow`}},
		{"not an object", `[]`, []string{`must be an object`}},
		{"empty", `{}`, []string{`the patch is empty: it needs one of sources, entitlements, identities, roles, clients, remove`}},
		{"unknown member", `{"sessions":[],"roles":[]}`, []string{`/sessions: sessions cannot be patched: replace the whole document (PUT) to change it`}},
		{"misspelt members", `{"identites":[],"a/b":1,"":2,"roles":[]}`, []string{
			`/identites: unknown property "identites" (known: sources, entitlements, identities, roles, clients, remove)`,
			`/a~1b: unknown property "a/b" (known: sources, entitlements, identities, roles, clients, remove)`,
			`/: unknown property "" (known: sources, entitlements, identities, roles, clients, remove)`}},
		{"everything at once", `{"org":{"name":"x"},"sources":[{"id":"s9","name":""},{"name":"no id"},{"id":""}],
			"identities":[{"id":"i2","nmae":"x"},{"id":"i1","entitlements":["e9"]}],"remove":{"entitlements":["e1","nine",7],"sessions":[]}}`, []string{
			`/org: org cannot be patched: replace the whole document (PUT) to change it`,
			`/sources/1: the required property "id" is missing`,
			`/sources/2/id: must not be empty`,
			`/remove/entitlements/2: must be a string`,
			`/remove/sessions: sessions cannot be removed by a patch: replace the whole document (PUT) to change it`,
			`/remove/entitlements/1: no entitlement has the id or key "nine"`,
			`/sources/0/name: must not be empty`,
			`/identities/1/entitlements/0: no entitlement has the id or key "e9"`,
			`/identities/0/nmae: unknown property "nmae" (known: id, name, displayName, email, active, managerId, attributes, entitlements, usage)`,
			`/remove/entitlements/0: "e1" cannot be removed: /accessProfiles/0/entitlements/0 of the role "r1" refers to it`}},
		{"unknown kind to remove", `{"remove":{"org":[]}}`, []string{
			`/remove/org: org cannot be removed by a patch: replace the whole document (PUT) to change it`}},
		{"records of the wrong form", `{"roles":{},"clients":[1,{}],"remove":{"roles":[5]}}`, []string{
			`/roles: must be an array`, `/clients/0: must be an object`, `/clients/1: the required property "clientId" is missing`, `/remove/roles/0: must be a string`}},
		{"twice", `{"identities":[{"id":"i1"},{"id":"i2","name":"x","name":"y","attributes":{"a":"1","a":"2"}},{"id":"i1"}]}`, []string{
			`/identities/1/name: the property "name" occurs twice`, `/identities/1/attributes/a: the property "a" occurs twice`, `/identities/2/id: the id "i1" is taken by the identity /0`}},
		{"rules of the format", `{"identities":[{"id":"i2","displayName":null,"nmae":"x"},{"id":"i1","email":"nobody","entitlements":["e1","e9"]},{"id":"i3"}]}`, []string{
			`/identities/1/email: must be an email address, not "nobody"`, `/identities/1/entitlements/1: no entitlement has the id or key "e9"`,
			`/identities/0/nmae: unknown property "nmae" (known: id, name, displayName, email, active, managerId, attributes, entitlements, usage)`,
			`/identities/0: the required property "displayName" is missing`,
			`/identities/2: the required property "name" is missing`, `/identities/2: the required property "displayName" is missing`}},
		{"what is taken is named by id", `{"entitlements":[{"id":"e9","key":"e1","name":"N","attribute":"a","value":"v","source":"s1"}],"identities":[{"id":"i9","name":"a.b","displayName":"X"}]}`, []string{
			`/entitlements/0/key: the key "e1" is taken by the entitlement "e1"`, `/identities/0/name: the name "a.b" is taken by the identity "i1"`}},
		{"removed though referred to", `{"remove":{"identities":["i2","i1"],"entitlements":["e1","crm.read"],"sources":["crm","s3"]}}`, []string{
			`/remove/sources/0: "crm" cannot be removed: /accessProfiles/0/source of the role "r1" refers to it`,
			`/remove/entitlements/0: "e1" cannot be removed: /accessProfiles/0/entitlements/0 of the role "r1" refers to it`,
			`/remove/entitlements/1: "crm.read" cannot be removed: /accessProfiles/0/entitlements/1 of the role "r1" refers to it (1 of 2 references)`,
			`/remove/identities/0: "i2" cannot be removed: /createdById of the session "t1" refers to it`,
			`/remove/identities/1: "i1" cannot be removed: /ownerId of the role "r1" refers to it (1 of 4 references)`}},
		{"removed, and not there", `{"remove":{"identities":["i9"],"entitlements":["nine"],"clients":["c9"]}}`, []string{
			`/remove/entitlements/0: no entitlement has the id or key "nine"`, `/remove/identities/0: no identity has the id "i9"`, `/remove/clients/0: no client has the clientId "c9"`}},
		{"removed twice, or changed too", `{"sources":[{"id":"s3","name":"x"}],"remove":{"sources":["s3"],"entitlements":["e2","crm.read"]}}`, []string{
			`/remove/sources/0: the source "s3" is changed by /sources/0, too`, `/remove/entitlements/1: the entitlement "crm.read" is removed twice`,
			`/remove/entitlements/0: "e2" cannot be removed: /entitlements/1 of the identity "i1" refers to it (1 of 3 references)`}},
		{"broken elsewhere", `{"sources":[{"id":"s1","activityState":null}],"entitlements":[{"id":"e1","source":"s2"}]}`, []string{
			`/usage/s1 of the identity "i1": the source "s1" collects no activity data (it has no activityState), so there is no usage of it`,
			`/accessProfiles/0 of the role "r1": an access profile holds entitlements of its own source only, and "e1" is of another`}},
		{"a circle", `{"identities":[{"id":"i2","managerId":"i1"}]}`, []string{`/managerId of the identity "i1": the identity "i1" is above itself in the tree of managers`}},
	} {
		t.Run(tt.what, func(t *testing.T) {
			t.Parallel()
			patch, err := seed.ParsePatch([]byte(tt.patch))
			if err == nil {
				_, _, err = patch.Apply(baseData(t))
			}
			var broken *seed.Error
			if !errors.As(err, &broken) {
				t.Fatalf("not refused: %v", err)
			}
			var got []string
			for _, p := range broken.Problems {
				got = append(got, p.String())
			}
			if diff := cmp.Diff(tt.want, got); diff != "" || broken.Count != len(tt.want) {
				t.Errorf("count %d (-want +got):\n%s", broken.Count, diff)
			}
		})
	}
}

// As with files, the first problems are listed and all are counted.
func TestPatchCountsProblems(t *testing.T) {
	t.Parallel()
	var records []string
	for i := range 150 {
		records = append(records, fmt.Sprintf(`{"id":"x%d"}`, i))
	}
	patch, err := seed.ParsePatch([]byte(`{"identities":[` + strings.Join(records, ",") + `],"remove":{"identities":["i1"]}}`))
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = patch.Apply(baseData(t))
	var broken *seed.Error
	if !errors.As(err, &broken) || broken.Count != 301 || len(broken.Problems) != seed.MaxProblems {
		t.Errorf("%v", err)
	}
}
