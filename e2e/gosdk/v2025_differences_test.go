// Code generated from v2024_differences_test.go by go generate; DO NOT EDIT.

package gosdk

import (
	"testing"

	v2025 "github.com/sailpoint-oss/golang-sdk/v2/api_v2025"
)

// v2025Renamed are the operations that have another name in this version.
var v2025Renamed map[string]string

// v2025SessionID is the id of an item of the list of sessions. The published
// schema of this version leaves it out, so the SDK has it among the rest.
func v2025SessionID(session *v2025.RoleMiningSessionDto) string {
	id, _ := session.AdditionalProperties["id"].(string)
	return id
}

// patchAnyRole patches a potential role without naming its session. The SDK
// demands a session id all the same, and drops it.
func (j *v2025Journey) patchAnyRole(t *testing.T, id string, operations []v2025.JsonPatchOperationRoleMining) result[map[string]any] {
	return of(j.api.PatchPotentialRole(t.Context(), "no such session", id).JsonPatchOperationRoleMining(operations).Execute())
}
