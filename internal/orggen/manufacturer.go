package orggen

func manufacturer() profile {
	return profile{
		name: "manufacturer", text: "a maker of machines: plants, warehouses, design, purchasing, sales and service",
		short: "tarnvalley", tenant: "Tarn Valley Machines", part: "Plant", chief: "Managing Director", machines: "IT",
		sources:    manufacturerSources(),
		birthright: "ad.all-staff chat.everyone hr.self-service learn.safety-training docs.intranet-reader itsm.request-portal hr.time-clock-user door.main-gate",
		managerAccess: "ad.team-leaders hr.team-manager hr.shift-planner hr.leave-approver hr.appraisal-editor fin.expense-approver fin.requisition-approver fin.cost-center-viewer " +
			"itsm.access-approver bi.team-dashboard-viewer docs.leader-handbook-reader chat.team-leaders learn.training-matrix-editor",
		officeAccess: "door.site door.car-park door.canteen",
		departments:  manufacturerDepartments(),
		families:     manufacturerFamilies(),
		crews: []crew{
			{"New Press Line", 38, "Assembly; Maintenance; Mechanical Design; Production Planning; Purchasing", "",
				"ad.press-line-crew plm.press-line-drawing-editor mes.press-line-recipe-editor erp.press-line-order-editor docs.press-line-site-contributor chat.press-line bi.press-line-progress-viewer " +
					"qms.press-line-trial-editor ot.press-line-controller-user itsm.press-line-issue-editor door.press-hall learn.press-line-course-author"},
			{"Works Fire Brigade", 27, "Assembly; Machining; Warehouse", "Aldmoor",
				"ad.fire-brigade door.alarm-rooms door.roof door.gas-store itsm.hazard-editor docs.fire-plan-contributor chat.fire-brigade learn.drill-author hr.callout-editor"},
		},
		roles:  manufacturerRoles(),
		people: namedPeople("Identity & Access", "Carrow", "Plant Analytics", "Carrow"),
		words:  manufacturerWords(),
	}
}

func manufacturerSources() []source {
	return []source{
		{key: "ad", name: "Works Directory", description: "Directory of all staff", activity: "complete", attribute: "memberOf", style: group, kind: directory, use: 96, owner: "Directory Services",
			tail: "share-drawings share-tenders share-photo vpn-supplier project-heron project-otter print-large", verbs: "users owners readers"},
		{key: "chat", name: "Tannoy", description: "Messages and calls", activity: "complete", attribute: "groups", style: lower, kind: chat, use: 92,
			tail: "channel-football channel-launches channel-incidents guest-access", verbs: "member admin"},
		{key: "erp", name: "Millwheel", description: "Orders, stock and purchasing", activity: "complete", attribute: "roles", style: underlined, use: 25, owner: "Business Systems",
			tail: "consignment scrap-order price-condition rework", verbs: "viewer editor releaser"},
		{key: "mes", name: "Linepulse", description: "What runs on which machine", activity: "complete", attribute: "roles", style: titled, use: 30, owner: "Plant Systems",
			tail: "downtime-reason shift-note tool-life counter", verbs: "viewer editor approver"},
		{key: "plm", name: "Drawbridge", description: "Parts, drawings and their changes", activity: "complete", attribute: "groups", style: titled, use: 25, owner: "Design Systems",
			tail: "variant tolerance-study patent-drawing legacy-part", verbs: "viewer editor approver"},
		{key: "qms", name: "Trueline", description: "Inspections, deviations and complaints", activity: "complete", attribute: "roles", style: titled, use: 25, owner: "Quality Systems",
			tail: "gauge audit-finding supplier-claim", verbs: "viewer editor approver"},
		{key: "wms", name: "Shelfmark", description: "Places and movements of goods", activity: "complete", attribute: "roles", style: titled, use: 20, owner: "Logistics Systems",
			tail: "cycle-count hazardous-good cross-dock", verbs: "viewer editor releaser"},
		{key: "ot", name: "Controlloft", description: "Controllers and recipes of the machines", attribute: "zones", style: underlined, owner: "Plant Systems",
			tail: "furnace-controller crane-controller camera-cell", verbs: "user approver"},
		{key: "crm", name: "Firm Handle", description: "Customers, tenders and service", activity: "complete", attribute: "permissionSets", style: titled, use: 25, owner: "Sales Systems",
			tail: "tender dealer warranty event", verbs: "viewer editor exporter"},
		{key: "hr", name: "Clockhouse", description: "People records, time and pay", activity: "complete", attribute: "securityGroups", style: titled, use: 85, owner: "HR Systems",
			tail: "absence apprentice relocation survey", verbs: "viewer editor approver"},
		{key: "fin", name: "Tallyroom", description: "General ledger and payables", activity: "complete", attribute: "responsibilities", style: titled, use: 30, owner: "Finance Systems",
			tail: "budget lease customs-duty grant", verbs: "viewer editor approver"},
		{key: "itsm", name: "Fixboard", description: "Service desk, work orders and assets", activity: "complete", attribute: "roles", style: titled, use: 40, owner: "Service Desk",
			tail: "asset vendor problem knowledge", verbs: "viewer editor admin"},
		{key: "code", name: "Forgeyard", description: "Source code of products and plants", activity: "complete", attribute: "teams", style: lower, kind: code, use: 20, owner: "Engineering Tools",
			tail: "dealer-portal torque-library plant-scripts telemetry", verbs: "read write maintain"},
		{key: "bi", name: "Gaugeview", description: "Reports and dashboards", activity: "complete", attribute: "groups", style: lower, use: 30, owner: "Plant Analytics",
			tail: "output-dashboard scrap-dashboard energy-dashboard board-pack", verbs: "viewer author"},
		{key: "learn", name: "Benchlearn", description: "Courses and machine licences", activity: "complete", attribute: "roles", style: titled, use: 60, owner: "Training Workshop",
			tail: "welding-test crane-licence first-aid-course", verbs: "author reviewer observer"},
		{key: "docs", name: "Ringbinder", description: "Documents and team sites", activity: "notComplete", attribute: "groups", style: titled, use: 60,
			tail: "contract-archive board-papers brand-library project-site", verbs: "reader contributor owner"},
		{key: "pam", name: "Keysafe", description: "Privileged sessions and shared secrets", attribute: "safes", style: underlined, owner: "Identity & Access",
			tail: "break-glass vendor-access machine-maintenance", verbs: "user approver"},
		{key: "door", name: "Gatehouse", description: "Badges for gates, halls and rooms", attribute: "zones", style: titled, kind: doors, owner: "Site Services"},
	}
}

func manufacturerDepartments() []department {
	return []department{
		{"Production", "ad.production-staff mes.work-order-viewer docs.work-instructions-reader"},
		{"Maintenance", "ad.maintenance-staff itsm.machine-viewer docs.machine-manuals-reader"},
		{"Logistics", "ad.logistics-staff wms.stock-viewer docs.packing-rules-reader"},
		{"Quality", "ad.quality-staff qms.inspection-viewer docs.standards-reader"},
		{"Design", "ad.design-staff plm.part-viewer docs.design-handbook-reader"},
		{"Supply", "ad.supply-staff erp.material-viewer docs.supplier-manual-reader"},
		{"Sales", "ad.sales-staff crm.account-viewer chat.sales"},
		{"Service", "ad.service-staff crm.machine-park-viewer docs.service-bulletins-reader"},
		{"Finance", "ad.finance-staff fin.ledger-viewer docs.finance-site-contributor"},
		{"IT", "ad.it-staff itsm.change-viewer docs.it-runbooks-reader"},
		{"Human Resources", "ad.hr-staff hr.people-viewer docs.hr-site-contributor"},
		{"Safety & Environment", "ad.safety-staff itsm.hazard-viewer docs.safety-sheets-reader"},
		{"Site Services", "ad.site-services-staff itsm.facility-viewer"},
		{executives, "ad.executive-staff docs.board-site-reader bi.executive-dashboard-viewer"},
		{"Temporary Work", ""},
	}
}

func manufacturerRoles() []known {
	return []known{
		{name: "Employee Birthright", text: "What everybody holds from the first day", common: true,
			extra: "ad.all-staff chat.everyone hr.self-service learn.safety-training docs.intranet-reader itsm.request-portal hr.time-clock-user door.main-gate"},
		{name: "Team Leader", text: "Shifts, leave and purchases of a team", profiles: true, extra: "ad.team-leaders hr.team-manager hr.shift-planner hr.leave-approver fin.requisition-approver learn.training-matrix-editor"},
		{name: "Assembler", text: "All access on the assembly lines", family: "Assembly", first: 9, department: true, profiles: true},
		{name: "Machinist", text: "Machines and their programs", family: "Machining", first: 5, department: true},
		{name: "Warehouse Worker", text: "Goods in and out", family: "Warehouse", first: 8, department: true, profiles: true},
		{name: "Maintenance Fitter", text: "Work orders and spare parts", family: "Maintenance", first: 9, department: true},
		{name: "Designer", text: "Parts and drawings", family: "Mechanical Design", first: 8, department: true, profiles: true},
		{name: "Planner (old)", text: "As agreed before the new line", family: "Production Planning", first: 3},
		{name: "Buyer", text: "Orders and suppliers", family: "Purchasing", first: 8, department: true},
		{name: "Quality Inspector", text: "Inspections and deviations", family: "Inspection", first: 7, department: true},
		{name: "Service Technician", text: "Repairs at customers", family: "Field Service", first: 5, department: true},
		{name: "Service Desk Analyst", text: "Tickets and workstations", family: "Service Desk", first: 9, department: true},
		{name: "Finance Base", text: "Read access to the ledger", family: "Accounting", first: 1, department: true},
		{name: "Report Builders", text: "Everybody who builds reports", extra: "bi.report-author bi.output-dashboard-author"},
	}
}

func manufacturerWords() lexicon {
	return lexicon{
		spellings: "CNC PLC Heron Otter",
		nouns: map[string]string{
			"break-glass": "emergency access", "ledger": "the ledger", "people": "people records", "account-status": "the status of accounts", "stock": "the stock",
			"share-drawings": "the drawings share", "share-tenders": "the tenders share", "share-photo": "the photo share", "vpn-supplier": "the VPN for suppliers",
			"project-heron": "the files of Project Heron", "project-otter": "the files of Project Otter", "print-large": "the large-format printers",
			"machine-park": "the machines at customers", "time-clock": "the time clock", "training-matrix": "the training matrix", "fire-plan": "the fire plan",
		},
		described: map[string]string{
			"ad.all-staff":               "Everybody who works here",
			"ad.password-resetters":      "May reset passwords",
			"code.pipelines-run":         "Runs the build pipelines",
			"hr.self-service":            "See and change one's own record",
			"hr.team-manager":            "See the records of one's own team",
			"itsm.request-portal":        "Ask for equipment, access and help",
			"learn.safety-training":      "Take the yearly safety courses",
			"ot.safety-controller-user":  "Change the safety controllers. Owner: Safety & Environment. Criticality: high, two people",
			"erp.blocked-stock-releaser": "Release blocked stock. Owner: Quality. Criticality: high, never together with Inspection Editor",
			"fin.approval-limit-high":    "Approve amounts up to the high limit. Owner: Finance Director. Criticality: high",
		},
	}
}
