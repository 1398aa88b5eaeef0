package openapi

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Operation is one operation of the emulated API, as a version's document
// describes it.
type Operation struct {
	Method string // "GET", "POST" or "PATCH"
	// Path is the path that clients address, with the version's prefix and
	// with parameters in braces: "/v2026/role-mining-sessions/{sessionId}".
	Path string
	ID   string // the operationId
	// Rights are those of which a token needs one, weakest first.
	Rights []string
	// UserLevels are those of which a caller needs one; nil if none is listed.
	UserLevels []string
	// Experimental says that the header X-SailPoint-Experimental is required.
	Experimental bool
	// Success is the one documented status below 300.
	Success int
	// Statuses are all documented ones, ascending, Success among them.
	Statuses []int
	// RequestType is the media type of the request body, "" for none.
	RequestType string
	// RequestRequired says that the request body may not be absent.
	RequestRequired bool
	// ResponseType is the media type of the answer with Success.
	ResponseType string
	// Paged says that the operation takes offset, limit and count.
	Paged bool
	// Request is what a client can put into a request.
	Request Parts
}

// Operations lists the emulated operations of a version by path and method, nil
// for a version that is none of Versions. Paths outside the versions, such as
// /oauth/token, are not among them. The slice is a copy; what its elements point
// to is shared.
func Operations(version string) []Operation {
	compile, ok := versions[version]
	if !ok {
		return nil
	}
	return slices.Clone(compile().operations)
}

// document is the part of an OpenAPI document that Operation is read from.
type document struct {
	Servers []struct {
		URL string `json:"url"`
	} `json:"servers"`
	Paths      map[string]map[string]json.RawMessage `json:"paths"`
	Components struct {
		Parameters map[string]parameter `json:"parameters"`
		Schemas    map[string]schema    `json:"schemas"`
	} `json:"components"`
}

type parameter struct {
	Ref         string `json:"$ref"`
	Name        string `json:"name"`
	In          string `json:"in"`
	Description string `json:"description"`
}

type operation struct {
	ID          string      `json:"operationId"`
	Tags        []string    `json:"tags"`
	Description string      `json:"description"`
	Parameters  []parameter `json:"parameters"`
	Request     *struct {
		Required bool `json:"required"`
		Content  map[string]struct {
			Schema schema `json:"schema"`
		} `json:"content"`
	} `json:"requestBody"`
	Responses map[string]struct {
		Content map[string]json.RawMessage `json:"content"`
	} `json:"responses"`
	Security   []map[string][]string `json:"security"`
	UserLevels []string              `json:"x-sailpoint-userLevels"`
}

// readOperations reads the operations of the emulated API from a document, and
// those that belong to no version and are not the control plane's: of these the
// ID, the Method and the Path alone.
func readOperations(text []byte) (all, outside []Operation, err error) {
	var doc document
	if err := json.Unmarshal(text, &doc); err != nil {
		return nil, nil, err
	}
	prefix := strings.TrimSuffix(doc.Servers[0].URL, "/")
	for path, item := range doc.Paths {
		_, own := item["servers"]
		delete(item, "servers")
		for method, raw := range item {
			var op operation
			if err := json.Unmarshal(raw, &op); err != nil {
				return nil, nil, fmt.Errorf("%s %s: %w", method, path, err)
			}
			if own {
				if !slices.Contains(op.Tags, "Control") {
					outside = append(outside, Operation{ID: op.ID, Method: strings.ToUpper(method), Path: path})
				}
				continue
			}
			read, err := op.read(doc)
			if err != nil {
				return nil, nil, fmt.Errorf("%s %s: %w", method, path, err)
			}
			read.Method, read.Path = strings.ToUpper(method), prefix+path
			all = append(all, read)
		}
	}
	slices.SortFunc(all, func(a, b Operation) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Method, b.Method))
	})
	return all, outside, nil
}

// read fills in everything but the method and the path.
func (op operation) read(doc document) (Operation, error) {
	out := Operation{ID: op.ID, Rights: op.Security[0]["userAuth"], UserLevels: op.UserLevels}
	params := slices.Clone(op.Parameters)
	for i, p := range params {
		if p.Ref != "" {
			params[i] = doc.Components.Parameters[strings.TrimPrefix(p.Ref, "#/components/parameters/")]
		}
		out.Experimental = out.Experimental || params[i].Name == "X-SailPoint-Experimental"
		out.Paged = out.Paged || params[i].Name == "offset"
	}
	out.Request = op.readParts(params, doc.Components.Schemas)
	if op.Request != nil {
		out.RequestType, out.RequestRequired = onlyKey(op.Request.Content), op.Request.Required
	}
	for code, response := range op.Responses {
		status, err := strconv.Atoi(code)
		if err != nil {
			return out, fmt.Errorf("status %q: %w", code, err)
		}
		out.Statuses = append(out.Statuses, status)
		if status < 300 {
			out.Success, out.ResponseType = status, onlyKey(response.Content)
		}
	}
	slices.Sort(out.Statuses)
	return out, nil
}

// onlyKey is the key of a map of one; operations have one media type each.
func onlyKey[T any](m map[string]T) string {
	for key := range m {
		return key
	}
	return ""
}
