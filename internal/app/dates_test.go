package app_test

import (
	"net/http"
	"testing"
	"time"

	"mockserver/internal/app/apptest"
)

// Every answer is dated by the clock of the tenant that gives it, and what no
// tenant answers by the machine's.
func TestDates(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, nil)
	s.InProcess("the machine's clock is in nobody's hand")
	other := s.Tenant("other")
	other.Send(http.MethodPost, "/_mock/clock", `{"set":"2031-02-03T04:05:06Z"}`, nil)
	check := func(who *apptest.Server, want time.Time) {
		t.Helper()
		for _, path := range []string{
			sessions, sessions + "/nope", "/nowhere", "/oauth/info", "/_mock/clock", "/_mock/nothing", "/_mock/metrics", "/health", "/_mock/openapi.json",
		} {
			dates := who.Do(http.MethodGet, path, nil).Header["Date"]
			if len(dates) != 1 || dates[0] != want.Format(http.TimeFormat) {
				t.Errorf("%s: dated %q, want %v", path, dates, want)
			}
		}
	}
	check(s, apptest.Now())
	check(other, time.Date(2031, 2, 3, 4, 5, 6, 0, time.UTC))
	s.Clock.Advance(90 * time.Minute)
	check(s, apptest.Now().Add(90*time.Minute))
	check(other, time.Date(2031, 2, 3, 5, 35, 6, 0, time.UTC))
	none := s.Send(http.MethodGet, "/t/-/nowhere", nil, nil)
	at, err := http.ParseTime(none.Header.Get("Date"))
	if err != nil || at.Equal(s.Clock.Now()) {
		t.Errorf("what no tenant answers is dated %v, %v", at, err)
	}
}
