package app_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"mockserver/internal/app/apptest"
	"mockserver/internal/config"
	"mockserver/internal/seed"
)

// What only mining finds wrong is reported for all sessions together, each at
// its place in the file and in the words of the file.
func TestProblemsOfAllSessions(t *testing.T) {
	t.Parallel()
	role := `"minNumIdentitiesInPotentialRole":2,"scope":{"criteria":"name:a OR name:b"},"roles":[{"rank":0,"type":"COMMON","id":"r-%d"%s}]`
	sessions := []struct{ more, pointer, rule string }{
		{`"scope":{"criteria":"shoeSize:43"}`, "/scope/criteria", "cannot be used: "},
		{`"name":"fine"`, "", ""},
		{`"scope":{"attributeFilterCriteria":[{"data":{"name":"shoeSize","operator":"EQUALS","values":["43"]}}]}`, "/scope/attributeFilterCriteria", `data.name "shoeSize" is not an identity attribute`},
		{`"roles":[{"rank":0,"type":"COMMON"}],"scope":{"identityIds":["i3"]}`, "/roles", "mining found no COMMON role of rank 0"},
		{fmt.Sprintf(role, 4, `,"excludedEntitlements":["e2"]`), "/roles", `the potential role has no entitlement with the id "e2", named in excludedEntitlements`},
		{fmt.Sprintf(role, 5, ""), "", ""},
		{`"scope":{"attributeFilterCriteria":[{"data":{"name":"name","operator":"EQUALS","values":[]}}]}`, "/scope/attributeFilterCriteria", "an element needs an object data"},
	}
	var records []string
	for i, s := range sessions {
		records = append(records, fmt.Sprintf(`{"id":"session-%d","type":"COMMON","scopingMethod":"MANUAL","createdDate":"2026-01-02T03:04:05Z",%s}`, i, s.more))
	}
	dir := apptest.FixturesDir(t, tiny(map[string]string{
		seed.SessionsFile: "[" + strings.Join(records, ",") + "]",
		seed.EntitlementsFile: `[{"id":"e1","name":"Pay","attribute":"roles","value":"p","source":"s1"},
			{"id":"e2","name":"Hire","attribute":"roles","value":"h","source":"s1"}]`,
	}))
	_, err := newApp(t, func(c *config.Config) { c.Fixtures = dir })
	var invalid *seed.Error
	if !errors.As(err, &invalid) {
		t.Fatalf("error %v, want a *seed.Error", err)
	}
	got := invalid.Problems
	for i, s := range sessions {
		if s.pointer == "" {
			continue
		}
		if len(got) == 0 {
			t.Fatalf("no problem of session %d in %v", i, err)
		}
		p := got[0]
		got = got[1:]
		if p.File != seed.SessionsFile || p.Pointer != fmt.Sprintf("/%d%s", i, s.pointer) || !strings.Contains(p.Rule, s.rule) {
			t.Errorf("session %d: %s; want %s: ... %s", i, p, s.pointer, s.rule)
		}
		for _, word := range []string{"scope.", "named in ids", "session-"} {
			if strings.Contains(p.Rule, word) {
				t.Errorf("session %d: %q has words that are not the file's", i, p.Rule)
			}
		}
	}
	if len(got) > 0 || invalid.Count != 5 {
		t.Errorf("%d problems, want 5: %v", invalid.Count, err)
	}
}
