package rolemining_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/clock"
	"mockserver/internal/query"
	"mockserver/internal/rolemining"
)

// ticks is how long the scenario of restarts runs, in quarters of a stage.
const ticks = 44

// scenario does, at fixed moments, all that goes on in the background: a
// session is mined, saved from, exported, provisioned, and mined again.
func (l *lab) scenario(tick int) {
	l.t.Helper()
	const id = "11111111-2222-4333-8444-555555555555"
	ctx := l.t.Context()
	switch tick {
	case 0:
		session, err := l.store.CreateSession(ctx, rolemining.Session{
			ID: id, Type: rolemining.Specialized, ScopingMethod: rolemining.AutoRM, PruneThreshold: ptr(50), MinIdentities: 20,
			EmailRecipientID: ptr("i-03"), State: rolemining.SessionCreated, CreatedAt: l.clock.Now(), ModifiedAt: l.clock.Now(), NextAt: ptr(l.clock.Now().Add(stageDelay)),
		})
		l.must(err)
		if session.ID != id {
			l.t.Fatalf("session %s", session.ID)
		}
	case 18: // it has ended
		roles := l.roles(id)
		l.patchRole(roles[1].ID, `[{"op":"replace","path":"/saved","value":true}]`)
		_, err := l.StartExport(ctx, id, roles[1].ID, rolemining.ExportRequest{IncludeCommonAccess: true})
		l.must(err)
		_, _, err = l.Provision(ctx, id, roles[0].ID, rolemining.ProvisionRequest{IncludeIdentities: true})
		l.must(err)
	case 20:
		l.patchSession(id, `[{"op":"replace","path":"/minNumIdentitiesInPotentialRole","value":19}]`)
	case 21:
		l.create(common())
	}
}

// everything is all that a client or a later issue can see, as text.
func (l *lab) everything() string {
	l.t.Helper()
	var b bytes.Buffer
	ctx := l.t.Context()
	sessions, err := l.List(ctx, rolemining.List{Kind: rolemining.SessionList, Query: query.Query{Limit: 250}})
	l.must(err)
	summaries, err := l.List(ctx, rolemining.List{Kind: rolemining.AllSummaries, Query: query.Query{Limit: 250}})
	l.must(err)
	fmt.Fprintf(&b, "%s\n%s\n", sessions.JSON, summaries.JSON)
	roles, err := l.store.Roles(ctx)
	l.must(err)
	mails, err := l.store.Outbox(ctx)
	l.must(err)
	requests, err := l.store.AccessRequests(ctx)
	l.must(err)
	export := l.exportID()
	file, err := l.store.ExportFile(ctx, export)
	l.must(err)
	lines := json.NewEncoder(&b)
	found := l.roles("11111111-2222-4333-8444-555555555555")
	for _, v := range []any{found, roles, mails, requests, export, file} {
		l.must(lines.Encode(v))
	}
	session, err := l.ExplainSession(ctx, "11111111-2222-4333-8444-555555555555")
	l.must(err)
	l.must(lines.Encode(session))
	for _, r := range found {
		why, err := l.Explain(ctx, r.ID)
		l.must(err)
		l.must(lines.Encode(why))
		l.must(lines.Encode(why.Role.Origin))
	}
	return b.String()
}

// exportID is the id that the first export of a test is given.
func (l *lab) exportID() string { return l.ids.UUID("export", 1) }

// run goes through the scenario; before the tick cut, the database is closed
// and opened again, and so is the service.
func runScenario(t *testing.T, cut int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "db")
	l := openLab(t, path, clock.NewManual(start()))
	l.load(smallOrg())
	for tick := range ticks {
		if tick == cut {
			l.must(l.store.Close())
			l = openLab(t, path, l.clock)
		}
		l.scenario(tick)
		l.clock.Advance(stageDelay / 4)
		l.step()
	}
	if due, next, err := l.Due(t.Context()); err != nil || len(due) > 0 || next != nil {
		t.Fatalf("the scenario is not over: %v %v %v", due, next, err)
	}
	return l.everything()
}

// Wherever a process ends, the next one goes on, to the same bytes.
func TestRestartAnywhere(t *testing.T) {
	t.Parallel()
	want := runScenario(t, -1)
	for cut := range ticks {
		t.Run(fmt.Sprint(cut), func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(want, runScenario(t, cut)); diff != "" {
				t.Errorf("undisturbed and restarted runs differ (-undisturbed +restarted):\n%s", diff)
			}
		})
	}
}

// A role that is added between two stages of a session counts for all that the
// session shows in the end, whether or not the process was another one by then.
func TestARoleAddedBetweenStages(t *testing.T) {
	t.Parallel()
	run := func(restart bool) (string, rolemining.Session, *lab) {
		l := newLab(t)
		n := common()
		n.Scope.Criteria = ptr("attributes.department:Engineering")
		role := l.roles(l.mined(n).ID)[0]
		session := l.create(rolemining.NewSession{Scope: n.Scope})
		l.toState(session.ID, rolemining.IdentitiesObtained, 0)
		l.clock.Advance(stageDelay / 2)
		_, _, err := l.Provision(t.Context(), role.SessionID, role.ID, rolemining.ProvisionRequest{IncludeCommonAccess: true})
		l.must(err)
		l.toState(session.ID, rolemining.PruneThresholdObtained, 0)
		for l.role(role.ID).ProvisionState != rolemining.ProvisionComplete {
			l.clock.Advance(stageDelay / 4)
			l.step()
		}
		if got := l.session(session.ID).State; got != rolemining.PruneThresholdObtained {
			t.Fatalf("the role was made in state %s", got)
		}
		if restart {
			l.Service = rolemining.New(rolemining.Config{Store: l.store, Clock: l.clock, IDs: l.ids, Pace: rolemining.Pace{Delay: stageDelay}})
		}
		l.settle()
		all, err := json.Marshal([]any{l.session(session.ID), l.roles(session.ID)})
		l.must(err)
		return string(all), l.session(session.ID), l
	}
	undisturbed, got, l := run(false)
	restarted, _, _ := run(true)
	if diff := cmp.Diff(undisturbed, restarted); diff != "" {
		t.Errorf("undisturbed and restarted runs differ (-undisturbed +restarted):\n%s", diff)
	}
	// All that Engineering has is common access now.
	later := l.mined(rolemining.NewSession{Scope: got.Scope})
	if diff := cmp.Diff(later.PrescribedPruneThreshold, got.PrescribedPruneThreshold); diff != "" || len(l.roles(got.ID)) != len(l.roles(later.ID)) {
		t.Errorf("%d roles, want %d as in a session of later; the prescribed threshold (-later +between):\n%s", len(l.roles(got.ID)), len(l.roles(later.ID)), diff)
	}
}
