package auth

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// authorize asks for a code; "response_type" is "code" unless the pairs say so.
func (w world) authorize(pairs ...string) *httptest.ResponseRecorder {
	q := values(pairs...)
	if !q.Has("response_type") {
		q.Set("response_type", "code")
	}
	rec := httptest.NewRecorder()
	w.Authorize(rec, httptest.NewRequest("GET", "/oauth/authorize?"+q.Encode(), nil))
	return rec
}

// code asks for a code and takes it from the redirect.
func (w world) code(t testing.TB, pairs ...string) string {
	t.Helper()
	rec := w.authorize(pairs...)
	u, err := url.Parse(rec.Header().Get("Location"))
	if err != nil || rec.Code != 302 || u.Query().Get("code") == "" {
		t.Fatalf("status %d, location %q, body %s", rec.Code, rec.Header().Get("Location"), rec.Body)
	}
	return u.Query().Get("code")
}

func TestAuthorizeRedirects(t *testing.T) {
	t.Parallel()
	verifier := strings.Repeat("v", 43)
	const app = "https://app.example/cb"
	tests := []struct {
		name  string
		mode  Mode
		pairs []string
		want  string // the redirect, CODE for the code
	}{
		{"code and state", Strict, []string{"client_id", "admin", "redirect_uri", app, "state", "a b&c"}, app + "?code=CODE&state=a+b%26c"},
		{"empty state", Strict, []string{"client_id", "admin", "redirect_uri", app, "state", ""}, app + "?code=CODE&state="},
		{"custom scheme", Strict, []string{"client_id", "admin", "redirect_uri", "myapp://cb"}, "myapp://cb?code=CODE"},
		{"the only registered URI", Strict, []string{"client_id", "public", "code_challenge", verifier}, "http://localhost/cb?code=CODE"},
		{"loopback port", Strict, []string{"client_id", "admin", "redirect_uri", "http://127.0.0.1:5173/cb"}, "http://127.0.0.1:5173/cb?code=CODE"},
		{"query kept", Lenient, []string{"client_id", "x", "redirect_uri", "http://web:3000/cb?a=1"}, "http://web:3000/cb?a=1&code=CODE"},
		{"loopback in lenient", Lenient, []string{"client_id", "admin", "redirect_uri", "http://[::1]:9/other"}, "http://[::1]:9/other?code=CODE"},
		{"hint by id", Strict, []string{"client_id", "admin", "redirect_uri", app, "login_hint", "b2"}, app + "?code=CODE"},
		{"no response type", Strict, []string{"client_id", "admin", "redirect_uri", app, "response_type", "", "state", "s"}, app + "?error=invalid_request&error_description=response_type+is+missing&state=s"},
		{"implicit", Strict, []string{"client_id", "admin", "redirect_uri", app, "response_type", "token"}, app + "?error=unsupported_response_type&error_description=response_type+must+be+code"},
		{"unknown identity", Strict, []string{"client_id", "admin", "redirect_uri", app, "login_hint", "x"}, app + "?error=access_denied&error_description=there+is+no+such+identity+to+sign+in%3B+login_hint+takes+an+identity%27s+id+or+alias"},
		{"public without PKCE", Strict, []string{"client_id", "public", "redirect_uri", "http://localhost/cb"}, "http://localhost/cb?error=invalid_request&error_description=a+client+without+a+secret+must+send+a+code_challenge"},
		{"bad method", Strict, []string{"client_id", "admin", "redirect_uri", app, "code_challenge", verifier, "code_challenge_method", "s256"}, app + "?error=invalid_request&error_description=code_challenge_method+must+be+S256+or+plain"},
		{"method alone", Strict, []string{"client_id", "admin", "redirect_uri", app, "code_challenge_method", "S256"}, app + "?error=invalid_request&error_description=code_challenge_method+is+given+without+code_challenge"},
		{"short challenge", Strict, []string{"client_id", "admin", "redirect_uri", app, "code_challenge", verifier[1:]}, app + "?error=invalid_request&error_description=code_challenge+must+be+43+to+128+characters+out+of+A-Z+a-z+0-9+-+.+_+~"},
		{"long scope", Strict, []string{"client_id", "admin", "redirect_uri", app, "scope", strings.Repeat("x", 1025)}, app + "?error=invalid_scope&error_description=scope+is+longer+than+1024+bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, tt.mode)
			rec := w.authorize(tt.pairs...)
			code := w.cfg.IDs.Hex("authorization code", 1)
			got := strings.Replace(rec.Header().Get("Location"), code, "CODE", 1)
			if diff := cmp.Diff(tt.want, got); diff != "" || rec.Code != 302 {
				t.Errorf("status %d %s\n%s", rec.Code, rec.Body, diff)
			}
			if rec.Header().Get("Cache-Control") != "no-store" {
				t.Error("the redirect may be stored")
			}
		})
	}
	w := newWorld(t, Strict, func(c *Config) {
		d := directory()
		d.clients["reader"] = Client{ID: "reader", Secret: "r", Grants: []string{"CLIENT_CREDENTIALS"}, RedirectURIs: []string{app}}
		c.Directory = d
	})
	if got := w.authorize("client_id", "reader").Header().Get("Location"); !strings.HasPrefix(got, app+"?error=unauthorized_client&") {
		t.Errorf("a client without the grant was sent to %q", got)
	}
}

func TestAuthorizeNeverRedirectsToABadURI(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		mode   Mode
		client string
		uri    string
		status int
		code   string
	}{
		{"unknown client", Strict, "x", "https://app.example/cb", 401, "invalid_client"},
		{"no client", Lenient, "", "http://localhost/cb", 401, "invalid_client"},
		{"not registered", Strict, "admin", "https://evil.example/cb", 400, "invalid_request"},
		{"prefix of a registered one", Strict, "admin", "https://app.example/cb/../x", 400, "invalid_request"},
		{"loopback not registered", Strict, "sub", "http://127.0.0.1:1/cb", 400, "invalid_request"},
		{"loopback of another path", Strict, "admin", "http://127.0.0.1:1/x", 400, "invalid_request"},
		{"loopback of another scheme", Strict, "admin", "https://127.0.0.1:1/cb", 400, "invalid_request"},
		{"loopback of another host", Strict, "admin", "http://localhost:1/cb", 400, "invalid_request"},
		{"port of a host that is not loopback", Strict, "admin", "https://app.example:1/cb", 400, "invalid_request"},
		{"missing", Lenient, "x", "", 400, "invalid_request"},
		{"several to choose from", Strict, "admin", "", 400, "invalid_request"},
		{"not registered in lenient", Lenient, "admin", "https://evil.example/cb", 400, "invalid_request"},
		{"relative", Lenient, "x", "/cb", 400, "invalid_request"},
		{"no scheme", Lenient, "x", "//host/cb", 400, "invalid_request"},
		{"script", Lenient, "x", "javascript:alert(1)", 400, "invalid_request"},
		{"data", Lenient, "x", "data:text/html,x", 400, "invalid_request"},
		{"other scheme", Lenient, "x", "otherapp://cb", 400, "invalid_request"},
		{"no host", Lenient, "x", "http:///cb", 400, "invalid_request"},
		{"opaque", Lenient, "x", "http:cb", 400, "invalid_request"},
		{"fragment", Lenient, "x", "http://web/cb#x", 400, "invalid_request"},
		{"user", Lenient, "x", "http://good.example@evil.example/", 400, "invalid_request"},
		{"line break", Lenient, "x", "http://web/\r\nX: y", 400, "invalid_request"},
		{"too long", Lenient, "x", "http://web/" + strings.Repeat("x", 2048), 400, "invalid_request"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rec := newWorld(t, tt.mode).authorize("client_id", tt.client, "redirect_uri", tt.uri)
			if rec.Code != tt.status || rec.Header().Get("Location") != "" || !strings.Contains(rec.Body.String(), `"error":"`+tt.code+`"`) {
				t.Errorf("status %d, location %q, body %s", rec.Code, rec.Header().Get("Location"), rec.Body)
			}
		})
	}
	for _, query := range []string{"client_id=x&redirect_uri=http://a/&redirect_uri=http://b/", "client_id=%zz"} {
		rec := httptest.NewRecorder()
		newWorld(t, Lenient).Authorize(rec, httptest.NewRequest("GET", "/oauth/authorize?"+query, nil))
		if rec.Code != 400 || rec.Header().Get("Location") != "" {
			t.Errorf("%s: status %d, location %q", query, rec.Code, rec.Header().Get("Location"))
		}
	}
}

func TestCodes(t *testing.T) {
	t.Parallel()
	verifier := strings.Repeat("Az09-._~", 8)
	sum := sha256.Sum256([]byte(verifier))
	s256 := []string{"code_challenge", base64.RawURLEncoding.EncodeToString(sum[:]), "code_challenge_method", "S256"}
	const app = "https://app.example/cb"
	admin := []string{"client_id", "admin", "client_secret", "s3cret+%2F"}
	tests := []struct {
		name      string
		challenge []string
		wait      time.Duration
		redeem    []string
		client    []string
		err       string // the description of invalid_grant, "" for a token
	}{
		{"plain use", nil, codeTTL - time.Second, []string{"redirect_uri", app}, admin, ""},
		{"late", nil, codeTTL, []string{"redirect_uri", app}, admin, "the authorization code is expired"},
		{"other redirect", nil, 0, []string{"redirect_uri", "myapp://cb"}, admin, "redirect_uri is not the one of the authorization request"},
		{"no redirect", nil, 0, nil, admin, "redirect_uri is not the one of the authorization request"},
		{"other client", nil, 0, []string{"redirect_uri", app}, []string{"client_id", "sub", "client_secret", "s"}, "the authorization code was issued to another client"},
		{"S256", s256, 0, []string{"redirect_uri", app, "code_verifier", verifier}, admin, ""},
		{"S256, wrong verifier", s256, 0, []string{"redirect_uri", app, "code_verifier", verifier + "x"}, admin, "code_verifier does not fit the code_challenge"},
		{"S256, challenge as verifier", s256, 0, []string{"redirect_uri", app, "code_verifier", s256[1]}, admin, "code_verifier does not fit the code_challenge"},
		{"S256, no verifier", s256, 0, []string{"redirect_uri", app}, admin, "code_verifier is missing"},
		{"S256, short verifier", s256, 0, []string{"redirect_uri", app, "code_verifier", "x"}, admin, "code_verifier must be 43 to 128 characters out of A-Z a-z 0-9 - . _ ~"},
		{"plain", []string{"code_challenge", verifier, "code_challenge_method", "plain"}, 0, []string{"redirect_uri", app, "code_verifier", verifier}, admin, ""},
		{"plain by default", []string{"code_challenge", verifier}, 0, []string{"redirect_uri", app, "code_verifier", verifier}, admin, ""},
		{"plain, wrong verifier", []string{"code_challenge", verifier}, 0, []string{"redirect_uri", app, "code_verifier", verifier + "x"}, admin, "code_verifier does not fit the code_challenge"},
		{"verifier without challenge", nil, 0, []string{"redirect_uri", app, "code_verifier", verifier}, admin, "code_verifier is given, but the authorization request had no code_challenge"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, Strict)
			code := w.code(t, append([]string{"client_id", "admin", "redirect_uri", app, "login_hint", "sam.sub", "scope", Read}, tt.challenge...)...)
			w.clock.Advance(tt.wait)
			redeem := append(append([]string{"grant_type", "authorization_code", "code", code}, tt.client...), tt.redeem...)
			a := w.post(t, redeem...)
			if tt.err != "" {
				if a.status != 400 || a.text("error") != "invalid_grant" || a.text("error_description") != tt.err {
					t.Errorf("status %d: %s", a.status, a.raw)
				}
			} else {
				p, err := w.call("Bearer " + a.text("access_token"))
				if err != nil || p.User.ID != sam().ID || !p.CanRead || p.CanManage || a.text("refresh_token") == "" {
					t.Errorf("%+v, %v: %s", p, err, a.raw)
				}
			}
			again := w.post(t, redeem...)
			if again.status != 400 || again.text("error_description") != "the authorization code is unknown or was used before" {
				t.Errorf("second use: status %d: %s", again.status, again.raw)
			}
		})
	}
}

func TestPublicClientSignsInWithoutSecret(t *testing.T) {
	t.Parallel()
	w, verifier := newWorld(t, Strict), strings.Repeat("v", 43)
	code := w.code(t, "client_id", "public", "code_challenge", verifier)
	a := w.post(t, "grant_type", "authorization_code", "client_id", "public", "code", code, "code_verifier", verifier)
	p, err := w.call("Bearer " + a.text("access_token"))
	if err != nil || p.User.ID != admin().ID {
		t.Fatalf("%+v, %v: %s", p, err, a.raw)
	}
	if a = w.post(t, "grant_type", "refresh_token", "client_id", "public", "refresh_token", a.text("refresh_token")); a.status != 200 {
		t.Errorf("refresh: %s", a.raw)
	}
	if a = w.post(t, "grant_type", "refresh_token", "client_id", "public", "client_secret", "x", "refresh_token", "x"); a.status != 401 {
		t.Errorf("a secret where there is none was taken: %s", a.raw)
	}
}

func TestCodesAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Lenient)
	ask := func() string { return w.code(t, "client_id", "x", "redirect_uri", "http://web/") }
	for range maxCodes {
		ask()
	}
	w.clock.Advance(codeTTL)
	fresh := ask()
	if len(w.codes.all) != 1 {
		t.Errorf("%d codes are kept, want those that ended to go", len(w.codes.all))
	}
	for i := range maxCodes {
		w.codes.put(fmt.Sprint(i), w.clock.Now(), openCode{ends: w.clock.Now().Add(time.Second)})
	}
	if n := len(w.codes.all); n > maxCodes {
		t.Errorf("%d codes are kept, more than %d", n, maxCodes)
	}
	w.Reset()
	if _, ok := w.codes.take(fresh); ok {
		t.Error("a code outlived Reset")
	}
}

// A token by authorization code has the levels of who signed in, whatever the
// client's own are, and a refreshed one the same.
func TestLevelsAreThoseOfWhoSignedIn(t *testing.T) {
	t.Parallel()
	for hint, want := range map[string]Principal{
		"ada.admin":     {Levels: []string{OrgAdmin}, CanRead: true, CanManage: true},
		"sam.sub":       {Levels: []string{"HELPDESK", RoleSubAdmin}, CanRead: true, CanManage: true},
		"olga.ordinary": {Levels: []string{}},
	} {
		t.Run(hint, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, Strict)
			code := w.code(t, "client_id", "admin", "redirect_uri", "https://app.example/cb", "login_hint", hint)
			client := []string{"client_id", "admin", "client_secret", "s3cret+%2F"}
			first := w.post(t, append(client, "grant_type", "authorization_code", "code", code, "redirect_uri", "https://app.example/cb")...)
			again := w.post(t, append(client, "grant_type", "refresh_token", "refresh_token", first.text("refresh_token"))...)
			for _, a := range []answer{first, again} {
				p, err := w.call("Bearer " + a.text("access_token"))
				if err != nil || p.User.Name != hint {
					t.Fatalf("%+v, %v: %s", p, err, a.raw)
				}
				got := Principal{Levels: p.Levels, CanRead: p.CanRead, CanManage: p.CanManage}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Error(diff)
				}
			}
			// Its own credentials give the client its own level.
			p, err := w.call("Bearer " + w.login(t, "admin", "s3cret+%2F"))
			if err != nil || !cmp.Equal(p.Levels, []string{OrgAdmin}) {
				t.Errorf("by client credentials: %+v, %v", p, err)
			}
		})
	}
}
