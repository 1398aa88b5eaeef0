package openapi

import (
	"fmt"
	"io/fs"
)

// resource is a file of control/: the paths of one resource of the control
// plane, by method, and the schemas that they use.
type resource struct {
	Paths   map[string]map[string]any `json:"paths"`
	Schemas map[string]any            `json:"schemas"`
}

// addControl adds the control plane to a document. What all of its operations
// have in common is added here: they belong to no version, have the tag Control,
// need no token, and refuse what they do not know.
func addControl(doc map[string]any) error {
	files, err := fs.Glob(controlFiles, "control/*.json")
	if err != nil {
		return err
	}
	paths, schemas := object(doc, "paths"), object(object(doc, "components"), "schemas")
	for _, name := range files {
		text, err := fs.ReadFile(controlFiles, name)
		if err != nil {
			return err
		}
		var r resource
		if err := decode(text, &r); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		for path, item := range r.Paths {
			for _, op := range operationsOf(item) {
				op["tags"], op["security"] = []any{"Control"}, []any{}
				if answers := object(op, "responses"); answers["400"] == nil {
					answers["400"] = map[string]any{"$ref": "#/components/responses/ControlError"}
				}
			}
			item["servers"] = []any{map[string]any{"url": "/", "description": "Paths that belong to no version."}}
			if _, twice := paths[path]; twice {
				return fmt.Errorf("%s: %s is described twice", name, path)
			}
			paths[path] = item
		}
		for schema, value := range r.Schemas {
			if _, twice := schemas[schema]; twice {
				return fmt.Errorf("%s: the schema %s is described twice", name, schema)
			}
			schemas[schema] = value
		}
	}
	return nil
}
