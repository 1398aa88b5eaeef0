package seed_test

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/seed"
)

// Identities in two files are one problem: who is only in the other is not
// missed.
func TestTwoFilesOfIdentitiesAreOneProblem(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{
		seed.OrgFile:          {Data: []byte(`{"name":"a","tenantId":"6f1c1a52-8f0e-5b7e-9d55-0b7c2c1c6b11","tenantName":"A","pod":"local"}`)},
		seed.SourcesFile:      {Data: []byte(`[]`)},
		seed.EntitlementsFile: {Data: []byte(`[]`)},
		seed.IdentitiesFile:   {Data: []byte(`[{"id":"i2","name":"b","displayName":"B"}]`)},
		seed.IdentitiesLines:  {Data: []byte(`{"id":"i1","name":"a","displayName":"A","managerId":"i2"}`)},
		seed.ClientsFile:      {Data: []byte(`[{"id":"c","secret":"s","identity":"i2"}]`)},
	}
	_, err := seed.Load(files)
	var bad *seed.Error
	if !errors.As(err, &bad) {
		t.Fatal(err)
	}
	for _, p := range bad.Problems {
		if strings.Contains(p.Rule, "no identity has") {
			t.Errorf("%v follows from the two files", p)
		}
	}
	if !strings.Contains(err.Error(), "identities are in one file only") {
		t.Error(err)
	}
}

// Every rule of the format, broken once. What is found must be exactly this:
// one broken rule may not drag others along.
func TestRules(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		rule, file, old, text string
		want                  []string
	}{
		{"required file", seed.OrgFile, "", "", []string{`org.json: the file is missing`}},
		{"required file with references to it", seed.SourcesFile, "", "", []string{`sources.json: the file is missing`}},
		{"required identities", seed.IdentitiesFile, "", "", []string{`identities.json: the file is missing`}},
		{"required clients", seed.ClientsFile, "", "", []string{`clients.json: the file is missing`}},
		{"roles are optional", seed.RolesFile, "", "", nil},
		{"sessions are optional", seed.SessionsFile, "", "", nil},
		{"unknown file", "identites.json", "", "[]", []string{`identites.json: not a file of fixtures (known: org.json, sources.json, entitlements.json, identities.json, identities.ndjson, roles.json, clients.json, sessions.json, truth.json, README.md)`}},
		{"readme", "README.md", "", "hello", nil},
		{"truth", "truth.json", "", "{}", nil},
		{"identities twice", seed.IdentitiesLines, "", `{"id":"i1","name":"a","displayName":"A"}` + "\n" + `{"id":"i2","name":"b","displayName":"B"}`, []string{`identities.ndjson: there is an identities.json too; identities are in one file only`}},

		{"object", seed.OrgFile, "", `[]`, []string{`org.json: must be an object`}},
		{"array", seed.SourcesFile, "", `{}`, []string{
			`sources.json: must be an array`}},
		{"string", seed.OrgFile, `"acme"`, `1`, []string{`org.json /name: must be a string`}},
		{"required null", seed.OrgFile, `"acme"`, `null`, []string{`org.json /name: must be a string`}},
		{"boolean", seed.IdentitiesFile, `false`, `"false"`, []string{`identities.json /0/active: must be true or false`}},
		{"number", seed.IdentitiesFile, `25`, `"25"`, []string{`identities.json /0/usage/crm: must be a whole number from 0 to 90`}},
		{"empty", seed.OrgFile, `"Acme"`, `" \t"`, []string{`org.json /tenantName: must not be empty`}},
		{"unknown property", seed.OrgFile, `"pod"`, `"pot"`, []string{`org.json /pot: unknown property "pot" (known: name, tenantId, tenantName, pod)`, `org.json: the required property "pod" is missing`}},
		{"property twice", seed.OrgFile, `"pod"`, `"name":"b","pod"`, []string{`org.json /name: the property "name" occurs twice`}},
		{"uuid", seed.OrgFile, `6f1c`, `6F1C`, []string{`org.json /tenantId: must be a UUID like 8c190e67-87aa-4ed9-a90b-d9d5344523fb, not "6F1C1a52-8f0e-5b7e-9d55-0b7c2c1c6b11"`}},

		{"source id twice", seed.SourcesFile, `"id":"s2"`, `"id":"s1"`, []string{`sources.json /1/id: the id "s1" is taken by the source /0`, `entitlements.json /2/source: no source has the id or key "s2"`}},
		{"key that is an id", seed.SourcesFile, `"id":"s2"`, `"id":"s2","key":"s1"`, []string{`sources.json /1/key: the key "s1" is taken by the source /0`}},
		{"activity", seed.SourcesFile, `"complete"`, `"done"`, []string{`sources.json /0/activityState: must be one of complete, notComplete, not "done"`}},
		{"entitlement source", seed.EntitlementsFile, `"source":"s2"`, `"source":"s9"`, []string{`entitlements.json /2/source: no source has the id or key "s9"`}},
		{"entitlement id twice", seed.EntitlementsFile, `"id":"e3"`, `"id":"crm.read"`, []string{`entitlements.json /2/id: the id "crm.read" is taken by the entitlement /0`, `roles.json /0/entitlements/0: no entitlement has the id or key "e3"`}},

		{"identity id twice", seed.IdentitiesFile, `"id":"i2"`, `"id":"i1"`, []string{`identities.json /1/id: the id "i1" is taken by the identity /0`,
			`identities.json /0/managerId: no identity has the id "i2"`, `sessions.json /0/createdById: no identity has the id "i2"`}},
		{"user name twice", seed.IdentitiesFile, `"c.d"`, `"a.b"`, []string{`identities.json /1/name: the name "a.b" is taken by the identity /0`}},
		{"email", seed.IdentitiesFile, `a@b.example`, `a.b.example`, []string{`identities.json /0/email: must be an email address, not "a.b.example"`}},
		{"manager", seed.IdentitiesFile, `"managerId":"i2"`, `"managerId":"i9"`, []string{`identities.json /0/managerId: no identity has the id "i9"`}},
		{"own manager", seed.IdentitiesFile, `"managerId":"i2"`, `"managerId":"i1"`, []string{`identities.json /0/managerId: the identity "i1" is above itself in the tree of managers`}},
		{"managers in a circle", seed.IdentitiesFile, `"displayName":"C D"`, `"displayName":"C D","managerId":"i1"`, []string{`identities.json /0/managerId: the identity "i1" is above itself in the tree of managers`}},
		{"empty attribute", seed.IdentitiesFile, `"Miami"`, `""`, []string{`identities.json /0/attributes/location: must not be empty; leave out an attribute without a value`}},
		{"attribute type", seed.IdentitiesFile, `"location":"Miami"`, `"a/b~c":7`, []string{`identities.json /0/attributes/a~1b~0c: must be a string`}},
		{"attribute twice", seed.IdentitiesFile, `"gone":null`, `"location":"NYC"`, []string{`identities.json /0/attributes/location: the attribute "location" occurs twice`}},
		{"attribute without a name", seed.IdentitiesFile, `"gone"`, `""`, []string{`identities.json /0/attributes: a property has no name`}},
		{"entitlement", seed.IdentitiesFile, `"e1"]`, `"e9"]`, []string{`identities.json /0/entitlements/1: no entitlement has the id or key "e9"`}},
		{"entitlement twice", seed.IdentitiesFile, `"e1"]`, `"e2"]`, []string{`identities.json /0/entitlements/1: the entitlement "e2" is listed twice`}},
		{"usage days", seed.IdentitiesFile, `25`, `91`, []string{`identities.json /0/usage/crm: must be a whole number from 0 to 90, not 91`}},
		{"usage below", seed.IdentitiesFile, `25`, `-1`, []string{`identities.json /0/usage/crm: must be a whole number from 0 to 90, not -1`}},
		{"usage fraction", seed.IdentitiesFile, `25`, `2.5`, []string{`identities.json /0/usage/crm: must be a whole number from 0 to 90, not 2.5`}},
		{"usage source", seed.IdentitiesFile, `"s3":0`, `"s9":0`, []string{`identities.json /0/usage/s9: no source has the id or key "s9"`}},
		{"usage twice", seed.IdentitiesFile, `"s3":0`, `"s1":0`, []string{`identities.json /0/usage/s1: the source "s1" occurs twice`}},
		{"usage without activity", seed.IdentitiesFile, `"s3":0`, `"s2":1`, []string{`identities.json /0/usage/s2: the source "s2" collects no activity data (it has no activityState), so there is no usage of it`}},

		{"role owner", seed.RolesFile, `"ownerId":"i1"`, `"ownerId":"i9"`, []string{`roles.json /0/ownerId: no identity has the id "i9"`}},
		{"role date", seed.RolesFile, `2026-01-02T03:04:05Z`, `2026-02-30T03:04:05Z`, []string{`roles.json /0/createdDate: must be a date and time like 2026-07-10T14:11:05.348Z, not "2026-02-30T03:04:05Z"`}},
		{"profile of another source", seed.RolesFile, `["e2","e1"]`, `["e2","e3"]`, []string{`roles.json /0/accessProfiles/0: an access profile holds entitlements of its own source only, and "e3" is of another`}},
		{"profile id", seed.RolesFile, `"id":"p1",`, ``, []string{`roles.json /0/accessProfiles/0: the required property "id" is missing`}},
		{"client identity", seed.ClientsFile, `"i1"`, `"i9"`, []string{`clients.json /0/identityId: no identity has the id "i9"`}},
		{"grant", seed.ClientsFile, `"client_credentials"`, `"password"`, []string{`clients.json /0/grants/0: must be one of client_credentials, authorization_code, refresh_token, not "password"`}},
		{"authority", seed.ClientsFile, `"ORG_ADMIN"`, `"org_admin"`, []string{`clients.json /0/authorities/0: must be a user level like ORG_ADMIN, in capitals, not "org_admin"`}},
		{"empty authority", seed.ClientsFile, `"ORG_ADMIN"`, `""`, []string{`clients.json /0/authorities/0: must not be empty`}},
		{"scope", seed.ClientsFile, `sp:scopes:all`, `sp:scopes:al`, []string{`clients.json /0/scopes/0: there is no scope "sp:scopes:al"; did you mean sp:scopes:all or sp:scopes:default?`}},
		{"scope of the singular", seed.ClientsFile, `sp:scopes:all`, `sp:scope:all`, []string{`clients.json /0/scopes/0: there is no scope "sp:scope:all"; did you mean sp:scopes:all or sp:scopes:default?`}},
		{"scope in British", seed.ClientsFile, `iai:access-modeling:read`, `iai:access-modelling:read`, []string{`clients.json /1/scopes/1: there is no scope "iai:access-modelling:read"; did you mean iai:access-modeling:read or iai:access-modeling:manage?`}},
		{"scope of no form", seed.ClientsFile, `idn:accounts:read`, `ORG_ADMIN`, []string{`clients.json /1/scopes/2: must be a scope like sp:scopes:all, in lower case with colons, not "ORG_ADMIN"`}},
		{"scope of two", seed.ClientsFile, `idn:accounts:read`, `idn:a:read idn:b:read`, []string{`clients.json /1/scopes/2: must be a scope like sp:scopes:all, in lower case with colons, not "idn:a:read idn:b:read"`}},
		{"empty scope", seed.ClientsFile, `idn:accounts:read`, ``, []string{`clients.json /1/scopes/2: must not be empty`}},
		{"no secret, null", seed.ClientsFile, `"name":"Public"`, `"clientSecret":null,"name":"Public"`, nil},
		{"no secret for its own credentials", seed.ClientsFile, `"clientSecret":"x",`, ``, []string{`clients.json /0: a client without a clientSecret is public, and so cannot have the grant client_credentials`}},
		{"empty secret", seed.ClientsFile, `"clientSecret":"x"`, `"clientSecret":""`, []string{`clients.json /0/clientSecret: must not be empty`}},
		{"redirect", seed.ClientsFile, `"http://localhost/cb"`, `"/cb"`, []string{`clients.json /0/redirectUris/0: must be an absolute URL, not "/cb"`}},

		{"threshold", seed.SessionsFile, `70`, `101`, []string{`sessions.json /0/pruneThreshold: must be a whole number from 0 to 100, not 101`}},
		{"threshold type", seed.SessionsFile, `70`, `true`, []string{`sessions.json /0/pruneThreshold: must be a whole number from 0 to 100`}},
		{"minimum", seed.SessionsFile, `"minNumIdentitiesInPotentialRole":2`, `"minNumIdentitiesInPotentialRole":0`, []string{`sessions.json /0/minNumIdentitiesInPotentialRole: must be a whole number from 1 to 2147483647, not 0`}},
		{"session type", seed.SessionsFile, `"type":"SPECIALIZED"`, `"type":"specialized"`, []string{`sessions.json /0/type: must be one of SPECIALIZED, COMMON, not "specialized"`}},
		{"scoping method", seed.SessionsFile, `AUTO_RM`, `AUTO`, []string{`sessions.json /0/scopingMethod: must be one of MANUAL, AUTO_RM, not "AUTO"`}},
		{"scope identity", seed.SessionsFile, `["i1"]`, `["i9"]`, []string{`sessions.json /0/scope/identityIds/0: no identity has the id "i9"`}},
		{"criteria", seed.SessionsFile, `"name:a*"`, `""`, []string{`sessions.json /0/scope/criteria: must not be empty`}},
		{"filter operator", seed.SessionsFile, `"EQUALS"`, `"LIKE"`, []string{`sessions.json /0/scope/attributeFilterCriteria/0/data/operator: must be one of EQUALS, not "LIKE"`}},
		{"filter values", seed.SessionsFile, `,"values":["Miami"]`, ``, []string{`sessions.json /0/scope/attributeFilterCriteria/0/data: the required property "values" is missing`}},
		{"filter data", seed.SessionsFile, `"data":`, `"date":`, []string{`sessions.json /0/scope/attributeFilterCriteria/0: an attribute filter needs "data" with name, operator and values`}},
		{"recipient", seed.SessionsFile, `"emailRecipientId":"i1"`, `"emailRecipientId":"i9"`, []string{`sessions.json /0/emailRecipientId: no identity has the id "i9"`}},
		{"two roles of a rank", seed.SessionsFile, `{"rank":0,"type":"COMMON"}`, `{"rank":0,"type":"SPECIALIZED"}`, []string{`sessions.json /0/roles/1: another role has the type SPECIALIZED and the rank 0`}},
		{"second common role", seed.SessionsFile, `{"rank":0,"type":"COMMON"}`, `{"rank":1,"type":"COMMON"}`, []string{`sessions.json /0/roles/1: there is one COMMON role, of rank 0, not 1`}},
		{"common role of a manual session", seed.SessionsFile, `AUTO_RM`, `MANUAL`, []string{`sessions.json /0/roles/1: a SPECIALIZED session of scoping method MANUAL finds no COMMON roles`}},
		{"potential role id twice", seed.SessionsFile, `{"rank":0,"type":"COMMON"}`, `{"rank":0,"type":"COMMON","id":"q1"}`, []string{`sessions.json /0/roles/1/id: the id "q1" is taken by the potential role of the session /0`}},
		{"export id", seed.SessionsFile, `"4940ffd4-836f-48a3-b2b0-6d498c3fdf40"`, `"x1"`, []string{`sessions.json /0/roles/0/exportIds/0: must be a UUID like 8c190e67-87aa-4ed9-a90b-d9d5344523fb, not "x1"`}},
		{"export id twice", seed.SessionsFile, `["4940ffd4-836f-48a3-b2b0-6d498c3fdf40"]`, `["4940ffd4-836f-48a3-b2b0-6d498c3fdf40","4940ffd4-836f-48a3-b2b0-6d498c3fdf40"]`, []string{`sessions.json /0/roles/0/exportIds/1: the id "4940ffd4-836f-48a3-b2b0-6d498c3fdf40" is taken by the export of the session /0`}},

		{"malformed", seed.SourcesFile, "", "[\n  {\"id\" \"s1\"}\n]", []string{`sources.json:2:9: malformed JSON: '"' where a colon should follow`}},
		{"cut off", seed.SourcesFile, "", "[\n", []string{`sources.json:2:1: malformed JSON: the text ends where a value should follow`}},
		{"empty file", seed.ClientsFile, "", " ", []string{`clients.json:1:2: malformed JSON: the text ends where a value should follow`}},
		{"trailing comma", seed.ClientsFile, "", `[1,]`, []string{`clients.json /0: must be an object`, `clients.json:1:4: malformed JSON: ']' where a value should follow`}},
		{"trailing text", seed.ClientsFile, "", "[]\n[]", []string{`clients.json:2:1: malformed JSON: '[' where the end of the text should follow`}},
		{"byte order mark", seed.ClientsFile, "", "\ufeff[]", []string{"clients.json:1:1: malformed JSON: '\\ufeff' where a value should follow"}},
		{"depth", seed.ClientsFile, "", strings.Repeat("[", 100), []string{`clients.json:1:65: malformed JSON: nested deeper than 64 levels`}},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			t.Parallel()
			got := problems(t, dir(with(t, tt.file, tt.old, tt.text)))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAllProblemsAtOnceButNotEndlessly(t *testing.T) {
	t.Parallel()
	files := base()
	files[seed.ClientsFile] = "[" + strings.Repeat("1,", 149) + "1]"
	files[seed.OrgFile] = `{"name":"","tenantId":"x","tenantName":"","pod":1}`
	_, err := seed.Load(dir(files))
	var bad *seed.Error
	if !errors.As(err, &bad) {
		t.Fatal(err)
	}
	if len(bad.Problems) != seed.MaxProblems || bad.Count != 154 {
		t.Errorf("%d problems listed of %d, want %d of 154", len(bad.Problems), bad.Count, seed.MaxProblems)
	}
	text := bad.Error()
	for _, want := range []string{"154 problems", "org.json /name: must not be empty", "\n  clients.json /95: must be an object", "\n  ... and 54 more"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	if one := (&seed.Error{Count: 1, Problems: bad.Problems[:1]}).Error(); !strings.Contains(one, "1 problem\n") {
		t.Error(one)
	}
}

// broken fails to read one file.
type broken struct {
	fs.FS
	name string
}

func (b broken) Open(name string) (fs.File, error) {
	if name == b.name {
		return nil, fs.ErrPermission
	}
	return b.FS.Open(name)
}

func TestReadErrorIsNoProblemOfTheFixtures(t *testing.T) {
	t.Parallel()
	lines := base()
	delete(lines, seed.IdentitiesFile)
	lines[seed.IdentitiesLines] = "{}"
	for name, files := range map[string]map[string]string{".": base(), seed.SourcesFile: base(), seed.IdentitiesLines: lines} {
		_, err := seed.Load(broken{dir(files), name})
		var bad *seed.Error
		if err == nil || errors.As(err, &bad) || !errors.Is(err, fs.ErrPermission) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLines(t *testing.T) {
	t.Parallel()
	files := base()
	delete(files, seed.IdentitiesFile)
	long := strings.Repeat("x", 200_000)
	files[seed.IdentitiesLines] = "\r\n" +
		`{"id":"i1","name":"a","displayName":"` + long + `","managerId":"i2"}` + "\r\n\n" +
		`{"id":"i2","name":"b","displayName":"B"}` // no newline at the end
	ds, err := seed.Load(dir(files))
	if err != nil {
		t.Fatal(err)
	}
	if ds.Identities.Len() != 2 || ds.Identities.DisplayName(0) != long || ds.Identities.Name(1) != "b" {
		t.Errorf("%d identities", ds.Identities.Len())
	}
	files[seed.IdentitiesLines] = "\n" + `{"id":"i1","name":"","displayName":"A","managerId":"i7"}` + "\n" + `{"id":"i3",}` + "\n" + `{"id":"i2","name":"b","displayName":"B"} {}`
	want := []string{
		`identities.ndjson /0/name: must not be empty`,
		`identities.ndjson:3:12: malformed JSON: '}' where the name of a property should follow`,
		`identities.ndjson:4:42: malformed JSON: '{' where the end of the text should follow`,
	}
	if diff := cmp.Diff(want, problems(t, dir(files))); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

func TestHiddenFilesAreLeftAlone(t *testing.T) {
	t.Parallel()
	files := base()
	files[".git"] = "x"
	if got := problems(t, dir(files)); got != nil {
		t.Error(got)
	}
	sub := dir(base()).(fstest.MapFS)
	sub["old/org.json"] = &fstest.MapFile{Data: []byte("{}")}
	if got := fmt.Sprint(problems(t, sub)); !strings.HasPrefix(got, "[old: not a file of fixtures") {
		t.Error(got)
	}
}
