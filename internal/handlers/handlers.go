// Package handlers is the emulated API over HTTP. routes.go is the table of its
// operations, versions.go the forms in which they are served, errors.go the
// vocabulary of its errors; the other files are one for each resource.
package handlers

import (
	"log/slog"
	"net/http"

	"github.com/go-chi/chi/v5"

	"mockserver/internal/auth"
	"mockserver/internal/clock"
	"mockserver/internal/ratelimit"
	"mockserver/internal/rolemining"
)

// Config is what the API is made of.
type Config struct {
	Service *rolemining.Service
	Auth    *auth.Authority
	Limiter *ratelimit.Limiter
	Clock   clock.Clock
	Log     *slog.Logger
}

// API serves the operations.
type API struct {
	service *rolemining.Service
	auth    *auth.Authority
	limiter *ratelimit.Limiter
	clock   clock.Clock
	log     *slog.Logger
}

// Mount adds every operation in every version to a router, and answers what is
// not there as the API does. Requests must come through Front.
func Mount(r chi.Router, c Config) {
	a := &API{service: c.Service, auth: c.Auth, limiter: c.Limiter, clock: c.Clock, log: c.Log}
	for _, v := range versions() {
		for _, rt := range routes() {
			serve := a.operation(v, rt)
			r.Method(rt.method, v.pattern(rt.path), serve)
			if rt.method == http.MethodGet { // net/http leaves the body out
				r.Method(http.MethodHead, v.pattern(rt.path), serve)
			}
		}
	}
	r.NotFound(func(w http.ResponseWriter, req *http.Request) { a.refuse(w, req, notFound()) })
	r.MethodNotAllowed(func(w http.ResponseWriter, req *http.Request) {
		a.refuse(w, req, wrongMethod(req.Method, allowed(r, req)))
	})
}

// allowed are the methods that the path of a request has operations for.
func allowed(r chi.Router, req *http.Request) []string {
	path := req.URL.RawPath
	if path == "" {
		path = req.URL.Path
	}
	var methods []string
	for _, m := range []string{http.MethodGet, http.MethodHead, http.MethodPatch, http.MethodPost} {
		if r.Match(chi.NewRouteContext(), m, path) {
			methods = append(methods, m)
		}
	}
	return methods
}

// operation serves one operation in one version: it lets the caller in, calls
// the handler and writes what it says.
func (a *API) operation(v version, rt route) http.HandlerFunc {
	id := v.operationID(rt.operationID)
	rights := []string{rt.right}
	return func(w http.ResponseWriter, r *http.Request) {
		note(w, func(n *notes) { n.operation, n.version = id, v.name })
		c := &call{Request: r, version: &v, route: &rt}
		if err := a.admit(w, c, rights); err != nil {
			a.refuse(w, r, err)
			return
		}
		if r.URL.RawQuery != "" {
			c.query = r.URL.Query()
		}
		got, err := rt.handle(a, c)
		if err != nil {
			a.refuse(w, r, err)
			return
		}
		write(w, got)
	}
}

// admit checks, in this order, who calls, whether the call says that it wants
// an experimental API, how often it calls, and what it may do.
func (a *API) admit(w http.ResponseWriter, c *call, rights []string) error {
	principal, err := a.auth.Verify(c.Request)
	if err != nil {
		return err
	}
	c.principal = principal
	note(w, func(n *notes) { n.client = principal.ClientID })
	if c.version.experiment && !experimental(c.Header) {
		return notExperimental()
	}
	if ok, retryAfter := a.limiter.Allow(a.clock.Now(), principal.ClientID+" "+c.version.name); !ok {
		return rateLimited(retryAfter)
	}
	if !principal.May(rights, c.route.levels) {
		return forbidden()
	}
	return nil
}

// experimental says whether the caller accepts an experimental API.
func experimental(h http.Header) bool {
	return h.Get("X-SailPoint-Experimental") == "true"
}
