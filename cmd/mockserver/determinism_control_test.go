package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"mockserver/internal/openapi"
)

// modes moves work on in every other way than by the clock.
func (p *player) modes() {
	create := func() string {
		return p.api("POST", playedSessions, `{"scope":{"criteria":"source.name:DataScienceDataset"},"emailRecipientId":"`+recipient+`"}`).must(201).text("id")
	}
	p.mock("PUT", "/jobs", `{"mode":"immediate","stageDelay":"1m"}`).must(200)
	done := create()
	p.get(playedSessions + "/" + done)
	path := playedSessions + "/" + done + "/potential-roles/" + p.get(playedSessions+"/"+done+"/potential-role-summaries").text(0, "id")
	p.mock("PUT", "/jobs", `{"mode":"polls:2"}`).must(200)
	polled := create()
	for range 8 {
		p.get(playedSessions + "/" + polled + "/status")
	}
	p.mock("PUT", "/jobs", `{"mode":"step"}`).must(200)
	first, second := create(), create()
	p.api("POST", path+"/export-async", "").must(202)
	p.api("POST", path+"/provision", "").must(202)
	for range 3 {
		p.mock("POST", "/jobs/step").must(200)
	}
	p.mock("POST", "/jobs/step", `{"sessionId":"`+second+`"}`).must(200)
	p.mock("PUT", "/sessions/"+second+"/jobs", `{"mode":"hold:POTENTIAL_ROLES_PROCESSING"}`).must(200)
	p.mock("GET", "/sessions/"+second+"/jobs").must(200)
	p.mock("GET", "/jobs").must(200)
	p.mock("PUT", "/jobs", `{"mode":"fail:IDENTITIES_OBTAINED","stageDelay":"10s"}`).must(200)
	create()
	p.api("POST", path+"/export-async", "").must(202)
	p.mock("POST", "/clock", `{"advance":"1h"}`).must(200)
	p.get(playedSessions, playedSessions+"/"+first)
	p.mock("DELETE", "/sessions/"+second+"/jobs").must(204)
	p.mock("PUT", "/jobs", `{"mode":"auto"}`).must(200)
	p.mock("POST", "/clock", `{"advance":"1h"}`).must(200)
	p.get(playedSessions)
	p.events(second, "POTENTIAL_ROLES_CREATED")
	p.mail()
}

// snapshots goes on from one state twice, and takes another one along in a file.
func (p *player) snapshots() {
	goOn := func() string {
		id := p.api("POST", playedSessions, `{"name":"after the snapshot","scope":{"criteria":"attributes.location:Miami"}}`).must(201).text("id")
		p.mock("POST", "/clock", `{"advance":"1h"}`).must(200)
		return string(p.get(playedSessions + "/" + id + "/potential-role-summaries").must(200).body)
	}
	p.mock("POST", "/snapshots/before").must(201)
	p.mock("POST", "/snapshots/before").must(409)
	once := goOn()
	p.mock("GET", "/snapshots/before/diff").must(200)
	p.mock("POST", "/snapshots/after").must(201)
	p.mock("GET", "/snapshots/before/diff/after").must(200)
	p.mock("POST", "/snapshots/before/restore", `{"keep":["journal"]}`).must(200)
	if again := goOn(); again != once {
		p.t.Errorf("after a restore there is\n%s\nwant\n%s", again, once)
	}
	p.mock("POST", "/snapshots/before/restore", `{"keep":["clock","journal"]}`).must(200)
	file := p.mock("GET", "/snapshots/after/file").must(200)
	p.mock("PUT", "/snapshots/copy/file", string(file.body)).must(201)
	p.mock("PUT", "/snapshots/copy/file?replace=true", string(file.body[:999])).must(400)
	p.mock("POST", "/snapshots/copy/restore", `{"keep":["journal"]}`).must(200)
	p.get(playedSessions, playedRoles)
	p.mock("GET", "/snapshots").must(200)
	p.mock("GET", "/snapshots/copy").must(200)
	for _, name := range []string{"before", "after", "copy"} {
		p.mock("DELETE", "/snapshots/"+name).must(204)
	}
}

// refusals asks for what is not possible.
func (p *player) refusals() {
	for _, path := range []string{"/", "/v2026/nothing", playedSessions + "/", playedSessions + "/nope", playedSessions + "?limit=x&offset=-1", playedSessions + "?filters=colour+eq+1"} {
		p.get(path)
	}
	p.api("DELETE", playedSessions, "").must(405)
	p.api("HEAD", playedSessions, "").must(200)
	p.api("OPTIONS", playedSessions, "", "Origin", "http://localhost:3000", "Access-Control-Request-Method", "PATCH")
	for _, body := range []string{
		`{`, `{"type":"RARE"}`, `{"scope":{"criteria":"nothing:"}}`, `{"pruneThreshold":1e9,"minNumIdentitiesInPotentialRole":0}`, `{"emailRecipientId":"nobody"}`,
		`{"scope":{"attributeFilterCriteria":[{"data":{"name":"colour","operator":"EQUALS","values":["red"]}}]}}`,
	} {
		p.api("POST", playedSessions, body).must(400)
	}
	p.api("PATCH", playedSessions+"/"+autoSession, `[{"op":"move","from":"/name","path":"/saved"}]`).must(400)
	p.send("POST", playedSessions, `{}`, "Authorization", "Bearer "+p.token, "X-SailPoint-Experimental", "true", "Content-Type", "text/plain").must(415)
	p.send("GET", playedSessions, "", "Authorization", "Bearer "+p.token).must(400) // experimental
	p.send("GET", "/beta/role-mining-sessions?limit=1", "", "Authorization", "Bearer "+p.token).must(200)
	p.send("GET", playedSessions, "", "Authorization", "Bearer nonsense", "Accept-Language", "de-CH,de;q=0.9").must(401)
	p.api("GET", playedSessions+"?limit=1", "", "SLPT-Request-ID", "0123456789abcdef0123456789abcdef").must(200)
	var many []string
	for i := range 40 { // more than the journal keeps
		many = append(many, fmt.Sprintf("X-Mock-Note-%d", i), strings.Repeat("n", 1000))
	}
	p.api("GET", playedSessions+"?limit=1", "", many...).must(200)
	for _, call := range []struct{ method, path, body string }{
		{"GET", "/nothing", ""}, {"DELETE", "/clock/now", ""}, {"PUT", "/clock", `{}`}, {"POST", "/clock", `{}`}, {"GET", "/clock?at=now", ""},
		{"PUT", "/faults", `[{"operation":"nope"},{"operation":"*","status":200,"colour":1}]`}, {"PUT", "/jobs", `{"mode":"often"}`},
		{"PATCH", "/fixtures", `{"identities":[{"id":"x"}],"remove":{"sources":["ds"]}}`}, {"PUT", "/fixtures", `{"org":{}}`},
		{"POST", "/verify", `{"operation":"x"}`}, {"POST", "/tokens", `{"kind":"odd"}`}, {"GET", "/sessions/none/wait", ""},
		{"GET", "/pprof/", ""}, {"GET", "/pprof/heap", ""}, {"POST", "/reset", `{"keep":["it"]}`}, {"GET", "/roles/none/explain", ""},
	} {
		if got := p.mock(call.method, call.path, call.body); got.status < 400 {
			got.must(400)
		}
	}
}

// faults lets calls go wrong by rule, by chance and by request.
func (p *player) faults() {
	p.mock("PUT", "/faults", `[
		{"id":"chance","operation":"getRoleMiningSessions","status":503,"probability":0.4},
		{"operation":"getRoleMiningSession","status":429,"retryAfter":7,"times":2},
		{"operation":"getSavedPotentialRoles","every":3,"body":"malformed"},
		{"operation":"getAllPotentialRoleSummaries","body":"truncate"},
		{"operation":"downloadRoleMiningPotentialRoleZip","slow":{"bytesPerSecond":500000}},
		{"operation":"getTenantInfo","delay":{"distribution":"lognormal","median":"2ms","sigma":0.5,"max":"9ms"}}]`).must(200)
	for range 30 {
		p.get(playedSessions + "?limit=1")
	}
	for range 6 {
		p.get(playedSessions+"/"+autoSession, playedRoles+"/saved", playedRoles+"?limit=2", "/oauth/info")
	}
	p.get(playedSessions + "/" + autoSession + "/potential-roles/" + exportedRole + "/export-async/" + doneExport + "/download")
	id := p.mock("POST", "/faults", `{"operation":"createRoleMiningSessions","connection":"reset","performed":true,"times":1}`).must(201).text(0, "id")
	p.api("POST", playedSessions, `{"name":"unheard of"}`)
	p.mock("POST", "/faults", `{"id":"end","operation":"createRoleMiningSessions","connection":"close"}`).must(201)
	p.api("POST", playedSessions, `{"name":"never made"}`)
	p.get(playedSessions + "?filters=name+sw+%22unheard%22")
	p.mock("GET", "/faults/"+id).must(200)
	p.mock("DELETE", "/faults/"+id).must(204)
	p.mock("GET", "/faults?unused=true").must(200)
	p.mock("GET", "/faults").must(200)
	p.mock("DELETE", "/faults").must(204)
	for _, op := range openapi.Operations("v2026") {
		at := strings.NewReplacer("{sessionId}", autoSession, "{potentialRoleId}", exportedRole, "{exportId}", doneExport, "{sourceId}", dataSource).Replace(op.Path)
		for _, status := range op.Statuses {
			if status >= 400 {
				p.api(op.Method, at, bodyFor(op), "Prefer", fmt.Sprint("code=", status)).must(status)
			}
		}
	}
	p.api("GET", playedSessions+"?limit=1", "", "Prefer", "code=418").must(400)
	p.api("GET", playedSessions+"?limit=1", "", "Prefer", "delay=1ms").must(200)
	p.send("POST", "/oauth/token", "grant_type=client_credentials", "Prefer", "code=429, retry-after=3").must(429)
}

// settings makes the tenant stricter and looser.
func (p *player) settings() {
	p.mock("GET", "/settings").must(200)
	p.mock("PUT", "/settings", `{"rateLimit":"3/1m","strictRequests":true}`).must(200)
	for range 5 {
		p.get(playedSessions + "?limit=1")
	}
	p.mock("POST", "/clock", `{"advance":"61s"}`).must(200)
	p.get(playedSessions + "?limt=1&colour=red").must(400)
	p.api("POST", playedSessions, `{"nmae":"x","scope":{"criterion":"*"}}`).must(400)
	p.mock("PUT", "/settings", `{"auth":"off","rateLimit":"off"}`).must(200)
	p.send("GET", "/beta/role-mining-sessions?limit=1", "").must(200)
	p.mock("GET", "/settings").must(200)
	p.mock("DELETE", "/settings").must(200)
}

// journal looks at what was asked so far.
func (p *player) journal() {
	p.mock("GET", "/journal").must(200)
	p.mock("GET", "/journal?operation=getRoleMiningSession&status=4xx&limit=5").must(200)
	p.mock("GET", "/journal?refused=true&version=beta").must(200)
	p.mock("GET", "/journal?fault=*&client=mock-admin").must(200)
	p.mock("GET", "/journal/har").must(200)
	p.mock("GET", "/journal/20").must(200)
	p.mock("POST", "/verify", `{"operation":"createRoleMiningSessions","status":201,"atLeast":5}`).must(200)
	p.mock("POST", "/verify", `{"operation":"patchPotentialRole","never":true}`).must(409)
	p.mock("POST", "/verify", `{"sequence":[{"operation":"getToken"},{"operation":"getRoleMiningSessions","status":503},{"operation":"getRoleMiningSessions","query":{"limit":1}}]}`).must(200)
	p.mock("DELETE", "/journal").must(204)
	p.get(playedSessions + "?limit=1")
	p.mock("GET", "/journal").must(200)
	p.mock("GET", "/coverage").must(200)
	p.mock("GET", "/coverage?version=beta&format=html").must(200)
}

// house asks for what is of the whole server.
func (p *player) house() {
	for _, path := range []string{"", "/health/live", "/health/ready", "/openapi.json", "/openapi.json?version=beta", "/clock", "/metrics"} {
		p.mock("GET", path).must(200)
	}
	p.send("GET", "/health", "").must(200)
	const name = "made"
	p.mock("PUT", "/tenants/"+name, `{"jobs":"immediate","seed":"another","rateLimit":"100/1s"}`).must(201)
	p.mock("PUT", "/tenants/"+name, `{"jobs":"step"}`).must(409)
	p.mock("GET", "/tenants/"+name).must(200)
	p.mock("GET", "/tenants/nobody").must(404)
	within := *p
	within.prefix, within.all = "/t/"+name, nil
	within.mock("POST", "/clock", `{"freeze":true,"set":"2027-01-01T00:00:00Z"}`).must(200)
	within.token = within.send("POST", "/oauth/token", "grant_type=client_credentials&client_id=mock-admin&client_secret=x", "Content-Type", "application/x-www-form-urlencoded").must(200).text("access_token")
	id := within.api("POST", playedSessions, `{"scope":{"criteria":"attributes.location:Miami"},"minNumIdentitiesInPotentialRole":5}`).must(201).text("id")
	within.get(playedSessions+"/"+id, playedSessions+"/"+id+"/potential-role-summaries", "/oauth/info")
	p.all = append(p.all, within.all...)
	p.get(playedSessions + "/" + id).must(404)
	p.mock("DELETE", "/tenants/"+name).must(204)
}

// organisations changes the organisation, replaces it, and puts it back.
func (p *player) organisations() {
	before := p.mock("GET", "/fixtures").must(200)
	p.mock("PATCH", "/fixtures", `{
		"entitlements":[{"id":"e-new","name":"Approve refunds","attribute":"groups","value":"refunds","source":"test"}],
		"identities":[{"id":"i-new","name":"ann.new","displayName":"Ann New","entitlements":["e-new"]},{"id":"`+recipient+`","attributes":{"location":"Miami"}}],
		"remove":{"clients":["mock-no-user"]}}`).must(200)
	p.get(playedRoles+"?limit=5", playedSessions+"/"+autoSession)
	p.api("POST", playedSessions, `{"scope":{"criteria":"name:ann.new OR attributes.location:Miami"},"minNumIdentitiesInPotentialRole":2}`).must(201)
	p.mock("PATCH", "/fixtures?baseline=true", `{"identities":[{"id":"i-new","displayName":"Ann Newer"}]}`).must(200)
	p.mock("POST", "/reset", `{"keep":["clock","journal","limits"]}`).must(200)
	p.get(playedSessions, playedRoles)
	p.mock("PUT", "/fixtures", `{
		"org":{"name":"tiny","tenantId":"6f1c1a52-8f0e-5b7e-9d55-0b7c2c1c6b11","tenantName":"Tiny","pod":"local"},
		"sources":[{"id":"s1","name":"HR"}],"entitlements":[{"id":"e1","name":"Pay","attribute":"roles","value":"p","source":"s1"}],
		"identities":[{"id":"i1","name":"a","displayName":"A","entitlements":["e1"]},{"id":"i2","name":"b","displayName":"B","entitlements":["e1"]}],
		"clients":[{"clientId":"admin","clientSecret":"y","name":"A","identityId":"i2","authorities":["ORG_ADMIN"],"scopes":["sp:scopes:all"],"grants":["client_credentials"]}],
		"sessions":[{"id":"11111111-2222-4333-8444-555555555555","name":"All","type":"COMMON","scopingMethod":"MANUAL","minNumIdentitiesInPotentialRole":2,"createdDate":"2026-01-02T03:04:05Z"}]}`).must(200)
	old := p.token
	p.token = p.mock("POST", "/tokens").must(200).text("accessToken")
	p.get(playedSessions, playedRoles, "/oauth/info")
	p.mock("GET", "/fixtures").must(200)
	p.token = old
	p.mock("PUT", "/fixtures", string(before.body)).must(200)
	if again := p.mock("GET", "/fixtures").must(200); string(again.body) != string(before.body) {
		p.t.Errorf("the organisation is another one after it was put back")
	}
	p.get(playedSessions, playedRoles)
}

// coverage holds the script against what there is to call. Its own requests are
// not taken down.
func (p *player) coverage() {
	played := p.all
	defer func() { p.all = played }()
	var report struct {
		Operations []struct {
			OperationID string
			Versions    map[string]int
			Statuses    struct{ Unused []int }
		}
	}
	p.decode(p.mock("GET", "/coverage").must(200), &report)
	for _, op := range report.Operations {
		for _, version := range []string{"beta", "v2024", "v2025", "v2026", "v1"} {
			if op.Versions[version] == 0 {
				p.t.Errorf("the script does not call %s in %s", op.OperationID, version)
			}
		}
		if len(op.Statuses.Unused) > 0 {
			p.t.Errorf("the script does not see %s answered with %v", op.OperationID, op.Statuses.Unused)
		}
	}
	if len(report.Operations) < 25 {
		p.t.Errorf("the contract has %d operations", len(report.Operations))
	}
	var operations []struct{ Method, Path, OperationID string }
	p.decode(p.mock("GET", "").must(200), &operations)
	for _, op := range operations {
		path := regexp.MustCompile(`\\\{\w+\\\}`).ReplaceAllString(regexp.QuoteMeta(op.Path), "[^/?]+")
		if !p.called(regexp.MustCompile("^" + op.Method + " (/t/[^/]+)?" + path + `(\?\S*)? HTTP`)) {
			p.t.Errorf("the script does not call %s (%s %s): add it", op.OperationID, op.Method, op.Path)
		}
	}
}

func (p *player) called(request *regexp.Regexp) bool {
	for _, e := range p.all {
		if request.MatchString(e.request) {
			return true
		}
	}
	return false
}

func (p *player) decode(got reply, v any) {
	p.t.Helper()
	if err := json.Unmarshal(got.body, v); err != nil {
		p.t.Fatal(err)
	}
}
