package control

import "net/http"

// route is one operation of the control plane. The table of them is the only
// place that knows their paths; a test holds it against the served description.
type route struct {
	method      string
	path        string
	operationID string
	body        bool     // it takes one
	params      []string // query parameters
	serve       func(p *Plane, c *call) (any, error)
}

func routes() []route {
	const (
		get, post, put, update, remove = http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete

		body, none = true, false
	)
	return []route{
		{get, "/_mock", "listOperations", none, nil, (*Plane).operations},
		{get, "/_mock/health/live", "getLiveness", none, nil, (*Plane).live},
		{get, "/_mock/health/ready", "getReadiness", none, nil, (*Plane).ready},
		{get, "/health", "getHealth", none, nil, (*Plane).ready},
		{get, "/_mock/openapi.json", "getDescription", none, []string{"version"}, (*Plane).describe},
		{get, "/_mock/roles/{potentialRoleId}/explain", "explainPotentialRole", none, nil, (*Plane).explainRole},
		{get, "/_mock/sessions/{sessionId}/explain", "explainSession", none, []string{"limit", "offset"}, (*Plane).explainSession},

		{get, "/_mock/tenants", "listTenants", none, nil, (*Plane).listTenants},
		{get, "/_mock/tenants/{name}", "getTenant", none, nil, (*Plane).getTenant},
		{put, "/_mock/tenants/{name}", "putTenant", body, nil, (*Plane).putTenant},
		{remove, "/_mock/tenants/{name}", "deleteTenant", none, nil, (*Plane).deleteTenant},

		{post, "/_mock/reset", "resetTenant", body, nil, (*Plane).reset},

		{get, "/_mock/snapshots", "listSnapshots", none, nil, (*Plane).listSnapshots},
		{get, "/_mock/snapshots/{name}", "getSnapshot", none, nil, (*Plane).getSnapshot},
		{post, "/_mock/snapshots/{name}", "saveSnapshot", none, []string{"replace"}, (*Plane).saveSnapshot},
		{remove, "/_mock/snapshots/{name}", "deleteSnapshot", none, nil, (*Plane).deleteSnapshot},
		{post, "/_mock/snapshots/{name}/restore", "restoreSnapshot", body, nil, (*Plane).restoreSnapshot},
		{get, "/_mock/snapshots/{name}/diff", "diffSnapshot", none, nil, (*Plane).diffSnapshot},
		{get, "/_mock/snapshots/{name}/diff/{other}", "diffSnapshots", none, nil, (*Plane).diffSnapshots},
		{get, "/_mock/snapshots/{name}/file", "exportSnapshot", none, nil, (*Plane).exportSnapshot},
		{put, "/_mock/snapshots/{name}/file", "importSnapshot", body, []string{"replace"}, (*Plane).importSnapshot},

		{get, "/_mock/settings", "getSettings", none, nil, (*Plane).getSettings},
		{put, "/_mock/settings", "putSettings", body, nil, (*Plane).putSettings},
		{remove, "/_mock/settings", "resetSettings", none, nil, (*Plane).resetSettings},

		{get, "/_mock/metrics", "getMetrics", none, nil, (*Plane).getMetrics},
		{get, "/_mock/pprof/", "listProfiles", none, nil, (*Plane).listProfiles},
		{get, "/_mock/pprof/{profile}", "getProfile", none, []string{"debug", "gc", "seconds"}, (*Plane).getProfile},

		{get, "/_mock/clock", "getClock", none, nil, (*Plane).getClock},
		{post, "/_mock/clock", "setClock", body, nil, (*Plane).setClock},
		{remove, "/_mock/clock", "resetClock", none, nil, (*Plane).resetClock},

		{get, "/_mock/jobs", "getJobs", none, nil, (*Plane).getJobs},
		{put, "/_mock/jobs", "putJobs", body, nil, (*Plane).putJobs},
		{post, "/_mock/jobs/step", "stepJobs", body, nil, (*Plane).stepJobs},
		{get, "/_mock/sessions/{sessionId}/jobs", "getSessionJobs", none, nil, (*Plane).getSessionJobs},
		{put, "/_mock/sessions/{sessionId}/jobs", "putSessionJobs", body, nil, (*Plane).putSessionJobs},
		{remove, "/_mock/sessions/{sessionId}/jobs", "deleteSessionJobs", none, nil, (*Plane).deleteSessionJobs},

		{get, "/_mock/sessions/{sessionId}/wait", "waitForSession", none, []string{"state", "timeout", "unattended"}, (*Plane).waitForSession},
		{get, "/_mock/exports/{exportId}/wait", "waitForExport", none, []string{"state", "timeout", "unattended"}, (*Plane).waitForExport},
		{get, "/_mock/roles/{potentialRoleId}/wait", "waitForProvision", none, []string{"state", "timeout", "unattended"}, (*Plane).waitForProvision},
		{get, "/_mock/events", "streamEvents", none, nil, (*Plane).events},

		{get, "/_mock/faults", "listFaults", none, []string{"unused"}, (*Plane).listFaults},
		{put, "/_mock/faults", "replaceFaults", body, nil, (*Plane).replaceFaults},
		{post, "/_mock/faults", "addFaults", body, nil, (*Plane).addFaults},
		{remove, "/_mock/faults", "clearFaults", none, nil, (*Plane).clearFaults},
		{get, "/_mock/faults/{id}", "getFault", none, nil, (*Plane).getFault},
		{remove, "/_mock/faults/{id}", "removeFault", none, nil, (*Plane).removeFault},

		{get, "/_mock/fixtures", "getFixtures", none, nil, (*Plane).getFixtures},
		{put, "/_mock/fixtures", "putFixtures", body, nil, (*Plane).putFixtures},
		{update, "/_mock/fixtures", "patchFixtures", body, []string{"baseline"}, (*Plane).patchFixtures},

		{post, "/_mock/tokens", "forgeToken", body, nil, (*Plane).forgeToken},

		{get, "/_mock/outbox", "listMails", none, []string{"limit", "offset", "recipientId", "sessionId"}, (*Plane).listMails},
		{get, "/_mock/outbox/{mailId}", "getMail", none, nil, (*Plane).getMail},
		{remove, "/_mock/outbox", "clearOutbox", none, nil, (*Plane).clearOutbox},

		{get, "/_mock/roles", "listRoles", none, []string{"limit", "offset", "potentialRoleId", "provisioned"}, (*Plane).listRoles},
		{get, "/_mock/access-profiles", "listAccessProfiles", none, []string{"limit", "offset", "provisioned", "roleId"}, (*Plane).listAccessProfiles},
		{get, "/_mock/access-requests", "listAccessRequests", none, []string{"identityId", "limit", "offset", "roleId"}, (*Plane).listAccessRequests},

		{get, "/_mock/journal", "listJournal", none, journalParams(), (*Plane).listJournal},
		{remove, "/_mock/journal", "clearJournal", none, nil, (*Plane).clearJournal},
		{get, "/_mock/journal/har", "getJournalArchive", none, journalParams(), (*Plane).getHAR},
		{get, "/_mock/journal/{number}", "getJournalEntry", none, nil, (*Plane).getJournalEntry},
		{post, "/_mock/verify", "verifyRequests", body, nil, (*Plane).verify},
		{get, "/_mock/coverage", "getCoverage", none, []string{"version", "format"}, (*Plane).getCoverage},
		{remove, "/_mock/coverage", "resetCoverage", none, nil, (*Plane).resetCoverage},
	}
}

// carriesFixtures says whether the body of an operation may have an organisation
// in it.
func carriesFixtures(operationID string) bool {
	return operationID == "putTenant" || operationID == "putFixtures" || operationID == "patchFixtures" ||
		operationID == "importSnapshot"
}

// operationEntry is one line of the control plane's table of contents.
type operationEntry struct {
	Method      string   `json:"method"`
	Path        string   `json:"path"`
	OperationID string   `json:"operationId"`
	Parameters  []string `json:"parameters,omitempty"` // query parameters
}

// operations lists what there is, in the order of the table.
func (p *Plane) operations(*call) (any, error) {
	var all []operationEntry
	for _, rt := range routes() {
		if p.has(rt) {
			all = append(all, operationEntry{rt.method, rt.path, rt.operationID, rt.params})
		}
	}
	return all, nil
}

// has says whether the server has an operation: profiles can be left out.
func (p *Plane) has(rt route) bool { return p.Pprof || featureOf(rt.path) != "pprof" }
