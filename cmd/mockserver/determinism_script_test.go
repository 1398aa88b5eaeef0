package main

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"mockserver/internal/openapi"
)

// The default organisation, as far as the script names it.
const (
	playedSessions = "/v2026/role-mining-sessions"
	playedRoles    = "/v2026/role-mining-potential-roles"

	autoSession   = "8c190e67-87aa-4ed9-a90b-d9d5344523fb"
	exportedRole  = "278359a6-04b7-4669-9468-924cf580964a"
	doneExport    = "4940ffd4-836f-48a3-b2b0-6d498c3fdf40"
	dataSource    = "2c9180877620c1460176267f336a106f"
	recipient     = "2c918090761a5aac0176215c46a62d58"
	administrator = "2c9180907b1f3a52017b2d6e40c10a77"
)

// whole is the script and what concerns the whole server. That it is whole is
// checked: all operations there are have been called.
func (p *player) whole() []exchange {
	p.t.Helper()
	p.script()
	p.mock("GET", "/tenants").must(200)
	p.mock("DELETE", "/clock").must(200)
	p.coverage()
	return p.all
}

// script is a day of a test suite. It begins with a clock that stands still and
// ends with the organisation that it began with.
func (p *player) script() []exchange {
	p.t.Helper()
	p.mock("POST", "/clock", `{"freeze":true,"set":"2026-03-01T09:00:00Z"}`).must(200)
	p.mock("DELETE", "/coverage").must(204)
	p.tokens()
	p.readings()
	session := p.stages()
	p.roles(session)
	p.snapshots()
	p.together()
	p.modes()
	p.refusals()
	p.faults()
	p.versions()
	p.settings()
	p.journal()
	p.house()
	p.organisations()
	return p.all
}

// tokens takes tokens in every way and forges the others.
func (p *player) tokens() {
	take := func(form string) reply {
		return p.send("POST", "/oauth/token", form, "Content-Type", "application/x-www-form-urlencoded")
	}
	for _, client := range []string{"mock-admin", "mock-role-admin", "mock-reader", "mock-no-user", "somebody"} {
		p.token = take("grant_type=client_credentials&client_id=" + client + "&client_secret=" + client + "-secret").must(200).text("access_token")
		p.get(playedSessions+"?limit=1", "/oauth/info")
	}
	take("grant_type=password&client_id=mock-admin&client_secret=x").must(400)
	take("grant_type=client_credentials").must(401)
	verifier := strings.Repeat("verify-", 7)
	at := url.Values{
		"response_type": {"code"}, "client_id": {"mock-admin"}, "redirect_uri": {"http://localhost:3000/callback"}, "state": {"s"},
		"code_challenge": {verifier}, "code_challenge_method": {"plain"}, "login_hint": {recipient},
	}
	redirect := p.send("GET", "/oauth/authorize?"+at.Encode(), "").must(302)
	back, err := url.Parse(redirect.header.Get("Location"))
	if err != nil {
		p.t.Fatal(err)
	}
	code := "grant_type=authorization_code&client_id=mock-admin&client_secret=mock-admin-secret&redirect_uri=" +
		url.QueryEscape(at.Get("redirect_uri")) + "&code_verifier=" + verifier + "&code=" + back.Query().Get("code")
	got := take(code).must(200)
	take(code).must(400) // it is good once
	take("grant_type=refresh_token&client_id=mock-admin&client_secret=mock-admin-secret&refresh_token=" + got.text("refresh_token")).must(200)

	p.mock("PUT", "/settings", `{"auth":"strict"}`).must(200)
	for _, kind := range []string{
		"valid", "expired", "notYetValid", "noExpiry", "wrongSignature", "wrongAlgorithm", "unsigned", "malformed", "tooLarge",
		"refreshToken", "otherTenant", "missingRight", "readOnly", "missingLevel", "noUser", "unknownUser",
	} {
		p.token = p.mock("POST", "/tokens", `{"kind":"`+kind+`"}`).must(200).text("accessToken")
		p.get(playedSessions + "/" + autoSession)
	}
	p.mock("DELETE", "/settings").must(200)
	p.token = p.mock("POST", "/tokens", `{"ttl":"8760h"}`).must(200).text("accessToken")
}

// readings reads what the fixtures have, by every list.
func (p *player) readings() {
	p.get(playedSessions+"?count=true", playedSessions+"?sorters=createdBy&filters=saved+eq+true", playedSessions+"/"+autoSession,
		playedSessions+"/"+autoSession+"/status", playedRoles+"?count=true&limit=3&offset=2", playedRoles+"/saved",
		playedRoles+"?sorters=-quality,identityCount&filters="+url.QueryEscape(`scopingMethod eq "AUTO_RM" and identityAttribute co "data"`),
		playedSessions+"/"+autoSession+"/potential-roles/"+exportedRole+"/export-async/"+doneExport,
		playedSessions+"/"+autoSession+"/potential-roles/"+exportedRole+"/export-async/"+doneExport+"/download")
}

// stages takes three sessions through their stages at once, by the clock.
func (p *player) stages() (session string) {
	p.mock("PUT", "/jobs", `{"mode":"auto","stageDelay":"1m"}`).must(200)
	create := func(body string) string {
		return p.api("POST", playedSessions, body).must(201).text("id")
	}
	session = create(`{"name":"one","scope":{"criteria":"source.name:DataScienceDataset"},"emailRecipientId":"` + recipient + `","pruneThreshold":70}`)
	second := create(`{"scope":{"criteria":"attributes.location:Miami"},"minNumIdentitiesInPotentialRole":5,"emailRecipientId":"` + administrator + `"}`)
	third := create(`{"type":"COMMON","scope":{"identityIds":["` + recipient + `","` + administrator + `"]},"minNumIdentitiesInPotentialRole":1}`)
	for range 3 {
		p.mock("POST", "/clock", `{"advance":"70s"}`).must(200)
		p.get(playedSessions+"/"+session+"/status", playedSessions+"/"+second, playedSessions+"/"+third+"/potential-role-summaries")
	}
	p.mock("GET", "/sessions/"+session+"/wait?timeout=0s&state=CREATED")
	p.mock("GET", "/sessions/"+session+"/wait?timeout=0s").must(408)
	p.api("PATCH", playedSessions+"/"+second, `[{"op":"replace","path":"/pruneThreshold","value":55},{"op":"replace","path":"/name","value":"two"}]`).must(202)
	p.mock("POST", "/clock", `{"advance":"1h"}`).must(200)
	p.mock("GET", "/sessions/"+session+"/wait?timeout=0s").must(200)
	p.mock("GET", "/sessions/"+third+"/wait?state=UPDATED").must(409)
	p.get(playedSessions, playedSessions+"/"+session, playedSessions+"/"+second, playedSessions+"/"+third,
		playedSessions+"/"+session+"/potential-role-summaries?sorters=-freshness&count=true",
		playedSessions+"/"+second+"/potential-role-summaries", playedSessions+"/"+third+"/potential-role-summaries", playedRoles+"?limit=20")
	p.mock("GET", "/sessions/"+session+"/explain").must(200)
	p.mock("GET", "/sessions/"+second+"/explain?limit=1&offset=1").must(200)
	p.events(second, "POTENTIAL_ROLES_CREATED")
	p.mail()
	return session
}

// mail reads the outbox and empties it.
func (p *player) mail() {
	first := p.mock("GET", "/outbox").must(200).text(0, "id")
	p.mock("GET", "/outbox/"+first).must(200)
	p.mock("GET", "/outbox?recipientId="+recipient+"&limit=1&offset=0")
	p.mock("DELETE", "/outbox").must(204)
	p.mock("GET", "/outbox")
}

// roles reads, edits, exports and provisions a potential role.
func (p *player) roles(session string) {
	role := p.get(playedSessions+"/"+session+"/potential-role-summaries?limit=1").text(0, "id")
	summary, path := playedSessions+"/"+session+"/potential-role-summaries/"+role, playedSessions+"/"+session+"/potential-roles/"+role
	entitlement := p.get(path+"/entitlement-popularities?limit=3&sorters=popularity").text(0, "entitlementRef", "id")
	everything := func() {
		p.get(summary, summary+"/applications", summary+"/entitlements?count=true", path+"/entitlement-popularities", path+"/identities?sorters=-name",
			path+"/entitlement-popularity-distribution", path+"/entitlement-popularity-distribution?includeCommonAccess=false",
			path+"/excluded-entitlements", path+"/export", playedRoles+"/"+role, playedRoles+"/"+role+"/sources/"+dataSource+"/identityUsage")
		p.mock("GET", "/roles/"+role+"/explain").must(200)
	}
	everything()
	p.api("POST", path+"/edit-entitlements", `{"ids":["`+entitlement+`"],"exclude":true}`).must(201)
	p.api("PATCH", summary, `[{"op":"replace","path":"/saved","value":true},{"op":"replace","path":"/name","value":"Kept"}]`).must(200)
	p.api("PATCH", playedRoles+"/"+role, `[{"op":"replace","path":"/description","value":"Ω"},{"op":"remove","path":"/name"}]`).must(200)
	export := p.api("POST", path+"/export-async", `{"minEntitlementPopularity":50,"includeCommonAccess":false}`).must(202).text("exportId")
	p.api("POST", path+"/provision?min-entitlement-popularity=40", `{"includeIdentities":true,"roleName":"From the script"}`).must(202)
	p.get(path+"/export-async/"+export, path+"/export-async/"+export+"/download", summary)
	p.mock("POST", "/clock", `{"advance":"1m"}`).must(200)
	p.mock("GET", "/roles/"+role+"/wait?timeout=0s").must(200)
	p.mock("GET", "/exports/"+export+"/wait?timeout=0s").must(408)
	p.mock("POST", "/clock", `{"advance":"1m"}`).must(200)
	p.mock("GET", "/exports/"+export+"/wait?timeout=0s").must(200)
	p.get(path+"/export-async/"+export, path+"/export-async/"+export+"/download", playedRoles+"/saved")
	everything()
	p.api("POST", path+"/provision", "").must(400)
	p.provisioned()
}

// provisioned lists what provisioning has made.
func (p *player) provisioned() {
	p.mock("GET", "/roles?provisioned=true").must(200)
	p.mock("GET", "/roles?limit=4").must(200)
	p.mock("GET", "/access-profiles?provisioned=true").must(200)
	p.mock("GET", "/access-requests").must(200)
}

// together leaves heaps of work to the machine, each of which falls due at one
// moment: sessions that are mined side by side, then exports and provisionings,
// then the sessions again. What comes first is chance; what is there in the end is
// not.
func (p *player) together() {
	pile := func() { p.mock("PUT", "/jobs", `{"mode":"step"}`).must(200) }
	release := func() { p.mock("PUT", "/jobs", `{"mode":"auto","stageDelay":"0s"}`).must(200) }
	pile()
	var sessions []string
	for i, place := range []string{"Miami", "London", "Chicago", "Denver", "Austin", "Toronto"} {
		body := fmt.Sprintf(`{"name":"%s","scope":{"criteria":"attributes.location:%s OR source.name:DataScienceDataset"},"minNumIdentitiesInPotentialRole":%d,"emailRecipientId":"%s"}`,
			place, place, 5+i, recipient)
		sessions = append(sessions, p.api("POST", playedSessions, body).must(201).text("id"))
	}
	release()
	for _, id := range sessions {
		p.mock("GET", "/sessions/"+id+"/wait").must(200)
	}
	pile()
	exports := map[string]string{} // by potential role
	for _, id := range sessions {
		summaries := p.get(playedSessions + "/" + id + "/potential-role-summaries").must(200)
		for i := range 2 {
			role := summaries.text(i, "id")
			at := playedSessions + "/" + id + "/potential-roles/" + role
			exports[role] = at + "/export-async/" + p.api("POST", at+"/export-async", "").must(202).text("exportId")
			p.api("POST", at+"/provision", `{"includeIdentities":true}`).must(202)
		}
	}
	release()
	for _, role := range slices.Sorted(maps.Keys(exports)) {
		p.mock("GET", "/roles/"+role+"/wait").must(200)
		p.mock("GET", "/exports/"+path.Base(exports[role])+"/wait").must(200)
		p.get(exports[role] + "/download")
	}
	pile()
	for _, id := range sessions { // now that there are more roles
		p.api("PATCH", playedSessions+"/"+id, `[{"op":"replace","path":"/minNumIdentitiesInPotentialRole","value":8}]`).must(202)
	}
	release()
	for _, id := range sessions {
		p.mock("GET", "/sessions/"+id+"/wait").must(200)
		p.get(playedSessions+"/"+id, playedSessions+"/"+id+"/potential-role-summaries")
	}
	p.get(playedSessions, playedRoles, playedRoles+"?filters=saved+eq+true&count=true", playedRoles+"?sorters=identityCount&limit=50")
	p.provisioned()
	p.mail()
	for range 4 { // a reset in the midst of it leaves nothing behind
		p.api("POST", playedSessions, `{"minNumIdentitiesInPotentialRole":5}`).must(201)
	}
	p.mock("POST", "/reset", `{"keep":["clock","journal"]}`).must(200)
	p.get(playedSessions, playedRoles)
}

// versions calls every operation in every version.
func (p *player) versions() {
	p.mock("PUT", "/jobs", `{"mode":"immediate"}`).must(200)
	for _, prefix := range []string{"beta", "v2024", "v2025", "v2026", "v1"} {
		session := p.api("POST", playedSessions, `{"scope":{"criteria":"source.name:DataScienceDataset"},"pruneThreshold":70}`).must(201).text("id")
		role := p.get(playedSessions+"/"+session+"/potential-role-summaries?limit=1").text(0, "id")
		p.api("PATCH", playedRoles+"/"+role, `[{"op":"replace","path":"/saved","value":true}]`).must(200)
		export := p.api("POST", playedSessions+"/"+session+"/potential-roles/"+role+"/export-async", "").must(202).text("exportId")
		fill := strings.NewReplacer("{sessionId}", session, "{potentialRoleId}", role, "{exportId}", export, "{sourceId}", dataSource)
		operations := openapi.Operations(prefix)
		slices.SortStableFunc(operations, func(a, b openapi.Operation) int { return strings.Compare(a.Method, b.Method) })
		for _, op := range operations {
			p.api(op.Method, fill.Replace(op.Path), bodyFor(op)).must(op.Success)
		}
	}
	p.get("/latest/role-mining-sessions/" + autoSession)
}

// bodyFor is a body that an operation takes.
func bodyFor(op openapi.Operation) string {
	switch {
	case op.Method == http.MethodPatch:
		return `[{"op":"replace","path":"/name","value":"as ` + op.ID + ` calls it"}]`
	case strings.HasPrefix(op.ID, "updateEntitlements"):
		return `{"ids":[],"exclude":true}`
	case strings.HasPrefix(op.ID, "createRoleMiningSessions"):
		return `{"scope":{"criteria":"source.name:DataScienceDataset"}}`
	case op.Method == http.MethodPost:
		return `{}`
	}
	return ""
}
