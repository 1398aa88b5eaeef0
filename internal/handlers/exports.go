package handlers

import (
	"strconv"

	"github.com/google/uuid"

	"mockserver/internal/api"
	"mockserver/internal/rolemining"
)

func exportRole(a *API, c *call) (*answer, error) {
	file, err := a.service.ExportRole(c.Context(), c.sessionID(), c.roleID())
	return zipFile(c.roleID(), file), err
}

// startExport takes its choices in an optional body; without one everything is
// exported.
func startExport(a *API, c *call) (*answer, error) {
	body, err := readObject(c.Request, true)
	if err != nil {
		return nil, err
	}
	request := rolemining.ExportRequest{IncludeCommonAccess: true}
	if p := body.whole("minEntitlementPopularity"); p != nil {
		request.MinEntitlementPopularity = *p
	}
	if b := body.boolean("includeCommonAccess"); b != nil {
		request.IncludeCommonAccess = *b
	}
	if err := body.failed(); err != nil {
		return nil, err
	}
	started, err := a.service.StartExport(c.Context(), c.sessionID(), c.roleID(), request)
	if err != nil {
		return nil, err
	}
	return encoded(api.ExportOf(started))
}

func getExport(a *API, c *call) (*answer, error) {
	id, err := c.exportID()
	if err != nil {
		return nil, err
	}
	export, err := a.service.Export(c.Context(), c.sessionID(), c.roleID(), id)
	if err != nil {
		return nil, err
	}
	return encoded(api.ExportOf(export))
}

func downloadExport(a *API, c *call) (*answer, error) {
	id, err := c.exportID()
	if err != nil {
		return nil, err
	}
	file, err := a.service.DownloadExport(c.Context(), c.sessionID(), c.roleID(), id)
	return zipFile(id, file), err
}

// exportID is the id of an export, which is documented to be a UUID.
func (c *call) exportID() (string, error) {
	id := c.id("exportId")
	parsed, err := uuid.Parse(id)
	if err != nil || len(id) != len(parsed.String()) { // not in braces, nor as a URN
		return "", illegalValue("exportId must be a UUID, not " + strconv.Quote(id) + ".")
	}
	return parsed.String(), nil // a UUID is the same in either case
}

// zipFile answers with the bytes of a ZIP, whatever the client says it accepts.
// The file is named after the id where that makes a plain file name.
func zipFile(id string, file []byte) *answer {
	name := "role-mining-export.zip"
	if parsed, err := uuid.Parse(id); err == nil { // which takes any sign for the braces around one
		name = "role-mining-" + parsed.String() + ".zip"
	}
	return &answer{
		contentType: mediaZIP, body: file,
		header: map[string]string{"Content-Disposition": `attachment; filename="` + name + `"`},
	}
}
