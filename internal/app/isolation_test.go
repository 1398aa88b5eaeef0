package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"mockserver/internal/app/apptest"
	"mockserver/internal/config"
	"mockserver/internal/rolemining"
)

// TestTenantsAtOnce uses 64 tenants at the same time, each by a client of its own
// that writes, reads, mines, moves its clock and resets: whatever a tenant answers is of
// that tenant.
func TestTenantsAtOnce(t *testing.T) {
	t.Parallel()
	const tenants = 64
	s := apptest.Start(t, func(c *config.Config) {
		c.Fixtures, c.Jobs = apptest.FixturesDir(t, tiny(nil)), rolemining.Pace{Mode: rolemining.Immediate}
	})
	stop := s.Run(t.Context())
	defer stop()
	var clients sync.WaitGroup
	seen := make([]tenantUse, tenants)
	for i := range tenants {
		clients.Go(func() { seen[i] = useTenant(t, s, i) })
	}
	clients.Wait()
	owner := map[string]string{}
	for _, use := range seen {
		for _, id := range use.ids {
			if other, taken := owner[id]; taken {
				t.Errorf("%s and %s both have %s", use.name, other, id)
			}
			owner[id] = use.name
		}
	}
	var listed []struct {
		Name   string
		Counts struct{ Sessions int }
	}
	s.Send(http.MethodGet, "/_mock/tenants", nil, nil).Into(&listed)
	if len(listed) != tenants+1 || listed[0].Counts.Sessions != 1 {
		t.Errorf("%d tenants, %+v", len(listed), listed[0])
	}
	for _, one := range listed[1:] {
		i := slices.IndexFunc(seen, func(use tenantUse) bool { return use.name == one.Name })
		if i < 0 || one.Counts.Sessions != 2 { // its first one again, and that of the fixtures
			t.Errorf("%s has %d sessions, want 2", one.Name, one.Counts.Sessions)
		}
	}
}

// tenantUse is what a client has of its tenant.
type tenantUse struct {
	name     string
	ids      []string // of sessions, and the token's bytes
	sessions int
}

// useTenant is the client of tenant i.
func useTenant(t *testing.T, s *apptest.Server, i int) tenantUse {
	name := fmt.Sprintf("team-%02d", i)
	own := s.Tenant(name)
	use := tenantUse{name: name, sessions: 1 + i%2, ids: []string{own.Token}}
	// The clock: each its own offset, so that dates tell whose they are.
	date := fmt.Sprintf("2026-03-01T%02d:%02d", 10+i/60, i%60)
	moved := own.Send(http.MethodPost, "/_mock/clock", fmt.Sprintf(`{"set":"%s:00Z"}`, date), nil)
	if !strings.HasPrefix(moved.Text("now"), date) {
		t.Errorf("%s: clock %s", name, moved.Body)
	}
	for n := range use.sessions {
		got := own.Do(http.MethodPost, sessions, map[string]any{"name": fmt.Sprint(name, "/", n), "minNumIdentitiesInPotentialRole": 2})
		if got.Status != http.StatusCreated {
			t.Errorf("%s: %d %s", name, got.Status, got.Body)
			continue
		}
		id := got.Text("id")
		use.ids = append(use.ids, id)
		if done := own.Get(sessions + "/" + id); done.Text("name") != fmt.Sprint(name, "/", n) || done.Text("status", "state") != "POTENTIAL_ROLES_CREATED" ||
			!strings.HasPrefix(done.Text("createdDate"), date) || done.Value("potentialRoleCount") != 1.0 {
			t.Errorf("%s: %s", name, done.Body)
		}
	}
	checkOwnSessions(t, own, use)
	checkOwnEvents(t, own, use)
	for _, other := range []string{"team-00", "team-63"} {
		if name == other {
			continue
		}
		if got := s.Send(http.MethodGet, "/t/"+other+sessions, nil, tokenHeader(own.Token)); got.Status != http.StatusUnauthorized {
			t.Errorf("a token of %s at %s: %d", name, other, got.Status)
		}
	}
	resetTenant(t, own, use)
	return use
}

// resetTenant returns a tenant to its fixtures and has it do the first thing
// again, with the same outcome.
func resetTenant(t *testing.T, own *apptest.Server, use tenantUse) {
	own.Send(http.MethodPost, "/_mock/reset", `{"keep":["clock"]}`, nil)
	checkOwnSessions(t, own, tenantUse{name: use.name})
	got := own.Do(http.MethodPost, sessions, map[string]any{"name": use.name + "/0", "minNumIdentitiesInPotentialRole": 2})
	if got.Text("id") != use.ids[1] {
		t.Errorf("%s: the first session after the reset is %s", use.name, got.Body)
	}
	use.sessions = 1
	checkOwnSessions(t, own, use)
	checkOwnEvents(t, own, use)
}

// checkOwnSessions lists the sessions of a tenant: its own and the fixtures' one.
func checkOwnSessions(t *testing.T, own *apptest.Server, use tenantUse) {
	got := own.Get(sessions + "?count=true")
	var listed []struct{ Name *string }
	got.Into(&listed)
	if len(listed) != 1+use.sessions || got.Header.Get("X-Total-Count") != fmt.Sprint(1+use.sessions) {
		t.Errorf("%s: %d sessions, X-Total-Count %q, want 1 and %d", use.name, len(listed), got.Header.Get("X-Total-Count"), use.sessions)
	}
	for _, one := range listed {
		if one.Name == nil || *one.Name != "All" && !strings.HasPrefix(*one.Name, use.name+"/") {
			t.Errorf("%s: a session %v", use.name, one.Name)
		}
	}
}

// checkOwnEvents reads what the feed of a tenant has so far: nothing of another.
func checkOwnEvents(t *testing.T, own *apptest.Server, use tenantUse) {
	events := own.Events(5 * use.sessions) // CREATED and the four states after it
	for i, text := range events {
		var event struct {
			Number    int
			SessionID string
		}
		if err := json.Unmarshal([]byte(text), &event); err != nil {
			t.Errorf("%s: %v in %s", use.name, err, text)
		}
		if event.Number != i+1 || !slices.Contains(use.ids, event.SessionID) {
			t.Errorf("%s: event %d is %s", use.name, i+1, text)
		}
	}
}
