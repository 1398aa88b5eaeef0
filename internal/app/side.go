package app

import (
	"net/http"
	"strings"

	"mockserver/internal/auth"
	"mockserver/internal/control"
	"mockserver/internal/handlers"
	"mockserver/internal/tenant"
)

// side is what of the server is reached through one listener.
type side struct {
	*App
	// controls says which paths, without a tenant's prefix, are the control
	// plane's. All others are the API's.
	controls func(path string) bool
	api      bool // the API is here
}

// ServeHTTP takes a request to the tenant that it names.
func (s side) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	outer := r.Context()
	if auth.RealHost(r.Host) {
		s.warnOfRealHost(r.Host)
	}
	name, r, err := addressed(wellEscaped(r))
	switch {
	case !s.api && !s.controls(r.URL.Path):
		s.plane.NoAPI(w, r)
		return
	case s.controls(r.URL.Path) && control.Barred(r) != "":
		s.plane.Serve(w, r, s.tenants.first) // which refuses it; no tenant is made for it
		return
	case err != nil:
		s.refuse(w, r, err)
		return
	case !s.controls(r.URL.Path):
		if err := s.mistaken(r); err != nil {
			s.refuse(w, r, err)
			return
		}
	}
	switch {
	case s.ofAll(r.URL.Path):
		r = r.WithContext(outer) // the addresses in the answer are the server's
		s.answer(w, r, s.tenants.first)
		return
	case name == "":
		name = s.tenants.ofToken(r)
	}
	if name == "" || s.tenants.isDefault(name) {
		s.answer(w, r, s.tenants.first)
		return
	}
	g, err := s.tenants.visit(r.Context(), name)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	defer s.tenants.leave(g)
	r, untie := s.tenants.tie(w, r, g)
	defer untie()
	s.answer(w, r, g.tenant)
}

// warnOfRealHost speaks up once if a client seeks the real service here: by a name
// that was made to lead here, or by a proxy. Some do so on purpose.
func (a *App) warnOfRealHost(host string) {
	a.lost.Do(func() {
		a.tenants.Log.Warn("a request is for a host of the real service, so its client may have sent that service's credentials: give it this server's own "+
			"address as its base URL (mockserver env prints it) and credentials of this server, or, where the name leads here on purpose, at least the latter",
			"host", host)
	})
}

func (s side) answer(w http.ResponseWriter, r *http.Request, t *tenant.Tenant) {
	if s.controls(r.URL.Path) {
		s.plane.Serve(w, r, t)
		return
	}
	t.Handler.ServeHTTP(w, r)
}

// refuse answers what no tenant can be asked, in the form of the side that the
// request was for.
func (s side) refuse(w http.ResponseWriter, r *http.Request, err error) {
	if s.controls(r.URL.Path) || control.Near(r.URL.Path) && s.controls(controlRoot) {
		s.plane.Refuse(w, r, err)
		return
	}
	handlers.Unserved(s.front, control.StatusOf(err), err).ServeHTTP(w, r)
}

// ofAll says whether a path belongs to the server and not to one tenant, so that
// nobody has to be there to be asked.
func (s side) ofAll(path string) bool {
	return s.controls(path) && (path == "/_mock/tenants" || strings.HasPrefix(path, "/_mock/tenants/"))
}
