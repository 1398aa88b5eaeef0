package seed_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"strings"
	"testing"
	"testing/fstest"

	"mockserver/internal/seed"
)

// base are small valid fixtures in which every property occurs.
func base() map[string]string {
	return map[string]string{
		seed.OrgFile: `{"name":"acme","tenantId":"6f1c1a52-8f0e-5b7e-9d55-0b7c2c1c6b11","tenantName":"Acme","pod":"local"}`,
		seed.SourcesFile: `[
			{"id":"s1","key":"crm","name":"CRM","description":"Customers","activityState":"complete"},
			{"id":"s2","name":"HR","activityState":null},
			{"id":"s3","name":"Chat","activityState":"notComplete"}
		]`,
		seed.EntitlementsFile: `[
			{"id":"e2","key":"crm.read","name":"Read","description":"Reads","attribute":"groups","value":"r","source":"crm"},
			{"id":"e1","name":"Write","attribute":"groups","value":"w","source":"s1"},
			{"id":"e3","name":"Pay","attribute":"roles","value":"p","source":"s2"}
		]`,
		seed.IdentitiesFile: `[
			{"id":"i1","name":"a.b","displayName":"A B","email":"a@b.example","active":false,"managerId":"i2",
			 "attributes":{"location":"Miami","gone":null},"entitlements":["crm.read","e1"],"usage":{"crm":25,"s3":0}},
			{"id":"i2","name":"c.d","displayName":"C D"}
		]`,
		seed.RolesFile: `[
			{"id":"r1","name":"Role","description":"D","ownerId":"i1","entitlements":["e3"],"commonAccess":true,"createdDate":"2026-01-02T03:04:05Z",
			 "accessProfiles":[{"id":"p1","name":"P","source":"crm","entitlements":["e2","e1"]}]}
		]`,
		seed.ClientsFile: `[
			{"clientId":"c1","clientSecret":"x","name":"C","identityId":"i1","authorities":["ORG_ADMIN"],"scopes":["sp:scopes:all"],
			 "grants":["client_credentials"],"redirectUris":["http://localhost/cb"]},
			{"clientId":"c2","name":"Public","scopes":["sp:scopes:default","iai:access-modeling:read","idn:accounts:read"],"grants":["authorization_code"]}
		]`,
		seed.SessionsFile: `[
			{"id":"t1","name":"S","saved":true,"type":"SPECIALIZED","scopingMethod":"AUTO_RM","pruneThreshold":70,
			 "minNumIdentitiesInPotentialRole":2,"emailRecipientId":"i1","createdById":"i2","createdDate":"2026-07-10T14:11:05.348+02:00",
			 "scope":{"identityIds":["i1"],"criteria":"name:a*","attributeFilterCriteria":[{"ariaLabel":{"x": 1},"data":{"name":"location","operator":"EQUALS","values":["Miami"]}}]},
			 "roles":[{"rank":0,"type":"SPECIALIZED","id":"q1","name":"N","description":"","saved":true,"excludedEntitlements":["e2"],"exportIds":["4940ffd4-836f-48a3-b2b0-6d498c3fdf40"]},{"rank":0,"type":"COMMON"}]}
		]`,
	}
}

// dir makes a directory of files; an empty text leaves a file out.
func dir(files map[string]string) fs.FS {
	out := fstest.MapFS{}
	for name, text := range files {
		if text != "" {
			out[name] = &fstest.MapFile{Data: []byte(text)}
		}
	}
	return out
}

// with is base with one text replaced in one file.
func with(t *testing.T, file, old, text string) map[string]string {
	t.Helper()
	files := maps.Clone(base())
	if old == "" {
		files[file] = text
		return files
	}
	changed := strings.Replace(files[file], old, text, 1)
	if changed == files[file] {
		t.Fatalf("%s does not contain %q", file, old)
	}
	files[file] = changed
	return files
}

// problems are the lines of what Load finds wrong.
func problems(t *testing.T, fsys fs.FS) []string {
	t.Helper()
	_, err := seed.Load(fsys)
	sameInDocument(t, fsys, err)
	if err == nil {
		return nil
	}
	var bad *seed.Error
	if !errors.As(err, &bad) {
		t.Fatalf("not an *Error: %v", err)
	}
	var out []string
	for _, p := range bad.Problems {
		out = append(out, p.String())
	}
	return out
}

func raw(texts ...string) []json.RawMessage {
	var out []json.RawMessage
	for _, t := range texts {
		out = append(out, json.RawMessage(t))
	}
	return out
}
