package mocktest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"testing"
)

// Tenant is a tenant of the server: an organisation of its own, with its own
// state, clock, faults and journal. It is made if it is not there, and stays
// until the server ends. A name is 1 to 63 letters a to z, digits and hyphens.
func (s *Server) Tenant(name string) *Server {
	s.tb.Helper()
	t := s.view(s.tb, "/t/"+name)
	if t.made(name) {
		t.begin()
	}
	return t
}

// made makes a tenant unless it is there, and says whether it did.
func (s *Server) made(name string) bool {
	s.tb.Helper()
	return s.order(http.MethodPut, s.tenantAt(name), struct{}{}, nil) == http.StatusCreated
}

// tenantAt is the address of a tenant in the control plane.
func (s *Server) tenantAt(name string) string {
	return s.control + "/_mock/tenants/" + url.PathEscape(name)
}

// ForTest is a tenant for one test alone, called after it and removed with it,
// so that any number of tests can share a server in parallel:
//
//	srv := mocktest.Start(t)
//	for _, tc := range cases {
//		t.Run(tc.name, func(t *testing.T) {
//			t.Parallel()
//			srv := srv.ForTest(t)
//
// It reports to tb, not to the test that started the server. Asked again for the
// same test it is the same tenant as it is then. Tests of different packages have
// different ones, so that all can share a container.
func (s *Server) ForTest(tb testing.TB) *Server {
	tb.Helper()
	name := tenantName(packageOfTests(), tb.Name())
	own := s.view(tb, "/t/"+name)
	if _, there := s.guests.Load(name); there {
		return own
	}
	made := own.made(name)
	s.guests.Store(name, true)
	tb.Cleanup(func() {
		s.guests.Delete(name)
		own.remove(name)
	})
	if made {
		own.begin()
	} else {
		own.Reset() // a run of this test that was cut off has left it
	}
	return own
}

// remove removes a tenant, which may be gone already.
func (s *Server) remove(name string) {
	s.tb.Helper()
	status, _, err := s.send(context.WithoutCancel(s.tb.Context()), http.MethodDelete, s.tenantAt(name), nil)
	if err != nil && status != http.StatusNotFound {
		s.tb.Errorf("mocktest: the tenant %s cannot be removed: %v", name, err)
	}
}

// packageOfTests is the import path of the package whose tests run.
func packageOfTests() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		return info.Path
	}
	return ""
}

// maxReadable is how much of a test's name the name of its tenant shows.
const maxReadable = 40

// tenantName is a name for the tenant of a test: what can be shown of the
// test's name, and a hash of all of it and of its package.
func tenantName(of, test string) string {
	readable := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '-'
	}, test)
	readable = strings.Trim(readable[:min(len(readable), maxReadable)], "-")
	sum := sha256.Sum256([]byte(of + "\x00" + test))
	return strings.TrimLeft(readable+"-"+hex.EncodeToString(sum[:5]), "-")
}
