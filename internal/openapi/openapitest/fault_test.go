package openapitest

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// What a fault says that it does is allowed, and nothing else.
func TestFaultsAreAllowedWhatTheySay(t *testing.T) {
	t.Parallel()
	whole := good(t, "RoleMiningSessionResponse")
	half := whole[:len(whole)/2]
	gateway := `{"error":"Service Unavailable"}`
	for name, tc := range map[string]struct {
		method, target string
		status         int
		effect, length string // no effect: no fault
		header         http.Header
		body, want     string // want "" is good
	}{
		"a status that is not documented":       {target: session, status: 503, effect: "status=503", body: gateway},
		"the same of a version of its own path": {target: "/role-mining-sessions/v1/x/status", status: 429, effect: "status=429", header: http.Header{"Retry-After": {"0"}}, body: `{"message":" Rate Limit Exceeded "}`},
		"without a fault":                       {target: session, status: 503, body: gateway, want: "status 503 is not documented"},
		"a status that nothing has":             {target: session, status: 418, effect: "status=418", body: gateway, want: "status 418 is not documented"},
		"another form":                          {target: session, status: 503, effect: "status=503", body: `{"message":"x"}`, want: "property message is not in the schema"},
		"no JSON without saying so":             {target: session, status: 200, effect: "delay=1ms", body: half, want: "the body is not JSON"},
		"late":                                  {target: session, status: 200, effect: "delay=1ms", body: whole},
		"waiting for nothing":                   {target: session, status: 429, header: http.Header{"Retry-After": {"0"}}, body: `{"message":"x"}`, want: "Retry-After"},
		"truncated":                             {target: session, status: 200, effect: "delay=1ms, body=truncate", length: strconv.Itoa(len(whole)), body: half},
		"truncated, but all there":              {target: session, status: 200, effect: "body=truncate", length: strconv.Itoa(len(whole)), body: whole, want: "is truncated"},
		"malformed":                             {target: session, status: 200, effect: "body=malformed", length: strconv.Itoa(len(half)), body: half},
		"malformed, but not announced as whole": {target: session, status: 200, effect: "body=malformed", length: strconv.Itoa(len(whole)), body: half, want: "not truncated"},
		"malformed, but good":                   {target: session, status: 200, effect: "body=malformed", length: strconv.Itoa(len(whole)), body: whole, want: "the body is whole"},
		"broken without a length":               {target: session, status: 200, effect: "body=truncate", body: half, want: "Content-Length"},
		"broken, of the wrong type":             {target: session, status: 200, effect: "body=malformed", length: strconv.Itoa(len(half)), header: http.Header{"Content-Type": {"text/plain"}}, body: half, want: "Content-Type"},
		"a token endpoint":                      {method: "POST", target: "/oauth/token", status: 503, effect: "status=503", body: `{"error":"temporarily_unavailable","error_description":"x"}`},
		"a token endpoint, in another form":     {method: "POST", target: "/oauth/token", status: 503, effect: "status=503", body: `{"message":"x"}`, want: "property error is missing"},
		"a broken token":                        {method: "POST", target: "/oauth/token", status: 200, effect: "body=malformed", length: "3", body: `{"a`},
	} {
		header := goodHeader()
		if tc.effect != "" {
			header.Set("X-Mock-Fault", "a")
			header.Set("X-Mock-Fault-Effect", tc.effect)
		}
		if tc.length != "" {
			header.Set("Content-Length", tc.length)
		}
		for line, values := range tc.header {
			header[line] = values
		}
		if tc.method == "" {
			tc.method = "GET"
		}
		found := strings.Join(problems(t, tc.method, tc.target, tc.status, header, tc.body), "\n")
		if (found == "") != (tc.want == "") || !strings.Contains(found, tc.want) {
			t.Errorf("%s: found %q, want %q", name, found, tc.want)
		}
	}
}
