package handlers

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"mockserver/internal/openapi"
)

// This file refuses what is not documented in requests, where that is asked for.
// The real service ignores it, and with it the misspelt filter of a client that
// then works on the wrong page. What is documented is read from the description
// of the operation (openapi.Request).

// unknown are the names of a request that its operation does not have.
type unknown struct {
	parameters []string
	properties []string // as JSON Pointers
}

// checkStrictly refuses a request with names that its operation does not have.
// What it cannot read is left to the handler, which refuses it in its own words.
func checkStrictly(c *call) error {
	id := c.version.operationID(c.route.operationID)
	parts, ok := openapi.Request(c.version.described(), id)
	if !ok { // the tables are held against each other by tests
		return fmt.Errorf("%s of %s is not described", id, c.version.name)
	}
	var u unknown
	for name := range c.query {
		if !slices.Contains(parts.Parameters, name) {
			u.parameters = append(u.parameters, name)
		}
	}
	if len(parts.Properties) > 0 {
		raw, err := peek(c)
		if err != nil {
			return err
		}
		u.body(raw, parts)
	}
	return u.refusal(parts)
}

// peek reads the body of a request and puts it back.
func peek(c *call) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(c.Body, maxBody+1))
	if err != nil {
		return nil, badContent("The request body ended before it was complete.")
	}
	c.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(raw), c.Body), c.Body}
	return raw, nil
}

// body collects the unknown names of a body.
func (u *unknown) body(raw []byte, parts openapi.Parts) {
	if parts.Members == nil {
		u.object(raw, "", parts)
		return
	}
	var steps []json.RawMessage
	_ = json.Unmarshal(raw, &steps) // what is no array is refused later
	for i, step := range steps {
		for _, name := range namesIn(step) {
			if !slices.Contains(parts.Members, name) {
				u.properties = append(u.properties, "/"+strconv.Itoa(i)+"/"+pointerEscaper().Replace(name))
			}
		}
	}
}

// object collects the unknown names of an object, and of the objects in it.
func (u *unknown) object(raw []byte, above string, parts openapi.Parts) {
	var members map[string]json.RawMessage
	_ = json.Unmarshal(raw, &members) // what is no object is refused later
	for name, value := range members {
		switch pointer := above + "/" + pointerEscaper().Replace(name); {
		case slices.Contains(parts.Ignored, pointer), slices.Contains(parts.Open, pointer):
		case slices.Contains(parts.Properties, pointer):
			u.object(value, pointer, parts)
		default:
			u.properties = append(u.properties, pointer)
		}
	}
}

// namesIn are the names in an object, none in anything else.
func namesIn(raw []byte) []string {
	var members map[string]json.RawMessage
	_ = json.Unmarshal(raw, &members)
	return slices.Collect(maps.Keys(members))
}

func pointerEscaper() *strings.Replacer { return strings.NewReplacer("~", "~0", "/", "~1") }

// refusal names all that is unknown in one message, nil for nothing.
func (u *unknown) refusal(parts openapi.Parts) error {
	var found []string
	if len(u.parameters) > 0 {
		found = append(found, listed("query parameters", u.parameters)+has("query parameters", parts.Parameters))
	}
	if len(u.properties) > 0 {
		known := parts.Properties
		if parts.Members != nil {
			known = parts.Members
		}
		found = append(found, listed("properties", u.properties)+has("properties", known))
	}
	if len(found) == 0 {
		return nil
	}
	f := badContent("The request has names that are not documented: " + strings.Join(found, "; ") + ".")
	f.hint = "strict request checks are on (--strict-requests, /_mock/settings); the real service ignores such names"
	return f
}

const (
	// maxUnknown is how many names of a kind a message has, and maxUnknownName
	// how long each is, in bytes.
	maxUnknown, maxUnknownName = 20, 120
)

// listed are names in one order, quoted, and not too many of them.
func listed(kind string, names []string) string {
	slices.Sort(names)
	var b strings.Builder
	b.WriteString(kind)
	for i, name := range names {
		if i == maxUnknown {
			fmt.Fprintf(&b, " and %d more", len(names)-i)
			break
		}
		if i > 0 {
			b.WriteByte(',')
		}
		if len(name) > maxUnknownName {
			name = strings.ToValidUTF8(name[:maxUnknownName], "") + "..."
		}
		b.WriteString(" " + strconv.Quote(name))
	}
	return b.String()
}

// has tells what the operation has instead.
func has(kind string, known []string) string {
	if len(known) == 0 {
		return " (the operation has no " + kind + ")"
	}
	return " (the operation has " + strings.Join(known, ", ") + ")"
}
