package handlers

import (
	"strings"

	"mockserver/internal/openapi"
)

// version is one form under which the API is served. All that differs from one
// to another is here.
type version struct {
	name string // as in logs and rate limits
	// prefix goes before every path. The per-API form has none: it puts its
	// version behind the first segment.
	prefix     string
	perAPI     string
	experiment bool // X-SailPoint-Experimental is required
	// operationIDs renames operations; suffix goes behind every name.
	operationIDs map[string]string
	suffix       string
}

// versions are the forms in which the API is served. latest is that of the
// newest yearly version.
func versions() []version {
	return []version{
		{name: "beta", prefix: "/beta", operationIDs: map[string]string{"patchPotentialRole": "patchRoleMiningPotentialRole"}},
		{name: "v2024", prefix: "/v2024", experiment: true},
		{name: "v2025", prefix: "/v2025", experiment: true},
		{name: "v2026", prefix: "/v2026", experiment: true},
		{name: "latest", prefix: "/latest", experiment: true},
		{name: "v1", perAPI: "v1", experiment: true, suffix: "V1"},
	}
}

// described is the version whose document describes this one.
func (v version) described() string {
	if v.name == "latest" {
		return openapi.Default
	}
	return v.name
}

// pattern is where a path of the route table is in this version.
func (v version) pattern(path string) string {
	if v.perAPI == "" {
		return v.prefix + path
	}
	first, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if rest != "" {
		rest = "/" + rest
	}
	return "/" + first + "/" + v.perAPI + rest
}

// operationID is what this version's documents call an operation.
func (v version) operationID(id string) string {
	if renamed, ok := v.operationIDs[id]; ok {
		id = renamed
	}
	return id + v.suffix
}
