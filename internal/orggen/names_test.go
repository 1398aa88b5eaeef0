package orggen_test

import (
	"regexp"
	"strings"
	"testing"

	"mockserver/internal/orggen"
)

// Names and descriptions are spelt as the people who work there would.
func TestSpelling(t *testing.T) {
	t.Parallel()
	wrong := regexp.MustCompile(`(?:^|[ -])(?:Api|Bi|Cdn|Crm|Erp|Gpu|Hr|It|Itsm|Ml|Nyc|Sdk|Sql|Vpn)(?:$|[ -])|(?:x|z|ch|sh|data|[^aeiou]y)s\b|  |Owner: .*Owner: `)
	for _, profile := range orggen.Profiles() {
		t.Run(profile.Name, func(t *testing.T) {
			t.Parallel()
			for _, e := range load(t, generate(t, orggen.Options{Identities: 1200, Seed: 5, Profile: profile.Name})).Entitlements {
				if wrong.MatchString(e.Name) || e.Description != nil && wrong.MatchString(*e.Description) {
					t.Errorf("%s: %s", e.Name, *e.Description)
				}
			}
		})
	}
}

func TestDescriptions(t *testing.T) {
	t.Parallel()
	want := map[string]string{
		"GG-BI-Developers":     "All BI developers",
		"GG-IT-Staff":          "All IT staff",
		"GG-HR-Partners":       "All HR partners",
		"GG-VPN-Partner-Users": "May use the VPN for partners",
		"NYC Office":           "Badge for the NYC office",
		"NYC Car Park":         "Badge for the NYC car park",
		"IT Runbooks Reader":   "Read IT runbooks in Atlas Documents",
		"Policy Editor":        "Create and change policies in Quotient",
		"Org Chart Editor":     "Change the org chart in Harbor HR",
		"FEATURE_STORE_WRITER": "Write the feature store in DataScienceDataset",
		"Austin Office D2":     "Badge for the Austin office, division 2",
		"Claim Editor D2":      "Create and change claims in Claimstone, division 2",
	}
	for _, e := range load(t, generate(t, orggen.Options{Identities: 3600, Seed: 5})).Entitlements {
		expected, listed := want[e.Name]
		if !listed {
			continue
		}
		if e.Description != nil && *e.Description != expected && !strings.HasPrefix(*e.Description, expected+". Owner: ") {
			t.Errorf("%s: %q, want %q", e.Name, *e.Description, expected)
		}
		delete(want, e.Name)
	}
	if len(want) > 0 {
		t.Errorf("there is nothing called so: %v", want)
	}
}

// Machines have a place in the organisation, too, but not among the people.
func TestServiceAccounts(t *testing.T) {
	t.Parallel()
	for n, boss := range map[int]string{1200: "Head of IT", 100: "Chief Executive"} {
		ds := load(t, generate(t, orggen.Options{Identities: n, Seed: 5}))
		titles := map[string]string{}
		for _, x := range ds.Identities.All() {
			titles[x.ID] = x.Attributes["jobTitle"]
		}
		found := 0
		for _, x := range ds.Identities.All() {
			if strings.HasPrefix(x.Name, "svc.") != (x.Attributes["department"] == "IT Operations") {
				t.Errorf("%s is in %q", x.Name, x.Attributes["department"])
			}
			if !strings.HasPrefix(x.Name, "svc.") {
				continue
			}
			found++
			if x.Attributes["jobTitle"] != "Service Account" || x.Attributes["employeeType"] != "Service" || titles[x.ManagerID] != boss {
				t.Errorf("%d identities: %s reports to the %s: %v", n, x.Name, titles[x.ManagerID], x.Attributes)
			}
		}
		if found == 0 {
			t.Errorf("%d identities: no service accounts", n)
		}
	}
}
