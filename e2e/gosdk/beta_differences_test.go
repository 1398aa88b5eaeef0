package gosdk

import (
	"testing"

	beta "github.com/sailpoint-oss/golang-sdk/v2/api_beta"
)

// betaRenamed are the operations that have another name in this version.
var betaRenamed = map[string]string{"patchPotentialRole": "patchRoleMiningPotentialRole"}

// betaSessionID is the id of an item of the list of sessions.
func betaSessionID(session *beta.RoleMiningSessionResponse) string { return session.GetId() }

// patchAnyRole patches a potential role without naming its session.
func (j *betaJourney) patchAnyRole(t *testing.T, id string, operations []beta.JsonPatchOperationRoleMining) result[map[string]any] {
	return of(j.api.PatchRoleMiningPotentialRole(t.Context(), id).JsonPatchOperationRoleMining(operations).Execute())
}
