package control

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

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
	Control  []string `json:"control"`  // what the control plane has, by name
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
		Capabilities:  capabilities{Versions: openapi.Versions(), Control: p.features(c)},
	}
}

// features are the names of what the control plane has, as its paths tell them,
// without what this server or tenant was told to leave out.
func (p *Plane) features(c *call) []string {
	names := map[string]bool{}
	for _, rt := range routes() {
		if name := featureOf(rt.path); name != "" && p.has(rt) {
			names[name] = true
		}
	}
	if c.tenant.Journal == nil {
		for _, of := range []string{"journal", "verify", "coverage"} {
			delete(names, of)
		}
	}
	return sortedKeys(names)
}

// featureOf is the name of what a path is of: "clock" of /_mock/clock, "explain"
// of /_mock/roles/{potentialRoleId}/explain, since what is behind the id of an
// object of the API is a feature of its own. Of the table of contents and of
// /health it is "".
func featureOf(path string) string {
	rest, ok := strings.CutPrefix(path, "/_mock/")
	if !ok {
		return ""
	}
	segments := strings.Split(strings.TrimSuffix(rest, "/"), "/")
	if len(segments) > 2 && slices.Contains([]string{"sessions", "roles", "exports"}, segments[0]) {
		return segments[2]
	}
	return strings.TrimSuffix(segments[0], ".json")
}

// describe is the description of one version, chosen by ?version=.
func (p *Plane) describe(c *call) (any, error) {
	version := c.URL.Query().Get("version")
	if version == "" || version == "latest" { // which the API serves, too
		version = openapi.Default
	}
	body, ok := openapi.Document(version)
	if !ok {
		return nil, &problem{status: http.StatusBadRequest, Text: "version " + strconv.Quote(version) + " is not described", Allowed: append(openapi.Versions(), "latest")}
	}
	return document{contentType: contentJSON, body: body}, nil
}
