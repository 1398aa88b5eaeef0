package orggen

func bank() profile {
	return profile{
		name: "bank", text: "a bank: branches, lending, markets, payments, financial crime, and its technology",
		short: "larkfield", tenant: "Larkfield Bank", part: "Region", chief: "Chief Executive", machines: "Technology",
		sources:    bankSources(),
		birthright: "ad.all-staff chat.everyone hr.self-service learn.conduct-training docs.intranet-reader itsm.request-portal fin.expense-claimant door.main-entrance",
		managerAccess: "ad.people-leaders hr.team-manager hr.leave-approver hr.appraisal-editor hr.pay-review-editor fin.expense-approver fin.cost-center-viewer itsm.access-approver " +
			"bi.team-dashboard-viewer learn.certification-record-viewer docs.leader-handbook-reader chat.people-leaders crime.conduct-attestation-signer",
		officeAccess: "door.office door.bike-store door.quiet-rooms",
		departments:  bankDepartments(),
		families:     bankFamilies(),
		crews: []crew{
			{"Project Tamarind", 40, "Branch Advice; Loan Servicing; Core Banking Engineering; Payment Operations; Financial Reporting", "",
				"ad.project-tamarind core.migration-batch-operator core.parallel-ledger-viewer code.tamarind-write cloud.tamarind-account-editor docs.tamarind-site-contributor chat.tamarind " +
					"bi.tamarind-progress-viewer itsm.tamarind-defect-editor pam.tamarind-secrets loan.migration-check-editor pay.replay-operator learn.tamarind-course-author"},
			{"Leeds Safety Wardens", 27, "Contact Centre; Loan Servicing; Collections", "Leeds",
				"ad.leeds-wardens door.leeds-roof door.leeds-plant-rooms door.leeds-archive itsm.leeds-incident-editor docs.leeds-evacuation-plan-contributor chat.leeds-site learn.leeds-drill-author"},
		},
		roles:  bankRoles(),
		people: namedPeople("Identity & Access", "London", "Data Science", "London"),
		words:  bankWords(),
	}
}

func bankSources() []source {
	return []source{
		{key: "ad", name: "Harrow Directory", description: "Directory of all staff", activity: "complete", attribute: "memberOf", style: group, kind: directory, use: 98, owner: "Directory Services",
			tail: "share-legal share-deals share-media vpn-partner project-rowan project-birch print-color", verbs: "users owners readers"},
		{key: "chat", name: "Murmur", description: "Messages and calls, recorded where the law asks for it", activity: "complete", attribute: "groups", style: lower, kind: chat, use: 96,
			tail: "channel-launches channel-alumni channel-incidents guest-access", verbs: "member admin"},
		{key: "core", name: "Keystone Accounts", description: "Accounts and their ledger", activity: "complete", attribute: "roles", style: underlined, use: 25, owner: "Core Banking",
			tail: "dormant-account fee-waiver rate-table product-switch", verbs: "viewer editor approver"},
		{key: "loan", name: "Loanloom", description: "Loans from application to repayment", activity: "complete", attribute: "roles", style: titled, use: 20, owner: "Lending Systems",
			tail: "guarantee bridge-loan valuation-panel broker-fee", verbs: "viewer editor approver"},
		{key: "pay", name: "Settlegate", description: "Payments in and out", activity: "complete", attribute: "roles", style: titled, use: 15, owner: "Payments Systems",
			tail: "recall investigation cut-off nostro", verbs: "viewer editor releaser"},
		{key: "card", name: "Cardhouse", description: "Cards and their disputes", activity: "complete", attribute: "roles", style: titled, use: 20, owner: "Cards Systems",
			tail: "chargeback limit-change stock-card", verbs: "viewer editor approver"},
		{key: "mkt", name: "Tradeslate", description: "Trades, positions and limits", activity: "complete", attribute: "desks", style: titled, use: 35, owner: "Markets Systems", only: "Markets",
			tail: "basket broker-note repo counterparty", verbs: "viewer editor approver"},
		{key: "crime", name: "Sentrylist", description: "Screening, alerts and reports of suspicion", activity: "complete", attribute: "roles", style: titled, use: 35, owner: "Financial Crime",
			tail: "sanction-hit peer-review typology", verbs: "viewer editor approver"},
		{key: "crm", name: "Lantern CRM", description: "Customers and their affairs", activity: "complete", attribute: "permissionSets", style: titled, use: 30, owner: "Customer Systems",
			tail: "household mandate complaint event", verbs: "viewer editor exporter"},
		{key: "hr", name: "Peoplepoint", description: "People records, time and pay", activity: "complete", attribute: "securityGroups", style: titled, use: 88, owner: "HR Systems",
			tail: "absence bonus relocation survey", verbs: "viewer editor approver"},
		{key: "fin", name: "Balancebook", description: "The bank's own ledger and purchasing", activity: "complete", attribute: "responsibilities", style: titled, use: 35, owner: "Finance Systems",
			tail: "budget accrual lease provision", verbs: "viewer editor approver"},
		{key: "itsm", name: "Deskwise", description: "Service desk, changes and assets", activity: "complete", attribute: "roles", style: titled, use: 40, owner: "Service Desk",
			tail: "asset vendor problem knowledge", verbs: "viewer editor admin"},
		{key: "code", name: "Branchworks", description: "Source code and pipelines", activity: "complete", attribute: "teams", style: lower, kind: code, use: 20, owner: "Engineering Tools",
			tail: "statement-printer rates-library fraud-rules legacy-teller open-banking", verbs: "read write maintain"},
		{key: "cloud", name: "Cirrus Estate", description: "Cloud accounts", activity: "notComplete", attribute: "roles", style: lower, use: 20, owner: "Cloud Engineering",
			tail: "billing archive-bucket edge-cache key-ring", verbs: "viewer editor admin"},
		{key: "bi", name: "Plainview", description: "Reports and dashboards", activity: "complete", attribute: "groups", style: lower, use: 30, owner: "Data Office",
			tail: "branch-dashboard risk-dashboard people-dashboard board-pack", verbs: "viewer author"},
		{key: "learn", name: "Lanternlearn", description: "Courses and certificates", activity: "complete", attribute: "roles", style: titled, use: 65, owner: "Learning",
			tail: "exam certificate webinar", verbs: "author reviewer observer"},
		{key: "docs", name: "Papertrail", description: "Documents and team sites", activity: "notComplete", attribute: "groups", style: titled, use: 65,
			tail: "contract-archive board-papers deed-vault brand-library", verbs: "reader contributor owner"},
		{key: "pam", name: "Lockbridge", description: "Privileged sessions and shared secrets", attribute: "safes", style: underlined, owner: "Identity & Access",
			tail: "break-glass vendor-access root-keys", verbs: "user approver"},
		{key: "door", name: "Swingdoor", description: "Badges for buildings and rooms", attribute: "zones", style: titled, kind: doors, owner: "Property"},
	}
}

func bankDepartments() []department {
	return []department{
		{"Branches", "ad.branch-staff core.account-viewer docs.branch-manual-reader"},
		{"Customer Service", "ad.service-staff core.account-viewer crm.contact-viewer"},
		{"Lending", "ad.lending-staff loan.loan-viewer docs.credit-policy-reader"},
		{"Payments", "ad.payments-staff pay.payment-viewer chat.payments-floor"},
		{"Markets", "ad.markets-staff mkt.position-viewer chat.markets-recorded"},
		{"Wealth", "ad.wealth-staff crm.portfolio-viewer docs.suitability-rules-reader"},
		{"Financial Crime", "ad.financial-crime-staff crime.alert-viewer docs.typology-library-reader"},
		{"Risk", "ad.risk-staff bi.risk-appetite-viewer docs.risk-register-reader"},
		{"Finance", "ad.finance-staff fin.ledger-viewer docs.finance-site-contributor"},
		{"Technology", "ad.technology-staff itsm.change-viewer chat.technology"},
		{"Data Office", "ad.data-office-staff bi.data-catalog-viewer chat.data-office"},
		{"Human Resources", "ad.hr-staff hr.people-viewer docs.hr-site-contributor"},
		{"Legal & Audit", "ad.legal-staff docs.legal-site-contributor docs.policy-register-reader"},
		{"Property", "ad.property-staff itsm.facility-viewer"},
		{executives, "ad.executive-staff docs.board-site-reader bi.executive-dashboard-viewer"},
		{"Contractors", ""},
	}
}

func bankRoles() []known {
	return []known{
		{name: "Employee Birthright", text: "What everybody holds from the first day", common: true,
			extra: "ad.all-staff chat.everyone hr.self-service learn.conduct-training docs.intranet-reader itsm.request-portal fin.expense-claimant door.main-entrance"},
		{name: "People Leader", text: "Approvals and team records", profiles: true, extra: "ad.people-leaders hr.team-manager hr.leave-approver hr.appraisal-editor fin.expense-approver itsm.access-approver"},
		{name: "Teller", text: "All access at the counter", family: "Branch Counter", first: 10, department: true, profiles: true},
		{name: "Branch Adviser", text: "Accounts, cards and loans for customers", family: "Branch Advice", first: 8, department: true},
		{name: "Contact Centre Agent", text: "Calls and messages", family: "Contact Centre", first: 9, department: true, profiles: true},
		{name: "Loan Servicer", text: "Changes to running loans", family: "Loan Servicing", first: 5, department: true},
		{name: "Underwriter (old)", text: "As agreed before the new scorecards", family: "Mortgage Underwriting", first: 3},
		{name: "Alert Investigator", text: "First line against money laundering", family: "Transaction Monitoring", first: 9, department: true, profiles: true},
		{name: "Trader", text: "Dealing within limits", family: "Trading", first: 6, department: true},
		{name: "Trade Support", text: "Confirmations and settlement", family: "Trade Support", first: 8, department: true},
		{name: "Software Engineer", text: "Build and run services", family: "Core Banking Engineering", first: 12, department: true, profiles: true},
		{name: "Service Desk Analyst", text: "Tickets and workstations", family: "Service Desk", first: 9, department: true},
		{name: "Finance Base", text: "Read access to the ledger", family: "Financial Reporting", first: 1, department: true},
		{name: "Report Builders", text: "Everybody who builds reports", extra: "bi.report-author bi.branch-dashboard-author"},
	}
}

func bankWords() lexicon {
	return lexicon{
		spellings: "ATM KYC Tamarind Rowan Birch",
		nouns: map[string]string{
			"break-glass": "emergency access", "cash-in": "cash paid in", "cash-out": "cash paid out", "cut-off": "cut-off times", "ledger": "the ledger", "people": "people records", "account-status": "the status of accounts",
			"share-legal": "the legal share", "share-deals": "the deals share", "share-media": "the media share", "vpn-partner": "the VPN for partners",
			"project-rowan": "the files of Project Rowan", "project-birch": "the files of Project Birch", "print-color": "the color printers",
			"risk-appetite": "the risk appetite", "cash-position": "the cash position", "limit-usage": "the use of limits", "kyc-file": "the files on who customers are",
			"conduct-attestation": "the attestations of conduct", "prod-log": "production logs", "prod-host": "production hosts", "prod-account": "production accounts",
		},
		described: map[string]string{
			"ad.all-staff":                  "Everybody who works here",
			"ad.password-resetters":         "May reset passwords",
			"code.pipelines-run":            "Runs the build pipelines",
			"hr.self-service":               "See and change one's own record",
			"hr.team-manager":               "See the records of one's own team",
			"itsm.request-portal":           "Ask for equipment, access and help",
			"learn.conduct-training":        "Take the courses on conduct",
			"pay.high-value-releaser":       "Release payments of high value. Owner: Payments. Criticality: high, never together with Payment Editor",
			"core.vault-cash-operator":      "Open and count the branch's vault. Owner: Branches. Criticality: high, two people",
			"crime.suspicion-report-signer": "Sign reports of suspicion. Owner: Financial Crime. Criticality: high",
			"fin.approval-limit-high":       "Approve amounts up to the high limit. Owner: Chief Financial Officer. Criticality: high",
		},
	}
}
