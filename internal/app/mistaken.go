package app

import (
	"fmt"
	"net/http"
	"strings"

	"mockserver/internal/auth"
	"mockserver/internal/control"
)

// controlRoot is where the control plane begins.
const controlRoot = "/_mock"

// mistaken says what is wrong with a path of which it is plain that it was to lead to
// a tenant or to the control plane, and that the API does not have: otherwise it
// would be answered with a 404 that says nothing of that. r is without the prefix of
// its tenant.
func (s side) mistaken(r *http.Request) error {
	path := r.URL.Path
	if len(path) < 2 || !mayBeMistaken(path) {
		return nil
	}
	mount := auth.Mount(r)
	first, rest, _ := strings.Cut(strings.TrimLeft(path, "/"), "/")
	if strings.EqualFold(first, "t") {
		name, inner, _ := strings.Cut(rest, "/")
		switch {
		case mount != "":
			return noAddress("a path names one tenant: %s is in front of %s, so leave one of them out", mount, path)
		case name == "":
			return noAddress("a tenant is reached by /t/NAME/..., but %s has no name; GET /_mock/tenants lists those that there are", path)
		}
		return noAddress("a tenant is reached by /t/NAME/..., not by %s: did you mean /t/%s/%s?", path, strings.ToLower(name), inner)
	}
	if meant, ok := control.Meant(path); ok && s.controls(controlRoot) {
		return noAddress("nothing has the path %s%s: did you mean %s%s?", mount, path, mount, meant)
	}
	return nil
}

// mayBeMistaken says whether a path is worth a closer look, which costs next to
// nothing for those of the API: they begin with a version, /role-mining or /oauth.
func mayBeMistaken(path string) bool {
	switch path[1] {
	case '/', '_', 't', 'T', 'm', 'M':
		return true
	}
	return strings.Contains(path, "/_")
}

func noAddress(format string, args ...any) error {
	return &control.TenantError{Kind: control.NoAddress, Text: fmt.Sprintf(format, args...)}
}
