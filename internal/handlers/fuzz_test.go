package handlers_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"mockserver/internal/config"
	"mockserver/internal/openapi/openapitest"
)

// served is a server without its network.
type served struct {
	handler http.Handler
	token   string
}

// unserved is a new server of the default organisation without its network;
// change is that of start.
func unserved(f *testing.F, change func(*config.Config)) served {
	f.Helper()
	s := start(f, change)
	return served{s.App().Handler, s.Token}
}

// inProcess asks a server without a network between, and checks the answer
// against the contract. A fault is never an answer to what a client sends.
func inProcess(t *testing.T, s served, r *http.Request) *httptest.ResponseRecorder {
	t.Helper()
	for name, values := range bearer(s.token) {
		r.Header[name] = values
	}
	addressed := &http.Request{Method: r.Method, URL: r.URL}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	openapitest.Check(t, addressed, w.Code, w.Header(), w.Body.Bytes())
	noRoom := w.Code == http.StatusInsufficientStorage && strings.HasPrefix(addressed.URL.Path, "/t/") // for another tenant
	if w.Code >= 500 && !noRoom {
		t.Errorf("%s %s: %d %s", r.Method, r.URL, w.Code, w.Body)
	}
	return w
}

// FuzzBody sends any bytes to every operation that takes a body.
func FuzzBody(f *testing.F) {
	s := unserved(f, nil)
	for _, seed := range []string{
		``, `{}`, `[]`, `null`, `"x"`, `{"`, "\xff", "{}\x00", `{"name":"a","saved":true,"type":"COMMON","pruneThreshold":5,"minNumIdentitiesInPotentialRole":3}`,
		`{"scope":{"identityIds":["` + recipient + `"],"criteria":"name:a* AND NOT @access(id:entId1)","attributeFilterCriteria":` + miamiFilter + `}}`,
		`{"scope":{"attributeFilterCriteria":[{"data":{"name":"manager","operator":"equals","values":["\u0000"]}}]}}`,
		`{"scope":{"criteria":"name:[a TO }"}}`, `{"scope":{"attributeFilterCriteria":[[]]}}`, `{"scope":{"attributeFilterCriteria": {} }}`,
		`{"ids":["entId1"],"exclude":true}`, `{"ids":[],"exclude":false}`, `{"ids":[null],"exclude":1e999}`,
		`{"roleName":"x","ownerId":"` + ownerExample + `","includeIdentities":true,"directlyAssignedEntitlements":true}`,
		`{"minEntitlementPopularity":50,"includeCommonAccess":false}`, `{"minEntitlementPopularity":-0}`,
		`[{"op":"replace","path":"/pruneThreshold","value":"83"},{"op":"add","path":"/name","value":null}]`, `[{"op":"remove","path":"/saved"}]`,
		`[{"op":"replace","path":"/name","value":"\ud800"}]`, `[{"op":"replace","path":"/description","value":"<>&\u2028"}]`,
	} {
		for target := range len(targets()) {
			f.Add(byte(target), []byte(seed))
		}
	}
	f.Fuzz(func(t *testing.T, target byte, body []byte) {
		to := targets()[int(target)%len(targets())]
		r := httptest.NewRequest(to[0], to[1], bytes.NewReader(body))
		r.Header.Set("Content-Type", map[string]string{http.MethodPost: "application/json", http.MethodPatch: "application/json-patch+json"}[to[0]])
		inProcess(t, s, r)
	})
}

// targets are the operations with a body, by method and path.
func targets() [][2]string {
	role := sessions + "/" + manualSession + "/potential-roles/"
	return [][2]string{
		{http.MethodPost, sessions},
		{http.MethodPost, firstPath + "/edit-entitlements"},
		{http.MethodPost, firstPath + "/provision"},
		{http.MethodPost, role + firstRole + "/provision"}, // of another session
		{http.MethodPost, exportPath},
		{http.MethodPatch, sessions + "/" + manualSession},
		{http.MethodPatch, roles + "/" + savedRole},
	}
}

// FuzzQuery sends any query string to every collection.
func FuzzQuery(f *testing.F) {
	s := unserved(f, nil)
	for _, seed := range []string{
		"", "limit=0&count=true", "limit=251", "offset=2147483647", "filters=" + url.QueryEscape(`(createdByName co "int")and (name co "%")`), "sorters=-name,popularity",
		"filters=name+sw+%22%ff%22", "filters=%zz", "a;b", "limit=1&limit=1", "includeCommonAccess=false", "filters=" + url.QueryEscape(`name sw "`+"\x00"+`"`),
		"filters=" + url.QueryEscape(`startDate gt 0000-01-01T00:00:00+01:00`), "filters=" + url.QueryEscape(`quality ge -9223372036854775808`), "count=true&filters=" + url.QueryEscape(`not applicationName sw ""`),
		"sorters=%2Bname", "&&&=", "filters=" + url.QueryEscape(`name sw "`+"\U0010ffff"+`"`), "filters=" + url.QueryEscape(`identityAttribute co "["`),
	} {
		for target := range len(sortables()) {
			f.Add(byte(target), seed)
		}
	}
	f.Fuzz(func(t *testing.T, target byte, query string) {
		of := sortables()[int(target)%len(sortables())]
		r := httptest.NewRequest(http.MethodGet, of.path, nil)
		r.URL.RawQuery = query
		inProcess(t, s, r)
	})
}

// FuzzPath sends any path to the whole server.
func FuzzPath(f *testing.F) {
	s := unserved(f, func(c *config.Config) { c.MaxTenants = 2 })
	for _, seed := range []string{
		"/", "", "//", sessions + "/", sessions + "//status", sessions + "/%2F", roles + "/%73aved", roles + "/saved/", firstPath + "/export", "/role-mining-sessions/v1", "/oauth/info",
		"/role-mining-sessions/v1/" + autoSession + "/status", sessions + "/\xff/status", sessions + "/ /status", sessions + "/a;b,c:d@e$f/status", "/v2026/../beta", "/*", sessions + "/{sessionId}/status",
		sessions + "/%2FA|", "/t/a" + sessions + "/%2FA|", // EscapedPath has //A%7C there
		"/t/]" + sessions, "/t//status",
	} {
		for method := range byte(6) {
			f.Add(method, seed)
		}
	}
	f.Fuzz(func(t *testing.T, method byte, path string) {
		methods := []string{http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete, http.MethodOptions, "BREW"}
		address, err := url.Parse("http://mock" + path)
		if err != nil || address.Host != "mock" || address.User != nil {
			return // no client can send it
		}
		r := httptest.NewRequest(methods[int(method)%len(methods)], "/", nil)
		r.URL.Path, r.URL.RawPath = address.Path, address.RawPath
		inProcess(t, s, r)
	})
}
