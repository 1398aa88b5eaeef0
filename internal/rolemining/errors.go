package rolemining

import (
	"errors"
	"fmt"
)

// Kind says what sort of refusal an Error is. Each kind has one answer over
// HTTP (docs/fidelity.md, "Errors").
type Kind int

// The kinds of refusal.
const (
	// Invalid: well-formed, but not allowed now or in this form.
	Invalid Kind = iota + 1
	// IllegalValue: one field or parameter has a value outside its range.
	IllegalValue
	// BadReference: a field names an object that does not exist.
	BadReference
	// NotFound: the addressed object does not exist.
	NotFound
)

// Error is a refusal that the client can act on. Anything else that a use case
// returns is a fault of the server.
type Error struct {
	Kind  Kind
	Field string // the field or parameter at fault, "" for none
	Text  string // a sentence that names the field and the rule
}

// Error implements error.
func (e *Error) Error() string { return e.Text }

func refuse(kind Kind, field, format string, args ...any) error {
	return &Error{Kind: kind, Field: field, Text: fmt.Sprintf(format, args...)}
}

// ErrNotFound is the refusal for an addressed object that does not exist.
var ErrNotFound error = &Error{Kind: NotFound, Text: "not found"}

// ErrStale says that a piece of background work was overtaken: what it belongs
// to was changed or removed meanwhile, so its result is worthless.
var ErrStale = errors.New("overtaken by a later change")

// ErrExchanged is the ErrStale of what was worked out in an organisation that was
// replaced meanwhile. It can be worked out again, in the present one.
var ErrExchanged = fmt.Errorf("%w: the organisation was replaced", ErrStale)

// ErrReplaced says that everything which is stored was replaced after a use case
// began and before it wrote: a reset, or a snapshot that was restored. It has
// changed nothing.
var ErrReplaced = errors.New("everything was replaced while this was under way, and nothing was changed")

// ErrVain says that a wait was given up, since there is nothing to wait for.
var ErrVain = errors.New("it is vain to wait")

// StorageError says that what is stored could not be read or written, for a
// reason outside of the program. What a use case that ends with it was about to
// write was not written, in no part.
type StorageError struct {
	// Full: there is no room to write, while reading may well go on.
	Full bool
	// Reason is for whoever asked: a sentence without names of files, SQL or
	// codes.
	Reason string
	// Err is what happened, for the log.
	Err error
}

// Error implements error.
func (e *StorageError) Error() string { return e.Reason + " (" + e.Err.Error() + ")" }

// Unwrap gives what happened.
func (e *StorageError) Unwrap() error { return e.Err }
