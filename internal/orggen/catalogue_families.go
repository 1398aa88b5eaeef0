package orggen

// family is a group of people who do the same work.
type family struct {
	name, department string
	weight           int    // people of 1,200
	titles           string // the first is the most frequent
	places           string // offices with weights
	access           string // what the work needs
	kind             familyKind
}

// familyKind says how far the people of a family differ.
type familyKind int

const (
	usual   familyKind = iota
	tight              // little noise
	uniform            // most hold exactly the same
	loose              // no access in common
)

// departments own access that all their families share.
func departments() map[string]string {
	return map[string]string{
		"IT":               "ad.it-staff itsm.change-viewer docs.it-runbooks-reader",
		"Engineering":      "ad.engineering-staff code.monorepo-read chat.engineering",
		"Data & Analytics": "ad.data-platform-users test.test-data-workbench ds.catalog-reader",
		"Finance":          "ad.finance-staff fin.ledger-viewer docs.finance-site-contributor",
		"Claims":           "ad.claims-staff claims.claim-viewer docs.claims-manual-reader",
		"Underwriting":     "ad.underwriting-staff uw.policy-viewer docs.underwriting-guide-reader",
		"Sales":            "ad.sales-staff crm.pipeline-viewer chat.sales-floor",
		"Customer Care":    "ad.care-staff crm.case-viewer docs.care-scripts-reader",
		"Marketing":        "ad.marketing-staff docs.brand-studio-contributor chat.marketing",
		"Human Resources":  "ad.hr-staff hr.people-viewer docs.hr-site-contributor",
		"Legal & Risk":     "ad.legal-staff docs.legal-site-contributor docs.policy-register-reader",
		"Operations":       "ad.operations-staff itsm.facility-viewer door.plant-rooms",
		"Executive":        "ad.executive-staff docs.board-site-reader bi.executive-dashboard",
		"Consulting":       "",
	}
}

// families are the job families, the larger and plainer first: a small
// organisation has the first few only.
func families() []family {
	return []family{
		{"Contact Centre", "Customer Care", 84, "Care Agent, Senior Care Agent", "Austin 5, Denver 4, Miami 1",
			"ad.contact-centre crm.case-editor crm.callback-agent claims.first-notice-viewer uw.policy-search itsm.care-ticket-editor chat.care-queue crm.payment-taker", uniform},
		{"Claims Adjusting", "Claims", 66, "Claims Adjuster, Senior Claims Adjuster, Field Adjuster", "Chicago 4, Denver 3, Miami 2, Remote 1",
			"ad.claims-adjusters claims.claim-editor claims.reserve-editor claims.payment-requester claims.damage-photo-viewer crm.claimant-contact-editor docs.adjuster-site-contributor bi.claims-aging-viewer", usual},
		{"Data Science", "Data & Analytics", 60, "Data Scientist, Senior Data Scientist, Research Scientist", "Miami 7, NYC 2, Austin 1",
			"ad.data-scientists ds.feature-store-writer ds.experiment-reader ds.model-registry-writer code.notebooks-write cloud.gpu-pool-user adlab.research-cluster bi.model-monitor-viewer", tight},
		{"Field Sales", "Sales", 52, "Account Executive, Sales Representative, Senior Account Executive", "Chicago 3, NYC 3, London 2, Remote 2",
			"ad.field-sales crm.opportunity-editor crm.lead-editor crm.quote-requester crm.forecast-editor uw.quote-viewer bi.sales-funnel-viewer docs.sales-playbook-reader", usual},
		{"Backend Engineering", "Engineering", 52, "Software Engineer, Senior Software Engineer, Staff Engineer", "Austin 5, NYC 2, Remote 2, London 1",
			"ad.service-engineers code.services-write code.pipelines-run cloud.dev-account-editor cloud.log-reader chat.on-call itsm.incident-editor code.api-contracts-write pam.staging-secrets", usual},
		{"Data Engineering", "Data & Analytics", 50, "Data Engineer, Senior Data Engineer, Analytics Engineer", "Miami 6, Austin 3, Remote 1",
			"ad.data-engineers ds.raw-zone-writer ds.curated-zone-writer ds.lineage-editor code.data-pipelines-write cloud.warehouse-editor cloud.stream-editor chat.data-on-call", tight},
		{"Business Intelligence", "Data & Analytics", 44, "BI Analyst, BI Developer, Reporting Analyst", "NYC 5, Chicago 3, Toronto 2",
			"ad.bi-developers bi.reporter bi.workspace-author bi.semantic-model-editor ds.mart-reader ds.report-extract-reader fin.plan-extract-viewer crm.sales-extract-viewer", tight},
		{"Personal Lines Underwriting", "Underwriting", 42, "Underwriter, Senior Underwriter, Underwriting Assistant", "Chicago 4, Denver 3, Toronto 2",
			"ad.personal-lines uw.quote-editor uw.policy-editor uw.home-rating-user uw.motor-rating-user uw.referral-requester crm.household-viewer bi.portfolio-viewer", usual},
		{"Claims Intake", "Claims", 40, "Claims Intake Specialist, Intake Coordinator", "Denver 6, Austin 3",
			"ad.claims-intake claims.first-notice-editor claims.claim-router crm.caller-lookup uw.coverage-check chat.intake-queue docs.intake-forms-contributor", uniform},
		{"Web Engineering", "Engineering", 36, "Frontend Engineer, Senior Frontend Engineer", "Austin 4, Toronto 3, Remote 2",
			"ad.web-engineers code.web-write code.pipelines-run code.api-contracts-write cloud.dev-account-editor cloud.cdn-editor docs.component-gallery-contributor chat.web-guild bi.web-vitals-viewer", usual},
		{"Service Desk", "IT", 34, "Service Desk Analyst, Support Technician", "Austin 4, Toronto 3, London 2",
			"ad.service-desk itsm.incident-agent itsm.request-agent itsm.asset-register-editor pam.workstation-admin hr.account-status-viewer chat.service-desk ad.password-resetters", usual},
		{"Commercial Underwriting", "Underwriting", 36, "Commercial Underwriter, Senior Commercial Underwriter", "NYC 4, London 4, Chicago 2",
			"ad.commercial-lines uw.quote-editor uw.policy-editor uw.property-rating-user uw.liability-rating-user uw.referral-approver crm.broker-viewer bi.portfolio-viewer", usual},
		{"Actuarial Modelling", "Data & Analytics", 36, "Actuarial Analyst, Actuary, Senior Actuary", "NYC 4, Toronto 4, London 2",
			"ad.actuaries ds.loss-triangle-writer ds.exposure-reader uw.rate-filing-editor fin.reserve-journal-viewer adlab.actuarial-cluster docs.actuarial-memo-contributor claims.loss-run-exporter", tight},
		{"Cloud Platform", "IT", 34, "Cloud Engineer, Platform Engineer, Senior Platform Engineer", "Austin 4, Remote 3, NYC 2",
			"ad.cloud-admins cloud.prod-account-admin cloud.network-admin cloud.policy-editor code.infrastructure-write pam.cloud-root-user itsm.change-implementer chat.platform-on-call", usual},
		{"General Accounting", "Finance", 34, "Accountant, Senior Accountant, Accounting Manager", "NYC 4, Chicago 4, Miami 1",
			"ad.accounting fin.journal-editor fin.close-checklist-editor fin.account-reconciler fin.fixed-asset-editor bi.reporter docs.audit-binder-contributor hr.payroll-journal-viewer", usual},
		{"Broker Relations", "Sales", 34, "Broker Manager, Broker Consultant", "London 4, NYC 3, Toronto 2",
			"ad.broker-relations crm.broker-editor crm.commission-viewer crm.event-editor uw.broker-quote-viewer docs.broker-portal-contributor fin.commission-statement-viewer bi.broker-scorecard-viewer", usual},
		{"Machine Learning", "Data & Analytics", 34, "Machine Learning Engineer, Senior Machine Learning Engineer", "Austin 5, Miami 2, Remote 2",
			"ad.ml-engineers ds.serving-table-writer ds.label-store-writer code.ml-platform-write cloud.model-endpoint-admin cloud.training-job-user itsm.model-change-requester chat.ml-on-call", tight},
		{"Marketing Campaigns", "Marketing", 34, "Marketing Specialist, Campaign Manager, Content Editor", "NYC 5, Miami 2, London 2",
			"ad.campaigns crm.campaign-editor crm.audience-builder docs.asset-library-editor bi.reporter bi.campaign-dashboard-viewer fin.marketing-purchase-requester code.website-content-write", usual},
		{"Quality Engineering", "Engineering", 32, "Test Engineer, Senior Test Engineer, Test Automation Engineer", "Austin 3, Toronto 4, Remote 1",
			"ad.quality-engineers test.test-plan-author test.test-rig-operator code.test-suites-write cloud.test-account-editor itsm.defect-editor chat.release-room docs.test-evidence-contributor", usual},
		{"Database Engineering", "IT", 32, "SQL Developer, Database Administrator", "NYC 6, Austin 2, Remote 1",
			"ad.database-admins ds.warehouse-admin ds.catalog-reader pam.database-owner code.sql-migrations-write cloud.database-admin itsm.database-change-implementer bi.query-monitor-viewer", usual},
		{"Compliance & Risk", "Legal & Risk", 30, "Compliance Analyst, Risk Analyst, Compliance Officer", "NYC 4, London 3, Chicago 1",
			"ad.compliance docs.control-library-editor itsm.audit-finding-editor bi.reporter hr.conflict-register-viewer fin.control-test-viewer claims.complaint-reviewer crm.consent-auditor", usual},
		{"Accounts Payable", "Finance", 28, "Accounts Payable Clerk, Accounts Payable Analyst", "Chicago 5, Denver 2",
			"ad.accounts-payable fin.invoice-editor fin.payment-run-preparer fin.vendor-editor docs.invoice-scans-contributor itsm.purchase-ticket-viewer crm.vendor-contact-viewer", usual},
		{"Planning & Analysis", "Finance", 28, "Financial Analyst, Senior Financial Analyst", "NYC 5, Austin 1, London 1",
			"ad.planning fin.plan-editor fin.forecast-editor fin.allocation-editor bi.reporter bi.finance-workspace-author hr.headcount-viewer crm.bookings-viewer", usual},
		{"Care Escalations", "Customer Care", 27, "Escalation Specialist, Complaint Handler", "Austin 4, Denver 2",
			"ad.care-escalations crm.case-owner crm.refund-approver claims.claim-note-editor uw.endorsement-requester itsm.complaint-editor docs.complaint-file-contributor", usual},
		{"HR Partners", "Human Resources", 27, "HR Partner, HR Generalist", "NYC 3, Chicago 2, Austin 2, London 1",
			"ad.hr-partners hr.job-change-editor hr.compensation-viewer hr.case-editor hr.org-chart-editor docs.personnel-file-owner bi.people-analytics-viewer itsm.joiner-requester", usual},
		{"Talent Acquisition", "Human Resources", 26, "Recruiter, Talent Sourcer", "Austin 3, NYC 2, Toronto 1",
			"ad.talent hr.requisition-editor hr.candidate-editor hr.offer-requester hr.interview-scheduler chat.hiring docs.offer-letter-contributor", usual},
		{"Site Reliability", "Engineering", 28, "Site Reliability Engineer, Senior Site Reliability Engineer", "Austin 3, London 2, Remote 3",
			"ad.reliability code.runbooks-write cloud.prod-log-admin cloud.alert-editor cloud.prod-restart-operator pam.prod-host-user itsm.incident-commander chat.incident-bridge", usual},
		{"Network Operations", "IT", 27, "Network Engineer, Network Analyst", "Denver 4, London 2",
			"ad.network-admins pam.network-device-user itsm.outage-editor cloud.vpn-admin door.comms-rooms code.network-config-write chat.network-on-call", usual},
		{"Sales Operations", "Sales", 27, "Sales Operations Analyst, Deal Desk Analyst", "Chicago 4, NYC 2",
			"ad.sales-operations crm.territory-planner crm.price-book-editor crm.data-import-operator bi.reporter bi.sales-workspace-author fin.order-viewer", usual},
		{"Special Investigations", "Claims", 26, "Fraud Investigator, Senior Fraud Investigator", "Chicago 2, Miami 3, NYC 1",
			"ad.special-investigations claims.fraud-case-editor claims.payment-holder pam.evidence-vault-user bi.fraud-score-viewer docs.case-file-owner uw.history-viewer", usual},
		{"Mobile Engineering", "Engineering", 27, "Mobile Engineer, Senior Mobile Engineer", "Toronto 4, Austin 2",
			"ad.mobile-engineers code.mobile-write code.app-signing-run cloud.push-gateway-editor bi.app-store-viewer chat.mobile-guild test.test-device-lab", usual},
		{"Facilities", "Operations", 26, "Facilities Technician, Office Coordinator", "Chicago 2, Austin 2, Miami 1, Denver 1",
			"ad.facilities itsm.work-order-editor itsm.room-booking-admin door.badge-printer door.loading-dock fin.supplies-requester", usual},
		{"Identity & Access", "IT", 16, "Identity Analyst, Identity Engineer", "Austin 2, Miami 1",
			"ad.identity-admins ad.account-operators itsm.access-request-agent hr.joiner-feed-viewer pam.safe-manager cloud.identity-admin code.identity-config-write", usual},
		{"Treasury", "Finance", 13, "Treasury Analyst", "NYC 1",
			"ad.treasury fin.bank-statement-editor fin.payment-releaser fin.hedge-viewer pam.bank-token-user", usual},
		{"Payroll", "Human Resources", 13, "Payroll Specialist", "Chicago 1",
			"ad.payroll hr.pay-run-editor hr.tax-form-editor fin.payroll-poster docs.payslip-archive-owner", usual},
		{"Counsel", "Legal & Risk", 14, "Counsel, Paralegal", "NYC 2, London 1",
			"ad.counsel docs.matter-file-owner claims.litigation-viewer crm.contract-viewer docs.privileged-reader", usual},
		{"Leadership", "Executive", 9, "Vice President, Director", "NYC 1",
			"ad.leadership bi.board-pack-reader fin.approval-limit-high hr.succession-plan-viewer", usual},
		{"Project Consultants", "Consulting", 26, "Consultant, Contractor", "Remote 3, NYC 1, Austin 1", "", loose},
	}
}
