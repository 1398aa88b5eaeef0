package auth

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	// maxToken is many times what this package issues.
	maxToken = 8 << 10
	// maxVerdicts bounds the memory that remembered tokens take to 8 MiB.
	maxVerdicts = 1024
)

// Denied is why a caller was not let in: the text of the 401's "error".
type Denied struct {
	// Text is "JWT is required", or "JWT validation failed: " and a reason.
	Text string
	// Hint is where the cause lies if not in this request, "" if that is not known.
	// It names nothing that is secret.
	Hint string
}

// Error implements error.
func (d *Denied) Error() string { return d.Text }

func required() *Denied            { return &Denied{Text: "JWT is required"} }
func failed(reason string) *Denied { return &Denied{Text: "JWT validation failed: JWT " + reason} }

// Verify says who makes a request, by its bearer token. The error is always a
// *Denied, and in mode Off there is none. A token's signature is checked once and
// its verdict remembered; its times are checked by the clock at each call.
func (a *Authority) Verify(r *http.Request) (Principal, error) {
	mode := a.Mode()
	p, denied := a.verify(r, mode)
	switch {
	case denied == nil:
		return p, nil
	case mode == Off:
		p := Principal{CanRead: true, CanManage: true, Levels: []string{OrgAdmin}, Unrestricted: true}
		if user, ok := a.cfg.Directory.DefaultUser(); ok {
			p.User = &user
		}
		return p, nil
	}
	return Principal{}, denied
}

func (a *Authority) verify(r *http.Request, mode Mode) (Principal, *Denied) {
	raw, isBearer := bearer(r.Header.Get("Authorization"))
	switch {
	case !isBearer:
		return Principal{}, required()
	case raw == "":
		return Principal{}, a.emptyBearer(mode)
	case len(raw) > maxToken:
		return Principal{}, failed("is too large")
	}
	v, ok := a.verdicts.get(raw)
	if !ok || v.mode != mode {
		c, err := a.parse(raw)
		if err == nil {
			err = c.forAccess()
		}
		if err != nil {
			return Principal{}, err
		}
		v = a.verdict(c, mode)
		a.verdicts.put(raw, v)
	}
	if err := v.at(a.cfg.Clock.Now()); err != nil {
		return Principal{}, err
	}
	return v.principal, nil
}

// forAccess refuses a refresh token.
func (c *claims) forAccess() *Denied {
	if c.AccessTokenID != "" {
		return failed("is a refresh token, not an access token")
	}
	return nil
}

// at says why a token is not good at a moment, nil if it is.
func (v verdict) at(now time.Time) *Denied {
	switch {
	case !now.Before(v.principal.ExpiresAt):
		return failed("is expired")
	case now.Before(v.notBefore):
		return failed("is not yet valid")
	}
	return nil
}

// bearer takes the token out of an Authorization header: "Bearer" in any case,
// blanks, the token. A server is handed the header without blanks at its end, so
// "Bearer" alone is a bearer that is empty.
func bearer(header string) (token string, ok bool) {
	scheme, token, _ := strings.Cut(strings.TrimSpace(header), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", false
	}
	return strings.TrimSpace(token), true
}

// emptyBearer names the cause, which lies a request earlier: some SDKs do not look
// at the answer to their token request and go on with no token.
func (a *Authority) emptyBearer(mode Mode) *Denied {
	denied := required()
	if mode == Off {
		return denied
	}
	answer := "none seen"
	if no := a.refused.Load(); no != nil {
		answer = no.code + ": " + no.text
	}
	a.log.Warn("a call came with an empty bearer token: the client's token request failed before it and the client went on regardless; "+
		"check its base URL, client id and client secret, and that its token URL is this server's /oauth/token",
		"lastTokenRefusal", answer)
	denied.Hint = "the bearer token is empty: the client's token request failed before, and it went on regardless; the last token refused: " + answer
	return denied
}

// parse checks all of a token but its times and its kind.
func (a *Authority) parse(raw string) (*claims, *Denied) {
	return a.check(raw, a.warnOfRealToken)
}

// check is parse, with what to do with claims whose signature is not ours.
func (a *Authority) check(raw string, foreign func(*claims)) (*claims, *Denied) {
	if len(raw) > maxToken {
		return nil, failed("is too large")
	}
	c := &claims{}
	token, err := a.parser.ParseWithClaims(raw, c, func(*jwt.Token) (any, error) { return &a.key.PublicKey, nil })
	if err != nil {
		foreign(c)
		return nil, failed(reason(token, err))
	}
	home := a.home.Load()
	switch {
	case c.Org != home.Org || c.TenantID != home.TenantID:
		return nil, failed("was issued for another organization")
	case c.ExpiresAt == nil:
		return nil, failed("has no expiration")
	}
	return c, nil
}

// reason puts the library's error into a few words. A token it could split and
// decode has a header; one of another algorithm is told so.
func reason(token *jwt.Token, err error) string {
	switch {
	case errors.Is(err, jwt.ErrTokenMalformed):
		return "is malformed"
	case token.Method == nil || token.Method.Alg() != algorithm:
		return "algorithm is not supported"
	}
	return "signature is invalid"
}

// warnOfRealToken speaks up once if a refused token seems to come from the real
// service: it should not be sent here, and its owner may want to know. Nothing of
// the token is logged.
func (a *Authority) warnOfRealToken(c *claims) {
	home := a.home.Load()
	looksReal := RealURL(c.Issuer) || RealHost(c.Org) ||
		c.Org != "" && c.Org != home.Org && c.Pod != "" && c.Pod != home.Pod
	if looksReal {
		a.warnReal.Do(func() {
			a.log.Warn("a refused token looks like one of the real service: the client mixes up its environments; " +
				"get a token from this server's /oauth/token instead (the token was not logged)")
		})
	}
}

// verdict is what is remembered of a token whose signature was good.
type verdict struct {
	mode      Mode // that it was found in
	principal Principal
	notBefore time.Time
}

// verdict is what the claims of a token are worth in a mode.
func (a *Authority) verdict(c *claims, mode Mode) verdict {
	v := verdict{mode: mode, principal: Principal{
		ClientID:  c.ClientID,
		Levels:    c.Authorities,
		TokenID:   c.ID,
		ExpiresAt: c.ExpiresAt.Time,
	}}
	if c.NotBefore != nil {
		v.notBefore = c.NotBefore.Time
	}
	p := &v.principal
	if c.IdentityID != "" {
		user, ok := a.cfg.Directory.User(c.IdentityID)
		if !ok {
			user = User{ID: c.IdentityID, Name: c.UserName, DisplayName: c.UserName}
		}
		p.User = &user
	}
	if mode == Strict {
		p.CanRead, p.CanManage = rightsOf(c.Scope, c.Authorities, p.User != nil)
	} else {
		p.CanRead, p.CanManage, p.Unrestricted = true, true, true
	}
	return v
}

// verdicts remembers up to maxVerdicts tokens, and then starts again: a client
// uses one token for hours, so that what is lost is soon back.
type verdicts struct {
	mu  sync.RWMutex
	all map[string]verdict
}

func (v *verdicts) get(raw string) (verdict, bool) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	found, ok := v.all[raw]
	return found, ok
}

func (v *verdicts) put(raw string, found verdict) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.all == nil || len(v.all) >= maxVerdicts {
		v.all = make(map[string]verdict)
	}
	v.all[strings.Clone(raw)] = found
}

func (v *verdicts) reset() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.all = nil
}
