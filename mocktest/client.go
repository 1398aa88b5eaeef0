package mocktest

import (
	"net/http"
	"net/url"
	"time"
)

// Client calls the server with all rights: every request to it gets a bearer
// token, unless it has one, and the header that experimental operations ask
// for. The token is good at every moment that the server's clock can show, and
// survives a reset. Requests to other hosts go out as they are.
func (s *Server) Client() *http.Client {
	s.tb.Helper()
	s.mu.Lock() // and no sync.OnceValue, which makes a panic of a test that fails meanwhile
	defer s.mu.Unlock()
	if s.client == nil {
		s.client = s.newClient()
	}
	return s.client
}

func (s *Server) newClient() *http.Client {
	s.tb.Helper()
	home, err := url.Parse(s.root)
	if err != nil {
		s.tb.Fatalf("mocktest: %v", err)
	}
	// Not http.DefaultTransport, in whose place a test may have put something.
	connections := &http.Transport{Proxy: http.ProxyFromEnvironment}
	s.tb.Cleanup(connections.CloseIdleConnections)
	return &http.Client{Transport: authorised{connections, home.Host, s.Token(Token{
		IssuedAt: time.Unix(0, 0).UTC(), ExpiresAt: time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC),
	})}}
}

// authorised sends what goes to a host with a token.
type authorised struct {
	next        http.RoundTripper
	host, token string
}

// RoundTrip implements http.RoundTripper.
func (a authorised) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.URL.Host != a.host {
		return a.next.RoundTrip(request)
	}
	request = request.Clone(request.Context())
	if request.Header.Get("Authorization") == "" {
		request.Header.Set("Authorization", "Bearer "+a.token)
	}
	if request.Header.Get("X-SailPoint-Experimental") == "" {
		request.Header.Set("X-SailPoint-Experimental", "true")
	}
	return a.next.RoundTrip(request)
}

// Token is an order for an access token. What is left out is as the server has
// it; the empty Token is one with all rights, good from now on.
type Token struct {
	// Kind is what is to be the matter with it: valid, expired, notYetValid,
	// wrongSignature, missingRight, readOnly, otherTenant, noUser, and more.
	Kind     string   `json:"kind,omitempty"`
	ClientID string   `json:"clientId,omitempty"` // one of the fixtures, for its rights
	UserID   string   `json:"userId,omitempty"`   // id or name of an identity
	Scopes   []string `json:"scopes,omitempty"`
	// Authorities are user levels, such as ORG_ADMIN.
	Authorities []string `json:"authorities,omitempty"`
	// IssuedAt, NotBefore and ExpiresAt are cut to the second.
	IssuedAt  time.Time `json:"issuedAt,omitzero"`
	NotBefore time.Time `json:"notBefore,omitzero"`
	ExpiresAt time.Time `json:"expiresAt,omitzero"`
	// Claims go over all others; a nil takes one away.
	Claims map[string]any `json:"claims,omitempty"`
}

// Token makes an access token of any kind, also of those that must be refused.
func (s *Server) Token(order Token) string {
	s.tb.Helper()
	var made struct {
		AccessToken string `json:"accessToken"`
	}
	s.order(http.MethodPost, s.mock("tokens"), order, &made)
	return made.AccessToken
}
