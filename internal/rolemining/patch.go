package rolemining

import (
	"context"
	"encoding/json"

	"mockserver/internal/patch"
)

// sessionPatch is the part of a session that a patch can change. There is no
// remove: a value is taken away by replacing it with null.
type sessionPatch struct {
	Name           *string `json:"name"`
	Saved          bool    `json:"saved"`
	PruneThreshold *int    `json:"pruneThreshold"`
	MinIdentities  int     `json:"minNumIdentitiesInPotentialRole"`
}

func sessionPolicy() patch.Policy {
	setting := []string{"replace", "add"}
	return patch.Policy{Rules: []patch.Rule{
		{Path: "/pruneThreshold", Ops: setting, Type: patch.Int, Min: 0, Max: MaxPruneThreshold, Nullable: true},
		{Path: "/minNumIdentitiesInPotentialRole", Ops: setting, Type: patch.Int, Min: 1, Max: maxMinIdentities},
		{Path: "/saved", Ops: setting, Type: patch.Bool},
		{Path: "/name", Ops: setting, Type: patch.String, Nullable: true, MaxLength: maxName},
	}}
}

// rolePatch is the part of a potential role that a patch can change.
type rolePatch struct {
	Name        string  `json:"name"`
	Description *string `json:"description"`
	Saved       bool    `json:"saved"`
}

func rolePolicy(generatedName string) patch.Policy {
	ops := []string{"replace", "remove"}
	name, _ := json.Marshal(generatedName) // a string always has a JSON form
	return patch.Policy{Rules: []patch.Rule{
		{Path: "/name", Ops: ops, Type: patch.String, MinLength: 1, MaxLength: maxName, OnRemove: name},
		{Path: "/description", Ops: ops, Type: patch.String, Nullable: true, MaxLength: maxDescription, OnRemove: json.RawMessage("null")},
		{Path: "/saved", Ops: ops, Type: patch.Bool, OnRemove: json.RawMessage("false")},
	}}
}

// Bounds of our own, far above what the product's pages take.
const (
	maxName          = 1 << 10
	maxDescription   = 10 << 10
	maxMinIdentities = 1<<31 - 1 // an int32 in the API
)

// apply runs a patch document over a value, all of it or nothing.
func apply[T any](policy patch.Policy, body []byte, value T) (T, error) {
	var changed T
	doc, err := patch.Parse(body)
	if err != nil {
		return changed, err
	}
	before, err := json.Marshal(value)
	if err != nil {
		return changed, err
	}
	after, err := policy.Apply(before, doc)
	if err != nil {
		return changed, err
	}
	return changed, json.Unmarshal(after, &changed)
}

// PatchSession applies an RFC 6902 document. If it changes a threshold, the
// session is UPDATED when this returns and its mining starts again: potential
// roles that are not kept are gone.
func (s *Service) PatchSession(ctx context.Context, id string, body []byte) (Session, error) {
	ctx = s.store.Begin(ctx)
	task := Task{SessionTask, id}
	by := s.SessionPace(id)
	var session Session
	err := s.inOrder(func() (err error) {
		var from SessionState
		session, err = s.store.UpdateSession(ctx, id, func(old Session, surviving int) (SessionChange, error) {
			from = old.State
			return s.patched(old, surviving, body)
		})
		if err == nil {
			s.forget(ctx, id, session.Epoch-1)
			s.entered(ctx, task, id, "", string(from), string(session.State))
		}
		return err
	})
	if err != nil {
		return session, err
	}
	return session, s.begun(ctx, task, id, by)
}

// patched is what becomes of a session by an RFC 6902 document.
func (s *Service) patched(old Session, surviving int, body []byte) (SessionChange, error) {
	was := sessionPatch{old.Name, old.Saved, old.PruneThreshold, old.MinIdentities}
	is, err := apply(sessionPolicy(), body, was)
	if err != nil {
		return SessionChange{}, err
	}
	next := old
	next.Name, next.Saved = is.Name, is.Saved
	next.PruneThreshold, next.MinIdentities = is.PruneThreshold, is.MinIdentities
	next.ModifiedAt = s.now()
	if equalValues(was.PruneThreshold, is.PruneThreshold) && was.MinIdentities == is.MinIdentities {
		return SessionChange{Session: next}, nil
	}
	next, err = s.enter(next, ThresholdChanged, 1)
	next.Epoch++
	next.ReadyStep = 0
	next.PrescribedPruneThreshold = nil
	next.PotentialRoleCount, next.PotentialRolesReadyCount = surviving, surviving
	return SessionChange{Session: next, DropRoles: true}, err
}

// PatchRole applies an RFC 6902 document to a potential role. sessionID ""
// accepts the role of any session.
func (s *Service) PatchRole(ctx context.Context, sessionID, id string, body []byte) (PotentialRole, Session, error) {
	ctx = s.store.Begin(ctx)
	return s.changeRole(ctx, sessionID, id, func(role PotentialRole) (RoleChange, error) {
		is, err := apply(rolePolicy(GeneratedName(role.ID)), body, rolePatch{role.Name, role.Description, role.Saved})
		if err != nil {
			return RoleChange{}, err
		}
		role.Name, role.Description, role.Saved = is.Name, is.Description, is.Saved
		role.ModifiedAt = s.now()
		return RoleChange{Role: role}, nil
	})
}

func equalValues[T comparable](a, b *T) bool {
	return a == b || a != nil && b != nil && *a == *b
}
