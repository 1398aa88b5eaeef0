package orggen

import (
	"encoding/json"
	"strings"
	"time"

	"mockserver/internal/rolemining"
)

// insurerSessions are those of the examples in the API's documents, and one
// more.
func insurerSessions() []rolemining.SeedSession {
	name, dataset, recipient := "RM Session - 07/10", "source.name:DataScienceDataset", readOnlyUser
	teams := "RM Session - Claims and Underwriting"
	seventy := 70
	text := func(s string) *string { return &s }
	return []rolemining.SeedSession{
		{
			ID: "8c190e67-87aa-4ed9-a90b-d9d5344523fb", Name: &name, Saved: true, Type: rolemining.Specialized, ScopingMethod: rolemining.AutoRM,
			Scope: rolemining.Scope{Criteria: &dataset}, PruneThreshold: &seventy, MinIdentities: 20, EmailRecipientID: &recipient,
			CreatedByID: administrator, CreatedAt: time.Date(2026, time.July, 10, 14, 11, 5, 348e6, time.UTC),
			Roles: []rolemining.SeedRole{
				{Rank: 0, Type: rolemining.Specialized, ID: "8c190e67-87aa-4ed9-a90b-d9d5344523fb", ExcludedIDs: []string{"adlab.research-cluster"}},
				{Rank: 1, Type: rolemining.Specialized, ID: "e0cc5d7d-bf7f-4f81-b2af-8885b09d9923", Saved: true, Description: text("Pipelines and the warehouse")},
				{Rank: 2, Type: rolemining.Specialized, ID: "62f28d91-7d9f-4d17-be15-666d5b41d77f"},
				{Rank: 3, Type: rolemining.Specialized, ID: "278359a6-04b7-4669-9468-924cf580964a", ExportIDs: []string{"4940ffd4-836f-48a3-b2b0-6d498c3fdf40"}},
				{Rank: 0, Type: rolemining.Common, Saved: true, Name: "Data platform - common entitlements", Description: text("What all who work on the data platform hold")},
			},
		},
		{
			ID: "602ba738-cf48-499b-a780-7b67b3fc1ecf", Name: &teams, Saved: true, Type: rolemining.Specialized, ScopingMethod: rolemining.Manual,
			Scope: rolemining.Scope{AttributeFilterCriteria: []json.RawMessage{departmentFilter("Claims", "Underwriting")}}, MinIdentities: 20,
			CreatedByID: administrator, CreatedAt: time.Date(2026, time.September, 8, 16, 11, 5, 348e6, time.UTC),
		},
	}
}

// departmentFilter is an attribute filter as the product's pages send it.
func departmentFilter(values ...string) json.RawMessage {
	label := "Department: " + strings.Join(values, ", ")
	type text struct {
		Untranslated string `json:"untranslated"`
	}
	raw, err := json.Marshal(map[string]any{
		"displayName": text{label},
		"ariaLabel":   text{label},
		"data": map[string]any{
			"displayName": map[string]string{"translateKey": "IDN.IDENTITY_ATTRIBUTES.DEPARTMENT"},
			"name":        "department", "operator": "EQUALS", "values": values,
		},
	})
	if err != nil {
		panic(err) // texts and lists of texts can always be written
	}
	return raw
}
