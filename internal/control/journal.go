package control

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"mockserver/internal/api"
	"mockserver/internal/journal"
	"mockserver/internal/journal/har"
	"mockserver/internal/openapi"
	"mockserver/internal/spelling"
)

const (
	defaultEntries = 1000 // that are listed unless a limit is given
	maxEntries     = 1_000_000
)

// journalParams are the query parameters that choose entries of the journal.
func journalParams() []string {
	return []string{"operation", "version", "client", "status", "method", "path", "refused", "fault", "since", "limit"}
}

// journalPage is a list of entries.
type journalPage struct {
	Total   int            `json:"total"`   // that the filters choose
	Dropped uint64         `json:"dropped"` // that have made room
	Entries []journalEntry `json:"entries"` // oldest first
}

// journalEntry is a request with its answer.
type journalEntry struct {
	Number     uint64         `json:"number"`
	Time       api.Time       `json:"time"` // by the tenant's clock
	TrackingID string         `json:"trackingId"`
	Method     string         `json:"method"`
	Path       string         `json:"path"`
	Query      string         `json:"query"`
	Operation  string         `json:"operationId"`
	Version    string         `json:"version"`
	Client     string         `json:"clientId"`
	Status     int            `json:"status"`
	Duration   duration       `json:"duration"`
	Request    journalMessage `json:"request"`
	Response   journalMessage `json:"response"`
	Refused    string         `json:"refused,omitempty"`
	Hint       string         `json:"hint,omitempty"`
	Fault      string         `json:"fault,omitempty"`
	Aborted    string         `json:"aborted,omitempty"`
}

// journalMessage is one direction of an exchange.
type journalMessage struct {
	Headers   map[string]string `json:"headers"`
	Size      int64             `json:"size"` // of the body, in bytes
	Truncated bool              `json:"truncated"`
	Text      string            `json:"text,omitempty"`
	Base64    string            `json:"base64,omitempty"`
}

func (p *Plane) listJournal(c *call) (any, error) {
	found, err := findEntries(c)
	if err != nil {
		return nil, err
	}
	page := journalPage{Total: found.Total, Dropped: found.Dropped, Entries: make([]journalEntry, len(found.Entries))}
	for i := range found.Entries {
		page.Entries[i] = entryOf(&found.Entries[i])
	}
	return page, nil
}

func (p *Plane) getHAR(c *call) (any, error) {
	found, err := findEntries(c)
	if err != nil {
		return nil, err
	}
	body, err := api.Encode(har.Of(found.Entries, p.Version))
	if err != nil {
		return nil, err
	}
	return document{
		contentType: contentJSON, header: map[string]string{"Content-Disposition": `attachment; filename="mockserver.har"`}, body: body,
	}, nil
}

func (p *Plane) getJournalEntry(c *call) (any, error) {
	kept, err := journalOf(c)
	if err != nil {
		return nil, err
	}
	number, err := strconv.ParseUint(c.param("number"), 10, 64)
	if err != nil || number == 0 {
		return nil, invalid("", "the number of an entry is a whole number from 1, not %q", c.param("number"))
	}
	entry, ok, dropped := kept.Entry(number)
	switch {
	case ok:
		return entryOf(&entry), nil
	case dropped:
		return nil, missing("entry %d is gone: it was cleared, or had to make room for newer ones", number)
	}
	return nil, missing("there is no entry %d yet; the newest is %d", number, kept.Stats().Last)
}

func (p *Plane) clearJournal(c *call) (any, error) {
	kept, err := journalOf(c)
	if err != nil {
		return nil, err
	}
	kept.Clear()
	return nil, nil
}

// journalOf is the journal of the tenant.
func journalOf(c *call) (*journal.Journal, error) {
	if c.tenant.Journal == nil {
		return nil, conflict("the journal is off: start the server with --journal-entries above 0")
	}
	return c.tenant.Journal, nil
}

func findEntries(c *call) (journal.Found, error) {
	kept, err := journalOf(c)
	if err != nil {
		return journal.Found{}, err
	}
	filter, limit, err := journalFilter(c.URL.Query())
	if err != nil {
		return journal.Found{}, err
	}
	return kept.Find(filter, limit), nil
}

// journalFilter reads the query parameters. One that is there and empty is as good
// as absent.
func journalFilter(q url.Values) (f journal.Filter, limit int, err error) {
	f = journal.Filter{Client: q.Get("client"), Path: q.Get("path"), Fault: q.Get("fault")}
	if err := calls(&f, "", q.Get("operation"), q.Get("version"), q.Get("method")); err != nil {
		return f, 0, err
	}
	if text := q.Get("status"); text != "" {
		statuses, err := journal.ParseStatuses(text)
		if err != nil {
			return f, 0, invalid("", "status: %v", err)
		}
		f.Statuses = []journal.Statuses{statuses}
	}
	switch text := q.Get("refused"); text {
	case "":
	case "true", "false":
		refused := text == "true"
		f.Refused = &refused
	default:
		return f, 0, &problem{status: http.StatusBadRequest, Text: "refused must be true or false, not " + strconv.Quote(text), Allowed: []string{"true", "false"}}
	}
	if text := q.Get("since"); text != "" {
		if f.Since, err = strconv.ParseUint(text, 10, 64); err != nil {
			return f, 0, invalid("", "since must be the number of an entry, not %q", text)
		}
	}
	limit = defaultEntries
	if text := q.Get("limit"); text != "" {
		if limit, err = strconv.Atoi(text); err != nil || limit < 0 || limit > maxEntries {
			return f, 0, invalid("", "limit must be a whole number from 0 to %d, not %q", maxEntries, text)
		}
	}
	return f, limit, nil
}

// spellings are the names of the operation that some version calls so, nil for no
// name. An unknown one is refused with the list of the right ones.
func spellings(pointer, field, id string) ([]string, error) {
	if id == "" {
		return nil, nil
	}
	if all := openapi.Spellings(id); all != nil {
		return all, nil
	}
	return nil, &problem{
		status: http.StatusBadRequest, Pointer: pointer, Allowed: nearestOperations(id),
		Text: fmt.Sprintf("%s: there is no operation %q%s; these there are, the nearest first, and their names in other versions", field, id, spelling.Hint(nearestOperations(id), id)),
	}
}

// nearestOperations are the names of all operations, the one that a wrong name is
// most like first, and each in its spelling that is most like it.
func nearestOperations(wrong string) []string {
	names := openapi.IDs()
	for i, id := range names {
		names[i] = spelling.Nearest(openapi.Spellings(id), wrong)[0]
	}
	return spelling.Nearest(names, wrong)
}

// calls reads which calls a filter is about, at a pointer that is "" for the
// parameters of a query. What no request can have is refused.
func calls(f *journal.Filter, at, operation, version, method string) (err error) {
	pointer := func(name string) string {
		if at == "" {
			return ""
		}
		return at + name
	}
	if f.Operations, err = spellings(pointer("operation"), "operation", operation); err != nil {
		return err
	}
	if f.Version, err = servedVersion(pointer("version"), "version", version); err != nil {
		return err
	}
	f.Method = strings.ToUpper(method)
	if methods := requestMethods(); method != "" && !slices.Contains(methods, f.Method) {
		return &problem{
			status: http.StatusBadRequest, Pointer: pointer("method"), Allowed: spelling.Nearest(methods, method),
			Text: "method: there is no method " + strconv.Quote(method),
		}
	}
	if operation == "" {
		return nil
	}
	own, versioned := openapi.Method(operation)
	if version != "" && !versioned {
		return invalid(pointer("version"), "version: %s belongs to no version; leave it out", operation)
	}
	takes := []string{own}
	if own == http.MethodGet && versioned {
		takes = append(takes, http.MethodHead)
	}
	if method != "" && !slices.Contains(takes, f.Method) {
		return &problem{
			status: http.StatusBadRequest, Pointer: pointer("method"), Allowed: takes,
			Text: "method: no " + f.Method + " is " + operation + "; to find requests that tried the wrong method, leave operation out",
		}
	}
	return nil
}

// requestMethods are the methods of requests, the commoner first.
func requestMethods() []string {
	return []string{
		http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodPut, http.MethodDelete,
		http.MethodHead, http.MethodOptions, http.MethodTrace, http.MethodConnect,
	}
}

// servedVersion checks the name of a version, "" for any.
func servedVersion(pointer, field, version string) (string, error) {
	served := append(openapi.Versions(), "latest")
	if version == "" || slices.Contains(served, version) {
		return version, nil
	}
	return "", &problem{
		status: http.StatusBadRequest, Pointer: pointer, Allowed: spelling.Nearest(served, version),
		Text: field + ": there is no version " + strconv.Quote(version),
	}
}

func entryOf(e *journal.Entry) journalEntry {
	return journalEntry{
		Number: e.Number, Time: api.Time(e.Time), TrackingID: e.TrackingID, Method: e.Method, Path: e.Path, Query: e.Query,
		Operation: e.Operation, Version: e.Version, Client: e.Client, Status: e.Status, Duration: duration(e.Duration),
		Request: messageOf(e.RequestHeaders, e.Request), Response: messageOf(e.ResponseHeaders, e.Response),
		Refused: e.Refused, Hint: e.Hint, Fault: e.Fault, Aborted: e.Aborted,
	}
}

func messageOf(headers []journal.Header, body journal.Body) journalMessage {
	m := journalMessage{Headers: map[string]string{}, Size: body.Size, Truncated: body.Truncated}
	for _, h := range headers {
		if before, twice := m.Headers[h.Name]; twice {
			h.Value = before + ", " + h.Value
		}
		m.Headers[h.Name] = h.Value
	}
	if body.Binary {
		m.Base64 = base64.StdEncoding.EncodeToString([]byte(body.Data))
	} else {
		m.Text = body.Data
	}
	return m
}
