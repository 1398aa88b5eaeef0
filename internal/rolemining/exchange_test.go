package rolemining_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/idgen"
	"mockserver/internal/rolemining"
)

const exchangedID = "11111111-2222-4333-8444-555555555555"

// outcome is what mining has made of the session exchangedID.
func (l *lab) outcome() any {
	l.t.Helper()
	mined, err := l.store.MinedSession(l.t.Context(), exchangedID)
	l.must(err)
	return mined
}

func (l *lab) putSession() {
	l.t.Helper()
	_, err := l.store.CreateSession(l.t.Context(), rolemining.Session{
		ID: exchangedID, Type: rolemining.Specialized, ScopingMethod: rolemining.AutoRM, PruneThreshold: ptr(50), MinIdentities: 5,
		State: rolemining.SessionCreated, CreatedAt: start(), ModifiedAt: start(), NextAt: ptr(start()),
	})
	l.must(err)
}

// Whenever the organisation is replaced while a session is mined, before its
// roles are there, everything about the session is of the new one: never a part
// of each.
func TestExchangeWhileMining(t *testing.T) {
	t.Parallel()
	after := smallOrg(append(people(1, 4), people(30, 40)...)...)
	alone := newLab(t)
	alone.load(after)
	alone.putSession()
	for range 3 {
		alone.must(alone.atOnce().Advance(t.Context(), rolemining.Task{Kind: rolemining.SessionTask, ID: exchangedID}))
	}
	want := alone.outcome()
	for nth := 1; nth <= 3; nth++ {
		for _, when := range []string{"before its change", "before the step"} {
			t.Run(fmt.Sprint("step ", nth, ", ", when), func(t *testing.T) {
				t.Parallel()
				l, updates := newLab(t), 0
				l.putSession()
				exchange := func() { l.must(l.store.Exchange(t.Context(), after, nil)) }
				service := rolemining.New(rolemining.Config{
					Clock: l.clock, IDs: idgen.New("test"), Log: slog.New(slog.DiscardHandler),
					Store: patchesFirst{l.store, func() {
						if updates++; updates == nth && when == "before its change" {
							exchange()
						}
					}},
				})
				for step := 1; step <= 3; step++ {
					if step == nth && when == "before the step" {
						exchange()
					}
					l.must(service.Advance(t.Context(), rolemining.Task{Kind: rolemining.SessionTask, ID: exchangedID}))
				}
				if diff := cmp.Diff(want, l.outcome()); diff != "" {
					t.Errorf("(-mined in the new organisation +got):\n%s", diff)
				}
			})
		}
	}
}

// An edit that meets an exchange is made in the new organisation.
func TestExchangeWhileEditing(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	session := l.mined(specialized())
	role := l.roles(session.ID)[0]
	gone := role.IdentityIDs[0]
	store := &editsFirst{Store: l.store, meanwhile: func() { l.must(l.store.Exchange(t.Context(), smallOrg(gone), nil)) }}
	service := rolemining.New(rolemining.Config{Store: store, Clock: l.clock, IDs: idgen.New("test"), Log: slog.New(slog.DiscardHandler)})
	taken := role.Entitlements[0].ID
	got, _, err := service.EditEntitlements(t.Context(), session.ID, role.ID, []string{taken}, true)
	l.must(err)
	if len(got.IdentityIDs) != len(role.IdentityIDs)-1 || got.Entitlements[0].IdentityCount != len(got.IdentityIDs) {
		t.Errorf("%d members, of whom %d hold %s", len(got.IdentityIDs), got.Entitlements[0].IdentityCount, taken)
	}
	if diff := cmp.Diff([]string{taken}, got.Excluded); diff != "" {
		t.Error(diff)
	}
}

// The explanation of a potential role tells of the same core after members have
// left, others hold other things, and the role was edited in that organisation.
func TestExchangeBeforeExplaining(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	session := l.mined(specialized())
	role := l.roles(session.ID)[0]
	before, err := l.Explain(t.Context(), role.ID)
	l.must(err)
	other := smallOrg(role.IdentityIDs[3])
	var identities []rolemining.Identity
	for i, x := range other.Identities.All() {
		if i%2 == 0 {
			x.EntitlementIDs = append(x.EntitlementIDs, "e-x")
		}
		identities = append(identities, x)
	}
	other.Organisation, err = rolemining.NewOrganisation(other.Sources, other.Entitlements, identities)
	l.must(err)
	l.must(l.store.Exchange(t.Context(), other, nil))
	for _, step := range []string{"exchanged", "edited"} {
		if step == "edited" {
			edited, _, err := l.EditEntitlements(t.Context(), session.ID, role.ID, []string{role.Entitlements[0].ID}, true)
			l.must(err)
			if len(edited.Entitlements) != len(role.Entitlements)+1 {
				t.Errorf("the edit did not see what is held now: %+v", edited.Entitlements)
			}
		}
		after, err := l.Explain(t.Context(), role.ID)
		l.must(err)
		if diff := cmp.Diff(accessIDs(before.Mined.Core), accessIDs(after.Mined.Core)); diff != "" {
			t.Errorf("%s, core (-before +after):\n%s", step, diff)
		}
		if was, is := memberCount(before), memberCount(after); is != was-1 {
			t.Errorf("%s: %d members, %d before", step, is, was)
		}
	}
}

func accessIDs(all []rolemining.Access) map[string]bool {
	ids := map[string]bool{}
	for _, a := range all {
		ids[a.ID] = true
	}
	return ids
}

func memberCount(e rolemining.Explanation) (n int) {
	for _, g := range e.Members {
		n += len(g.Members)
	}
	return n
}

// A potential role whose members are all gone still answers whatever is asked of
// it, and can be mined again.
func TestExchangeForNobody(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	session := l.mined(rolemining.NewSession{PruneThreshold: ptr(50), Saved: true})
	role := l.roles(session.ID)[0]
	l.patchRole(role.ID, `[{"op":"replace","path":"/saved","value":true}]`)
	l.must(l.store.Exchange(t.Context(), smallOrg(people(1, 60)...), nil))
	ctx := t.Context()
	if now := l.role(role.ID); len(now.IdentityIDs) != 0 || now.Density != role.Density {
		t.Errorf("%d members, density %d; %d before", len(now.IdentityIDs), now.Density, role.Density)
	}
	whole, err := l.Explain(ctx, role.ID)
	l.must(err)
	if _, err := json.Marshal(whole); err != nil {
		t.Errorf("explain: %v", err)
	}
	for what, err := range map[string]error{
		"explain session": second(l.ExplainSession(ctx, session.ID)),
		"export":          second(l.ExportRole(ctx, session.ID, role.ID)),
		"edit":            third(l.EditEntitlements(ctx, session.ID, role.ID, []string{role.Entitlements[0].ID}, true)),
		"provision":       third(l.Provision(ctx, session.ID, role.ID, rolemining.ProvisionRequest{IncludeIdentities: true})),
	} {
		var refusal *rolemining.Error
		if err != nil && !errors.As(err, &refusal) {
			t.Errorf("%s: %v", what, err)
		}
	}
	l.patchSession(session.ID, `[{"op":"replace","path":"/pruneThreshold","value":40}]`)
	l.settle()
	if again := l.session(session.ID); again.State != rolemining.PotentialRolesCreated || again.IdentityCount != 0 || again.PotentialRoleCount != 1 {
		t.Errorf("%+v", again)
	}
}

func second[T any](_ T, err error) error { return err }

func third[T, U any](_ T, _ U, err error) error { return err }
