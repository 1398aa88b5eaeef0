package control_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
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
	s.InProcess("all that it is told comes by flags")
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
		{`{"auth":null}`, "/auth", `["auth","jobs","prefer","rateLimit","stageDelay","strictRequests"]`},
		{`{"prefer":true,"auth":"none"}`, "/auth", `["lenient","strict","off"]`},
		{`{"prefer":true,"auth":""}`, "/auth", `["lenient","strict","off"]`},
		{`{"prefer":true,"rateLimit":"100"}`, "/rateLimit", ``},
		{`{"prefer":true,"jobs":"sometimes"}`, "/jobs", ``},
		{`{"prefer":true,"stageDelay":"-1s"}`, "/stageDelay", ``},
		{`{"prefer":true,"stageDelay":"8761h"}`, "/stageDelay", ``},
		{`{"prefer":true,"strictRequests":"yes"}`, "/strictRequests", ``},
		{`{"prefer":true,"jbos":"auto"}`, "/jbos", `["jobs","auth","prefer","rateLimit","stageDelay","strictRequests"]`},
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

// All that is wrong with an order is told at once, values of the wrong type with what
// they should look like.
func TestSettingsTellAllThatIsWrong(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	for _, tc := range []struct {
		method, path, body string
		want               []refusal
	}{
		{"PUT", "/_mock/settings", `{"rateLimit":100,"auth":"none","jobs":"never","stageDelay":"-1s","delay":1}`, []refusal{
			{Pointer: "/delay", Error: `there is no property "delay" here`}, {Pointer: "/rateLimit", Error: `must be a text such as "100/10s", not 100`},
			{Pointer: "/auth", Error: "there is no such mode"}, {Pointer: "/jobs", Error: "must be auto, immediate"}, {Pointer: "/stageDelay", Error: "must be from 0s"},
		}},
		{"PUT", "/_mock/settings", `{"auth":null,"prefer":null}`, []refusal{{Pointer: "/auth", Error: "auth and prefer are null, which changes nothing"}}},
		{"PUT", "/_mock/jobs", `{"mode":3,"stageDelay":100}`, []refusal{
			{Pointer: "/mode", Error: `must be a text such as "immediate", not 3`}, {Pointer: "/stageDelay", Error: `such as "100s" for seconds, not the number 100`},
		}},
		{"PUT", "/_mock/jobs", `{"mode":"never","stageDelay":"-1s"}`, []refusal{{Pointer: "/mode", Error: "must be auto"}, {Pointer: "/stageDelay", Error: "must be from 0s"}}},
		{"POST", "/_mock/clock", `{"advance":3600,"freeze":"yes"}`, []refusal{
			{Pointer: "/advance", Error: `such as "3600s" for seconds, not the number 3600`}, {Pointer: "/freeze", Error: "must be true or false"},
		}},
		{"POST", "/_mock/clock", `{"set":null}`, []refusal{{Pointer: "/set", Error: "set is null"}}},
		{"PUT", "/_mock/tenants/x", `{"stageDelay":100,"auth":"none","seeds":"x"}`, []refusal{
			{Pointer: "/seeds", Error: "no property"}, {Pointer: "/stageDelay", Error: `must be a text such as "250ms", not 100`}, {Pointer: "/auth", Error: "none"},
		}},
	} {
		var got refusal
		answer := mock(s, tc.method, tc.path, tc.body)
		answer.Into(&got)
		all := append([]refusal{got}, got.Also...)
		if answer.Status != http.StatusBadRequest || len(all) != len(tc.want) {
			t.Errorf("%s %s: %d %s", tc.path, tc.body, answer.Status, answer.Body)
			continue
		}
		for i, want := range tc.want {
			if all[i].Pointer != want.Pointer || !strings.Contains(all[i].Error, want.Error) {
				t.Errorf("%s %s: %s %q, want %s %q", tc.path, tc.body, all[i].Pointer, all[i].Error, want.Pointer, want.Error)
			}
		}
	}
}

// A tenant is there with the settings that it was made with, whatever is in force
// since; what differs is told with what to do.
func TestSettingsOfATenantThatIsThere(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	const made = `{"auth":"strict","strictRequests":true,"prefer":true}`
	got := must(t, s, http.MethodPut, "/_mock/tenants/own", made)
	if got.Value("settings", "strictRequests") != true || got.Value("settings", "prefer") != true {
		t.Errorf("made: %s", got.Body)
	}
	in := settingsOf(t, must(t, s, http.MethodGet, "/t/own/_mock/settings", nil))
	if in["strictRequests"] != "true (tenant)" || in["prefer"] != "true (tenant)" {
		t.Errorf("in force: %v", in)
	}
	must(t, s, http.MethodPut, "/t/own/_mock/settings", `{"auth":"off","prefer":false}`)
	must(t, s, http.MethodPut, "/_mock/tenants/own", made)
	r := refused(t, "with others", mock(s, http.MethodPut, "/_mock/tenants/own", `{"auth":"off","seed":"x","strictRequests":false}`), 409, "/seed", "another name", "DELETE /_mock/tenants/own")
	if len(r.Also) != 2 {
		t.Fatalf("also: %+v", r.Also)
	}
	if text := r.Also[0].Error; r.Also[0].Pointer != "/auth" || !strings.Contains(text, `made with the auth "strict", not "off"; at present it is "off"`) || !strings.Contains(text, "PUT /t/own/_mock/settings") {
		t.Errorf("%+v", r.Also[0])
	}
	if r.Also[1].Pointer != "/strictRequests" || strings.Contains(r.Also[1].Error, "at present") {
		t.Errorf("%+v", r.Also[1])
	}
	r = refused(t, "the default one", mock(s, http.MethodPut, "/_mock/tenants/default", `{"auth":"strict"}`), 409, "/auth", "PUT /t/default/_mock/settings")
	if strings.Contains(r.Error, "delete") {
		t.Errorf("%s", r.Error)
	}
	must(t, s, http.MethodDelete, "/t/own/_mock/settings", nil)
	if in := settingsOf(t, must(t, s, http.MethodGet, "/t/own/_mock/settings", nil)); in["prefer"] != "true (tenant)" || in["auth"] != "strict (tenant)" {
		t.Errorf("after DELETE: %v", in)
	}
}

// A setting out of a snapshot says where it was from at the save or, out of a file,
// that it is a snapshot's.
func TestSourceOfSettingsAfterARestore(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	must(t, s, http.MethodPut, "/_mock/settings", `{"auth":"off"}`)
	must(t, s, http.MethodPost, "/_mock/snapshots/a", nil)
	must(t, s, http.MethodPut, "/_mock/settings", `{"prefer":true}`)
	file := must(t, s, http.MethodGet, "/_mock/snapshots/a/file", nil).Body
	must(t, s, http.MethodPut, "/_mock/snapshots/b/file", string(file))
	for name, want := range map[string][2]string{"a": {"off (control)", "false (default)"}, "b": {"off (snapshot)", "false (snapshot)"}} {
		must(t, s, http.MethodPost, "/_mock/snapshots/"+name+"/restore", nil)
		got := settingsOf(t, must(t, s, http.MethodGet, "/_mock/settings", nil))
		if got["auth"] != want[0] || got["prefer"] != want[1] {
			t.Errorf("%s: %v", name, got)
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
