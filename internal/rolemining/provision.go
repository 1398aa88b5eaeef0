package rolemining

import (
	"context"
	"slices"
	"strings"
)

// Provision asks for a role to be made of a potential role as it is now. The
// answer is the potential role in state PENDING; the role itself follows in the
// background, whatever is edited meanwhile.
func (s *Service) Provision(ctx context.Context, sessionID, roleID string, request ProvisionRequest) (PotentialRole, Session, error) {
	ctx = s.store.Begin(ctx)
	w, err := s.organisation(ctx)
	if err != nil {
		return PotentialRole{}, Session{}, err
	}
	if err := request.check(); err != nil {
		return PotentialRole{}, Session{}, err
	}
	if request.OwnerID != nil {
		if !w.knows(*request.OwnerID) {
			return PotentialRole{}, Session{}, refuse(BadReference, "ownerId", "No identity has the id %q, named in ownerId.", *request.OwnerID)
		}
	} else if request.RequestedBy != nil {
		request.OwnerID = &request.RequestedBy.ID
	}
	task := Task{ProvisionTask, roleID}
	var role PotentialRole
	var session Session
	var by Pace
	err = s.inOrder(func() (err error) {
		var from ProvisionState
		role, session, err = s.store.UpdateRole(ctx, sessionID, roleID, func(role PotentialRole) (RoleChange, error) {
			from, by = role.ProvisionState, s.SessionPace(role.SessionID)
			return s.requested(w, role, request)
		})
		if err == nil {
			s.entered(ctx, task, role.SessionID, roleID, string(from), string(role.ProvisionState))
		}
		return err
	})
	if err != nil {
		return role, session, err
	}
	return role, session, s.begun(ctx, task, role.SessionID, by)
}

// requested is a potential role of which a role is to be made.
func (s *Service) requested(w *world, role PotentialRole, request ProvisionRequest) (RoleChange, error) {
	to, err := step(provisionTransitions[:], role.ProvisionState, ProvisionRequested)
	if err != nil {
		return RoleChange{}, refuse(Invalid, "", "The potential role is already being provisioned or was: its provisionState is %s, and only POTENTIAL or FAILED ones can be provisioned.", role.ProvisionState)
	}
	request.Role = s.newRole(w, role, request)
	role.ProvisionState, role.Provision = to, &request
	role.ModifiedAt, role.NextAt = s.now(), s.dueAt(role.SessionID, string(to), 1)
	return RoleChange{Role: role}, nil
}

// check refuses texts that no role can have.
func (r ProvisionRequest) check() error {
	if r.RoleName != nil && strings.TrimSpace(*r.RoleName) == "" {
		return refuse(IllegalValue, "roleName", "roleName must not be empty; leave it out for the potential role's name.")
	}
	if err := short("roleName", r.RoleName, maxName); err != nil {
		return err
	}
	return short("roleDescription", r.RoleDescription, maxDescription)
}

// advanceProvision makes the role that was asked for, unless its owner is gone or
// the pace lets provisioning fail.
func (s *Service) advanceProvision(ctx context.Context, id string, forced bool) error {
	w, err := s.organisation(ctx)
	if err != nil {
		return err
	}
	return s.inOrder(func() error {
		var why string
		after, _, err := s.store.UpdateRole(ctx, "", id, func(role PotentialRole) (change RoleChange, err error) {
			if role.NextAt == nil || !forced && !s.due(role.NextAt) {
				return RoleChange{}, ErrStale
			}
			change, why, err = s.decided(w, role)
			return change, err
		})
		if err != nil {
			return err
		}
		if why != "" {
			s.log.Warn("a role was not made", "potentialRoleId", id, "reason", why)
		}
		s.entered(ctx, Task{ProvisionTask, id}, after.SessionID, id, string(ProvisionPending), string(after.ProvisionState))
		return nil
	})
}

// decided is what becomes of a potential role whose role is made or, for a reason,
// is not.
func (s *Service) decided(w *world, role PotentialRole) (change RoleChange, why string, err error) {
	created, on := role.Provision.Role, RoleCreated
	if why = s.whyRefused(w, role); why != "" {
		on = RoleRefused
	}
	to, err := step(provisionTransitions[:], role.ProvisionState, on)
	if err != nil {
		return RoleChange{}, "", err
	}
	role.ProvisionState, role.ModifiedAt, role.NextAt = to, s.now(), nil
	if on == RoleRefused {
		return RoleChange{Role: role}, why, nil
	}
	role.RoleID, created.CreatedAt = &created.ID, role.ModifiedAt
	return RoleChange{Role: role, Created: &created, Requests: s.accessRequests(created, role)}, "", nil
}

// whyRefused is why the role that was asked for is not made, "" if it is.
func (s *Service) whyRefused(w *world, role PotentialRole) string {
	if s.SessionPace(role.SessionID).Mode == Fail {
		return "the control plane lets provisioning fail"
	}
	if owner := role.Provision.Role.OwnerID; owner != nil && !w.knows(*owner) {
		return "its owner " + *owner + " is no identity of the organisation"
	}
	return ""
}

// newRole is the role that a potential role becomes. Its id follows from the
// potential role's, which can become a role only once.
func (s *Service) newRole(w *world, from PotentialRole, request ProvisionRequest) Role {
	role := Role{
		ID:              s.ids.NamedHex("role/" + from.ID),
		Name:            valueOr(request.RoleName, from.Name),
		Description:     request.RoleDescription,
		OwnerID:         request.OwnerID,
		EntitlementIDs:  from.access(request.MinEntitlementPopularity, request.IncludeCommonAccess),
		PotentialRoleID: &from.ID,
		CommonAccess:    from.Type == Common,
	}
	if role.Description == nil {
		role.Description = from.Description
	}
	if !request.DirectlyAssignedEntitlements {
		role.AccessProfiles = s.accessProfiles(w, role)
	}
	return role
}

// access is the ids, ascending, of the role's entitlements that are granted.
func (r PotentialRole) access(minPopularity int, includeCommon bool) []string {
	ids := []string{}
	for _, e := range r.Entitlements {
		if e.granted(minPopularity, includeCommon) {
			ids = append(ids, e.ID)
		}
	}
	slices.Sort(ids)
	return ids
}

// granted says whether an entitlement is in what is made of the role: it is not
// excluded, enough members hold it and, unless includeCommon, it is not common
// access of the organisation. The rule is the same for COMMON roles: what their
// scope has in common need not be common to everybody.
func (e RoleEntitlement) granted(minPopularity int, includeCommon bool) bool {
	return !e.Excluded && e.Popularity >= float64(minPopularity) && (includeCommon || !e.Common)
}

// accessProfiles bundles a role's entitlements, one profile a source.
func (s *Service) accessProfiles(w *world, role Role) []AccessProfile {
	var profiles []AccessProfile
	for _, source := range w.Sources {
		var ids []string
		for _, id := range role.EntitlementIDs {
			if i, ok := w.Entitlement(id); ok && w.Entitlements[i].SourceID == source.ID {
				ids = append(ids, id)
			}
		}
		if len(ids) > 0 {
			profiles = append(profiles, AccessProfile{
				ID:             s.ids.NamedHex("access profile/" + role.ID + "/" + source.ID),
				Name:           role.Name + " - " + source.Name,
				SourceID:       source.ID,
				EntitlementIDs: ids,
			})
		}
	}
	return profiles
}

// accessRequests asks for the role for each member, if that was wanted.
func (s *Service) accessRequests(role Role, from PotentialRole) []AccessRequest {
	if !from.Provision.IncludeIdentities {
		return nil
	}
	requests := make([]AccessRequest, len(from.IdentityIDs))
	for i, id := range from.IdentityIDs {
		requests[i] = AccessRequest{
			ID:         s.ids.NamedHex("access request/" + role.ID + "/" + id),
			RoleID:     role.ID,
			IdentityID: id,
			CreatedAt:  role.CreatedAt,
		}
	}
	return requests
}
