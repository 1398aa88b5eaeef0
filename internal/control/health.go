package control

import (
	"net/http"
	"strconv"

	"mockserver/internal/openapi"
)

// health is the body of the health answers.
type health struct {
	Status        string       `json:"status"` // "UP" or "DOWN"
	Reason        string       `json:"reason,omitempty"`
	Version       string       `json:"version"`
	SchemaVersion int          `json:"schemaVersion"`
	UptimeSeconds int          `json:"uptimeSeconds"`
	Seed          string       `json:"seed"`
	Capabilities  capabilities `json:"capabilities"`
}

// capabilities is what the server can do, for clients that work with several
// versions of it.
type capabilities struct {
	Versions []string `json:"versions"` // of the API
}

// live answers 200 as long as the process can answer at all.
func (p *Plane) live(c *call) (any, error) { return p.health(c, "UP", ""), nil }

// ready answers 200 only when schema, fixtures, keys and listener stand, and
// 503 with the reason otherwise.
func (p *Plane) ready(c *call) (any, error) {
	if err := c.tenant.Ready(c.Context()); err != nil {
		return with{http.StatusServiceUnavailable, p.health(c, "DOWN", err.Error())}, nil
	}
	return p.health(c, "UP", ""), nil
}

func (p *Plane) health(c *call, status, reason string) health {
	return health{
		Status:        status,
		Reason:        reason,
		Version:       p.Version,
		SchemaVersion: p.SchemaVersion,
		UptimeSeconds: int(p.Clock.Now().Sub(p.started).Seconds()),
		Seed:          c.tenant.Seed,
		Capabilities:  capabilities{Versions: openapi.Versions()},
	}
}

// describe is the description of one version, chosen by ?version=.
func (p *Plane) describe(c *call) (any, error) {
	version := c.URL.Query().Get("version")
	if version == "" || version == "latest" { // which the API serves, too
		version = openapi.Default
	}
	body, ok := openapi.Document(version)
	if !ok {
		return nil, &problem{status: http.StatusBadRequest, Text: "version " + strconv.Quote(version) + " is not described", Allowed: openapi.Versions()}
	}
	return document{contentType: contentJSON, body: body}, nil
}
