// Code generated from v2024_refusals_test.go by go generate; DO NOT EDIT.

package gosdk

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/go-retryablehttp"
	v2025 "github.com/sailpoint-oss/golang-sdk/v2/api_v2025"
)

// v2025Model checks the model that the SDK made of an error's body.
func v2025Model(t *testing.T, refusal sdkError, code, text string) {
	t.Helper()
	model, ok := refusal.Model().(v2025.ErrorResponseDto)
	if !ok {
		t.Fatalf("the model is a %T, made of %s", refusal.Model(), refusal.Body())
	}
	messages := model.GetMessages()
	switch {
	case model.GetDetailCode() != code:
		t.Errorf("detailCode is %q, want %q", model.GetDetailCode(), code)
	case !requestID.MatchString(model.GetTrackingId()):
		t.Errorf("trackingId is %q", model.GetTrackingId())
	case len(messages) != 2 || messages[0].GetLocale() != "en-US" || messages[0].GetLocaleOrigin() != v2025.LOCALEORIGIN_DEFAULT || messages[1].GetLocaleOrigin() != v2025.LOCALEORIGIN_REQUEST:
		t.Errorf("the messages are %+v", messages)
	case !strings.Contains(messages[0].GetText(), text) || messages[1].GetText() != messages[0].GetText():
		t.Errorf("the text is %q, want one with %q", messages[0].GetText(), text)
	case model.Causes == nil:
		t.Error("there are no causes, not even an empty list")
	}
}

func (j *v2025Journey) refusals(t *testing.T) {
	const missing = "00000000-0000-4000-8000-000000000000"
	const gone, notThere = "404 Not found", "did not find"
	patch := []v2025.JsonPatchOperation{{Op: "remove", Path: "/name"}}
	rolePatch := []v2025.JsonPatchOperationRoleMining{{Op: "remove", Path: "/name"}}

	// These have a model for their 404; the others only have its body.
	v2025Model(t, of(j.api.GetRoleMiningSession(t.Context(), missing).Execute()).refused(t, 404), gone, notThere)
	v2025Model(t, of(j.api.PatchRoleMiningSession(t.Context(), missing).JsonPatchOperation(patch).Execute()).refused(t, 404), gone, notThere)
	v2025Model(t, of(j.api.PatchPotentialRoleSession(t.Context(), j.session, missing).JsonPatchOperationRoleMining(rolePatch).Execute()).refused(t, 404), gone, notThere)
	v2025Model(t, j.patchAnyRole(t, missing, rolePatch).refused(t, 404), gone, notThere)
	v2025Model(t, of(j.api.CreatePotentialRoleProvisionRequest(t.Context(), j.session, missing).Execute()).refused(t, 404), gone, notThere)
	if refusal := of(j.api.GetRoleMiningSessionStatus(t.Context(), missing).Execute()).refused(t, 404); !strings.Contains(string(refusal.Body()), gone) {
		t.Errorf("the body is %s", refusal.Body())
	}

	const illegal, bad = "400.1.3 Illegal value", "400.1 Bad request content"
	v2025Model(t, of(j.api.GetRoleMiningSessions(t.Context()).Filters(`size eq 3`).Execute()).refused(t, 400), illegal, "size")
	v2025Model(t, of(j.api.GetRoleMiningSessions(t.Context()).Filters(`name eq`).Execute()).refused(t, 400), bad, "filters")
	v2025Model(t, of(j.api.GetSavedPotentialRoles(t.Context()).Sorters("name").Execute()).refused(t, 400), illegal, "name")
	v2025Model(t, of(j.api.GetAllPotentialRoleSummaries(t.Context()).Limit(251).Execute()).refused(t, 400), illegal, "limit")
	v2025Model(t, of(j.api.PatchRoleMiningSession(t.Context(), j.session).JsonPatchOperation(patch).Execute()).refused(t, 400), bad, "remove")
	v2025Model(t, of(j.api.CreatePotentialRoleProvisionRequest(t.Context(), j.session, j.role).Execute()).refused(t, 400), bad, "provision")
}

func TestV2025Strict(t *testing.T) {
	t.Parallel()
	s := start(t, "--auth", "strict")

	// The SDK ignores that it got no token and goes on with an empty bearer.
	wrong := s.client(s.id, "wrong").V2025.IAIRoleMiningAPI
	const body = `{"error":"JWT is required"}`
	if refusal := of(wrong.GetSavedPotentialRoles(t.Context()).Execute()).refused(t, 401); string(refusal.Body()) != body {
		t.Errorf("the body is %s", refusal.Body())
	}
	if refusal := of(wrong.GetRoleMiningSession(t.Context(), v2025DocumentedSession).Execute()).refused(t, 401); string(refusal.Body()) != body {
		t.Errorf("the body is %s", refusal.Body())
	}

	if session := of(s.client(s.id, s.secret).V2025.IAIRoleMiningAPI.GetRoleMiningSession(t.Context(), v2025DocumentedSession).Execute()).ok(t, 200); session.GetName() != "RM Session - 07/10" {
		t.Errorf("the session is %q", session.GetName())
	}

	const denied, refuses = "403 Forbidden", "refuses to authorize"
	reader := s.client("mock-reader", "mock-reader-secret").V2025.IAIRoleMiningAPI
	of(reader.GetSavedPotentialRoles(t.Context()).Execute()).ok(t, 200)
	v2025Model(t, of(reader.CreateRoleMiningSessions(t.Context()).RoleMiningSessionDto(*v2025.NewRoleMiningSessionDto()).Execute()).refused(t, 403), denied, refuses)
	nobody := s.client("mock-no-user", "mock-no-user-secret").V2025.IAIRoleMiningAPI
	v2025Model(t, of(nobody.GetRoleMiningPotentialRole(t.Context(), v2025UsedRole).Execute()).refused(t, 403), denied, refuses)
}

func TestV2025RateLimit(t *testing.T) {
	t.Parallel()
	s := start(t, "--rate-limit", "2/1s")
	client := s.client(s.id, s.secret)
	for range 3 {
		of(client.V2025.IAIRoleMiningAPI.GetRoleMiningSessionStatus(t.Context(), v2025DocumentedSession).Execute()).ok(t, 200)
	}
	client.V2025.GetConfig().HTTPClient.RetryMax = 0
	client.V2025.GetConfig().HTTPClient.ErrorHandler = retryablehttp.PassthroughErrorHandler
	var refused result[*v2025.RoleMiningSessionStatus]
	for range 3 {
		if refused = of(client.V2025.IAIRoleMiningAPI.GetRoleMiningSessionStatus(t.Context(), v2025DocumentedSession).Execute()); refused.err != nil {
			break
		}
	}
	if refusal := refused.refused(t, 429); string(refusal.Body()) != `{"message":" Rate Limit Exceeded "}` || refused.response.Header.Get("Retry-After") != "1" {
		t.Errorf("the body is %s, Retry-After %q", refusal.Body(), refused.response.Header.Get("Retry-After"))
	}

	var statuses []int
	for _, r := range s.requests(t) {
		if r.Version == "v2025" {
			statuses = append(statuses, r.Status)
		}
	}
	waited := []int{http.StatusOK, http.StatusOK, http.StatusTooManyRequests, http.StatusOK}
	if len(statuses) < len(waited) || !slices.Equal(statuses[:len(waited)], waited) {
		t.Errorf("the server answered %v, want the SDK to wait and ask again: %v", statuses, waited)
	}
}
