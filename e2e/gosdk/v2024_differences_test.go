package gosdk

import (
	"testing"

	v2024 "github.com/sailpoint-oss/golang-sdk/v2/api_v2024"
)

// v2024Renamed are the operations that have another name in this version.
var v2024Renamed map[string]string

// v2024SessionID is the id of an item of the list of sessions. The published
// schema of this version leaves it out, so the SDK has it among the rest.
func v2024SessionID(session *v2024.RoleMiningSessionDto) string {
	id, _ := session.AdditionalProperties["id"].(string)
	return id
}

// patchAnyRole patches a potential role without naming its session. The SDK
// demands a session id all the same, and drops it.
func (j *v2024Journey) patchAnyRole(t *testing.T, id string, operations []v2024.JsonPatchOperationRoleMining) result[map[string]any] {
	return of(j.api.PatchPotentialRole(t.Context(), "no such session", id).JsonPatchOperationRoleMining(operations).Execute())
}
