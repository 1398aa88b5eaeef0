package truth

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Writer writes truth.json, record by record, without holding the identities:
// first the roles, then the identities. The same calls give the same bytes.
// After an error every call does nothing, and Close returns the error.
type Writer struct {
	out   *bufio.Writer
	enc   *json.Encoder // into line
	line  bytes.Buffer
	roles map[string]bool
	stage stage
	n     int // records of the stage
	err   error
}

// stage is how far a Writer has got.
type stage int

const (
	inRoles stage = iota
	inIdentities
	closed
)

// roleRecord is a role of the file.
type roleRecord struct {
	ID             string   `json:"id"`
	Name           string   `json:"name"`
	EntitlementIDs []string `json:"entitlementIds"`
}

// NewWriter writes to w, which Close does not close.
func NewWriter(w io.Writer) *Writer {
	t := &Writer{out: bufio.NewWriter(w), roles: map[string]bool{}}
	t.enc = json.NewEncoder(&t.line)
	t.enc.SetEscapeHTML(false)
	t.text(`{"roles":[`)
	return t
}

// Role writes a role. It is an error to write two of the same id, one without
// id or name, or one after an identity.
func (w *Writer) Role(r Role) {
	switch {
	case w.err != nil:
		return
	case w.stage != inRoles:
		w.err = fmt.Errorf("truth: the role %q comes too late: roles are written before identities", r.ID)
	case r.ID == "" || r.Name == "":
		w.err = fmt.Errorf("truth: the role %q, named %q, needs both an id and a name", r.ID, r.Name)
	case w.roles[r.ID]:
		w.err = fmt.Errorf("truth: the role id %q is taken", r.ID)
	}
	w.roles[r.ID] = true
	if r.EntitlementIDs == nil {
		r.EntitlementIDs = []string{}
	}
	w.next()
	w.value(roleRecord(r))
}

// Identity writes which role an identity was given. It is an error to name a
// role that was not written before; the caller sees to it that no identity
// comes twice.
func (w *Writer) Identity(id, roleID string) {
	if w.err == nil && w.stage == inRoles {
		w.begin()
	}
	switch {
	case w.err != nil:
		return
	case w.stage == closed:
		w.err = fmt.Errorf("truth: the identity %q comes after the end", id)
	case id == "":
		w.err = errors.New("truth: an identity needs an id")
	case !w.roles[roleID]:
		w.err = fmt.Errorf("truth: the identity %q has the role %q, which was not written", id, roleID)
	}
	w.next()
	w.value(id)
	w.text(":")
	w.value(roleID)
}

// Close ends the file and returns the first error.
func (w *Writer) Close() error {
	if w.err == nil && w.stage == inRoles {
		w.begin()
	}
	if w.err == nil && w.stage == inIdentities {
		w.text("\n}}\n")
		w.stage = closed
	}
	if w.err == nil {
		w.err = w.out.Flush()
	}
	return w.err
}

// begin ends the roles and starts the identities.
func (w *Writer) begin() {
	w.text("\n],\"identities\":{")
	w.stage, w.n = inIdentities, 0
}

// next starts a record on a line of its own.
func (w *Writer) next() {
	w.text([]string{"\n", ",\n"}[min(w.n, 1)])
	w.n++
}

func (w *Writer) text(s string) {
	if w.err == nil {
		_, w.err = w.out.WriteString(s)
	}
}

// value writes a value as JSON.
func (w *Writer) value(v any) {
	if w.err != nil {
		return
	}
	w.line.Reset()
	if w.err = w.enc.Encode(v); w.err == nil {
		_, w.err = w.out.Write(bytes.TrimSuffix(w.line.Bytes(), []byte("\n")))
	}
}

// Write writes a whole truth, the identities in ascending id.
func Write(w io.Writer, t Truth) error {
	out := NewWriter(w)
	for _, r := range t.Roles {
		out.Role(r)
	}
	for _, id := range sortedKeys(t.Identities) {
		out.Identity(id, t.Identities[id])
	}
	return out.Close()
}
