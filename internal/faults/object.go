package faults

import (
	"encoding/json"
	"net/textproto"
	"slices"
	"strings"

	"mockserver/internal/problems"
	"mockserver/internal/spelling"
)

// object is a JSON object that is being read.
type object struct {
	at      string // its JSON Pointer
	members map[string]json.RawMessage
}

// object reads an object and refuses properties that are neither known nor
// passed over. Null is as good as absent.
func (p *parser) object(raw json.RawMessage, at string, known []string, passed ...string) (object, bool) {
	o := object{at: at}
	if json.Unmarshal(raw, &o.members) != nil || o.members == nil {
		p.add(at, nil, "must be an object")
		return o, false
	}
	var names []string
	for name, value := range o.members {
		if !slices.Contains(known, name) && !slices.Contains(passed, name) {
			names = append(names, name)
		} else if string(value) == "null" {
			delete(o.members, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		if p.problems.Count >= problems.Max { // of one that is not told, what it may have been does not matter, and is a search
			p.problems.Count++
			continue
		}
		p.add(at+"/"+escape(name), spelling.Nearest(known, name), "there is no property %q here", name)
	}
	return o, true
}

func (o object) value(name string) (json.RawMessage, bool) {
	raw, ok := o.members[name]
	return raw, ok
}

func (o object) missing(name string) bool {
	_, ok := o.members[name]
	return !ok
}

// lacks says whether all of these are missing.
func (o object) lacks(names ...string) bool {
	return !slices.ContainsFunc(names, func(name string) bool { return !o.missing(name) })
}

// field reads a property of a kind and says whether it is there and good.
func field[T any](p *parser, o object, name, kind string, to *T) bool {
	raw, ok := o.value(name)
	if !ok {
		return false
	}
	var v T
	if json.Unmarshal(raw, &v) != nil {
		p.add(o.at+"/"+name, nil, "must be %s", kind)
		return false
	}
	*to = v
	return true
}

func (o object) text(p *parser, name string, to *string) bool {
	return field(p, o, name, "a string", to)
}

// whole reads a whole number within bounds.
func (o object) whole(p *parser, name string, to *int, least, most int) bool {
	var n int
	if !field(p, o, name, "a whole number", &n) {
		return false
	}
	if n < least || n > most {
		p.add(o.at+"/"+name, nil, "must be from %d to %d", least, most)
		return false
	}
	*to = n
	return true
}

// oneOf reads a text that must be one of several.
func (o object) oneOf(p *parser, name string, to *string, allowed ...string) bool {
	var text string
	if !o.text(p, name, &text) {
		return false
	}
	if !slices.Contains(allowed, text) {
		p.add(o.at+"/"+name, spelling.Nearest(allowed, text), "%q is not possible", text)
		return false
	}
	*to = text
	return true
}

// texts reads an object whose values are texts, nil for none.
func (o object) texts(p *parser, name string) map[string]string {
	raw, ok := o.value(name)
	if !ok {
		return nil
	}
	var all map[string]string
	if json.Unmarshal(raw, &all) != nil {
		p.add(o.at+"/"+name, nil, "must be an object whose values are strings")
		return nil
	}
	if len(all) == 0 {
		return nil
	}
	return all
}

// escape writes a name as a part of a JSON Pointer.
func escape(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

// canonicalHeader is the name of a header in its canonical spelling, false if it
// is none: RFC 9110, section 5.1.
func canonicalHeader(name string) (string, bool) {
	if name == "" || strings.Trim(name, tokenSigns) != "" {
		return name, false
	}
	return textproto.CanonicalMIMEHeaderKey(name), true
}

// tokenSigns are those that the name of a header is made of.
const tokenSigns = idSigns + "!#$%&'*+^`|~"
