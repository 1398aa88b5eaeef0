package auth

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// maxScope bounds the scope parameter, which may end up in the token.
const maxScope = 1024

// claims are those of an access token; a refresh token has the same and, by
// Spring's custom, the id of its access token as ati. That is what tells them
// apart. Of the registered claims only exp and jti are set.
type claims struct {
	TenantID            string   `json:"tenant_id"`
	Internal            bool     `json:"internal"`
	Pod                 string   `json:"pod"`
	Org                 string   `json:"org"`
	IdentityID          string   `json:"identity_id,omitempty"`
	UserName            string   `json:"user_name,omitempty"`
	StrongAuth          bool     `json:"strong_auth"`
	Enabled             bool     `json:"enabled"`
	Authorities         []string `json:"authorities"`
	ClientID            string   `json:"client_id"`
	AccessType          string   `json:"accessType"`
	StrongAuthSupported bool     `json:"strong_auth_supported"`
	UserID              string   `json:"user_id,omitempty"`
	Scope               []string `json:"scope"`
	AccessTokenID       string   `json:"ati,omitempty"`
	jwt.RegisteredClaims
}

// tokenAnswer is the body of a successful token request. The identity's fields
// are absent for a client without a user.
type tokenAnswer struct {
	AccessToken         string `json:"access_token"`
	TokenType           string `json:"token_type"`
	RefreshToken        string `json:"refresh_token,omitempty"`
	ExpiresIn           int64  `json:"expires_in"`
	Scope               string `json:"scope"`
	AccessType          string `json:"accessType"`
	TenantID            string `json:"tenant_id"`
	Internal            bool   `json:"internal"`
	Pod                 string `json:"pod"`
	StrongAuthSupported bool   `json:"strong_auth_supported"`
	Org                 string `json:"org"`
	UserID              string `json:"user_id,omitempty"`
	IdentityID          string `json:"identity_id,omitempty"`
	UserName            string `json:"user_name,omitempty"`
	StrongAuth          bool   `json:"strong_auth"`
	Enabled             bool   `json:"enabled"`
	JTI                 string `json:"jti"`
}

// grant is what a token is to be issued for.
type grant struct {
	kind   string // the grant type
	client Client
	user   *User
	levels []string // of the user
	scope  []string
	// refresh is the refresh token to hand back, "" to make one.
	refresh string
}

// Token is POST /oauth/token. The parameters may come in the query, in an
// urlencoded or multipart body of at most 64 KiB, or in both; the client's id and
// secret also by HTTP Basic. Grant types are read in any case. Errors are those
// of RFC 6749: 401 invalid_client, otherwise 400, and 413 for a larger body.
func (a *Authority) Token(w http.ResponseWriter, r *http.Request) {
	g, no := a.grant(w, r)
	if no != nil {
		a.refused.Store(no)
		a.log.Info("a token was refused", "client", g.client.ID, "status", no.status, "error", no.code, "reason", no.text)
		a.refuse(w, r, no)
		return
	}
	answer, err := a.issue(g)
	if err != nil {
		a.log.Error("a token could not be issued", "error", err)
		a.refuse(w, r, &refusal{http.StatusInternalServerError, "server_error", "the token could not be issued"})
		return
	}
	a.refused.Store(nil)
	a.log.Debug("a token was issued", "client", g.client.ID, "grant", g.kind, "user", answer.UserName, "scope", answer.Scope,
		"levels", strings.Join(g.levels, " "), "id", answer.JTI)
	a.writeJSON(w, http.StatusOK, answer)
}

// grant reads a token request and decides on it. With a refusal comes the id of
// the client, once that is known to be fit for a log, and nothing else.
func (a *Authority) grant(w http.ResponseWriter, r *http.Request) (grant, *refusal) {
	f, no := readForm(w, r)
	if no != nil {
		return grant{}, no
	}
	c, no := readCredentials(r, f)
	if no != nil {
		return grant{}, no
	}
	g, no := a.decide(c, f)
	if no != nil {
		return grant{client: Client{ID: c.id}}, no
	}
	g.kind = strings.ToLower(f["grant_type"])
	return g, nil
}

func (a *Authority) decide(c credentials, f form) (grant, *refusal) {
	client, no := a.authenticate(c)
	if no != nil {
		return grant{}, no
	}
	kind := strings.ToLower(f["grant_type"])
	switch kind {
	case grantClient, grantCode, grantRefresh:
	case "":
		return grant{}, invalidRequest("grant_type is missing")
	default:
		return grant{}, &refusal{http.StatusBadRequest, "unsupported_grant_type",
			"grant_type must be client_credentials, authorization_code or refresh_token"}
	}
	if a.Mode() == Strict && !client.mayUse(kind) {
		return grant{}, &refusal{http.StatusBadRequest, "unauthorized_client", "the client may not use the grant type " + kind}
	}
	switch kind {
	case grantCode:
		return a.redeem(client, f)
	case grantRefresh:
		return a.refresh(client, f)
	}
	scope, no := a.narrow(client.scopes(), f["scope"])
	return grant{client: client, user: a.userOf(client), levels: client.Authorities, scope: scope}, no
}

// authenticate finds the client. Outside strict mode everyone is who they say.
func (a *Authority) authenticate(c credentials) (Client, *refusal) {
	mode := a.Mode()
	client, ok := a.client(c.id, mode)
	if mode != Strict {
		return client, nil
	}
	matches := false
	for _, secret := range c.secrets {
		matches = sameSecret(secret, client.Secret) || matches
	}
	if !ok || !matches {
		return Client{}, badClient("")
	}
	return client, nil
}

// client is the directory's client of this id or, outside strict mode, one that
// acts for the default user. The result is false for neither.
func (a *Authority) client(id string, mode Mode) (Client, bool) {
	if client, ok := a.cfg.Directory.Client(id); ok {
		client.ID = id
		return client, true
	}
	if mode == Strict {
		return Client{}, false
	}
	return a.stranger(id), true
}

// stranger is a client that the directory does not know: it acts for the default
// user.
func (a *Authority) stranger(id string) Client {
	client := Client{ID: id, Authorities: []string{OrgAdmin}}
	if user, ok := a.cfg.Directory.DefaultUser(); ok {
		client.IdentityID = user.ID
	}
	return client
}

// sameSecret compares in constant time, whatever the lengths.
func sameSecret(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

func (c Client) has(kind string) bool {
	return len(c.Grants) == 0 || slices.ContainsFunc(c.Grants, func(g string) bool { return strings.EqualFold(g, kind) })
}

// mayUse is has, but for a public client's own credentials: it has none.
func (c Client) mayUse(kind string) bool {
	return c.has(kind) && (kind != grantClient || c.Secret != "")
}

func (c Client) scopes() []string {
	if len(c.Scopes) == 0 {
		return []string{ScopeAll}
	}
	return c.Scopes
}

// userOf is the identity a client acts for by itself, nil if it has none.
func (a *Authority) userOf(c Client) *User {
	if c.IdentityID == "" {
		return nil
	}
	user, ok := a.cfg.Directory.User(c.IdentityID)
	if !ok {
		user = User{ID: c.IdentityID, Name: c.IdentityID, DisplayName: c.IdentityID}
	}
	return &user
}

// narrow is the part of the granted scopes that was asked for. Asking for
// nothing or for sp:scopes:all is asking for everything; what was not granted is
// left out, and only if nothing remains is that an error. The mode lenient grants
// everything, so it narrows nothing.
func (a *Authority) narrow(granted []string, requested string) ([]string, *refusal) {
	if len(requested) > maxScope {
		return nil, &refusal{http.StatusBadRequest, "invalid_scope", "scope is longer than 1024 bytes"}
	}
	asked := strings.Fields(requested)
	if a.Mode() != Strict || len(asked) == 0 || slices.Contains(asked, ScopeAll) {
		return granted, nil
	}
	var scope []string
	for _, s := range asked {
		if (slices.Contains(granted, s) || slices.Contains(granted, ScopeAll)) && !slices.Contains(scope, s) {
			scope = append(scope, s)
		}
	}
	if len(scope) == 0 {
		return nil, &refusal{http.StatusBadRequest, "invalid_scope", "none of the requested scopes was granted to the client"}
	}
	return scope, nil
}

// refresh turns a refresh token into a grant. The token stays good to its end.
func (a *Authority) refresh(client Client, f form) (grant, *refusal) {
	raw := f["refresh_token"]
	if raw == "" {
		return grant{}, invalidRequest("refresh_token is missing")
	}
	c, err := a.parse(raw)
	switch {
	case err != nil, c.AccessTokenID == "":
		return grant{}, invalidGrant("the refresh token is invalid")
	case !a.cfg.Clock.Now().Before(c.ExpiresAt.Time):
		return grant{}, invalidGrant("the refresh token is expired")
	case c.ClientID != client.ID:
		return grant{}, invalidGrant("the refresh token was issued to another client")
	}
	scope, no := a.narrow(c.Scope, f["scope"])
	if no != nil {
		return grant{}, no
	}
	g := grant{client: client, levels: c.Authorities, scope: scope, refresh: raw}
	if c.IdentityID != "" {
		user, ok := a.cfg.Directory.User(c.IdentityID)
		if !ok {
			return grant{}, invalidGrant("the identity of the refresh token is gone")
		}
		g.user = &user
	}
	return g, nil
}

// issue makes the tokens of a grant and the answer around them.
func (a *Authority) issue(g grant) (tokenAnswer, error) {
	now := a.cfg.Clock.Now()
	c := a.claims(g, now.Add(a.cfg.TTL))
	access, err := a.sign(c)
	if err != nil {
		return tokenAnswer{}, err
	}
	refresh := g.refresh
	if refresh == "" && g.client.has(grantRefresh) {
		again := a.claims(g, now.Add(max(refreshTTL, a.cfg.TTL)))
		again.AccessTokenID = c.ID
		if refresh, err = a.sign(again); err != nil {
			return tokenAnswer{}, err
		}
	}
	return tokenAnswer{
		AccessToken:         access,
		TokenType:           "bearer",
		RefreshToken:        refresh,
		ExpiresIn:           int64(a.cfg.TTL / time.Second),
		Scope:               strings.Join(c.Scope, " "),
		AccessType:          c.AccessType,
		TenantID:            c.TenantID,
		Internal:            c.Internal,
		Pod:                 c.Pod,
		StrongAuthSupported: c.StrongAuthSupported,
		Org:                 c.Org,
		UserID:              c.UserID,
		IdentityID:          c.IdentityID,
		UserName:            c.UserName,
		StrongAuth:          c.StrongAuth,
		Enabled:             c.Enabled,
		JTI:                 c.ID,
	}, nil
}

// claims are those of a fresh token. Without a user there is no level either.
func (a *Authority) claims(g grant, ends time.Time) claims {
	home := a.home.Load()
	c := claims{
		TenantID:    home.TenantID,
		Pod:         home.Pod,
		Org:         home.Org,
		Enabled:     true,
		Authorities: []string{},
		ClientID:    g.client.ID,
		AccessType:  "OFFLINE",
		Scope:       g.scope,
		RegisteredClaims: jwt.RegisteredClaims{
			ExpiresAt: jwt.NewNumericDate(ends),
			ID:        a.cfg.IDs.UUID("token", a.issued.Add(1)),
		},
	}
	if g.user != nil {
		c.IdentityID, c.UserID, c.UserName = g.user.ID, g.user.ID, g.user.Name
		if len(g.levels) > 0 {
			c.Authorities = g.levels
		}
	}
	return c
}

func (a *Authority) sign(c jwt.Claims) (string, error) {
	return signWith(deterministicES256{}, a.kid, a.key, c)
}

func signWith(method jwt.SigningMethod, kid string, key any, c jwt.Claims) (string, error) {
	token := jwt.NewWithClaims(method, c)
	token.Header["kid"] = kid
	return token.SignedString(key)
}
