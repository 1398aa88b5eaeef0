package auth

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
)

// good are claims that hold.
func (w world) good() claims {
	user := admin()
	return w.claims(grant{client: Client{ID: "admin", Authorities: []string{OrgAdmin}}, user: &user, scope: []string{ScopeAll}}, start().Add(time.Hour))
}

// forge signs claims by any method and key.
func forge(t testing.TB, method jwt.SigningMethod, key any, c jwt.Claims, header ...string) string {
	t.Helper()
	token := jwt.NewWithClaims(method, c)
	for i := 0; i+1 < len(header); i += 2 {
		token.Header[header[i]] = header[i+1]
	}
	raw, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// swap replaces one of the three parts of a token.
func swap(token string, part int, with string) string {
	parts := strings.Split(token, ".")
	parts[part] = with
	return strings.Join(parts, ".")
}

func otherKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, _, err := deriveKey("another seed")
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestForgedTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Strict)
	es, key, public := deterministicES256{}, w.key, mustBytes(t, &w.key.PublicKey)
	valid := forge(t, es, key, w.good())
	change := func(f func(*claims)) string {
		c := w.good()
		f(&c)
		return forge(t, es, key, c)
	}
	b64 := base64.RawURLEncoding.EncodeToString
	rsaKey, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	const prefix = "JWT validation failed: JWT "
	const malformed, signature, alg = prefix + "is malformed", prefix + "signature is invalid", prefix + "algorithm is not supported"
	tests := []struct{ name, header, want string }{
		{"no header", "", "JWT is required"},
		{"blank header", "  ", "JWT is required"},
		{"empty bearer", "Bearer", "JWT is required"},
		{"bearer and blank", "Bearer ", "JWT is required"},
		{"basic", "Basic eDp5", "JWT is required"},
		{"scheme missing", valid, "JWT is required"},
		{"word", "Bearer null", malformed},
		{"two words", "Bearer " + valid + " x", malformed},
		{"two parts", "Bearer " + valid[:strings.LastIndex(valid, ".")], malformed},
		{"four parts", "Bearer " + valid + ".x", malformed},
		{"dots", "Bearer ..", malformed},
		{"not JSON", "Bearer " + swap(valid, 1, b64([]byte("x"))), malformed},
		{"claims a list", "Bearer " + swap(valid, 1, b64([]byte("[]"))), malformed},
		{"exp a text", "Bearer " + swap(valid, 1, b64([]byte(`{"exp":"soon"}`))), malformed},
		{"padded", "Bearer " + valid + "==", malformed},
		{"too large", "Bearer " + strings.Repeat("x", maxToken+1), prefix + "is too large"},
		{"claims changed", "Bearer " + swap(valid, 1, b64([]byte(`{"org":"acme","exp":9999999999}`))), signature},
		{"claims null", "Bearer " + swap(valid, 1, b64([]byte("null"))), signature},
		{"signature changed", "Bearer " + swap(valid, 2, b64(make([]byte, 64))), signature},
		{"signature short", "Bearer " + swap(valid, 2, b64(make([]byte, 63))), signature},
		{"signature gone", "Bearer " + swap(valid, 2, ""), signature},
		{"another key", "Bearer " + forge(t, es, otherKey(t), w.good()), signature},
		{"another key, our kid", "Bearer " + forge(t, es, otherKey(t), w.good(), "kid", w.kid), signature},
		{"alg none", "Bearer " + forge(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, w.good()), alg},
		{"alg None", "Bearer " + forge(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, w.good(), "alg", "None"), alg},
		{"alg none, our signature", "Bearer " + swap(valid, 0, b64([]byte(`{"alg":"none"}`))), alg},
		{"alg missing", "Bearer " + swap(valid, 0, b64([]byte(`{"typ":"JWT"}`))), alg},
		{"alg a number", "Bearer " + swap(valid, 0, b64([]byte(`{"alg":256}`))), alg},
		{"alg in lower case", "Bearer " + swap(valid, 0, b64([]byte(`{"alg":"es256"}`))), alg},
		{"HS256 with our public key", "Bearer " + forge(t, jwt.SigningMethodHS256, public, w.good()), alg},
		{"RS256", "Bearer " + forge(t, jwt.SigningMethodRS256, rsaKey, w.good()), alg},
		{"ES384 over our signature", "Bearer " + swap(valid, 0, b64([]byte(`{"alg":"ES384"}`))), alg},
		{"another organization", "Bearer " + change(func(c *claims) { c.Org = "umbrella" }), prefix + "was issued for another organization"},
		{"another tenant", "Bearer " + change(func(c *claims) { c.TenantID = "t-2" }), prefix + "was issued for another organization"},
		{"no exp", "Bearer " + change(func(c *claims) { c.ExpiresAt = nil }), prefix + "has no expiration"},
		{"refresh token", "Bearer " + change(func(c *claims) { c.AccessTokenID = "x" }), prefix + "is a refresh token, not an access token"},
		{"expired", "Bearer " + change(func(c *claims) { c.ExpiresAt = jwt.NewNumericDate(start()) }), prefix + "is expired"},
		{"long expired", "Bearer " + change(func(c *claims) { c.ExpiresAt = jwt.NewNumericDate(start().AddDate(-40, 0, 0)) }), prefix + "is expired"},
		{"not yet", "Bearer " + change(func(c *claims) { c.NotBefore = jwt.NewNumericDate(start().Add(time.Second)) }), prefix + "is not yet valid"},
		{"valid", "Bearer " + valid, ""},
		{"valid, from now on", "Bearer " + change(func(c *claims) { c.NotBefore = jwt.NewNumericDate(start()) }), ""},
		{"any case and blanks", " bEARER   " + valid + " ", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, round := range []string{"first", "remembered"} {
				p, err := w.call(tt.header)
				text := ""
				if err != nil {
					if denied := (*Denied)(nil); !errors.As(err, &denied) {
						t.Fatalf("error %T is no *Denied", err)
					}
					text = err.Error()
					if diff := cmp.Diff(Principal{}, p); diff != "" {
						t.Errorf("a principal beside an error: %s", diff)
					}
				}
				if text != tt.want {
					t.Errorf("%s call: %q, want %q", round, text, tt.want)
				}
			}
		})
	}
}

func mustBytes(t testing.TB, key *ecdsa.PublicKey) []byte {
	t.Helper()
	raw, err := key.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// The emulator's own refresh token, not a forged one.
func TestRefreshTokenIsNoAccessToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Lenient)
	a := w.post(t, "grant_type", "client_credentials", "client_id", "x")
	_, err := w.call("Bearer " + a.text("refresh_token"))
	if err == nil || err.Error() != "JWT validation failed: JWT is a refresh token, not an access token" {
		t.Errorf("error %v", err)
	}
}

func TestExpiryFollowsTheClockOnEachCall(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Lenient, func(c *Config) { c.TTL = 749 * time.Second })
	header := "Bearer " + w.login(t, "x", "y")
	for _, step := range []struct {
		advance time.Duration
		ok      bool
	}{{0, true}, {748 * time.Second, true}, {time.Second, false}, {time.Hour, false}, {-2 * time.Hour, true}} {
		w.clock.Advance(step.advance)
		_, err := w.call(header)
		if (err == nil) != step.ok || err != nil && err.Error() != "JWT validation failed: JWT is expired" {
			t.Errorf("at %v: %v, want ok %v", w.clock.Now(), err, step.ok)
		}
	}
}

func TestEmptyBearerIsExplained(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Strict)
	w.post(t, "grant_type", "client_credentials", "client_id", "admin", "client_secret", "wrong")
	if _, err := w.call("Bearer"); err == nil || err.Error() != "JWT is required" {
		t.Errorf("error %v", err)
	}
	for _, part := range []string{"level=WARN", "token request failed", "client secret", "invalid_client: Bad client credentials"} {
		if !strings.Contains(w.log.String(), part) {
			t.Errorf("the log lacks %q: %s", part, w.log)
		}
	}
	quiet := newWorld(t, Strict)
	_, _ = quiet.call("")
	if quiet.log.String() != "" {
		t.Errorf("a call without a header was explained: %s", quiet.log)
	}
}

func TestRealTokensAreWarnedAboutOnce(t *testing.T) {
	t.Parallel()
	mine := newWorld(t, Lenient).good()
	tests := []struct {
		name   string
		change func(*claims)
		want   int
	}{
		{"issuer", func(c *claims) { c.Issuer = "https://acme.identitynow.com" }, 1},
		{"organization and pod", func(c *claims) { c.Org, c.Pod = "real-org", "prd01-useast1" }, 1},
		{"just a bad signature", func(*claims) {}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, c := newWorld(t, Lenient), mine
			tt.change(&c)
			header := "Bearer " + forge(t, deterministicES256{}, otherKey(t), c)
			for range 3 {
				if _, err := w.call(header); err == nil {
					t.Fatal("accepted")
				}
			}
			log := w.log.String()
			if got := strings.Count(log, "looks like one of the real service"); got != tt.want {
				t.Errorf("%d warnings, want %d: %s", got, tt.want, log)
			}
			if strings.Contains(log, "real-org") || strings.Contains(log, header[10:30]) {
				t.Errorf("the log holds parts of the token: %s", log)
			}
		})
	}
}

func TestVerdictsAreBoundedAndForgotten(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Lenient)
	for range maxVerdicts + 10 {
		w.verdicts.put(w.cfg.IDs.RequestID(), verdict{})
	}
	if n := len(w.verdicts.all); n != 10 {
		t.Errorf("%d verdicts, want the 10 after the bound was reached", n)
	}
	d := directory()
	change := newWorld(t, Lenient, func(c *Config) { c.Directory = &d })
	header := "Bearer " + change.login(t, "sub", "s")
	if p, err := change.call(header); err != nil || p.User.DisplayName != "Sam Sub" {
		t.Fatalf("%+v, %v", p, err)
	}
	d.users = nil
	change.Reset()
	p, err := change.call(header)
	if err != nil || p.User == nil || !cmp.Equal(*p.User, User{ID: "b2", Name: "sam.sub", DisplayName: "sam.sub"}) {
		t.Errorf("after the identity went: %+v, %v; want what the token says", p.User, err)
	}
}

func TestUnknownIdentityOfAClient(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Lenient, func(c *Config) {
		c.Directory = people{clients: map[string]Client{"c": {ID: "c", IdentityID: "lost"}}}
	})
	p, err := w.call("Bearer " + w.login(t, "c", ""))
	if err != nil || p.User == nil || p.User.ID != "lost" {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Lenient)
	shared := "Bearer " + w.login(t, "shared", "x")
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 20 {
				if p, err := w.call(shared); err != nil || p.ClientID != "shared" {
					t.Errorf("shared: %+v, %v", p, err)
				}
				own := w.post(t, "grant_type", "client_credentials", "client_id", "own")
				if p, err := w.call("Bearer " + own.text("access_token")); err != nil || p.ClientID != "own" {
					t.Errorf("own: %+v, %v", p, err)
				}
				_, _ = w.call("Bearer")
				w.authorize("client_id", "x", "redirect_uri", "http://web/")
				if i == 0 {
					w.verdicts.reset()
				}
			}
		})
	}
	wg.Wait()
}

func BenchmarkVerify(b *testing.B) {
	w := newWorld(b, Strict)
	r := httptest.NewRequest("GET", "/v2024/role-mining-sessions", nil)
	r.Header.Set("Authorization", "Bearer "+w.login(b, "sub", "s"))
	verify := func(b *testing.B) {
		if _, err := w.Verify(r); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("hit", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			verify(b)
		}
	})
	b.Run("hit, parallel", func(b *testing.B) {
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, err := w.Verify(r); err != nil {
					b.Error(err)
				}
			}
		})
	})
	b.Run("miss", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			w.verdicts.reset()
			verify(b)
		}
	})
}
