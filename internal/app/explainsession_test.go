package app_test

import (
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"

	"mockserver/internal/app/apptest"
)

// explainedSession is a session's explanation as a client reads it.
type explainedSession struct {
	SessionID, Type, State string
	Name                   *string
	Summary                []string
	CommonAccess           []struct{ ID, Name, SourceID, SourceName string }
	Minings                []struct {
		Type                                             string
		Parameters                                       struct{ IdentityCount, AssignmentCount int }
		Candidates                                       []struct{ Threshold int }
		RoleCount, IdentitiesInRoles, IdentitiesLeftOver int
		LeftOver                                         []struct {
			Reason, Meaning string
			Count           int
			Identities      []explainedLeftOut
		}
	}
}

type explainedLeftOut struct {
	ID, Name    string
	OwnAccess   int
	NearestRole *struct {
		ID, Name   string
		Fit, OfOwn float64
	}
}

func (a *auditor) explainSession(id string) explainedSession {
	a.t.Helper()
	got := a.s.Send(http.MethodGet, "/_mock/sessions/"+id+"/explain?limit=10000", nil, nil)
	if got.Status != http.StatusOK {
		a.t.Fatalf("session %s: %d %s", id, got.Status, got.Body)
	}
	var e explainedSession
	got.Into(&e)
	return e
}

// leftOver checks whom the explanation of a session says to be in no role.
func (a *auditor) leftOver(session string, scope []string, all []explained) {
	a.t.Helper()
	e := a.explainSession(session)
	var common []string
	for _, c := range e.CommonAccess {
		common = append(common, c.ID)
		a.equal("name of "+c.ID, a.names[c.ID], c.Name)
	}
	var want []string
	for id, is := range a.common {
		if is {
			want = append(want, id)
		}
	}
	slices.Sort(want)
	a.equal("common access", want, common)
	for _, m := range e.Minings {
		roles, left := 0, setOf(scope)
		for _, r := range all {
			if r.Type != m.Type {
				continue
			}
			roles++
			for _, way := range r.Members.Ways {
				for _, member := range way.Identities {
					delete(left, member.ID)
				}
			}
		}
		a.equal("counts of the session", []int{roles, len(scope) - len(left), len(left), len(scope), a.assignments(scope, m.Type)},
			[]int{m.RoleCount, m.IdentitiesInRoles, m.IdentitiesLeftOver, m.Parameters.IdentityCount, m.Parameters.AssignmentCount})
		told := 0
		for _, group := range m.LeftOver {
			told += group.Count
			a.equal("count of "+group.Reason, len(group.Identities), group.Count)
			for _, x := range group.Identities {
				a.leftOut(x, m.Type, group.Reason, left, all)
			}
		}
		a.equal("all who are left over are told of", len(left), told)
	}
}

// leftOut checks what is said of one who is in no role.
func (a *auditor) leftOut(x explainedLeftOut, kind, reason string, left set, all []explained) {
	a.t.Helper()
	own := a.own(x.ID, kind)
	want := "NO_LARGE_GROUP"
	switch {
	case kind == "COMMON":
		want = "NO_COMMON_ROLE"
	case len(own) == 0:
		want = "NOTHING_OF_ITS_OWN"
	}
	a.equal("left over: "+x.Name, []any{true, a.names[x.ID], len(own), want}, []any{left[x.ID], x.Name, x.OwnAccess, reason})
	best, bestID, ofOwn := 0.0, "", 0.0
	for _, r := range all { // in the session's order
		if fit, share := a.fit(own, r); r.Type == kind && fit > best {
			best, bestID, ofOwn = fit, r.PotentialRoleID, share
		}
	}
	if x.NearestRole == nil {
		a.equal("nearest role of "+x.Name, bestID, "")
	} else if n := x.NearestRole; n.ID != bestID || math.Abs(n.Fit-best) > 0.0006 || math.Abs(n.OfOwn-ofOwn) > 0.0006 {
		a.t.Errorf("nearest role of %s is %+v, want %s by %v and %v", x.Name, *n, bestID, best, ofOwn)
	}
}

// fit is the share of a role's mined core that someone holds, weighted by its
// holders, and how much of what someone holds that is.
func (a *auditor) fit(own set, r explained) (fit, share float64) {
	part, whole, held := 0, 0, 0
	for _, c := range r.Mined.Core {
		whole += c.IdentityCount
		if own[c.ID] {
			part, held = part+c.IdentityCount, held+1
		}
	}
	if part == 0 {
		return 0, 0
	}
	return float64(part) / float64(whole), float64(held) / float64(len(own))
}

// Of those who are left over a page is named for each reason, and all are counted.
func TestExplanationOfASessionHasPages(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	id := s.CreateSession(map[string]any{"minNumIdentitiesInPotentialRole": 1000}) // so nobody is in a role
	path := "/_mock/sessions/" + id + "/explain"
	pageOf := func(query string) (count int, ids []string) {
		t.Helper()
		var e explainedSession
		s.Get(path + query).Into(&e)
		for _, group := range e.Minings[0].LeftOver {
			if group.Reason != "NO_LARGE_GROUP" {
				continue
			}
			count = group.Count
			for _, x := range group.Identities {
				ids = append(ids, x.ID)
			}
		}
		return count, ids
	}
	total, all := pageOf("?limit=10000")
	if total < 300 || len(all) != total || !slices.IsSorted(all) {
		t.Fatalf("%d of %d who are left over, want all of at least 300 by id", len(all), total)
	}
	for query, want := range map[string][]string{
		"":                               all[:250],
		"?limit=3":                       all[:3],
		"?limit=0":                       nil,
		"?limit=3&offset=298":            all[298:301],
		"?offset=" + fmt.Sprint(total-1): all[total-1:],
		"?offset=99999":                  nil,
	} {
		if count, got := pageOf(query); count != total || !slices.Equal(got, want) {
			t.Errorf("%q: %d of %d, want %d of %d", query, len(got), count, len(want), total)
		}
	}
	for query, mention := range map[string]string{"?limit=10001": "10000", "?limit=x": `"x"`, "?offset=-1": "offset", "?count=true": `"count"`} {
		if got := s.Send(http.MethodGet, path+query, nil, nil); got.Status != http.StatusBadRequest || !strings.Contains(got.Text("error"), mention) {
			t.Errorf("%s: %d %s, want 400 naming %s", query, got.Status, got.Body, mention)
		}
	}
}
