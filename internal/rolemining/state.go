package rolemining

import (
	"fmt"
	"slices"
)

// SessionState is where a session stands.
type SessionState string

// The states of a session, in the order in which it passes them. Updated takes
// the place of Created when a threshold was changed.
const (
	SessionCreated           SessionState = "CREATED"
	SessionUpdated           SessionState = "UPDATED"
	IdentitiesObtained       SessionState = "IDENTITIES_OBTAINED"
	PruneThresholdObtained   SessionState = "PRUNE_THRESHOLD_OBTAINED"
	PotentialRolesProcessing SessionState = "POTENTIAL_ROLES_PROCESSING"
	PotentialRolesCreated    SessionState = "POTENTIAL_ROLES_CREATED"
)

// ExportState is where an export stands.
type ExportState string

// The states of an export.
const (
	ExportQueued     ExportState = "QUEUED"
	ExportInProgress ExportState = "IN_PROGRESS"
	ExportSuccess    ExportState = "SUCCESS"
	ExportError      ExportState = "ERROR"
)

// ProvisionState is where the provisioning of a potential role stands.
type ProvisionState string

// The states of provisioning.
const (
	ProvisionPotential ProvisionState = "POTENTIAL"
	ProvisionPending   ProvisionState = "PENDING"
	ProvisionComplete  ProvisionState = "COMPLETE"
	ProvisionFailed    ProvisionState = "FAILED"
)

// Event is what moves a state on.
type Event string

// The events of sessions, exports and provisioning.
const (
	ScopeResolved       Event = "scope resolved"
	ThresholdPrescribed Event = "threshold prescribed"
	RolesMined          Event = "roles mined"
	SomeRolesReady      Event = "some roles ready"
	AllRolesReady       Event = "all roles ready"
	ThresholdChanged    Event = "threshold changed"

	ExportStarted  Event = "export started"
	ExportFinished Event = "export finished"
	ExportBroke    Event = "export broke"

	ProvisionRequested Event = "provision requested"
	RoleCreated        Event = "role created"
	RoleRefused        Event = "role refused"
)

// Transition is one legal step.
type Transition[S ~string] struct {
	From S
	On   Event
	To   S
}

// SessionTransitions are all legal steps of a session.
func SessionTransitions() []Transition[SessionState] { return slices.Clone(sessionTransitions[:]) }

// ExportTransitions are all legal steps of an export.
func ExportTransitions() []Transition[ExportState] { return slices.Clone(exportTransitions[:]) }

// ProvisionTransitions are all legal steps of provisioning.
func ProvisionTransitions() []Transition[ProvisionState] {
	return slices.Clone(provisionTransitions[:])
}

// StatesOf are the states of a kind of work, in the order of its life.
func StatesOf(kind TaskKind) []string {
	switch kind {
	case SessionTask:
		return append(unfinishedSessionStates(), string(PotentialRolesCreated))
	case ExportTask:
		return []string{string(ExportQueued), string(ExportInProgress), string(ExportSuccess), string(ExportError)}
	default:
		return []string{string(ProvisionPotential), string(ProvisionPending), string(ProvisionComplete), string(ProvisionFailed)}
	}
}

// GoalOf is the state in which a kind of work ends well.
func GoalOf(kind TaskKind) string {
	switch kind {
	case SessionTask:
		return string(PotentialRolesCreated)
	case ExportTask:
		return string(ExportSuccess)
	default:
		return string(ProvisionComplete)
	}
}

var sessionTransitions = [...]Transition[SessionState]{
	{SessionCreated, ScopeResolved, IdentitiesObtained},
	{SessionUpdated, ScopeResolved, IdentitiesObtained},
	{IdentitiesObtained, ThresholdPrescribed, PruneThresholdObtained},
	{PruneThresholdObtained, RolesMined, PotentialRolesProcessing},
	{PotentialRolesProcessing, SomeRolesReady, PotentialRolesProcessing},
	{PotentialRolesProcessing, AllRolesReady, PotentialRolesCreated},

	{SessionCreated, ThresholdChanged, SessionUpdated},
	{SessionUpdated, ThresholdChanged, SessionUpdated},
	{IdentitiesObtained, ThresholdChanged, SessionUpdated},
	{PruneThresholdObtained, ThresholdChanged, SessionUpdated},
	{PotentialRolesProcessing, ThresholdChanged, SessionUpdated},
	{PotentialRolesCreated, ThresholdChanged, SessionUpdated},
}

var exportTransitions = [...]Transition[ExportState]{
	{ExportQueued, ExportStarted, ExportInProgress},
	{ExportInProgress, ExportFinished, ExportSuccess},
	{ExportQueued, ExportBroke, ExportError},
	{ExportInProgress, ExportBroke, ExportError},
}

var provisionTransitions = [...]Transition[ProvisionState]{
	{ProvisionPotential, ProvisionRequested, ProvisionPending},
	{ProvisionFailed, ProvisionRequested, ProvisionPending},
	{ProvisionPending, RoleCreated, ProvisionComplete},
	{ProvisionPending, RoleRefused, ProvisionFailed},
}

// step follows a transition table. A step that the table does not have is an
// error of ours, never of a client, unless the use case checked first.
func step[S ~string](table []Transition[S], from S, on Event) (S, error) {
	for _, t := range table {
		if t.From == from && t.On == on {
			return t.To, nil
		}
	}
	return from, fmt.Errorf("no transition from %s on %q", from, on)
}
