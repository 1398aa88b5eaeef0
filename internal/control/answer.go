package control

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"mockserver/internal/api"
	"mockserver/internal/handlers"
	"mockserver/internal/rolemining"
)

const contentJSON = "application/json;charset=UTF-8"

// problem is an error as the control plane tells it: what is wrong and, where
// that helps, at which place of the body and what would have been right.
type problem struct {
	status int
	// Text names the field and the rule.
	Text string `json:"error"`
	// Pointer is the JSON Pointer (RFC 6901) of the value at fault, left out
	// for the body as a whole and for what is no body.
	Pointer string `json:"pointer,omitempty"`
	// Allowed are the right names or values, where they can be listed.
	Allowed []string `json:"allowed,omitempty"`
	// Needs is what alone moves on what is waited for, one of the needs of
	// waitreason.go.
	Needs string `json:"needs,omitempty"`
	// Also are further problems, where several were found at once.
	Also []*problem `json:"also,omitempty"`
}

// Error implements error.
func (p *problem) Error() string { return p.Text }

// invalid is a 400 about the value at a pointer.
func invalid(pointer, format string, args ...any) *problem {
	return &problem{status: http.StatusBadRequest, Text: fmt.Sprintf(format, args...), Pointer: pointer}
}

// together is several problems as one, the first in front. There is at least one.
func together(all []*problem) *problem {
	first := *all[0]
	if len(all) > 1 {
		first.Also = all[1:]
	}
	return &first
}

// missing is a 404.
func missing(format string, args ...any) *problem {
	return &problem{status: http.StatusNotFound, Text: fmt.Sprintf(format, args...)}
}

// conflict is a 409.
func conflict(format string, args ...any) *problem {
	return &problem{status: http.StatusConflict, Text: fmt.Sprintf(format, args...)}
}

// with is a value that is answered with a status other than 200.
type with struct {
	status int
	value  any
}

// document is an answer that is not made from a value.
type document struct {
	contentType string
	header      map[string]string
	body        []byte
}

// stream is an answer that writes itself, for as long as it takes.
type stream func(w http.ResponseWriter, r *http.Request)

// answer writes what an operation returned: nil is 204, a document or a stream
// itself, anything else JSON.
func answer(w http.ResponseWriter, r *http.Request, got any) {
	switch v := got.(type) {
	case nil:
		w.WriteHeader(http.StatusNoContent)
	case stream:
		v(w, r)
	case document:
		for name, value := range v.header {
			w.Header().Set(name, value)
		}
		write(w, http.StatusOK, v.contentType, v.body)
	case with:
		writeJSON(w, v.status, v.value)
	default:
		writeJSON(w, http.StatusOK, v)
	}
}

// fail answers with an error. What the client cannot be told goes to the log.
func (p *Plane) fail(w http.ResponseWriter, r *http.Request, err error) {
	switch {
	case errors.Is(context.Cause(r.Context()), handlers.ErrGone):
		refuse(w, missing("%v", handlers.ErrGone))
		return
	case r.Context().Err() != nil:
		return // nobody listens any more
	}
	var domain *rolemining.Error
	var storage *rolemining.StorageError
	switch {
	case errors.As(err, new(*problem)):
	case errors.As(err, &storage):
		p.Log.Error("fault", "path", r.URL.Path, "error", err)
		err = &problem{status: unstored(storage), Text: storage.Reason}
	case errors.As(err, &domain) && domain.Kind == rolemining.NotFound:
		err = missing("there is no such object: %s", domain.Text)
	case errors.Is(err, rolemining.ErrReplaced):
		err = conflict("%v", err)
	case errors.As(err, &domain):
		err = invalid("", "%s", domain.Text)
	default:
		p.Log.Error("fault", "path", r.URL.Path, "error", err)
		err = &problem{status: http.StatusInternalServerError, Text: "the control plane failed; the log says why"}
	}
	refuse(w, err)
}

// unstored is the status of a fault of the storage.
func unstored(fault *rolemining.StorageError) int {
	if fault.Full {
		return http.StatusInsufficientStorage
	}
	return http.StatusServiceUnavailable
}

// refuse answers with a problem.
func refuse(w http.ResponseWriter, err error) {
	var p *problem
	if !errors.As(err, &p) {
		p = &problem{status: http.StatusInternalServerError, Text: "the control plane failed"}
	}
	writeJSON(w, p.status, p)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := api.Encode(v)
	if err != nil { // our own structs always have a JSON form
		panic(err)
	}
	write(w, status, contentJSON, body)
}

func write(w http.ResponseWriter, status int, contentType string, body []byte) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // an error here means that nobody listens any more
}
