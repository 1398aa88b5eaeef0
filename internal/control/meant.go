package control

import (
	"slices"
	"strings"

	"mockserver/internal/spelling"
)

// Meant is the path of the control plane that a mistaken one most likely stands for:
// with a slash too many, in another case of letters, with a segment that is spelt
// wrong, or with more in front of /_mock than a tenant. ok is false where it stands
// for none.
func Meant(path string) (meant string, ok bool) {
	segments := segmentsOf(path)
	if len(segments) > 1 && !isMock(segments[0]) && strings.EqualFold(segments[1], "_mock") {
		segments = segments[1:] // behind the version of the API, which SDKs put in front
	}
	if len(segments) == 0 || !isMock(segments[0]) {
		return "", false
	}
	best, least := "", 0
	for _, rt := range routes() {
		template := strings.Split(strings.Trim(rt.path, "/"), "/")
		if template[0] != "_mock" || len(template) != len(segments) {
			continue
		}
		filled, away, ok := fill(template, segments)
		if ok && (best == "" || away < least) {
			best, least = filled, away
		}
	}
	return best, best != ""
}

// Near says whether whoever asked for a path that nothing has was looking for the
// control plane and not for the API, and understands its errors.
func Near(path string) bool {
	segments := segmentsOf(path)
	if len(segments) > 2 && strings.EqualFold(segments[0], "t") {
		segments = segments[2:] // the name of a tenant
	}
	return len(segments) > 0 && isMock(segments[0])
}

// segmentsOf are the segments of a path that are not empty.
func segmentsOf(path string) []string {
	return slices.DeleteFunc(strings.Split(path, "/"), func(s string) bool { return s == "" })
}

// isMock says whether a segment is _mock, or nearly.
func isMock(segment string) bool { return strings.EqualFold(strings.Trim(segment, "_"), "mock") }

// fill puts the segments of a path into a template, and tells how many letters of
// them are wrong; ok is false if that is too many of one.
func fill(template, segments []string) (path string, away int, ok bool) {
	for i, want := range template {
		got := segments[i]
		if strings.HasPrefix(want, "{") {
			path += "/" + got
			continue
		}
		path += "/" + want
		if i == 0 { // isMock
			continue
		}
		if _, ok := spelling.Meant([]string{want}, got); !ok {
			return "", 0, false
		}
		away += spelling.Distance(want, got)
	}
	return path, away, true
}
