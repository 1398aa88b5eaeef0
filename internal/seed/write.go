package seed

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"mockserver/internal/rolemining"
)

// Writer writes fixtures, record by record, in the order of the format: the
// organisation, sources, entitlements, identities, roles, clients, sessions.
// A kind may be left out; its file is then an empty array. After an error
// every call does nothing, and Close returns the error.
type Writer struct {
	create func(name string) (io.WriteCloser, error)
	lines  bool
	stage  int
	file   io.Closer
	out    *bufio.Writer
	n      int // records in the file
	line   bytes.Buffer
	keys   map[string]string // of sources and entitlements, by id
	byID   bool              // records name others by id, whatever key they have
	err    error
}

// NewWriter writes to the files that create makes. lines puts the identities
// into NDJSON, which is read without holding the text in memory.
func NewWriter(create func(name string) (io.WriteCloser, error), lines bool) *Writer {
	return &Writer{create: create, lines: lines, stage: -1, keys: map[string]string{}}
}

// stages are the files that hold records, in their order.
var stages = [...]string{SourcesFile, EntitlementsFile, IdentitiesFile, RolesFile, ClientsFile, SessionsFile}

type sourceRecord struct {
	ID            string  `json:"id"`
	Key           string  `json:"key,omitempty"`
	Name          string  `json:"name"`
	Description   string  `json:"description,omitempty"`
	ActivityState *string `json:"activityState,omitempty"`
}

type entitlementRecord struct {
	ID          string  `json:"id"`
	Key         string  `json:"key,omitempty"`
	Name        string  `json:"name"`
	Description *string `json:"description,omitempty"`
	Attribute   string  `json:"attribute"`
	Value       string  `json:"value"`
	Source      string  `json:"source"`
}

type identityRecord struct {
	ID           string            `json:"id"`
	Name         string            `json:"name"`
	DisplayName  string            `json:"displayName"`
	Email        string            `json:"email,omitempty"`
	Active       *bool             `json:"active,omitempty"`
	ManagerID    string            `json:"managerId,omitempty"`
	Attributes   map[string]string `json:"attributes,omitempty"`
	Entitlements []string          `json:"entitlements,omitempty"`
	Usage        map[string]int    `json:"usage,omitempty"`
}

type roleRecord struct {
	ID             string          `json:"id"`
	Name           string          `json:"name"`
	Description    *string         `json:"description,omitempty"`
	OwnerID        *string         `json:"ownerId,omitempty"`
	Entitlements   []string        `json:"entitlements,omitempty"`
	AccessProfiles []profileRecord `json:"accessProfiles,omitempty"`
	CommonAccess   bool            `json:"commonAccess,omitempty"`
	CreatedDate    string          `json:"createdDate"`
}

type profileRecord struct {
	ID           string   `json:"id"`
	Name         string   `json:"name"`
	Source       string   `json:"source"`
	Entitlements []string `json:"entitlements"`
}

type clientRecord struct {
	ClientID     string   `json:"clientId"`
	ClientSecret string   `json:"clientSecret,omitempty"`
	Name         string   `json:"name"`
	IdentityID   string   `json:"identityId,omitempty"`
	Authorities  []string `json:"authorities,omitempty"`
	Scopes       []string `json:"scopes"`
	Grants       []string `json:"grants"`
	RedirectURIs []string `json:"redirectUris,omitempty"`
}

type sessionRecord struct {
	ID               string           `json:"id"`
	Name             *string          `json:"name,omitempty"`
	Saved            bool             `json:"saved,omitempty"`
	Type             string           `json:"type"`
	ScopingMethod    string           `json:"scopingMethod"`
	Scope            scopeRecord      `json:"scope"`
	PruneThreshold   *int             `json:"pruneThreshold,omitempty"`
	MinIdentities    int              `json:"minNumIdentitiesInPotentialRole"`
	EmailRecipientID *string          `json:"emailRecipientId,omitempty"`
	CreatedByID      string           `json:"createdById,omitempty"`
	CreatedDate      string           `json:"createdDate"`
	Roles            []seedRoleRecord `json:"roles,omitempty"`
}

type scopeRecord struct {
	IdentityIDs             []string          `json:"identityIds,omitempty"`
	Criteria                *string           `json:"criteria,omitempty"`
	AttributeFilterCriteria []json.RawMessage `json:"attributeFilterCriteria,omitzero"`
}

type seedRoleRecord struct {
	Rank        int      `json:"rank"`
	Type        string   `json:"type"`
	ID          string   `json:"id,omitempty"`
	Name        string   `json:"name,omitempty"`
	Description *string  `json:"description,omitempty"`
	Saved       bool     `json:"saved,omitempty"`
	ExcludedIDs []string `json:"excludedEntitlements,omitempty"`
	ExportIDs   []string `json:"exportIds,omitempty"`
}

// Org writes what the organisation is called.
func (w *Writer) Org(o rolemining.Org) {
	if w.err != nil {
		return
	}
	out, err := w.create(OrgFile)
	if err != nil {
		w.err = err
		return
	}
	text, err := json.MarshalIndent(o, "", "  ")
	if err == nil {
		_, err = out.Write(append(text, '\n'))
	}
	w.err = errors.Join(err, out.Close())
}

// Source writes a source. Later records name it by key, where that is not "".
func (w *Writer) Source(s rolemining.Source, key string) {
	w.keep(s.ID, key)
	w.record(SourcesFile, sourceRecord{s.ID, key, s.Name, s.Description, s.ActivityState})
}

// Entitlement writes an entitlement; key as for Source.
func (w *Writer) Entitlement(e rolemining.Entitlement, key string) {
	w.keep(e.ID, key)
	w.record(EntitlementsFile, entitlementRecord{e.ID, key, e.Name, e.Description, e.Attribute, e.Value, w.key(e.SourceID)})
}

// Identity writes an identity.
func (w *Writer) Identity(p rolemining.Identity) {
	r := identityRecord{
		ID: p.ID, Name: p.Name, DisplayName: p.DisplayName, Email: p.Email, ManagerID: p.ManagerID,
		Attributes: p.Attributes, Entitlements: w.all(p.EntitlementIDs),
	}
	if !p.Active {
		r.Active = &p.Active
	}
	if len(p.Usage) > 0 {
		r.Usage = make(map[string]int, len(p.Usage))
		for id, days := range p.Usage {
			r.Usage[w.key(id)] = days
		}
	}
	w.record(IdentitiesFile, r)
}

// Role writes a role. Entitlements that its access profiles hold are not
// written again as its own.
func (w *Writer) Role(r rolemining.Role) {
	out := roleRecord{
		ID: r.ID, Name: r.Name, Description: r.Description, OwnerID: r.OwnerID,
		CommonAccess: r.CommonAccess, CreatedDate: date(r.CreatedAt),
	}
	held := map[string]bool{}
	for _, p := range r.AccessProfiles {
		out.AccessProfiles = append(out.AccessProfiles, profileRecord{p.ID, p.Name, w.key(p.SourceID), w.all(p.EntitlementIDs)})
		for _, id := range p.EntitlementIDs {
			held[id] = true
		}
	}
	for _, id := range r.EntitlementIDs {
		if !held[id] {
			out.Entitlements = append(out.Entitlements, w.key(id))
		}
	}
	w.record(RolesFile, out)
}

// Client writes an OAuth client.
func (w *Writer) Client(c rolemining.Client) {
	w.record(ClientsFile, clientRecord{c.ID, c.Secret, c.Name, c.IdentityID, c.Authorities, required(c.Scopes), required(c.Grants), c.RedirectURIs})
}

// required is a list that is written even if nothing is in it.
func required(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// Session writes a finished session.
func (w *Writer) Session(s rolemining.SeedSession) {
	out := sessionRecord{
		ID: s.ID, Name: s.Name, Saved: s.Saved, Type: string(s.Type), ScopingMethod: string(s.ScopingMethod),
		Scope:          scopeRecord(s.Scope),
		PruneThreshold: s.PruneThreshold, MinIdentities: s.MinIdentities,
		EmailRecipientID: s.EmailRecipientID, CreatedByID: s.CreatedByID, CreatedDate: date(s.CreatedAt),
	}
	for _, r := range s.Roles {
		out.Roles = append(out.Roles, seedRoleRecord{r.Rank, string(r.Type), r.ID, r.Name, r.Description, r.Saved, r.ExcludedIDs, r.ExportIDs})
	}
	w.record(SessionsFile, out)
}

// Close finishes the files that are left and returns the first error.
func (w *Writer) Close() error {
	for w.err == nil && w.stage < len(stages)-1 {
		w.advance()
	}
	w.finish()
	return w.err
}

// Write writes a whole data set.
func Write(ds rolemining.Dataset, create func(name string) (io.WriteCloser, error)) error {
	w := NewWriter(create, false)
	return w.whole(ds)
}

func (w *Writer) whole(ds rolemining.Dataset) error {
	w.Org(ds.Org)
	for _, s := range ds.Sources {
		w.Source(s, s.Key)
	}
	for _, e := range ds.Entitlements {
		w.Entitlement(e, e.Key)
	}
	for _, p := range ds.Identities.All() {
		w.Identity(p)
	}
	for _, r := range ds.Roles {
		w.Role(r)
	}
	for _, c := range ds.Clients {
		w.Client(c)
	}
	for _, s := range ds.Sessions {
		w.Session(s)
	}
	return w.Close()
}

func date(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

func (w *Writer) keep(id, key string) {
	if key != "" && !w.byID {
		w.keys[id] = key
	}
}

func (w *Writer) key(id string) string {
	if key, ok := w.keys[id]; ok {
		return key
	}
	return id
}

func (w *Writer) all(ids []string) []string {
	keys := make([]string, len(ids))
	for i, id := range ids {
		keys[i] = w.key(id)
	}
	return keys
}

// record writes one record of a file: on one line, or on several where the file
// has few records.
func (w *Writer) record(file string, record any) {
	for w.err == nil && (w.stage < 0 || stages[w.stage] != file) {
		if w.stage == len(stages)-1 {
			w.err = fmt.Errorf("a record of %s comes too late", file)
			return
		}
		w.advance()
	}
	if w.err != nil {
		return
	}
	w.line.Reset()
	if !w.plain() {
		w.line.WriteString([]string{"[\n", ",\n"}[min(w.n, 1)])
	}
	w.n++
	enc := json.NewEncoder(&w.line)
	enc.SetEscapeHTML(false)
	if file == ClientsFile || file == SessionsFile {
		enc.SetIndent("", "  ")
	}
	if w.err = enc.Encode(record); w.err != nil {
		return
	}
	text := w.line.Bytes()
	if !w.plain() {
		text = bytes.TrimSuffix(text, []byte("\n"))
	}
	_, w.err = w.out.Write(text)
}

// plain says that the file is lines, not an array.
func (w *Writer) plain() bool { return w.lines && stages[w.stage] == IdentitiesFile }

// advance closes the file under way and makes the next.
func (w *Writer) advance() {
	w.finish()
	if w.err != nil {
		return
	}
	w.stage++
	w.n = 0
	name := stages[w.stage]
	if w.plain() {
		name = IdentitiesLines
	}
	f, err := w.create(name)
	if w.err = err; err == nil {
		w.file, w.out = f, bufio.NewWriter(f)
	}
}

// finish ends the array of the file under way and closes it.
func (w *Writer) finish() {
	if w.file == nil {
		return
	}
	if w.err == nil && !w.plain() {
		_, w.err = w.out.WriteString([]string{"[]\n", "\n]\n"}[min(w.n, 1)])
	}
	if w.err == nil {
		w.err = w.out.Flush()
	}
	w.err = errors.Join(w.err, w.file.Close())
	w.file = nil
}
