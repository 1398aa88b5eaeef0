package gosdk

import (
	"testing"

	sailpoint "github.com/sailpoint-oss/golang-sdk/v2"
	v2024 "github.com/sailpoint-oss/golang-sdk/v2/api_v2024"

	"mockserver/mocktest"
)

// The official SDK against a server in the test's own process: an example of
// mocktest. All it needs are the two URLs, and any client id and secret.
func TestInProcess(t *testing.T) {
	srv := mocktest.Start(t)
	config := sailpoint.NewConfiguration(sailpoint.ClientConfiguration{
		BaseURL: srv.URL(), TokenURL: srv.TokenURL(), ClientId: "me", ClientSecret: "secret",
	})
	config.Experimental = true
	api := sailpoint.NewAPIClient(config).V2024.IAIRoleMiningAPI

	order := v2024.RoleMiningSessionDto{}
	order.SetName("Mined by a test")
	order.SetMinNumIdentitiesInPotentialRole(20)
	session, response, err := api.CreateRoleMiningSessions(t.Context()).RoleMiningSessionDto(order).Execute()
	if err != nil {
		t.Fatal(err, response)
	}
	srv.WaitSession(session.GetId(), mocktest.PotentialRolesCreated)

	// The SDK tries again by itself when it is told to wait.
	now := 0
	srv.Faults(mocktest.Fault{Operation: "getPotentialRoleSummaries", Status: 429, RetryAfter: &now, Times: 2})
	roles, response, err := api.GetPotentialRoleSummaries(t.Context(), session.GetId()).Execute()
	if err != nil {
		t.Fatal(err, response)
	}
	if len(roles) == 0 {
		t.Error("no potential roles")
	}
	srv.Verify(mocktest.Call{Operation: "getPotentialRoleSummaries", Version: "v2024"}, mocktest.Times(3))
}
