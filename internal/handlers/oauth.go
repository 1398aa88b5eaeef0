package handlers

import (
	"net/http"

	"mockserver/internal/auth"
	"mockserver/internal/faults"
)

// endpoint is one of the OAuth side: no operation of the API, in no version, and
// with errors of its own.
type endpoint struct {
	method      string
	path        string
	operationID string
	errors      []int // those that it has causes for
	bodyless    bool  // its success is a redirect
	serve       func(*auth.Authority, http.ResponseWriter, *http.Request)
	fail        func(*auth.Authority, http.ResponseWriter, *http.Request, int)
}

func endpoints() []endpoint {
	return []endpoint{
		{http.MethodPost, "/oauth/token", "getToken", []int{400, 401, 413, 500}, false, (*auth.Authority).Token, (*auth.Authority).FailToken},
		{http.MethodGet, "/oauth/authorize", "authorize", []int{400, 401}, true, (*auth.Authority).Authorize, (*auth.Authority).Fail},
		{http.MethodGet, "/oauth/info", "getTenantInfo", nil, false, (*auth.Authority).Info, (*auth.Authority).Fail},
	}
}

// endpoint serves one of the OAuth side.
func (a *API) endpoint(e endpoint) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		note(w, func(n *notes) { n.operation, n.route = e.operationID, e.operationID })
		if !a.disturbed(r) {
			e.serve(a.auth, w, r)
			return
		}
		a.disturb(w, r, subject{
			call:   faults.Call{Operation: e.operationID, Client: auth.ClaimedClient(r), Header: r.Header},
			serve:  func(w http.ResponseWriter) { e.serve(a.auth, w, r) },
			fail:   func(w http.ResponseWriter, status int) { e.fail(a.auth, w, r, status) },
			reject: func(w http.ResponseWriter, text string) { a.auth.Reject(w, r, text) },
		})
	}
}
