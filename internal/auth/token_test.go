package auth

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/clock"
	"mockserver/internal/idgen"
)

// encoding is one way to put a token request on the wire.
type encoding struct {
	query, body url.Values
	multipart   bool
	media       string // overrides the body's own
	user, pass  string // HTTP Basic
}

func (e encoding) request(t testing.TB) (target string, body io.Reader, media string) {
	t.Helper()
	target = "/oauth/token"
	if e.query != nil {
		target += "?" + e.query.Encode()
	}
	switch {
	case e.multipart:
		var b bytes.Buffer
		form := multipart.NewWriter(&b)
		for name, all := range e.body {
			for _, value := range all {
				if err := form.WriteField(name, value); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := form.Close(); err != nil {
			t.Fatal(err)
		}
		body, media = &b, form.FormDataContentType()
	case e.body != nil:
		body, media = strings.NewReader(e.body.Encode()), "application/x-www-form-urlencoded"
	}
	if e.media != "" {
		media = e.media
	}
	return target, body, media
}

func (w world) sendAs(t testing.TB, e encoding) answer {
	t.Helper()
	target, body, media := e.request(t)
	r := httptest.NewRequest("POST", target, body)
	if media != "" {
		r.Header.Set("Content-Type", media)
	}
	if e.user != "" {
		r.SetBasicAuth(e.user, e.pass)
	}
	return send(t, w.Token, r)
}

// encodings puts the same parameters on the wire in every way that must work.
func encodings(kind, id, secret string, more ...string) map[string]encoding {
	grantOnly := values(append([]string{"grant_type", kind}, more...)...)
	client := values("client_id", id, "client_secret", secret)
	all := values(append([]string{"grant_type", kind, "client_id", id, "client_secret", secret}, more...)...)
	return map[string]encoding{
		"query":                       {query: all},
		"query, empty JSON body":      {query: all, media: "application/json"},
		"urlencoded":                  {body: all},
		"urlencoded with charset":     {body: all, media: "application/x-www-form-urlencoded; charset=utf-8"},
		"urlencoded, odd parameter":   {body: all, media: "application/x-www-form-urlencoded; charset"},
		"urlencoded, shouted":         {body: all, media: "APPLICATION/X-WWW-FORM-URLENCODED"},
		"multipart":                   {body: all, multipart: true},
		"mixed, urlencoded":           {query: grantOnly, body: client},
		"mixed, multipart":            {query: grantOnly, body: client, multipart: true},
		"twice the same":              {query: all, body: all},
		"basic":                       {body: grantOnly, user: id, pass: secret},
		"basic, form encoded":         {body: grantOnly, user: url.QueryEscape(id), pass: url.QueryEscape(secret)},
		"basic and parameters":        {query: grantOnly, body: client, user: id, pass: secret},
		"basic, id as parameter also": {query: values("client_id", id), body: grantOnly, user: id, pass: secret},
	}
}

func TestEncodingsGrantsAndModes(t *testing.T) {
	t.Parallel()
	for _, mode := range []Mode{Lenient, Strict, Off} {
		for _, kind := range []string{"client_credentials", "CLIENT_CREDENTIALS", "Authorization_Code", "REFRESH_TOKEN"} {
			for name := range encodings("", "", "") {
				t.Run(string(mode)+"/"+kind+"/"+name, func(t *testing.T) {
					t.Parallel()
					w := newWorld(t, mode)
					var more []string
					switch strings.ToLower(kind) {
					case grantCode:
						more = []string{"code", w.code(t, "client_id", "admin", "redirect_uri", "myapp://cb", "login_hint", "sam.sub"), "redirect_uri", "myapp://cb"}
					case grantRefresh:
						a := w.post(t, "grant_type", "client_credentials", "client_id", "admin", "client_secret", "s3cret+%2F")
						more = []string{"refresh_token", a.text("refresh_token")}
					}
					a := w.sendAs(t, encodings(kind, "admin", "s3cret+%2F", more...)[name])
					if a.status != 200 {
						t.Fatalf("status %d: %s", a.status, a.raw)
					}
					p, err := w.call("bearer " + a.text("access_token"))
					if err != nil || p.ClientID != "admin" || p.User == nil || (p.User.ID == sam().ID) != (strings.ToLower(kind) == grantCode) {
						t.Errorf("principal %+v, %v", p, err)
					}
				})
			}
		}
	}
}

func TestTokenRefusals(t *testing.T) {
	t.Parallel()
	const bad = "Bad client credentials"
	ok := func(more ...string) url.Values {
		return values(append([]string{"grant_type", "client_credentials", "client_id", "admin", "client_secret", "s3cret+%2F"}, more...)...)
	}
	client := func(id, secret string) url.Values {
		return values("grant_type", "client_credentials", "client_id", id, "client_secret", secret)
	}
	refresh := func(token string) url.Values {
		return values("grant_type", "refresh_token", "client_id", "admin", "client_secret", "s3cret+%2F", "refresh_token", token)
	}
	tests := []struct {
		name       string
		e          encoding
		status     int
		code, text string
	}{
		{"wrong secret", encoding{body: client("admin", "x")}, 401, "invalid_client", bad},
		{"empty secret", encoding{body: client("admin", "")}, 401, "invalid_client", bad},
		{"unknown client", encoding{body: client("x", "s3cret+%2F")}, 401, "invalid_client", bad},
		{"unknown client, no secret", encoding{body: client("x", "")}, 401, "invalid_client", bad},
		{"wrong secret by basic", encoding{body: values("grant_type", "client_credentials"), user: "admin", pass: "x"}, 401, "invalid_client", bad},
		{"no client", encoding{body: values("grant_type", "client_credentials")}, 401, "invalid_client", bad + ": client_id is missing"},
		{"nothing at all", encoding{}, 401, "invalid_client", bad + ": client_id is missing"},
		{"long client id", encoding{body: client(strings.Repeat("x", 257), "x")}, 400, "invalid_request", "client_id must be printable text of at most 256 bytes"},
		{"client id of two lines", encoding{body: client("a\nb", "x")}, 400, "invalid_request", "client_id must be printable text of at most 256 bytes"},
		{"no grant type", encoding{body: values("client_id", "admin", "client_secret", "s3cret+%2F")}, 400, "invalid_request", "grant_type is missing"},
		{"unknown grant type", encoding{body: values("grant_type", "password", "client_id", "admin", "client_secret", "s3cret+%2F")}, 400, "unsupported_grant_type", "grant_type must be client_credentials, authorization_code or refresh_token"},
		{"grant type not the client's", encoding{body: values("grant_type", "refresh_token", "client_id", "reader", "client_secret", "r")}, 400, "unauthorized_client", "the client may not use the grant type refresh_token"},
		{"public client's credentials", encoding{body: client("public", "")}, 400, "unauthorized_client", "the client may not use the grant type client_credentials"},
		{"scope not granted", encoding{body: values("grant_type", "client_credentials", "client_id", "reader", "client_secret", "r", "scope", Manage)}, 400, "invalid_scope", "none of the requested scopes was granted to the client"},
		{"long scope", encoding{body: ok("scope", strings.Repeat("x", 1025))}, 400, "invalid_scope", "scope is longer than 1024 bytes"},
		{"JSON", encoding{body: ok(), media: "application/json"}, 400, "invalid_request", "the token endpoint does not read JSON: send the parameters in the query, as application/x-www-form-urlencoded or as multipart/form-data"},
		{"other JSON", encoding{body: ok(), media: "application/problem+json; x=y"}, 400, "invalid_request", "the token endpoint does not read JSON: send the parameters in the query, as application/x-www-form-urlencoded or as multipart/form-data"},
		{"text", encoding{body: ok(), media: "text/plain"}, 400, "invalid_request", "the token endpoint reads application/x-www-form-urlencoded and multipart/form-data bodies only"},
		{"multipart without boundary", encoding{body: ok(), media: "multipart/form-data"}, 400, "invalid_request", "the body is not valid multipart/form-data made of plain fields"},
		{"multipart of another boundary", encoding{body: ok(), multipart: true, media: "multipart/form-data; boundary=x"}, 400, "invalid_request", "the body is not valid multipart/form-data made of plain fields"},
		{"a parameter twice", encoding{body: ok("client_id", "sub")}, 400, "invalid_request", "a parameter is given more than once with different values"},
		{"query against body", encoding{query: values("client_id", "sub"), body: ok()}, 400, "invalid_request", "a parameter is given more than once with different values"},
		{"basic id against parameter", encoding{body: ok(), user: "sub", pass: "s"}, 400, "invalid_request", "client_id differs between the Authorization header and the parameters"},
		{"basic secret against parameter", encoding{body: ok(), user: "admin", pass: "x"}, 400, "invalid_request", "client_secret differs between the Authorization header and the parameters"},
		{"too large", encoding{body: ok("x", strings.Repeat("x", maxBody))}, 413, "invalid_request", "the body is larger than 64 KiB"},
		{"no refresh token", encoding{body: refresh("")}, 400, "invalid_request", "refresh_token is missing"},
		{"garbage as refresh token", encoding{body: refresh("x.y.z")}, 400, "invalid_grant", "the refresh token is invalid"},
		{"no code", encoding{body: values("grant_type", "authorization_code", "client_id", "admin", "client_secret", "s3cret+%2F")}, 400, "invalid_request", "code is missing"},
		{"unknown code", encoding{body: values("grant_type", "authorization_code", "client_id", "admin", "client_secret", "s3cret+%2F", "code", "x")}, 400, "invalid_grant", "the authorization code is unknown or was used before"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, Strict)
			a := w.sendAs(t, tt.e)
			want := map[string]any{"error": tt.code, "error_description": tt.text}
			if diff := cmp.Diff(want, a.fields); diff != "" || a.status != tt.status {
				t.Errorf("status %d, want %d\n%s", a.status, tt.status, diff)
			}
			if a.header.Get("Cache-Control") != "no-store" || a.header.Get("Content-Type") != "application/json;charset=UTF-8" {
				t.Errorf("header %v", a.header)
			}
			if challenged := a.header.Get("WWW-Authenticate") != ""; challenged != (tt.e.user != "" && tt.status == 401) {
				t.Errorf("WWW-Authenticate %q", a.header.Get("WWW-Authenticate"))
			}
		})
	}
}

func TestMalformedRequestLinesAndBodies(t *testing.T) {
	t.Parallel()
	tests := []struct{ target, media, body, text string }{
		{"/oauth/token?a=%zz", "", "", "the query string is not form encoded"},
		{"/oauth/token?a=1;b=2", "", "", "the query string is not form encoded"},
		{"/oauth/token", "application/x-www-form-urlencoded", "%zz", "the body is not form encoded"},
		{"/oauth/token", "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"client_id\"; filename=\"f\"\r\n\r\na\r\n--x--\r\n", "the body is not valid multipart/form-data made of plain fields"},
	}
	for _, tt := range tests {
		w := newWorld(t, Lenient)
		r := httptest.NewRequest("POST", tt.target, strings.NewReader(tt.body))
		r.Header.Set("Content-Type", tt.media)
		if a := send(t, w.Token, r); a.status != 400 || a.text("error") != "invalid_request" || a.text("error_description") != tt.text {
			t.Errorf("%s %q: status %d %s", tt.target, tt.body, a.status, a.raw)
		}
	}
}

func decodeClaims(t testing.TB, token string) (header, claims map[string]any) {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("token has %d parts", len(parts))
	}
	for i, into := range []*map[string]any{&header, &claims} {
		raw, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(raw, into); err != nil {
			t.Fatal(err)
		}
	}
	return header, claims
}

func TestAnswerAndClaims(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Strict)
	a := w.post(t, "grant_type", "client_credentials", "client_id", "sub", "client_secret", "s")
	access, refresh, jti := a.text("access_token"), a.text("refresh_token"), idgen.New("42").UUID("token", 1)
	want := map[string]any{
		"access_token": access, "refresh_token": refresh, "token_type": "bearer", "expires_in": 43200.0, "scope": "sp:scopes:all",
		"accessType": "OFFLINE", "tenant_id": "t-1", "internal": false, "pod": "mock01", "strong_auth_supported": false, "org": "acme",
		"user_id": "b2", "identity_id": "b2", "user_name": "sam.sub", "strong_auth": false, "enabled": true, "jti": jti,
	}
	if diff := cmp.Diff(want, a.fields); diff != "" {
		t.Error(diff)
	}
	header, got := decodeClaims(t, access)
	if diff := cmp.Diff(map[string]any{"alg": "ES256", "typ": "JWT", "kid": w.kid}, header); diff != "" {
		t.Error(diff)
	}
	claims := map[string]any{
		"tenant_id": "t-1", "internal": false, "pod": "mock01", "org": "acme", "identity_id": "b2", "user_name": "sam.sub", "strong_auth": false,
		"enabled": true, "authorities": []any{"ROLE_SUBADMIN"}, "client_id": "sub", "accessType": "OFFLINE", "strong_auth_supported": false,
		"user_id": "b2", "scope": []any{"sp:scopes:all"}, "exp": float64(start().Add(DefaultTTL).Unix()), "jti": jti,
	}
	if diff := cmp.Diff(claims, got); diff != "" {
		t.Error(diff)
	}
	_, got = decodeClaims(t, refresh)
	claims["ati"], claims["jti"], claims["exp"] = jti, idgen.New("42").UUID("token", 2), float64(start().Add(24*time.Hour).Unix())
	if diff := cmp.Diff(claims, got); diff != "" {
		t.Error(diff)
	}
}

func TestClientWithoutUserHasNoIdentityFields(t *testing.T) {
	t.Parallel()
	a := newWorld(t, Strict).post(t, "grant_type", "client_credentials", "client_id", "nobody", "client_secret", "n")
	_, claims := decodeClaims(t, a.text("access_token"))
	for _, fields := range []map[string]any{a.fields, claims} {
		for _, name := range []string{"identity_id", "user_id", "user_name"} {
			if v, ok := fields[name]; ok {
				t.Errorf("%s is %v, want it absent", name, v)
			}
		}
	}
	if diff := cmp.Diff([]any{}, claims["authorities"]); diff != "" {
		t.Error(diff)
	}
}

func TestRefreshTokenOnlyWithItsGrant(t *testing.T) {
	t.Parallel()
	a := newWorld(t, Strict).post(t, "grant_type", "client_credentials", "client_id", "reader", "client_secret", "r")
	if _, ok := a.fields["refresh_token"]; ok || a.status != 200 {
		t.Errorf("status %d: %s", a.status, a.raw)
	}
}

func TestRefresh(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Strict)
	first := w.post(t, "grant_type", "client_credentials", "client_id", "sub", "client_secret", "s")
	again := func(id, secret, token string, more ...string) answer {
		return w.post(t, append([]string{"grant_type", "refresh_token", "client_id", id, "client_secret", secret, "refresh_token", token}, more...)...)
	}
	expect := func(a answer, text string) {
		t.Helper()
		if a.status != 400 || a.text("error") != "invalid_grant" || a.text("error_description") != text {
			t.Errorf("status %d: %s; want invalid_grant, %s", a.status, a.raw, text)
		}
	}
	expect(again("sub", "s", first.text("access_token")), "the refresh token is invalid")
	expect(again("admin", "s3cret+%2F", first.text("refresh_token")), "the refresh token was issued to another client")

	w.clock.Advance(DefaultTTL)
	if _, err := w.call("Bearer " + first.text("access_token")); err == nil {
		t.Fatal("the first token outlived its time")
	}
	second := again("sub", "s", first.text("refresh_token"), "scope", Read)
	if second.status != 200 || second.text("refresh_token") != first.text("refresh_token") || second.text("scope") != Read {
		t.Fatalf("status %d: %s", second.status, second.raw)
	}
	p, err := w.call("Bearer " + second.text("access_token"))
	if err != nil || p.User.ID != sam().ID || !p.CanRead || p.CanManage {
		t.Errorf("%+v, %v", p, err)
	}
	w.clock.Advance(refreshTTL - DefaultTTL - time.Second)
	if a := again("sub", "s", first.text("refresh_token")); a.status != 200 {
		t.Errorf("a second before its end: %s", a.raw)
	}
	w.clock.Advance(time.Second)
	expect(again("sub", "s", first.text("refresh_token")), "the refresh token is expired")

	gone := newWorld(t, Strict, func(c *Config) {
		d := directory()
		d.users = d.users[:1]
		c.Directory = d
	})
	expect(gone.post(t, "grant_type", "refresh_token", "client_id", "sub", "client_secret", "s", "refresh_token", first.text("refresh_token")),
		"the identity of the refresh token is gone")
}

func TestSameSeedSameBytes(t *testing.T) {
	t.Parallel()
	script := func(w world) (all []string) {
		for range 3 {
			a := w.post(t, "grant_type", "client_credentials", "client_id", "sub", "client_secret", "s")
			all = append(all, a.raw)
			w.clock.Advance(time.Second)
		}
		return append(all, w.code(t, "client_id", "admin", "redirect_uri", "myapp://cb"))
	}
	one, two := newWorld(t, Strict), newWorld(t, Strict)
	first := script(one)
	if diff := cmp.Diff(first, script(two)); diff != "" {
		t.Errorf("two authorities of one seed differ:\n%s", diff)
	}
	if first[0] == first[1] {
		t.Error("a second token is the same as the first")
	}
	other := newWorld(t, Strict, func(c *Config) { c.Seed = "43" })
	if other.kid == one.kid || script(other)[0] == first[0] {
		t.Error("another seed gave the same key or tokens")
	}
	if p, err := two.call("Bearer " + one.login(t, "sub", "s")); err != nil || p.ClientID != "sub" {
		t.Errorf("a token of one does not hold at the other: %v", err)
	}

	w := newWorld(t, Strict)
	before := w.login(t, "sub", "s")
	w.Reset()
	if after := w.login(t, "sub", "s"); before != after {
		t.Error("after Reset the same request gave another token")
	}
}

// The key of a seed must not move between releases, or tokens that people keep
// in their tests would stop to work.
func TestKeyIsStable(t *testing.T) {
	t.Parallel()
	if w, want := newWorld(t, Lenient), "BU4KLnGGer89x_-PcjQS0Y9S40sRaTgWHDReEpLKw74"; w.kid != want {
		t.Errorf("kid %s, want %s", w.kid, want)
	}
}

// The vector of RFC 6979, appendix A.2.5, for SHA-256 and the message "sample".
func TestSignatureIsTheOneOfRFC6979(t *testing.T) {
	t.Parallel()
	raw, err := hex.DecodeString("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721")
	if err != nil {
		t.Fatal(err)
	}
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), raw)
	if err != nil {
		t.Fatal(err)
	}
	sig, err := deterministicES256{}.Sign("sample", key)
	if err != nil {
		t.Fatal(err)
	}
	const want = "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716" +
		"f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"
	if got := hex.EncodeToString(sig); got != want {
		t.Errorf("signature %s, want %s", got, want)
	}
	if err := (deterministicES256{}).Verify("sample", sig, &key.PublicKey); err != nil {
		t.Error(err)
	}
	if _, err := (deterministicES256{}).Sign("sample", "no key"); err == nil {
		t.Error("signed without a key")
	}
}

func TestLifeFollowsTTL(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Lenient, func(c *Config) { c.TTL = 48 * time.Hour })
	a := w.post(t, "grant_type", "client_credentials", "client_id", "x")
	_, refresh := decodeClaims(t, a.text("refresh_token"))
	if a.fields["expires_in"] != 172800.0 || refresh["exp"] != float64(start().Add(48*time.Hour).Unix()) {
		t.Errorf("expires_in %v, refresh token until %v", a.fields["expires_in"], refresh["exp"])
	}
}

func TestSecretsAndTokensAreNotLogged(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Strict)
	token := w.login(t, "admin", "s3cret+%2F")
	w.post(t, "grant_type", "client_credentials", "client_id", "admin", "client_secret", "hunter2")
	for _, header := range []string{"Bearer", "Bearer " + token + "x", "Bearer " + token} {
		_, _ = w.call(header)
	}
	for _, secret := range []string{"hunter2", "s3cret", token[:20]} {
		if strings.Contains(w.log.String(), secret) {
			t.Errorf("the log holds %q:\n%s", secret, w.log)
		}
	}
}

func BenchmarkToken(b *testing.B) {
	for name, kinds := range map[string][]string{"access": {grantClient}, "access and refresh": nil} {
		b.Run(name, func(b *testing.B) {
			d := directory()
			d.clients["x"] = Client{ID: "x", Secret: "x", IdentityID: "a1", Authorities: []string{OrgAdmin}, Grants: kinds}
			w := newWorld(b, Strict, func(c *Config) { c.Directory, c.Clock = d, clock.Real{} })
			body := values("grant_type", "client_credentials", "client_id", "x", "client_secret", "x").Encode()
			for b.Loop() {
				r := httptest.NewRequest("POST", "/oauth/token", strings.NewReader(body))
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				rec := httptest.NewRecorder()
				w.Token(rec, r)
				if rec.Code != 200 {
					b.Fatal(rec.Body)
				}
			}
		})
	}
}

// The log says why a token was refused, and on request which were issued, but
// never holds a secret.
func TestTokenRequestsAreLogged(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Strict)
	w.post(t, "grant_type", "client_credentials", "client_id", "admin", "client_secret", "hush-hush")
	w.post(t, "grant_type", "password", "client_id", "sub", "client_secret", "s", "username", "u", "password", "hush-hush")
	w.post(t, "grant_type", "client_credentials", "client_id", strings.Repeat("hush", 100))
	w.login(t, "sub", "s")
	for _, want := range []string{
		`level=INFO msg="a token was refused" client=admin status=401 error=invalid_client reason="Bad client credentials"`,
		`client=sub status=400 error=unsupported_grant_type`,
		`client="" status=400 error=invalid_request reason="client_id must be printable text of at most 256 bytes"`,
	} {
		if !strings.Contains(w.log.String(), want) {
			t.Errorf("no %q in\n%s", want, w.log)
		}
	}
	if strings.Contains(w.log.String(), "hush") || strings.Contains(w.log.String(), "issued") {
		t.Errorf("logged %s", w.log)
	}
	out := &logBuffer{}
	w = newWorld(t, Strict, func(c *Config) {
		c.Log = slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	token := w.login(t, "admin", "s3cret+%2F", "scope", Read)
	want := `level=DEBUG msg="a token was issued" client=admin grant=client_credentials user=ada.admin scope=iai:access-modeling:read levels=ORG_ADMIN id=`
	if got := out.String(); !strings.Contains(got, want) || strings.Contains(got, "s3cret") || strings.Contains(got, token) {
		t.Errorf("logged %s", got)
	}
}
