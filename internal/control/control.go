// Package control is what the emulator says of itself, under /_mock: whether it
// is well, and the description of its API.
package control

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"mockserver/internal/api"
	"mockserver/internal/clock"
	"mockserver/internal/openapi"
)

// Config is what the control plane tells about.
type Config struct {
	Version       string
	SchemaVersion int
	Seed          string
	Clock         clock.Clock
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
	r.Get("/_mock/health/live", p.live)
	r.Get("/_mock/health/ready", p.ready)
	r.Get("/health", p.ready)
	r.Get("/_mock/openapi.json", p.document)
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
		p.answer(w, http.StatusBadRequest, struct {
			Error string `json:"error"`
		}{fmt.Sprintf("version %q is not described; there are %s", version, strings.Join(openapi.Versions(), ", "))})
		return
	}
	p.write(w, http.StatusOK, body)
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
	w.WriteHeader(status)
	_, _ = w.Write(body) // an error here means that nobody listens any more
}
