package control

import (
	"net/http"
	"net/http/pprof"
	"net/url"
	"strconv"
)

// pprofPath is where net/http/pprof believes that it is.
const pprofPath = "/debug/pprof/"

// maxProfiling is for how many seconds a profile can be taken: not as long as an
// answer may take.
const maxProfiling = 240

// profiles are those of net/http/pprof that are no snapshots, with what serves
// them, and all others with nil.
func profiles() map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{
		"cmdline": pprof.Cmdline, "profile": pprof.Profile, "symbol": pprof.Symbol, "trace": pprof.Trace,
		"allocs": nil, "block": nil, "goroutine": nil, "heap": nil, "mutex": nil, "threadcreate": nil,
	}
}

func (p *Plane) noProfiles() error {
	if p.Pprof {
		return nil
	}
	return missing("profiles are not shown: start the server with --pprof")
}

func (p *Plane) listProfiles(*call) (any, error) {
	return profiled("", pprof.Index), p.noProfiles()
}

func (p *Plane) getProfile(c *call) (any, error) {
	if err := p.noProfiles(); err != nil {
		return nil, err
	}
	name := c.param("profile")
	serve, ok := profiles()[name]
	seconds := c.URL.Query().Get("seconds")
	n, err := strconv.Atoi(seconds)
	switch {
	case seconds != "" && (err != nil || n < 1 || n > maxProfiling):
		return nil, invalid("", "seconds must be a whole number from 1 to %d, not %q", maxProfiling, seconds)
	case !ok:
		return nil, &problem{status: http.StatusNotFound, Text: "there is no such profile", Allowed: sortedKeys(profiles())}
	case serve == nil:
		serve = pprof.Index
	}
	return profiled(name, serve), nil
}

// profiled lets net/http/pprof answer, under the path that it knows.
func profiled(name string, serve http.HandlerFunc) stream {
	return func(w http.ResponseWriter, r *http.Request) {
		there := *r
		there.URL = &url.URL{Path: pprofPath + name, RawQuery: r.URL.RawQuery}
		serve(w, &there)
	}
}
