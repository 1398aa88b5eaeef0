package openapi

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Parts are what a client can put into the requests of an operation, as its
// description says. All lists are ascending.
type Parts struct {
	// Parameters are the names of the query parameters.
	Parameters []string
	// Properties are the properties of the JSON body that are read, each as a
	// JSON Pointer: "/scope", "/scope/criteria". For a JSON Patch they are the
	// paths that can be patched.
	Properties []string
	// Members are the members that each operation of a JSON Patch has.
	Members []string
	// Ignored are the properties that may be sent and have no effect.
	Ignored []string
	// Open are the properties below which any name may stand.
	Open []string
	// Filters are the comparisons that the parameter filters takes, each a
	// field and an operator: "name sw".
	Filters []string
	// Sorters are the fields that the parameter sorters takes.
	Sorters []string
}

// schema is the part of a schema that Parts is read from.
type schema struct {
	Ref         string            `json:"$ref"`
	AllOf       []schema          `json:"allOf"`
	Description string            `json:"description"`
	Properties  map[string]schema `json:"properties"`
	Items       *schema           `json:"items"`
	Additional  any               `json:"additionalProperties"`
}

// Request is what a client can put into the requests of an operation of a version,
// by its operationId there; false if the version has none of that name.
func Request(version, operationID string) (Parts, bool) {
	compile, ok := versions[version]
	if !ok {
		return Parts{}, false
	}
	all := compile().operations
	i := slices.IndexFunc(all, func(op Operation) bool { return op.ID == operationID })
	if i < 0 {
		return Parts{}, false
	}
	return all[i].Request, true
}

const (
	mediaJSON  = "application/json"
	mediaPatch = "application/json-patch+json"
)

// readParts reads the parts of a request. shared are the schemas of the document.
func (op operation) readParts(params []parameter, shared map[string]schema) Parts {
	var p Parts
	for _, param := range params {
		if param.In != "query" {
			continue
		}
		p.Parameters = append(p.Parameters, param.Name)
		switch param.Name {
		case "filters":
			p.Filters = comparisons(param.Description)
		case "sorters":
			p.Sorters = quoted(upTo(param.Description, ";"))
		}
	}
	if op.Request != nil {
		if body, ok := op.Request.Content[mediaJSON]; ok {
			p.properties(body.Schema, "", shared)
		}
		if body, ok := op.Request.Content[mediaPatch]; ok {
			p.Members = slices.Collect(maps.Keys(resolved(*body.Schema.Items, shared).Properties))
			for _, text := range quoted(op.Description) {
				if strings.HasPrefix(text, "/") {
					p.Properties = append(p.Properties, text)
				}
			}
		}
	}
	for _, list := range []*[]string{&p.Parameters, &p.Properties, &p.Members, &p.Ignored, &p.Open, &p.Filters, &p.Sorters} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return p
}

// properties collects those of an object and of the objects in it.
func (p *Parts) properties(s schema, at string, shared map[string]schema) {
	s = resolved(s, shared)
	for name, property := range s.Properties {
		pointer := at + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
		if strings.Contains(property.Description, "Ignored on input.") {
			p.Ignored = append(p.Ignored, pointer)
			continue
		}
		p.Properties = append(p.Properties, pointer)
		whole := resolved(property, shared)
		if whole.Items != nil {
			whole = resolved(*whole.Items, shared)
		}
		if open, _ := whole.Additional.(bool); open {
			p.Open = append(p.Open, pointer)
		}
		p.properties(property, pointer, shared)
	}
}

// resolved is a schema with its reference, or the one in its allOf, followed.
func resolved(s schema, shared map[string]schema) schema {
	for _, part := range s.AllOf {
		if part.Ref != "" {
			s = part
		}
	}
	if s.Ref != "" {
		return shared[strings.TrimPrefix(s.Ref, "#/components/schemas/")]
	}
	return s
}

// quoted are the words of a description that stand in backquotes, but for a
// lone sign.
func quoted(text string) []string {
	var all []string
	for _, match := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(text, -1) {
		if match[1] != "-" {
			all = append(all, match[1])
		}
	}
	return all
}

// comparisons reads "`name` (eq, sw); `saved` (eq)".
func comparisons(text string) []string {
	var all []string
	for _, match := range regexp.MustCompile("`([^`]+)` \\(([a-z, ]+)\\)").FindAllStringSubmatch(text, -1) {
		for op := range strings.SplitSeq(match[2], ", ") {
			all = append(all, match[1]+" "+op)
		}
	}
	return all
}

func upTo(text, sign string) string {
	before, _, _ := strings.Cut(text, sign)
	return before
}
