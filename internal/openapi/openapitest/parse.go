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
	p := parser{decoder: d}
	value, err := p.value()
	if err != nil {
		return nil, []string{fmt.Sprintf("the body is not JSON: %v", err)}
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, []string{"the body goes on after its JSON value"}
	}
	return value, p.problems
}

type parser struct {
	decoder  *json.Decoder
	problems []string
}

func (p *parser) value() (any, error) {
	token, err := p.decoder.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		return p.object()
	case json.Delim('['):
		return p.array()
	default:
		return token, nil
	}
}

func (p *parser) object() (any, error) {
	members := map[string]any{}
	for p.decoder.More() {
		token, err := p.decoder.Token()
		if err != nil {
			return nil, err
		}
		name := token.(string) // the decoder accepts nothing else here
		if _, twice := members[name]; twice {
			p.problems = append(p.problems, fmt.Sprintf("an object has %q twice", name))
		}
		if members[name], err = p.value(); err != nil {
			return nil, err
		}
	}
	_, err := p.decoder.Token()
	return members, err
}

func (p *parser) array() (any, error) {
	items := []any{}
	for p.decoder.More() {
		item, err := p.value()
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	_, err := p.decoder.Token()
	return items, err
}
