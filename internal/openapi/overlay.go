package openapi

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// overlay says how the document of one version differs from base.json.
type overlay struct {
	Version string `json:"version"`
	// Server is the base URL, relative to the emulator's own address.
	Server string `json:"server"`
	// OmitParameters are components/parameters that no operation of this
	// version takes.
	OmitParameters []string `json:"omitParameters"`
	// RewritePaths maps a path's first segment to what stands there instead.
	RewritePaths map[string]string `json:"rewritePaths"`
	// OperationIDs maps the base document's operation ids to other ones.
	OperationIDs map[string]string `json:"operationIds"`
	// OperationIDSuffix is put behind every operation id.
	OperationIDSuffix string `json:"operationIdSuffix"`
	// Merge is a JSON Merge Patch (RFC 7396) on the whole document.
	Merge map[string]any `json:"merge"`
}

// apply turns the base document into this version's. It may change doc. What a
// rule names must be there: a rule that hits nothing is an error, so that a
// rename in base.json cannot switch a rule off unnoticed.
func (o overlay) apply(doc map[string]any) (map[string]any, error) {
	object(doc, "info")["version"] = o.Version
	doc["servers"] = []any{map[string]any{"url": o.Server, "description": "This emulator."}}

	renamed, omitted, moved := 0, 0, 0
	paths := map[string]any{}
	for path, item := range object(doc, "paths") {
		item := item.(map[string]any)
		if _, own := item["servers"]; own { // outside every version
			paths[path] = item
			continue
		}
		for _, op := range operationsOf(item) {
			id, hit := o.operationID(op["operationId"].(string))
			op["operationId"] = id
			renamed += hit
			omitted += o.omit(op)
		}
		path, hit := o.rewrite(path)
		paths[path] = item
		moved += hit
	}
	doc["paths"] = paths
	if renamed != len(o.OperationIDs) || (omitted == 0) != (len(o.OmitParameters) == 0) || (moved == 0) != (len(o.RewritePaths) == 0) {
		return nil, fmt.Errorf("overlay %s: a rule names what base.json does not have", o.Version)
	}
	return merge(doc, o.Merge).(map[string]any), nil
}

// operationID is the id in this version, and 1 if a rule named the old one.
func (o overlay) operationID(id string) (string, int) {
	hit := 0
	if other, ok := o.OperationIDs[id]; ok {
		id, hit = other, 1
	}
	return id + o.OperationIDSuffix, hit
}

// omit takes the omitted parameters from an operation and counts them.
func (o overlay) omit(op map[string]any) int {
	params, _ := op["parameters"].([]any)
	kept := slices.DeleteFunc(slices.Clone(params), func(p any) bool {
		ref, _ := p.(map[string]any)["$ref"].(string)
		return slices.Contains(o.OmitParameters, strings.TrimPrefix(ref, "#/components/parameters/"))
	})
	if len(kept) < len(params) {
		op["parameters"] = kept
	}
	return len(params) - len(kept)
}

// rewrite is the path in this version, and 1 if a rule changed it.
func (o overlay) rewrite(path string) (string, int) {
	first := path
	if i := strings.Index(path[1:], "/"); i >= 0 {
		first = path[:i+1]
	}
	if other, ok := o.RewritePaths[first]; ok {
		return other + path[len(first):], 1
	}
	return path, 0
}

// merge applies a JSON Merge Patch: null removes, an object goes deeper, anything
// else replaces.
func merge(target, patch any) any {
	changes, ok := patch.(map[string]any)
	if !ok {
		return patch
	}
	old, _ := target.(map[string]any)
	result := maps.Clone(old)
	if result == nil {
		result = map[string]any{}
	}
	for key, change := range changes {
		if change == nil {
			delete(result, key)
		} else {
			result[key] = merge(result[key], change)
		}
	}
	return result
}

func object(in map[string]any, key string) map[string]any { return in[key].(map[string]any) }

// operationsOf are the operations of a path item, by method.
func operationsOf(item map[string]any) map[string]map[string]any {
	ops := map[string]map[string]any{}
	for _, method := range []string{"get", "post", "put", "patch", "delete"} {
		if op, ok := item[method].(map[string]any); ok {
			ops[method] = op
		}
	}
	return ops
}
