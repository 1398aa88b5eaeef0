package orggen

func hospital() profile {
	return profile{
		name: "hospital", text: "hospitals with wards, theatres, laboratories and pharmacy, and the offices behind them",
		short: "storla", tenant: "Saint Orla Health", part: "Hospital", chief: "Chief Executive", machines: "Information Technology",
		sources:    hospitalSources(),
		birthright: "ad.all-staff chat.everyone hr.self-service learn.yearly-training docs.intranet-reader docs.infection-control-reader itsm.request-portal door.main-entrance",
		managerAccess: "ad.line-managers hr.team-manager hr.shift-approver hr.leave-approver hr.appraisal-editor fin.cost-center-viewer fin.requisition-approver itsm.access-approver " +
			"bi.staffing-dashboard-viewer docs.manager-handbook-reader chat.line-managers learn.training-record-viewer hr.agency-shift-requester",
		officeAccess: "door.site door.car-park door.canteen",
		departments:  hospitalDepartments(),
		families:     hospitalFamilies(),
		crews: []crew{
			{"Records Migration", 36, "Inpatient Medicine; Ward Nursing; Clinical Applications; Patient Billing", "",
				"ad.records-migration emr.migration-mapping-editor emr.test-patient-editor emr.cutover-operator docs.migration-site-contributor chat.migration bi.migration-progress-viewer " +
					"itsm.migration-defect-editor learn.superuser-course-author pam.migration-secrets adm.test-bed-editor bill.parallel-run-viewer"},
			{"Lakeside Response Team", 27, "Ward Nursing; Emergency Nursing; Registration", "Lakeside",
				"ad.lakeside-wardens adm.lakeside-evacuation-editor hr.lakeside-callout-editor learn.lakeside-drill-author door.lakeside-roof door.lakeside-plant-rooms door.lakeside-gas-store itsm.lakeside-incident-editor docs.lakeside-evacuation-plan-contributor chat.lakeside-response"},
		},
		roles:  hospitalRoles(),
		people: namedPeople("Identity Team", "Riverside", "Data Analytics", "Northgate"),
		words:  hospitalWords(),
	}
}

// namedPeople are those for whom the OAuth clients act, in an organisation
// without any from the examples: two administrators and a reader.
func namedPeople(administrators, office, readers, readersOffice string) []person {
	return []person{
		{id: administrator, first: "Quintin", last: "Mercer", family: administrators, office: office, job: "Identity Engineer"},
		{id: roleAdministrator, first: "Lena", last: "Okonkwo", family: administrators, office: office, job: "Identity Analyst"},
		{id: readOnlyUser, first: "Ashley", last: "Pierce", family: readers, office: readersOffice, job: "Data Analyst"},
	}
}

func hospitalSources() []source {
	return []source{
		{key: "ad", name: "Corridor Directory", description: "Directory of all staff", activity: "complete", attribute: "memberOf", style: group, kind: directory, use: 97, owner: "Directory Services",
			tail: "share-theatre share-finance share-photo vpn-visiting project-newborn project-helipad print-label", verbs: "users owners readers"},
		{key: "chat", name: "Pagerline", description: "Messages and paging", activity: "complete", attribute: "groups", style: lower, kind: chat, use: 96,
			tail: "channel-research channel-choir channel-incidents guest-access", verbs: "member admin"},
		{key: "emr", name: "Wardbook", description: "The patient's record", activity: "complete", attribute: "securityClasses", style: titled, use: 35, owner: "Clinical Applications",
			tail: "restricted-note allergy amendment break-glass dictation template", verbs: "viewer editor signer"},
		{key: "adm", name: "Bedflow", description: "Admissions, beds and transport", activity: "complete", attribute: "roles", style: titled, use: 25, owner: "Patient Access",
			tail: "waiting-list theatre-bed transfer interpreter", verbs: "viewer editor approver"},
		{key: "img", name: "Lumascan", description: "Images and their reports", activity: "complete", attribute: "groups", style: titled, use: 20, owner: "Diagnostics Systems",
			tail: "teaching-file archive-disc outside-study peer-review", verbs: "viewer editor exporter"},
		{key: "lab", name: "Sampletrail", description: "Samples and results", activity: "complete", attribute: "roles", style: titled, use: 20, owner: "Diagnostics Systems",
			tail: "reference-range sendout autopsy quality-sample", verbs: "viewer editor verifier"},
		{key: "rx", name: "Dosewell", description: "Prescriptions and the pharmacy's stock", activity: "complete", attribute: "roles", style: titled, use: 25, owner: "Pharmacy Systems",
			tail: "formulary recall compounding shortage", verbs: "viewer editor approver"},
		{key: "or", name: "Theatreboard", description: "Operating lists and their instruments", activity: "notComplete", attribute: "roles", style: titled, use: 20, owner: "Theatres",
			tail: "implant loan-set list-template laser", verbs: "viewer editor approver"},
		{key: "bill", name: "Remitworks", description: "Charges, claims and payments", activity: "complete", attribute: "responsibilities", style: titled, use: 15, owner: "Revenue Systems",
			tail: "write-off charity-case payer-contract statement", verbs: "viewer editor approver"},
		{key: "hr", name: "Rosterbook", description: "People, shifts and pay", activity: "complete", attribute: "securityGroups", style: titled, use: 90, owner: "People Systems",
			tail: "absence licence volunteer relocation", verbs: "viewer editor approver"},
		{key: "fin", name: "Cashbook", description: "General ledger and purchasing", activity: "complete", attribute: "responsibilities", style: titled, use: 30, owner: "Finance Systems",
			tail: "budget capital-request lease donation", verbs: "viewer editor approver"},
		{key: "itsm", name: "Helpwell", description: "Service desk, devices and changes", activity: "complete", attribute: "roles", style: titled, use: 40, owner: "Service Desk",
			tail: "asset vendor problem loan-device", verbs: "viewer editor admin"},
		{key: "bi", name: "Measure Reports", description: "Reports on quality, staffing and money", activity: "complete", attribute: "groups", style: lower, use: 25, owner: "Data Analytics",
			tail: "infection-dashboard waiting-dashboard cost-dashboard survey-result", verbs: "viewer author"},
		{key: "res", name: "Trialfolder", description: "Studies and their participants", activity: "notComplete", attribute: "groups", style: underlined, use: 40, owner: "Research Office", only: "Research",
			tail: "registry-cohort genome-set outcome-set", verbs: "reader writer"},
		{key: "learn", name: "Skillward", description: "Courses and proofs of competence", activity: "complete", attribute: "roles", style: titled, use: 60, owner: "Education",
			tail: "simulation-room competence-form course-evaluation", verbs: "author reviewer observer"},
		{key: "docs", name: "Inkwell Documents", description: "Documents and team sites", activity: "notComplete", attribute: "groups", style: titled, use: 65,
			tail: "consent-form board-papers donor-file history-archive", verbs: "reader contributor owner"},
		{key: "pam", name: "Strongroom", description: "Privileged sessions and shared secrets", attribute: "safes", style: underlined, owner: "Identity Team",
			tail: "break-glass vendor-access device-maintenance", verbs: "user approver"},
		{key: "door", name: "Wayside Badges", description: "Badges for buildings and rooms", attribute: "zones", style: titled, kind: doors, owner: "Estates"},
	}
}

func hospitalDepartments() []department {
	return []department{
		{"Nursing", "ad.nursing-staff emr.patient-chart-viewer adm.ward-list-viewer"},
		{"Medicine", "ad.medical-staff emr.patient-chart-viewer chat.doctors"},
		{"Surgery", "ad.surgery-staff emr.patient-chart-viewer or.theatre-list-viewer"},
		{"Emergency", "ad.emergency-staff emr.patient-chart-viewer adm.arrivals-board-viewer"},
		{"Diagnostics", "ad.diagnostics-staff emr.order-viewer docs.radiation-safety-reader"},
		{"Pharmacy", "ad.pharmacy-staff rx.stock-viewer docs.formulary-reader"},
		{"Therapies", "ad.therapies-staff emr.therapy-note-editor adm.appointment-viewer"},
		{"Patient Services", "ad.patient-services-staff adm.patient-search docs.front-office-scripts-reader"},
		{"Revenue Cycle", "ad.revenue-staff bill.account-viewer docs.payer-manual-reader"},
		{"Research", "ad.research-staff res.study-catalog-reader docs.research-site-contributor"},
		{"Information Technology", "ad.it-staff itsm.change-viewer docs.it-runbooks-reader"},
		{"Finance", "ad.finance-staff fin.ledger-viewer docs.finance-site-contributor"},
		{"Human Resources", "ad.hr-staff hr.people-viewer docs.hr-site-contributor"},
		{"Estates", "ad.estates-staff itsm.facility-viewer"},
		{executives, "ad.executive-staff docs.board-site-reader bi.board-dashboard-viewer"},
		{"Agency", ""},
	}
}

func hospitalRoles() []known {
	return []known{
		{name: "Staff Birthright", text: "What everybody holds from the first day", common: true,
			extra: "ad.all-staff chat.everyone hr.self-service learn.yearly-training docs.intranet-reader docs.infection-control-reader itsm.request-portal door.main-entrance"},
		{name: "Line Manager", text: "Shifts, leave and purchases of a team", profiles: true, extra: "ad.line-managers hr.team-manager hr.shift-approver hr.leave-approver fin.requisition-approver"},
		{name: "Ward Nurse", text: "All access of a nurse on a ward", family: "Ward Nursing", first: 12, department: true, profiles: true},
		{name: "Emergency Nurse", text: "Triage and treatment", family: "Emergency Nursing", first: 6, department: true},
		{name: "Ward Physician", text: "Orders and prescriptions", family: "Inpatient Medicine", first: 10, department: true, profiles: true},
		{name: "Surgeon", text: "Operating lists and notes", family: "Surgeons", first: 5, department: true},
		{name: "Radiographer (old)", text: "As agreed before the new archive", family: "Radiography", first: 3},
		{name: "Pharmacist", text: "Checking and releasing medication", family: "Clinical Pharmacy", first: 11, department: true, profiles: true},
		{name: "Laboratory Scientist", text: "Analysers and results", family: "Biochemistry", first: 7, department: true},
		{name: "Registration Clerk", text: "Front desk", family: "Registration", first: 6, department: true},
		{name: "Coder", text: "Coding of finished stays", family: "Clinical Coding", first: 4},
		{name: "Service Desk Analyst", text: "Tickets and accounts", family: "Service Desk", first: 9, department: true},
		{name: "Finance Base", text: "Read access to the ledger", family: "Purchasing", first: 1, department: true},
		{name: "Report Builders", text: "Everybody who builds reports", extra: "bi.report-author bi.waiting-dashboard-author"},
	}
}

func hospitalWords() lexicon {
	return lexicon{
		spellings: "CT MRI ICU X",
		nouns: map[string]string{
			"break-glass": "emergency access", "share-theatre": "the theatres' share", "share-finance": "the finance share", "share-photo": "the photo share",
			"vpn-visiting": "the VPN for visiting staff", "project-newborn": "the files of the newborn project", "project-helipad": "the files of the helipad project",
			"print-label": "the label printers", "theatre-list": "operating lists", "arrivals-board": "the board of arrivals", "stock": "the stock", "ledger": "the ledger",
			"people": "people records", "account-status": "the status of accounts", "infection-control": "the rules of infection control",
			"radiation-safety": "the rules of radiation safety", "mri-list": "the MRI list", "ct-list": "the CT list", "staff-health": "the health records of staff",
		},
		described: map[string]string{
			"ad.all-staff":                 "Everybody who works here",
			"ad.password-resetters":        "May reset passwords",
			"fin.approval-limit-high":      "Approve amounts up to the high limit. Owner: Finance Director. Criticality: high",
			"hr.self-service":              "See and change one's own record",
			"hr.team-manager":              "See the records of one's own team",
			"itsm.request-portal":          "Ask for equipment, access and help",
			"learn.yearly-training":        "Take the courses of every year",
			"emr.order-signer":             "Sign orders in Wardbook. Owner: Medical Director. Criticality: high",
			"emr.death-certificate-signer": "Sign death certificates in Wardbook. Owner: Medical Director. Criticality: high",
			"rx.controlled-drug-dispenser": "Dispense controlled drugs. Owner: Chief Pharmacist. Criticality: high, counted daily, never together with Stock Adjuster",
			"rx.emergency-cupboard-user":   "Open the emergency cupboard. Owner: Chief Pharmacist. Criticality: medium",
		},
	}
}
