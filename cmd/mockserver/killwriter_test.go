package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"testing"
)

// writer is a client of the API: sessions, and what is done with their potential
// roles, one after the other.
type writer struct {
	api
	random   *rand.Rand
	sessions []*writtenSession
}

type writtenSession struct {
	id        string
	name      value[string]
	threshold value[int]
	roles     []*writtenRole
}

type writtenRole struct {
	id          string
	description value[string]
	provisioned value[bool]
	entitlement string // one of the role's, "" until it is edited
	excluded    value[bool]
	exports     []string
}

func (w *writer) write() error {
	if len(w.sessions) == 0 || w.random.IntN(6) == 0 {
		return w.create()
	}
	s := w.sessions[w.random.IntN(len(w.sessions))]
	text := fmt.Sprintf("text %d", w.random.Int())
	switch w.random.IntN(6) {
	case 0:
		return s.name.set(text, func() error { return w.patchSession(s, "/name", text) })
	case 1:
		threshold := 40 + w.random.IntN(40)
		return s.threshold.set(threshold, func() error { return w.patchSession(s, "/pruneThreshold", threshold) })
	default:
		if len(s.roles) == 0 || w.random.IntN(4) == 0 {
			return w.save(s, text)
		}
		return w.writeRole(s, s.roles[w.random.IntN(len(s.roles))], text)
	}
}

func (w *writer) create() error {
	var created struct{ ID string }
	err := w.do(http.StatusCreated, http.MethodPost, "/role-mining-sessions",
		`{"name":"new","pruneThreshold":50,"minNumIdentitiesInPotentialRole":5,"scope":{"criteria":"attributes.location:Miami"}}`, &created)
	if err == nil {
		w.sessions = append(w.sessions, &writtenSession{id: created.ID, name: value[string]{is: "new"}, threshold: value[int]{is: 50}})
	}
	return err
}

func (w *writer) patchSession(s *writtenSession, path string, to any) error {
	return w.do(http.StatusAccepted, http.MethodPatch, "/role-mining-sessions/"+s.id, replace(path, to), nil)
}

func replace(path string, to any) string {
	body, _ := json.Marshal([]map[string]any{{"op": "replace", "path": path, "value": to}}) // plain values
	return string(body)
}

// save keeps one more potential role of a session, if it has any to keep now. A
// role of this client's session can go only by this client's own patches.
func (w *writer) save(s *writtenSession, description string) error {
	var roles []struct {
		ID    string
		Saved bool
	}
	if err := w.do(http.StatusOK, http.MethodGet, "/role-mining-sessions/"+s.id+"/potential-role-summaries?filters=saved+eq+false&limit=1", "", &roles); err != nil {
		return err
	}
	if len(roles) == 0 {
		return nil
	}
	status, answer, err := request(http.MethodPatch, w.url+w.prefix+"/v2026/role-mining-potential-roles/"+roles[0].ID, "", replace("/saved", true))
	if err != nil || status == http.StatusNotFound {
		return err // a mining that was under way has replaced it meanwhile
	}
	if status != http.StatusOK {
		return fmt.Errorf("save: %d %s", status, answer)
	}
	role := &writtenRole{id: roles[0].ID}
	s.roles = append(s.roles, role)
	return w.describe(role, description)
}

func (w *writer) describe(r *writtenRole, text string) error {
	return r.description.set(text, func() error {
		return w.do(http.StatusOK, http.MethodPatch, "/role-mining-potential-roles/"+r.id, replace("/description", text), nil)
	})
}

func (w *writer) writeRole(s *writtenSession, r *writtenRole, text string) error {
	path := "/role-mining-sessions/" + s.id + "/potential-roles/" + r.id
	switch w.random.IntN(4) {
	case 0:
		return w.describe(r, text)
	case 1:
		return w.edit(r, path)
	case 2:
		if r.provisioned.is {
			return nil
		}
		return r.provisioned.set(true, func() error { return w.do(http.StatusAccepted, http.MethodPost, path+"/provision", `{}`, nil) })
	default:
		var export struct{ ExportID string }
		err := w.do(http.StatusAccepted, http.MethodPost, path+"/export-async", `{}`, &export)
		if err == nil {
			r.exports = append(r.exports, export.ExportID)
		}
		return err
	}
}

// edit takes an entitlement out of a role, or puts it back.
func (w *writer) edit(r *writtenRole, path string) error {
	if r.entitlement == "" {
		var all []struct{ EntitlementRef struct{ ID string } }
		if err := w.do(http.StatusOK, http.MethodGet, path+"/entitlement-popularities?limit=1", "", &all); err != nil || len(all) == 0 {
			return err
		}
		r.entitlement = all[0].EntitlementRef.ID
	}
	exclude := !r.excluded.is
	return r.excluded.set(exclude, func() error {
		return w.do(http.StatusCreated, http.MethodPost, path+"/edit-entitlements", fmt.Sprintf(`{"ids":[%q],"exclude":%v}`, r.entitlement, exclude), nil)
	})
}

func (w *writer) check(t *testing.T, end bool) {
	t.Helper()
	for _, s := range w.sessions {
		if err := w.checkSession(s, end); err != nil {
			t.Errorf("session %s: %v", s.id, err)
		}
		for _, r := range s.roles {
			if err := w.checkRole(s, r, end); err != nil {
				t.Errorf("potential role %s of session %s: %v", r.id, s.id, err)
			}
		}
	}
}

func (w *writer) checkSession(s *writtenSession, end bool) error {
	var got struct {
		Name                            string
		PruneThreshold                  int
		PotentialRoleCount              int
		PotentialRolesReadyCount        int
		MinNumIdentitiesInPotentialRole int
		Status                          struct{ State string }
	}
	read := func() (bool, error) {
		err := w.do(http.StatusOK, http.MethodGet, "/role-mining-sessions/"+s.id, "", &got)
		return !end || got.Status.State == "POTENTIAL_ROLES_CREATED", err
	}
	if err := eventually(read); err != nil {
		return fmt.Errorf("state %s: %w", got.Status.State, err)
	}
	if err := s.name.read(got.Name); err != nil {
		return fmt.Errorf("name %w", err)
	}
	if err := s.threshold.read(got.PruneThreshold); err != nil {
		return fmt.Errorf("threshold %w", err)
	}
	if !end {
		return nil
	}
	var roles []json.RawMessage
	if err := w.do(http.StatusOK, http.MethodGet, "/role-mining-sessions/"+s.id+"/potential-role-summaries", "", &roles); err != nil {
		return err
	}
	if len(roles) != got.PotentialRoleCount || len(roles) != got.PotentialRolesReadyCount {
		return fmt.Errorf("%d roles, but it says %d, of which %d ready", len(roles), got.PotentialRoleCount, got.PotentialRolesReadyCount)
	}
	return nil
}

func (w *writer) checkRole(s *writtenSession, r *writtenRole, end bool) error {
	path := "/role-mining-sessions/" + s.id + "/potential-roles/" + r.id
	var got struct {
		Description    *string
		Saved          bool
		ProvisionState string
		RoleID         *string
	}
	read := func() (bool, error) {
		err := w.do(http.StatusOK, http.MethodGet, "/role-mining-potential-roles/"+r.id, "", &got)
		return !end || got.ProvisionState != "PENDING", err
	}
	if err := eventually(read); err != nil {
		return fmt.Errorf("%s: %w", got.ProvisionState, err)
	}
	description := ""
	if got.Description != nil {
		description = *got.Description
	}
	if err := r.description.read(description); err != nil {
		return fmt.Errorf("description %w", err)
	}
	if err := r.provisioned.read(got.ProvisionState != "POTENTIAL"); err != nil {
		return fmt.Errorf("that it was provisioned %w", err)
	}
	if !got.Saved || end && r.provisioned.is && (got.ProvisionState != "COMPLETE" || got.RoleID == nil) {
		return fmt.Errorf("saved %v, provisioning %s, role %v", got.Saved, got.ProvisionState, got.RoleID)
	}
	if err := w.checkEdit(r, path); err != nil {
		return err
	}
	return w.checkExports(r, path, end)
}

func (w *writer) checkEdit(r *writtenRole, path string) error {
	if r.entitlement == "" {
		return nil
	}
	var all []struct{ EntitlementRef struct{ ID string } }
	if err := w.do(http.StatusOK, http.MethodGet, path+"/excluded-entitlements", "", &all); err != nil {
		return err
	}
	if err := r.excluded.read(len(all) == 1 && all[0].EntitlementRef.ID == r.entitlement); err != nil {
		return fmt.Errorf("that an entitlement is excluded %w", err)
	}
	return nil
}

func (w *writer) checkExports(r *writtenRole, path string, end bool) error {
	for _, id := range r.exports {
		var export struct{ Status string }
		err := eventually(func() (bool, error) {
			err := w.do(http.StatusOK, http.MethodGet, path+"/export-async/"+id, "", &export)
			return !end || export.Status == "SUCCESS", err
		})
		if err != nil {
			return fmt.Errorf("export %s: %s: %w", id, export.Status, err)
		}
		if end {
			if err := w.do(http.StatusOK, http.MethodGet, path+"/export-async/"+id+"/download", "", nil); err != nil {
				return err
			}
		}
	}
	return nil
}
