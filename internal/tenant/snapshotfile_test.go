package tenant_test

import (
	"bytes"
	"errors"
	"net/http"
	"testing"
	"testing/fstest"

	"mockserver/internal/app/apptest"
	"mockserver/internal/config"
	"mockserver/internal/seed"
	"mockserver/internal/tenant"
)

func FuzzImportSnapshot(f *testing.F) {
	files := fstest.MapFS{}
	for name, text := range map[string]string{
		seed.OrgFile:     `{"name":"tiny","tenantId":"6f1c1a52-8f0e-5b7e-9d55-0b7c2c1c6b11","tenantName":"Tiny","pod":"local"}`,
		seed.SourcesFile: `[]`, seed.EntitlementsFile: `[]`, seed.IdentitiesFile: `[]`, seed.ClientsFile: `[]`,
	} {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	dir := apptest.FixturesDir(f, files)
	s := apptest.Start(f, func(c *config.Config) { c.Fixtures = dir })
	s.Send(http.MethodPut, "/_mock/sessions/x/jobs", `{"mode":"step"}`, nil)
	s.Send(http.MethodPost, "/_mock/clock", `{"freeze":true}`, nil)
	t := s.App().Default()
	if _, _, err := t.Save(f.Context(), "seed", false); err != nil {
		f.Fatal(err)
	}
	file, err := t.ExportSnapshot("seed")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(file)
	f.Add(file[:len(file)/2])
	f.Add(bytes.Replace(file, []byte(`"version": 1`), []byte(`"version": 9`), 1))
	f.Add(bytes.Replace(file, []byte(`"rate": 0`), []byte(`"rate": 1e400`), 1))
	f.Add([]byte(`{"format":"mockserver-snapshot","version":1,"schemaVersion":2,"state":{"gzip":null}}`))
	f.Add(bytes.Replace(file, []byte(`"fixtures": null`), []byte(`"fixtures": {}`), 1))
	f.Add(bytes.Replace(file, []byte(`"reads": []`), []byte(`"reads": [{"kind":"session","id":"x","times":1}]`), 1))
	f.Add(bytes.Replace(file, []byte(`"limits": []`), []byte(`"limits": [{"key":"a v2026","opens":"2026-01-01T00:00:00Z","calls":3}]`), 1))
	f.Add([]byte(`[]`))
	f.Fuzz(func(test *testing.T, file []byte) {
		made, _, err := t.ImportSnapshot(test.Context(), "new", file, true)
		if err != nil {
			if fault := (*tenant.SnapshotError)(nil); !errors.As(err, &fault) {
				test.Errorf("a fault instead of a refusal: %v", err)
			}
			return
		}
		if made.Name != "new" {
			test.Errorf("it is called %q", made.Name)
		}
		again, err := t.ExportSnapshot("new")
		if err != nil {
			test.Fatal(err)
		}
		if _, _, err := t.ImportSnapshot(test.Context(), "again", again, true); err != nil {
			test.Errorf("what was imported cannot be exported: %v", err)
		}
	})
}
