package mocktest

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"
)

// Tenant is a tenant of the server: an organisation of its own, with its own
// state, clock, faults and journal. It is made if it is not there, and stays
// until the server ends. A name is 1 to 63 letters a to z, digits and hyphens.
func (s *Server) Tenant(name string) *Server {
	s.tb.Helper()
	s.order(http.MethodPut, s.control+"/_mock/tenants/"+name, struct{}{}, nil)
	return s.view(s.tb, "/t/"+name)
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
// It reports to tb, not to the test that started the server.
func (s *Server) ForTest(tb testing.TB) *Server {
	tb.Helper()
	name := tenantName(tb.Name())
	own := s.view(tb, "/t/"+name)
	own.order(http.MethodPut, s.control+"/_mock/tenants/"+name, struct{}{}, nil)
	tb.Cleanup(func() {
		own.order(http.MethodDelete, s.control+"/_mock/tenants/"+name, nil, nil)
	})
	return own
}

// maxReadable is how much of a test's name the name of its tenant shows.
const maxReadable = 40

// tenantName is a name for the tenant of a test: what can be shown of the
// test's name, and a hash of all of it.
func tenantName(test string) string {
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
	sum := sha256.Sum256([]byte(test))
	return strings.TrimLeft(readable+"-"+hex.EncodeToString(sum[:5]), "-")
}
