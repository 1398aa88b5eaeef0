// Package auth answers two questions: who calls, and what may they do.
//
// It is the emulated service's OAuth side (a token endpoint, an authorization
// endpoint, the unauthenticated description of both) and the check of the bearer
// token that each call of the API carries. Tokens are real: signed with ES256 by a
// key derived from the seed, so that equal seeds, clocks and requests give equal
// bytes, and a token outlives a restart. The seed is no secret, and so neither is
// the key: these tokens protect nothing, they only behave.
//
// # Modes
//
// Lenient takes any client id and secret and lets every valid token do
// everything. A client the directory knows acts for its own identity, any other
// for the directory's default user. Strict takes only the directory's clients with
// their secrets, and enforces rights and user levels. Off wants no token at all;
// one that is valid still says who calls.
//
// # Rights in strict mode
//
// A right comes from a scope of the token. "sp:scopes:all" stands for all rights of
// the user's level, the scopes "iai:access-modeling:read" and ":manage" for
// themselves, and any other scope, "sp:scopes:default" included, for none. A user needs
// one of the levels ORG_ADMIN, ROLE_ADMIN and ROLE_SUBADMIN to have a right at all.
// By client credentials the level is the client's, by an authorization code that of
// who signed in; a refreshed token has the level of the first.
// A client without a user has no level: it has the rights it was given by name,
// and is kept out wherever a level is asked for.
package auth

import (
	"crypto/ecdsa"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"mockserver/internal/clock"
	"mockserver/internal/idgen"
)

// Mode says how much of a caller's claims is checked.
type Mode string

// The modes; see the package comment.
const (
	Lenient Mode = "lenient"
	Strict  Mode = "strict"
	Off     Mode = "off"
)

// ParseMode reads the name of a mode in any case; the empty text is Lenient. The
// error lists the modes.
func ParseMode(text string) (Mode, error) {
	switch mode := Mode(strings.ToLower(strings.TrimSpace(text))); mode {
	case "":
		return Lenient, nil
	case Lenient, Strict, Off:
		return mode, nil
	}
	return "", fmt.Errorf("auth mode %q: want lenient, strict or off", text)
}

// Right is one thing a caller may do.
type Right = string

// The rights of the emulated API. Manage includes Read.
const (
	Read   Right = "iai:access-modeling:read"
	Manage Right = "iai:access-modeling:manage"
)

// The user levels the emulated API asks for.
const (
	OrgAdmin     = "ORG_ADMIN"
	RoleAdmin    = "ROLE_ADMIN"
	RoleSubAdmin = "ROLE_SUBADMIN"
)

// ScopeAll is the scope that stands for all rights of the user's level.
const ScopeAll = "sp:scopes:all"

// The grant types, as they are written in lower case.
const (
	grantClient  = "client_credentials"
	grantCode    = "authorization_code"
	grantRefresh = "refresh_token"
)

// DefaultTTL is the life of an access token unless configured: 12 hours, as
// personal access tokens of the emulated service have it.
const DefaultTTL = 43200 * time.Second

// refreshTTL is the life of a refresh token, or the access token's if longer.
const refreshTTL = 86400 * time.Second

// Client is an OAuth client: a personal access token or an API client.
type Client struct {
	// ID is the client_id, 1 to 256 bytes of printable text.
	ID string
	// Secret is the client_secret. A client with none is public: in strict mode
	// it may only use the authorization code grant, with PKCE, and refresh.
	Secret string
	// Name is what people call the client.
	Name string
	// IdentityID is the identity it acts for, "" for a client without a user.
	IdentityID string
	// Authorities are the levels of its tokens by client credentials, if it acts
	// for an identity: ORG_ADMIN, ROLE_ADMIN, ROLE_SUBADMIN, ...
	Authorities []string
	// Scopes are what it was granted; none means sp:scopes:all.
	Scopes []string
	// Grants are its grant types in any case; none means all three. With
	// REFRESH_TOKEN among them its tokens come with a refresh token.
	Grants []string
	// RedirectURIs are where an authorization code may be sent.
	RedirectURIs []string
}

// User is an identity as a caller.
type User struct {
	// ID is the identity's id, 32 hex digits.
	ID string
	// Name is the alias, sent as user_name.
	Name string
	// DisplayName is the full name.
	DisplayName string
	// Levels are those of the tokens that the identity gets by signing in,
	// ascending; an ordinary user has none.
	Levels []string
}

// Directory knows the organisation's clients and people. It must be safe for
// concurrent use.
type Directory interface {
	// Client finds a client by its client_id.
	Client(id string) (Client, bool)
	// User finds an identity by id or alias.
	User(idOrAlias string) (User, bool)
	// DefaultUser is the organisation's admin, false if there is none.
	DefaultUser() (User, bool)
}

// Home is the organisation that tokens are for. Org is its short name, required.
// All are written into tokens and answers as they are.
type Home struct{ Org, TenantID, TenantName, Pod string }

// Config is what an Authority needs.
type Config struct {
	// Mode is the one at the start, Lenient unless it is given.
	Mode Mode
	// Seed determines the signing key; any text.
	Seed string
	// TTL is the life of an access token, whole seconds, at least 1 s;
	// 0 is DefaultTTL.
	TTL time.Duration
	Home
	// Directory, Clock and IDs are required.
	Directory Directory
	Clock     clock.Clock
	IDs       *idgen.Source
	// Log may be nil. Tokens, secrets and codes are never written to it.
	Log *slog.Logger
}

// Authority issues and verifies the tokens of one organisation. It is safe for
// concurrent use.
type Authority struct {
	cfg    Config
	mode   atomic.Pointer[Mode]
	log    *slog.Logger
	key    *ecdsa.PrivateKey
	kid    string
	parser *jwt.Parser
	home   atomic.Pointer[Home]

	issued   atomic.Int64 // tokens and codes so far, the n of their ids
	codes    codes
	verdicts verdicts
	// refused is what the token endpoint last said no with, for the log line
	// about the empty bearer that tends to follow.
	refused  atomic.Pointer[refusal]
	warnReal sync.Once
}

// New checks the configuration and derives the key. Its error names every field
// that is wrong.
func New(cfg Config) (*Authority, error) {
	mode, errMode := ParseMode(string(cfg.Mode))
	cfg.Mode = mode
	if cfg.TTL == 0 {
		cfg.TTL = DefaultTTL
	}
	if err := errors.Join(errMode, cfg.check()); err != nil {
		return nil, err
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	key, kid, err := deriveKey(cfg.Seed)
	if err != nil {
		return nil, err
	}
	a := &Authority{
		cfg: cfg,
		log: cfg.Log,
		key: key,
		kid: kid,
		// Times are checked apart, because a cached verdict needs that too.
		parser: jwt.NewParser(jwt.WithValidMethods([]string{algorithm}), jwt.WithStrictDecoding(), jwt.WithoutClaimsValidation()),
	}
	a.SetMode(mode)
	a.home.Store(&cfg.Home)
	return a, nil
}

func (c Config) check() error {
	var errs []error
	if c.TTL < time.Second || c.TTL%time.Second != 0 {
		errs = append(errs, fmt.Errorf("auth: TTL is %v, must be a whole number of seconds, at least 1s", c.TTL))
	}
	if c.Org == "" {
		errs = append(errs, errors.New("auth: Org is empty"))
	}
	if c.Directory == nil {
		errs = append(errs, errors.New("auth: Directory is nil"))
	}
	if c.Clock == nil {
		errs = append(errs, errors.New("auth: Clock is nil"))
	}
	if c.IDs == nil {
		errs = append(errs, errors.New("auth: IDs is nil"))
	}
	return errors.Join(errs...)
}

// Mode is the mode in force.
func (a *Authority) Mode() Mode { return *a.mode.Load() }

// SetMode puts one of the modes in force, for the next call on. Tokens stay good
// and are worth in it what they would have been from the start.
func (a *Authority) SetMode(mode Mode) { a.mode.Store(&mode) }

// Move makes the tokens those of another organisation from now on: tokens of
// the former one are refused. Call Reset with it.
func (a *Authority) Move(to Home) { a.home.Store(&to) }

// Reset forgets open authorization codes and remembered verdicts, and counts
// tokens from the start again, so that the same requests give the same bytes as
// after New. Call it when the directory changes. Tokens issued before stay valid.
func (a *Authority) Reset() {
	a.codes.reset()
	a.verdicts.reset()
	a.issued.Store(0)
	a.refused.Store(nil)
}

// Issued is how many tokens and codes there were since Reset.
func (a *Authority) Issued() int64 { return a.issued.Load() }

// Continue lets the ids of tokens and codes go on behind the n-th.
func (a *Authority) Continue(n int64) { a.issued.Store(n) }

// Renew forgets remembered verdicts, and with them what was known of users. Call
// it when people or clients of the directory have changed. Tokens stay valid.
func (a *Authority) Renew() { a.verdicts.reset() }

// Principal is a caller whose token was accepted. Its slices and its user are
// shared between calls and must not be changed.
type Principal struct {
	// ClientID is the client the token was issued to, "" without a token.
	ClientID string
	// User is the identity the client acts for, nil for a client without one.
	User *User
	// CanRead and CanManage are the rights; CanManage includes reading.
	CanRead, CanManage bool
	// Levels are the user's levels, such as ORG_ADMIN.
	Levels []string
	// Unrestricted callers pass every check: all of them, unless in strict mode.
	Unrestricted bool
	// TokenID is the token's jti, "" without a token.
	TokenID string
	// ExpiresAt is when the token ends, zero without a token.
	ExpiresAt time.Time
}

// May reports whether the caller has one of the rights and one of the levels.
// An empty list asks for nothing. Manage is enough where Read is asked for.
func (p Principal) May(rights, levels []string) bool {
	if p.Unrestricted {
		return true
	}
	return p.hasRight(rights) && p.hasLevel(levels)
}

func (p Principal) hasRight(rights []string) bool {
	return len(rights) == 0 || slices.ContainsFunc(rights, func(right string) bool {
		return right == Read && (p.CanRead || p.CanManage) || right == Manage && p.CanManage
	})
}

func (p Principal) hasLevel(levels []string) bool {
	return len(levels) == 0 || intersect(p.Levels, levels)
}

// WhyNot is the reason for which May says no to the same lists, a short text for
// the log, or "" if it says yes. It names what is asked for and what the caller
// has, and nothing that is secret.
func (p Principal) WhyNot(rights, levels []string) string {
	switch {
	case p.May(rights, levels):
		return ""
	case p.User != nil && !intersect(p.Levels, rightLevels()):
		if len(levels) == 0 {
			levels = rightLevels()
		}
		return p.needsLevel(levels)
	case !p.hasRight(rights):
		return "needs " + strings.Join(rights, " or ") + "; " + p.scopesGive()
	}
	return p.needsLevel(levels)
}

func (p Principal) needsLevel(levels []string) string {
	text := "needs one of the user levels " + strings.Join(levels, ", ")
	switch {
	case p.User == nil:
		return text + "; the caller is a client without a user"
	case len(p.Levels) == 0:
		return text + "; the caller has none"
	}
	return text + "; the caller has " + strings.Join(p.Levels, ", ")
}

func (p Principal) scopesGive() string {
	switch {
	case p.CanRead:
		return "the token's scopes give only read"
	case p.User == nil:
		return "the token's scopes name no such right, and a client without a user has only those that are named"
	}
	return "the token's scopes give no right"
}

// rightLevels are those without one of which a user has no right.
func rightLevels() []string { return []string{OrgAdmin, RoleAdmin, RoleSubAdmin} }

// rightsOf turns a token's scopes into rights: see the package comment.
func rightsOf(scopes, levels []string, hasUser bool) (canRead, canManage bool) {
	hasLevel := intersect(levels, rightLevels())
	if hasUser && !hasLevel {
		return false, false
	}
	all := hasLevel && slices.Contains(scopes, ScopeAll)
	canManage = all || slices.Contains(scopes, Manage)
	return canManage || slices.Contains(scopes, Read), canManage
}

func intersect(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}
