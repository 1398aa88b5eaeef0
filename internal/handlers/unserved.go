package handlers

import (
	"errors"
	"net/http"

	"mockserver/internal/rolemining"
)

// ErrGone is the cause of the end of requests to a tenant that is deleted.
var ErrGone = errors.New("the tenant was deleted while it was asked")

// Unserved answers a request that leads to no tenant, in the API's form. The
// status is 400 for a name that cannot be one, 404 for a path that names a tenant in
// a wrong way, 507 where there is no room for another tenant; the error is told for
// those three. Anything else is a fault, of which no more is told than that the
// storage is at fault, and why.
func Unserved(c FrontConfig, status int, why error) http.Handler {
	return Front(c, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		storage := (*rolemining.StorageError)(nil)
		switch {
		case errors.As(why, &storage):
			c.Log.Error("a tenant cannot be opened", "path", r.URL.Path, "error", why)
			writeFailure(w, r, unstored(storage))
		case status == http.StatusBadRequest:
			writeFailure(w, r, badContent(why.Error()))
		case status == http.StatusNotFound:
			writeFailure(w, r, &failure{status: status, code: "404 Not found", text: why.Error()})
		case status == http.StatusInsufficientStorage:
			writeFailure(w, r, &failure{status: status, code: "507 Insufficient Storage", text: why.Error()})
		default:
			c.Log.Error("a tenant cannot be opened", "path", r.URL.Path, "error", why)
			writeFailure(w, r, internalFault())
		}
	}))
}
