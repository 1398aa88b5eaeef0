package handlers

import (
	"errors"
	"net/http"
)

// ErrGone is the cause of the end of requests to a tenant that is deleted.
var ErrGone = errors.New("the tenant was deleted while it was asked")

// Unserved answers a request that leads to no tenant, in the API's form. The
// status is 400 for a name that cannot be one, 404 for a path that names a tenant in
// a wrong way, 507 where there is no room for another tenant; anything else is a
// fault. The error is told for those three.
func Unserved(c FrontConfig, status int, why error) http.Handler {
	return Front(c, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch status {
		case http.StatusBadRequest:
			writeFailure(w, r, badContent(why.Error()))
		case http.StatusNotFound:
			writeFailure(w, r, &failure{status: status, code: "404 Not found", text: why.Error()})
		case http.StatusInsufficientStorage:
			writeFailure(w, r, &failure{status: status, code: "507 Insufficient Storage", text: why.Error()})
		default:
			c.Log.Error("a tenant cannot be opened", "path", r.URL.Path, "error", why)
			writeFailure(w, r, internalFault())
		}
	}))
}
