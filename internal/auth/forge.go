package auth

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"mockserver/internal/spelling"
)

// ForgeOrder says what a token made for a test is to be like. What is left out
// is as in a token that the token endpoint gives out, but for what Kind changes;
// what is given goes before Kind.
type ForgeOrder struct {
	// Kind is one of ForgeKinds.
	Kind string
	// ClientID is whom the token was issued to. One that the directory does not
	// know acts for the default user, as it does in the mode Lenient.
	ClientID string
	// User is the id or alias of the identity, "" for the client's.
	User string
	// Scopes and Authorities are those of the token. nil is the client's; with a
	// User, Authorities are those that it has by signing in.
	Scopes, Authorities []string
	// TTL is the life of the token, 0 for the configured one.
	TTL time.Duration
	// IssuedAt begins the life, and becomes the claim iat; NotBefore and ExpiresAt
	// are nbf and exp. They are cut to seconds.
	IssuedAt, NotBefore, ExpiresAt *time.Time
	// Claims go over all others; null takes a claim away.
	Claims map[string]json.RawMessage
}

// Forged is a token made for a test.
type Forged struct {
	Token string
	// ExpiresAt is the claim exp, nil for a token without one in the years 1 to 9999.
	ExpiresAt *time.Time
	// Claims are all claims, a JSON object.
	Claims json.RawMessage
	// Mode is the one in force, and Expect how calls with the token are answered
	// now in each.
	Mode   Mode
	Expect map[Mode]Expectation
}

// Expectation is how calls with a token are answered: http.StatusOK for being let
// in, 401 or 403. A call is answered with the highest of what its operation asks
// for.
type Expectation struct {
	// Read and Manage are for operations that ask for these rights.
	Read, Manage int
	// RoleAdmin is for those that ask for one of the levels ORG_ADMIN, ROLE_ADMIN
	// and ROLE_SUBADMIN beside it, OrgAdmin for those that ask for ORG_ADMIN.
	RoleAdmin, OrgAdmin int
	// Reason is the "error" of a 401, or what is missing for the first that is
	// 403; "" if all are 200.
	Reason string
}

// ForgeError says what is wrong with a ForgeOrder.
type ForgeError struct {
	Field   string   // as the control plane calls it
	Text    string   // the rule
	Allowed []string // the right values, where they can be listed
}

// Error implements error.
func (e *ForgeError) Error() string { return e.Field + ": " + e.Text }

const (
	// forgedAhead is when a token that is not yet valid becomes so, and
	// forgedAgo since when one is expired.
	forgedAhead, forgedAgo = time.Hour, time.Minute
	// maxForged bounds a forged token, which has to fit into a header.
	maxForged = 64 << 10
)

// forgeKind is one thing that can be the matter with a token.
type forgeKind struct {
	name string
	// denied is what every call is refused with, "" if that depends on rights.
	denied string
	change func(f *forgery) // before what is given; may be nil
	seal   func(a *Authority, c jwt.Claims) (string, error)
}

// forgery is a token in the making.
type forgery struct {
	claims
	now time.Time
	ttl time.Duration
}

func forgeKinds() []forgeKind {
	return []forgeKind{
		{name: "valid"},
		{name: "expired", denied: failed("is expired").Text, change: func(f *forgery) {
			f.ExpiresAt = jwt.NewNumericDate(f.now.Add(-forgedAgo))
		}},
		{name: "notYetValid", denied: failed("is not yet valid").Text, change: func(f *forgery) {
			f.NotBefore = jwt.NewNumericDate(f.now.Add(forgedAhead))
			f.ExpiresAt = jwt.NewNumericDate(f.now.Add(forgedAhead + f.ttl))
		}},
		{name: "noExpiry", denied: failed("has no expiration").Text, change: func(f *forgery) { f.ExpiresAt = nil }},
		{name: "wrongSignature", denied: failed("signature is invalid").Text, seal: sealByAnother},
		{name: "wrongAlgorithm", denied: failed("algorithm is not supported").Text, seal: sealByHMAC},
		{name: "unsigned", denied: failed("algorithm is not supported").Text, seal: sealByNothing},
		{name: "malformed", denied: failed("is malformed").Text, seal: sealHalf},
		{name: "tooLarge", denied: failed("is too large").Text, change: func(f *forgery) {
			f.Audience = jwt.ClaimStrings{strings.Repeat("x", maxToken)}
		}},
		{name: "refreshToken", denied: failed("is a refresh token, not an access token").Text, change: func(f *forgery) {
			f.AccessTokenID = f.ID
		}},
		{name: "otherTenant", denied: failed("was issued for another organization").Text, change: func(f *forgery) {
			f.Org, f.TenantID = f.Org+"-other", "00000000-0000-4000-8000-000000000000"
		}},
		{name: "missingRight", change: func(f *forgery) { f.Scope = []string{"sp:scopes:default"} }},
		{name: "readOnly", change: func(f *forgery) { f.Scope = []string{Read} }},
		{name: "missingLevel", change: func(f *forgery) { f.Authorities = []string{} }},
		{name: "noUser", change: func(f *forgery) {
			f.IdentityID, f.UserID, f.UserName, f.Authorities = "", "", "", []string{}
		}},
		{name: "unknownUser", change: func(f *forgery) {
			f.IdentityID = strings.ReplaceAll(f.ID, "-", "") // a token's id is nobody's
			f.UserID, f.UserName = f.IdentityID, "nobody.known"
		}},
	}
}

// ForgeKinds are the names of what can be the matter with a forged token.
func ForgeKinds() []string {
	var names []string
	for _, k := range forgeKinds() {
		names = append(names, k.name)
	}
	return names
}

// Forge makes a token for a test, in any mode, by the authority's clock and
// signed with its key, so that it is what a client could hold. Same order, same
// clock and same tokens before, same bytes. The error is a *ForgeError.
func (a *Authority) Forge(o ForgeOrder) (Forged, error) {
	k, err := findForgeKind(o.Kind)
	if err != nil {
		return Forged{}, err
	}
	f, err := a.forgery(o)
	if err != nil {
		return Forged{}, err
	}
	if k.change != nil {
		k.change(&f)
	}
	o.apply(&f)
	signed, err := override(f.claims, o.Claims)
	if err != nil {
		return Forged{}, err
	}
	seal := k.seal
	if seal == nil {
		seal = sealOwn
	}
	token, err := seal(a, signed)
	if err != nil {
		return Forged{}, err
	}
	if len(token) > maxForged {
		return Forged{}, &ForgeError{Field: "claims", Text: fmt.Sprintf("would make a token of %d bytes; no server takes more than %d", len(token), maxForged)}
	}
	return a.forged(k, token)
}

func findForgeKind(name string) (forgeKind, error) {
	for _, k := range forgeKinds() {
		if k.name == name {
			return k, nil
		}
	}
	return forgeKind{}, &ForgeError{Field: "kind", Text: fmt.Sprintf("there is no kind of token %q", name), Allowed: spelling.Nearest(ForgeKinds(), name)}
}

// forgery is the token that the client would get from the token endpoint.
func (a *Authority) forgery(o ForgeOrder) (forgery, error) {
	client, ok := a.cfg.Directory.Client(o.ClientID)
	if !ok {
		client = a.stranger(o.ClientID)
	}
	client.ID = o.ClientID
	g := grant{client: client, user: a.userOf(client), levels: client.Authorities, scope: client.scopes()}
	if o.User != "" {
		if o.Kind == "noUser" || o.Kind == "unknownUser" {
			return forgery{}, &ForgeError{Field: "userId", Text: "a token of the kind " + o.Kind + " acts for nobody of the organisation; leave it out"}
		}
		user, ok := a.cfg.Directory.User(o.User)
		if !ok {
			return forgery{}, &ForgeError{Field: "userId", Text: fmt.Sprintf("no identity has the id or name %q; the kind unknownUser makes a token for one that is not there", o.User)}
		}
		g.user, g.levels = &user, user.Levels
	}
	f := forgery{now: a.cfg.Clock.Now(), ttl: o.TTL}
	if f.ttl == 0 {
		f.ttl = a.cfg.TTL
	}
	f.claims = a.claims(g, f.now.Add(f.ttl))
	return f, nil
}

// apply writes what was given over what the kind made.
func (o ForgeOrder) apply(f *forgery) {
	if o.Scopes != nil {
		f.Scope = o.Scopes
	}
	if o.Authorities != nil {
		f.Authorities = o.Authorities
	}
	if o.IssuedAt != nil {
		f.IssuedAt, f.ExpiresAt = jwt.NewNumericDate(*o.IssuedAt), jwt.NewNumericDate(o.IssuedAt.Add(f.ttl))
	}
	if o.NotBefore != nil {
		f.NotBefore = jwt.NewNumericDate(*o.NotBefore)
	}
	if o.ExpiresAt != nil {
		f.ExpiresAt = jwt.NewNumericDate(*o.ExpiresAt)
	}
}

// override writes claims over others.
func override(c claims, over map[string]json.RawMessage) (jwt.Claims, error) {
	if len(over) == 0 {
		return c, nil
	}
	text, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, err
	}
	merged := jwt.MapClaims{}
	for _, from := range []map[string]json.RawMessage{all, over} {
		for name, value := range from {
			merged[name] = value
			if string(value) == "null" {
				delete(merged, name)
			}
		}
	}
	return merged, nil
}

func sealOwn(a *Authority, c jwt.Claims) (string, error) { return a.sign(c) }

// sealByAnother signs with the key of another server, and names that.
func sealByAnother(a *Authority, c jwt.Claims) (string, error) {
	key, kid, err := deriveKey(a.cfg.Seed + " of another server")
	if err != nil {
		return "", err
	}
	return signWith(deterministicES256{}, kid, key, c)
}

// sealByHMAC takes the public key for a shared secret, as a known attack does.
func sealByHMAC(a *Authority, c jwt.Claims) (string, error) {
	secret, err := a.key.PublicKey.Bytes()
	if err != nil {
		return "", err
	}
	return signWith(jwt.SigningMethodHS256, a.kid, secret, c)
}

func sealByNothing(a *Authority, c jwt.Claims) (string, error) {
	return signWith(jwt.SigningMethodNone, a.kid, jwt.UnsafeAllowNoneSignatureType, c)
}

// sealHalf leaves the signature out with its dot.
func sealHalf(a *Authority, c jwt.Claims) (string, error) {
	whole, err := a.sign(c)
	if err != nil {
		return "", err
	}
	return whole[:strings.LastIndexByte(whole, '.')], nil
}

// forged looks at a token as Verify does.
func (a *Authority) forged(k forgeKind, token string) (Forged, error) {
	_, rest, _ := strings.Cut(token, ".")
	payload, _, _ := strings.Cut(rest, ".")
	text, err := base64.RawURLEncoding.DecodeString(payload)
	if err != nil {
		return Forged{}, err
	}
	got := Forged{Token: token, Claims: text, Mode: a.Mode(), Expect: map[Mode]Expectation{}}
	var times struct {
		Exp *jwt.NumericDate `json:"exp"`
	}
	if json.Unmarshal(text, &times) == nil && times.Exp != nil && 0 < times.Exp.UTC().Year() && times.Exp.UTC().Year() < 10_000 {
		got.ExpiresAt = &times.Exp.Time
	}
	c, denied := a.check(token, func(*claims) {})
	if denied == nil {
		denied = c.forAccess()
	}
	if denied == nil {
		denied = a.verdict(c, Lenient).at(a.cfg.Clock.Now())
	}
	if k.denied != "" && (denied == nil || denied.Text != k.denied) {
		return Forged{}, &ForgeError{Field: "kind", Text: fmt.Sprintf("with these times and claims the token would not be refused with %q, which the kind %s is for; leave them out, or take the kind valid", k.denied, k.name)}
	}
	for _, mode := range []Mode{Strict, Lenient, Off} {
		got.Expect[mode] = a.expect(c, denied, mode)
	}
	return got, nil
}

func (a *Authority) expect(c *claims, denied *Denied, mode Mode) Expectation {
	const in, out = http.StatusOK, http.StatusUnauthorized
	switch {
	case mode == Off:
		return Expectation{in, in, in, in, ""}
	case denied != nil:
		return Expectation{out, out, out, out, denied.Text}
	}
	var e Expectation
	p := a.verdict(c, mode).principal
	for _, part := range []struct {
		status         *int
		rights, levels []string
	}{
		{&e.Read, []string{Read}, nil},
		{&e.Manage, []string{Manage}, nil},
		{&e.RoleAdmin, nil, rightLevels()},
		{&e.OrgAdmin, nil, []string{OrgAdmin}},
	} {
		*part.status = in
		if why := p.WhyNot(part.rights, part.levels); why != "" {
			*part.status = http.StatusForbidden
			if e.Reason == "" {
				e.Reason = why
			}
		}
	}
	return e
}
