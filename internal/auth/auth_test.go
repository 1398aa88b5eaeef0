package auth

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/clock"
	"mockserver/internal/idgen"
)

// people is a directory in memory. The clients' names say what they are.
type people struct {
	clients map[string]Client
	users   []User // the first is the default
}

func (p people) Client(id string) (Client, bool) {
	c, ok := p.clients[id]
	return c, ok
}

func (p people) User(idOrAlias string) (User, bool) {
	for _, u := range p.users {
		if u.ID == idOrAlias || u.Name == idOrAlias {
			return u, true
		}
	}
	return User{}, false
}

func (p people) DefaultUser() (User, bool) {
	if len(p.users) == 0 {
		return User{}, false
	}
	return p.users[0], true
}

func admin() User { return User{"a1", "ada.admin", "Ada Admin", []string{OrgAdmin}} }
func sam() User   { return User{"b2", "sam.sub", "Sam Sub", []string{"HELPDESK", RoleSubAdmin}} }

func directory() people {
	clients := map[string]Client{}
	for _, c := range []Client{
		{ID: "admin", Secret: "s3cret+%2F", IdentityID: "a1", Authorities: []string{OrgAdmin}, RedirectURIs: []string{"https://app.example/cb", "myapp://cb", "http://127.0.0.1/cb"}},
		{ID: "reader", Secret: "r", IdentityID: "a1", Authorities: []string{OrgAdmin}, Scopes: []string{Read}, Grants: []string{"CLIENT_CREDENTIALS"}},
		{ID: "sub", Secret: "s", IdentityID: "b2", Authorities: []string{RoleSubAdmin}, Scopes: []string{ScopeAll}},
		{ID: "nobody", Secret: "n", Authorities: []string{OrgAdmin}, Scopes: []string{ScopeAll}},
		{ID: "nobody-manage", Secret: "n", Scopes: []string{Manage}},
		{ID: "helpdesk", Secret: "h", IdentityID: "b2", Authorities: []string{"HELPDESK"}, Scopes: []string{ScopeAll, Manage}},
		{ID: "public", IdentityID: "b2", Authorities: []string{OrgAdmin}, RedirectURIs: []string{"http://localhost/cb"}},
	} {
		clients[c.ID] = c
	}
	return people{clients: clients, users: []User{admin(), sam(), {"c3", "olga.ordinary", "Olga Ordinary", nil}}}
}

// world is an authority with a manual clock and its log in memory.
type world struct {
	*Authority
	clock *clock.Manual
	log   *logBuffer
}

type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func start() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }

func newWorld(t testing.TB, mode Mode, change ...func(*Config)) world {
	t.Helper()
	w := world{clock: clock.NewManual(start()), log: &logBuffer{}}
	cfg := Config{
		Mode: mode, Seed: "42", Home: Home{Org: "acme", TenantID: "t-1", TenantName: "Acme Inc", Pod: "mock01"},
		Directory: directory(), Clock: w.clock, IDs: idgen.New("42"), Log: slog.New(slog.NewTextHandler(w.log, nil)),
	}
	for _, f := range change {
		f(&cfg)
	}
	var err error
	if w.Authority, err = New(cfg); err != nil {
		t.Fatal(err)
	}
	return w
}

// answer is a decoded answer of the token endpoint, of either kind.
type answer struct {
	status int
	header http.Header
	fields map[string]any
	raw    string
}

func (a answer) text(field string) string {
	s, _ := a.fields[field].(string)
	return s
}

// send lets a handler answer a request and decodes what it says.
func send(t testing.TB, handler http.HandlerFunc, r *http.Request) answer {
	t.Helper()
	rec := httptest.NewRecorder()
	handler(rec, r)
	a := answer{status: rec.Code, header: rec.Header(), raw: rec.Body.String()}
	if err := json.Unmarshal(rec.Body.Bytes(), &a.fields); err != nil {
		t.Fatalf("status %d, body %q: %v", rec.Code, rec.Body, err)
	}
	return a
}

// post sends an urlencoded token request; pairs are names and values.
func (w world) post(t testing.TB, pairs ...string) answer {
	t.Helper()
	r := httptest.NewRequest("POST", "/oauth/token", strings.NewReader(values(pairs...).Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return send(t, w.Token, r)
}

func values(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return v
}

// login gets an access token by client credentials.
func (w world) login(t testing.TB, id, secret string, more ...string) string {
	t.Helper()
	a := w.post(t, append([]string{"grant_type", "client_credentials", "client_id", id, "client_secret", secret}, more...)...)
	if a.status != 200 {
		t.Fatalf("no token for %s: %s", id, a.raw)
	}
	return a.text("access_token")
}

// call verifies a request with this Authorization header, none if it is "".
func (w world) call(authorization string) (Principal, error) {
	r := httptest.NewRequest("GET", "/v2024/role-mining-sessions", nil)
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	return w.Verify(r)
}

func TestParseMode(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Mode{"": Lenient, "lenient": Lenient, " STRICT ": Strict, "Off": Off} {
		if got, err := ParseMode(text); err != nil || got != want {
			t.Errorf("%q: %q, %v; want %q", text, got, err, want)
		}
	}
	_, err := ParseMode("loose")
	if err == nil || err.Error() != `auth mode "loose": want lenient, strict or off` {
		t.Errorf("error %v", err)
	}
}

func TestNewNamesEveryFault(t *testing.T) {
	t.Parallel()
	_, err := New(Config{Mode: "loose", TTL: 1500 * time.Millisecond})
	for _, part := range []string{"loose", "TTL is 1.5s", "Org", "Directory", "Clock", "IDs"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("error %v does not name %s", err, part)
		}
	}
	if _, err := New(Config{TTL: -time.Second}); err == nil || !strings.Contains(err.Error(), "TTL is -1s") {
		t.Errorf("error %v for a negative TTL", err)
	}
	w := newWorld(t, "")
	if w.Mode() != Lenient || w.cfg.TTL != DefaultTTL {
		t.Errorf("defaults are %v and %v", w.Mode(), w.cfg.TTL)
	}
}

func TestMay(t *testing.T) {
	t.Parallel()
	either, admins := []string{Read, Manage}, []string{OrgAdmin, RoleAdmin, RoleSubAdmin}
	reader := Principal{CanRead: true, Levels: []string{RoleSubAdmin}}
	manager := Principal{CanManage: true, Levels: []string{"HELPDESK", OrgAdmin}}
	tests := []struct {
		name           string
		p              Principal
		rights, levels []string
		want           bool
	}{
		{"nobody, nothing asked", Principal{}, nil, nil, true},
		{"nobody reads", Principal{}, either, nil, false},
		{"nobody at a level", Principal{}, nil, admins, false},
		{"reader reads", reader, []string{Read}, nil, true},
		{"reader reads or manages", reader, either, admins, true},
		{"reader manages", reader, []string{Manage}, nil, false},
		{"reader at the wrong level", reader, either, []string{OrgAdmin}, false},
		{"manager reads", manager, []string{Read}, nil, true},
		{"manager manages", manager, []string{Manage}, []string{OrgAdmin}, true},
		{"manager at the wrong level", manager, []string{Manage}, []string{RoleAdmin}, false},
		{"unknown right", manager, []string{"iai:access-modeling:create"}, nil, false},
		{"unrestricted", Principal{Unrestricted: true}, []string{Manage}, []string{OrgAdmin}, true},
	}
	for _, tt := range tests {
		if got := tt.p.May(tt.rights, tt.levels); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

// What each client may do in each mode, from its token to May.
func TestRightsByModeAndClient(t *testing.T) {
	t.Parallel()
	type may struct{ Read, Manage, SubLevel, OrgLevel bool }
	all := may{true, true, true, true}
	tests := []struct {
		client, secret, scope string
		strict                may
		user                  string // display name, "" for none
	}{
		{"admin", "s3cret+%2F", "", all, "Ada Admin"},
		{"admin", "s3cret+%2F", Read, may{true, false, true, true}, "Ada Admin"},
		{"admin", "s3cret+%2F", Read + " " + Manage, all, "Ada Admin"},
		{"admin", "s3cret+%2F", "sp:scopes:default", may{false, false, true, true}, "Ada Admin"},
		{"reader", "r", "", may{true, false, true, true}, "Ada Admin"},
		{"reader", "r", ScopeAll, may{true, false, true, true}, "Ada Admin"},
		{"reader", "r", Read + " " + Manage, may{true, false, true, true}, "Ada Admin"},
		{"sub", "s", "", may{true, true, true, false}, "Sam Sub"},
		{"nobody", "n", "", may{}, ""},
		{"nobody-manage", "n", "", may{true, true, false, false}, ""},
		{"helpdesk", "h", "", may{}, "Sam Sub"},
	}
	for _, tt := range tests {
		for mode, want := range map[Mode]may{Lenient: all, Off: all, Strict: tt.strict} {
			t.Run(string(mode)+" "+tt.client+" "+tt.scope, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, mode)
				p, err := w.call("Bearer " + w.login(t, tt.client, tt.secret, "scope", tt.scope))
				if err != nil {
					t.Fatal(err)
				}
				got := may{
					p.May([]string{Read, Manage}, nil), p.May([]string{Manage}, nil),
					p.May(nil, []string{OrgAdmin, RoleAdmin, RoleSubAdmin}), p.May(nil, []string{OrgAdmin}),
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Error(diff)
				}
				name := ""
				if p.User != nil {
					name = p.User.DisplayName
				}
				if name != tt.user || p.ClientID != tt.client || p.TokenID == "" || !p.ExpiresAt.Equal(start().Add(DefaultTTL)) {
					t.Errorf("user %q, client %q, token %q, until %v", name, p.ClientID, p.TokenID, p.ExpiresAt)
				}
			})
		}
	}
}

func TestUnknownClientActsForTheDefaultUser(t *testing.T) {
	t.Parallel()
	for _, mode := range []Mode{Lenient, Off} {
		w := newWorld(t, mode)
		p, err := w.call("Bearer " + w.login(t, "whoever", "whatever"))
		if err != nil || p.User == nil || p.User.ID != "a1" || p.ClientID != "whoever" || !p.CanRead || !p.CanManage {
			t.Errorf("%s: %+v, %v", mode, p, err)
		}
	}
	w := newWorld(t, Lenient, func(c *Config) { c.Directory = people{} })
	if p, err := w.call("Bearer " + w.login(t, "whoever", "")); err != nil || p.User != nil || !p.CanManage {
		t.Errorf("without any identity: %+v, %v", p, err)
	}
}

func TestOffNeedsNoToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Off)
	for _, header := range []string{"", "Bearer", "Bearer garbage", "Basic eDp5"} {
		p, err := w.call(header)
		if err != nil || p.User == nil || p.User.ID != admin().ID || !p.May([]string{Manage}, []string{OrgAdmin}) || p.ClientID != "" {
			t.Errorf("%q: %+v, %v", header, p, err)
		}
	}
	if p, err := w.call("Bearer " + w.login(t, "sub", "s")); err != nil || p.User.ID != sam().ID {
		t.Errorf("a valid token's identity was not used: %+v, %v", p, err)
	}
	if w.log.String() != "" {
		t.Errorf("logged %s", w.log)
	}
}

func TestWhyNot(t *testing.T) {
	t.Parallel()
	either, admins, user := []string{Read, Manage}, []string{OrgAdmin, RoleAdmin}, admin()
	tests := []struct {
		name           string
		p              Principal
		rights, levels []string
		want           string
	}{
		{"allowed", Principal{User: &user, CanRead: true, Levels: []string{OrgAdmin}}, either, admins, ""},
		{"unrestricted", Principal{Unrestricted: true}, either, admins, ""},
		{"a reader", Principal{User: &user, CanRead: true, Levels: []string{OrgAdmin}}, []string{Manage}, nil,
			"needs iai:access-modeling:manage; the token's scopes give only read"},
		{"no scope of use", Principal{User: &user, Levels: []string{OrgAdmin}}, either, admins,
			"needs iai:access-modeling:read or iai:access-modeling:manage; the token's scopes give no right"},
		{"an ordinary user", Principal{User: &user}, either, admins, "needs one of the user levels ORG_ADMIN, ROLE_ADMIN; the caller has none"},
		{"an ordinary user, no level asked for", Principal{User: &user}, either, nil,
			"needs one of the user levels ORG_ADMIN, ROLE_ADMIN, ROLE_SUBADMIN; the caller has none"},
		{"another level", Principal{User: &user, CanManage: true, Levels: []string{RoleSubAdmin}}, either, admins,
			"needs one of the user levels ORG_ADMIN, ROLE_ADMIN; the caller has ROLE_SUBADMIN"},
		{"no user, named right", Principal{CanRead: true, CanManage: true}, either, admins,
			"needs one of the user levels ORG_ADMIN, ROLE_ADMIN; the caller is a client without a user"},
		{"no user, no named right", Principal{}, []string{Manage}, nil,
			"needs iai:access-modeling:manage; the token's scopes name no such right, and a client without a user has only those that are named"},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, tt.p.WhyNot(tt.rights, tt.levels)); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
		if tt.p.May(tt.rights, tt.levels) != (tt.want == "") {
			t.Errorf("%s: May and WhyNot disagree", tt.name)
		}
	}
}

// A token is worth in each mode what it would have been had the mode been there
// from the start, however often the mode changes.
func TestModeChangesForTheNextCall(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Lenient)
	reader := "Bearer " + w.login(t, "reader", "r")
	for range 2 {
		for _, step := range []struct {
			mode           Mode
			manage         bool // of the reader
			anyone, nobody bool // a stranger gets a token; a call without one is let in
		}{
			{Strict, false, false, false},
			{Off, true, true, true},
			{Lenient, true, true, false},
		} {
			w.SetMode(step.mode)
			if w.Mode() != step.mode {
				t.Fatalf("the mode is %s, want %s", w.Mode(), step.mode)
			}
			p, err := w.call(reader)
			if err != nil || p.May([]string{Manage}, nil) != step.manage || p.Unrestricted != step.manage {
				t.Errorf("%s: the reader is %+v, %v", step.mode, p, err)
			}
			got := w.post(t, "grant_type", "client_credentials", "client_id", "stranger", "client_secret", "x")
			if (got.status == 200) != step.anyone {
				t.Errorf("%s: a stranger's token: %d %s", step.mode, got.status, got.raw)
			}
			if _, err := w.call(""); (err == nil) != step.nobody {
				t.Errorf("%s: a call without a token: %v", step.mode, err)
			}
		}
	}
}

// Under -race: every call is judged by one mode or the other, never by half of
// each.
func TestModeChangesWhileCallsCome(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Lenient)
	reader := "Bearer " + w.login(t, "reader", "r")
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 200 {
				if p, err := w.call(reader); err != nil || p.CanManage != p.Unrestricted {
					t.Errorf("%+v, %v", p, err)
				}
			}
		})
		wg.Go(func() {
			for range 20 {
				got := w.post(t, "grant_type", "client_credentials", "client_id", "stranger", "client_secret", "x")
				if got.status != 200 && got.text("error") != "invalid_client" {
					t.Errorf("%d %s", got.status, got.raw)
				}
			}
		})
	}
	wg.Go(func() {
		for range 200 {
			w.SetMode(Strict)
			w.SetMode(Lenient)
		}
	})
	wg.Wait()
}
