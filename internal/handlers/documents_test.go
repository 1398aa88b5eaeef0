package handlers_test

import (
	"net/http"
	"testing"
)

// TestDocumentedQueries sends the documents' own examples of filters, sorters and
// ids. Each finds something in the default organisation.
func TestDocumentedQueries(t *testing.T) {
	t.Parallel()
	const entitled = "62f28d91-7d9f-4d17-be15-666d5b41d77f"
	s := start(t, nil)
	summaries := sessions + "/" + autoSession + "/potential-role-summaries"
	for _, tt := range []struct {
		path  string
		query []string
	}{
		{sessions, []string{"filters", `saved eq "true" and name sw "RM Session"`, "sorters", "createdBy,createdDate", "count", "true", "limit", "250", "offset", "0"}},
		{summaries, []string{"filters", `(createdByName co "int")and (createdById sw "2c9180907")and (type eq "COMMON")and ((name co "entt")or (saved eq true))`, "sorters", "createdDate"}},
		{roles, []string{"filters", `(createdByName co "int") and (createdById sw "2c9180907") and (type eq "COMMON") and ((name co "entt") or (saved eq true))`, "sorters", "createdDate"}},
		{summaries + "/" + entitled + "/applications", []string{"filters", `applicationName sw "test"`}},
		{summaries + "/" + entitled + "/entitlements", []string{"filters", `entitlementRef.name sw "test"`}},
		{firstPath + "/entitlement-popularities", []string{"includeCommonAccess", "true", "sorters", "popularity", "filters", `applicationName sw "AD"`}},
		{firstPath + "/excluded-entitlements", []string{"sorters", "populariity", "filters", `applicationName sw "AD"`}},
		{firstPath + "/identities", []string{"sorters", "name", "filters", `name sw "J"`}},
		{roles + "/saved", []string{"sorters", "modified"}},
		{roles + "/" + savedRole + "/sources/" + dataSource + "/identityUsage", []string{"sorters", "-usageCount"}},
	} {
		if got := list(s, tt.path, tt.query...); got.Status != 200 || got.Len() == 0 {
			t.Errorf("%s %q: %d %.300s", tt.path, tt.query, got.Status, got.Body)
		}
	}
	for _, path := range []string{
		sessions + "/" + autoSession, sessions + "/" + autoSession + "/status", summaries + "/" + firstRole, roles + "/" + firstRole,
		firstPath + "/entitlement-popularity-distribution", firstPath + "/export", exportPath + "/" + doneExport, exportPath + "/" + doneExport + "/download",
	} {
		s.Get(path)
	}
}

// TestDocumentedSessions creates sessions with the documents' own bodies and
// criteria. Each has identities to mine.
func TestDocumentedSessions(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	ids := `"identityIds":["2c918090761a5aac0176215c46a62d58","2c918090761a5aac01722015c46a62d42"]`
	criteria := func(text string) string { return `{"scope":{"criteria":"` + text + `"}}` }
	for _, tt := range []struct {
		body  string
		roles bool // it finds potential roles
	}{
		// The example of RoleMiningSessionDto: the filter in an array.
		{`{"scope":{"identityIds":[],"criteria":"source.name:DataScienceDataset","attributeFilterCriteria":[` + miamiFilter + `]},` +
			`"pruneThreshold":50,"prescribedPruneThreshold":10,"minNumIdentitiesInPotentialRole":20,"potentialRoleCount":0,"potentialRolesReadyCount":0,` +
			`"type":"SPECIALIZED","emailRecipientId":"2c918090761a5aac0176215c46a62d58","identityCount":0,"saved":true,"name":"Saved RM Session - 07/10"}`, true},
		// The example of RoleMiningSessionScope: an object instead of the array.
		{`{"scope":{` + ids + `,"criteria":"source.name:DataScienceDataset","attributeFilterCriteria":` + miamiFilter + `},"minNumIdentitiesInPotentialRole":20}`, true},
		// What generated clients send: all fields, the computed ones too, an object, and no criteria.
		{`{"emailRecipientId":"2c918090761a5aac0176215c46a62d58","prescribedPruneThreshold":10,"pruneThreshold":50,"saved":true,"potentialRolesReadyCount":0,` +
			`"scope":{"identityIds":[],"criteria":"","attributeFilterCriteria":` + miamiFilter + `},"identityCount":0,"name":"Saved RM Session - 07/10",` +
			`"minNumIdentitiesInPotentialRole":20,"potentialRoleCount":0,"type":"SPECIALIZED"}`, true},
		{`{"scope":{` + ids + `},"minNumIdentitiesInPotentialRole":1}`, true},
		{criteria("source.name:DataScienceDataset"), true},
		{criteria("name:a*"), false}, // people of every kind, who share little
		{criteria("attributes.location:austin AND NOT manager.name:amanda.ross"), true},
		{criteria(`@access(name: (\"reporter\"))`), false},
		{criteria("@access(id:entId1 OR id:entId2) AND @access(id:entId1)"), true},
	} {
		created := status(t, tt.body, s.Do(http.MethodPost, sessions, tt.body), 201)
		s.Settle()
		got := s.Get(sessions + "/" + created.Text("id"))
		if got.Value("identityCount") == 0.0 || got.Text("status", "state") != "POTENTIAL_ROLES_CREATED" || tt.roles && got.Value("potentialRoleCount") == 0.0 {
			t.Errorf("%s: %s", tt.body, got.Body)
		}
		if given := created.Value("scope", "criteria"); got.Value("scope", "criteria") != given {
			t.Errorf("%s: criteria %v", tt.body, got.Value("scope", "criteria"))
		}
	}
}
