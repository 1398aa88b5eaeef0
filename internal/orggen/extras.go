package orggen

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"mockserver/internal/rolemining"
)

// known is a role that the organisation has already.
type known struct {
	name, text string
	family     string // whose first entitlements it grants, "" for none
	first      int
	department bool   // grants what the department owns as well
	extra      string // further entitlements
	profiles   bool   // grants them through access profiles
	common     bool
}

// roles overlap with what mining finds to every degree, so that freshness
// runs from 0 to 100.
func roles() []known {
	return []known{
		{name: "Employee Birthright", text: "What everybody holds from the first day", extra: birthright, common: true},
		{name: "People Manager", text: "Approvals and team records for managers", extra: managerAccess, profiles: true},
		{name: "Contact Centre Agent", text: "All access of a care agent", family: "Contact Centre", first: 8, department: true, profiles: true},
		{name: "Claims Adjuster", text: "Standard access of an adjuster", family: "Claims Adjusting", first: 6, department: true, profiles: true},
		{name: "Claims Intake", text: "First notice of loss", family: "Claims Intake", first: 7, department: true},
		{name: "Data Scientist", text: "Modelling on curated data", family: "Data Science", first: 6, department: true, profiles: true},
		{name: "Data Engineer (old)", text: "As agreed before the lake moved", family: "Data Engineering", first: 3},
		{name: "BI Developer", text: "Workspaces and reports", family: "Business Intelligence", first: 4, extra: "bi.reporter"},
		{name: "Database Administrator", text: "Production databases", family: "Database Engineering", first: 8, department: true},
		{name: "Personal Lines Underwriter", text: "Quotes and policies for households", family: "Personal Lines Underwriting", first: 8, department: true, profiles: true},
		{name: "Commercial Underwriter", text: "Quotes and policies for businesses", family: "Commercial Underwriting", first: 5},
		{name: "Field Seller", text: "Pipeline and quotes", family: "Field Sales", first: 5, department: true},
		{name: "Software Engineer", text: "Build and run services", family: "Backend Engineering", first: 7, department: true, profiles: true},
		{name: "Service Desk Analyst", text: "Tickets and workstations", family: "Service Desk", first: 8, department: true},
		{name: "Finance Base", text: "Read access to the ledger", family: "General Accounting", first: 1, department: true},
		{name: "HR Partner", text: "Personnel files and job changes", family: "HR Partners", first: 5, department: true, profiles: true},
		{name: "Reporting Users", text: "Everybody who builds reports", extra: "bi.reporter bi.data-catalog-viewer"},
		{name: "Lab Machines", text: "The research cluster", extra: "adlab.lab-cluster-users adlab.lab-storage-readers adlab.lab-licence-users"},
	}
}

// existingRoles makes the roles whose families the organisation has.
func (p *plan) existingRoles() []rolemining.Role {
	var out []rolemining.Role
	for i, k := range roles() {
		var list []int
		owner := p.top
		if k.family != "" {
			at := slices.IndexFunc(p.groups, func(g cohort) bool { return g.name == k.family })
			if at < 0 {
				continue
			}
			g := &p.groups[at]
			owner = g.start
			list = append(list, g.core[:min(k.first, len(g.core))]...)
			if k.department {
				list = append(list, g.shared...)
			}
		}
		for _, key := range strings.Fields(k.extra) {
			if e, ok := p.accessAt[key]; ok && !slices.Contains(list, e) {
				list = append(list, e)
			}
		}
		ownerID := p.identityID(owner)
		r := rolemining.Role{
			ID: p.ids.Hex("role", int64(i)), Name: k.name, Description: &k.text, OwnerID: &ownerID, CommonAccess: k.common,
			CreatedAt: time.Date(2024, time.March, 4+i, 9, 30, 0, 0, time.UTC),
		}
		for _, e := range list {
			r.EntitlementIDs = append(r.EntitlementIDs, p.access[e].ID)
		}
		slices.Sort(r.EntitlementIDs)
		if k.profiles {
			r.AccessProfiles = p.profiles(r.Name, i, list)
		}
		out = append(out, r)
	}
	return out
}

// profiles bundles entitlements by source.
func (p *plan) profiles(role string, number int, list []int) []rolemining.AccessProfile {
	var out []rolemining.AccessProfile
	for s := range p.sources {
		a := rolemining.AccessProfile{
			ID: p.ids.Hex("profile", int64(number*100+s)), Name: role + " - " + p.sources[s].name, SourceID: p.sourceIDs[s],
		}
		for _, e := range list {
			if p.access[e].source == s {
				a.EntitlementIDs = append(a.EntitlementIDs, p.access[e].ID)
			}
		}
		if slices.Sort(a.EntitlementIDs); len(a.EntitlementIDs) > 0 {
			out = append(out, a)
		}
	}
	return out
}

// clients are for every right that the API asks for.
func (p *plan) clients() []rolemining.Client {
	user := func(id string) string {
		for _, s := range p.special {
			if s.id == id {
				return id
			}
		}
		return p.identityID(p.top)
	}
	return Clients(user(administrator), user(roleAdministrator), user(ashleyPierce))
}

// sessions are those of the examples in the API's documents, and one more.
func (p *plan) sessions() []rolemining.SeedSession {
	name, dataset, recipient := "RM Session - 07/10", "source.name:DataScienceDataset", ashleyPierce
	teams := "RM Session - Claims and Underwriting"
	seventy := 70
	text := func(s string) *string { return &s }
	return []rolemining.SeedSession{
		{
			ID: "8c190e67-87aa-4ed9-a90b-d9d5344523fb", Name: &name, Saved: true, Type: rolemining.Specialized, ScopingMethod: rolemining.AutoRM,
			Scope: rolemining.Scope{Criteria: &dataset}, PruneThreshold: &seventy, MinIdentities: 20, EmailRecipientID: &recipient,
			CreatedByID: administrator, CreatedAt: time.Date(2026, time.July, 10, 14, 11, 5, 348e6, time.UTC),
			Roles: []rolemining.SeedRole{
				{
					Rank: 0, Type: rolemining.Specialized, ID: "8c190e67-87aa-4ed9-a90b-d9d5344523fb",
					ExcludedIDs: []string{p.access[p.accessAt["adlab.research-cluster"]].ID},
				},
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
