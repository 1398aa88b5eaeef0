package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"mockserver/internal/rolemining"
	"mockserver/internal/store"
)

// withSessions is dataset with keys and sessions, in the order in which Fixtures
// has everything.
func withSessions(change func(p *parts)) rolemining.Dataset {
	p := someParts()
	p.sources[0].Key, p.entitlements[1].Key = "crm", "admins"
	if change != nil {
		change(&p)
	}
	d := dataset()
	d.Organisation = p.organisation()
	slices.Reverse(d.Roles)
	d.Sessions = []rolemining.SeedSession{
		{ID: "b", Type: rolemining.Common, ScopingMethod: rolemining.Manual, MinIdentities: 3, CreatedAt: start},
		{
			ID: "a", Name: ptr("<A>"), Saved: true, Type: rolemining.Specialized, ScopingMethod: rolemining.AutoRM, PruneThreshold: ptr(0), MinIdentities: 1,
			Scope:            rolemining.Scope{IdentityIDs: []string{"id-2"}, AttributeFilterCriteria: []json.RawMessage{json.RawMessage(`{"data":{"x":"<&>"}}`)}},
			EmailRecipientID: ptr("id-1"), CreatedByID: "id-3", CreatedAt: start,
			Roles: []rolemining.SeedRole{{Type: rolemining.Common, ID: "r", Name: "N", Description: ptr(""), ExcludedIDs: []string{"ent-1"}, ExportIDs: []string{"x"}}},
		},
	}
	return d
}

// Fixtures is what was loaded, whatever happened since.
func TestFixtures(t *testing.T) {
	both(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		if _, err := s.Fixtures(ctx); !errors.Is(err, rolemining.ErrNotFound) {
			t.Errorf("of an empty database: %v", err)
		}
		if err := s.Load(ctx, withSessions(nil)); err != nil {
			t.Fatal(err)
		}
		withRoles(t, s, session("s1"), role("r1"))
		provision(t, s, "made")
		same(t, "fixtures", withSessions(nil), must[rolemining.Dataset](t)(s.Fixtures(ctx)))
		// And so after a trip through an image.
		if err := s.Restore(ctx, must[[]byte](t)(s.Image(ctx))); err != nil {
			t.Fatal(err)
		}
		same(t, "restored", withSessions(nil), must[rolemining.Dataset](t)(s.Fixtures(ctx)))
	})
}

// provision makes a role of r1 and sends a mail of s1.
func provision(t *testing.T, s *store.Store, id string) {
	t.Helper()
	ctx := context.Background()
	made := rolemining.Role{ID: id, Name: "Made", PotentialRoleID: ptr("r1"), EntitlementIDs: []string{"ent-4"}, CreatedAt: start}
	_, _, err := s.UpdateRole(ctx, "s1", "r1", func(old rolemining.PotentialRole) (rolemining.RoleChange, error) {
		return rolemining.RoleChange{Role: old, Created: &made, Requests: []rolemining.AccessRequest{{IdentityID: "id-3", CreatedAt: start}}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	change(t, s, "s1", func(c *rolemining.SessionChange) { c.Mail = &rolemining.Mail{Subject: "x", CreatedAt: start} })
}

// done is what was done in an organisation.
type done struct {
	Session  rolemining.Session
	Role     rolemining.PotentialRole
	Made     []rolemining.Role
	Requests []rolemining.AccessRequest
	Mail     []rolemining.Mail
}

func whatWasDone(t *testing.T, s *store.Store) done {
	t.Helper()
	ctx := context.Background()
	d := done{
		Session:  must[rolemining.Session](t)(s.Session(ctx, "s1")),
		Role:     must[rolemining.PotentialRole](t)(s.RoleWithOrigin(ctx, "r1")),
		Requests: must[[]rolemining.AccessRequest](t)(s.AccessRequests(ctx)),
		Mail:     must[[]rolemining.Mail](t)(s.Outbox(ctx)),
	}
	for _, r := range must[[]rolemining.Role](t)(s.Roles(ctx)) {
		if r.PotentialRoleID != nil {
			d.Made = append(d.Made, r)
		}
	}
	return d
}

// What was done stays, whatever places identities and entitlements have in the
// new organisation; those that it does not have are gone from potential roles.
func TestExchange(t *testing.T) {
	both(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		loaded(t, s)
		in := role("r1")
		in.Origin = &rolemining.Origin{Core: []int{0, 2, 3}, Joined: map[string][]int{"A": {0, 2}, "B": {2}}}
		withRoles(t, s, session("s1"), in)
		provision(t, s, "made")
		before := whatWasDone(t, s)
		if len(before.Made) != 1 || len(before.Requests) != 1 || len(before.Mail) != 1 {
			t.Fatalf("%+v", before)
		}
		exchange := func(what string, change func(p *parts)) {
			t.Helper()
			to := withSessions(change)
			if err := s.Exchange(ctx, to, nil); err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			same(t, what, to, must[rolemining.Dataset](t)(s.Fixtures(ctx)))
			same(t, what, before, whatWasDone(t, s))
		}
		exchange("only keys and sessions", nil)
		exchange("some more, in front and in between", func(p *parts) {
			p.sources = append(p.sources, rolemining.Source{ID: "src-0", Name: "first"})
			p.entitlements = append(p.entitlements, rolemining.Entitlement{ID: "ent-0", SourceID: "src-0"}, rolemining.Entitlement{ID: "ent-2a", SourceID: "src-0"})
			p.identities = append(p.identities, rolemining.Identity{ID: "id-0", Name: "zero", EntitlementIDs: []string{"ent-0", "ent-4"}}, rolemining.Identity{ID: "id-1a", ManagerID: "id-0"})
			p.identities[0].EntitlementIDs = []string{"ent-2a"}
		})
		members, _ := ask(t, s, rolemining.List{Kind: rolemining.RoleIdentities, RoleID: "r1", SessionID: "s1"}, "")
		if len(members) != 3 || members[0]["name"] != "Amanda Ross" {
			t.Errorf("members: %v", members)
		}
		before.Role.IdentityIDs = []string{"id-1", "id-2"}
		before.Role.Excluded, before.Role.EntitlementCount = []string{}, 2
		before.Role.Entitlements = slices.DeleteFunc(before.Role.Entitlements, func(e rolemining.RoleEntitlement) bool { return e.ID == "ent-2" || e.ID == "ent-4" })
		before.Role.Origin = &rolemining.Origin{Core: []int{0}, Joined: map[string][]int{"A": {0}}} // of ent-3, and of id-1
		exchange("some less", func(p *parts) {
			p.identities = p.identities[1:]
			p.entitlements = append(p.entitlements[1:2], p.entitlements[3])
			p.identities[0].EntitlementIDs = nil
		})
		before.Role.IdentityIDs, before.Role.Entitlements, before.Role.EntitlementCount = []string{}, []rolemining.RoleEntitlement{}, 0
		before.Role.Origin = &rolemining.Origin{Core: []int{}}
		exchange("nobody", func(p *parts) { *p = parts{} })
		exchange("as in the beginning", nil)
	})
}

// An exchange that fails changes nothing.
func TestExchangeFails(t *testing.T) {
	both(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		if err := s.Load(ctx, withSessions(nil)); err != nil {
			t.Fatal(err)
		}
		withRoles(t, s, session("s1"), role("r1"))
		provision(t, s, "made")
		before := whatWasDone(t, s)
		to := withSessions(func(p *parts) { *p = parts{} })
		to.Roles = append(to.Roles, rolemining.Role{ID: "made"})
		if err := s.Exchange(ctx, to, nil); !errors.Is(err, store.ErrExists) {
			t.Errorf("an id that is taken: %v", err)
		}
		same(t, "fixtures", withSessions(nil), must[rolemining.Dataset](t)(s.Fixtures(ctx)))
		same(t, "what was done", before, whatWasDone(t, s))
	})
}

// What was worked out in an organisation that was replaced is not stored.
func TestExchangedMeanwhile(t *testing.T) {
	both(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		loaded(t, s)
		withRoles(t, s, session("s1"), role("r1"))
		old := must[*rolemining.Organisation](t)(s.Organisation(ctx))
		update := func(of *rolemining.Organisation) (session, role error) {
			_, session = s.UpdateSession(ctx, "s1", func(now rolemining.Session, _ int) (rolemining.SessionChange, error) {
				return rolemining.SessionChange{Session: now, Of: of, DropRoles: true}, nil
			})
			_, _, role = s.UpdateRole(ctx, "s1", "r1", func(now rolemining.PotentialRole) (rolemining.RoleChange, error) {
				now.Saved = true
				return rolemining.RoleChange{Role: now, Of: of}, nil
			})
			return session, role
		}
		if err := s.Exchange(ctx, dataset(), nil); err != nil {
			t.Fatal(err)
		}
		before := whatWasDone(t, s)
		if session, role := update(old); !errors.Is(session, rolemining.ErrExchanged) || !errors.Is(role, rolemining.ErrStale) {
			t.Errorf("%v, %v", session, role)
		}
		same(t, "what was done", before, whatWasDone(t, s))
		present := must[*rolemining.Organisation](t)(s.Organisation(ctx))
		_, _, err := s.UpdateRole(ctx, "s1", "r1", func(now rolemining.PotentialRole) (rolemining.RoleChange, error) {
			now.Saved = true
			return rolemining.RoleChange{Role: now, Of: present}, nil
		})
		if err != nil {
			t.Errorf("in the present one: %v", err)
		}
	})
}
