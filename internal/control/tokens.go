package control

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"mockserver/internal/api"
	"mockserver/internal/auth"
	"mockserver/internal/clock"
)

// maxTTL bounds the life of a forged token.
const maxTTL = 100 * 365 * 24 * time.Hour

// tokenOrder says what a forged token is to be like.
type tokenOrder struct {
	Kind        string                     `json:"kind"` // "" is valid
	ClientID    string                     `json:"clientId"`
	UserID      string                     `json:"userId"` // id or name of an identity
	Scopes      []string                   `json:"scopes"`
	Authorities []string                   `json:"authorities"`
	TTL         *duration                  `json:"ttl"`
	IssuedAt    *time.Time                 `json:"issuedAt"`
	NotBefore   *time.Time                 `json:"notBefore"`
	ExpiresAt   *time.Time                 `json:"expiresAt"`
	Claims      map[string]json.RawMessage `json:"claims"` // over all others; null takes one away
}

// forgedToken is a token and how calls with it are answered.
type forgedToken struct {
	Kind        string          `json:"kind"`
	AccessToken string          `json:"accessToken"`
	TokenType   string          `json:"tokenType"`
	ExpiresAt   *api.Time       `json:"expiresAt"` // null for a token that has no end
	Claims      json.RawMessage `json:"claims"`
	Mode        auth.Mode       `json:"mode"` // the one in force
	Expect      tokenExpect     `json:"expect"`
}

// tokenExpect is what to expect in each mode.
type tokenExpect struct {
	Strict  tokenAnswers `json:"strict"`
	Lenient tokenAnswers `json:"lenient"`
	Off     tokenAnswers `json:"off"`
}

// tokenAnswers are statuses by what an operation asks for, 200 for being let in.
type tokenAnswers struct {
	Read      int    `json:"read"`
	Manage    int    `json:"manage"`
	RoleAdmin int    `json:"roleAdmin"`
	OrgAdmin  int    `json:"orgAdmin"`
	Reason    string `json:"reason,omitempty"`
}

func (p *Plane) forgeToken(c *call) (any, error) {
	order := tokenOrder{}
	if err := decodeOptional(c, &order); err != nil {
		return nil, err
	}
	if err := order.check(); err != nil {
		return nil, err
	}
	if order.Kind == "" {
		order.Kind = "valid"
	}
	got, err := c.tenant.Forge(c.Context(), order.forge())
	if wrong := (*auth.ForgeError)(nil); errors.As(err, &wrong) {
		return nil, &problem{status: http.StatusBadRequest, Pointer: "/" + wrong.Field, Text: wrong.Text, Allowed: wrong.Allowed}
	}
	if err != nil {
		return nil, err
	}
	return forgedToken{
		Kind: order.Kind, AccessToken: got.Token, TokenType: "bearer", ExpiresAt: (*api.Time)(got.ExpiresAt),
		Claims: got.Claims, Mode: got.Mode,
		Expect: tokenExpect{
			tokenAnswers(got.Expect[auth.Strict]), tokenAnswers(got.Expect[auth.Lenient]), tokenAnswers(got.Expect[auth.Off]),
		},
	}, nil
}

func (o tokenOrder) forge() auth.ForgeOrder {
	f := auth.ForgeOrder{
		Kind: o.Kind, ClientID: o.ClientID, User: o.UserID, Scopes: o.Scopes, Authorities: o.Authorities,
		IssuedAt: o.IssuedAt, NotBefore: o.NotBefore, ExpiresAt: o.ExpiresAt, Claims: o.Claims,
	}
	if o.TTL != nil {
		f.TTL = time.Duration(*o.TTL)
	}
	return f
}

func (o tokenOrder) check() error {
	if o.TTL != nil {
		if d := time.Duration(*o.TTL); d < time.Second || d > maxTTL || d%time.Second != 0 {
			return invalid("/ttl", "must be whole seconds from 1s to %v, not %v", maxTTL, d)
		}
		if o.ExpiresAt != nil {
			return invalid("/expiresAt", "cannot be beside ttl: both say when the token ends")
		}
	}
	for _, at := range []struct {
		pointer string
		moment  *time.Time
	}{{"/issuedAt", o.IssuedAt}, {"/notBefore", o.NotBefore}, {"/expiresAt", o.ExpiresAt}} {
		if m := at.moment; m != nil && !clock.Shows(*m) {
			return invalid(at.pointer, "must be in the years 1970 to %d, not %v", clock.Last().Year(), m.Format(time.RFC3339))
		}
	}
	return nil
}
