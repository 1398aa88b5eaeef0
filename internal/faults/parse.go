package faults

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"mockserver/internal/problems"
	"mockserver/internal/spelling"
)

// The bounds of what a rule may say.
const (
	maxCount      = 1_000_000_000
	maxRetryAfter = 86_400
	maxID         = 64
)

// Preferred is the id of the fault that a request asks for itself. No rule may
// have it.
const Preferred = "prefer"

// parser reads a document of rules and gathers everything that is wrong with it.
type parser struct {
	catalogue *catalogue
	taken     map[string]bool // ids
	problems  problems.List[Problem]
}

func (p *parser) add(pointer string, allowed []string, format string, args ...any) {
	p.problems.Add(Problem{Pointer: pointer, Text: fmt.Sprintf(format, args...), Allowed: allowed})
}

// document reads an array of rules, or one rule. There are rules before them.
func (p *parser) document(raw []byte, before int) []*armed {
	if !json.Valid(raw) {
		p.add("", nil, "the document is not valid JSON: %s", syntaxOf(raw))
		return nil
	}
	var items []json.RawMessage
	at := func(i int) string { return "/" + strconv.Itoa(i) }
	if bytes.HasPrefix(bytes.TrimLeft(raw, " \t\r\n"), []byte("{")) {
		items, at = []json.RawMessage{raw}, func(int) string { return "" }
	} else if items = elements(raw, MaxRules-before); items == nil {
		p.add("", nil, "must be an array of rules, or one rule")
		return nil
	}
	if before+len(items) > MaxRules {
		p.add("", nil, "there would be more than the %d rules that are possible", MaxRules)
		return nil
	}
	rules := make([]*armed, len(items))
	for i, item := range items {
		rules[i] = p.rule(item, at(i))
	}
	p.nameRest(rules, before)
	return rules
}

// elements are those of an array, and no more of them than one over a number; nil
// is for what is no array. The text is valid JSON.
func elements(raw []byte, most int) []json.RawMessage {
	dec := json.NewDecoder(bytes.NewReader(raw))
	if open, err := dec.Token(); err != nil || open != json.Delim('[') {
		return nil
	}
	items := []json.RawMessage{}
	for dec.More() && len(items) <= most {
		var item json.RawMessage
		if dec.Decode(&item) != nil {
			return nil
		}
		items = append(items, item)
	}
	return items
}

func syntaxOf(raw []byte) string {
	var v any
	var syntax *json.SyntaxError
	if err := json.Unmarshal(raw, &v); errors.As(err, &syntax) {
		return fmt.Sprintf("%v, at byte %d", syntax, syntax.Offset)
	}
	return "it is not UTF-8 text"
}

// nameRest gives the rules that have no id one that tells their place.
func (p *parser) nameRest(rules []*armed, before int) {
	for i, r := range rules {
		if r.ID != "" {
			continue
		}
		for n := before + i + 1; r.ID == ""; n++ {
			if id := "fault-" + strconv.Itoa(n); !p.taken[id] {
				r.ID, p.taken[id] = id, true
			}
		}
	}
}

// rule reads one rule. What State adds to a rule may be there and is passed
// over, so that what was shown can be put back.
func (p *parser) rule(raw json.RawMessage, at string) *armed {
	r := &armed{}
	o, ok := p.object(raw, at, []string{"id", "operation", "version", "client", "path", "header", "times", "nth", "every", "after", "probability",
		"status", "retryAfter", "delay", "connection", "body", "slow", "performed"}, "seen", "hits", "spent")
	if !ok {
		return r
	}
	before := p.problems.Count
	p.id(o, r)
	p.conditions(o, r)
	p.action(o, r)
	operations := p.matchers(o, r)
	if p.problems.Count == before { // else the reasons are known
		p.narrow(o, r, operations)
	}
	return r
}

func (p *parser) id(o object, r *armed) {
	if !o.text(p, "id", &r.ID) {
		return
	}
	at := o.at + "/id"
	switch {
	case len(r.ID) == 0 || len(r.ID) > maxID || strings.Trim(r.ID, idSigns) != "":
		p.add(at, nil, "must be 1 to %d letters, digits, dots, hyphens and underscores", maxID)
	case r.ID == Preferred:
		p.add(at, nil, "%q is the id of what a request asks for itself", Preferred)
	case p.taken[r.ID]:
		p.add(at, nil, "another rule has the id %q", r.ID)
	}
	p.taken[r.ID] = true
}

const idSigns = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_"

// matchers reads which calls the rule is for. It returns the operations that it
// names.
func (p *parser) matchers(o object, r *armed) []*Operation {
	var operations []*Operation
	switch has := o.text(p, "operation", &r.Operation); {
	case has:
		if operations = p.catalogue.named(r.Operation); operations == nil {
			near := p.catalogue.nearest(r.Operation)
			p.add(o.at+"/operation", near, "there is no operation %q%s", r.Operation, spelling.Hint(near, r.Operation))
		}
	case o.missing("operation"):
		p.add(o.at+"/operation", p.catalogue.nearest(""), "is missing; %q is any operation", Any)
	}
	if o.text(p, "version", &r.Version) && !slices.Contains(p.catalogue.versions, r.Version) {
		p.add(o.at+"/version", p.catalogue.versions, "there is no version %q", r.Version)
	}
	if o.text(p, "client", &r.Client) && r.Client == "" {
		p.add(o.at+"/client", nil, "must not be empty; leave it out for any client")
	}
	r.Path = o.texts(p, "path")
	r.Header = p.header(o)
	return operations
}

// header reads the headers to look for. Those that carry secrets are refused,
// since rules are shown.
func (p *parser) header(o object) map[string]string {
	given := o.texts(p, "header")
	if given == nil {
		return nil
	}
	header := make(map[string]string, len(given))
	for _, name := range slices.Sorted(maps.Keys(given)) {
		canonical, ok := canonicalHeader(name)
		_, twice := header[canonical]
		switch at := o.at + "/header/" + escape(name); {
		case !ok:
			p.add(at, nil, "%q is no name of a header", name)
		case canonical == "Authorization" || canonical == "Cookie":
			p.add(at, nil, "rules are shown, so they must not hold secrets; choose by client or by a header of your own")
		case twice:
			p.add(at, nil, "the header %s is there in another spelling, too", canonical)
		}
		header[canonical] = strings.Trim(given[name], " \t")
	}
	return header
}

// conditions reads which of the calls the rule takes.
func (p *parser) conditions(o object, r *armed) {
	times := o.whole(p, "times", &r.Times, 1, maxCount)
	nth := o.whole(p, "nth", &r.Nth, 1, maxCount)
	every := o.whole(p, "every", &r.Every, 1, maxCount)
	o.whole(p, "after", &r.After, 1, maxCount)
	var chance float64
	probable := field(p, o, "probability", "a number from 0 to 1", &chance)
	if probable {
		r.Probability = &chance
		if !(chance >= 0 && chance <= 1) {
			p.add(o.at+"/probability", nil, "must be a number from 0 to 1")
		}
	}
	if nth && (times || every || probable) {
		p.add(o.at+"/nth", nil, "is one call only: times, every and probability cannot go with it")
	}
}

// narrow keeps the operations that the rule can be for, and refuses what it says
// if none remains.
func (p *parser) narrow(o object, r *armed, operations []*Operation) {
	one := ""
	if len(operations) == 1 {
		one = " of " + operations[0].ID
	}
	before := p.problems.Count
	if params := union(operations, paramsOf); len(r.Path) > 0 {
		for _, name := range slices.Sorted(maps.Keys(r.Path)) {
			if !slices.Contains(params, name) {
				p.add(o.at+"/path/"+escape(name), spelling.Nearest(params, name), "the path%s has no %q", one, name)
			}
		}
	}
	if statuses := union(operations, statusesOf); !o.missing("status") && !slices.Contains(statuses, r.Status) {
		p.add(o.at+"/status", texts(statuses), "%d is no failure%s", r.Status, one)
	}
	if p.problems.Count > before {
		return
	}
	r.path, r.header = pairs(r.Path), pairs(r.Header)
	r.applies = map[string]bool{}
	for _, op := range operations {
		if r.possible(op) {
			r.applies[op.ID] = true
		}
	}
	switch {
	case len(r.applies) > 0:
	case one != "" && r.Version != "" && !operations[0].Versioned:
		p.add(o.at+"/version", nil, "%s belongs to no version; leave it out", operations[0].ID)
	case one != "" && r.Body != "":
		p.add(o.at+"/body", nil, "the answer%s has no body", one)
	case one != "":
		p.add(o.at+"/slow", nil, "the answer%s has no body", one)
	default:
		p.add(o.at+"/operation", nil, "there is no operation to which all that the rule says applies")
	}
}

// possible says whether the rule can be for an operation.
func (a *armed) possible(op *Operation) bool {
	for name := range a.Path {
		if !slices.Contains(op.Params, name) {
			return false
		}
	}
	return (a.Version == "" || op.Versioned) &&
		(a.Status == 0 || slices.Contains(op.Statuses, a.Status)) &&
		(!a.needsBody() || a.Status > 0 || !op.Bodyless)
}

func texts(numbers []int) []string {
	all := make([]string, len(numbers))
	for i, n := range numbers {
		all[i] = strconv.Itoa(n)
	}
	return all
}

// duration reads a Go duration.
func (o object) duration(p *parser, name string, to *time.Duration, least time.Duration) bool {
	var text string
	if !o.text(p, name, &text) {
		return false
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < least || d > MaxDelay {
		p.add(o.at+"/"+name, nil, "must be a duration from %v to %v, such as 250ms", least, MaxDelay)
		return false
	}
	*to = d
	return true
}
