package orggen

// source is a system of the catalogue.
type source struct {
	key, id     string // id "" for a generated one
	name        string
	description string
	activity    string // "complete", "notComplete" or ""
	attribute   string // the account attribute of its entitlements
	style       style
	tail        string // objects of the entitlements that few hold
	verbs       string // what is done to them
}

// style says how a source writes the names of its entitlements.
type style int

const (
	titled     style = iota // "Claim Editor"
	group                   // "GG-Claim-Editor", a distinguished name
	lower                   // "claim-editor"
	underlined              // "CLAIM_EDITOR"
)

// sources are the systems of the organisation. The ids of two are those that
// the examples of the API's documents use.
func sources() []source {
	return []source{
		{key: "ad", name: "AD Corporate", description: "Directory of all staff and most servers", activity: "complete", attribute: "memberOf", style: group,
			tail: "print-color project-atlas project-juniper project-quill vpn-partner share-archive share-legal share-media kiosk", verbs: "users owners readers"},
		{key: "adlab", name: "AD Research Forest", description: "Separate directory of the research machines", attribute: "memberOf", style: group,
			tail: "lab-cluster lab-storage lab-licence", verbs: "users owners readers"},
		{key: "ds", id: "2c9180877620c1460176267f336a106f", name: "DataScienceDataset", description: "Curated data sets for analysis and modelling", activity: "complete", attribute: "groups", style: underlined,
			tail: "churn telematics weather geodata fraud-labels", verbs: "reader writer"},
		{key: "test", name: "Testwise Learning", description: "Courses and yearly tests, with the sandbox for course authors", attribute: "roles", style: titled,
			tail: "test-course test-exam test-certificate", verbs: "author reviewer observer"},
		{key: "chat", id: "2c9180877212632a017228d5a796292b", name: "Slackline", description: "Chat and calls", activity: "complete", attribute: "groups", style: lower,
			tail: "channel-launches channel-incidents channel-alumni guest-access workflow", verbs: "member admin"},
		{key: "hr", name: "Harbor HR", description: "People records, time and pay", activity: "complete", attribute: "securityGroups", style: titled,
			tail: "absence survey succession training-budget relocation", verbs: "viewer editor approver"},
		{key: "crm", name: "Beacon CRM", description: "Customers, brokers and sales", activity: "complete", attribute: "permissionSets", style: titled,
			tail: "account contact territory partner-portal contract-renewal quote-template", verbs: "viewer editor exporter admin"},
		{key: "itsm", name: "Ticketwell", description: "Service desk, changes and assets", activity: "complete", attribute: "roles", style: titled,
			tail: "asset vendor knowledge survey problem", verbs: "viewer editor admin"},
		{key: "code", name: "Codeharbor", description: "Source code and build pipelines", activity: "complete", attribute: "teams", style: lower,
			tail: "docs-site design-system legacy-portal billing-core batch-jobs partner-sdk feature-flags", verbs: "read write maintain"},
		{key: "cloud", name: "Nimbus Cloud", description: "Cloud accounts", activity: "notComplete", attribute: "roles", style: lower,
			tail: "billing archive-bucket network-lab log-search secrets edge-cache", verbs: "viewer editor admin"},
		{key: "fin", name: "Ledgerline", description: "General ledger, payables and planning", activity: "complete", attribute: "responsibilities", style: titled,
			tail: "budget cost-center purchase-order travel-claim tax-return lease", verbs: "viewer editor approver"},
		{key: "claims", name: "Claimstone", description: "Claims from first notice to payment", activity: "complete", attribute: "roles", style: titled,
			tail: "catastrophe subrogation litigation salvage recovery", verbs: "viewer editor approver"},
		{key: "uw", name: "Quotient", description: "Rating, quotes and policies", activity: "notComplete", attribute: "roles", style: titled,
			tail: "reinsurance treaty fleet marine rating-table", verbs: "viewer editor approver"},
		{key: "bi", name: "Lumen Analytics", description: "Reports and dashboards", activity: "complete", attribute: "groups", style: lower,
			tail: "sales-dashboard claims-dashboard people-dashboard board-pack data-catalog", verbs: "viewer author"},
		{key: "pam", name: "Vaultgate", description: "Privileged sessions and shared secrets", attribute: "safes", style: underlined,
			tail: "break-glass vendor-access root-keys kiosk-accounts", verbs: "user approver"},
		{key: "docs", name: "Atlas Documents", description: "Documents and team sites", activity: "notComplete", attribute: "groups", style: titled,
			tail: "policy-library brand-library contract-archive board-papers project-site", verbs: "reader contributor owner"},
		{key: "door", name: "Doorward", description: "Badges for buildings and rooms", attribute: "zones", style: titled},
	}
}

// birthright is what almost everybody holds.
const birthright = "ad.all-staff chat.everyone hr.self-service test.testwise-learner docs.intranet-reader itsm.request-portal fin.expense-claimant door.main-entrance"

// managerAccess is what people who manage others hold on top.
const managerAccess = "hr.team-manager fin.expense-approver test.test-results-manager"

// documented are entitlements whose ids the examples of the API's documents
// use, by key.
func documented() map[string]string {
	return map[string]string{
		"ad.data-platform-users":   "entId1",
		"test.test-data-workbench": "entId2",
		"ds.feature-store-writer":  "2c91808a7624751a01762f19d665220d",
		"ds.experiment-reader":     "2c91808a7624751a01762f19d67c220e",
		"code.launchertest2":       "2c9180877212632a017228d5a796292c",
		"docs.app-entitlement-1":   "2c91808a7e95e6e0017e96e2086206c8",
	}
}

// named are the entitlements whose names their source's style does not give.
func named() map[string][2]string {
	return map[string][2]string{
		"code.launchertest2":     {"LauncherTest2", "Second launcher of the device test rig"},
		"docs.app-entitlement-1": {"App.entitlement.1", "Entitlement 1"},
		"bi.reporter":            {"reporter", "Builds and shares reports"},
	}
}

// extraTail are entitlements of the long tail beside those of the sources.
const extraTail = "code.launchertest2 docs.app-entitlement-1"
