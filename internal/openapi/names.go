package openapi

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// names finds, for each spelling of an operationId, the default version's. It
// does its work once, when it is first called.
var names = sync.OnceValue(func() map[string]string {
	all, err := readNames()
	if err != nil {
		panic(fmt.Sprintf("openapi: embedded overlays: %v", err)) // which the tests rule out
	}
	return all
})

func readNames() (map[string]string, error) {
	var overlays []overlay
	if err := decode(overlaysJSON, &overlays); err != nil {
		return nil, err
	}
	base := versions[Default]()
	all := map[string]string{}
	for _, op := range base.outside {
		all[op.ID] = op.ID
	}
	for _, op := range base.operations {
		for _, o := range overlays {
			spelt, _ := o.operationID(op.ID)
			if other, taken := all[spelt]; taken && other != op.ID {
				return nil, fmt.Errorf("%s is %s and %s", spelt, other, op.ID)
			}
			all[spelt] = op.ID
		}
	}
	return all, nil
}

// Canonical is what the default version calls the operation that any of the
// versions calls id, false if none does: "patchRoleMiningPotentialRole" (beta)
// and "patchPotentialRoleV1" (v1) are "patchPotentialRole". The operations of
// /oauth have one name.
func Canonical(id string) (string, bool) {
	canonical, ok := names()[id]
	return canonical, ok
}

// Spellings are all names that the versions have for the operation that one of
// them calls id, ascending; none for an operation that there is not.
func Spellings(id string) []string {
	canonical, ok := Canonical(id)
	if !ok {
		return nil
	}
	var all []string
	for spelt, of := range names() {
		if of == canonical {
			all = append(all, spelt)
		}
	}
	slices.Sort(all)
	return all
}

// IDs are the names of all operations as the default version has them, ascending:
// the emulated ones and those of /oauth, without the control plane's.
func IDs() []string {
	return slices.Compact(slices.Sorted(maps.Values(names())))
}

// Method is the method of the operation that any of the versions calls id, and
// whether it belongs to versions at all, which those of /oauth do not; "" for an
// operation that there is not.
func Method(id string) (method string, versioned bool) {
	canonical, _ := Canonical(id)
	base := versions[Default]()
	is := func(op Operation) bool { return op.ID == canonical }
	if i := slices.IndexFunc(base.operations, is); i >= 0 {
		return base.operations[i].Method, true
	}
	if i := slices.IndexFunc(base.outside, is); i >= 0 {
		return base.outside[i].Method, false
	}
	return "", false
}

// PathParams are the parameters in the path of a request to an operation, by name
// and unescaped: version and id are those that the operation was served under,
// path is escaped and may have a prefix. Nil for what is no operation's.
func PathParams(version, id, path string) map[string]string {
	if version == latest {
		version = Default
	}
	compile, ok := versions[version]
	if !ok {
		return nil
	}
	for _, op := range compile().operations {
		if op.ID == id {
			return op.params(strings.Split(path, "/"))
		}
	}
	return nil
}

// latest is a version that is served as the default one.
const latest = "latest"

// params reads the values out of the segments of a path, from its end.
func (op *Operation) params(segments []string) map[string]string {
	template := strings.Split(op.Path, "/")
	if len(segments) < len(template) {
		return nil
	}
	segments = segments[len(segments)-len(template):]
	all := map[string]string{}
	for i, part := range template {
		if !strings.HasPrefix(part, "{") {
			continue
		}
		value, err := url.PathUnescape(segments[i])
		if err != nil {
			return nil
		}
		all[strings.Trim(part, "{}")] = value
	}
	return all
}

// ParamNames are the names of the parameters in the path of an operation, which
// may be called as in any version, in the order of the path.
func ParamNames(id string) []string {
	canonical, _ := Canonical(id)
	var all []string
	for _, op := range versions[Default]().operations {
		if op.ID != canonical {
			continue
		}
		for part := range strings.SplitSeq(op.Path, "/") {
			if strings.HasPrefix(part, "{") {
				all = append(all, strings.Trim(part, "{}"))
			}
		}
	}
	return all
}
