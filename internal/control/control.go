// Package control is the emulator's own side, under /_mock: what a test suite or
// a demo tells the server, and what the server says of itself. Nothing of it
// exists in the real service.
//
// routes.go is the table of its operations; every other file is one resource.
// An operation takes a call and returns a value, which is answered as JSON, or
// an error. Errors have one form (problem). GET reads, POST acts, PUT replaces
// a document, DELETE clears. docs/control-api.md is the page for users.
//
// Pages of other origins are refused: origin.go.
package control

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"mockserver/internal/auth"
	"mockserver/internal/clock"
	"mockserver/internal/metrics"
	"mockserver/internal/tenant"
)

// Config is what the control plane is made of.
type Config struct {
	Version       string // the program's
	SchemaVersion int    // the database's
	// Clock is the machine's: the server's own age and the log go by it,
	// whatever a tenant's clock says.
	Clock clock.Clock
	Log   *slog.Logger
	// Tenants are all that the server has.
	Tenants Tenants
	// Metrics are those of the server.
	Metrics *metrics.Metrics
	// Pprof shows profiles of the process.
	Pprof bool
	// API is where the API listens, where that is not where the control plane
	// does; otherwise nil.
	API net.Addr
}

// Plane serves the control plane. It is safe for concurrent use.
type Plane struct {
	Config
	started time.Time
	router  chi.Router

	draining context.Context //nolint:containedctx // the end of the server, not of a call
	drain    context.CancelFunc
}

// New returns a control plane.
func New(c Config) *Plane {
	p := &Plane{Config: c, started: c.Clock.Now(), router: chi.NewRouter()}
	p.draining, p.drain = context.WithCancel(context.Background())
	for _, rt := range routes() {
		p.router.Method(rt.method, rt.path, p.operation(rt))
		if rt.method == http.MethodGet { // net/http leaves the body out
			p.router.Method(http.MethodHead, rt.path, p.operation(rt))
		}
	}
	p.router.NotFound(func(w http.ResponseWriter, r *http.Request) {
		meant := ";"
		if path, ok := Meant(r.URL.Path); ok {
			meant = ", did you mean " + auth.Mount(r) + path + "?"
		}
		refuse(w, missing("nothing of the control plane has the path %s%s GET /_mock lists what there is", r.URL.Path, meant))
	})
	p.router.MethodNotAllowed(func(w http.ResponseWriter, r *http.Request) {
		allowed := p.allowed(r)
		list := strings.Join(allowed, ", ")
		w.Header().Set("Allow", list)
		refuse(w, &problem{status: http.StatusMethodNotAllowed, Text: r.Method + " is not allowed here, but " + list, Allowed: allowed})
	})
	return p
}

// Drain ends what waits for changes, and streams them, so that the server can
// end without waiting for it.
func (p *Plane) Drain() { p.drain() }

// allowed are the methods that the path of a request takes.
func (p *Plane) allowed(r *http.Request) []string {
	var methods []string
	for _, m := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		if p.router.Match(chi.NewRouteContext(), m, r.URL.Path) {
			methods = append(methods, m)
		}
	}
	return methods
}

// Owns says whether a path, without a tenant's prefix, is the control plane's.
func Owns(path string) bool {
	return path == "/_mock" || strings.HasPrefix(path, "/_mock/") || path == "/health"
}

// OwnsHealth says whether a path, without a tenant's prefix, is one that probes
// ask. They ask where the API is, wherever the rest of the control plane may be.
func OwnsHealth(path string) bool {
	return path == "/health" || strings.HasPrefix(path, "/_mock/health/")
}

// NoAPI answers a request for the API where only the control plane is.
func (p *Plane) NoAPI(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	refuse(w, missing("only the control plane is here (/_mock, /health); the API is at %s", p.apiURL(r)))
}

// apiURL is how a caller of the control plane reaches the API: its own host with
// the API's port, unless the API listens on one address only.
func (p *Plane) apiURL(r *http.Request) string {
	here := auth.BaseURL(r)
	if p.API == nil {
		return here
	}
	host, port, err := net.SplitHostPort(p.API.String())
	if err != nil {
		return here
	}
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		if u, err := url.Parse(here); err == nil {
			host = u.Hostname()
		}
	}
	return "http://" + net.JoinHostPort(host, port)
}

// tenantKey is the key of the tenant in a request's context.
type tenantKey struct{}

// Serve answers a request to the control plane of a tenant.
func (p *Plane) Serve(w http.ResponseWriter, r *http.Request, t *tenant.Tenant) {
	start := p.Clock.Now()
	rec := &recorder{ResponseWriter: w, dates: t.Dates, status: http.StatusOK}
	defer func() {
		if fault := recover(); fault != nil {
			if fault == http.ErrAbortHandler { //nolint:errorlint // net/http compares it so, too
				panic(fault)
			}
			p.Log.Error("panic", "path", r.URL.Path, "fault", fault, "stack", string(debug.Stack()))
			refuse(rec, &problem{status: http.StatusInternalServerError, Text: "the control plane failed; the log says why"})
		}
		p.Log.LogAttrs(r.Context(), slog.LevelInfo, "control", slog.String("method", r.Method), slog.String("path", r.URL.Path),
			slog.Int("status", rec.status), slog.Float64("durMs", float64(p.Clock.Now().Sub(start).Microseconds())/1000))
		p.Metrics.Tenant(t.Name).Control(rec.operation, rec.status)
	}()
	rec.Header().Set("Cache-Control", "no-store")
	if why := Barred(r); why != "" {
		refuse(rec, &problem{status: http.StatusForbidden, Text: why})
		return
	}
	p.router.ServeHTTP(rec, r.WithContext(context.WithValue(r.Context(), tenantKey{}, t)))
}

// recorder dates the answer and remembers what the log and the metrics say.
type recorder struct {
	http.ResponseWriter
	dates     *clock.Dates // by the tenant's clock
	begun     bool
	status    int
	operation string // "" for a path that none has
}

// WriteHeader implements http.ResponseWriter.
func (r *recorder) WriteHeader(status int) {
	r.begun, r.status = true, status
	r.Header()["Date"] = r.dates.Header()
	r.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (r *recorder) Write(b []byte) (int, error) {
	if !r.begun {
		r.WriteHeader(http.StatusOK)
	}
	return r.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// call is a request to one operation.
type call struct {
	*http.Request
	tenant *tenant.Tenant
	// fixtures says that the body may be as large as an organisation.
	fixtures bool
}

// param is a path parameter, unescaped.
func (c *call) param(name string) string {
	raw := chi.URLParam(c.Request, name)
	if c.URL.RawPath == "" {
		return raw
	}
	if plain, err := url.PathUnescape(raw); err == nil {
		return plain
	}
	return raw
}

// flag is a query parameter that is true or false, false if it is not there.
func (c *call) flag(name string) (bool, error) {
	switch text := c.URL.Query().Get(name); text {
	case "", "false":
		return false, nil
	case "true":
		return true, nil
	default:
		return false, &problem{status: http.StatusBadRequest, Text: fmt.Sprintf("query parameter %q must be true or false, not %q", name, text), Allowed: []string{"true", "false"}}
	}
}

func (p *Plane) operation(rt route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		t, ok := r.Context().Value(tenantKey{}).(*tenant.Tenant)
		if !ok {
			panic("a request came around Serve")
		}
		if rec, ok := w.(*recorder); ok {
			rec.operation = rt.operationID
		}
		if err := onlyParams(r, rt.params); err != nil {
			refuse(w, err)
			return
		}
		if err := rt.onlyBody(r); err != nil {
			refuse(w, err)
			return
		}
		got, err := rt.serve(p, &call{Request: r, tenant: t, fixtures: carriesFixtures(rt.operationID)})
		if err != nil {
			p.fail(w, r, err)
			return
		}
		answer(w, r, got)
	}
}

// onlyParams refuses query parameters that an operation does not have: a
// misspelt one would be silently without effect.
func onlyParams(r *http.Request, known []string) error {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return invalid("", "the query string is not well-formed: %v", err)
	}
	for _, name := range slices.Sorted(func(yield func(string) bool) {
		for name := range query {
			if !yield(name) {
				return
			}
		}
	}) {
		switch {
		case !slices.Contains(known, name):
			has := ""
			if len(known) == 0 {
				has = "; the operation has none"
			}
			return &problem{status: http.StatusBadRequest, Text: fmt.Sprintf("there is no query parameter %q here%s", name, has), Allowed: append([]string{}, known...)}
		case len(query[name]) > 1:
			return invalid("", "query parameter %q is given %d times; give it once", name, len(query[name]))
		}
	}
	return nil
}
