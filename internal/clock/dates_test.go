package clock_test

import (
	"net/http"
	"testing"
	"time"

	"mockserver/internal/clock"
)

func TestDates(t *testing.T) {
	t.Parallel()
	c := clock.NewManual(time.Date(2026, 3, 1, 9, 59, 59, 4e8, time.FixedZone("", 3600)))
	d := clock.NewDates(c)
	for _, want := range []string{"Sun, 01 Mar 2026 08:59:59 GMT", "Sun, 01 Mar 2026 08:59:59 GMT", "Sun, 01 Mar 2026 09:00:00 GMT"} {
		got := d.Header()
		if len(got) != 1 || got[0] != want {
			t.Errorf("%q, want %q", got, want)
		}
		if at, err := http.ParseTime(got[0]); err != nil || !at.Equal(c.Now().Truncate(time.Second)) {
			t.Errorf("%q is read as %v, %v", got, at, err)
		}
		c.Advance(500 * time.Millisecond)
	}
}
