package orggen

// insurer is the organisation of the default fixtures: an insurer that writes
// its own software.
func insurer() profile {
	return profile{
		name: "insurer", text: "insurance and the software for it: claims, underwriting, customer care, data, engineering",
		short: "acme", tenant: "Acme Mutual", part: "Division", chief: "Chief Executive", machines: "IT",
		sources: insurerSources(),
		birthright: "ad.all-staff chat.everyone hr.self-service test.testwise-learner docs.intranet-reader itsm.request-portal fin.expense-claimant " +
			"door.main-entrance",
		managerAccess: "ad.people-managers hr.team-manager hr.absence-approver hr.appraisal-editor hr.hiring-approver fin.expense-approver fin.cost-center-viewer " +
			"test.test-results-manager itsm.access-approver bi.team-dashboard-viewer docs.manager-handbook-reader chat.managers",
		officeAccess: "door.office door.car-park door.gym",
		departments:  insurerDepartments(),
		families:     insurerFamilies(),
		crews:        insurerCrews(),
		roles:        insurerRoles(),
		people:       insurerPeople(),
		words:        insurerWords(),
		documented: map[string]string{
			"ad.data-platform-users":   "entId1",
			"test.test-data-workbench": "entId2",
			"ds.feature-store-writer":  "2c91808a7624751a01762f19d665220d",
			"ds.experiment-reader":     "2c91808a7624751a01762f19d67c220e",
			"code.launchertest2":       "2c9180877212632a017228d5a796292c",
			"docs.app-entitlement-1":   "2c91808a7e95e6e0017e96e2086206c8",
		},
		named: map[string][2]string{
			"code.launchertest2":     {"LauncherTest2", "Second launcher of the device test rig"},
			"docs.app-entitlement-1": {"App.entitlement.1", "Entitlement 1"},
			"bi.reporter":            {"reporter", "Builds and shares reports"},
		},
		extraTail: "code.launchertest2 docs.app-entitlement-1",
		sessions:  insurerSessions(),
	}
}

// insurerSources has two ids that the examples of the API's documents use.
func insurerSources() []source {
	return []source{
		{key: "ad", name: "AD Corporate", description: "Directory of all staff and most servers", activity: "complete", attribute: "memberOf", style: group, kind: directory, use: 98, owner: "Directory Services",
			tail: "print-color project-atlas project-juniper project-quill vpn-partner share-archive share-legal share-media kiosk", verbs: "users owners readers"},
		{key: "adlab", name: "AD Research Forest", description: "Separate directory of the research machines", attribute: "memberOf", style: group, kind: directory,
			tail: "lab-cluster lab-storage lab-licence", verbs: "users owners readers"},
		{key: "ds", id: "2c9180877620c1460176267f336a106f", name: "DataScienceDataset", description: "Curated data sets for analysis and modelling", activity: "complete", attribute: "groups", style: underlined, use: 60, owner: "Data Office", only: "Data & Analytics",
			tail: "churn telematics weather geodata fraud-labels", verbs: "reader writer"},
		{key: "test", name: "Testwise Learning", description: "Courses and yearly tests, with the sandbox for course authors", activity: "complete", attribute: "roles", style: titled, use: 62, owner: "Learning",
			tail: "test-course test-exam test-certificate", verbs: "author reviewer observer"},
		{key: "chat", id: "2c9180877212632a017228d5a796292b", name: "Slackline", description: "Chat and calls", activity: "complete", attribute: "groups", style: lower, kind: chat, use: 97,
			tail: "channel-launches channel-incidents channel-alumni guest-access workflow", verbs: "member admin"},
		{key: "hr", name: "Harbor HR", description: "People records, time and pay", activity: "complete", attribute: "securityGroups", style: titled, use: 85, owner: "HR Systems",
			tail: "absence survey succession training-budget relocation", verbs: "viewer editor approver"},
		{key: "crm", name: "Beacon CRM", description: "Customers, brokers and sales", activity: "complete", attribute: "permissionSets", style: titled, use: 25, owner: "Sales Operations",
			tail: "account contact territory partner-portal contract-renewal quote-template", verbs: "viewer editor exporter admin"},
		{key: "itsm", name: "Ticketwell", description: "Service desk, changes and assets", activity: "complete", attribute: "roles", style: titled, use: 45, owner: "Service Desk",
			tail: "asset vendor knowledge survey problem", verbs: "viewer editor admin"},
		{key: "code", name: "Codeharbor", description: "Source code and build pipelines", activity: "complete", attribute: "teams", style: lower, kind: code, use: 20, owner: "Engineering Tools",
			tail: "docs-site design-system legacy-portal billing-core batch-jobs partner-sdk feature-flags", verbs: "read write maintain"},
		{key: "cloud", name: "Nimbus Cloud", description: "Cloud accounts", activity: "notComplete", attribute: "roles", style: lower, use: 20, owner: "Cloud Platform",
			tail: "billing archive-bucket network-lab log-search secrets edge-cache", verbs: "viewer editor admin"},
		{key: "fin", name: "Ledgerline", description: "General ledger, payables and planning", activity: "complete", attribute: "responsibilities", style: titled, use: 40, owner: "Finance Systems",
			tail: "budget cost-center purchase-order travel-claim tax-return lease", verbs: "viewer editor approver"},
		{key: "claims", name: "Claimstone", description: "Claims from first notice to payment", activity: "complete", attribute: "roles", style: titled, use: 20, owner: "Claims Systems",
			tail: "catastrophe subrogation litigation salvage recovery", verbs: "viewer editor approver"},
		{key: "uw", name: "Quotient", description: "Rating, quotes and policies", activity: "notComplete", attribute: "roles", style: titled, use: 20, owner: "Underwriting Systems",
			tail: "reinsurance treaty fleet marine rating-table", verbs: "viewer editor approver"},
		{key: "bi", name: "Lumen Analytics", description: "Reports and dashboards", activity: "complete", attribute: "groups", style: lower, use: 30, owner: "Business Intelligence",
			tail: "sales-dashboard claims-dashboard people-dashboard board-pack data-catalog", verbs: "viewer author"},
		{key: "pam", name: "Vaultgate", description: "Privileged sessions and shared secrets", attribute: "safes", style: underlined, owner: "Identity & Access",
			tail: "break-glass vendor-access root-keys kiosk-accounts", verbs: "user approver"},
		{key: "docs", name: "Atlas Documents", description: "Documents and team sites", activity: "notComplete", attribute: "groups", style: titled, use: 70,
			tail: "policy-library brand-library contract-archive board-papers project-site", verbs: "reader contributor owner"},
		{key: "door", name: "Doorward", description: "Badges for buildings and rooms", attribute: "zones", style: titled, kind: doors, owner: "Facilities"},
	}
}

func insurerDepartments() []department {
	return []department{
		{"IT", "ad.it-staff itsm.change-viewer docs.it-runbooks-reader"},
		{"Engineering", "ad.engineering-staff code.monorepo-read chat.engineering"},
		{"Data & Analytics", "ad.data-platform-users test.test-data-workbench ds.catalog-reader"},
		{"Finance", "ad.finance-staff fin.ledger-viewer docs.finance-site-contributor"},
		{"Claims", "ad.claims-staff claims.claim-viewer docs.claims-manual-reader"},
		{"Underwriting", "ad.underwriting-staff uw.policy-viewer docs.underwriting-guide-reader"},
		{"Sales", "ad.sales-staff crm.pipeline-viewer chat.sales-floor"},
		{"Customer Care", "ad.care-staff crm.case-viewer docs.care-scripts-reader"},
		{"Marketing", "ad.marketing-staff docs.brand-studio-contributor chat.marketing"},
		{"Human Resources", "ad.hr-staff hr.people-viewer docs.hr-site-contributor"},
		{"Legal & Risk", "ad.legal-staff docs.legal-site-contributor docs.policy-register-reader"},
		{"Operations", "ad.operations-staff itsm.facility-viewer"},
		{"Executive", "ad.executive-staff docs.board-site-reader bi.executive-dashboard"},
		{"Consulting", ""},
	}
}

// insurerCrews are people of several departments with one task.
func insurerCrews() []crew {
	return []crew{
		{"Project Juniper", 38, "Claims Adjusting; Field Sales; Personal Lines Underwriting; Backend Engineering; General Accounting", "",
			"ad.project-juniper code.juniper-migration-write cloud.juniper-account-editor itsm.juniper-board-editor docs.juniper-site-contributor chat.juniper " +
				"bi.juniper-burndown-viewer claims.cutover-editor uw.cutover-editor fin.cutover-poster crm.cutover-exporter pam.juniper-migration test.juniper-training-author"},
		{"Denver Site Team", 27, "Contact Centre; Claims Intake; Claims Adjusting", "Denver",
			"ad.denver-wardens door.denver-stairwells door.denver-server-room door.denver-loading-dock itsm.denver-incident-editor docs.denver-evacuation-plan-contributor chat.denver-site"},
	}
}

// insurerRoles overlap with what mining finds to every degree, so that
// freshness runs from 0 to 100.
func insurerRoles() []known {
	const everybody = "ad.all-staff chat.everyone hr.self-service test.testwise-learner docs.intranet-reader itsm.request-portal fin.expense-claimant door.main-entrance"
	return []known{
		{name: "Employee Birthright", text: "What everybody holds from the first day", extra: everybody, common: true},
		{name: "People Manager", text: "Approvals and team records for managers", profiles: true,
			extra: "ad.people-managers hr.team-manager hr.absence-approver hr.appraisal-editor fin.expense-approver test.test-results-manager docs.manager-handbook-reader"},
		{name: "Contact Centre Agent", text: "All access of a care agent", family: "Contact Centre", first: 12, department: true, profiles: true},
		{name: "Claims Adjuster", text: "Standard access of an adjuster", family: "Claims Adjusting", first: 6, department: true, profiles: true},
		{name: "Claims Intake", text: "First notice of loss", family: "Claims Intake", first: 5, department: true},
		{name: "Data Scientist", text: "Modelling on curated data", family: "Data Science", first: 10, department: true, profiles: true},
		{name: "Data Engineer (old)", text: "As agreed before the lake moved", family: "Data Engineering", first: 3},
		{name: "BI Developer", text: "Workspaces and reports", family: "Business Intelligence", first: 4, extra: "bi.reporter"},
		{name: "Database Administrator", text: "Production databases", family: "Database Engineering", first: 9, department: true},
		{name: "Personal Lines Underwriter", text: "Quotes and policies for households", family: "Personal Lines Underwriting", first: 10, department: true, profiles: true},
		{name: "Commercial Underwriter", text: "Quotes and policies for businesses", family: "Commercial Underwriting", first: 5},
		{name: "Field Seller", text: "Pipeline and quotes", family: "Field Sales", first: 5, department: true},
		{name: "Software Engineer", text: "Build and run services", family: "Backend Engineering", first: 18, department: true, profiles: true},
		{name: "Service Desk Analyst", text: "Tickets and workstations", family: "Service Desk", first: 12, department: true},
		{name: "Finance Base", text: "Read access to the ledger", family: "General Accounting", first: 1, department: true},
		{name: "HR Partner", text: "Personnel files and job changes", family: "HR Partners", first: 5, department: true, profiles: true},
		{name: "Reporting Users", text: "Everybody who builds reports", extra: "bi.reporter bi.data-catalog-viewer"},
		{name: "Lab Machines", text: "The research cluster", extra: "adlab.lab-cluster-users adlab.lab-storage-readers adlab.lab-licence-users"},
	}
}

// The people whom the examples, the OAuth clients or the sessions name.
const (
	administrator     = "2c9180907b1f3a52017b2d6e40c10a77"
	roleAdministrator = "2c9180907b1f3a52017b2d6e40c10b12"
	readOnlyUser      = "2c918090761a5aac0176215c46a62d58"
)

func insurerPeople() []person {
	return []person{
		{id: administrator, first: "Quintin", last: "Mercer", family: "Identity & Access", office: "Miami", job: "Identity Engineer"},
		{id: roleAdministrator, first: "Lena", last: "Okonkwo", family: "Identity & Access", office: "Austin", job: "Identity Analyst"},
		{id: readOnlyUser, first: "Ashley", last: "Pierce", family: "Data Science", office: "Miami", job: "Data Scientist"},
		{id: "2c918090761a5aac01722015c46a62d42", first: "Marisol", last: "Vega", family: "Data Science", office: "Miami", job: "Senior Data Scientist"},
		{id: "2c9180877212632a017228d5934525e6", first: "Allene", last: "Abernathy-Welch", family: "Database Engineering", office: "NYC", job: "SQL Developer"},
		{id: "2c918089762475180176267f894b54dc", first: "Kirk", last: "Koepp", email: "kirk.koepp@testmail.identitynow.com",
			family: "Data Engineering", office: "Miami", job: "Data Engineer", usage: map[string]int{"ds": 25}},
		{id: "2b568c65bc3c4c57a43bd97e3a8e41", first: "Rosalind", last: "Achebe", family: "General Accounting", office: "NYC", job: "Accounting Manager", manages: true},
		{first: "Amanda", last: "Ross", family: "Contact Centre", office: "Austin", job: "Care Team Manager", manages: true},
	}
}
