package rolemining_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/rolemining"
)

// filter is an element of attributeFilterCriteria as clients write it.
func filter(name string, values ...string) json.RawMessage {
	raw, _ := json.Marshal(map[string]any{
		"displayName": map[string]string{"untranslated": name},
		"data":        map[string]any{"name": name, "operator": "EQUALS", "values": values},
	})
	return raw
}

func filters(all ...json.RawMessage) []json.RawMessage { return all }

// The members of a COMMON session's role are its whole scope, because here
// everybody has something in common.
func TestScope(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	for name, tc := range map[string]struct {
		scope rolemining.Scope
		want  []string
	}{
		"none is everybody active":          {rolemining.Scope{}, people(1, 57)},
		"blank criteria are none":           {rolemining.Scope{Criteria: ptr("  ")}, people(1, 57)},
		"no filters are none":               {rolemining.Scope{AttributeFilterCriteria: filters()}, people(1, 57)},
		"ids, in any order, repeated":       {rolemining.Scope{IdentityIDs: []string{"i-30", "i-02", "i-30"}}, []string{"i-02", "i-30"}},
		"ids may be inactive":               {rolemining.Scope{IdentityIDs: []string{"i-58", "i-01"}}, []string{"i-01", "i-58"}},
		"criteria":                          {rolemining.Scope{Criteria: ptr("attributes.department:legal")}, people(51, 57)},
		"criteria find inactive ones":       {rolemining.Scope{Criteria: ptr("attributes.department:Sales")}, append(people(1, 20), people(58, 60)...)},
		"ids united with criteria":          {rolemining.Scope{IdentityIDs: []string{"i-60", "i-51"}, Criteria: ptr("attributes.department:legal")}, append(people(51, 57), "i-60")},
		"a filter narrows everybody active": {rolemining.Scope{AttributeFilterCriteria: filters(filter("department", "Sales"))}, people(1, 20)},
		"a filter narrows ids": {
			rolemining.Scope{IdentityIDs: []string{"i-01", "i-02", "i-30"}, AttributeFilterCriteria: filters(filter("department", "Sales"))},
			[]string{"i-01", "i-02"},
		},
		"a filter narrows ids and criteria": {
			rolemining.Scope{IdentityIDs: []string{"i-60"}, Criteria: ptr("attributes.department:Legal"), AttributeFilterCriteria: filters(filter("location", "Austin"))},
			[]string{"i-52", "i-54", "i-56", "i-60"},
		},
		"any of the values": {rolemining.Scope{AttributeFilterCriteria: filters(filter("department", "Legal", "Sales"))}, append(people(1, 20), people(51, 57)...)},
		"in any case":       {rolemining.Scope{AttributeFilterCriteria: filters(filter("department", "lEGAL"))}, people(51, 57)},
		"each filter narrows": {
			rolemining.Scope{AttributeFilterCriteria: filters(filter("department", "Legal"), filter("location", "Miami"))},
			[]string{"i-51", "i-53", "i-55", "i-57"},
		},
		"an absent attribute is no value": {
			rolemining.Scope{IdentityIDs: people(4, 6), AttributeFilterCriteria: filters(filter("location", "Austin", "Miami", ""))},
			[]string{"i-04", "i-06"},
		},
		"the manager by display name": {rolemining.Scope{AttributeFilterCriteria: filters(filter("manager", "person 01"))}, people(2, 20)},
		"the operator in any case": {
			rolemining.Scope{AttributeFilterCriteria: filters(json.RawMessage(`{"data":{"name":"department","operator":"equals","values":["Legal"]}}`))},
			people(51, 57),
		},
	} {
		t.Run(name, func(t *testing.T) {
			n := common()
			n.Scope = tc.scope
			session := l.mined(n)
			if session.IdentityCount != len(tc.want) {
				t.Errorf("identityCount = %d, want %d", session.IdentityCount, len(tc.want))
			}
			roles := l.roles(session.ID)
			if len(roles) != 1 {
				t.Fatalf("%d roles, want 1", len(roles))
			}
			slices.Sort(tc.want)
			if diff := cmp.Diff(tc.want, roles[0].IdentityIDs); diff != "" {
				t.Errorf("scope (-want +got):\n%s", diff)
			}
		})
	}
}

// What is in a scope, and whom it finds, are two questions: nobody is an answer.
func TestEmptyScopeIsAnOrdinaryEnd(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	for name, scope := range map[string]rolemining.Scope{
		"criteria that nobody meets": {Criteria: ptr("name:nobody")},
		"a value that nobody has":    {AttributeFilterCriteria: filters(filter("department", "Catering"))},
	} {
		for _, kind := range []rolemining.RoleType{rolemining.Specialized, rolemining.Common} {
			t.Run(name+" "+string(kind), func(t *testing.T) {
				session := l.mined(rolemining.NewSession{Type: kind, Scope: scope, MinIdentities: ptr(1)})
				if session.State != rolemining.PotentialRolesCreated || session.IdentityCount != 0 || session.PotentialRoleCount != 0 {
					t.Errorf("%s with %d identities and %d roles, want a finished session of none", session.State, session.IdentityCount, session.PotentialRoleCount)
				}
			})
		}
	}
}

func TestCreateSessionRefuses(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	scope := func(s rolemining.Scope) rolemining.NewSession { return rolemining.NewSession{Scope: s} }
	raw := func(text string) rolemining.NewSession {
		return scope(rolemining.Scope{AttributeFilterCriteria: filters(json.RawMessage(text))})
	}
	for name, tc := range map[string]struct {
		session rolemining.NewSession
		kind    rolemining.Kind
		field   string
		says    string
	}{
		"unknown identities": {
			scope(rolemining.Scope{IdentityIDs: []string{"i-01", "x1", "i-99", `"`}}), rolemining.BadReference, "scope.identityIds", `"x1", "i-99", "\""`,
		},
		"many unknown identities": {
			scope(rolemining.Scope{IdentityIDs: []string{"a", "b", "c", "d", "e", "f"}}), rolemining.BadReference, "scope.identityIds", `"e", ...`,
		},
		"criteria":                {scope(rolemining.Scope{Criteria: ptr("name:(")}), rolemining.IllegalValue, "scope.criteria", "scope.criteria"},
		"a field that is not":     {scope(rolemining.Scope{Criteria: ptr("shoeSize:43")}), rolemining.IllegalValue, "scope.criteria", "shoeSize"},
		"an attribute that isn't": {scope(rolemining.Scope{AttributeFilterCriteria: filters(filter("shoeSize", "43"))}), rolemining.IllegalValue, "scope.attributeFilterCriteria.data.name", "shoeSize"},
		"another operator":        {raw(`{"data":{"name":"department","operator":"GREATER","values":["A"]}}`), rolemining.IllegalValue, "scope.attributeFilterCriteria.data.operator", "EQUALS"},
		"no data":                 {raw(`{"name":"department"}`), rolemining.IllegalValue, "scope.attributeFilterCriteria", "data"},
		"values of another kind":  {raw(`{"data":{"name":"department","operator":"EQUALS","values":"Sales"}}`), rolemining.IllegalValue, "scope.attributeFilterCriteria", "values"},
		"type":                    {rolemining.NewSession{Type: "SPECIAL"}, rolemining.IllegalValue, "type", "SPECIALIZED or COMMON"},
		"threshold under 0":       {rolemining.NewSession{PruneThreshold: ptr(-1)}, rolemining.IllegalValue, "pruneThreshold", "0 to 100"},
		"threshold over 100":      {rolemining.NewSession{PruneThreshold: ptr(101)}, rolemining.IllegalValue, "pruneThreshold", "0 to 100"},
		"minimum of 0":            {rolemining.NewSession{MinIdentities: ptr(0)}, rolemining.IllegalValue, "minNumIdentitiesInPotentialRole", "from 1"},
		"minimum over int32":      {rolemining.NewSession{MinIdentities: ptr(1 << 31)}, rolemining.IllegalValue, "minNumIdentitiesInPotentialRole", "2147483647"},
		"long name":               {rolemining.NewSession{Name: ptr(strings.Repeat("é", 1025))}, rolemining.IllegalValue, "name", "1024"},
		"no values":               {scope(rolemining.Scope{AttributeFilterCriteria: filters(filter("department"))}), rolemining.IllegalValue, "scope.attributeFilterCriteria", "values"},
		"a value that is null":    {raw(`{"data":{"name":"department","operator":"EQUALS","values":["Sales",null]}}`), rolemining.IllegalValue, "scope.attributeFilterCriteria", "values"},
		"recipient":               {rolemining.NewSession{EmailRecipientID: ptr("nobody")}, rolemining.BadReference, "emailRecipientId", "nobody"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := l.CreateSession(t.Context(), tc.session, nil)
			refused(t, err, tc.kind, tc.field)
			if err != nil && !strings.Contains(err.Error(), tc.says) {
				t.Errorf("error %q does not say %q", err, tc.says)
			}
		})
	}
	if due, next, err := l.Due(t.Context()); err != nil || len(due) > 0 || next != nil {
		t.Errorf("a refused session left work: %v, %v, %v", due, next, err)
	}
}

func TestCreateSessionDefaults(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	got, err := l.CreateSession(t.Context(), rolemining.NewSession{}, nil)
	l.must(err)
	want := rolemining.Session{
		ID: got.ID, Type: rolemining.Specialized, ScopingMethod: rolemining.Manual, MinIdentities: 20, State: rolemining.SessionCreated,
		CreatedAt: start(), ModifiedAt: start(), NextAt: ptr(start().Add(stageDelay)),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("session (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(got, l.session(got.ID)); diff != "" {
		t.Errorf("the stored session differs:\n%s", diff)
	}
}

// A scope can take a while to resolve, and the server may have to end meanwhile.
func TestResolvingAScopeEndsWithItsContext(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	ctx, cancel := context.WithCancel(t.Context())
	read := func() {}
	s := rolemining.New(rolemining.Config{
		Store: watched{l.store, func() { read() }, func() { t.Error("the scope was resolved to its end") }}, Clock: l.clock, Pace: rolemining.Pace{Delay: stageDelay},
	})
	session, err := s.CreateSession(ctx, rolemining.NewSession{Scope: rolemining.Scope{Criteria: ptr("*x*")}}, nil)
	l.must(err)
	l.clock.Advance(stageDelay)
	read = cancel
	if err := s.Advance(ctx, rolemining.Task{Kind: rolemining.SessionTask, ID: session.ID}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that of the context", err)
	}
}
