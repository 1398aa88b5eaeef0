package rolemining

import (
	"context"

	"mockserver/internal/export"
)

// ExportRequest chooses what goes into an export.
type ExportRequest struct {
	MinEntitlementPopularity int // 0-100
	IncludeCommonAccess      bool
}

// ExportRole is the ZIP of a potential role, everything included.
func (s *Service) ExportRole(ctx context.Context, sessionID, roleID string) ([]byte, error) {
	role, err := s.store.Role(ctx, sessionID, roleID)
	if err != nil {
		return nil, err
	}
	w, err := s.organisation(ctx)
	if err != nil {
		return nil, err
	}
	return w.exportFile(role, ExportRequest{IncludeCommonAccess: true})
}

// StartExport queues an export of a potential role.
func (s *Service) StartExport(ctx context.Context, sessionID, roleID string, request ExportRequest) (Export, error) {
	ctx = s.store.Begin(ctx)
	if p := request.MinEntitlementPopularity; p < 0 || p > 100 {
		return Export{}, refuse(IllegalValue, "minEntitlementPopularity", "minEntitlementPopularity must be from 0 to 100, not %d.", p)
	}
	role, err := s.store.Role(ctx, sessionID, roleID)
	if err != nil {
		return Export{}, err
	}
	var created Export
	by := s.SessionPace(role.SessionID)
	err = s.inOrder(func() (err error) {
		created, err = s.store.CreateExport(ctx, Export{
			PotentialRoleID:          roleID,
			MinEntitlementPopularity: request.MinEntitlementPopularity,
			IncludeCommonAccess:      request.IncludeCommonAccess,
			State:                    ExportQueued,
			CreatedAt:                s.now(),
			NextAt:                   s.dueAt(role.SessionID, string(ExportQueued), 1),
		})
		if err == nil {
			s.entered(ctx, Task{ExportTask, created.ID}, role.SessionID, roleID, "", string(created.State))
		}
		return err
	})
	if err != nil {
		return created, err
	}
	return created, s.begun(ctx, Task{ExportTask, created.ID}, role.SessionID, by)
}

// Export reads an export of a potential role.
func (s *Service) Export(ctx context.Context, sessionID, roleID, id string) (Export, error) {
	if _, err := s.store.Role(ctx, sessionID, roleID); err != nil {
		return Export{}, err
	}
	if err := s.reading(ctx, Task{ExportTask, id}); err != nil {
		return Export{}, err
	}
	e, err := s.store.Export(ctx, id)
	if err == nil && e.PotentialRoleID != roleID {
		err = ErrNotFound
	}
	return e, err
}

// DownloadExport is the ZIP of a finished export.
func (s *Service) DownloadExport(ctx context.Context, sessionID, roleID, id string) ([]byte, error) {
	e, err := s.Export(ctx, sessionID, roleID, id)
	if err != nil {
		return nil, err
	}
	if e.State != ExportSuccess {
		return nil, refuse(Invalid, "", "The export is %s and cannot be downloaded; only an export whose status is SUCCESS can.", e.State)
	}
	return s.store.ExportFile(ctx, id)
}

// advanceExport takes an export from QUEUED over IN_PROGRESS to SUCCESS, where
// its file is written, or to ERROR, where it cannot be.
func (s *Service) advanceExport(ctx context.Context, id string, forced bool) error {
	e, err := s.store.Export(ctx, id)
	if err != nil {
		return err
	}
	if e.NextAt == nil || !forced && !s.due(e.NextAt) {
		return nil
	}
	role, err := s.store.Role(ctx, "", e.PotentialRoleID)
	if err != nil {
		return err
	}
	on, file := ExportStarted, []byte(nil)
	if e.State == ExportInProgress {
		if on, file, err = s.finishExport(ctx, e, role); err != nil {
			return err
		}
	}
	return s.inOrder(func() error {
		next, err := s.store.UpdateExport(ctx, id, func(old Export) (Export, []byte, error) {
			if old.State != e.State {
				return old, nil, ErrStale
			}
			to, err := step(exportTransitions[:], old.State, on)
			if err != nil {
				return old, nil, err
			}
			old.State, old.NextAt = to, s.dueAt(role.SessionID, string(to), 1)
			if to != ExportInProgress {
				old.NextAt = nil
			}
			return old, file, nil
		})
		if err == nil {
			s.entered(ctx, Task{ExportTask, id}, role.SessionID, role.ID, string(e.State), string(next.State))
			s.nudge()
		}
		return err
	})
}

// finishExport writes the file of an export. A role that cannot be written is
// the end of the export, and so is a pace that lets exports fail; its errors are
// those of work to be tried again.
func (s *Service) finishExport(ctx context.Context, e Export, role PotentialRole) (Event, []byte, error) {
	if s.SessionPace(role.SessionID).Mode == Fail {
		return ExportBroke, nil, nil
	}
	w, err := s.organisation(ctx)
	if err != nil {
		return "", nil, err
	}
	file, err := w.exportFile(role, ExportRequest{e.MinEntitlementPopularity, e.IncludeCommonAccess})
	if err != nil {
		s.log.Error("an export cannot be written", "exportId", e.ID, "potentialRoleId", e.PotentialRoleID, "error", err)
		return ExportBroke, nil, nil
	}
	return ExportFinished, file, nil
}

// exportFile writes the members of a potential role and its entitlements.
func (w *world) exportFile(role PotentialRole, request ExportRequest) ([]byte, error) {
	var report export.Report
	for _, i := range indices(w.Identities.Find, role.IdentityIDs) {
		i := int(i)
		report.Identities = append(report.Identities, export.Identity{
			ID:          w.Identities.ID(i),
			Name:        w.Identities.Name(i),
			DisplayName: w.Identities.DisplayName(i),
			Email:       w.Identities.Email(i),
			Department:  w.Identities.Attribute(i, "department"),
			JobTitle:    w.Identities.Attribute(i, "jobTitle"),
			Location:    w.Identities.Attribute(i, "location"),
			Manager:     w.Identities.ManagerName(i),
		})
	}
	for _, held := range role.Entitlements {
		if !held.granted(request.MinEntitlementPopularity, request.IncludeCommonAccess) {
			continue
		}
		if i, ok := w.Entitlement(held.ID); ok {
			report.Entitlements = append(report.Entitlements, w.exported(i, held))
		}
	}
	return export.Bytes(report)
}

func (w *world) exported(i int, held RoleEntitlement) export.Entitlement {
	e, source := &w.Entitlements[i], w.source(i)
	return export.Entitlement{
		ID:                  e.ID,
		Name:                e.Name,
		Description:         valueOr(e.Description, ""),
		Attribute:           e.Attribute,
		ApplicationName:     source.Name,
		SourceID:            e.SourceID,
		IdentityCount:       held.IdentityCount,
		Popularity:          held.Popularity,
		PopularityInOrg:     held.PopularityInOrg,
		ActivitySourceState: valueOr(source.ActivityState, ""),
		SourceUsagePercent:  held.SourceUsage,
	}
}
