package rolemining_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/openapi"
	"mockserver/internal/rolemining"
)

func TestSessionTransitions(t *testing.T) {
	t.Parallel()
	table(t, rolemining.SessionTransitions(), []string{
		"CREATED -scope resolved-> IDENTITIES_OBTAINED",
		"CREATED -threshold changed-> UPDATED",
		"IDENTITIES_OBTAINED -threshold changed-> UPDATED",
		"IDENTITIES_OBTAINED -threshold prescribed-> PRUNE_THRESHOLD_OBTAINED",
		"POTENTIAL_ROLES_CREATED -threshold changed-> UPDATED",
		"POTENTIAL_ROLES_PROCESSING -all roles ready-> POTENTIAL_ROLES_CREATED",
		"POTENTIAL_ROLES_PROCESSING -some roles ready-> POTENTIAL_ROLES_PROCESSING",
		"POTENTIAL_ROLES_PROCESSING -threshold changed-> UPDATED",
		"PRUNE_THRESHOLD_OBTAINED -roles mined-> POTENTIAL_ROLES_PROCESSING",
		"PRUNE_THRESHOLD_OBTAINED -threshold changed-> UPDATED",
		"UPDATED -scope resolved-> IDENTITIES_OBTAINED",
		"UPDATED -threshold changed-> UPDATED",
	})
	covers(t, rolemining.SessionTransitions(), "RoleMiningSessionState", rolemining.SessionCreated, nil)
}

func TestExportTransitions(t *testing.T) {
	t.Parallel()
	table(t, rolemining.ExportTransitions(), []string{
		"IN_PROGRESS -export broke-> ERROR",
		"IN_PROGRESS -export finished-> SUCCESS",
		"QUEUED -export broke-> ERROR",
		"QUEUED -export started-> IN_PROGRESS",
	})
	covers(t, rolemining.ExportTransitions(), "RoleMiningPotentialRoleExportState", rolemining.ExportQueued,
		[]rolemining.ExportState{rolemining.ExportSuccess, rolemining.ExportError})
}

func TestProvisionTransitions(t *testing.T) {
	t.Parallel()
	table(t, rolemining.ProvisionTransitions(), []string{
		"FAILED -provision requested-> PENDING",
		"PENDING -role created-> COMPLETE",
		"PENDING -role refused-> FAILED",
		"POTENTIAL -provision requested-> PENDING",
	})
	covers(t, rolemining.ProvisionTransitions(), "RoleMiningPotentialRoleProvisionState", rolemining.ProvisionPotential,
		[]rolemining.ProvisionState{rolemining.ProvisionComplete})
}

// A table that someone got hold of and changed must not change the rules.
func TestTransitionsAreCopies(t *testing.T) {
	t.Parallel()
	rolemining.SessionTransitions()[0].To = "NOWHERE"
	rolemining.ExportTransitions()[0].To = "NOWHERE"
	rolemining.ProvisionTransitions()[0].To = "NOWHERE"
	for _, got := range []string{
		string(rolemining.SessionTransitions()[0].To), string(rolemining.ExportTransitions()[0].To), string(rolemining.ProvisionTransitions()[0].To),
	} {
		if got == "NOWHERE" {
			t.Error("a caller changed the table")
		}
	}
}

// table compares a table with what it must be, as sorted lines.
func table[S ~string](t *testing.T, got []rolemining.Transition[S], want []string) {
	t.Helper()
	lines := make([]string, len(got))
	for i, step := range got {
		lines[i] = string(step.From) + " -" + string(step.On) + "-> " + string(step.To)
	}
	slices.Sort(lines)
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("transitions (-want +got):\n%s", diff)
	}
}

// covers checks a table against the documented states: the same set, all of them
// reachable from the first one, all but the final ones left again, and no event
// with two outcomes. That all states of a session have a successor follows from
// final being empty: a patch starts even a finished one again.
func covers[S ~string](t *testing.T, steps []rolemining.Transition[S], schema string, first S, final []S) {
	t.Helper()
	reached := map[S]bool{first: true}
	for range steps {
		for _, step := range steps {
			if reached[step.From] {
				reached[step.To] = true
			}
		}
	}
	outcomes := map[string]bool{}
	for _, step := range steps {
		key := string(step.From) + "/" + string(step.On)
		if outcomes[key] {
			t.Errorf("two outcomes of %s", key)
		}
		outcomes[key] = true
	}
	for _, state := range documentedStates(t, schema) {
		s := S(state)
		if !reached[s] {
			t.Errorf("the documented state %s is never reached", s)
		}
		delete(reached, s)
		leaves := slices.ContainsFunc(steps, func(step rolemining.Transition[S]) bool { return step.From == s })
		if leaves == slices.Contains(final, s) {
			t.Errorf("state %s: leaves = %v, but final = %v", s, leaves, !leaves)
		}
	}
	if len(reached) > 0 {
		t.Errorf("states that no document knows: %v", reached)
	}
}

// documentedStates are the values of an enumeration of the API's document.
func documentedStates(t *testing.T, schema string) []string {
	t.Helper()
	text, _ := openapi.Document(openapi.Default)
	var doc struct {
		Components struct {
			Schemas map[string]json.RawMessage
		}
	}
	var enumeration struct{ Enum []*string }
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(doc.Components.Schemas[schema], &enumeration); err != nil {
		t.Fatal(err)
	}
	var states []string
	for _, s := range enumeration.Enum {
		if s != nil {
			states = append(states, *s)
		}
	}
	if len(states) == 0 {
		t.Fatalf("schema %s has no values", schema)
	}
	return states
}
