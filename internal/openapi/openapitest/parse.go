package openapitest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// parse reads one JSON value. Numbers stay json.Number, as they are spelled; a
// name that an object has twice is a problem, as is anything after the value.
func parse(body []byte) (any, []string) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		return nil, []string{fmt.Sprintf("the body is not JSON: %v", err)}
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, []string{"the body goes on after its JSON value"}
	}
	if written, read := colons(body), members(value); written != read {
		return nil, []string{fmt.Sprintf("an object has a name twice: %d members are written, %d remain", written, read)}
	}
	return value, nil
}

// colons counts the members that are written in valid JSON: each has one colon
// outside strings. The decoder keeps quiet about a name that comes twice, and
// reading token by token, which would show it, takes several times as long.
func colons(body []byte) int {
	n, inString := 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case inString && c == '\\':
			i++ // whatever is escaped
		case c == '"':
			inString = !inString
		case c == ':' && !inString:
			n++
		}
	}
	return n
}

// members counts the members of all objects in a value.
func members(value any) int {
	n := 0
	switch value := value.(type) {
	case map[string]any:
		n = len(value)
		for _, member := range value {
			n += members(member)
		}
	case []any:
		for _, item := range value {
			n += members(item)
		}
	}
	return n
}
