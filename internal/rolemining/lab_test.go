package rolemining_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"mockserver/internal/clock"
	"mockserver/internal/idgen"
	"mockserver/internal/query"
	"mockserver/internal/rolemining"
	"mockserver/internal/store"
)

// lab is the use cases over a real store, with a clock that the test moves.
type lab struct {
	*rolemining.Service
	t     *testing.T
	store *store.Store
	clock *clock.Manual
	ids   *idgen.Source
}

const stageDelay = 100 * time.Millisecond

func start() time.Time { return time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC) }

// newLab opens a database in memory with the small organisation.
func newLab(t *testing.T) *lab {
	t.Helper()
	l := openLab(t, "", clock.NewManual(start()))
	l.load(smallOrg())
	return l
}

// openLab opens a database, of a file unless path is "".
func openLab(t *testing.T, path string, c *clock.Manual) *lab {
	t.Helper()
	ids := idgen.New("test")
	db, err := store.Open(t.Context(), store.Config{Path: path, IDs: ids})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	log := slog.New(slog.DiscardHandler)
	return &lab{
		Service: rolemining.New(rolemining.Config{Store: db, Clock: c, IDs: ids, Log: log, Pace: rolemining.Pace{Mode: rolemining.Auto, Delay: stageDelay}}),
		t:       t, store: db, clock: c, ids: ids,
	}
}

// atOnce is a second service over the same store, without a stage delay.
func (l *lab) atOnce() *rolemining.Service {
	return rolemining.New(rolemining.Config{Store: l.store, Clock: l.clock, IDs: idgen.New("test"), Log: slog.New(slog.DiscardHandler)})
}

func (l *lab) load(d rolemining.Dataset) {
	l.t.Helper()
	if err := l.store.Load(context.Background(), d); err != nil {
		l.t.Fatal(err)
	}
}

// put stores a session and its potential roles as they are.
func (l *lab) put(session rolemining.Session, roles ...rolemining.PotentialRole) {
	l.t.Helper()
	_, err := l.store.CreateSession(l.t.Context(), session)
	l.must(err)
	_, err = l.store.UpdateSession(l.t.Context(), session.ID, func(old rolemining.Session, _ int) (rolemining.SessionChange, error) {
		return rolemining.SessionChange{Session: old, AddRoles: roles}, nil
	})
	l.must(err)
}

func (l *lab) must(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

// step takes one step of all that is due.
func (l *lab) step() int {
	l.t.Helper()
	due, _, err := l.Due(l.t.Context())
	l.must(err)
	for _, task := range due {
		l.must(l.Advance(l.t.Context(), task))
	}
	return len(due)
}

// settle moves the clock on until nothing is left to do.
func (l *lab) settle() {
	l.t.Helper()
	for {
		due, next, err := l.Due(l.t.Context())
		l.must(err)
		if len(due) == 0 && next == nil {
			return
		}
		if len(due) == 0 {
			l.clock.Advance(next.Sub(l.clock.Now()))
		}
		l.step()
	}
}

func (l *lab) create(n rolemining.NewSession) rolemining.Session {
	l.t.Helper()
	s, err := l.CreateSession(l.t.Context(), n, &rolemining.Actor{ID: "i-01", DisplayName: "Person 01"})
	l.must(err)
	return s
}

// mined creates a session and mines it to its end.
func (l *lab) mined(n rolemining.NewSession) rolemining.Session {
	l.t.Helper()
	s := l.create(n)
	l.settle()
	return l.session(s.ID)
}

func (l *lab) session(id string) rolemining.Session {
	l.t.Helper()
	s, err := l.Session(l.t.Context(), id)
	l.must(err)
	return s
}

// roles are the potential roles of a session in their order.
func (l *lab) roles(sessionID string) []rolemining.PotentialRole {
	l.t.Helper()
	kind := rolemining.SessionSummaries
	page, err := l.List(l.t.Context(), rolemining.List{Kind: kind, SessionID: sessionID, Query: query.Query{Limit: 250}})
	l.must(err)
	var refs []struct{ ID string }
	l.must(json.Unmarshal(page.JSON, &refs))
	roles := make([]rolemining.PotentialRole, len(refs))
	for i, ref := range refs {
		roles[i] = l.role(ref.ID)
	}
	return roles
}

func (l *lab) role(id string) rolemining.PotentialRole {
	l.t.Helper()
	r, _, err := l.Role(l.t.Context(), "", id)
	l.must(err)
	return r
}

func (l *lab) patchSession(id, body string) rolemining.Session {
	l.t.Helper()
	s, err := l.PatchSession(l.t.Context(), id, []byte(body))
	l.must(err)
	return s
}

func (l *lab) patchRole(id, body string) rolemining.PotentialRole {
	l.t.Helper()
	r, _, err := l.PatchRole(l.t.Context(), "", id, []byte(body))
	l.must(err)
	return r
}

// refused fails the test unless err is a refusal of that kind for that field.
func refused(t *testing.T, err error, kind rolemining.Kind, field string) {
	t.Helper()
	var refusal *rolemining.Error
	if !errors.As(err, &refusal) {
		t.Fatalf("error %v, want a refusal", err)
	}
	if refusal.Kind != kind || refusal.Field != field || refusal.Text == "" {
		t.Errorf("refused with kind %d for field %q (%q), want kind %d for field %q", refusal.Kind, refusal.Field, refusal.Text, kind, field)
	}
}

func ptr[T any](v T) *T { return &v }

// The sessions used again and again: similar means half of the access.
func specialized() rolemining.NewSession { return rolemining.NewSession{PruneThreshold: ptr(50)} }
func common() rolemining.NewSession {
	return rolemining.NewSession{Type: rolemining.Common, MinIdentities: ptr(1)}
}

// person is the id of the n-th identity.
func person(n int) string { return fmt.Sprintf("i-%02d", n) }

// people are the ids of identities first to last.
func people(first, last int) []string {
	var ids []string
	for n := first; n <= last; n++ {
		ids = append(ids, person(n))
	}
	return ids
}

// smallOrg is an organisation small enough to work out by hand what mining must
// find in it:
//
//	01-20  Sales         s1 s2 s3, but 20 has no s3
//	21-50  Engineering   g1 g2 g3 g4, but 50 has no g4
//	51-57  Legal         nothing of their own
//	58-60  Sales, inactive, with s1 s2 s3
//
// Everybody has "all", 01-46 have "mail": 100 and 80.7 % of the 57 active. Nobody
// has "x", but the one existing role has s1, s2 and x. Identities can be left out.
func smallOrg(without ...string) rolemining.Dataset {
	sources := []rolemining.Source{
		{ID: "src-ad", Name: "Directory", ActivityState: ptr("complete")},
		{ID: "src-crm", Name: "CRM"},
		{ID: "src-git", Name: "Code Forge", ActivityState: ptr("notComplete")},
	}
	d := rolemining.Dataset{
		Org:   rolemining.Org{Name: "small", TenantID: "t", TenantName: "Small", Pod: "p"},
		Roles: []rolemining.Role{{ID: "role-sales", Name: "Sales", EntitlementIDs: []string{"e-s1", "e-s2", "e-x"}, CreatedAt: start()}},
	}
	var entitlements []rolemining.Entitlement
	for _, e := range [][2]string{
		{"e-all", "src-ad"}, {"e-g1", "src-git"}, {"e-g2", "src-git"}, {"e-g3", "src-git"}, {"e-g4", "src-git"},
		{"e-mail", "src-ad"}, {"e-s1", "src-crm"}, {"e-s2", "src-crm"}, {"e-s3", "src-crm"}, {"e-x", "src-ad"},
	} {
		entitlements = append(entitlements, rolemining.Entitlement{
			ID: e[0], Name: "Right " + e[0][2:], Description: ptr("About " + e[0][2:]), Attribute: "memberOf", Value: "CN=" + e[0][2:], SourceID: e[1],
		})
	}
	var identities []rolemining.Identity
	for n := 1; n <= 60; n++ {
		if x := smallIdentity(n); !slices.Contains(without, x.ID) {
			identities = append(identities, x)
		}
	}
	var err error
	if d.Organisation, err = rolemining.NewOrganisation(sources, entitlements, identities); err != nil {
		panic(err)
	}
	return d
}

func smallIdentity(n int) rolemining.Identity {
	x := rolemining.Identity{
		ID: person(n), Name: fmt.Sprintf("user.%02d", n), DisplayName: fmt.Sprintf("Person %02d", n), Email: fmt.Sprintf("p%02d@small.example", n),
		Active: n <= 57, Attributes: map[string]string{}, Usage: map[string]int{}, EntitlementIDs: []string{"e-all"},
	}
	x.Attributes["location"] = []string{"Austin", "Miami"}[n%2]
	if n == 5 {
		delete(x.Attributes, "location")
	}
	hold := func(ids ...string) { x.EntitlementIDs = append(x.EntitlementIDs, ids...) }
	switch {
	case n <= 20 || n >= 58:
		x.Attributes["department"], x.Attributes["jobTitle"] = "Sales", "Rep"
		hold("e-s1", "e-s2")
		if n != 20 {
			hold("e-s3")
		}
		if n > 1 {
			x.ManagerID = person(1)
		}
	case n <= 50:
		x.Attributes["department"], x.Attributes["jobTitle"] = "Engineering", "Developer"
		hold("e-g1", "e-g2", "e-g3")
		if n != 50 {
			hold("e-g4")
		}
		if n <= 35 {
			x.Usage["src-git"] = n
		}
	default:
		x.Attributes["department"] = "Legal"
	}
	if n <= 46 {
		hold("e-mail")
	}
	if n == 21 {
		x.Usage["src-ad"] = 90
	}
	return x
}

// patchesFirst is a store in which something else happens between the reading of
// a session and its change.
type patchesFirst struct {
	rolemining.Store
	meanwhile func()
}

func (p patchesFirst) UpdateSession(ctx context.Context, id string,
	f func(old rolemining.Session, surviving int) (rolemining.SessionChange, error),
) (rolemining.Session, error) {
	p.meanwhile()
	return p.Store.UpdateSession(ctx, id, f)
}

// watched is a store that calls before it answers which organisation there is,
// the last thing that is read before a scope is resolved.
type watched struct {
	rolemining.Store
	read, write func()
}

func (w watched) Organisation(ctx context.Context) (*rolemining.Organisation, error) {
	w.read()
	return w.Store.Organisation(ctx)
}

func (w watched) UpdateSession(ctx context.Context, id string,
	f func(old rolemining.Session, surviving int) (rolemining.SessionChange, error),
) (rolemining.Session, error) {
	w.write()
	return w.Store.UpdateSession(ctx, id, f)
}

// editsFirst is a store in which something else happens, once, between the
// reading of a potential role and its change.
type editsFirst struct {
	rolemining.Store
	meanwhile func()
}

func (e *editsFirst) UpdateRole(ctx context.Context, sessionID, id string,
	f func(old rolemining.PotentialRole) (rolemining.RoleChange, error),
) (rolemining.PotentialRole, rolemining.Session, error) {
	if e.meanwhile != nil {
		e.meanwhile()
		e.meanwhile = nil
	}
	return e.Store.UpdateRole(ctx, sessionID, id, f)
}
