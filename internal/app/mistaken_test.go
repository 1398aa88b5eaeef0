package app_test

import (
	"net/http"
	"strings"
	"testing"

	"mockserver/internal/app/apptest"
	"mockserver/internal/config"
)

// Of a path that was plainly to lead to a tenant or to the control plane the 404 says
// what was meant, in the form of the errors of where it was to lead.
func TestMistakenAddresses(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	for path, want := range map[string]struct {
		control bool
		text    string
	}{
		"/t/a/t/b/_mock/clock":                {true, "names one tenant: /t/a is in front of /t/b/_mock/clock"},
		"/t/a/t/b/v2026/x":                    {false, "names one tenant"},
		"/T/last/_mock/clock":                 {true, "did you mean /t/last/_mock/clock?"},
		"/T/Last" + sessions:                  {false, "did you mean /t/last" + sessions + "?"},
		"/t/last/mock/reset":                  {true, "did you mean /t/last/_mock/reset?"},
		"/mock/journal/har":                   {true, "did you mean /_mock/journal/har?"},
		"//_mock/clock":                       {true, "did you mean /_mock/clock?"},
		"/_Mock/clock":                        {true, "did you mean /_mock/clock?"},
		"/v2026/_mock/clock":                  {false, "did you mean /_mock/clock?"},
		"/t":                                  {false, "by /t/NAME/..., but /t has no name"},
		"/_mock/":                             {true, "did you mean /_mock?"},
		"/_mock/clock/":                       {true, "did you mean /_mock/clock?"},
		"/t/last/_mock/clock/":                {true, "did you mean /t/last/_mock/clock?"},
		"/_mock/snapshot/x":                   {true, "did you mean /_mock/snapshots/x?"},
		"/_mock/snapshot/x/difs/y":            {true, "did you mean /_mock/snapshots/x/diff/y?"},
		"/_mock/session/1/wait":               {true, "did you mean /_mock/sessions/1/wait?"},
		"/_mock/nothing":                      {true, "GET /_mock lists"},
		"/_mock/clock/forward":                {true, "GET /_mock lists"},
		"/v2026/role-mining-sessions/x/_mock": {false, ""},
		"/mocks/x":                            {false, ""},
		"/x":                                  {false, ""},
	} {
		got := s.Send(http.MethodGet, path, nil, nil)
		text := got.Text("error")
		if !want.control {
			text = got.Text("messages", 0, "text")
		}
		if got.Status != http.StatusNotFound || text == "" || !strings.Contains(text, want.text) {
			t.Errorf("%s: %d %s; want %q", path, got.Status, got.Body, want.text)
		}
		if want.text == "" && strings.Contains(text, "did you mean") {
			t.Errorf("%s: %s", path, text)
		}
	}
}

// Where the control plane is elsewhere nothing was meant by its paths.
func TestMistakenAddressesApart(t *testing.T) {
	t.Parallel()
	apart := apptest.Start(t, func(c *config.Config) { c.ControlAddr = "127.0.0.1:0" })
	for _, path := range []string{"/mock/reset", "/_mock/reset", "//_mock/reset"} {
		if got := apart.Send(http.MethodGet, path, nil, nil); got.Status != 404 || strings.Contains(string(got.Body), "did you mean") {
			t.Errorf("without the control plane %s: %d %s", path, got.Status, got.Body)
		}
	}
}
