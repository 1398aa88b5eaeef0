package handlers_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"mockserver/internal/config"
)

// TestSameRequestsSameAnswers runs one script on two fresh servers. Every status,
// header and byte is the same on both, but for the Date of the machine.
func TestSameRequestsSameAnswers(t *testing.T) {
	t.Parallel()
	first := script(t)
	second := script(t)
	if len(first) < 60 {
		t.Errorf("only %d requests", len(first))
	}
	for i := range first {
		if diff := gocmp.Diff(first[i], second[i]); diff != "" {
			t.Errorf("request %d (-first +second):\n%s", i+1, diff)
		}
	}
}

// script returns what a new server answers to a fixed row of requests.
func script(t *testing.T) []string {
	t.Helper()
	s := start(t, func(c *config.Config) { c.StageDelay = 10 * time.Millisecond })
	var answers []string
	call := func(method, path string, body any) string {
		got := s.Do(method, path, body)
		var b strings.Builder
		fmt.Fprintf(&b, "%s %s: %d\n", method, path, got.Status)
		got.Header.Del("Date")
		for _, name := range slices.Sorted(maps.Keys(got.Header)) {
			fmt.Fprintf(&b, "%s: %q\n", name, got.Header[name])
		}
		b.Write(got.Body)
		answers = append(answers, b.String())
		if strings.HasPrefix(got.Header.Get("Content-Type"), "application/json") && got.Status < 300 && method == http.MethodPost {
			for _, name := range []string{"exportId", "id"} {
				if id := got.Text(name); id != "" {
					return id
				}
			}
		}
		return ""
	}
	get := func(paths ...string) {
		for _, path := range paths {
			call(http.MethodGet, path, nil)
		}
	}
	moved := func() {
		for range 12 {
			s.Clock.Advance(10 * time.Millisecond)
			s.Step()
		}
	}
	get(sessions, roles, roles+"/saved", sessions+"?count=true&limit=1", sessions+"/nope", sessions+"?limit=x", "/nope")
	mined := call(http.MethodPost, sessions, `{"name":"one","scope":{"criteria":"source.name:DataScienceDataset"},"emailRecipientId":"`+recipient+`"}`)
	everyone := call(http.MethodPost, sessions, `{"minNumIdentitiesInPotentialRole":5}`)
	common := call(http.MethodPost, sessions, `{"type":"COMMON"}`)
	call(http.MethodPost, sessions, `{"type":"RARE"}`)
	for range 10 {
		s.Clock.Advance(5 * time.Millisecond)
		s.Step()
		get(sessions + "/" + mined + "/status")
	}
	moved()
	get(sessions+"/"+mined, sessions+"/"+everyone, sessions+"/"+common)
	for _, session := range []string{mined, everyone, common} {
		get(sessions + "/" + session + "/potential-role-summaries?sorters=-quality")
	}
	role := s.Get(sessions+"/"+mined+"/potential-role-summaries").Text(0, "id")
	summary, path := sessions+"/"+mined+"/potential-role-summaries/"+role, sessions+"/"+mined+"/potential-roles/"+role
	get(summary, summary+"/applications", summary+"/entitlements", path+"/entitlement-popularities", path+"/entitlement-popularity-distribution",
		path+"/entitlement-popularity-distribution?includeCommonAccess=false", path+"/identities", path+"/export", path+"/excluded-entitlements",
		roles+"/"+role, roles+"/"+role+"/sources/"+dataSource+"/identityUsage?sorters=-usageCount")
	entitlement := at(items(t, s.Get(path+"/entitlement-popularities?limit=1"))[0], "entitlementRef.id")
	call(http.MethodPost, path+"/edit-entitlements", map[string]any{"ids": []any{entitlement}, "exclude": true})
	call(http.MethodPatch, summary, `[{"op":"replace","path":"/saved","value":true},{"op":"replace","path":"/name","value":"Kept"}]`)
	call(http.MethodPatch, summary, `[{"op":"replace","path":"/type","value":"COMMON"}]`)
	get(path+"/excluded-entitlements", roles+"/saved", summary)
	export := call(http.MethodPost, path+"/export-async", nil)
	get(path+"/export-async/"+export, path+"/export-async/"+export+"/download")
	moved()
	get(path+"/export-async/"+export, path+"/export-async/"+export+"/download")
	call(http.MethodPost, path+"/provision", `{"includeIdentities":true}`)
	call(http.MethodPost, path+"/provision", nil)
	moved()
	get(summary, roles+"?filters=saved+eq+true&count=true")
	call(http.MethodPatch, sessions+"/"+mined, `[{"op":"replace","path":"/pruneThreshold","value":"35"}]`)
	get(sessions + "/" + mined)
	moved()
	get(sessions+"/"+mined, sessions+"/"+mined+"/potential-role-summaries", roles+"?sorters=-freshness,-identityCount", roles+"?sorters=entitlementCount&limit=3&offset=2")
	for _, prefix := range []string{"/beta", "/v2024", "/v2025", "/latest"} {
		get(prefix + "/role-mining-sessions/" + mined)
	}
	call(http.MethodDelete, sessions, nil)
	call(http.MethodHead, sessions, nil)
	return answers
}
