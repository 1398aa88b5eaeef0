package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"mockserver/internal/api"
	"mockserver/internal/idgen"
	"mockserver/internal/rolemining"
	"mockserver/internal/store"
)

var errRefused = errors.New("refused")

func TestSessions(t *testing.T) {
	both(t, func(t *testing.T, s *store.Store) {
		ctx, ids := context.Background(), idgen.New("test")
		in := session("")
		in.Name, in.PruneThreshold, in.EmailRecipientID = ptr("<n>"), ptr(0), ptr("id-1")
		in.CreatedBy = &rolemining.Actor{ID: "id-1", DisplayName: "Amanda Ross"}
		in.NextAt = ptr(at(1).Add(123456789).In(time.FixedZone("x", 3600)))
		for n := range int64(3) {
			made := must[rolemining.Session](t)(s.CreateSession(ctx, in))
			want := in
			want.ID, want.NextAt = ids.UUID("session", n+1), ptr(in.NextAt.UTC())
			same(t, "created", want, made)
			same(t, "read", want, must[rolemining.Session](t)(s.Session(ctx, want.ID)))
			same(t, "json", string(must[[]byte](t)(api.Encode(api.SessionOf(want)))), string(must[[]byte](t)(s.SessionJSON(ctx, want.ID))))
		}
		if _, err := s.CreateSession(ctx, session(ids.UUID("session", 1))); !errors.Is(err, store.ErrExists) {
			t.Errorf("an id was given twice: %v", err)
		}
		for what, err := range map[string]error{
			"Session":       second(s.Session(ctx, "none")),
			"SessionJSON":   second(s.SessionJSON(ctx, "none")),
			"UpdateSession": second(s.UpdateSession(ctx, "none", nil)),
			"Role":          second(s.Role(ctx, "", "none")),
			"UpdateRole":    third(s.UpdateRole(ctx, "", "none", nil)),
			"MinedSession":  second(s.MinedSession(ctx, "none")),
			"WithOrigin":    second(s.RoleWithOrigin(ctx, "none")),
			"Export":        second(s.Export(ctx, "none")),
			"UpdateExport":  second(s.UpdateExport(ctx, "none", nil)),
			"ExportFile":    second(s.ExportFile(ctx, "none")),
			"CreateExport":  second(s.CreateExport(ctx, rolemining.Export{PotentialRoleID: "none"})),
		} {
			if err != rolemining.ErrNotFound { //nolint:errorlint // it is passed on as it is
				t.Errorf("%s: %v", what, err)
			}
		}
	})
}

func second[T any](_ T, err error) error { return err }

func third[T, U any](_ T, _ U, err error) error { return err }

func TestRefusedChangesLeaveNoTrace(t *testing.T) {
	both(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		world(t, s)
		must[rolemining.Export](t)(s.CreateExport(ctx, rolemining.Export{ID: "x", PotentialRoleID: "r1", CreatedAt: start}))
		before := must[[]byte](t)(s.Image(ctx))
		_, err := s.UpdateSession(ctx, "s1", func(old rolemining.Session, _ int) (rolemining.SessionChange, error) {
			old.Saved = true
			return rolemining.SessionChange{Session: old, DropRoles: true, Mail: &rolemining.Mail{}}, errRefused
		})
		if err != errRefused { //nolint:errorlint // it comes back as it is
			t.Errorf("UpdateSession: %v", err)
		}
		_, _, err = s.UpdateRole(ctx, "s1", "r1", func(old rolemining.PotentialRole) (rolemining.RoleChange, error) {
			return rolemining.RoleChange{Created: &rolemining.Role{ID: "new"}}, errRefused
		})
		if err != errRefused { //nolint:errorlint // as above
			t.Errorf("UpdateRole: %v", err)
		}
		_, err = s.UpdateExport(ctx, "x", func(old rolemining.Export) (rolemining.Export, []byte, error) {
			return old, []byte("file"), errRefused
		})
		if err != errRefused { //nolint:errorlint // as above
			t.Errorf("UpdateExport: %v", err)
		}
		// This one fails late: the request's id is taken within the transaction.
		_, _, err = s.UpdateRole(ctx, "s1", "r1", func(old rolemining.PotentialRole) (rolemining.RoleChange, error) {
			twice := rolemining.AccessRequest{ID: "q"}
			return rolemining.RoleChange{Role: old, Created: &rolemining.Role{ID: "new"}, Requests: []rolemining.AccessRequest{twice, twice}}, nil
		})
		if !errors.Is(err, store.ErrExists) {
			t.Errorf("UpdateRole: %v", err)
		}
		func() {
			defer func() { _ = recover() }()
			_, _ = s.UpdateSession(ctx, "s1", func(rolemining.Session, int) (rolemining.SessionChange, error) { panic("bug") })
		}()
		after := must[[]byte](t)(s.Image(ctx))
		if string(before) != string(after) {
			t.Error("a refused change changed the database")
		}
	})
}

func TestRolesOfASession(t *testing.T) {
	both(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		world(t, s)
		kept := func(ids ...string) string { return strings.Join(ids, " ") }
		order := func() string {
			items, _ := ask(t, s, rolemining.List{Kind: rolemining.SessionSummaries, SessionID: "s1"}, "")
			return pick(items, byKey("id"))
		}
		want := role("r2")
		want.Ready = true // as two of the three are
		got := must[rolemining.PotentialRole](t)(s.Role(ctx, "s1", "r2"))
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(rolemining.PotentialRole{},
			"SessionID", "Name", "Quality", "Freshness", "Density", "Saved", "ModifiedAt", "IdentityIDs", "CreatedAt", "Distribution")); diff != "" {
			t.Errorf("role (-want +got):\n%s", diff)
		}
		if got.SessionID != "s1" {
			t.Errorf("session %q", got.SessionID)
		}
		if _, err := s.Role(ctx, "s2", "r2"); !errors.Is(err, rolemining.ErrNotFound) {
			t.Errorf("a role of another session was read: %v", err)
		}

		// r2 is saved and r3 is being provisioned: both stay.
		must2(t)(s.UpdateRole(ctx, "", "r3", func(old rolemining.PotentialRole) (rolemining.RoleChange, error) {
			old.ProvisionState, old.NextAt = rolemining.ProvisionPending, ptr(at(4))
			return rolemining.RoleChange{Role: old}, nil
		}))
		must[rolemining.Export](t)(s.CreateExport(ctx, rolemining.Export{ID: "gone", PotentialRoleID: "r1", NextAt: ptr(at(0))}))
		must[rolemining.Export](t)(s.CreateExport(ctx, rolemining.Export{ID: "stays", PotentialRoleID: "r3"}))
		changed := must[rolemining.Session](t)(s.UpdateSession(ctx, "s1", func(old rolemining.Session, surviving int) (rolemining.SessionChange, error) {
			if surviving != 2 {
				t.Errorf("surviving = %d, want 2", surviving)
			}
			old.PotentialRoleCount, old.PotentialRolesReadyCount = 4, 4
			return rolemining.SessionChange{Session: old, DropRoles: true, AddRoles: []rolemining.PotentialRole{role("r6"), role("r3")}}, nil
		}))
		if changed.PotentialRoleCount != 3 || changed.PotentialRolesReadyCount != 3 {
			t.Errorf("counts %d and %d, want 3", changed.PotentialRoleCount, changed.PotentialRolesReadyCount)
		}
		same(t, "stored", changed, must[rolemining.Session](t)(s.Session(ctx, "s1")))
		same(t, "order", kept("r2", "r3", "r6"), order())
		if _, err := s.Export(ctx, "gone"); !errors.Is(err, rolemining.ErrNotFound) {
			t.Errorf("the export of a dropped role: %v", err)
		}
		if _, err := s.Export(ctx, "stays"); err != nil {
			t.Error(err)
		}
		// Ranks were closed up: the first two of three are ready.
		change(t, s, "s1", func(c *rolemining.SessionChange) { c.Session.PotentialRolesReadyCount = 2 })
		items, _ := ask(t, s, rolemining.List{Kind: rolemining.SessionSummaries, SessionID: "s1"}, "")
		same(t, "status", "OBTAINED OBTAINED REQUESTED", pick(items, byKey("identityGroupStatus")))
		change(t, s, "s1", func(c *rolemining.SessionChange) { c.DropRoles = true })
		same(t, "order", kept("r2", "r3"), order())
		if all, page := ask(t, s, rolemining.List{Kind: rolemining.AllSummaries}, "count=true"); len(all) != 4 || page.Total != 4 {
			t.Errorf("%d roles in all, counted as %d", len(all), page.Total)
		}
		if r := must[rolemining.PotentialRole](t)(s.Role(ctx, "", "r3")); r.ProvisionState != rolemining.ProvisionPending {
			t.Errorf("the role that was there already was replaced: %+v", r)
		}
		if other, _ := ask(t, s, rolemining.List{Kind: rolemining.SessionSummaries, SessionID: "s2"}, ""); len(other) != 2 {
			t.Errorf("the other session has %d roles", len(other))
		}
	})
}

// How mining came to a role is read only when asked for, and stays whatever
// becomes of the role.
func TestOriginStays(t *testing.T) {
	both(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		loaded(t, s)
		origin := func(threshold int) *rolemining.Origin {
			return &rolemining.Origin{
				Mining: rolemining.Mining{
					IdentityCount: 3, Assignments: 5, MinIdentities: 2, Prescribed: ptr(0), PruneThreshold: threshold, EdgeBoundRaised: true,
					Candidates: []rolemining.Candidate{{Threshold: 25, Complexity: 1 << 40, Roles: 1, Sampled: true}},
				},
				Core: []int{1}, Joined: map[string][]int{"ABSORBED": {0, 2}}, Density: 1, Freshness: 2, Quality: 3,
				Nearest: &rolemining.NearestRole{ID: "role-1", Overlap: 12.5},
			}
		}
		kept := role("r1")
		kept.Saved, kept.Origin = true, origin(50)
		withRoles(t, s, session("s1"), kept)
		must2(t)(s.UpdateRole(ctx, "", "r1", func(old rolemining.PotentialRole) (rolemining.RoleChange, error) {
			if old.Origin != nil {
				t.Errorf("an origin was read to change the role: %+v", old.Origin)
			}
			old.Density, old.Nearest = 99, &rolemining.NearestRole{ID: "role-2", Overlap: 1}
			return rolemining.RoleChange{Role: old}, nil
		}))
		change(t, s, "s1", func(c *rolemining.SessionChange) {
			again := role("r1")
			again.Origin = origin(60)
			c.DropRoles, c.AddRoles = true, []rolemining.PotentialRole{again}
		})
		plain := must[rolemining.PotentialRole](t)(s.Role(ctx, "", "r1"))
		got := must[rolemining.PotentialRole](t)(s.RoleWithOrigin(ctx, "r1"))
		same(t, "origin", origin(50), got.Origin)
		same(t, "nearest now", &rolemining.NearestRole{ID: "role-2", Overlap: 1}, got.Nearest)
		got.Origin = nil
		same(t, "the rest", plain, got)
	})
}

// What a mining went by stays with its session until the next one is asked for,
// and is read with the roles that it found.
func TestMinedSession(t *testing.T) {
	both(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		loaded(t, s)
		mining := &rolemining.SessionMining{
			Minings: []rolemining.TypeMining{{Type: rolemining.Common, Mining: rolemining.Mining{IdentityCount: 7, Requested: ptr(0)}}},
			Common:  []string{"ent-3"},
		}
		want := rolemining.MinedSession{Session: must[rolemining.Session](t)(s.CreateSession(ctx, session("s1")))}
		same(t, "before", want, must[rolemining.MinedSession](t)(s.MinedSession(ctx, "s1")))
		found, saved := role("r1"), role("r2")
		found.Origin, saved.Origin, saved.Saved = &rolemining.Origin{Core: []int{0}}, &rolemining.Origin{Core: []int{1}}, true
		change(t, s, "s1", func(c *rolemining.SessionChange) {
			c.DropRoles, c.AddRoles, c.Mining = true, []rolemining.PotentialRole{found, saved}, mining
			c.Session.PotentialRoleCount = 2
		})
		want.Session = change(t, s, "s1", func(c *rolemining.SessionChange) { c.Session.Saved = true })
		got := must[rolemining.MinedSession](t)(s.MinedSession(ctx, "s1"))
		same(t, "session", want.Session, got.Session)
		same(t, "mining", mining, got.Mining)
		if len(got.Roles) != 2 {
			t.Fatalf("%d roles, want 2", len(got.Roles))
		}
		for i, r := range []rolemining.PotentialRole{found, saved} {
			same(t, "role", must[rolemining.PotentialRole](t)(s.RoleWithOrigin(ctx, r.ID)), got.Roles[i])
			same(t, "origin", r.Origin, got.Roles[i].Origin)
		}
		change(t, s, "s1", func(c *rolemining.SessionChange) { c.DropRoles = true })
		if got := must[rolemining.MinedSession](t)(s.MinedSession(ctx, "s1")); got.Mining != nil || len(got.Roles) != 1 {
			t.Errorf("%d roles and a mining %+v, want the saved role and none", len(got.Roles), got.Mining)
		}
	})
}

func TestUpdateRoleProvisions(t *testing.T) {
	both(t, func(t *testing.T, s *store.Store) {
		ctx, ids := context.Background(), idgen.New("test")
		world(t, s)
		created := rolemining.Role{ID: "role-3", Name: "made", PotentialRoleID: ptr("r1"), EntitlementIDs: []string{"ent-1"}, CreatedAt: start}
		request := rolemining.AccessRequest{ID: "q-1", RoleID: "role-3", IdentityID: "id-1", CreatedAt: start}
		got, of, err := s.UpdateRole(ctx, "s1", "r1", func(old rolemining.PotentialRole) (rolemining.RoleChange, error) {
			old.RoleID, old.ProvisionState, old.Description = ptr("role-3"), rolemining.ProvisionComplete, ptr("D")
			return rolemining.RoleChange{Role: old, Created: &created, Requests: []rolemining.AccessRequest{request}}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		same(t, "role", got, must[rolemining.PotentialRole](t)(s.Role(ctx, "s1", "r1")))
		same(t, "session", of, must[rolemining.Session](t)(s.Session(ctx, "s1")))
		same(t, "roles", []string{"role-1", "role-2", "role-3"}, roleIDs(t, s))
		same(t, "requests", []rolemining.AccessRequest{request}, must[[]rolemining.AccessRequest](t)(s.AccessRequests(ctx)))

		// Without ids they are given some.
		got, _, err = s.UpdateRole(ctx, "s1", "r2", func(old rolemining.PotentialRole) (rolemining.RoleChange, error) {
			return rolemining.RoleChange{Role: old, Created: &rolemining.Role{Name: "x"}, Requests: []rolemining.AccessRequest{{IdentityID: "id-2", CreatedAt: at(1)}}}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if want := ids.Hex("role", 1); got.RoleID == nil || *got.RoleID != want {
			t.Errorf("role id %v, want %s", got.RoleID, want)
		}
		requests := must[[]rolemining.AccessRequest](t)(s.AccessRequests(ctx))
		if len(requests) != 2 || requests[1].RoleID != *got.RoleID || requests[1].ID != ids.Hex("access request", 1) {
			t.Errorf("requests %+v", requests)
		}
	})
}

func roleIDs(t *testing.T, s *store.Store) (ids []string) {
	t.Helper()
	for _, r := range must[[]rolemining.Role](t)(s.Roles(context.Background())) {
		ids = append(ids, r.ID)
	}
	return ids
}

func TestMail(t *testing.T) {
	both(t, func(t *testing.T, s *store.Store) {
		world(t, s)
		first := rolemining.Mail{ID: "z", SessionID: "s1", Subject: "done", CreatedAt: start}
		change(t, s, "s1", func(c *rolemining.SessionChange) { c.Mail = &first })
		change(t, s, "s1", func(c *rolemining.SessionChange) { c.Mail = &rolemining.Mail{SessionID: "s1", CreatedAt: at(1)} })
		same(t, "outbox", []rolemining.Mail{first, {ID: idgen.New("test").UUID("mail", 1), SessionID: "s1", CreatedAt: at(1)}},
			must[[]rolemining.Mail](t)(s.Outbox(context.Background())))
	})
}

// Of one moment, mail comes by its session and requests by their role, in whatever
// order background work has stored them.
func TestOrderOfOneMoment(t *testing.T) {
	both(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		world(t, s) // with s1, then s2
		want := []rolemining.Mail{
			{ID: "old", SessionID: "s2", CreatedAt: start},
			{ID: "z", SessionID: "s1", CreatedAt: at(1)}, {ID: "a", SessionID: "s1", CreatedAt: at(1)}, {ID: "y", SessionID: "s2", CreatedAt: at(1)},
		}
		for _, i := range []int{3, 1, 0, 2} {
			change(t, s, want[i].SessionID, func(c *rolemining.SessionChange) { c.Mail = &want[i] })
		}
		same(t, "outbox", want, must[[]rolemining.Mail](t)(s.Outbox(ctx)))

		requests := []rolemining.AccessRequest{
			{ID: "old", RoleID: "made-9", IdentityID: "id-1", CreatedAt: start},
			{ID: "z", RoleID: "made-1", IdentityID: "id-1", CreatedAt: at(1)}, {ID: "a", RoleID: "made-1", IdentityID: "id-2", CreatedAt: at(1)},
			{ID: "y", RoleID: "made-2", IdentityID: "id-1", CreatedAt: at(1)},
		}
		for i, made := range [][]rolemining.AccessRequest{requests[3:], requests[1:3], requests[:1]} {
			_, _, err := s.UpdateRole(ctx, "s1", fmt.Sprint("r", i%2+1), func(old rolemining.PotentialRole) (rolemining.RoleChange, error) {
				return rolemining.RoleChange{Role: old, Created: &rolemining.Role{ID: made[0].RoleID}, Requests: made}, nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		same(t, "requests", requests, must[[]rolemining.AccessRequest](t)(s.AccessRequests(ctx)))
	})
}

func TestExports(t *testing.T) {
	both(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		world(t, s)
		in := rolemining.Export{PotentialRoleID: "r1", MinEntitlementPopularity: 5, State: rolemining.ExportQueued, CreatedAt: start, NextAt: ptr(at(1))}
		made := must[rolemining.Export](t)(s.CreateExport(ctx, in))
		in.ID = idgen.New("test").UUID("export", 1)
		same(t, "created", in, made)
		if _, err := s.CreateExport(ctx, in); !errors.Is(err, store.ErrExists) {
			t.Errorf("an id was given twice: %v", err)
		}
		if _, err := s.ExportFile(ctx, in.ID); !errors.Is(err, rolemining.ErrNotFound) {
			t.Errorf("a file before it is there: %v", err)
		}
		step := func(state rolemining.ExportState, file []byte) {
			got := must[rolemining.Export](t)(s.UpdateExport(ctx, in.ID, func(old rolemining.Export) (rolemining.Export, []byte, error) {
				old.State, old.NextAt = state, nil
				return old, file, nil
			}))
			same(t, "changed", got, must[rolemining.Export](t)(s.Export(ctx, in.ID)))
		}
		step(rolemining.ExportInProgress, nil)
		step(rolemining.ExportSuccess, []byte("PK\x00\xff"))
		step(rolemining.ExportSuccess, nil) // keeps the file
		same(t, "file", "PK\x00\xff", string(must[[]byte](t)(s.ExportFile(ctx, in.ID))))
	})
}

func TestDue(t *testing.T) {
	both(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		world(t, s)
		due := func(now time.Time) string {
			tasks, next, err := s.Due(ctx, now)
			if err != nil {
				t.Fatal(err)
			}
			text := ""
			for _, task := range tasks {
				text += fmt.Sprintf("%d:%s ", task.Kind, task.ID)
			}
			if next != nil {
				text += next.Format("15:04:05.000000000")
			}
			return text
		}
		same(t, "at rest", "", due(at(99)))
		change(t, s, "s1", func(c *rolemining.SessionChange) { c.Session.NextAt = ptr(at(2)) })
		change(t, s, "s2", func(c *rolemining.SessionChange) { c.Session.NextAt = ptr(at(1).Add(1)) })
		must[rolemining.Export](t)(s.CreateExport(ctx, rolemining.Export{ID: "b", PotentialRoleID: "r1", NextAt: ptr(at(2))}))
		must[rolemining.Export](t)(s.CreateExport(ctx, rolemining.Export{ID: "a", PotentialRoleID: "r1", NextAt: ptr(at(2))}))
		must2(t)(s.UpdateRole(ctx, "", "r3", func(old rolemining.PotentialRole) (rolemining.RoleChange, error) {
			old.NextAt = ptr(at(3))
			return rolemining.RoleChange{Role: old}, nil
		}))
		same(t, "before", "12:01:00.000000001", due(at(1)))
		same(t, "one", "1:s2 12:02:00.000000000", due(at(1).Add(1)))
		same(t, "some", "1:s2 1:s1 2:a 2:b 12:03:00.000000000", due(at(2)))
		same(t, "all", "1:s2 1:s1 2:a 2:b 3:r3 ", due(at(3)))
	})
}

func TestDueIsBounded(t *testing.T) {
	t.Parallel()
	ctx, s := context.Background(), open(t, "")
	for n := range 1001 {
		in := session("")
		in.NextAt = ptr(start.Add(time.Duration(n)))
		must[rolemining.Session](t)(s.CreateSession(ctx, in))
	}
	tasks, next, err := s.Due(ctx, at(1))
	if err != nil || len(tasks) != 1000 || next == nil || !next.Equal(start.Add(1000)) {
		t.Errorf("%d tasks, next %v, err %v", len(tasks), next, err)
	}
}
