// Package handlers is the emulated API over HTTP. routes.go is the table of its
// operations, versions.go the forms in which they are served, errors.go the
// vocabulary of its errors, oauth.go the token endpoints beside it, intercept.go
// what faults do to all of them; the other files are one for each resource.
package handlers

import (
	"cmp"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/go-chi/chi/v5"

	"mockserver/internal/auth"
	"mockserver/internal/clock"
	"mockserver/internal/faults"
	"mockserver/internal/openapi"
	"mockserver/internal/ratelimit"
	"mockserver/internal/rolemining"
)

// Config is what the API is made of.
type Config struct {
	Service *rolemining.Service
	Auth    *auth.Authority
	Limiter *ratelimit.Limiter
	Clock   clock.Clock
	// Machine is the clock that clients live by, which delays of faults take.
	Machine clock.Clock
	// Faults are the rules by which calls go wrong, over Operations and Versions.
	Faults *faults.Set
	// Switches are what can be changed at any time.
	Switches *Switches
	Log      *slog.Logger
}

// Switches are what of the API is on or off, at any time.
type Switches struct {
	// Prefer lets requests ask for faults by their header Prefer.
	Prefer atomic.Bool
	// StrictRequests refuses what is not documented in requests, and would be
	// ignored otherwise.
	StrictRequests atomic.Bool
}

// API serves the operations.
type API struct {
	service  *rolemining.Service
	auth     *auth.Authority
	limiter  *ratelimit.Limiter
	clock    clock.Clock
	machine  clock.Clock
	faults   *faults.Set
	switches *Switches
	log      *slog.Logger
}

// Mount adds every operation in every version and the OAuth endpoints to a
// router, and answers what is not there as the API does. Requests must come through Front.
func Mount(r chi.Router, c Config) {
	a := &API{
		service: c.Service, auth: c.Auth, limiter: c.Limiter, clock: c.Clock,
		machine: c.Machine, faults: c.Faults, switches: c.Switches, log: c.Log,
	}
	for _, e := range endpoints() {
		r.Method(e.method, e.path, a.endpoint(e))
	}
	t := table{}
	for _, v := range versions() {
		for _, rt := range routes() {
			serve, pattern := a.operation(v, rt), v.pattern(rt.path)
			t.add(r, rt.method, pattern, serve)
			if rt.method == http.MethodGet { // net/http leaves the body out
				t.add(r, http.MethodHead, pattern, serve)
			}
		}
	}
	refuse := func(w http.ResponseWriter, req *http.Request) {
		if allow := t.allowed(r, req); len(allow) > 0 {
			a.refuse(w, req, wrongMethod(req.Method, allow))
			return
		}
		a.refuse(w, req, t.nothing(r, req))
	}
	t.close(r, refuse)
	r.NotFound(func(w http.ResponseWriter, req *http.Request) { a.refuse(w, req, t.nothing(r, req)) })
	r.MethodNotAllowed(refuse)
}

// table is which methods each pattern has operations for.
type table map[string][]string

// usedMethods are those that operations have, in the order in which Allow names them.
func usedMethods() []string {
	return []string{http.MethodGet, http.MethodHead, http.MethodPatch, http.MethodPost}
}

func (t table) add(r chi.Router, method, pattern string, serve http.HandlerFunc) {
	t[pattern] = append(t[pattern], method)
	r.Method(method, pattern, serve)
}

// close gives every pattern all methods: a path belongs to the pattern that says
// it best, and a PATCH of .../saved does not fall through to .../{potentialRoleId}.
func (t table) close(r chi.Router, refuse http.HandlerFunc) {
	for pattern, methods := range t {
		for _, m := range usedMethods() {
			if !slices.Contains(methods, m) {
				r.Method(m, pattern, refuse)
			}
		}
	}
}

// allowed are the methods that the path of a request takes, none for a path
// that leads nowhere.
func (t table) allowed(r chi.Router, req *http.Request) []string {
	return t.allowedAt(r, cmp.Or(req.URL.RawPath, req.URL.Path))
}

func (t table) allowedAt(r chi.Router, path string) []string {
	if strings.Contains(path, "//") {
		return nil // an id is never empty
	}
	var methods []string
	for _, m := range usedMethods() {
		pattern := r.Find(chi.NewRouteContext(), m, path)
		if pattern == "" {
			continue
		}
		if own, ours := t[pattern]; !ours || slices.Contains(own, m) {
			methods = append(methods, m)
		}
	}
	return methods
}

// nothing is the failure of a request whose path leads nowhere.
func (t table) nothing(r chi.Router, req *http.Request) *failure {
	path := cmp.Or(req.URL.RawPath, req.URL.Path)
	versioned := "/" + openapi.Default + path
	switch {
	case len(t.allowedAt(r, versioned)) > 0:
		return noOperation(", did you mean " + auth.Mount(req) + versioned + "?")
	case strings.HasSuffix(path, "/"):
		return noOperation("; a slash at the end makes it another one")
	}
	return noOperation("; GET /_mock/openapi.json describes those that there are")
}

// operation serves one operation in one version.
func (a *API) operation(v version, rt route) http.HandlerFunc {
	id := v.operationID(rt.operationID)
	rights := []string{rt.right}
	return func(w http.ResponseWriter, r *http.Request) {
		note(w, func(n *notes) { n.operation, n.version, n.route = id, v.name, rt.operationID })
		c := &call{Request: r, version: &v, route: &rt}
		if slices.Contains(chi.RouteContext(r.Context()).URLParams.Values, "") { // .../role-mining-sessions//status
			a.refuse(w, r, noOperation(": an id in it is empty"))
			return
		}
		c.principal, c.denied = a.auth.Verify(r)
		note(w, func(n *notes) { n.client = c.principal.ClientID })
		if !a.disturbed(r) {
			a.answer(w, c, rights)
			return
		}
		a.disturb(w, r, subject{
			call:   faults.Call{Operation: rt.operationID, Version: v.name, Client: c.principal.ClientID, Param: c.id, Header: r.Header},
			serve:  func(w http.ResponseWriter) { a.answer(w, c, rights) },
			fail:   func(w http.ResponseWriter, status int) { writeFailure(w, r, forced(status)) },
			reject: func(w http.ResponseWriter, text string) { writeFailure(w, r, illegalValue(text+".")) },
		})
	}
}

// answer lets the caller in, calls the handler and writes what it says.
func (a *API) answer(w http.ResponseWriter, c *call, rights []string) {
	if err := a.admit(c, rights); err != nil {
		a.refuse(w, c.Request, err)
		return
	}
	var err error
	if c.query, err = readQuery(c.URL.RawQuery); err != nil {
		a.refuse(w, c.Request, err)
		return
	}
	if a.switches.StrictRequests.Load() {
		if err := checkStrictly(c); err != nil {
			a.refuse(w, c.Request, err)
			return
		}
	}
	got, err := c.route.handle(a, c)
	if err != nil {
		a.refuse(w, c.Request, err)
		return
	}
	write(w, c.route.success, got)
}

// admit checks, in this order, whether it is known who calls, whether the call says that it wants
// an experimental API, how often it calls, and what it may do.
func (a *API) admit(c *call, rights []string) error {
	if c.denied != nil {
		return c.denied
	}
	if c.version.experiment && !experimental(c.Header) {
		return notExperimental()
	}
	if ok, retryAfter := a.limiter.Allow(a.clock.Now(), c.principal.ClientID+" "+c.version.name); !ok {
		return rateLimited(retryAfter)
	}
	if why := c.principal.WhyNot(rights, c.route.levels); why != "" {
		return forbidden(why)
	}
	return nil
}

// experimental says whether the caller accepts an experimental API.
func experimental(h http.Header) bool {
	return h.Get("X-SailPoint-Experimental") == "true"
}
