// Package control is what the emulator says of itself, under /_mock: whether it
// is well, the description of its API, and why its potential roles look as they
// do. None of it is part of the emulated API, so nothing here asks for a token,
// and errors have a form of their own: {"error": "..."}.
package control

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"mockserver/internal/api"
	"mockserver/internal/clock"
	"mockserver/internal/openapi"
	"mockserver/internal/rolemining"
)

// Config is what the control plane tells about.
type Config struct {
	Version       string
	SchemaVersion int
	Seed          string
	Clock         clock.Clock
	Service       *rolemining.Service
	Log           *slog.Logger // takes the faults of the server
	// Ready says why the server cannot answer, nil when it can.
	Ready func(r *http.Request) error
}

// health is the body of the health answers.
type health struct {
	Status        string       `json:"status"` // "UP" or "DOWN"
	Reason        string       `json:"reason,omitempty"`
	Version       string       `json:"version"`
	SchemaVersion int          `json:"schemaVersion"`
	UptimeSeconds int          `json:"uptimeSeconds"`
	Seed          string       `json:"seed"`
	Capabilities  capabilities `json:"capabilities"`
}

// capabilities is what the server can do, for clients that work with several
// versions of it.
type capabilities struct {
	Versions []string `json:"versions"`
}

type plane struct {
	Config
	started time.Time
}

// Mount adds the control plane to a router.
func Mount(r chi.Router, c Config) {
	p := &plane{Config: c, started: c.Clock.Now()}
	get(r, "/health", p.ready)
	r.Route("/_mock", func(r chi.Router) {
		get(r, "/health/live", p.live)
		get(r, "/health/ready", p.ready)
		get(r, "/openapi.json", p.document)
		get(r, "/roles/{potentialRoleId}/explain", p.explainRole)
		get(r, "/sessions/{sessionId}/explain", p.explainSession)
		r.MethodNotAllowed(p.wrongMethod(r))
	})
}

// get serves GET, and HEAD, of which net/http leaves the body out.
func get(r chi.Router, pattern string, serve http.HandlerFunc) {
	r.Get(pattern, serve)
	r.Head(pattern, serve)
}

// wrongMethod refuses a method that a path of the plane does not take, and says
// in Allow which it does.
func (p *plane) wrongMethod(routes chi.Routes) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var allow []string
		for _, method := range []string{http.MethodDelete, http.MethodGet, http.MethodHead, http.MethodPatch, http.MethodPost, http.MethodPut} {
			if routes.Match(chi.NewRouteContext(), method, chi.RouteContext(r.Context()).RoutePath) {
				allow = append(allow, method)
			}
		}
		list := strings.Join(allow, ", ")
		w.Header().Set("Allow", list)
		p.refuse(w, http.StatusMethodNotAllowed, "%s is not allowed here; %s are", r.Method, list)
	}
}

// pathValue is a parameter of the path. chi matches the escaped path where
// there is one, so that an escaped slash belongs to an id.
func pathValue(r *http.Request, name string) string {
	raw := chi.URLParam(r, name)
	if plain, err := url.PathUnescape(raw); err == nil && r.URL.RawPath != "" {
		return plain
	}
	return raw
}

// live answers 200 as long as the process can answer at all.
func (p *plane) live(w http.ResponseWriter, _ *http.Request) {
	p.answer(w, http.StatusOK, p.health("UP", ""))
}

// ready answers 200 only when schema, fixtures, keys and listener stand, and
// 503 with the reason otherwise.
func (p *plane) ready(w http.ResponseWriter, r *http.Request) {
	if err := p.Ready(r); err != nil {
		p.answer(w, http.StatusServiceUnavailable, p.health("DOWN", err.Error()))
		return
	}
	p.answer(w, http.StatusOK, p.health("UP", ""))
}

func (p *plane) health(status, reason string) health {
	return health{
		Status:        status,
		Reason:        reason,
		Version:       p.Version,
		SchemaVersion: p.SchemaVersion,
		UptimeSeconds: int(p.Clock.Now().Sub(p.started).Seconds()),
		Seed:          p.Seed,
		Capabilities:  capabilities{Versions: openapi.Versions()},
	}
}

// document is the description of one version, chosen by ?version=.
func (p *plane) document(w http.ResponseWriter, r *http.Request) {
	version := r.URL.Query().Get("version")
	if version == "" || version == "latest" { // which the API serves, too
		version = openapi.Default
	}
	body, ok := openapi.Document(version)
	if !ok {
		p.refuse(w, http.StatusBadRequest, "version %q is not described; there are %s", version, strings.Join(openapi.Versions(), ", "))
		return
	}
	p.write(w, http.StatusOK, body)
}

// refuse answers with the plane's form of an error.
func (p *plane) refuse(w http.ResponseWriter, status int, format string, args ...any) {
	p.answer(w, status, struct {
		Error string `json:"error"`
	}{fmt.Sprintf(format, args...)})
}

// fail answers for a fault of the server, which the log explains.
func (p *plane) fail(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() == nil { // else nobody waits for the answer any more
		p.Log.Error("the control plane could not answer", "path", r.URL.Path, "error", err)
	}
	p.refuse(w, http.StatusInternalServerError, "the server failed to answer; its log says why")
}

func (p *plane) answer(w http.ResponseWriter, status int, v any) {
	body, err := api.Encode(v)
	if err != nil { // our own structs always have a JSON form
		panic(err)
	}
	p.write(w, status, body)
}

func (p *plane) write(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(body))) // for HEAD, too
	w.WriteHeader(status)
	_, _ = w.Write(body) // an error here means that nobody listens any more
}
