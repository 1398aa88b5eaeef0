package control

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"mockserver/internal/journal"
	"mockserver/internal/openapi"
)

const (
	maxExpected = 1_000_000_000 // requests
	maxSteps    = 100           // of a sequence
)

// matcher says which requests are meant: those that fulfil all of it. What is left
// out does not matter.
type matcher struct {
	Operation *string                    `json:"operation"`
	Version   *string                    `json:"version"`
	Client    *string                    `json:"client"`
	Method    *string                    `json:"method"`
	Status    json.RawMessage            `json:"status"` // 404, "4xx", or an array of these
	Refused   *bool                      `json:"refused"`
	Fault     *string                    `json:"fault"`
	Path      map[string]string          `json:"path"`  // parameters of the path
	Query     map[string]json.RawMessage `json:"query"` // parameters of the query
	Body      json.RawMessage            `json:"body"`
}

// expectation is what a test wants to be true of the requests so far.
type expectation struct {
	matcher
	Since    uint64    `json:"since"`
	Times    *int      `json:"times"`
	AtLeast  *int      `json:"atLeast"`
	AtMost   *int      `json:"atMost"`
	Never    *bool     `json:"never"`
	Sequence []matcher `json:"sequence"`
}

// verified is the answer when the expectation holds.
type verified struct {
	Matched   int      `json:"matched"`
	Matches   []uint64 `json:"matches"` // numbers of entries, the first hundred
	Undecided int      `json:"undecided"`
	Dropped   uint64   `json:"dropped"`
}

// unverified is the answer when it does not.
type unverified struct {
	Error    string `json:"error"`
	Expected string `json:"expected"`
	verified
	Found []journalEntry `json:"found"` // the first of those that matched
	Near  []nearEntry    `json:"near"`
}

// nearEntry is a request that is nearly what was meant.
type nearEntry struct {
	Why   []string     `json:"why"`
	Entry journalEntry `json:"entry"`
}

// counts are the names of which an expectation has exactly one.
func counts() []string { return []string{"times", "atLeast", "atMost", "never", "sequence"} }

func (p *Plane) verify(c *call) (any, error) {
	kept, err := journalOf(c)
	if err != nil {
		return nil, err
	}
	var e expectation
	if err := decode(c, &e); err != nil {
		return nil, err
	}
	if err := e.onlyOne(); err != nil {
		return nil, err
	}
	if e.Sequence != nil {
		steps, err := e.steps()
		if err != nil {
			return nil, err
		}
		return verdictOf("", kept.VerifySequence(e.Since, steps)), nil
	}
	count, err := e.count()
	if err != nil {
		return nil, err
	}
	m, err := e.compile("")
	if err != nil {
		return nil, err
	}
	m.Since = e.Since
	name := ""
	if e.Operation != nil {
		name = *e.Operation
	}
	return verdictOf(name, kept.Verify(m, count)), nil
}

// onlyOne checks that it is clear what is expected.
func (e *expectation) onlyOne() error {
	var given []string
	for i, is := range []bool{e.Times != nil, e.AtLeast != nil, e.AtMost != nil, e.Never != nil, e.Sequence != nil} {
		if is {
			given = append(given, counts()[i])
		}
	}
	switch {
	case len(given) == 0:
		return &problem{status: http.StatusBadRequest, Text: "it does not say how often: one of these is needed", Allowed: counts()}
	case len(given) > 1:
		return &problem{status: http.StatusBadRequest, Text: "there must be exactly one of these, not " + strings.Join(given, " and "), Pointer: "/" + given[1], Allowed: counts()}
	case e.Sequence != nil && !e.empty():
		return invalid("", "beside sequence there may only be since: put what must match into its steps")
	}
	return nil
}

func (m *matcher) empty() bool {
	return m.Operation == nil && m.Version == nil && m.Client == nil && m.Method == nil && m.Status == nil && m.Refused == nil &&
		m.Fault == nil && m.Path == nil && m.Query == nil && m.Body == nil
}

func (e *expectation) count() (journal.Count, error) {
	for i, n := range []*int{e.Times, e.AtLeast, e.AtMost} {
		if n != nil && (*n < 0 || *n > maxExpected) {
			return journal.Count{}, invalid("/"+counts()[i], "must be from 0 to %d, not %d", maxExpected, *n)
		}
	}
	switch {
	case e.Times != nil:
		return journal.Count{Least: *e.Times, Most: *e.Times}, nil
	case e.AtLeast != nil:
		return journal.Count{Least: *e.AtLeast, Most: -1}, nil
	case e.AtMost != nil:
		return journal.Count{Most: *e.AtMost}, nil
	case !*e.Never:
		return journal.Count{}, invalid("/never", "must be true; to want at least one request, say atLeast")
	}
	return journal.Count{}, nil
}

func (e *expectation) steps() ([]journal.Matcher, error) {
	if n := len(e.Sequence); n == 0 || n > maxSteps {
		return nil, invalid("/sequence", "must have from 1 to %d steps, not %d", maxSteps, n)
	}
	steps := make([]journal.Matcher, len(e.Sequence))
	for i := range e.Sequence {
		var err error
		if steps[i], err = e.Sequence[i].compile("/sequence/" + strconv.Itoa(i)); err != nil {
			return nil, err
		}
	}
	return steps, nil
}

// compile checks a matcher that stands at a pointer.
func (m *matcher) compile(at string) (journal.Matcher, error) {
	out := journal.Matcher{
		Filter:     journal.Filter{Client: deref(m.Client), Fault: deref(m.Fault), Refused: m.Refused},
		PathParams: m.Path, ParamsOf: openapi.PathParams,
	}
	for _, given := range []struct {
		name string
		text *string
	}{{"operation", m.Operation}, {"version", m.Version}, {"client", m.Client}, {"method", m.Method}, {"fault", m.Fault}} {
		if given.text != nil && *given.text == "" {
			return out, invalid(at+"/"+given.name, "must not be empty; leave it out where it does not matter")
		}
	}
	var err error
	if err := calls(&out.Filter, at+"/", deref(m.Operation), deref(m.Version), deref(m.Method)); err != nil {
		return out, err
	}
	if out.Statuses, err = statusesOf(m.Status, at+"/status"); err != nil {
		return out, err
	}
	if err := m.checkPath(at + "/path"); err != nil {
		return out, err
	}
	if out.Query, err = queryOf(m.Query, at+"/query"); err != nil {
		return out, err
	}
	if m.Body != nil {
		if out.Body, err = journal.DecodeJSON(m.Body); err != nil || out.Body == nil {
			return out, invalid(at+"/body", "must be a JSON value other than null; leave it out where the body does not matter")
		}
	}
	return out, nil
}

func deref(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

// statusesOf reads a status, a class of them, or an array of these, nil for none.
func statusesOf(raw json.RawMessage, at string) ([]journal.Statuses, error) {
	if raw == nil {
		return nil, nil
	}
	if raw[0] != '[' {
		one, err := statusOf(raw, at)
		return []journal.Statuses{one}, err
	}
	var items []json.RawMessage
	if err := json.Unmarshal(raw, &items); err != nil || len(items) == 0 {
		return nil, invalid(at, "must have at least one status; leave it out where the status does not matter")
	}
	all := make([]journal.Statuses, len(items))
	for i, item := range items {
		var err error
		if all[i], err = statusOf(item, at+"/"+strconv.Itoa(i)); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func statusOf(raw json.RawMessage, at string) (journal.Statuses, error) {
	text, ok := plain(raw)
	if !ok {
		text = string(raw)
	}
	statuses, err := journal.ParseStatuses(text)
	if err != nil {
		return statuses, invalid(at, "%v", err)
	}
	return statuses, nil
}

// checkPath refuses parameters that the paths do not have.
func (m *matcher) checkPath(at string) error {
	known := []string{"exportId", "potentialRoleId", "sessionId", "sourceId"}
	if m.Operation != nil {
		known = openapi.ParamNames(*m.Operation)
	}
	for _, name := range sortedKeys(m.Path) {
		if !slices.Contains(known, name) {
			return &problem{
				status: http.StatusBadRequest, Pointer: at + "/" + escape(name), Allowed: append([]string{}, known...),
				Text: "there is no parameter " + strconv.Quote(name) + " in the path",
			}
		}
	}
	return nil
}

// queryOf reads the values of query parameters: a text, a number, true or false, an
// array of those for a parameter that is repeated, or null for one that must not
// be there.
func queryOf(raw map[string]json.RawMessage, at string) (map[string][]string, error) {
	query := map[string][]string{}
	for _, name := range sortedKeys(raw) {
		value, pointer := raw[name], at+"/"+escape(name)
		if string(value) == "null" {
			query[name] = nil
			continue
		}
		items := []json.RawMessage{value}
		if value[0] == '[' {
			if err := json.Unmarshal(value, &items); err != nil || len(items) == 0 {
				return nil, invalid(pointer, "must have at least one value")
			}
		}
		for _, item := range items {
			text, ok := plain(item)
			if !ok {
				return nil, invalid(pointer, "must be a text, a number, true or false, an array of these, or null for a parameter that must not be there")
			}
			query[name] = append(query[name], text)
		}
	}
	return query, nil
}

// plain is a scalar as it stands in a query.
func plain(raw json.RawMessage) (string, bool) {
	raw = bytes.TrimSpace(raw)
	switch raw[0] {
	case '"':
		var text string
		err := json.Unmarshal(raw, &text)
		return text, err == nil
	case '{', '[', 'n':
		return "", false
	}
	return string(raw), true
}

// verdictOf is the answer about an expectation of the operation called name, if
// it is of one.
func verdictOf(name string, v journal.Verdict) any {
	result := verified{Matched: v.Matched, Matches: v.Matches, Undecided: v.Undecided, Dropped: v.Dropped}
	if result.Matches == nil {
		result.Matches = []uint64{}
	}
	if v.OK {
		return result
	}
	failed := unverified{Error: v.Why, Expected: v.Expected, verified: result, Found: []journalEntry{}, Near: []nearEntry{}}
	if name != "" {
		failed.Error, failed.Expected = name+": "+v.Why, v.Expected+" of "+name
	}
	for i := range v.Found {
		failed.Found = append(failed.Found, entryOf(&v.Found[i]))
	}
	for i := range v.Near {
		failed.Near = append(failed.Near, nearEntry{Why: v.Near[i].Why, Entry: entryOf(&v.Near[i].Entry)})
	}
	return with{http.StatusConflict, failed}
}
