package app_test

import (
	"net/http"
	"net/url"
	"testing"

	"mockserver/internal/app/apptest"
	"mockserver/internal/auth"
	"mockserver/internal/config"
	"mockserver/internal/seed"
)

// In strict mode a person may do what the clients that act for that person are
// allowed to, together, whichever client the person signs in to. Nobody else may
// do anything.
func TestLevelsOfPeopleWhoSignIn(t *testing.T) {
	t.Parallel()
	clients := `[{"clientId":"app","clientSecret":"x","name":"App","identityId":"i2","authorities":["ORG_ADMIN"],"scopes":["sp:scopes:all"],
			"grants":["authorization_code","client_credentials","refresh_token"],"redirectUris":["http://app.example/cb"]},
		{"clientId":"help","clientSecret":"y","name":"Help","identityId":"i1","authorities":["HELPDESK"],"scopes":["sp:scopes:all"],"grants":["client_credentials"]},
		{"clientId":"roles","clientSecret":"z","name":"Roles","identityId":"i1","authorities":["ROLE_ADMIN"],"scopes":["sp:scopes:all"],"grants":["client_credentials"]}]`
	s := apptest.Start(t, func(c *config.Config) {
		c.Auth = auth.Strict
		c.Fixtures = apptest.FixturesDir(t, tiny(map[string]string{seed.ClientsFile: clients}))
	})
	for _, tc := range []struct {
		hint string
		want int
	}{{"", 200}, {"i2", 200}, {"i1", 200}, {"c", 403}} {
		token, refresh := signIn(t, s, tc.hint)
		for _, token := range []string{token, refresh} {
			got := s.Send(http.MethodGet, "/v2026/role-mining-sessions", nil,
				http.Header{"Authorization": {"Bearer " + token}, "X-Sailpoint-Experimental": {"true"}})
			if got.Status != tc.want {
				t.Errorf("login_hint %q: %d %s, want %d", tc.hint, got.Status, got.Body, tc.want)
			}
		}
	}
	// The helpdesk client acts for the same person as the one for roles, but its
	// own credentials carry its own authorities.
	got := s.Send(http.MethodGet, "/v2026/role-mining-sessions", nil,
		http.Header{"Authorization": {"Bearer " + s.TokenFor("help", "y")}, "X-Sailpoint-Experimental": {"true"}})
	if got.Status != http.StatusForbidden {
		t.Errorf("client credentials of a helpdesk client: %d", got.Status)
	}
}

// The client to try with has a secret, even if a public one comes first.
func TestCredentialsHaveASecret(t *testing.T) {
	t.Parallel()
	public := `{"clientId":"web","name":"Web","identityId":"i1","authorities":["ORG_ADMIN"],"scopes":["sp:scopes:all"],"grants":["authorization_code"]}`
	admin := `{"clientId":"admin","clientSecret":"y","name":"A","identityId":"i2","authorities":["ORG_ADMIN"],"scopes":["sp:scopes:all"],"grants":["client_credentials"]}`
	for clients, want := range map[string]string{public + "," + admin: "admin", public: "web"} {
		s := apptest.Start(t, func(c *config.Config) {
			c.Fixtures = apptest.FixturesDir(t, tiny(map[string]string{seed.ClientsFile: "[" + clients + "]"}))
		})
		if id, _, err := s.App().Default().Credentials(t.Context()); err != nil || id != want {
			t.Errorf("client %q, %v; want %q", id, err, want)
		}
	}
}

// signIn takes a token of the client app by authorization code, and a second by
// its refresh token.
func signIn(t *testing.T, s *apptest.Server, hint string) (first, again string) {
	t.Helper()
	const back = "http://app.example/cb"
	query := url.Values{"response_type": {"code"}, "client_id": {"app"}, "redirect_uri": {back}}
	if hint != "" {
		query.Set("login_hint", hint)
	}
	stay := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := stay.Get(s.URL + "/oauth/authorize?" + query.Encode())
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	location, err := response.Location()
	if err != nil {
		t.Fatal(err)
	}
	take := func(form url.Values) apptest.Answer {
		t.Helper()
		form.Set("client_id", "app")
		form.Set("client_secret", "x")
		got := s.Send(http.MethodPost, "/oauth/token", form.Encode(), http.Header{"Content-Type": {"application/x-www-form-urlencoded"}})
		if got.Status != http.StatusOK {
			t.Fatalf("%v: %d %s", form, got.Status, got.Body)
		}
		return got
	}
	got := take(url.Values{"grant_type": {"authorization_code"}, "code": {location.Query().Get("code")}, "redirect_uri": {back}})
	more := take(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {got.Text("refresh_token")}})
	return got.Text("access_token"), more.Text("access_token")
}
