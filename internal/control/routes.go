package control

import "net/http"

// route is one operation of the control plane. The table of them is the only
// place that knows their paths; a test holds it against the served description.
type route struct {
	method      string
	path        string
	operationID string
	params      []string // query parameters
	serve       func(p *Plane, c *call) (any, error)
}

func routes() []route {
	const (
		get, post, put, update, remove = http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete
	)
	return []route{
		{get, "/_mock", "listOperations", nil, (*Plane).operations},
		{get, "/_mock/health/live", "getLiveness", nil, (*Plane).live},
		{get, "/_mock/health/ready", "getReadiness", nil, (*Plane).ready},
		{get, "/health", "getHealth", nil, (*Plane).ready},
		{get, "/_mock/openapi.json", "getDescription", []string{"version"}, (*Plane).describe},
		{get, "/_mock/roles/{potentialRoleId}/explain", "explainPotentialRole", nil, (*Plane).explainRole},
		{get, "/_mock/sessions/{sessionId}/explain", "explainSession", []string{"limit", "offset"}, (*Plane).explainSession},

		{get, "/_mock/tenants", "listTenants", nil, (*Plane).listTenants},
		{get, "/_mock/tenants/{name}", "getTenant", nil, (*Plane).getTenant},
		{put, "/_mock/tenants/{name}", "putTenant", nil, (*Plane).putTenant},
		{remove, "/_mock/tenants/{name}", "deleteTenant", nil, (*Plane).deleteTenant},

		{post, "/_mock/reset", "resetTenant", nil, (*Plane).reset},

		{get, "/_mock/snapshots", "listSnapshots", nil, (*Plane).listSnapshots},
		{get, "/_mock/snapshots/{name}", "getSnapshot", nil, (*Plane).getSnapshot},
		{post, "/_mock/snapshots/{name}", "saveSnapshot", []string{"replace"}, (*Plane).saveSnapshot},
		{remove, "/_mock/snapshots/{name}", "deleteSnapshot", nil, (*Plane).deleteSnapshot},
		{post, "/_mock/snapshots/{name}/restore", "restoreSnapshot", nil, (*Plane).restoreSnapshot},
		{get, "/_mock/snapshots/{name}/diff", "diffSnapshot", nil, (*Plane).diffSnapshot},
		{get, "/_mock/snapshots/{name}/diff/{other}", "diffSnapshots", nil, (*Plane).diffSnapshots},
		{get, "/_mock/snapshots/{name}/file", "exportSnapshot", nil, (*Plane).exportSnapshot},
		{put, "/_mock/snapshots/{name}/file", "importSnapshot", []string{"replace"}, (*Plane).importSnapshot},

		{get, "/_mock/settings", "getSettings", nil, (*Plane).getSettings},
		{put, "/_mock/settings", "putSettings", nil, (*Plane).putSettings},
		{remove, "/_mock/settings", "resetSettings", nil, (*Plane).resetSettings},

		{get, "/_mock/metrics", "getMetrics", nil, (*Plane).getMetrics},
		{get, "/_mock/pprof/", "listProfiles", nil, (*Plane).listProfiles},
		{get, "/_mock/pprof/{profile}", "getProfile", []string{"debug", "gc", "seconds"}, (*Plane).getProfile},

		{get, "/_mock/clock", "getClock", nil, (*Plane).getClock},
		{post, "/_mock/clock", "setClock", nil, (*Plane).setClock},
		{remove, "/_mock/clock", "resetClock", nil, (*Plane).resetClock},

		{get, "/_mock/jobs", "getJobs", nil, (*Plane).getJobs},
		{put, "/_mock/jobs", "putJobs", nil, (*Plane).putJobs},
		{post, "/_mock/jobs/step", "stepJobs", nil, (*Plane).stepJobs},
		{get, "/_mock/sessions/{sessionId}/jobs", "getSessionJobs", nil, (*Plane).getSessionJobs},
		{put, "/_mock/sessions/{sessionId}/jobs", "putSessionJobs", nil, (*Plane).putSessionJobs},
		{remove, "/_mock/sessions/{sessionId}/jobs", "deleteSessionJobs", nil, (*Plane).deleteSessionJobs},

		{get, "/_mock/sessions/{sessionId}/wait", "waitForSession", []string{"state", "timeout"}, (*Plane).waitForSession},
		{get, "/_mock/exports/{exportId}/wait", "waitForExport", []string{"state", "timeout"}, (*Plane).waitForExport},
		{get, "/_mock/roles/{potentialRoleId}/wait", "waitForProvision", []string{"state", "timeout"}, (*Plane).waitForProvision},
		{get, "/_mock/events", "streamEvents", nil, (*Plane).events},

		{get, "/_mock/faults", "listFaults", []string{"unused"}, (*Plane).listFaults},
		{put, "/_mock/faults", "replaceFaults", nil, (*Plane).replaceFaults},
		{post, "/_mock/faults", "addFaults", nil, (*Plane).addFaults},
		{remove, "/_mock/faults", "clearFaults", nil, (*Plane).clearFaults},
		{get, "/_mock/faults/{id}", "getFault", nil, (*Plane).getFault},
		{remove, "/_mock/faults/{id}", "removeFault", nil, (*Plane).removeFault},

		{get, "/_mock/fixtures", "getFixtures", nil, (*Plane).getFixtures},
		{put, "/_mock/fixtures", "putFixtures", nil, (*Plane).putFixtures},
		{update, "/_mock/fixtures", "patchFixtures", []string{"baseline"}, (*Plane).patchFixtures},

		{post, "/_mock/tokens", "forgeToken", nil, (*Plane).forgeToken},

		{get, "/_mock/outbox", "listMails", []string{"limit", "offset", "recipientId", "sessionId"}, (*Plane).listMails},
		{get, "/_mock/outbox/{mailId}", "getMail", nil, (*Plane).getMail},
		{remove, "/_mock/outbox", "clearOutbox", nil, (*Plane).clearOutbox},

		{get, "/_mock/roles", "listRoles", []string{"limit", "offset", "potentialRoleId", "provisioned"}, (*Plane).listRoles},
		{get, "/_mock/access-profiles", "listAccessProfiles", []string{"limit", "offset", "provisioned", "roleId"}, (*Plane).listAccessProfiles},
		{get, "/_mock/access-requests", "listAccessRequests", []string{"identityId", "limit", "offset", "roleId"}, (*Plane).listAccessRequests},

		{get, "/_mock/journal", "listJournal", journalParams(), (*Plane).listJournal},
		{remove, "/_mock/journal", "clearJournal", nil, (*Plane).clearJournal},
		{get, "/_mock/journal/har", "getJournalArchive", journalParams(), (*Plane).getHAR},
		{get, "/_mock/journal/{number}", "getJournalEntry", nil, (*Plane).getJournalEntry},
		{post, "/_mock/verify", "verifyRequests", nil, (*Plane).verify},
		{get, "/_mock/coverage", "getCoverage", []string{"version", "format"}, (*Plane).getCoverage},
		{remove, "/_mock/coverage", "resetCoverage", nil, (*Plane).resetCoverage},
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
		all = append(all, operationEntry{rt.method, rt.path, rt.operationID, rt.params})
	}
	return all, nil
}
