package auth

import (
	"net/http"
	"net/url"
	"sync"
	"time"
)

const (
	codeTTL  = 5 * time.Minute
	maxCodes = 1024
)

// Authorize is GET /oauth/authorize: it signs an identity in without asking and
// sends the browser back with a code. Parameters, in the query:
//
//	response_type          "code"
//	client_id              the client
//	redirect_uri           where to go back to; may be left out if the client has exactly one
//	state, scope           optional
//	code_challenge         PKCE, optional but for public clients in strict mode
//	code_challenge_method  S256 or plain, the default
//	login_hint             id or alias of the identity that signs in; the default is the directory's default user
//
// A fault of the client or of the redirect URI is answered here with an OAuth
// error body, 400 or 401; any other is sent to the redirect URI, as is the code.
func (a *Authority) Authorize(w http.ResponseWriter, r *http.Request) {
	f, client, target, no := a.readAuthorize(r)
	if no != nil {
		a.refuse(w, r, no)
		return
	}
	answer := url.Values{}
	if code, no := a.signIn(f, client); no != nil {
		no.witness(w)
		answer.Set("error", no.code)
		answer.Set("error_description", no.text)
	} else {
		answer.Set("code", code)
	}
	if state, ok := f["state"]; ok {
		answer.Set("state", state)
	}
	if target.RawQuery != "" {
		target.RawQuery += "&"
	}
	target.RawQuery += answer.Encode()
	h := w.Header()
	h.Set("Location", target.String())
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	w.WriteHeader(http.StatusFound)
}

// readAuthorize checks what must be right before anything is redirected.
func (a *Authority) readAuthorize(r *http.Request) (form, Client, *url.URL, *refusal) {
	f := form{}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, Client{}, nil, invalidRequest("the query string is not form encoded")
	}
	if no := f.add(query); no != nil {
		return nil, Client{}, nil, no
	}
	if no := checkClientID(f["client_id"]); no != nil {
		return nil, Client{}, nil, no
	}
	client, ok := a.client(f["client_id"], a.Mode())
	if !ok {
		return nil, Client{}, nil, badClient("")
	}
	target, no := a.redirectTarget(client, f["redirect_uri"])
	return f, client, target, no
}

// signIn makes a code for the identity that is to sign in.
func (a *Authority) signIn(f form, client Client) (string, *refusal) {
	no := func(code, text string) (string, *refusal) {
		return "", &refusal{http.StatusBadRequest, code, text}
	}
	switch f["response_type"] {
	case "code":
	case "":
		return no("invalid_request", "response_type is missing")
	default:
		return no("unsupported_response_type", "response_type must be code")
	}
	if a.Mode() == Strict && !client.has(grantCode) {
		return no("unauthorized_client", "the client may not use the grant type authorization_code")
	}
	pkce, refused := readChallenge(f)
	if refused != nil {
		return "", refused
	}
	if a.Mode() == Strict && client.Secret == "" && pkce.method == "" {
		return no("invalid_request", "a client without a secret must send a code_challenge")
	}
	scope, refused := a.narrow(client.scopes(), f["scope"])
	if refused != nil {
		return "", refused
	}
	user, ok := a.cfg.Directory.DefaultUser()
	if hint := f["login_hint"]; hint != "" {
		user, ok = a.cfg.Directory.User(hint)
	}
	if !ok {
		return no("access_denied", "there is no such identity to sign in; login_hint takes an identity's id or alias")
	}
	code, now := a.cfg.IDs.Hex("authorization code", a.issued.Add(1)), a.cfg.Clock.Now()
	a.codes.put(code, now, openCode{
		clientID: client.ID, redirectURI: f["redirect_uri"], user: user, scope: scope, pkce: pkce, ends: now.Add(codeTTL),
	})
	return code, nil
}

// redeem turns an authorization code into a grant. Whatever comes of it, the
// code is spent.
func (a *Authority) redeem(client Client, f form) (grant, *refusal) {
	if f["code"] == "" {
		return grant{}, invalidRequest("code is missing")
	}
	c, ok := a.codes.take(f["code"])
	switch {
	case !ok:
		return grant{}, invalidGrant("the authorization code is unknown or was used before")
	case !a.cfg.Clock.Now().Before(c.ends):
		return grant{}, invalidGrant("the authorization code is expired")
	case c.clientID != client.ID:
		return grant{}, invalidGrant("the authorization code was issued to another client")
	case c.redirectURI != f["redirect_uri"]:
		return grant{}, invalidGrant("redirect_uri is not the one of the authorization request")
	}
	if no := c.pkce.check(f["code_verifier"]); no != nil {
		return grant{}, no
	}
	return grant{client: client, user: &c.user, levels: c.user.Levels, scope: c.scope}, nil
}

// openCode is an authorization code that was not redeemed yet.
type openCode struct {
	clientID    string
	redirectURI string // as it was sent, "" if it was not
	user        User
	scope       []string
	pkce        challenge
	ends        time.Time
}

// codes are the open codes, at most maxCodes.
type codes struct {
	mu  sync.Mutex
	all map[string]openCode
}

// put adds a code. When there are too many, those that are over go, and if that
// is not enough all do: someone asks for codes and never redeems them.
func (c *codes) put(code string, now time.Time, open openCode) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.all) >= maxCodes {
		for key, old := range c.all {
			if !now.Before(old.ends) {
				delete(c.all, key)
			}
		}
	}
	if c.all == nil || len(c.all) >= maxCodes {
		c.all = make(map[string]openCode)
	}
	c.all[code] = open
}

func (c *codes) take(code string) (openCode, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	open, ok := c.all[code]
	delete(c.all, code)
	return open, ok
}

func (c *codes) reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = nil
}
