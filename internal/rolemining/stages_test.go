package rolemining_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"mockserver/internal/rolemining"
)

// progress is what a client sees of a session on its way.
type progress struct {
	State        rolemining.SessionState
	Identities   int
	Prescribed   bool
	Roles, Ready int
}

func progressOf(s rolemining.Session) progress {
	return progress{s.State, s.IdentityCount, s.PrescribedPruneThreshold != nil, s.PotentialRoleCount, s.PotentialRolesReadyCount}
}

// watch steps the background many times in each stage, as a busy server would, and
// notes when what a client sees changes.
func (l *lab) watch(id string, until time.Duration) (seen []progress, at []time.Duration) {
	l.t.Helper()
	begin := l.clock.Now()
	for l.clock.Now().Sub(begin) <= until {
		now := progressOf(l.session(id))
		if len(seen) == 0 || seen[len(seen)-1] != now {
			seen, at = append(seen, now), append(at, l.clock.Now().Sub(begin))
		}
		l.clock.Advance(stageDelay / 20)
		l.step()
	}
	return seen, at
}

// Every state stays for the stage delay and no longer, whatever the number of
// roles, and what is known fills in on the way. Roles become ready in quarters.
func TestStages(t *testing.T) {
	t.Parallel()
	const (
		created, obtained = rolemining.SessionCreated, rolemining.IdentitiesObtained
		threshold         = rolemining.PruneThresholdObtained
		processing, done  = rolemining.PotentialRolesProcessing, rolemining.PotentialRolesCreated
	)
	for name, tc := range map[string]struct {
		session rolemining.NewSession
		want    []progress
		at      []int // ms
	}{
		"two roles": {
			specialized(),
			[]progress{
				{created, 0, false, 0, 0}, {obtained, 57, false, 0, 0}, {threshold, 57, true, 0, 0},
				{processing, 57, true, 2, 0}, {processing, 57, true, 2, 1}, {done, 57, true, 2, 2},
			},
			[]int{0, 100, 200, 300, 350, 400},
		},
		"one role": {
			common(),
			[]progress{
				{created, 0, false, 0, 0}, {obtained, 57, false, 0, 0}, {threshold, 57, false, 0, 0},
				{processing, 57, false, 1, 0}, {done, 57, false, 1, 1},
			},
			[]int{0, 100, 200, 300, 400},
		},
		"no roles": {
			rolemining.NewSession{PruneThreshold: ptr(50), MinIdentities: ptr(31)},
			[]progress{
				{created, 0, false, 0, 0}, {obtained, 57, false, 0, 0}, {threshold, 57, true, 0, 0},
				{processing, 57, true, 0, 0}, {done, 57, true, 0, 0},
			},
			[]int{0, 100, 200, 300, 400},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t)
			session := l.create(tc.session)
			seen, at := l.watch(session.ID, 450*time.Millisecond)
			if diff := cmp.Diff(tc.want, seen); diff != "" {
				t.Errorf("progress (-want +got):\n%s", diff)
			}
			var got []int
			for _, d := range at {
				got = append(got, int(d.Milliseconds()))
			}
			if diff := cmp.Diff(tc.at, got); diff != "" {
				t.Errorf("ms (-want +got):\n%s", diff)
			}
		})
	}
}

// The delay is counted from the moment, not from the millisecond that is shown.
func TestNoStageIsCutShort(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.clock.Advance(999 * time.Microsecond)
	session := l.create(specialized())
	l.clock.Advance(stageDelay - time.Nanosecond)
	if l.step() != 0 || l.session(session.ID).State != rolemining.SessionCreated {
		t.Error("CREATED was left before its time")
	}
	l.clock.Advance(time.Nanosecond)
	if l.step() != 1 || l.session(session.ID).State != rolemining.IdentitiesObtained {
		t.Error("CREATED was not left at its time")
	}
}

// A task that is handed over twice takes one step, not two.
func TestAdvanceMindsTheClock(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	session := l.create(specialized())
	task := rolemining.Task{Kind: rolemining.SessionTask, ID: session.ID}
	l.clock.Advance(stageDelay)
	for range 3 {
		l.must(l.Advance(t.Context(), task))
	}
	if got := l.session(session.ID).State; got != rolemining.IdentitiesObtained {
		t.Errorf("state %s, want IDENTITIES_OBTAINED", got)
	}
	if err := l.Advance(t.Context(), rolemining.Task{Kind: rolemining.SessionTask, ID: "nothing"}); !errors.Is(err, rolemining.ErrNotFound) {
		t.Errorf("error %v for a session that is not there, want ErrNotFound", err)
	}
	if err := l.Advance(t.Context(), rolemining.Task{Kind: 9, ID: session.ID}); err == nil {
		t.Error("a task of no kind was done")
	}
}

// toState moves a session to a state on its way to the end.
func (l *lab) toState(id string, want rolemining.SessionState, ready int) {
	l.t.Helper()
	for range 1000 {
		if s := l.session(id); s.State == want && s.PotentialRolesReadyCount >= ready {
			return
		}
		l.clock.Advance(stageDelay / 4)
		l.step()
	}
	l.t.Fatalf("the session never was %s", want)
}

// stops are the places of a session's way at which something can happen to it.
var stops = []struct {
	state rolemining.SessionState
	ready int
}{
	{rolemining.SessionCreated, 0},
	{rolemining.IdentitiesObtained, 0},
	{rolemining.PruneThresholdObtained, 0},
	{rolemining.PotentialRolesProcessing, 0},
	{rolemining.PotentialRolesProcessing, 1},
	{rolemining.PotentialRolesCreated, 2},
}

// forEachStop runs a test at each stop of a fresh session.
func forEachStop(t *testing.T, test func(t *testing.T, l *lab, session rolemining.Session)) {
	t.Helper()
	for _, stop := range stops {
		t.Run(fmt.Sprintf("%s with %d ready", stop.state, stop.ready), func(t *testing.T) {
			t.Parallel()
			l := newLab(t)
			n := specialized()
			n.EmailRecipientID = ptr("i-03")
			session := l.create(n)
			l.toState(session.ID, stop.state, stop.ready)
			test(t, l, l.session(session.ID))
		})
	}
}

// A new threshold in any state: UPDATED at once, the old result gone, the new
// one as if it had been asked for from the start.
func TestPatchOfAThresholdInEveryState(t *testing.T) {
	t.Parallel()
	forEachStop(t, func(t *testing.T, l *lab, before rolemining.Session) {
		l.clock.Advance(10 * time.Millisecond)
		got := l.patchSession(before.ID, `[{"op":"replace","path":"/pruneThreshold","value":100}]`)
		want := before
		want.PruneThreshold, want.State, want.ModifiedAt, want.NextAt = ptr(100), rolemining.SessionUpdated, l.clock.Now(), ptr(l.clock.Now().Add(stageDelay))
		want.Epoch, want.ReadyStep, want.PotentialRoleCount, want.PotentialRolesReadyCount, want.PrescribedPruneThreshold = before.Epoch+1, 0, 0, 0, nil
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("session (-want +got):\n%s", diff)
		}
		if roles := l.roles(before.ID); len(roles) != 0 {
			t.Errorf("%d roles of the old run are left", len(roles))
		}
		seen, _ := l.watch(before.ID, 450*time.Millisecond)
		states := []rolemining.SessionState{}
		for _, p := range seen {
			if len(states) == 0 || states[len(states)-1] != p.State {
				states = append(states, p.State)
			}
		}
		wantStates := []rolemining.SessionState{
			rolemining.SessionUpdated, rolemining.IdentitiesObtained, rolemining.PruneThresholdObtained,
			rolemining.PotentialRolesProcessing, rolemining.PotentialRolesCreated,
		}
		if diff := cmp.Diff(wantStates, states); diff != "" {
			t.Errorf("states (-want +got):\n%s", diff)
		}
		session := l.session(before.ID)
		sameRoles(t, l.roles(session.ID), dressed(wantEngineering(), session, 100))
		mails, err := l.store.Outbox(t.Context())
		l.must(err)
		finished := 1
		if before.State == rolemining.PotentialRolesCreated {
			finished = 2
		}
		if len(mails) != finished {
			t.Errorf("%d mails, want one for each end: %d", len(mails), finished)
		}
	})
}

// The result of a mining that was under way when the threshold changed is worth
// nothing: the step that carries it must not be taken.
func TestAnOvertakenStepIsDiscarded(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`[{"op":"replace","path":"/pruneThreshold","value":100}]`,
		`[{"op":"replace","path":"/minNumIdentitiesInPotentialRole","value":"25"}]`,
	} {
		l := newLab(t)
		session := l.create(specialized())
		l.toState(session.ID, rolemining.PruneThresholdObtained, 0)
		l.clock.Advance(stageDelay)
		overtaken := rolemining.New(rolemining.Config{
			Store: patchesFirst{l.store, func() { l.patchSession(session.ID, body) }}, Clock: l.clock, Pace: rolemining.Pace{Delay: stageDelay},
		})
		err := overtaken.Advance(t.Context(), rolemining.Task{Kind: rolemining.SessionTask, ID: session.ID})
		if !errors.Is(err, rolemining.ErrStale) {
			t.Errorf("error %v, want ErrStale", err)
		}
		if got := l.session(session.ID); got.State != rolemining.SessionUpdated || len(l.roles(session.ID)) != 0 {
			t.Errorf("%s with %d roles, want UPDATED with none", got.State, len(l.roles(session.ID)))
		}
		l.settle()
		after := l.session(session.ID)
		threshold := *after.PruneThreshold
		sameRoles(t, l.roles(session.ID), dressed(wantEngineering(), after, threshold))
	}
}

// Neither must a step that someone else has taken, nor one of an old run whose
// session stands in the same state again.
func TestAStepIsTakenOnce(t *testing.T) {
	t.Parallel()
	for name, meanwhile := range map[string]func(l *lab, id string){
		"taken by someone else": func(l *lab, _ string) { l.step() },
		"the same state again": func(l *lab, id string) {
			l.patchSession(id, `[{"op":"replace","path":"/pruneThreshold","value":100}]`)
			l.toState(id, rolemining.PruneThresholdObtained, 0)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t)
			session := l.create(specialized())
			l.toState(session.ID, rolemining.PruneThresholdObtained, 0)
			l.clock.Advance(stageDelay)
			slow := rolemining.New(rolemining.Config{
				Store: patchesFirst{l.store, func() { meanwhile(l, session.ID) }}, Clock: l.clock, Pace: rolemining.Pace{Delay: stageDelay},
			})
			err := slow.Advance(t.Context(), rolemining.Task{Kind: rolemining.SessionTask, ID: session.ID})
			if !errors.Is(err, rolemining.ErrStale) {
				t.Errorf("error %v, want ErrStale", err)
			}
			l.settle()
			after := l.session(session.ID)
			want := []rolemining.PotentialRole{dressed(wantEngineering(), after, *after.PruneThreshold)}
			if *after.PruneThreshold == 50 {
				want = append(want, dressed(wantSales(), after, 50))
			}
			sameRoles(t, l.roles(session.ID), want...)
		})
	}
}

// What is not about mining is changed in any state and mines nothing.
func TestPatchOfANameInEveryState(t *testing.T) {
	t.Parallel()
	forEachStop(t, func(t *testing.T, l *lab, before rolemining.Session) {
		l.clock.Advance(10 * time.Millisecond)
		got := l.patchSession(before.ID, `[{"op":"add","path":"/name","value":"New"},{"op":"replace","path":"/saved","value":"true"},
			{"op":"replace","path":"/pruneThreshold","value":"50"},{"op":"replace","path":"/minNumIdentitiesInPotentialRole","value":20}]`)
		want := before
		want.Name, want.Saved, want.ModifiedAt = ptr("New"), true, l.clock.Now()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("session (-want +got):\n%s", diff)
		}
		l.settle()
		session := l.session(before.ID)
		sameRoles(t, l.roles(session.ID), dressed(wantEngineering(), session, 50), dressed(wantSales(), session, 50))
	})
}

func TestPatchIsAllOrNothing(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	before := l.mined(specialized())
	for _, body := range []string{
		`[{"op":"replace","path":"/name","value":"New"},{"op":"replace","path":"/pruneThreshold","value":101}]`,
		`[{"op":"replace","path":"/pruneThreshold","value":60},{"op":"replace","path":"/type","value":"COMMON"}]`,
		`[{"op":"remove","path":"/pruneThreshold"}]`,
		`[{"op":"replace","path":"/minNumIdentitiesInPotentialRole","value":0}]`,
		`[{"op":"replace","path":"/minNumIdentitiesInPotentialRole","value":null}]`,
	} {
		if _, err := l.PatchSession(t.Context(), before.ID, []byte(body)); err == nil {
			t.Errorf("%s was accepted", body)
		}
	}
	if diff := cmp.Diff(before, l.session(before.ID)); diff != "" {
		t.Errorf("a refused patch changed the session:\n%s", diff)
	}
	if _, err := l.PatchSession(t.Context(), "nothing", []byte(`[]`)); !errors.Is(err, rolemining.ErrNotFound) {
		t.Errorf("error %v for a session that is not there, want ErrNotFound", err)
	}
}

func TestKeptRolesSurvive(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	session := l.mined(specialized())
	sales := l.roles(session.ID)[1]
	sales = l.patchRole(sales.ID, `[{"op":"replace","path":"/saved","value":true},{"op":"replace","path":"/name","value":"Sellers"}]`)
	sales, _, err := l.EditEntitlements(t.Context(), session.ID, sales.ID, []string{"e-s3"}, true)
	l.must(err)

	got := l.patchSession(session.ID, `[{"op":"replace","path":"/pruneThreshold","value":100}]`)
	if got.PotentialRoleCount != 1 || got.PotentialRolesReadyCount != 1 {
		t.Errorf("roles %d, ready %d; want the kept one", got.PotentialRoleCount, got.PotentialRolesReadyCount)
	}
	sameRoles(t, l.roles(session.ID), sales)
	seen, _ := l.watch(session.ID, 450*time.Millisecond)
	want := []progress{
		{rolemining.SessionUpdated, 57, false, 1, 1}, {rolemining.IdentitiesObtained, 57, false, 1, 1}, {rolemining.PruneThresholdObtained, 57, true, 1, 1},
		{rolemining.PotentialRolesProcessing, 57, true, 2, 1}, {rolemining.PotentialRolesCreated, 57, true, 2, 2},
	}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("progress (-want +got):\n%s", diff)
	}
	sameRoles(t, l.roles(session.ID), sales, dressed(wantEngineering(), l.session(session.ID), 100))
}

// Mining that finds a kept role again, by its id, leaves it as it was kept.
func TestAKeptRoleIsNotDuplicated(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	session := l.mined(specialized())
	kept := l.patchRole(l.roles(session.ID)[1].ID, `[{"op":"replace","path":"/saved","value":true},{"op":"replace","path":"/description","value":"mine"}]`)
	l.patchSession(session.ID, `[{"op":"replace","path":"/pruneThreshold","value":100}]`)
	l.settle()
	l.patchSession(session.ID, `[{"op":"replace","path":"/pruneThreshold","value":50}]`)
	l.settle()
	after := l.session(session.ID)
	sameRoles(t, l.roles(session.ID), kept, dressed(wantEngineering(), after, 50))
	if after.PotentialRoleCount != 2 || after.PotentialRolesReadyCount != 2 || after.State != rolemining.PotentialRolesCreated {
		t.Errorf("%s with %d roles, %d ready; want an end with 2 and 2", after.State, after.PotentialRoleCount, after.PotentialRolesReadyCount)
	}
}

// A role that is let go while its session mines again goes with the others.
func TestARoleLetGoDuringMining(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	session := l.mined(specialized())
	role := l.patchRole(l.roles(session.ID)[1].ID, `[{"op":"replace","path":"/saved","value":true}]`)
	l.patchSession(session.ID, `[{"op":"replace","path":"/pruneThreshold","value":100}]`)
	l.patchRole(role.ID, `[{"op":"remove","path":"/saved"}]`)
	l.settle()
	after := l.session(session.ID)
	sameRoles(t, l.roles(session.ID), dressed(wantEngineering(), after, 100))
	if after.PotentialRoleCount != 1 || after.PotentialRolesReadyCount != 1 {
		t.Errorf("roles %d, ready %d; want 1, 1", after.PotentialRoleCount, after.PotentialRolesReadyCount)
	}
}

func TestRemoveGivesTheGeneratedNameBack(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	session := l.mined(specialized())
	before := l.roles(session.ID)[0]
	l.patchRole(before.ID, `[{"op":"replace","path":"/name","value":"A"},{"op":"replace","path":"/description","value":"B"},{"op":"replace","path":"/saved","value":true}]`)
	l.patchRole(before.ID, `[{"op":"remove","path":"/name"},{"op":"remove","path":"/description"},{"op":"remove","path":"/saved"}]`)
	sameRoles(t, l.roles(session.ID)[:1], before)
}

func TestMail(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.mined(specialized()) // without a recipient there is no mail
	n := specialized()
	n.Name, n.EmailRecipientID = ptr("RM Session"), ptr("i-03")
	session := l.mined(n)
	first := rolemining.Mail{
		SessionID: session.ID, RecipientID: "i-03", Address: "p03@small.example", Subject: "RM Session is complete",
		Text:      "Person 03, your role mining session is complete: 2 potential roles were found among 57 identities.",
		CreatedAt: session.ModifiedAt,
	}
	l.patchSession(session.ID, `[{"op":"replace","path":"/name","value":null},{"op":"replace","path":"/minNumIdentitiesInPotentialRole","value":21}]`)
	l.settle()
	second := first
	second.Subject = "Role mining session " + session.ID + " is complete"
	second.Text = "Person 03, your role mining session is complete: 1 potential roles were found among 57 identities."
	second.CreatedAt = l.session(session.ID).ModifiedAt

	mails, err := l.store.Outbox(t.Context())
	l.must(err)
	if diff := cmp.Diff([]rolemining.Mail{first, second}, mails, cmpopts.IgnoreFields(rolemining.Mail{}, "ID")); diff != "" {
		t.Errorf("mails (-want +got):\n%s", diff)
	}
	if len(mails) == 2 && mails[0].ID == mails[1].ID {
		t.Error("two mails have one id")
	}
}
