package control_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/app/apptest"
	"mockserver/internal/auth"
	"mockserver/internal/config"
)

// settingsOf are the values and the sources of an answer, such as "strict (flag)".
func settingsOf(t *testing.T, got apptest.Answer) map[string]string {
	t.Helper()
	var body map[string]struct{ Value, Source any }
	got.Into(&body)
	all := map[string]string{}
	for name, s := range body {
		all[name] = fmt.Sprintf("%v (%v)", s.Value, s.Source)
	}
	return all
}

func TestSettings(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, func(c *config.Config) {
		loaded, err := config.Load([]string{"--rate-limit=1000/1s", "--stage-delay=5ms"}, []string{"MOCKSERVER_PREFER=true"})
		if err != nil {
			t.Fatal(err)
		}
		*c = loaded
	})
	began := map[string]string{
		"auth": "lenient (default)", "rateLimit": "1000/1s (flag)", "jobs": "auto (default)", "stageDelay": "5ms (flag)",
		"strictRequests": "false (default)", "prefer": "true (environment)",
	}
	expect := func(what string, got apptest.Answer, changed map[string]string) {
		t.Helper()
		want := map[string]string{}
		for name, value := range began {
			want[name] = value
		}
		for name, value := range changed {
			want[name] = value
		}
		if diff := cmp.Diff(want, settingsOf(t, got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	get := func() apptest.Answer { return must(t, s, http.MethodGet, "/_mock/settings", nil) }
	put := func(body string) apptest.Answer { return must(t, s, http.MethodPut, "/_mock/settings", body) }
	expect("at the start", get(), nil)
	expect("one", put(`{"auth":"strict"}`), map[string]string{"auth": "strict (control)"})
	all := map[string]string{
		"auth": "off (control)", "rateLimit": "100/10s (control)", "jobs": "polls:3 (control)", "stageDelay": "1.5s (control)",
		"strictRequests": "true (control)", "prefer": "false (control)",
	}
	body := `{"auth":"OFF","rateLimit":" 100 / 10s","jobs":"polls:3","stageDelay":"1500ms","strictRequests":true,"prefer":false}`
	expect("all", put(body), all)
	expect("all again", put(body), all)
	expect("read", get(), all)
	if got := must(t, s, http.MethodGet, "/_mock/jobs", nil); got.Text("mode") != "polls:3" || got.Text("stageDelay") != "1.5s" {
		t.Errorf("the jobs are %s", got.Body)
	}
	expect("back", must(t, s, http.MethodDelete, "/_mock/settings", nil), nil)
	expect("read", get(), nil)
	must(t, s, http.MethodPut, "/_mock/jobs", `{"mode":"step"}`)
	expect("after the jobs were changed", get(), map[string]string{"jobs": "step (control)"})
	must(t, s, http.MethodDelete, "/_mock/settings", nil)
	if got := must(t, s, http.MethodGet, "/_mock/jobs", nil); got.Text("mode") != "auto" || got.Text("stageDelay") != "5ms" {
		t.Errorf("the jobs are %s", got.Body)
	}
}

func TestSettingsRefused(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	before := settingsOf(t, must(t, s, http.MethodGet, "/_mock/settings", nil))
	for _, tc := range []struct{ body, pointer, allowed string }{
		{`{}`, "", `["auth","jobs","prefer","rateLimit","stageDelay","strictRequests"]`},
		{`{"auth":null}`, "", `["auth","jobs","prefer","rateLimit","stageDelay","strictRequests"]`},
		{`{"prefer":true,"auth":"none"}`, "/auth", `["lenient","strict","off"]`},
		{`{"prefer":true,"auth":""}`, "/auth", `["lenient","strict","off"]`},
		{`{"prefer":true,"rateLimit":"100"}`, "/rateLimit", ``},
		{`{"prefer":true,"jobs":"sometimes"}`, "/jobs", ``},
		{`{"prefer":true,"stageDelay":"-1s"}`, "/stageDelay", ``},
		{`{"prefer":true,"stageDelay":"8761h"}`, "/stageDelay", ``},
		{`{"prefer":true,"strictRequests":"yes"}`, "/strictRequests", ``},
		{`{"prefer":true,"delay":"1s"}`, "/delay", `["auth","jobs","prefer","rateLimit","stageDelay","strictRequests"]`},
		{`{"prefer":true`, "", ``},
		{``, "", ``},
	} {
		got := mock(s, http.MethodPut, "/_mock/settings", tc.body)
		var body struct {
			Error, Pointer string
			Allowed        json.RawMessage
		}
		got.Into(&body)
		if got.Status != http.StatusBadRequest || body.Error == "" || body.Pointer != tc.pointer || string(body.Allowed) != tc.allowed {
			t.Errorf("%s: %d %s", tc.body, got.Status, got.Body)
		}
		if diff := cmp.Diff(before, settingsOf(t, must(t, s, http.MethodGet, "/_mock/settings", nil))); diff != "" {
			t.Fatalf("%s changed settings:\n%s", tc.body, diff)
		}
	}
}

// What is put is in force for the next request.
func TestSettingsAreInForce(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	put := func(body string) { must(t, s, http.MethodPut, "/_mock/settings", body) }
	anonymous := func(path string, header http.Header) int {
		t.Helper()
		all := http.Header{"X-Sailpoint-Experimental": {"true"}}
		for name, values := range header {
			all[name] = values
		}
		return s.Send(http.MethodGet, path, nil, all).Status
	}
	want := func(what string, got, status int) {
		t.Helper()
		if got != status {
			t.Errorf("%s: %d, want %d", what, got, status)
		}
	}
	want("no token", anonymous(sessions, nil), 401)
	put(`{"auth":"off"}`)
	want("no token in mode off", anonymous(sessions, nil), 200)
	put(`{"rateLimit":"2/1m"}`)
	want("the first", anonymous(sessions, nil), 200)
	want("the second", anonymous(sessions, nil), 200)
	want("the third", anonymous(sessions, nil), 429)
	put(`{"rateLimit":"off"}`)
	want("without a limit", anonymous(sessions, nil), 200)
	fault := http.Header{"Prefer": {"code=503"}}
	want("Prefer, which is off", anonymous(sessions, fault), 200)
	put(`{"prefer":true}`)
	want("Prefer", anonymous(sessions, fault), 503)
	want("an unknown parameter", anonymous(sessions+"?limt=1", nil), 200)
	put(`{"strictRequests":true}`)
	want("an unknown parameter, strictly", anonymous(sessions+"?limt=1", nil), 400)
	must(t, s, http.MethodDelete, "/_mock/settings", nil)
	want("no token after all is back", anonymous(sessions, fault), 401)
	if got := s.Do(http.MethodGet, sessions+"?limt=1", nil); got.Status != 200 {
		t.Errorf("an unknown parameter after all is back: %d %s", got.Status, got.Body)
	}

	put(`{"jobs":"immediate"}`)
	if id := begin(t, s); state(s, id) != "POTENTIAL_ROLES_CREATED" {
		t.Errorf("in mode immediate a session is %s", state(s, id))
	}
	put(`{"jobs":"auto","stageDelay":"1h"}`)
	id := begin(t, s)
	s.Settle()
	if got := state(s, id); got != "CREATED" {
		t.Errorf("with a delay of an hour a session is %s at once", got)
	}
	put(`{"stageDelay":"0"}`)
	s.Settle()
	if got := state(s, id); got != "POTENTIAL_ROLES_CREATED" {
		t.Errorf("without a delay the same session is %s", got)
	}
}

// The settings of one tenant are no others', and DELETE goes back to those that
// a tenant was made with.
func TestSettingsAreATenantsOwn(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	must(t, s, http.MethodPut, "/_mock/tenants/own", `{"auth":"strict","stageDelay":"2s"}`)
	must(t, s, http.MethodPut, "/_mock/settings", `{"auth":"off","rateLimit":"1/1h"}`)
	of := func(tenant, name string) string {
		return settingsOf(t, must(t, s, http.MethodGet, tenant+"/_mock/settings", nil))[name]
	}
	for _, step := range []struct{ tenant, name, want string }{
		{"", "auth", "off (control)"}, {"", "rateLimit", "1/1h0m0s (control)"},
		{"/t/own", "auth", "strict (tenant)"}, {"/t/own", "stageDelay", "2s (tenant)"}, {"/t/own", "rateLimit", "off (default)"},
		{"/t/other", "auth", "lenient (default)"},
	} {
		if got := of(step.tenant, step.name); got != step.want {
			t.Errorf("%s of %q is %s, want %s", step.name, step.tenant, got, step.want)
		}
	}
	must(t, s, http.MethodPut, "/t/own/_mock/settings", `{"auth":"off"}`)
	if got := of("/t/own", "auth"); got != "off (control)" {
		t.Errorf("after PUT it is %s", got)
	}
	must(t, s, http.MethodDelete, "/t/own/_mock/settings", nil)
	if got := of("/t/own", "auth"); got != "strict (tenant)" {
		t.Errorf("after DELETE it is %s", got)
	}
}

// Under -race: settings change while requests are served, and each request is
// served by the ones before or after.
func TestSettingsChangeWhileRequestsCome(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, func(c *config.Config) { c.Auth = auth.Strict })
	id, secret, err := s.App().Default().Credentials(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s.Token = s.TokenFor(id, secret)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 20 {
				got := s.Do(http.MethodGet, sessions+"?limt=1", nil)
				switch got.Status {
				case 200, 400, 429:
				default:
					t.Errorf("%d %s", got.Status, got.Body)
				}
			}
		})
	}
	for _, body := range []string{
		`{"auth":"off","rateLimit":"5/1s","strictRequests":true}`, `{"auth":"strict","jobs":"step"}`, `{"rateLimit":"off","stageDelay":"1s","prefer":true}`,
	} {
		wg.Go(func() {
			for range 10 {
				if got := mock(s, http.MethodPut, "/_mock/settings", body); got.Status != 200 {
					t.Errorf("%d %s", got.Status, got.Body)
				}
				if got := mock(s, http.MethodDelete, "/_mock/settings", nil); got.Status != 200 {
					t.Errorf("%d %s", got.Status, got.Body)
				}
			}
		})
	}
	wg.Wait()
}
