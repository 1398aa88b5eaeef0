package seed

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"mockserver/fixtures"
	"mockserver/internal/rolemining"
)

// schema is a definition of fixtures/schema.json.
type schema struct {
	Properties map[string]json.RawMessage `json:"properties"`
	Required   []string                   `json:"required"`
}

func definitions(t *testing.T) map[string]schema {
	t.Helper()
	var doc struct {
		Defs map[string]schema `json:"$defs"`
	}
	if err := json.Unmarshal(fixtures.Schema(), &doc); err != nil {
		t.Fatal(err)
	}
	return doc.Defs
}

// The reader, the writer and the schema name the same properties.
func TestReaderWriterAndSchemaAgree(t *testing.T) {
	t.Parallel()
	defs := definitions(t)
	for name, kind := range map[string]struct {
		read  object
		write any
	}{
		"org":           {orgProps, rolemining.Org{}},
		"source":        {sourceProps, sourceRecord{}},
		"entitlement":   {entitlementProps, entitlementRecord{}},
		"identity":      {identityProps, identityRecord{}},
		"role":          {roleProps, roleRecord{}},
		"accessProfile": {profileProps, profileRecord{}},
		"client":        {clientProps, clientRecord{}},
		"session":       {sessionProps, sessionRecord{}},
		"scope":         {scopeProps, scopeRecord{}},
		"sessionRole":   {seedRoleProps, seedRoleRecord{}},
	} {
		var written, described, required []string
		for f := range reflect.TypeOf(kind.write).Fields() {
			property, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			written = append(written, property)
		}
		for property := range defs[name].Properties {
			described = append(described, property)
		}
		for i, property := range kind.read.names {
			if kind.read.required>>i&1 == 1 {
				required = append(required, property)
			}
		}
		read := slices.Sorted(slices.Values(kind.read.names))
		slices.Sort(written)
		slices.Sort(described)
		if !slices.Equal(read, written) || !slices.Equal(read, described) {
			t.Errorf("%s: read %v, written %v, in the schema %v", name, read, written, described)
		}
		want := slices.Sorted(slices.Values(defs[name].Required))
		if slices.Sort(required); !slices.Equal(required, want) {
			t.Errorf("%s: required %v, in the schema %v", name, required, want)
		}
	}
}

// validators are the definitions of the schema, ready to check values.
func validators(t *testing.T) openapi3.Schemas {
	t.Helper()
	var doc map[string]json.RawMessage
	if err := json.Unmarshal(fixtures.Schema(), &doc); err != nil {
		t.Fatal(err)
	}
	defs := bytes.ReplaceAll(doc["$defs"], []byte("#/$defs/"), []byte("#/components/schemas/"))
	text := `{"openapi":"3.1.0","info":{"title":"fixtures","version":"1"},"paths":{},"components":{"schemas":` + string(defs) + `}}`
	api, err := openapi3.NewLoader().LoadFromData([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := api.Validate(context.Background()); err != nil {
		t.Fatal(err)
	}
	return api.Components.Schemas
}

func TestDefaultOrganisationMeetsTheSchema(t *testing.T) {
	t.Parallel()
	all := validators(t)
	for _, file := range []string{OrgFile, SourcesFile, EntitlementsFile, IdentitiesFile, RolesFile, ClientsFile, SessionsFile} {
		text, err := fs.ReadFile(fixtures.Default(), file)
		if err != nil {
			t.Fatal(err)
		}
		var value any
		if err := json.Unmarshal(text, &value); err != nil {
			t.Fatal(err)
		}
		if list, ok := value.([]any); ok && len(list) > 150 {
			value = list[:150] // they are all made alike
		}
		name := strings.TrimSuffix(file, ".json")
		if err := all[name].Value.VisitJSON(value); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

func TestSchemaRefuses(t *testing.T) {
	t.Parallel()
	all := validators(t)
	for name, text := range map[string]string{
		"org":          `{"name":"","tenantId":"6f1c1a52-8f0e-5b7e-9d55-0b7c2c1c6b11","tenantName":"a","pod":"b"}`,
		"sources":      `[{"id":"s","name":"n","activityState":"done"}]`,
		"entitlements": `[{"id":"e","name":"n","attribute":"a","value":"v"}]`,
		"identities":   `[{"id":"i","name":"n","displayName":"d","usage":{"s":91}}]`,
		"roles":        `[{"id":"r","name":"n","createdDate":"2026-07-10T14:11:05Z","owner":"i"}]`,
		"clients":      `[{"clientId":"c","clientSecret":"s","name":"n","scopes":[],"grants":["password"]}]`,
		"clients#":     `[{"clientId":"c","clientSecret":"s","name":"n","scopes":["sp:scopes:al"],"grants":[]}]`,
		"clients##":    `[{"clientId":"c","clientSecret":"s","name":"n","authorities":["org_admin"],"scopes":[],"grants":[]}]`,
		"sessions":     `[{"id":"t","type":"COMMON","scopingMethod":"MANUAL","createdDate":"2026-07-10T14:11:05Z","pruneThreshold":101}]`,
	} {
		var value any
		if err := json.Unmarshal([]byte(text), &value); err != nil {
			t.Fatal(err)
		}
		if err := all[strings.TrimRight(name, "#")].Value.VisitJSON(value); err == nil {
			t.Errorf("%s: %s is accepted", name, text)
		}
	}
}
